"""The Web API's door: tokens, scopes, argument styles, rate limits and faults."""

from datetime import timedelta

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from rehearsal.slack import PersonError, SlackSandbox
from rehearsal.slack.web_api import METHODS
from tests.rehearsal.slack.apps import manifest, web_client
from tests.rehearsal.slack.conftest import House
from tests.rehearsal.slack.refusals import error_of, refusal


async def test_only_issued_tokens_of_the_right_kind_are_accepted(house: House) -> None:
    async with aiohttp.ClientSession() as session:
        async with session.post(f"{house.slack.base_url}auth.test") as answer:
            assert (await answer.json())["error"] == "not_authed"
        forged = web_client(house.slack, session, "xoxb-1-2-forged")
        assert await error_of(forged.auth_test()) == "invalid_auth"
        app_level = web_client(house.slack, session, house.slack.app_token)
        assert await error_of(app_level.auth_test()) == "not_allowed_token_type"
        bot = web_client(house.slack, session)
        assert await error_of(bot.api_call("apps.connections.open")) == "not_allowed_token_type"
        house.slack.revoke_token()
        assert await error_of(bot.auth_test()) == "token_revoked"
        house.slack.revoke_token(revoked=False)
        assert (await bot.auth_test())["ok"]
        assert await error_of(bot.api_call("chat.shout")) == "unknown_method"


SCOPED = {name: method.scopes for name, method in METHODS.items() if method.scopes}


@pytest.mark.parametrize("method", SCOPED)
async def test_a_missing_scope_is_named(method: str) -> None:
    slack = SlackSandbox(manifest(scopes=["commands"]))
    await slack.start()
    async with aiohttp.ClientSession() as session:
        answer = await refusal(web_client(slack, session).api_call(method, json={"channel": "C0"}))
    await slack.close()
    assert answer["error"] == "missing_scope"
    assert answer["needed"] == ",".join(SCOPED[method])
    assert answer["provided"] == "commands"


@pytest.mark.parametrize(
    ("private", "right", "method"),
    [
        (False, "channels:read", "conversations.info"),
        (True, "groups:read", "conversations.info"),
        (False, "channels:history", "conversations.history"),
        (True, "groups:history", "conversations.history"),
        (True, "groups:read", "conversations.members"),
    ],
)
async def test_the_scope_follows_the_kind_of_channel(*, private: bool, right: str, method: str) -> None:
    slack = SlackSandbox(manifest(scopes=["commands"]))
    await slack.start()
    async with aiohttp.ClientSession() as session:
        channel = slack.add_channel("x", private=private)
        answer = await refusal(web_client(slack, session).api_call(method, json={"channel": channel}))
    await slack.close()
    assert (answer["error"], answer["needed"]) == ("missing_scope", right)


async def test_an_email_address_needs_its_own_scope() -> None:
    slack = SlackSandbox(manifest(scopes=["commands", "users:read"]))
    await slack.start()
    async with aiohttp.ClientSession() as session:
        user = (await web_client(slack, session).users_info(user=slack.add_person("anna")))["user"]
    await slack.close()
    assert "email" not in user["profile"]


async def test_arguments_come_by_query_form_and_json_alike(house: House) -> None:
    url = f"{house.slack.base_url}users.info"
    bearer = {"Authorization": f"Bearer {house.slack.bot_token}"}
    async with aiohttp.ClientSession(headers=bearer) as session:
        for call in (
            session.get(url, params={"user": house.anna}),
            session.post(url, params={"user": house.anna}),
            session.post(url, data={"user": house.anna}),
            session.post(url, json={"user": house.anna}),
        ):
            async with call as answer:
                assert (await answer.json())["user"]["id"] == house.anna
                assert "users:read" in answer.headers["x-oauth-scopes"].split(",")


async def test_the_scopes_are_told_to_issued_tokens_only(house: House) -> None:
    url = f"{house.slack.base_url}apps.connections.open"
    expected = {house.slack.app_token: "connections:write", "xoxb-forged": None}
    async with aiohttp.ClientSession() as session:
        for token, scopes in expected.items():
            async with session.post(url, headers={"Authorization": f"Bearer {token}"}) as answer:
                assert answer.headers.get("x-oauth-scopes") == scopes


async def test_the_token_is_never_in_the_log(house: House) -> None:
    async with aiohttp.ClientSession() as session:
        await session.post(f"{house.slack.base_url}auth.test", data={"token": house.slack.bot_token})
    assert [(call.method, call.ok) for call in house.slack.api_calls] == [("auth.test", True)]
    assert house.slack.bot_token not in str(house.slack.api_calls)


async def retry_after(client: AsyncWebClient, method: str, **arguments: object) -> int:
    with pytest.raises(SlackApiError) as refused:
        await client.api_call(method, json=arguments)
    assert refused.value.response.status_code == 429
    assert refused.value.response["error"] == "ratelimited"
    return int(refused.value.response.headers["Retry-After"])


