"""Messages: where the app may post, what it may change, who sees them."""

import aiohttp
import pytest
from slack_sdk.web.async_client import AsyncWebClient

from rehearsal.slack import PersonError, SlackSandbox
from tests.rehearsal.slack.apps import buttons, manifest, web_client
from tests.rehearsal.slack.conftest import House
from tests.rehearsal.slack.refusals import error_of, refusal


async def test_a_message_is_posted_changed_and_deleted(house: House, client: AsyncWebClient) -> None:
    posted = await client.chat_postMessage(channel="#alerts", text="one", blocks=buttons("go"))
    ts = str(posted["ts"])
    assert posted["channel"] == house.alerts
    assert house.slack.message(house.alerts, ts)["blocks"][0]["block_id"] == "buttons"
    await client.chat_update(channel=house.alerts, ts=ts, text="two")
    changed = house.slack.message(house.alerts, ts)
    assert changed["text"] == "two"
    assert "blocks" not in changed
    assert changed["edited"]["user"] == house.slack.bot_user_id
    await client.chat_delete(channel=house.alerts, ts=ts)
    assert house.slack.messages(house.alerts) == []
    assert await error_of(client.chat_update(channel=house.alerts, ts=ts, text="x")) == "message_not_found"
    assert await error_of(client.chat_delete(channel=house.alerts, ts=ts)) == "message_not_found"


async def test_an_update_with_only_blocks_keeps_the_text(house: House, client: AsyncWebClient) -> None:
    posted = await client.chat_postMessage(channel=house.alerts, text="kept", blocks=buttons("go"))
    update = {"channel": house.alerts, "ts": posted["ts"], "blocks": buttons("stop")}
    await client.api_call("chat.update", json=update)
    after = house.slack.message(house.alerts, str(posted["ts"]))
    assert after["text"] == "kept"
    assert after["blocks"][0]["elements"][0]["action_id"] == "stop"
    assert "edited" not in after


async def test_timestamps_rise_and_are_never_the_same_twice(house: House, client: AsyncWebClient) -> None:
    house.slack.enforce_rate_limits(enforced=False)
    stamps = [str((await client.chat_postMessage(channel=house.alerts, text="x"))["ts"]) for _ in range(20)]
    assert stamps == sorted(set(stamps))


async def test_places_where_the_app_may_not_post(house: House, client: AsyncWebClient) -> None:
    slack = house.slack
    archived = slack.add_channel("archived")
    slack.changes.archive(archived)
    slack.add_channel("elsewhere", bot_member=False)
    secret = slack.add_channel("secret", private=True, bot_member=False)
    for channel, error in {
        "nowhere": "channel_not_found",
        "": "channel_not_found",
        secret: "channel_not_found",
        "elsewhere": "not_in_channel",
        archived: "is_archived",
        slack.add_person("gone", deactivated=True): "channel_not_found",
    }.items():
        assert await error_of(client.chat_postMessage(channel=channel, text="x")) == error
    posted = await client.chat_postMessage(channel=house.alerts, text="x")
    slack.changes.archive(house.alerts)
    assert (
        await error_of(client.chat_update(channel=house.alerts, ts=str(posted["ts"]), text="y"))
        == "is_inactive"
    )


async def test_the_public_write_scope_opens_public_channels() -> None:
    slack = SlackSandbox(manifest(scopes=["chat:write", "chat:write.public", "commands"]))
    await slack.start()
    async with aiohttp.ClientSession() as session:
        slack.add_channel("elsewhere", bot_member=False)
        assert (await web_client(slack, session).chat_postMessage(channel="elsewhere", text="x"))["ok"]
    await slack.close()


async def test_content_that_slack_refuses(house: House, client: AsyncWebClient) -> None:
    house.slack.enforce_rate_limits(enforced=False)

    async def post(**content: object) -> str:
        return await error_of(client.api_call("chat.postMessage", json={"channel": house.alerts, **content}))

    assert await post() == "no_text"
    assert await post(text="  ") == "no_text"
    assert await post(text="x", blocks=[{"type": "nothing"}]) == "invalid_blocks"
    assert await post(text="x", blocks="not json") == "invalid_blocks_format"
    assert await post(text="x", attachments={}) == "invalid_attachments"
    assert await post(text="x", attachments=[{}] * 101) == "too_many_attachments"
    assert await post(text="x", metadata=[]) == "invalid_metadata_format"
    assert await post(text="x", metadata={"event_type": 1}) == "invalid_metadata_schema"
    large = {"event_type": "t", "event_payload": {"x": "x" * 20_000}}
    assert await post(text="x", metadata=large) == "metadata_too_large"
    assert await post(text="x", markdown_text="y") == "markdown_text_conflict"
    assert await post(markdown_text="y" * 12_001) == "msg_too_long"


async def test_invalid_blocks_name_the_place(house: House, client: AsyncWebClient) -> None:
    blocks = [{"type": "header", "text": {"type": "plain_text", "text": "x" * 151}}]
    answer = await refusal(client.chat_postMessage(channel=house.alerts, text="x", blocks=blocks))
    assert answer["response_metadata"]["messages"] == [
        "[ERROR] must be less than 151 characters [json-pointer:/blocks/0/text/text]"
    ]
    assert answer["errors"] == ["must be less than 151 characters [json-pointer:/blocks/0/text/text]"]


async def test_long_text_is_cut_when_posted_and_refused_when_updated(
    house: House, client: AsyncWebClient
) -> None:
    posted = await client.chat_postMessage(channel=house.alerts, text="x" * 40_001)
    assert posted["response_metadata"]["warnings"] == ["message_truncated"]
    assert len(house.slack.message(house.alerts, str(posted["ts"]))["text"]) == 40_000
    update = {"channel": house.alerts, "ts": str(posted["ts"])}
    assert (
        await error_of(client.api_call("chat.update", json=update | {"text": "x" * 4_001})) == "msg_too_long"
    )
    assert (await client.api_call("chat.update", json=update | {"text": "x" * 4_000}))["ok"]
    assert await error_of(client.api_call("chat.update", json=update)) == "no_text"


