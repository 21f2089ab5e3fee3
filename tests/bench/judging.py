"""Verdicts: a thousand people, two hundred organizations in four levels, five thousand grants.

The baseline is `cedarpy` on the same questions, with the same rules written by hand in Cedar (the oracle of the
tests), its policies and entities parsed beforehand. Both must give the same answers.
"""

from __future__ import annotations

import json
import random
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from statistics import median
from typing import Any

import cedarpy

from bot.app.living import spare_what_stays
from permissions import (
    Access,
    Action,
    Allowed,
    Ask,
    Grant,
    Kind,
    Organization,
    OrganizationTree,
    Person,
    Reach,
    judge,
    who_could,
)
from tests.bench.figures import Figure, figure
from tests.permissions.test_oracle import TEXT, entities, expanded, request, uid

PEOPLE, ORGANIZATIONS, GRANTS, QUESTIONS = 1000, 200, 5000, 20_000
ROUNDS = 5
_BASELINE_QUESTIONS, _SEARCHES = 2000, 50
"""The baseline is slow, and its rate does not depend on the number; a search is a thousand verdicts."""
_PERMISSIONS = (
    "Approve for Single Computer",
    "Approve for Group",
    "Approve for Entire Organization",
    "Elevation Administrator",
    "View Approvals",
    "View Unified Audit",
)


def measure() -> list[Figure]:
    """Both judges, baseline first; then ours with the sentence read, and whole searches for who could."""
    dice = random.Random(5)
    now = datetime.now(UTC)
    tree, access = _tree(now), _access(dice)
    # As in a process that runs: what follows from what somebody holds is known, and what is loaded stays.
    for ask in [_ask(dice, access) for _ in range(QUESTIONS)]:
        judge(ask, access, tree, now)
    spare_what_stays()
    asks = [_ask(dice, access) for _ in range(QUESTIONS)]
    some = asks[:_BASELINE_QUESTIONS]
    policies = cedarpy.PolicySet.from_str(expanded(TEXT))
    known = cedarpy.Entities.from_json_str(json.dumps(_entities(tree, access)))
    requests = [_request(ask) for ask in some]

    single, theirs = _timed(
        "cedarpy, one at a time",
        lambda each: bool(cedarpy.is_authorized(each, policies, known).allowed),
        requests,
    )
    begun = time.perf_counter()
    batch = cedarpy.is_authorized_batch(requests, policies, known)
    batched = Figure("cedarpy, all in one batch", len(requests) / (time.perf_counter() - begun))
    verdicts, ours = _timed(
        "verdicts, with the reason", lambda ask: isinstance(judge(ask, access, tree, now), Allowed), asks
    )
    told, _ = _timed(
        "verdicts, sentence read", lambda ask: bool(judge(ask, access, tree, now).sentence), asks
    )
    searches, _ = _timed(
        f"searches among {PEOPLE:,} people",
        lambda ask: who_could(ask, access, tree, now),
        [ask for ask, allowed in zip(asks, ours, strict=True) if allowed][:_SEARCHES],
    )
    if not ours[: len(some)] == theirs == [each.allowed for each in batch]:
        raise AssertionError("the two judges differ: the figures would compare different work")
    return [single, batched, verdicts, told, searches]


def _timed(name: str, work: Callable[[Any], Any], items: Sequence[Any]) -> tuple[Figure, list[Any]]:
    """A row, and the answers that it was measured on. The rate is the median of rounds without a clock at each, which
    takes as long as a sixth of a verdict; the latencies are taken after them."""
    rounds = []
    for _ in range(ROUNDS):
        begun = time.perf_counter()
        answers = [work(item) for item in items]
        rounds.append(time.perf_counter() - begun)
    seconds = []
    for item in items:
        one = time.perf_counter()
        work(item)
        seconds.append(time.perf_counter() - one)
    return figure(name, seconds, median(rounds)), answers


def _tree(now: datetime) -> OrganizationTree:
    rows = [
        Organization(
            organization_id=f"o{number}",
            name=f"Organization {number}",
            parent_id=f"o{(number - 1) // 6}" if number else None,
        )
        for number in range(ORGANIZATIONS)
    ]
    return OrganizationTree(organizations=tuple(rows), fetched_at=now)


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


def _ask(dice: random.Random, access: Access) -> Ask:
    """Two of three about an organization that the person has something in, as presses mostly are."""
    person_id = f"p{dice.randrange(PEOPLE)}"
    own = sorted(access.organizations_of(person_id))
    return Ask(
        person_id=person_id,
        action=dice.choice((Action.APPROVE, Action.DENY, Action.VIEW)),
        organization_id=dice.choice(own)
        if own and dice.random() < 2 / 3
        else f"o{dice.randrange(ORGANIZATIONS)}",
        kind=dice.choice((Kind.APPLICATION, Kind.STORAGE, Kind.ELEVATION)),
        reach=dice.choice((Reach.COMPUTER, Reach.COMPUTER_GROUP, Reach.ORGANIZATION)),
    )


def _entities(tree: OrganizationTree, access: Access) -> list[dict[str, Any]]:
    """All organizations and people, as Cedar knows them."""
    parents = {
        each: place.above[0] if place.above else None for each in tree.placed if (place := tree.place(each))
    }
    found = entities([], parents)[:-1]
    for person in access.persons:
        found.append(entities(list(access.grants_of(person.person_id)), parents, person.person_id)[-1])
    return found


def _request(ask: Ask) -> dict[str, Any]:
    return request(ask, fresh=True) | {"principal": uid("User", ask.person_id)}
