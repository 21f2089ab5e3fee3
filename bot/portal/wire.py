"""What the portal sends, as models: requests, permit details, directory, policies, Unified Audit.

Field names are the portal's, in snake case. A missing value is None, an empty text or an empty tuple; a
missing flag is None where "no" and "not said" differ. Ids are lower case, times aware UTC.
"""

import json
import re
from collections.abc import Mapping
from functools import cached_property
from typing import Annotated, Any, ClassVar

from pydantic import BeforeValidator, Field, field_validator

from bot.portal.lenient import (
    Base64Text,
    JsonObject,
    RequiredId,
    Wire,
    WireId,
    WireTime,
    is_guid,
    read_guid,
    read_id,
    value_in,
)


def listed(value: Any) -> Any:
    """A list without its nulls; one bare value stands for a list of one."""
    if isinstance(value, list | tuple):
        return tuple(item for item in value if item is not None)
    return (value,)


def _objects(value: Any) -> Any:
    """The objects of a list that nobody has published; whatever else stands in it says nothing."""
    return tuple(item for item in listed(value) if isinstance(item, Mapping | Wire))


class Certificate(Wire):
    """A signer of a file. `valid_cert` None means the portal did not say."""

    tells: ClassVar[tuple[str, ...]] = ("subject", "sha")

    sha: str = ""
    subject: str = ""
    valid_cert: bool | None = None


class Action(Wire):
    """What happened on the computer: the portal's action object, or the text of `json` read leniently."""

    also: ClassVar[Mapping[str, str]] = {"path": "full_path"}

    full_path: str = ""
    username: str = ""
    hostname: str = ""
    domain_name: str = ""
    hash: str = ""
    sha256: str = ""
    process_name: str = ""
    action_type: str = ""
    device_type: str = ""
    serial_number: str = ""
    manufacturer: str = ""
    policy_name: str = ""
    application_name: str = ""
    certs: tuple[Certificate, ...] = ()
    installed_by: tuple[str, ...] = ()
    size: int = 0
    encryption_status: int = 0
    os_type: int = 0
    datetime: WireTime = None

    _lists = field_validator("certs", "installed_by", mode="before")(listed)


# What nothing rests on: without it the request is as certain as with it (a missing time is first seen).
_BESIDE_THE_POINT = frozenset(
    {
        "action_date",
        "action_object.datetime",
        "action_object.encryption_status",
        "action_object.size",
        "date_time",
        "approval_request_timer_dto",
        "approval_request_timer_dto.request_date",
        "approval_request_timer_dto.actioned_date",
        "approval_request_timer_dto.total_time_in_seconds",
    }
)
_ODD_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


class Timer(Wire):
    """The portal's own times of a request, filled as it goes along; what is not yet is year 1, or zero."""

    request_date: WireTime = None
    actioned_date: WireTime = None
    total_time_in_seconds: int = 0


class RequestCore(Wire):
    """An approval request as far as it is told; every member may be missing."""

    also: ClassVar[Mapping[str, str]] = {"json": "json_text", "threatlockeractiondto": "action_object"}

    approval_request_id: WireId = None
    organization_id: WireId = None
    status_id: int | None = None
    organization_name: str = ""
    instance_name: str = ""
    portal_api_url: str = ""
    computer_id: WireId = None
    hostname: str = ""
    username: str = ""
    path: str = ""
    hash: str = ""
    serial_number: str = ""
    date_time: WireTime = None
    action_date: WireTime = None
    json_text: str | None = Field(default=None, repr=False)
    action_object: Action | None = None
    action_type: str = ""
    approval_request_timer_dto: Timer | None = None
    is_extension_request: bool = False
    requestor: str = ""
    requestor_reason: Base64Text = ""
    requestor_email_address: str = ""
    comments: str = ""
    ticket_id: str = ""
    notes: str = ""
    tl_instructions: str = ""
    approved_by: str = ""
    is_assigned: bool = False
    assignee_username: str = ""
    assignee_first_name: str = ""
    assignee_lastname: str = ""
    application_id: WireId = None
    policy_id: WireId = None
    is_escalated_by_cyber_hero: bool = False
    is_escalated_by_customer: bool = False
    # Set by us, never by the portal: what of this row could not be read.
    unreadable: str = ""

    @cached_property
    def inner_json(self) -> Action | None:
        """The `json` text as an action; None where it is missing or not a JSON object that we can read."""
        try:
            inner = json.loads(self.json_text or "")
        except (ValueError, RecursionError):
            return None
        read = Action.read(inner) if isinstance(inner, dict) else None
        return read if read is not None and not read.odd else None

    @property
    def action(self) -> Action:
        """The best account of what happened: the action object, else `json`, else an empty one."""
        return self.action_object or self.inner_json or Action()


def _request_id(value: object) -> str:
    """A GUID, or failing that whatever short plain text or number the portal calls the request by."""
    text = read_id(value)
    if text is None or not _ODD_ID.fullmatch(text):
        raise ValueError("the row names no request")
    return read_guid(text) if is_guid(text) else text


class ApprovalRequestRow(RequestCore):
    """An approval request of the list or of the single read.

    Its id is certain. `organization_id` is empty where the portal names none, or none that can be one: then whose it
    is is not known, nothing else of it is told, and it is of kind OTHER like every row with `unreadable`.
    """

    approval_request_id: Annotated[str, BeforeValidator(_request_id)]
    organization_id: Annotated[str, BeforeValidator(read_guid)] = ""


