"""Approved already means surely approved; the operator's check tells each fault apart."""

from datetime import UTC, datetime
from typing import Any

import pytest

from bot.models import Reach
from bot.portal import (
    AlreadyApproved,
    Coverage,
    PermissionMissing,
    PermitDetails,
    PortalAway,
    PortalClient,
    PortalProbe,
    TokenRefused,
    already_approved,
    probe,
)
from tests.portal.conftest import NOW, MakeClient
from tests.portal.samples import (
    APPLICATION,
    GROUP,
    ORGANIZATION,
    POLICY,
    ROOT,
    ZERO,
    application,
    computer,
    computer_group,
    form,
    policy,
)
from tests.portal.wire_server import Says, WireServer

MATCH = "ApplicationGetMatchingList"
POLICIES = "PolicyGetForViewPoliciesByApplicationId"
COMPUTERS = "ComputerGetByAllParameters"
OTHER_GROUP = "aa60f7c9-d814-4b35-a7f2-98c5e3d1046b"


def _script(
    portal: WireServer, *policies: dict[str, Any], computers: list[dict[str, Any]] | None = None
) -> None:
    portal.on(MATCH, {"hasMatching": True, "matchingApplications": [application()]})
    portal.on(POLICIES, list(policies))
    portal.on(COMPUTERS, [computer()] if computers is None else computers)


async def _ask(client: PortalClient, **changes: Any) -> AlreadyApproved:
    return await already_approved(client, PermitDetails.read(form(**changes)), now=NOW)


@pytest.mark.parametrize(
    ("changes", "reach"),
    [
        ({}, Reach.COMPUTER),
        ({"computerGroupId": GROUP.upper()}, Reach.COMPUTER_GROUP),
        ({"computerGroupId": ORGANIZATION}, Reach.ORGANIZATION),
        ({"policyActionId": 6}, Reach.COMPUTER),
        ({"policyScheduleStatus": 1, "endDate": "2026-03-02T08:30:01Z"}, Reach.COMPUTER),
        ({"allUserGroups": None}, Reach.COMPUTER),
    ],
)
async def test_an_enabled_permit_policy_that_reaches_the_computer_is_a_yes(
    portal: WireServer, client: PortalClient, changes: dict[str, Any], reach: Reach
) -> None:
    _script(portal, policy(**changes))
    found = await _ask(client)
    assert found == AlreadyApproved(Coverage.YES, "Label Printer", "Permit Label Printer", POLICY, reach)
    assert found.is_approved


@pytest.mark.parametrize(
    "changes",
    [
        {"isEnabled": False},
        {"policyActionId": 2, "isEnabled": False},
        {"policyActionId": 2, "endDate": "2026-03-01T00:00:00Z"},
        {"policyActionId": 2, "applicationId": ROOT},
        {"policyActionId": 4},
        {"endDate": "2026-03-02T08:30:00Z"},
    ],
)
async def test_a_policy_that_does_not_permit_now_is_a_no(
    portal: WireServer, client: PortalClient, changes: dict[str, Any]
) -> None:
    _script(portal, policy(**changes))
    assert await _ask(client) == AlreadyApproved(Coverage.NO)


@pytest.mark.parametrize(
    "changes",
    [
        {"isEnabled": None},
        {"policyActionId": None},
        {"allUserGroups": False},
        {"policyScheduleStatus": 2},
        {"computerGroupId": OTHER_GROUP},
        {"computerGroupId": ZERO},
        {"computerGroupId": ROOT},
    ],
)
async def test_a_policy_that_may_or_may_not_cover_the_computer_is_unknown(
    portal: WireServer, client: PortalClient, changes: dict[str, Any]
) -> None:
    _script(portal, policy(**changes))
    found = await _ask(client)
    assert (found.coverage, found.is_approved) == (Coverage.UNKNOWN, False)
    assert "Permit Label Printer" in found.why


