"""What an open case stands under in the ledger's index, so that a list reads the cases of its page and no others.

Every entry is worked out from the case alone and written in the same step as it (bot/ledger/scripts/rows.lua). The
index only tells which cases to read: what is said, and to whom, is decided on the cases.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from hashlib import sha256
from typing import NamedTuple
from zlib import crc32

from bot.models import Case, Kind, RequestFacts
from bot.models.base import digest_told
from bot.rules.sla import reminded_at
from permissions import account, same_id

_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
"""What separates the parts of an entry; in a name it is nothing that anybody looks for."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_PILES = 1 << 14
"""Of so many each is kept beside its name: every list asks for all of them."""


class Entry(NamedTuple):
    """One entry: the sorted set, the score, the member. Of names: the text that they stand in, and what it says."""

    name: str
    score: int
    member: str


@dataclass(frozen=True, slots=True, order=True, kw_only=True)
class Pile:
    """Open cases that every verdict and every count of a list treats alike, but for whose requests they are."""

    organization_id: str
    kind: Kind
    is_pending: bool
    """Something can be decided now."""
    has_deadline: bool
    is_claimed: bool
    is_taken: bool
    """Claimed, or handed over to the escalation team."""

    @property
    def name(self) -> str:
        """As the ledger calls it."""
        return _name_of(self)

    @classmethod
    def of(cls, case: Case) -> Pile:
        """Where a case lies."""
        return cls(
            organization_id=case.organization_id,
            kind=case.kind,
            is_pending=bool(case.pending),
            has_deadline=case.due_at is not None,
            is_claimed=case.claim is not None,
            is_taken=case.claim is not None or case.handed_over is not None,
        )

    @classmethod
    def named(cls, name: str) -> Pile:
        """The pile of a name. ValueError for one that is not ours."""
        return _pile_of(name)


@lru_cache(maxsize=_PILES)
def _name_of(pile: Pile) -> str:
    flags = (pile.is_pending, pile.has_deadline, pile.is_claimed, pile.is_taken)
    told = "".join(letter if flag else "-" for letter, flag in zip("pdct", flags, strict=True))
    return f"{told}|{pile.kind.value}|{_plain(pile.organization_id)}"


@lru_cache(maxsize=_PILES)
def _pile_of(name: str) -> Pile:
    flags, kind, organization_id = name.split("|", 2)
    is_pending, has_deadline, is_claimed, is_taken = (flag != "-" for flag in flags)
    return Pile(
        organization_id=organization_id,
        kind=Kind(kind),
        is_pending=is_pending,
        has_deadline=has_deadline,
        is_claimed=is_claimed,
        is_taken=is_taken,
    )


def score_of(at: datetime) -> int:
    """A time as the index orders it: whole microseconds since 1970, which a sorted set keeps exactly."""
    return (at - _EPOCH) // _MICROSECOND


def place_in_line(case: Case) -> int:
    """The earliest deadline first; without one, the oldest case."""
    return score_of(case.due_at or case.opened_at)


def row_of(case: Case) -> tuple[Entry, ...]:
    """Everything under which an open case is found; nothing for a closed one."""
    if not case.is_open:
        return ()
    pile, due = Pile.of(case), place_in_line(case)
    found = [Entry(f"pile:{pile.name}", due, case.case_id), _names_entry(case, pile, due)]
    found += [Entry("terms", 0, f"{term}|{case.case_id}") for term in sorted(set(_terms(case)))]
    if (reminded := reminded_at(case)) is not None:
        name = reminders_key(case.organization_id, case.kind)
        found.append(Entry(name, score_of(reminded), f"{due}|{case.bundle_id}|{case.case_id}"))
    return tuple(found)


def row_text(case: Case) -> str:
    """The same as one text, a line for each entry."""
    return "\n".join(f"{name}\r{score}\r{member}" for name, score, member in row_of(case))


# --- names: who and which computer ---------------------------------------------------------------

NAMES_BUCKETS = tuple(f"{number:03x}" for number in range(4096))
"""The names stand in so many texts: with a hundred thousand open cases, 25 cases and 3 kB each. A change writes one."""
_SEPARATOR = "\x1f"
_FIRST_PLACE = (datetime.min.replace(tzinfo=UTC) - _EPOCH) // _MICROSECOND
"""The earliest that there can be: told from here on with leading zeros, places are in order as texts."""


def names_in(facts: RequestFacts) -> tuple[str, ...]:
    """What a request is looked for by, as it is compared."""
    return tuple(
        _plain(name.casefold()) for name in (facts.computer_name, facts.requestor, facts.requestor_email)
    )


def pieces_of(wanted: str) -> list[str]:
    """What a name is to hold, one piece behind the other, as it is compared; * stands for anything between them."""
    return list(filter(None, wanted.casefold().split("*")))


def _names_entry(case: Case, pile: Pile, due: int) -> Entry:
    names = dict.fromkeys(name for entry in case.open_requests for name in names_in(entry.facts))
    bucket = NAMES_BUCKETS[crc32(case.case_id.encode()) % len(NAMES_BUCKETS)]
    told = "".join(f"{_SEPARATOR}{name}" for name in names)
    return Entry(f"names:{bucket}", 0, f"{told}\t{pile.name}\t{due - _FIRST_PLACE:020}\t{case.case_id}")


# --- terms: what a case is found by exactly -------------------------------------------------------


def _terms(case: Case) -> Iterator[str]:
    if case.claim is not None:
        yield claim_term(case.claim.actor.person_id)
    for entry in case.open_requests:
        facts = entry.facts
        yield from file_terms(case.organization_id, (facts.hash, facts.sha256))
        yield place_term(case.organization_id, facts.path, facts.computer_name)
        if name := account(facts.requestor).name:
            yield account_term(name)


def claim_term(person_id: str) -> str:
    """Claimed by this person."""
    return f"claim|{_plain(person_id)}"


def account_term(name: str) -> str:
    """Asked for from the account of this reduced name, however it was written."""
    return f"account|{_plain(name)}"


def file_terms(organization_id: str, digests: Iterable[str]) -> list[str]:
    """About a file with one of these digests."""
    place = _plain(same_id(organization_id))
    return [f"file|{place}|{digest}" for digest in filter(None, map(digest_told, digests))]


def place_term(organization_id: str, path: str, computer_name: str) -> str:
    """About this path on this computer; both come from outside and may be long, so their digest stands for them."""
    told = f"{same_id(organization_id)}\0{path.casefold()}\0{computer_name.casefold()}"
    return f"place|{sha256(told.encode()).hexdigest()[:32]}"


# --- reminders ------------------------------------------------------------------------------------


class Reminded(NamedTuple):
    """A case whose channel is to be reminded of it."""

    due: int
    card: str
    """The card that it stands on: its bundle's, else its own."""
    case_id: str


def reminders_key(organization_id: str, kind: Kind) -> str:
    """Where the cases that a channel is reminded of stand, by the time of that."""
    return f"reminders:{kind.value}|{_plain(organization_id)}"


def reminded_of(member: str) -> Reminded:
    """What an entry of the reminders says."""
    due, bundle_id, case_id = member.split("|")
    return Reminded(int(due), bundle_id or case_id, case_id)


def _plain(text: str) -> str:
    return _CONTROL.sub(" ", text)
