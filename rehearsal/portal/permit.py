"""The permit of an application or elevation request, with every trap that live callers have fallen into.

The order of the checks is ours: form first (500, 417), then state (400), then rights (401), then the effect.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from rehearsal.portal.answers import (
    UNKNOWN_SCOPE,
    Answer,
    already_actioned,
    broken,
    invalid,
    missing_permission,
    wrong_organization,
)
from rehearsal.portal.call import Call
from rehearsal.portal.effects import (
    Grant,
    Reach,
    Wording,
    apply_permit,
    has_policy_to_amend,
    note,
    settle_approved,
)
from rehearsal.portal.records import APPLICATION_TYPES, Application, ApprovalRequest, FileRule
from rehearsal.portal.rights import ELEVATION_ADMINISTRATOR, MODE_RIGHTS, SCOPE_RIGHTS, SEES_APPROVALS
from rehearsal.portal.schema import utc_time

_NULL_NOT_ABSENT: Final = (
    ("matchingApplications", "matchingApplication"),
    ("matchingApplications", "existingApplication"),
    ("policyLevel", "selectedComputerGroup"),
    ("", "policyExpirationDate"),
    ("", "elevationExpirationDate"),
)
"""Unused members that must be sent as null: leaving one out breaks the live portal."""
_RESTRICTIONS: Final = (
    "restrictApplication",
    "restrictApplicationSpawning",
    "restrictFileAccess",
    "restrictNetworkAccess",
    "restrictRegistryAccess",
)
_MODES: Final = ("useMatchingApplication", "useExistingApplication", "useNewApplication")


@dataclass(frozen=True)
class Choice:
    """The application that a permit chose: a known one, or a name for a new one."""

    mode: str
    application: Application | None
    name: str


def permit_application(call: Call) -> Answer:
    """Approves one application or elevation request, or refuses with the portal's own words."""
    request = _request_of(call)
    _check_form(call, request)
    if call.rules.refuse_double_decisions and not request.is_open:
        raise already_actioned(request.approved_by)
    _check_kind(request)
    choice = _choice_of(call, request)
    reach = _reach_of(call, request, choice)
    grant = _grant_of(call, request, choice)
    _check_rights(call, request, reach, grant)
    _take_effect(call, request, reach, grant)
    return Answer(call.rules.permit_body)


def _request_of(call: Call) -> ApprovalRequest:
    sent = call.body.get("approvalRequest")
    if not sent or "approvalRequestId" not in sent:
        raise broken()
    request = call.own_request(sent["approvalRequestId"])
    if call.body.get("organizationId") not in (None, request.organization_id):
        raise wrong_organization()
    return request


def _check_form(call: Call, request: ApprovalRequest) -> None:
    """Rules 7 and 9: the stored action verbatim, and unused members sent as null."""
    body = call.body
    if body["approvalRequest"].get("json") != request.json:
        raise broken()
    for section in ("matchingApplications", "policyConditions", "policyLevel", "fileDetails"):
        if not body.get(section):
            raise broken()
    if call.rules.all_keys_required:
        for section, key in _NULL_NOT_ABSENT:
            if key not in (body[section] if section else body):
                raise broken()


def _check_kind(request: ApprovalRequest) -> None:
    if request.action_type not in APPLICATION_TYPES and request.action_type != "elevate":
        raise invalid(f"Approval Request of type {request.action_type} can not be permitted here")


def _choice_of(call: Call, request: ApprovalRequest) -> Choice:
    """Rule 10: exactly one way to name the application."""
    matching = call.body["matchingApplications"]
    chosen = [mode for mode in _MODES if matching.get(mode)]
    if len(chosen) != 1:
        raise invalid("Must choose one of matching, existing or new application")
    if chosen == ["useNewApplication"]:
        name = (matching.get("newApplicationName") or "").strip()
        if not name:
            raise invalid("Must enter a name for a new application")
        return Choice("new", None, name)
    mode = "matching" if chosen == ["useMatchingApplication"] else "existing"
    row = matching.get(f"{mode}Application")
    application = call.world.applications.get((row or {}).get("applicationId", ""))
    if application is None:
        raise invalid(f"Must select a valid {mode} application")
    owners = (call.world.master_id, request.organization_id, *call.world.above(request.organization_id))
    if application.organization_id not in owners:
        raise invalid(f"Must select a valid {mode} application")
    return Choice(mode, application, application.name)


def _reach_of(call: Call, request: ApprovalRequest, choice: Choice) -> Reach:
    """Rules 11 and 12, and the three places that the level can name."""
    level = call.body["policyLevel"]
    if level.get("toComputer"):
        raise invalid(UNKNOWN_SCOPE)
    to_organization, to_group = bool(level.get("toEntireOrganization")), bool(level.get("toComputerGroup"))
    is_built_in = (
        choice.application is not None and choice.application.organization_id == call.world.master_id
    )
    if is_built_in and (choice.mode == "existing" or not to_organization):
        raise missing_permission("")
    if to_organization and to_group:
        raise invalid("Must choose one policy level")
    if to_organization:
        return Reach("organization", request.organization_id, request.organization_id)
    if to_group:
        return _group_reach(call, request, level.get("selectedComputerGroup"))
    return _computer_reach(call, request)


