"""Evidence of whole cases from the stand-in portal: joiners, neighbours, outages, and what is never said."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.cards import render_case
from bot.cards.case.modals import details_modal
from bot.cards.kit import ids
from bot.escalation.evidence import gather, history
from bot.escalation.evidence.asking import COMPUTERS_ASKED, ask
from bot.escalation.steps import expire
from bot.models import (
    Case,
    Change,
    Check,
    CheckFinding,
    CheckName,
    DecisionNote,
    DueKind,
    EarlierDecision,
    Event,
    Evidence,
    Finding,
    Seen,
    Verb,
)
from bot.rules import lifecycle, remembering
from bot.rules.one_press import overdue
from rehearsal.portal.faults import FaultKind
from rehearsal.portal.rights import ALL_RIGHTS, SUPER_ADMIN, SUPER_ADMIN_CHILD, VIEW_UNIFIED_AUDIT
from tests.desk import Bench, text_of

OK, BAD, UNKNOWN = CheckFinding.OK, CheckFinding.BAD, CheckFinding.UNKNOWN
GET, DETAILS = "ApprovalRequestGetById", "ApprovalRequestGetPermitApplicationById"
MATCHES, RESEARCH = "ApplicationGetMatchingList", "ApplicationGetResearchDetailsById"
HISTORY, ROWS = "ActionLogGetAllForFileHistoryV2", "ComputerGetByAllParameters"
POLICIES = "PolicyGetForViewPoliciesByApplicationId"
PROGRAM = r"C:\Program Files\TidePlan\tideplan.exe"


async def gathered(bench: Bench, case: Case) -> Evidence:
    """Let the evidence tick act on a case; what was found out."""
    for taken, stored in await bench.due(DueKind.EVIDENCE):
        if taken.case_id == case.case_id:
            await gather(bench.desk, taken, stored.case)
    found = (await bench.case(case.case_id)).evidence
    assert found is not None
    return found


def of(found: Evidence, name: CheckName) -> Check:
    """The check of a name, which must be there."""
    check = found.check(name)
    assert check is not None, name
    return check


def change_computer(bench: Bench, name: str, **changed: Any) -> None:
    """Another state of a computer of the stand-in portal."""
    world = bench.portal.world
    computer = next(one for one in world.computers.values() if one.name == name)
    world.computers[computer.computer_id] = replace(computer, **changed)


def shown(bench: Bench, case: Case) -> str:
    """Everything that is drawn of a case: card and details."""
    card = render_case(case, bench.desk.rules, bench.desk.now())
    return f"{card.blocks}{card.text}{details_modal(case)}"


# What a plain case shows


async def test_every_check_is_made_for_a_plain_request(bench: Bench) -> None:
    case = await bench.arrive(product="tideplan", version="5.0", path=PROGRAM)
    found = await gathered(bench, case)
    assert {one.name for one in found.checks} == set(CheckName)
    assert all(one.is_made for one in found.checks)
    assert found.found(BAD) == ()
    assert found.failed == ()
    event = await bench.last("evidence_gathered")
    assert event.facts["digest"] == found.digest
    assert set(event.facts["checks"]) == {one.value for one in CheckName}
    assert "Fjordlight" not in str(event.facts)
    assert "Fjordlight" in str(event.private)


async def test_a_file_of_the_portals_threat_list_is_known_bad_and_pinged_at_once(bench: Bench) -> None:
    """The Unified Audit's reputation fields, research or not."""
    case = await bench.arrive(product="tideplan", version="5.0", path=PROGRAM, is_known_bad=True)
    found = await gathered(bench, case)
    assert (found.known_bad, of(found, CheckName.REPUTATION).finding) == (Finding.YES, BAD)
    await bench.say()
    pings = [text_of(one) for one in bench.said if one.effect_id.startswith("unusual:")]
    assert any("reputation fields" in ping for ping in pings)
    after = await bench.case(case.case_id)
    assert ids.APPROVE_COMPUTER not in shown(bench, after)


