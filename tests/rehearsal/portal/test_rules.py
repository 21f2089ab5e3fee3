"""The twenty rules that a client meets live, one by one, by their number in the simulator profile."""

import base64
import json
from datetime import timedelta
from typing import Any

import pytest

from rehearsal.portal import PortalSandbox
from rehearsal.portal.rights import (
    ALL_RIGHTS,
    APPROVE_COMPUTER,
    APPROVE_COMPUTER_APPLICATION,
    APPROVE_GLOBAL,
    APPROVE_GROUP,
    APPROVE_ORGANIZATION,
    EDIT_POLICIES,
    ELEVATION_ADMINISTRATOR,
    MANAGE_INSTALLATION,
    VIEW_APPROVALS,
)
from tests.rehearsal.portal.wire import Wire

_LIST = "ApprovalRequest/ApprovalRequestGetByParameters"


def _pick(offered: list[dict[str, Any]], *, is_global: bool) -> dict[str, Any]:
    return next(group for group in offered if group["isGlobal"] is is_global)


async def _groups(wire: Wire, request_id: str) -> list[dict[str, Any]]:
    reply = await wire.call(
        "GET",
        "ComputerGroup/ComputerGroupGetForPermitApplication",
        query={"osType": "1"},
        organization_id=wire.organization_of(request_id),
    )
    found: list[dict[str, Any]] = reply.value
    return found


async def _built_in(wire: Wire, request_id: str) -> dict[str, Any]:
    file = wire.portal.request(request_id).file
    reply = await wire.call(
        "POST",
        "Application/ApplicationGetMatchingList",
        {"hash": file.hash, "path": file.full_path, "osType": 1},
        organization_id=wire.organization_of(request_id),
    )
    found: dict[str, Any] = reply.value["matchingApplications"][0]
    assert found["organizationName"] == "master"
    return found


async def test_rule_1_paths_headers_and_keys_are_matched_whatever_their_case(wire: Wire) -> None:
    """Path, header and key case do not matter, and a key that nobody knows is ignored."""
    request_id = wire.portal.raise_request("execute")
    root = wire.portal.base_url.replace("portalapi", "PortalApi")
    async with wire.session.post(
        f"{root}approvalrequest/APPROVALREQUESTGETBYPARAMETERS",
        json={"STATUSID": 1, "showchildorganizations": True, "inventedKey": {"a": None}},
        headers={"authorization": wire.token, "managedorganizationid": wire.portal.world.parent_id.upper()},
    ) as answer:
        rows = await answer.json()
    assert [row["approvalRequestId"] for row in rows] == [request_id]


@pytest.mark.parametrize("sent", ["", "0" * 64, "Bearer {token}", "{token} ", "APIKey {token}"])
@pytest.mark.parametrize("status", [440, 403])
async def test_rule_2_a_token_is_known_verbatim_or_refused(wire: Wire, sent: str, status: int) -> None:
    """Whatever is not exactly an issued token is refused as revoked, with 440 or, by switch, 403."""
    wire.portal.rules.set("revoked_status", status)
    sent_token = sent.replace("{token}", wire.token)
    if sent_token.strip() == wire.token:
        sent_token = wire.token.upper()
    reply = await wire.call("POST", _LIST, {"statusId": 1}, token=sent_token)
    assert reply.status == status
    assert reply.value == {"message": "Unauthorized", "error": "TOKEN_REVOKED"}


async def test_rule_3_a_list_is_a_bare_array_with_a_paging_header(wire: Wire) -> None:
    """Rows come as a bare array; totals come in one header that holds JSON."""
    for _ in range(5):
        wire.portal.raise_request("execute")
    reply = await wire.list(pageSize=2, pageNumber=3)
    assert len(reply.value) == 1
    assert json.loads(reply.headers["pagination"]) == {
        "currentPage": 3,
        "itemsPerPage": 2,
        "totalItems": 5,
        "totalPages": 3,
        "firstItem": 5,
        "lastItem": 5,
    }


@pytest.mark.parametrize(("mode", "text"), [("brackets", "[]"), ("nothing", ""), ("null", "null")])
async def test_rule_3_no_rows_can_be_written_in_three_ways(wire: Wire, mode: str, text: str) -> None:
    """An empty list is `[]`, an empty body or `null`, as the switch says."""
    wire.portal.rules.set("empty_lists", mode)
    reply = await wire.list()
    assert (reply.status, reply.text) == (200, text)


