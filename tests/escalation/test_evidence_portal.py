"""What the portal says: research, reputation, modes and policies, read as they come and never guessed."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from bot.escalation.evidence import portal
from bot.escalation.evidence.asking import (
    AUDIT,
    COMPUTERS,
    DETAILS,
    MATCHES,
    POLICIES,
    RESEARCH,
    Answers,
    OnComputer,
)
from bot.models import CheckFinding, Finding, Kind
from bot.portal import AlreadyApproved, BlockedRow, ComputerRow, Coverage, PermitDetails, ResearchDetails
from bot.portal.wire import EngineRating
from tests.cards.samples import HASH, NOW, case, entry, facts

OK, BAD, UNKNOWN = CheckFinding.OK, CheckFinding.BAD, CheckFinding.UNKNOWN
COMPUTER_ID = "d2508b7a-9e36-4c1f-8a47-5e0c61b3f942"


def told(*on: dict[str, Any], computers: int = 0, **changed: Any) -> Answers:
    """What the portal told about these computers."""
    each = tuple(OnComputer(facts=facts(n), **one) for n, one in enumerate(on or ({},), 1))
    return Answers(on=each, computers=computers or len(each), **changed)


def research(rating: str = "1", **changed: Any) -> Answers:
    """A research page with this rating."""
    values = {
        "product_name": "Tool",
        "concern_rating": rating,
        "review_rating": "5",
        "categories": ("Business",),
    }
    return told(research=ResearchDetails(**(values | changed)))


RESEARCHED = [
    (research("1"), OK, True, "rates Tool 1 of 5 for concern, review 5; Business"),
    (research("2"), OK, True, "2 of 5"),
    (research("3"), UNKNOWN, True, "3 of 5"),
    (research("4"), BAD, True, "4 of 5"),
    (research("5 - Grave"), BAD, True, "5 of 5"),
    (research(""), UNKNOWN, True, "no concern rating that can be read"),
    (research("grave"), UNKNOWN, True, "no concern rating that can be read"),
    (research("-5"), UNKNOWN, True, "no concern rating that can be read"),
    (research("\u0665"), BAD, True, "5 of 5"),
    (told(), UNKNOWN, True, "no page about it"),
    (told(failed=(RESEARCH,)), UNKNOWN, False, "could not be asked"),
    (told(failed=(MATCHES,)), UNKNOWN, False, "could not be asked"),
    (told(failed=(DETAILS,)), UNKNOWN, False, "could not be asked"),
    (told(failed=(COMPUTERS,)), UNKNOWN, True, "no page about it"),
]


@pytest.mark.parametrize(("answers", "finding", "is_made", "said"), RESEARCHED)
def test_research_speaks_by_its_number_alone(
    answers: Answers, finding: CheckFinding, is_made: bool, said: str
) -> None:
    check = portal.research_check(answers, NOW)
    assert (check.finding, check.is_made) == (finding, is_made)
    assert said in check.note


def history(*words: str, severity: str = "", **changed: Any) -> dict[str, Any]:
    """A computer whose audit row about the file carries these engines' words."""
    ratings = tuple(EngineRating(name="Engine", rating=word) for word in words)
    values = {"hash": HASH, "engine_ratings": ratings, "threat_severity_level": severity}
    return {"history": (BlockedRow(**(values | changed)),)}


REPUTATION = [
    (told(history("malicious")), BAD, True),
    (told(history("clean", "Malicious")), BAD, True),
    (told(history(severity="High")), BAD, True),
    (told(history(severity="critical")), BAD, True),
    (told(history(), history("severe")), BAD, True),
    (told(history("clean", "harmless")), OK, True),
    (told(history(severity="Low")), OK, True),
    (told(history("clean", "odd")), UNKNOWN, True),
    (told(history("not malicious")), UNKNOWN, True),
    (told(history("", " ")), UNKNOWN, True),
    (told(history("malicious", hash="AB")), UNKNOWN, True),
    (told(history("malicious", hash="", sha256="")), UNKNOWN, True),
    (told(history("malicious", hash="", sha256=HASH.lower())), BAD, True),
    (told({"history": ()}), UNKNOWN, True),
    (told(), UNKNOWN, True),
    (told(failed=(AUDIT,)), UNKNOWN, False),
    (told(history("malicious"), {}, failed=(AUDIT,)), BAD, True),
]


@pytest.mark.parametrize(("answers", "finding", "is_made"), REPUTATION)
def test_the_reputation_fields_speak_by_known_words_about_this_very_file(
    answers: Answers, finding: CheckFinding, is_made: bool
) -> None:
    check = portal.reputation_check(case(), answers, NOW)
    assert (check.finding, check.is_made) == (finding, is_made)


def test_a_case_without_a_hash_has_no_reputation() -> None:
    answers = told(history("malicious", hash="", sha256=""))
    assert portal.reputation_check(case(entry(1, hash="")), answers, NOW).finding is UNKNOWN


def test_look_ups_are_named_and_never_linked() -> None:
    """Their addresses are outside text: they stay in the portal."""
    details = PermitDetails(can_view_virus_total=True, virus_total_url="https://evil.example/x")
    check = portal.reputation_check(case(), told({"details": details}), NOW)
    assert check.note == "no rating; the portal offers VirusTotal"


def row(type_id: int = 0, number: int = 1, **changed: Any) -> ComputerRow:
    """A computer of the portal's list."""
    values = {"computer_id": COMPUTER_ID, "computer_name": f"WS-{number:03}", "maintenance_type_id": type_id}
    return ComputerRow(**(values | changed))


