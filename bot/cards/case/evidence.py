"""What was found out about a case, as lines: what speaks against it first, the rest folded, all in the details."""

from __future__ import annotations

from collections.abc import Sequence

from bot.cards.kit.words import Line, Run, moment, raw, say, strong
from bot.models import (
    Case,
    Check,
    CheckFinding,
    CheckName,
    EarlierDecision,
    Evidence,
    Finding,
    Seen,
    Verb,
)
from bot.rules.kinds import traits_of

EARLIER_SHOWN, BAD_SHOWN, NOTED_SHOWN, FAILED_SHOWN = 3, 5, 5, 5
"""How much of each a card lists before “and 2 more” (our choice: a card stays readable on a phone)."""
_NOTE = 200
"""Characters of a check's note on a card; the details show more."""
_NOTE_IN_FULL = 600
_FINDING_WORDS = {
    CheckFinding.BAD: "bad",
    CheckFinding.UNKNOWN: "unknown",
    CheckFinding.OK: "ok",
}
_SAID_UNDER_SEEN = frozenset({CheckName.SEEN, CheckName.VERSION})


def evidence_lines(case: Case) -> list[Line]:
    """What was found out after the card was posted; checks that are missing are said, never guessed."""
    evidence = case.evidence
    if evidence is None:
        return (
            [[say("Evidence: still being gathered; the card is filled in by itself.")]]
            if case.is_open
            else []
        )
    return [
        *_bad_lines(evidence),
        _seen_line(evidence),
        *_already_line(case, evidence),
        *[_earlier_line(earlier) for earlier in evidence.earlier[:EARLIER_SHOWN]],
        *_earlier_count(evidence),
        *_hand_line(case, evidence),
        *_noted_line(case, evidence),
        *_unknown_line(case, evidence),
        *_ok_line(evidence),
        *[[strong("Not checked: "), raw(what, _NOTE)] for what in evidence.failed[:FAILED_SHOWN]],
    ]


def check_lines(case: Case) -> list[Line]:
    """Every check with its finding, its note, who says so and when: for the details."""
    checks = case.evidence.checks if case.evidence is not None else ()
    order = (CheckFinding.BAD, CheckFinding.UNKNOWN, CheckFinding.OK)
    lines = [_check_line(check) for check in sorted(checks, key=lambda one: order.index(one.finding))]
    return [[strong("Checks")], *lines] if lines else []


def _check_line(check: Check) -> Line:
    return [
        strong("noted: " if check.is_noted else f"{_FINDING_WORDS[check.finding]}: "),
        say(check.name.words),
        *_note(check, _NOTE_IN_FULL),
        say(f" ({check.source.value}, "),
        moment(check.checked_at),
        say(")"),
    ]


def _note(check: Check, limit: int) -> list[Run]:
    """What was found, and the time that it ends in."""
    runs = [say(": "), raw(check.note, limit)] if check.note else []
    return [*runs, say(" "), moment(check.since)] if check.since is not None else runs


def _bad_lines(evidence: Evidence) -> list[Line]:
    """What speaks against it, each with who says so; the time once, behind the last."""
    bad = evidence.found(CheckFinding.BAD)
    if not bad:
        return _known_bad_line(evidence)
    lines = [_bad_line(check) for check in bad[:BAD_SHOWN]]
    left = len(bad) - BAD_SHOWN
    if left > 0:
        lines.append([say(f"and {left} more checks speak against it; the details list them")])
    return [*lines[:-1], [*lines[-1], *_as_of(bad)]]


def _bad_line(check: Check) -> Line:
    """One check that speaks against it; a file that is known to be bad is said in these words."""
    known = check.name in (CheckName.RESEARCH, CheckName.REPUTATION)
    label = "Known bad: " if known else f"Bad, {check.name.words}: "
    note = [raw(check.note, _NOTE)] if check.note else [say("it speaks against an approval")]
    since = [say(" "), moment(check.since)] if check.since is not None else []
    return [strong(label), *note, *since, say(f" ({check.source.value})")]


def _as_of(checks: Sequence[Check]) -> list[Run]:
    """How old a group of checks is: the time of its oldest."""
    return [say(", checked "), moment(min(check.checked_at for check in checks))]


def _known_bad_line(evidence: Evidence) -> list[Line]:
    """For records that hold no single checks yet."""
    if evidence.known_bad is not Finding.YES:
        return []
    return [[strong("Known bad: "), raw(evidence.known_bad_note or "the file's reputation is bad", 300)]]