@pytest.mark.parametrize("body", [{}, {"statusId": 2}, {"statusId": 3}, {"statusId": 17}, {"statusId": 0}])
async def test_rule_4_a_list_without_a_known_status_breaks(wire: Wire, body: dict[str, int]) -> None:
    """A missing or unlisted status is an opaque server error with a logger id."""
    reply = await wire.call("POST", _LIST, body)
    assert (reply.status, reply.value["StatusCode"]) == (500, 500)
    assert reply.value["LoggerId"] in reply.message


@pytest.mark.parametrize("status_id", [1, 4, 6, 10, 12, 13, 16])
async def test_rule_4_the_seven_statuses_are_listed(wire: Wire, status_id: int) -> None:
    """Each of the seven statuses lists exactly the requests in it."""
    request_id = wire.portal.raise_request("execute", is_escalated=status_id == 13)
    wire.portal.raise_request("execute", is_escalated=status_id != 13)
    if status_id not in (1, 13):
        wire.portal.close_in_portal(request_id, status_id=status_id, by="Robin")
    rows = (await wire.list(statusId=status_id)).value
    assert request_id in [row["approvalRequestId"] for row in rows]
    assert {row["statusId"] for row in rows} == {status_id}


async def test_rule_5_a_parent_sees_children_only_when_it_asks(wire: Wire) -> None:
    """Without showChildOrganizations a parent sees none of its children's requests; with it grandchildren too."""
    child = wire.portal.raise_request("execute", organization="marlow")
    grandchild = wire.portal.raise_request("execute", organization="brightwater-cold")
    own = wire.portal.raise_request("execute", organization="rowanbridge")
    narrow = (await wire.list(showChildOrganizations=False)).value
    wide = (await wire.list()).value
    assert {row["approvalRequestId"] for row in narrow} == {own}
    assert {row["approvalRequestId"] for row in wide} == {child, grandchild, own}


async def test_rule_6_the_reason_is_base64_in_rows_and_plain_in_permit_details(wire: Wire) -> None:
    """List and get carry the reason as Base64 of UTF-8, permit details carry it decoded."""
    request_id = wire.portal.raise_request("execute", reason="Für die Gezeiten – bitte!")
    for row in ((await wire.list()).value[0], (await wire.get("GetById", request_id)).value):
        assert base64.b64decode(row["requestorReason"]).decode() == "Für die Gezeiten – bitte!"
    details = (await wire.get("GetPermitApplicationById", request_id)).value
    assert details["fileDetails"]["requestorReason"] == "Für die Gezeiten – bitte!"


@pytest.mark.parametrize("spoil", ["missing", "prettified", "null", "reordered"])
async def test_rule_7_the_stored_action_must_come_back_byte_for_byte(wire: Wire, spoil: str) -> None:
    """A permit whose `json` is missing or re-encoded breaks and changes nothing."""
    request_id = wire.portal.raise_request("execute")
    body = await wire.details(request_id)
    stored = json.loads(body["approvalRequest"]["json"])
    spoilt = {
        "prettified": json.dumps(stored, indent=1),
        "null": None,
        "reordered": json.dumps(dict(reversed(stored.items())), separators=(",", ":")),
    }
    body["approvalRequest"].pop("json")
    if spoil in spoilt:
        body["approvalRequest"]["json"] = spoilt[spoil]
    assert (await wire.permit(request_id, body)).status == 500
    assert wire.portal.request(request_id).status_id == 1


@pytest.mark.parametrize(
    "where",
    [
        "osType",
        "isElevationRequest",
        "approvalRequest.statusIdEscalatedToMSP",
        "approvalRequest.threatLockerActionDto.actionId",
        "policyConditions.ruleId",
        "policyConditions.manualOptions.0.disabled",
        "fileDetails.certificates.0.validCert",
        "policyLevel.toComputerGroup",
    ],
)
async def test_rule_8_null_in_a_number_or_truth_value_is_a_validation_answer(wire: Wire, where: str) -> None:
    """However deep, a null in a non-nullable field is a 400 that names the field, and changes nothing."""
    request_id = wire.portal.raise_request("execute", product="tideplan")
    body = await wire.details(request_id)
    *path, last = where.split(".")
    target: Any = body
    for step in path:
        target = target[int(step) if step.isdigit() else step]
    target[last] = None
    reply = await wire.permit(request_id, body)
    assert reply.status == 400
    assert reply.value["title"] == "One or more validation errors occurred."
    assert where.replace(".0", "[0]") in next(iter(reply.value["errors"]))
    assert wire.portal.request(request_id).status_id == 1


