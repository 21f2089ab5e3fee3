"""People of every sort: how the app sees them, and what they themselves can do."""

from typing import Any

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from rehearsal.slack import Delivery, PersonError, SlackSandbox
from tests.rehearsal.slack.apps import buttons
from tests.rehearsal.slack.conftest import House
from tests.rehearsal.slack.refusals import error_of

SORTS: dict[str, tuple[dict[str, Any], dict[str, object]]] = {
    "member": ({}, {"is_restricted": False, "is_ultra_restricted": False, "is_bot": False, "deleted": False}),
    "admin": ({"admin": True}, {"is_admin": True}),
    "multi-channel guest": (
        {"multi_channel_guest": True},
        {"is_restricted": True, "is_ultra_restricted": False},
    ),
    "single-channel guest": (
        {"single_channel_guest": True},
        {"is_restricted": True, "is_ultra_restricted": True},
    ),
    "deactivated": ({"deactivated": True}, {"deleted": True}),
    "bot": ({"bot": True}, {"is_bot": True}),
    "unconfirmed e-mail": ({"email_confirmed": False}, {"is_email_confirmed": False}),
}


def interactions(slack: SlackSandbox) -> list[Delivery]:
    """What people's clicks and commands sent to the app."""
    return [delivery for delivery in slack.deliveries if delivery.kind != "events_api"]


@pytest.mark.parametrize("sort", SORTS)
async def test_the_user_object_tells_the_sort(house: House, client: AsyncWebClient, sort: str) -> None:
    flags, expected = SORTS[sort]
    user = (await client.users_info(user=house.slack.add_person("x", **flags)))["user"]
    assert user.items() >= expected.items()
    assert user["team_id"] == house.slack.team_id


async def test_a_foreign_person_is_known_only_through_a_shared_channel(
    house: House, client: AsyncWebClient
) -> None:
    partner = house.slack.add_person("petra", foreign=True)
    assert await error_of(client.users_info(user=partner)) == "user_not_found"
    house.slack.add_channel("partners", members=[partner], shared=True)
    user = (await client.users_info(user=partner))["user"]
    assert user["team_id"] != house.slack.team_id
    assert user["is_stranger"] is False
    stranger = house.slack.add_person("stan", stranger=True)
    house.slack.changes.join("partners", stranger)
    assert (await client.users_info(user=stranger))["user"]["is_stranger"] is True


async def test_look_up_by_email_finds_active_own_people_only(house: House, client: AsyncWebClient) -> None:
    assert (await client.users_lookupByEmail(email="ANNA@example.com"))["user"]["id"] == house.anna
    hidden: list[dict[str, Any]] = [{"deactivated": True}, {"foreign": True}, {"bot": True}]
    for flags in hidden:
        house.slack.add_person("hidden", **flags)
    assert await error_of(client.users_lookupByEmail(email="hidden@example.com")) == "users_not_found"


async def test_lists_come_in_pages(house: House, client: AsyncWebClient) -> None:
    first = await client.users_list(limit=2)
    rest = await client.users_list(limit=2, cursor=first["response_metadata"]["next_cursor"])
    assert [person["id"] for person in first["members"] + rest["members"]] == list(
        house.slack.workspace.people
    )
    assert rest["response_metadata"]["next_cursor"] == ""
    for cursor in ("nonsense", "next:²"):
        assert await error_of(client.users_list(cursor=cursor)) == "invalid_cursor"
    for limit in (5000, -1, "--5", "²"):
        assert await error_of(client.api_call("users.list", data={"limit": limit})) == "invalid_limit"


async def test_user_groups_and_their_members(house: House, client: AsyncWebClient) -> None:
    group = house.slack.add_user_group("approvers", [house.anna])
    listed = (await client.usergroups_list(include_users=True))["usergroups"]
    assert [(entry["id"], entry["handle"], entry["users"]) for entry in listed] == [
        (group, "approvers", [house.anna])
    ]
    house.slack.changes.set_user_group(group, [house.ben])
    assert (await client.usergroups_users_list(usergroup=group))["users"] == [house.ben]
    assert await error_of(client.usergroups_users_list(usergroup="S0")) == "no_such_subteam"


async def test_team_and_bot(house: House, client: AsyncWebClient) -> None:
    who = await client.auth_test()
    assert (who["team_id"], who["user_id"]) == (house.slack.team_id, house.slack.bot_user_id)
    assert (await client.team_info())["team"]["id"] == house.slack.team_id
    assert await error_of(client.team_info(team="T0")) == "team_not_found"
    assert (await client.bots_info(bot=who["bot_id"]))["bot"]["user_id"] == house.slack.bot_user_id
    assert await error_of(client.bots_info(bot="B0")) == "bot_not_found"


