"""From the portal's objects to our own: what is asked, of which kind, and where it stands. Nothing is guessed."""

from enum import IntEnum
from typing import Final

from bot.models import Device, Kind, PortalState, RequestFacts, Sighting, Signer, Standing
from bot.models.base import digest_told
from bot.portal.errors import Unusable
from bot.portal.wire import Action, ApprovalRequestRow, Certificate, RequestCore, Timer
from bot.portal.wire_permit import FileDetails, PermitDetails
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


_NO_STATUS = 0


def sighting_of(row: ApprovalRequestRow, details: PermitDetails | None = None) -> Sighting:
    """One look at a request. Give `details` where they were read: they fill what the row leaves out."""
    return Sighting(facts=facts_of(row, details), state=state_of(row))


def is_thin(row: ApprovalRequestRow, sighting: Sighting) -> bool:
    """Whether a row without an action says too little of an open request for its kind to be known."""
    facts = sighting.facts
    is_told = bool(row.unreadable) or facts.kind is not Kind.OTHER or bool(facts.action_type)
    return not is_told and sighting.state.standing.is_open


def sighted(row: ApprovalRequestRow) -> Sighting | ApprovalRequestRow:
    """What a row says by itself; the row, where that is too little."""
    sighting = sighting_of(row)
    return row if is_thin(row, sighting) else sighting


def facts_of(row: ApprovalRequestRow, details: PermitDetails | None = None) -> RequestFacts:
    """What is asked. `Unusable` where row and details speak of different requests."""
    _same_request(row, details)
    action = row.action
    file = details.file_details if details else FileDetails()
    kind = kind_of(row, details)
    return RequestFacts(
        request_id=row.approval_request_id,
        organization_id=row.organization_id,
        organization_name=row.organization_name or file.organization_name,
        kind=kind,
        action_type=action_type_of(row, details),
        computer_id=row.computer_id or (details.computer_id if details else None) or "",
        computer_name=row.hostname or action.hostname or file.hostname,
        os_type=action.os_type or (details.os_type if details else 0),
        path=row.path or action.full_path or file.full_path,
        # A word or zeros in the place of a hash are kept to be shown, after whatever else is a digest; nothing rests on
        # them (`digest_told`).
        hash=_first_digest(row.hash, action.hash, file.hash),
        sha256=_first_digest(action.sha256, file.sha256),
        signers=_signers(action.certs or file.certificates),
        parent_process=action.process_name or file.process_path,
        created_by=action.installed_by or file.created_by_processes,
        size_bytes=action.size or file.size,
        policy_name=action.policy_name or file.policy_name,
        requestor=row.username or action.username or file.username or row.requestor,
        requestor_email=row.requestor_email_address,
        reason=row.requestor_reason or file.requestor_reason,
        device=_device(row, action) if traits_of(kind).is_storage else None,
        requested_at=row.date_time or action.datetime or _timer(row).request_date,
        # By the row alone: what only the form tells would make a press void that was made on the row.
        instructions=row.tl_instructions,
        is_extension=row.is_extension_request,
    )


def _first_digest(*told: str) -> str:
    """The first that is a digest of a file; failing that the first that says anything."""
    return next((one for one in told if digest_told(one)), next(filter(None, told), ""))


def _timer(row: ApprovalRequestRow) -> Timer:
    return row.approval_request_timer_dto or Timer()


def state_of(row: ApprovalRequestRow) -> PortalState:
    """Where the request stands. A status that is missing or unknown is CLOSED: decide in the portal."""
    return PortalState(
        status_id=_NO_STATUS if row.status_id is None else row.status_id,
        status_label=status_label(row.status_id),
        standing=standing_of(row.status_id),
        decided_by=row.approved_by,
        decided_at=row.action_date or _timer(row).actioned_date,
        timer_s=_timer(row).total_time_in_seconds if _timer(row).actioned_date is not None else 0,
        assignee=assignee_of(row),
        comments=row.comments,
        policy_id=row.policy_id or "",
        application_id=row.application_id or "",
    )


def assignee_of(row: ApprovalRequestRow) -> str:
    """The owner that the portal shows; empty where nobody is assigned."""
    name = f"{row.assignee_first_name} {row.assignee_lastname}".strip()
    return row.assignee_username or name


def _same_request(row: ApprovalRequestRow, details: PermitDetails | None) -> None:
    """Refuse details of another request: facts of two must never be mixed."""
    other = details.approval_request.approval_request_id if details else None
    if other is not None and other != row.approval_request_id:
        raise Unusable(f"the permit details speak of request {other}, not of {row.approval_request_id}")


def _signers(certificates: tuple[Certificate, ...]) -> tuple[Signer, ...]:
    """Who signed; a validity that the portal leaves out counts as not valid."""
    told = (certificate for certificate in certificates if certificate.subject or certificate.sha)
    return tuple(
        Signer(subject=one.subject, thumbprint=one.sha, valid=one.valid_cert is True) for one in told
    )


def _device(row: ApprovalRequestRow, action: Action) -> Device:
    """The storage device of the request."""
    return Device(
        type=action.device_type,
        serial_number=action.serial_number or row.serial_number,
        manufacturer=action.manufacturer,
    )
