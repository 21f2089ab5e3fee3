"""Permit bodies: the form that the portal prefilled, sent back whole with only its choices changed.

Everything the portal gave is echoed, `json` and unknown members included. Each builder raises `Unusable`
where the form is too thin for a safe body or contradicts itself, and ValueError where the caller asks for
what makes no sense.
"""

import copy
import hashlib
import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import IntEnum
from typing import Any, Final

from yarl import URL

from bot.models import Kind, Reach, RequestFacts
from bot.portal.errors import Unusable
from bot.portal.kinds import kind_of
from bot.portal.lenient import object_in, put, spelled_in, value_in
from bot.portal.notes import appended
from bot.portal.wire import ComputerGroupItem, MatchingApplication, PermitDetails

# Our choice: long enough for a file, a computer and a hash; the portal shows names in narrow columns.
_NAME_LIMIT: Final = 120
# Unused nullable members must be sent as null: left out, the portal answers an opaque 500.
_EXPLICIT_NULLS: Final = ("policyExpirationDate", "elevationExpirationDate", "actionLog")


class ElevationNotice(IntEnum):
    """The portal's elevation status numbers that grant something."""

    WITH_NOTICE = 1
    SILENT = 2


@dataclass(frozen=True)
class ElevationChoice:
    """Elevation for whole hours, or until a moment; neither: persistent. `until` is aware."""

    notice: ElevationNotice = ElevationNotice.WITH_NOTICE
    hours: int | None = 1
    until: datetime | None = None

    def __post_init__(self) -> None:
        if self.hours is not None and (self.until is not None or self.hours < 1):
            raise ValueError("elevation is for at least one hour, or until a moment, not both")


@dataclass(frozen=True)
class Reply:
    """What the requestor is told; `notify` mails it."""

    subject: str
    text: str
    notify: bool = False


@dataclass(frozen=True)
class PermitBody:
    """A permit ready to be sent, and what it does in our words. `payload` is not to be changed."""

    request_id: str
    organization_id: str
    reach: Reach
    application: str
    payload: dict[str, Any] = field(repr=False)

    @property
    def digest(self) -> str:
        """SHA-256 of the body with sorted keys, for the record."""
        return hashlib.sha256(json.dumps(self.payload, sort_keys=True).encode("ascii")).hexdigest()


@dataclass(frozen=True)
class Terms:
    """What every permit says besides its application and reach.

    `note` is appended to what the portal's notes hold (see `notes.decision_note`). `expires_at` None makes
    a permanent policy. `elevation` is required for elevation requests; None switches no elevation on.
    `reply` None leaves the answer to the requestor as the portal prefilled it.
    """

    note: str
    ticket: str | None = None
    expires_at: datetime | None = None
    elevation: ElevationChoice | None = None
    reply: Reply | None = None


def hash_rule_name(details: PermitDetails, *, wide: bool = False) -> str:
    """The name of the application that an approval makes: the same for the same file and computer, always.

    `wide`: it reaches further than the computer, so the computer is no part of the name.
    """
    file = details.file_details
    path = file.filename or file.full_path.replace("/", "\\").rsplit("\\", 1)[-1] or "file"
    computer = file.hostname or details.approval_request.hostname or details.computer_id or "computer"
    tail = f"{'' if wide else f' on {computer}'} ({_file_hash(details)[:8].upper()})"
    plain = " ".join("".join(c if c.isprintable() else " " for c in path).split())
    return plain[: _NAME_LIMIT - len(tail)] + tail


def speaks_of(details: PermitDetails, facts: RequestFacts) -> bool:
    """Whether the form would permit what the facts show: the same file, for the same computer and organization.

    `Unusable` where the form names no file hash, or two.
    """
    path = details.file_details.full_path
    return (
        _file_hash(details).casefold() == facts.hash.casefold()
        and details.computer_id == facts.computer_id
        and details.organization_id == facts.organization_id
        and (not path or path == facts.path)
    )


def permit_on_computer(
    details: PermitDetails,
    *,
    note: str,
    application_name: str,
    ticket: str | None = None,
    expires_at: datetime | None = None,
    elevation: ElevationChoice | None = None,
    reply: Reply | None = None,
) -> PermitBody:
    """The narrow safe answer: a new application, a single hash rule, the requesting computer alone."""
    terms = Terms(note, ticket, expires_at, elevation, reply)
    return permit_new(details, terms, application_name=application_name)


def permit_new(
    details: PermitDetails,
    terms: Terms,
    *,
    application_name: str,
    group: ComputerGroupItem | None = None,
    organization_wide: bool = False,
) -> PermitBody:
    """A new application with a single hash rule; without a group and not wide: for this computer."""
    name = application_name.strip()
    if not name:
        raise ValueError("a new application needs a name; the portal refuses an empty one")
    modes = {"useNewApplication": True, "newApplicationName": name}
    return _body(details, terms, modes, application=name, group=group, organization_wide=organization_wide)


def permit_matching(
    details: PermitDetails,
    terms: Terms,
    *,
    match: MatchingApplication,
    group: ComputerGroupItem | None = None,
    organization_wide: bool = False,
) -> PermitBody:
    """An application that covers the file already. Built-in ones need the entire organization."""
    if match.is_built_in and not organization_wide:
        raise ValueError("a built-in application can only be permitted for the entire organization")
    own = match.organization_id == details.organization_id
    if not own and not match.is_built_in:
        raise ValueError("the matching application belongs to another organization")
    modes = {
        "hasMatchingApplication": True,
        "useMatchingApplication": True,
        "matchingApplication": copy.deepcopy(dict(match.raw)),
    }
    title = match.application_name or match.name
    return _body(details, terms, modes, application=title, group=group, organization_wide=organization_wide)


