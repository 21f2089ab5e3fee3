"""What the portal says: whether it may run already, its research, its reputation fields, the computers' modes."""

from __future__ import annotations

from datetime import datetime

from bot.escalation.evidence.asking import AUDIT, COMPUTERS, DETAILS, MATCHES, POLICIES, RESEARCH, Answers
from bot.models import Case, Check, CheckFinding, CheckName, CheckSource, Finding
from bot.models.base import digest_told
from bot.portal import BlockedRow, ComputerRow, Coverage
from bot.rules.kinds import traits_of

OK, BAD, UNKNOWN = CheckFinding.OK, CheckFinding.BAD, CheckFinding.UNKNOWN

_WORRYING, _HARMLESS = 4, 2
"""The portal's concern rating from which on it is bad, and up to which it is fine (1 is harmless, 5 the worst)."""
_GRAVE = frozenset({"critical", "high", "malicious", "severe"})
_CLEAN = frozenset({"benign", "clean", "harmless", "low", "none", "safe"})
"""Words of the portal's reputation fields. Nobody has published the list: any other word says nothing."""
_NOT_HELD_BACK = {
    1: "Application Control Monitor Only",
    2: "Installation Mode",
    3: "Learning Mode",
    5: "Learning Mode by hash",
    6: "Tamper Protection off",
    14: "Isolation",
    15: "Lockdown",
}
"""Modes in which an approval is not what helps, or in which whatever runs now is learned or not stopped."""
_BESIDE = {4: "Elevation Mode", 17: "Network Control Monitor Only", 18: "Storage Control Monitor Only"}
_MODE_MEMBERS = frozenset(
    {"is_isolated", "is_locked_out", "is_tamper_protection_disabled", "maintenance_type_id", "mode"}
)
_NAMED = 3
"""Computers that a note names (our choice)."""


def already(answers: Answers) -> tuple[Finding, str]:
    """Whether it may run already on every computer of the case, and by which policy."""
    asked = [one.approved for one in answers.on if one.approved is not None]
    by = next((one.policy_name or one.application_name for one in asked if one.is_approved), "")
    if len(asked) < answers.computers or not asked:
        return Finding.UNKNOWN, ""
    if all(one.is_approved for one in asked):
        return Finding.YES, by
    return (Finding.NO, "") if all(one.coverage is Coverage.NO for one in asked) else (Finding.UNKNOWN, "")


def already_check(answers: Answers, at: datetime) -> Check:
    """The same with how many computers it rests on; an approval that is not needed is worth knowing."""
    asked = [one for one in answers.on if one.approved is not None]
    covered = [one for one in asked if one.approved is not None and one.approved.is_approved]
    is_made = bool(asked) and not {DETAILS, POLICIES} & set(answers.failed)
    finding, by = already(answers)
    if not asked:
        note = "it could not be asked"
    elif answers.computers == 1:
        words = {Finding.YES: f"by {by}" if by else "yes", Finding.NO: "not yet"}
        note = words.get(finding, "the portal's policies do not tell surely")
    else:
        note = f"on {len(covered)} of {len(asked)} computers looked at{_of_all(answers)}"
    return Check(
        name=CheckName.ALREADY,
        finding=UNKNOWN if finding is Finding.UNKNOWN else OK,
        note=note,
        source=CheckSource.POLICIES,
        checked_at=at,
        found_nothing=any(
            one.approved is not None and one.approved.coverage is Coverage.UNKNOWN for one in asked
        ),
        is_made=is_made,
    )


def _of_all(answers: Answers) -> str:
    return f", of {answers.computers} in all" if answers.computers > len(answers.on) else ""


def research_check(answers: Answers, at: datetime) -> Check:
    """What the portal's researchers say of the product, where they have a page about it."""
    details = answers.research
    failed = bool({DETAILS, MATCHES, RESEARCH} & set(answers.failed))
    rating = _rating(details.concern_rating) if details is not None else None
    if details is None:
        finding, note = UNKNOWN, "it could not be asked" if failed else "no page about it"
    elif rating is None:
        finding, note = UNKNOWN, "the portal's research gives no concern rating that can be read"
    else:
        middling = UNKNOWN if rating > _HARMLESS else OK
        finding = BAD if rating >= _WORRYING else middling
        note = f"the portal's research rates {details.product_name} {rating} of 5 for concern"
        note += f", review {details.review_rating}" if details.review_rating else ""
        note += f"; {', '.join(details.categories[:3])}" if details.categories else ""
    return Check(
        name=CheckName.RESEARCH,
        finding=finding,
        note=note,
        source=CheckSource.RESEARCH,
        checked_at=at,
        found_nothing=rating is None,
        is_made=not failed or details is not None,
    )


def _rating(text: str) -> int | None:
    """The number that a rating begins with; the portal's text has no published form."""
    digits = text.strip()[:1]
    return int(digits) if digits.isdecimal() else None


