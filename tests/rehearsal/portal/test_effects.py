"""A decision really changes the stand-in world, and later reads show it."""

from typing import Any

import pytest

from tests.rehearsal.portal.wire import Wire

_USES_EXISTING = {"useNewApplication": False, "useExistingApplication": True}


async def _matching(wire: Wire, request_id: str) -> list[dict[str, Any]]:
    file = wire.portal.request(request_id).file
    reply = await wire.call(
        "POST",
        "Application/ApplicationGetMatchingList",
        {
            "hash": file.hash,
            "sha256": file.sha256,
            "path": file.full_path,
            "certs": [{"sha": c.sha, "subject": c.subject, "validCert": True} for c in file.certificates],
            "osType": 1,
        },
        organization_id=wire.organization_of(request_id),
    )
    assert reply.value["hasMatching"] is bool(reply.value["matchingApplications"])
    found: list[dict[str, Any]] = reply.value["matchingApplications"]
    return found


async def _policies_of(wire: Wire, organization_id: str, application_id: str) -> list[dict[str, Any]]:
    reply = await wire.call(
        "POST",
        "Policy/PolicyGetForViewPoliciesByApplicationId",
        {"applicationId": application_id, "organizationId": organization_id, "pageNumber": 1, "pageSize": 50},
        organization_id=organization_id,
    )
    found: list[dict[str, Any]] = reply.value
    return found


async def _group(wire: Wire, organization_id: str, name: str) -> dict[str, Any]:
    reply = await wire.call(
        "GET",
        "ComputerGroup/ComputerGroupGetForPermitApplication",
        query={"osType": "0"},
        organization_id=organization_id,
    )
    return next(group for group in reply.value if group["name"] == name)


async def test_a_permitted_file_matches_afterwards(wire: Wire) -> None:
    """A new application with a hash rule is found by the matching list, and only by that file."""
    request_id = wire.portal.raise_request("execute", product="quickfix", version="1")
    other_id = wire.portal.raise_request("execute", product="quickfix", version="2")
    assert await _matching(wire, request_id) == []
    assert (await wire.permit(request_id)).status == 200
    assert [row["name"] for row in await _matching(wire, request_id)] == ["Test application"]
    assert await _matching(wire, other_id) == []


@pytest.mark.parametrize(
    ("level", "group_name", "place"),
    [
        ({}, None, "MRL-WS-003"),
        ({"toComputerGroup": True}, "Servers", "Servers"),
        ({"toComputerGroup": True}, "Global - Workstations", "Global - Workstations"),
        ({"toEntireOrganization": True}, None, "Marlow Precision"),
    ],
)
async def test_the_policy_applies_where_the_level_said(
    wire: Wire, level: dict[str, Any], group_name: str | None, place: str
) -> None:
    """The policy list of the application says where the permit reaches, by id and by name."""
    request_id = wire.portal.raise_request("execute", computer="MRL-WS-003")
    own = wire.organization_of(request_id)
    body = await wire.details(request_id)
    body["policyLevel"] |= level
    if group_name:
        body["policyLevel"]["selectedComputerGroup"] = await _group(wire, own, group_name)
    body["policyExpirationDate"] = "2031-01-01T00:00:00Z"
    assert (await wire.permit(request_id, body)).status == 200
    application_id = wire.portal.request(request_id).new_application_id or ""
    (row,) = await _policies_of(wire, own, application_id)
    assert row["appliesToName"] == place
    assert wire.portal.world.place_name(row["computerGroupId"]) == place
    assert (row["isEnabled"], row["policyActionId"], row["elevationStatus"]) == (True, 1, 0)
    assert (row["endDate"], row["policyScheduleStatus"]) == ("2031-01-01T00:00:00Z", 1)
    owner = wire.portal.world.parent_id if "Global" in place else own
    assert row["organizationId"] == owner


@pytest.mark.parametrize("group_name", ["Macs", "Global - Macs"])
async def test_a_group_of_another_system_is_refused(wire: Wire, group_name: str) -> None:
    """A Windows request cannot be permitted for a macOS group."""
    request_id = wire.portal.raise_request("execute", organization="marlow")
    body = await wire.details(request_id)
    chosen = await _group(wire, wire.organization_of(request_id), group_name)
    body["policyLevel"] |= {"toComputerGroup": True, "selectedComputerGroup": chosen}
    assert (await wire.permit(request_id, body)).status == 417


