"""The end of a mode as the portal tells it: by somebody there, moved there, not at all, or not to be learnt."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from bot.models import ModeStanding
from rehearsal.portal.effects import start_mode
from rehearsal.portal.mode_rules import finish_mode, move_mode
from tests.maintenance.shop import Shop


async def test_p3_somebody_ended_it_in_the_portal_is_shown_at_the_next_look(shop: Shop) -> None:
    mode = await shop.started()
    await shop.bench.advance(minutes=2)
    finish_mode(
        shop.bench.portal.world, mode.portal_mode_id, by="tom@brightwater.example", at=shop.desk.now()
    )
    await shop.until(mode.starts_at, minutes=5, seconds=5)
    ended = await shop.mode(mode.mode_id)
    assert (ended.standing, ended.ended_by) == (ModeStanding.ENDED, "tom@brightwater.example")
    assert "was ended by tom@brightwater.example" in shop.replies()[-1]
    assert "by tom@brightwater.example" in await shop.shown()


async def test_p3_a_press_on_what_was_ended_in_the_portal_says_so_at_once_and_sends_nothing(
    shop: Shop,
) -> None:
    mode = await shop.started()
    finish_mode(shop.bench.portal.world, mode.portal_mode_id, by="Tom", at=shop.desk.now())
    assert "was ended by Tom" in await shop.ends("mel", mode)
    assert shop.writes() == ["MaintenanceModeInsert"]
    assert "was ended by Tom" in await shop.ends("mel", mode)


async def test_p3_an_end_moved_in_the_portal_moves_the_countdown(shop: Shop) -> None:
    mode = await shop.started()
    moved_to = mode.ends_at + timedelta(minutes=20)
    move_mode(shop.bench.portal.world, mode.portal_mode_id, moved_to)
    await shop.until(mode.starts_at, minutes=5, seconds=5)
    assert (await shop.mode(mode.mode_id)).ends_at == moved_to
    assert "moved in the portal, to {11:20}" in shop.replies()[-1]
    await shop.until(moved_to, seconds=1)
    assert (await shop.mode(mode.mode_id)).standing is ModeStanding.ENDED


def _stuck(shop: Shop) -> None:
    """The computer does not leave its mode, as one that is offline."""
    world = shop.bench.portal.world
    one = shop.computer()
    world.computers[one.computer_id] = replace(one, maintenance_end_at=None)


async def test_still_on_after_its_end_calls_the_escalation_team_once(shop: Shop) -> None:
    mode = await shop.started()
    _stuck(shop)
    await shop.until(mode.ends_at, seconds=1)
    assert "Its time was over at {11:00}, but the portal still shows it" in await shop.shown()
    assert shop.called() == []
    for _ in range(3):
        await shop.bench.advance(seconds=61)
        await shop.tick()
    (called,) = shop.called()
    assert "Still in maintenance after its end" in called
    assert f"@{shop.desk.on_duty()}" in called
    assert "BRW-WS-001" in called
    for _ in range(3):
        await shop.bench.advance(minutes=5)
        await shop.tick()
    assert len(shop.called()) == 1
    one = shop.computer()
    shop.bench.portal.world.computers[one.computer_id] = replace(one, maintenance_type_id=0)
    await shop.bench.advance(minutes=6)
    await shop.tick()
    assert (await shop.mode(mode.mode_id)).standing is ModeStanding.ENDED
    assert "has ended" in shop.replies()[-1]


async def test_another_run_of_the_same_mode_is_not_taken_for_the_old_one(shop: Shop) -> None:
    """Somebody starts the mode again in the portal right at its end: ours has ended."""
    mode = await shop.started()
    await shop.bench.advance(minutes=60)
    now = shop.desk.now()
    again = now + timedelta(hours=2)
    start_mode(shop.bench.portal.world, mode.computer_id, 3, start_at=now, end_at=again, by="Tom")
    await shop.tick()
    assert (await shop.mode(mode.mode_id)).standing is ModeStanding.ENDED
    assert shop.called() == []


async def test_p9_at_the_end_a_silent_portal_is_said_once_and_asked_until_it_answers(shop: Shop) -> None:
    mode = await shop.started()
    shop.bench.portal.faults.set("server_error")
    await shop.until(mode.ends_at - timedelta(minutes=5))
    for _ in range(3):
        await shop.until(mode.ends_at, seconds=1)
        await shop.bench.advance(seconds=31)
    assert [("cannot be asked" in each) for each in shop.replies()] == [False, True]
    assert "cannot be asked" in await shop.shown()
    shop.bench.portal.faults.clear()
    await shop.bench.advance(seconds=31)
    await shop.tick()
    assert (await shop.mode(mode.mode_id)).standing is ModeStanding.ENDED
    assert "cannot be asked" not in await shop.shown()


async def test_a_computer_that_the_portal_does_not_know_any_more_ends_its_mode_on_time(shop: Shop) -> None:
    mode = await shop.started()
    world = shop.bench.portal.world
    del world.computers[mode.computer_id]
    await shop.until(mode.ends_at - timedelta(minutes=30))
    assert (await shop.mode(mode.mode_id)).is_open
    await shop.until(mode.ends_at, seconds=1)
    assert (await shop.mode(mode.mode_id)).standing is ModeStanding.ENDED
    assert shop.called() == []


async def test_a_day_of_silence_after_the_end_is_the_last_word(shop: Shop) -> None:
    """Nothing is asked for ever, and the message does not claim more than is known."""
    mode = await shop.started()
    shop.bench.portal.faults.set("server_error")
    await shop.until(mode.ends_at, seconds=1)
    await shop.until(mode.ends_at, hours=23)
    assert (await shop.mode(mode.mode_id)).is_open
    await shop.until(mode.ends_at, hours=24, minutes=1)
    given_up = await shop.mode(mode.mode_id)
    assert given_up.standing is ModeStanding.ENDED
    shown = await shop.shown()
    assert "Maintenance should be over" in shown
    assert "could not be asked whether it has ended" in shown
    assert await shop.bench.events("mode_given_up")
