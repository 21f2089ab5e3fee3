"""What is known of a case in one line, the worst first: “Never seen here · from Downloads · signed by Fabrikam”.

Each thing found is a few words, made of the checks and of the requests themselves; the sentences behind them, with who
says so and when, stand in the details. What does not fit is counted, and it is never what speaks most against it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import IntEnum

from bot.cards.case.before import NOTHING_BEFORE, Before
from bot.cards.case.naming import signer_name
from bot.cards.kit.fitting import LINE, begun, brief, clipped, joined, read_as, words_in
from bot.cards.kit.words import Line, Run, moment, say, strong
from bot.models import (
    Case,
    Check,
    CheckFinding,
    CheckName,
    Evidence,
    Finding,
    RequestFacts,
    Seen,
    Verb,
)
from bot.rules.file_places import is_loose_folder, is_protected_folder, program_name
from bot.rules.kinds import traits_of

_STATED = re.compile(
    r"unsigned, and started|signature is|document or mail|known to be bad|never seen|rated?s? .* of 5"
)
"""Reasons for being unusual that are among the findings already, in fewer words."""
_ACCESS = {
    "read": "read from ",
    "write": "write to ",
    "move": "move files on ",
    "delete": "delete files on ",
}
_UNUSUAL = 8
_FEW = 6
"""Words of a finding that is told in words from elsewhere."""


class Weight(IntEnum):
    """How much a finding speaks against an approval."""

    BAD = 0
    UNUSUAL = 1
    NOTED = 2
    OPEN = 3
    """It could not be asked, or not yet."""
    OK = 4


@dataclass(frozen=True, slots=True)
class Found:
    """One thing that was found, in a few words."""

    weight: Weight
    runs: Line


def judgement_line(case: Case, words: int, beside: Before = NOTHING_BEFORE) -> Line:
    """As many findings as fit, the worst first; empty where nothing is known and nothing is awaited.

    `beside`: what a line beside this one tells of what the file came to before.
    """
    found = sorted(findings(case, beside), key=lambda one: one.weight)
    kept: list[Line] = []
    for number, one in enumerate(found):
        more = read_as(_left_out(found[number + 1 :]))
        room, span = words - len(more.split()), LINE - len(more)
        trial = joined([*kept, one.runs])
        if words_in(trial) > room or len(read_as(trial)) > span:
            break
        kept.append(one.runs)
    if found and not kept:
        return begun(clipped(found[0].runs, words))
    return begun([*joined(kept), *_left_out(found[len(kept) :])])


def _left_out(found: Sequence[Found]) -> Line:
    """“ · +2 more” counts what does not speak for it."""
    left = sum(one.weight < Weight.OK for one in found)
    return [say(f" · +{left} more")] if left else []


def findings(case: Case, beside: Before = NOTHING_BEFORE) -> list[Found]:
    """Everything that was found out, in the order in which it is told where it weighs the same."""
    facts = [entry.facts for entry in case.open_requests] or [entry.facts for entry in case.requests]
    software = traits_of(case.kind).is_software
    unusual = [why for why in case.unusual if not _STATED.search(why)]
    found = [Found(Weight.UNUSUAL, [say("unusual: "), brief(why, _UNUSUAL)]) for why in unusual[:1]]
    found += [Found(Weight.UNUSUAL, [brief(why, _UNUSUAL)]) for why in unusual[1:]]
    if case.evidence is not None:
        found += [*_already(case.evidence), *_seen(case.evidence, has_before=bool(beside.line))]
    if software:
        found += [*_path(facts), *_parent(case, facts), *_signer(case, facts, beside)]
    elif traits_of(case.kind).is_storage:
        found += _device(facts[0])
    if case.evidence is not None:
        found += _of_evidence(case.evidence, beside)
    if case.evidence is None and case.is_open:
        found.append(Found(Weight.OPEN, [say("checks still running")]))
    return found


def _of_evidence(evidence: Evidence, beside: Before) -> Iterator[Found]:
    """What the checks found; where a record holds no single checks, what they added up to."""
    if is_known_bad(evidence):
        yield Found(Weight.BAD, _known_bad(evidence))
    yield from _otherwise_bad(evidence)
    for name, told in _TOLD.items():
        check = evidence.check(name)
        if check is not None and check.is_made and not _is_told_beside(check, beside):
            yield from told(check)
    missing = [one.name.words for one in evidence.checks if not one.is_made] or list(evidence.failed)
    if missing:
        more = f" and {len(missing) - 1} more" if len(missing) > 1 else ""
        yield Found(Weight.OPEN, [say("could not check "), brief(missing[0], 3), say(more)])


def _already(evidence: Evidence) -> Iterator[Found]:
    """That a policy lets it run already: often all that an elevation, or an impatient person, needs to hear."""
    if evidence.already_approved is Finding.YES:
        by = [say(" by policy "), brief(evidence.already_approved_by, 3, 30)]
        yield Found(Weight.OK, [say("already approved here"), *(by if evidence.already_approved_by else [])])


def is_known_bad(evidence: Evidence | None) -> bool:
    """Whether the portal's research or its reputation fields call the file bad."""
    if evidence is None:
        return False
    bad = {check.name for check in evidence.found(CheckFinding.BAD)}
    return evidence.known_bad is Finding.YES or bool(bad & {CheckName.RESEARCH, CheckName.REPUTATION})