async def test_a_group_of_another_organization_is_refused(wire: Wire) -> None:
    """Another organization's group is no place to permit."""
    request_id = wire.portal.raise_request("execute", organization="marlow")
    body = await wire.details(request_id)
    chosen = await _group(wire, wire.portal.organization_id("juniper-hill"), "Workstations")
    body["policyLevel"] |= {"toComputerGroup": True, "selectedComputerGroup": chosen}
    assert (await wire.permit(request_id, body)).status == 417


async def test_an_existing_application_grows(wire: Wire) -> None:
    """Choosing an existing application adds the rule to it; its older policies then reach the file too."""
    request_id = wire.portal.raise_request("execute", organization="brightwater", product="quickfix")
    own = wire.organization_of(request_id)
    options = await wire.call(
        "POST",
        "Application/ApplicationGetForApplicationOptions",
        {"organizationId": own, "osType": 1, "searchText": "label"},
        organization_id=own,
    )
    (row,) = options.value
    body = await wire.details(request_id)
    body["matchingApplications"] |= {**_USES_EXISTING, "existingApplication": row}
    assert (await wire.permit(request_id, body)).status == 200
    assert [m["applicationId"] for m in await _matching(wire, request_id)] == [row["applicationId"]]
    places = {p["appliesToName"] for p in await _policies_of(wire, own, row["applicationId"])}
    computer = wire.portal.world.computers[wire.portal.request(request_id).computer_id]
    assert places == {"Workstations", computer.name}


async def test_a_built_in_cannot_be_extended(wire: Wire) -> None:
    """A file rule cannot be added to the vendor's own application, at any reach."""
    request_id = wire.portal.raise_request("execute", product="ledgerleaf", version="11.0")
    (row,) = await _matching(wire, request_id)
    body = await wire.details(request_id)
    body["matchingApplications"] |= {**_USES_EXISTING, "existingApplication": row}
    body["policyLevel"]["toEntireOrganization"] = True
    assert (await wire.permit(request_id, body)).status == 401


async def test_an_existing_policy_can_be_amended(wire: Wire) -> None:
    """useExistingPolicy adds the application to a policy that already reaches the computer."""
    request_id = wire.portal.raise_request("execute", organization="brightwater", product="quickfix")
    body = await wire.details(request_id)
    body["policyConditions"]["useExistingPolicy"] = True
    count = len(wire.portal.world.policies)
    assert (await wire.permit(request_id, body)).status == 200
    assert len(wire.portal.world.policies) == count
    request = wire.portal.request(request_id)
    assert (
        request.new_application_id in wire.portal.world.policies[request.new_policy_id or ""].application_ids
    )


async def test_ringfencing_makes_a_ringfenced_policy(wire: Wire) -> None:
    """A restriction that is switched on makes the policy a ringfenced permit."""
    request_id = wire.portal.raise_request("execute")
    body = await wire.details(request_id)
    body["ringfencingOptions"]["restrictNetworkAccess"] = True
    await wire.permit(request_id, body)
    policy = wire.portal.world.policies[wire.portal.request(request_id).new_policy_id or ""]
    assert policy.policy_action_id == 6


@pytest.mark.parametrize(
    ("sent", "status", "lasts_s"),
    [
        ({"elevationStatus": 0, "elevationExpiration": 0}, 0, None),
        ({"elevationStatus": 1, "elevationExpiration": 1}, 1, 3600),
        ({"elevationStatus": 2, "elevationExpiration": 0}, 2, None),
    ],
)
async def test_elevation_is_what_was_sent(
    wire: Wire, sent: dict[str, int], status: int, lasts_s: int | None
) -> None:
    """Status 0 closes the request and elevates nothing; hours end the elevation, no hours never end it."""
    request_id = wire.portal.raise_request("elevate")
    await wire.permit(request_id, {**await wire.details(request_id), **sent})
    request = wire.portal.request(request_id)
    policy = wire.portal.world.policies[request.new_policy_id or ""]
    assert (request.status_id, policy.elevation_status) == (4, status)
    if lasts_s is None:
        assert policy.elevation_end_at is None
    else:
        assert policy.elevation_end_at is not None
        assert (policy.elevation_end_at - policy.created_at).total_seconds() == lasts_s


