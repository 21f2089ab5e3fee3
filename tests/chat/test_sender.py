"""The sender performs each effect against the stand-in Slack, and turns everything Slack does into an outcome."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from bot.cards import app_home
from bot.cards.case import modals
from bot.cards.forms.deny_modal import DenyForm, deny_modal
from bot.cards.kit import limits
from bot.cards.messages import answers
from bot.cards.messages import duty as messages
from bot.chat import ChatBusy, Dropped, Later, Sender, Sent, SlackClient, needs_case
from bot.chat.channels import TRY_AGAIN_AFTER
from bot.chat.client import CHANNEL_ERRORS
from bot.chat.sender import busy_key
from bot.models import CardAddress, Case, Effect, EffectKind, Place, Rules, StepKind, Urgency
from bot.models.rotas import Called
from rehearsal.slack import SlackSandbox
from tests.cards.samples import NOW, RULES, case
from tests.chat.conftest import manifest_with
from tests.chat.desk import Room, effect, furnish

CARD = effect(EffectKind.CARD)


@pytest.fixture
def room(slack: SlackSandbox, client: SlackClient) -> Room:
    """A furnished workspace."""
    return furnish(slack, client)


async def sent(room: Room, one: Any, held: Case | None = None) -> Sent:
    """Sends, and expects Slack's yes."""
    outcome = await room.sender.send(one, held, room.now())
    assert isinstance(outcome, Sent), outcome
    return outcome


async def posted(room: Room) -> Case:
    """A case whose card stands in its organization's channel."""
    outcome = await sent(room, CARD, case())
    assert outcome.card is not None
    return case(card=outcome.card)


def said_in(room: Room, channel_id: str) -> list[str]:
    return [message["text"] for message in room.slack.messages(channel_id)]


# Cards


async def test_a_new_case_gets_its_card_in_its_organizations_channel(room: Room) -> None:
    outcome = await sent(room, CARD, case())
    (message,) = room.slack.messages(room.contoso)
    assert outcome.card == CardAddress(
        channel_id=room.contoso, ts=message["ts"], posted_at=outcome.card.posted_at if outcome.card else NOW
    )
    assert message["metadata"]["event_payload"] == {"case_id": "c1f00d", "revision": 3}
    assert message["text"].startswith("Application request from Dana 1")
    call = room.slack.api_calls[-1]
    assert call.args["parse"] == "none"
    assert call.args["unfurl_links"] is False


async def test_a_card_is_redrawn_where_it_stands(room: Room) -> None:
    held = await posted(room)
    newer = held.model_copy(update={"revision": 4})
    outcome = await sent(room, CARD, newer)
    assert outcome.card is None
    (message,) = room.slack.messages(room.contoso)
    assert message["metadata"]["event_payload"]["revision"] == 4
    assert "'c1f00d.4'" in str(message["blocks"])


async def test_p5_a_deleted_card_is_posted_again_once(room: Room) -> None:
    held = await posted(room)
    assert held.card is not None
    admin = room.slack.add_person("admin", admin=True)
    room.slack.changes.delete_message(room.contoso, held.card.ts, admin)
    again = await sent(room, CARD, held)
    assert again.card is not None
    assert again.card.reposted
    assert again.knew == (held.card.key,), "whoever posts it beside this one makes a twin"
    room.slack.changes.delete_message(room.contoso, again.card.ts, admin)
    outcome = await room.sender.send(CARD, held.model_copy(update={"card": again.card}), room.now())
    assert isinstance(outcome, Dropped)
    assert room.slack.messages(room.contoso) == []


