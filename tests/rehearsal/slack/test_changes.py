"""What happens in the workspace reaches the app as the events it subscribed to, and as no others."""

from collections.abc import Callable
from typing import Any

import pytest

from rehearsal.slack import PersonError, SlackSandbox
from tests.rehearsal.slack.apps import ALL_SCOPES, manifest
from tests.rehearsal.slack.conftest import House

Json = dict[str, Any]


def events(slack: SlackSandbox) -> list[Json]:
    """The events sent to the app so far."""
    return [delivery.payload["event"] for delivery in slack.deliveries if delivery.kind == "events_api"]


CHANGES: dict[str, tuple[Callable[[House], None], str, Json]] = {
    "archive": (
        lambda house: house.slack.changes.archive(house.alerts, by="U1"),
        "channel_archive",
        {"user": "U1"},
    ),
    "unarchive": (lambda house: house.slack.changes.unarchive(house.alerts), "channel_unarchive", {}),
    "share": (
        lambda house: house.slack.changes.share(house.alerts, "T9"),
        "channel_shared",
        {"connected_team_id": "T9"},
    ),
    "join": (
        lambda house: house.slack.changes.join(house.alerts, house.slack.add_person("new")),
        "member_joined_channel",
        {"channel_type": "C"},
    ),
    "leave": (lambda house: house.slack.changes.leave(house.alerts, house.anna), "member_left_channel", {}),
    "remove": (lambda house: house.slack.changes.remove_bot(house.alerts), "channel_left", {}),
}


@pytest.mark.parametrize("what", CHANGES)
async def test_a_change_of_a_channel_is_announced(house: House, what: str) -> None:
    change, kind, facts = CHANGES[what]
    change(house)
    sent = events(house.slack)[-1]
    assert (sent["type"], sent["channel"]) == (kind, house.alerts)
    assert sent.items() >= facts.items()


async def test_a_rename_carries_the_new_name(house: House) -> None:
    house.slack.changes.rename(house.alerts, "alarms")
    (event,) = events(house.slack)
    assert (event["channel"]["id"], event["channel"]["name"]) == (house.alerts, "alarms")
    assert house.slack.workspace.channel("alarms").previous_names == ["alerts"]


async def test_a_private_channel_has_event_names_of_its_own(house: House) -> None:
    secret = house.slack.add_channel("secret", private=True)
    house.slack.changes.archive(secret)
    house.slack.changes.remove_bot(secret)
    assert [event["type"] for event in events(house.slack)] == [
        "group_archive",
        "member_left_channel",
        "group_left",
    ]
    hidden = house.slack.add_channel("hidden", private=True, bot_member=False)
    house.slack.changes.archive(hidden)
    assert len(events(house.slack)) == 3


async def test_the_end_of_sharing_takes_the_partners_out(house: House) -> None:
    partner = house.slack.add_person("petra", foreign=True)
    shared = house.slack.add_channel("partners", members=[partner], shared=True)
    house.slack.changes.unshare(shared)
    assert events(house.slack)[-1]["previously_connected_team_id"] == house.slack.workspace.foreign_team_id
    assert partner not in house.slack.workspace.channel(shared).members
    with pytest.raises(PersonError, match="not shared"):
        house.slack.changes.unshare(shared)


async def test_an_event_of_a_shared_channel_says_so(house: House) -> None:
    house.slack.changes.share(house.alerts)
    assert house.slack.deliveries[-1].payload["is_ext_shared_channel"] is True


async def test_messages_mentions_and_deletions_are_events(house: House) -> None:
    anna = house.slack.as_person(house.anna)
    ts = await anna.say(house.alerts, f"<@{house.slack.bot_user_id}> help")
    house.slack.changes.delete_message(house.alerts, ts, by=house.anna)
    kinds = [(event["type"], event.get("subtype")) for event in events(house.slack)]
    assert kinds == [("message", None), ("app_mention", None), ("message", "message_deleted")]


async def test_people_and_user_groups_change(house: House) -> None:
    group = house.slack.add_user_group("approvers", [house.anna])
    house.slack.changes.set_user_group(group, [house.ben])
    house.slack.changes.set_person(house.anna, deactivated=True)
    changed, user = events(house.slack)
    assert (changed["added_users"], changed["removed_users"]) == ([house.ben], [house.anna])
    assert (user["type"], user["user"]["deleted"]) == ("user_change", True)
    with pytest.raises(PersonError, match="no property"):
        house.slack.changes.set_person(house.anna, mood="good")


async def test_only_what_was_subscribed_and_is_covered_by_a_scope_goes_out() -> None:
    silent = SlackSandbox(manifest(events=[]))
    scopes = [scope for scope in ALL_SCOPES if scope != "channels:read"]
    withheld = SlackSandbox(manifest(scopes=scopes, events=["channel_archive"]))
    for slack in (silent, withheld):
        await slack.start()
        slack.changes.archive(slack.add_channel("alerts"))
        assert slack.deliveries == []
        await slack.close()
    told = [entry.facts for entry in withheld.feed.after(0) if entry.kind == "event_withheld"]
    assert told == [{"subscription": "channel_archive", "needed": ["channels:read"]}]


async def test_a_deleted_channel_is_gone(house: House) -> None:
    house.slack.changes.delete_channel(house.alerts)
    with pytest.raises(PersonError):
        house.slack.messages(house.alerts)
