"""From the portal's list to cases: nothing is lost, absence decides nothing, nobody is called twice (P3, P5, P6)."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.desk import Desk, amend
from bot.intake import poll as polling
from bot.intake.poll import ask_request
from bot.intake.taking_in import Arrival, change_in_place, follow_change, take_in
from bot.ledger import Conflict, ConflictKind, LedgerUnavailable
from bot.models import (
    Attempt,
    Case,
    EffectKind,
    Kind,
    Place,
    Sighting,
    Standing,
    StepKind,
    Urgency,
)
from bot.portal import PortalError, Sighted, sighting_of
from bot.portal.listing import Walked
from bot.rules import lifecycle
from rehearsal.portal.faults import FaultKind
from tests.cards.samples import attempt
from tests.desk import Bench, none_known, text_of

LIST, GET = "ApprovalRequestGetByParameters", "ApprovalRequestGetById"
DETAILS = "ApprovalRequestGetPermitApplicationById"


def change_file(bench: Bench, request_id: str, **changed: object) -> None:
    """The portal shows other facts of a pending request from now on."""
    request = bench.portal.request(request_id)
    file = replace(request.file, **changed)  # type: ignore[arg-type]  # field names are checked by `replace`
    json = request.json.replace(request.file.hash, file.hash) if request.file.hash else request.json
    json = json.replace(_escaped(request.file.full_path), _escaped(file.full_path))
    bench.portal.world.requests[request_id] = replace(request, file=file, json=json)


def _escaped(path: str) -> str:
    return path.replace("\\", "\\\\")


async def sighted(bench: Bench, request_id: str) -> Arrival:
    """A request as the portal has it at this moment."""
    organization_id, asked_at = bench.portal.request(request_id).organization_id, bench.desk.now()
    return Arrival(sighting_of(await bench.desk.portal.get_request(request_id, organization_id)), asked_at)


async def begin(bench: Bench, case: Case, request_id: str) -> Attempt:
    """An attempt that is on its way."""
    now = bench.desk.now()
    made = attempt(recorded_at=now, not_after=now + timedelta(seconds=20))
    await bench.write(lifecycle.begin_attempt(case, request_id, made))
    return made


# Arrivals


async def test_every_pending_and_escalated_request_gets_a_case_whatever_its_kind(bench: Bench) -> None:
    """P5. Kinds that nobody decides here are shown as well."""
    asked = {kind: bench.ask(kind) for kind in ("execute", "elevate", "write", "extension", "web", "network")}
    asked["install"] = bench.ask("install", is_escalated=True)
    found = await bench.poll()
    assert (found.listed, found.arrived, found.changed, found.missing) == (7, 7, 0, 0)
    kinds = {kind: (await bench.case_of(request_id)).kind for kind, request_id in asked.items()}
    assert kinds == {
        "execute": Kind.APPLICATION,
        "install": Kind.APPLICATION,
        "extension": Kind.APPLICATION,
        "elevate": Kind.ELEVATION,
        "write": Kind.STORAGE,
        "web": Kind.WEB_CONTROL,
        "network": Kind.OTHER,
    }
    said = await bench.say()
    assert sum(one.kind is EffectKind.CARD for one in said) == 7


async def test_a_second_look_finds_no_news(bench: Bench) -> None:
    for kind in ("execute", "elevate", "write"):
        bench.ask(kind)
    await bench.poll()
    before = len(await bench.events())
    found = await bench.poll()
    assert (found.arrived, found.changed, found.missing) == (0, 0, 0)
    assert len(await bench.events()) == before


async def test_a_storage_request_for_all_devices_does_not_change_by_being_looked_at_again(
    bench: Bench,
) -> None:
    """Its device has no serial number: what the portal leaves empty is no change, or no press would ever count."""
    case = await bench.arrive("write", is_all_devices=True)
    assert (await bench.poll()).changed == 0
    assert (await bench.case(case.case_id)).revision == 1


async def test_the_clock_runs_from_the_requests_own_time(bench: Bench) -> None:
    """P6."""
    asked_at = bench.clock.now() - timedelta(minutes=4)
    case = await bench.arrive(requested_at=asked_at)
    (held,) = case.requests
    assert abs(held.clock_from - asked_at) < timedelta(seconds=1)
    assert held.clock_note == ""


async def test_the_same_file_on_another_computer_joins_the_case(bench: Bench) -> None:
    first, second, _ = (bench.computers())[:3]
    case = await bench.arrive_on(first, second)
    assert len(case.requests) == 2
    assert (case.revision, case.requests[1].joined_revision) == (2, 2)
    joined = await bench.last("request_joined")
    assert joined.case_id == case.case_id


async def test_the_same_file_in_another_organization_is_another_case(bench: Bench) -> None:
    here, there = bench.computers()[0], bench.computers(_other(bench))[0]
    first, second = bench.portal.raise_everywhere("execute", [here, there])
    await bench.poll()
    assert (await bench.case_of(first)).case_id != (await bench.case_of(second)).case_id


def _other(bench: Bench) -> str:
    names = [one.name for one in bench.portal.world.organizations.values() if bench.computers(one.name)]
    return next(name for name in names if name != "brightwater")


async def test_a_request_after_the_case_closed_opens_a_new_case(bench: Bench) -> None:
    """A closed case takes no joiners."""
    first, second = bench.computers()[:2]
    case = await bench.arrive_on(first)
    file = bench.portal.request(case.requests[0].facts.request_id).file
    bench.portal.decide_in_portal(case.requests[0].facts.request_id, approve=False, by="Ada")
    await bench.poll()
    later = bench.ask(
        computer=second,
        path=file.full_path,
        hash=file.hash,
        sha256=file.sha256,
        signer=file.certificates[0].subject,
    )
    await bench.poll()
    again = await bench.case_of(later)
    assert again.case_id != case.case_id
    assert again.subject_key == case.subject_key


async def test_a_file_is_called_widespread_once_from_the_fifth_computer_on(bench: Bench) -> None:
    """A widespread file is one ping, not forty."""
    await bench.arrive_on(*bench.computers()[:7])
    pings = [one for one in bench.said if one.effect_id.startswith("widespread:")]
    assert len(pings) == 1
    assert "5 computers" in text_of(pings[0])
    assert pings[0].urgency is Urgency.ESCALATION


async def test_elevation_calls_the_team_on_arrival_in_its_hours(bench: Bench) -> None:
    await bench.arrive("elevate")
    (ping,) = [one for one in bench.said if one.effect_id.startswith("elevation:")]
    assert (ping.place, ping.urgency) == (Place.ESCALATION, Urgency.ESCALATION)
    assert bench.desk.rules.escalation.team_user_group in str(ping.blocks)


async def test_elevation_at_night_waits_for_the_clock(night: Bench) -> None:
    await night.arrive("elevate")
    assert not [one for one in night.said if one.kind is EffectKind.MESSAGE]


# A backlog


async def test_a_large_backlog_is_one_summary_and_calls_nobody_a_second_time(bench: Bench) -> None:
    bench.with_rules(backlog={"summary_above": 3})
    old = bench.clock.now() - timedelta(hours=2)
    for number in range(3):
        bench.ask("elevate", requested_at=old + timedelta(minutes=number))
    bench.portal.raise_everywhere("execute", bench.computers()[:6], requested_at=old)
    await bench.poll()
    said = await bench.say()
    (summary,) = [one for one in said if one.kind is EffectKind.MESSAGE]
    assert summary.urgency is Urgency.ESCALATION
    assert "9 approval requests are waiting" in text_of(summary)
    assert (await bench.last("backlog_announced")).facts["requests"] == 9
    for stored in await bench.ledger.open_cases():
        assert stored.case.escalated_at is not None
        for held in stored.case.requests:
            ceiling = next(step for step in held.steps if step.kind is StepKind.ESCALATE)
            assert "backlog summary" in ceiling.skipped
            assert any(step.kind is StepKind.ESCALATE_AGAIN and step.is_open for step in held.steps)


async def test_cards_of_a_backlog_follow_oldest_first(bench: Bench) -> None:
    bench.with_rules(backlog={"summary_above": 1})
    now = bench.clock.now()
    asked = [bench.ask("write", requested_at=now - timedelta(minutes=ago)) for ago in (5, 50, 20)]
    await bench.poll()
    opened = [one.event.request_id for one in await bench.events("case_opened")]
    assert opened == [asked[1], asked[2], asked[0]]


async def test_who_asks_while_a_backlog_is_taken_in_is_not_behind_it(bench: Bench) -> None:
    """A look that took all of it in would see nobody else for as long as that takes. The summary speaks once."""
    bench.with_rules(backlog={"summary_above": 3})
    old = bench.clock.now() - timedelta(hours=2)
    for number in range(4):
        bench.ask("elevate", hash=f"{number + 1:032x}", requested_at=old)
    found = await polling.poll(bench.desk, bench.agreement, 0)
    assert (found.listed, found.arrived, found.left) == (4, 1, 3)
    small = bench.ask("write", organization="marlow")
    assert (await polling.poll(bench.desk, bench.agreement, 0)).left == 3
    assert await bench.ledger.case_ids_of_requests([small]), "the first of each before the second of any"
    assert (await polling.poll(bench.desk, bench.agreement)).left == 0
    assert await bench.ledger.index.count() == 5
    assert len(await bench.events("backlog_announced")) == 1
    said = [one for one in await bench.say() if one.kind is EffectKind.MESSAGE]
    assert ["4 approval requests are waiting" in text_of(one) for one in said] == [True]


# A flood of one organization


async def test_a_flood_in_small_looks_is_one_summary_and_takes_nobody_elses_call(bench: Bench) -> None:
    """No look is a backlog by itself; the team's hours are on, so each elevation would call."""
    bench.with_rules(backlog={"summary_above": 3, "requests_of_an_organization_a_minute": 4})
    await bench.valkey.next_minute(bench.desk.now())
    await bench.poll()
    for number in range(8):
        bench.ask("elevate", hash=f"{number + 1:032x}")
        if number % 2:
            await bench.poll()
    bench.ask("elevate", organization="marlow")
    await bench.poll()
    said = await bench.say()
    summaries = [one for one in said if one.effect_id.startswith("flood:")]
    assert ["6 new approval requests within a minute" in text_of(one) for one in summaries] == [True]
    assert summaries[0].urgency is Urgency.ESCALATION
    calls = [one for one in said if one.effect_id.startswith("elevation:")]
    assert len(calls) == 5
    assert len({one.organization_id for one in calls}) == 2
    assert (await bench.last("requests_limited")).facts["requests"] == 6
    assert "gatehouse_floods_total 1.0" in bench.desk.metrics.exposition().decode()


