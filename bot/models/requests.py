"""An approval request as the portal holds it, in our own words."""

from __future__ import annotations

from enum import StrEnum
from pathlib import PurePosixPath, PureWindowsPath

from bot.models.base import Instant, Record, digest_of, digest_told
from permissions import Kind
from permissions.ask import rights_of

_CAME_LATER = frozenset({"instructions", "is_extension"})
MACOS, LINUX = 2, 3
"""Operating system numbers of the portal (its computer groups and requests use them); 1 is Windows."""


class Signer(Record):
    """Who signed a file, as the portal's agent read it."""

    subject: str
    thumbprint: str = ""
    valid: bool


class Device(Record):
    """The storage device of a storage request; empty strings where the portal says nothing."""

    type: str = ""
    serial_number: str = ""
    manufacturer: str = ""


class RequestFacts(Record):
    """What is asked, by whom, where. If a fact changes while the request is pending, a press is void."""

    request_id: str
    organization_id: str
    organization_name: str
    kind: Kind
    action_type: str
    """The portal's own word: execute, install, elevate, read, write, ..."""
    computer_id: str
    computer_name: str
    os_type: int
    path: str = ""
    hash: str = ""
    sha256: str = ""
    signers: tuple[Signer, ...] = ()
    parent_process: str = ""
    created_by: tuple[str, ...] = ()
    size_bytes: int = 0
    policy_name: str = ""
    requestor: str = ""
    requestor_email: str = ""
    reason: str = ""
    device: Device | None = None
    requested_at: Instant | None = None
    """None where the portal's time is missing or zero: the clock then starts at our first sight of it."""
    instructions: str = ""
    """What the portal says to whoever approves it (`tlInstructions`); empty for most."""
    is_extension: bool = False
    """It is a browser extension, which the portal approves like an application."""

    @property
    def file_name(self) -> str:
        """The last part of the path, in the way of the computer's operating system."""
        flavour = PurePosixPath if self.os_type in (MACOS, LINUX) else PureWindowsPath
        return flavour(self.path).name or self.path

    @property
    def digest(self) -> str:
        """SHA-256 over every fact; a press is void for a request whose digest is another one now.

        What came later is left out while it says nothing: digests that were written before it stay true.
        """
        told = self.model_dump(mode="json")
        return digest_of({name: value for name, value in told.items() if value or name not in _CAME_LATER})


class Standing(StrEnum):
    """Where a request stands, as far as we can rely on it."""

    PENDING = "pending"
    DECIDING = "deciding"
    """An attempt is recorded and may be on its way."""
    CHECKING = "checking"
    """The attempt's outcome is unknown; the portal is being asked."""
    APPROVED = "approved"
    REJECTED = "rejected"
    """The portal's status 10, which means rejected or ignored; our own record says which."""
    CLOSED = "closed"
    """Any other final status of the portal, or one we do not know."""

    @property
    def is_open(self) -> bool:
        """Somebody still has to decide, or an answer is still awaited."""
        return self in (Standing.PENDING, Standing.DECIDING, Standing.CHECKING)


class PortalState(Record):
    """What the portal says of a request at one moment."""

    status_id: int
    status_label: str
    standing: Standing
    """PENDING, APPROVED, REJECTED or CLOSED; never our own DECIDING or CHECKING."""
    decided_by: str = ""
    decided_at: Instant | None = None
    timer_s: int = 0
    """How long the request took by the portal's own timer, in seconds; 0 where it is not filled, or still runs."""
    assignee: str = ""
    comments: str = ""
    policy_id: str = ""
    application_id: str = ""


class Sighting(Record):
    """One request as one look at the portal showed it."""

    facts: RequestFacts
    state: PortalState


class Subject(Record):
    """What makes requests belong to one case: organization, kind, operating system and file hash."""

    organization_id: str
    kind: Kind
    os_type: int
    hash: str

    @property
    def key(self) -> str:
        """The ledger's name for this subject."""
        return digest_of(self.model_dump(mode="json"))[:32]


def subject_of(facts: RequestFacts) -> Subject | None:
    """The subject that joins requests; None where a request is its own case (no hash, storage, other)."""
    if not digest_told(facts.hash) or not rights_of(facts.kind).is_software:
        return None
    return Subject(
        organization_id=facts.organization_id.lower(),
        kind=facts.kind,
        os_type=facts.os_type,
        hash=digest_told(facts.hash),
    )
