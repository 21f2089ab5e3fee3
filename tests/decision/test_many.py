"""Many people, one file: the answer counts every request once, names the other deciders, and fits one message."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from inline_snapshot import snapshot

from bot.cards import check_payload
from bot.cards.kit import ids
from bot.cards.kit.words import as_text
from bot.decision.forms import approve_once
from bot.decision.press import decide
from bot.decision.telling import Became, Result, decision_answer, summary_line
from bot.models import Choice, Verb
from rehearsal.portal.faults import FaultKind
from tests.cards.reading import read
from tests.cards.second_opinion import check_message_twice
from tests.desk import Bench

PERMIT = "ApprovalRequestPermitApplication"
TOM, KIM = "Tom in the portal", "Kim Okafor"


def ended(number: int, became: Became, by: str = "", sentence: str = "") -> Result:
    """What became of the request of one computer."""
    said = sentence or f"setup.exe on WS-{number:03}: {became.value}."
    return Result(f"req-{number}", f"WS-{number:03}", became, said, by=by)


End = tuple[int, Became] | tuple[int, Became, str]


def many(*ends: End) -> list[Result]:
    """So many of each end, each on a computer of its own; the third is who else decided."""
    results: list[Result] = []
    for end in ends:
        by = end[2] if len(end) == 3 else ""
        results += [ended(len(results) + n, end[1], by) for n in range(1, end[0] + 1)]
    return results


@pytest.mark.parametrize(
    ("results", "says"),
    [
        (many((2, Became.APPROVED)), "2 approved."),
        (many((2, Became.DENIED)), "2 denied."),
        (
            many((3, Became.APPROVED), (1, Became.DECIDED_BEFORE, TOM), (1, Became.CHECKING)),
            "3 approved, 1 already decided by Tom in the portal, 1 unknown, checking.",
        ),
        (
            many((1, Became.CHECKING), (1, Became.DECIDED_BEFORE, TOM), (3, Became.APPROVED)),
            "3 approved, 1 already decided by Tom in the portal, 1 unknown, checking.",
        ),
        (
            many((2, Became.DECIDED_BEFORE, TOM), (1, Became.DECIDED_BEFORE, KIM), (1, Became.BUSY, KIM)),
            "2 already decided by Tom in the portal, 1 already decided by Kim Okafor, 1 being decided by Kim Okafor.",
        ),
        (
            many(*((1, Became.DECIDED_BEFORE, name) for name in ("A", "B", "C"))),
            "1 already decided by A, 1 already decided by B, 1 already decided by C.",
        ),
        (
            many(*((n, Became.DECIDED_BEFORE, name) for n, name in ((1, "A"), (9, "B"), (3, "C"), (2, "D")))),
            "9 already decided by B, 3 already decided by C, 3 already decided by 2 others.",
        ),
        (
            many((1, Became.APPROVED), (2, Became.REFUSED), (1, Became.NOT_DECIDED), (1, Became.CHANGED)),
            "1 approved, 1 changed since the card, so not decided, 2 not allowed, 1 not decided.",
        ),
        (many((2, Became.REHEARSED)), "2 not sent, because writes are off."),
        (many((2, Became.AWAITS_SECOND), (1, Became.DENIED)), "1 denied, 2 waiting for a second person."),
        (many((1, Became.DECIDED_BEFORE, "somebody in the portal"), (1, Became.APPROVED)),
         "1 approved, 1 already decided by somebody in the portal."),
    ],
)  # fmt: skip
def test_the_count_is_true_and_names_the_others(results: list[Result], says: str) -> None:
    assert as_text([summary_line(results)]) == says


@pytest.mark.parametrize("became", Became)
def test_every_end_is_counted(became: Became) -> None:
    """An end that nobody counted would make the sum wrong."""
    said = as_text([summary_line([ended(1, became), ended(2, became)])])
    assert said.startswith("2 ")
    assert as_text([summary_line([ended(1, Became.APPROVED), ended(2, became)])]).count("1 ") in (0, 2)


def test_a_single_request_needs_no_count() -> None:
    assert "1 approved" not in decision_answer([ended(1, Became.APPROVED)]).text


def test_a_few_requests_get_a_line_each() -> None:
    results = many((3, Became.APPROVED), (1, Became.DECIDED_BEFORE, TOM), (1, Became.CHECKING))
    assert read(decision_answer(results).blocks) == snapshot("""\
3 approved, 1 already decided by Tom in the portal, 1 unknown, checking.
Approved. WS-001: setup.exe on WS-001: approved.
Approved. WS-002: setup.exe on WS-002: approved.
Approved. WS-003: setup.exe on WS-003: approved.
Too late. WS-004: setup.exe on WS-004: decided_before.
Outcome unknown, checking. WS-005: setup.exe on WS-005: checking.
Nothing is sent again. You will hear from Gatehouse as soon as the portal says how it ended.\
""")


def test_refused_in_part_the_way_on_and_who_could_are_said() -> None:
    refused = replace(
        ended(2, Became.REFUSED, sentence="You may approve for one computer. Pick one of them in Approve…."),
        could=("Kim Okafor", "Ana Moreau"),
    )
    said = read(decision_answer([ended(1, Became.APPROVED), refused]).blocks)
    assert said == snapshot("""\
