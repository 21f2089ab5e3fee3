"""What is remembered of a decision, and under which names: the next decisions are weighed by it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.models import Choice, EarlierDecision, Given, Kind, SeenHead, Signer, Standing, Suspension, Verb
from bot.models.unusual import Spoke
from bot.rules import lifecycle, remembering, sla
from bot.rules.older_ledger import without_revived
from permissions import MaintenanceMode
from tests.cards.samples import NOW, TOM, attempt, case, earlier, entry, evidence, facts, steps_of
from tests.rules.test_lifecycle import RULES, state

HASH = "A" * 64
SIGNED = (Signer(subject="CN=Corvid", valid=True), Signer(subject="CN=Somebody", valid=False))


def test_a_decision_of_ours_is_remembered_whole() -> None:
    ours = attempt(answered=True)
    begun = lifecycle.begin_attempt(case(entry(1, clock_from=NOW - timedelta(minutes=7))), "req-1", ours)
    settled = lifecycle.settle(begun, "req-1", state(Standing.APPROVED), NOW)
    [note] = remembering.decision_notes(settled, "req-1")
    told = note.decision
    assert (told.case_id, told.request_id) == (settled.case_id, "req-1")
    assert (told.computer_id, told.computer_name) == (facts(1).computer_id, facts(1).computer_name)
    assert told.asked_at == NOW - timedelta(minutes=7)
    assert (told.same_file, told.by_us, told.two_people) == (True, True, False)
    assert note.organization_id == facts(1).organization_id.lower()
    assert note.across == remembering.across_key(facts(1))


def test_that_two_people_agreed_is_remembered() -> None:
    two = attempt(answered=True).model_copy(update={"first": TOM})
    begun = lifecycle.begin_attempt(case(entry(1)), "req-1", two)
    settled = lifecycle.settle(begun, "req-1", state(Standing.APPROVED), NOW)
    assert remembering.decision_notes(settled, "req-1")[0].decision.two_people


def test_a_decision_in_the_portal_is_nobodys_of_two() -> None:
    settled = lifecycle.settle(case(entry(1)), "req-1", state(Standing.REJECTED), NOW)
    told = remembering.decision_notes(settled, "req-1")[0].decision
    assert (told.by_us, told.two_people) == (False, False)


@pytest.mark.parametrize(
    ("standing", "verb"), [(Standing.APPROVED, Verb.APPROVE), (Standing.REJECTED, Verb.DENY)]
)
def test_what_was_decided_is_remembered_under_every_name_of_it(standing: Standing, verb: Verb) -> None:
    asked = case(entry(1, hash=HASH, signers=SIGNED))
    [note] = remembering.decision_notes(lifecycle.settle(asked, "req-1", state(standing), NOW), "req-1")
    told = asked.requests[0].facts
    assert note.decision.verb is verb
    assert note.keys == (*remembering.history_keys(told), *remembering.signer_keys(told))
    assert len(set(note.keys)) == 3


def test_what_nobody_decided_is_not_remembered() -> None:
    asked = case(entry(1))
    assert remembering.decision_notes(asked, "req-1") == ()
    closed = lifecycle.settle(asked, "req-1", state(Standing.CLOSED), NOW)
    assert closed.requests[0].outcome is not None
    assert remembering.decision_notes(closed, "req-1") == ()


def test_what_has_neither_path_nor_signer_is_one_software_by_its_digest_alone() -> None:
    nothing = {"path": "", "signers": ()}
    key = remembering.software_key(facts(1, hash=HASH, **nothing))
    assert key == remembering.software_key(facts(2, hash=HASH.lower(), **nothing))
    others = [
        facts(1, hash="B" * 64, **nothing),
        facts(1, hash=HASH, kind=Kind.ELEVATION, **nothing),
        facts(1, hash=HASH, os_type=2, **nothing),
        facts(1, hash=HASH, path="", signers=SIGNED),
        facts(1, hash=HASH, path="C:/a.exe", signers=()),
    ]
    assert len({key, *map(remembering.software_key, others)}) == 6
    signed = facts(1, hash="C" * 64, path="", signers=SIGNED)
    assert remembering.software_key(signed) == remembering.software_key(others[3]), (
        "its signer tells what it is"
    )


def test_names_are_one_organizations_whatever_its_letters() -> None:
    upper = facts(1, organization_id="ORG-A", hash=HASH, signers=SIGNED)
    lower = facts(1, organization_id="org-a", hash=HASH, signers=SIGNED)
    for names in (remembering.history_keys, remembering.signer_keys):
        assert names(upper) == names(lower)
        assert all(one.startswith("org-a|") for one in names(upper))
    assert remembering.history_keys(upper)[0] == f"org-a|hash|{HASH}" == remembering.hash_key("ORG-A", HASH)


def test_a_signer_counts_where_the_signature_holds_and_only_there() -> None:
    other = (Signer(subject="CN=Other", valid=True),)
    assert remembering.signer_keys(facts(1, signers=SIGNED[1:])) == ()
    assert remembering.signer_keys(facts(1, signers=SIGNED)) == remembering.signer_keys(
        facts(1, signers=SIGNED[:1])
    )
    assert remembering.signer_keys(facts(1, signers=SIGNED)) != remembering.signer_keys(
        facts(1, signers=other)
    )


def test_elevations_are_counted_by_organization_and_by_account() -> None:
    dana = facts(1, kind=Kind.ELEVATION, organization_id="ORG", requestor="FAB\\dana")
    again = facts(2, kind=Kind.ELEVATION, organization_id="org", requestor="Dana@fab.example")
    other = facts(3, kind=Kind.ELEVATION, organization_id="org", requestor="FAB\\eva")
    assert remembering.elevation_keys(dana) == remembering.elevation_keys(again)
    assert remembering.elevation_keys(dana)[0] == remembering.elevation_keys(other)[0] == "org|elevation"
    assert remembering.elevation_keys(dana)[1] != remembering.elevation_keys(other)[1]
    assert remembering.elevation_keys(facts(1, kind=Kind.APPLICATION, requestor="FAB\\dana")) == ()
    assert remembering.elevation_keys(facts(1, kind=Kind.ELEVATION, requestor="")) == ()


@pytest.mark.parametrize(("digest", "name"), [(HASH, f"1|{HASH}"), ("", ""), ("N/A", ""), ("0" * 64, "")])
def test_a_file_is_counted_across_organizations_by_its_digest_alone(digest: str, name: str) -> None:
    assert remembering.across_key(facts(1, os_type=1, hash=digest)) == name


def test_a_request_that_left_says_so() -> None:
    left = lifecycle.release_request(case(entry(1), entry(2)), "req-1", state(), NOW)
    assert [one.left for one in left.requests] == [True, False]


def test_what_was_found_and_which_rules_spoke_stand_on_the_case() -> None:
    found, spoke = evidence(), (Spoke.model_construct(rule="burst", request_id="req-1"),)
    held = lifecycle.add_evidence(case(), found, ("x",), RULES, spoke)
    assert (held.evidence, held.spoke, held.unusual[-1:]) == (found, spoke, ("x",))


def test_a_summary_absorbs_the_late_steps_of_its_request_alone() -> None:
    asked_at = NOW - timedelta(minutes=40)
    steps = steps_of(asked_at, asked_at)
    both = case(entry(1, clock_from=asked_at, steps=steps), entry(2, clock_from=asked_at, steps=steps))
    absorbed = sla.absorb_late(both, "req-1", NOW, RULES, because="summed up")
    first, second = absorbed.requests
    assert all(step.skipped == "summed up" for step in first.steps if step.taken_at is not None)
    assert second == both.requests[1]
    young = steps_of(NOW, NOW)
    assert all(step.is_open for step in young)
    mixed = case(entry(1, clock_from=asked_at, steps=(steps[0], young[-1])))
    kept = sla.absorb_late(mixed, "req-1", NOW, RULES, because="summed up").requests[0].steps
    assert any(step.kind is young[-1].kind and step.is_open for step in kept)


def test_suspensions_of_both_times_stay_and_each_person_once() -> None:
    def stopped(person_id: str, reason: str) -> Suspension:
        return Suspension(person_id=person_id, person_name=person_id, by=TOM, at=NOW, reason=reason)

    given = Given(suspensions=(stopped("ana", "now"),))
    seen = SeenHead(number=5, link="x", at=NOW, suspensions=(stopped("ana", "then"), stopped("bo", "then")))
    kept = without_revived(given, seen).suspensions
    assert [(one.person_id, one.reason) for one in kept] == [("ana", "now"), ("bo", "then")]


def made(press: str, number: int, computer: str, **more: object) -> EarlierDecision:
    """An approval of a press, the `number`th request, so many minutes ago, on a computer."""
    values: dict[str, object] = {"at": NOW - timedelta(minutes=number), "request_id": f"r{number}"}
    values |= {"press_id": press, "case_id": "case-1", "computer_id": computer}
    return earlier(**(values | more))


@pytest.mark.parametrize(
    ("approvals", "count"),
    [
        ([], 0),
        # Three requests of one person on one computer, by one press: one decision.
        ([made("p1", 1, "C1"), made("p1", 2, "C1"), made("p1", 3, "C1")], 1),
        # One press on three computers is one decision still, three presses are three.
        ([made("p1", 1, "C1"), made("p1", 2, "C2"), made("p1", 3, "C3")], 1),
        ([made("p1", 1, "C1"), made("p2", 2, "C2"), made("p3", 3, "C3")], 3),
        # Who asks for the same file again on the same computer is let run what runs already.
        ([made("p3", 1, "C1"), made("p2", 2, "C1"), made("p1", 3, "C1")], 1),
        # Also on another card, unless what was approved before had an end.
        (
            [
                made("p2", 1, "C1", case_id="b", lets_run=HASH),
                made("p1", 2, "C1", case_id="a", lets_run=HASH),
            ],
            1,
        ),
        ([made("p2", 1, "C1", case_id="b"), made("p1", 2, "C1", case_id="a", lets_run=HASH)], 2),
        # The same computer for another file is another decision; so is a press that did something besides.
        ([made("p2", 1, "C1", case_id="case-2"), made("p1", 2, "C1")], 2),
        ([made("p2", 1, "C2"), made("p2", 2, "C1"), made("p1", 3, "C1")], 2),
        # In the portal nobody presses: each file and computer counts by itself.
        ([made("", 1, "C1"), made("", 2, "C1"), made("", 3, "C2")], 2),
        ([made("", 1, ""), made("", 2, "")], 2),
        # Of before the cases were kept: by the request, or by its time.
        ([made("", 1, "C1", case_id=""), made("", 2, "C1", case_id="")], 2),
        ([made("", n, "C1", case_id="", request_id="") for n in (1, 1, 2)], 2),
    ],
)
def test_decisions_are_counted_and_not_the_requests_that_they_ended(
    approvals: list[EarlierDecision], count: int
) -> None:
    counted = remembering.as_decisions(approvals)
    assert len(counted) == count
    assert [one.at for one in counted] == sorted((one.at for one in counted), reverse=True)
    assert remembering.decisions(map(remembering.effect_of, reversed(approvals))) == count


@pytest.mark.parametrize(
    ("choice", "lets_run"),
    [
        (Choice(verb=Verb.APPROVE), HASH),
        (Choice(verb=Verb.APPROVE, expires_at=NOW), ""),
        (Choice(verb=Verb.APPROVE, elevate=True, elevate_hours=1), ""),
        (Choice(verb=Verb.APPROVE, mode=MaintenanceMode.INSTALLATION), ""),
        (Choice(verb=Verb.DENY), ""),
    ],
)
def test_a_decision_names_its_press_and_what_it_lets_run_for_good(choice: Choice, lets_run: str) -> None:
    made_now = attempt(press_id="press-7", answered=True, choice=choice)
    begun = lifecycle.begin_attempt(case(entry(1, hash=HASH)), "req-1", made_now)
    standing = Standing.APPROVED if choice.verb is Verb.APPROVE else Standing.REJECTED
    settled = lifecycle.settle(begun, "req-1", state(standing), NOW)
    [note] = remembering.decision_notes(settled, "req-1")
    assert (note.decision.press_id, note.decision.lets_run) == ("press-7", lets_run)
    on_its_way = remembering.effect_on(made_now, settled.case_id, settled.requests[0].facts)
    assert on_its_way == remembering.effect_of(note.decision)
