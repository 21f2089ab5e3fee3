"""Questions built on the verdict: reaches for a modal, and what a grant and an access promise by themselves."""

from dataclasses import replace

import pytest

from permissions import (
    Action,
    Allowed,
    Ask,
    Kind,
    Reach,
    RefusalReason,
    Refused,
    verdicts_by_reach,
    widest_reach,
)

from .world import LEFT, NOW, TOP, TREE, access, grant

ASK = Ask(
    person_id="ana", action=Action.APPROVE, organization_id=LEFT, kind=Kind.APPLICATION, global_owner_id=TOP
)


@pytest.mark.parametrize(
    ("name", "widest"),
    [
        ("View Approvals", None),
        ("Approve for Single Computer", Reach.COMPUTER),
        ("Approve for Group", Reach.COMPUTER_GROUP),
        ("Approve for Entire Organization", Reach.ORGANIZATION),
        ("Approve for Global", Reach.ORGANIZATION),
        ("Super Admin", Reach.ORGANIZATION),
    ],
)
def test_the_widest_reach_that_a_modal_may_offer(name: str, widest: Reach | None) -> None:
    assert widest_reach(ASK, access(grant(name)), TREE, NOW) is widest


def test_global_is_offered_with_both_halves() -> None:
    given = access(grant("Approve for Single Computer"), grant("Approve for Global", at=TOP))
    found = verdicts_by_reach(ASK, given, TREE, NOW)
    assert list(found) == list(Reach)
    open_ones = [reach for reach, verdict in found.items() if isinstance(verdict, Allowed)]
    assert open_ones == [Reach.COMPUTER, Reach.GLOBAL]
    assert widest_reach(ASK, given, TREE, NOW) is Reach.GLOBAL


def test_a_closed_reach_says_why() -> None:
    given = access(grant("Approve for Entire Organization"))
    found = verdicts_by_reach(replace(ASK, global_owner_id=None), given, TREE, NOW)
    closed = found[Reach.GLOBAL]
    assert isinstance(closed, Refused)
    assert closed.why is RefusalReason.NO_GLOBAL_GROUP


def test_a_grant_with_an_end_without_zone_is_a_fault_of_the_caller() -> None:
    with pytest.raises(ValueError, match="without a time zone"):
        grant("View Approvals", until=NOW.replace(tzinfo=None))


def test_a_grant_of_an_unknown_permission_is_a_fault_of_the_caller() -> None:
    with pytest.raises(KeyError):
        access(grant("View Everything"))


def test_further_sources_only_add() -> None:
    base = access(grant("View Approvals"))
    more = base.with_grants([grant("Approve for Group")])
    assert widest_reach(ASK, base, TREE, NOW) is None
    assert widest_reach(ASK, more, TREE, NOW) is Reach.COMPUTER_GROUP
    assert set(base.grants) < set(more.grants)
