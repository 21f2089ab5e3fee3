"""Storage approvals: the portal's prefilled form for a device, and the body that opens the device by it.

As with permits everything goes back as it came, `json` in both its places included, and only the choices
are changed. Nobody has published a storage permit that was seen to work, so this write stays off until an
installation has verified it. Read or write is what was asked: the form has no member for another one.
"""

import copy
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any, ClassVar, Final

from pydantic import Field, field_validator

from bot.models import Reach, RequestFacts, StorageTerms
from bot.portal.errors import Unusable
from bot.portal.facts import action_type_of, kind_of, says_only
from bot.portal.lenient import Wire, WireId, WireTime, object_in, put, value_in
from bot.portal.notes import appended
from bot.portal.permit_form import says_something
from bot.portal.permit_terms import Terms, digest_of_body, put_reply, wire_moment
from bot.portal.wire import ComputerGroupItem, RequestCore, listed
from bot.rules.kinds import traits_of

# Our choice, as for applications: the portal shows names in narrow columns.
_NAME_LIMIT: Final = 120


_SUBJECT: Final = (
    "json_text",
    "approval_request.approval_request_id",
    "approval_request.organization_id",
    "approval_request.computer_id",
    "approval_request.json_text",
    "approval_request.action_type",
    "approval_request.action_object.action_type",
)
_DEVICE: Final = (
    "new_storage_device.serial_number",
    "approval_request.serial_number",
    "approval_request.action_object.serial_number",
)
"""Members that a choice rests on: where one cannot be read, what rests on it is decided in the portal."""


class EntityType(IntEnum):
    """What a storage policy applies to, in the portal's numbers (one client's word, untested)."""

    COMPUTER = 0
    COMPUTER_GROUP = 1
    ORGANIZATION = 2


class StorageDevice(Wire):
    """The device as the portal would enter it."""

    storage_device_id: WireId = None
    organization_id: WireId = None
    name: str = ""
    serial_number: str = ""
    owner: str = ""
    manufacturer: str = ""


class StoragePolicyName(Wire):
    """A storage policy by id and name; how far it reaches is not told anywhere."""

    storage_policy_id: WireId = None
    name: str = ""


class StorageDetails(Wire):
    """The prefilled storage form of a request. A decision is this object (`raw`) with its choices changed."""

    also: ClassVar[Mapping[str, str]] = {"json": "json_text"}

    approval_request: RequestCore = RequestCore()
    json_text: str | None = Field(default=None, repr=False)
    existing_storage_policy: StoragePolicyName | None = None
    add_device_name: str = ""
    policy_name: str = ""
    entity_type: int | None = None
    applies_to_id: WireId = None
    policy_type: str = ""
    all_storage_devices: bool = False
    new_storage_device: StorageDevice | None = None
    device_exists: bool = False
    all_file_paths: bool = False
    selected_path: str = ""
    device_type: str = ""
    encryption_status: int = 0
    all_user_groups: bool = False
    users_list: tuple[str, ...] = ()
    expiration_date: WireTime = None
    processes_list: tuple[str, ...] = ()

    _lists = field_validator("users_list", "processes_list", mode="before")(listed)

    @property
    def serial_number(self) -> str:
        """What tells this device from others; empty: the portal knows no single device."""
        told = self.new_storage_device.serial_number if self.new_storage_device else ""
        return told or self.approval_request.action.serial_number or self.approval_request.serial_number

    @property
    def device_name(self) -> str:
        """What the portal would call the device."""
        told = self.new_storage_device.name if self.new_storage_device else ""
        return self.add_device_name or told or self.serial_number

    @property
    def path(self) -> str:
        """The path that was asked for."""
        return self.selected_path or self.approval_request.action.full_path or self.approval_request.path

    @property
    def users(self) -> tuple[str, ...]:
        """Who asked for it: the form's users, else the account of the request."""
        asked = self.approval_request.action.username or self.approval_request.username
        return tuple(dict.fromkeys(filter(None, self.users_list or (asked,))))


