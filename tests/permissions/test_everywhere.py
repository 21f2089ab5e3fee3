"""What is asked of all organizations, or of all people, at once is answered as one by one."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from permissions import (
    Access,
    Action,
    Allowed,
    Ask,
    Grant,
    Kind,
    Maintenance,
    MaintenanceMode,
    Organization,
    OrganizationTree,
    Person,
    Reach,
    able,
    judge,
)
from permissions.check import allowed_in
from permissions.terms import Door

NOW = datetime(2026, 11, 2, 12, tzinfo=UTC)
PEOPLE = [f"p{number}" for number in range(8)]
PLACES = [f"o{number}" for number in range(9)]
PERMISSIONS = (
    "Approve for Single Computer",
    "Approve for Global",
    "Elevation Administrator",
    "View Approvals",
    "Edit Web Control Policies",
    "Super Admin",
)


def world(dice: random.Random) -> tuple[Access, OrganizationTree]:
    """Few people with few grants in a small tree, which may be too old to rely on."""
    rows = [
        Organization(organization_id=each, name=each, parent_id=f"o{(number - 1) // 2}" if number else None)
        for number, each in enumerate(PLACES)
    ]
    age = dice.choice([timedelta(), timedelta(hours=1)])
    grants = [
        Grant(
            person_id=dice.choice(PEOPLE),
            permissions=frozenset(dice.sample(PERMISSIONS, 2)),
            organization_id=dice.choice(PLACES).upper(),
            and_below=dice.random() < 0.5,
            until=dice.choice([None, NOW - timedelta(hours=1), NOW + timedelta(hours=1)]),
        )
        for _ in range(10)
    ]
    people = tuple(Person(person_id=each, name=each) for each in PEOPLE)
    access = Access(persons=people, grants=tuple(grants)).with_suspended(dice.sample(PEOPLE, 1))
    return access, OrganizationTree(organizations=tuple(rows), fetched_at=NOW - age)


def question(dice: random.Random) -> Ask:
    """Plain ones mostly, and of the others each sort."""
    odd: dict[str, Any] = dice.choice(
        [
            {},
            {},
            {"own_request": None},
            {"own_request": True},
            {"already_approved": True},
            {"computer_organization_id": dice.choice(PLACES)},
            {"computers": 3},
            {"is_claimer": True},
            {"global_owner_id": "o0", "reach": Reach.GLOBAL},
            {"maintenance": Maintenance(MaintenanceMode.LEARNING, Door.COMPUTER)},
        ]
    )
    ask = Ask(
        person_id=dice.choice([*PEOPLE, "nobody"]),
        action=dice.choice(list(Action)),
        organization_id="",
        kind=dice.choice([None, *Kind]),
    )
    return replace(ask, **odd)


@pytest.mark.parametrize("seed", range(300))
def test_in_all_organizations_and_of_all_people_as_one_by_one(seed: int) -> None:
    dice = random.Random(seed)
    access, tree = world(dice)
    for _ in range(5):
        ask = question(dice)
        places = [*PLACES, "unheard of"]
        one_by_one = [
            each
            for each in places
            if isinstance(judge(replace(ask, organization_id=each), access, tree, NOW), Allowed)
        ]
        assert list(allowed_in(ask, places, access, tree, NOW)) == one_by_one
        here = replace(ask, organization_id=dice.choice(PLACES))
        verdicts = {
            each.person_id: judge(
                replace(here, person_id=each.person_id, own_request=False, is_claimer=False),
                access,
                tree,
                NOW,
            )
            for each in access.persons
        }
        could = {
            each: verdict
            for each, verdict in verdicts.items()
            if isinstance(verdict, Allowed) and ask.action is not Action.HAND_OVER
        }
        found = {one.person_id: verdict for one, verdict in able(here, access.persons, access, tree, NOW)}
        assert found == could
