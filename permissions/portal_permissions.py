"""The catalogue's other rows: the portal's administration, its modules, and the Super Admin family."""

from permissions import names
from permissions.permission import NO_SURFACE, Category, Combination, Permission
from permissions.terms import Page, Purpose


def _plain(category: Category, name: str, meaning: str, *, aliases: tuple[str, ...] = ()) -> Permission:
    return Permission(name=name, category=category, meaning=meaning, aliases=aliases, surfaces=NO_SURFACE)


def _pair(category: Category, view: str, edit: str, subject: str) -> tuple[Permission, Permission]:
    return (
        _plain(category, view, f"Shows {subject}."),
        Permission(
            name=edit, category=category, meaning=f"Shows and changes {subject}.", surfaces=NO_SURFACE
        ),
    )


def _needs(*any_of: str) -> tuple[Combination, ...]:
    return (Combination(Purpose.OTHER_PORTAL_PAGE, any_of),)


ADMINISTRATORS = (
    Permission(
        name=names.ASSIGN_ROLES,
        category=Category.ADMINISTRATOR,
        meaning="Gives roles to administrators and takes them away.",
        surfaces=("gives and takes roles from Slack",),
    ),
    Permission(
        name=names.CHANGE_PERMISSION,
        category=Category.ADMINISTRATOR,
        meaning="Gives and takes single permissions, never roles, once the Users page is open.",
        combined_with=(
            Combination(Purpose.OPEN_USERS_PAGE, (names.VIEW_ADMINISTRATORS, names.EDIT_ADMINISTRATORS)),
        ),
        surfaces=("gives and takes single permissions from Slack",),
    ),
    Permission(
        name=names.EDIT_ADMINISTRATORS,
        category=Category.ADMINISTRATOR,
        meaning="Adds, invites, edits and removes administrators; their permissions stay as they are.",
        surfaces=("asks what others may do", "suspends a person"),
        opens=frozenset({Page.USERS}),
    ),
    _plain(Category.ADMINISTRATOR, "Edit Logon Settings", "Changes how people sign in to the portal."),
    Permission(
        name=names.ROLE_ADMINISTRATOR,
        category=Category.ADMINISTRATOR,
        meaning="Makes, changes and deletes roles.",
        surfaces=("makes, changes and deletes custom roles from Slack",),
    ),
    Permission(
        name=names.VIEW_ADMINISTRATORS,
        category=Category.ADMINISTRATOR,
        meaning="Shows the Users page.",
        surfaces=("asks what others may do",),
        opens=frozenset({Page.USERS}),
    ),
)

APPLICATION_CONTROL = (
    Permission(
        name="Allow Application Merge",
        category=Category.APPLICATION_CONTROL,
        meaning="Merges application definitions.",
        combined_with=_needs(names.EDIT_APPLICATIONS),
    ),
    Permission(
        name=names.EDIT_APPLICATIONS,
        category=Category.APPLICATION_CONTROL,
        meaning="Shows, makes, changes, switches and deletes application definitions.",
        surfaces=("completes Manage All Maintenance Modes for Installation and Learning",),
    ),
    Permission(
        name=names.EDIT_APPLICATION_POLICIES,
        category=Category.APPLICATION_CONTROL,
        meaning="Makes, changes, moves and deletes application policies.",
        surfaces=("creates a policy", "silences a rule of the unusual"),
    ),
    _plain(Category.APPLICATION_CONTROL, "Manage Tags", "Makes tags, changes them and adds items."),
    Permission(
        name=names.PROMOTE_ORGANIZATION,
        category=Category.APPLICATION_CONTROL,
        meaning="Promotes an existing application policy to a computer group or the whole organization.",
        includes=(names.PROMOTE_GROUP,),
        aliases=("Promote To Entire Organization",),
        surfaces=("promotes a policy to a computer group or the organization",),
    ),
    Permission(
        name=names.PROMOTE_GROUP,
        category=Category.APPLICATION_CONTROL,
        meaning="Promotes an existing application policy to a computer group.",
        aliases=("Promote To Group",),
        surfaces=("promotes a policy to a computer group",),
    ),
)

BILLING = (
    _plain(Category.BILLING, "Edit Billing", "Shows the Billing page and changes what stands there."),
    _plain(Category.BILLING, "View Billing", "Shows the Billing page."),
)

COMMUNITY = (
    Permission(
        name="Manage Community",
        category=Category.COMMUNITY,
        also_in=(Category.GENERAL,),
        meaning="Publishes to the Community, and manages its settings, subscriptions and subscribers.",
    ),
    Permission(
        name="View Community",
        category=Category.COMMUNITY,
        also_in=(Category.GENERAL,),
        meaning="Shows the Community and the policies published there.",
    ),
)

