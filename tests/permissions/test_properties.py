"""What holds for any grants and any question: more never takes away, unknown never opens, order never matters."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from permissions import (
    PERMISSIONS,
    Access,
    Action,
    Allowed,
    Ask,
    Door,
    Extension,
    Grant,
    Kind,
    Maintenance,
    MaintenanceMode,
    Reach,
    RefusalReason,
    Refused,
    effective_reach,
    judge,
)
from permissions.check import able

from .world import ANA, BEN, LEAF, LEFT, NOW, RIGHT, TOP, TREE

PLACES = st.sampled_from([TOP, LEFT, RIGHT, LEAF])
# What decides is drawn more often than what has no surface here.
TELLING = [name for name, row in PERMISSIONS.items() if row.decides or row.manages or row.opens]
NAMES = st.one_of(
    st.sampled_from(TELLING),
    st.sampled_from(sorted(PERMISSIONS)),
    st.sampled_from(["Super Admin", "Super Admin - Child", "Super Admin – Logged-In Organization Only"]),
)
MOMENTS = st.sampled_from([None, NOW, NOW + timedelta(microseconds=1), NOW - timedelta(days=1)])
GRANTS = st.builds(
    Grant,
    person_id=st.sampled_from(["ana", "ana", "ana", "ben"]),
    permissions=st.frozensets(NAMES, min_size=1, max_size=4),
    organization_id=PLACES,
    role=st.sampled_from([None, "Role"]),
    and_below=st.booleans(),
    until=MOMENTS,
)
MODES = st.builds(Maintenance, st.sampled_from(MaintenanceMode), st.sampled_from(Door))
EXTENSIONS = st.builds(Extension, st.sampled_from([LEFT, TOP, None]), st.sampled_from([None, *Reach]))
ASKS = st.builds(
    Ask,
    person_id=st.just("ana"),
    action=st.one_of(
        st.sampled_from([Action.APPROVE, Action.DENY, Action.MAINTAIN]), st.sampled_from(Action)
    ),
    organization_id=PLACES,
    kind=st.sampled_from([None, *Kind]),
    reach=st.sampled_from(Reach),
    computers=st.sampled_from([0, 1, 1, 1, 3]),
    elevates=st.booleans(),
    already_approved=st.sampled_from([None, True, False]),
    global_owner_id=st.sampled_from([None, TOP, LEFT, RIGHT]),
    computer_group_known=st.sampled_from([True, True, False]),
    computer_group_is_global=st.sampled_from([False, False, True]),
    built_in_match=st.sampled_from([False, False, True]),
    extension=st.one_of(st.none(), st.none(), EXTENSIONS),
    maintenance=st.one_of(st.none(), MODES),
    own_request=st.sampled_from([False, False, False, True]),
    is_claimer=st.booleans(),
    from_look_up=st.booleans(),
    receiver_id=st.sampled_from([None, "ben"]),
)


def access(grants: list[Grant]) -> Access:
    return Access(persons=(ANA, BEN), grants=tuple(grants))


def allowed(ask: Ask, grants: list[Grant], at: datetime = NOW) -> bool:
    return isinstance(judge(ask, access(grants), TREE, at), Allowed)


# The oracle asks 100,000 questions more; here the shrinking matters, not the number.
pytestmark = pytest.mark.unmeasured
many = settings(max_examples=100)


@many
@given(st.lists(GRANTS, max_size=5), GRANTS, ASKS)
def test_adding_a_grant_never_removes_an_ability(grants: list[Grant], more: Grant, ask: Ask) -> None:
    if allowed(ask, grants):
        assert allowed(ask, [*grants, more])


@many
@given(st.lists(GRANTS, min_size=1, max_size=5), st.integers(0, 4), ASKS)
def test_removing_a_grant_never_adds_an_ability(grants: list[Grant], place: int, ask: Ask) -> None:
    fewer = grants[: place % len(grants)] + grants[place % len(grants) + 1 :]
    if not allowed(ask, grants):
        assert not allowed(ask, fewer)


@many
@given(st.lists(GRANTS, max_size=5), ASKS, st.sampled_from(Reach))
def test_widening_the_reach_never_needs_less(grants: list[Grant], ask: Ask, wider: Reach) -> None:
    """For promotion "this computer" is no reach at all, and an unknown computer group closes just the group."""
    if ask.action is Action.PROMOTE or not ask.computer_group_known:
        return
    wide = replace(ask, reach=wider)
    if effective_reach(wide).covers(effective_reach(ask)) and allowed(wide, grants):
        assert allowed(ask, grants)


@many
@given(st.lists(GRANTS, max_size=5), ASKS)
def test_a_built_in_match_never_needs_less(grants: list[Grant], ask: Ask) -> None:
    if ask.action is not Action.PROMOTE and allowed(replace(ask, built_in_match=True), grants):
        assert allowed(replace(ask, built_in_match=False), grants)


@many
@given(st.lists(GRANTS, max_size=5), ASKS)
def test_a_person_nobody_knows_is_refused(grants: list[Grant], ask: Ask) -> None:
    strangers = [replace(each, person_id="stranger") for each in grants]
    answer = judge(replace(ask, person_id="stranger"), access(strangers), TREE, NOW)
    assert isinstance(answer, Refused)
    assert answer.why is RefusalReason.UNKNOWN_PERSON


@many
@given(st.lists(GRANTS, max_size=5), ASKS)
def test_an_organization_nobody_knows_is_refused(grants: list[Grant], ask: Ask) -> None:
    there = [replace(each, organization_id="elsewhere") for each in grants]
    answer = judge(replace(ask, organization_id="elsewhere"), access(there), TREE, NOW)
    assert isinstance(answer, Refused)
    assert answer.why is RefusalReason.UNPLACEABLE_ORGANIZATION


@many
@given(st.lists(GRANTS, max_size=5), ASKS)
def test_a_known_fact_never_closes_what_is_open_without_it(grants: list[Grant], ask: Ask) -> None:
    if allowed(replace(ask, already_approved=None), grants):
        assert allowed(replace(ask, already_approved=True), grants)


@many
@given(st.lists(GRANTS, max_size=5), ASKS, st.randoms(use_true_random=False))
def test_the_order_of_grants_never_matters(grants: list[Grant], ask: Ask, random: object) -> None:
    """Not even to the grants and the sentence that the verdict names."""
    shuffled = list(grants)
    random.shuffle(shuffled)  # type: ignore[attr-defined]  # hypothesis types its randoms as object here
    assert judge(ask, access(grants), TREE, NOW) == judge(ask, access(shuffled), TREE, NOW)


@many
@given(st.lists(GRANTS, max_size=4), GRANTS, ASKS)
def test_expired_is_absent_at_the_exact_second(grants: list[Grant], ending: Grant, ask: Ask) -> None:
    ended = replace(ending, until=NOW)
    with_it = judge(ask, access([*grants, ended]), TREE, NOW)
    assert with_it == judge(ask, access(grants), TREE, NOW)


@many
@given(st.lists(GRANTS, max_size=5), ASKS)
def test_what_is_missing_would_suffice(grants: list[Grant], ask: Ask) -> None:
    """Given what the refusal names, where it names it, the same question is allowed or meets another reason."""
    answer = judge(ask, access(grants), TREE, NOW)
    if isinstance(answer, Allowed) or not answer.missing:
        return
    places = {ask.organization_id, ask.global_owner_id or ask.organization_id}
    mended = [
        Grant(person_id="ana", permissions=frozenset(answer.missing), organization_id=each) for each in places
    ]
    again = judge(ask, access([*grants, *mended]), TREE, NOW)
    assert isinstance(again, Allowed) or (again.why is not answer.why and not again.missing)


@many
@given(st.lists(GRANTS, max_size=5), ASKS)
def test_an_allowed_verdict_rests_on_living_grants_of_that_person(grants: list[Grant], ask: Ask) -> None:
    answer = judge(ask, access(grants), TREE, NOW)
    if isinstance(answer, Allowed):
        for basis in answer.rests_on:
            assert basis.grant in grants
            assert basis.grant.person_id == "ana"
            assert basis.grant.is_alive(NOW)
        alone = [each.grant for each in answer.rests_on]
        assert ask.action is Action.HAND_OVER or allowed(ask, alone)


@many
@given(st.lists(GRANTS, max_size=5), ASKS)
def test_a_search_among_people_and_a_single_question_agree(grants: list[Grant], ask: Ask) -> None:
    """Ben is found exactly when he, asking the same of a request that is not his, would be allowed."""
    given_ones = access(grants)
    found = dict(able(ask, given_ones.persons, given_ones, TREE, NOW))
    for person in (ANA, BEN):
        theirs = replace(ask, person_id=person.person_id, own_request=False, is_claimer=False)
        answer = judge(theirs, given_ones, TREE, NOW)
        assert found.get(person) == (answer if isinstance(answer, Allowed) else None)


@many
@given(st.lists(GRANTS, max_size=5), ASKS)
def test_nothing_of_a_suspended_person_counts(grants: list[Grant], ask: Ask) -> None:
    answer = judge(ask, access(grants).with_suspended(["ana"]), TREE, NOW)
    assert isinstance(answer, Refused)
    assert answer.why is RefusalReason.SUSPENDED
    assert list(able(ask, [ANA], access(grants).with_suspended(["ana"]), TREE, NOW)) == []