@pytest.mark.parametrize(
    ("kind", "changed", "needed"),
    [
        (EffectKind.CARD, {}, True),
        (EffectKind.RETIRE, {}, True),
        (EffectKind.MESSAGE, {"in_thread": True}, True),
        (EffectKind.MESSAGE, {"in_thread": True, "message_ts": "1.2"}, False),
        (EffectKind.MESSAGE, {}, False),
        (EffectKind.ANSWER, {}, False),
        (EffectKind.MODAL, {}, False),
        (EffectKind.MODE, {}, False),
        (EffectKind.HOME, {}, False),
    ],
)
def test_only_what_is_drawn_or_has_to_find_its_card_takes_the_case(
    kind: EffectKind, changed: dict[str, Any], needed: bool
) -> None:
    """Everything else was written whole when it was queued."""
    assert needs_case(effect(kind, **changed)) is needed


async def test_a_card_without_a_case_is_dropped(room: Room) -> None:
    assert isinstance(await room.sender.send(CARD, None, room.now()), Dropped)


async def test_a_card_that_slack_finds_invalid_still_tells_people(room: Room) -> None:
    room.slack.faults.arm("error", method="chat.postMessage", name="invalid_blocks")
    await sent(room, CARD, case())
    (message,) = room.slack.messages(room.contoso)
    assert "decide the request in the portal" in message["text"]
    assert "blocks" not in message or not message["blocks"]
    assert message["metadata"]["event_payload"]["case_id"] == "c1f00d"


async def test_p5_an_unrecorded_twin_is_taken_up_where_history_may_be_read() -> None:
    slack = SlackSandbox(manifest_with(more=("groups:history",)))
    base_url = await slack.start()
    client = SlackClient.connect(slack.bot_token, base_url)
    try:
        room = furnish(slack, client, find_twins_of=slack.workspace.bot_id)
        first = await sent(room, CARD, case(case_id="other"))
        unrecorded = await sent(room, CARD, case())
        found = await sent(room, CARD, case(revision=9))
        assert found.ts == unrecorded.ts != first.ts
        assert found.card is not None
        assert len(slack.messages(room.contoso)) == 2
    finally:
        await client.close()
        await slack.close()


async def test_without_the_history_scope_the_card_is_posted_all_the_same(room: Room) -> None:
    sender = Sender(room.client, room.channels, RULES, find_twins_of=room.slack.workspace.bot_id)
    assert isinstance(await sender.send(CARD, case(), room.now()), Sent)


async def test_a_list_of_messages_that_is_none_hides_no_card(room: Room) -> None:
    slack = SlackSandbox(manifest_with(more=("groups:history",)))
    base_url = await slack.start()
    client = SlackClient.connect(slack.bot_token, base_url)
    try:
        with_history = furnish(slack, client, find_twins_of=slack.workspace.bot_id)
        slack.faults.arm("unnamed", method="conversations.history", name="messages")
        assert (await sent(with_history, CARD, case())).card is not None
    finally:
        await client.close()
        await slack.close()


async def test_p5_a_second_copy_becomes_a_pointer_to_the_card(room: Room) -> None:
    twin = await sent(room, CARD, case())
    held = await posted(room)
    retire = effect(EffectKind.RETIRE, channel_id=room.contoso, message_ts=twin.ts)
    await sent(room, retire, held)
    message = room.slack.message(room.contoso, twin.ts)
    assert "second copy" in message["text"]
    assert held.card is not None
    assert f"archives/{room.contoso}/p{held.card.ts.replace('.', '')}" in str(message["blocks"])
    assert "case.approve" not in str(message["blocks"])


async def test_a_second_copy_that_is_gone_is_no_fault(room: Room) -> None:
    retire = effect(EffectKind.RETIRE, channel_id=room.contoso, message_ts="1.000001")
    assert isinstance(await room.sender.send(retire, None, room.now()), Dropped)
    lost_card = case(card=CardAddress(channel_id=room.contoso, ts="2.000001", posted_at=NOW))
    assert isinstance(await room.sender.send(retire, lost_card, room.now()), Dropped)


# Channels that fail


def nobody_else_reads(room: Room) -> bool:
    """Kind 4: no facts of a customer's case stand in any channel but its own."""
    return not room.slack.messages(room.cards) and not room.slack.messages(room.late)


