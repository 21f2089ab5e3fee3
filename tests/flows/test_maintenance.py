"""Maintenance modes over real sockets: from the command to the last word, with one bot and with a dying one."""

from __future__ import annotations

import signal
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from bot.cards.kit import ids
from bot.seams import Seam
from rehearsal.portal.mode_rules import finish_mode
from rehearsal.portal.records import MaintenanceMode
from tests.flows.processes import forked_bot
from tests.flows.scene import Card, Hand, Json, Scene, set_scene
from tests.flows.test_administration import add_to_access_file

COMPUTER = "BRW-WS-007"
HELD = ("Manage Application Control Learning Mode", "Edit Computers")
_FIELDS = {
    ids.MODE_BLOCK: "learning",
    ids.SPAN_BLOCK: "60",
    ids.MODE_BECAUSE_BLOCK: "the installer unpacks other files each time",
    ids.MODE_TICKET_BLOCK: "BRW-77",
    ids.USER_MAY_END_BLOCK: "no",
}


def grant(scene: Scene, person: str, *permissions: str) -> None:
    """Write a grant at Brightwater into the access file, as an administrator of the machine would."""
    held = ", ".join(f'"{each}"' for each in permissions)
    add_to_access_file(
        scene, f'[[grants]]\npeople = ["{person}"]\norganizations = ["brightwater"]\npermissions = [{held}]'
    )


async def technician(scene: Scene, *permissions: str) -> Hand:
    """Hal, with what a maintenance mode needs."""
    grant(scene, "hal", *(permissions or HELD))
    await scene.said("audit", "The access file changed and is in force", "Hal Novak")
    return scene.hand("hal")


async def ask_for(hand: Hand, **fields: str) -> None:
    """The command, the form, its submission."""
    await hand.command("/gatehouse", f"maintenance {COMPUTER}")
    view = await hand.scene.seen(lambda: hand.modal(ids.MODE_VIEW))
    await hand.submit(view, **(_FIELDS | fields))


def history(scene: Scene) -> list[MaintenanceMode]:
    """The portal's own history of the computer."""
    world = scene.stage.portal.world
    own = next(one.computer_id for one in world.computers.values() if one.name == COMPUTER)
    return [mode for mode in world.modes.values() if mode.computer_id == own]


async def message_of(scene: Scene) -> Card:
    """The message of the one mode, as soon as it stands in the card channel."""
    channel = scene.stage.channels["card"]

    def look() -> Card | None:
        for message in scene.stage.slack.messages(channel):
            card = Card(scene, channel, message["ts"], "")
            if ids.MODE_END in card.actions:
                return card
        return None

    return await scene.seen(look)


async def test_a_technician_starts_extends_and_ends_a_mode(scene: Scene) -> None:
    """One message counts down and says how it ended; the portal has both people's marks; the record has it all."""
    hal = await technician(scene)
    await ask_for(hal)
    await hal.hears("Running.", "Application Control Learning Mode", COMPUTER)
    message = await message_of(scene)
    assert "Started by Hal Novak" in message.text
    assert "the installer unpacks other files each time" in message.text
    (row,) = history(scene)
    assert row.notes is not None
    assert "Started by Hal Novak via Gatehouse [attempt " in row.notes
    view = await hal.form(message, ids.MODE_EXTEND, ids.MODE_EXTEND_VIEW)
    await hal.submit(view, **{ids.SPAN_BLOCK: "30", ids.MODE_BECAUSE_BLOCK: "the vendor is still at it"})
    await hal.hears("Extended.")
    assert history(scene)[0].end_at - row.end_at == timedelta(minutes=30)
    await hal.press(message, ids.MODE_END)
    await hal.hears("Over.", "was ended by")
    await message.shows("Maintenance is over", "by Hal Novak")
    assert ids.MODE_END not in message.actions
    assert history(scene)[0].ended_by
    for name in ("mode_started", "mode_extended", "mode_ended"):
        await scene.event(name, person_id="hal", mode="learning")
    thread = [reply["text"] for reply in message.thread()]
    assert len(thread) == 1
    assert "was ended by Hal Novak" in thread[0]


async def test_the_reminder_and_the_end_come_by_the_clock(scene: Scene) -> None:
    """Five minutes before, and at the end; both mention the starter, in the message's thread."""
    hal = await technician(scene)
    await ask_for(hal)
    message = await message_of(scene)
    await scene.quiet()
    await scene.advance(minutes=56)
    await scene.seen(lambda: len(message.thread()) == 1)
    assert f"<@{hal.id}>" in message.thread()[0]["text"]
    await scene.advance(minutes=5)
    await message.shows("Maintenance is over", "by itself")
    await scene.seen(lambda: len(message.thread()) == 2)
    assert "has ended" in message.thread()[1]["text"]
    assert scene.said_in("escalation") == []


