"""P3, P7: somebody in the portal changes the very mode that a press of ours is about, before it or right after."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.models import ModeStanding, RunningMode
from bot.portal import OutcomeUnknown
from rehearsal.portal.mode_rules import finish_mode, move_mode
from tests.desk import text_of
from tests.maintenance.shop import Shop
from tests.maintenance.test_form import read_view

TOM = "tom@brightwater.example"


def ended_by_tom(shop: Shop, mode: RunningMode) -> None:
    finish_mode(shop.bench.portal.world, mode.portal_mode_id, by=TOM, at=shop.desk.now())


def meets(
    shop: Shop,
    monkeypatch: pytest.MonkeyPatch,
    call: str,
    *,
    before: Callable[[], object] = lambda: None,
    after: Callable[[], object] = lambda: None,
) -> None:
    """Our write to the portal meets what somebody does there just before, and right after it."""
    original: Callable[..., Awaitable[None]] = getattr(shop.desk.portal, call)

    async def meet(*arguments: Any) -> None:
        before()
        await original(*arguments)
        after()

    monkeypatch.setattr(shop.desk.portal, call, meet)


def lost(shop: Shop, monkeypatch: pytest.MonkeyPatch, call: str, meanwhile: Callable[[], object]) -> None:
    """Our write is never answered, and somebody does something meanwhile."""

    async def silence(*_: Any) -> None:
        meanwhile()
        raise OutcomeUnknown("silence")

    monkeypatch.setattr(shop.desk.portal, call, silence)


async def later(shop: Shop, seconds: float) -> list[str]:
    """What is said when so much time has passed."""
    await shop.bench.advance(seconds=seconds)
    return [" ".join(text_of(each).split()) for each in await shop.tick()]


async def test_an_end_that_somebody_was_faster_with_keeps_their_name_everywhere(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The portal refuses ours: the message, the thread, the presser and the record name who ended it."""
    mode = await shop.started()
    meets(shop, monkeypatch, "end_mode", before=lambda: ended_by_tom(shop, mode))
    assert f"was ended by {TOM}" in await shop.ends("mel", mode)
    assert (await shop.mode(mode.mode_id)).ended_by == TOM
    assert f"by {TOM}" in await shop.shown()
    assert f"was ended by {TOM}" in shop.replies()[-1]
    told = (await shop.bench.last("mode_ended")).facts
    assert (told["ours"], told["attempt_id"]) == (False, "")


async def test_an_end_of_ours_is_told_as_ours(shop: Shop) -> None:
    mode = await shop.started()
    assert "was ended by Mel Ortiz" in await shop.ends("mel", mode)
    told = await shop.bench.last("mode_ended")
    assert told.facts["ours"] is True
    assert told.facts["attempt_id"]
    assert told.person_id == "mel"


async def test_an_end_moved_right_after_our_extension_is_shown_and_told_at_once(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    mode = await shop.started()
    theirs = mode.ends_at + timedelta(minutes=5)
    move = lambda: move_mode(shop.bench.portal.world, mode.portal_mode_id, theirs)  # noqa: E731 - two uses of one line
    meets(shop, monkeypatch, "move_mode_end", after=move)
    assert "Outcome unknown, checking" in await shop.extends("mel", mode)
    said = await later(shop, 21)
    assert any("moved in the portal" in each for each in said)
    assert (await shop.mode(mode.mode_id)).ends_at == theirs
    said = await later(shop, 61)
    assert any(
        "Not extended" in each and f"shows it until {theirs:%Y-%m-%d %H:%M} UTC" in each for each in said
    )
    assert not any("still shows it as before" in each for each in said)
    assert (await shop.mode(mode.mode_id)).attempt is None


async def test_an_extension_that_comes_after_somebodys_end_shows_it_running_again(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    mode = await shop.started()
    lost(shop, monkeypatch, "move_mode_end", lambda: ended_by_tom(shop, mode))
    assert f"was ended by {TOM}" in await shop.extends("mel", mode)
    over = await shop.mode(mode.mode_id)
    assert (over.standing, over.ended_by) == (ModeStanding.ENDED, TOM)
    assert over.overtaken is not None
    assert over.overtaken.until is not None
    world = shop.bench.portal.world
    held = world.modes[mode.portal_mode_id]
    world.modes[mode.portal_mode_id] = replace(held, ended_by="", end_at=over.overtaken.until)
    said = await later(shop, 81)
    again = await shop.mode(mode.mode_id)
    assert (again.standing, again.ends_at) == (ModeStanding.RUNNING, over.overtaken.until)
    assert any("runs again" in each for each in said)
    assert any("Extended." in each for each in said)
    assert "In maintenance: " in await shop.shown()
    assert [stored.mode.mode_id for stored in await shop.bench.ledger.modes.open()] == [mode.mode_id]
    assert "was ended by" in await shop.ends("mel", again)


async def test_an_extension_that_came_to_nothing_is_looked_for_once_and_forgotten(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    mode = await shop.started()
    lost(shop, monkeypatch, "move_mode_end", lambda: ended_by_tom(shop, mode))
    await shop.extends("mel", mode)
    shop.bench.portal.faults.set("server_error")
    await later(shop, 81)
    assert (await shop.mode(mode.mode_id)).overtaken is not None
    shop.bench.portal.faults.clear()
    await later(shop, 31)
    over = await shop.mode(mode.mode_id)
    assert (over.standing, over.overtaken) == (ModeStanding.ENDED, None)
    assert await shop.bench.events("mode_extension_overtaken")
    assert f"by {TOM}" in await shop.shown()
    await shop.bench.advance(days=91)
    await shop.tick()
    assert (await shop.mode(mode.mode_id)).redacted_at is not None


async def test_a_portal_that_is_silent_for_a_day_ends_the_question(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    mode = await shop.started()
    lost(shop, monkeypatch, "move_mode_end", lambda: ended_by_tom(shop, mode))
    await shop.extends("mel", mode)
    shop.bench.portal.faults.set("server_error")
    await shop.until(mode.ends_at, hours=24, minutes=1)
    assert (await shop.mode(mode.mode_id)).overtaken is None


async def test_an_end_at_the_edge_of_the_calendar_breaks_nothing(shop: Shop) -> None:
    """“Without an end” is 9999-12-31 in many a portal."""
    mode = await shop.started()
    move_mode(shop.bench.portal.world, mode.portal_mode_id, datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC))
    await shop.until(mode.starts_at, minutes=5, seconds=5)
    assert (await shop.mode(mode.mode_id)).ends_at.year == 9999
    assert "lasts 4 hours here at most" in await shop.extends("mel", mode)
    assert "lasts 4 hours here at most" in " ".join(read_view(await shop.extension_form("mel", mode)).split())
    shop.bench.portal.faults.set("server_error")
    await shop.bench.advance(minutes=6)
    await shop.tick()
    shop.bench.portal.faults.clear()
    await shop.bench.advance(minutes=6)
    await shop.tick()
    assert (await shop.mode(mode.mode_id)).is_open
    assert "was ended by Mel Ortiz" in await shop.ends("mel", mode)
