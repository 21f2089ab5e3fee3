"""Permit bodies: the form that the portal prefilled, sent back whole with only its choices changed.

Everything the portal gave is echoed, `json`, ringfencing and unknown members included. `permit_body`
raises `Unusable` where the form is too thin for a safe body or contradicts itself, and ValueError where
the caller asks for what makes no sense or what the portal is known to refuse.
"""

import copy
from typing import Any, Final

from yarl import URL

from bot.models import CustomRule, Kind, MaintenanceMode, Reach
from bot.portal.errors import Unusable
from bot.portal.facts import kind_of
from bot.portal.lenient import object_in, put, spelled_in, value_in
from bot.portal.notes import appended
from bot.portal.permit_form import (
    Part,
    check_form,
    custom_option,
    hash_option,
    hash_told,
    is_extension,
    needs,
)
from bot.portal.permit_terms import (
    Application,
    ExistingApplication,
    MatchedApplication,
    NewApplication,
    PermitBody,
    Terms,
    put_reply,
    wire_moment,
)
from bot.portal.wire import ComputerGroupItem, MatchingApplication
from bot.portal.wire_permit import PermitDetails
from bot.rules.kinds import traits_of

# Unused nullable members must be sent as null: left out, the portal answers an opaque 500.
_EXPLICIT_NULLS: Final = ("policyExpirationDate", "elevationExpirationDate", "actionLog")
# `policyConditions.ruleId`: the modes that a request can start; 0 is none of them.
_MODE_RULES: Final = {
    MaintenanceMode.INSTALLATION: 1,
    MaintenanceMode.LEARNING: 2,
    MaintenanceMode.APPLICATION_MONITOR_ONLY: 3,
}


def permit_body(
    details: PermitDetails,
    terms: Terms,
    *,
    application: Application,
    rule: CustomRule | None = None,
    group: ComputerGroupItem | None = None,
    organization_wide: bool = False,
) -> PermitBody:
    """The prefilled form with every choice made.

    `rule` None recognizes the file by its hash alone. Without a group and not wide, the permit is for the
    requesting computer; a group that the portal marks global is the global reach, whoever owns it. What
    nobody has shown is refused as `Unusable`: a hash rule for a form without a hash, and for a browser
    extension any rule but the hash that the form itself suggests.
    """
    kind = check_form(details)
    _check_terms(details, terms, kind)
    _check_application(details, application, organization_wide)
    options = _options(details, terms, application, rule)
    payload: dict[str, Any] = copy.deepcopy(dict(details.raw))
    _echo_of_request(payload, details, terms)
    _flags(payload, details)
    _application(payload, application)
    _conditions(payload, options, terms.mode, manual=rule is not None)
    reach = _policy_level(payload, details, group, organization_wide)
    _terms(payload, terms)
    return PermitBody(
        request_id=details.approval_request.approval_request_id or "",
        organization_id=details.organization_id or "",
        reach=reach,
        application=_title(application),
        payload=payload,
    )


def _check_terms(details: PermitDetails, terms: Terms, kind: Kind) -> None:
    """Refuse terms that the kind of request cannot have."""
    traits = traits_of(kind)
    if traits.elevates and terms.elevation is None:
        raise ValueError("an elevation request is granted with an elevation choice only")
    extra = not traits.elevates and terms.elevation is not None
    if extra:
        needs(details, Part.ELEVATION)
    if extra and details.organization_has_elevation is False:
        raise ValueError("the portal says that the organization does not have elevation")
    if terms.mode is None:
        return
    if terms.mode not in _MODE_RULES:
        raise ValueError(f"{terms.mode.value.replace('_', ' ')} mode cannot be started from a request")
    if not traits.starts_modes or terms.elevation is not None:
        raise ValueError("a maintenance mode answers an application request, without elevation")


def _check_application(details: PermitDetails, application: Application, organization_wide: bool) -> None:
    """Refuse an application that the request cannot be put into."""
    if isinstance(application, NewApplication):
        if not application.name.strip():
            raise ValueError("a new application needs a name; the portal refuses an empty one")
        return
    needs(details, Part.SYSTEM)
    row = application.row
    if row.is_built_in:
        if isinstance(application, ExistingApplication):
            raise ValueError(
                "a built-in application takes no rule of ours: choose a match or a new application"
            )
        if not organization_wide:
            raise ValueError("a built-in application can only be permitted for the entire organization")
    elif row.organization_id != details.organization_id:
        raise ValueError("the application belongs to another organization")
    if details.os_type and row.os_type and row.os_type != details.os_type:
        raise ValueError("the application is for another operating system")


def _options(
    details: PermitDetails, terms: Terms, application: Application, rule: CustomRule | None
) -> list[dict[str, Any]]:
    """The match rules that are sent: one, or none for a maintenance mode.

    A match gets the hash entry as well where there is one, as the permits that are known to have been
    accepted did; its own rules cover the file, so it may do without.
    """
    if terms.mode is not None:
        if rule is not None or not isinstance(application, NewApplication):
            raise ValueError(
                "a maintenance mode learns its rules: choose a new application and no custom rule"
            )
        return []
    if isinstance(application, MatchedApplication):
        if rule is not None:
            raise ValueError(
                "a matching application covers the file by its own rules and takes no custom rule"
            )
        needs(details, Part.HASH)
        return [hash_option(details)] if hash_told(details) and not is_extension(details) else []
    return [hash_option(details) if rule is None else custom_option(details, rule)]


def _title(application: Application) -> str:
    if isinstance(application, NewApplication):
        return application.name.strip()
    return application.row.application_name or application.row.name


