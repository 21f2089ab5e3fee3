"""Which grants that were given in Slack count: those whose giver could still give them (permission semantics 11.4).

A giver's right may rest on a gift itself. So what counts is built up from what stands elsewhere (the access file, user
groups): a circle of gifts that nothing else holds up does not hold itself up.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import NamedTuple

from permissions.access import Access
from permissions.ask import Refused
from permissions.check import judge
from permissions.granting import beyond, gate_of
from permissions.grants import Grant, OrganizationTree


class Gift(NamedTuple):
    """A grant from Slack, and the person who gave it."""

    grant_id: str
    grant: Grant
    giver_id: str


@dataclass(frozen=True, slots=True)
class Standing:
    """What counts of the gifts, and by a gift's id the permissions that its giver could not give now."""

    grants: tuple[Grant, ...]
    fallen: Mapping[str, tuple[str, ...]]


def standing(access: Access, gifts: Sequence[Gift], tree: OrganizationTree, at: datetime) -> Standing:
    """The gifts that stand on this access, which has none of them in it yet: the least that holds itself up.

    A role counts for those of its permissions that its giver has: it may have gained others since it was given. A gift
    that has ended is left as it is, and gives nothing anyway.
    """
    alive = [each for each in gifts if each.grant.is_alive(at)]
    counting: dict[str, Grant] = {}
    while True:
        present = access.with_grants(counting.values()) if counting else access
        found = {
            each.grant_id: kept for each in alive if (kept := _kept(each, present, tree, at)) is not None
        }
        if found == counting:
            break
        counting = found
    fallen = {
        each.grant_id: tuple(sorted(each.grant.permissions - _permissions(counting.get(each.grant_id))))
        for each in alive
    }
    ended = [each.grant for each in gifts if not each.grant.is_alive(at)]
    return Standing((*counting.values(), *ended), {key: names for key, names in fallen.items() if names})


def _permissions(grant: Grant | None) -> frozenset[str]:
    return grant.permissions if grant is not None else frozenset()


def _kept(gift: Gift, access: Access, tree: OrganizationTree, at: datetime) -> Grant | None:
    """What of it the giver could give at this moment, whatever its end; None for nothing."""
    grant, place = gift.grant, tree.place(gift.grant.organization_id)
    if place is None or gift.giver_id == grant.person_id:
        return None
    if isinstance(judge(gate_of(gift.giver_id, grant), access, tree, at), Refused):
        return None
    own = access.lasting(gift.giver_id, place, at=at, until=at, fresh=tree.is_fresh(at))
    kept = grant.permissions.difference(beyond(grant, own))
    if not kept:
        return None
    return grant if kept == grant.permissions else replace(grant, permissions=kept)


def first_end(grants: Sequence[Grant], at: datetime) -> datetime | None:
    """The next moment at which one of these grants ends; None where none does."""
    return min((each.until for each in grants if each.until is not None and each.until > at), default=None)
