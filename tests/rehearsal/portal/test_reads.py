"""Reads, look-ups and what is refused before any rule is asked."""

from typing import Any

import pytest

from rehearsal.portal import PortalSandbox
from tests.rehearsal.portal.wire import Wire

_MONITOR = {"fieldAttributeId": 34, "fieldType": 1, "filterType": 1, "name": "MonitorOnly"}
_CHILDREN = "Organization/OrganizationGetChildOrganizationsByParameters"


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "ApprovalRequest/GetPending", 404),
        ("POST", "ApprovalRequest/ApprovalRequestTakeOwnership", 404),
        ("GET", "ApprovalRequest/ApprovalRequestGetByParameters", 405),
        ("POST", "ApprovalRequest/ApprovalRequestGetById", 405),
        ("GET", "../elsewhere", 404),
    ],
)
async def test_an_unknown_action_is_not_found(wire: Wire, method: str, path: str, status: int) -> None:
    """Invented names and wrong methods are refused as such."""
    assert (await wire.call(method, path)).status == status


@pytest.mark.parametrize(
    ("raw", "content_type", "status"),
    [
        (b"", "application/json", 400),
        (b"{", "application/json", 400),
        (b"[]", "application/json", 400),
        (b'{"statusId": "1"}', "application/json", 400),
        (b'{"statusId": 1e30}', "application/json", 400),
        (b'{"statusId": true}', "application/json", 400),
        (b'{"statusId": 1, "actionType": "execute"}', "application/json", 400),
        (b"statusId=1", "application/x-www-form-urlencoded", 415),
        (b'{"statusId": 1, "unknown": NaN}', "application/json", 400),
        ('{"statusId": 1}'.encode("utf-16"), "application/json", 400),
        (b"[" * 100_000, "application/json", 400),
        (b'{"statusId": 1}', "application/json", 200),
    ],
)
async def test_a_body_must_be_json_of_the_right_types(
    wire: Wire, raw: bytes, content_type: str, status: int
) -> None:
    """No body, broken JSON, wrong types and wrong media types are told apart."""
    url = f"{wire.portal.base_url}ApprovalRequest/ApprovalRequestGetByParameters"
    headers = {"Authorization": wire.token, "Content-Type": content_type}
    async with wire.session.post(url, data=raw, headers=headers) as answer:
        assert answer.status == status


async def test_a_token_acts_in_its_own_organization_and_below_only(wire: Wire) -> None:
    """Another branch is forbidden, a malformed id is a bad request, the zero GUID is the token's own."""
    token = wire.portal.issue_token({"View Approvals"}, wire.portal.organization_id("marlow"))
    path = "ApprovalRequest/ApprovalRequestGetCount"
    wanted = {
        wire.portal.organization_id("juniper-hill"): 403,
        wire.portal.world.parent_id: 403,
        "marlow": 400,
        "00000000-0000-0000-0000-000000000000": 200,
    }
    for organization_id, status in wanted.items():
        reply = await wire.call("GET", path, organization_id=organization_id, token=token)
        assert reply.status == status


async def test_a_write_needs_the_requests_own_organization(wire: Wire) -> None:
    """A parent reads a child's request without the header, and is refused when it writes so."""
    request_id = wire.portal.raise_request("execute", organization="marlow")
    query = {"approvalRequestId": request_id.upper()}
    assert (await wire.call("GET", "ApprovalRequest/ApprovalRequestGetById", query=query)).status == 200
    body = await wire.details(request_id)
    reply = await wire.call("POST", "ApprovalRequest/ApprovalRequestPermitApplication", body)
    assert (reply.status, reply.value) == (400, {"message": "Unable to retrieve application policy"})
    assert wire.portal.request(request_id).status_id == 1


@pytest.mark.parametrize("status", [404, 400, 500])
async def test_an_unknown_request_is_answered_as_the_switch_says(wire: Wire, status: int) -> None:
    """A withdrawn request is unknown; nobody has published how that is answered."""
    request_id = wire.portal.raise_request("execute")
    wire.portal.withdraw(request_id)
    wire.portal.rules.set("unknown_object", status)
    query = {"approvalRequestId": request_id}
    assert (await wire.call("GET", "ApprovalRequest/ApprovalRequestGetById", query=query)).status == status


