"""The people of the story, what each may do, and their access file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from permissions import BUILT_IN_ROLES
from rehearsal.slack import SlackSandbox


@dataclass(frozen=True, slots=True)
class Role:
    """One person of the story: a name, a sort of Slack account, and grants per organization's short name."""

    key: str
    name: str
    says: str
    """Who they are, in a few words."""
    grants: Mapping[str, tuple[str, ...]]
    """Organization (short name, `*` for the parent and everything below) to permissions and role names."""
    account: Mapping[str, bool]
    """Flags of the Slack account; none for an ordinary member."""
    portal_name: str = ""
    """Their account on their own computer, as the portal's requests name it."""


ROLES = (
    Role(
        "ana",
        "Ana Moreau",
        "approver on duty, all organizations, up to a computer group",
        {"*": ("Approve for Group", "View Unified Audit")},
        {},
        portal_name="amoreau",
    ),
    Role(
        "bo",
        "Bo Lindqvist",
        "junior approver, one computer at a time, Brightwater only",
        {"brightwater": ("Approve for Single Computer",)},
        {},
        portal_name="blindqvist",
    ),
    Role(
        "eve",
        "Eve Haddad",
        "elevation administrator without any right over new software",
        {"*": ("Elevation Administrator", "View Approvals")},
        {},
        portal_name="ehaddad",
    ),
    Role(
        "kim",
        "Kim Okafor",
        "escalation engineer",
        {
            "*": (
                "Approve for Entire Organization",
                "Elevation Administrator",
                "Edit Application Control Policies",
                "View Unified Audit",
                "View Reports",
            )
        },
        {},
        portal_name="kokafor",
    ),
    Role(
        "lee",
        "Lee Sandoval",
        "security lead, the second pair of eyes for what is wide",
        {"*": ("Approve for Entire Organization", "Approve for Global", "Elevation Administrator")},
        {},
        portal_name="lsandoval",
    ),
    Role(
        "hal",
        "Hal Novak",
        "help-desk technician",
        {"*": ("View Approvals", "View Unified Audit", "View Computers")},
        {},
        portal_name="hnovak",
    ),
    Role(
        "zoe",
        "Zoe Adler",
        "administrator: grants, roles, suspensions, maintenance modes; as Super Admin she may also decide",
        {"*": ("Administrator",)},
        {},
        portal_name="zadler",
    ),
    Role("ray", "Ray Quist", "auditor, reads only", {"rowanbridge": ("Read Only",)}, {}, "rquist"),
    Role("req", "Rita Vance", "an employee who asks for software", {}, {}, portal_name="rvance"),
    Role("gus", "Gus Weber", "a guest of the workspace", {}, {"multi_channel_guest": True}),
    Role("pat", "Pat Sato", "a partner, from another workspace", {}, {"foreign": True}),
    Role(
        "dee",
        "Dee Ivers",
        "a former colleague, deactivated",
        {"*": ("Approve for Group",)},
        {"deactivated": True},
        portal_name="divers",
    ),
)
PARENT = "rowanbridge"


@dataclass(frozen=True, slots=True)
class Cast:
    """Everybody's Slack ids."""

    user_ids: Mapping[str, str]

    def __getitem__(self, key: str) -> str:
        """The Slack id of a person by their short name."""
        return self.user_ids[key]


def engage(slack: SlackSandbox) -> Cast:
    """Make everybody's account in a stand-in workspace."""
    ids = {
        role.key: slack.add_person(role.key, real_name=role.name, **role.account)  # type: ignore[arg-type]
        for role in ROLES
    }
    return Cast(ids)


def access_document(cast: Cast, organizations: Mapping[str, str]) -> str:
    """The access file of the story, as TOML. `organizations` maps short names to the portal's ids."""
    lines = ["version = 1", "", "[organizations]"]
    lines += [f'{alias} = "{organization_id}"' for alias, organization_id in organizations.items()]
    for role in ROLES:
        lines += ["", f"[people.{role.key}]", f'name = "{role.name}"', f'slack = ["{cast[role.key]}"]']
        lines += [f'comment = "{role.says}"']
        if role.portal_name:
            lines.append(f'portal = ["{role.portal_name}"]')
    for role in ROLES:
        for place, held in role.grants.items():
            lines += _grant(role.key, place, held)
    return "\n".join(lines) + "\n"


def _grant(person: str, place: str, held: tuple[str, ...]) -> list[str]:
    roles = [name for name in held if name in BUILT_IN_ROLES]
    permissions = [name for name in held if name not in roles]
    lines = [
        "",
        "[[grants]]",
        f'people = ["{person}"]',
        f'organizations = ["{PARENT if place == "*" else place}"]',
    ]
    if place == "*":
        lines.append("and_below = true")
    if permissions:
        lines.append(f"permissions = {_listed(permissions)}")
    if roles:
        lines.append(f"roles = {_listed(roles)}")
    return lines


def _listed(names: list[str]) -> str:
    return "[" + ", ".join(f'"{name}"' for name in names) + "]"