async def test_a_new_minute_calls_again(bench: Bench) -> None:
    bench.with_rules(backlog={"summary_above": 9, "requests_of_an_organization_a_minute": 1})
    await bench.valkey.next_minute(bench.desk.now())
    for number in range(3):
        bench.ask("elevate", hash=f"{number + 1:032x}")
    await bench.poll()
    assert [one.effect_id for one in bench.said if one.effect_id.startswith("elevation:")] == []
    await bench.advance(minutes=1)
    bench.ask("elevate", hash=f"{9:032x}")
    await bench.poll()
    assert len([one for one in await bench.say() if one.effect_id.startswith("elevation:")]) == 1


async def test_a_request_that_two_replicas_see_counts_once(bench: Bench) -> None:
    bench.with_rules(backlog={"requests_of_an_organization_a_minute": 2})
    await bench.valkey.next_minute(bench.desk.now())
    asked = {"o1": ["r1", "r2"]}
    assert not (await bench.ledger.looks.count(asked, 2))["o1"].is_first_beyond
    again = (await bench.ledger.looks.count(asked, 2))["o1"]
    assert (again.count, again.is_first_beyond) == (2, False)
    more = await bench.ledger.looks.count({"o1": ["r3"], "o2": ["r4"]}, 2)
    assert (more["o1"].is_first_beyond, more["o2"].is_first_beyond) == (True, False)