_NULLABLE_OBJECTS = [
    ("matchingApplications", "matchingApplication"),
    ("matchingApplications", "existingApplication"),
    ("policyLevel", "selectedComputerGroup"),
    (None, "policyExpirationDate"),
    (None, "elevationExpirationDate"),
]


@pytest.mark.parametrize(("section", "key"), _NULLABLE_OBJECTS)
async def test_rule_9_unused_members_must_be_sent_as_null(wire: Wire, section: str | None, key: str) -> None:
    """Leaving out an unused member breaks; with the switch off the shorter body is accepted."""
    request_id = wire.portal.raise_request("execute")
    body = await wire.details(request_id)
    del (body[section] if section else body)[key]
    assert (await wire.permit(request_id, body)).status == 500
    assert wire.portal.request(request_id).status_id == 1
    wire.portal.rules.set("all_keys_required", False)
    assert (await wire.permit(request_id, body)).status == 200


@pytest.mark.parametrize(
    "modes",
    [
        [],
        ["useNewApplication", "useMatchingApplication"],
        ["useNewApplication", "useExistingApplication"],
    ],
)
async def test_rule_10_exactly_one_way_to_name_the_application(wire: Wire, modes: list[str]) -> None:
    """No way, or two ways at once, is a business refusal."""
    request_id = wire.portal.raise_request("execute")
    body = await wire.details(request_id)
    body["matchingApplications"]["useNewApplication"] = False
    body["matchingApplications"] |= dict.fromkeys(modes, True)
    assert (await wire.permit(request_id, body)).status == 417


@pytest.mark.parametrize("name", ["", "   ", None])
async def test_rule_10_a_new_application_needs_a_name(wire: Wire, name: str | None) -> None:
    """A new application without a name is refused in the portal's words."""
    request_id = wire.portal.raise_request("execute")
    body = await wire.details(request_id)
    body["matchingApplications"]["newApplicationName"] = name
    reply = await wire.permit(request_id, body)
    assert (reply.status, reply.message) == (417, "Must enter a name for a new application")


async def test_rule_11_to_computer_must_stay_false(wire: Wire) -> None:
    """Saying toComputer is refused; the computer's reach is all three false."""
    request_id = wire.portal.raise_request("execute")
    body = await wire.details(request_id)
    body["policyLevel"]["toComputer"] = True
    reply = await wire.permit(request_id, body)
    expected = "Provided applies to ID does not associate with a known OS type"
    assert (reply.status, reply.message) == (417, expected)
    assert wire.portal.request(request_id).status_id == 1


async def test_rule_12_a_built_in_needs_the_entire_organization(wire: Wire) -> None:
    """The vendor's application at computer reach is a 401 with an empty permission name; wider is accepted."""
    request_id = wire.portal.raise_request("execute", product="ledgerleaf", version="11.0")
    body = await wire.details(request_id)
    body["matchingApplications"] |= {
        "useNewApplication": False,
        "useMatchingApplication": True,
        "matchingApplication": await _built_in(wire, request_id),
    }
    reply = await wire.permit(request_id, body)
    assert (reply.status, reply.message) == (401, "Missing the '' permission")
    body["policyLevel"]["toEntireOrganization"] = True
    assert (await wire.permit(request_id, body)).status == 200


_SCOPES = [
    ("computer", {APPROVE_COMPUTER}, None),
    ("computer", {APPROVE_COMPUTER_APPLICATION}, None),
    ("computer", {VIEW_APPROVALS}, APPROVE_COMPUTER),
    ("group", {APPROVE_GROUP}, None),
    ("group", {APPROVE_ORGANIZATION}, None),
    ("group", {APPROVE_COMPUTER}, APPROVE_GROUP),
    ("organization", {APPROVE_ORGANIZATION}, None),
    ("organization", {APPROVE_GROUP}, APPROVE_ORGANIZATION),
    ("global", {APPROVE_GLOBAL}, None),
    ("global", {APPROVE_GROUP, APPROVE_ORGANIZATION}, APPROVE_GLOBAL),
]


