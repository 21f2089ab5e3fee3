"""The words that a question about permissions is asked in: kinds, reaches, actions, modes, doors, pages."""

from enum import StrEnum


class Kind(StrEnum):
    """What an approval request asks for. OTHER is shown and never decided here."""

    APPLICATION = "application"
    ELEVATION = "elevation"
    STORAGE = "storage"
    WEB_CONTROL = "web_control"
    OTHER = "other"


class Reach(StrEnum):
    """How far an approval goes, from one computer to every organization that shares a global group."""

    COMPUTER = "computer"
    COMPUTER_GROUP = "computer_group"
    ORGANIZATION = "organization"
    GLOBAL = "global"

    @property
    def width(self) -> int:
        """0 for one computer up to 3 for global; only for comparing."""
        return _WIDTHS[self]

    def covers(self, other: "Reach") -> bool:
        """Whether a right of this width is enough for the other reach."""
        return _WIDTHS[self] >= _WIDTHS[other]


_WIDTHS = {reach: width for width, reach in enumerate(Reach)}


def wider(first: Reach, second: Reach) -> Reach:
    """The wider one of two reaches."""
    return first if first.covers(second) else second


class Action(StrEnum):
    """What somebody wants to do. Each has its row in `rules`."""

    VIEW = "view"
    APPROVE = "approve"
    DENY = "deny"
    CLAIM = "claim"
    TAKE_OVER = "take_over"
    RELEASE = "release"
    HAND_OVER = "hand_over"
    ESCALATE = "escalate"
    PROPOSE_POLICY = "propose_policy"
    LOOK_UP = "look_up"
    CHECK_IN_HISTORY = "check_in_history"
    QUEUE = "queue"
    REPORT = "report"
    READ_RECORD = "read_record"
    WHOAMI = "whoami"
    ASK_ABOUT_OTHERS = "ask_about_others"
    MAINTAIN = "maintain"
    PROMOTE = "promote"
    CREATE_POLICY = "create_policy"
    CHANGE_PERMISSIONS = "change_permissions"
    ASSIGN_ROLES = "assign_roles"
    ADMINISTER_ROLES = "administer_roles"
    SUSPEND = "suspend"


class MaintenanceMode(StrEnum):
    """The maintenance modes that the portal's permissions speak of."""

    INSTALLATION = "installation"
    LEARNING = "learning"
    APPLICATION_MONITOR_ONLY = "application_monitor_only"
    NETWORK_MONITOR_ONLY = "network_monitor_only"
    STORAGE_MONITOR_ONLY = "storage_monitor_only"
    TAMPER_PROTECTION = "tamper_protection"
    ELEVATION = "elevation"


class Door(StrEnum):
    """Where a maintenance mode is started, extended or ended from."""

    REQUEST = "request"
    COMPUTER = "computer"


class Page(StrEnum):
    """Pages of the portal that another permission may ask for by what they open, not by name."""

    APPROVAL_CENTER = "approval_center"
    WEB_CONTROL_REQUESTS = "web_control_requests"
    DEVICES = "devices"
    USERS = "users"


class Purpose(StrEnum):
    """What a combination of two permissions is for."""

    OPEN_APPROVAL_CENTER = "open the Approval Center"
    MODE_FROM_REQUEST = "use the maintenance mode from a request"
    MODE_FROM_COMPUTER = "use the maintenance mode from a computer"
    INSTALLATION_AND_LEARNING = "use Installation and Learning modes"
    ELEVATION_MODE = "set Elevation mode from a computer"
    OPEN_USERS_PAGE = "open the Users page"
    OPEN_CHECK_IN_HISTORY = "open the check-in history"
    OTHER_PORTAL_PAGE = "open a page of the portal that Gatehouse has no surface for"