HOUR = timedelta(hours=1)
MODES = [
    (row(), OK, "secured"),
    (row(mode="Secure"), OK, "secured"),
    (row(1), BAD, "WS-001: Application Control Monitor Only"),
    (row(2), BAD, "Installation Mode"),
    (row(3), BAD, "Learning Mode"),
    (row(5), BAD, "Learning Mode by hash"),
    (row(6), BAD, "Tamper Protection off"),
    (row(14), BAD, "Isolation"),
    (row(15), BAD, "Lockdown"),
    (row(is_isolated=True), BAD, "isolated"),
    (row(is_locked_out=True), BAD, "locked out"),
    (row(is_tamper_protection_disabled=True), BAD, "Tamper Protection off"),
    (row(3, maintenance_end_date=NOW + HOUR), BAD, "Learning Mode; until"),
    (row(3, maintenance_end_date=NOW - HOUR), OK, "secured"),
    (row(4), UNKNOWN, "Elevation Mode"),
    (row(17), UNKNOWN, "Network Control Monitor Only"),
    (row(18), UNKNOWN, "Storage Control Monitor Only"),
    (row(8), UNKNOWN, ""),
    (row(99, mode="Something new"), UNKNOWN, "Something new"),
    (row(0, mode="Something new"), UNKNOWN, "Something new"),
]


@pytest.mark.parametrize(("computer", "finding", "said"), MODES)
def test_a_computer_that_is_not_held_back_or_not_reachable_speaks_against_an_approval(
    computer: ComputerRow, finding: CheckFinding, said: str
) -> None:
    check = portal.mode_check(case(), told({"row": computer}), NOW)
    assert check.finding is finding
    assert said in check.note
    assert (check.since is not None) is check.note.endswith("until")


def test_elevation_mode_speaks_against_an_elevation_alone() -> None:
    one = case(entry(1, kind=Kind.ELEVATION))
    check = portal.mode_check(one, told({"row": row(4)}), NOW)
    assert check.finding is BAD
    assert "an elevation may not be needed" in check.note


@pytest.mark.parametrize(
    ("answers", "finding", "is_made", "note"),
    [
        (told({"row": row()}, {"row": row(3, 2)}), BAD, True, "WS-002: Learning Mode"),
        (told({"row": row()}, {}), OK, True, "secured (2 of 2 computers looked at)"),
        (told({"row": row()}, computers=200), OK, True, "secured (1 of 200 computers looked at)"),
        (told({"row": row()}, {}, failed=(COMPUTERS,)), UNKNOWN, False, "it could not be asked"),
        (told({"row": row(3)}, {}, failed=(COMPUTERS,)), BAD, False, "WS-001: Learning Mode"),
        (told({}, failed=(COMPUTERS,)), UNKNOWN, False, "it could not be asked"),
        (told({}), UNKNOWN, True, "the portal lists no such computer"),
        (
            told(*({"row": row(3, n)} for n in range(1, 6))),
            BAD,
            True,
            "WS-001: Learning Mode, WS-002: Learning Mode, WS-003: Learning Mode and 2 more",
        ),
    ],
)
def test_every_computer_that_was_looked_at_counts_and_how_many_is_said(
    answers: Answers, finding: CheckFinding, is_made: bool, note: str
) -> None:
    check = portal.mode_check(case(), answers, NOW)
    assert (check.finding, check.is_made, check.note) == (finding, is_made, note)


YES = AlreadyApproved(Coverage.YES, "Tool", "Permit Tool")
NO, DOUBT = AlreadyApproved(Coverage.NO), AlreadyApproved(Coverage.UNKNOWN, why="a schedule")


def approved(*ones: AlreadyApproved, computers: int = 0, **changed: Any) -> Answers:
    """These answers, one for each computer."""
    return told(*({"approved": one} for one in ones), computers=computers, **changed)


ALREADY = [
    (approved(YES), Finding.YES, OK, "by Permit Tool"),
    (approved(NO), Finding.NO, OK, "not yet"),
    (approved(DOUBT), Finding.UNKNOWN, UNKNOWN, "do not tell surely"),
    (approved(YES, YES), Finding.YES, OK, "on 2 of 2 computers looked at"),
    (approved(YES, NO), Finding.UNKNOWN, UNKNOWN, "on 1 of 2 computers looked at"),
    (approved(NO, NO), Finding.NO, OK, "on 0 of 2 computers looked at"),
    (approved(NO, DOUBT), Finding.UNKNOWN, UNKNOWN, "on 0 of 2"),
    (
        approved(*[YES] * 5, computers=200),
        Finding.UNKNOWN,
        UNKNOWN,
        "5 of 5 computers looked at, of 200 in all",
    ),
    (told(), Finding.UNKNOWN, UNKNOWN, "could not be asked"),
]


@pytest.mark.parametrize(("answers", "finding", "check_finding", "said"), ALREADY)
def test_already_approved_holds_only_where_every_computer_was_asked(
    answers: Answers, finding: Finding, check_finding: CheckFinding, said: str
) -> None:
    assert portal.already(answers)[0] is finding
    check = portal.already_check(answers, NOW)
    assert check.finding is check_finding
    assert said in check.note


@pytest.mark.parametrize("failed", [POLICIES, DETAILS])
def test_policies_that_could_not_be_asked_are_no_answer(failed: str) -> None:
    assert not portal.already_check(approved(YES, failed=(failed,)), NOW).is_made
