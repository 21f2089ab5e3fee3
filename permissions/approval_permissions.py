"""The catalogue's rows that decide requests: approvals, web control, maintenance modes, deprecated ones."""

from permissions import names
from permissions.permission import Category, Combination, Permission
from permissions.terms import Kind, MaintenanceMode, Page, Purpose, Reach

_APPLICATION_AND_STORAGE = frozenset({Kind.APPLICATION, Kind.STORAGE})
_APPLICATION = frozenset({Kind.APPLICATION})
_APPROVAL_CENTER = frozenset({Page.APPROVAL_CENTER})
_DECIDES = "decides application and storage requests"
_SHOWS = "shows requests: details, queue, App Home"


def _approval(
    name: str, meaning: str, width: Reach, includes: tuple[str, ...], *, kinds: frozenset[Kind], surface: str
) -> Permission:
    return Permission(
        name=name,
        category=Category.APPROVAL,
        meaning=meaning,
        includes=(*includes, names.VIEW_APPROVALS),
        surfaces=(_SHOWS, surface, "claims"),
        decides=kinds,
        width=width,
        opens=_APPROVAL_CENTER,
    )


APPROVALS = (
    _approval(
        names.APPROVE_ORGANIZATION,
        "Decides application and storage requests up to the whole organization, by hash or custom rule.",
        Reach.ORGANIZATION,
        (names.APPROVE_GROUP, names.APPROVE_COMPUTER, names.APPROVE_APPLICATION_ONLY),
        kinds=_APPLICATION_AND_STORAGE,
        surface=f"{_DECIDES}, up to the entire organization",
    ),
    _approval(
        names.APPROVE_GLOBAL,
        "Decides application and storage requests at every reach, global groups too, by hash or custom rule.",
        Reach.GLOBAL,
        (
            names.APPROVE_ORGANIZATION,
            names.APPROVE_GROUP,
            names.APPROVE_COMPUTER,
            names.APPROVE_APPLICATION_ONLY,
        ),
        kinds=_APPLICATION_AND_STORAGE,
        surface=f"{_DECIDES}, up to the entire organization; opens global groups that the organization owns",
    ),
    _approval(
        names.APPROVE_GROUP,
        "Decides application and storage requests up to a computer group, by hash or custom rule.",
        Reach.COMPUTER_GROUP,
        (names.APPROVE_COMPUTER, names.APPROVE_APPLICATION_ONLY),
        kinds=_APPLICATION_AND_STORAGE,
        surface=f"{_DECIDES}, up to a computer group",
    ),
    _approval(
        names.APPROVE_COMPUTER,
        "Decides application and storage requests for one computer, by hash or custom rule.",
        Reach.COMPUTER,
        (names.APPROVE_APPLICATION_ONLY,),
        kinds=_APPLICATION_AND_STORAGE,
        surface=f"{_DECIDES}, one computer at a time",
    ),
    _approval(
        names.APPROVE_APPLICATION_ONLY,
        "Decides application requests for one computer at a time; storage requests are only shown.",
        Reach.COMPUTER,
        (),
        kinds=_APPLICATION,
        surface="decides application requests, one computer at a time",
    ),
    Permission(
        name=names.ELEVATION_ADMINISTRATOR,
        category=Category.APPROVAL,
        meaning="Decides elevation requests and sets Elevation mode, each together with a second permission.",
        combined_with=(
            Combination(
                Purpose.OPEN_APPROVAL_CENTER,
                (names.VIEW_APPROVALS, *names.CURRENT_APPROVALS, *names.DEPRECATED_APPROVALS),
            ),
            Combination(
                Purpose.ELEVATION_MODE, (names.VIEW_COMPUTERS, names.INSTALL_COMPUTERS, names.EDIT_COMPUTERS)
            ),
        ),
        surfaces=(
            "decides elevation requests",
            "adds elevation to an approval",
            "Elevation mode from a computer",
        ),
        decides=frozenset({Kind.ELEVATION}),
        manages=frozenset({MaintenanceMode.ELEVATION}),
    ),
    Permission(
        name=names.VIEW_APPROVALS,
        category=Category.APPROVAL,
        meaning="Opens the Approval Center and the requests in it, without deciding any.",
        surfaces=(_SHOWS,),
        opens=_APPROVAL_CENTER,
    ),
)

WEB_CONTROL = (
    Permission(
        name="View Web Control Policies",
        category=Category.WEB_CONTROL,
        meaning="Shows the Web Control page and its policies.",
    ),
    Permission(
        name=names.EDIT_WEB_CONTROL,
        category=Category.WEB_CONTROL,
        meaning="Edits the Web Control page and its policies, and decides web control requests.",
        includes=("View Web Control Policies",),
        surfaces=("shows and decides web control requests, and no others",),
        decides=frozenset({Kind.WEB_CONTROL}),
        opens=frozenset({Page.WEB_CONTROL_REQUESTS}),
    ),
)

_FROM_COMPUTER = Combination(Purpose.MODE_FROM_COMPUTER, (names.EDIT_COMPUTERS,))
_FROM_REQUEST = Combination(Purpose.MODE_FROM_REQUEST, names.CURRENT_APPROVALS)
_BOTH_DOORS = ("from an application request, with an approval right", "from a computer, with Edit Computers")
_ONE_DOOR = ("from a computer, with Edit Computers",)


