"""What each permission alone, and each documented combination, allows: written by hand from the page and semantics.

Independent of the package: only its vocabulary is used. A row says, for an organization in which all of its
permissions are held, which cells are allowed; every other cell is refused. A combination allows what its
parts allow alone, and what its own row adds.

Kinds: a application, e elevation, s storage, w web control, o other. In the column of approvals a number
counts the reaches from the computer up; capitals are the harder forms: E elevation of software that is not
known to be approved, A S W the same request with elevation switched on.
"""

from permissions import Action, Kind, MaintenanceMode, Reach

# permissions | kinds seen | denied, claimed, taken over, released | approved | other actions | maintenance modes
ALONE = """
Approve for Entire Organization                                      | aeswo | as | a3 s3 | |
Approve for Global                                                   | aeswo | as | a4 s3 | |
Approve for Group                                                    | aeswo | as | a2 s2 | |
Approve for Single Computer                                          | aeswo | as | a1 s1 | |
Approve for Single Computer (Application Only)                       | aeswo | a  | a1    | |
View Approvals                                                       | aeswo |    |       | |
Edit Web Control Policies                                            | w     | w  | w3    | |
Approve for Entire Organization (Learning Mode Only)                 | aeswo | as | a3 s3 | |
Approve for Entire Organization (Installation Mode Only)             | aeswo | as | a3 s3 | |
Approve for Group (Learning Mode Only)                               | aeswo | as | a2 s2 | |
Approve for Group (Installation Mode Only)                           | aeswo | as | a2 s2 | |
Approve for Single Computer (Learning Mode Only)                     | aeswo | as | a1 s1 | |
Approve for Single Computer (Installation Mode Only)                 | aeswo | as | a1 s1 | |
Approve for Single Computer (Application and Learning Mode Only)     | aeswo | a  | a1    | |
Approve for Single Computer (Application and Installation Mode Only) | aeswo | a  | a1    | |
View Unified Audit                                                   |       |    |       | look_up |
View Reports                                                         |       |    |       | report |
View System Audit                                                    |       |    |       | read_record |
View Administrators                                                  |       |    |       | ask_about_others |
Edit Administrators                                                  |       |    |       | ask_about_others suspend |
Assign Roles                                                         |       |    |       | assign_roles |
Role Administrator                                                   |       |    |       | administer_roles |
Edit Application Control Policies                                    |       |    |       | create_policy |
Promote to Group                                                     |       |    |       | promote:computer_group |
Promote to Entire Organization | | | | promote:computer_group promote:organization |
"""