async def test_somebody_ends_it_in_the_portal(scene: Scene) -> None:
    hal = await technician(scene)
    await ask_for(hal)
    message = await message_of(scene)
    await scene.quiet()
    portal = scene.stage.portal
    finish_mode(
        portal.world,
        history(scene)[0].maintenance_mode_id,
        by="tom@brightwater.example",
        at=portal.clock.now(),
    )
    await scene.advance(minutes=6)
    await message.shows("Maintenance is over", "by tom@brightwater.example")


async def test_who_lacks_a_half_is_offered_nothing_and_ends_nothing(scene: Scene) -> None:
    hal = await technician(scene, "Manage Application Control Learning Mode")
    await hal.command("/gatehouse", f"maintenance {COMPUTER}")
    view = await scene.seen(lambda: hal.modal(ids.SAID_VIEW))
    assert "Edit Computers" in str(view["blocks"])
    grant(scene, "bo", *HELD)
    await scene.said("audit", "The access file changed and is in force", "Bo Lindqvist")
    await ask_for(scene.hand("bo"))
    message = await message_of(scene)
    await hal.press(message, ids.MODE_END)
    await hal.hears("Not done", "Edit Computers")
    assert not history(scene)[0].ended_by


async def test_a_mode_that_answers_a_request_is_counted_down_as_well(scene: Scene) -> None:
    """From the approve modal to the end of the mode; whoever approved may end it without Edit Computers."""
    grant(scene, "ana", "Manage Application Control Learning Mode")
    await scene.said("audit", "The access file changed and is in force", "Ana Moreau")
    ana = scene.hand("ana")
    _, card = await scene.carded(computer=COMPUTER, product="tideplan")
    view = await ana.form(card, ids.APPROVE_MODAL, ids.APPROVE_VIEW)
    await (await ana.person.click_in(view["id"], ids.APPROVE_MORE)).settled()
    more = await scene.seen(lambda: _with_block(ana, ids.INSTEAD_BLOCK))
    await ana.submit(more, **{ids.INSTEAD_BLOCK: "learning", ids.MODE_BECAUSE_BLOCK: "it unpacks as it goes"})
    await card.shows("Approved")
    await scene.advance(seconds=6)
    message = await message_of(scene)
    await message.shows("In maintenance", "Started from a request by Ana Moreau")
    await ana.press(message, ids.MODE_END)
    await message.shows("Maintenance is over", "by Ana Moreau")
    assert history(scene)[0].ended_by


def _with_block(hand: Hand, block_id: str) -> Json | None:
    """The approve modal, once it shows this block."""
    view = hand.modal(ids.APPROVE_VIEW)
    return view if view and any(each.get("block_id") == block_id for each in view["blocks"]) else None


async def test_with_writes_off_only_the_effect_is_said(rehearsal: Scene) -> None:
    hal = await technician(rehearsal)
    await ask_for(hal)
    await hal.hears(
        "Writes are off, so nothing was sent", COMPUTER, "Application Control Learning Mode for 1 h"
    )
    assert history(rehearsal) == []


@pytest.fixture
async def empty(tmp_path: Path) -> AsyncIterator[Scene]:
    """A stage without a bot."""
    async with set_scene(tmp_path, bots=0) as scene:
        yield scene


async def test_p2_p5_killed_after_the_record_nothing_is_sent_until_a_new_press(empty: Scene) -> None:
    """The next process finds the record, asks the history, gives it up and says so; a new press starts it."""
    grant(empty, "hal", *HELD)
    hal = empty.hand("hal")
    async with forked_bot(empty, "first", Seam.ATTEMPT_RECORDED) as bot:
        await hal.command("/gatehouse", f"maintenance {COMPUTER}")
        view = await empty.seen(lambda: hal.modal(ids.MODE_VIEW))
        await hal.submit(view, **_FIELDS)
        assert await bot.ended() == -signal.SIGKILL
    assert history(empty) == []
    async with forked_bot(empty, "second"):
        await empty.advance(seconds=31)
        await hal.hears("Outcome unknown, checking")
        await empty.advance(seconds=60)
        await hal.hears("Not started", "only a new press")
        assert history(empty) == []
        await ask_for(hal)
        await hal.hears("Running.")
    assert len(history(empty)) == 1


async def test_p2_p5_killed_after_the_portals_yes_the_mode_is_found_and_watched(empty: Scene) -> None:
    grant(empty, "hal", *HELD)
    hal = empty.hand("hal")
    async with forked_bot(empty, "first", Seam.WRITE_ANSWERED) as bot:
        await hal.command("/gatehouse", f"maintenance {COMPUTER}")
        view = await empty.seen(lambda: hal.modal(ids.MODE_VIEW))
        await hal.submit(view, **_FIELDS)
        assert await bot.ended() == -signal.SIGKILL
    async with forked_bot(empty, "second"):
        await empty.advance(seconds=31)
        message = await message_of(empty)
        await message.shows("In maintenance", "Started by Hal Novak")
        await hal.hears("Running.")
    assert len(history(empty)) == 1
