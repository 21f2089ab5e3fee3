"""The life of a case: what may follow what, what a press still decides (P8), and what is due when."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.models import (
    CardAddress,
    Case,
    CustomRule,
    Device,
    DueKind,
    Finding,
    Kind,
    PortalState,
    RequestFacts,
    Rules,
    Sighting,
    Signer,
    Standing,
    Verb,
)
from bot.rules import comparing, lifecycle, remembering
from bot.rules.attempts import is_over
from bot.rules.redaction import redact
from tests.cards.everything_policies import proposal
from tests.cards.samples import (
    NOW,
    TOM,
    attempt,
    case,
    claim,
    decided,
    earlier,
    ended,
    entry,
    evidence,
    facts,
)

RULES = Rules()
MINUTE = timedelta(minutes=1)


def state(standing: Standing = Standing.PENDING, **changed: Any) -> PortalState:
    """What the portal says of a request."""
    values: dict[str, Any] = {"status_id": 1, "status_label": standing.value, "standing": standing}
    return PortalState(**(values | changed))


def sighting(number: int = 1, *, assignee: str = "", **changed: Any) -> Sighting:
    """A pending request as a list shows it."""
    return Sighting(facts=facts(number, **changed), state=state(assignee=assignee))


def thin(number: int = 1, **kept: Any) -> Sighting:
    """A list row that carries nothing but ids (and what is kept)."""
    bare = RequestFacts(
        request_id=f"req-{number}",
        organization_id="org-contoso",
        organization_name="",
        kind=kept.pop("kind", Kind.OTHER),
        action_type=kept.pop("action_type", ""),
        computer_id="",
        computer_name="",
        os_type=0,
        **kept,
    )
    return Sighting(facts=bare, state=state())


# What a list row says, held against the record


def test_requests_come_oldest_first_and_the_undated_last() -> None:
    seen = [
        sighting(1, requested_at=None),
        sighting(2, requested_at=NOW),
        sighting(3, requested_at=NOW - MINUTE),
    ]
    found = comparing.oldest_first(seen, lambda one: one.facts.requested_at)
    assert [one.facts.request_id for one in found] == ["req-3", "req-2", "req-1"]


def test_a_row_that_says_what_the_record_holds_is_no_news() -> None:
    assert not comparing.differs(entry(1), sighting(1))


@pytest.mark.parametrize(
    "seen",
    [
        sighting(1, reason="Now with another reason"),
        sighting(1, path=r"C:\Other\setup.exe"),
        sighting(1, signers=(Signer(subject="CN=Mallory", valid=True),)),
        sighting(1, signers=(Signer(subject="CN=Fabrikam Inc", valid=False),)),
        sighting(1, kind=Kind.ELEVATION),
        sighting(1, assignee="ana@portal"),
    ],
    ids=["reason", "path", "signer", "validity", "kind", "assignee"],
)
def test_other_facts_or_another_assignee_are_a_change(seen: Sighting) -> None:
    assert comparing.differs(entry(1), seen)


@pytest.mark.parametrize(
    "seen",
    [thin(1), thin(1, path=facts(1).path), thin(1, kind=Kind.APPLICATION, action_type="execute")],
    ids=["ids only", "with path", "with kind"],
)
def test_what_a_thin_row_leaves_out_is_no_change(seen: Sighting) -> None:
    assert not comparing.differs(entry(1), seen)


def test_a_thin_row_that_says_something_else_is_a_change() -> None:
    assert comparing.differs(entry(1), thin(1, path=r"C:\Elsewhere\setup.exe"))


WORDS = st.text("abcXYZ09", max_size=4)
FACTS = st.builds(
    RequestFacts,
    request_id=st.just("req-1"),
    organization_id=st.just("org"),
    organization_name=WORDS,
    kind=st.sampled_from(Kind),
    action_type=WORDS,
    computer_id=WORDS,
    computer_name=WORDS,
    os_type=st.integers(0, 3),
    path=WORDS,
    hash=WORDS,
    signers=st.lists(st.builds(Signer, subject=WORDS, thumbprint=WORDS, valid=st.booleans()), max_size=2).map(
        tuple
    ),
    created_by=st.lists(WORDS, max_size=2).map(tuple),
    reason=WORDS,
    device=st.none() | st.builds(Device, type=WORDS, serial_number=WORDS, manufacturer=WORDS),
    requested_at=st.none() | st.just(NOW),
)


@given(FACTS)
def test_no_facts_contradict_themselves(same: RequestFacts) -> None:
    """Whatever is left at its default inside a signer or a device: the same look twice is no change."""
    assert not comparing.contradicts(same, same)


@given(FACTS, FACTS)
def test_taking_over_a_whole_look_settles_every_contradiction_and_voids_older_presses(
    known: RequestFacts, seen: RequestFacts
) -> None:
    held = case(entry(1).model_copy(update={"facts": known}), revision=3)
    after = lifecycle.change_facts(held, Sighting(facts=seen, state=state()))
    assert after.requests[0].facts == seen
    assert not comparing.contradicts(seen, after.requests[0].facts)
    assert (after.revision > 3) is (after.requests[0].facts_revision > 3) is (known != seen)


# Opening, joining, changing, leaving


def test_a_new_case_holds_its_first_request_at_revision_one() -> None:
    opened = lifecycle.open_case("c1", sighting(1), NOW, RULES, follows="c0")
    (held,) = opened.requests
    assert (opened.revision, held.joined_revision, held.facts_revision) == (1, 1, 1)
    assert (opened.is_open, opened.follows_case_id) == (True, "c0")
    assert opened.subject_key
    assert held.due_at == NOW - 2 * MINUTE + 15 * MINUTE


def test_a_request_without_hash_gets_a_case_of_its_own() -> None:
    assert lifecycle.open_case("c1", sighting(1, hash=""), NOW, RULES).subject_key == ""


def test_a_joiner_is_shown_from_the_next_revision_on() -> None:
    """P8: a press on the older card does not decide it."""
    opened = lifecycle.open_case("c1", sighting(1), NOW, RULES)
    joined = lifecycle.join(opened, sighting(2), NOW + MINUTE, RULES)
    assert joined.revision == 2
    assert [one.facts.request_id for one in joined.shown_at(1)] == ["req-1"]
    assert [one.facts.request_id for one in joined.shown_at(2)] == ["req-1", "req-2"]
    assert joined.shown_at(0) == ()


def test_a_request_that_comes_back_replaces_its_ended_entry_and_counts_as_a_joiner() -> None:
    held = case(decided(1, Standing.CLOSED), entry(2), revision=3)
    joined = lifecycle.join(held, sighting(1), NOW, RULES)
    assert [one.facts.request_id for one in joined.requests] == ["req-2", "req-1"]
    assert joined.requests[-1].standing is Standing.PENDING
    assert [one.facts.request_id for one in joined.shown_at(3)] == ["req-2"]


def test_a_closed_case_takes_no_joiners() -> None:
    closed = case(decided(1, Standing.APPROVED), closed_at=NOW)
    with pytest.raises(ValueError, match="closed and takes no joiners"):
        lifecycle.join(closed, sighting(2), NOW, RULES)


@pytest.mark.parametrize(
    ("held", "asked", "belongs"),
    [
        (sighting(1), facts(2), True),
        (sighting(1), facts(2, hash="8f14e45fceea167a5a36dedd4bea2543"), True),
        (sighting(1), facts(2, organization_id="ORG-CONTOSO"), True),
        (sighting(1), facts(2, hash="0" * 32), False),
        (sighting(1), facts(2, organization_id="org-other"), False),
        (sighting(1), facts(2, kind=Kind.ELEVATION), False),
        (sighting(1), facts(2, os_type=2), False),
        (sighting(1), facts(1, hash=""), False),
        (sighting(1, hash=""), facts(1, hash=""), True),
        (sighting(1, hash=""), facts(2, hash=""), False),
        (sighting(1, hash=""), facts(1), False),
        (sighting(1, kind=Kind.STORAGE), facts(1, kind=Kind.STORAGE), True),
        (sighting(1, kind=Kind.STORAGE), facts(2, kind=Kind.STORAGE), False),
    ],
)
def test_what_belongs_to_a_case(held: Sighting, asked: RequestFacts, belongs: bool) -> None:
    opened = lifecycle.open_case("c1", held, NOW, RULES)
    assert lifecycle.fits(opened, asked) is belongs


def test_a_changed_fact_raises_the_revision_and_voids_older_presses_for_that_request_alone() -> None:
    """P8."""
    held = case(entry(1), entry(2), revision=3)
    after = lifecycle.change_facts(held, sighting(1, reason="Another one"))
    assert after.revision == 4
    assert [one.facts_revision for one in after.requests] == [4, 1]
    assert after.requests[0].facts.reason == "Another one"


def test_another_assignee_alone_voids_no_press() -> None:
    held = case(entry(1), revision=3)
    after = lifecycle.change_facts(held, sighting(1, assignee="ana"))
    assert (after.revision, after.requests[0].facts_revision) == (3, 1)
    assert after.requests[0].assignee == "ana"


def test_a_change_of_an_unknown_request_is_an_error_that_names_both() -> None:
    with pytest.raises(ValueError, match="case c1f00d has no request req-9"):
        lifecycle.change_facts(case(entry(1)), sighting(9))


def test_a_request_that_leaves_is_closed_here_and_says_that_it_moved() -> None:
    held = case(entry(1), entry(2))
    left = lifecycle.release_request(held, "req-1", state(), NOW)
    assert left.requests[0].standing is Standing.CLOSED
    assert left.requests[0].outcome is not None
    assert left.requests[0].outcome.state.status_label == "Moved to a new card"
    assert left.is_open
    assert not lifecycle.release_request(left, "req-2", state(), NOW).is_open


# Attempts


def deciding(verb: Verb = Verb.APPROVE, *, answered: bool = False) -> Case:
    """A case with one outstanding attempt."""
    begun = lifecycle.begin_attempt(case(entry(1)), "req-1", attempt(verb))
    return lifecycle.note_yes(begun, "req-1") if answered else begun


def test_an_attempt_is_recorded_on_a_pending_request_only() -> None:
    """P2: at most one outstanding attempt for a request."""
    begun = deciding()
    assert (begun.requests[0].standing, begun.requests[0].attempt) == (Standing.DECIDING, attempt())
    with pytest.raises(ValueError, match="req-1 is deciding; an attempt needs a pending request"):
        lifecycle.begin_attempt(begun, "req-1", attempt())


@pytest.mark.parametrize("standing", [s for s in Standing if s is not Standing.PENDING])
def test_no_attempt_begins_on_a_request_that_is_not_pending(standing: Standing) -> None:
    with pytest.raises(ValueError, match="needs a pending request"):
        lifecycle.begin_attempt(case(entry(1, standing)), "req-1", attempt())


def test_a_doubted_attempt_is_checked_and_keeps_the_time_of_the_first_doubt() -> None:
    doubted = lifecycle.doubt_attempt(deciding(), "req-1", NOW)
    again = lifecycle.doubt_attempt(doubted, "req-1", NOW + MINUTE)
    (held,) = again.requests
    assert held.standing is Standing.CHECKING
    assert held.attempt is not None
    assert held.attempt.unknown_since == NOW


def test_an_ended_attempt_leaves_the_request_pending_for_a_new_press() -> None:
    (held,) = lifecycle.end_attempt(lifecycle.doubt_attempt(deciding(), "req-1", NOW), "req-1").requests
    assert (held.standing, held.attempt) == (Standing.PENDING, None)


@pytest.mark.parametrize(
    ("step", "wrong"),
    [
        (lambda held: lifecycle.doubt_attempt(held, "req-1", NOW), case(entry(1))),
        (lambda held: lifecycle.doubt_attempt(held, "req-1", NOW), case(decided(1, Standing.APPROVED))),
        (lambda held: lifecycle.end_attempt(held, "req-1"), case(entry(1))),
        (lambda held: lifecycle.end_attempt(held, "req-1"), case(decided(1, Standing.APPROVED))),
        (lambda held: lifecycle.settle(held, "req-1", state(), NOW), case(entry(1))),
        (lambda held: lifecycle.settle(held, "req-1", state(Standing.CHECKING), NOW), case(entry(1))),
        (lambda held: lifecycle.entry_of(held, "req-2"), case(entry(1))),
    ],
    ids=[
        "doubt none",
        "doubt ended",
        "end none",
        "end ended",
        "settle pending",
        "settle checking",
        "unknown",
    ],
)
def test_a_step_that_may_not_follow_is_an_error(step: Callable[[Case], object], wrong: Case) -> None:
    with pytest.raises(ValueError, match="req-"):
        step(wrong)


@pytest.mark.parametrize(("after", "over"), [(79.9, False), (80, True), (500, True)])
def test_an_attempt_may_be_given_up_well_after_it_could_have_been_sent(after: float, over: bool) -> None:
    """20 s until it may not be sent any more, then 60 s for the portal."""
    assert is_over(attempt().not_after, NOW + timedelta(seconds=after), RULES) is over


MARK = "Approved by Tom via Gatehouse [attempt att-1]"
OTHER_MARK = "Denied by Ana via Gatehouse [attempt att-2]"
IS_OURS: list[tuple[Verb, PortalState, bool, bool]] = [
    (Verb.APPROVE, state(Standing.APPROVED, comments=f"x\n{MARK}"), False, True),
    (Verb.APPROVE, state(Standing.APPROVED, comments=f"{OTHER_MARK}\n{MARK}"), False, True),
    (Verb.APPROVE, state(Standing.APPROVED, comments=OTHER_MARK), True, False),
    (Verb.APPROVE, state(Standing.APPROVED, comments=OTHER_MARK), False, False),
    (Verb.APPROVE, state(Standing.APPROVED, comments="a note"), True, True),
    (Verb.APPROVE, state(Standing.APPROVED, comments="a note"), False, False),
    (Verb.APPROVE, state(Standing.REJECTED, comments=MARK), True, False),
    (Verb.APPROVE, state(Standing.CLOSED, comments=MARK), True, False),
    (Verb.DENY, state(Standing.REJECTED), True, True),
    (Verb.DENY, state(Standing.REJECTED), False, False),
    (Verb.DENY, state(Standing.REJECTED, comments=MARK), False, True),
    (Verb.DENY, state(Standing.APPROVED), True, False),
]


@pytest.mark.parametrize(("verb", "said", "answered", "ours"), IS_OURS)
def test_whose_decision_the_portal_shows(verb: Verb, said: PortalState, answered: bool, ours: bool) -> None:
    """The mark proves it; without one only a yes to our own write does; the other verb never is ours."""
    assert lifecycle.is_ours(attempt(verb, answered=answered), said) is ours


@pytest.mark.parametrize(("verb", "said", "answered", "ours"), IS_OURS)
def test_settling_takes_the_portals_word_and_names_our_attempt_only_if_it_was_ours(
    verb: Verb, said: PortalState, answered: bool, ours: bool
) -> None:
    """P3."""
    settled = lifecycle.settle(deciding(verb, answered=answered), "req-1", said, NOW)
    (held,) = settled.requests
    assert (held.standing, held.attempt) == (said.standing, None)
    assert held.outcome is not None
    assert (held.outcome.attempt is not None) is ours
    assert settled.closed_at == NOW


def test_a_case_closes_with_its_last_open_request_and_its_claim_ends_there() -> None:
    held = case(entry(1), entry(2), claim=claim())
    first = lifecycle.settle(held, "req-1", state(Standing.REJECTED), NOW)
    assert first.is_open
    assert first.claim is not None
    last = lifecycle.settle(first, "req-2", state(Standing.APPROVED), NOW + MINUTE)
    assert (last.closed_at, last.claim) == (NOW + MINUTE, None)


STEPS = st.lists(
    st.tuples(st.sampled_from(["begin", "doubt", "end", "settle", "join", "change"]), st.integers(1, 3)),
    max_size=20,
)


@given(STEPS)
def test_whatever_is_tried_in_whatever_order_a_record_stays_true_to_itself(
    steps: list[tuple[str, int]],
) -> None:
    """A refused step changes nothing; an attempt stands exactly on DECIDING and CHECKING; an end has an outcome."""
    held = case(entry(1), entry(2), revision=1)
    for number, (step, which) in enumerate(steps):
        try:
            held = _tried(held, step, which, NOW + number * MINUTE)
        except ValueError:
            continue
        for one in held.requests:
            assert (one.attempt is not None) is (one.standing in (Standing.DECIDING, Standing.CHECKING))
            assert (one.outcome is not None) is not one.standing.is_open
            assert one.joined_revision <= held.revision
            assert one.facts_revision <= held.revision
        assert held.is_open is bool(held.open_requests)


def _tried(held: Case, step: str, which: int, now: datetime) -> Case:
    request_id = f"req-{which}"
    match step:
        case "begin":
            return lifecycle.begin_attempt(held, request_id, attempt())
        case "doubt":
            return lifecycle.doubt_attempt(held, request_id, now)
        case "end":
            return lifecycle.end_attempt(held, request_id)
        case "settle":
            return lifecycle.settle(held, request_id, state(Standing.APPROVED), now)
        case "join":
            return lifecycle.join(held, sighting(which), now, RULES)
        case _:
            return lifecycle.change_facts(held, sighting(which, reason=f"at {now}"))


# What is remembered


@pytest.mark.parametrize(
    ("standing", "verb"), [(Standing.APPROVED, Verb.APPROVE), (Standing.REJECTED, Verb.DENY)]
)
def test_a_decision_is_remembered_under_its_hash_and_its_software(standing: Standing, verb: Verb) -> None:
    (note,) = remembering.decision_notes(case(decided(1, standing, ours=attempt(verb))), "req-1")
    assert note.keys == (*remembering.history_keys(facts(1)), *remembering.signer_keys(facts(1)))
    assert (note.across, note.organization_id) == (remembering.across_key(facts(1)), "org-contoso")
    assert len(note.keys) == 3
    assert (note.decision.verb, note.decision.by, note.decision.reach) == (verb, "Tom Okafor", "computer")


def test_a_decision_made_in_the_portal_is_remembered_with_its_decider_and_no_reach() -> None:
    (note,) = remembering.decision_notes(case(decided(1, Standing.APPROVED, by="Ada", at=None)), "req-1")
    assert (note.decision.by, note.decision.reach, note.decision.at) == ("Ada", "", NOW)


@pytest.mark.parametrize("ended_as", [entry(1), decided(1, Standing.CLOSED), entry(1, Standing.APPROVED)])
def test_what_was_not_decided_is_not_remembered(ended_as: Any) -> None:
    assert remembering.decision_notes(case(ended_as), "req-1") == ()


def test_a_file_without_hash_is_remembered_as_software_alone() -> None:
    (only,) = remembering.history_keys(facts(1, hash=""))
    assert only.startswith("org-contoso|software|")


SAME_SOFTWARE = [
    facts(1, path=r"C:\Users\rita\Downloads\tool-4.1-setup.exe"),
    facts(2, path=r"C:\Users\bob.jones\Downloads\tool-4.2-setup.exe"),
    facts(3, path=r"c:\users\Zoë M\downloads\TOOL-12.0-setup.exe", hash="0" * 32),
]
OTHER_SOFTWARE = [
    facts(1, path=r"C:\Users\rita\Downloads\other-4.1-setup.exe"),
    facts(1, path=SAME_SOFTWARE[0].path, signers=()),
    facts(1, path=SAME_SOFTWARE[0].path, signers=(Signer(subject="CN=Mallory", valid=True),)),
    facts(1, path=SAME_SOFTWARE[0].path, kind=Kind.ELEVATION),
    facts(1, path=SAME_SOFTWARE[0].path, os_type=2),
]


def test_software_is_the_same_for_every_user_and_version() -> None:
    assert len({remembering.software_key(one) for one in SAME_SOFTWARE}) == 1


def test_another_name_signer_kind_or_system_is_other_software() -> None:
    keys = {remembering.software_key(one) for one in OTHER_SOFTWARE}
    assert len(keys) == len(OTHER_SOFTWARE)
    assert remembering.software_key(SAME_SOFTWARE[0]) not in keys


@given(st.integers(0, 10**9), st.text("abcdefgh .-_", min_size=1, max_size=12))
def test_numbers_and_people_never_split_software(version: int, user: str) -> None:
    first = facts(1, path=r"C:\Users\ana\App\tool-1.exe")
    other = facts(1, path=rf"C:\Users\{user}\App\tool-{version}.exe")
    assert remembering.software_key(first) == remembering.software_key(other)


# Claims


def test_a_claim_lasts_its_length_and_then_lapses() -> None:
    held = lifecycle.take_claim(case(), TOM, NOW, RULES, escalated=True)
    assert held.claim is not None
    assert (held.claim.until, held.claim.escalated) == (NOW + RULES.decisions.claim_length, True)
    assert not lifecycle.claim_has_lapsed(held, NOW + RULES.decisions.claim_length - timedelta(seconds=1))
    assert lifecycle.claim_has_lapsed(held, NOW + RULES.decisions.claim_length)
    dropped = lifecycle.drop_claim(held)
    assert dropped.claim is None
    assert not lifecycle.claim_has_lapsed(dropped, NOW + timedelta(days=9))


# Evidence


def test_evidence_adds_reasons_once_and_closes_one_press_when_a_policy_is_due() -> None:
    held = case(unusual=("unsigned",))
    few = lifecycle.add_evidence(held, evidence(hand_approvals=1), ("known bad", "unsigned"), RULES)
    assert few.unusual == ("unsigned", "known bad")
    assert not few.policy_due
    assert lifecycle.add_evidence(held, evidence(hand_approvals=2), (), RULES).policy_due


def test_what_was_found_out_is_told_as_facts_and_nothing_is_none() -> None:
    assert lifecycle.evidence_facts(case()) == {}
    assert lifecycle.evidence_facts(case(evidence=evidence())) == evidence().facts() != {}


def test_one_more_approval_by_hand_has_its_repeats_weighed_anew_and_nothing_else_has() -> None:
    due = case(policy_due=True)
    approved = lifecycle.settle(due, "req-1", state(Standing.APPROVED), NOW)
    assert approved.repeats_unweighed
    assert not lifecycle.repeats_weighed(approved).repeats_unweighed
    assert not lifecycle.settle(due, "req-1", state(Standing.REJECTED), NOW).repeats_unweighed
    assert not lifecycle.settle(case(), "req-1", state(Standing.APPROVED), NOW).repeats_unweighed
    proposed = due.model_copy(update={"proposal": proposal("x")})
    assert not lifecycle.settle(proposed, "req-1", state(Standing.APPROVED), NOW).repeats_unweighed


ONE_PRESS: list[tuple[Case, str]] = [
    (case(), ""),
    (case(entry(1), entry(2)), ""),
    (case(evidence=evidence()), ""),
    (case(entry(1, signers=(), path=r"C:\Program Files\Tool\tool.exe")), ""),
    (case(entry(1, signers=())), "unsigned and was started from a temporary or download folder"),
    (case(policy_due=True), "a policy is due"),
    (case(entry(1), entry(2, signers=())), "different signers"),
    (case(entry(1), entry(2, signers=(Signer(subject="CN=Mallory", valid=True),))), "different signers"),
    (case(entry(1, signers=(Signer(subject="CN=F", valid=False),))), "signature is not valid"),
    (case(evidence=evidence(known_bad=Finding.YES)), "known to be bad"),
    (case(entry(1), entry(2, Standing.REJECTED, signers=(), outcome=ended(Standing.REJECTED))), ""),
]


@pytest.mark.parametrize(("held", "why"), ONE_PRESS)
def test_one_press_is_for_the_plain_case_only(held: Case, why: str) -> None:
    allowed, said = lifecycle.allows_one_press(held)
    assert allowed is not bool(why)
    assert why in said


def test_two_signers_in_another_order_are_no_difference() -> None:
    a, b = Signer(subject="CN=A", valid=True), Signer(subject="CN=B", valid=True)
    assert lifecycle.allows_one_press(case(entry(1, signers=(a, b)), entry(2, signers=(b, a)))) == (True, "")


# Due times


OF_A_CASE = set(DueKind) - {DueKind.GRANT, DueKind.MODE, DueKind.EXCEPTION}
"""A grant, a maintenance mode and an exception belong to no case."""


def due(held: Case, now: datetime = NOW) -> dict[DueKind, datetime]:
    """What is armed for a case."""
    times = lifecycle.due_times(held, now, RULES)
    assert {one.kind for one in times} == OF_A_CASE, "each kind is armed or disarmed, none is forgotten"
    assert {one.case_id for one in times} == {held.case_id}
    return {one.kind: one.at for one in times if one.at is not None}


def test_a_new_case_has_its_first_step_and_its_evidence_due() -> None:
    opened = lifecycle.open_case("c1", sighting(1), NOW, RULES)
    assert due(opened) == {DueKind.STEP: NOW + 3 * MINUTE, DueKind.EVIDENCE: NOW}


def test_an_outstanding_attempt_is_asked_about_when_it_may_not_be_sent_any_more_then_every_5_s() -> None:
    begun = deciding()
    assert due(begun)[DueKind.RECONCILE] == NOW + timedelta(seconds=20)
    later = NOW + timedelta(seconds=20)
    assert due(begun, later)[DueKind.RECONCILE] == later + timedelta(seconds=5)
    assert DueKind.RECONCILE not in due(lifecycle.end_attempt(begun, "req-1"))


def test_the_earliest_of_several_attempts_is_asked_about_first() -> None:
    later = attempt(not_after=NOW + timedelta(minutes=2))
    held = case(entry(1, Standing.DECIDING, attempt=later), entry(2, Standing.DECIDING, attempt=attempt()))
    assert due(held)[DueKind.RECONCILE] == NOW + timedelta(seconds=20)


def test_a_claim_is_due_when_it_lapses() -> None:
    assert due(case(claim=claim()))[DueKind.CLAIM] == NOW + 15 * MINUTE


@pytest.mark.parametrize(
    ("held", "at"),
    [
        (case(), NOW),
        (case(evidence=evidence(revision=3)), NOW + timedelta(hours=20)),
        (case(evidence=evidence(revision=2)), NOW),
        (case(evidence=evidence(revision=3, failed=("matching applications",))), NOW + 2 * MINUTE),
        (case(decided(1, Standing.APPROVED), closed_at=NOW), None),
    ],
)
def test_evidence_is_due_at_once_where_a_check_failed_and_before_it_grows_old(
    held: Case, at: datetime | None
) -> None:
    assert due(held).get(DueKind.EVIDENCE) == at


def test_a_closed_case_is_due_for_retention_alone_and_once() -> None:
    closed = lifecycle.settle(case(entry(1), claim=claim()), "req-1", state(Standing.APPROVED), NOW)
    assert due(closed) == {DueKind.RETENTION: NOW + RULES.retention.closed_cases}
    assert due(redact(closed, NOW + RULES.retention.closed_cases)) == {}


# Retention


def test_redacting_removes_what_names_or_quotes_a_person_and_keeps_ids_times_and_outcomes() -> None:
    said = state(
        Standing.REJECTED, decided_at=NOW, comments="Dana 1 called. [attempt att-1]", decided_by="api"
    )
    denial = attempt(Verb.DENY, effect="Deny the application request for setup.exe on WS-001; told.")
    choice = denial.choice.model_copy(
        update={"reason": "Dana, use the store", "validated_how": "asked Dana", "confirmed_by": "Lee Boss"}
    )
    begun = lifecycle.begin_attempt(
        case(entry(1, assignee="Ada Lund"), unusual=("started by Dana",), escalated_by="Ada Lund"),
        "req-1",
        denial.model_copy(update={"choice": choice}),
    )
    closed = lifecycle.settle(begun, "req-1", said, NOW)
    kept = redact(closed, NOW + timedelta(days=90))
    text = kept.model_dump_json().casefold()
    for word in ("dana", "setup.exe", "quarterly", "contoso.example", "explorer", "lund", "lee boss"):
        assert word not in text
    (held,) = kept.requests
    assert (held.standing, held.facts.hash) == (Standing.REJECTED, closed.hash)
    assert held.outcome is not None
    assert held.outcome.attempt is not None
    assert held.outcome.attempt.attempt_id == "att-1"
    assert (kept.closed_at, kept.redacted_at) == (NOW, NOW + timedelta(days=90))


def test_redacting_takes_the_paths_out_of_a_rule_and_keeps_that_it_was_one() -> None:
    rule = CustomRule(
        path=r"C:\Users\dana\*", process=r"C:\Users\dana\p.exe", signer="CN=Fabrikam", created_by="dana"
    )
    given = attempt()
    choice = given.choice.model_copy(update={"rule": rule})
    begun = lifecycle.begin_attempt(case(), "req-1", given.model_copy(update={"choice": choice}))
    answered = lifecycle.note_yes(begun, "req-1")
    kept = redact(lifecycle.settle(answered, "req-1", state(Standing.APPROVED), NOW), NOW)
    assert "dana" not in kept.model_dump_json().casefold()
    assert kept.requests[0].outcome is not None
    assert kept.requests[0].outcome.attempt is not None
    assert kept.requests[0].outcome.attempt.choice.rule == CustomRule(signer="CN=Fabrikam")


def test_redacting_what_was_never_decided_here_works_as_well() -> None:
    kept = redact(case(decided(1, Standing.CLOSED), entry(2, Standing.APPROVED)), NOW)
    assert {one.facts.requestor for one in kept.requests} == {""}


# Questions to a case


def test_a_case_answers_for_its_open_requests_only() -> None:
    held = case(entry(1), entry(2, Standing.CHECKING, attempt=attempt()), decided(3, Standing.APPROVED))
    assert [one.facts.request_id for one in held.open_requests] == ["req-1", "req-2"]
    assert [one.facts.request_id for one in held.pending] == ["req-1"]
    assert held.computers == ("comp-1", "comp-2")
    assert held.due_at == NOW + 13 * MINUTE
    assert case(decided(3, Standing.APPROVED)).due_at is None
    assert (held.entry("req-3") is not None, held.entry("req-4")) == (True, None)


def test_requests_of_one_computer_count_as_one_computer() -> None:
    assert case(entry(1), entry(2, computer_id="comp-1")).computers == ("comp-1",)


def test_a_full_record_is_stored_and_read_back_unchanged() -> None:
    full = lifecycle.join(
        lifecycle.doubt_attempt(deciding(), "req-1", NOW), sighting(2), NOW, RULES
    ).model_copy(
        update={
            "claim": claim(),
            "evidence": evidence(earlier=(earlier(),)),
            "card": CardAddress(channel_id="C1", ts="1.2", posted_at=NOW),
        }
    )
    assert Case.model_validate_json(full.model_dump_json()) == full