def _computer_reach(call: Call, request: ApprovalRequest) -> Reach:
    computer = call.world.computers.get(call.body.get("computerId", ""))
    if computer is None or computer.organization_id != request.organization_id:
        raise invalid(UNKNOWN_SCOPE)
    return Reach("computer", computer.computer_id, request.organization_id)


def _group_reach(call: Call, request: ApprovalRequest, row: dict[str, Any] | None) -> Reach:
    os_type = call.world.computers[request.computer_id].os_type
    offered = {g.computer_group_id: g for g in call.world.groups_for(request.organization_id, os_type)}
    group = offered.get((row or {}).get("computerGroupId", ""))
    if group is None:
        raise invalid(UNKNOWN_SCOPE)
    return Reach("global" if group.is_global else "group", group.computer_group_id, group.organization_id)


def _grant_of(call: Call, request: ApprovalRequest, choice: Choice) -> Grant:
    conditions = call.body["policyConditions"]
    rule_id = conditions.get("ruleId", 0)
    if rule_id not in (0, *MODE_RIGHTS):
        raise invalid("Invalid rule")
    rules = tuple(r for r in map(_rule_of, conditions.get("manualOptions") or []) if r is not None)
    if choice.mode == "matching":
        rules = ()
    elif not rules and rule_id == 0:
        raise invalid("Must enter at least one rule for the application")
    amends = bool(conditions.get("useExistingPolicy"))
    if amends and not has_policy_to_amend(call.world, request, call.now):
        raise invalid("No existing policy affects the computer")
    status, elevation_end_at = _elevation_of(call)
    return Grant(
        application_id=choice.application.application_id if choice.application else None,
        new_application_name=choice.name,
        rules=rules,
        amends_existing_policy=amends,
        rule_id=rule_id,
        is_ringfenced=_is_ringfenced(call.body.get("ringfencingOptions") or {}),
        end_at=utc_time(call.body.get("policyExpirationDate")),
        elevation_status=status,
        elevation_end_at=elevation_end_at,
        description=(call.body.get("adminNotes") or {}).get("comments") or "",
    )


def _rule_of(option: dict[str, Any] | None) -> FileRule | None:
    if not option or option.get("disabled"):
        return None
    parts = {
        "hash": option.get("hash") or None,
        "full_path": option.get("fullPath") or None,
        "process_path": option.get("processPath") or None,
        "cert": option.get("cert") or None,
        "created_by": option.get("createdBy") or None,
    }
    return FileRule(**parts) if any(parts.values()) else None


def _is_ringfenced(options: dict[str, Any]) -> bool:
    return any(options.get(name) for name in _RESTRICTIONS)


def _elevation_of(call: Call) -> tuple[int, datetime | None]:
    """Status and end of the elevation; hours count from now, zero hours and no date means without end."""
    status = call.body.get("elevationStatus", 0)
    if status not in (0, 1, 2, 3):
        raise invalid("Invalid elevation status")
    if status == 0:
        return 0, None
    hours = call.body.get("elevationExpiration", 0)
    if hours > 0:
        return status, call.now + timedelta(hours=hours)
    return status, utc_time(call.body.get("elevationExpirationDate"))


def _check_rights(call: Call, request: ApprovalRequest, reach: Reach, grant: Grant) -> None:
    """Rule 13: the right for the reach, for elevation and for a maintenance mode."""
    if request.action_type == "elevate" or grant.elevation_status > 0:
        call.require([ELEVATION_ADMINISTRATOR])
    if request.action_type == "elevate" and reach.kind == "computer":
        call.require(SEES_APPROVALS)
    else:
        call.require(SCOPE_RIGHTS[reach.kind])
    if reach.owner_id not in call.world.in_view(call.token.organization_id, with_children=True):
        raise missing_permission(SCOPE_RIGHTS[reach.kind][0])
    if grant.rule_id in MODE_RIGHTS:
        call.require([MODE_RIGHTS[grant.rule_id]])


def _take_effect(call: Call, request: ApprovalRequest, reach: Reach, grant: Grant) -> None:
    policy_id, application_id = apply_permit(call.world, request, reach, grant, by=call.actor, at=call.now)
    settle_approved(
        call.world,
        request,
        wording_of(call.body["approvalRequest"], call.body),
        by=call.actor,
        at=call.now,
        policy_id=policy_id,
        application_id=application_id,
    )
    note(
        call.world,
        request.organization_id,
        "Permit",
        request.approval_request_id,
        f"Permitted application request: {grant.description}",
        by=call.actor,
        at=call.now,
    )


def wording_of(row: dict[str, Any], answer: dict[str, Any]) -> Wording:
    """The texts of a decision; a member that was sent overwrites what is stored."""
    return Wording(
        comments=row.get("comments"),
        ticket_id=row.get("ticketId"),
        ticket_manager=row.get("ticketApprovalManager"),
        email=row.get("requestorEmailAddress"),
        response_subject=answer.get("responseSubject"),
        response_reason=answer.get("responseReason"),
    )
