"""P5: a crash between any two steps heals by itself. Each bot is a process, killed as by `kill -9` at a seam."""

from __future__ import annotations

import signal
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.app import running, started
from bot.cards.kit import ids
from bot.seams import Seam
from rehearsal.stage.stage import MANIFEST
from tests.flows.processes import forked_bot
from tests.flows.scene import Scene, set_scene


@pytest.fixture
async def empty(tmp_path: Path) -> AsyncIterator[Scene]:
    """A stage without a bot."""
    async with set_scene(tmp_path, bots=0) as scene:
        yield scene


async def _killed_while_approving(scene: Scene, seam: Seam) -> str:
    """A request whose approval met a crash; its id."""
    async with forked_bot(scene, "first", seam) as bot:
        request_id, card = await scene.carded(computer="BRW-WS-007")
        await (await scene.hand("ana").person.click(card.channel, card.ts, ids.APPROVE_COMPUTER)).tried()
        assert await bot.ended() == -signal.SIGKILL
    return request_id


async def test_p4_p5_killed_after_the_press_is_stored_the_next_process_carries_it_out(empty: Scene) -> None:
    """The presser saw Slack's warning; the press was stored all the same, and is done once."""
    request_id = await _killed_while_approving(empty, Seam.PRESS_STORED)
    assert empty.writes == []
    async with forked_bot(empty, "second"):
        await empty.hand("ana").hears("Approved", "BRW-WS-007 only")
        await (await empty.card(request_id)).shows("Approved by Ana Moreau")
    assert len(empty.writes) == 1


async def test_p4_p5_killed_with_a_press_in_hand_the_lease_ends_and_it_is_done_once(empty: Scene) -> None:
    """A press that a dead process holds comes again when its lease ends."""
    request_id = await _killed_while_approving(empty, Seam.PRESS_TAKEN)
    async with forked_bot(empty, "second"):
        await empty.advance(seconds=31)
        await empty.hand("ana").hears("Approved", "BRW-WS-007 only")
        await (await empty.card(request_id)).shows("Approved by Ana Moreau")
    assert len(empty.writes) == 1


async def test_p2_p5_killed_after_the_attempt_is_recorded_nothing_is_sent_until_a_new_press(
    empty: Scene,
) -> None:
    """Nobody can know that nothing was sent: the card says so, asks, opens again, and only a new press decides."""
    request_id = await _killed_while_approving(empty, Seam.ATTEMPT_RECORDED)
    async with forked_bot(empty, "second"):
        card = await empty.card(request_id)
        await empty.advance(seconds=31)
        await card.shows("Outcome unknown, checking", "approval by Ana Moreau")
        await empty.hand("ana").hears("Your decision is on its way")
        await empty.advance(seconds=60)
        await empty.hand("ana").hears("Your approval had no effect", "Only a new press")
        assert empty.writes == []
        await empty.hand("ana").approve(card)
        await card.shows("Approved by Ana Moreau")
    assert len(empty.writes) == 1
    assert len(await empty.events("decision_attempted")) == 2


async def test_p2_p5_a_press_whose_attempt_ended_without_effect_makes_no_second_one(empty: Scene) -> None:
    """Everything was down for long: the request opens again first, and the old press that comes again is spent."""
    request_id = await _killed_while_approving(empty, Seam.ATTEMPT_RECORDED)
    empty.stage.slack.faults.arm("slow", method="users.info", times=-1, seconds=1.5)
    await empty.advance(seconds=85)
    async with forked_bot(empty, "second"):
        await empty.hand("ana").hears("Your approval had no effect")
        await empty.quiet()
        assert empty.writes == []
        assert empty.stage.portal.request(request_id).is_open
    assert len(await empty.events("decision_attempted")) == 1


async def test_p2_p5_killed_after_the_portals_write_the_outcome_is_found_and_told(empty: Scene) -> None:
    """The portal has it; our record learns it by asking, and the write is not repeated."""
    request_id = await _killed_while_approving(empty, Seam.WRITE_ANSWERED)
    assert len(empty.writes) == 1
    async with forked_bot(empty, "second"):
        card = await empty.card(request_id)
        await card.shows("Approved by Ana Moreau in Gatehouse")
        await empty.advance(seconds=31)
        await empty.hand("ana").hears("Approved")
    assert len(empty.writes) == 1


async def test_p3_p5_killed_after_the_portals_yes_is_noted_the_decision_stays_the_pressers(
    empty: Scene,
) -> None:
    """The record knows of the yes before anybody has read it back; the next process tells whose decision it is."""
    request_id = await _killed_while_approving(empty, Seam.YES_NOTED)
    assert len(await empty.events("decision_write_answered")) == 1
    async with forked_bot(empty, "second"):
        card = await empty.card(request_id)
        await card.shows("Approved by Ana Moreau in Gatehouse")
        await empty.advance(seconds=31)
        await empty.hand("ana").hears("Approved")
    assert len(empty.writes) == 1


async def test_p4_p5_killed_after_the_decision_is_recorded_the_presser_is_still_answered(
    empty: Scene,
) -> None:
    """The card is redrawn by the next process, and the answer says that it was the presser's own decision."""
    request_id = await _killed_while_approving(empty, Seam.DECISION_RECORDED)
    async with forked_bot(empty, "second"):
        card = await empty.card(request_id)
        await card.shows("Approved by Ana Moreau")
        await empty.advance(seconds=31)
        said = await empty.hand("ana").hears("Approved.")
        assert "Too late" not in said
    assert len(empty.writes) == 1


