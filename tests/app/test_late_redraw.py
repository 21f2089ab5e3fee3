"""A redraw that Slack did not answer may be carried out after a newer one; nothing older stays on what stands."""

from __future__ import annotations

import copy
from datetime import timedelta
from typing import Any

from bot.app.workers import SendWork
from bot.desk import calls_again, digest, drawn_anew, redraw
from bot.ledger.queue import LATE
from bot.models import Effect, EffectKind, Urgency
from tests.app.test_app_parts import called, said_all, sender
from tests.cards.reading import read
from tests.desk import Bench


def _channel(bench: Bench) -> str:
    return bench.slack.add_channel("approvals", private=True, members=[bench.cast["ana"]])


def _as_it_was(bench: Bench, channel: str, ts: str) -> Any:
    """Makes Slack carry out late what was given up: the message stands as it does now."""
    message = bench.slack.workspace.channel(channel).messages[ts]
    blocks, text = copy.deepcopy(message.blocks), message.text

    def carried_out() -> None:
        message.blocks, message.text = blocks, text

    return carried_out


async def _unanswered(bench: Bench, work: SendWork) -> None:
    """The next redraw meets a fault at Slack, which leaves open whether it was done; the one after it is taken."""
    bench.slack.faults.arm("server_error", method="chat.update")
    await said_all(work)
    await bench.advance(seconds=3)
    await said_all(work)
    assert bench.slack.faults.armed == []


async def _said_late(bench: Bench, work: SendWork) -> None:
    """Everything that is drawn once more; Slack takes a redraw every 1.2 seconds."""
    await bench.advance(seconds=LATE.total_seconds())
    for _ in range(3):
        await said_all(work)
        await bench.advance(seconds=2)


async def test_p3_a_redraw_that_slack_carries_out_late_does_not_stay_on_the_card(bench: Bench) -> None:
    channel = _channel(bench)
    work = sender(bench, channel)
    request_id = bench.ask()
    await bench.poll()
    await said_all(work)
    card = (await bench.case_of(request_id)).card
    assert card is not None
    late = _as_it_was(bench, channel, card.ts)
    bench.portal.decide_in_portal(request_id, approve=True, by="Pia Portal")
    await bench.poll()
    await _unanswered(bench, work)
    assert "approved" in read(bench.slack.message(channel, card.ts)["blocks"])
    late()
    assert "approved" not in read(bench.slack.message(channel, card.ts)["blocks"])
    await _said_late(bench, work)
    assert "approved" in read(bench.slack.message(channel, card.ts)["blocks"])


async def test_the_end_that_a_call_tells_does_not_stay_undone(bench: Bench) -> None:
    channel = _channel(bench)
    work = sender(bench, channel)
    request_id, ts = await called(bench, work, channel)
    late = _as_it_was(bench, channel, ts)
    bench.portal.decide_in_portal(request_id, approve=True, by="Pia Portal")
    await bench.poll()
    bench.slack.faults.arm("server_error", method="chat.update", times=2)
    for _ in range(4):
        await said_all(work)
        await bench.advance(seconds=3)
    assert "Nothing is left to do here" in bench.slack.message(channel, ts)["text"]
    late()
    await _said_late(bench, work)
    assert "Nothing is left to do here" in bench.slack.message(channel, ts)["text"]


async def test_a_process_that_stood_still_over_its_redraw_has_it_drawn_once_more(bench: Bench) -> None:
    """It gave its call up after others were through with the card: nothing of that is left in the queue."""
    channel = _channel(bench)
    work = sender(bench, channel)
    request_id = bench.ask()
    await bench.poll()
    await said_all(work)
    await bench.ledger.once("news", [], [redraw(await bench.case_of(request_id))])
    [claimed] = await bench.ledger.claim_effects(10, timedelta(minutes=5))
    await bench.ledger.effect_done(claimed)
    bench.slack.faults.arm("server_error", method="chat.update")
    await work._say(claimed)
    await said_all(work)
    before = len(bench.slack.api_calls)
    await _said_late(bench, work)
    assert "chat.update" in [one.method for one in bench.slack.api_calls[before:]]


async def test_each_sort_of_what_stands_is_drawn_anew_from_the_record(bench: Bench) -> None:
    case = await bench.arrive()

    def effect(kind: EffectKind) -> Effect:
        return Effect(effect_id="e", kind=kind, urgency=Urgency.REDRAW, case_id="gone", channel_id="C1")

    assert await drawn_anew(bench.desk, effect(EffectKind.CARD), case) == [redraw(case)]
    assert await drawn_anew(bench.desk, effect(EffectKind.CALLS), case) == [calls_again(case)]
    assert await drawn_anew(bench.desk, effect(EffectKind.DIGEST), None) == [digest("C1", starts=False)]
    for kind in (EffectKind.CARD, EffectKind.CALLS, EffectKind.MODE, EffectKind.HOME, EffectKind.MESSAGE):
        assert await drawn_anew(bench.desk, effect(kind), None) == []