# What is added when all of them are held in one organization. Each is documented by the page, or by the semantics as
# what a combination does not give; an empty row adds nothing.
COMBINED = """
Elevation Administrator + View Approvals                                             | | e | e1 | |
Elevation Administrator + Approve for Entire Organization                            | | e | e3 E3 A3 S3 | |
Elevation Administrator + Approve for Global                                         | | e | e4 E4 A4 S3 | |
Elevation Administrator + Approve for Group                                          | | e | e2 E2 A2 S2 | |
Elevation Administrator + Approve for Single Computer                                | | e | e1 E1 A1 S1 | |
Elevation Administrator + Approve for Single Computer (Application Only)             | | e | e1 E1 A1 | |
Elevation Administrator + Approve for Entire Organization (Learning Mode Only)       | | e | e3 E3 A3 S3 | |
Elevation Administrator + Approve for Entire Organization (Installation Mode Only)   | | e | e3 E3 A3 S3 | |
Elevation Administrator + Approve for Group (Learning Mode Only)                     | | e | e2 E2 A2 S2 | |
Elevation Administrator + Approve for Group (Installation Mode Only)                 | | e | e2 E2 A2 S2 | |
Elevation Administrator + Approve for Single Computer (Learning Mode Only)           | | e | e1 E1 A1 S1 | |
Elevation Administrator + Approve for Single Computer (Installation Mode Only)       | | e | e1 E1 A1 S1 | |
Elevation Administrator + Approve for Single Computer (Application and Learning Mode Only)     | | e | e1 E1 A1 | |
Elevation Administrator + Approve for Single Computer (Application and Installation Mode Only) | | e | e1 E1 A1 | |
Elevation Administrator + Edit Web Control Policies                                  | | | | |
Elevation Administrator + View Unified Audit                                         | | | | |
Elevation Administrator + View Web Control Policies                                  | | | | |
Elevation Administrator + Edit Web Control Policies + View Approvals                 | | e | e1 W3 | |
Elevation Administrator + View Computers                                             | | | | | computer:elevation
Elevation Administrator + Install Computers                                          | | | | | computer:elevation
Elevation Administrator + Edit Computers                                             | | | | | computer:elevation
Elevation Administrator + Edit Computer Groups                                       | | | | |
Elevation Administrator + View Mobile Devices                                        | | | | |
Approve for Single Computer (Application Only) + Approve for Group                   | | | | |
Change Permission + View Administrators                                              | | | | change_permissions |
Change Permission + Edit Administrators                                              | | | | change_permissions |
Change Permission + Assign Roles + Role Administrator                                | | | | |
Allow View Check-in History + View Computers                                         | | | | check_in_history |
Allow View Check-in History + Edit Computers                                         | | | | check_in_history |
Allow View Check-in History + Install Computers                                      | | | | |
Allow Application Merge + Edit Application Control Applications                      | | | | |
Allow Remediation + View Computers + View All ThreatLocker Detect Threats            | | | | |
Manage Cyber Hero Response Settings + View All ThreatLocker Detect Policies          | | | | |
Manage All ThreatLocker Detect Remediations + View Computers                         | | | | |
Manage Application Control Installation Mode + Edit Computers                        | | | | | computer:installation
Manage Application Control Learning Mode + Edit Computers                            | | | | | computer:learning
Manage Application Control Monitor Only + Edit Computers                             | | | | | computer:application
Manage Network Control Monitor Only + Edit Computers                                 | | | | | computer:network
Manage Storage Control Monitor Only + Edit Computers                                 | | | | | computer:storage
Manage Tamper Protection + Edit Computers                                            | | | | | computer:tamper
Manage Tamper Protection + View Computers                                            | | | | |
Manage All Maintenance Modes + Edit Computers | | | | | computer:application,network,storage,tamper,elevation
Manage All Maintenance Modes + Edit Application Control Applications                 | | | | |
Manage All Maintenance Modes + View Approvals                                        | | | | |
Manage Network Control Monitor Only + Approve for Global                             | | | | |
Manage Application Control Learning Mode + View Approvals                            | | | | |
"""

# Manage … with a current Approve: the mode from an application request, as far as the approval goes.
WIDTHS = {
    "Approve for Single Computer (Application Only)": 1,
    "Approve for Single Computer": 1,
    "Approve for Group": 2,
    "Approve for Entire Organization": 3,
    "Approve for Global": 4,
}
MANAGED = {
    "Manage Application Control Installation Mode": "installation",
    "Manage Application Control Learning Mode": "learning",
    "Manage Application Control Monitor Only": "application",
}
# A deprecated permission with Edit Computers: its one mode, from an application request. With Manage …: nothing more.
OLD = {
    "Approve for Entire Organization (Learning Mode Only)": ("learning", 3),
    "Approve for Entire Organization (Installation Mode Only)": ("installation", 3),
    "Approve for Group (Learning Mode Only)": ("learning", 2),
    "Approve for Group (Installation Mode Only)": ("installation", 2),
    "Approve for Single Computer (Learning Mode Only)": ("learning", 1),
    "Approve for Single Computer (Installation Mode Only)": ("installation", 1),
    "Approve for Single Computer (Application and Learning Mode Only)": ("learning", 1),
    "Approve for Single Computer (Application and Installation Mode Only)": ("installation", 1),
}
ALL_MODES, APPLICATIONS = "Manage All Maintenance Modes", "Edit Application Control Applications"

# The family, set on Contoso, whose child is Contoso Labs; the global group asked about is owned by Contoso.
_EVERYTHING = (
    "aeswo | aesw | a{g} s3 e{g} w3 E{g} A{g} S3 W3 "
    "| look_up report ask_about_others suspend assign_roles administer_roles create_policy check_in_history "
    "change_permissions promote:computer_group promote:organization{record} "
    "| request:installation:{g} request:learning:{g} request:application:{g} "
    "computer:installation,learning,application,network,storage,tamper,elevation"
)
FAMILY = {
    ("Super Admin", "on it"): _EVERYTHING.format(g=4, record=" read_record"),
    ("Super Admin", "below"): _EVERYTHING.format(g=4, record=" read_record"),
    ("Super Admin - Child", "below"): _EVERYTHING.format(g=3, record=""),
    ("Super Admin – Logged-In Organization Only", "on it"): _EVERYTHING.format(g=3, record=" read_record"),
}

