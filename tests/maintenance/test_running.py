"""A mode that runs: its message, the reminder, the end, ended early, extended, retired after its time."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.cards.kit import ids
from bot.desk import drawn_anew, note_mode_message
from bot.maintenance.changing import end_now, submit_extension
from bot.models import Effect, EffectKind, ModeStanding, RunningMode, Urgency
from bot.seams import Seam
from tests.desk import text_of
from tests.maintenance.shop import Shop
from tests.maintenance.test_starting import armed


async def test_the_starter_is_reminded_five_minutes_before_the_end_and_not_a_second_earlier(
    shop: Shop,
) -> None:
    mode = await shop.started()
    await shop.until(mode.ends_at - timedelta(minutes=5), seconds=-1)
    assert shop.replies() == []
    await shop.until(mode.ends_at - timedelta(minutes=5))
    (reminder,) = shop.replies()
    assert reminder.startswith(f"@{shop.mel} Application Control Learning Mode on BRW-WS-001")
    await shop.until(mode.ends_at - timedelta(minutes=4))
    assert len(shop.replies()) == 1
    assert (await shop.bench.last("mode_reminded")).case_id == mode.mode_id


async def test_p6_the_reminder_comes_while_the_portal_is_silent(shop: Shop) -> None:
    mode = await shop.started()
    shop.bench.portal.faults.set("server_error")
    await shop.until(mode.ends_at - timedelta(minutes=5))
    assert len(shop.replies()) == 1


async def test_the_end_is_said_by_the_portals_word(shop: Shop) -> None:
    mode = await shop.started()
    await shop.until(mode.ends_at - timedelta(minutes=5))
    await shop.until(mode.ends_at, seconds=1)
    ended = await shop.mode(mode.mode_id)
    assert (ended.standing, ended.ended_at, ended.ended_by) == (ModeStanding.ENDED, mode.ends_at, "")
    assert "has ended" in shop.replies()[-1]
    assert shop.replies()[-1].startswith(f"@{shop.mel}")
    shown = await shop.shown()
    assert "Maintenance is over" in shown
    assert "by itself" in shown
    assert "[End now]" not in shown
    assert shop.called() == []


async def test_a_message_is_one_message_from_beginning_to_end(shop: Shop) -> None:
    """It is posted once and then changed; what is said under it goes into its thread."""
    mode = await shop.started()
    posted = (await shop.mode(mode.mode_id)).message
    assert posted is not None
    await shop.until(mode.ends_at, seconds=1)
    assert (await shop.mode(mode.mode_id)).message == posted
    drawn = [each for each in shop.bench.said if each.kind is EffectKind.MODE]
    assert [each.urgency for each in drawn] == [Urgency.CARD, Urgency.REDRAW]
    under = [each for each in shop.bench.said if each.in_thread]
    assert {(each.channel_id, each.message_ts) for each in under} == {(posted.channel_id, posted.ts)}


async def test_p5_of_two_messages_of_one_mode_the_one_noted_first_stays(shop: Shop) -> None:
    """Posted twice, as when a failover lost the first claim: the second leads to the first, and offers nothing."""
    mode = await shop.started()
    posted = (await shop.mode(mode.mode_id)).message
    assert posted is not None
    await note_mode_message(shop.desk, mode.mode_id, posted.channel_id, "1700000000.999999")
    await shop.bench.say()
    assert (await shop.mode(mode.mode_id)).message == posted
    (retired,) = [each for each in shop.bench.said if each.kind is EffectKind.RETIRE]
    assert (retired.channel_id, retired.message_ts) == (posted.channel_id, "1700000000.999999")
    assert await shop.bench.events("mode_twin_found")


async def test_p5_the_message_that_stays_is_drawn_as_things_are_now(shop: Shop) -> None:
    """The one beside it was drawn later, and was all that told of a change since."""
    mode = await shop.started()
    posted = (await shop.mode(mode.mode_id)).message
    assert posted is not None
    drawn = len([each for each in shop.bench.said if each.kind is EffectKind.MODE])
    await note_mode_message(shop.desk, mode.mode_id, posted.channel_id, "1700000000.999999")
    await shop.bench.say()
    again = [each for each in shop.bench.said if each.kind is EffectKind.MODE][drawn:]
    assert [each.urgency for each in again] == [Urgency.REDRAW]
    assert (await shop.mode(mode.mode_id)).message == posted


async def test_a_message_of_a_mode_that_was_deleted_is_followed_by_the_next(shop: Shop) -> None:
    mode = await shop.started()
    posted = (await shop.mode(mode.mode_id)).message
    assert posted is not None
    await note_mode_message(
        shop.desk, mode.mode_id, posted.channel_id, "1700000000.999999", knew=[posted.key]
    )
    now = (await shop.mode(mode.mode_id)).message
    assert now is not None
    assert now.ts == "1700000000.999999"


async def test_its_message_can_be_drawn_anew_from_the_record(shop: Shop) -> None:
    """A redraw that was given up may be carried out late, and undo what was drawn after it."""
    mode = await shop.started()
    drawn = next(each for each in shop.bench.said if each.kind is EffectKind.MODE)
    assert [each.effect_id for each in await drawn_anew(shop.desk, drawn, None)] == [f"mode:{mode.mode_id}"]


async def test_ending_early_ends_it_in_the_portal_with_the_enders_name_here(shop: Shop) -> None:
    await shop.give("hal", "Manage Application Control Learning Mode", "Edit Computers")
    mode = await shop.started()
    await shop.bench.advance(minutes=10)
    said = await shop.ends("hal", mode)
    assert "Over." in said
    assert "was ended by Hal Novak" in said
    (row,) = shop.history()
    assert row.ended_by
    assert shop.computer().maintenance_type_id == 0
    shown = await shop.shown()
    assert "Ended at {10:10} by Hal Novak" in shown
    assert "was ended by Hal Novak" in shop.replies()[-1]
    assert shop.writes() == ["MaintenanceModeInsert", "MaintenanceModeEndById"]
    event = await shop.bench.last("mode_ended")
    assert event.person_id == "hal"
    assert any("Manage Application Control Learning Mode" in each for each in event.facts["rests_on"])


async def test_ending_needs_the_same_right_as_starting(shop: Shop) -> None:
    mode = await shop.started()
    for who in ("ana", "hal", "kim", "eve", "ray"):
        said = await shop.ends(who, mode)
        assert "Not done" in said
        assert "Manage Application Control Learning Mode" in said or "Edit Computers" in said
        assert "Not done" in await shop.extends(who, mode)
    for who in ("gus", "dee"):
        press = await shop.press_on(who, ids.MODE_END, mode)
        assert "Not done" in await shop.bench.do(end_now, press)
    assert shop.writes() == ["MaintenanceModeInsert"]
    assert (await shop.mode(mode.mode_id)).standing is ModeStanding.RUNNING


async def test_p1_the_starter_who_lost_the_right_cannot_end_it(shop: Shop) -> None:
    mode = await shop.started()
    await shop.take_all()
    assert "Not done" in await shop.ends("mel", mode)
    assert shop.writes() == ["MaintenanceModeInsert"]


async def test_an_end_with_writes_off_is_only_said(shop: Shop) -> None:
    mode = await shop.started()
    shop.bench.with_rules(writes_on=False)
    said = await shop.ends("mel", mode)
    assert "Application Control Learning Mode on BRW-WS-001 at Brightwater Logistics ends now." in said
    assert "lasts 1 h longer, until 2026-11-18 12:00 UTC" in await shop.extends("mel", mode)
    assert shop.writes() == ["MaintenanceModeInsert"]


async def test_extending_moves_the_end_the_countdown_and_the_reminder(shop: Shop) -> None:
    mode = await shop.started()
    await shop.until(mode.ends_at - timedelta(minutes=5))
    said = await shop.extends("mel", mode, 30)
    assert "Extended." in said
    later = await shop.mode(mode.mode_id)
    assert later.ends_at == mode.ends_at + timedelta(minutes=30)
    assert shop.history()[0].end_at == later.ends_at
    assert "Ends {11:30}" in await shop.shown()
    await shop.until(mode.ends_at, seconds=2)
    assert (await shop.mode(mode.mode_id)).is_open
    await shop.until(later.ends_at - timedelta(minutes=5))
    assert len(shop.replies()) == 2
    await shop.until(later.ends_at, seconds=1)
    assert (await shop.mode(mode.mode_id)).standing is ModeStanding.ENDED
    assert (await shop.bench.last("mode_extended")).facts["until"] == later.ends_at.isoformat()


async def test_extending_beyond_the_longest_bound_is_refused_and_the_form_does_not_offer_it(
    shop: Shop,
) -> None:
    """The bound counts from the start, extensions included."""
    mode = await shop.started(**{ids.SPAN_BLOCK: "120"})
    said = await shop.extends("mel", mode, 240)
    assert "lasts 4 hours here at most, its extensions included" in said
    assert "14:00 UTC" in said
    form = await shop.extension_form("mel", mode)
    select = next(block for block in form["blocks"] if block.get("block_id") == ids.SPAN_BLOCK)
    assert [option["value"] for option in select["element"]["options"]] == ["15", "30", "60", "120"]
    assert "Extended." in await shop.extends("mel", mode, 120)
    assert "at most" in text_of_view(await shop.extension_form("mel", mode))
    assert "at most" in await shop.extends("mel", mode, 15)
    assert shop.writes().count("MaintenanceModeUpdateEndDateTimeForSpecificDate") == 1


def text_of_view(view: dict[str, object]) -> str:
    """A modal as it is read."""

    effect = Effect(effect_id="x", kind=EffectKind.MODAL, urgency=Urgency.ANSWER, view=view)
    return " ".join(text_of(effect).split())


async def test_p8_a_form_that_showed_another_end_extends_nothing(shop: Shop) -> None:
    """Two people open the form; the second one's would have come on top of what the first one added."""
    mode = await shop.started()
    assert "Extended." in await shop.extends("mel", mode, 30)
    values = {ids.SPAN_BLOCK: "30", ids.MODE_BECAUSE_BLOCK: "still at it"}
    stale = await shop.press_on("mel", ids.MODE_EXTEND_VIEW, mode, **values)
    assert "Its end has moved since the form was opened" in " ".join(
        (await shop.bench.do(submit_extension, stale)).split()
    )
    assert (await shop.mode(mode.mode_id)).ends_at == mode.ends_at + timedelta(minutes=30)