async def test_an_archived_channel_is_waited_for_alerted_once_and_taken_up_again(room: Room) -> None:
    room.slack.changes.archive(room.contoso)
    for case_id in ("c1", "c2"):
        outcome = await room.sender.send(CARD, case(case_id=case_id), room.now())
        assert isinstance(outcome, Later)
        assert outcome.has_no_channel
    assert nobody_else_reads(room)
    (alert,) = room.alerts
    assert alert.is_lost
    assert "it is archived" in alert.said.text
    assert "go to no other channel" in alert.said.text
    room.slack.changes.unarchive(room.contoso)
    room.channels.forget(room.contoso)
    third = await sent(room, CARD, case(case_id="c3"))
    assert third.channel_id == room.contoso
    assert len(room.alerts) == 2
    assert "works again" in room.alerts[1].said.text


@pytest.mark.parametrize("error", sorted(CHANNEL_ERRORS))
@pytest.mark.parametrize("method", ["chat.postMessage", "chat.update"])
async def test_every_answer_that_concerns_the_place_is_a_place_that_is_lost(
    room: Room, error: str, method: str
) -> None:
    """Slack's facts of the channel may say all is well; only trying again shows that it is."""
    held = await posted(room) if method == "chat.update" else case()
    room.slack.faults.arm("error", method=method, name=error)
    outcome = await room.sender.send(CARD, held, room.now())
    assert isinstance(outcome, Later)
    assert outcome.has_no_channel
    assert nobody_else_reads(room)
    assert [one.is_lost for one in room.alerts] == [True]


async def test_a_closed_channel_is_tried_again_in_a_while_and_not_alerted_each_time(room: Room) -> None:
    for _ in range(2):
        room.slack.faults.arm("error", method="chat.postMessage", name="restricted_action")
        assert isinstance(await room.sender.send(CARD, case(), room.now()), Later)
        assert isinstance(await room.sender.send(CARD, case(), room.now()), Later), "not before its time"
        room.slack.advance(TRY_AGAIN_AFTER)
    assert len(room.alerts) == 1
    room.slack.faults.clear()
    assert (await sent(room, CARD, case())).channel_id == room.contoso
    assert [one.is_lost for one in room.alerts] == [True, False]


async def test_a_channel_that_is_lost_twice_on_one_day_is_told_twice(room: Room) -> None:
    """An alert is said once for each id, so the second loss needs another one."""
    for _ in range(2):
        room.slack.changes.archive(room.contoso)
        room.channels.forget(room.contoso)
        assert isinstance(await room.sender.send(CARD, case(), room.now()), Later)
        room.slack.changes.unarchive(room.contoso)
        room.channels.forget(room.contoso)
        await sent(room, CARD, case())
        room.slack.advance(timedelta(hours=1))
    assert [one.is_lost for one in room.alerts] == [True, False, True, False]
    assert len({one.alert_id for one in room.alerts}) == 4


async def test_a_card_in_a_lost_channel_waits_and_is_redrawn_where_it_stands(room: Room) -> None:
    held = await posted(room)
    assert held.card is not None
    room.slack.changes.archive(room.contoso)
    room.channels.forget(room.contoso)
    assert isinstance(await room.sender.send(CARD, held, room.now()), Later)
    assert nobody_else_reads(room)
    room.slack.changes.unarchive(room.contoso)
    room.channels.forget(room.contoso)
    assert (await sent(room, CARD, held)).ts == held.card.ts


async def test_a_card_whose_channel_became_shared_loses_its_facts_once(room: Room) -> None:
    held = await posted(room)
    assert held.card is not None
    room.slack.workspace.channel(room.contoso).connected_team_ids.append("T0OTHER")
    room.channels.forget(room.contoso)
    for _ in range(3):
        assert isinstance(await room.sender.send(CARD, held, room.now()), Later)
    old = room.slack.message(room.contoso, held.card.ts)
    assert "may not show this card" in old["text"]
    assert "setup.exe" not in str(old)
    assert nobody_else_reads(room)
    assert "shared with another organization" in room.alerts[0].said.text
    assert [call.method for call in room.slack.api_calls].count("chat.update") == 1


