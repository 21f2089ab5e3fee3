"""What a permit form may still be used for when something in it could not be read: all that does not rest on that."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from bot.portal.errors import Unusable
from bot.portal.wire_permit import PermitDetails


class Part(StrEnum):
    """What an approval may rest on, in words that complete “the permit form's …”."""

    SUBJECT = "request, computer, organization or kind"
    HASH = "file hash"
    SIGNER = "certificates"
    PATH = "path"
    PROCESS = "process"
    CREATED_BY = "creating processes"
    SYSTEM = "operating system"
    WIDTH = "word on the entire organization"
    ELEVATION = "word on Elevation"


_REQUEST: Final = "approval_request"
_ACTION: Final = f"{_REQUEST}.action_object"
_MEMBERS: Final = {
    Part.SUBJECT: (
        "computer_id",
        "organization_id",
        "action_type",
        "is_elevation_request",
        "is_extension_request",
        f"{_REQUEST}.approval_request_id",
        f"{_REQUEST}.organization_id",
        f"{_REQUEST}.computer_id",
        f"{_REQUEST}.json_text",
        f"{_REQUEST}.action_type",
        f"{_REQUEST}.is_extension_request",
        f"{_ACTION}.action_type",
    ),
    Part.HASH: ("file_details.hash", f"{_REQUEST}.hash", f"{_ACTION}.hash"),
    Part.SIGNER: ("file_details.certificates", "policy_conditions.cert_subjects", f"{_ACTION}.certs"),
    Part.PATH: ("file_details.full_path", f"{_REQUEST}.path", f"{_ACTION}.full_path"),
    Part.PROCESS: ("file_details.process_path", f"{_ACTION}.process_name"),
    Part.CREATED_BY: (
        "file_details.created_by_processes",
        "policy_conditions.created_by_processes",
        f"{_ACTION}.installed_by",
    ),
    Part.SYSTEM: ("os_type", f"{_ACTION}.os_type"),
    Part.WIDTH: ("policy_level.can_use_entire_organization",),
    Part.ELEVATION: ("has_elevation", "organization_has_elevation"),
}
_PLAIN_CASE: Final = (Part.HASH, Part.SIGNER, Part.PATH, Part.PROCESS, Part.CREATED_BY)
"""What the card shows as evidence, so that one press may rest on it."""


def is_unread(details: PermitDetails, part: Part) -> bool:
    """Whether a member of this part, or an object that holds one, could not be read."""
    return any(
        member == odd or member.startswith(f"{odd}.") for member in _MEMBERS[part] for odd in details.odd
    )


def needs(details: PermitDetails, *parts: Part) -> None:
    """`Unusable` where one of the parts could not be read."""
    for part in parts:
        if is_unread(details, part):
            raise Unusable(f"the permit form's {part.value} cannot be read: decide it in the portal")


def unread_parts(details: PermitDetails) -> tuple[str, ...]:
    """The parts that could not be read, in words; what depends on them is closed."""
    return tuple(part.value for part in Part if is_unread(details, part))


def why_no_one_press(details: PermitDetails) -> str:
    """Why one press may not rest on this form, as a clause; empty if it may."""
    unread = [part.value for part in _PLAIN_CASE if is_unread(details, part)]
    return f"the permit form's {' and '.join(unread)} cannot be read" if unread else ""