def _echo_of_request(payload: dict[str, Any], details: PermitDetails, terms: Terms) -> None:
    """The request object as received, with the note and the ticket."""
    request = object_in(payload, "approvalRequest")
    put(request, "comments", appended(value_in(request, "comments"), terms.note))
    notes = object_in(payload, "adminNotes")
    put(notes, "comments", appended(value_in(notes, "comments"), terms.note))
    if terms.ticket:
        put(request, "ticketId", terms.ticket)
        put(notes, "ticket", terms.ticket)
    put(payload, "approvalRequest", request)
    put(payload, "adminNotes", notes)
    if not value_in(payload, "userinstance"):
        put(payload, "userinstance", _instance_of(details))


def _instance_of(details: PermitDetails) -> str:
    """The instance's letter, from the request; the host of its `portalApiUrl` names it as well."""
    request = details.approval_request
    host = (URL(request.portal_api_url).host or "").split(".") if request.portal_api_url else []
    letter = request.instance_name or (host[1] if len(host) > 2 else "")
    if not letter:
        raise Unusable("the permit details do not say which instance they are from")
    return letter.lower()


def _flags(payload: dict[str, Any], details: PermitDetails) -> None:
    """Members that the portal calls read-only and yet misses when they are left out."""
    is_elevation = traits_of(kind_of(details.approval_request, details)).elevates
    put(payload, "isFromApproval", True)
    put(payload, "isFromActionLog", False)
    put(payload, "hasOriginApprovalCenter", True)
    put(payload, "isElevationRequest", is_elevation)
    if value_in(payload, "isExecutionRequest") is None:
        put(payload, "isExecutionRequest", not is_elevation)
    for name in _EXPLICIT_NULLS:
        payload.setdefault(spelled_in(payload, name), None)


def _application(payload: dict[str, Any], application: Application) -> None:
    """Exactly one way to name the application; the others are switched off and null."""
    chosen = object_in(payload, "matchingApplications")
    if value_in(chosen, "hasMatchingApplication") is None:
        put(chosen, "hasMatchingApplication", False)
    nothing = {
        "useMatchingApplication": False,
        "matchingApplication": None,
        "useExistingApplication": False,
        "existingApplication": None,
        "useNewApplication": False,
        "newApplicationName": None,
    }
    for name, value in (nothing | _modes(application)).items():
        put(chosen, name, value)
    put(payload, "matchingApplications", chosen)


def _modes(application: Application) -> dict[str, Any]:
    if isinstance(application, NewApplication):
        return {"useNewApplication": True, "newApplicationName": application.name.strip()}
    row = _pasted(application.row)
    if isinstance(application, MatchedApplication):
        return {"hasMatchingApplication": True, "useMatchingApplication": True, "matchingApplication": row}
    return {"useExistingApplication": True, "existingApplication": row}


def _pasted(row: MatchingApplication | ComputerGroupItem) -> dict[str, Any]:
    return copy.deepcopy(dict(row.raw))


def _conditions(
    payload: dict[str, Any], options: list[dict[str, Any]], mode: MaintenanceMode | None, *, manual: bool
) -> None:
    """The rules or the mode: no existing policy amended, no further files."""
    conditions = object_in(payload, "policyConditions")
    choices = {
        "ruleId": 0 if mode is None else _MODE_RULES[mode],
        "useExistingPolicy": False,
        "createManualPolicy": manual,
        "manualOptions": options,
        "includedAdditionalFiles": None,
    }
    for name, value in choices.items():
        put(conditions, name, value)
    for name in ("certSubjects", "createdByProcesses"):
        if value_in(conditions, name) is None:
            put(conditions, name, [])
    put(payload, "policyConditions", conditions)


def _policy_level(
    payload: dict[str, Any], details: PermitDetails, group: ComputerGroupItem | None, organization_wide: bool
) -> Reach:
    """How far the policy reaches. This computer is "all false": the portal takes it from `computerId`."""
    if group is not None and organization_wide:
        raise ValueError("choose a computer group or the entire organization, not both")
    if organization_wide and not details.offers_organization:
        raise ValueError("the portal does not offer the entire organization for this request")
    level = object_in(payload, "policyLevel")
    put(level, "toEntireOrganization", organization_wide)
    put(level, "toComputerGroup", group is not None)
    put(level, "toComputer", False)
    put(level, "selectedComputerGroup", _pasted(group) if group else None)
    put(payload, "policyLevel", level)
    if group is None:
        return Reach.ORGANIZATION if organization_wide else Reach.COMPUTER
    return _group_reach(details, group)


def _group_reach(details: PermitDetails, group: ComputerGroupItem) -> Reach:
    """Global for a group that the portal marks so; a group that says nothing is no safe choice."""
    needs(details, Part.SYSTEM)
    if group.is_global is None:
        raise Unusable(f"the portal does not say whether computer group {group.computer_group_id} is global")
    if details.os_type and group.os_type and group.os_type != details.os_type:
        raise ValueError("the computer group is for another operating system")
    if group.is_global:
        return Reach.GLOBAL
    if group.organization_id != details.organization_id:
        raise ValueError("the computer group belongs to another organization")
    return Reach.COMPUTER_GROUP


def _terms(payload: dict[str, Any], terms: Terms) -> None:
    """Expiry, elevation and the answer to the requestor."""
    put(payload, "policyExpirationDate", wire_moment(terms.expires_at))
    elevation = terms.elevation
    put(payload, "elevationStatus", int(elevation.notice) if elevation else 0)
    put(payload, "elevationExpiration", (elevation.hours or 0) if elevation else 0)
    put(payload, "elevationExpirationDate", wire_moment(elevation.until) if elevation else None)
    put_reply(payload, terms.reply)