async def test_the_bot_removed_from_a_channel_puts_nothing_elsewhere(room: Room) -> None:
    room.slack.workspace.channel(room.contoso).members.remove(room.slack.bot_user_id)
    assert isinstance(await room.sender.send(CARD, case(), room.now()), Later)
    assert nobody_else_reads(room)
    assert len(room.alerts) == 1


# Messages


async def test_a_reminder_goes_into_the_cards_thread_and_may_show_in_the_channel(room: Room) -> None:
    held = await posted(room)
    assert held.card is not None
    said = messages.step_message(
        StepKind.REMIND_CHANNEL, held, RULES, NOW, called=Called(user_group_id=""), permalink=""
    )
    one = effect(EffectKind.MESSAGE, in_thread=True, also_in_channel=True, text=said.text, blocks=said.blocks)
    outcome = await sent(room, one, held)
    reply = room.slack.message(room.contoso, outcome.ts)
    assert reply["thread_ts"] == held.card.ts
    assert reply["subtype"] == "thread_broadcast"


async def test_a_reply_waits_for_its_card(room: Room) -> None:
    one = effect(EffectKind.MESSAGE, in_thread=True, text="x")
    assert isinstance(await room.sender.send(one, case(), room.now()), Later)
    assert isinstance(await room.sender.send(one, None, room.now()), Later)


async def test_a_reply_to_a_thread_that_is_gone_is_said_in_the_channel(room: Room) -> None:
    held = await posted(room)
    room.slack.faults.arm("error", method="chat.postMessage", name="thread_not_found")
    outcome = await sent(room, effect(EffectKind.MESSAGE, in_thread=True, text="late"), held)
    assert "thread_ts" not in room.slack.message(room.contoso, outcome.ts)


async def test_a_reply_whose_channel_is_lost_waits(room: Room) -> None:
    held = await posted(room)
    room.slack.changes.archive(room.contoso)
    room.channels.forget(room.contoso)
    one = effect(EffectKind.MESSAGE, in_thread=True, text="late")
    assert isinstance(await room.sender.send(one, held, room.now()), Later)
    assert nobody_else_reads(room)


async def test_an_escalation_goes_to_the_escalation_channel(room: Room) -> None:
    said = messages.step_message(
        StepKind.ESCALATE, case(), RULES, NOW, called=Called(user_group_id="S0TEAM"), permalink=""
    )
    one = effect(EffectKind.MESSAGE, place=Place.ESCALATION, text=said.text, blocks=said.blocks)
    assert (await sent(room, one)).channel_id == room.late
    assert "Escalated: undecided after 15 minutes." in said_in(room, room.late)[0]


async def test_a_named_channel_wins_over_the_place(room: Room) -> None:
    one = effect(EffectKind.MESSAGE, channel_id=room.audit, place=Place.AUDIT, text="head")
    assert (await sent(room, one)).channel_id == room.audit


async def test_what_is_no_longer_worth_saying_is_dropped(room: Room) -> None:
    one = effect(EffectKind.MESSAGE, text="old", expires_at=room.now())
    assert isinstance(await room.sender.send(one, None, room.now()), Dropped)
    assert room.slack.api_calls == []


# Answers


async def _pressed(room: Room, channel: str = "") -> str:
    """The address to answer a press of a member's, as Slack hands it out."""
    path = room.slack.installation.response_urls.issue("actions", channel or room.contoso, room.member)
    return room.slack.origin + path


def _answer(room: Room, **changed: Any) -> Any:
    said = answers.refused("You may not.", ["Ada"])
    values: dict[str, Any] = {
        "slack_user_id": room.member,
        "channel_id": room.contoso,
        "text": said.text,
        "blocks": said.blocks,
    }
    return effect(EffectKind.ANSWER, **(values | changed))


def _whispers(room: Room) -> list[str]:
    return [m.text for m in room.slack.workspace.whispers(room.contoso, room.member)]