LETTERS = {
    "a": (Kind.APPLICATION, ""),
    "e": (Kind.ELEVATION, ""),
    "s": (Kind.STORAGE, ""),
    "w": (Kind.WEB_CONTROL, ""),
    "o": (Kind.OTHER, ""),
    "E": (Kind.ELEVATION, "not approved"),
    "A": (Kind.APPLICATION, "elevates"),
    "S": (Kind.STORAGE, "elevates"),
    "W": (Kind.WEB_CONTROL, "elevates"),
}
SHOWING = (Action.VIEW, Action.QUEUE, Action.ESCALATE, Action.PROPOSE_POLICY)
ACTING = (Action.DENY, Action.CLAIM, Action.TAKE_OVER, Action.RELEASE)
# An action, a kind, a reach, and what is special about it.
Cell = tuple[Action, Kind, Reach, str]


def cells(row: str) -> frozenset[Cell]:
    """The cells that a row allows; what knows no kind or reach is allowed at each."""
    seen, acted, approved, others, modes = [part.split() for part in row.split("|")]
    found: set[Cell] = set()
    for actions, letters in ((SHOWING, seen), (ACTING, acted)):
        for letter in "".join(letters):
            found |= {(action, LETTERS[letter][0], reach, "") for action in actions for reach in Reach}
    for entry in approved:
        kind, special = LETTERS[entry[0]]
        found |= {(Action.APPROVE, kind, reach, special) for reach in list(Reach)[: int(entry[1])]}
    for entry in others:
        action, _, named = entry.partition(":")
        reaches = [Reach(named)] if named else list(Reach)
        found |= {(Action(action), kind, reach, "") for kind in Kind for reach in reaches}
    for entry in modes:
        found |= _mode(*entry.split(":"))
    return frozenset(found)


# The modes' short names in the rows above.
MODES = {
    "installation": MaintenanceMode.INSTALLATION,
    "learning": MaintenanceMode.LEARNING,
    "application": MaintenanceMode.APPLICATION_MONITOR_ONLY,
    "network": MaintenanceMode.NETWORK_MONITOR_ONLY,
    "storage": MaintenanceMode.STORAGE_MONITOR_ONLY,
    "tamper": MaintenanceMode.TAMPER_PROTECTION,
    "elevation": MaintenanceMode.ELEVATION,
}


def _mode(door: str, modes: str, reaches: str = "4") -> set[Cell]:
    """From a request: application requests alone, alike for starting the mode and for approving with it."""
    named = [MODES[each].value for each in modes.split(",")]
    if door == "computer":
        return {
            (Action.MAINTAIN, kind, reach, f"computer:{mode}")
            for mode in named
            for kind in Kind
            for reach in Reach
        }
    return {
        (action, Kind.APPLICATION, reach, f"request:{mode}")
        for mode in named
        for action in (Action.MAINTAIN, Action.APPROVE)
        for reach in list(Reach)[: int(reaches)]
    }


def alone() -> dict[str, frozenset[Cell]]:
    """The cells of each permission that allows any."""
    lines = (line.split("|", 1) for line in ALONE.strip().splitlines())
    return {name.strip(): cells(row) for name, row in lines}


def combined() -> dict[tuple[str, ...], frozenset[Cell]]:
    """What each combination adds to what its parts allow."""
    lines = (line.split("|", 1) for line in COMBINED.strip().splitlines())
    found = {tuple(each.strip() for each in names.split(" + ")): cells(row) for names, row in lines}
    found[ALL_MODES, APPLICATIONS, "Edit Computers"] = cells("||||computer:installation,learning")
    for approve, width in WIDTHS.items():
        found["Manage Storage Control Monitor Only", approve] = frozenset()
        for manage, mode in MANAGED.items():
            found[manage, approve] = cells(f"||||request:{mode}:{width}")
        monitor = f"request:application:{width}"
        found[ALL_MODES, approve] = cells(f"||||{monitor}")
        both = f"request:learning:{width} request:installation:{width}"
        found[ALL_MODES, APPLICATIONS, approve] = cells(f"||||{monitor} {both}")
    for name, (mode, width) in OLD.items():
        found[name, "Edit Computers"] = cells(f"||||request:{mode}:{width}")
        for manage in (*MANAGED, ALL_MODES):
            found[name, manage] = frozenset()
    return found
