"""Semantics 11.5 at the press: computers are counted by effect, in one press, press by press and over cases."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from bot.cards.kit import ids
from bot.decision import attempt
from bot.decision import press as deciding
from bot.decision.forms import approve_once
from bot.desk import Desk
from bot.models import Case, Press, SecondApproval, Standing
from rehearsal.portal.faults import FaultKind
from tests.decision.test_press import approve, submit
from tests.desk import Bench, text_of

SOFTWARE = {"product": "tideplan", "version": "4.1"}


def with_rule(bench: Bench) -> None:
    """The rule as it is by default: unseen software for more than one computer needs two."""
    bench.with_rules(second=SecondApproval())


async def asked(bench: Bench, *numbers: int) -> Case:
    """Requests for the same never-seen file on these computers."""
    names = [bench.computers()[number] for number in numbers]
    return await bench.arrive_on(*names, **SOFTWARE)


async def test_one_press_for_four_computers_waits_for_a_second_person(bench: Bench) -> None:
    with_rule(bench)
    case = await asked(bench, 0, 1, 2, 3)
    said = await approve(bench, "ana", case)
    assert "Waiting for a second person" in said
    assert "4 computers" in " ".join(said.split())
    assert bench.portal.decisions == []
    assert all(entry.awaited for entry in (await bench.case(case.case_id)).requests)


async def test_press_by_press_and_over_cases_it_is_the_same(bench: Bench) -> None:
    with_rule(bench)
    first = await asked(bench, 0)
    assert "Approved" in await approve(bench, "ana", first)
    second = await asked(bench, 1)
    assert second.case_id != first.case_id
    said = await approve(bench, "ana", second)
    assert "on 2 computers in all" in " ".join(said.split())
    assert len(bench.portal.decisions) == 1
    said = await approve(bench, "bo", second)
    assert len(bench.portal.decisions) == 1, "another person's press is a press as well"


async def test_the_same_computer_again_is_one_computer(bench: Bench) -> None:
    with_rule(bench)
    assert "Approved" in await approve(bench, "ana", await asked(bench, 0))
    assert "Approved" in await approve(bench, "ana", await asked(bench, 0))


async def test_an_approval_on_its_way_in_the_sister_case_of_another_kind_counts(bench: Bench) -> None:
    """Its end is not known yet, so no history holds it; the file may run there by the time that it is."""
    with_rule(bench)
    bench.with_rules(unusual={"off": frozenset({"elevation_unseen"})})  # one press may elevate what is new
    elevation = await bench.arrive("elevate", computer=bench.computers()[0], **SOFTWARE)
    application = await asked(bench, 1)
    assert elevation.hash == application.hash
    bench.portal.faults.set(FaultKind.TIMEOUT_BEFORE, action="ApprovalRequestPermitApplication")
    await approve(bench, "kim", elevation)
    bench.portal.faults.clear()
    assert (await bench.case(elevation.case_id)).requests[0].standing is Standing.CHECKING
    said = await approve(bench, "ana", application)
    assert "2 computers" in " ".join(said.split())
    assert len(bench.portal.decisions) == 1, "only the one that was sent before"


async def at_once(bench: Bench, monkeypatch: pytest.MonkeyPatch, *presses: Press) -> list[str]:
    """Presses whose verdicts are all made before the first of them is recorded; what each presser reads."""
    everybody, judged = asyncio.Barrier(len(presses)), set[str]()
    carry_out = attempt.carry_out

    async def when_all_are_judged(desk: Desk, prepared: attempt.Prepared) -> Any:
        if prepared.press.press_id not in judged:
            judged.add(prepared.press.press_id)
            await everybody.wait()
        return await carry_out(desk, prepared)

    monkeypatch.setattr(deciding, "carry_out", when_all_are_judged)
    await asyncio.gather(*(approve_once(bench.desk, press) for press in presses))
    assert judged == {press.press_id for press in presses}
    said = {one.effect_id: " ".join(text_of(one).split()) for one in await bench.say()}
    return sorted(said[f"answer:{press.press_id}"] for press in presses)


@pytest.mark.parametrize("sister", ["another organization", "another kind"])
async def test_two_presses_at_the_same_moment_in_sister_cases_do_not_both_pass(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, sister: str
) -> None:
    """Each alone would be the first computer: whoever is recorded second is judged again, with the first one's."""
    with_rule(bench)
    bench.with_rules(unusual={"off": frozenset({"elevation_unseen"})})
    one = await asked(bench, 0)
    if sister == "another kind":
        other = await bench.arrive("elevate", computer=bench.computers()[1], **SOFTWARE)
    else:
        other = await bench.arrive(computer=bench.computers("marlow")[0], **SOFTWARE)
        one = await bench.case(one.case_id)
        assert one.bundle_id == other.bundle_id
    assert one.case_id != other.case_id
    assert one.hash == other.hash
    presses = [await bench.press("kim", ids.APPROVE_COMPUTER, each) for each in (one, other)]
    approved, waits = await at_once(bench, monkeypatch, *presses)
    assert approved.startswith("Approved")
    assert "Waiting for a second person" in waits
    assert "2 computers" in waits
    assert len(bench.portal.decisions) == 1


async def test_the_approval_that_wants_its_reason_wants_it_in_a_form_too(bench: Bench) -> None:
    """Whatever the form was drawn with: the count of this moment is asked, and a reason is enough."""
    bench.with_rules(repeats={"approvals": 2})
    assert "Approved" in await approve(bench, "ana", await asked(bench, 0))
    case = await asked(bench, 1)
    assert not case.policy_due
    assert "say why" in " ".join((await submit(bench, "ana", case)).split())
    said = await submit(bench, "ana", case, reason="The planners of the yard all need it")
    assert "Approved" in said


async def test_the_requests_of_one_press_are_one_decision_of_a_repeated_approval(bench: Bench) -> None:
    bench.with_rules(repeats={"approvals": 2})
    case = await asked(bench, 0, 1, 2)
    assert "3 approved" in await approve(bench, "ana", case)


async def test_the_approval_that_wants_its_reason_is_counted_at_the_same_moment_too(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two versions of one software, two cards, two presses: the second of them is the settings' number."""
    bench.with_rules(repeats={"approvals": 2})
    cases = [
        await bench.arrive(computer=bench.computers()[number], product="tideplan", version=version)
        for number, version in enumerate(("4.1", "4.2"))
    ]
    presses = [await bench.press("ana", ids.APPROVE_COMPUTER, case) for case in cases]
    approved, told = await at_once(bench, monkeypatch, *presses)
    assert approved.startswith("Approved")
    assert "say why" in told
    assert len(bench.portal.decisions) == 1
