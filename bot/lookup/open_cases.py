"""Which open case a group of blocked items belongs to, and how much of that the asker may read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.desk import Desk
from bot.lookup.grouping import RowGroup
from bot.lookup.scope import Scope
from bot.models import Case, RequestFacts
from bot.models.digests import digest_told
from permissions import same_id


@dataclass(frozen=True, slots=True)
class OpenRequest:
    """What the asker reads about the open request of a group."""

    is_open: bool = False
    card_link: str = ""
    claimed_by: str = ""


async def open_requests(desk: Desk, scope: Scope, groups: Sequence[RowGroup]) -> list[OpenRequest]:
    """For each group in its order. LedgerUnavailable passes through."""
    stored = await desk.ledger.open_cases() if groups else []
    cases = [each.case for each in stored]
    return [_of_group(desk, scope, group, cases) for group in groups]


def _of_group(desk: Desk, scope: Scope, group: RowGroup, cases: Sequence[Case]) -> OpenRequest:
    mine = [case for case in cases if concerns(case, group)]
    seen = next((case for case in mine if scope.may_see(case)), None)
    if seen is None:
        return OpenRequest(is_open=bool(mine))
    return OpenRequest(True, desk.permalink(seen), seen.claim.actor.name if seen.claim else "")


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