async def test_p4_an_answer_takes_the_presss_own_address(room: Room) -> None:
    await sent(room, _answer(room, response_url=await _pressed(room)))
    assert _whispers(room) == ["Not done: You may not.\nWho could: Ada"]
    assert [call.method for call in room.slack.api_calls] == []


async def test_p4_a_used_up_address_gives_way_to_a_whisper(room: Room) -> None:
    url = await _pressed(room)
    for _ in range(6):
        await sent(room, _answer(room, response_url=url))
    assert len(_whispers(room)) == 6
    assert [call.method for call in room.slack.api_calls] == ["chat.postEphemeral"]


async def test_p4_an_address_over_its_time_gives_way_to_a_whisper(room: Room) -> None:
    url = await _pressed(room)
    room.slack.advance(timedelta(minutes=31))
    await sent(room, _answer(room, response_url=url))
    assert [call.method for call in room.slack.api_calls] == ["chat.postEphemeral"]


async def test_p4_who_left_the_channel_is_told_by_direct_message(room: Room) -> None:
    room.slack.workspace.channel(room.contoso).members.remove(room.member)
    outcome = await sent(room, _answer(room))
    assert outcome.channel_id.startswith("D")
    (message,) = room.slack.as_person(room.member).dms()
    assert message["text"].startswith("Not done: You may not.")


async def test_p4_without_a_channel_the_answer_is_a_direct_message(room: Room) -> None:
    await sent(room, _answer(room, channel_id=""))
    assert len(room.slack.as_person(room.member).dms()) == 1


async def test_an_answer_to_nobody_is_dropped(room: Room) -> None:
    one = _answer(room, slack_user_id="", response_url=room.slack.origin + "/actions/T/1/x")
    assert isinstance(await room.sender.send(one, None, room.now()), Dropped)


async def test_an_answer_to_somebody_unknown_is_dropped(room: Room) -> None:
    one = _answer(room, slack_user_id="U0NOBODY", channel_id="")
    assert isinstance(await room.sender.send(one, None, room.now()), Dropped)


async def test_an_answer_without_blocks_is_its_text(room: Room) -> None:
    await sent(room, _answer(room, blocks=[], text="plain"))
    assert _whispers(room) == ["plain"]


# Modals, App Home


async def test_a_modal_opens_as_loading_and_is_filled_under_its_name(room: Room) -> None:
    trigger = room.slack.installation.triggers.issue(room.member)
    loading = modals.loading_modal("Approve", case())
    opened = await sent(room, effect(EffectKind.MODAL, trigger_id=trigger, external_id="p1", view=loading))
    deny = deny_modal(DenyForm(case=case(), rules=Rules(writes_on=True)))
    filled = await sent(room, effect(EffectKind.MODAL, external_id="p1", view=deny))
    assert opened.view_id == filled.view_id
    (view,) = room.slack.views(room.member)
    assert view["title"]["text"] == "Deny"


async def test_a_modal_needs_no_name(room: Room) -> None:
    trigger = room.slack.installation.triggers.issue(room.member)
    said = modals.said_modal("Closed", ["No."])
    assert (await sent(room, effect(EffectKind.MODAL, trigger_id=trigger, view=said))).view_id


async def test_a_trigger_over_its_time_is_dropped(room: Room) -> None:
    trigger = room.slack.installation.triggers.issue(room.member)
    room.slack.advance(timedelta(seconds=4))
    one = effect(EffectKind.MODAL, trigger_id=trigger, view=modals.said_modal("Closed", ["No."]))
    assert await room.sender.send(one, None, room.now()) == Dropped(
        "Slack refused views.open: expired_trigger_id", refused=True
    )


async def test_filling_a_modal_that_is_not_open_waits_only_as_long_as_it_is_worth_it(room: Room) -> None:
    said = modals.said_modal("Closed", ["No."])
    closed = effect(EffectKind.MODAL, external_id="gone", view=said)
    assert isinstance(await room.sender.send(closed, None, room.now()), Dropped)
    hopeful = closed.model_copy(update={"expires_at": room.now() + timedelta(seconds=30)})
    assert isinstance(await room.sender.send(hopeful, None, room.now()), Later)


