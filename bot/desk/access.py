"""The grants in force: the accepted access file, what was given and stopped in Slack, and Slack's user groups.

Both versions are read at every press; only what they name is kept. Whoever cannot read them gets no answer, and so
refuses.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Protocol

import structlog

from bot.chat import UserGroups
from bot.ledger import Ledger, StoredGiven
from bot.models import Given, SlackGrant, SlackRole, Suspension
from bot.portal import PortalError
from permissions import (
    BUILT_IN_ROLES,
    Access,
    Gift,
    Grant,
    OrganizationTree,
    Origin,
    Role,
    Source,
    first_end,
    parse_access_document,
    same_id,
    standing,
)
from permissions.catalogue import folded
from permissions.roles import built_in, exact_names

log = structlog.get_logger()

_NO_TREE = OrganizationTree((), fetched_at=datetime(1970, 1, 2, tzinfo=UTC))
"""Nothing is known of the organizations: nobody's right in one of them can be told."""
Members = Mapping[str, frozenset[str]]
"""User group ids to the Slack ids of their members."""


class NoAccess(Exception):
    """No accepted access generation can be read: nobody may do anything until one is."""


class Trees(Protocol):
    """Where the portal's organizations come from."""

    async def current(self, *, holding: str = "") -> OrganizationTree:
        """Young enough for a verdict. Raises PortalError."""

    def latest(self) -> OrganizationTree | None:
        """Whatever was read last."""


@dataclass(frozen=True, slots=True)
class Ground:
    """What the sources are composed on: who is in the user groups, the organizations, and the time."""

    members: Members
    silent: tuple[str, ...]
    tree: OrganizationTree
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class InForce:
    """The grants at one moment, all sources together, and what they were made of."""

    access: Access
    """What verdicts are made on: nothing of a suspended person counts in it."""
    file: Access
    """The access file alone."""
    given: Given
    given_version: int
    silent_user_groups: tuple[str, ...] = ()
    """User groups of the file whose members Slack does not tell now; what they hold counts for nobody."""
    fallen: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Slack grants by id, and what of each does not count since its giver could not give it now (semantics 11.4)."""
    ground: Ground
    """What it was composed on, to compose it anew."""

    def with_given(self, given: Given) -> InForce:
        """What would be in force with this instead: for telling what falls with a change before it is made."""
        return _composed(self.file, StoredGiven(given, self.given_version), self.ground)

    def suspension_of(self, person_id: str) -> Suspension | None:
        """The person's suspension; None when nothing is stopped."""
        return self.given.suspension_of(person_id)

    def slack_role(self, name: str, organization_id: str) -> SlackRole | None:
        """The role of this name, in any spelling, that was made in Slack for this organization; also a resting one."""
        place = same_id(organization_id)
        return next(
            (
                each
                for each in self.given.roles
                if same_id(each.organization_id) == place and folded(each.name) == folded(name)
            ),
            None,
        )

    def displacing(self, role: SlackRole) -> Role | None:
        """The access file's role that has taken this one's name; None while this one counts."""
        return displacing(role, self.file)


@dataclass(slots=True)
class AccessDesk:
    """Composes the grants in force; what was composed is kept as long as nothing of it changes."""

    ledger: Ledger
    user_groups: UserGroups | None = None
    """None where Slack cannot be asked: then what user groups hold counts for nobody."""
    tree: Trees | None = None
    """None where the portal cannot be asked: then nobody's gifts count, since nobody's right to give can be told."""
    _file: Access | None = None
    _given: StoredGiven | None = None
    _kept: tuple[tuple[object, ...], InForce] | None = None
    _until: datetime | None = None
    """The first end of a grant in what is kept."""

    async def current(self) -> Access:
        """The grants in force now. Raises NoAccess or LedgerUnavailable: who cannot be checked may not."""
        return (await self.in_force()).access

    async def file(self) -> Access:
        """The access file in force alone, without asking Slack: for names, never for a verdict. Raises NoAccess."""
        return await self._read_file(await self.ledger.access_generation())

    async def in_force(self) -> InForce:
        """The grants in force now, and what they are made of. Raises NoAccess or LedgerUnavailable."""
        versions = await self.ledger.access_versions()
        file = await self._read_file(versions.generation)
        stored = await self._read_given(versions.given)
        now = self.ledger.now()
        members, silent = await self._members(file, now)
        tree = await self._tree() if stored.given.grants else _NO_TREE
        key = (file.generation, stored.version, members, silent, tree.fetched_at, tree.is_fresh(now))
        if self._kept is None or self._kept[0] != key or self._is_over(now):
            found = _composed(file, stored, Ground(members, silent, tree, now))
            self._kept, self._until = (key, found), first_end(found.access.grants, now)
        return self._kept[1]

    def _is_over(self, now: datetime) -> bool:
        """Whether a grant has ended since: what its holder gave may fall with it."""
        return self._until is not None and now >= self._until

    async def _tree(self) -> OrganizationTree:
        """The organizations, by which a giver's right is told; the last ones, or none, while the portal is away."""
        if self.tree is None:
            return _NO_TREE
        try:
            return await self.tree.current()
        except PortalError as error:
            log.info("givers_judged_on_old_organizations", why=str(error))
            return self.tree.latest() or _NO_TREE

    async def _read_file(self, generation: int) -> Access:
        kept = self._file
        if kept is None or kept.generation != generation:
            accepted = await self.ledger.access()
            if accepted is None:
                raise NoAccess("no access file has been accepted yet")
            if not accepted.is_genuine:
                raise NoAccess(
                    "the access file in the ledger was not put there by Gatehouse, or by one with another LEDGER_KEY "
                    "or bot token"
                )
            kept = parse_access_document(accepted.document).with_generation(accepted.generation)
            self._file = kept
        return kept

    async def _read_given(self, version: int) -> StoredGiven:
        kept = self._given
        if kept is None or kept.version != version:
            kept = self._given = await self.ledger.given()
        return kept

    async def _members(self, file: Access, now: datetime) -> tuple[Members, tuple[str, ...]]:
        """Who belongs to the file's user groups, and which of them Slack does not tell."""
        wanted = sorted({grant.person_id for grant in file.user_group_grants})
        if not wanted:
            return {}, ()
        if self.user_groups is None:
            return {}, tuple(wanted)
        told = await asyncio.gather(*(self.user_groups.members(each, now) for each in wanted))
        known = {group: members for group, members in zip(wanted, told, strict=True) if members is not None}
        return known, tuple(group for group in wanted if group not in known)


