"""The wiring's own promises: the access file, due times, workers, health. Nothing here waits for a clock."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import aiohttp
import pytest

from bot.app import beat
from bot.app.accessing import AccessWatch
from bot.app.beat import Bell, Worker
from bot.app.health import Health, Pulse
from bot.app.ticks import Ticks
from bot.app.workers import PressWork, SendWork
from bot.cards.case import modals
from bot.cards.kit import ids
from bot.chat import Later, Sent
from bot.decision.claims import claim
from bot.desk import StillContended, call_lacks_link, loading
from bot.desk.forms import filled
from bot.ledger import Ledger, LedgerUnavailable
from bot.models import CardAddress, DueKind, Effect, EffectKind, Event, Standing, Urgency
from permissions import AccessFileError
from rehearsal.portal.faults import FaultKind
from tests.desk import Bench, text_of
from tests.lookup.house import OneChannel

GET = "ApprovalRequestGetById"
rings: list[str] = []
"""The bells that rang, of whichever part a test holds."""


# The access file


async def test_a_changed_access_file_is_a_new_generation_with_its_difference_on_record(bench: Bench) -> None:
    """P1: one accepted generation for all replicas."""
    path = bench.folder / "access.toml"
    watch = AccessWatch(bench.desk, path)
    await watch.start()
    before = await bench.ledger.access_generation()
    await watch.look()
    assert await bench.ledger.access_generation() == before
    text = path.read_text("utf-8").replace('"Approve for Group", ', "")
    path.write_text(text, "utf-8")
    await watch.look()
    assert await bench.ledger.access_generation() == before + 1
    event = await bench.last("access_accepted")
    assert event.facts["generation"] == before + 1
    assert event.private["difference"]


@pytest.mark.parametrize("broken", ["version = 1\nnonsense = ", "version = 99\n"])
async def test_a_bad_access_file_never_replaces_a_good_one(bench: Bench, broken: str) -> None:
    path = bench.folder / "access.toml"
    watch = AccessWatch(bench.desk, path)
    await watch.start()
    before = await bench.ledger.access()
    path.write_text(broken, "utf-8")
    await watch.look()
    await watch.look()
    assert await bench.ledger.access() == before
    path.unlink()
    await watch.look()
    assert await bench.ledger.access() == before


async def test_a_bad_access_file_at_the_start_refuses_the_start(bench: Bench) -> None:
    path = bench.folder / "bad.toml"
    path.write_text("version = 99\n", "utf-8")
    with pytest.raises(AccessFileError):
        await AccessWatch(bench.desk, path).start()


async def test_a_file_that_was_only_touched_changes_nothing(bench: Bench) -> None:
    path = bench.folder / "access.toml"
    watch = AccessWatch(bench.desk, path)
    await watch.start()
    before = await bench.ledger.access_generation()
    os.utime(path, (1_000_000_000, 1_000_000_000))
    await watch.look()
    assert await bench.ledger.access_generation() == before


# Due times


async def test_one_drain_hands_every_due_time_to_its_use_case(bench: Bench) -> None:
    case = await bench.arrive(product="tideplan", version="5.0")
    dues = beat.Dues(bench.desk)
    assert await dues.drain() >= 1
    await dues.stop(10)
    assert (await bench.case(case.case_id)).evidence is not None
    await bench.advance(minutes=5)
    assert await dues.drain() == 1
    assert await bench.events("step_taken")
    assert await dues.drain() == 0


async def test_a_due_time_of_a_case_that_is_gone_is_put_away(bench: Bench) -> None:
    case = await bench.arrive()
    async with bench.valkey.client() as client:
        await client.delete(f"{{gatehouse}}:case:{case.case_id}")
    dues = beat.Dues(bench.desk)
    await dues.drain()
    await bench.advance(minutes=30)
    await dues.drain()
    await bench.advance(minutes=30)
    assert await bench.ledger.take_due() == []


@pytest.mark.parametrize("trouble", [StillContended("every try was lost"), RuntimeError("a bug")])
async def test_a_due_time_that_goes_wrong_is_left_for_later_and_the_rest_goes_on(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, trouble: Exception
) -> None:
    case = await bench.arrive()

    async def contended(*_: Any) -> None:
        raise trouble

    monkeypatch.setattr(beat, "_ACTS", {DueKind.EVIDENCE: contended})
    dues = beat.Dues(bench.desk)
    assert await dues.drain() >= 1
    await dues.stop(10)
    assert (await bench.case(case.case_id)).evidence is None
    await bench.advance(minutes=2)
    assert [one.kind for one, _ in await bench.ledger.take_due()] == [DueKind.EVIDENCE]


# Workers


async def test_a_bell_that_rang_before_the_wait_is_heard_and_only_once() -> None:
    bell = Bell()
    bell.ring()
    bell.ring()
    await bell.wait()
    assert not bell._rung.is_set()


@pytest.mark.parametrize("trouble", [LedgerUnavailable("away"), RuntimeError("bug"), None])
async def test_a_worker_survives_whatever_its_work_raises_and_stops_when_told(
    trouble: Exception | None,
) -> None:
    done: list[int] = []

    async def work() -> bool:
        done.append(1)
        worker.bell.ring()
        if len(done) == 3:
            worker.stop()
        if trouble is not None and len(done) < 3:
            raise trouble
        return len(done) < 3

    worker = Worker("test", work)
    await worker.run()
    assert len(done) == 3


async def test_stored_presses_are_taken_up_and_answered(bench: Bench) -> None:
    """P4."""
    case = await bench.arrive()
    press = await bench.press("ana", ids.APPROVE_COMPUTER, case)
    rings.clear()
    work = PressWork(bench.desk, lambda: rings.append("send"))
    assert await work.batch() is False
    await work.drain()
    assert rings == ["send"], "the answer would wait for the next tick"
    assert (await bench.answer(press)).startswith("Approved")
    assert (await bench.case(case.case_id)).requests[0].standing is Standing.APPROVED


async def test_a_fault_of_ours_is_told_to_the_presser_and_the_press_does_not_come_again(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = await bench.arrive()
    press = await bench.press("ana", ids.CLAIM, case)

    async def broken(*_: Any) -> None:
        raise RuntimeError("a bug")

    monkeypatch.setattr("bot.app.workers.route_of", lambda _: broken)
    work = PressWork(bench.desk, lambda: rings.append("send"))
    await work.batch()
    await work.drain()
    assert "fault of its own" in await bench.answer(press)
    assert (await bench.last("press_failed")).press_id == press.press_id


@pytest.mark.parametrize("trouble", [LedgerUnavailable("away"), StillContended("busy")])
async def test_a_press_that_could_not_be_finished_stays_stored_and_comes_again(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, trouble: Exception
) -> None:
    """P5."""
    case = await bench.arrive()
    await bench.press("ana", ids.CLAIM, case)

    async def later(*_: Any) -> None:
        raise trouble

    monkeypatch.setattr("bot.app.workers.route_of", lambda _: later)
    work = PressWork(bench.desk, lambda: rings.append("send"))
    await work.batch()
    await work.drain()
    assert await bench.ledger.waiting_presses() == 1
    await bench.advance(seconds=31)
    monkeypatch.undo()
    await work.batch()
    await work.drain()
    assert (await bench.case(case.case_id)).claim is not None


def sender(bench: Bench, channel: str) -> SendWork:
    """A send worker that posts into one channel of the stand-in."""
    table = OneChannel(channel)
    return SendWork(bench.desk, bench.sender(table), table)


async def test_what_is_queued_is_said_in_slack_and_the_cards_address_is_recorded(bench: Bench) -> None:
    channel = bench.slack.add_channel("approvals", private=True, members=[bench.cast["ana"]])
    request_id = bench.ask()
    await bench.poll()
    work = sender(bench, channel)
    while await work.batch():
        pass
    card = (await bench.case_of(request_id)).card
    assert card is not None
    assert card.channel_id == channel
    assert bench.slack.message(channel, card.ts)
    assert (await bench.last("card_posted")).facts == {"channel_id": channel, "ts": card.ts}
    assert await work.batch() is False


async def test_a_card_that_another_replica_posted_first_stays_the_only_one(bench: Bench) -> None:
    """P5: a card has no twin."""
    channel = bench.slack.add_channel("approvals", private=True, members=[bench.cast["ana"]])
    request_id = bench.ask()
    await bench.poll()
    work = sender(bench, channel)
    (claimed,) = await bench.ledger.claim_effects(10, timedelta(seconds=30))
    outcome = await work.sender.send(claimed.effect, await bench.case_of(request_id), bench.desk.now())
    case = await bench.case_of(request_id)
    assert isinstance(outcome, Sent)
    await bench.advance(seconds=31)
    (again,) = await bench.ledger.claim_effects(10, timedelta(seconds=30))
    first = CardAddress(channel_id=channel, ts="1600000000.000001", posted_at=bench.desk.now())
    await bench.ledger.effect_done(again, case_card=first)
    await work._sent(claimed, outcome, case)
    card = (await bench.case_of(request_id)).card
    assert card is not None
    assert card.ts == first.ts
    retired = [one for one in await bench.say() if one.kind is EffectKind.RETIRE]
    assert len(retired) == 1
    assert await bench.events("card_twin_found")


async def test_p5_of_two_cards_of_one_case_the_one_noted_first_stays_whoever_holds_the_claim(
    bench: Bench,
) -> None:
    """A failover had lost the first claim. The second poster retires its own card, and what stands is drawn at once."""
    channel = bench.slack.add_channel("approvals", private=True, members=[bench.cast["ana"]])
    request_id = bench.ask()
    await bench.poll()
    work = sender(bench, channel)
    (lost,) = await bench.ledger.claim_effects(10, timedelta(seconds=30))
    case = await bench.case_of(request_id)
    await bench.advance(seconds=31)
    (claimed,) = await bench.ledger.claim_effects(10, timedelta(seconds=30))
    for one in (lost, claimed):
        outcome = await work.sender.send(one.effect, case, bench.desk.now())
        assert isinstance(outcome, Sent)
        await work._sent(one, outcome, case)
    waiting = await bench.say()
    (retired,) = [one for one in waiting if one.kind is EffectKind.RETIRE]
    first, second = (message["ts"] for message in bench.slack.messages(channel))
    card = (await bench.case_of(request_id)).card
    assert card is not None
    assert (card.ts, retired.message_ts) == (first, second)
    assert claimed.effect.effect_id in {one.effect_id for one in waiting}
    assert len(await bench.events("card_posted")) == len(await bench.events("card_twin_found")) == 1


async def test_p5_a_process_that_stood_still_with_a_message_in_hand_does_not_say_it_again(
    bench: Bench,
) -> None:
    """Its lease ended meanwhile, so another one may have said it; if nobody has, it is claimed anew and said once."""
    channel = bench.slack.add_channel("approvals", private=True, members=[bench.cast["ana"]])
    bench.ask()
    await bench.poll()
    work = sender(bench, channel)
    (claimed,) = await bench.ledger.claim_effects(10, timedelta(seconds=30))
    await bench.advance(seconds=31)
    await work._say(claimed)
    assert bench.slack.messages(channel) == []
    await said_all(work)
    assert len(bench.slack.messages(channel)) == 1


async def test_p5_its_lease_is_over_by_its_own_clock_too_where_the_shared_one_was_set_back(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    channel = bench.slack.add_channel("approvals", private=True, members=[bench.cast["ana"]])
    bench.ask()
    await bench.poll()
    work = sender(bench, channel)
    (claimed,) = await bench.ledger.claim_effects(10, timedelta(seconds=30))
    boot, shared = bench.ledger._door.clock.boot, bench.desk.now() + timedelta(seconds=10)
    monkeypatch.setattr(bench.ledger._door.clock, "boot", lambda: boot() + 30_000)
    monkeypatch.setattr(bench.ledger, "now", lambda: shared)
    await work._say(claimed)
    assert bench.slack.messages(channel) == []


async def test_p5_a_lease_that_ends_between_two_calls_of_one_message_ends_it_there(bench: Bench) -> None:
    """A direct message is opened, then posted: whoever stood still between the two posts nothing."""
    work = sender(bench, bench.slack.add_channel("approvals", private=True))
    told = Effect(
        effect_id="told",
        kind=EffectKind.ANSWER,
        urgency=Urgency.ANSWER,
        slack_user_id=bench.cast["ana"],
        text="Hello",
    )
    turns = iter((False, True))
    outcome = await work.sender.lent(lambda: next(turns)).send(told, None, bench.desk.now())
    assert isinstance(outcome, Later)
    assert bench.slack.as_person(bench.cast["ana"]).dms() == []


async def test_what_slack_refuses_for_good_is_dropped_and_recorded(bench: Bench) -> None:
    bench.ask()
    await bench.poll()
    bench.slack.revoke_token()
    work = sender(bench, bench.slack.add_channel("approvals", private=True))
    while await work.batch():
        pass
    shown = bench.desk.metrics.exposition().decode()
    assert "gatehouse_slack_calls_total" in shown
    assert (
        sum((await bench.ledger.waiting_effects()).values()) + len(await bench.events("effect_dropped")) >= 1
    )


async def test_a_yes_that_names_no_message_is_alerted_tried_ever_later_and_holds_nobody_up(
    bench: Bench,
) -> None:
    """The card may stand there; its address is not known, so nothing could ever be corrected on it."""
    channel = bench.slack.add_channel("approvals", private=True, members=[bench.cast["ana"]])
    bench.slack.enforce_rate_limits(enforced=False)
    bench.slack.faults.arm("unnamed", method="chat.postMessage", name="ts", times=3)
    odd = bench.ask(computer="BRW-WS-001")
    await bench.poll()
    work = sender(bench, channel)
    await said_all(work)
    assert (await bench.case_of(odd)).card is None
    for wait_s in (31, 61):
        assert await bench.events("effect_refused") == []
        await bench.advance(seconds=wait_s)
        await said_all(work)
    refused = (await bench.last("effect_refused")).facts
    assert "names no ts" in str(refused["why"])
    other = bench.ask(computer="BRW-WS-002", product="labelpress")
    await bench.poll()
    for _ in range(3):
        await bench.advance(seconds=2)  # One message a second and channel.
        await said_all(work)
    assert (await bench.case_of(other)).card is not None
    assert (await bench.case_of(odd)).card is None
    await bench.advance(seconds=91)
    await said_all(work)
    card = (await bench.case_of(odd)).card
    assert card is not None
    assert bench.slack.message(channel, card.ts)


async def test_a_form_whose_time_ran_out_in_the_queue_is_told_to_whoever_waits_for_it(bench: Bench) -> None:
    """P4. A process may have died with the form in its hands; Slack's trigger lives three seconds."""
    case = await bench.arrive()
    press = await bench.press("ana", ids.DENY_MODAL, case, trigger_id="gone")
    view = modals.loading_modal("Deny", case)
    await bench.desk.announce([Event(name="form_asked_for")], [loading(bench.desk, press, view, case)])
    await bench.advance(seconds=60)
    work = sender(bench, bench.slack.add_channel("approvals", private=True))
    await work.batch()
    await asyncio.wait(work.in_hand)
    said = [one for one in await bench.say() if one.effect_id.startswith("unopened:")]
    assert [one.slack_user_id for one in said] == [bench.cast["ana"]]
    assert "could not be opened" in text_of(said[0])
    assert (await bench.last("effect_dropped")).slack_user_id == bench.cast["ana"]