def reputation_check(case: Case, answers: Answers, at: datetime) -> Check:
    """The reputation fields of the Unified Audit's rows about this file; look-ups in the portal are links only."""
    rows = [row for one in answers.on for row in one.history or () if _is_of(case, row)]
    words = [word for row in rows for word in _words(row)]
    grave = next((word for word in words if word.casefold() in _GRAVE), "")
    failed = AUDIT in answers.failed and not grave
    if grave:
        finding, note = BAD, f"the portal's reputation fields call the file “{grave}”"
    elif not failed and words and all(word.casefold() in _CLEAN for word in words):
        finding, note = OK, f"“{words[0]}”"
    elif not failed and words:
        finding, note = UNKNOWN, f"rated {', '.join(f'“{word}”' for word in dict.fromkeys(words))}"
    else:
        finding, note = UNKNOWN, "it could not be asked" if failed else f"no rating{_look_ups(answers)}"
    return Check(
        name=CheckName.REPUTATION,
        finding=finding,
        note=note,
        source=CheckSource.REPUTATION,
        checked_at=at,
        found_nothing=not words,
        is_made=not failed,
    )


def _is_of(case: Case, row: BlockedRow) -> bool:
    return bool({digest_told(case.hash)} & {digest_told(row.hash), digest_told(row.sha256)} - {""})


def _words(row: BlockedRow) -> list[str]:
    told = [row.threat_severity_level, *(engine.rating for engine in row.engine_ratings)]
    return [word.strip() for word in told if word.strip()]


def _look_ups(answers: Answers) -> str:
    """Where the portal's own pages offer a look-up; the addresses stay there."""
    details = next((one.details for one in answers.on if one.details is not None), None)
    offered = [title for title, _ in details.lookup_links] if details is not None else []
    return f"; the portal offers {' and '.join(offered)}" if offered else ""


def mode_check(case: Case, answers: Answers, at: datetime) -> Check:
    """Each computer's mode: in Learning, Installation and Monitor Only an approval may not be what is needed."""
    told = [one.row for one in answers.on if one.row is not None]
    loose = [(row, words) for row in told if (words := _loose_mode(case, row, at))]
    beside = [(row, words) for row in told if (words := _beside_mode(row, at))]
    failed = COMPUTERS in answers.failed and len(told) < len(answers.on)
    if loose:
        finding, note = BAD, _named(loose)
    elif failed or not told:
        finding, note = UNKNOWN, "it could not be asked" if failed else "the portal lists no such computer"
    elif beside or any(_odd(row) for row in told):
        finding, note = (
            UNKNOWN,
            _named(beside or [(row, row.mode or "a mode that cannot be read") for row in told if _odd(row)]),
        )
    else:
        finding, note = OK, f"secured{_how_many(answers)}"
    ends = min(
        (row.maintenance_end_date for row, _ in loose or beside if row.maintenance_end_date), default=None
    )
    return Check(
        name=CheckName.MODE,
        finding=finding,
        note=f"{note}; until" if ends else note,
        since=ends,
        source=CheckSource.COMPUTERS,
        checked_at=at,
        found_nothing=not told,
        is_made=not failed,
    )


def _is_over(row: ComputerRow, at: datetime) -> bool:
    return row.maintenance_end_date is not None and row.maintenance_end_date <= at


def _loose_mode(case: Case, row: ComputerRow, at: datetime) -> str:
    """The mode that speaks against an approval now, in words; empty where there is none."""
    if row.is_isolated or row.is_locked_out:
        return "isolated" if row.is_isolated else "locked out"
    if row.is_tamper_protection_disabled:
        return _NOT_HELD_BACK[6]
    if _is_over(row, at):
        return ""
    if row.maintenance_type_id == 4 and traits_of(case.kind).elevates:
        return "Elevation Mode: an elevation may not be needed"
    return _NOT_HELD_BACK.get(row.maintenance_type_id, "")


def _beside_mode(row: ComputerRow, at: datetime) -> str:
    return "" if _is_over(row, at) else _BESIDE.get(row.maintenance_type_id, "")


def _odd(row: ComputerRow) -> bool:
    """A mode of which only the portal's own word is known, or not even that."""
    if not _MODE_MEMBERS.isdisjoint(row.odd):
        return True
    known = row.maintenance_type_id in (0, *_NOT_HELD_BACK, *_BESIDE)
    return not known or (
        row.maintenance_type_id == 0 and row.mode.casefold() not in ("", "secure", "secured")
    )


def _named(found: list[tuple[ComputerRow, str]]) -> str:
    named = [f"{row.computer_name or row.hostname}: {words}" for row, words in found[:_NAMED]]
    left = len(found) - _NAMED
    return ", ".join(named) + (f" and {left} more" if left > 0 else "")


def _how_many(answers: Answers) -> str:
    if answers.computers == 1:
        return ""
    return f" ({len(answers.on)} of {answers.computers} computers looked at)"