async def test_who_may_not_extend_reads_that_instead_of_a_form(shop: Shop) -> None:
    mode = await shop.started()
    said = text_of_view(await shop.extension_form("hal", mode))
    assert "Manage Application Control Learning Mode" in said
    await shop.until(mode.ends_at, seconds=1)
    assert "It is over" in text_of_view(await shop.extension_form("mel", mode))


@pytest.mark.parametrize(("fault", "ended"), [("timeout_after", True), ("timeout_before", False)])
async def test_p2_an_end_whose_answer_is_lost_is_asked_about(shop: Shop, fault: str, ended: bool) -> None:
    mode = await shop.started()
    shop.bench.portal.faults.set(fault, action="MaintenanceModeEndById", times=1, seconds=0.01)
    said = await shop.ends("mel", mode)
    assert ("Over." if ended else "Outcome unknown, checking") in said
    if not ended:
        assert "Ending it: Mel Ortiz, outcome not known yet" in await shop.shown()
        assert "already on its way" in await shop.ends("mel", mode)
        await shop.bench.advance(seconds=90)
        await shop.tick()
        assert "Not ended" in shop.told("mel")[0]
        assert "Over." in await shop.ends("mel", mode)
    assert shop.writes().count("MaintenanceModeEndById") == (1 if ended else 2)