async def test_started_by_a_mail_program_is_unusual_and_closes_one_press(bench: Bench) -> None:
    case = await bench.arrive(product="mshta")
    found = await gathered(bench, case)
    assert of(found, CheckName.PARENT).finding is BAD
    after = await bench.case(case.case_id)
    assert "started by a document or mail program" in after.unusual
    allowed, why = lifecycle.allows_one_press(after, bench.desk.rules, bench.desk.now())
    assert not allowed
    assert "parent process" in why


async def test_a_file_that_a_policy_let_run_here_was_seen_before(bench: Bench) -> None:
    """By the Unified Audit alone: nobody decided about it in Gatehouse."""
    case = await bench.arrive(product="tideplan", version="5.0")
    world = bench.portal.world
    row = next(one for one in reversed(world.audit) if one.file.hash == case.hash)
    earlier = replace(row, action_id=1, at=row.at - timedelta(days=40), number=1, audit_row_id="earlier")
    world.audit.insert(0, earlier)
    found = await gathered(bench, case)
    assert (found.seen, found.seen_note) == (Seen.BEFORE, "it ran on this computer before")
    first = of(found, CheckName.FIRST_SEEN)
    assert (first.finding, first.source.value) == (OK, "the portal's Unified Audit")
    assert first.since == earlier.at.replace(microsecond=0)


async def test_another_file_at_the_same_path_was_not_seen(bench: Bench) -> None:
    case = await bench.arrive(product="tideplan", version="5.0")
    world = bench.portal.world
    row = next(one for one in reversed(world.audit) if one.file.hash == case.hash)
    other = replace(row.file, hash="AB" * 16, sha256="cd" * 32)
    world.audit.insert(0, replace(row, action_id=1, file=other, number=1, audit_row_id="other"))
    assert (await gathered(bench, case)).seen is Seen.NEVER


# Joiners


async def test_each_computers_mode_counts_and_is_named(bench: Bench) -> None:
    first, second = bench.computers()[:2]
    ends = bench.clock.now() + timedelta(hours=1)
    change_computer(bench, second, maintenance_type_id=3, maintenance_end_at=ends)
    case = await bench.arrive_on(first, second, product="tideplan", version="5.0")
    mode = of(await gathered(bench, case), CheckName.MODE)
    assert (mode.finding, mode.note) == (BAD, f"{second}: Learning Mode; until")
    assert mode.since == ends.replace(microsecond=0)


async def test_a_mode_that_ran_out_is_no_mode(bench: Bench) -> None:
    name = bench.computers()[0]
    change_computer(bench, name, maintenance_type_id=2, maintenance_end_at=bench.clock.now())
    case = await bench.arrive(computer=name, product="tideplan", version="5.0")
    assert of(await gathered(bench, case), CheckName.MODE).finding is OK


async def test_a_joiner_is_looked_at_and_its_own_computer_asked(bench: Bench) -> None:
    first, second = bench.computers()[:2]
    case = await bench.arrive_on(first, product="tideplan", version="5.0")
    found = await gathered(bench, case)
    assert "computers" not in of(found, CheckName.ALREADY).note
    assert await bench.due(DueKind.EVIDENCE) == []
    await bench.arrive_on(second, product="tideplan", version="5.0")
    joined = await bench.case(case.case_id)
    assert len(joined.open_requests) == 2
    later = await gathered(bench, joined)
    assert later.revision == joined.revision
    assert of(later, CheckName.ALREADY).note == "on 0 of 2 computers looked at"
    assert of(later, CheckName.MODE).note == "secured (2 of 2 computers looked at)"


async def test_somebody_who_joins_during_the_questions_is_looked_at_next(bench: Bench) -> None:
    first, second = bench.computers()[:2]
    case = await bench.arrive_on(first, product="tideplan", version="5.0")
    ((taken, stored),) = await bench.due(DueKind.EVIDENCE)
    await bench.arrive_on(second, product="tideplan", version="5.0")
    await gather(bench.desk, taken, stored.case)
    joined = await bench.case(case.case_id)
    assert joined.evidence is None, "the joiner armed it anew, so the older look counts for nothing"
    assert (await gathered(bench, joined)).revision == joined.revision