async def test_a_form_that_was_never_opened_is_asked_for_ever_more_seldom(bench: Bench) -> None:
    """Its replica may be opening it at this moment; after some seconds nobody is, and Slack counts each call."""
    case = await bench.arrive()
    press = await bench.press("ana", ids.DENY_MODAL, case)
    form = filled(bench.desk, press, modals.loading_modal("Deny", case))
    await bench.desk.announce([Event(name="form_opened")], [form])
    work = sender(bench, bench.slack.add_channel("approvals", private=True))
    for _ in range(200):
        await said_all(work)
        await bench.advance(seconds=0.3)
    asked = [call for call in bench.slack.api_calls if call.method == "views.update"]
    assert 5 < len(asked) < 25


async def said_all(work: SendWork) -> None:
    """Everything that may be said now."""
    while await work.batch():
        pass


async def called(bench: Bench, work: SendWork, channel: str) -> tuple[str, str]:
    """A request that nobody decided within its ceiling, and the time stamp of the call about it."""
    request_id = bench.ask()
    await bench.poll()
    await said_all(work)
    await bench.advance(minutes=15)
    await beat.Dues(bench.desk).drain()
    await said_all(work)
    [call] = [one for one in bench.slack.messages(channel) if "Escalated" in one["text"]]
    return request_id, str(call["ts"])


