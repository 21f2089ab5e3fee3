"""Every permission alone x every action x kind x reach x place in a three-level tree; the cells are written by hand.

What is not in the table must be refused. Combinations have their tables in the tests of the rules.
"""

import pytest

from permissions import PERMISSIONS, Action, Allowed, Ask, Kind, Reach, judge

from .world import LEAF, LEFT, NOW, RIGHT, TOP, TREE, access, grant

# name | kinds seen | denied, claimed, taken over, released | approved: kind and number of reaches | others
# Kinds: a application, e elevation, s storage, w web control, o other. Reaches counted from the computer up.
TABLE = """
Approve for Entire Organization                                      | aeswo | as | a3 s3 |
Approve for Global                                                   | aeswo | as | a4 s3 |
Approve for Group                                                    | aeswo | as | a2 s2 |
Approve for Single Computer                                          | aeswo | as | a1 s1 |
Approve for Single Computer (Application Only)                       | aeswo | a  | a1    |
View Approvals                                                       | aeswo |    |       |
Edit Web Control Policies                                            | w     | w  | w3    |
Approve for Entire Organization (Learning Mode Only)                 | aeswo | as | a3 s3 |
Approve for Entire Organization (Installation Mode Only)             | aeswo | as | a3 s3 |
Approve for Group (Learning Mode Only)                               | aeswo | as | a2 s2 |
Approve for Group (Installation Mode Only)                           | aeswo | as | a2 s2 |
Approve for Single Computer (Learning Mode Only)                     | aeswo | as | a1 s1 |
Approve for Single Computer (Installation Mode Only)                 | aeswo | as | a1 s1 |
Approve for Single Computer (Application and Learning Mode Only)     | aeswo | a  | a1    |
Approve for Single Computer (Application and Installation Mode Only) | aeswo | a  | a1    |
View Unified Audit                                                   |       |    |       | look_up
View Reports                                                         |       |    |       | report
View System Audit                                                    |       |    |       | read_record
View Administrators                                                  |       |    |       | ask_about_others
Edit Administrators                                                  |       |    |       | ask_about_others suspend
Assign Roles                                                         |       |    |       | assign_roles
Role Administrator                                                   |       |    |       | administer_roles
Edit Application Control Policies                                    |       |    |       | create_policy
Promote to Group                                                     |       |    |       | promote:computer_group
Promote to Entire Organization | | | | promote:computer_group promote:organization
"""
EVERYTHING = (
    "aeswo | aesw | a{g} s3 e{g} w3 | look_up report ask_about_others suspend assign_roles administer_roles \
create_policy check_in_history change_permissions promote:computer_group promote:organization"
)
# Set on Contoso, whose child is Contoso Labs; the global group asked about is owned by Contoso.
FAMILY = {
    ("Super Admin", LEFT): EVERYTHING.format(g=4) + " read_record",
    ("Super Admin", LEAF): EVERYTHING.format(g=4) + " read_record",
    ("Super Admin - Child", LEAF): EVERYTHING.format(g=3),
    ("Super Admin – Logged-In Organization Only", LEFT): EVERYTHING.format(g=3) + " read_record",
}
LETTERS = {
    "a": Kind.APPLICATION,
    "e": Kind.ELEVATION,
    "s": Kind.STORAGE,
    "w": Kind.WEB_CONTROL,
    "o": Kind.OTHER,
}
SHOWING = (Action.VIEW, Action.QUEUE, Action.ESCALATE, Action.PROPOSE_POLICY)
ACTING = (Action.DENY, Action.CLAIM, Action.TAKE_OVER, Action.RELEASE)
Cell = tuple[Action, Kind, Reach]
ALL_CELLS = [
    (action, kind, reach)
    for action in Action
    if action is not Action.WHOAMI
    for kind in Kind
    for reach in Reach
]


def cells(row: str) -> set[Cell]:
    """The cells of one row that are allowed; what knows no kind or reach is allowed at each."""
    seen, acted, approved, *others = [part.split() for part in row.split("|")]
    found: set[Cell] = set()
    for actions, letters in ((SHOWING, seen), (ACTING, acted)):
        for letter in "".join(letters):
            found |= {(action, LETTERS[letter], reach) for action in actions for reach in Reach}
    for entry in approved:
        found |= {(Action.APPROVE, LETTERS[entry[0]], reach) for reach in list(Reach)[: int(entry[1])]}
    for entry in others[0] if others else []:
        action, _, reach = entry.partition(":")
        reaches = [Reach(reach)] if reach else list(Reach)
        found |= {(Action(action), kind, each) for kind in Kind for each in reaches}
    return found


ROWS = {name.strip(): cells(row) for name, row in (line.split("|", 1) for line in TABLE.strip().splitlines())}


def found(name: str, place: str) -> set[Cell]:
    """What this permission alone, granted at Contoso, allows at a place. The file is approved already."""
    given = access(grant(name, at=LEFT))
    return {
        (action, kind, reach)
        for action, kind, reach in ALL_CELLS
        if isinstance(
            judge(
                Ask(
                    person_id="ana",
                    action=action,
                    organization_id=place,
                    kind=kind,
                    reach=reach,
                    already_approved=True,
                    global_owner_id=LEFT,
                ),
                given,
                TREE,
                NOW,
            ),
            Allowed,
        )
    }


@pytest.mark.parametrize("place", [TOP, LEFT, RIGHT, LEAF])
@pytest.mark.parametrize("name", sorted(PERMISSIONS))
def test_a_permission_alone(name: str, place: str) -> None:
    expected = ROWS.get(name, set()) if place == LEFT else set()
    if (name, place) in FAMILY:
        expected = cells(FAMILY[name, place])
    assert found(name, place) == expected


def test_the_table_names_only_permissions() -> None:
    assert ROWS.keys() <= PERMISSIONS.keys()
    assert {name for name, _ in FAMILY} <= PERMISSIONS.keys()
    refused = sum(len(ALL_CELLS) - len(ROWS.get(name, ())) for name in PERMISSIONS)
    assert refused > sum(map(len, ROWS.values())), "refusals outnumber permissions"