# Thin rows


async def test_a_thin_row_is_understood_by_its_details(bench: Bench) -> None:
    bench.portal.rules.rows_with_action = False
    asked = bench.ask("elevate")
    await bench.poll()
    assert (await bench.case_of(asked)).kind is Kind.ELEVATION


async def test_a_thin_row_whose_details_cannot_be_read_gets_onto_a_card_all_the_same(bench: Bench) -> None:
    """P5: it is shown as it is, and becomes what it is once the portal tells."""
    asked = bench.ask("web")
    request = bench.portal.request(asked)
    bench.portal.world.requests[asked] = replace(request, action_type="", json="{}")
    bench.portal.faults.set(FaultKind.SERVER_ERROR, action=DETAILS)
    await bench.poll()
    assert (await bench.case_of(asked)).kind is Kind.OTHER


# Absence


async def test_a_list_that_cannot_be_had_changes_nothing(bench: Bench) -> None:
    case = await bench.arrive()
    bench.portal.faults.set(FaultKind.SERVER_ERROR, action=LIST)
    with pytest.raises(PortalError):
        await bench.poll()
    assert await bench.case(case.case_id) == case


@pytest.mark.parametrize(("approve", "standing"), [(True, Standing.APPROVED), (False, Standing.REJECTED)])
async def test_a_decision_in_the_portal_is_taken_over_with_its_deciders_name(
    bench: Bench, approve: bool, standing: Standing
) -> None:
    """P3: within one poll."""
    case = await bench.arrive()
    request_id = case.requests[0].facts.request_id
    bench.portal.decide_in_portal(request_id, approve=approve, by="Ada Lund")
    await bench.poll()
    (held,) = (await bench.case(case.case_id)).requests
    assert held.standing is standing
    assert held.outcome is not None
    assert held.outcome.state.decided_by == "Ada Lund"
    event = await bench.last("decided_in_portal")
    assert (event.private["decided_by"], event.facts["ours"]) == ("Ada Lund", False)
    assert any(one.effect_id == f"card:{case.case_id}" for one in await bench.say())


