"""Grants: who has what, in which organization, until when, where that was said; and how organizations are arranged."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from permissions import names
from permissions.catalogue import (
    SUPER_ADMIN_BITS,
    SUPER_ADMIN_CHILD_BITS,
    SUPER_ADMIN_LOGGED_IN_BITS,
    mask,
)

# Our choice (permission semantics 1.8): a verdict that rests on the tree uses one at most this old.
TREE_MAX_AGE = timedelta(minutes=5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Organization:
    """One organization. `parent_id` is None only for an organization that is known to have none above it."""

    organization_id: str
    name: str
    parent_id: str | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """Where an organization stands. `above` runs from its parent to the top."""

    organization_id: str
    name: str
    above: tuple[str, ...]
    has_children: bool


def same_id(organization_id: str) -> str:
    """An organization's id in the one form that is compared; the portal varies its case."""
    return organization_id.strip().lower()


def looks_like_id(text: str) -> bool:
    """Whether a word is an organization's id (a UUID) and not a misspelt name."""
    compact = text.strip().replace("-", "")
    return len(compact) == 32 and all(each in "0123456789abcdefABCDEF" for each in compact)


@dataclass(frozen=True, slots=True)
class OrganizationTree:
    """All organizations that the portal named, as of `fetched_at` (aware UTC).

    An organization with an unknown parent, in a loop, or below one of either, has no place: nothing is
    decided there. Two entries that share an id but differ leave that id without a place, too.
    """

    organizations: tuple[Organization, ...]
    fetched_at: datetime
    _places: Mapping[str, Place] = field(init=False, repr=False, compare=False)
    _below: Mapping[str, frozenset[str]] = field(init=False, repr=False, compare=False)
    _fresh: tuple[datetime, datetime] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if self.fetched_at.tzinfo is None:
            raise ValueError(
                "OrganizationTree.fetched_at has no time zone; give an aware UTC time, "
                "for example datetime.now(UTC)"
            )
        places = _places(self.organizations)
        object.__setattr__(self, "_places", places)
        object.__setattr__(self, "_below", _below(places))
        fresh = (self.fetched_at - TREE_MAX_AGE, self.fetched_at + TREE_MAX_AGE)
        object.__setattr__(self, "_fresh", fresh)

    def place(self, organization_id: str) -> Place | None:
        """Where this organization stands; None when that cannot be told: then nothing is allowed there."""
        # Most ids come in the compared form already.
        return self._places.get(organization_id) or self._places.get(same_id(organization_id))

    def name(self, organization_id: str) -> str | None:
        """The portal's name for this organization; None when it has no place."""
        place = self.place(organization_id)
        return place.name if place else None

    def name_or_id(self, organization_id: str) -> str:
        """What an organization is called where it has to be called something."""
        return self.name(organization_id) or organization_id

    def descendants(self, organization_id: str) -> frozenset[str]:
        """The ids of every organization below, at any depth; empty for an unknown one."""
        return self._below.get(same_id(organization_id), frozenset())

    def children(self, organization_id: str) -> frozenset[str]:
        """The ids of the organizations directly below; empty for an unknown one."""
        above = same_id(organization_id)
        return frozenset(each for each in self.descendants(above) if self._places[each].above[0] == above)

    @property
    def placed(self) -> frozenset[str]:
        """The ids of all organizations that have a place."""
        return frozenset(self._places)

    def is_fresh(self, at: datetime) -> bool:
        """Whether a verdict at this time may rest on who is below whom.

        A fetch time ahead of `at` is a clock step, not news: beyond the same span it is not believed.
        """
        earliest, latest = self._fresh
        return earliest <= at <= latest


def _places(organizations: Iterable[Organization]) -> dict[str, Place]:
    known: dict[str, tuple[str | None, str]] = {}
    contradicted: set[str] = set()
    for each in organizations:
        own = same_id(each.organization_id)
        entry = (same_id(each.parent_id) if each.parent_id is not None else None, each.name)
        if known.setdefault(own, entry)[0] != entry[0] or not own:
            contradicted.add(own)
    for each_id in contradicted:
        del known[each_id]
    above = {own: _way_up(own, known) for own in known}
    parents = {chain[0] for chain in above.values() if chain}
    return {
        own: Place(own, known[own][1], chain, own in parents)
        for own, chain in above.items()
        if chain is not None
    }