def _noted_line(case: Case, evidence: Evidence) -> list[Line]:
    """What was found and speaks neither for it nor against it, each in its own words; never called unknown."""
    noted = [one for one in evidence.noted if not _is_said_elsewhere(case, evidence, one)]
    if not noted:
        return []
    runs: list[Run] = [strong("Noted: ")]
    for number, check in enumerate(noted[:NOTED_SHOWN]):
        runs += [say("; ")] if number else []
        runs += [say(f"{check.name.words}: "), raw(_untimed(check), _NOTE)]
    left = len(noted) - NOTED_SHOWN
    runs += [say(f"; and {left} more, in the details")] if left > 0 else []
    return [[*runs, *_as_of(noted)]]


def _untimed(check: Check) -> str:
    """A check's note without the words that lead to its own time: that stands in the details."""
    return check.note.rpartition("; ")[0] or check.note if check.since is not None else check.note


def _is_said_elsewhere(case: Case, evidence: Evidence, check: Check) -> bool:
    """Whether a check's answer has a line of its own on the card: among the facts, or under “Seen”."""
    if check.name is CheckName.SIGNER:
        return traits_of(case.kind).is_software
    return check.name in _SAID_UNDER_SEEN or (
        check.name is CheckName.ELSEWHERE and bool(_elsewhere(evidence))
    )


def _unknown_line(case: Case, evidence: Evidence) -> list[Line]:
    """What is really not known, by name; the details tell why."""
    unknown = [one for one in evidence.not_known if not _is_said_elsewhere(case, evidence, one)]
    if not unknown:
        return []
    names = ", ".join(check.name.words for check in unknown)
    return [[strong("Unknown: "), say(names), *_as_of(unknown)]]


def _ok_line(evidence: Evidence) -> list[Line]:
    """What was checked without a complaint, folded into one line."""
    good = evidence.found(CheckFinding.OK)
    if not good:
        return []
    names = ", ".join(check.name.words for check in good)
    return [[strong(f"Checked {len(good)}, ok: "), say(names), *_as_of(good)]]


def _seen_line(evidence: Evidence) -> Line:
    """A new version of known software is never-seen software, and says so."""
    words = {
        Seen.NEVER: "never before in this organization.",
        Seen.NEW_VERSION: "known software, but this version never: treat it as never seen.",
        Seen.BEFORE: "before in this organization.",
        Seen.UNKNOWN: "unknown.",
    }
    alone = "for single computers only: new here for one more."
    seen = alone if evidence.one_at_a_time else words[evidence.seen]
    runs = [strong("Seen: "), say(seen), *_elsewhere(evidence)]
    if evidence.product:
        runs += [say(" Product: "), raw(evidence.product, 120)]
    return [*runs, say(". Note: "), raw(evidence.seen_note, 200)] if evidence.seen_note else runs


def _elsewhere(evidence: Evidence) -> list[Run]:
    """How many other organizations decided about it; which ones is nobody's business here."""
    check = evidence.check(CheckName.ELSEWHERE)
    is_known = check is not None and any(char.isdigit() for char in check.note)
    return [say(" Elsewhere: "), raw(check.note, 120), say(".")] if check is not None and is_known else []


def _already_line(case: Case, evidence: Evidence) -> list[Line]:
    """The faster path, where only elevation is missing."""
    if evidence.already_approved is not Finding.YES:
        return []
    by = [say(" by "), raw(evidence.already_approved_by, 120)] if evidence.already_approved_by else []
    if traits_of(case.kind).elevates:
        path = (
            "; only elevation is missing. Faster: approved credentials at the prompt,"
            " or a managed elevation policy."
        )
    else:
        path = "; if it is still blocked, Rapid Check-in from the tray menu fetches the policy."
    return [[strong("Already approved here"), *by, say(path)]]


def _earlier_line(earlier: EarlierDecision) -> Line:
    """What was decided before, how far, by whom."""
    word = "Approved before" if earlier.verb is Verb.APPROVE else "Denied before"
    if earlier.taken_back:
        word = "Taken back"
    what = "this very file" if earlier.same_file else "another version"
    where = [say(", for "), raw(earlier.reach, 60)] if earlier.reach else []
    by = [say(", by "), raw(earlier.by, 80)] if earlier.by else []
    return [strong(f"{word}: "), say(f"{what}, "), moment(earlier.at), *where, *by]


def _earlier_count(evidence: Evidence) -> list[Line]:
    left = len(evidence.earlier) - EARLIER_SHOWN
    return [[say(f"and {left} earlier decisions more")]] if left > 0 else []


def _hand_line(case: Case, evidence: Evidence) -> list[Line]:
    """Repeated manual approvals call for a policy."""
    if not case.policy_due:
        return []
    text = (
        f"the same software was approved by hand {evidence.hand_approvals} times lately. Ask the escalation"
        " team for a policy; an approval now needs a justification."
    )
    return [[strong("Policy due: "), say(text)]]
