"""Semantics 11.5 at the press: computers are counted by effect, in one press, press by press and over cases."""

from __future__ import annotations

from bot.models import Case, SecondApproval, Standing
from rehearsal.portal.faults import FaultKind
from tests.decision.test_press import approve
from tests.desk import Bench

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
    assert "Two people have to agree" in said
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
    assert "2 computers with what was approved by hand before" in " ".join(said.split())
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