async def test_a_policy_of_the_parents_global_group_takes_in_the_computer(
    portal: WireServer, client: PortalClient
) -> None:
    """The portal offers the group for this organization and system, and marks it global."""
    _script(portal, policy(computerGroupId=OTHER_GROUP))
    portal.on(
        "ComputerGroupGetForPermitApplication",
        [computer_group(computerGroupId=OTHER_GROUP, organizationId=ROOT, isGlobal=True), computer_group()],
    )
    found = await _ask(client)
    assert (found.coverage, found.reach) == (Coverage.YES, Reach.GLOBAL)


@pytest.mark.parametrize("marked", [False, None])
async def test_another_group_is_not_taken_for_a_global_one(
    portal: WireServer, client: PortalClient, marked: bool | None
) -> None:
    _script(portal, policy(computerGroupId=OTHER_GROUP))
    portal.on(
        "ComputerGroupGetForPermitApplication", [computer_group(computerGroupId=OTHER_GROUP, isGlobal=marked)]
    )
    assert (await _ask(client)).coverage is Coverage.UNKNOWN


async def test_the_widest_sure_policy_is_named_and_doubtful_ones_beside_it_do_not_matter(
    portal: WireServer, client: PortalClient
) -> None:
    wide = policy(policyId=ROOT, name="Wide", computerGroupId=ORGANIZATION)
    narrow = policy(policyId=ZERO.replace("0", "1"), name="Narrow")
    _script(portal, policy(computerGroupId=OTHER_GROUP), wide, narrow)
    found = await _ask(client)
    assert (found.policy_name, found.reach) == ("Wide", Reach.ORGANIZATION)


@pytest.mark.parametrize(
    "changes",
    [
        {"policyActionId": 2},
        {"policyActionId": 3, "computerGroupId": OTHER_GROUP},
        {"policyActionId": 2, "applicationId": None, "applicationIdList": [APPLICATION.upper()]},
        {"policyActionId": 2, "isEnabled": None},
    ],
)
async def test_a_policy_that_denies_the_application_leaves_it_unknown(
    portal: WireServer, client: PortalClient, changes: dict[str, Any]
) -> None:
    """Which of the two wins is the portal's business; an elevation must not rest on our guess."""
    _script(portal, policy(), policy(policyId=ROOT, name="Never", **changes))
    found = await _ask(client)
    assert (found.coverage, found.why) == (Coverage.UNKNOWN, "policy Never denies the application")


async def test_no_match_and_no_policy_are_a_no(portal: WireServer, client: PortalClient) -> None:
    _script(portal)
    assert (await _ask(client)).coverage is Coverage.NO
    portal.on(MATCH, {"hasMatching": False, "matchingApplications": []})
    assert (await _ask(client)).coverage is Coverage.NO
    assert len(portal.calls(POLICIES)) == 1


async def test_the_computers_own_group_counts_and_not_the_forms(
    portal: WireServer, client: PortalClient
) -> None:
    """The form may carry a group that is only preselected; where the directory knows better, it counts."""
    _script(portal, policy(computerGroupId=GROUP), computers=[computer(computerGroupId=OTHER_GROUP)])
    assert (await _ask(client)).coverage is Coverage.UNKNOWN
    _script(portal, policy(computerGroupId=GROUP), computers=[])
    assert (await _ask(client)).reach is Reach.COMPUTER_GROUP
    assert (await _ask(client, computerGroupId=ZERO)).coverage is Coverage.UNKNOWN


@pytest.mark.parametrize("action", [MATCH, POLICIES, COMPUTERS])
@pytest.mark.parametrize("answer", [Says("", 500), Says({"Message": "Missing the 'X' permission"}, 401)])
async def test_any_failure_is_unknown_and_says_why(
    portal: WireServer, client: PortalClient, action: str, answer: Says
) -> None:
    _script(portal, policy())
    portal.on(action, answer)
    found = await _ask(client)
    assert (found.coverage, found.is_approved) == (Coverage.UNKNOWN, False)
    assert action in found.why


