"""Members of a user group: asked once a minute however many press, and silence means nobody."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

from bot.chat import SlackClient, UserGroups
from rehearsal.slack import SlackSandbox
from tests.chat.conftest import manifest_with

NOW = datetime(2026, 11, 18, 10, tzinfo=UTC)
CALL = "usergroups.users.list"


def asked(slack: SlackSandbox) -> int:
    """How often Slack was asked."""
    return sum(call.method == CALL for call in slack.api_calls)


async def test_many_presses_ask_once_and_the_answer_lasts_a_minute(
    slack: SlackSandbox, client: SlackClient
) -> None:
    member = slack.add_person("anna")
    group = slack.add_user_group("night", [member])
    groups = UserGroups(client)
    told = await asyncio.gather(*(groups.members(group, NOW) for _ in range(20)))
    assert set(told) == {frozenset({member})}
    assert await groups.members(group, NOW + timedelta(seconds=60)) == frozenset({member})
    assert asked(slack) == 1
    slack.workspace.user_groups[group].members.clear()
    assert await groups.members(group, NOW + timedelta(seconds=61)) == frozenset()
    assert asked(slack) == 2


async def test_p1_its_age_is_counted_by_our_own_clock_where_the_shared_one_was_set_back(
    slack: SlackSandbox, client: SlackClient
) -> None:
    group, own_s = slack.add_user_group("night", []), [100.0]
    groups = UserGroups(client, seconds=lambda: own_s[0])
    for passed_s, questions in ((0, 1), (60, 1), (61, 2)):
        own_s[0] = 100.0 + passed_s
        await groups.members(group, NOW + timedelta(seconds=passed_s // 2))
        assert asked(slack) == questions


async def test_a_younger_answer_can_be_asked_for_and_a_clock_that_went_back_asks_again(
    slack: SlackSandbox, client: SlackClient
) -> None:
    group = slack.add_user_group("night", [])
    groups = UserGroups(client)
    await groups.members(group, NOW)
    await groups.members(group, NOW + timedelta(seconds=40), max_age=timedelta(seconds=45))
    assert asked(slack) == 1
    await groups.members(group, NOW + timedelta(seconds=50), max_age=timedelta(seconds=45))
    assert asked(slack) == 2
    await groups.members(group, NOW)
    assert asked(slack) == 3


async def test_an_unknown_group_or_no_answer_is_nobody_and_is_asked_again_soon(
    slack: SlackSandbox, client: SlackClient
) -> None:
    groups = UserGroups(client)
    assert await groups.members("S0GONE", NOW) is None
    assert await groups.members("S0GONE", NOW + timedelta(seconds=4)) is None
    assert asked(slack) == 1
    group = slack.add_user_group("night", [])
    slack.revoke_token()
    assert await groups.members(group, NOW) is None
    slack.revoke_token(revoked=False)
    assert await groups.members(group, NOW + timedelta(seconds=6)) == frozenset()


async def test_without_the_scope_nobody_is_told_of() -> None:
    sandbox = SlackSandbox(manifest_with(without=("usergroups:read",)))
    await sandbox.start()
    try:
        connected = SlackClient.connect(sandbox.bot_token, sandbox.base_url, timeout_s=2.0)
        group = sandbox.add_user_group("night", [])
        assert await UserGroups(connected).members(group, NOW) is None
        await connected.close()
    finally:
        await sandbox.close()


async def test_when_slack_asks_to_wait_it_is_left_alone_that_long(
    slack: SlackSandbox, client: SlackClient
) -> None:
    groups = UserGroups(client)
    made = [slack.add_user_group(f"g{n}", []) for n in range(60)]
    told = [await groups.members(group, NOW) for group in made]
    assert None in told, "the stand-in enforces Slack's limit of this call"
    busy = made[told.index(None)]
    before = asked(slack)
    assert await groups.members(busy, NOW + timedelta(milliseconds=500)) is None
    assert asked(slack) == before
