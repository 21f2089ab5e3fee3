"""P6: reminders, the ceiling and its repeats, as the clock takes them from a real ledger."""

from __future__ import annotations

import pytest

from bot.cards.kit import ids
from bot.decision.claims import claim
from bot.escalation.steps import take_due_steps
from bot.models import Case, CaseWrite, Change, DueKind, Effect, EffectKind, Event, Place, Urgency
from bot.rules import lifecycle
from tests.desk import Bench, text_of


async def tick(bench: Bench) -> list[Effect]:
    """Take the due steps; the messages that come of it."""
    await take_due_steps(bench.desk, await bench.due(DueKind.STEP))
    return [one for one in await bench.say() if one.kind is EffectKind.MESSAGE]


async def test_the_clock_has_the_card_say_it_then_reminds_in_the_channel_then_escalates_then_repeats(
    bench: Bench,
) -> None:
    case = await bench.arrive()
    await bench.advance(minutes=5)
    await take_due_steps(bench.desk, await bench.due(DueKind.STEP))
    assert [one.kind for one in await bench.say()] == [EffectKind.CARD], "nobody is mentioned at 5 minutes"
    await bench.advance(minutes=5)
    (second,) = await tick(bench)
    assert (second.place, second.in_thread, second.also_in_channel) == (Place.CARD, True, True)
    assert bench.desk.rules.escalation.approvers_user_group in str(second.blocks)
    await bench.advance(minutes=5)
    (third,) = await tick(bench)
    assert (third.place, third.urgency, third.in_thread) == (Place.ESCALATION, Urgency.ESCALATION, False)
    assert bench.desk.rules.escalation.team_user_group in str(third.blocks)
    assert "https://rehearsal.slack.com/archives/C0CARDS/p" in str(third.blocks)
    assert (await bench.case(case.case_id)).escalated_at is not None
    for pause, over in ((15, 15), (30, 45), (60, 105), (120, 225), (120, 345)):
        await bench.advance(minutes=pause - 1)
        assert await tick(bench) == []
        await bench.advance(minutes=1)
        (again,) = await tick(bench)
        assert again.urgency is Urgency.ESCALATION
        assert f"{over} minutes late" in text_of(again)


async def test_a_call_offers_to_claim_it_and_leads_to_its_card(bench: Bench) -> None:
    case = await bench.arrive()
    await bench.advance(minutes=15)
    (call,) = await tick(bench)
    actions = call.blocks[-1]["elements"]
    assert [one["action_id"] for one in actions] == [ids.CALL_CLAIM, ids.OPEN_CARD]
    assert actions[1]["url"] == bench.desk.permalink(await bench.case(case.case_id))
    press = await bench.press(
        "ana", ids.CALL_CLAIM, case, channel_id="C0CALLS", message_ts="1700000000.900001"
    )
    assert "You are on it." in await bench.do(claim, press)
    assert not [one for one in bench.said if one.kind is EffectKind.RETIRE], "a call is no second card"
    redrawn = [one for one in bench.said if one.kind is EffectKind.CALLS]
    assert [one.case_id for one in redrawn] == [case.case_id], "it says who is on it"


async def test_nothing_is_due_before_its_time_and_nothing_is_taken_twice(bench: Bench) -> None:
    await bench.arrive()
    assert await tick(bench) == []
    await bench.advance(minutes=10)
    assert len(await tick(bench)) == 1
    assert await tick(bench) == []


async def test_after_downtime_only_the_escalation_acts_and_the_record_names_what_was_skipped(
    bench: Bench,
) -> None:
    case = await bench.arrive()
    await bench.advance(minutes=47)
    (only,) = await tick(bench)
    assert only.urgency is Urgency.ESCALATION
    event = await bench.last("step_taken")
    assert event.facts["acts"] == "escalate"
    assert len(event.facts["skipped"]) == 2
    assert event.facts["requests"] == [case.requests[0].facts.request_id]


