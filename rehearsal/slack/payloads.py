"""The payloads of interactions, in Slack's form (docs.slack.dev/reference/interaction-payloads)."""

import copy
from dataclasses import dataclass
from typing import Any

from rehearsal.slack.channels import Channel, Message
from rehearsal.slack.errors import Json, PersonError
from rehearsal.slack.input_state import elements_of, initial_values
from rehearsal.slack.installation import Installation
from rehearsal.slack.people import PersonRecord
from rehearsal.slack.views import View


@dataclass(frozen=True)
class Spot:
    """Where an element stands: in a message that a person sees, or in a view that they have open."""

    blocks: list[Json]
    channel: Channel | None = None
    message: Message | None = None
    view: View | None = None


def find_element(spot: Spot, action_id: str, block_id: str | None, value: str | None) -> tuple[Json, Json]:
    """The block and element that the person means; raises PersonError when it is not there or not unique."""
    everything = list(elements_of(spot.blocks))
    found = [
        (block, element)
        for block, element in everything
        if element["action_id"] == action_id
        and block_id in {None, block["block_id"]}
        and (value is None or element["type"] != "button" or element.get("value") == value)
    ]
    if len(found) == 1:
        return found[0]
    offered = [(block["block_id"], element["action_id"]) for block, element in everything]
    why = "is not there" if not found else "is there more than once; name the block or the value"
    raise PersonError(f"Element {action_id!r} {why}. On the screen (block, action): {offered}.")


def base(installation: Installation, person: PersonRecord, kind: str) -> Json:
    """What every interaction payload carries."""
    workspace = installation.workspace
    return {
        "type": kind,
        "team": {"id": workspace.team_id, "domain": workspace.domain},
        "enterprise": None,
        "is_enterprise_install": False,
        "user": {"id": person.id, "username": person.name, "name": person.name, "team_id": person.team_id},
        "api_app_id": workspace.app_id,
        "token": "unused",
    }


def block_actions(installation: Installation, person: PersonRecord, spot: Spot, action: Json) -> Json:
    """The payload of a click or a choice."""
    payload = base(installation, person, "block_actions")
    payload["trigger_id"] = installation.triggers.issue(person.id)
    payload["actions"] = [action]
    return payload | _place(installation, person, spot)


def _place(installation: Installation, person: PersonRecord, spot: Spot) -> Json:
    if spot.view is not None:
        wire = installation.views.wire(spot.view)
        return {"container": {"type": "view", "view_id": spot.view.id}, "view": wire, "state": wire["state"]}
    if spot.channel is None or spot.message is None:
        raise PersonError("The element stands neither in a message nor in a view.")
    channel, message = spot.channel, spot.message
    is_ephemeral = bool(message.only_for)
    path = installation.response_urls.issue(
        "actions", channel.id, person.id, message_ts=message.ts, ephemeral_origin=is_ephemeral
    )
    container: Json = {
        "type": "message",
        "message_ts": message.ts,
        "channel_id": channel.id,
        "is_ephemeral": is_ephemeral,
    }
    if message.thread_ts:
        container["thread_ts"] = message.thread_ts
    place: Json = {
        "container": container,
        "channel": {"id": channel.id, "name": shown_name(channel)},
        "state": {"values": copy.deepcopy(message_values(installation, person, spot))},
        "response_url": installation.origin() + path,
    }
    # Slack leaves the message out when it is an ephemeral one.
    return place if is_ephemeral else place | {"message": message.wire()}


def message_values(installation: Installation, person: PersonRecord, spot: Spot) -> Any:
    """What this person has chosen in a message's inputs so far; kept per person."""
    if spot.channel is None or spot.message is None:
        return {}
    key = (spot.channel.id, spot.message.ts, person.id)
    kept = installation.message_values.get(key, {})
    fresh = initial_values(spot.blocks)
    for block_id, actions in fresh.items():
        actions.update({name: state for name, state in kept.get(block_id, {}).items() if name in actions})
    installation.message_values[key] = fresh
    return fresh


def shown_name(channel: Channel) -> str:
    """The channel's name as interaction payloads give it: private ones hide theirs."""
    return {"public_channel": channel.name, "private_channel": "privategroup", "im": "directmessage"}[
        channel.kind
    ]


def command(
    installation: Installation,
    person: PersonRecord,
    channel: Channel,
    *,
    name: str,
    text: str,
    response_path: str,
) -> Json:
    """The payload of a slash command; all values are text, as in the form that Slack posts."""
    workspace = installation.workspace
    return {
        "token": "unused",
        "team_id": person.team_id,
        "team_domain": workspace.domain if person.team_id == workspace.team_id else "partner",
        "channel_id": channel.id,
        "channel_name": shown_name(channel),
        "user_id": person.id,
        "user_name": person.name,
        "command": name,
        "text": text,
        "api_app_id": workspace.app_id,
        "is_enterprise_install": "false",
        "response_url": installation.origin() + response_path,
        "trigger_id": installation.triggers.issue(person.id),
    }
