"""Applications and policies: what is known of a file, and where it may already run."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Final

from rehearsal.portal.answers import Answer, invalid, ok, page_of, wrong_organization
from rehearsal.portal.call import Call
from rehearsal.portal.records import (
    PERMIT,
    PERMIT_RINGFENCED,
    ZERO_GUID,
    Application,
    Certificate,
    FileFacts,
    Policy,
)
from rehearsal.portal.rights import SEES_APPLICATIONS, SEES_POLICIES
from rehearsal.portal.wire_requests import wire_time_or_none
from rehearsal.portal.world import World

_SIX_WEEKS: Final = timedelta(weeks=6)
_PERMITS: Final = (PERMIT, PERMIT_RINGFENCED)


def application_row(world: World, application: Application) -> dict[str, Any]:
    """An application in the shape that a permit sends back."""
    is_built_in = application.organization_id == world.master_id
    return {
        "name": application.name,
        "applicationName": application.name,
        "applicationId": application.application_id,
        "organizationId": application.organization_id,
        "organizationName": world.organizations[application.organization_id].display_name,
        "osType": application.os_type,
        "suggestedPolicyId": None,
        "status": 1,
        "isMaintained": is_built_in,
        "researchApplicationId": application.application_id if application.research else None,
    }


def list_matching(call: Call) -> Answer:
    """The applications whose rules cover a file: the organization's own first, then the vendor's."""
    call.require(SEES_APPLICATIONS)
    body = call.body
    organization_ids = body.get("organizationIds") or [call.organization_id]
    matches = call.world.matching(organization_ids, _sent_file(body), body.get("osType", 1))
    matches.sort(key=lambda application: application.organization_id == call.world.master_id)
    rows = [application_row(call.world, application) for application in matches]
    return ok({"hasMatching": bool(rows), "matchingApplications": rows})


def _sent_file(body: dict[str, Any]) -> FileFacts:
    certs = [c for c in body.get("certs") or [] if c]
    return FileFacts(
        full_path=body.get("path") or "",
        process_path=body.get("processPath") or "",
        hash=body.get("hash") or "",
        sha256=body.get("sha256") or "",
        certificates=tuple(Certificate(c.get("sha") or "", c.get("subject") or "") for c in certs),
        created_by=tuple(text for text in body.get("createdBys") or [] if text),
    )


def list_application_options(call: Call) -> Answer:
    """The applications to choose from for "add to an existing application"."""
    call.require(SEES_APPLICATIONS)
    body, world = call.body, call.world
    wanted = body.get("organizationId", ZERO_GUID)
    owner = call.organization_id if wanted == ZERO_GUID else wanted
    if owner not in world.in_view(call.organization_id, with_children=True):
        raise wrong_organization()
    owners = {owner, world.master_id} if body.get("includeBuiltIn") else {owner}
    text = (body.get("searchText") or "").casefold()
    permitted = {
        i for p in world.policies.values() if p.policy_action_id in _PERMITS for i in p.application_ids
    }
    found = [
        application
        for application in world.applications.values()
        if application.organization_id in owners
        and application.os_type == body.get("osType", 1)
        and text in application.name.casefold()
        and (not body.get("onlyPermitted") or application.application_id in permitted)
    ]
    return ok([application_row(world, application) for application in found])


def _readable_application(call: Call) -> Application:
    call.require(SEES_APPLICATIONS)
    application = call.world.applications.get(call.guid("applicationId"))
    owners = {
        call.world.master_id,
        *call.world.above(call.organization_id),
        *call.world.in_view(call.organization_id, with_children=True),
    }
    if application is None or application.organization_id not in owners:
        raise call.unknown("Application")
    return application


def get_application(call: Call) -> Answer:
    """One application."""
    return ok(application_row(call.world, _readable_application(call)))


def get_research(call: Call) -> Answer:
    """What the vendor's researchers say of an application; not every application has been looked at."""
    research = _readable_application(call).research
    if research is None:
        raise call.unknown("Research")
    return ok(
        {
            "productName": research.product_name,
            "productDescription": research.description,
            "concernRating": research.concern_rating,
            "reviewRating": research.review_rating,
            "categories": list(research.categories),
            "countriesWhereCodeCompiled": list(research.countries),
        }
    )