def _otherwise_bad(evidence: Evidence) -> Iterator[Found]:
    """What speaks against it and is told nowhere else: by its check's own words."""
    for check in evidence.found(CheckFinding.BAD):
        is_told = check.name in _TOLD or check.name is CheckName.PARENT
        if not is_told and not (
            check.name is CheckName.SIGNER and re.search(r"^unsigned|signature", check.note)
        ):
            yield Found(Weight.BAD, [brief(check.note or f"{check.name.words} speaks against it", _FEW)])


def _known_bad(evidence: Evidence) -> Line:
    """What calls it bad."""
    rated = re.search(r"\d of 5", evidence.known_bad_note)
    return [strong("Known bad"), say(f" (rated {rated[0]} for concern)" if rated else " by its reputation")]


NEW = "new here"
"""What the rule of the second person says of it, which asks for two people from the second computer on."""
ONE_AT_A_TIME = f"{NEW} but for single computers"
"""The same where nothing beside it tells what was approved before."""


def _seen(evidence: Evidence, *, has_before: bool) -> Iterator[Found]:
    """Whether this organization knows the file. A new version of known software is never-seen software."""
    match evidence.seen:
        case Seen.NEVER:
            yield Found(Weight.NOTED, [say("never seen here")])
        case Seen.NEW_VERSION:
            yield Found(Weight.NOTED, [say("new version, unseen here")])
        case Seen.BEFORE if evidence.one_at_a_time:
            yield Found(Weight.NOTED, [say(NEW if has_before else ONE_AT_A_TIME)])
        case Seen.BEFORE if evidence.already_approved is not Finding.YES:
            yield Found(Weight.OK, [say("seen here before")])


def versions_line(cases: Sequence[Case], words: int) -> Line:
    """“Versions: others approved here 3 times, last by Lee, Nov 17”: what the same signer's same software was given
    before, where this version is new. Nothing where none was approved."""
    new = [
        one.evidence for one in cases if one.evidence is not None and one.evidence.seen is Seen.NEW_VERSION
    ]
    count = sum(_counted_approvals(one.check(CheckName.ON_SOFTWARE)) or one.hand_approvals for one in new)
    if not count:
        return []
    head = [strong("Versions: "), say(f"others approved here {'once' if count == 1 else f'{count} times'}")]
    approved = [e for one in new for e in one.earlier if e.verb is Verb.APPROVE and not e.taken_back and e.by]
    last = max(approved, key=lambda one: one.at, default=None)
    if last is None:
        return head
    day = moment(last.at) | {"format": "{date_short_pretty}"}
    by = [say(f", {'' if count == 1 else 'last '}by "), brief(last.by, 2, 24), say(", "), day]
    return [*head, *by] if words_in([*head, *by]) <= words else head


def _counted_approvals(check: Check | None) -> int:
    count = re.match(r"(\d+) approved", check.note) if check is not None else None
    return int(count[1]) if count is not None else 0


def _approvals(check: Check | None, beside: Before) -> str:
    """“ (3 approvals before)”, by the count that the check on our own record tells; empty for none, and where the line
    `beside` has told as many."""
    count = _counted_approvals(check)
    return f" ({count} approval{'' if count == 1 else 's'} before)" if count > beside.here else ""


def place_of(facts: Sequence[RequestFacts]) -> Line:
    """The same as words, for a card of several cases; nothing for a folder that only administrators write to."""
    return next((one.runs for one in _path(facts)), [])


def _path(facts: Sequence[RequestFacts]) -> Iterator[Found]:
    """Where it lies, the most open place of several."""
    loose = next((one.path for one in facts if is_loose_folder(one.path)), "")
    if loose:
        where = (
            "Downloads" if re.search(r"[\\/]downloads[\\/]", loose, re.IGNORECASE) else "a temporary folder"
        )
        yield Found(Weight.NOTED, [say(f"from {where}")])
    elif any(one.path and not is_protected_folder(one.path) for one in facts):
        yield Found(Weight.NOTED, [say("user-writable folder")])


def _parent(case: Case, facts: list[RequestFacts]) -> Iterator[Found]:
    """What started it, where that is worth a word."""
    check = case.evidence.check(CheckName.PARENT) if case.evidence is not None else None
    if check is None or check.finding is CheckFinding.OK or not check.is_made or check.found_nothing:
        return
    weight = Weight.BAD if check.finding is CheckFinding.BAD else Weight.NOTED
    by = next(
        (name for one in facts if (name := program_name(one.parent_process)) and name in check.note), ""
    )
    yield Found(weight, [say("started by "), brief(by or "another program", 2, 24)])