def _manage(name: str, mode: MaintenanceMode, words: str, *, from_request: bool, here: bool) -> Permission:
    return Permission(
        name=name,
        category=Category.MAINTENANCE_MODE,
        meaning=f"Starts, extends and ends {words}.",
        combined_with=(_FROM_COMPUTER, _FROM_REQUEST) if from_request else (_FROM_COMPUTER,),
        surfaces=_BOTH_DOORS if here else _ONE_DOOR,
        manages=frozenset({mode}),
    )


MAINTENANCE = (
    Permission(
        name=names.MANAGE_ALL_MODES,
        category=Category.MAINTENANCE_MODE,
        meaning="Starts, extends and ends every maintenance mode.",
        combined_with=(
            _FROM_COMPUTER,
            _FROM_REQUEST,
            Combination(Purpose.INSTALLATION_AND_LEARNING, (names.EDIT_APPLICATIONS,)),
        ),
        includes=(
            names.MANAGE_INSTALLATION,
            names.MANAGE_LEARNING,
            names.MANAGE_APPLICATION_MONITOR,
            names.MANAGE_NETWORK_MONITOR,
            names.MANAGE_STORAGE_MONITOR,
            names.MANAGE_TAMPER_PROTECTION,
        ),
        surfaces=(*_BOTH_DOORS, "Installation and Learning also need Edit Application Control Applications"),
        manages=frozenset(MaintenanceMode),
    ),
    _manage(
        names.MANAGE_INSTALLATION,
        MaintenanceMode.INSTALLATION,
        "Installation mode",
        from_request=True,
        here=True,
    ),
    _manage(names.MANAGE_LEARNING, MaintenanceMode.LEARNING, "Learning mode", from_request=True, here=True),
    _manage(
        names.MANAGE_APPLICATION_MONITOR,
        MaintenanceMode.APPLICATION_MONITOR_ONLY,
        "Application Control Monitor Only mode",
        from_request=True,
        here=True,
    ),
    _manage(
        names.MANAGE_NETWORK_MONITOR,
        MaintenanceMode.NETWORK_MONITOR_ONLY,
        "Network Control Monitor Only mode",
        from_request=False,
        here=False,
    ),
    # The portal pairs it with approvals, but its storage form has no place for a mode: computers only here.
    _manage(
        names.MANAGE_STORAGE_MONITOR,
        MaintenanceMode.STORAGE_MONITOR_ONLY,
        "Storage Control Monitor Only mode",
        from_request=True,
        here=False,
    ),
    _manage(
        names.MANAGE_TAMPER_PROTECTION,
        MaintenanceMode.TAMPER_PROTECTION,
        "the pause of Tamper Protection",
        from_request=False,
        here=False,
    ),
)

_MODE_WORDS = {
    MaintenanceMode.LEARNING: ("Learning", names.MANAGE_LEARNING),
    MaintenanceMode.INSTALLATION: ("Installation", names.MANAGE_INSTALLATION),
}
_WIDTH_WORDS = {
    Reach.COMPUTER: "for one computer",
    Reach.COMPUTER_GROUP: "up to a computer group",
    Reach.ORGANIZATION: "up to the whole organization",
}


def _deprecated(
    name: str,
    width: Reach,
    mode: MaintenanceMode,
    current: str,
    *,
    kinds: frozenset[Kind] = _APPLICATION_AND_STORAGE,
) -> Permission:
    words, manage = _MODE_WORDS[mode]
    return Permission(
        name=name,
        category=Category.DEPRECATED,
        meaning=f"Older {current}: decides {_WIDTH_WORDS[width]}; with Edit Computers also {words} mode.",
        combined_with=(Combination(Purpose.MODE_FROM_REQUEST, (names.EDIT_COMPUTERS,)),),
        in_super_admin=False,
        in_super_admin_child=False,
        deprecated=True,
        replaced_by=(current, manage),
        surfaces=(
            _SHOWS,
            f"decides {' and '.join(sorted(kinds))} requests, {_WIDTH_WORDS[width]}",
            f"{words} mode from an application request, with Edit Computers",
        ),
        decides=kinds,
        width=width,
        opens=_APPROVAL_CENTER,
        old_mode=mode,
    )


_LEARNING, _INSTALLATION = MaintenanceMode.LEARNING, MaintenanceMode.INSTALLATION

DEPRECATED = (
    _deprecated(names.OLD_ORGANIZATION_LEARNING, Reach.ORGANIZATION, _LEARNING, names.APPROVE_ORGANIZATION),
    _deprecated(
        names.OLD_ORGANIZATION_INSTALLATION, Reach.ORGANIZATION, _INSTALLATION, names.APPROVE_ORGANIZATION
    ),
    _deprecated(names.OLD_GROUP_LEARNING, Reach.COMPUTER_GROUP, _LEARNING, names.APPROVE_GROUP),
    _deprecated(names.OLD_GROUP_INSTALLATION, Reach.COMPUTER_GROUP, _INSTALLATION, names.APPROVE_GROUP),
    _deprecated(names.OLD_COMPUTER_LEARNING, Reach.COMPUTER, _LEARNING, names.APPROVE_COMPUTER),
    _deprecated(names.OLD_COMPUTER_INSTALLATION, Reach.COMPUTER, _INSTALLATION, names.APPROVE_COMPUTER),
    _deprecated(
        names.OLD_APPLICATION_LEARNING,
        Reach.COMPUTER,
        _LEARNING,
        names.APPROVE_APPLICATION_ONLY,
        kinds=_APPLICATION,
    ),
    _deprecated(
        names.OLD_APPLICATION_INSTALLATION,
        Reach.COMPUTER,
        _INSTALLATION,
        names.APPROVE_APPLICATION_ONLY,
        kinds=_APPLICATION,
    ),
)