async def test_a_claim_pauses_reminders_and_never_the_ceiling(bench: Bench) -> None:
    case = await bench.arrive()
    await bench.advance(minutes=4)
    await bench.do(claim, await bench.press("ana", ids.CLAIM, case))
    await bench.advance(minutes=1)
    await take_due_steps(bench.desk, await bench.due(DueKind.STEP))
    said = await bench.say()
    (told,) = [one for one in said if one.kind is EffectKind.ANSWER]
    assert told.slack_user_id == bench.cast["ana"], "the claimer alone hears it"
    assert "You have claimed a request that still waits" in text_of(told)
    assert not [one for one in said if one.kind is EffectKind.MESSAGE]
    assert (await bench.last("steps_skipped")).facts["acts"] is None
    await bench.advance(minutes=5)
    await take_due_steps(bench.desk, await bench.due(DueKind.STEP))
    assert [one.kind for one in await bench.say()] == [EffectKind.CARD]
    await bench.advance(minutes=5)
    (ceiling,) = await tick(bench)
    assert ceiling.urgency is Urgency.ESCALATION


async def test_several_requests_that_fall_together_are_one_message(bench: Bench) -> None:
    await bench.arrive_on(*bench.computers()[:3])
    await bench.advance(minutes=15)
    assert len(await tick(bench)) == 1


async def test_a_case_without_a_deadline_repeats_without_inventing_one(bench: Bench) -> None:
    case = await bench.arrive()
    await bench.advance(minutes=15)
    await tick(bench)
    current = await bench.case(case.case_id)
    bare = tuple(held.model_copy(update={"steps": held.steps[-1:]}) for held in current.requests)
    await bench.write(current.model_copy(update={"requests": bare}))
    await bench.advance(minutes=15)
    (again,) = await tick(bench)
    assert "0 minutes late" in text_of(again)
    assert (await bench.last("step_taken")).facts["due"] is None


async def test_a_case_that_was_decided_in_between_takes_no_step(bench: Bench) -> None:
    case = await bench.arrive()
    await bench.advance(minutes=15)
    due = await bench.due(DueKind.STEP)
    bench.portal.decide_in_portal(case.requests[0].facts.request_id, approve=True, by="Ada")
    await bench.poll()
    await bench.say()
    await take_due_steps(bench.desk, due)
    assert [one for one in await bench.say() if one.kind is EffectKind.MESSAGE] == []
    assert not await bench.events("step_taken")


async def test_a_case_that_changed_in_between_is_read_again_and_still_takes_its_step(bench: Bench) -> None:
    case = await bench.arrive()
    await bench.advance(minutes=15)
    due = await bench.due(DueKind.STEP)
    await changed_past_the_use_cases(bench, case)
    await take_due_steps(bench.desk, due)
    (ceiling,) = [one for one in await bench.say() if one.kind is EffectKind.MESSAGE]
    assert ceiling.urgency is Urgency.ESCALATION


async def changed_past_the_use_cases(bench: Bench, case: Case) -> None:
    """Another version of the case, without moving its due times."""
    stored = await bench.ledger.case(case.case_id)
    assert stored is not None
    other = stored.case.model_copy(update={"policy_due": True})
    await bench.ledger.commit(
        Change(op_id="o-past", events=[Event(name="x")], cases=[CaseWrite(other, stored.version)])
    )


async def test_a_due_time_that_turns_out_to_be_none_goes_back_to_where_the_record_wants_it(
    bench: Bench,
) -> None:
    case = await bench.arrive()
    await bench.advance(minutes=10)
    due = await bench.due(DueKind.STEP)
    later = await bench.case(case.case_id)
    moved = tuple(
        held.model_copy(
            update={
                "steps": tuple(
                    step.model_copy(update={"due_at": bench.desk.now() + bench.desk.rules.plan.repeat_every})
                    for step in held.steps
                )
            }
        )
        for held in later.requests
    )
    stored = due[0][1]
    early = type(stored)(later.model_copy(update={"requests": moved}), stored.version)
    await take_due_steps(bench.desk, [(due[0][0], early)])
    assert [text_of(one) for one in await bench.say() if one.kind is EffectKind.MESSAGE]


