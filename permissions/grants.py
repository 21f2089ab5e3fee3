"""Grants: who has which permissions, in which organization, until when, and where that was said."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from permissions import names
from permissions.catalogue import (
    SUPER_ADMIN_BITS,
    SUPER_ADMIN_CHILD_BITS,
    SUPER_ADMIN_LOGGED_IN_BITS,
    mask,
)


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