async def test_of_many_computers_a_few_are_asked_and_how_many_is_said(bench: Bench) -> None:
    names = bench.computers()[: COMPUTERS_ASKED + 3]
    case = await bench.arrive_on(*names, product="tideplan", version="5.0")
    bench.portal.calls.clear()
    found = await gathered(bench, case)
    assert bench.portal.calls[DETAILS] == COMPUTERS_ASKED
    assert bench.portal.calls[HISTORY] == COMPUTERS_ASKED
    note = of(found, CheckName.ALREADY).note
    assert note == f"on 0 of {COMPUTERS_ASKED} computers looked at, of {len(names)} in all"
    assert found.already_approved is Finding.UNKNOWN, "the other computers may differ"


async def test_facts_that_only_a_joiners_request_tells_are_taken_over_too(bench: Bench) -> None:
    case = await bench.arrive_on(*bench.computers()[:2], product="tideplan", version="5.0")
    second = case.requests[1].facts.request_id
    request = bench.portal.request(second)
    bench.portal.world.requests[second] = replace(request, reason="Told only later")
    found = await gathered(bench, case)
    after = await bench.case(case.case_id)
    assert [one.facts.reason == "Told only later" for one in after.requests] == [False, True]
    assert found.revision == after.revision == case.revision + 1


# Neighbours: other cases, other organizations


async def test_the_same_persons_other_cases_are_counted_in_the_same_organization_alone(bench: Bench) -> None:
    for product, organization in (
        ("ledgerleaf", "brightwater"),
        ("clearcall", "brightwater"),
        ("draftwright", "marlow"),
    ):
        await bench.arrive(product=product, organization=organization, user="dana", email="dana@x.example")
    case = await bench.arrive(product="tideplan", version="5.0", user="dana", email="dana@x.example")
    check = of(await gathered(bench, case), CheckName.OPEN_CASES)
    assert (check.finding, check.note) == (OK, "2 other open cases")


