"""What was seen and decided before: of the file, of its software, of its signer, and by how many organizations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.desk import Desk, standing_approvals
from bot.escalation.evidence.asking import AUDIT, DETAILS, MATCHES, Answers
from bot.models import Case, Check, CheckFinding, CheckName, CheckSource, EarlierDecision, Seen, Verb
from bot.models.base import digest_told
from bot.portal import BlockedRow
from bot.rules import remembering
from bot.rules.habits import Arrival
from bot.rules.kinds import traits_of
from bot.rules.rows import account_term
from bot.rules.second import seen_apart_from
from bot.rules.unusual import Known, arrival_of
from permissions import account

_CASES_LOOKED_THROUGH = 200
"""Open cases of a computer that are looked through, the newest (our choice)."""
_CASES_COUNTED = 1000
"""Open cases under one account that are counted, over all organizations (our choice): people are called Administrator
everywhere."""
_COMPUTERS_LOOKED_AT = 5
"""Computers of a case whose other requests are looked at (our choice, as many as the portal is asked about)."""


async def past_of(desk: Desk, case: Case) -> Past:
    """Earlier decisions on file, software and signer, how many others decided, and the people's other open cases."""
    facts = case.open_requests[0].facts
    since = desk.now() - desk.rules.remembered_for
    earlier = desk.ledger.history.earlier
    keys = remembering.history_keys(facts)
    on_file = await earlier(keys[0], since) if digest_told(facts.hash) else []
    on_signer = [one for key in remembering.signer_keys(facts) for one in await earlier(key, since)]
    across = remembering.across_key(facts)
    deciders = await desk.ledger.history.deciders(across, since) if across else None
    if deciders is not None:
        deciders.pop(facts.organization_id.lower(), None)
    others, cut = await _open_cases_of(desk, case)
    return Past(
        on_file=on_file,
        on_software=_marked(await earlier(keys[-1], since), on_file),
        on_signer=on_signer,
        elsewhere=deciders,
        open_cases=others,
        open_cases_cut=cut,
    )


async def known_of(desk: Desk, case: Case) -> Known:
    """What the rules of the unusual need besides: the computers' latest requests, the organization's hours, and how
    often its people were given elevation."""
    since = desk.now() - desk.rules.retention.closed_cases
    recent = await desk.ledger.history.recent([case.organization_id], since)
    arrivals = await _arrivals(desk, case.computers[:_COMPUTERS_LOOKED_AT])
    own, elevations = await _elevations(desk, case, since)
    return Known(
        arrivals=arrivals,
        asked=[one.asked_at for one in recent if one.asked_at is not None],
        own_elevations=own,
        elevations=elevations,
        zone=desk.calendar(case.organization_id).zone,
    )


async def _arrivals(desk: Desk, computer_ids: Sequence[str]) -> dict[str, list[Arrival]]:
    """What each computer waits for, and what was decided on the same cards."""
    ids = {one: await desk.ledger.case_ids_of_computer(one) for one in computer_ids}
    # Together: a file that spreads is the same case for all of its computers.
    newest = dict.fromkeys(case_id for held in ids.values() for case_id in held[-_CASES_LOOKED_THROUGH:])
    found: dict[str, list[Arrival]] = {one: [] for one in computer_ids}
    for stored in (await desk.ledger.cases(newest)).values():
        for entry in stored.case.held:
            if entry.facts.computer_id in found:
                found[entry.facts.computer_id].append(arrival_of(entry))
    return found


async def _elevations(desk: Desk, case: Case, since: datetime) -> tuple[dict[str, int], int]:
    """Decided elevations by account, and of the whole organization (the ledger keeps the latest hundred)."""
    own: dict[str, int] = {}
    everybody = 0
    for entry in case.open_requests:
        who = account(entry.facts.requestor).name
        keys = remembering.elevation_keys(entry.facts)
        if keys and who not in own:
            counted = [
                len(remembering.as_decisions(await desk.ledger.history.earlier(key, since))) for key in keys
            ]
            everybody, own[who] = counted
    return own, everybody


def _marked(software: Sequence[EarlierDecision], on_file: Sequence[EarlierDecision]) -> list[EarlierDecision]:
    """Decisions on the software, with those on this very file marked."""
    same = {(one.at, one.by) for one in on_file}
    return [one.model_copy(update={"same_file": (one.at, one.by) in same}) for one in software]


async def _open_cases_of(desk: Desk, case: Case) -> tuple[int, bool]:
    """How many other open cases the same people have in the organization, and whether more were not looked at.

    By the index alone: in a flood each new case would read two hundred others, and what arrives would wait for that.
    """
    people = people_of(case)
    under = await desk.ledger.index.under(map(account_term, people), most=_CASES_COUNTED)
    others = {one for held in under.values() for one in held} - {case.case_id}
    count = await desk.ledger.index.count_in(case.organization_id, others)
    return count, any(len(held) == _CASES_COUNTED for held in under.values())