async def test_an_unknown_final_status_closes_and_never_reads_as_approved(bench: Bench) -> None:
    case = await bench.arrive()
    bench.portal.close_in_portal(case.requests[0].facts.request_id, status_id=6, by="Ada")
    await bench.poll()
    assert (await bench.case(case.case_id)).requests[0].standing is Standing.CLOSED


async def test_a_request_that_the_portal_forgot_is_withdrawn(bench: Bench) -> None:
    case = await bench.arrive()
    bench.portal.withdraw(case.requests[0].facts.request_id)
    await bench.poll()
    closed = await bench.case(case.case_id)
    assert not closed.is_open
    assert "Withdrawn" in (await bench.case(case.case_id)).requests[0].outcome.state.status_label  # type: ignore[union-attr]  # a closed entry has one
    assert (await bench.last("request_withdrawn")).case_id == case.case_id


async def test_a_request_that_is_absent_and_still_pending_stays_open(bench: Bench) -> None:
    """P3: absence from a list decides nothing; the request itself does."""
    case = await bench.arrive()
    await ask_request(bench.desk, case.case_id, case.requests[0])
    assert await bench.case(case.case_id) == case


async def test_an_absent_request_that_cannot_be_asked_stays_open(bench: Bench) -> None:
    case = await bench.arrive()
    bench.portal.decide_in_portal(case.requests[0].facts.request_id, approve=True, by="Ada")
    bench.portal.faults.set(FaultKind.SERVER_ERROR, action=GET)
    await bench.poll()
    assert await bench.case(case.case_id) == case
    bench.portal.faults.clear()
    await bench.poll()
    assert not (await bench.case(case.case_id)).is_open