async def test_a_call_says_how_its_case_ended_once_it_is_over(bench: Bench) -> None:
    """Kind 11: whoever was called reads in the call itself that nothing is left to do; nobody is mentioned again."""
    channel = bench.slack.add_channel("approvals", private=True, members=[bench.cast["ana"]])
    work = sender(bench, channel)
    request_id, ts = await called(bench, work, channel)
    bench.portal.decide_in_portal(request_id, approve=True, by="Pia Portal")
    await bench.poll()
    await bench.advance(seconds=30)
    await said_all(work)
    told = bench.slack.message(channel, ts)
    assert "Nothing is left to do here" in told["text"]
    assert "Pia Portal" in str(told["blocks"])
    assert "usergroup" not in str(told["blocks"])
    assert await bench.ledger.calls.about((await bench.case_of(request_id)).case_id) == []


async def test_a_call_that_overtook_its_card_leads_there_once_the_card_is_posted(bench: Bench) -> None:
    """Escalations come first in the queue, so that the card has no address yet when its call is written."""
    channel = bench.slack.add_channel("approvals", private=True, members=[bench.cast["ana"]])
    work = sender(bench, channel)
    bench.ask("elevate", product="draftwright", organization="juniper-hill")
    await bench.poll()
    for _ in range(4):
        await said_all(work)
        await bench.advance(seconds=5)
    [call] = [one for one in bench.slack.messages(channel) if "usergroup" in str(one["blocks"])]
    assert ids.OPEN_CARD in str(call["blocks"])
    assert "|Elevation>: draftwright" in call["text"]