async def test_p5_killed_after_a_card_is_posted_its_twin_retires_at_the_first_touch(empty: Scene) -> None:
    """Slack said yes, and we never noted it: a second card is posted, and the first leads to it."""
    async with forked_bot(empty, "first", Seam.CARD_POSTED) as bot:
        request_id = empty.ask()
        assert await bot.ended() == -signal.SIGKILL
    [lost] = empty.cards()
    async with forked_bot(empty, "second"):
        await empty.advance(seconds=31)
        await empty.seen(lambda: len(empty.cards()) == 2)
        real = empty.cards()[1]
        await empty.case_where(real.case_id, lambda case: case.card and case.card.ts == real.ts)
        await empty.hand("ana").approve(lost)
        await empty.hand("ana").hears("Approved")
        await real.shows("Approved by Ana Moreau")
        await lost.shows("This was a second copy of a card")
        assert ids.APPROVE_COMPUTER not in lost.actions
    assert (await empty.case(real.case_id)).requests[0].facts.request_id == request_id


async def test_p5_with_the_history_scope_a_lost_card_is_found_and_no_twin_is_posted(tmp_path: Path) -> None:
    """The card's metadata leads back to it."""
    manifest = tmp_path / "manifest.yml"
    text = MANIFEST.read_text("utf-8")
    manifest.write_text(text.replace("# - groups:history", "- groups:history"), "utf-8")
    async with set_scene(tmp_path, bots=0, manifest=manifest) as scene:
        async with forked_bot(scene, "first", Seam.CARD_POSTED) as bot:
            request_id = scene.ask()
            assert await bot.ended() == -signal.SIGKILL
        [lost] = scene.cards()
        async with forked_bot(scene, "second"):
            await scene.advance(seconds=31)
            found = await scene.case_where(lost.case_id, lambda case: case.card)
            assert found.card is not None
            assert found.card.ts == lost.ts
            await scene.hand("ana").approve(await scene.card(request_id))
            await lost.shows("Approved by Ana Moreau")
        assert len(scene.cards()) == 1


async def test_p5_killed_after_a_request_is_taken_in_its_card_follows(empty: Scene) -> None:
    """What is queued outlives the process that queued it."""
    # Its sender may be as quick as the seam: what it says just before it dies does not arrive. If it was not, the next
    # process meets the silence and says it again; by hand it might go before the dead one is read.
    empty.stage.slack.faults.arm("silent_before", method="chat.postMessage", times=1, seconds=1)
    async with forked_bot(empty, "first", Seam.REQUEST_TAKEN_IN) as bot:
        request_id = empty.ask()
        assert await bot.ended() == -signal.SIGKILL
    # Before the next one begins: time that leaps while it speaks would end its own lease, and it would speak twice.
    await empty.advance(seconds=31)
    async with forked_bot(empty, "second"):
        await empty.card(request_id)
        await empty.quiet()
    assert len(empty.cards()) == 1
    assert len(await empty.events("case_opened")) == 1


async def test_p6_killed_after_a_step_is_taken_its_message_is_still_said(empty: Scene) -> None:
    """The step is taken once in the record; its ping waits in the queue."""
    async with forked_bot(empty, "first", Seam.STEPS_TAKEN) as bot:
        await empty.carded()
        await empty.advance(minutes=15)
        assert await bot.ended() == -signal.SIGKILL
    async with forked_bot(empty, "second"):
        await empty.advance(seconds=31)
        await empty.said("escalation", "Escalated")
        await empty.quiet()
    assert len(await empty.events("step_taken")) == 1


async def test_p4_a_drain_answers_the_press_in_hand_and_ends_well(empty: Scene) -> None:
    """SIGTERM in the middle of a slow write: the presser is answered before the process ends."""
    async with forked_bot(empty, "only") as bot:
        _, card = await empty.carded()
        empty.stage.portal.faults.set("slow", seconds=1.0, times=1, action="ApprovalRequestPermitApplication")
        await empty.hand("ana").approve(card)
        await empty.seen(lambda: empty.stage.portal.faults.active == ())
        assert await bot.drain() == 0
        assert any("Approved" in said for said in empty.hand("ana").told())
    assert not await empty.ledger.waiting_presses()


async def test_p6_a_clock_that_ran_while_no_bot_lived_is_caught_up_by_the_next_one(empty: Scene) -> None:
    """Due times are data; nobody has to be alive for them to become due."""
    async with forked_bot(empty, "first") as bot:
        request_id, card = await empty.carded()
        await empty.quiet()
        await bot.kill()
    await empty.advance(minutes=16)
    async with forked_bot(empty, "second"):
        await empty.said("escalation", "Escalated")
        await empty.hand("ana").approve(card)
        await card.shows("Approved by Ana Moreau")
    assert not empty.stage.portal.request(request_id).is_open


async def test_a_stop_that_is_cut_short_leaves_nothing_at_work(
    empty: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is in hand is the next process's: here it would work on beside a ledger that is closed."""
    monkeypatch.setattr(running, "DRAIN_S", 0.01)
    async with started(empty.stage.settings, replica_id="bot-1") as bot:
        _, card = await empty.carded()
        empty.stage.portal.faults.set("slow", seconds=60, action="ApprovalRequestPermitApplication")
        await empty.hand("ana").approve(card)
        await empty.seen(lambda: bot.presses.in_hand or None)
    assert not bot.presses.in_hand
    assert not bot.saying.in_hand
    empty.stage.portal.faults.clear()
