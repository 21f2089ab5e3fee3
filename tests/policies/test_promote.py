"""“Promote…”: an approval of one computer, widened after validation to a computer group or the organization."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.cards.kit import ids
from bot.decision.forms import approve_once
from bot.models import Case, PolicyAct, UnprovenWrite, WorkStanding
from bot.policies.forms import open_promote
from bot.policies.submitting import submit_promotion
from rehearsal.portal.faults import FaultKind
from rehearsal.portal.records import ComputerGroup
from tests.desk import Bench
from tests.policies.deeds import (
    COPY,
    DEPLOY,
    approved,
    change_policy,
    form,
    modal_of,
    policy_of,
    promoter,
    threads,
    tick,
    verify,
)

SURE = {"validated_how": "Detonated in a sandbox", "confirmed_by": "Mia Brandt, logistics"}
WIDE = {"reach": "organization", **SURE}
GROUP, ORGANIZATION = "Promote to Group", "Promote to Entire Organization"


def own_group(bench: Bench, case: Case) -> ComputerGroup:
    """The computer group of the case's computer."""
    computer = bench.portal.world.computers[case.requests[0].facts.computer_id]
    return bench.portal.world.computer_groups[computer.computer_group_id]


def copies(bench: Bench, case: Case) -> list[str]:
    """Where the approval's application is permitted now."""
    application = policy_of(bench, case).application_ids
    return [
        one.applies_to_id
        for one in bench.portal.world.policies.values()
        if one.application_ids == application
    ]


async def test_a_policy_of_one_computer_is_copied_to_its_group_and_stays(bench: Bench) -> None:
    verify(bench, UnprovenWrite.PROMOTE_POLICY)
    await promoter(bench, GROUP)
    case = await approved(bench)
    group = own_group(bench, case)
    press = await form(
        bench, case, ids.PROMOTE_VIEW, reach="computer_group", computer_group=group.computer_group_id, **SURE
    )
    said = await bench.do(submit_promotion, press)
    assert f"computer group {group.name}" in said
    assert set(copies(bench, case)) == {case.requests[0].facts.computer_id, group.computer_group_id}
    assert (bench.portal.calls[COPY], bench.portal.calls[DEPLOY]) == (1, 1)
    [work] = (await bench.case(case.case_id)).policy_works
    assert (work.act, work.standing) == (PolicyAct.PROMOTE, WorkStanding.DONE)
    made = bench.portal.world.policies[work.made_policy_id]
    assert made.applies_to_id == group.computer_group_id
    [told] = [one for one in threads(bench) if "Promoted" in one]
    assert "Mia Brandt" in told
    assert (await bench.last("policy_changed")).facts["made_policy_id"] == work.made_policy_id


async def test_a_policy_is_copied_to_the_entire_organization(bench: Bench) -> None:
    verify(bench, UnprovenWrite.PROMOTE_POLICY)
    await promoter(bench)
    case = await approved(bench)
    said = await bench.do(submit_promotion, await form(bench, case, ids.PROMOTE_VIEW, **WIDE))
    assert "entire organization" in said
    assert case.organization_id in copies(bench, case)


@pytest.mark.parametrize(
    ("permission", "reach", "allowed"),
    [
        (GROUP, "computer_group", True),
        (GROUP, "organization", False),
        (ORGANIZATION, "computer_group", True),
        (ORGANIZATION, "organization", True),
        ("Approve for Entire Organization", "computer_group", False),
        ("Approve for Entire Organization", "organization", False),
        ("Edit Application Control Policies", "computer_group", False),
        ("Edit Application Control Policies", "organization", False),
        ("View Approvals", "computer_group", False),
    ],
)
async def test_p1_who_may_promote_how_far(bench: Bench, permission: str, reach: str, allowed: bool) -> None:
    verify(bench, UnprovenWrite.PROMOTE_POLICY)
    await promoter(bench, permission)
    case = await approved(bench)
    group = own_group(bench, case).computer_group_id
    press = await form(bench, case, ids.PROMOTE_VIEW, reach=reach, computer_group=group, **SURE)
    said = await bench.do(submit_promotion, press)
    assert ("Not done" not in said) is allowed
    assert bench.portal.calls[COPY] == int(allowed)


@pytest.mark.parametrize("reach", ["global", "computer", "", "everywhere"])
async def test_nothing_promotes_to_global_or_to_nowhere(bench: Bench, reach: str) -> None:
    verify(bench, UnprovenWrite.PROMOTE_POLICY)
    await promoter(bench)
    case = await approved(bench)
    said = await bench.do(submit_promotion, await form(bench, case, ids.PROMOTE_VIEW, reach=reach, **SURE))
    assert "Not done" in said
    assert bench.portal.calls[COPY] == 0


async def test_a_group_that_the_portal_marks_global_is_none_of_the_choices(bench: Bench) -> None:
    verify(bench, UnprovenWrite.PROMOTE_POLICY)
    await promoter(bench)
    case = await approved(bench)
    own = own_group(bench, case)
    wide = replace(own, computer_group_id="0b" * 4 + "-0000-4000-8000-" + "0" * 12, is_global=True)
    bench.portal.world.computer_groups[wide.computer_group_id] = wide
    press = await form(
        bench, case, ids.PROMOTE_VIEW, reach="computer_group", computer_group=wide.computer_group_id, **SURE
    )
    assert "one of the organization's own" in await bench.do(submit_promotion, press)
    assert bench.portal.calls[COPY] == 0


