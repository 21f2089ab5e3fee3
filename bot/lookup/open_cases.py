"""Which open case a group of blocked items belongs to, and how much of that the asker may read."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.cards.case.offers import or_elsewhere
from bot.cards.case.standing import NEXT_CHECK_IN, deadline_runs, standing_sentence, summary
from bot.cards.kit.words import Run, listed, moment, raw, say, strong
from bot.desk import Desk
from bot.lookup.reading import RowGroup
from bot.lookup.scope import Scope
from bot.models import Case, PolicyAct, PolicyWork, Reach, RequestEntry, RequestFacts, Standing, WorkStanding
from bot.models.base import digest_told
from bot.rules.rows import file_terms, place_term
from permissions import same_id

DECIDED_LATELY = timedelta(days=7)
"""How long a decision is told to who asks about a caller (our choice): a computer checks in well before."""
DECIDED_ON_FILE = timedelta(days=90)
"""How far back a decision on the very file is looked for (our choice): an approval lasts longer than a week."""
DECIDED = frozenset({Standing.APPROVED, Standing.REJECTED})
ONLY_DECIDED = "A request for it was decided. Who may see it can tell you how."


@dataclass(frozen=True, slots=True)
class OpenRequest:
    """What the asker reads about the open request of a group."""

    is_open: bool = False
    card_link: str = ""
    standing: Sequence[Run] = ()
    """How far it is and who has it, for those who may see it."""
    decided: Sequence[Run] = ()
    """How it was decided lately, where none is open; to whoever may not see it, only that it was."""


async def open_requests(desk: Desk, scope: Scope, groups: Sequence[RowGroup]) -> list[OpenRequest]:
    """For each group in its order. LedgerUnavailable passes through."""
    cases = await _cases_about(desk, groups)
    decided = await _decided_on(desk, groups)
    return [_of_group(desk, scope, group, cases, decided) for group in groups]


async def _cases_about(desk: Desk, groups: Sequence[RowGroup]) -> list[Case]:
    """Open cases that may be about one of the groups, the oldest first."""
    terms = {term for group in groups for term in _terms(group)}
    found = await desk.ledger.index.under(terms) if terms else {}
    stored = await desk.ledger.cases([case_id for ids in found.values() for case_id in ids])
    opened = [each.case for each in stored.values() if each.case.is_open]
    return sorted(opened, key=lambda case: (case.opened_at, case.case_id))


def _terms(group: RowGroup) -> list[str]:
    places = [place_term(group.organization_id, group.path, name) for name in group.computers]
    return [*file_terms(group.organization_id, (group.hash, group.sha256)), *places]


async def _decided_on(desk: Desk, groups: Sequence[RowGroup]) -> list[Case]:
    """Cases with a decision that may be about one of the groups: lately anything, on the very file for longer."""
    lately = await decided_cases(desk, {group.organization_id for group in groups})
    since = desk.now() - DECIDED_ON_FILE
    keys = {
        f"{same_id(group.organization_id)}|hash|{digest_told(group.hash)}" for group in groups if group.hash
    }
    notes = await desk.ledger.history.earlier_of(sorted(keys), since)
    known = {case.case_id for case in lately}
    older = {note.case_id for each in notes for note in each} - known - {""}
    stored = await desk.ledger.cases(sorted(older))
    return [*lately, *(each.case for each in stored.values() if each.case.redacted_at is None)]


async def decided_cases(desk: Desk, organization_ids: Iterable[str]) -> list[Case]:
    """Cases of these organizations in which something was decided lately, the newest first."""
    since = desk.now() - DECIDED_LATELY
    found = await desk.ledger.history.recent(sorted(organization_ids), since)
    found.sort(key=lambda one: one.at, reverse=True)
    stored = await desk.ledger.cases(list(dict.fromkeys(one.case_id for one in found if one.case_id)))
    return [each.case for each in stored.values() if each.case.redacted_at is None]


def _of_group(
    desk: Desk, scope: Scope, group: RowGroup, cases: Sequence[Case], decided: Sequence[Case]
) -> OpenRequest:
    mine = [case for case in cases if concerns(case, group)]
    seen = next((case for case in mine if scope.may_see(case)), None)
    if seen is not None:
        return OpenRequest(True, desk.permalink(seen), who_has_it(seen, desk.now()))
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
    if not scope.may_see(case):
        return OpenRequest(decided=[say(ONLY_DECIDED)])
    return OpenRequest(decided=[*decision_runs(case, entry), *_blocked_since(case, entry, group)])


def who_has_it(case: Case, now: datetime) -> list[Run]:
    """How far an open case is, until when it is to be decided, and who has it."""
    runs = [say(f"{summary(case)}")]
    if deadline := deadline_runs(case, now):
        runs += [say("; "), *deadline]
    if case.claim is not None:
        return [*runs, say(". "), raw(case.claim.actor.name, 80), say(" has claimed the request.")]
    if case.handed_over is not None:
        return [*runs, say(". The escalation team has it.")]
    if case.assignees:
        return [*runs, say(". Assigned in the portal to "), *listed(case.assignees, limit=3), say(".")]
    return [*runs, say(". Nobody has claimed it yet.")]


def decision_runs(case: Case, entry: RequestEntry) -> list[Run]:
    """By whom, when, how far, and what to do next; that an approval was taken back since is part of it."""
    runs, ours = standing_sentence(entry), entry.outcome is not None and entry.outcome.attempt is not None
    back = _taken_back(case, entry)
    if back is not None:
        is_done = back.standing is WorkStanding.DONE
        word = "Taken back since" if is_done else "Being taken back"
        by = [say(" by "), raw(back.actor.name, 80), *(or_elsewhere(back) if is_done else [])]
        runs = [*runs, say(" "), strong(word), *by]
        return [
            *runs,
            *([say(", "), moment(back.ended_at)] if back.ended_at else []),
            say(": do not rely on it."),
        ]
    return [*runs, say(NEXT_CHECK_IN)] if entry.standing is Standing.APPROVED and not ours else runs


def _taken_back(case: Case, entry: RequestEntry) -> PolicyWork | None:
    """The latest removal of the approval's policy that took place or may have."""
    found = [
        work
        for work in case.policy_works
        if work.act is PolicyAct.TAKE_BACK
        and work.request_id == entry.facts.request_id
        and work.standing is not WorkStanding.WITHOUT_EFFECT
    ]
    return found[-1] if found else None


def _blocked_since(case: Case, entry: RequestEntry, group: RowGroup) -> list[Run]:
    """Whether the block is older than the approval, or the approval has not helped (yet)."""
    if entry.standing is not Standing.APPROVED or group.permitted or _taken_back(case, entry) is not None:
        return []
    if group.last_at <= _decided_at(entry):
        return [say(" The last block is older than that.")]
    since = " Blocked again after that: "
    return [strong(since), say("the computer had not checked in, or the approval does not reach it.")]


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
