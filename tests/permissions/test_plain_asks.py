"""The short way for plain asks gives what the long way gives, whatever an ask says."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from datetime import timedelta
from itertools import combinations, product
from typing import Any

import pytest

from permissions import (
    Access,
    Action,
    Allowed,
    Ask,
    Door,
    Extension,
    Kind,
    Maintenance,
    MaintenanceMode,
    Reach,
    Refused,
    Verdict,
    judge,
    names,
)
from permissions.ask import obstacle_of
from permissions.check import _is_plain, _plain_question, _reach, question_of

from .world import BEN, LEAF, LEFT, NOW, RIGHT, TOP, TREE, access, grant

SAYS: dict[str, tuple[Any, ...]] = {
    "action": tuple(Action),
    "kind": (None, *Kind),
    "reach": tuple(Reach),
    "computers": (1, 0, 2),
    "elevates": (False, True),
    "already_approved": (None, False, True),
    "global_owner_id": (None, LEFT, RIGHT),
    "computer_group_known": (True, False),
    "computer_group_organization_id": (None, LEFT, RIGHT),
    "computer_group_is_global": (False, True),
    "built_in_match": (False, True),
    "extension": (None, Extension(LEFT, Reach.GLOBAL), Extension(RIGHT, None)),
    "maintenance": (None, Maintenance(MaintenanceMode.LEARNING, Door.REQUEST)),
    "from_look_up": (False, True),
}
"""Every field of an ask on which its question or what is in its way may depend."""
PERSONAL = {
    "person_id",
    "organization_id",
    "computer_organization_id",
    "own_request",
    "is_claimer",
    "receiver_id",
    "receiver_own_request",
}
"""Who asks, where, and whose it is: judged the same on both ways."""


def test_every_field_of_an_ask_is_either_tried_here_or_judged_on_both_ways() -> None:
    """A new field fails here until somebody has thought about the short way."""
    assert {each.name for each in dataclasses.fields(Ask)} == SAYS.keys() | PERSONAL


def asks() -> Iterator[Ask]:
    """Every action at every reach, with any two other fields saying anything else than what is usual."""
    others = [name for name in SAYS if name not in {"action", "reach"}]
    for action, reach, (one, two) in product(Action, Reach, combinations(others, 2)):
        for first, second in product(SAYS[one], SAYS[two]):
            said = {"action": action, "reach": reach, one: first, two: second}
            yield Ask(person_id="ana", organization_id=LEFT, **said)


def test_a_plain_ask_has_the_question_of_the_long_way_and_nothing_in_its_way() -> None:
    place = TREE.place(LEFT)
    assert place is not None
    plain = [ask for ask in asks() if _is_plain(ask)]
    assert {ask.action for ask in plain} == set(Action)
    for ask in plain:
        assert _plain_question(ask.action, ask.kind, ask.reach) == question_of(ask), ask
        assert obstacle_of(ask, place, None, _reach(ask)) is None, ask


@pytest.mark.parametrize("reach", [Reach.COMPUTER, Reach.COMPUTER_GROUP, Reach.ORGANIZATION])
def test_what_a_press_mostly_asks_is_plain(reach: Reach) -> None:
    ask = Ask(
        person_id="ana", organization_id=LEFT, action=Action.APPROVE, kind=Kind.APPLICATION, reach=reach
    )
    assert _is_plain(ask)


KINDS = [*product(Action, (None, *Kind), (Reach.COMPUTER, Reach.ORGANIZATION, Reach.GLOBAL))]
LATER = NOW + timedelta(days=1)
"""The tree is outdated by then."""
HELD: tuple[Access, ...] = (
    access(),
    access(grant(names.VIEW_APPROVALS)),
    access(grant(names.VIEW_APPROVALS, names.APPROVE_COMPUTER), grant(names.VIEW_APPROVALS, at=TOP)),
    access(grant(names.VIEW_APPROVALS, names.APPROVE_ORGANIZATION, at=TOP, and_below=True)),
    access(grant(names.SUPER_ADMIN, at=TOP), grant(names.APPROVE_GLOBAL, until=NOW)),
    access(grant(names.SUPER_ADMIN, at=TOP)).with_suspended(["ana"]),
    access(grant(names.SUPER_ADMIN, at=TOP), persons=(BEN,)),
)


def test_the_short_way_of_a_verdict_ends_as_the_long_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same yes by the same grants, the same no for the same reason, in the same words."""
    cases = [
        (dataclasses.replace(ask, organization_id=there, own_request=own, is_claimer=is_claimer), each, at)
        for ask in (
            Ask(person_id="ana", organization_id=LEFT, action=a, kind=k, reach=r) for a, k, r in KINDS
        )
        for there, own, is_claimer in (
            (LEFT, False, False),
            (LEAF, False, True),
            ("?", False, False),
            (LEAF, None, False),
        )
        for each, at in product(HELD, (NOW, LATER))
    ]
    short = [judge(ask, each, TREE, at) for ask, each, at in cases]
    monkeypatch.setattr("permissions.check._is_plain", lambda _: False)
    long = [judge(ask, each, TREE, at) for ask, each, at in cases]
    assert [told(one) for one in short] == [told(one) for one in long]
    assert {type(one) for one in short} == {Allowed, Refused}


def told(verdict: Verdict) -> tuple[object, ...]:
    """All that a verdict says."""
    return (*verdict[:-1], verdict.sentence)