async def test_the_list_searches_filters_and_sorts(wire: Wire) -> None:
    """Text, action type, order and direction work; rows can come without the endpoint's action."""
    quick = wire.portal.raise_request("execute", product="quickfix", version="1")
    elevated = wire.portal.raise_request("elevate", product="draftwright")
    assert [r["approvalRequestId"] for r in (await wire.list(searchText="QUICKFIX")).value] == [quick]
    assert [r["approvalRequestId"] for r in (await wire.list(actionType=["elevate"])).value] == [elevated]
    up = [r["approvalRequestId"] for r in (await wire.list(orderBy="ActionType", isAscending=True)).value]
    down = [r["approvalRequestId"] for r in (await wire.list(orderBy="dateTime")).value]
    assert (up, down) == ([elevated, quick], [elevated, quick])
    wire.portal.rules.set("rows_with_action", False)
    row = (await wire.list()).value[0]
    assert (row["json"], row["threatLockerActionDto"]) == (None, None)


async def test_the_count_is_a_bare_number_of_pending_requests(wire: Wire) -> None:
    """Children count unless told otherwise; escalated and decided requests do not."""
    wire.portal.raise_request("execute", organization="marlow")
    wire.portal.raise_request("execute", organization="rowanbridge")
    wire.portal.raise_request("execute", organization="marlow", is_escalated=True)
    path = "ApprovalRequest/ApprovalRequestGetCount"
    assert (await wire.call("GET", path)).text == "2"
    assert (await wire.call("GET", path, query={"includeChildOrganizations": "false"})).text == "1"
    assert (await wire.call("GET", path, query={"includeChildOrganizations": "maybe"})).status == 400


@pytest.mark.parametrize(
    ("kind", "name", "status"),
    [
        ("write", "GetPermitApplicationById", 417),
        ("execute", "GetStorageApprovalById", 417),
        ("web", "GetPermitApplicationById", 200),
        ("extension", "GetPermitApplicationById", 200),
    ],
)
async def test_each_kind_has_its_own_form(wire: Wire, kind: str, name: str, status: int) -> None:
    """Storage requests have the storage form and nothing else has."""
    assert (await wire.get(name, wire.portal.raise_request(kind))).status == status


async def test_permit_details_never_claim_a_match(wire: Wire) -> None:
    """hasMatchingApplication is unreliable live: here it is false even when the matching list knows the file."""
    request_id = wire.portal.raise_request("execute", product="ledgerleaf", version="11.0")
    details = (await wire.get("GetPermitApplicationById", request_id)).value
    assert details["matchingApplications"]["hasMatchingApplication"] is False


async def _rows(wire: Wire, **body: object) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await wire.audit(**body)).value  # type: ignore[arg-type] # free-form body
    return found


async def test_true_denies_need_flag_and_attribute_together(wire: Wire) -> None:
    """Any deny is 99; the flag alone changes nothing; with attribute 34 it parts enforced from simulated."""
    everything = await _rows(wire, actionId=99)
    assert {row["isMonitorMode"] for row in everything} == {True, False}
    assert await _rows(wire, actionId=99, onlyTrueDenies=True) == everything
    only = {**_MONITOR, "value": "false"}
    assert await _rows(wire, actionId=99, paramsFieldsDto=[only]) == everything
    real = await _rows(wire, actionId=99, onlyTrueDenies=True, paramsFieldsDto=[only])
    simulated = await _rows(
        wire, actionId=99, simulateDeny=True, paramsFieldsDto=[{**_MONITOR, "value": "true"}]
    )
    assert {row["effectiveAction"] for row in real} == {"Deny"}
    assert {row["isMonitorMode"] for row in simulated} == {True}
    assert len(real) + len(simulated) == len(everything)