@dataclass(frozen=True)
class StorageBody:
    """A storage permit ready to be sent, and how far it reaches. `payload` is not to be changed."""

    request_id: str
    organization_id: str
    reach: Reach
    policy: str
    payload: dict[str, Any] = field(repr=False)

    @property
    def digest(self) -> str:
        """SHA-256 of the body with sorted keys, for the record."""
        return digest_of_body(self.payload)


def storage_speaks_of(details: StorageDetails, facts: RequestFacts) -> bool:
    """Whether the form is for what the facts show: the same request, computer, device, path and access."""
    request = details.approval_request
    device = facts.device.serial_number if facts.device else ""
    return (
        request.approval_request_id == facts.request_id
        and request.computer_id in (None, facts.computer_id)
        and request.organization_id == facts.organization_id
        and details.serial_number.casefold() == device.casefold()
        and (not details.selected_path or details.selected_path == facts.path)
        and says_only(request, facts.action_type)
    )


def storage_body(
    details: StorageDetails,
    terms: Terms,
    *,
    opening: StorageTerms,
    group: ComputerGroupItem | None = None,
    organization_wide: bool = False,
) -> StorageBody:
    """The prefilled form with every choice made; without a group and not wide, for the asking computer.

    `Unusable` where the form is too thin or contradicts itself; a global group is decided in the portal.
    ValueError where the choice makes no sense.
    """
    _check_form(details)
    _check_terms(details, terms, opening)
    reach, entity, place, where = _place(details, group, organization_wide)
    payload: dict[str, Any] = copy.deepcopy(dict(details.raw))
    _echo_of_request(payload, terms)
    put(payload, "entityType", int(entity))
    put(payload, "appliesToId", place)
    name = _policy(payload, details, opening, reach, where)
    _device(payload, opening)
    _paths_and_users(payload, opening)
    put(payload, "expirationDate", wire_moment(terms.expires_at))
    put_reply(payload, terms.reply)
    return StorageBody(
        request_id=details.approval_request.approval_request_id or "",
        organization_id=details.approval_request.organization_id or "",
        reach=reach,
        policy=name,
        payload=payload,
    )


def _check_form(details: StorageDetails) -> None:
    """Refuse a form that does not say surely what would be opened, and where."""
    if _is_unread(details, _SUBJECT):
        raise Unusable("the storage form's request, computer, organization or kind cannot be read")
    request = details.approval_request
    if not request.json_text or not details.json_text:
        raise Unusable("the storage form lacks its `json`; the portal rebuilds the device from it")
    if request.json_text != details.json_text:
        raise Unusable("the storage form holds two different `json` texts")
    for what, named in (
        ("request", request.approval_request_id),
        ("organization", request.organization_id),
        ("computer", request.computer_id),
    ):
        if named is None:
            raise Unusable(f"the storage form names no {what}")
    if not traits_of(kind_of(request)).is_storage:
        raise Unusable("the storage form is of a request that is not for storage: decide it in the portal")
    computer = details.applies_to_id if details.entity_type == EntityType.COMPUTER else None
    if computer not in (None, request.computer_id):
        raise Unusable(f"the storage form names two computers: {request.computer_id} and {computer}")


def _is_unread(details: StorageDetails, members: tuple[str, ...]) -> bool:
    """Whether one of the members, or an object that holds one, could not be read."""
    return any(member == odd or member.startswith(f"{odd}.") for member in members for odd in details.odd)


def _check_terms(details: StorageDetails, terms: Terms, opening: StorageTerms) -> None:
    """Refuse what a storage approval cannot say."""
    if terms.elevation is not None or terms.mode is not None:
        raise ValueError("a storage approval has no elevation and no maintenance mode")
    if not opening.all_devices and _is_unread(details, _DEVICE):
        raise Unusable("the storage form's device cannot be read: decide it in the portal")
    if not opening.all_devices and not details.serial_number:
        raise ValueError("the request names no single device: only all devices can be approved")
    if opening.path and not says_something(opening.path):
        raise ValueError("the path matches everything; choose every path on purpose, or say which")
    if any(not user.strip() for user in opening.users):
        raise ValueError("one of the users has no name")
    if opening.existing_policy_id:
        held = details.existing_storage_policy
        if held is None or held.storage_policy_id != opening.existing_policy_id.lower():
            raise ValueError("the portal does not offer that storage policy for this request")
        if opening.all_devices:
            raise ValueError("one device is added to a storage policy, not all devices")


