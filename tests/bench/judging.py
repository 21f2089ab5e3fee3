"""Verdicts: a thousand people, two hundred organizations in four levels, five thousand grants."""

from __future__ import annotations

import random
import time
from datetime import UTC, datetime

from permissions import Access, Action, Ask, Grant, Kind, Organization, OrganizationTree, Person, Reach, judge
from tests.bench.figures import Figure, figure

PEOPLE, ORGANIZATIONS, GRANTS, QUESTIONS = 1000, 200, 5000, 20_000
_PERMISSIONS = (
    "Approve for Single Computer",
    "Approve for Group",
    "Approve for Entire Organization",
    "Elevation Administrator",
    "View Approvals",
    "View Unified Audit",
)


def measure() -> list[Figure]:
    """One row: whole questions, reason or missing permission and sentence included."""
    dice = random.Random(5)
    tree, access = _tree(), _access(dice)
    now = datetime.now(UTC)
    asks = [_ask(dice) for _ in range(QUESTIONS)]
    seconds = []
    begun = time.perf_counter()
    for ask in asks:
        one = time.perf_counter()
        judge(ask, access, tree, now)
        seconds.append(time.perf_counter() - one)
    return [figure("verdicts, with the reason", seconds, time.perf_counter() - begun)]


def _tree() -> OrganizationTree:
    rows = [
        Organization(
            organization_id=f"o{number}",
            name=f"Organization {number}",
            parent_id=f"o{(number - 1) // 6}" if number else None,
        )
        for number in range(ORGANIZATIONS)
    ]
    return OrganizationTree(organizations=tuple(rows), fetched_at=datetime.now(UTC))


def _access(dice: random.Random) -> Access:
    people = tuple(Person(person_id=f"p{number}", name=f"Person {number}") for number in range(PEOPLE))
    grants = tuple(
        Grant(
            person_id=f"p{dice.randrange(PEOPLE)}",
            permissions=frozenset(dice.sample(_PERMISSIONS, 2)),
            organization_id=f"o{dice.randrange(ORGANIZATIONS)}",
            and_below=dice.random() < 0.3,
        )
        for _ in range(GRANTS)
    )
    return Access(persons=people, grants=grants)


def _ask(dice: random.Random) -> Ask:
    return Ask(
        person_id=f"p{dice.randrange(PEOPLE)}",
        action=dice.choice((Action.APPROVE, Action.DENY, Action.VIEW)),
        organization_id=f"o{dice.randrange(ORGANIZATIONS)}",
        kind=dice.choice((Kind.APPLICATION, Kind.STORAGE, Kind.ELEVATION)),
        reach=dice.choice((Reach.COMPUTER, Reach.COMPUTER_GROUP, Reach.ORGANIZATION)),
    )