async def test_the_audit_filters_by_host_path_type_and_table(wire: Wire) -> None:
    """Wildcards, several action types, requests only, and the deny table."""
    request_id = wire.portal.raise_request("execute", computer="JHS-WS-009", product="quickfix")
    request = wire.portal.request(request_id)
    rows = await _rows(wire, hostname="jhs-*-009", fullPath="*\\QuickFix-*", actionId=3)
    assert request.audit_row_id in [row["eActionLogId"] for row in rows]
    assert {row["hostname"] for row in rows} == {"JHS-WS-009"}
    assert {row["actionType"] for row in await _rows(wire, actionTypes=["elevate"])} == {"elevate"}
    assert 1 not in {row["actionId"] for row in await _rows(wire, sourceTableId=2)}
    assert await _rows(wire, hostname="nobody") == []
    bad = await _rows(wire, showKnownThreatsOnly=True)
    assert {row["threatSeverityLevel"] for row in bad} == {"High"}


async def test_grouped_rows_carry_only_what_they_group_by(wire: Wire) -> None:
    """Two groups at most; the counts add up; other texts are null."""
    single = await _rows(wire, actionId=99)
    grouped = await _rows(wire, actionId=99, groupBys=[9])
    assert sum(row["groupByCount"] for row in grouped) == len(single)
    assert {row["fullPath"] for row in grouped} == {None}
    assert {row["actionType"] for row in grouped} == {row["actionType"] for row in single}
    assert (await wire.audit(groupBys=[1, 2, 9])).status == 417
    assert (await wire.audit(groupBys=[123])).status == 417


async def test_one_event_is_found_in_its_own_table(wire: Wire) -> None:
    """The deny table does not know permits; the general one knows everything."""
    permitted = (await _rows(wire, actionId=1))[0]["eActionLogId"]
    path = "ActionLog/ActionLogGetByIdV2"
    statuses = [
        (await wire.call("GET", path, query={"eActionLogId": permitted, "sourceTableId": table})).status
        for table in ("1", "2")
    ]
    assert statuses == [200, 404]


async def test_file_history_needs_path_and_place(wire: Wire) -> None:
    """Without path or computer the portal cannot load; with both it lists that file there, newest first."""
    path = "ActionLog/ActionLogGetAllForFileHistoryV2"
    for query in ({"fullPath": "C:\\x"}, {"hostname": "MRL-WS-001"}):
        reply = await wire.call("GET", path, query=query)
        assert (reply.status, reply.message) == (417, "Missing Parameters. Unable to load details.")
    request = wire.portal.request(wire.portal.raise_request("execute"))
    found = await wire.call(
        "GET", path, query={"fullPath": request.file.full_path, "computerId": request.computer_id}
    )
    assert found.value[0]["eActionLogId"] == request.audit_row_id


async def test_computers_are_found_by_name_user_group_and_organization(wire: Wire) -> None:
    """Each searchBy looks into its own column, below the parent only when children are asked for."""
    path = "Computer/ComputerGetByAllParameters"
    target = next(c for c in wire.portal.world.computers.values() if c.name == "CVL-WS-007")
    wide = {"childOrganizations": True, "pageSize": 500}
    for search_by, text in ((1, "cvl-ws-007"), (2, target.user), (5, "Calder")):
        rows = (await wire.call("POST", path, {**wide, "searchBy": search_by, "searchText": text})).value
        assert target.computer_id in [row["computerId"] for row in rows]
    assert (await wire.call("POST", path, {"searchText": "CVL-WS-007"})).value == []
    (row,) = (await wire.call("POST", path, {**wide, "computerId": target.computer_id})).value
    assert (row["computerName"], row["group"], row["mode"]) == ("CVL-WS-007", "Workstations", "Secure")
    grouped = await wire.call("POST", path, {**wide, "computerGroup": target.computer_group_id})
    assert {row["computerGroupId"] for row in grouped.value} == {target.computer_group_id}


async def test_child_organizations_are_found_only_with_the_undocumented_flag(wire: Wire) -> None:
    """Without childOrganizations the list is empty; with it direct children, or all when asked for."""
    base = {"pageNumber": 1, "pageSize": 25, "searchText": "", "orderBy": "name", "isAscending": True}
    assert (await wire.call("POST", _CHILDREN, {**base, "includeAllChildren": True})).value == []
    direct = (await wire.call("POST", _CHILDREN, {**base, "childOrganizations": True})).value
    every = (
        await wire.call("POST", _CHILDREN, {**base, "childOrganizations": True, "includeAllChildren": True})
    ).value
    assert (len(direct), len(every)) == (4, 5)
    assert {row["parentId"] for row in direct} == {wire.portal.world.parent_id}


