"""Policies: bodies as live callers agree on them, each write sent once, and what proves that a policy is ours."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from bot.portal import (
    Invalid,
    NewPolicy,
    OutcomeUnknown,
    PermissionMissing,
    PolicyRow,
    PortalBroken,
    PortalClient,
    applications_of,
    newly_there,
    why_not_ours,
)
from tests.portal.samples import ORGANIZATION
from tests.portal.wire_server import Says, WireServer

POLICY = "08c3b7e1-5f94-4a2d-b680-97d1e4f2c53a"
APPLICATION = "9f27c3b1-4e85-4d0a-b6c2-83a1f5d7e460"
COMPUTER = "d2508b7a-9e36-4c1f-8a47-5e0c61b3f942"
GROUP = "7c41e9d2-08af-4b6e-a3d5-19f0b7e26c88"
GET, INSERT, COPY, REMOVE, DEPLOY = (
    "PolicyGetById",
    "PolicyInsert",
    "PolicyInsertForCopyPolicies",
    "PolicyUpdateForDeleteByIds",
    "DeployPolicies",
)
ENDS = datetime(2026, 12, 14, tzinfo=UTC)


def row(**changed: Any) -> dict[str, Any]:
    """A policy that our attempt a1 made for a computer."""
    values = {
        "policyId": POLICY,
        "name": "Permit TideChart",
        "policyActionId": 1,
        "applicationId": APPLICATION,
        "applicationIdList": [APPLICATION],
        "computerGroupId": COMPUTER,
        "organizationId": ORGANIZATION,
        "osType": 1,
        "isEnabled": True,
        "description": "Approved by Ana Moreau via Gatehouse [attempt a1]",
    }
    return values | changed


def new(**changed: Any) -> NewPolicy:
    """A policy to be made."""
    values: dict[str, Any] = {
        "name": "Permit TideChart",
        "application_id": APPLICATION,
        "applies_to_id": GROUP,
        "os_type": 1,
        "ends_at": ENDS,
        "description": "Made by Kim [attempt w1]",
    }
    return NewPolicy(**(values | changed))


async def test_a_policy_is_read(portal: WireServer, client: PortalClient) -> None:
    portal.on(GET, row())
    found = await client.policy(POLICY, ORGANIZATION)
    assert found is not None
    assert (found.name, found.computer_group_id, found.os_type) == ("Permit TideChart", COMPUTER, 1)
    [call] = portal.calls(GET)
    assert call.query == {"policyId": POLICY}
    assert call.headers["managedorganizationid"] == ORGANIZATION


@pytest.mark.parametrize(
    "says",
    [
        Says({"message": "Unable to retrieve application policy"}, 400),
        Says({"LoggerId": "x", "StatusCode": 404, "Message": "Policy not found"}, 404),
        Says("null"),
        Says(""),
    ],
)
async def test_a_policy_that_is_not_there_is_none(
    portal: WireServer, client: PortalClient, says: Says
) -> None:
    portal.on(GET, says)
    assert await client.policy(POLICY, ORGANIZATION) is None


@pytest.mark.parametrize(
    ("says", "error"),
    [
        (Says({"message": "Something else"}, 400), Invalid),
        (
            Says({"Message": "Missing the 'View Application Control Policies' permission"}, 401),
            PermissionMissing,
        ),
        (Says("", 500), PortalBroken),
    ],
)
async def test_any_other_refusal_does_not_mean_that_it_is_gone(
    portal: WireServer, client: PortalClient, says: Says, error: type[Exception]
) -> None:
    portal.on(GET, says)
    with pytest.raises(error):
        await client.policy(POLICY, ORGANIZATION)


async def test_a_new_policy_names_an_application_a_place_and_an_end(
    portal: WireServer, client: PortalClient
) -> None:
    portal.on(INSERT, {"policyId": POLICY})
    await client.insert_policy(new(), ORGANIZATION)
    [call] = portal.calls(INSERT)
    assert call.method == "POST"
    assert call.body == {
        "name": "Permit TideChart",
        "applicationIdList": [APPLICATION],
        "computerGroupId": GROUP,
        "osType": 1,
        "policyActionId": 1,
        "isEnabled": True,
        "logAction": True,
        "elevationStatus": 0,
        "policyScheduleStatus": 1,
        "endDate": "2026-12-14T00:00:00Z",
        "allowRequest": False,
        "killRunningProcesses": False,
        "allDevices": True,
        "allUserGroups": True,
        "description": "Made by Kim [attempt w1]",
    }


async def test_a_policy_without_an_end_says_so(portal: WireServer, client: PortalClient) -> None:
    portal.on(INSERT, {})
    await client.insert_policy(new(ends_at=None), ORGANIZATION)
    body = portal.calls(INSERT)[0].body
    assert (body["policyScheduleStatus"], body["endDate"]) == (0, None)


async def test_an_end_is_sent_in_utc(portal: WireServer, client: PortalClient) -> None:
    portal.on(INSERT, {})
    there = timezone(timedelta(hours=2))
    await client.insert_policy(new(ends_at=datetime(2026, 12, 14, 1, tzinfo=there)), ORGANIZATION)
    assert portal.calls(INSERT)[0].body["endDate"] == "2026-12-13T23:00:00Z"


@pytest.mark.parametrize(
    "lacking", [{"name": "  "}, {"application_id": ""}, {"applies_to_id": ""}, {"os_type": 0}]
)
async def test_a_policy_that_lacks_something_is_never_sent(
    portal: WireServer, client: PortalClient, lacking: dict[str, Any]
) -> None:
    with pytest.raises(ValueError, match="a policy needs"):
        await client.insert_policy(new(**lacking), ORGANIZATION)
    assert portal.received == []


async def test_a_copy_names_where_it_comes_from_and_where_it_goes(
    portal: WireServer, client: PortalClient
) -> None:
    portal.on(COPY, {})
    await client.copy_policy(PolicyRow.read(row()), ORGANIZATION, GROUP)
    assert portal.calls(COPY)[0].body == {
        "osType": 1,
        "policies": [{"policyId": POLICY}],
        "sourceAppliesToId": COMPUTER,
        "sourceOrganizationId": ORGANIZATION,
        "targetAppliesToIds": [GROUP],
    }


@pytest.mark.parametrize("thin", [{"osType": 0}, {"computerGroupId": None}])
async def test_a_policy_that_does_not_say_where_it_is_is_not_copied(
    portal: WireServer, client: PortalClient, thin: dict[str, Any]
) -> None:
    with pytest.raises(ValueError, match="does not say"):
        await client.copy_policy(PolicyRow.read(row(**thin)), ORGANIZATION, GROUP)
    assert portal.received == []


async def test_removing_puts_a_bare_list(portal: WireServer, client: PortalClient) -> None:
    portal.on(REMOVE, Says("true"))
    await client.remove_policy(POLICY, ORGANIZATION)
    [call] = portal.calls(REMOVE)
    assert call.method == "PUT"
    assert call.body == [{"policyId": POLICY, "organizationId": ORGANIZATION}]


async def test_a_deployment_has_its_organization_in_the_header_alone(
    portal: WireServer, client: PortalClient
) -> None:
    portal.on(DEPLOY, {})
    await client.deploy_policies(ORGANIZATION)
    [call] = portal.calls(DEPLOY)
    assert call.body == {}
    assert call.headers["managedorganizationid"] == ORGANIZATION
    assert call.path.endswith("/DeployPolicyQueue/DeployPolicies")


async def test_p2_a_put_over_a_kept_connection_that_breaks_is_sent_once(
    portal: WireServer, client: PortalClient
) -> None:
    """The library would repeat it by itself; a removal of a policy that came back would be another one."""
    portal.on(GET, row())
    portal.on(REMOVE, portal.reset)
    await client.policy(POLICY, ORGANIZATION)
    with pytest.raises(OutcomeUnknown):
        await client.remove_policy(POLICY, ORGANIZATION)
    assert len(portal.calls(REMOVE)) == 1


async def test_two_removals_are_two_writes(portal: WireServer, client: PortalClient) -> None:
    """Sent once means each one, not only the first of a client's life."""
    portal.on(REMOVE, Says("true"))
    for _ in range(2):
        await client.remove_policy(POLICY, ORGANIZATION)
    assert len(portal.calls(REMOVE)) == 2