async def test_of_an_account_with_very_many_cases_it_is_said_that_not_all_were_counted(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(history, "_CASES_COUNTED", 2)
    for product in ("ledgerleaf", "clearcall", "draftwright"):
        await bench.arrive(product=product, user="dana")
    case = await bench.arrive(product="tideplan", version="5.0", user="dana")
    check = of(await gathered(bench, case), CheckName.OPEN_CASES)
    assert check.finding == UNKNOWN
    assert check.note.endswith("among those looked through")


async def remember(bench: Bench, key: str, organizations: Iterable[str], verb: Verb) -> None:
    """These organizations decided about a file before."""
    at = bench.desk.now() - timedelta(days=3)
    made = EarlierDecision(at=at, verb=verb, by="Secret Name", reach="computer", same_file=True)
    notes = [DecisionNote([f"{one}|hash|X"], made, across=key, organization_id=one) for one in organizations]
    change = Change(op_id=f"o-{verb}", events=[Event(name="x")], notes=notes)
    await bench.ledger.commit(change)


HOSTILE = [
    "<!channel>",
    "*Fabrikam* <https://evil.example|x>",
    "fabrikam\u202e",
    "x" * 5000,
    "Contoso & Söhne",
]


async def test_p10_other_organizations_stay_a_number_whatever_they_are_called(bench: Bench) -> None:
    case = await bench.arrive(product="tideplan", version="5.0")
    facts = case.requests[0].facts
    key = remembering.across_key(facts)
    await remember(bench, key, [*HOSTILE, facts.organization_id], Verb.APPROVE)
    found = await gathered(bench, case)
    assert of(found, CheckName.ELSEWHERE).note == "approved in 5 other organizations"
    after = await bench.case(case.case_id)
    everything = shown(bench, after) + after.model_dump_json()
    everything += str([one.event for one in await bench.events("evidence_gathered")])
    for name in (*HOSTILE, "Secret Name"):
        assert name not in everything
    assert found.seen is Seen.NEVER, "what others approved was not seen here"


async def test_a_decision_in_one_organization_is_counted_in_the_next(bench: Bench) -> None:
    """The whole way: decided through the portal there, counted here, named nowhere."""
    first = await bench.arrive(product="tideplan", version="5.0", organization="marlow")
    bench.portal.decide_in_portal(first.requests[0].facts.request_id, approve=False, by="Their Approver")
    await bench.poll()
    case = await bench.arrive(product="tideplan", version="5.0")
    found = await gathered(bench, case)
    assert of(found, CheckName.ELSEWHERE).note == "denied in 1 other organization"
    assert of(found, CheckName.ON_FILE).note == "no decision before"
    drawn = shown(bench, await bench.case(case.case_id))
    for name in ("Their Approver", first.organization_name, first.organization_id):
        assert name not in drawn


async def test_another_organizations_application_is_neither_seen_here_nor_named(bench: Bench) -> None:
    case = await bench.arrive(product="tideplan", version="5.0")
    world = bench.portal.world
    own = next(one for one in world.applications.values() if one.organization_id == case.organization_id)
    rule = replace(
        own.rules[0], hash=case.hash, full_path=None, process_path=None, cert=None, created_by=None
    )
    parent = replace(
        own, application_id=world.new_id("application"), name="Parent Secret Tool", rules=(rule,),
        organization_id=world.parent_id,
    )  # fmt: skip
    world.applications[parent.application_id] = parent
    found = await gathered(bench, case)
    assert (found.seen, found.product) == (Seen.NEVER, "")
    assert "Parent Secret Tool" not in shown(bench, await bench.case(case.case_id))


# Outages


ALONE = [
    (HISTORY, "the portal's Unified Audit", {CheckName.FIRST_SEEN, CheckName.REPUTATION}),
    (ROWS, "the portal's computer list", {CheckName.MODE}),
    (RESEARCH, "the portal's research", {CheckName.RESEARCH}),
    (MATCHES, "matching applications", {CheckName.RESEARCH, CheckName.SEEN, CheckName.ALREADY}),
    (POLICIES, "the portal's policies", {CheckName.ALREADY}),
    (DETAILS, "the portal's details of the request", {CheckName.RESEARCH, CheckName.SEEN, CheckName.ALREADY}),
]


@pytest.mark.parametrize(("action", "failed", "missing"), ALONE)
async def test_p9_each_question_fails_alone_and_closes_nothing(
    bench: Bench, action: str, failed: str, missing: set[CheckName]
) -> None:
    """A product that the vendor keeps, so that every question is asked."""
    case = await bench.arrive(product="ledgerleaf", version="11.0")
    bench.portal.faults.set(FaultKind.SERVER_ERROR, action=action)
    found = await gathered(bench, case)
    assert failed in found.failed
    not_made = {one.name for one in found.checks if not one.is_made}
    assert not_made - {CheckName.ALREADY} == missing - {CheckName.ALREADY}
    assert missing <= not_made
    assert found.found(BAD) == ()
    after = await bench.case(case.case_id)
    assert lifecycle.allows_one_press(after, bench.desk.rules, bench.desk.now()) == (True, "")


async def test_a_token_without_the_unified_audit_still_gathers_the_rest(bench: Bench) -> None:
    tokens = bench.portal.state.tokens
    held = tokens[bench.portal.token]
    rights = ALL_RIGHTS - {SUPER_ADMIN, SUPER_ADMIN_CHILD, VIEW_UNIFIED_AUDIT}
    tokens[bench.portal.token] = replace(held, permissions=rights)
    found = await gathered(bench, await bench.arrive(product="tideplan", version="5.0"))
    assert found.failed == ("the portal's Unified Audit",)
    assert of(found, CheckName.SEEN).is_made


async def test_what_fails_is_tried_again_with_growing_pauses_and_closes_one_press_after_three(
    bench: Bench,
) -> None:
    case = await bench.arrive(product="tideplan", version="5.0")
    bench.portal.faults.set(FaultKind.SERVER_ERROR, action=MATCHES)
    for number, pause in enumerate((2, 4, 8), 1):
        found = await gathered(bench, await bench.case(case.case_id))
        assert found.tries == number
        after = await bench.case(case.case_id)
        assert bool(overdue(after, bench.desk.rules, bench.desk.now())) is (number == 3)
        await bench.advance(minutes=pause, seconds=-2)
        assert await bench.due(DueKind.EVIDENCE) == []
        await bench.advance(seconds=3)
    bench.portal.faults.clear()
    found = await gathered(bench, after)
    assert (found.tries, found.failed) == (0, ())
    assert not overdue(await bench.case(case.case_id), bench.desk.rules, bench.desk.now())


async def test_a_silent_portal_is_not_waited_for_longer_than_the_patience(bench: Bench) -> None:
    case = await bench.arrive(product="tideplan", version="5.0")
    bench.portal.faults.set(FaultKind.SLOW, seconds=600, action=HISTORY)
    answers = await ask(bench.desk, case, patience_s=0.5)
    assert answers.failed == ("the portal's Unified Audit",)
    assert answers.on[0].row is not None
    bench.portal.faults.clear()


async def test_checks_that_grow_old_are_made_again_before_they_close_one_press(bench: Bench) -> None:
    case = await bench.arrive(product="tideplan", version="5.0")
    first = await gathered(bench, case)
    await bench.advance(hours=19, minutes=59)
    assert await bench.due(DueKind.EVIDENCE) == []
    await bench.advance(minutes=2)
    again = await gathered(bench, case)
    assert again.checked_at - first.checked_at >= timedelta(hours=20)
    assert not overdue(await bench.case(case.case_id), bench.desk.rules, bench.desk.now())


async def test_a_known_bad_file_stays_known_bad_while_the_portal_is_silent(bench: Bench) -> None:
    case = await bench.arrive(product="tideplan", version="5.0", path=PROGRAM, is_known_bad=True)
    await gathered(bench, case)
    bench.portal.faults.set(FaultKind.SERVER_ERROR)
    await bench.advance(hours=21)
    found = await gathered(bench, case)
    assert found.failed
    assert (found.known_bad, of(found, CheckName.REPUTATION).finding) == (Finding.YES, BAD)
    assert of(found, CheckName.REPUTATION).checked_at < found.checked_at


async def test_few_questions_about_one_case_are_under_way_at_a_time(bench: Bench) -> None:
    """Presses need the portal as well: here nothing is answered, so what was received is what was under way."""
    case = await bench.arrive_on(*bench.computers()[:COMPUTERS_ASKED], product="tideplan", version="5.0")
    bench.portal.faults.set(FaultKind.SLOW, seconds=600, times=100)
    answers = await ask(bench.desk, case, patience_s=1.5)
    (waiting,) = bench.portal.faults.active
    assert waiting.times == 100 - 4
    assert answers.matches is None
    assert set(answers.failed) == {
        "the portal's details of the request",
        "the portal's Unified Audit",
        "the portal's computer list",
    }
    bench.portal.faults.clear()


async def test_retention_removes_what_the_checks_quote_and_keeps_their_findings(bench: Bench) -> None:
    """P7."""
    name = bench.computers()[0]
    change_computer(bench, name, maintenance_type_id=3)
    case = await bench.arrive(computer=name, product="tideplan", version="5.0")
    await gathered(bench, case)
    bench.portal.decide_in_portal(case.requests[0].facts.request_id, approve=True, by="Ada Lund")
    await bench.poll()
    await bench.advance(days=91)
    taken, closed = await bench.one_due(DueKind.RETENTION)
    assert name in closed.model_dump_json()
    await expire(bench.desk, taken, closed)
    kept = await bench.case(case.case_id)
    assert kept.evidence is not None
    assert of(kept.evidence, CheckName.MODE).finding is BAD
    assert "Learning" not in kept.model_dump_json()
    assert "Fjordlight" not in kept.evidence.model_dump_json()
    events = [one.event for one in await bench.events("evidence_gathered")]
    assert events[0].private == {}
    assert events[0].facts["checks"]["computer_mode"].startswith("bad")