1 approved, 1 not allowed.
Approved. WS-001: setup.exe on WS-001: approved.
Not done. WS-002: You may approve for one computer. Pick one of them in Approve….
Who could do the rest: Kim Okafor, Ana Moreau\
""")


def test_many_requests_are_put_together_and_each_stands_once() -> None:
    results = many((30, Became.APPROVED), (3, Became.DECIDED_BEFORE, TOM), (7, Became.CHECKING))
    said = read(decision_answer(results).blocks)
    assert said == snapshot("""\
30 approved, 3 already decided by Tom in the portal, 7 unknown, checking.
Approved (30): WS-001, WS-002, WS-003, WS-004, WS-005, WS-006, WS-007, WS-008, WS-009, WS-010,
    WS-011, WS-012, WS-013, WS-014, WS-015, WS-016, WS-017, WS-018, WS-019, WS-020, WS-021, WS-022,
    WS-023, WS-024, WS-025, WS-026, WS-027, WS-028, WS-029, WS-030. For example: setup.exe on
    WS-001: approved.
Too late (1): WS-031. setup.exe on WS-031: decided_before.
Too late (1): WS-032. setup.exe on WS-032: decided_before.
Too late (1): WS-033. setup.exe on WS-033: decided_before.
Outcome unknown, checking (7): WS-034, WS-035, WS-036, WS-037, WS-038, WS-039, WS-040. For example:
    setup.exe on WS-034: checking.
Nothing is sent again. You will hear from Gatehouse as soon as the portal says how it ended.\
""")


def names_in(said: str, results: list[Result]) -> dict[str, int]:
    """How often each request's computer is named in front of a reason or an example."""
    flat = " ".join(said.split())
    return {
        r.request_id: flat.count(f"{r.computer_name},") + flat.count(f"{r.computer_name}.") for r in results
    }


def test_200_requests_are_all_named_once_within_one_message() -> None:
    results = many(
        (150, Became.APPROVED), (20, Became.DECIDED_BEFORE, TOM), (20, Became.CHECKING), (10, Became.CHANGED)
    )
    results = [replace(r, sentence="So it is.") for r in results]
    answer = decision_answer(results)
    assert set(names_in(read(answer.blocks), results).values()) == {1}
    fits(answer.blocks, answer.text)


def fits(blocks: list[dict[str, object]], text: str) -> None:
    """Slack's limits by our own check and by an independent one, and a size that every client takes."""
    check_payload("message", blocks)
    check_message_twice(blocks, text)
    assert len(text) <= 4000
    assert len(json.dumps(blocks, ensure_ascii=False)) <= 13_000


@pytest.mark.parametrize("became", Became)
def test_200_requests_with_200_long_reasons_and_names_still_fit(became: Became) -> None:
    results = [
        replace(
            ended(n, became, by=f"Somebody {n} " * 20, sentence=f"{n} " + "because of this and that " * 40),
            computer_name=f"{n}-WORKSTATION-WITH-A-VERY-LONG-NAME-IN-THE-OFFICE-{n}",
            could=tuple(f"Name {n} {k} " * 10 for k in range(3)),
        )
        for n in range(1, 201)
    ]
    answer = decision_answer(results)
    fits(answer.blocks, answer.text)
    said = " ".join(read(answer.blocks).split())
    assert all(f"{n}-WORKSTATION" in said for n in range(1, 201))


# --- through the press ---------------------------------------------------------------------------------


async def test_what_the_portal_decided_meanwhile_is_counted_with_its_decider(bench: Bench) -> None:
    """Each request is re-read, attempted and settled on its own (P8)."""
    case = await bench.arrive_on(*bench.computers()[:3])
    press = await bench.press("kim", ids.APPROVE_COMPUTER, case)
    bench.portal.decide_in_portal(case.requests[1].facts.request_id, approve=False, by="Tom Baker")
    said = await bench.do(approve_once, press)
    assert said.startswith("2 approved, 1 already decided by Tom Baker in the portal.")
    assert sorted((await bench.became()).values()) == ["approved", "approved", "decided_before"]


async def test_an_unknown_outcome_is_counted_as_unknown(bench: Bench) -> None:
    case = await bench.arrive_on(*bench.computers()[:2])
    bench.portal.faults.set(FaultKind.TIMEOUT_BEFORE, action=PERMIT, times=1)
    said = await bench.do(approve_once, await bench.press("kim", ids.APPROVE_COMPUTER, case))
    assert said.startswith("1 approved, 1 unknown, checking.")
    assert sorted((await bench.became()).values()) == ["approved", "checking"]


async def test_one_may_be_picked_and_the_others_stay_pending(bench: Bench) -> None:
    case = await bench.arrive_on(*bench.computers()[:3])
    picked = case.requests[2].facts.request_id
    press = await bench.press("bo", ids.APPROVE_VIEW, case, view_id="V1")
    await decide(bench.desk, press, Choice(verb=Verb.APPROVE), [picked])
    await bench.answer(press)
    assert await bench.became() == {picked: "approved"}
    assert len((await bench.case(case.case_id)).pending) == 2


async def test_a_right_over_one_computer_reads_the_way_on(bench: Bench) -> None:
    """5.6."""
    case = await bench.arrive_on(*bench.computers()[:3])
    said = await bench.do(approve_once, await bench.press("bo", ids.APPROVE_COMPUTER, case))
    assert "Pick one of them in Approve…; the others stay pending" in " ".join(said.split())
    assert len((await bench.case(case.case_id)).pending) == 3
