"""The cases that a press was made on: one, mostly; of a card that several share, all that it showed.

Each is decided at its own revision, as if it alone had been pressed (P1, P2, P8), and the presser reads of those that
they may see.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import structlog

from bot.cards import CaseRef
from bot.decision.verdict import may_see
from bot.desk import Desk, Opener, Presser, standing_approvals
from bot.ledger import StoredCase
from bot.models import Case, Choice, Press, Reach, digest_told
from bot.portal import PortalError
from bot.rules import remembering
from bot.rules.bundles import is_family
from bot.rules.second import Spread, let_run_in
from permissions import OrganizationTree

log = structlog.get_logger()

ChoiceOf = Callable[[Case], Choice]
"""The choice of a press, where it depends on the case."""


@dataclass(frozen=True, slots=True)
class Target:
    """One case of a press, with what is to be done to it."""

    press: Press
    """As if it had been made on this case alone."""
    stored: StoredCase
    choice: Choice
    request_ids: Sequence[str] = ()
    """Which of its requests; empty: all that were shown."""
    is_seen: bool = True
    """Whether the presser may see it. Nothing of one that they may not is named to them."""

    @property
    def case(self) -> Case:
        """The case as the press met it."""
        return self.stored.case


async def all_pressed(desk: Desk, press: Press, stored: StoredCase) -> list[tuple[Press, StoredCase]]:
    """Every case that the pressed card or form showed, with the press as it concerns that case."""
    if not press.others:
        return [(press, stored)]
    others = await desk.ledger.cases([other.case_id for other in press.others])
    found = [(press.model_copy(update={"others": ()}), stored)]
    for other in press.others:
        if other.case_id in others and other.case_id != press.case_id:
            update = {"case_id": other.case_id, "revision": other.revision, "others": ()}
            found.append((press.model_copy(update=update), others[other.case_id]))
    return found


async def targets_of(
    desk: Desk,
    press: Press,
    found: tuple[Presser, StoredCase],
    choice_of: ChoiceOf,
    request_ids: Sequence[str] = (),
) -> list[Target]:
    """What the press is to do: those of its cases that hold any of the named requests."""
    presser, stored = found
    pressed = await all_pressed(desk, press, stored)
    if len(pressed) == 1:
        return [Target(press, stored, choice_of(stored.case), request_ids)]
    seen = await seen_of(desk, presser, [each.case for _, each in pressed])
    targets = [
        Target(one, each, choice_of(each.case), request_ids, each.case.case_id in seen)
        for one, each in pressed
        if not request_ids or any(each.case.entry(request_id) for request_id in request_ids)
    ]
    return targets or [Target(press, stored, choice_of(stored.case), request_ids)]


async def seen_of(desk: Desk, presser: Presser, cases: Sequence[Case]) -> frozenset[str]:
    """Ids of the cases that a person may see. Where the portal tells no organizations: none, and nothing is named."""
    try:
        tree = await desk.tree.current()
    except PortalError as error:
        log.warning("sight_not_judged", why=str(error))
        return frozenset()
    person_id, access = presser.person.person_id, presser.access
    return frozenset(
        case.case_id
        for case in cases
        if may_see(person_id, case.organization_id, access, tree, desk, case.kind)
    )


async def seen_shown(opener: Opener) -> list[Case]:
    """The cases of the pressed card or form that its presser may see, each with the requests that were shown.

    Raises PortalError: who may see what is not known then.
    """
    stored = StoredCase(opener.case, 0)
    pressed = await all_pressed(opener.desk, opener.press, stored)
    tree = await opener.tree()
    found = []
    for press, each in pressed:
        case = each.case
        if _sees(opener, case, tree):
            shown = case.shown_at(press.revision)
            found.append(case.model_copy(update={"revision": press.revision, "requests": shown}))
    return found


async def on_card(opener: Opener) -> tuple[list[Case], int]:
    """The cases of the pressed card that its presser may see, oldest first, and how many others stand on it.

    A menu names one case of its card, since Slack gives it 150 characters; a form that is opened again names all that
    it showed. Pressed anywhere else it is the one case. Raises PortalError: who may see what is not known then.
    """
    case, press = opener.case, opener.press
    if press.others:
        cases = await seen_shown(opener)
        return cases, len(press.others) + 1 - len(cases)
    is_card = case.card is not None and press.message_ts == case.card.ts
    cases = [case, *(await opener.desk.beside(case) if is_card else ())]
    cases.sort(key=lambda one: (one.opened_at, one.case_id))
    tree = await opener.tree()
    visible = [one for one in cases if _sees(opener, one, tree)]
    return visible, len(cases) - len(visible)


def _sees(opener: Opener, case: Case, tree: OrganizationTree) -> bool:
    access = opener.presser.access
    return may_see(opener.person_id, case.organization_id, access, tree, opener.desk, case.kind)


def shown_reference(press: Press, awaited_id: str = "") -> str:
    """What the pressed button or form named, for a form that takes its place."""
    return str(
        CaseRef(
            press.case_id,
            press.revision,
            awaited_id,
            others=tuple((o.case_id, o.revision) for o in press.others),
        )
    )


async def spread_in_family(desk: Desk, case: Case, spread: Spread) -> Spread:
    """The same with what lets the file run at the other organizations of its family, by hand or on its way there."""
    beside = [other for other in await desk.beside(case) if is_family((case, other))]
    if not beside or not digest_told(case.hash):
        return spread
    elsewhere = {one.organization_id.lower(): one for one in beside}
    elsewhere.pop(case.organization_id.lower(), None)
    keys = [remembering.history_keys(other.requests[0].facts)[0] for other in elsewhere.values()]
    earlier = await desk.ledger.history.earlier_of(keys, desk.now() - desk.rules.remembered_for)
    approved = [one for each in earlier for one in standing_approvals(each)]
    computers = frozenset(one.computer_id or one.request_id for one in approved)
    return replace(
        spread,
        family=computers.union(*map(let_run_in, beside)),
        family_by_hand=tuple(approved),
        looked_at_in_family=any(one.two_people or one.reach not in ("", Reach.COMPUTER) for one in approved),
    )