@pytest.mark.parametrize("blocks", [[], [{"type": "actions", "elements": [{"action_id": ids.OPEN_CARD}]}]])
async def test_a_call_that_is_posted_after_its_card_leads_there_as_well(
    bench: Bench, blocks: list[dict[str, Any]]
) -> None:
    """It was written before; who leads there already is left as it is."""
    request_id = bench.ask()
    await bench.poll()
    case = await bench.case_of(request_id)
    there = case.model_copy(
        update={"card": CardAddress(channel_id="C1", ts="1.2", posted_at=bench.desk.now())}
    )
    call = Effect(
        effect_id="call:1", kind=EffectKind.MESSAGE, urgency=Urgency.ESCALATION, is_call=True, blocks=blocks
    )
    assert call_lacks_link(call, there, now_posted=False) is not bool(blocks)
    assert not call_lacks_link(call, case, now_posted=False), "there is no card yet"
    assert not call_lacks_link(call, case, now_posted=True), "nobody was called"


async def test_a_call_that_stands_says_what_else_is_unusual_and_who_has_claimed_it(bench: Bench) -> None:
    """One call for a case and tier: what is found after it, and who is on it, is read there; nobody is called anew."""
    channel = bench.slack.add_channel("approvals", private=True, members=[bench.cast["ana"]])
    work = sender(bench, channel)
    request_id = bench.ask("elevate", product="draftwright", organization="juniper-hill")
    await bench.poll()
    await said_all(work)
    [call] = [one for one in bench.slack.messages(channel) if "usergroup" in str(one["blocks"])]
    dues = beat.Dues(bench.desk)
    await bench.advance(seconds=5)
    await dues.drain()
    await dues.stop(10)
    for _ in range(3):
        await bench.advance(seconds=5)
        await said_all(work)
    unusual = (await bench.case_of(request_id)).unusual
    assert unusual
    told = bench.slack.message(channel, call["ts"])
    assert unusual[0][:40] in str(told["blocks"])
    calls = [one for one in bench.slack.messages(channel) if "usergroup" in str(one["blocks"])]
    assert [one["ts"] for one in calls] == [call["ts"]]
    case = await bench.case_of(request_id)
    await claim(bench.desk, await bench.press("kim", ids.CALL_CLAIM, case, channel_id=channel))
    for _ in range(3):
        await bench.advance(seconds=5)
        await said_all(work)
    shown = str(bench.slack.message(channel, call["ts"])["blocks"])
    assert "Kim Okafor" in shown
    assert ids.CALL_CLAIM not in shown
    assert await bench.ledger.calls.about(case.case_id), "it is still to say how the case ends"


