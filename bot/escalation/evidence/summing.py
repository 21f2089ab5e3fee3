"""What the evidence is about, and what the single checks add up to."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from bot.desk import standing_approvals
from bot.escalation.evidence import history, portal
from bot.escalation.evidence.asking import Answers
from bot.escalation.evidence.history import Past, Seeing
from bot.models import (
    Case,
    Check,
    CheckFinding,
    CheckName,
    CheckSource,
    EarlierDecision,
    Evidence,
    Finding,
    RequestFacts,
)
from bot.models.base import digest_told
from bot.portal.permit_form import why_no_one_press
from bot.rules.file_places import is_loose_folder, is_protected_folder, program_name
from bot.rules.kinds import traits_of
from bot.rules.known_programs import SCRIPT_HOSTS, is_document_program
from bot.rules.remembering import as_decisions

OK, BAD, UNKNOWN = CheckFinding.OK, CheckFinding.BAD, CheckFinding.UNKNOWN

_RUN_FROM_MAIL = frozenset({"cscript", "mshta", "regsvr32", "rundll32", "wscript"})
"""Script hosts that hardly anything but an attachment or an attack starts programs with (our choice)."""
_BROWSERS = frozenset({"brave", "chrome", "firefox", "iexplore", "msedge", "opera", "safari", "vivaldi"})
_WORST = (BAD, UNKNOWN, OK)
_NO_PATH, _NO_PARENT = "the request names no path", "the request names no parent process"


def signer_check(facts: Sequence[RequestFacts], at: datetime) -> Check:
    """Whether the file is signed, and the signature holds. Unsigned is bad only in a loose folder (our choice)."""
    finding, note = _worst(map(_signer, facts))
    return _of_requests(CheckName.SIGNER, finding, note, at)


def _signer(facts: RequestFacts) -> tuple[CheckFinding, str]:
    if any(not signer.valid for signer in facts.signers):
        return BAD, "the signature is not valid"
    if facts.signers:
        return OK, f"valid signature of {facts.signers[0].subject}"
    if is_loose_folder(facts.path):
        return BAD, "unsigned, and started from a temporary or download folder"
    return UNKNOWN, "unsigned"


def path_check(facts: Sequence[RequestFacts], at: datetime) -> Check:
    """Whether ordinary users can write where the file lies. That alone closes nothing: installers are downloaded."""
    finding, note = _worst(map(_path, facts))
    return _of_requests(CheckName.PATH, finding, note, at, found_nothing=note == _NO_PATH)


def _path(facts: RequestFacts) -> tuple[CheckFinding, str]:
    if not facts.path:
        return UNKNOWN, _NO_PATH
    if is_loose_folder(facts.path):
        return UNKNOWN, "a temporary or download folder"
    if is_protected_folder(facts.path):
        return OK, "a folder that only administrators write to"
    return UNKNOWN, "a folder that its user may be able to write to"


def parent_check(facts: Sequence[RequestFacts], at: datetime) -> Check:
    """What started it: a document, a mail or a script starting a program is how attacks begin."""
    finding, note = _worst(map(_parent, facts))
    return _of_requests(CheckName.PARENT, finding, note, at, found_nothing=note == _NO_PARENT)


def _parent(facts: RequestFacts) -> tuple[CheckFinding, str]:
    if not facts.parent_process:
        return UNKNOWN, _NO_PARENT
    parent = program_name(facts.parent_process)
    if is_document_program(parent):
        return BAD, f"started by {parent}, a document or mail program"
    if parent in SCRIPT_HOSTS:
        return _script_parent(parent, facts)
    if parent in _BROWSERS:
        return UNKNOWN, f"started by {parent}, a web browser"
    if is_loose_folder(facts.parent_process):
        return UNKNOWN, f"started by {parent}, from a temporary or download folder"
    return OK, f"started by {parent}"


def _script_parent(parent: str, facts: RequestFacts) -> tuple[CheckFinding, str]:
    """A script host as parent: bad where it hardly ever is right, or where the file is loose or unsigned as well."""
    note = f"started by {parent}, which runs whatever script it is given"
    if parent in _RUN_FROM_MAIL or not facts.signers or is_loose_folder(facts.path):
        return BAD, note
    return UNKNOWN, note


def _worst(
    found: Sequence[tuple[CheckFinding, str]] | map[tuple[CheckFinding, str]],
) -> tuple[CheckFinding, str]:
    """The finding that counts where several requests tell different things: the worst, with its note."""
    return min(found, key=lambda one: _WORST.index(one[0]))


def _of_requests(
    name: CheckName, finding: CheckFinding, note: str, at: datetime, *, found_nothing: bool = False
) -> Check:
    return Check(
        name=name,
        finding=finding,
        note=note,
        source=CheckSource.REQUEST,
        checked_at=at,
        found_nothing=found_nothing,
    )


EARLIER_KEPT = 5
"""Earlier decisions that are kept to be shown (our choice)."""


def evidence_of(
    case: Case, past: Past, answers: Answers, at: datetime, *, repeats_within: timedelta
) -> Evidence:
    """What is known of a case at a moment. A check that could not be made now keeps its former finding and time."""
    seeing = history.seeing(case, past, answers)
    checks = tuple(_kept(case, check) for check in _checks(case, past, answers, seeing, at))
    approved, by = portal.already(answers)
    since = at - repeats_within
    by_hand = as_decisions([one for one in standing_approvals(past.on_software) if one.at >= since])
    bad = _known_bad(checks)
    return Evidence(
        checked_at=at,
        revision=case.revision,
        already_approved=approved,
        already_approved_by=by,
        known_bad=bad,
        known_bad_note=_bad_note(checks) if bad is Finding.YES else "",
        product=_product(answers) or _before(case).product,
        earlier=_shown(past),
        hand_approvals=len(by_hand),
        failed=answers.failed,
        tries=_before(case).tries + 1 if answers.failed else 0,
        checks=checks,
        **_seen(case, seeing),
    )


def _checks(case: Case, past: Past, answers: Answers, seeing: Seeing, at: datetime) -> list[Check]:
    """Every check that applies to this kind of request, in the order in which they are listed."""
    facts = [entry.facts for entry in case.open_requests]
    found: list[Check | None] = []
    if traits_of(case.kind).is_software:
        found += [
            _with_form(signer_check(facts, at), answers),
            path_check(facts, at),
            parent_check(facts, at),
            history.seen_check(seeing, at),
            history.version_check(seeing, past, at),
            history.first_seen_check(case, past, answers, at),
            history.elsewhere_check(past, at),
            portal.already_check(answers, at),
            portal.research_check(answers, at),
            portal.reputation_check(case, answers, at),
            history.file_check(past, at) if digest_told(case.hash) else None,
            history.signer_decisions_check(past, at) if facts[0].signers else None,
        ]
    found += [
        history.software_check(past, at),
        history.open_cases_check(past, at),
        portal.mode_check(case, answers, at),
    ]
    return [check for check in found if check is not None]


def _with_form(check: Check, answers: Answers) -> Check:
    """The check of the signer; against it where a form holds evidence that cannot be read and the card cannot show."""
    forms = (one.details for one in answers.on if one.details is not None)
    odd = next(filter(None, map(why_no_one_press, forms)), "")
    return check.model_copy(update={"finding": CheckFinding.BAD, "note": odd}) if odd else check


def _before(case: Case) -> Evidence:
    """The former evidence; an empty one where there is none."""
    return case.evidence or Evidence(checked_at=case.opened_at)


def _kept(case: Case, check: Check) -> Check:
    """The former finding, with its time, where a check could not be made now and its requests are the same.

    What spoke against it goes on speaking, whoever joined since.
    """
    former = _before(case).check(check.name)
    if former is None or not former.is_made:
        return check
    if check.is_made:
        # A bad file stays bad when the computer whose rows told so is not asked any more; a good rating ends it.
        silent = check.name is CheckName.REPUTATION and check.finding is CheckFinding.UNKNOWN
        return former if silent and former.finding is CheckFinding.BAD else check
    same = _before(case).revision == case.revision
    return former if same or former.finding is CheckFinding.BAD else check


def _seen(case: Case, seeing: Seeing) -> dict[str, object]:
    """What is seen; where it could not be asked, what was known of the same requests before."""
    before = _before(case)
    if not seeing.is_made and before.revision == case.revision and case.evidence is not None:
        return {"seen": before.seen, "seen_note": before.seen_note, "one_at_a_time": before.one_at_a_time}
    return {"seen": seeing.seen, "seen_note": seeing.note, "one_at_a_time": seeing.one_at_a_time}


_ON_THE_FILE = (CheckName.RESEARCH, CheckName.REPUTATION)


def _known_bad(checks: Sequence[Check]) -> Finding:
    """Whether research or reputation call it bad; NO only where one of them calls it good."""
    found = {check.finding for check in checks if check.name in _ON_THE_FILE}
    if CheckFinding.BAD in found:
        return Finding.YES
    return Finding.NO if CheckFinding.OK in found else Finding.UNKNOWN


def _bad_note(checks: Sequence[Check]) -> str:
    bad = (one for one in checks if one.name in _ON_THE_FILE and one.finding is CheckFinding.BAD)
    return "; ".join(check.note for check in bad)


def _product(answers: Answers) -> str:
    return answers.matches[0].application_name if answers.matches else ""


def _shown(past: Past) -> tuple[EarlierDecision, ...]:
    """Decisions on this file and on its software, newest first; each once."""
    known = {(one.at, one.by, one.verb) for one in past.on_software}
    rest = [one for one in past.on_file if (one.at, one.by, one.verb) not in known]
    newest = sorted([*past.on_software, *rest], key=lambda one: one.at, reverse=True)
    return tuple(newest[:EARLIER_KEPT])