async def test_the_token_learns_where_it_may_act(wire: Wire) -> None:
    """The move list names the token's own organization first and everything below it."""
    path = "Organization/OrganizationGetForMoveComputers"
    rows = (await wire.call("GET", path)).value
    assert rows[0]["value"] == wire.portal.world.parent_id
    assert {row["value"] for row in rows[1:]} == set(wire.portal.world.below(wire.portal.world.parent_id))


async def test_groups_can_be_listed_without_the_global_ones(wire: Wire) -> None:
    """The dropdown hides global groups when told to."""
    path = "ComputerGroup/ComputerGroupGetDropdownByOrganizationId"
    own = wire.portal.organization_id("marlow")
    query = {"computerGroupOSTypeId": "0", "computerOSType": "macOS"}
    shown = (await wire.call("GET", path, query=query, organization_id=own)).value
    hidden = (await wire.call("GET", path, query={**query, "hideGlobals": "true"}, organization_id=own)).value
    assert [row["label"] for row in shown] == ["Macs", "Global - Macs"]
    assert [row["label"] for row in hidden] == ["Macs"]


@pytest.mark.parametrize(
    ("body", "names"),
    [
        ({"searchText": "label"}, {"Permit LabelPress Driver"}),
        ({"searchText": "draftwright", "activeOnly": True}, {"Permit Draftwright CAD"}),
        ({"filter": "elevation"}, set()),
    ],
)
async def test_policies_are_listed_and_narrowed(wire: Wire, body: dict[str, Any], names: set[str]) -> None:
    """Name, activity and the portal's named filters narrow the list; an expired or disabled one is not active."""
    path = "Policy/PolicyGetByParameters"
    own = wire.portal.organization_id("brightwater")
    sent = {"filter": "", "pageNumber": 1, "pageSize": 100, **body}
    rows = (await wire.call("POST", path, sent, organization_id=own)).value
    found = {row["name"] for row in rows}
    assert found == names
    assert (await wire.call("POST", path, {**sent, "filter": "nonsense"}, organization_id=own)).status == 417


async def test_research_tells_the_concern(wire: Wire) -> None:
    """The vendor's research on a known attack tool is grave; an application of one's own has none."""
    portal: PortalSandbox = wire.portal
    request = portal.request(portal.raise_request("execute", product="mimikatz"))
    matches = await wire.call(
        "POST",
        "Application/ApplicationGetMatchingList",
        {"hash": request.file.hash, "osType": 1},
        organization_id=request.organization_id,
    )
    (row,) = matches.value["matchingApplications"]
    path = "Application/ApplicationGetResearchDetailsById"
    query = {"applicationId": row["researchApplicationId"]}
    details = (await wire.call("GET", path, query=query)).value
    assert (details["productName"], details["concernRating"]) == ("Mimikatz", 5)
    portal.decide_in_portal(request.approval_request_id, approve=True, by="Robin Vale")
    own = portal.request(request.approval_request_id).new_application_id or ""
    reply = await wire.call(
        "GET", path, query={"applicationId": own}, organization_id=request.organization_id
    )
    assert reply.status == 404


@pytest.mark.parametrize(
    ("start", "status"),
    [
        ("2026-03-02T08:00:00Z", 200),
        ("2026-03-02T08:00:00.123+02:00", 200),
        ("2026-03-02", 200),
        ("2026-03-02 08:00:00", 400),
        ("20260302", 400),
        ("2026-W10-1", 400),
    ],
)
async def test_a_date_is_written_as_the_framework_behind_the_portal_reads_it(
    wire: Wire, start: str, status: int
) -> None:
    """Python reads more ways to write a date than the portal; a client must not get away with them here."""
    body = {"startDate": start, "endDate": "2027-01-01T00:00:00Z", "paramsFieldsDto": [], "sourceTableId": 1}
    body |= {"showChildOrganizations": True}
    sent = await wire.call(
        "POST", "ActionLog/ActionLogGetByParametersV2", body, headers={"usenewsearch": "true"}
    )
    assert sent.status == status, sent.text