async def test_the_effect_of_our_own_attempt_is_found_by_the_poll_as_well(bench: Bench) -> None:
    """A crash between the portal's yes and our note of it heals by itself."""
    case = await bench.arrive()
    request_id = case.requests[0].facts.request_id
    await begin(bench, case, request_id)
    bench.portal.decide_in_portal(request_id, approve=True, by="slack-approvals (API)")
    request = bench.portal.request(request_id)
    bench.portal.world.requests[request_id] = replace(request, comments="Approved by Tom [attempt att-1]")
    await bench.poll()
    assert (await bench.last("decision_settled")).facts["ours"] is True
    outcome = (await bench.case(case.case_id)).requests[0].outcome
    assert outcome is not None
    assert outcome.attempt is not None


@pytest.mark.parametrize("withdrawn", [False, True])
async def test_what_was_settled_meanwhile_is_not_settled_twice(bench: Bench, withdrawn: bool) -> None:
    case = await bench.arrive()
    (held,) = case.requests
    bench.portal.decide_in_portal(held.facts.request_id, approve=True, by="Ada")
    await bench.poll()
    if withdrawn:
        bench.portal.withdraw(held.facts.request_id)
    before = len(await bench.events())
    await ask_request(bench.desk, case.case_id, held)
    assert len(await bench.events()) == before


# Changes


async def test_a_changed_fact_is_taken_over_and_raises_the_revision(bench: Bench) -> None:
    case = await bench.arrive()
    request_id = case.requests[0].facts.request_id
    change_file(bench, request_id, process_path=r"C:\Windows\System32\cmd.exe")
    request = bench.portal.request(request_id)
    bench.portal.world.requests[request_id] = replace(request, reason="It is urgent")
    found = await bench.poll()
    assert found.changed == 1
    after = await bench.case(case.case_id)
    assert (after.revision, after.requests[0].facts_revision) == (2, 2)
    assert after.requests[0].facts.reason == "It is urgent"
    assert (await bench.last("request_changed")).facts["revision"] == 2


async def test_a_human_owner_in_the_portal_is_shown_and_voids_no_press(bench: Bench) -> None:
    case = await bench.arrive()
    bench.portal.assign_in_portal(case.requests[0].facts.request_id, by="ada@portal")
    await bench.poll()
    after = await bench.case(case.case_id)
    assert (after.requests[0].assignee, after.revision) == ("ada@portal", 1)


async def test_a_request_with_another_hash_leaves_for_a_case_that_names_the_old_one(bench: Bench) -> None:
    """A posted case never splits."""
    case = await bench.arrive_on(*bench.computers()[:2])
    leaver, stayer = (held.facts.request_id for held in case.requests)
    change_file(bench, leaver, hash="0F" * 32, sha256="1" * 64)
    await bench.poll()
    old, new = await bench.case(case.case_id), await bench.case_of(leaver)
    assert (new.follows_case_id, new.hash) == (case.case_id, "0F" * 32)
    assert new.case_id != case.case_id
    assert [held.facts.request_id for held in old.open_requests] == [stayer]
    assert (await bench.last("request_left")).request_id == leaver


@pytest.mark.parametrize(("kind", "choices"), [("read", {}), ("execute", {"hash": ""})])
async def test_a_request_that_turns_out_to_be_another_customers_leaves_the_first_ones_card(
    bench: Bench, kind: str, choices: dict[str, str]
) -> None:
    """Kind 4: a request that is a case of its own has nothing but its organization and kind to fit by."""
    request_id = bench.ask(kind)
    change_file(bench, request_id, **choices, sha256="")
    await bench.poll()
    case = await bench.case_of(request_id)
    assert case.subject_key == ""
    world = bench.portal.world
    other = bench.portal.organization_id("marlow")
    computer = next(one for one in world.computers.values() if one.organization_id == other)
    request = world.requests[request_id]
    world.requests[request_id] = replace(request, organization_id=other, computer_id=computer.computer_id)
    await bench.poll()
    old, new = await bench.case(case.case_id), await bench.case_of(request_id)
    assert (new.organization_id, new.follows_case_id) == (other, case.case_id)
    assert not old.is_open
    assert {one.facts.organization_id for one in old.requests} == {case.organization_id}
    assert computer.name not in old.model_dump_json()