def policy_row(world: World, policy: Policy) -> dict[str, Any]:
    """One policy; `computerGroupId` holds the computer, group or organization that it applies to."""
    return {
        "policyId": policy.policy_id,
        "name": policy.name,
        "policyActionId": policy.policy_action_id,
        "applicationId": policy.application_ids[0] if policy.application_ids else None,
        "applicationIdList": list(policy.application_ids),
        "computerGroupId": policy.applies_to_id,
        "appliesToName": world.place_name(policy.applies_to_id),
        "organizationId": policy.organization_id,
        "osType": policy.os_type,
        "isEnabled": policy.is_enabled,
        "logAction": True,
        "allowRequest": policy.allow_request,
        "elevationStatus": policy.elevation_status,
        "elevationEndDate": wire_time_or_none(policy.elevation_end_at),
        "policyScheduleStatus": 1 if policy.end_at else 0,
        "endDate": wire_time_or_none(policy.end_at),
        "allDevices": True,
        "allUserGroups": True,
        "description": policy.description,
    }


def get_policy(call: Call) -> Answer:
    """One policy of the organization acted on; another organization's is refused in the portal's words."""
    call.require(SEES_POLICIES)
    policy = call.world.policies.get(call.guid("policyId"))
    if policy is None or policy.organization_id != call.organization_id:
        raise wrong_organization()
    return ok(policy_row(call.world, policy))


def list_policies(call: Call) -> Answer:
    """One page of the organization's policies, narrowed by place, system, name and the portal's named filters."""
    call.require(SEES_POLICIES)
    body = call.body
    wanted = _filter_of(call, (body.get("filter") or "").casefold())
    place, os_type = body.get("computerGroupId") or ZERO_GUID, body.get("osType") or 0
    text = (body.get("searchText") or "").casefold()
    found = [
        policy
        for policy in call.world.policies.values()
        if policy.organization_id == call.organization_id
        and place in (ZERO_GUID, policy.applies_to_id)
        and os_type in (0, policy.os_type)
        and text in policy.name.casefold()
        and (not body.get("activeOnly") or is_active(policy, call.now))
        and wanted(policy)
    ]
    return _policy_page(call, found)


def is_active(policy: Policy, now: datetime) -> bool:
    """Whether a policy is switched on and has not run out."""
    return policy.is_enabled and (policy.end_at is None or policy.end_at > now)


def _filter_of(call: Call, name: str) -> Callable[[Policy], bool]:
    """The portal's named filters; a name that it does not know is refused."""
    used = {row.policy_id for row in call.world.audit}
    recent = {row.policy_id for row in call.world.audit if row.at > call.now - _SIX_WEEKS}
    filters: dict[str, Callable[[Policy], bool]] = {
        "": lambda _: True,
        "match": lambda policy: policy.policy_id in used,
        "nomatch": lambda policy: policy.policy_id not in used,
        "over6weeks": lambda policy: policy.policy_id not in recent,
        "ringfence": lambda policy: policy.policy_action_id == PERMIT_RINGFENCED,
        "noringfence": lambda policy: policy.policy_action_id != PERMIT_RINGFENCED,
        "elevation": lambda policy: policy.elevation_status > 0,
        "permitonly": lambda policy: policy.policy_action_id == PERMIT,
    }
    if name not in filters:
        raise invalid("Invalid filter")
    return filters[name]


def list_policies_of_application(call: Call) -> Answer:
    """Where an application is permitted for an organization: its own policies and those of global groups above."""
    call.require(SEES_POLICIES)
    body, world = call.body, call.world
    organization_id = body.get("organizationId") or call.organization_id
    if organization_id not in world.in_view(call.organization_id, with_children=True):
        raise wrong_organization()
    global_ids = {g.computer_group_id for g in world.groups_for(organization_id, 0) if g.is_global}
    place = body.get("appliesToId") or ZERO_GUID
    found = [
        policy
        for policy in world.policies.values()
        if body.get("applicationId") in policy.application_ids
        and (policy.organization_id == organization_id or policy.applies_to_id in global_ids)
        and place in (ZERO_GUID, policy.applies_to_id)
        and (body.get("includeDenies") or policy.policy_action_id in _PERMITS)
    ]
    return _policy_page(call, found)


def _policy_page(call: Call, found: list[Policy]) -> Answer:
    rows = [policy_row(call.world, policy) for policy in sorted(found, key=lambda p: (p.name, p.policy_id))]
    return page_of(rows, call.body.get("pageNumber", 1), call.body.get("pageSize", 25), call.rules.empty_list)