@pytest.mark.parametrize(("rule_id", "mode"), [(1, "Installation"), (2, "Learning"), (3, "MonitorOnly")])
async def test_a_rule_choice_starts_a_mode_for_an_hour(wire: Wire, rule_id: int, mode: str) -> None:
    """ruleId puts the computer into its mode; the history names the API user; ending it secures it again."""
    request_id = wire.portal.raise_request("execute", computer="MRL-WS-003")
    own = wire.organization_of(request_id)
    body = await wire.details(request_id)
    body["policyConditions"] |= {"ruleId": rule_id, "manualOptions": []}
    assert (await wire.permit(request_id, body)).status == 200
    computer_id = wire.portal.request(request_id).computer_id
    search = {"computerId": computer_id}
    path = "Computer/ComputerGetByAllParameters"
    (row,) = (await wire.call("POST", path, search, organization_id=own)).value
    assert row["mode"] == mode
    history = await wire.call(
        "GET",
        "MaintenanceMode/MaintenanceModeGetByComputerIdV2",
        query={"computerId": computer_id, "pageNumber": "1", "pageSize": "25"},
        organization_id=own,
    )
    (entry,) = history.value
    assert entry["addedBy"] == "slack-approvals (API)"
    end = {"maintenanceModeId": entry["maintenanceModeId"], "computerId": computer_id}
    ended = await wire.call("PATCH", "MaintenanceMode/MaintenanceModeEndById", end, organization_id=own)
    assert ended.status == 200
    (row,) = (await wire.call("POST", path, search, organization_id=own)).value
    assert row["mode"] == "Secure"


async def test_a_mode_can_be_inserted_and_must_end_after_it_starts(wire: Wire) -> None:
    """Inserting a mode works with a sound span and is refused with a backward one."""
    computer = next(c for c in wire.portal.world.computers.values() if c.name == "MRL-WS-001")
    sent = {
        "computerId": computer.computer_id,
        "maintenanceTypeId": 4,
        "startDateTime": "2031-01-01T09:00:00Z",
        "endDateTime": "2031-01-01T10:00:00Z",
        "computerDateTime": "2031-01-01T09:00:00Z",
        "allUsers": True,
        "permitEnd": False,
        "automaticApplication": False,
        "automaticApplicationType": 0,
        "useExistingApplication": False,
        "createNewApplication": False,
    }
    path, own = "MaintenanceMode/MaintenanceModeInsert", computer.organization_id
    assert (await wire.call("POST", path, sent, organization_id=own)).status == 200
    sent["endDateTime"] = sent["startDateTime"]
    assert (await wire.call("POST", path, sent, organization_id=own)).status == 417
    assert len(wire.portal.world.modes) == 1


async def _storage_details(wire: Wire, request_id: str) -> dict[str, Any]:
    found: dict[str, Any] = (await wire.get("GetStorageApprovalById", request_id)).value
    return found


async def _permit_storage(wire: Wire, request_id: str, body: object, token: str | None = None) -> int:
    reply = await wire.call(
        "POST",
        "ApprovalRequest/ApprovalRequestPermitStorageApproval",
        body,
        organization_id=wire.organization_of(request_id),
        token=token,
    )
    return reply.status


async def test_a_storage_permit_makes_or_extends_a_storage_policy(wire: Wire) -> None:
    """A new policy for this computer, or the device added to the policy that was chosen."""
    first = wire.portal.raise_request("write", organization="brightwater", serial_number="S-1")
    second = wire.portal.raise_request("read", organization="brightwater", serial_number="S-2")
    assert await _permit_storage(wire, first, await _storage_details(wire, first)) == 200
    made = wire.portal.world.storage_policies[wire.portal.request(first).new_policy_id or ""]
    assert (made.applies_to_id, made.serial_numbers) == (wire.portal.request(first).computer_id, ("S-1",))
    body = await _storage_details(wire, second)
    existing = {"storagePolicyId": made.storage_policy_id, "name": made.name, "processesList": []}
    body |= {"addDeviceToExisting": True, "existingStoragePolicy": existing}
    assert await _permit_storage(wire, second, body) == 200
    assert wire.portal.world.storage_policies[made.storage_policy_id].serial_numbers == ("S-1", "S-2")
    assert wire.portal.request(second).status_id == 4


