"""Whether one press may approve: what closes it, when checks are too old, and when they are made again."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from bot.models import Case, Check, CheckFinding, CheckName, CheckSource, Finding, Rules, Signer, Standing
from bot.rules.one_press import checks_due_at, overdue, why_not_one_press
from tests.cards.samples import NOW, RULES, case, decided, entry, evidence
from tests.house_rules import rules_with

OK, BAD, UNKNOWN = CheckFinding.OK, CheckFinding.BAD, CheckFinding.UNKNOWN
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
PROGRAM = r"C:\Program Files\Tool\tool.exe"


def check(name: CheckName = CheckName.SEEN, finding: CheckFinding = OK, **changed: Any) -> Check:
    """A check of now."""
    values = {"name": name, "finding": finding, "source": CheckSource.RECORD, "checked_at": NOW}
    return Check(**(values | changed))


def held(*checks: Check, **changed: Any) -> Case:
    """A case (revision 3) with these checks."""
    return case(evidence=evidence(**({"checks": checks, "revision": 3} | changed)))


FINDINGS = [
    (held(), ""),
    (held(check()), ""),
    (held(*(check(name, UNKNOWN) for name in CheckName)), ""),
    (held(*(check(name, UNKNOWN, is_made=False) for name in CheckName)), ""),
    (held(check(CheckName.MODE, BAD)), "checks speak against it (the computer's mode)"),
    (held(check(CheckName.PARENT, BAD), check(CheckName.MODE, BAD)), "parent process, the computer's mode"),
    (held(check(CheckName.PARENT, BAD), check(CheckName.MODE, OK)), "(parent process)"),
    (held(check(CheckName.ON_FILE, BAD)), "decisions on the file"),
    (held(check(CheckName.RESEARCH, BAD), known_bad=Finding.YES), "known to be bad"),
    (case(entry(1, signers=())), "unsigned and was started from a temporary or download folder"),
    (case(entry(1, signers=(), path=PROGRAM)), ""),
    (case(entry(1), entry(2, Standing.CLOSED, signers=())), ""),
]


@pytest.mark.parametrize(("one", "why"), FINDINGS)
def test_bad_closes_one_press_and_unknown_alone_never(one: Case, why: str) -> None:
    said = why_not_one_press(one, RULES, NOW)
    assert bool(said) is bool(why)
    assert why in said


@pytest.mark.parametrize("name", CheckName)
def test_every_check_closes_by_default_and_only_those_named_where_the_settings_say_so(
    name: CheckName,
) -> None:
    one = held(check(name, BAD, note="<!here> C:\\evil"))
    assert name.words in why_not_one_press(one, RULES, NOW)
    assert "evil" not in why_not_one_press(one, RULES, NOW), "our own words alone: it is said unescaped"
    for closes in (frozenset(), frozenset(CheckName) - {name}):
        rules = rules_with(RULES, evidence={"closes": closes})
        assert why_not_one_press(one, rules, NOW) == ""


def test_the_settings_cannot_open_what_the_request_itself_speaks_against() -> None:
    rules = rules_with(RULES, evidence={"closes": frozenset(), "required": frozenset()})
    assert why_not_one_press(case(entry(1, signers=())), rules, NOW)
    assert why_not_one_press(held(known_bad=Finding.YES), rules, NOW)


def old(name: CheckName = CheckName.SEEN, **ago: float) -> Check:
    """A check of a while ago."""
    return check(name, checked_at=NOW - timedelta(**ago))


SHORT = rules_with(RULES, evidence={"max_age": 90 * MINUTE})
DAY_OLD = NOW - timedelta(hours=24, seconds=1)
OVERDUE = [
    (held(old(hours=24)), RULES, ""),
    (held(old(hours=24, seconds=1)), RULES, "older than 24 hours; they are made again now"),
    (held(old(CheckName.SIGNER, hours=25), check()), RULES, "older than 24 hours"),
    (held(old(CheckName.RESEARCH, hours=25), check()), RULES, ""),
    (held(old(hours=2)), SHORT, "older than 90 minutes"),
    (held(old(hours=1)), SHORT, ""),
    (held(checked_at=NOW - 24 * HOUR), RULES, ""),
    (held(checked_at=DAY_OLD), RULES, "older than 24 hours"),
    (case(opened_at=NOW - 24 * HOUR), RULES, ""),
    (case(opened_at=DAY_OLD), RULES, "older than 24 hours"),
    (held(check(is_made=False), tries=2), RULES, ""),
    (held(check(is_made=False), tries=3), RULES, "could not be checked yet (seen here)"),
    (held(check(CheckName.RESEARCH, is_made=False), tries=9), RULES, ""),
]


@pytest.mark.parametrize(("one", "rules", "why"), OVERDUE)
def test_checks_that_are_required_must_be_young_and_had(one: Case, rules: Rules, why: str) -> None:
    said = overdue(one, rules, NOW)
    assert bool(said) is bool(why)
    assert why in said
    assert why_not_one_press(one, rules, NOW) == said
    assert why_not_one_press(one, rules) == "", "without a clock the age is left out"


def test_a_closed_case_is_never_overdue() -> None:
    ended = case(decided(1, Standing.APPROVED), closed_at=NOW, opened_at=NOW - timedelta(days=9))
    assert overdue(ended, RULES, NOW) == ""


def test_research_can_be_required_too() -> None:
    rules = rules_with(RULES, evidence={"required": frozenset({CheckName.RESEARCH})})
    assert "research" in overdue(held(check(CheckName.RESEARCH, is_made=False), tries=3), rules, NOW)
    assert overdue(held(old(hours=25)), rules, NOW) == ""


FAILED = {"failed": ("matching applications",)}
DUE = [
    (case(), RULES, NOW),
    (held(check(), revision=2), RULES, NOW),
    (held(check()), RULES, NOW + 20 * HOUR),
    (held(old(hours=3)), RULES, NOW + 17 * HOUR),
    (held(old(CheckName.RESEARCH, hours=3), check()), RULES, NOW + 20 * HOUR),
    (held(check()), SHORT, NOW + 75 * MINUTE),
    (held(check(), tries=0, **FAILED), RULES, NOW + 2 * MINUTE),
    (held(check(), tries=1, **FAILED), RULES, NOW + 2 * MINUTE),
    (held(check(), tries=2, **FAILED), RULES, NOW + 4 * MINUTE),
    (held(check(), tries=4, **FAILED), RULES, NOW + 16 * MINUTE),
    (held(check(), tries=5, **FAILED), RULES, NOW + 30 * MINUTE),
    (held(check(), tries=9999, **FAILED), RULES, NOW + 30 * MINUTE),
    (case(decided(1, Standing.APPROVED), closed_at=NOW), RULES, None),
]


@pytest.mark.parametrize(("one", "rules", "at"), DUE)
def test_checks_are_made_again_in_good_time_and_failed_ones_with_growing_pauses(
    one: Case, rules: Rules, at: datetime | None
) -> None:
    assert checks_due_at(one, rules, NOW) == at


def test_checks_that_work_never_grow_too_old() -> None:
    """They are due again before they would close one press."""
    one = held(check())
    due = checks_due_at(one, RULES, NOW)
    assert due is not None
    assert overdue(one, RULES, due) == ""


@pytest.mark.parametrize(
    "changed",
    [
        {"path": r"C:\Apps\invoice.pdf.exe"},
        {
            "path": r"C:\Apps\support.exe",
            "signers": (Signer(subject="CN=AnyDesk Software GmbH", valid=True),),
        },
        {"path": r"C:\Windows\System32\drivers\RTCore64.sys"},
        {"path": r"C:\Windows\Installer\MSI4F2A.tmp", "signers": ()},
        {"path": r"C:\Windows\System32\mshta.exe"},
        {"parent_process": r"C:\Program Files\Office\WINWORD.EXE"},
    ],
)
def test_what_is_unusual_is_never_one_press_from_the_first_look_on(changed: dict[str, Any]) -> None:
    """A card may be pressed before its evidence is there: the request itself is looked at."""
    assert why_not_one_press(case(entry(1, **changed)), RULES).startswith("it is unusual (")