async def test_a_case_that_a_request_has_left_still_takes_joiners(bench: Bench) -> None:
    """P5: nothing is lost."""
    names = bench.computers()[:3]
    case = await bench.arrive_on(*names[:2])
    leaver, stayer = (held.facts.request_id for held in case.requests)
    change_file(bench, leaver, hash="0F" * 32, sha256="1" * 64)
    await bench.poll()
    file = bench.portal.request(stayer).file
    third = bench.ask(
        computer=names[2],
        path=file.full_path,
        hash=file.hash,
        sha256=file.sha256,
        signer=file.certificates[0].subject,
    )
    await bench.poll()
    assert (await bench.case_of(third)).case_id == case.case_id
    assert (await bench.case_of(leaver)).case_id != case.case_id


async def test_a_request_that_left_and_fits_again_comes_back(bench: Bench) -> None:
    case = await bench.arrive_on(*bench.computers()[:2])
    leaver = case.requests[0].facts.request_id
    file = bench.portal.request(leaver).file
    change_file(bench, leaver, hash="0F" * 32, sha256="1" * 64)
    await bench.poll()
    change_file(bench, leaver, hash=file.hash, sha256=file.sha256)
    await bench.poll()
    assert (await bench.case_of(leaver)).case_id == case.case_id
    assert len(await bench.ledger.open_cases()) == 1


async def test_a_request_with_an_outstanding_attempt_stays_where_it_is(bench: Bench) -> None:
    case = await bench.arrive()
    request_id = case.requests[0].facts.request_id
    await begin(bench, case, request_id)
    change_file(bench, request_id, hash="0F" * 32, sha256="1" * 64)
    await bench.poll()
    assert (await bench.case_of(request_id)).case_id == case.case_id


async def test_a_change_that_cannot_be_read_is_left_for_the_next_poll(bench: Bench) -> None:
    case = await bench.arrive()
    request_id = case.requests[0].facts.request_id
    change_file(bench, request_id, process_path=r"C:\Windows\System32\cmd.exe")
    bench.portal.faults.set(FaultKind.SERVER_ERROR, action=GET)
    assert (await bench.poll()).changed == 1
    assert await bench.case(case.case_id) == case
    bench.portal.faults.clear()
    await bench.poll()
    assert (await bench.case(case.case_id)).revision == 2


# Races


async def test_a_request_that_another_replica_took_in_is_left_to_it(bench: Bench) -> None:
    case = await bench.arrive()
    again = await take_in(bench.desk, await sighted(bench, case.requests[0].facts.request_id))
    assert again is None
    assert len(await bench.ledger.open_cases()) == 1


async def test_a_request_without_hash_that_another_replica_took_in_makes_no_twin_case(bench: Bench) -> None:
    case = await bench.arrive("write")
    assert await take_in(bench.desk, await sighted(bench, case.requests[0].facts.request_id)) is None
    assert len(await bench.ledger.open_cases()) == 1


async def test_a_subject_that_another_replica_opens_in_between_is_joined(bench: Bench) -> None:
    """The second try finds the other's case."""
    first, second = bench.portal.raise_everywhere("execute", bench.computers()[:2])
    seen = [await sighted(bench, request_id) for request_id in (first, second)]
    cases = [await take_in(bench.desk, one) for one in seen]
    assert cases[0] is not None
    assert cases[1] is not None
    assert cases[0].case_id == cases[1].case_id


async def test_a_request_that_comes_back_after_it_ended_is_taken_in_again(bench: Bench) -> None:
    case = await bench.arrive()
    request_id = case.requests[0].facts.request_id
    waiting = bench.portal.request(request_id)
    bench.portal.close_in_portal(request_id, status_id=6, by="Ada")
    await bench.poll()
    bench.portal.world.requests[request_id] = waiting
    await bench.advance(seconds=5)
    await bench.poll()
    assert (await bench.case_of(request_id)).is_open


