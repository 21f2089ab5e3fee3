"""What a request is and where it stands, as far as the portal's words are known. Nothing is guessed."""

from enum import IntEnum
from typing import Final

from bot.models import Kind, Standing
from bot.portal.wire import RequestCore
from bot.portal.wire_permit import PermitDetails
from bot.rules.kinds import traits_of


class RequestStatus(IntEnum):
    """The portal's documented status numbers. 10 is called Ignored and Rejected by turns, so means both."""

    PENDING = 1
    APPROVED = 4
    NOT_LEARNED = 6
    REJECTED_OR_IGNORED = 10
    ADDED_TO_APPLICATION = 12
    ESCALATED = 13
    SELF_APPROVED = 16


_LABELS: Final = {
    RequestStatus.PENDING: "Pending",
    RequestStatus.APPROVED: "Approved",
    RequestStatus.NOT_LEARNED: "Not learned",
    RequestStatus.REJECTED_OR_IGNORED: "Rejected or ignored",
    RequestStatus.ADDED_TO_APPLICATION: "Added to an application",
    RequestStatus.ESCALATED: "Escalated by Cyber Heroes",
    RequestStatus.SELF_APPROVED: "Self-approved",
}
_STANDINGS: Final = {
    RequestStatus.PENDING: Standing.PENDING,
    RequestStatus.ESCALATED: Standing.PENDING,
    RequestStatus.APPROVED: Standing.APPROVED,
    RequestStatus.SELF_APPROVED: Standing.APPROVED,
    RequestStatus.REJECTED_OR_IGNORED: Standing.REJECTED,
}
OPEN_STATUSES: Final = (int(RequestStatus.PENDING), int(RequestStatus.ESCALATED))

# The portal's action types; what it says beyond them (network, registry, powershell, dns) is OTHER.
_KINDS: Final = {
    "execute": Kind.APPLICATION,
    "install": Kind.APPLICATION,
    "elevate": Kind.ELEVATION,
    "read": Kind.STORAGE,
    "write": Kind.STORAGE,
    "move": Kind.STORAGE,
    "delete": Kind.STORAGE,
    "web": Kind.WEB_CONTROL,
}


def status_of(status_id: int | None) -> RequestStatus | None:
    """The documented status of that number; None for any other: decide in the portal."""
    try:
        return RequestStatus(status_id) if status_id is not None else None
    except ValueError:
        return None


def status_label(status_id: int | None) -> str:
    """The status in words for people."""
    status = status_of(status_id)
    if status is not None:
        return _LABELS[status]
    return "Status not given" if status_id is None else f"Unknown status {status_id}"


def standing_of(status_id: int | None) -> Standing:
    """Our word for the status; a status that we do not know is closed to us, never pending."""
    status = status_of(status_id)
    return Standing.CLOSED if status is None else _STANDINGS.get(status, Standing.CLOSED)


def action_type_of(row: RequestCore, details: PermitDetails | None = None) -> str:
    """The action type in the portal's own word, from the first place that gives one, or empty."""
    return next(iter(_action_types(row, details)), "")


def says_only(row: RequestCore, action_type: str) -> bool:
    """Whether a request names this action type and no other, wherever it names one: read and write are one kind."""
    return {word.strip().lower() for word in _action_types(row, None)} == {action_type.strip().lower()}


def kind_of(row: RequestCore, details: PermitDetails | None = None) -> Kind:
    """The kind of a request; OTHER where it is unknown, unreadable or contradicts itself."""
    if row.unreadable:
        return Kind.OTHER
    said = {_KINDS.get(word.strip().lower(), Kind.OTHER) for word in _action_types(row, details)}
    if row.is_extension_request or (details is not None and details.is_extension_request):
        said.add(Kind.APPLICATION)
    kind = said.pop() if len(said) == 1 else Kind.OTHER
    flag = details.is_elevation_request if details is not None else None
    return kind if flag is None or flag is traits_of(kind).elevates else Kind.OTHER


def _action_types(row: RequestCore, details: PermitDetails | None) -> list[str]:
    """Every action type that is told, most trusted first: action object, row, `json`, permit details."""
    inner = row.inner_json
    said = [
        row.action_object.action_type if row.action_object else "",
        row.action_type,
        inner.action_type if inner else "",
        details.action_type if details else "",
    ]
    return [word for word in said if word]
