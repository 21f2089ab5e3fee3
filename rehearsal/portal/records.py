"""What the stand-in portal remembers: frozen records with our own field names.

The portal's wire names appear only where answers are written (`wire_*.py`) and bodies are read.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

ZERO_GUID: Final = "00000000-0000-0000-0000-000000000000"
WINDOWS: Final = 1
MACOS: Final = 2

PENDING: Final = 1
APPROVED: Final = 4
REJECTED_OR_IGNORED: Final = 10
ESCALATED: Final = 13
OPEN_STATUSES: Final = frozenset({PENDING, ESCALATED})
LISTABLE_STATUSES: Final = {
    1: "Pending",
    4: "Approved",
    6: "Not Learned",
    10: "Rejected/Ignored",
    12: "Added to Application",
    13: "Escalated",
    16: "Self-Approved",
}
"""The seven values that the list accepts; anything else is answered with a server error."""

PERMIT: Final = 1
DENY: Final = 2
DENY_WITH_REQUEST: Final = 3
PERMIT_RINGFENCED: Final = 6
DENY_ACTIONS: Final = frozenset({DENY, DENY_WITH_REQUEST})

ACTION_TYPE_IDS: Final = {
    "baseline": 1,
    "configuration": 2,
    "delete": 3,
    "elevate": 4,
    "execute": 5,
    "install": 6,
    "move": 7,
    "network": 8,
    "powershell": 10,
    "read": 11,
    "registry": 12,
    "write": 14,
}
APPLICATION_TYPES: Final = frozenset({"execute", "install"})
STORAGE_TYPES: Final = frozenset({"read", "write", "move", "delete"})


@dataclass(frozen=True)
class Organization:
    """One tenant; `parent_id` is None for the top and for the vendor's own "master"."""

    organization_id: str
    name: str
    display_name: str
    domain: str
    parent_id: str | None
    added_at: datetime
    has_elevation: bool = True


@dataclass(frozen=True)
class ComputerGroup:
    """Computers of one operating system that share policies; a global one serves the organizations below."""

    computer_group_id: str
    name: str
    organization_id: str
    os_type: int
    is_default: bool = False
    is_global: bool = False


@dataclass(frozen=True)
class Computer:
    """One protected machine and whoever usually sits at it."""

    computer_id: str
    name: str
    computer_group_id: str
    organization_id: str
    os_type: int
    user: str
    ip_address: str
    added_at: datetime
    last_check_in_at: datetime
    maintenance_type_id: int = 0
    maintenance_end_at: datetime | None = None


@dataclass(frozen=True)
class Certificate:
    """A signature on a file, as the endpoint read it."""

    sha: str
    subject: str
    is_valid: bool = True


@dataclass(frozen=True)
class FileFacts:
    """What the endpoint knew about the thing that was stopped; storage and web requests have no hash."""

    full_path: str
    process_path: str
    hash: str = ""
    sha256: str = ""
    size_bytes: int = 0
    certificates: tuple[Certificate, ...] = ()
    created_by: tuple[str, ...] = ()
    serial_number: str = ""
    device_type: str = ""
    manufacturer: str = ""
    store_url: str = ""
    is_known_bad: bool = False
    is_all_devices: bool = False

    @property
    def file_name(self) -> str:
        """The last part of the path, whichever slash it uses."""
        return self.full_path.replace("\\", "/").rsplit("/", 1)[-1]


@dataclass(frozen=True)
class FileRule:
    """One match rule of an application: every member that is set must match."""

    hash: str | None = None
    full_path: str | None = None
    process_path: str | None = None
    cert: str | None = None
    created_by: str | None = None


@dataclass(frozen=True)
class Research:
    """The vendor's opinion of a product; `concern_rating` runs from 1 (none) to 5 (grave), our assumption."""

    product_name: str
    description: str
    concern_rating: int
    review_rating: int
    categories: tuple[str, ...]
    countries: tuple[str, ...]


@dataclass(frozen=True)
class Application:
    """A named set of file rules; built-ins belong to the vendor's organization "master"."""

    application_id: str
    name: str
    organization_id: str
    os_type: int
    rules: tuple[FileRule, ...]
    research: Research | None = None


@dataclass(frozen=True)
class Policy:
    """Permit or deny at one place: `applies_to_id` is a computer, a group or an organization."""

    policy_id: str
    name: str
    policy_action_id: int
    application_ids: tuple[str, ...]
    applies_to_id: str
    organization_id: str
    os_type: int
    created_at: datetime
    is_enabled: bool = True
    allow_request: bool = False
    elevation_status: int = 0
    elevation_end_at: datetime | None = None
    end_at: datetime | None = None
    description: str = ""


@dataclass(frozen=True)
class StoragePolicy:
    """Who may read or write which device where; `*` is every path, every user, every device."""

    storage_policy_id: str
    name: str
    organization_id: str
    applies_to_id: str
    serial_numbers: tuple[str, ...]
    path: str
    end_at: datetime | None = None
    users: tuple[str, ...] = ("*",)
    action_type: str = ""


@dataclass(frozen=True)
class MaintenanceMode:
    """A span in which a computer is protected less; `ended_by` stays empty when it ran out by itself."""

    maintenance_mode_id: str
    computer_id: str
    maintenance_type_id: int
    start_at: datetime
    end_at: datetime
    added_by: str
    ended_by: str = ""
    notes: str | None = None


@dataclass(frozen=True)
class ApprovalRequest:
    """One approval request as the portal holds it. `json` is stored once and compared byte for byte."""

    approval_request_id: str
    organization_id: str
    computer_id: str
    action_type: str
    file: FileFacts
    username: str
    requestor: str
    reason: str
    email: str
    requested_at: datetime
    audit_row_id: str
    policy_id: str
    policy_name: str
    json: str
    is_extension: bool = False
    status_id: int = PENDING
    decided_at: datetime | None = None
    approved_by: str = ""
    comments: str = ""
    notes: str = ""
    ticket_id: str = ""
    ticket_manager: str = ""
    instructions: str = ""
    is_authorized: bool = False
    assignee: str = ""
    assignee_user_id: str | None = None
    assigned_at: datetime | None = None
    new_policy_id: str | None = None
    new_application_id: str | None = None
    response_subject: str = ""
    response_reason: str = ""

    @property
    def is_open(self) -> bool:
        """Whether it still waits for a decision (pending, or escalated to the customer)."""
        return self.status_id in OPEN_STATUSES


@dataclass(frozen=True)
class AuditRow:
    """One row of the Unified Audit."""

    number: int
    audit_row_id: str
    organization_id: str
    computer_id: str
    at: datetime
    action_type: str
    action_id: int
    username: str
    file: FileFacts
    policy_id: str
    policy_name: str
    is_monitor_mode: bool = False
    application_id: str = ZERO_GUID
    process_id: int = 0

    @property
    def is_deny(self) -> bool:
        """Whether the policy said no, be it enforced or only simulated."""
        return self.action_id in DENY_ACTIONS


@dataclass(frozen=True)
class UserRole:
    """A custom role of an organization."""

    user_role_id: str
    organization_id: str
    name: str
    permissions: tuple[str, ...] = ()


@dataclass(frozen=True)
class SystemAuditRow:
    """One line of what portal users and API users did."""

    system_audit_id: str
    organization_id: str
    email: str
    action: str
    function: str
    object_id: str
    details: str
    at: datetime
    is_permitted: bool = True


@dataclass(frozen=True)
class Token:
    """An API user: its secret, its name in the portal, its permissions, and where they hold and below."""

    secret: str = field(repr=False)
    name: str
    user_id: str
    organization_id: str
    permissions: frozenset[str]
