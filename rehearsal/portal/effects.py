"""What an accepted decision changes in the stand-in world: applications, policies, modes and the request itself.

Used alike by the API and by a person who decides in the portal's own pages.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

from rehearsal.portal.records import (
    APPROVED,
    PERMIT,
    PERMIT_RINGFENCED,
    REJECTED_OR_IGNORED,
    Application,
    ApprovalRequest,
    FileRule,
    MaintenanceMode,
    Policy,
    StoragePolicy,
    SystemAuditRow,
)
from rehearsal.portal.world import World

_MODE_OF_RULE: Final = {1: 2, 2: 3, 3: 1}
"""`policyConditions.ruleId` to maintenance type: Installation, Learning, Application Control Monitor Only."""
_MODE_SPAN: Final = timedelta(hours=1)


@dataclass(frozen=True)
class Reach:
    """Where a permit applies: the id that the policy names, the organization that owns it, and its kind."""

    kind: str
    applies_to_id: str
    owner_id: str


@dataclass(frozen=True)
class Grant:
    """What a permit gives besides its place."""

    application_id: str | None = None
    new_application_name: str = ""
    rules: tuple[FileRule, ...] = ()
    amends_existing_policy: bool = False
    rule_id: int = 0
    is_ringfenced: bool = False
    end_at: datetime | None = None
    elevation_status: int = 0
    elevation_end_at: datetime | None = None
    description: str = ""


@dataclass(frozen=True)
class Wording:
    """What a decision writes into the request; None leaves what is stored."""

    comments: str | None = None
    ticket_id: str | None = None
    ticket_manager: str | None = None
    email: str | None = None
    response_subject: str | None = None
    response_reason: str | None = None


def apply_permit(
    world: World, request: ApprovalRequest, reach: Reach, grant: Grant, *, by: str, at: datetime
) -> tuple[str, str]:
    """Creates or extends the application, makes or amends the policy; answers the ids of both."""
    application_id = _settle_application(world, request, reach, grant)
    policy = _existing_policy(world, request, at) if grant.amends_existing_policy else None
    if policy is not None:
        ids = tuple(dict.fromkeys([*policy.application_ids, application_id]))
        policy = replace(policy, application_ids=ids)
    else:
        policy = _new_policy(world, request, reach, grant, application_id=application_id, at=at)
    world.policies[policy.policy_id] = policy
    if grant.rule_id in _MODE_OF_RULE:
        type_id = _MODE_OF_RULE[grant.rule_id]
        start_mode(world, request.computer_id, type_id, start_at=at, end_at=at + _MODE_SPAN, by=by)
    return policy.policy_id, application_id


def has_policy_to_amend(world: World, request: ApprovalRequest, at: datetime) -> bool:
    """Whether a permit policy already reaches the request's computer."""
    return _existing_policy(world, request, at) is not None


def _existing_policy(world: World, request: ApprovalRequest, at: datetime) -> Policy | None:
    own = (
        policy
        for policy in world.permits_at(world.computers[request.computer_id], at)
        if policy.organization_id == request.organization_id
    )
    return next(own, None)


def _settle_application(world: World, request: ApprovalRequest, reach: Reach, grant: Grant) -> str:
    if grant.application_id is not None:
        chosen = world.applications[grant.application_id]
        if grant.rules:
            missing = tuple(rule for rule in grant.rules if rule not in chosen.rules)
            world.applications[chosen.application_id] = replace(chosen, rules=(*chosen.rules, *missing))
        return chosen.application_id
    application_id = world.new_id("application")
    os_type = world.computers[request.computer_id].os_type
    world.applications[application_id] = Application(
        application_id, grant.new_application_name, reach.owner_id, os_type, grant.rules
    )
    return application_id


def _new_policy(
    world: World, request: ApprovalRequest, reach: Reach, grant: Grant, *, application_id: str, at: datetime
) -> Policy:
    return Policy(
        policy_id=world.new_id("policy"),
        name=f"Permit {world.applications[application_id].name}",
        policy_action_id=PERMIT_RINGFENCED if grant.is_ringfenced else PERMIT,
        application_ids=(application_id,),
        applies_to_id=reach.applies_to_id,
        organization_id=reach.owner_id,
        os_type=world.computers[request.computer_id].os_type,
        created_at=at,
        end_at=grant.end_at,
        elevation_status=grant.elevation_status,
        elevation_end_at=grant.elevation_end_at,
        description=grant.description,
    )


def start_mode(
    world: World,
    computer_id: str,
    type_id: int,
    *,
    start_at: datetime,
    end_at: datetime,
    by: str,
    notes: str = "",
    now: datetime | None = None,
) -> MaintenanceMode:
    """Puts a computer into a maintenance mode and remembers it in the history; a later start only the latter."""
    mode = MaintenanceMode(
        world.new_id("maintenance mode"), computer_id, type_id, start_at, end_at, by, notes=notes or None
    )
    world.modes[mode.maintenance_mode_id] = mode
    if now is None or start_at <= now:
        world.computers[computer_id] = replace(
            world.computers[computer_id], maintenance_type_id=type_id, maintenance_end_at=end_at
        )
    return mode


def apply_storage(
    world: World, request: ApprovalRequest, policy: StoragePolicy, *, by: str, at: datetime
) -> str:
    """Stores a new or amended storage policy and answers its id."""
    world.storage_policies[policy.storage_policy_id] = policy
    request_id = request.approval_request_id
    note(world, request.organization_id, "Permit storage", request_id, policy.name, by=by, at=at)
    return policy.storage_policy_id


def settle_approved(
    world: World,
    request: ApprovalRequest,
    wording: Wording,
    *,
    by: str,
    at: datetime,
    policy_id: str,
    application_id: str | None = None,
) -> ApprovalRequest:
    """Writes an approval into the request."""
    settled = replace(
        _worded(request, wording),
        status_id=APPROVED,
        approved_by=by,
        decided_at=at,
        new_policy_id=policy_id,
        new_application_id=application_id,
    )
    world.requests[request.approval_request_id] = settled
    return settled


def settle_closed(
    world: World,
    request: ApprovalRequest,
    wording: Wording,
    *,
    by: str,
    at: datetime,
    status_id: int = REJECTED_OR_IGNORED,
) -> ApprovalRequest:
    """Writes an end that is no approval into the request."""
    settled = replace(_worded(request, wording), status_id=status_id, approved_by=by, decided_at=at)
    world.requests[request.approval_request_id] = settled
    return settled


def _worded(request: ApprovalRequest, wording: Wording) -> ApprovalRequest:
    given: dict[str, Any] = {
        "comments": wording.comments,
        "ticket_id": wording.ticket_id,
        "ticket_manager": wording.ticket_manager,
        "email": wording.email,
        "response_subject": wording.response_subject,
        "response_reason": wording.response_reason,
    }
    return replace(request, **{name: value for name, value in given.items() if value is not None})


def note(
    world: World, organization_id: str, function: str, object_id: str, details: str, *, by: str, at: datetime
) -> None:
    """Adds a line to the System Audit, which shows what portal users and API users did."""
    world.system_audit.append(
        SystemAuditRow(
            system_audit_id=world.new_id("system audit"),
            organization_id=organization_id,
            email=by,
            action="Modify",
            function=function,
            object_id=object_id,
            details=details,
            at=at,
        )
    )
