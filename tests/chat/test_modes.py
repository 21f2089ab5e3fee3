"""The message of a maintenance mode: posted once, changed where it stands, answered under; posted anew when lost."""

from __future__ import annotations

from typing import Any

import pytest

from bot.cards.messages import maintenance
from bot.chat import Later, SlackClient, pace_key
from bot.models import Effect, EffectKind, Urgency
from rehearsal.slack import SlackSandbox
from tests.cards.everything_maintenance import mode_states, running_mode
from tests.chat.desk import Room, effect, furnish
from tests.chat.test_sender import sent


@pytest.fixture
def room(slack: SlackSandbox, client: SlackClient) -> Room:
    """A furnished workspace."""
    return furnish(slack, client)


def drawn(state: str = "running", **changed: Any) -> Effect:
    """The message of a mode in a state."""
    said = maintenance.mode_message(mode_states()[state])
    return effect(
        EffectKind.MODE, effect_id="mode:m1", case_id="m1", text=said.text, blocks=said.blocks, **changed
    )


async def test_it_is_posted_in_the_card_channel_of_its_organization_and_changed_there(room: Room) -> None:
    first = await sent(room, drawn())
    assert first.channel_id == room.contoso
    assert first.card is None
    again = await sent(room, drawn("ended", channel_id=first.channel_id, message_ts=first.ts))
    (message,) = room.slack.messages(room.contoso)
    assert (again.ts, message["ts"]) == (first.ts, first.ts)
    assert "Maintenance is over" in message["text"]
    assert room.slack.api_calls[-1].args["parse"] == "none"


async def test_p5_a_deleted_message_is_posted_again(room: Room) -> None:
    first = await sent(room, drawn())
    admin = room.slack.add_person("admin", admin=True)
    room.slack.changes.delete_message(room.contoso, first.ts, admin)
    again = await sent(room, drawn(channel_id=first.channel_id, message_ts=first.ts))
    assert again.ts != first.ts
    assert again.knew == (f"{first.channel_id}|{first.ts}",)
    assert len(room.slack.messages(room.contoso)) == 1


async def test_a_message_in_a_lost_channel_waits(room: Room) -> None:
    first = await sent(room, drawn())
    room.slack.changes.archive(room.contoso)
    room.channels.forget(room.contoso)
    again = drawn(channel_id=first.channel_id, message_ts=first.ts)
    assert isinstance(await room.sender.send(again, None, room.now()), Later)
    assert not room.slack.messages(room.cards)


def _reply(channel_id: str, ts: str) -> Effect:
    said = maintenance.reminder(running_mode())
    return effect(
        EffectKind.MESSAGE,
        case_id="",
        in_thread=True,
        channel_id=channel_id,
        message_ts=ts,
        text=said.text,
        blocks=said.blocks,
    )


async def test_a_reminder_goes_into_its_thread(room: Room) -> None:
    first = await sent(room, drawn())
    reply = await sent(room, _reply(first.channel_id, first.ts))
    assert room.slack.message(room.contoso, reply.ts)["thread_ts"] == first.ts


async def test_a_reminder_whose_thread_is_gone_is_said_in_the_channel(room: Room) -> None:
    first = await sent(room, drawn())
    room.slack.faults.arm("error", method="chat.postMessage", name="thread_not_found")
    reply = await sent(room, _reply(first.channel_id, first.ts))
    assert "thread_ts" not in room.slack.message(room.contoso, reply.ts)


async def test_a_reminder_whose_channel_is_lost_waits(room: Room) -> None:
    first = await sent(room, drawn())
    room.slack.changes.archive(room.contoso)
    room.channels.forget(room.contoso)
    assert isinstance(await room.sender.send(_reply(first.channel_id, first.ts), None, room.now()), Later)
    assert not room.slack.messages(room.cards)


@pytest.mark.parametrize(
    ("urgency", "key"), [(Urgency.CARD, "chat.postMessage|"), (Urgency.REDRAW, "chat.update")]
)
def test_it_keeps_the_pace_of_what_it_does(room: Room, urgency: Urgency, key: str) -> None:
    assert pace_key(drawn(urgency=urgency), room.table).startswith(key)