def _signer(case: Case, facts: list[RequestFacts], beside: Before) -> Iterator[Found]:
    """Who signed, and whether the signature holds; the verdict stands before the name."""
    sets = {one.signers for one in facts}
    if len(sets) > 1:
        yield Found(Weight.BAD, [strong("different signers")])
    invalid = next((signer for signers in sets for signer in signers if not signer.valid), None)
    if invalid is not None:
        yield Found(Weight.BAD, [strong("signature NOT VALID"), say(", claims "), _named(invalid.subject, 2)])
    elif not all(sets):
        loose = any(not one.signers and is_loose_folder(one.path) for one in facts)
        yield Found(Weight.BAD if loose else Weight.NOTED, [say("unsigned")])
    elif len(sets) == 1:
        known, is_told = case.evidence, bool(versions_line([case], 0))
        check = known.check(CheckName.ON_SIGNER) if known is not None else None
        # What its versions were given stands in a line of its own; who signed has to find room here.
        before = "" if is_told else _approvals(check, beside)
        yield Found(Weight.OK, [say("signed by "), _named(facts[0].signers[0].subject, 3), say(before)])


def _named(subject: str, words: int) -> Run:
    return brief(signer_name(subject), words, 32)


def _device(facts: RequestFacts) -> Iterator[Found]:
    """What of which device is asked for."""
    device = facts.device
    maker = device.manufacturer if device is not None else ""
    kind = device.type if device is not None else ""
    runs = [say(_ACCESS.get(facts.action_type.strip().lower(), "use of "))]
    runs += [brief(" ".join(filter(None, [kind, maker])) or "a device", 3, 32)]
    path = [say(" at "), brief(facts.path, 3, 32)] if facts.path else []
    yield Found(Weight.NOTED, [*runs, *path])


def _bad_or_noted(words: Callable[[Check], Line]) -> Callable[[Check], Iterator[Found]]:
    """A check that is told where it speaks against an approval, or where something was noted."""

    def told(check: Check) -> Iterator[Found]:
        if check.finding is CheckFinding.BAD:
            yield Found(Weight.BAD, words(check))
        elif check.is_noted:
            yield Found(Weight.NOTED, words(check))

    return told


def _on_file(check: Check) -> Line:
    if check.finding is CheckFinding.BAD:
        return [strong("denied here before")]
    return [
        say("approval taken back before" if "taken back" in check.note else "rejected in the portal before")
    ]


def _concern(check: Check) -> Line:
    rated = re.search(r"\d of 5", check.note)
    return [say(f"concern {rated[0]}")] if rated else [brief(check.note, _FEW)]


def _noted(words: str) -> Callable[[Check], Iterator[Found]]:
    return _bad_or_noted(lambda _: [say(words)])


def _elsewhere(check: Check) -> Iterator[Found]:
    """How many other organizations decided about it; which ones is nobody's business here."""
    if any(char.isdigit() for char in check.note):
        weight = Weight.NOTED if "denied" in check.note else Weight.OK
        yield Found(weight, [brief(check.note, 8, 60)])


def _is_told_beside(check: Check, beside: Before) -> bool:
    """“approved in 2 other organizations”, where the line of what the file came to before names as many."""
    count = re.fullmatch(r"approved in (\d+) other organizations?", check.note)
    return check.name is CheckName.ELSEWHERE and count is not None and int(count[1]) <= beside.elsewhere


def _mode(check: Check) -> Line:
    """“WS-001: Learning Mode”, without the words that lead to its end."""
    return [brief(check.note.partition("; ")[0], _FEW, 40)]


def _once(told: Callable[[Check], Iterator[Found]]) -> Callable[[Check], Iterator[Found]]:
    """What speaks against the file itself is told as known bad already."""
    return lambda check: iter(()) if check.finding is CheckFinding.BAD else told(check)


_TOLD: dict[CheckName, Callable[[Check], Iterator[Found]]] = {
    CheckName.ON_FILE: _bad_or_noted(_on_file),
    CheckName.MODE: _bad_or_noted(_mode),
    CheckName.RESEARCH: _once(_bad_or_noted(_concern)),
    CheckName.REPUTATION: _once(_bad_or_noted(lambda check: [brief(check.note, _FEW, 40)])),
    CheckName.ON_SOFTWARE: _noted("another version denied before"),
    CheckName.ON_SIGNER: _noted("its signer denied before"),
    CheckName.OPEN_CASES: _bad_or_noted(lambda check: [brief(check.note, 4, 30)]),
    CheckName.ELSEWHERE: _elsewhere,
}
"""What of which check stands on a card. The others are told by the requests' own facts, or in the details alone."""