@pytest.mark.parametrize(("scope", "rights", "missing"), _SCOPES)
async def test_rule_13_a_token_needs_the_right_for_the_reach(
    wire: Wire, scope: str, rights: set[str], missing: str | None
) -> None:
    """Each reach needs its own right or a wider one; the refusal names the narrowest that would do."""
    request_id = wire.portal.raise_request("execute", organization="marlow")
    body = await wire.details(request_id)
    offered = await _groups(wire, request_id)
    if scope == "organization":
        body["policyLevel"]["toEntireOrganization"] = True
    elif scope != "computer":
        chosen = _pick(offered, is_global=scope == "global")
        body["policyLevel"] |= {"toComputerGroup": True, "selectedComputerGroup": chosen}
    reply = await wire.permit(request_id, body, token=wire.portal.issue_token(rights))
    if missing is None:
        assert reply.status == 200
    else:
        assert (reply.status, reply.message) == (401, f"Missing the '{missing}' permission")
        assert wire.portal.request(request_id).status_id == 1


async def test_rule_13_a_global_group_belongs_to_its_owner(wire: Wire) -> None:
    """A token of the child organization has no right over the parent's global group."""
    request_id = wire.portal.raise_request("execute", organization="marlow")
    body = await wire.details(request_id)
    chosen = _pick(await _groups(wire, request_id), is_global=True)
    body["policyLevel"] |= {"toComputerGroup": True, "selectedComputerGroup": chosen}
    token = wire.portal.issue_token(ALL_RIGHTS, wire.organization_of(request_id))
    assert (await wire.permit(request_id, body, token=token)).status == 401


@pytest.mark.parametrize(
    ("kind", "changes", "missing"),
    [
        ("elevate", {}, ELEVATION_ADMINISTRATOR),
        ("execute", {"elevationStatus": 1, "elevationExpiration": 1}, ELEVATION_ADMINISTRATOR),
        ("execute", {"policyConditions": {"ruleId": 1}}, MANAGE_INSTALLATION),
    ],
)
async def test_rule_13_elevation_and_modes_need_rights_of_their_own(
    wire: Wire, kind: str, changes: dict[str, Any], missing: str
) -> None:
    """Elevation, also as an extra, and a maintenance mode need more than an approval right."""
    request_id = wire.portal.raise_request(kind)
    body = await wire.details(request_id)
    conditions = body["policyConditions"] | changes.get("policyConditions", {})
    body |= {**changes, "policyConditions": conditions}
    token = wire.portal.issue_token(ALL_RIGHTS - {missing, "Super Admin"})
    reply = await wire.permit(request_id, body, token=token)
    assert (reply.status, reply.message) == (401, f"Missing the '{missing}' permission")


async def test_rule_13_viewing_and_elevation_rights_together_elevate_one_computer(wire: Wire) -> None:
    """Elevation Administrator with View Approvals decides an elevation at this computer, and no wider."""
    request_id = wire.portal.raise_request("elevate")
    token = wire.portal.issue_token({ELEVATION_ADMINISTRATOR, VIEW_APPROVALS})
    body = await wire.details(request_id)
    wide = {**body, "policyLevel": {**body["policyLevel"], "toEntireOrganization": True}}
    assert (await wire.permit(request_id, wide, token=token)).status == 401
    assert (await wire.permit(request_id, body, token=token)).status == 200


@pytest.mark.parametrize("second", ["permit", "Reject", "Ignore"])
@pytest.mark.parametrize("first", ["approve", "reject"])
async def test_rule_14_a_decided_request_refuses_the_second_decider(
    wire: Wire, first: str, second: str
) -> None:
    """Whoever comes second is told who was first, and nothing changes."""
    request_id = wire.portal.raise_request("execute")
    wire.portal.decide_in_portal(request_id, approve=first == "approve", by="Robin Vale")
    before = wire.portal.request(request_id)
    reply = await (wire.permit(request_id) if second == "permit" else wire.close(second, request_id))
    expected = "Approval Request already actioned by Robin Vale"
    assert (reply.status, reply.message) == (400, expected)
    assert wire.portal.request(request_id) == before


