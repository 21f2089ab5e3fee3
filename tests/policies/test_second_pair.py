"""Widening after the fact is no way around the second pair of eyes: where two had to agree, the portal decides."""

from __future__ import annotations

from typing import Any

import pytest

from bot.cards.kit import ids
from bot.models import Evidence, Reach, SecondApproval, Seen, UnprovenWrite
from bot.policies.submitting import submit_creation, submit_promotion, submit_take_back
from tests.desk import Bench
from tests.policies.deeds import COPY, INSERT, approved, change_policy, form, promoter, verify
from tests.policies.test_promote import SURE, own_group
from tests.policies.test_stop_asking import FILLED, due, knows_application

ORGANIZATION = frozenset({Reach.ORGANIZATION})
NONE: frozenset[Reach] = frozenset()


@pytest.mark.parametrize(
    ("second", "seen", "reach", "why"),
    [
        (SecondApproval(), Seen.NEVER, "organization", "it is new here"),
        (SecondApproval(), Seen.NEVER, "computer_group", "it is new here"),
        (SecondApproval(), Seen.NEW_VERSION, "organization", "this version is new here"),
        (SecondApproval(), Seen.UNKNOWN, "organization", "not known whether"),
        (SecondApproval(), None, "organization", "not known whether"),
        (SecondApproval(), Seen.BEFORE, "organization", ""),
        (
            SecondApproval(reaches=ORGANIZATION),
            Seen.BEFORE,
            "organization",
            "reaches the entire organization",
        ),
        (SecondApproval(reaches=ORGANIZATION), Seen.BEFORE, "computer_group", ""),
        (SecondApproval(reaches=NONE, unseen_wider_than_computer=False), Seen.NEVER, "organization", ""),
        (
            SecondApproval(reaches=NONE, unseen_wider_than_computer=False, unusual=True),
            Seen.NEVER,
            "organization",
            "",
        ),
    ],
)
async def test_where_two_must_agree_to_a_reach_a_promotion_to_it_is_only_prepared(
    bench: Bench, second: SecondApproval, seen: Seen | None, reach: str, why: str
) -> None:
    verify(bench, UnprovenWrite.PROMOTE_POLICY)
    await promoter(bench)
    case = await approved(bench)
    found = Evidence(seen=seen, checked_at=bench.desk.now()) if seen else None
    case = await bench.write(case.model_copy(update={"evidence": found}))
    bench.with_rules(second=second)
    values: dict[str, Any] = {"reach": reach, "computer_group": own_group(bench, case).computer_group_id}
    press = await form(bench, case, ids.PROMOTE_VIEW, **values, **SURE)
    said = " ".join((await bench.do(submit_promotion, press)).split())
    assert bench.portal.calls[COPY] == int(not why)
    assert ("nothing was sent" in said) is bool(why)
    if why:
        assert "Two people have to agree" in said
        assert why in said
        assert case.requests[0].facts.computer_name in said
        assert (await bench.case(case.case_id)).policy_works == ()
        prepared = await bench.last("policy_text_prepared")
        assert why in str(prepared.private["told"])


async def test_a_policy_that_was_given_administrator_rights_since_is_not_widened(bench: Bench) -> None:
    """P1: it is the policy as the portal has it now that is copied, not the approval that made it."""
    verify(bench, UnprovenWrite.PROMOTE_POLICY)
    await promoter(bench)
    case = await approved(bench)
    change_policy(bench, case, elevation_status=2)
    press = await form(bench, case, ids.PROMOTE_VIEW, reach="organization", **SURE)
    assert "administrator rights" in await bench.do(submit_promotion, press)
    assert bench.portal.calls[COPY] == 0


async def test_taking_back_says_which_copies_stay(bench: Bench) -> None:
    verify(bench, UnprovenWrite.PROMOTE_POLICY, UnprovenWrite.REMOVE_POLICY)
    await promoter(bench)
    case = await approved(bench)
    await bench.do(submit_promotion, await form(bench, case, ids.PROMOTE_VIEW, reach="organization", **SURE))
    case = await bench.case(case.case_id)
    press = await form(bench, case, ids.TAKE_BACK_VIEW, reason="It phones home.")
    said = " ".join((await bench.do(submit_take_back, press)).split())
    assert "The copy for the entire organization Brightwater Logistics is not removed with it." in said


@pytest.mark.parametrize("name", [r"PARENT\Tide", "Tide\u202eexe", "x" * 101, "Tide\nplan"])
async def test_a_policys_name_is_plain_text_and_no_parents(bench: Bench, name: str) -> None:
    """`PARENT\\Name` is how the portal marks a parent's copy; what was typed must not pass for one (P10)."""
    case = await due(bench)
    press = await form(
        bench, case, ids.CREATE_POLICY_VIEW, policy_name=name, reach="organization", reason="Weekly."
    )
    assert "no backslash" in await bench.do(submit_creation, press)
    assert bench.portal.calls[INSERT] == 0


@pytest.mark.parametrize(
    ("second", "approvals", "why"),
    [
        (SecondApproval(), 3, ""),
        (SecondApproval(), 2, "is new here"),
        (SecondApproval(reaches=ORGANIZATION), 3, "reaches the entire organization"),
    ],
)
async def test_a_proposal_is_no_way_around_the_second_pair_of_eyes_either(
    bench: Bench, second: SecondApproval, approvals: int, why: str
) -> None:
    """One approval of a computer and a proposal by hand must not carry one person to the organization."""
    verify(bench, UnprovenWrite.CREATE_POLICY)
    case = await knows_application(bench, await due(bench))
    assert case.proposal is not None
    few = case.proposal.model_copy(update={"approvals": approvals})
    found = Evidence(seen=Seen.NEVER, checked_at=bench.desk.now())
    case = await bench.write(case.model_copy(update={"proposal": few, "evidence": found}))
    bench.with_rules(second=second)
    press = await form(bench, case, ids.CREATE_POLICY_VIEW, reach="organization", **FILLED)
    said = " ".join((await bench.do(submit_creation, press)).split())
    assert bench.portal.calls[INSERT] == int(not why)
    assert (why in said and "Two people have to agree" in said) is bool(why)
