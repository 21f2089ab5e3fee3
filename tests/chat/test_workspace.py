"""The start-up check names each fault in a sentence of its own; routes, channels and paces follow the table."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest

from bot.chat import (
    Channels,
    ChatUnreachable,
    RoutingTable,
    SlackClient,
    check_channels,
    check_workspace,
    pace_key,
    pace_keys,
    spacing,
)
from bot.chat.channels import NoChannel
from bot.models import EffectKind, Place, Urgency
from bot.settings.sections import RoutingSection
from rehearsal.slack import SlackSandbox
from tests.chat.conftest import manifest_with
from tests.chat.desk import Room, Table, effect, furnish


async def test_a_good_token_has_no_fault(slack: SlackSandbox, client: SlackClient) -> None:
    found, faults = await check_workspace(client, team_id=slack.team_id, bot_user_id=slack.bot_user_id)
    assert faults == []
    assert found is not None
    assert (found.team_id, found.bot_user_id) == (slack.team_id, slack.bot_user_id)
    assert found.url == "https://rehearsal.slack.com/"
    assert "chat:write" in found.scopes


async def test_a_token_of_another_workspace_or_bot_is_refused(client: SlackClient) -> None:
    _, faults = await check_workspace(client, team_id="T0OTHER", bot_user_id="U0OTHER")
    assert [fault.stops for fault in faults] == [True, True]
    assert "the settings name T0OTHER" in faults[0].sentence
    assert "the settings name U0OTHER" in faults[1].sentence


async def test_a_refused_token_is_named_with_its_remedy(slack: SlackSandbox, client: SlackClient) -> None:
    slack.revoke_token()
    found, faults = await check_workspace(client)
    assert found is None
    assert "token_revoked" in faults[0].sentence
    assert slack.bot_token not in faults[0].sentence


async def test_slack_away_is_named_with_its_remedy(slack: SlackSandbox, client: SlackClient) -> None:
    slack.faults.arm("server_error", method="auth.test")
    found, faults = await check_workspace(client)
    assert found is None
    assert "Check the network" in faults[0].sentence


async def test_a_users_token_is_refused(slack: SlackSandbox, client: SlackClient) -> None:
    slack.workspace.bot_id = ""
    _, faults = await check_workspace(client)
    assert ["not a bot's" in fault.sentence for fault in faults] == [True]


async def test_each_missing_scope_is_its_own_sentence() -> None:
    slack = SlackSandbox(manifest_with(without=("im:write", "users:read.email", "groups:read")))
    client = SlackClient.connect(slack.bot_token, await slack.start())
    try:
        _, faults = await check_workspace(client)
        assert [(fault.stops, fault.sentence.split(":")[0]) for fault in faults] == [
            (True, "The token lacks the scope im"),
            (True, "The token lacks the scope users"),
            (False, "The token lacks the optional scope groups"),
        ]
        room = furnish(slack, client)
        unchecked = await check_channels(client, room.table)
        assert {fault.stops for fault in unchecked} == {False}
        assert all("was not checked" in fault.sentence for fault in unchecked)
    finally:
        await client.close()
        await slack.close()


async def test_channels_are_checked_one_by_one(slack: SlackSandbox, client: SlackClient) -> None:
    made = {
        "fine": slack.add_channel("fine", private=True),
        "open": slack.add_channel("open"),
        "shared": slack.add_channel("shared", private=True, shared=True),
        "pending": slack.add_channel("pending", private=True),
        "old": slack.add_channel("old", private=True),
        "strange": slack.add_channel("strange", bot_member=False),
        "gone": "C0GONE",
    }
    slack.workspace.channel(made["pending"]).pending_shared = True
    slack.changes.archive(made["old"])
    table = Table({Place.CARD: made["fine"]}, {(name, "", Place.CARD): made[name] for name in made})
    faults = await check_channels(client, table)
    told = {fault.sentence.split(" (#")[0].split(" cannot")[0]: fault for fault in faults}
    expected = {
        "open": (False, "is public"),
        "shared": (True, "shared with another organization"),
        "pending": (True, "shared with another organization"),
        "old": (True, "it is archived"),
        "strange": (True, "the bot is not a member"),
        "gone": (True, "Slack does not find it"),
    }
    assert len(faults) == len(expected)
    for name, (stops, words) in expected.items():
        fault = told[f"Channel {made[name]}"]
        assert fault.stops is stops
        assert words in fault.sentence


async def test_a_channel_that_cannot_be_asked_about_is_a_fault(
    slack: SlackSandbox, client: SlackClient
) -> None:
    room = furnish(slack, client)
    slack.faults.arm("server_error", method="conversations.info", times=-1)
    faults = await check_channels(client, room.table)
    assert all(fault.stops and "could not be checked" in fault.sentence for fault in faults)
    slack.faults.clear()
    slack.faults.arm("error", method="conversations.info", name="team_access_not_granted")
    faults = await check_channels(client, room.table)
    assert ["team_access_not_granted" in fault.sentence for fault in faults] == [True]


# Choosing channels at run time


@pytest.fixture
def room(slack: SlackSandbox, client: SlackClient) -> Room:
    """A furnished workspace."""
    return furnish(slack, client)


ROUTES: dict[str, tuple[str, str, Place, str]] = {
    "the organization's own": ("org-contoso", "application", Place.CARD, "contoso"),
    "the kind's own": ("org-contoso", "storage", Place.CARD, "audit"),
    "another organization": ("org-other", "application", Place.CARD, "cards"),
    "no organization": ("", "", Place.CARD, "cards"),
    "another place": ("org-contoso", "application", Place.ESCALATION, "late"),
    "the record": ("org-contoso", "application", Place.AUDIT, "audit"),
}


@pytest.mark.parametrize("which", ROUTES)
async def test_the_routing_table_chooses(room: Room, which: str) -> None:
    organization, kind, place, expected = ROUTES[which]
    room.table.of_organization["org-contoso", "storage", Place.CARD] = room.audit
    assert await room.channels.choose(place, organization, kind, room.now()) == getattr(room, expected)


def test_the_settings_own_table_is_a_routing_table() -> None:
    section = RoutingSection.model_validate(
        {"default": {"card": "C0CARDS", "escalation": "C0LATE", "audit": "C0AUDIT"}}
    )
    table: RoutingTable = section
    assert table.channel_for("o", "application", Place.ESCALATION) == "C0LATE"
    assert pace_key(effect(EffectKind.MESSAGE, place=Place.AUDIT), table) == "chat.postMessage|C0AUDIT"


async def test_facts_are_asked_for_once_a_minute(room: Room) -> None:
    now = room.now()
    for at in (now, now, now + timedelta(seconds=59), now + timedelta(seconds=62)):
        await room.channels.choose(Place.CARD, "org-contoso", "application", at)
    assert len(room.slack.api_calls) == 2


async def test_while_slack_does_not_answer_the_last_facts_hold(room: Room) -> None:
    now = room.now()
    await room.channels.choose(Place.CARD, "org-contoso", "application", now)
    room.slack.faults.arm("server_error", method="conversations.info", times=-1)
    later = now + timedelta(minutes=5)
    assert await room.channels.choose(Place.CARD, "org-contoso", "application", later) == room.contoso
    with pytest.raises(ChatUnreachable):
        await room.channels.choose(Place.ESCALATION, "org-contoso", "application", later)


async def test_a_trouble_of_another_kind_is_alerted_too(room: Room) -> None:
    now = room.now()
    room.slack.changes.archive(room.contoso)
    with pytest.raises(NoChannel):
        await room.channels.choose(Place.CARD, "org-contoso", "", now)
    room.slack.workspace.channel(room.contoso).connected_team_ids.append("T0OTHER")
    room.channels.forget(room.contoso)
    with pytest.raises(NoChannel):
        await room.channels.choose(Place.CARD, "org-contoso", "", now)
    assert [alert.alert_id.split(":")[2] for alert in room.alerts] == ["ARCHIVED", "SHARED"]


async def test_p9_a_yes_that_tells_nothing_of_the_channel_is_no_leave_to_post(room: Room) -> None:
    """It may be shared with another company by now."""
    room.slack.faults.arm("unnamed", method="conversations.info", name="channel")
    with pytest.raises(ChatUnreachable, match="names no channel"):
        await room.channels.choose(Place.CARD, "org-contoso", "", room.now())
    assert await room.channels.choose(Place.CARD, "org-contoso", "", room.now()) == room.contoso


async def test_replicas_name_the_same_alert_the_same(room: Room) -> None:
    other_alerts: list[str] = []

    async def alert(said: Any) -> bool:
        other_alerts.append(said.alert_id)
        return True

    other = Channels(room.client, room.table, alert)
    room.slack.changes.archive(room.contoso)
    for channels in (room.channels, other):
        with pytest.raises(NoChannel):
            await channels.choose(Place.CARD, "org-contoso", "", room.now())
    assert [said.alert_id for said in room.alerts] == other_alerts


async def test_p9_an_alert_that_could_not_be_queued_is_offered_again(room: Room) -> None:
    """The ledger takes nothing for a moment: nobody would ever hear that the channel is lost, or that it is back."""
    offered, takes = list[str](), [False, True, False, True]

    async def alert(said: Any) -> bool:
        offered.append(said.alert_id.split(":")[0])
        return takes.pop(0)

    channels = Channels(room.client, room.table, alert)
    room.slack.changes.archive(room.contoso)
    for _ in range(3):
        assert not await channels.may_post(room.contoso, Place.CARD, room.now())
    room.slack.workspace.channel(room.contoso).archived = False
    channels.forget(room.contoso)
    for _ in range(3):
        assert await channels.may_post(room.contoso, Place.CARD, room.now())
    assert offered == ["channel_gone"] * 2 + ["channel_back"] * 2


async def test_the_end_of_a_loss_that_nobody_heard_of_is_no_news(room: Room) -> None:
    offered = list[str]()

    async def alert(said: Any) -> bool:
        offered.append(said.alert_id.split(":")[0])
        return False

    channels = Channels(room.client, room.table, alert)
    await channels.refused(room.contoso, "is_archived", Place.CARD, room.now())
    await channels.posted(room.contoso)
    assert offered == ["channel_gone"]


async def test_without_the_scope_a_lost_channel_is_tried_again_after_a_while() -> None:
    slack = SlackSandbox(manifest_with(without=("groups:read",)))
    client = SlackClient.connect(slack.bot_token, await slack.start())
    try:
        room = furnish(slack, client)
        now = room.now()
        assert await room.channels.usable(room.contoso, Place.CARD, now) == room.contoso
        await room.channels.refused(room.contoso, "is_archived", Place.CARD, now)
        with pytest.raises(NoChannel):
            await room.channels.usable(room.contoso, Place.CARD, now)
        later = now + timedelta(minutes=5)
        assert await room.channels.usable(room.contoso, Place.CARD, later) == room.contoso
        await room.channels.posted(room.contoso)
        assert [alert.alert_id.split(":")[0] for alert in room.alerts] == ["channel_gone", "channel_back"]
        await room.channels.posted(room.contoso)
        assert len(room.alerts) == 2
    finally:
        await client.close()
        await slack.close()


PACES: dict[str, tuple[EffectKind, dict[str, Any], str, float]] = {
    "a new card": (EffectKind.CARD, {}, "chat.postMessage|C0CONTOSO", 1.0),
    "a redraw": (EffectKind.CARD, {"urgency": Urgency.REDRAW}, "chat.update", 1.2),
    "a message": (EffectKind.MESSAGE, {"place": Place.ESCALATION}, "chat.postMessage|C0LATE", 1.0),
    "a message to a channel": (EffectKind.MESSAGE, {"channel_id": "C0X"}, "chat.postMessage|C0X", 1.0),
    "an answer": (EffectKind.ANSWER, {"response_url": "https://hooks.slack.com/x"}, "response_url", 0.0),
    "a whisper": (EffectKind.ANSWER, {}, "chat.postEphemeral", 0.6),
    "a modal": (EffectKind.MODAL, {"trigger_id": "t"}, "views.open", 0.0),
    "a filled modal": (EffectKind.MODAL, {"external_id": "p"}, "views.update", 0.0),
    "a home": (EffectKind.HOME, {}, "views.publish", 0.6),
    "a list that is changed": (EffectKind.DIGEST, {"urgency": Urgency.REDRAW}, "chat.update", 1.2),
    "a retired twin": (EffectKind.RETIRE, {}, "chat.update", 1.2),
}


@pytest.mark.parametrize("which", PACES)
def test_effects_share_a_pace_by_method_and_channel(which: str) -> None:
    kind, changed, key, spacing_s = PACES[which]
    table = Table(
        {Place.CARD: "C0CARDS", Place.ESCALATION: "C0LATE"}, {("org-contoso", "", Place.CARD): "C0CONTOSO"}
    )
    assert pace_key(effect(kind, **changed), table) == key
    assert spacing(key) == timedelta(seconds=spacing_s)


def test_posts_of_all_channels_share_what_the_workspace_takes() -> None:
    table = Table(dict.fromkeys(Place, "C0"))
    assert pace_keys(effect(EffectKind.MESSAGE), table) == ("chat.postMessage|C0", "chat.postMessage")
    assert spacing("chat.postMessage") == timedelta(seconds=0.2)
    assert pace_keys(effect(EffectKind.CARD, urgency=Urgency.REDRAW), table) == ("chat.update",)
    assert pace_keys(effect(EffectKind.PAGE, way="mail"), table) == ("page|mail",)


def test_every_kind_of_effect_has_a_pace() -> None:
    table = Table(dict.fromkeys(Place, "C0"))
    for kind in EffectKind:
        assert pace_key(effect(kind), table)


def test_an_unknown_method_is_paced_like_a_post() -> None:
    assert spacing("chat.delete") == timedelta(seconds=1)


async def test_channels_that_slack_asks_to_wait_for_are_said_once_and_stop_no_start(
    slack: SlackSandbox, client: SlackClient
) -> None:
    """Slack lets some fifty be asked about in a minute: a start with more would never have come to its end."""
    made = [slack.add_channel(f"team-{number}", private=True) for number in range(120)]
    slack.enforce_rate_limits(enforced=True)
    table = Table({Place.CARD: made[0]}, {(name, "", Place.CARD): name for name in made})
    [left_out] = await check_channels(client, table)
    assert not left_out.stops
    assert left_out.is_unasked
    told = re.match(r"(\d+) of 120 channels were not checked: Slack asks to wait", left_out.sentence)
    assert told is not None
    assert 0 < int(told[1]) < 120


async def test_a_public_channel_is_told_beside_those_that_slack_asks_to_wait_for(
    slack: SlackSandbox, client: SlackClient
) -> None:
    room = furnish(slack, client)
    slack.faults.arm("rate_limit", method="conversations.info", seconds=7)
    weekly = slack.add_channel("weekly")
    [left_out] = await check_channels(client, room.table, weekly=weekly)
    assert "Slack asks to wait 7 s" in left_out.sentence
    [public] = await check_channels(client, room.table, weekly=weekly)
    assert (public.stops, "is public" in public.sentence) == (False, True)