def _place(
    details: StorageDetails, group: ComputerGroupItem | None, organization_wide: bool
) -> tuple[Reach, EntityType, str, str]:
    """How far: the reach, the portal's number and id for it, and its name where it is not the computer."""
    request = details.approval_request
    if group is not None and organization_wide:
        raise ValueError("choose a computer group or the entire organization, not both")
    if group is not None:
        if group.is_global is not False:
            raise Unusable("storage for a global group is decided in the portal")
        if group.organization_id != request.organization_id:
            raise ValueError("the computer group belongs to another organization")
        if request.action.os_type and group.os_type and group.os_type != request.action.os_type:
            raise ValueError("the computer group is for another operating system")
        return (
            Reach.COMPUTER_GROUP,
            EntityType.COMPUTER_GROUP,
            group.computer_group_id,
            group.name or "a group",
        )
    if organization_wide:
        return (
            Reach.ORGANIZATION,
            EntityType.ORGANIZATION,
            request.organization_id or "",
            "entire organization",
        )
    return Reach.COMPUTER, EntityType.COMPUTER, request.computer_id or "", ""


def _echo_of_request(payload: dict[str, Any], terms: Terms) -> None:
    """The request object as received, with the note and the ticket."""
    request = object_in(payload, "approvalRequest")
    put(request, "comments", appended(value_in(request, "comments"), terms.note))
    if terms.ticket:
        put(request, "ticketId", terms.ticket)
    put(payload, "approvalRequest", request)


def _policy(
    payload: dict[str, Any], details: StorageDetails, opening: StorageTerms, reach: Reach, where: str
) -> str:
    """The policy that opens the device: a new one, or the one that the portal offers to add it to."""
    if opening.existing_policy_id and details.existing_storage_policy is not None:
        put(payload, "addDeviceToExisting", True)
        put(payload, "existingStoragePolicy", copy.deepcopy(dict(details.existing_storage_policy.raw)))
        put(payload, "policyName", "")
        return details.existing_storage_policy.name
    # What the portal prefilled names the computer, so it is kept for the computer alone.
    told = details.policy_name.strip() if reach is Reach.COMPUTER else ""
    name = told or _policy_name(details, where)
    put(payload, "addDeviceToExisting", False)
    put(payload, "existingStoragePolicy", None)
    put(payload, "policyName", name)
    return name


def _policy_name(details: StorageDetails, where: str) -> str:
    """A plain name for a new policy: kind of device, read or write, and where."""
    request = details.approval_request
    place = where or request.hostname or request.computer_id or ""
    words = f"{details.device_type or 'Storage'} {action_type_of(request)} - {place}"
    return " ".join("".join(c if c.isprintable() else " " for c in words).split())[:_NAME_LIMIT]


def _device(payload: dict[str, Any], opening: StorageTerms) -> None:
    """This device or all; a name that was given is the device's name wherever the form holds one."""
    put(payload, "allStorageDevices", opening.all_devices)
    name = opening.device_name.strip()
    if not name or opening.all_devices:
        return
    put(payload, "addDeviceName", name)
    if isinstance(value_in(payload, "newStorageDevice"), Mapping):
        device = object_in(payload, "newStorageDevice")
        put(device, "name", name)
        put(payload, "newStorageDevice", device)


def _paths_and_users(payload: dict[str, Any], opening: StorageTerms) -> None:
    """A path or every path, named users or everybody. What stays unused goes back as it came."""
    put(payload, "allFilePaths", not opening.path)
    if opening.path:
        put(payload, "selectedPath", opening.path.strip())
    put(payload, "allUserGroups", not opening.users)
    put(payload, "users", "")
    put(payload, "usersList", [user.strip() for user in opening.users])
    put(payload, "userGroups", [])
