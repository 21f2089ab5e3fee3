"""All checks as one piece of evidence: what applies to which kind, what stays of the former one, what is recorded."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from bot.escalation.evidence.asking import AUDIT, COMPUTERS, DETAILS, RESEARCH, Answers, OnComputer
from bot.escalation.evidence.history import Past
from bot.escalation.evidence.summing import evidence_of
from bot.models import (
    Case,
    Check,
    CheckFinding,
    CheckName,
    CheckSource,
    Evidence,
    Finding,
    Kind,
    Seen,
)
from bot.portal import ComputerRow, ResearchDetails
from tests.cards.samples import NOW, case, earlier, entry, evidence, facts

OK, BAD, UNKNOWN = CheckFinding.OK, CheckFinding.BAD, CheckFinding.UNKNOWN
BEFORE = NOW - timedelta(hours=3)
ROW = ComputerRow(computer_id="d2508b7a-9e36-4c1f-8a47-5e0c61b3f942", computer_name="WS-001")


def answers(**changed: Any) -> Answers:
    """A portal that answered everything about one computer, and knows little."""
    on = OnComputer(facts=facts(), row=ROW, history=())
    values: dict[str, Any] = {"on": (on,), "computers": 1, "matches": ()}
    return Answers(**(values | changed))


def found(one: Case, told: Answers | None = None, past: Past | None = None) -> Evidence:
    """The evidence of a case now."""
    known = past or Past(elsewhere={})
    return evidence_of(one, known, told or answers(), NOW, repeats_within=timedelta(days=30))


def check(name: CheckName, finding: CheckFinding, **changed: Any) -> Check:
    """A check of three hours ago."""
    values = {
        "name": name,
        "finding": finding,
        "note": "then",
        "source": CheckSource.RECORD,
        "checked_at": BEFORE,
    }
    return Check(**(values | changed))


def held(*checks: Check, revision: int = 3, **changed: Any) -> Case:
    """A case (revision 3) whose evidence of three hours ago holds these checks."""
    former = {"checked_at": BEFORE, "revision": revision, "checks": checks}
    return case(evidence=evidence(**(former | changed)))


SOFTWARE_ALONE = set(CheckName) - {CheckName.ON_SOFTWARE, CheckName.OPEN_CASES, CheckName.MODE}


@pytest.mark.parametrize(
    ("changed", "missing"),
    [
        ({}, set()),
        ({"kind": Kind.ELEVATION}, set()),
        ({"signers": ()}, {CheckName.ON_SIGNER}),
        ({"hash": ""}, {CheckName.ON_FILE}),
        ({"kind": Kind.STORAGE}, SOFTWARE_ALONE),
        ({"kind": Kind.WEB_CONTROL}, SOFTWARE_ALONE),
        ({"kind": Kind.OTHER}, SOFTWARE_ALONE),
    ],
)
def test_each_kind_of_request_gets_the_checks_that_make_sense_for_it(
    changed: dict[str, Any], missing: set[CheckName]
) -> None:
    names = [one.name for one in found(case(entry(1, **changed))).checks]
    assert len(names) == len(set(names))
    assert set(names) == set(CheckName) - missing


def test_every_check_has_its_source_and_its_time() -> None:
    for one in found(case()).checks:
        assert one.note
        assert one.source
        assert one.checked_at == NOW


KEPT = [
    (check(CheckName.RESEARCH, OK), 3, "then", BEFORE),
    (check(CheckName.RESEARCH, UNKNOWN), 3, "then", BEFORE),
    (check(CheckName.RESEARCH, BAD), 3, "then", BEFORE),
    (check(CheckName.RESEARCH, BAD), 2, "then", BEFORE),
    (check(CheckName.RESEARCH, OK), 2, "it could not be asked", NOW),
    (check(CheckName.RESEARCH, UNKNOWN, is_made=False), 3, "it could not be asked", NOW),
]


@pytest.mark.parametrize(("former", "revision", "note", "at"), KEPT)
def test_what_cannot_be_asked_now_keeps_its_former_finding_and_its_age(
    former: Check, revision: int, note: str, at: Any
) -> None:
    """Only of the same requests; but what spoke against it goes on speaking, whoever joined since."""
    now = found(held(former, revision=revision), answers(failed=(RESEARCH,))).check(CheckName.RESEARCH)
    assert now is not None
    assert (now.note, now.checked_at) == (note, at)


def test_a_check_that_can_be_made_replaces_the_former_one_even_a_bad_one() -> None:
    page = ResearchDetails(product_name="Tool", concern_rating="1")
    now = found(held(check(CheckName.RESEARCH, BAD)), answers(research=page))
    assert now.check(CheckName.RESEARCH).finding is OK  # type: ignore[union-attr]  # every software case has it
    assert now.known_bad is Finding.NO


@pytest.mark.parametrize("name", [CheckName.RESEARCH, CheckName.REPUTATION])
def test_known_bad_outlasts_an_outage(name: CheckName) -> None:
    """P9: silence opens nothing."""
    now = found(held(check(name, BAD), revision=1), answers(failed=(RESEARCH, AUDIT)))
    assert (now.known_bad, now.known_bad_note) == (Finding.YES, "then")


def test_what_was_seen_outlasts_an_outage_for_the_same_requests_alone() -> None:
    silent = answers(matches=None, failed=(DETAILS,))
    known: dict[str, Any] = {"seen": Seen.BEFORE, "seen_note": "this very file was approved here before"}
    same, joined = held(**known), held(revision=2, **known)
    assert (found(same, silent).seen, found(joined, silent).seen) == (Seen.BEFORE, Seen.UNKNOWN)
    assert found(case(), silent).seen is Seen.UNKNOWN


@pytest.mark.parametrize(
    ("one", "failed", "tries"),
    [
        (case(), (), 0),
        (case(), (COMPUTERS,), 1),
        (held(tries=1), (COMPUTERS,), 2),
        (held(tries=7), (), 0),
    ],
)
def test_tries_in_a_row_are_counted(one: Case, failed: tuple[str, ...], tries: int) -> None:
    assert found(one, answers(failed=failed)).tries == tries


def test_the_product_outlasts_an_outage() -> None:
    assert found(held(product="Tool"), answers(matches=None)).product == "Tool"


def test_fifty_earlier_decisions_are_counted_and_five_are_kept_newest_first() -> None:
    many = [earlier(at=NOW - timedelta(hours=n), by=f"Ada {n}") for n in range(1, 51)]
    now = found(case(), past=Past(on_software=many, on_file=many[:2]))
    assert [one.by for one in now.earlier] == [f"Ada {n}" for n in range(1, 6)]
    assert now.hand_approvals == 50
    assert "50 approved" in now.check(CheckName.ON_SOFTWARE).note  # type: ignore[union-attr]  # made for every case


def test_approvals_that_were_taken_back_do_not_call_for_a_policy() -> None:
    kept = earlier(request_id="r1")
    gone = [earlier(request_id="r2"), earlier(at=NOW, request_id="r2", taken_back=True)]
    assert found(case(), past=Past(on_software=[*gone, kept])).hand_approvals == 1


def test_p7_what_the_record_keeps_for_ever_quotes_nothing_from_outside() -> None:
    joined = case(entry(1, path=r"C:\Users\mallory\Downloads\x.exe", signers=(), requestor="mallory"))
    now = found(joined)
    kept = str(now.facts())
    assert now.digest in kept
    for word in ("mallory", "x.exe", "WS-001"):
        assert word not in kept
    for one in now.checks:
        assert one.name.value in kept
    assert now.model_copy(update={"tries": 9}).digest != now.digest


def test_retention_keeps_findings_and_times_and_drops_what_quotes() -> None:
    one = held(check(CheckName.MODE, BAD, note="WS-001: Learning Mode")).evidence
    assert one is not None
    kept = one.model_copy(update={"earlier": (earlier(computer_name="WS-001"),)}).without_outside_text()
    assert "WS-001" not in kept.model_dump_json()
    assert "Ada" not in kept.model_dump_json()
    assert kept.check(CheckName.MODE).finding is BAD  # type: ignore[union-attr]  # put there above


def test_evidence_of_the_former_release_still_opens() -> None:
    text = (
        '{"checked_at":"2026-03-02T09:00:00Z","revision":1,"seen":"never","failed":["matching applications"]}'
    )
    old = Evidence.model_validate_json(text)
    assert (old.checks, old.tries, old.check(CheckName.SEEN)) == ((), 0, None)