OK, BAD, UNKNOWN = CheckFinding.OK, CheckFinding.BAD, CheckFinding.UNKNOWN

_KNOWN_FOR = timedelta(days=30)
"""What was first seen longer ago is no news (our choice)."""
_MANY_CASES = 5
"""Other open cases of one person from which on it is said aloud (our choice)."""
_PERMITTED = frozenset({1, 6})
"""The portal's actions that let a file run: permit, and permit with ringfencing."""
_CUT = 100
"""The ledger counts no more organizations than this for a file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """What Gatehouse's own record tells about a case's subject, in its organization unless said otherwise."""

    on_file: Sequence[EarlierDecision] = ()
    on_software: Sequence[EarlierDecision] = ()
    """Of any version, the file's own included."""
    on_signer: Sequence[EarlierDecision] = ()
    elsewhere: Mapping[str, frozenset[Verb]] | None = None
    """Other organizations' decisions on the file, by organization: for counting only. None: it has no hash."""
    open_cases: int = 0
    """Other open cases of the same people."""
    open_cases_cut: bool = False
    """There were more open cases than were looked through."""


@dataclass(frozen=True, slots=True)
class Seeing:
    """Whether the file was seen here before, and what says so."""

    seen: Seen
    note: str
    source: CheckSource
    is_made: bool = True
    one_at_a_time: bool = False
    """Only what single people approved for single computers makes it seen: two people never looked at it."""


def seeing(case: Case, past: Past, answers: Answers) -> Seeing:
    """A new version of known software is never-seen, and says so; what could not be asked stays unknown."""
    if by_hand := standing_approvals(past.on_file):
        # The rule of the second person: what it calls new is called new wherever the file is spoken of.
        alone = seen_apart_from(Seen.BEFORE, by_hand) is not Seen.BEFORE
        note = f"this very file was approved here before{', for single computers only' if alone else ''}"
        return Seeing(Seen.BEFORE, note, CheckSource.RECORD, one_at_a_time=alone)
    own = [match for match in answers.matches or () if not match.is_built_in]
    if own:
        note = f"it belongs to the application {own[0].application_name or own[0].name} here"
        return Seeing(Seen.BEFORE, note, CheckSource.APPLICATIONS)
    if any(_ran(row) for row in _rows_of_file(case, answers)):
        return Seeing(Seen.BEFORE, "it ran on this computer before", CheckSource.AUDIT)
    if standing_approvals(past.on_software):
        note = "the software was approved here before, but not this file"
        return Seeing(Seen.NEW_VERSION, note, CheckSource.RECORD)
    asked = DETAILS not in answers.failed and MATCHES not in answers.failed
    if not traits_of(case.kind).is_software or not asked:
        return Seeing(Seen.UNKNOWN, "", CheckSource.APPLICATIONS, is_made=asked)
    return Seeing(Seen.NEVER, "", CheckSource.RECORD)


def seen_check(found: Seeing, at: datetime) -> Check:
    """Seen before in this organization; never-seen software is asked about, not forbidden."""
    words = {
        Seen.BEFORE: found.note,
        Seen.NEW_VERSION: found.note,
        Seen.NEVER: "never before in this organization",
        Seen.UNKNOWN: "it could not be asked",
    }
    return Check(
        name=CheckName.SEEN,
        finding=OK if found.seen is Seen.BEFORE else UNKNOWN,
        note=words[found.seen],
        source=found.source,
        checked_at=at,
        is_made=found.is_made,
    )


def version_check(found: Seeing, past: Past, at: datetime) -> Check:
    """Whether it is a new version of something that was approved; a new hash of known software is never-seen."""
    approved = standing_approvals(past.on_software)
    finding, note = UNKNOWN, "no version of it was approved here"
    if standing_approvals(past.on_file):
        finding, note = OK, "this version itself was approved"
    elif approved:
        note = "a new version of approved software: never seen until somebody reviews it"
    elif found.seen is Seen.BEFORE:
        finding, note = OK, "this version is known here"
    since = approved[0].at if approved else None
    return Check(
        name=CheckName.VERSION,
        finding=finding,
        note=f"{note}; last approval of any version" if since else note,
        since=since,
        source=CheckSource.RECORD,
        checked_at=at,
    )


def first_seen_check(case: Case, past: Past, answers: Answers, at: datetime) -> Check:
    """When the file was first met in this organization, as far as the record and the Unified Audit tell."""
    asked = min(entry.clock_from for entry in case.open_requests)
    told = [(one.at, CheckSource.RECORD) for one in past.on_file]
    told += [(row.date_time, CheckSource.AUDIT) for row in _rows_of_file(case, answers) if row.date_time]
    since, source = min([*told, (asked, CheckSource.REQUEST)], key=lambda one: one[0])
    old = at - since >= _KNOWN_FOR
    return Check(
        name=CheckName.FIRST_SEEN,
        finding=OK if old else UNKNOWN,
        found_nothing=source is CheckSource.REQUEST and not old,
        note="with this request" if source is CheckSource.REQUEST else "in this organization",
        since=since,
        source=source,
        checked_at=at,
        is_made=old or AUDIT not in answers.failed,
    )