def _way_up(own: str, known: Mapping[str, tuple[str | None, str]]) -> tuple[str, ...] | None:
    """The ids above, nearest first; None for an unknown parent or a loop."""
    chain: list[str] = []
    parent = known[own][0]
    while parent is not None:
        if parent not in known or parent == own or parent in chain:
            return None
        chain.append(parent)
        parent = known[parent][0]
    return tuple(chain)


def _below(places: Mapping[str, Place]) -> dict[str, frozenset[str]]:
    collected: dict[str, set[str]] = {own: set() for own in places}
    for own, place in places.items():
        for each in place.above:
            collected[each].add(own)
    return {own: frozenset(below) for own, below in collected.items()}


class Source(StrEnum):
    """Where a grant was given."""

    FILE = "access file"
    USER_GROUP = "Slack user group"
    SLACK = "Slack"


@dataclass(frozen=True, slots=True, order=True)
class Origin:
    """Where a grant was given, and the place there: the file's key, a user group's id, a grant's own id."""

    source: Source
    detail: str = ""

    def __str__(self) -> str:
        return f"{self.source}, {self.detail}" if self.detail else str(self.source)


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """What one person has in one organization. `until` (aware UTC) is the first moment without it.

    `role` names the role that carried the permissions, None for single permissions. `and_below` stands for
    one such grant in every organization below; it is expanded against the tree at the verdict.
    """

    person_id: str
    permissions: frozenset[str]
    organization_id: str
    role: str | None = None
    and_below: bool = False
    until: datetime | None = None
    origin: Origin = Origin(Source.FILE)
    comment: str = ""

    def __post_init__(self) -> None:
        if self.until is not None and self.until.tzinfo is None:
            raise ValueError(
                f"the grant of {self.person_id} ends at {self.until.isoformat()} without a time zone; "
                "give an aware UTC time"
            )

    def is_alive(self, at: datetime) -> bool:
        """Whether it still counts: at the moment of its end it no longer does."""
        return self.until is None or at < self.until

    def held_at_own(self) -> int:
        """The bits that it gives in the organization that it names."""
        bits = mask(self.permissions)
        if names.SUPER_ADMIN in self.permissions:
            bits |= SUPER_ADMIN_BITS
        if names.SUPER_ADMIN_LOGGED_IN in self.permissions:
            bits |= SUPER_ADMIN_LOGGED_IN_BITS
        return bits

    def held_below(self) -> int:
        """The bits that it gives in every organization below the one that it names."""
        bits = self.held_at_own() if self.and_below else 0
        if names.SUPER_ADMIN in self.permissions:
            bits |= SUPER_ADMIN_BITS
        if names.SUPER_ADMIN_CHILD in self.permissions:
            bits |= SUPER_ADMIN_CHILD_BITS
        return bits

    def names_itself(self, permission: str) -> bool:
        """Whether the permission is written in it, and not only contained in a Super Admin."""
        return permission in self.permissions

    @property
    def sort_key(self) -> tuple[bool, str, str, tuple[str, ...], bool, str, Origin]:
        """One order for any order of grants: single permissions before roles."""
        until = self.until.isoformat() if self.until else ""
        return (
            self.role is not None,
            self.role or "",
            self.organization_id,
            tuple(sorted(self.permissions)),
            self.and_below,
            until,
            self.origin,
        )


class Basis(NamedTuple):
    """One permission that a verdict rests on, and the grant that gave it."""

    permission: str
    grant: Grant

    @property
    def through(self) -> str | None:
        """The Super Admin that contains the permission; None when it is written in the grant itself."""
        if self.grant.names_itself(self.permission):
            return None
        return next((each for each in names.FAMILY if each in self.grant.permissions), None)

    def __str__(self) -> str:
        parts = [self.permission]
        if self.through:
            parts.append(f"through {self.through}")
        if self.grant.role:
            parts.append(f"in role {self.grant.role}")
        parts.append(f"at {self.grant.organization_id}{' and below' if self.grant.and_below else ''}")
        return f"{' '.join(parts)} ({self.grant.origin})"