def _body(
    details: PermitDetails,
    terms: Terms,
    modes: dict[str, Any],
    *,
    application: str,
    group: ComputerGroupItem | None,
    organization_wide: bool,
) -> PermitBody:
    """The prefilled form with every choice made."""
    _check_form(details, terms)
    payload: dict[str, Any] = copy.deepcopy(dict(details.raw))
    _echo_of_request(payload, details, terms)
    _flags(payload, details)
    _application(payload, modes)
    _hash_rule(payload, _file_hash(details))
    reach = _policy_level(payload, details, group, organization_wide)
    _terms(payload, terms)
    return PermitBody(
        request_id=details.approval_request.approval_request_id or "",
        organization_id=details.organization_id or "",
        reach=reach,
        application=application,
        payload=payload,
    )


def _check_form(details: PermitDetails, terms: Terms) -> None:
    """Refuse a form that does not say surely what would be permitted, and where."""
    request = details.approval_request
    if not request.json_text:
        raise Unusable("the permit details hold no `json`; the portal rebuilds the file from it")
    for what, ids in {
        "request": (request.approval_request_id,),
        "computer": (details.computer_id, request.computer_id),
        "organization": (details.organization_id, request.organization_id),
    }.items():
        if ids[0] is None:
            raise Unusable(f"the permit details name no {what}")
        if len({one for one in ids if one}) > 1:
            raise Unusable(f"the permit details name two {what}s: {ids[0]} and {ids[1]}")
    kind = kind_of(request, details)
    if kind not in (Kind.APPLICATION, Kind.ELEVATION):
        raise Unusable(f"a permit of kind {kind.value!r} is decided in the portal")
    if kind is Kind.ELEVATION and terms.elevation is None:
        raise ValueError("an elevation request is granted with an elevation choice only")


def _file_hash(details: PermitDetails) -> str:
    """The portal's hash of the file; `Unusable` without one, or where its places disagree."""
    request, inner = details.approval_request, details.approval_request.inner_json
    told = [
        details.file_details.hash,
        request.hash,
        request.action_object.hash if request.action_object else "",
        inner.hash if inner else "",
    ]
    named = [one for one in told if one]
    if not named:
        raise Unusable("the permit details hold no file hash; a hash rule cannot be made")
    if len({one.lower() for one in named}) > 1:
        raise Unusable("the permit details name different file hashes")
    return named[0]


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
    is_elevation = kind_of(details.approval_request, details) is Kind.ELEVATION
    put(payload, "isFromApproval", True)
    put(payload, "isFromActionLog", False)
    put(payload, "hasOriginApprovalCenter", True)
    put(payload, "isElevationRequest", is_elevation)
    if value_in(payload, "isExecutionRequest") is None:
        put(payload, "isExecutionRequest", not is_elevation)
    for name in _EXPLICIT_NULLS:
        payload.setdefault(spelled_in(payload, name), None)


def _application(payload: dict[str, Any], modes: dict[str, Any]) -> None:
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
    for name, value in (nothing | modes).items():
        put(chosen, name, value)
    put(payload, "matchingApplications", chosen)


def _hash_rule(payload: dict[str, Any], file_hash: str) -> None:
    """One rule, by hash alone: no maintenance mode, no existing policy amended, no further files."""
    conditions = object_in(payload, "policyConditions")
    rule = dict.fromkeys(("fullPath", "processPath", "cert", "createdBy"))
    choices = {
        "ruleId": 0,
        "useExistingPolicy": False,
        "createManualPolicy": False,
        "manualOptions": [{**rule, "hash": file_hash, "isDefaultOption": True, "disabled": False}],
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
    if organization_wide and details.policy_level.can_use_entire_organization is False:
        raise ValueError("the portal does not offer the entire organization for this request")
    level = object_in(payload, "policyLevel")
    put(level, "toEntireOrganization", organization_wide)
    put(level, "toComputerGroup", group is not None)
    put(level, "toComputer", False)
    put(level, "selectedComputerGroup", copy.deepcopy(dict(group.raw)) if group else None)
    put(payload, "policyLevel", level)
    if group is None:
        return Reach.ORGANIZATION if organization_wide else Reach.COMPUTER
    return _group_reach(details, group)


def _group_reach(details: PermitDetails, group: ComputerGroupItem) -> Reach:
    """Global for a group that the portal marks so; a group that says nothing is no safe choice."""
    if group.is_global is None:
        raise Unusable(f"the portal does not say whether computer group {group.computer_group_id} is global")
    if group.is_global:
        return Reach.GLOBAL
    if group.organization_id != details.organization_id:
        raise ValueError("the computer group belongs to another organization")
    if details.os_type and group.os_type and group.os_type != details.os_type:
        raise ValueError("the computer group is for another operating system")
    return Reach.COMPUTER_GROUP


def _terms(payload: dict[str, Any], terms: Terms) -> None:
    """Expiry, elevation and the answer to the requestor."""
    put(payload, "policyExpirationDate", _utc(terms.expires_at))
    elevation = terms.elevation
    put(payload, "elevationStatus", int(elevation.notice) if elevation else 0)
    put(payload, "elevationExpiration", (elevation.hours or 0) if elevation else 0)
    put(payload, "elevationExpirationDate", _utc(elevation.until) if elevation else None)
    if terms.reply is not None:
        put(payload, "responseSubject", terms.reply.subject)
        put(payload, "responseReason", terms.reply.text)
        put(payload, "notifyOnResponse", terms.reply.notify)


def _utc(moment: datetime | None) -> str | None:
    """A time as the portal reads it: UTC, whole seconds, Z."""
    if moment is None:
        return None
    if moment.tzinfo is None:
        raise ValueError("a time without a zone; give an aware one")
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