async def test_p2_a_press_that_crashed_before_sending_makes_no_second_write(shop: Shop) -> None:
    mode = await shop.started()
    press = await shop.press_on("mel", ids.MODE_END, mode)

    def die(seam: Seam) -> None:
        if seam is Seam.ATTEMPT_RECORDED:
            raise KeyboardInterrupt

    with armed(die), pytest.raises(KeyboardInterrupt):
        await end_now(shop.desk, press)
    assert "checking" in await shop.bench.do(end_now, press)
    await shop.bench.advance(seconds=90)
    await shop.tick()
    assert "Not ended" in shop.told("mel")[0]
    assert shop.writes() == ["MaintenanceModeInsert"]


async def test_p2_an_extension_without_trace_is_given_up(shop: Shop) -> None:
    mode = await shop.started()
    action = "MaintenanceModeUpdateEndDateTimeForSpecificDate"
    shop.bench.portal.faults.set("timeout_before", action=action, times=1, seconds=0.01)
    assert "checking" in await shop.extends("mel", mode)
    await shop.bench.advance(seconds=90)
    await shop.tick()
    assert "Not extended" in shop.told("mel")[0]
    assert (await shop.mode(mode.mode_id)).ends_at == mode.ends_at


async def test_p2_what_the_portal_refuses_changes_nothing(shop: Shop) -> None:
    mode = await shop.started()
    shop.bench.portal.faults.set("too_many_requests", action="MaintenanceModeEndById", times=1)
    said = await shop.ends("mel", mode)
    assert "Not ended" in said
    assert "The portal did not take it" in said
    assert (await shop.mode(mode.mode_id)).attempt is None


