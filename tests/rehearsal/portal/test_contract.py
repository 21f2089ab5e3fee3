"""The stand-in portal agrees with the published contract wherever that speaks, but for the reviewed exceptions."""

from collections.abc import Awaitable, Callable
from typing import Any, Final

import pytest

from rehearsal.portal.bodies import FIELDS
from rehearsal.portal.routes import ROUTES
from rehearsal.portal.schema import Field, fields_of
from tests.contract import check_body, check_dto, check_query, needs_contract, schema_fields, speaks_of
from tests.rehearsal.portal.contract_exceptions import EXCEPTIONS, NOT_IN_CONTRACT
from tests.rehearsal.portal.wire import Wire

pytestmark = needs_contract

_DTO_OF: Final = {
    "Certificate": "ThreatLockerCertDto",
    "Action": "ThreatLockerActionDto",
    "Timer": "ApprovalRequestTimerDto",
    "Request": "ApprovalRequestDto",
    "RequestList": "ApprovalRequestParametersDto",
    "Decision": "ApprovalRequestUpdateParametersDto",
    "Authorize": "ApprovalRequestAuthorizeDto",
    "ApplicationRow": "ApplicationOnlineDto",
    "Matching": "PermitMatchingApplications",
    "ManualOption": "PolicyManualOption",
    "AuditFile": "ActionLogDto",
    "Conditions": "PermitPolicyConditions",
    "GroupRow": "ComputerGroupItemDto",
    "Level": "PermitPolicyLevel",
    "FileDetails": "PermitFileDetails",
    "RingfenceFile": "FilePolicy",
    "RingfenceNetwork": "NetworkPolicy",
    "RingfenceRegistry": "RegistryPolicy",
    "RingfenceApplication": "AssociatedApplicationPolicy",
    "Ringfencing": "AdvRFPolicy",
    "NetworkExclusion": "NetworkExclusionDto",
    "FileExclusion": "FileExclusionDto",
    "AdminNotes": "PermitAdminNotes",
    "Permit": "PermitApplicationDto",
    "StoragePolicyRef": "StoragePolicyBasicDto",
    "StorageDevice": "StorageDeviceDto",
    "UserGroupRef": "PolicyUserGroupDto",
    "Storage": "StorageApprovalDto",
    "ParamsField": "ParamsFieldsDto",
    "AuditSearch": "ActionLogParamsDto",
    "ComputerSearch": "ComputerParameterDto",
    "ApplicationFile": "ApplicationFileDto",
    "ApplicationMatch": "ApplicationMatchParameterDto",
    "ApplicationOptions": "ApplicationGetForApplicationOptionsDto",
    "SystemAuditSearch": "SystemAuditParametersDto",
    "ModeApplication": "MaintenanceExistingApplicationDto",
    "ModeNewApplication": "MaintenanceApplicationDto",
    "ModeCondition": "MaintenanceModeConditionsDto",
    "ModeInsert": "MaintenanceModeInsertDto",
    "ModeEnd": "MaintenanceModeEndDto",
    "ModeMove": "MaintenanceModeUpdateEndDateTimeDto",
}
_UNDOCUMENTED_BODIES: Final = {
    "OrganizationSearch",
    "RoleSearch",
    "PolicySearch",
    "PoliciesOfApplication",
    "Policy",
    "PolicyRef",
    "PolicyCopies",
    "PolicyMove",
    "Deployment",
}
_KINDS: Final = {"int32": "i", "int64": "l", "boolean": "b", "uuid": "g", "date-time": "d", "string": "s"}


def test_every_body_of_ours_has_its_place_in_the_contract() -> None:
    """Each body in the table is compared below, or is one of the few that the contract does not have."""
    assert set(FIELDS) == set(_DTO_OF) | _UNDOCUMENTED_BODIES