@pytest.mark.parametrize(
    ("changed", "new_application", "why"),
    [
        ({}, True, ""),
        ({}, False, ""),
        ({"description": None}, True, ""),
        ({"description": "Approved by Ana via Gatehouse [attempt a2]"}, True, ""),
        ({"policyActionId": 6}, True, ""),
        ({"description": None}, False, "nothing shows"),
        ({"description": "Approved by Ana via Gatehouse [attempt a2]"}, False, "nothing shows"),
        (
            {"description": "[attempt a11]", "applicationIdList": [], "applicationId": GROUP},
            True,
            "nothing shows",
        ),
        ({"applicationIdList": [APPLICATION, GROUP]}, True, "shared"),
        ({"applicationIdList": [], "applicationId": None}, True, "shared"),
        ({"computerGroupId": GROUP}, True, "somewhere else"),
        ({"computerGroupId": None}, True, "somewhere else"),
        ({"name": "HOLDING\\Permit TideChart"}, True, "parent"),
        ({"policyActionId": 2}, True, "permit anything"),
        ({"policyActionId": None}, True, "permit anything"),
    ],
)
def test_only_what_surely_is_ours_counts_as_ours(
    changed: dict[str, Any], new_application: bool, why: str
) -> None:
    found = why_not_ours(
        PolicyRow.read(row(**changed)),
        attempt_id="a1",
        application_id=APPLICATION,
        application_was_new=new_application,
        applies_to_id=COMPUTER,
    )
    assert why in found
    assert bool(found) is bool(why)


@pytest.mark.parametrize(
    ("changed", "before", "mark", "found"),
    [
        ({}, (), "a1", True),
        ({}, (), "", True),
        ({"description": None}, (), "a1", True),
        ({}, (POLICY,), "a1", False),
        ({}, (), "a2", False),
        ({"name": "Permit other"}, (), "", False),
        ({"computerGroupId": GROUP}, (), "", False),
        ({"isEnabled": False}, (), "", False),
    ],
)
def test_a_policy_that_a_write_brought_is_told_from_the_others(
    changed: dict[str, Any], before: tuple[str, ...], mark: str, found: bool
) -> None:
    listed = [PolicyRow.read(row(**changed))]
    there = newly_there(listed, before, name="Permit TideChart", applies_to_id=COMPUTER, mark=mark)
    assert (there is not None) is found


def test_applications_are_named_once_whatever_their_case() -> None:
    assert applications_of(PolicyRow.read(row(applicationIdList=[APPLICATION.upper(), GROUP]))) == (
        APPLICATION,
        GROUP,
    )
