"""All checks of a case as one piece of evidence, and what of the former one stays when something could not be asked."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from bot.desk import standing_approvals
from bot.escalation.evidence import history, portal, subject
from bot.escalation.evidence.asking import Answers
from bot.escalation.evidence.history import Past, Seeing
from bot.models import Case, Check, CheckFinding, CheckName, EarlierDecision, Evidence, Finding
from bot.models.digests import digest_told
from bot.portal.odd_form import why_no_one_press
from bot.rules.kinds import traits_of

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
    by_hand = [one for one in standing_approvals(past.on_software) if one.at >= since]
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
            _with_form(subject.signer_check(facts, at), answers),
            subject.path_check(facts, at),
            subject.parent_check(facts, at),
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
        return {"seen": before.seen, "seen_note": before.seen_note}
    return {"seen": seeing.seen, "seen_note": seeing.note}


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