async def test_a_home_is_published(room: Room) -> None:
    view = app_home.render_home(
        app_home.HomePage(name="Anna", claims=(), queue=(), grants=(), now=NOW, writes_on=True)
    )
    await sent(room, effect(EffectKind.HOME, slack_user_id=room.member, view=view))
    shown = room.slack.home(room.member)
    assert shown is not None
    assert "Nothing waits for you." in str(shown["blocks"])


# Slack fails


async def test_p9_429_makes_everybody_wait_as_long_as_slack_says(room: Room) -> None:
    room.slack.faults.arm("rate_limit", method="chat.postMessage", seconds=7)
    outcome = await room.sender.send(CARD, case(), room.now())
    assert isinstance(outcome, Later)
    assert outcome.after == timedelta(seconds=7)
    assert outcome.for_all
    assert outcome.paced == f"chat.postMessage|{room.contoso}"


async def test_p9_429_holds_up_the_method_that_met_it_and_not_what_was_expected_of_it(room: Room) -> None:
    room.slack.faults.arm("rate_limit", method="conversations.open", seconds=7)
    whisper = _answer(room).model_copy(update={"channel_id": ""})
    outcome = await room.sender.send(whisper, None, room.now())
    assert isinstance(outcome, Later)
    assert (outcome.for_all, outcome.paced) == (True, "conversations.open")


async def test_p9_429_of_one_answers_address_keeps_no_other_answer_waiting(room: Room) -> None:
    assert busy_key(ChatBusy("response_url", 7)) == ""


async def test_p6_what_a_new_process_cannot_place_goes_to_one_that_knows_the_channel(room: Room) -> None:
    """Slack answers no question about channels for half a minute; a call to people is not kept that long for it."""
    room.slack.faults.arm("rate_limit", method="conversations.info", seconds=30, times=0)
    for _ in range(2):
        outcome = await room.sender.send(CARD, case(), room.now())
        assert isinstance(outcome, Later)
        assert (outcome.after, outcome.paced) == (timedelta(seconds=1), "conversations.info")
    assert sum(one.method == "conversations.info" for one in room.slack.api_calls) == 1


async def test_while_slack_asks_to_wait_no_channel_is_asked_about(room: Room) -> None:
    room.slack.faults.arm("rate_limit", method="conversations.info", seconds=7, times=0)
    for channel_id in (room.contoso, "C0OTHER", room.contoso):
        with pytest.raises(ChatBusy):
            await room.channels.may_post(channel_id, Place.CARD, room.now())
    asked = [one for one in room.slack.api_calls if one.method == "conversations.info"]
    assert len(asked) == 1
    room.slack.faults.clear()
    assert await room.channels.may_post(room.contoso, Place.CARD, room.now() + timedelta(seconds=8))


async def test_p9_a_fault_at_slack_is_tried_again(room: Room) -> None:
    room.slack.faults.arm("server_error", method="chat.postMessage")
    outcome = await room.sender.send(CARD, case(), room.now())
    assert isinstance(outcome, Later)
    assert not outcome.for_all
    assert isinstance(await room.sender.send(CARD, case(), room.now()), Sent)


async def test_p9_silence_is_tried_again(room: Room) -> None:
    impatient = SlackClient.connect(room.slack.bot_token, room.slack.base_url, timeout_s=0.2)
    sender = Sender(impatient, room.channels, RULES)
    room.slack.faults.arm("silent_before", method="views.publish")
    try:
        one = effect(EffectKind.HOME, slack_user_id=room.member, view={"type": "home", "blocks": []})
        assert isinstance(await sender.send(one, None, room.now()), Later)
    finally:
        await impatient.close()