def _composed(file: Access, stored: StoredGiven, ground: Ground) -> InForce:
    """All three sources as one list; each grant carries where it came from, and nothing of the suspended counts."""
    given = stored.given
    access = file.with_members(ground.members) if ground.members else file
    counting = [as_role(each) for each in given.roles if displacing(each, file) is None]
    if counting:
        access = access.with_roles(counting)
    if given.suspensions:
        access = access.with_suspended(each.person_id for each in given.suspensions)
    gifts = [
        Gift(each.grant_id, grant, each.given_by.person_id)
        for each in given.grants
        if (grant := as_grant(each, file, given)) is not None
    ]
    stands = standing(access, gifts, ground.tree, ground.at)
    return InForce(
        access=access.with_grants(stands.grants) if stands.grants else access,
        file=file,
        given=given,
        given_version=stored.version,
        silent_user_groups=ground.silent,
        fallen=stands.fallen,
        ground=ground,
    )


def as_grant(grant: SlackGrant, file: Access, given: Given) -> Grant | None:
    """A grant of the ledger as the verdict reads it. None: its role is not there any more, so it gives nothing."""
    permissions: frozenset[str] | None = frozenset({grant.permission})
    detail = f"{grant.grant_id} by {grant.given_by.name}"
    if grant.role_id:
        role = given.role(grant.role_id)
        permissions = frozenset(role.permissions) if role and displacing(role, file) is None else None
        detail += f"; role made in Slack by {role.made_by.name}" if role else ""
    elif grant.role:
        permissions = _role_permissions(file, grant.role, grant.organization_id)
    if permissions is None:
        return None
    return Grant(
        person_id=grant.person_id,
        permissions=permissions,
        organization_id=grant.organization_id,
        role=grant.role or None,
        until=grant.until,
        origin=Origin(Source.SLACK, detail),
        comment=grant.reason,
    )


def as_role(role: SlackRole) -> Role:
    """A role of the ledger as the rules read it: of exactly one organization."""
    return Role(
        name=role.name,
        permissions=frozenset(role.permissions),
        organization_ids=frozenset({same_id(role.organization_id)}),
        comment=role.reason,
        origin=Origin(Source.SLACK, f"{role.role_id} by {role.made_by.name}"),
    )


def displacing(role: SlackRole, file: Access) -> Role | None:
    """The access file's role of the same name there: the file wins, and what was made in Slack rests.

    A grant of a resting role gives nothing: it is never read as a grant of the file's role, which nobody was given.
    """
    return _role_in_file(file, role.name, role.organization_id)


def _role_permissions(file: Access, name: str, organization_id: str) -> frozenset[str] | None:
    """What a role contains now; None when the file has no such role for that organization any more.

    That a role "and below" reaches this organization was judged when it was given; its text is what may change.
    """
    own = built_in(name)
    if own is not None:
        return exact_names(BUILT_IN_ROLES[own])
    role = _role_in_file(file, name, organization_id)
    return role.permissions if role else None


def _role_in_file(file: Access, name: str, organization_id: str) -> Role | None:
    """The file's role of this name that is, or through "and below" may be, one of this organization."""
    role = next((each for each in file.roles if folded(each.name) == folded(name)), None)
    if role is None or not (role.and_below or role.exists_at(same_id(organization_id), and_below=False)):
        return None
    return role
