"""What waits, for one person: counted from the ledger's index, and read page by page."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from bot.desk import Desk, approving_lets_in_own
from bot.ledger import Counted
from bot.lookup.scope import Scope
from bot.models import Case
from bot.rules.rows import Pile, account_term, claim_term
from permissions import account, names_of

_PAGES_READ = 5
"""How many pages are read for one of cards at most (our choice): a hundred cases of the same few cards are enough."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """The open cases that a person may see, by pile; none of them is read but the person's own requests."""

    desk: Desk
    scope: Scope
    seen: tuple[Counted, ...]
    own: tuple[Case, ...]
    """Cases that could be decided with the person's rights, were they not about the person's own requests."""

    @property
    def everything(self) -> Listing:
        """All that the person may see."""
        return Listing(self.desk, self.scope, self.seen)

    @property
    def may_decide(self) -> Listing:
        """Those that wait for this person."""
        decidable = tuple(one for one in self.seen if self.scope.decides(one.pile))
        return Listing(self.desk, self.scope, decidable, self.own)

    @property
    def others(self) -> Listing:
        """Those that are for others to decide, without the person's own."""
        return self.everything.where(lambda pile: not self.scope.decides(pile))


@dataclass(frozen=True, slots=True)
class Listing:
    """Some piles as one list, the earliest deadline first; without a deadline, the oldest case."""

    desk: Desk
    scope: Scope
    counted: tuple[Counted, ...]
    without: tuple[Case, ...] = ()
    """Cases that lie in these piles and are not meant."""
    only_late: bool = False

    def where(self, is_meant: Callable[[Pile], bool]) -> Listing:
        """The piles of it that are meant."""
        kept = tuple(one for one in self.counted if is_meant(one.pile))
        left = tuple(case for case in self.without if is_meant(Pile.of(case)))
        return Listing(self.desk, self.scope, kept, left, self.only_late)

    def late(self) -> Listing:
        """What of it waits past its deadline. These come first in each pile, so they need no place of their own."""
        waits = self.where(lambda pile: pile.is_pending and pile.has_deadline)
        now = self.scope.now
        late = tuple(case for case in waits.without if case.due_at is not None and case.due_at <= now)
        return Listing(self.desk, self.scope, waits.counted, late, only_late=True)

    @property
    def total(self) -> int:
        """How many there are."""
        held = sum(one.past if self.only_late else one.count for one in self.counted)
        return max(0, held - len(self.without))

    async def page(self, skip: int, limit: int) -> list[Case]:
        """So many cases of it as they are now; what was decided since it was counted is left out."""
        wanted = min(limit, self.total - skip)
        piles = [one.pile for one in self.counted]
        ids = await self.desk.ledger.index.page(piles, skip, wanted, self.without)
        return await read_seen(self.desk, self.scope, ids)


async def waiting(desk: Desk, scope: Scope) -> Waiting:
    """What the person may see. LedgerUnavailable passes through."""
    return Waiting(desk, scope, await seen_piles(desk, scope), await _own(desk, scope))


async def seen_piles(desk: Desk, scope: Scope) -> tuple[Counted, ...]:
    """The piles of the cases that the person may see, counted. LedgerUnavailable passes through."""
    return tuple(one for one in await desk.ledger.index.piles(scope.now) if scope.may_see(one.pile))


async def _own(desk: Desk, scope: Scope) -> tuple[Case, ...]:
    """Only the accounts that are known as the person's own matter: what cannot be told apart may be denied."""
    presser = scope.presser
    names = names_of(presser.person) | {account(presser.user.email).name}
    ids = await _under(desk, (account_term(name) for name in names if name))
    cases = await read_seen(desk, scope, ids)
    decidable = (case for case in cases if scope.decides(Pile.of(case)))
    return tuple(case for case in decidable if approving_lets_in_own(presser, case) is True)


async def claimed(desk: Desk, scope: Scope) -> list[Case]:
    """What the person has claimed, the earliest deadline first."""
    person_id = scope.presser.person.person_id
    cases = await read_seen(desk, scope, await _under(desk, [claim_term(person_id)]))
    return by_deadline(case for case in cases if case.claim and case.claim.actor.person_id == person_id)


async def _under(desk: Desk, terms: Iterable[str]) -> list[str]:
    found = await desk.ledger.index.under(list(terms))
    return list(dict.fromkeys(case_id for ids in found.values() for case_id in ids))


async def read_seen(desk: Desk, scope: Scope, case_ids: Sequence[str]) -> list[Case]:
    """These cases in their order, as far as they are still open and the person may see them."""
    stored = await desk.ledger.cases(case_ids)
    found = (stored[case_id].case for case_id in case_ids if case_id in stored)
    return [case for case in found if case.is_open and scope.may_see(case)]


def may_decide(scope: Scope, case: Case) -> bool:
    """Whether a case waits for this person; a request of their own is none that they decide."""
    return scope.may_decide(case, own=approving_lets_in_own(scope.presser, case))


async def first_cards(listing: Listing, most: int) -> list[Case]:
    """The first cases of a list, as many as it takes for so many cards: one card may hold more cases than a page."""
    found: list[Case] = []
    for skip in range(0, min(listing.total, most * _PAGES_READ), most):
        found += await listing.page(skip, most)
        if len(by_card(found)) >= most:
            break
    return found


def by_card(cases: Iterable[Case]) -> list[list[Case]]:
    """The cases of one card together, each card where its first case stands."""
    cards: dict[str, list[Case]] = {}
    for case in cases:
        cards.setdefault(case.bundle_id or case.case_id, []).append(case)
    return list(cards.values())


async def whole_cards(
    desk: Desk, scope: Scope, cases: Sequence[Case], belongs: Callable[[Case], bool]
) -> list[list[Case]]:
    """The same of a part of a list, with what else stands on each card, may be seen and belongs into the list."""
    beside = await desk.ledger.bundles({case.bundle_id for case in cases})
    here = {case.case_id for case in cases}

    def others(bundle_id: str) -> list[Case]:
        held = (case for case in beside.get(bundle_id, ()) if case.bundle_id == bundle_id and case.is_open)
        return [case for case in held if case.case_id not in here and scope.may_see(case) and belongs(case)]

    return [[*held, *others(held[0].bundle_id)] for held in by_card(cases)]


def by_deadline(cases: Iterable[Case]) -> list[Case]:
    """The earliest deadline first; without one, the oldest case."""
    return sorted(cases, key=lambda case: (case.due_at or case.opened_at, case.case_id))
