"""Questions built on the verdict: reaches for a modal, and what a grant and an access promise by themselves."""

from dataclasses import replace

import pytest

from permissions import (
    Access,
    Action,
    Allowed,
    Ask,
    Kind,
    Reach,
    RefusalReason,
    Refused,
    Verdict,
    explain,
    judge,
    organizations_called,
)
from permissions.rules import Where

from .world import LEAF, LEFT, NOW, RIGHT, TOP, TREE, access, grant, verdict

ASK = Ask(
    person_id="ana", action=Action.APPROVE, organization_id=LEFT, kind=Kind.APPLICATION, global_owner_id=TOP
)


def verdicts_by_reach(held: Access, ask: Ask = ASK) -> dict[Reach, Verdict]:
    """The verdict for each reach, narrowest first."""
    return {reach: judge(replace(ask, reach=reach), held, TREE, NOW) for reach in Reach}


def widest_reach(held: Access) -> Reach | None:
    """The widest reach that is open to whoever holds this."""
    found = verdicts_by_reach(held)
    return next((reach for reach in reversed(Reach) if isinstance(found[reach], Allowed)), None)


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
    assert widest_reach(access(grant(name))) is widest


def test_global_is_offered_with_both_halves() -> None:
    given = access(grant("Approve for Single Computer"), grant("Approve for Global", at=TOP))
    found = verdicts_by_reach(given)
    assert list(found) == list(Reach)
    open_ones = [reach for reach, verdict in found.items() if isinstance(verdict, Allowed)]
    assert open_ones == [Reach.COMPUTER, Reach.GLOBAL]
    assert widest_reach(given) is Reach.GLOBAL


def test_a_closed_reach_says_why() -> None:
    given = access(grant("Approve for Entire Organization"))
    found = verdicts_by_reach(given, replace(ASK, global_owner_id=None))
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
    assert widest_reach(base) is None
    assert widest_reach(more) is Reach.COMPUTER_GROUP
    assert set(base.grants) < set(more.grants)


def test_verdicts_are_equal_when_they_say_the_same() -> None:
    yes, no = verdict(["View Approvals"], Action.VIEW), verdict(["View Approvals"], Action.APPROVE)
    assert yes == verdict(["View Approvals"], Action.VIEW)
    assert no == verdict(["View Approvals"], Action.APPROVE)
    assert len({yes, no, verdict(["View Approvals"], Action.VIEW)}) == 2
    assert yes != no
    assert no != yes
    other = verdict(["View Approvals"], Action.DENY)
    assert isinstance(no, Refused)
    assert isinstance(other, Refused)
    assert (no.why, no.missing) == (other.why, other.missing)
    assert no != other, "the sentences differ"


def test_verdicts_cannot_be_changed() -> None:
    for answer in (verdict(["View Approvals"], Action.VIEW), verdict([], Action.VIEW)):
        with pytest.raises(AttributeError):
            answer.where = "elsewhere"  # type: ignore[misc]  # that it cannot be set is what is tested


def test_an_explanation_has_the_verdict_and_every_condition() -> None:
    ask = Ask(
        person_id="ana",
        action=Action.APPROVE,
        organization_id=LEFT,
        kind=Kind.APPLICATION,
        reach=Reach.GLOBAL,
        global_owner_id=TOP,
    )
    given = access(grant("Approve for Group"), grant("Approve for Global", at=TOP))
    told = explain(ask, given, TREE, NOW)
    assert told.verdict == judge(ask, given, TREE, NOW)
    assert isinstance(told.verdict, Allowed)
    [way] = told.ways
    at_owner = [each for each in way if each.where is Where.GLOBAL_OWNER]
    assert [(each.any_of, each.place and each.place.organization_id) for each in at_owner] == [
        (("Approve for Global",), TOP)
    ]
    assert all(each.met_by for each in way)
    assert told.above == ("Northwind",)


@pytest.mark.parametrize(
    ("known", "place"),
    [(Access(), LEFT), (access(grant("Super Admin")), "id-lost"), (access().with_suspended(["ana"]), LEFT)],
)
def test_what_did_not_get_to_the_rule_has_no_conditions(known: Access, place: str) -> None:
    ask = Ask(person_id="ana", action=Action.VIEW, organization_id=place)
    told = explain(ask, known, TREE, NOW)
    assert isinstance(told.verdict, Refused)
    assert told.ways == ()


def test_a_global_group_without_a_known_owner_has_an_unmet_condition_in_no_place() -> None:
    ask = Ask(
        person_id="ana",
        action=Action.APPROVE,
        organization_id=LEFT,
        kind=Kind.APPLICATION,
        reach=Reach.GLOBAL,
    )
    [way] = explain(ask, access(grant("Super Admin", at=TOP)), TREE, NOW).ways
    assert [each.place for each in way if each.where is Where.GLOBAL_OWNER] == [None]


# Which organization typed words mean

ALIASES = {"head": TOP, "con": LEFT, "fab": RIGHT, "elsewhere": "id-of-none"}
EVERYWHERE = (TOP, LEFT, RIGHT, LEAF)


@pytest.mark.parametrize(
    ("typed", "meant", "near"),
    [
        ("Northwind", [TOP], []),
        ("NORTHWIND", [TOP], []),
        ("contoso", [LEFT], []),  # the very name of one comes before a part of another's
        ("Contoso  Labs", [LEAF], []),
        ("HEAD", [TOP], []),
        ("con", [LEFT], []),
        ("ID-Right", [RIGHT], []),
        ("wind", [], [TOP]),
        ("fa", [], [RIGHT]),
        ("toso", [], [LEAF, LEFT]),
        ("hea", [], [TOP]),  # a part of the file's name counts like a part of the portal's
        ("elsewhere", [], []),
        ("id-ri", [], []),  # a part of an id does not
        ("", [], []),
        ("  ", [], []),
    ],
)
def test_typed_words_mean_an_organization_by_one_rule(typed: str, meant: list[str], near: list[str]) -> None:
    held = replace(access(), organization_ids=ALIASES)
    assert list(organizations_called(typed, EVERYWHERE, held, TREE, whole=True)) == sorted(meant)
    assert list(organizations_called(typed, EVERYWHERE, held, TREE)) == sorted(meant or near)


@pytest.mark.parametrize("typed", ["Fabrikam", "fab", "id-right", "fabri", "Northwind"])
def test_words_mean_nothing_where_the_asker_may_know_of_nothing(typed: str) -> None:
    held = replace(access(), organization_ids=ALIASES)
    assert organizations_called(typed, (LEFT, LEAF), held, TREE) == ()