def read_row(received: JsonObject) -> ApprovalRequestRow:
    """A row, with `unreadable` naming what about it is odd: no request is lost.

    `ValidationError` where not even its id is told: then nothing can say which request it is.
    """
    row = ApprovalRequestRow.read(received)
    odd = set(row.odd) - _BESIDE_THE_POINT
    if not is_guid(row.approval_request_id):
        odd.add("approval_request_id")
    if not row.organization_id:
        odd.add("organization_id")
        # Nobody may be shown what is not known to be theirs.
        bare = {name: value_in(received, name) for name in ("approvalRequestId", "statusId")}
        row = ApprovalRequestRow.read(bare).model_copy(update={"raw": received})
    return row.model_copy(update={"unreadable": ", ".join(sorted(odd))})


class MatchingApplication(Wire):
    """An application whose rules cover the file. `raw` is what a permit sends back."""

    application_id: RequiredId
    name: str = ""
    application_name: str = ""
    organization_id: WireId = None
    organization_name: str = ""
    os_type: int = 0
    is_maintained: bool = False
    research_application_id: WireId = None

    @property
    def is_built_in(self) -> bool:
        """Whether the vendor keeps it: such a match counts for the entire organization only."""
        return self.organization_name.strip().lower() == "master" or self.is_maintained


class PolicyRow(Wire):
    """A policy of an application. Unsaid members stay None: they may narrow what the policy does."""

    policy_id: RequiredId
    name: str = ""
    policy_action_id: int | None = None
    application_id: WireId = None
    application_id_list: tuple[str, ...] = ()
    computer_group_id: WireId = None
    organization_id: WireId = None
    applies_to_name: str = ""
    is_enabled: bool | None = None
    all_devices: bool | None = None
    all_user_groups: bool | None = None
    elevation_status: int = 0
    elevation_end_date: WireTime = None
    policy_schedule_status: int = 0
    end_date: WireTime = None
    os_type: int = 0
    description: str = ""

    _lists = field_validator("application_id_list", mode="before")(listed)


class ComputerGroupItem(Wire):
    """A computer group that a permit may name; `raw` is pasted into the body as it came."""

    computer_group_id: RequiredId
    organization_id: WireId = None
    name: str = ""
    organization_name: str = ""
    default: bool = False
    os_type: int = 0
    is_global: bool | None = None


class ComputerRow(Wire):
    """A computer with its group and current mode. The portal's `group` is a name, never an id."""

    also: ClassVar[Mapping[str, str]] = {"group": "computer_group_name", "organization": "organization_name"}

    computer_id: RequiredId
    computer_name: str = ""
    hostname: str = ""
    computer_group_id: WireId = None
    computer_group_name: str = ""
    organization_id: WireId = None
    organization_name: str = ""
    os_type: int = 0
    action: str = ""
    mode: str = ""
    last_checkin: WireTime = None
    threat_locker_version: str = ""
    maintenance_type_id: int = 0
    maintenance_end_date: WireTime = None
    is_isolated: bool = False
    is_locked_out: bool = False
    is_tamper_protection_disabled: bool = False


class OrganizationRow(Wire):
    """An organization in the token's view.

    `listed_as_child` tells the two reasons for a missing parent apart: a root was never listed as anyone's
    child; a child without a parent id has an unknown parent, and nothing that rests on the tree may be
    decided for it.
    """

    also: ClassVar[Mapping[str, str]] = {"value": "organization_id", "label": "display_name"}

    organization_id: RequiredId
    name: str = ""
    display_name: str = ""
    parent_id: WireId = None
    computer_count: int | None = None
    listed_as_child: bool = False

    @property
    def title(self) -> str:
        """What people call it."""
        return self.display_name or self.name or self.organization_id


class EngineRating(Wire):
    """What one scanning engine says of a file, in its own words."""

    name: str = ""
    rating: str = ""


class BlockedRow(Wire):
    """A row of the Unified Audit. `action_id`: what the policy said; `effective_action`: what happened."""

    also: ClassVar[Mapping[str, str]] = {"sha256hash": "sha256", "certs": "cert_subjects"}

    action_log_id: int = 0
    e_action_log_id: WireId = None
    organization_id: WireId = None
    organization_name: str = ""
    computer_id: WireId = None
    date_time: WireTime = None
    hostname: str = ""
    username: str = ""
    full_path: str = ""
    action_type: str = ""
    action_type_id: int = 0
    action_id: int = 0
    action: str = ""
    effective_action: str = ""
    is_monitor_mode: bool | None = None
    option_to_request: bool | None = None
    policy_id: WireId = None
    policy_name: str = ""
    process_path: str = ""
    created_by_process: str = ""
    hash: str = ""
    sha256: str = ""
    cert_subjects: tuple[str, ...] = ()
    application_id: WireId = None
    application_name: str = ""
    threat_severity_level: str = ""
    engine_ratings: tuple[EngineRating, ...] = ()
    is_virus_total_unavailable: bool | None = None
    notes: str = ""
    os_type: int = 0
    size: int = 0
    total_count: int = 0

    _lists = field_validator("cert_subjects", mode="before")(listed)
    _ratings = field_validator("engine_ratings", mode="before")(_objects)


class ResearchDetails(Wire):
    """What the vendor's researchers say of an application they keep."""

    product_name: str = ""
    product_description: str = ""
    concern_rating: str = ""
    review_rating: str = ""
    categories: tuple[str, ...] = ()
    countries_where_code_compiled: tuple[str, ...] = ()

    _lists = field_validator("categories", "countries_where_code_compiled", mode="before")(listed)