@pytest.mark.parametrize("body_name", sorted(_DTO_OF))
def test_the_table_of_bodies_agrees_with_the_contract(body_name: str) -> None:
    """Every field of our table is in the contract with the same type, list or not, null or not."""
    published = schema_fields(_DTO_OF[body_name])
    problems = [
        f"{field.name}: {_shape(field)} but {_published_shape(published.get(name))}"
        for name, field in fields_of(body_name).items()
        if _shape(field) != _published_shape(published.get(name))
    ]
    assert problems == []


@pytest.mark.parametrize("body_name", sorted(set(_DTO_OF) - {"AuditFile", "ApplicationFile"}))
def test_the_table_of_bodies_leaves_nothing_out(body_name: str) -> None:
    """Every published field is in our table, so that a client can send it."""
    assert set(schema_fields(_DTO_OF[body_name])) - set(fields_of(body_name)) == set()


def _shape(field: Field) -> tuple[str, bool, bool]:
    kind = field.kind if field.kind in {*_KINDS.values(), "any"} else "object"
    return kind, field.is_list, field.is_nullable or kind in {"object", "any"}


def _published_shape(schema: dict[str, Any] | None) -> tuple[str, bool, bool]:
    if schema is None:
        return ("missing", False, False)
    is_list = schema.get("type") == "array"
    inner = schema["items"] if is_list else schema
    named = inner.get("format", inner.get("type"))
    kind = "object" if "$ref" in inner else _KINDS.get(str(named), "any")
    kind = "any" if kind == "object" and inner.get("$ref", "").endswith("/SystemAuditItem") else kind
    return kind, is_list, schema.get("nullable", False) or kind in {"object", "any"}


def test_every_route_is_published_or_reviewed() -> None:
    """A call that the contract does not know must be on the reviewed list, and nothing else on it."""
    unknown = {route.path for route in ROUTES if not speaks_of(route.path, route.method)}
    assert unknown == set(NOT_IN_CONTRACT)


_ANSWERS: Final = {
    "ApprovalRequestGetByParameters": "ApprovalRequestDto",
    "ApprovalRequestGetById": "ApprovalRequestDto",
    "ApprovalRequestGetPermitApplicationById": "PermitApplicationDto",
    "ApprovalRequestGetStorageApprovalById": "StorageApprovalDto",
    "ApprovalRequestGetFileDownloadDetailsById": "FileDownloadDetailsDto",
    "ActionLogGetByParametersV2": "ActionLogDto",
    "ActionLogGetByIdV2": "ActionLogDto",
    "ActionLogGetAllForFileHistoryV2": "ActionLogDto",
    "ComputerGroupGetForPermitApplication": "ComputerGroupItemDto",
    "ComputerGroupGetDropdownByOrganizationId": "DropdownOption",
    "OrganizationGetForMoveComputers": "DropdownOption",
    "ApplicationGetForApplicationOptions": "ApplicationOnlineDto",
    "ApplicationGetById": "ApplicationOnlineDto",
}
"""Answers whose shape the contract has an object for, by action."""


async def _application_calls(wire: Wire) -> None:
    await wire.list()
    request_id = wire.portal.raise_request("execute", product="ledgerleaf", version="11.0")
    request = wire.portal.request(request_id)
    own = request.organization_id
    await wire.list()
    await wire.get("GetFileDownloadDetailsById", request_id)
    await wire.call(
        "POST",
        "ApprovalRequest/ApprovalRequestUpdateForTakeOwnership",
        (await wire.get("GetById", request_id)).value,
        organization_id=own,
    )
    sent = {"hash": request.file.hash, "path": request.file.full_path, "osType": 1}
    await wire.call("POST", "Application/ApplicationGetMatchingList", sent, organization_id=own)
    await wire.call(
        "POST",
        "Application/ApplicationGetForApplicationOptions",
        {"organizationId": own, "osType": 1, "includeBuiltIn": True},
        organization_id=own,
    )
    assert (await wire.permit(request_id)).status == 200
    row = (await wire.get("GetById", request_id)).value
    for action in ("ApplicationGetById", "ApplicationGetResearchDetailsById"):
        await wire.call(
            "GET",
            f"Application/{action}",
            query={"applicationId": row["applicationId"]},
            organization_id=own,
        )
    await wire.call("GET", "Policy/PolicyGetById", query={"policyId": row["policyId"]}, organization_id=own)