async def test_what_was_read_before_a_request_ended_opens_no_second_case(bench: Bench) -> None:
    """P5. A replica that stood still between the portal's answer and its own step finds the request decided."""
    request_id = bench.ask()
    before = await sighted(bench, request_id)
    await bench.poll()
    case = await bench.case_of(request_id)
    bench.portal.decide_in_portal(request_id, approve=True, by="Ada")
    await bench.poll()
    assert await take_in(bench.desk, before) is None
    assert (await bench.case_of(request_id)).case_id == case.case_id
    assert await bench.ledger.open_cases() == []
    assert len(await bench.events("decided_in_portal")) == 1


async def test_what_was_read_before_a_request_ended_joins_no_other_case(bench: Bench) -> None:
    """P5. The same where the subject has an open case again by then."""
    first, second, third = bench.portal.raise_everywhere("execute", bench.computers()[:3])
    before = await sighted(bench, first)
    await bench.poll()
    for request_id in (first, second, third):
        bench.portal.decide_in_portal(request_id, approve=True, by="Ada")
    await bench.poll()
    ended = (await bench.case_of(first)).case_id
    [later] = bench.portal.raise_everywhere("execute", bench.computers()[3:4])
    bench.portal.world.requests[later] = replace(
        bench.portal.request(later), file=bench.portal.request(first).file
    )
    await bench.poll()
    assert await take_in(bench.desk, before) is None
    assert (await bench.case_of(first)).case_id == ended


async def test_a_burst_is_taken_in_once_each(bench: Bench) -> None:
    """A hundred requests of twenty files: twenty cases, whatever the order in which they come through."""
    asked = [
        request_id
        for _ in range(20)
        for request_id in bench.portal.raise_everywhere("execute", bench.computers()[:5])
    ]
    await bench.poll()
    held = [await bench.case_of(request_id) for request_id in asked]
    assert len(await bench.ledger.open_cases()) == len({case.case_id for case in held})
    assert sum(len(stored.case.requests) for stored in await bench.ledger.open_cases()) == len(asked)


async def test_a_poll_that_finds_its_case_gone_changes_nothing(bench: Bench) -> None:
    case = await bench.arrive()
    bench.portal.decide_in_portal(case.requests[0].facts.request_id, approve=True, by="Ada")
    await ask_request(bench.desk, "c0nowhere", case.requests[0])
    assert await amend(bench.desk, "c0nowhere", lambda _: None) is None
    assert (await bench.case(case.case_id)).is_open


async def test_every_case_that_the_poll_makes_is_recorded_in_the_same_step(bench: Bench) -> None:
    """P7: facts in public, names and paths in private."""
    case = await bench.arrive(reason="Month end", user="rita")
    event = await bench.last("case_opened")
    assert event.case_id == case.case_id
    assert event.private["reason"] == "Month end"
    assert "Month end" not in str(event.facts)
    assert event.facts["facts_digest"] == case.requests[0].facts.digest