async def test_reminders_and_escalations_are_counted(bench: Bench) -> None:
    await bench.arrive()
    await bench.advance(minutes=5)
    await tick(bench)
    await bench.advance(minutes=10)
    await tick(bench)
    shown = bench.desk.metrics.exposition().decode()
    assert 'gatehouse_reminders_total{step="remind"} 1.0' in shown
    assert 'gatehouse_escalations_total{cause="escalate"} 1.0' in shown


async def test_due_times_of_the_record_are_what_the_ledger_has(bench: Bench) -> None:
    case = await bench.arrive()
    wanted = {one.kind: one.at for one in lifecycle.due_times(case, bench.desk.now(), bench.desk.rules)}
    at = wanted[DueKind.STEP]
    assert at is not None
    await bench.advance(seconds=(at - bench.desk.now()).total_seconds() + 0.01)
    ((taken, _),) = await bench.due(DueKind.STEP)
    assert abs((taken.due_at - at).total_seconds()) < 0.01


async def test_late_cases_that_nobody_can_see_yet_are_called_for_together_once(bench: Bench) -> None:
    """P6. In a flood Slack's pace holds the cards back; a call for each would stand between people and the cards."""
    asked = [bench.ask(computer=name) for name in bench.computers()[:4]]
    await bench.poll()
    await bench.advance(minutes=15)
    ordinary = [bench.ask(computer=name) for name in bench.computers()[4:6]]
    await bench.poll()
    await take_due_steps(bench.desk, await bench.due(DueKind.STEP))
    said = await bench.say()
    (call,) = [one for one in said if one.urgency is Urgency.ESCALATION]
    assert "on no card yet" in text_of(call)
    assert bench.desk.rules.escalation.team_user_group in str(call.blocks)
    cards = [one for one in said if one.kind is EffectKind.CARD]
    assert len(cards) == len(asked) + len(ordinary)
    late = {(await bench.case_of(request_id)).case_id for request_id in asked}
    assert {one.case_id for one in cards[: len(asked)]} == late, "late cards come before the others"
    taken = [one for one in await bench.events("step_taken") if one.event.facts["acts"] == "escalate"]
    assert len(taken) == len(asked), "the record names each"


async def test_a_call_that_waits_is_not_repeated_behind_itself(bench: Bench) -> None:
    """Nothing in the queue grows with waiting."""
    await bench.arrive()
    for _ in range(4):
        await bench.advance(minutes=15)
        await take_due_steps(bench.desk, await bench.due(DueKind.STEP))
    calls = [one for one in await bench.say() if one.urgency is Urgency.ESCALATION]
    assert len(calls) == 1
    assert "45 minutes late" in text_of(calls[0])


@pytest.mark.parametrize(
    ("kind", "needs"), [("web", "It takes Edit Web Control Policies there."), ("network", "")]
)
async def test_what_the_portal_alone_decides_is_called_for_once_with_the_way_there(
    bench: Bench, kind: str, needs: str
) -> None:
    """Reminders and repeats would go to people who cannot end them: no press of ours decides it."""
    bench.with_rules(portal_link="https://portal.threatlocker.com")
    await bench.arrive(kind)
    for _ in range(2):
        await bench.advance(minutes=5)
        assert await tick(bench) == []
    await bench.advance(minutes=5)
    (call,) = await tick(bench)
    assert (call.place, call.urgency) == (Place.ESCALATION, Urgency.ESCALATION)
    assert "This kind of request is decided in the portal." in text_of(call)
    assert needs in text_of(call)
    assert "https://portal.threatlocker.com" in str(call.blocks)
    assert (ids.CALL_CLAIM in str(call.blocks)) is bool(needs), "nobody can be on what nobody here decides"
    for _ in range(4):
        await bench.advance(minutes=15)
        assert await tick(bench) == []