async def test_a_channel_takes_a_short_burst_then_one_message_a_second(
    house: House, client: AsyncWebClient
) -> None:
    for _ in range(4):
        await client.chat_postMessage(channel=house.alerts, text="x")
    assert await retry_after(client, "chat.postMessage", channel=house.alerts, text="x") == 1
    assert await retry_after(client, "chat.postMessage", channel="#alerts", text="x") == 1
    other = house.slack.add_channel("other")
    assert (await client.chat_postMessage(channel=other, text="x"))["ok"]
    house.slack.advance(timedelta(seconds=1))
    assert (await client.chat_postMessage(channel=house.alerts, text="x"))["ok"]
    assert len(house.slack.messages(house.alerts)) == 5


async def test_a_tier_two_method_takes_twenty_a_minute(house: House, client: AsyncWebClient) -> None:
    for _ in range(20):
        await client.usergroups_list()
    assert await retry_after(client, "usergroups.list") in {2, 3}
    house.slack.enforce_rate_limits(enforced=False)
    assert (await client.usergroups_list())["ok"]


async def test_faults_strike_as_often_as_armed_and_only_their_method(
    house: House, client: AsyncWebClient
) -> None:
    house.slack.faults.arm("rate_limit", method="users.info", times=2, seconds=7)
    assert (await client.auth_test())["ok"]
    assert [await retry_after(client, "users.info", user=house.anna) for _ in range(2)] == [7, 7]
    assert (await client.users_info(user=house.anna))["ok"]
    house.slack.faults.arm("error", name="fatal_error")
    assert await error_of(client.auth_test()) == "fatal_error"
    house.slack.faults.arm("server_error", times=-1)
    for _ in range(3):
        with pytest.raises(SlackApiError) as broken:
            await client.auth_test()
        assert broken.value.response.status_code == 500
    house.slack.faults.clear()
    assert (await client.auth_test())["ok"]
    with pytest.raises(PersonError, match="no fault"):
        house.slack.faults.arm("gremlins")


@pytest.mark.parametrize(("kind", "posted"), [("silent_before", 0), ("silent_after", 1)])
async def test_silence_comes_before_or_after_the_effect(house: House, kind: str, posted: int) -> None:
    house.slack.faults.arm(kind, method="chat.postMessage")
    timeout = aiohttp.ClientTimeout(total=0.3)
    async with aiohttp.ClientSession(timeout=timeout) as session:
        client = AsyncWebClient(token=house.slack.bot_token, base_url=house.slack.base_url, session=session)
        with pytest.raises(TimeoutError):
            await client.chat_postMessage(channel=house.alerts, text="x")
    assert len(house.slack.messages(house.alerts)) == posted


async def test_a_slow_answer_is_late_but_right(house: House, client: AsyncWebClient) -> None:
    house.slack.faults.arm("slow", seconds=0.2)
    before = house.slack.clock.time()
    assert (await client.auth_test())["ok"]
    assert house.slack.clock.time() - before >= 0.2


async def test_channels_are_listed_by_kind_and_membership(house: House, client: AsyncWebClient) -> None:
    slack = house.slack
    outside = slack.add_channel("outside", bot_member=False)
    private = slack.add_channel("private", private=True)
    slack.add_channel("hidden", private=True, bot_member=False)
    both = "public_channel,private_channel"
    listed = await client.conversations_list(types=both)
    assert [channel["id"] for channel in listed["channels"]] == [house.alerts, outside, private]
    mine = await client.users_conversations(types=both)
    assert [channel["id"] for channel in mine["channels"]] == [house.alerts, private]
    assert await error_of(client.conversations_list(types="cellar")) == "invalid_types"
    slack.changes.archive(outside)
    open_ones = await client.conversations_list(exclude_archived=True)
    assert [channel["id"] for channel in open_ones["channels"]] == [house.alerts]


async def test_joining_and_opening(house: House, client: AsyncWebClient) -> None:
    slack = house.slack
    outside = slack.add_channel("outside", bot_member=False)
    assert (await client.conversations_join(channel=outside))["channel"]["is_member"]
    assert (await client.conversations_join(channel=outside))["warning"] == "already_in_channel"
    private = slack.add_channel("private", private=True)
    joining = client.conversations_join(channel=private)
    assert await error_of(joining) == "method_not_supported_for_channel_type"
    assert await error_of(client.conversations_open(users="")) == "users_list_not_supplied"
    assert await error_of(client.conversations_open(users="U0")) == "user_not_found"
    assert (
        await error_of(client.conversations_open(users=slack.add_person("d", deactivated=True)))
        == "user_disabled"
    )
    assert await error_of(client.conversations_open(users=slack.add_person("b", bot=True))) == "cannot_dm_bot"
    members = await client.conversations_members(channel=house.alerts)
    assert members["members"] == [slack.bot_user_id, house.anna, house.ben]
    slack.changes.share(house.alerts)
    about = (await client.conversations_info(channel=house.alerts))["channel"]
    assert about["is_ext_shared"]
    assert about["connected_team_ids"] == [slack.workspace.foreign_team_id]
    assert await error_of(client.conversations_info(channel="C0")) == "channel_not_found"
