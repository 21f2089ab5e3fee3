"""Two people by what an approval really does: a global group, an extended application, silent elevation, storage."""

from __future__ import annotations

from typing import Any

import pytest

from bot.models import (
    ApplicationChoice,
    ApplicationUse,
    Case,
    Choice,
    Reach,
    Rules,
    SecondApproval,
    StorageTerms,
    UnprovenWrite,
    Verb,
)
from rehearsal.stage import organizations
from rehearsal.stage.cast import access_document
from tests.decision.dialogue import application, group_id
from tests.decision.pairs import WRITTEN, agree, choose, look, waiting
from tests.desk import Bench, accept

NOTHING = SecondApproval(reaches=frozenset(), unseen_wider_than_computer=False)


async def both_hold(bench: Bench, *permissions: str) -> None:
    """Ana and Kim hold these everywhere, besides what they hold anyway."""
    names = ", ".join(f'"{name}"' for name in permissions)
    document = access_document(bench.cast, organizations(bench.portal))
    document += (
        f'\n[[grants]]\npeople = ["ana", "kim"]\norganizations = ["rowanbridge"]\nand_below = true\n'
        f"permissions = [{names}]\n"
    )
    await accept(bench, document)


async def two_people(bench: Bench, case: Case, **choice: Any) -> str:
    """Ana approves so and it waits, Kim agrees to it; why two were needed."""
    made = Choice.model_validate({"verb": Verb.APPROVE, **WRITTEN, **choice})
    said = await choose(bench, "ana", case, made)
    assert said.startswith("Waiting for a second person."), said
    assert bench.portal.decisions == []
    case = await bench.case(case.case_id)
    because = waiting(case).because
    _, shown = await look(bench, "kim", case)
    assert because in shown
    said = await agree(bench, "kim", case)
    assert said.startswith("Approved."), said
    assert len(bench.portal.decisions) == 1
    return because


async def test_a_global_group_needs_two_by_default(bench: Bench) -> None:
    bench.with_rules(second=Rules().second, verified_writes=frozenset({UnprovenWrite.PERMIT_GLOBAL}))
    await both_hold(bench, "Approve for Global")
    case = await bench.arrive()
    group = group_id(bench, "Global - Workstations", "rowanbridge")
    because = await two_people(bench, case, reach=Reach.GLOBAL, computer_group_id=group)
    assert because == "it reaches a global group"


async def test_a_global_group_that_is_not_verified_does_not_even_wait(bench: Bench) -> None:
    """What would not be sent anyway asks for nobody."""
    bench.with_rules(second=Rules().second)
    await both_hold(bench, "Approve for Global")
    case = await bench.arrive()
    group = group_id(bench, "Global - Workstations", "rowanbridge")
    made = Choice(verb=Verb.APPROVE, reach=Reach.GLOBAL, computer_group_id=group, **WRITTEN)
    assert "Prepared for you" in await choose(bench, "ana", case, made)
    assert (await bench.case(case.case_id)).requests[0].awaited is None


async def test_an_extended_application_counts_as_far_as_it_reaches(bench: Bench) -> None:
    """This computer was chosen; the application is permitted for the organization, and that is what two agree to."""
    bench.with_rules(second=NOTHING.model_copy(update={"reaches": frozenset({Reach.ORGANIZATION})}))
    await both_hold(bench, "Approve for Entire Organization")
    case = await bench.arrive()
    tools = application(bench, "Tools", case.organization_id)
    existing = ApplicationChoice(use=ApplicationUse.EXISTING, application_id=tools, name="Tools")
    because = await two_people(bench, case, application=existing)
    assert because == "it reaches the entire organization"


async def test_an_application_that_has_become_wider_meanwhile_is_void(bench: Bench) -> None:
    """The first person was told of a computer group."""
    bench.with_rules(second=NOTHING.model_copy(update={"reaches": frozenset({Reach.COMPUTER_GROUP})}))
    await both_hold(bench, "Approve for Entire Organization")
    case = await bench.arrive()
    computer = bench.portal.world.computers[case.requests[0].facts.computer_id]
    tools = application(bench, "Tools", computer.computer_group_id)
    existing = ApplicationChoice(use=ApplicationUse.EXISTING, application_id=tools, name="Tools")
    await choose(bench, "ana", case, Choice(verb=Verb.APPROVE, application=existing, **WRITTEN))
    case = await bench.case(case.case_id)
    assert waiting(case).reaches is Reach.COMPUTER_GROUP
    policy = next(p for p in bench.portal.world.policies.values() if tools in p.application_ids)
    object.__setattr__(policy, "applies_to_id", case.organization_id)
    said = await agree(bench, "kim", case)
    assert "further now than the first person was told" in said
    assert (await bench.last("second_voided")).facts["why"] == "reach_changed"
    assert bench.portal.decisions == []


@pytest.mark.parametrize(
    ("choice", "because"),
    [
        ({"elevate_hours": 1, "elevate_silently": True}, "without a notice"),
        ({"elevate_hours": 12}, "more than 8 hours"),
        ({"safe_because": "A signed driver tool of the vendor"}, "without an end"),
    ],
)
async def test_risky_elevation_needs_two_where_that_is_asked_for(
    bench: Bench, choice: dict[str, Any], because: str
) -> None:
    bench.with_rules(second=NOTHING.model_copy(update={"risky_elevation": True}))
    await both_hold(bench, "Elevation Administrator")
    case = await bench.arrive("elevate")
    assert because in await two_people(bench, case, elevate=True, **choice)


async def test_the_unusual_needs_two_where_that_is_asked_for(bench: Bench) -> None:
    """Narrow as it may be."""
    bench.with_rules(second=NOTHING.model_copy(update={"unusual": True}))
    case = await bench.arrive()
    case = await bench.write(case.model_copy(update={"unusual": ("a script host",)}))
    assert await two_people(bench, case) == "the request is unusual: a script host"


async def test_a_storage_device_for_an_organization_needs_two_where_its_reach_does(bench: Bench) -> None:
    bench.with_rules(
        second=SecondApproval(reaches=frozenset({Reach.ORGANIZATION})),
        verified_writes=frozenset({UnprovenWrite.PERMIT_STORAGE}),
    )
    await both_hold(bench, "Approve for Entire Organization")
    case = await bench.arrive("write")
    because = await two_people(bench, case, reach=Reach.ORGANIZATION, storage=StorageTerms())
    assert because == "it reaches the entire organization"
