"""Every call that the stand-in portal answers, by method, controller and action; anything else is not found."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from rehearsal.portal import (
    approval_reads,
    audit_search,
    decide,
    estate_reads,
    mode_calls,
    permit,
    policy_calls,
    software_reads,
    storage_permit,
)
from rehearsal.portal.answers import Answer
from rehearsal.portal.call import Call


@dataclass(frozen=True)
class Route:
    """One call: what answers it, the name of its body in `bodies` (None: no body), and whether it decides."""

    method: str
    path: str
    answer: Callable[[Call], Answer]
    body_name: str | None = None
    is_decision: bool = False
    may_lack_body: bool = False
    """Whether no body at all means the same as an empty object."""

    @property
    def action(self) -> str:
        """The last part of the path, the name by which the portal's pages speak of it."""
        return self.path.rsplit("/", 1)[-1]


def _approval(
    method: str, name: str, answer: Callable[[Call], Answer], body_name: str | None = None
) -> Route:
    return Route(method, f"ApprovalRequest/ApprovalRequest{name}", answer, body_name)


def _decision(name: str, answer: Callable[[Call], Answer], body_name: str) -> Route:
    return Route("POST", f"ApprovalRequest/ApprovalRequest{name}", answer, body_name, is_decision=True)


ROUTES: Final = (
    _approval("POST", "GetByParameters", approval_reads.list_requests, "RequestList"),
    _approval("GET", "GetCount", approval_reads.count_requests),
    _approval("GET", "GetById", approval_reads.get_request),
    _approval("GET", "GetPermitApplicationById", approval_reads.get_permit_details),
    _approval("GET", "GetStorageApprovalById", approval_reads.get_storage_details),
    _approval("GET", "GetFileDownloadDetailsById", approval_reads.get_file_download),
    _approval("POST", "UpdateForTakeOwnership", decide.take_ownership, "Request"),
    _decision("PermitApplication", permit.permit_application, "Permit"),
    _decision("PermitStorageApproval", storage_permit.permit_storage, "Storage"),
    _decision("UpdateForReject", decide.reject, "Decision"),
    _decision("UpdateForIgnore", decide.ignore, "Decision"),
    _decision("AuthorizeForPermitById", decide.authorize, "Authorize"),
    Route("POST", "ActionLog/ActionLogGetByParametersV2", audit_search.search, "AuditSearch"),
    Route("GET", "ActionLog/ActionLogGetByIdV2", audit_search.get_event),
    Route("GET", "ActionLog/ActionLogGetAllForFileHistoryV2", audit_search.get_file_history),
    Route("POST", "Computer/ComputerGetByAllParameters", estate_reads.list_computers, "ComputerSearch"),
    Route("GET", "ComputerGroup/ComputerGroupGetForPermitApplication", estate_reads.list_groups_for_permit),
    Route("GET", "ComputerGroup/ComputerGroupGetDropdownByOrganizationId", estate_reads.list_group_options),
    Route("GET", "Organization/OrganizationGetForMoveComputers", estate_reads.list_usable_organizations),
    Route(
        "POST",
        "Organization/OrganizationGetChildOrganizationsByParameters",
        estate_reads.list_child_organizations,
        "OrganizationSearch",
    ),
    Route("POST", "Application/ApplicationGetMatchingList", software_reads.list_matching, "ApplicationMatch"),
    Route(
        "POST",
        "Application/ApplicationGetForApplicationOptions",
        software_reads.list_application_options,
        "ApplicationOptions",
    ),
    Route("GET", "Application/ApplicationGetById", software_reads.get_application),
    Route("GET", "Application/ApplicationGetResearchDetailsById", software_reads.get_research),
    Route("GET", "Policy/PolicyGetById", software_reads.get_policy),
    Route("POST", "Policy/PolicyGetByParameters", software_reads.list_policies, "PolicySearch"),
    Route(
        "POST",
        "Policy/PolicyGetForViewPoliciesByApplicationId",
        software_reads.list_policies_of_application,
        "PoliciesOfApplication",
    ),
    Route("POST", "Policy/PolicyInsert", policy_calls.insert_policy, "Policy"),
    Route("PUT", "Policy/PolicyUpdateById", policy_calls.update_policy, "Policy"),
    Route("PUT", "Policy/PolicyUpdateForDeleteByIds", policy_calls.remove_policies, "PolicyRef[]"),
    Route("POST", "Policy/PolicyInsertForCopyPolicies", policy_calls.copy_policies, "PolicyCopies"),
    Route("POST", "PolicyMoveQueue/PolicyMoveQueueInsert", policy_calls.move_policy, "PolicyMove"),
    Route(
        "POST",
        "DeployPolicyQueue/DeployPolicies",
        policy_calls.deploy_policies,
        "Deployment",
        may_lack_body=True,
    ),
    Route(
        "POST", "SystemAudit/SystemAuditGetByParameters", mode_calls.search_system_audit, "SystemAuditSearch"
    ),
    Route("POST", "UserRoles/UserRolesGetByParameters", estate_reads.list_roles, "RoleSearch"),
    Route("POST", "MaintenanceMode/MaintenanceModeInsert", mode_calls.insert_mode, "ModeInsert"),
    Route("GET", "MaintenanceMode/MaintenanceModeGetByComputerIdV2", mode_calls.list_modes),
    Route("PATCH", "MaintenanceMode/MaintenanceModeEndById", mode_calls.end_mode, "ModeEnd"),
    Route(
        "POST",
        "MaintenanceMode/MaintenanceModeUpdateEndDateTimeForSpecificDate",
        mode_calls.move_mode_end,
        "ModeMove",
    ),
)

BY_PATH: Final = {route.path.casefold(): route for route in ROUTES}