async def _other_decisions(wire: Wire) -> None:
    await wire.close("Reject", wire.portal.raise_request("elevate"), rejectReason="no", notifyOnResponse=True)
    await wire.close("Ignore", wire.portal.raise_request("extension"), ignoreReason="twice")
    storage_id = wire.portal.raise_request("write")
    details = (await wire.get("GetStorageApprovalById", storage_id)).value
    reply = await wire.call(
        "POST",
        "ApprovalRequest/ApprovalRequestPermitStorageApproval",
        details,
        organization_id=wire.organization_of(storage_id),
    )
    assert reply.status == 200
    await wire.call(
        "GET", "ApprovalRequest/ApprovalRequestGetCount", query={"includeChildOrganizations": "true"}
    )


async def _look_ups(wire: Wire) -> None:
    rows = (await wire.audit(actionId=99, actionTypes=["execute"], hostname="*", sourceTableId=1)).value
    await wire.audit(groupBys=[1, 11], actionId=99)
    query = {"eActionLogId": rows[0]["eActionLogId"], "sourceTableId": "2"}
    await wire.call("GET", "ActionLog/ActionLogGetByIdV2", query=query)
    history = {"fullPath": rows[0]["fullPath"], "hostname": rows[0]["hostname"], "sourceTableId": "1"}
    await wire.call("GET", "ActionLog/ActionLogGetAllForFileHistoryV2", query=history)
    await wire.call("POST", "Computer/ComputerGetByAllParameters", {"computerGroup": "", "searchText": "MRL"})
    await wire.call("GET", "ComputerGroup/ComputerGroupGetForPermitApplication", query={"osType": "1"})
    await wire.call(
        "GET",
        "ComputerGroup/ComputerGroupGetDropdownByOrganizationId",
        query={"computerGroupOSTypeId": "1", "hideGlobals": "true"},
    )
    await wire.call("GET", "Organization/OrganizationGetForMoveComputers", query={"searchText": ""})


@pytest.mark.parametrize("walk", [_application_calls, _other_decisions, _look_ups])
async def test_bodies_accepted_and_answered_agree(
    wire: Wire, walk: Callable[[Wire], Awaitable[None]]
) -> None:
    """A whole walk through the calls: what was accepted and what was answered fits the published objects."""
    await walk(wire)
    problems: list[str] = []
    for exchange in wire.portal.traffic:
        found = check_body(exchange.path, exchange.method, exchange.body)
        found += check_query(exchange.path, exchange.method, exchange.query)
        dto = _ANSWERS.get(exchange.action)
        if dto is not None and exchange.status == 200:
            rows = exchange.answer if isinstance(exchange.answer, list) else [exchange.answer]
            assert rows or exchange.action == "ApprovalRequestGetByParameters"
            found += [problem for row in rows for problem in check_dto(dto, row)]
        problems += [f"{exchange.action}: {problem}" for problem in found]
    assert problems == []


def test_the_checker_finds_what_is_wrong() -> None:
    """The checker itself is no rubber stamp: unknown keys, nulls, types, GUIDs and dates are told apart."""
    sent = {
        "invented": 1,
        "approvalRequestDtos": [{"approvalRequestId": "12", "statusId": None, "dateTime": "2026-09-14"}],
        "isVDI": "no",
    }
    problems = check_body("ApprovalRequest/ApprovalRequestUpdateForReject", "post", sent)
    assert [problem.split(":")[0] for problem in problems] == [
        "invented",
        "approvalRequestDtos[0].approvalRequestId",
        "approvalRequestDtos[0].statusId",
        "approvalRequestDtos[0].dateTime",
        "isVDI",
    ]
    assert check_query("ApprovalRequest/ApprovalRequestGetById", "GET", {"id": "1"}) != []


def test_every_exception_says_why() -> None:
    """The reviewed list has a reason on each line."""
    assert all(len(line.why) > 20 for line in EXCEPTIONS)