async def test_nobody_presses_what_they_cannot_see(house: House, client: AsyncWebClient) -> None:
    slack = house.slack
    secret = slack.add_channel("secret", private=True, members=[house.anna])
    ts = str((await client.chat_postMessage(channel=secret, text="x", blocks=buttons("go", "stop")))["ts"])
    guest = slack.add_person("gina", multi_channel_guest=True)
    with pytest.raises(PersonError, match="cannot see"):
        await slack.as_person(house.ben).click(secret, ts, "go")
    with pytest.raises(PersonError, match="cannot see"):
        await slack.as_person(guest).command(house.alerts, "/probe")
    anna = slack.as_person(house.anna)
    with pytest.raises(PersonError, match="is not there"):
        await anna.click(secret, ts, "explode")
    with pytest.raises(PersonError, match="is not there"):
        await anna.click(secret, ts, "go", value="forged")
    with pytest.raises(PersonError, match="sees no message"):
        await anna.click(secret, "1.0", "go")
    with pytest.raises(PersonError, match="not a valid command"):
        await anna.command(secret, "/unknown")
    assert interactions(slack) == []


async def test_a_deactivated_person_presses_only_with_a_session_that_outlived_it(
    house: House, client: AsyncWebClient
) -> None:
    ts = str((await client.chat_postMessage(channel=house.alerts, text="x", blocks=buttons("go")))["ts"])
    house.slack.changes.set_person(house.anna, deactivated=True)
    with pytest.raises(PersonError, match="no Slack client"):
        await house.slack.as_person(house.anna).click(house.alerts, ts, "go")
    late = await house.slack.as_person(house.anna, signed_in=True).click(house.alerts, ts, "go")
    assert late.payload["user"]["id"] == house.anna


async def test_a_partner_shows_by_the_team_of_the_user(house: House, client: AsyncWebClient) -> None:
    partner = house.slack.add_person("petra", foreign=True)
    shared = house.slack.add_channel("partners", members=[partner], shared=True)
    ts = str((await client.chat_postMessage(channel=shared, text="x", blocks=buttons("go")))["ts"])
    pressed = await house.slack.as_person(partner).click(shared, ts, "go")
    assert pressed.payload["team"]["id"] == house.slack.team_id
    assert pressed.payload["user"]["team_id"] == house.slack.workspace.foreign_team_id


async def test_a_confirm_dialog_is_recorded_and_can_be_dismissed(
    house: House, client: AsyncWebClient
) -> None:
    confirm = {"text": {"type": "plain_text", "text": "Sure?"}}
    posted = await client.chat_postMessage(
        channel=house.alerts, text="x", blocks=buttons("go", confirm=confirm)
    )
    anna = house.slack.as_person(house.anna)
    backed_out = await anna.click(house.alerts, str(posted["ts"]), "go", confirm=False)
    assert (backed_out.outcome, backed_out.confirm) == ("dismissed", confirm)
    assert interactions(house.slack) == []
    meant = await anna.click(house.alerts, str(posted["ts"]), "go")
    assert meant.confirm == confirm
    assert interactions(house.slack) == [meant]


async def test_choosing_names_the_option_and_is_kept_per_person(house: House, client: AsyncWebClient) -> None:
    options = [
        {"text": {"type": "plain_text", "text": name}, "value": name} for name in ("details", "portal")
    ]
    elements = [
        {"type": "overflow", "action_id": "more", "options": options},
        {"type": "static_select", "action_id": "pick", "options": options},
    ]
    blocks = [{"type": "actions", "block_id": "b", "elements": elements}]
    ts = str((await client.chat_postMessage(channel=house.alerts, text="x", blocks=blocks))["ts"])
    anna, ben = house.slack.as_person(house.anna), house.slack.as_person(house.ben)
    more = await anna.choose(house.alerts, ts, "more", "portal")
    assert more.payload["actions"][0]["selected_option"] == options[1]
    picked = await anna.choose(house.alerts, ts, "pick", "details")
    assert picked.payload["state"]["values"]["b"]["pick"]["selected_option"] == options[0]
    other = await ben.choose(house.alerts, ts, "more", "details")
    assert other.payload["state"]["values"]["b"]["pick"]["selected_option"] is None
    with pytest.raises(PersonError, match="not offered"):
        await anna.choose(house.alerts, ts, "more", "forged")
