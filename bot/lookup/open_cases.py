"""Which open case a group of blocked items belongs to, and how much of that the asker may read."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.cards.case.standing import NEXT_CHECK_IN, standing_sentence
from bot.cards.kit.words import Run, say
from bot.desk import Desk
from bot.lookup.reading import RowGroup
from bot.lookup.scope import Scope
from bot.models import Case, Reach, RequestEntry, RequestFacts, Standing
from bot.models.base import digest_told
from permissions import same_id

DECIDED_LATELY = timedelta(days=7)
"""How long a decision is told to who asks about a block (our choice): a computer checks in well before."""
DECIDED = frozenset({Standing.APPROVED, Standing.REJECTED})
ONLY_DECIDED = "A request for it was decided. Who may see it can tell you how."


@dataclass(frozen=True, slots=True)
class OpenRequest:
    """What the asker reads about the open request of a group."""

    is_open: bool = False
    card_link: str = ""
    claimed_by: str = ""
    decided: Sequence[Run] = ()
    """How it was decided lately, where none is open; to whoever may not see it, only that it was."""


async def open_requests(desk: Desk, scope: Scope, groups: Sequence[RowGroup]) -> list[OpenRequest]:
    """For each group in its order. LedgerUnavailable passes through."""
    stored = await desk.ledger.open_cases() if groups else []
    cases = [each.case for each in stored]
    decided = await decided_cases(desk, {group.organization_id for group in groups})
    return [_of_group(desk, scope, group, cases, decided) for group in groups]


async def decided_cases(desk: Desk, organization_ids: Iterable[str]) -> list[Case]:
    """Cases of these organizations in which something was decided lately, the newest first."""
    since = desk.now() - DECIDED_LATELY
    found = [
        one for each in sorted(organization_ids) for one in await desk.ledger.recent_decisions(each, since)
    ]
    found.sort(key=lambda one: one.at, reverse=True)
    stored = await desk.ledger.cases(list(dict.fromkeys(one.case_id for one in found if one.case_id)))
    return [each.case for each in stored.values() if each.case.redacted_at is None]


def _of_group(
    desk: Desk, scope: Scope, group: RowGroup, cases: Sequence[Case], decided: Sequence[Case]
) -> OpenRequest:
    mine = [case for case in cases if concerns(case, group)]
    seen = next((case for case in mine if scope.may_see(case)), None)
    if seen is not None:
        return OpenRequest(True, desk.permalink(seen), seen.claim.actor.name if seen.claim else "")
    return OpenRequest(is_open=bool(mine)) if mine else _decided(scope, group, decided)


def _decided(scope: Scope, group: RowGroup, cases: Sequence[Case]) -> OpenRequest:
    """The latest decision on the same file: for a computer of the group, else one that goes further than its own."""
    found = [
        (case, entry)
        for case in cases
        if same_id(case.organization_id) == same_id(group.organization_id)
        for entry in case.requests
        if entry.standing in DECIDED and _is_same_file(entry.facts, group) and _reaches(entry, group)
    ]
    if not found:
        return OpenRequest()
    case, entry = max(found, key=lambda one: _decided_at(one[1]))
    return OpenRequest(decided=decision_runs(entry) if scope.may_see(case) else [say(ONLY_DECIDED)])


def decision_runs(entry: RequestEntry) -> list[Run]:
    """By whom, when, how far, and what to do next."""
    runs, ours = standing_sentence(entry), entry.outcome is not None and entry.outcome.attempt is not None
    return [*runs, say(NEXT_CHECK_IN)] if entry.standing is Standing.APPROVED and not ours else runs


def _decided_at(entry: RequestEntry) -> datetime:
    if entry.outcome is None:
        return entry.first_seen_at
    return entry.outcome.state.decided_at or entry.outcome.seen_at


def _reaches(entry: RequestEntry, group: RowGroup) -> bool:
    if entry.facts.computer_name.casefold() in {name.casefold() for name in group.computers}:
        return True
    attempt = entry.outcome.attempt if entry.outcome is not None else None
    return attempt is not None and attempt.choice.reach is not Reach.COMPUTER


def concerns(case: Case, group: RowGroup) -> bool:
    """Whether a case asks for what the group was refused: the same file, by hash, or where there is none by path.

    The portal links the two by nothing better than organization, file and computer.
    """
    if same_id(case.organization_id) != same_id(group.organization_id):
        return False
    return any(_is_same_file(entry.facts, group) for entry in case.open_requests)


def _is_same_file(facts: RequestFacts, group: RowGroup) -> bool:
    asked = set(filter(None, map(digest_told, (facts.hash, facts.sha256))))
    blocked = set(filter(None, map(digest_told, (group.hash, group.sha256))))
    if asked and blocked:
        return bool(asked & blocked)
    same_path = bool(facts.path) and facts.path.casefold() == group.path.casefold()
    computers = {name.casefold() for name in group.computers}
    return same_path and facts.computer_name.casefold() in computers