_DEVICES = frozenset({Page.DEVICES})

COMPUTERS = (
    Permission(
        name=names.CHECK_IN_HISTORY,
        category=Category.COMPUTER,
        meaning="Shows when a computer checked in.",
        combined_with=(
            Combination(Purpose.OPEN_CHECK_IN_HISTORY, (names.VIEW_COMPUTERS, names.EDIT_COMPUTERS)),
        ),
        aliases=("Allow View Checkin History",),
        surfaces=("has no surface in Gatehouse: check-in history is read in the portal",),
    ),
    _plain(
        Category.COMPUTER,
        "Edit Computer Groups",
        "Shows, makes, changes, updates and deletes computer groups.",
    ),
    Permission(
        name=names.EDIT_COMPUTERS,
        category=Category.COMPUTER,
        meaning="Opens the Devices page and the mobile app's QR scanner; changes no maintenance mode alone.",
        aliases=("Edit Computer",),
        surfaces=("completes a maintenance mode from a computer", "completes the check-in history"),
        opens=_DEVICES,
    ),
    Permission(
        name=names.INSTALL_COMPUTERS,
        category=Category.COMPUTER,
        meaning="Installs the agent on computers and shows the Devices page.",
        surfaces=("completes Elevation mode from a computer",),
        opens=_DEVICES,
    ),
    Permission(
        name=names.VIEW_COMPUTERS,
        category=Category.COMPUTER,
        meaning="Shows the Devices page.",
        surfaces=("completes Elevation mode from a computer", "completes the check-in history"),
        opens=_DEVICES,
    ),
    _plain(Category.COMPUTER, "View Override Codes", "Shows the report of override codes."),
)


def _family(name: str, meaning: str, surface: str, *, aliases: tuple[str, ...] = ()) -> Permission:
    return Permission(
        name=name,
        category=Category.GENERAL,
        meaning=meaning,
        in_super_admin=False,
        in_super_admin_child=False,
        aliases=aliases,
        surfaces=(surface,),
    )


GENERAL = (
    _plain(Category.GENERAL, "Edit Integrations", "Shows, makes, changes and deletes integrations."),
    _plain(
        Category.GENERAL,
        "Edit Mutual Action Plans",
        "Works on Mutual Action Plans: people, notes, files, tasks.",
    ),
    _plain(
        Category.GENERAL,
        "Manage Local Admin Settings",
        "Manages the local administrators of Windows and macOS computers.",
    ),
    _family(
        names.SUPER_ADMIN,
        "Every permission but Allow Remediation, in its organization and everything below.",
        "everything, in its organization and everything below",
    ),
    _family(
        names.SUPER_ADMIN_CHILD,
        "Every permission but Allow Remediation and the System Audit, below its organization and not in it.",
        "everything but the record, in everything below its organization and not in it",
        aliases=("Super Admin – Child",),
    ),
    _family(
        names.SUPER_ADMIN_LOGGED_IN,
        "Every permission but Allow Remediation, in its organization and nothing below.",
        "everything in its organization and nothing below; global groups only while nothing is below",
        aliases=("Super Admin - Logged-In Organization Only", "Super Admin – Parent Only"),
    ),
    _plain(Category.GENERAL, "View Health Center", "Shows the Health Center."),
    _plain(Category.GENERAL, "View Mutual Action Plans", "Shows Mutual Action Plans with notes and files."),
    Permission(
        name=names.VIEW_REPORTS,
        category=Category.GENERAL,
        meaning="Makes and shows reports.",
        surfaces=("reads how long requests waited, and how often the rules of the unusual were right",),
    ),
    Permission(
        name=names.VIEW_SYSTEM_AUDIT,
        category=Category.GENERAL,
        meaning="Shows the System Audit.",
        in_super_admin_child=False,
        surfaces=("has no surface in Gatehouse: its record is exported with gatehouse audit export",),
    ),
    Permission(
        name=names.VIEW_UNIFIED_AUDIT,
        category=Category.GENERAL,
        meaning="Searches the Unified Audit and shows file histories; permits and denies nothing.",
        surfaces=("why blocked", "/blocked", "escalates from a look-up"),
    ),
)

NETWORK_CONTROL = (
    _plain(
        Category.NETWORK_CONTROL,
        "Edit Network Control Authorization Hosts",
        "Makes, changes and deletes authorization hosts and their passwords.",
    ),
    _plain(
        Category.NETWORK_CONTROL,
        "Edit Network Control Policies",
        "Makes, changes and deletes network policies.",
    ),
)

