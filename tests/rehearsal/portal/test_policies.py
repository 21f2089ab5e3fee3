"""Policies of the stand-in portal: what it takes, what it refuses and in which words, and what a write changes."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from rehearsal.portal.records import Policy
from tests.rehearsal.portal.wire import Wire

INSERT, UPDATE, REMOVE = "Policy/PolicyInsert", "Policy/PolicyUpdateById", "Policy/PolicyUpdateForDeleteByIds"
COPY, MOVE = "Policy/PolicyInsertForCopyPolicies", "PolicyMoveQueue/PolicyMoveQueueInsert"
DEPLOY = "DeployPolicyQueue/DeployPolicies"
RIGHT = "Edit Application Control Policies"


async def permitted(wire: Wire) -> Policy:
    """A policy that a permit made for one computer."""
    request_id = wire.portal.raise_request("execute", organization="brightwater", product="tideplan")
    assert (await wire.permit(request_id)).status == 200
    made = wire.portal.request(request_id).new_policy_id
    assert made is not None
    return wire.portal.world.policies[made]


def body(policy: Policy, **changed: Any) -> dict[str, Any]:
    """An acceptable body for a policy of the same application at its organization."""
    values = {
        "name": "Permit it",
        "applicationIdList": list(policy.application_ids),
        "computerGroupId": policy.organization_id,
        "osType": policy.os_type,
        "policyActionId": 1,
        "isEnabled": True,
        "policyScheduleStatus": 0,
        "description": "Made by Kim",
    }
    return values | changed


async def test_a_policy_is_made_and_its_request_is_left_alone(wire: Wire) -> None:
    policy = await permitted(wire)
    reply = await wire.call("POST", INSERT, body(policy), organization_id=policy.organization_id)
    assert reply.status == 200
    made = wire.portal.world.policies[reply.value["policyId"]]
    assert (made.applies_to_id, made.name, made.is_enabled) == (policy.organization_id, "Permit it", True)


@pytest.mark.parametrize("name", ["name", "applicationIdList", "computerGroupId", "osType", "policyActionId"])
async def test_a_policy_that_lacks_a_needed_member_is_a_server_error(wire: Wire, name: str) -> None:
    policy = await permitted(wire)
    sent = body(policy)
    del sent[name]
    assert (await wire.call("POST", INSERT, sent, organization_id=policy.organization_id)).status == 500


@pytest.mark.parametrize(
    ("changed", "status"),
    [
        ({"name": "  "}, 417),
        ({"applicationIdList": []}, 417),
        ({"applicationIdList": ["0" * 8 + "-0000-4000-8000-" + "0" * 12]}, 417),
        ({"computerGroupId": "0" * 8 + "-0000-4000-8000-" + "0" * 12}, 417),
        ({"osType": 2}, 417),
        ({"policyActionId": 9}, 417),
        ({"policyScheduleStatus": 1}, 417),
        ({"policyScheduleStatus": 1, "endDate": "2001-01-01T00:00:00Z"}, 417),
        ({"isEnabled": None}, 400),
        ({"osType": "one"}, 400),
    ],
)
async def test_a_policy_that_makes_no_sense_is_refused(
    wire: Wire, changed: dict[str, Any], status: int
) -> None:
    policy = await permitted(wire)
    before = dict(wire.portal.world.policies)
    reply = await wire.call("POST", INSERT, body(policy, **changed), organization_id=policy.organization_id)
    assert reply.status == status
    assert wire.portal.world.policies == before


@pytest.mark.parametrize(
    ("method", "path", "sent"),
    [
        ("POST", INSERT, {}),
        ("PUT", UPDATE, {}),
        ("PUT", REMOVE, []),
        ("POST", COPY, {}),
        ("POST", MOVE, {}),
        ("POST", DEPLOY, {}),
    ],
)
async def test_every_write_needs_the_right_to_edit_policies(
    wire: Wire, method: str, path: str, sent: object
) -> None:
    token = wire.portal.issue_token(["View Application Control Policies", "Approve for Global"])
    reply = await wire.call(method, path, sent, token=token)
    assert (reply.status, reply.message) == (401, f"Missing the '{RIGHT}' permission")


async def test_a_policy_is_removed_by_a_bare_list(wire: Wire) -> None:
    policy = await permitted(wire)
    sent = [{"policyId": policy.policy_id, "organizationId": policy.organization_id}]
    reply = await wire.call("PUT", REMOVE, sent, organization_id=policy.organization_id)
    assert (reply.status, reply.value) == (200, True)
    assert policy.policy_id not in wire.portal.world.policies


@pytest.mark.parametrize("sent", [{"policyIds": []}, {"rows": []}, "x", 7, [7], [{"policyId": "no guid"}]])
async def test_an_object_around_the_list_is_a_type_error(wire: Wire, sent: object) -> None:
    policy = await permitted(wire)
    reply = await wire.call("PUT", REMOVE, sent, organization_id=policy.organization_id)
    assert reply.status == 400
    assert "errors" in reply.value
    assert policy.policy_id in wire.portal.world.policies


@pytest.mark.parametrize(("sent", "status"), [([], 417), ([None], 500), ([{}], 500)])
async def test_a_list_without_policies_removes_none(wire: Wire, sent: object, status: int) -> None:
    policy = await permitted(wire)
    reply = await wire.call("PUT", REMOVE, sent, organization_id=policy.organization_id)
    assert reply.status == status


async def test_another_organizations_policy_is_refused_in_the_portals_words(wire: Wire) -> None:
    policy = await permitted(wire)
    sent = [{"policyId": policy.policy_id, "organizationId": policy.organization_id}]
    reply = await wire.call("PUT", REMOVE, sent, organization_id=wire.portal.world.parent_id)
    assert (reply.status, reply.value["message"]) == (400, "Unable to retrieve application policy")
    assert policy.policy_id in wire.portal.world.policies


async def test_a_parents_copy_is_not_removed_and_spares_the_others(wire: Wire) -> None:
    policy, other = await permitted(wire), await permitted(wire)
    wire.portal.world.policies[policy.policy_id] = replace(policy, name="ROWANBRIDGE\\Permit it")
    sent = [{"policyId": one.policy_id, "organizationId": one.organization_id} for one in (other, policy)]
    reply = await wire.call("PUT", REMOVE, sent, organization_id=policy.organization_id)
    assert (reply.status, reply.message) == (401, "You are not authorized to delete policy.")
    assert other.policy_id in wire.portal.world.policies


async def test_an_update_replaces_the_whole_policy(wire: Wire) -> None:
    """What is left out falls back to its default: the policy is switched off and loses its words."""
    policy = await permitted(wire)
    sent = body(policy, policyId=policy.policy_id)
    del sent["isEnabled"], sent["description"]
    assert (await wire.call("PUT", UPDATE, sent, organization_id=policy.organization_id)).status == 200
    after = wire.portal.world.policies[policy.policy_id]
    assert (after.is_enabled, after.description, after.applies_to_id) == (False, "", policy.organization_id)


async def test_a_policy_is_copied_to_another_place_of_its_organization(wire: Wire) -> None:
    policy = await permitted(wire)
    group = wire.portal.world.computers[policy.applies_to_id].computer_group_id
    sent = _copy(policy, group)
    assert (await wire.call("POST", COPY, sent, organization_id=policy.organization_id)).status == 200
    places = [
        p.applies_to_id
        for p in wire.portal.world.policies.values()
        if p.application_ids == policy.application_ids
    ]
    assert sorted(places) == sorted([policy.applies_to_id, group])


def _copy(policy: Policy, *targets: str, **changed: Any) -> dict[str, Any]:
    values = {
        "osType": policy.os_type,
        "policies": [{"policyId": policy.policy_id}],
        "sourceAppliesToId": policy.applies_to_id,
        "sourceOrganizationId": policy.organization_id,
        "targetAppliesToIds": list(targets),
    }
    return values | changed


@pytest.mark.parametrize(
    ("changed", "status"),
    [
        ({"policies": []}, 500),
        ({"targetAppliesToIds": []}, 500),
        ({"osType": 2}, 417),
        ({"sourceOrganizationId": "0" * 8 + "-0000-4000-8000-" + "0" * 12}, 400),
        ({"targetAppliesToIds": ["0" * 8 + "-0000-4000-8000-" + "0" * 12]}, 417),
    ],
)
async def test_a_copy_that_does_not_fit_is_refused(wire: Wire, changed: dict[str, Any], status: int) -> None:
    policy = await permitted(wire)
    before = dict(wire.portal.world.policies)
    sent = _copy(policy, policy.organization_id, **changed)
    assert (await wire.call("POST", COPY, sent, organization_id=policy.organization_id)).status == status
    assert wire.portal.world.policies == before


async def test_a_policy_moves_up_to_a_group(wire: Wire) -> None:
    policy = await permitted(wire)
    group = wire.portal.world.computers[policy.applies_to_id].computer_group_id
    sent = {
        "policyId": policy.policy_id,
        "newPolicyComputerGroupId": group,
        "applicationId": policy.application_ids[0],
        "computersAffected": -1,
        "parentId": wire.portal.world.parent_id,
        "osType": policy.os_type,
    }
    assert (await wire.call("POST", MOVE, sent, organization_id=policy.organization_id)).status == 200
    assert wire.portal.world.policies[policy.policy_id].applies_to_id == group


@pytest.mark.parametrize("body", [{}, None], ids=["an empty object", "no body"])
async def test_a_deployment_is_noted_for_the_organization_of_the_header(wire: Wire, body: object) -> None:
    policy = await permitted(wire)
    assert (await wire.call("POST", DEPLOY, body, organization_id=policy.organization_id)).status == 200
    last = wire.portal.world.system_audit[-1]
    assert (last.function, last.organization_id) == ("Deploy", policy.organization_id)