@pytest.mark.parametrize(
    ("spoil", "status"),
    [
        ({"policyName": ""}, 417),
        ({"entityType": 1}, 417),
        ({"appliesToId": "7c41e9d2-08af-4b6e-a3d5-19f0b7e26c88"}, 417),
        ({"entityType": 3}, 417),
        ({"addDeviceToExisting": True}, 417),
        ({"addDeviceToExisting": True, "existingStoragePolicy": {"storagePolicyId": ""}}, 417),
        ({"allStorageDevices": None}, 400),
        ({"expirationDate": "soon"}, 400),
        ({"expirationDate": "2020-01-01T00:00:00Z"}, 417),
        ({"newStorageDevice": None}, 417),
        ({"newStorageDevice": {"serialNumber": "ANOTHER"}}, 417),
        ({"selectedPath": " "}, 417),
        ({"usersList": []}, 417),
        ({"usersList": None, "users": ""}, 417),
        ({"allUserGroups": True}, 417),
        ({"approvalRequest": None}, 500),
        ({"json": None}, 500),
        ({"json": "{}"}, 500),
        ({"json": ...}, 500),
        ({"expirationDate": ...}, 500),
        ({"existingStoragePolicy": ...}, 500),
        ({"newStorageDevice": ...}, 500),
    ],
)
async def test_a_wrong_storage_permit_is_refused(wire: Wire, spoil: dict[str, Any], status: int) -> None:
    """A nameless policy, a place of the wrong kind, no policy to extend, a null: refused, still pending."""
    request_id = wire.portal.raise_request("write")
    body = await _storage_details(wire, request_id)
    sent = {name: value for name, value in (body | spoil).items() if value is not ...}
    before = dict(wire.portal.world.storage_policies)
    assert await _permit_storage(wire, request_id, sent) == status
    assert wire.portal.request(request_id).status_id == 1
    assert wire.portal.world.storage_policies == before


async def test_a_storage_permit_is_of_its_own_json_in_both_places(wire: Wire) -> None:
    """One of the two alone, in another spelling, breaks it."""
    request_id = wire.portal.raise_request("write")
    body = await _storage_details(wire, request_id)
    inner = body["approvalRequest"]
    spoilt = {**body, "approvalRequest": {**inner, "json": f" {inner['json']}"}}
    assert await _permit_storage(wire, request_id, spoilt) == 500
    assert await _permit_storage(wire, request_id, body) == 200


async def test_a_storage_permit_says_who_where_and_how_long(wire: Wire) -> None:
    """The policy holds what was sent: every path, everybody, all devices, an end."""
    request_id = wire.portal.raise_request("read", organization="brightwater")
    body = await _storage_details(wire, request_id)
    body |= {"allStorageDevices": True, "allFilePaths": True, "allUserGroups": True, "usersList": []}
    body |= {"expirationDate": "2031-01-01T10:00:00Z"}
    assert await _permit_storage(wire, request_id, body) == 200
    made = wire.portal.world.storage_policies[wire.portal.request(request_id).new_policy_id or ""]
    assert (made.serial_numbers, made.path, made.users, made.action_type) == (("*",), "*", ("*",), "read")
    assert made.end_at is not None


async def test_storage_is_not_opened_for_a_global_group_or_another_system(wire: Wire) -> None:
    """A global group of the very organization is no computer group, and a Mac's group has no Windows computer."""
    world = wire.portal.world
    request_id = wire.portal.raise_request("write", organization="rowanbridge")
    body = await _storage_details(wire, request_id)
    own = wire.organization_of(request_id)
    groups = [one for one in world.computer_groups.values() if one.organization_id == own]
    wrong = [one for one in groups if one.is_global or one.os_type != 1]
    assert {one.is_global for one in wrong} == {True, False}
    for group in wrong:
        sent = {**body, "entityType": 1, "appliesToId": group.computer_group_id}
        assert await _permit_storage(wire, request_id, sent) == 417


async def test_application_only_rights_decide_no_storage(wire: Wire) -> None:
    """Approve for Single Computer (Application Only) neither permits nor rejects a storage request."""
    request_id = wire.portal.raise_request("write")
    token = wire.portal.issue_token({"Approve for Single Computer (Application Only)"})
    body = await _storage_details(wire, request_id)
    assert await _permit_storage(wire, request_id, body, token) == 401
    assert (await wire.close("Reject", request_id, token=token)).status == 401
    assert wire.portal.request(request_id).status_id == 1


@pytest.mark.parametrize("kind", ["web", "network", "write", "powershell"])
async def test_only_application_and_elevation_requests_are_permitted_here(wire: Wire, kind: str) -> None:
    """The application permit refuses every other kind."""
    request_id = wire.portal.raise_request(kind)
    model_id = wire.portal.raise_request("execute")
    body = await wire.details(model_id)
    row = (await wire.get("GetById", request_id)).value
    body |= {"approvalRequest": row, "organizationId": row["organizationId"]}
    assert (await wire.permit(request_id, body)).status == 417


