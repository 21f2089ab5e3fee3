"""From the portal's objects to our own: what is asked (`RequestFacts`) and where it stands (`PortalState`).

A list row may be thinner than the request read alone, and the permit details repeat both. Each fact is
taken from the first place that has it, so that the same request gives the same facts whichever of them was
at hand.
"""

from bot.models import Device, PortalState, RequestFacts, Sighting, Signer
from bot.models.digests import digest_told
from bot.portal.errors import Unusable
from bot.portal.kinds import action_type_of, kind_of, standing_of, status_label
from bot.portal.wire import Action, ApprovalRequestRow, Certificate
from bot.portal.wire_permit import FileDetails, PermitDetails
from bot.rules.kinds import traits_of

_NO_STATUS = 0


def sighting_of(row: ApprovalRequestRow, details: PermitDetails | None = None) -> Sighting:
    """One look at a request. Give `details` where they were read: they fill what the row leaves out."""
    return Sighting(facts=facts_of(row, details), state=state_of(row))


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
        requested_at=row.date_time or action.datetime,
    )


def _first_digest(*told: str) -> str:
    """The first that is a digest of a file; failing that the first that says anything."""
    return next((one for one in told if digest_told(one)), next(filter(None, told), ""))


def state_of(row: ApprovalRequestRow) -> PortalState:
    """Where the request stands. A status that is missing or unknown is CLOSED: decide in the portal."""
    return PortalState(
        status_id=_NO_STATUS if row.status_id is None else row.status_id,
        status_label=status_label(row.status_id),
        standing=standing_of(row.status_id),
        decided_by=row.approved_by,
        decided_at=row.action_date,
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