# Ticks


def ticks(bench: Bench) -> Ticks:
    """Ticks that nothing starts; the test calls each by hand."""
    return Ticks(
        desk=bench.desk,
        access_watch=AccessWatch(bench.desk, bench.folder / "access.toml"),
        press_bell=lambda: rings.append("press"),
        send_bell=lambda: rings.append("send"),
        poll_busy_s=0,
        poll_idle_s=0,
        keep_loose=timedelta(days=1),
    )


async def test_a_tick_takes_what_is_due_and_rings_for_presses_and_messages(bench: Bench) -> None:
    """P6."""
    rings.clear()
    case = await bench.arrive()
    await bench.press("ana", ids.CLAIM, case)
    await bench.advance(minutes=5)
    work = ticks(bench)
    await work._tick()
    assert await bench.events("step_taken")
    assert work.pulse.lag_s > 0
    await work._tick()
    assert {"press", "send"} <= set(rings)
    await work._tick()
    assert work.pulse.lag_s == 0.0


async def test_a_poll_takes_requests_in_and_is_noted_on_the_pulse(bench: Bench) -> None:
    bench.ask()
    rings.clear()
    work = ticks(bench)
    assert work.pulse.poll_age_s() == float("inf")
    await work._poll()
    assert rings == ["send"], "the card would wait for the next tick"
    assert work.pulse.open_cases == 1
    assert work.pulse.waiting_effects == 1
    assert work.pulse.poll_age_s() < 60


