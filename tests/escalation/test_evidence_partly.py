"""Evidence that could be had only in part: what spoke against a file goes on speaking; words stay out of the chain."""

from __future__ import annotations

from bot.escalation.evidence.asking import AUDIT, Answers
from bot.escalation.evidence.history import Past
from bot.escalation.evidence.summing import evidence_of
from bot.models import Case, CheckFinding, CheckName, Evidence, Finding, Standing
from bot.rules.one_press import why_not_one_press
from tests.cards.samples import NOW, RULES, case, entry
from tests.desk import Bench
from tests.escalation.test_evidence_of_cases import PROGRAM, gathered
from tests.escalation.test_evidence_portal import history, told


def looked(before: Case, answers: Answers) -> Case:
    """The case after one more look at it."""
    found = evidence_of(before, Past(), answers, NOW, repeats_within=RULES.repeats.within)
    return before.model_copy(update={"evidence": found})


def evidence(of: Case) -> Evidence:
    """What is known of a case, which must be there."""
    assert of.evidence is not None
    return of.evidence


async def test_a_bad_rating_stays_while_the_computer_that_told_it_cannot_be_asked() -> None:
    """The other computer's harmless rows are no answer to it."""
    known = looked(case(entry(1), entry(2)), told(history("clean"), history("malicious")))
    assert "known to be bad" in why_not_one_press(known, RULES, NOW)
    again = looked(known, told(history("clean"), {}, failed=(AUDIT,)))
    assert evidence(again).known_bad is Finding.YES
    assert "known to be bad" in why_not_one_press(again, RULES, NOW)


async def test_a_part_of_the_history_calls_no_file_harmless() -> None:
    known = looked(case(entry(1), entry(2)), told(history("clean"), {}, failed=(AUDIT,)))
    check = evidence(known).check(CheckName.REPUTATION)
    assert check is not None
    assert (check.finding, check.is_made) == (CheckFinding.UNKNOWN, False)
    assert evidence(known).known_bad is Finding.UNKNOWN


async def test_a_bad_rating_outlives_the_request_of_the_computer_that_told_it() -> None:
    """It is the file that is bad: the requests that stay open are for the same one."""
    known = looked(case(entry(1), entry(2)), told(history("clean"), history("malicious")))
    left = known.model_copy(
        update={"requests": (entry(1), entry(2, Standing.REJECTED))},
    )
    again = looked(left, told({"history": ()}))
    assert "known to be bad" in why_not_one_press(again, RULES, NOW)


async def test_a_rating_that_is_now_harmless_ends_it() -> None:
    known = looked(case(entry(1)), told(history("malicious")))
    again = looked(known, told(history("clean")))
    assert not why_not_one_press(again, RULES, NOW)


async def test_p7_no_word_from_outside_is_kept_for_ever_with_the_reasons(bench: Bench) -> None:
    """The ping quotes the portal's rating; the chain says in our own words that it is known to be bad."""
    case_ = await bench.arrive(product="tideplan", version="5.0", path=PROGRAM, is_known_bad=True)
    found = await gathered(bench, case_)
    assert found.known_bad_note
    event = await bench.last("evidence_gathered")
    assert "the file is known to be bad" in event.facts["unusual"]
    assert found.known_bad_note not in str(event.facts)
    assert found.known_bad_note in str(event.private)
    assert found.known_bad_note in (await bench.case(case_.case_id)).unusual