@pytest.mark.parametrize("lacking", ["validated_how", "confirmed_by"])
async def test_validation_and_confirmation_are_both_needed_whichever_right_one_has(
    bench: Bench, lacking: str
) -> None:
    verify(bench, UnprovenWrite.PROMOTE_POLICY)
    await promoter(bench)
    case = await approved(bench)
    press = await form(bench, case, ids.PROMOTE_VIEW, **(WIDE | {lacking: "  "}))
    assert "needs both" in await bench.do(submit_promotion, press)
    assert bench.portal.calls[COPY] == 0


async def test_until_the_write_is_verified_the_exact_text_is_prepared(bench: Bench) -> None:
    verify(bench)
    await promoter(bench)
    case = await approved(bench)
    said = await bench.do(submit_promotion, await form(bench, case, ids.PROMOTE_VIEW, **WIDE))
    assert "nothing was sent" in said
    assert policy_of(bench, case).policy_id in said
    assert "Detonated in a sandbox" in said
    assert "Mia Brandt, logistics" in said
    assert bench.portal.calls[COPY] == 0


async def test_p9_with_writes_off_it_is_rehearsed(bench: Bench) -> None:
    verify(bench, UnprovenWrite.PROMOTE_POLICY)
    await promoter(bench)
    case = await approved(bench)
    bench.with_rules(writes_on=False)
    said = await bench.do(submit_promotion, await form(bench, case, ids.PROMOTE_VIEW, **WIDE))
    assert "with writes on" in said
    assert bench.portal.calls[COPY] == 0


async def test_elevation_is_not_widened(bench: Bench) -> None:
    verify(bench, UnprovenWrite.PROMOTE_POLICY)
    await promoter(bench)
    case = await bench.arrive("elevate", computer=bench.computers()[0], product="draftwright")
    await bench.do(approve_once, await bench.press("kim", ids.APPROVE_COMPUTER, case))
    case = await bench.case(case.case_id)
    said = await bench.do(submit_promotion, await form(bench, case, ids.PROMOTE_VIEW, **WIDE))
    assert "administrator rights" in said
    assert bench.portal.calls[COPY] == 0


async def test_what_is_permitted_there_already_is_not_copied_again(bench: Bench) -> None:
    verify(bench, UnprovenWrite.PROMOTE_POLICY)
    await promoter(bench)
    case = await approved(bench)
    await bench.do(submit_promotion, await form(bench, case, ids.PROMOTE_VIEW, **WIDE))
    case = await bench.case(case.case_id)
    said = await bench.do(submit_promotion, await form(bench, case, ids.PROMOTE_VIEW, **WIDE))
    assert "already" in said
    assert bench.portal.calls[COPY] == 1


async def test_a_policy_that_somebody_changed_is_not_promoted(bench: Bench) -> None:
    verify(bench, UnprovenWrite.PROMOTE_POLICY)
    await promoter(bench)
    case = await approved(bench)
    change_policy(bench, case, application_ids=(*policy_of(bench, case).application_ids, "another"))
    said = await bench.do(submit_promotion, await form(bench, case, ids.PROMOTE_VIEW, **WIDE))
    assert "shared" in said
    assert bench.portal.calls[COPY] == 0


async def test_nobody_widens_what_they_asked_for(bench: Bench) -> None:
    """Permission semantics 11.1, read for what is widened afterwards."""
    verify(bench, UnprovenWrite.PROMOTE_POLICY)
    await promoter(bench)
    case = await approved(bench, bench.computers()[0], product="tideplan", version="5.0", user="kokafor")
    press = await form(bench, case, ids.PROMOTE_VIEW, reach="computer_group", **SURE)
    assert "your own" in await bench.do(submit_promotion, press)
    assert bench.portal.calls[COPY] == 0


async def test_p2_a_copy_that_nobody_confirmed_is_found_by_its_place_and_name(bench: Bench) -> None:
    verify(bench, UnprovenWrite.PROMOTE_POLICY)
    await promoter(bench)
    case = await approved(bench)
    bench.portal.faults.set(FaultKind.TIMEOUT_AFTER, action=COPY)
    bench.portal.faults.set(FaultKind.SERVER_ERROR, action="PolicyGetForViewPoliciesByApplicationId", times=2)
    said = await bench.do(submit_promotion, await form(bench, case, ids.PROMOTE_VIEW, **WIDE))
    assert "Not done" in said, "the list could not be read before the write, so nothing was sent"
    assert bench.portal.calls[COPY] == 0
    bench.portal.faults.clear()
    bench.portal.faults.set(FaultKind.TIMEOUT_BEFORE, action=COPY)
    said = await bench.do(submit_promotion, await form(bench, case, ids.PROMOTE_VIEW, **WIDE))
    assert "not known yet" in said
    policy = policy_of(bench, case)
    late = replace(
        policy, policy_id="0c" * 4 + "-0000-4000-8000-" + "0" * 12, applies_to_id=case.organization_id
    )
    bench.portal.world.policies[late.policy_id] = late
    await bench.advance(seconds=21)
    [work] = (await tick(bench)).policy_works
    assert (work.standing, work.made_policy_id) == (WorkStanding.DONE, late.policy_id)


async def test_the_form_shows_every_reach_and_why_one_is_closed(bench: Bench) -> None:
    verify(bench, UnprovenWrite.PROMOTE_POLICY)
    await promoter(bench, GROUP)
    case = await approved(bench)
    press = await bench.press("kim", ids.POLICY_PROMOTE, case, view_id="V0")
    await open_promote(bench.desk, press)
    await bench.say()
    shown = modal_of(bench, press)
    assert "A computer group" in shown
    assert "Closed for you: the entire organization, because" in shown
    assert "Promote to Entire Organization" in shown
    assert "a global group, because" in shown
    assert "decide it in the portal" in shown