def is_paused(bench: Bench) -> bool:
    """Whether writes wait for the portal to accept our token."""
    return not bench.desk.gate.is_open


async def test_a_refused_token_alerts_once_and_everything_resumes_by_itself(bench: Bench) -> None:
    """P9."""
    work = ticks(bench)
    bench.portal.faults.set(FaultKind.TOKEN_REVOKED)
    for _ in range(3):
        await work._poll()
    assert is_paused(bench)
    alerts = [one for one in await bench.say() if one.effect_id.startswith("portal_token_refused")]
    assert len(alerts) == 1
    assert "refuses our token" in text_of(alerts[0])
    bench.portal.faults.clear()
    await work._poll()
    assert not is_paused(bench)
    (back,) = [one for one in await bench.say() if one.effect_id.startswith("portal_token_accepted")]
    assert "accepts our token again" in text_of(back)


async def test_a_look_that_left_something_is_not_complete_and_the_next_one_follows_at_once(
    bench: Bench,
) -> None:
    asked = [bench.ask() for _ in range(3)]
    work = ticks(bench)
    for taken_in in (1, 2, 3):
        assert await bench.ledger.looks.last() is None
        await work._poll()
        assert len(await bench.ledger.case_ids_of_requests(asked)) == taken_in
    assert await bench.ledger.looks.last() is not None


async def test_a_portal_that_is_away_is_waited_for(bench: Bench) -> None:
    work = ticks(bench)
    bench.portal.faults.set(FaultKind.SERVER_ERROR)
    await work._poll()
    assert work.pulse.polled_at is None
    bench.portal.faults.clear()
    await work._poll()
    assert work.pulse.polled_at is not None


async def test_a_poll_before_its_time_asks_nothing(bench: Bench) -> None:
    work = ticks(bench)
    work.poll_busy_s = work.poll_idle_s = 600
    await work._poll()
    before = sum(bench.portal.calls.values())
    await work._poll()
    assert sum(bench.portal.calls.values()) == before


async def test_one_replica_looks_at_a_time_and_another_takes_over_when_it_stands_still(bench: Bench) -> None:
    """P5: side by side they would race each other through the same list, and each would be slower for it."""
    work = ticks(bench)
    other = await Ledger.connect(bench.valkey.url, replica_id="other")
    try:
        assert await other.lead("poll", timedelta(seconds=3))
        bench.ask()
        before = sum(bench.portal.calls.values())
        await work._poll()
        assert sum(bench.portal.calls.values()) == before
        await bench.advance(seconds=4)
        await work._poll()
        assert sum(bench.portal.calls.values()) > before
        assert work.pulse.open_cases == 1
        assert not await other.lead("poll", timedelta(seconds=3))
    finally:
        await other.close()


async def test_the_record_is_sealed_and_its_head_goes_to_the_audit_channel(bench: Bench) -> None:
    """P7."""
    work = ticks(bench)
    await work._seal()
    (head,) = [one for one in await bench.say() if one.effect_id.startswith("audit_head")]
    assert "SHA-256" in text_of(head)
    assert await bench.events("audit_head_posted")