async def test_rule_14_escalated_requests_can_be_decided(wire: Wire) -> None:
    """Status 13 is open like status 1."""
    permitted = wire.portal.raise_request("execute", is_escalated=True)
    rejected = wire.portal.raise_request("execute", is_escalated=True)
    assert (await wire.permit(permitted)).status == 200
    assert (await wire.close("Reject", rejected)).status == 200


async def test_rule_14_one_closed_request_refuses_the_whole_batch(wire: Wire) -> None:
    """A reject of several is all or nothing."""
    ids = wire.portal.raise_everywhere("execute", ["MRL-WS-001", "MRL-WS-002"])
    wire.portal.decide_in_portal(ids[1], approve=True, by="Robin Vale")
    assert (await wire.close("Reject", *ids)).status == 400
    assert wire.portal.request(ids[0]).status_id == 1


async def test_rule_14_can_be_switched_off(wire: Wire) -> None:
    """With the refusal off both decisions are accepted, take effect and are counted."""
    wire.portal.rules.set("refuse_double_decisions", False)
    request_id = wire.portal.raise_request("execute")
    assert (await wire.permit(request_id)).status == 200
    assert (await wire.close("Reject", request_id)).status == 200
    assert wire.portal.request(request_id).status_id == 10
    assert [(w.action, w.took_effect) for w in wire.portal.decisions] == [
        ("ApprovalRequestPermitApplication", True),
        ("ApprovalRequestUpdateForReject", True),
    ]


@pytest.mark.parametrize("text", ["{}", ""])
async def test_rule_15_a_permit_settles_the_request_and_makes_a_policy(wire: Wire, text: str) -> None:
    """Status 4, the API user, the time, the comments and a policy that can be read; the body says nothing."""
    wire.portal.rules.set("permit_body", text)
    request_id = wire.portal.raise_request("execute")
    body = await wire.details(request_id)
    body["approvalRequest"] |= {"comments": "Approved by Ana", "ticketId": "T-1"}
    reply = await wire.permit(request_id, body)
    assert (reply.status, reply.text) == (200, text)
    row = (await wire.get("GetById", request_id)).value
    assert (row["statusId"], row["approvedBy"]) == (4, "slack-approvals (API)")
    assert (row["comments"], row["ticketId"]) == ("Approved by Ana", "T-1")
    assert row["actionDate"] is not None
    policy = await wire.call(
        "GET",
        "Policy/PolicyGetById",
        query={"policyId": row["policyId"]},
        organization_id=row["organizationId"],
    )
    assert policy.value["computerGroupId"] == row["computerId"]
    assert policy.value["applicationIdList"] == [row["applicationId"]]


@pytest.mark.parametrize("name", ["Reject", "Ignore"])
async def test_rule_16_reject_and_ignore_end_in_status_10(wire: Wire, name: str) -> None:
    """Both end in status 10 with the API user and the time; a bare id in the batch is enough."""
    request_id = wire.portal.raise_request("write")
    reply = await wire.call(
        "POST",
        f"ApprovalRequest/ApprovalRequestUpdateFor{name}",
        {"approvalRequestDtos": [{"approvalRequestId": request_id}], "responseReason": "Not today"},
        organization_id=wire.organization_of(request_id),
    )
    assert reply.status == 200
    row = (await wire.get("GetById", request_id)).value
    assert (row["statusId"], row["approvedBy"]) == (10, "slack-approvals (API)")
    assert row["actionDate"] is not None
    assert wire.portal.request(request_id).response_reason == "Not today"