async def test_taking_ownership_shows_the_api_user(wire: Wire) -> None:
    """The assignee is the API user; a human assignee is shown by name; a closed request is not taken."""
    request_id = wire.portal.raise_request("execute")
    path = "ApprovalRequest/ApprovalRequestUpdateForTakeOwnership"
    own, sent = wire.organization_of(request_id), {"approvalRequestId": request_id}
    assert (await wire.call("POST", path, sent, organization_id=own)).status == 200
    row = (await wire.get("GetById", request_id)).value
    assert (row["isAssigned"], row["assigneeUsername"]) == (True, "slack-approvals")
    wire.portal.assign_in_portal(request_id, by="Robin Vale")
    row = (await wire.get("GetById", request_id)).value
    assert (row["assigneeFirstName"], row["assigneeLastname"]) == ("Robin", "Vale")
    wire.portal.decide_in_portal(request_id, approve=False, by="Robin Vale")
    assert (await wire.call("POST", path, sent, organization_id=own)).status == 400


@pytest.mark.parametrize("kind", ["execute", "elevate", "write"])
async def test_a_person_can_decide_in_the_portal(wire: Wire, kind: str) -> None:
    """A decision made in the portal's own pages shows the person; a second one is refused."""
    request_id = wire.portal.raise_request(kind)
    wire.portal.decide_in_portal(request_id, approve=True, by="Robin Vale")
    row = (await wire.get("GetById", request_id)).value
    assert (row["statusId"], row["approvedBy"]) == (4, "Robin Vale")
    assert row["policyId"] in {*wire.portal.world.policies, *wire.portal.world.storage_policies}
    with pytest.raises(ValueError, match="Robin Vale"):
        wire.portal.decide_in_portal(request_id, approve=False, by="Kim")
    assert wire.portal.decisions == []


_UNKNOWN = "7c41e9d2-08af-4b6e-a3d5-19f0b7e26c88"


@pytest.mark.parametrize(
    ("section", "spoil", "status"),
    [
        ("matchingApplications", {**_USES_EXISTING, "existingApplication": {"applicationId": _UNKNOWN}}, 417),
        ("policyLevel", {"toComputerGroup": True, "toEntireOrganization": True}, 417),
        ("policyLevel", {"toComputerGroup": True}, 417),
        ("policyConditions", {"manualOptions": []}, 417),
        ("policyConditions", {"ruleId": 4}, 417),
        ("policyConditions", {"useExistingPolicy": True}, 417),
        (None, {"computerId": _UNKNOWN}, 417),
        (None, {"elevationStatus": 9}, 417),
        (None, {"organizationId": _UNKNOWN}, 400),
        (None, {"policyConditions": None}, 500),
        (None, {"approvalRequest": None}, 500),
    ],
)
async def test_a_permit_that_makes_no_sense_changes_nothing(
    wire: Wire, section: str | None, spoil: dict[str, Any], status: int
) -> None:
    """Unknown places and applications, no rule at all, contradictions: refused, and the world is as before."""
    request_id = wire.portal.raise_request("execute", organization="marlow")
    body = await wire.details(request_id)
    (body[section] if section else body).update(spoil)
    before = (dict(wire.portal.world.policies), dict(wire.portal.world.applications))
    assert (await wire.permit(request_id, body)).status == status
    assert wire.portal.request(request_id).status_id == 1
    assert before == (wire.portal.world.policies, wire.portal.world.applications)


@pytest.mark.parametrize(
    ("entity_type", "right", "status"),
    [
        (1, "Approve for Group", 200),
        (1, "Approve for Single Computer", 401),
        (2, "Approve for Entire Organization", 200),
        (2, "Approve for Group", 401),
    ],
)
async def test_a_wider_storage_permit_needs_a_wider_right(
    wire: Wire, entity_type: int, right: str, status: int
) -> None:
    """A storage policy for a group or the organization needs the right for that reach."""
    request_id = wire.portal.raise_request("write", organization="marlow")
    own = wire.organization_of(request_id)
    group = await _group(wire, own, "Workstations")
    place = group["computerGroupId"] if entity_type == 1 else own
    body = {**await _storage_details(wire, request_id), "entityType": entity_type, "appliesToId": place}
    assert await _permit_storage(wire, request_id, body, wire.portal.issue_token({right})) == status