async def test_without_a_ledger_every_tick_ends_with_a_warning_and_none_breaks(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """P9: Redis away."""

    async def away(*_: Any, **__: Any) -> Any:
        raise LedgerUnavailable("no server")

    for name in ("tick", "lead", "access"):
        monkeypatch.setattr(type(bench.ledger), name, away)
    for name in ("seal", "redact_loose"):
        monkeypatch.setattr(type(bench.ledger.chain), name, away)
    work = ticks(bench)
    before = work.pulse.ticked_at
    for job in (work._tick, work._poll, work._seal, work._access, work._retain):
        await job()
    assert work.pulse.ticked_at == before


async def test_started_ticks_run_and_stop_cleanly(bench: Bench) -> None:
    request_id = bench.ask()
    work = ticks(bench)
    work.start()
    try:
        async with asyncio.timeout(10):
            while not await bench.ledger.case_ids_of_requests([request_id]):
                await bench.slack.feed.changed_after(bench.slack.feed.seq, 0.05)
    finally:
        await work.stop()
    await work.stop()


# Health


async def pages(health: Health, *names: str) -> list[tuple[int, str]]:
    """Status and text of health pages."""
    await health.start("127.0.0.1", 0)
    found = []
    async with aiohttp.ClientSession() as session:
        for name in names:
            async with session.get(f"http://127.0.0.1:{health.bound_port}/{name}") as answer:
                found.append((answer.status, await answer.text()))
    await health.close()
    await health.close()
    return found


def health_of(bench: Bench, *, connected: bool = True, pulse: Pulse | None = None) -> Health:
    """Health pages over a desk."""

    async def is_connected() -> bool:
        return connected

    beat = pulse or Pulse()
    beat.polled_at = beat.ticked_at if pulse is None else beat.polled_at
    return Health(
        pulse=beat,
        ledger=bench.ledger,
        metrics=bench.desk.metrics,
        is_connected=is_connected,
        poll_limit_s=60,
    )


async def test_a_working_process_is_alive_ready_and_counted(bench: Bench) -> None:
    alive, ready, metrics = await pages(health_of(bench), "healthz", "readyz", "metrics")
    assert (alive[0], json.loads(alive[1])["alive"]) == (200, True)
    assert (ready[0], json.loads(ready[1])["faults"]) == (200, {})
    assert "gatehouse_presses_total" in metrics[1]


def _drain(health: Health) -> None:
    health.draining = True


def _late(health: Health) -> None:
    health.pulse.lag_s = 30


def _stale(health: Health) -> None:
    health.pulse.polled_at = None


@pytest.mark.parametrize(("harm", "part"), [(_drain, "process"), (_late, "timer"), (_stale, "portal")])
async def test_what_is_not_well_is_named_and_the_process_is_not_ready(
    bench: Bench, harm: Callable[[Health], None], part: str
) -> None:
    health = health_of(bench)
    harm(health)
    ((status, text),) = await pages(health, "readyz")
    assert (status, list(json.loads(text)["faults"])) == (503, [part])


@pytest.mark.parametrize(("age_s", "named"), [(1, []), (30, ["timer", "ledger"])])
async def test_a_ledger_that_is_read_and_takes_nothing_is_named_when_it_lasts(
    bench: Bench, age_s: float, named: list[str]
) -> None:
    health = health_of(bench)
    health.pulse.ledger_fault = "the ledger refuses to write: OOM"
    health.pulse.ticked_at -= age_s
    found = await health.faults()
    assert list(found) == named
    assert found.get("ledger", health.pulse.ledger_fault) == health.pulse.ledger_fault


async def test_without_slack_and_without_the_ledger_it_is_not_ready(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(*_: Any) -> int:
        raise LedgerUnavailable("no server")

    monkeypatch.setattr(type(bench.ledger), "access_generation", away)
    faults = await health_of(bench, connected=False).faults()
    assert (set(faults), faults["ledger"]) == ({"slack", "ledger"}, "no server")
    # Of a server of its own it is known why.
    monkeypatch.setattr(type(bench.ledger), "server_trouble", "its disk is full")
    assert (await health_of(bench).faults())["ledger"] == "its disk is full"
