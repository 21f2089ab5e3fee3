"""A mode whose end moves, or whose start is in doubt, is bounded and reminded of like any other; what is kept of it."""

from __future__ import annotations

from datetime import timedelta

from bot.cards.kit import ids
from bot.desk import ModeAmendment, amend_mode, mode_event
from bot.maintenance.changing import submit_extension
from bot.maintenance.starting import mode_id_of, submit_start
from bot.models import ModeStanding, RunningMode
from bot.seams import Hook, Seam
from rehearsal.portal.mode_rules import move_mode
from tests.desk import text_of
from tests.maintenance.shop import Shop
from tests.maintenance.test_starting import armed


async def test_p8_an_end_that_moved_in_the_portal_voids_the_form_and_keeps_the_bound(shop: Shop) -> None:
    """Our record has not heard of it at the press: the look of the press has, and that counts."""
    mode = await shop.started()
    moved_to = mode.starts_at + shop.desk.rules.maintenance.longest - timedelta(minutes=10)
    move_mode(shop.bench.portal.world, mode.portal_mode_id, moved_to)
    said = await shop.extends("mel", mode, minutes=60)
    assert "Its end has moved since the form was opened" in said
    assert shop.writes() == ["MaintenanceModeInsert"]
    [line] = shop.history()
    assert line.end_at == moved_to
    assert (await shop.mode(mode.mode_id)).ends_at == moved_to
    assert "lasts 4 hours here at most" in await shop.extends("mel", mode, minutes=60)


async def test_p8_an_end_that_moves_between_look_and_record_is_not_written_over(shop: Shop) -> None:
    """The clock's look comes in between: what was judged is not what is there."""
    mode = await shop.started()
    values = {ids.SPAN_BLOCK: "60", ids.MODE_BECAUSE_BLOCK: "the vendor is still at it"}
    press = await shop.press_on("mel", ids.MODE_EXTEND_VIEW, mode, **values)
    reads = shop.desk.portal.computers
    asked: list[str] = []

    async def computers(*args: object, **how: object) -> object:
        asked.append("")
        if len(asked) == 2:
            await amend_mode(shop.desk, mode.mode_id, _later)
        return await reads(*args, **how)  # type: ignore[arg-type] # passed on as it came

    shop.desk.portal.computers = computers  # type: ignore[method-assign,assignment] # a look in between
    said = await shop.bench.do(submit_extension, press)
    assert "faster" in said
    assert shop.writes() == ["MaintenanceModeInsert"]


def _later(mode: RunningMode) -> ModeAmendment:
    moved = mode.model_copy(update={"ends_at": mode.ends_at + timedelta(minutes=30)})
    return ModeAmendment(moved, [mode_event("mode_end_moved_in_portal", moved)])


def _silence(shop: Shop) -> Hook:
    """From the record of the attempt on the portal tells nothing of computers and modes."""

    def hook(seam: Seam) -> None:
        if seam is Seam.ATTEMPT_RECORDED:
            shop.bench.portal.faults.set("server_error", action="MaintenanceModeGetByComputerIdV2")

    return hook


async def test_p6_a_start_in_doubt_is_reminded_of_while_the_portal_is_silent(shop: Shop) -> None:
    """The write took effect and its answer was lost; the starter is not left alone with it until its end."""
    faults = shop.bench.portal.faults
    faults.set("timeout_after", action="MaintenanceModeInsert", times=1, seconds=0.01)
    press = await shop.submission("mel")
    with armed(_silence(shop)):
        assert "Outcome unknown" in await shop.bench.do(submit_start, press)
    mode = await shop.mode(mode_id_of(press))
    assert mode.standing is ModeStanding.STARTING
    await shop.until(mode.ends_at - timedelta(minutes=6))
    assert not await shop.bench.events("mode_reminded")
    for _ in range(3):
        await shop.until(shop.desk.now(), seconds=40)
    assert len(await shop.bench.events("mode_reminded")) == 1
    reminders = [
        " ".join(text_of(one).split()) for one in shop.bench.said if "mode-reminder" in one.effect_id
    ]
    assert len(reminders) == 1
    assert "does not tell whether it runs" in reminders[0]
    faults.clear()
    await shop.until(shop.desk.now(), seconds=40)
    assert (await shop.mode(mode.mode_id)).standing is ModeStanding.RUNNING
    await shop.until(mode.ends_at, seconds=1)
    assert len(await shop.bench.events("mode_reminded")) == 1


async def test_p6_a_press_whose_outcome_stays_unknown_does_not_swallow_the_reminder(shop: Shop) -> None:
    """“Extend” in doubt and a silent portal: once the write can no longer take effect, the old end counts."""
    mode = await shop.started()
    await shop.until(mode.ends_at - timedelta(minutes=9))
    faults = shop.bench.portal.faults
    faults.set("timeout_before", action="MaintenanceModeUpdateEndDateTimeForSpecificDate", seconds=0.01)
    with armed(_silence(shop)):
        assert "Outcome unknown" in await shop.extends("mel", mode)
    await shop.until(mode.ends_at - timedelta(minutes=4))
    await shop.until(shop.desk.now(), seconds=40)
    assert len(await shop.bench.events("mode_reminded")) == 1


async def test_retention_takes_the_ticket_too(shop: Shop) -> None:
    """A ticket's number is typed by people, as with decisions: it goes with the reason."""
    mode = await shop.started(**{ids.MODE_TICKET_BLOCK: "call Dana Reyes 555"})
    assert (await shop.bench.last("mode_started")).private["ticket"] == "call Dana Reyes 555"
    await shop.until(mode.ends_at, seconds=1)
    await shop.bench.advance(days=91)
    await shop.tick()
    redacted = await shop.mode(mode.mode_id)
    assert (redacted.redacted_at is not None, redacted.ticket) == (True, "")
    kept = [one.event for one in await shop.bench.events() if one.event.case_id == mode.mode_id]
    assert kept
    assert "Dana" not in "".join(event.model_dump_json() for event in kept)