def _rows_of_file(case: Case, answers: Answers) -> list[BlockedRow]:
    """Rows of the Unified Audit about this very file (another one may have lain at the same path)."""
    hashes = {digest_told(case.hash), *(digest_told(one.facts.sha256) for one in answers.on)} - {""}
    rows = (row for one in answers.on for row in one.history or ())
    return [row for row in rows if {digest_told(row.hash), digest_told(row.sha256)} & hashes]


def _ran(row: BlockedRow) -> bool:
    """Whether a policy let it run. What monitor mode let through was seen by nobody, and counts for nothing."""
    return row.action_id in _PERMITTED and row.is_monitor_mode is not True


def file_check(past: Past, at: datetime) -> Check:
    """Decisions on this very file. One that was denied here last is not approved by one press."""
    last = past.on_file[0] if past.on_file else None
    finding, note = OK, _counted(past.on_file)
    if last is not None and last.verb is Verb.DENY:
        finding = BAD if last.by_us else UNKNOWN
        note = "denied last" if last.by_us else "rejected or ignored in the portal last"
    elif last is not None and last.taken_back:
        finding, note = UNKNOWN, "its approval was taken back"
    return _of_past(CheckName.ON_FILE, finding, note, last, at)


def software_check(past: Past, at: datetime) -> Check:
    """Decisions on the software in any version: same signer, same kind of path."""
    return _counting(CheckName.ON_SOFTWARE, past.on_software, at)


def signer_decisions_check(past: Past, at: datetime) -> Check:
    """Decisions on whatever the same signer signed."""
    return _counting(CheckName.ON_SIGNER, past.on_signer, at)


def _counting(name: CheckName, decisions: Sequence[EarlierDecision], at: datetime) -> Check:
    last = decisions[0] if decisions else None
    spoiled = last is not None and (last.verb is Verb.DENY or last.taken_back)
    return _of_past(name, UNKNOWN if spoiled else OK, _counted(decisions), last, at)


def _counted(decisions: Sequence[EarlierDecision]) -> str:
    approved = len(remembering.as_decisions(standing_approvals(decisions)))
    denied = len(remembering.as_decisions([one for one in decisions if one.verb is Verb.DENY]))
    parts = [f"{count} {word}" for count, word in ((approved, "approved"), (denied, "denied")) if count]
    back = sum(one.taken_back for one in decisions)
    return ", ".join([*parts, *([f"{back} taken back"] if back else [])]) or "no decision before"


def _of_past(
    name: CheckName, finding: CheckFinding, note: str, last: EarlierDecision | None, at: datetime
) -> Check:
    """A check on our own record; the time of the last decision stands at its end."""
    return Check(
        name=name,
        finding=finding,
        note=f"{note}; the last" if last else note,
        since=last.at if last else None,
        source=CheckSource.RECORD,
        checked_at=at,
    )


def elsewhere_check(past: Past, at: datetime) -> Check | None:
    """How many other organizations decided about the file: a count, never a name (P10, semantics 3.3)."""
    if past.elsewhere is None:
        return None
    approved = sum(Verb.APPROVE in verbs for verbs in past.elsewhere.values())
    denied = sum(Verb.DENY in verbs for verbs in past.elsewhere.values())
    parts = [
        f"{word} in {_organizations(n)}" for n, word in ((approved, "approved"), (denied, "denied")) if n
    ]
    return Check(
        name=CheckName.ELSEWHERE,
        finding=OK if approved and not denied else UNKNOWN,
        note=", ".join(parts) or "not decided in any other organization",
        source=CheckSource.RECORD,
        checked_at=at,
    )


def _organizations(count: int) -> str:
    least = "at least " if count >= _CUT else ""
    return f"{least}{count} other organization{'' if count == 1 else 's'}"


def open_cases_check(past: Past, at: datetime) -> Check:
    """Whether the same people wait for more in this organization."""
    count = past.open_cases
    note = f"{count} other open case{'' if count == 1 else 's'}" if count else "no other open case"
    return Check(
        name=CheckName.OPEN_CASES,
        finding=UNKNOWN if count >= _MANY_CASES or past.open_cases_cut else OK,
        note=f"{note} among those looked through" if past.open_cases_cut else note,
        source=CheckSource.RECORD,
        checked_at=at,
    )


def people_of(case: Case) -> frozenset[str]:
    """The accounts that ask in a case. What somebody typed is nobody: else it would count another's cases as theirs."""
    asking = (account(entry.facts.requestor).name for entry in case.open_requests)
    return frozenset(asking) - {""}