async def test_rule_17_authorize_is_no_decision_on_an_ordinary_request(wire: Wire) -> None:
    """On a request that was not escalated, authorize answers with an empty name and changes nothing."""
    ordinary = wire.portal.raise_request("execute")
    escalated = wire.portal.raise_request("execute")
    wire.portal.escalate_in_portal(escalated, instructions="Is this wanted?")
    replies = [
        await wire.call(
            "POST",
            "ApprovalRequest/ApprovalRequestAuthorizeForPermitById",
            {"approvalRequestId": request_id, "message": "go on"},
            organization_id=wire.organization_of(request_id),
        )
        for request_id in (ordinary, escalated)
    ]
    assert (replies[0].status, replies[0].message) == (400, "Approval Request already actioned by ")
    assert wire.portal.request(ordinary).status_id == 1
    assert replies[1].status == 200
    assert wire.portal.request(escalated).is_authorized


async def test_rule_18_the_audit_without_its_header_answers_nothing(wire: Wire) -> None:
    """Without usenewsearch the answer is an empty 200, although there are rows."""
    silent = await wire.audit(use_new_search=False)
    assert (silent.status, silent.text) == (200, "")
    assert len((await wire.audit()).value) > 0


@pytest.mark.parametrize("name", ["startDate", "endDate"])
async def test_rule_18_the_audit_needs_dates(wire: Wire, name: str) -> None:
    """Without one of the dates the range is invalid."""
    reply = await wire.audit(without=(name,))
    assert (reply.status, reply.message) == (417, "Invalid Date Range")


async def test_rule_18_the_audit_needs_its_list_of_filters(wire: Wire) -> None:
    """Without paramsFieldsDto, even an empty one, the search breaks."""
    assert (await wire.audit(without=("paramsFieldsDto",))).status == 500


async def test_rule_18_a_parent_token_must_ask_for_children(wire: Wire) -> None:
    """The search of a parent without showChildOrganizations breaks."""
    assert (await wire.audit(showChildOrganizations=False)).status == 500


async def test_rule_18_the_source_table_can_be_made_compulsory(wire: Wire) -> None:
    """Callers disagree about sourceTableId; the switch decides."""
    assert (await wire.audit()).status == 200
    wire.portal.rules.set("source_table_required", True)
    assert (await wire.audit()).status == 500
    assert (await wire.audit(sourceTableId=1)).status == 200


async def test_rule_19_user_filters_are_ignored(wire: Wire) -> None:
    """`username` narrows neither the Unified Audit nor the System Audit; e-mail does narrow the latter."""
    everybody = (await wire.audit()).headers["Pagination"]
    assert (await wire.audit(username="nobody-of-that-name")).headers["Pagination"] == everybody
    await wire.permit(wire.portal.raise_request("execute"))
    now = wire.portal.clock.now()
    span = {
        "startDate": (now - timedelta(hours=1)).isoformat(),
        "endDate": (now + timedelta(hours=1)).isoformat(),
        "viewChildOrganizations": True,
    }
    path = "SystemAudit/SystemAuditGetByParameters"
    assert len((await wire.call("POST", path, {**span, "username": "nobody"})).value) == 1
    assert len((await wire.call("POST", path, {**span, "emailAddress": "slack-*"})).value) == 1
    assert (await wire.call("POST", path, {**span, "emailAddress": "nobody"})).value == []


async def test_rule_20_a_write_can_take_effect_and_never_be_answered(wire: Wire) -> None:
    """The fault of faults: the permit is in force, and the caller learns nothing (the rest: test_faults)."""
    request_id = wire.portal.raise_request("execute")
    body = await wire.details(request_id)
    wire.portal.faults.set("timeout_after", times=1)
    with pytest.raises(Exception, match="disconnected"):
        await wire.permit(request_id, body)
    assert wire.portal.request(request_id).status_id == 4


@pytest.mark.parametrize("right", [EDIT_POLICIES, VIEW_APPROVALS])
async def test_a_read_without_its_right_is_refused(portal: PortalSandbox, wire: Wire, right: str) -> None:
    """Reads need their rights too: an approver's token reads no policies, a policy reader's no requests."""
    request_id = portal.raise_request("execute")
    request = portal.request(request_id)
    token = portal.issue_token({right})
    approvals = await wire.call("POST", _LIST, {"statusId": 1}, token=token)
    policies = await wire.call(
        "GET",
        "Policy/PolicyGetById",
        query={"policyId": request.policy_id},
        organization_id=request.organization_id,
        token=token,
    )
    expected = (401, 200) if right == EDIT_POLICIES else (200, 401)
    assert (approvals.status, policies.status) == expected