ORGANIZATIONS = (
    _plain(
        Category.ORGANIZATION,
        "Edit Organizations",
        "Shows organizations, changes their settings, deploys policies and deletes empty ones.",
    ),
    _plain(
        Category.ORGANIZATION,
        "View Organizations",
        "Shows organizations, deploys policies and deletes empty organizations.",
    ),
)

STORAGE_CONTROL = (
    _plain(
        Category.STORAGE_CONTROL,
        "Edit Storage Control Policies",
        "Makes, changes and deletes storage policies.",
        aliases=("Edit storage Control Policies",),
    ),
    _plain(
        Category.STORAGE_CONTROL,
        "Edit Storage Control Storage Devices",
        "Makes, changes and deletes storage devices.",
    ),
)

CONFIGURATION_MANAGER = (
    _plain(
        Category.CONFIGURATION_MANAGER,
        "Edit Configuration Manager Policies",
        "Makes, changes and deletes Configuration Manager policies.",
    ),
    _plain(
        Category.CONFIGURATION_MANAGER, "View Configuration Manager", "Shows Configuration Manager policies."
    ),
    _plain(
        Category.CONFIGURATION_MANAGER,
        "View ThreatLocker Administrator Password",
        "Shows a computer's managed administrator password.",
    ),
)

_DETECT = Category.THREATLOCKER_DETECT
_VIEW_DETECT_POLICIES = "View All ThreatLocker Detect Policies"
_VIEW_DETECT_THREATS = "View All ThreatLocker Detect Threats"

DETECT = (
    Permission(
        name=names.ALLOW_REMEDIATION,
        category=_DETECT,
        meaning="Uses the Remediator on a computer; no Super Admin has it.",
        combined_with=(*_needs(names.VIEW_COMPUTERS), *_needs(_VIEW_DETECT_THREATS)),
        in_super_admin=False,
        in_super_admin_child=False,
    ),
    _plain(
        _DETECT,
        "Edit All ThreatLocker Detect Policies",
        "Makes, changes and deletes Detect policies.",
        aliases=("Edit ThreatLocker Detect Policies",),
    ),
    Permission(
        name="Manage Cyber Hero Response Settings",
        category=_DETECT,
        meaning="Shows and changes how the vendor's response team may act.",
        combined_with=_needs(_VIEW_DETECT_POLICIES),
    ),
    Permission(
        name="Manage All ThreatLocker Detect Remediations",
        category=_DETECT,
        meaning="Acts on Detect remediations: isolates a computer or locks it down.",
        combined_with=_needs(names.VIEW_COMPUTERS),
        aliases=("Manage ThreatLocker Detect Remediations",),
    ),
    _plain(
        _DETECT,
        "Manage All ThreatLocker Detect Threats",
        "Shows and clears Detect alerts, sets their status and keeps the exclusions.",
        aliases=("Manage ThreatLocker Detect Threats",),
    ),
    _plain(
        _DETECT,
        _VIEW_DETECT_POLICIES,
        "Shows Detect policies.",
        aliases=("View ThreatLocker Detect Policies",),
    ),
    _plain(
        _DETECT,
        "View All ThreatLocker Detect Remediations",
        "Shows Detect remediations.",
        aliases=("View ThreatLocker Detect Remediations",),
    ),
    _plain(
        _DETECT,
        _VIEW_DETECT_THREATS,
        "Shows Detect threats.",
        aliases=("View ThreatLocker Detect Threats", "View Threats"),
    ),
)


def _detect(category: Category, words: str) -> tuple[Permission, ...]:
    return tuple(
        row
        for subject in ("Policies", "Remediation", "Threats")
        for row in _pair(
            category, f"View {words} {subject}", f"Edit {words} {subject}", f"{words} {subject.lower()}"
        )
    )


ENDPOINT_DETECT = _detect(Category.ENDPOINT_DETECT, "Endpoint Detect")
CLOUD_DETECT = _detect(Category.CLOUD_DETECT, "Cloud Detect")
CLOUD_CONTROL = _pair(
    Category.CLOUD_CONTROL, "View Cloud Control", "Edit Cloud Control", "named locations of Cloud Control"
)
MOBILE = _pair(Category.MOBILE, "View Mobile Devices", "Edit Mobile Devices", "mobile devices")
PATCH_MANAGEMENT = _pair(
    Category.PATCH_MANAGEMENT,
    "View Patch Management Policies",
    "Edit Patch Management Policies",
    "patch policies and missing or upcoming updates",
)