@pytest.mark.parametrize("changes", [{"computerId": ZERO}, {"organizationId": None}])
async def test_details_without_a_place_are_unknown_and_nothing_is_asked(
    portal: WireServer, client: PortalClient, changes: dict[str, Any]
) -> None:
    assert (await _ask(client, **changes)).coverage is Coverage.UNKNOWN
    assert portal.received == []


async def test_the_present_is_now_where_no_time_is_given(portal: WireServer, client: PortalClient) -> None:
    _script(portal, policy(endDate=datetime(2000, 1, 1, tzinfo=UTC).isoformat()))
    found = await already_approved(client, PermitDetails.read(form()))
    assert found.coverage is Coverage.NO


READS = {
    "ApprovalRequestGetCount": Says("0"),
    "OrganizationGetForMoveComputers": Says([]),
    "OrganizationGetChildOrganizationsByParameters": Says([]),
    COMPUTERS: Says([]),
    "ComputerGroupGetForPermitApplication": Says([]),
    "ActionLogGetByParametersV2": Says(""),
}


def _script_reads(portal: WireServer, **changes: Says) -> None:
    for action, answer in (READS | changes).items():
        portal.on(action, answer)


def is_reachable(found: PortalProbe) -> bool:
    """Something that speaks like the portal answered, even if it refused."""
    return any(step.asked and not isinstance(step.error, PortalAway) for step in found.steps)


def is_token_accepted(found: PortalProbe) -> bool:
    """Something answered, and nothing refused the token."""
    return is_reachable(found) and not any(isinstance(step.error, TokenRefused) for step in found.steps)


async def test_a_well_set_up_portal_passes_every_step_and_is_not_changed(
    portal: WireServer, client: PortalClient
) -> None:
    _script_reads(portal)
    found = await probe(client, ORGANIZATION, NOW)
    assert (is_reachable(found), is_token_accepted(found)) == (True, True)
    assert all(step.is_fine for step in found.steps)
    assert len(found.steps) == 6
    assert {one.path.rsplit("/", 1)[-1] for one in portal.received} == set(READS)


async def test_without_an_organization_only_its_own_steps_are_tried(
    portal: WireServer, client: PortalClient
) -> None:
    _script_reads(portal)
    assert len((await probe(client, None, NOW)).steps) == 4


async def test_a_missing_right_is_one_step_and_the_rest_is_still_tried(
    portal: WireServer, client: PortalClient
) -> None:
    denied = Says({"Message": "Missing the 'View Unified Audit' permission"}, 401)
    _script_reads(portal, ActionLogGetByParametersV2=denied)
    found = await probe(client, ORGANIZATION, NOW)
    assert (is_reachable(found), is_token_accepted(found)) == (True, True)
    bad = [step for step in found.steps if not step.is_fine]
    assert [(step.name, step.needs) for step in bad] == [("Unified Audit", "View Unified Audit")]
    assert isinstance(bad[0].error, PermissionMissing)


async def test_a_refused_token_is_reachable_and_ends_the_check(
    portal: WireServer, client: PortalClient
) -> None:
    _script_reads(portal, ApprovalRequestGetCount=Says({"error": "TOKEN_REVOKED"}, 440))
    found = await probe(client, ORGANIZATION, NOW)
    assert (is_reachable(found), is_token_accepted(found)) == (True, False)
    assert isinstance(found.steps[0].error, TokenRefused)
    assert [step.asked for step in found.steps] == [True, False, False, False, False, False]
    assert len(portal.received) == 1


async def test_a_portal_that_is_away_is_told_from_a_refused_token(make_client: MakeClient) -> None:
    found = await probe(make_client("http://127.0.0.1:9", max_retries=0), ORGANIZATION, NOW)
    assert (is_reachable(found), is_token_accepted(found)) == (False, False)
    assert sum(step.asked for step in found.steps) == 1