async def test_a_request_that_cannot_be_worked_on_stops_no_other(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """P5."""
    bad, good = bench.ask("write"), bench.ask("read")
    original = lifecycle.open_case

    def open_case(case_id: str, seen: Sighting, *rest: Any, **more: Any) -> Case:
        if seen.facts.request_id == bad:
            raise ValueError("a shape nobody thought of")
        return original(case_id, seen, *rest, **more)

    monkeypatch.setattr(lifecycle, "open_case", open_case)
    await bench.poll()
    assert (await bench.case_of(good)).is_open
    monkeypatch.undo()
    await bench.poll()
    assert (await bench.case_of(bad)).is_open


async def test_without_a_ledger_the_poll_stops(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """P9: what cannot be recorded is not worked on."""
    bench.ask()

    async def away(*_: Any) -> Any:
        raise LedgerUnavailable("no server")

    monkeypatch.setattr(type(bench.ledger), "commit", away)
    with pytest.raises(LedgerUnavailable):
        await bench.poll()


async def list_as_it_is(bench: Bench) -> list[Sequence[Sighted[Any]]]:
    """Its pages, each row of them read."""
    pages: list[Sequence[Sighted[Any]]] = []

    async def take(page: Sequence[Sighted[Any]]) -> None:
        pages.append(page)

    await bench.desk.portal.sighted(none_known, take)
    return pages


async def test_a_list_that_shows_a_decided_request_late_opens_no_case(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """P3: the request itself is asked before a known one counts as new."""
    case = await bench.arrive()
    pages = await list_as_it_is(bench)
    bench.portal.decide_in_portal(case.requests[0].facts.request_id, approve=True, by="Ada")
    await bench.poll()

    async def late(_: Any, take: Any) -> Walked:
        for page in pages:
            await take(page)
        return Walked(1, ())

    monkeypatch.setattr(bench.desk.portal, "sighted", late)
    await bench.poll()
    assert await bench.ledger.open_cases() == []
    bench.portal.faults.set(FaultKind.SERVER_ERROR, action=GET)
    await bench.poll()
    assert await bench.ledger.open_cases() == []


async def test_a_request_that_others_are_always_faster_with_is_left_to_the_next_poll(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    request_id = bench.ask()
    arrival = await sighted(bench, request_id)

    async def lost(*_: Any) -> Conflict:
        return Conflict(kind=ConflictKind.VERSION, why=request_id)

    monkeypatch.setattr(type(bench.ledger), "commit", lost)
    assert await take_in(bench.desk, arrival) is None
    monkeypatch.undo()
    assert await take_in(bench.desk, arrival) is not None


async def test_a_case_that_ends_while_a_request_joins_it_takes_no_joiner(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = bench.portal.raise_everywhere("execute", bench.computers()[:2])
    bench.portal.decide_in_portal(second, approve=True, by="Ada")
    await bench.poll()
    ended = await bench.case_of(first)
    bench.portal.decide_in_portal(first, approve=True, by="Ada")
    await bench.poll()
    [late] = bench.portal.raise_everywhere("execute", bench.computers()[2:3])
    arrival = await sighted(bench, late)

    async def the_ended_one(*_: Any) -> str:
        return ended.case_id

    monkeypatch.setattr(type(bench.ledger), "open_case_id_of_subject", the_ended_one)
    assert await take_in(bench.desk, arrival) is None
    monkeypatch.undo()
    taken = await take_in(bench.desk, arrival)
    assert taken is not None
    assert taken.case_id != ended.case_id


async def test_other_facts_of_a_request_whose_case_is_gone_change_nothing(bench: Bench) -> None:
    case = await bench.arrive()
    before = len(await bench.events())
    await follow_change(bench.desk, "c0nowhere", case.requests[0].facts)
    await change_in_place(bench.desk, case.case_id, (await sighted(bench, bench.ask())).sighting)
    assert len(await bench.events()) == before


async def test_what_was_decided_in_the_portal_does_not_wait_until_a_burst_is_taken_in(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """P3: one look finds both, and the new requests are not done before the end of the old one is on record."""
    case = await bench.arrive()
    bench.portal.decide_in_portal(case.requests[0].facts.request_id, approve=True, by="Tom")
    bench.ask(path="C:\\Tools\\another.exe")
    settled = asyncio.Event()

    async def asked(*arguments: Any) -> None:
        await ask_request(*arguments)
        settled.set()

    async def taken_in(desk: Desk, arrival: Arrival, **how: Any) -> Case | None:
        async with asyncio.timeout(20):
            await settled.wait()
        return await take_in(desk, arrival, **how)

    monkeypatch.setattr(polling, "ask_request", asked)
    monkeypatch.setattr(polling, "take_in", taken_in)
    assert (await bench.poll()).arrived == 1
    assert not (await bench.case(case.case_id)).is_open
    assert len(await bench.events("case_opened")) == 2


async def test_one_customers_flood_keeps_nobody_elses_request_waiting(bench: Bench) -> None:
    """Taking in goes one after the other; who asked for one thing is not behind who asked for ten."""
    loud = [bench.ask(computer=one) for one in bench.computers()[:10]]
    quiet = [bench.ask(computer=bench.computers(name)[0]) for name in ("marlow", "juniper-hill")]
    await bench.poll()
    order = [one.event.request_id for one in await bench.events("case_opened", "request_joined")]
    assert set(order[:3]) == {loud[0], *quiet}
    assert [one for one in order if one in loud] == loud