async def test_p9_a_refused_token_keeps_everything_waiting(room: Room) -> None:
    room.slack.revoke_token()
    for one in (CARD, _answer(room), effect(EffectKind.MESSAGE, text="x")):
        outcome = await room.sender.send(one, case(), room.now())
        assert isinstance(outcome, Later), outcome
        assert outcome.for_all
    room.slack.revoke_token(revoked=False)
    assert isinstance(await room.sender.send(CARD, case(), room.now()), Sent)


async def test_p9_slack_away_keeps_everything_waiting(room: Room) -> None:
    await room.slack.close()
    for one in (CARD, _answer(room, response_url=await _pressed(room)), effect(EffectKind.MESSAGE, text="x")):
        outcome = await room.sender.send(one.model_copy(update={"urgency": Urgency.CARD}), case(), NOW)
        assert isinstance(outcome, Later), outcome


@pytest.fixture(autouse=True)
async def _no_limits(slack: SlackSandbox) -> None:
    """Slack's own limits are off: what happens at a 429 is switched on where it is meant."""
    slack.enforce_rate_limits(enforced=False)


async def test_a_card_that_we_cannot_draw_still_tells_people(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(limits.BLOCKS, "message", 2)
    await sent(room, CARD, case())
    (message,) = room.slack.messages(room.contoso)
    assert "This card cannot be drawn" in message["text"]


async def test_another_refusal_of_a_card_is_told_as_it_is(room: Room) -> None:
    room.slack.faults.arm("error", method="chat.postMessage", name="a_word_of_tomorrow")
    outcome = await room.sender.send(CARD, case(), room.now())
    assert outcome == Dropped("Slack refused chat.postMessage: a_word_of_tomorrow", refused=True)


@pytest.mark.parametrize(
    ("method", "unnamed", "one"),
    [
        ("chat.postMessage", "ts", CARD),
        ("chat.postMessage", "channel", CARD),
        ("chat.postMessage", "ts", effect(EffectKind.MESSAGE, text="x")),
        ("chat.postMessage", "ts", effect(EffectKind.MODE, text="x", blocks=[])),
        ("chat.postMessage", "ts", effect(EffectKind.DIGEST, text="x", place=Place.CARD)),
        ("chat.postMessage", "ts", effect(EffectKind.ANSWER, text="x")),
        ("conversations.open", "channel", effect(EffectKind.ANSWER, text="x")),
    ],
)
async def test_a_yes_that_names_nothing_is_told_as_a_no(
    room: Room, method: str, unnamed: str, one: Effect
) -> None:
    """Nobody could ever change what stands there; an exception would send it again every half minute, for good."""
    room.slack.faults.arm("unnamed", method=method, name=unnamed)
    one = one.model_copy(update={"slack_user_id": room.member})
    outcome = await room.sender.send(one, case(), room.now())
    assert isinstance(outcome, Dropped)
    assert outcome.refused
    assert outcome.why.startswith(f"Slack's yes to {method} is not understood: it names no {unnamed}")
    assert isinstance(await room.sender.send(one, case(), room.now()), Sent)


async def test_a_modal_whose_id_is_not_named_is_open_all_the_same(room: Room) -> None:
    room.slack.faults.arm("unnamed", method="views.open", name="view")
    trigger = room.slack.installation.triggers.issue(room.member)
    said = modals.said_modal("Closed", ["No."])
    assert await sent(room, effect(EffectKind.MODAL, trigger_id=trigger, view=said)) == Sent()
    assert len(room.slack.views(room.member)) == 1


@pytest.mark.parametrize("error", ["message_not_found", "token_revoked"])
async def test_a_card_that_cannot_be_blanked_waits_all_the_same(room: Room, error: str) -> None:
    held = await posted(room)
    room.slack.workspace.channel(room.contoso).connected_team_ids.append("T0OTHER")
    room.channels.forget(room.contoso)
    room.slack.faults.arm("error", method="chat.update", name=error)
    assert isinstance(await room.sender.send(CARD, held, room.now()), Later)
    assert nobody_else_reads(room)