async def test_only_own_messages_can_be_changed(house: House, client: AsyncWebClient) -> None:
    ts = await house.slack.as_person(house.anna).say(house.alerts, "mine")
    assert await error_of(client.chat_update(channel=house.alerts, ts=ts, text="x")) == "cant_update_message"
    assert await error_of(client.chat_delete(channel=house.alerts, ts=ts)) == "cant_delete_message"


async def test_replies_stand_in_the_thread_and_may_be_broadcast(house: House, client: AsyncWebClient) -> None:
    parent = str((await client.chat_postMessage(channel=house.alerts, text="card"))["ts"])
    await client.chat_postMessage(channel=house.alerts, text="quiet", thread_ts=parent)
    await client.chat_postMessage(channel=house.alerts, text="loud", thread_ts=parent, reply_broadcast=True)
    replies = await client.conversations_replies(channel=house.alerts, ts=parent)
    assert [message["text"] for message in replies["messages"]] == ["card", "quiet", "loud"]
    history = await client.conversations_history(channel=house.alerts)
    assert [message["text"] for message in history["messages"]] == ["loud", "card"]
    assert await error_of(client.conversations_replies(channel=house.alerts, ts="1.0")) == "thread_not_found"


async def test_metadata_comes_back_only_when_asked_for(house: House, client: AsyncWebClient) -> None:
    metadata = {"event_type": "card", "event_payload": {"id": "7"}}
    posted = await client.chat_postMessage(channel=house.alerts, text="x", metadata=metadata)
    silent = await client.conversations_history(channel=house.alerts)
    assert "metadata" not in silent["messages"][0]
    told = await client.conversations_history(channel=house.alerts, include_all_metadata=True)
    assert told["messages"][0]["metadata"] == metadata
    await client.chat_update(channel=house.alerts, ts=str(posted["ts"]), text="y", metadata={})
    assert "metadata" not in house.slack.message(house.alerts, str(posted["ts"]))


async def test_a_whisper_is_seen_by_one_person_and_cannot_be_changed(
    house: House, client: AsyncWebClient
) -> None:
    said = await client.chat_postEphemeral(channel=house.alerts, user=house.anna, text="psst")
    ts = str(said["message_ts"])
    assert [message["ephemeral"] for message in house.slack.as_person(house.anna).sees(house.alerts)] == [
        True
    ]
    assert house.slack.as_person(house.ben).sees(house.alerts) == []
    assert house.slack.messages(house.alerts) == []
    assert await error_of(client.chat_update(channel=house.alerts, ts=ts, text="x")) == "message_not_found"
    reply = client.chat_postMessage(channel=house.alerts, text="x", thread_ts=ts)
    assert await error_of(reply) == "cannot_reply_to_message"
    outsider = house.slack.add_person("outsider")
    whisper = client.chat_postEphemeral(channel=house.alerts, user=outsider, text="x")
    assert await error_of(whisper) == "user_not_in_channel"


async def test_a_message_to_a_person_is_a_direct_message(house: House, client: AsyncWebClient) -> None:
    posted = await client.chat_postMessage(channel=house.anna, text="hello")
    opened = await client.conversations_open(users=house.anna)
    assert posted["channel"] == opened["channel"]["id"]
    assert [message["text"] for message in house.slack.as_person(house.anna).dms()] == ["hello"]
    with pytest.raises(PersonError):
        house.slack.as_person(house.ben).sees(str(posted["channel"]))


async def test_a_switched_off_messages_tab_refuses_direct_messages() -> None:
    body = manifest()
    body["features"]["app_home"]["messages_tab_enabled"] = False
    slack = SlackSandbox(body)
    await slack.start()
    async with aiohttp.ClientSession() as session:
        post = web_client(slack, session).chat_postMessage(channel=slack.add_person("anna"), text="x")
        assert await error_of(post) == "messages_tab_disabled"
    await slack.close()


async def test_reactions_and_permalinks(house: House, client: AsyncWebClient) -> None:
    ts = str((await client.chat_postMessage(channel=house.alerts, text="x"))["ts"])
    await client.reactions_add(channel=house.alerts, timestamp=ts, name="eyes")
    assert house.slack.message(house.alerts, ts)["reactions"][0]["users"] == [house.slack.bot_user_id]
    again = client.reactions_add(channel=house.alerts, timestamp=ts, name="eyes")
    assert await error_of(again) == "already_reacted"
    assert (
        await error_of(client.reactions_add(channel=house.alerts, timestamp="1.0", name="eyes"))
        == "message_not_found"
    )
    assert (
        await error_of(client.reactions_add(channel=house.alerts, timestamp=ts, name="!")) == "invalid_name"
    )
    link = await client.chat_getPermalink(channel=house.alerts, message_ts=ts)
    assert str(link["permalink"]).endswith(f"/archives/{house.alerts}/p{ts.replace('.', '')}")
    assert (
        await error_of(client.chat_getPermalink(channel=house.alerts, message_ts="1.0"))
        == "message_not_found"
    )


async def test_an_admin_deletes_the_card_and_a_member_may_not(house: House, client: AsyncWebClient) -> None:
    ts = str((await client.chat_postMessage(channel=house.alerts, text="card"))["ts"])
    with pytest.raises(PersonError):
        house.slack.changes.delete_message(house.alerts, ts, by=house.anna)
    house.slack.changes.delete_message(house.alerts, ts, by=house.ben)
    assert house.slack.messages(house.alerts) == []