async def test_p4_a_press_on_a_mode_that_nobody_remembers_is_answered(shop: Shop) -> None:
    lost = (await shop.started()).model_copy(update={"mode_id": "mlost"})
    assert "from before the records that are kept" in await shop.ends("mel", lost)
    values = {ids.SPAN_BLOCK: "60", ids.MODE_BECAUSE_BLOCK: "because"}
    press = await shop.press_on("mel", ids.MODE_EXTEND_VIEW, lost, **values)
    assert "from before" in await shop.bench.do(submit_extension, press)


async def test_p5_a_second_copy_of_the_message_retires_at_first_touch(shop: Shop) -> None:
    """A crash between Slack's yes and our note left a copy; a press on it counts, and the copy goes."""
    mode = await shop.mode((await shop.started()).mode_id)
    press = await shop.bench.press(
        shop.mel, ids.MODE_END, case_id=mode.mode_id, revision=1, message_ts="1700000000.999999"
    )
    assert "Over." in await shop.bench.do(end_now, press)
    (retired,) = [each for each in shop.bench.said if each.kind is EffectKind.RETIRE]
    assert (retired.channel_id, retired.message_ts) == (press.channel_id, press.message_ts)
    assert mode.message is not None
    again = await shop.started()
    own = (await shop.mode(again.mode_id)).message
    assert own is not None
    touched = await shop.bench.press(
        shop.mel,
        ids.MODE_END,
        case_id=again.mode_id,
        revision=1,
        channel_id=own.channel_id,
        message_ts=own.ts,
    )
    assert "Over." in await shop.bench.do(end_now, touched)
    assert len([each for each in shop.bench.said if each.kind is EffectKind.RETIRE]) == 1


async def test_retention_takes_reasons_and_names_from_record_and_message(shop: Shop) -> None:
    mode = await shop.started()
    await shop.until(mode.ends_at, seconds=1)
    await shop.bench.advance(days=89)
    await shop.tick()
    assert (await shop.mode(mode.mode_id)).because
    await shop.bench.advance(days=2)
    await shop.tick()
    redacted = await shop.mode(mode.mode_id)
    assert (redacted.because, redacted.redacted_at is not None) == ("", True)
    assert "the installer unpacks" not in await shop.shown()
    kept = [one.event for one in await shop.bench.events() if one.event.case_id == mode.mode_id]
    assert kept
    assert all(event.private == {} for event in kept)
    await shop.bench.advance(days=200)
    assert await shop.tick() == []


def _listed(mode: RunningMode) -> str:
    return f"Application Control Learning Mode on {mode.computer_name}"


async def test_the_word_alone_says_how_and_lists_what_runs_where_the_asker_may_see_it(shop: Shop) -> None:
    mode = await shop.started()
    (said,) = await shop.types("hal", "maintenance")
    text = " ".join(text_of(said).split())
    assert "/gatehouse maintenance [<computer> [at <organization>]]" in text
    assert "no shortcut" in text
    assert "QR code" in text
    assert "Edit Computers" in text
    assert f"Running now (1): {_listed(mode)} at Brightwater Logistics, until {{11:00}} (1 h left)" in text
    (other,) = await shop.types("req", "maintenance")
    assert "BRW-WS-001" not in text_of(other)
    await shop.until(mode.ends_at, seconds=1)
    (after,) = [each for each in await shop.types("hal", "maintenance") if each.response_url]
    assert "No maintenance mode" in text_of(after)
