"""The published contract is held against the client's traffic, and the holding has teeth."""

import pytest

from bot.portal import PermitDetails, PortalClient, Terms
from tests import contract
from tests.portal.conftest import Bench
from tests.portal.permits import permit_on_computer
from tests.portal.samples import REQUEST, form
from tests.portal.wire_server import WireServer

PERMIT = "ApprovalRequestPermitApplication"
# Calls that the vendor documents and live callers make, and that the published contract leaves out.
BEYOND_THE_CONTRACT = {
    "/portalapi/Organization/OrganizationGetChildOrganizationsByParameters",
    "/portalapi/Policy/PolicyGetForViewPoliciesByApplicationId",
}
WITHIN_THE_CONTRACT = {
    ("/portalapi/ApprovalRequest/ApprovalRequestGetByParameters", "post"),
    ("/portalapi/ApprovalRequest/ApprovalRequestGetById", "get"),
    ("/portalapi/ApprovalRequest/ApprovalRequestGetCount", "get"),
    ("/portalapi/ApprovalRequest/ApprovalRequestGetPermitApplicationById", "get"),
    ("/portalapi/ApprovalRequest/ApprovalRequestPermitApplication", "post"),
    ("/portalapi/ApprovalRequest/ApprovalRequestUpdateForReject", "post"),
    ("/portalapi/ApprovalRequest/ApprovalRequestUpdateForTakeOwnership", "post"),
    ("/portalapi/ActionLog/ActionLogGetByParametersV2", "post"),
    ("/portalapi/ActionLog/ActionLogGetAllForFileHistoryV2", "get"),
    ("/portalapi/ApprovalRequest/ApprovalRequestGetStorageApprovalById", "get"),
    ("/portalapi/ApprovalRequest/ApprovalRequestPermitStorageApproval", "post"),
    ("/portalapi/Application/ApplicationGetForApplicationOptions", "post"),
    ("/portalapi/Application/ApplicationGetMatchingList", "post"),
    ("/portalapi/Application/ApplicationGetResearchDetailsById", "get"),
    ("/portalapi/Computer/ComputerGetByAllParameters", "post"),
    ("/portalapi/ComputerGroup/ComputerGroupGetForPermitApplication", "get"),
    ("/portalapi/MaintenanceMode/MaintenanceModeInsert", "post"),
    ("/portalapi/MaintenanceMode/MaintenanceModeEndById", "patch"),
    ("/portalapi/MaintenanceMode/MaintenanceModeUpdateEndDateTimeForSpecificDate", "post"),
    ("/portalapi/Organization/OrganizationGetForMoveComputers", "get"),
}


@contract.needs_contract
def test_the_contract_speaks_of_all_our_calls_but_two() -> None:
    assert {path for path, method in WITHIN_THE_CONTRACT if not contract.speaks_of(path, method)} == set()
    assert not any(contract.speaks_of(path, "post") for path in BEYOND_THE_CONTRACT)


@contract.needs_contract
@pytest.mark.parametrize("member", ["computerId", "elevationStatus", "notifyOnResponse"])
async def test_a_null_where_the_contract_wants_a_value_is_noticed(
    portal: WireServer, client: PortalClient, bench: Bench, member: str
) -> None:
    bench.on_contract = False
    portal.on(PERMIT, {})
    body = permit_on_computer(PermitDetails.read(form()), Terms(note="n"), application_name="Setup")
    await client.permit(body)
    assert bench.problems() == []
    body.payload[member] = None
    await client.permit(body)
    assert any(member in problem for problem in bench.problems())


@contract.needs_contract
async def test_a_query_that_the_contract_does_not_know_is_noticed() -> None:
    path = "/portalapi/ApprovalRequest/ApprovalRequestGetById"
    assert contract.check_query(path, "GET", {"approvalRequestId": REQUEST}) == []
    assert contract.check_query(path, "GET", {"requestId": REQUEST})
