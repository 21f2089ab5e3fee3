"""Events as Slack wraps them, sent only when subscribed to and covered by a scope."""

from rehearsal.slack.channels import Channel
from rehearsal.slack.deliveries import Delivery
from rehearsal.slack.errors import Json
from rehearsal.slack.installation import Installation

# The scopes of which one must be granted (docs.slack.dev/reference/events); an event not named needs none.
_CHANNELS, _GROUPS = ("channels:read",), ("groups:read",)
_EITHER = ("channels:read", "groups:read")
EVENT_SCOPES: dict[str, tuple[str, ...]] = {
    "app_mention": ("app_mentions:read",),
    "channel_archive": _CHANNELS,
    "channel_deleted": _CHANNELS,
    "channel_left": _CHANNELS,
    "channel_rename": _CHANNELS,
    "channel_shared": _EITHER,
    "channel_unarchive": _CHANNELS,
    "channel_unshared": _EITHER,
    "group_archive": _GROUPS,
    "group_deleted": _GROUPS,
    "group_left": _GROUPS,
    "group_rename": _GROUPS,
    "group_unarchive": _GROUPS,
    "member_joined_channel": _EITHER,
    "member_left_channel": _EITHER,
    "message.channels": ("channels:history",),
    "message.groups": ("groups:history",),
    "message.im": ("im:history",),
    "reaction_added": ("reactions:read",),
    "subteam_members_changed": ("usergroups:read",),
    "user_change": ("users:read",),
}


def send_event(
    installation: Installation, subscription: str, event: Json, channel: Channel | None
) -> Delivery | None:
    """Sends an event if the app subscribed to it and may see it; None when it does not go out."""
    manifest = installation.manifest
    if subscription not in manifest.events:
        return None
    needed = EVENT_SCOPES.get(subscription, ())
    if needed and not manifest.scopes.intersection(needed):
        installation.workspace.note("event_withheld", subscription=subscription, needed=list(needed))
        return None
    return installation.dispatcher.send("events_api", _wrap(installation, event, channel))


def _wrap(installation: Installation, event: Json, channel: Channel | None) -> Json:
    workspace = installation.workspace
    event_id = workspace.ids.next("Ev")
    authorization = {
        "enterprise_id": None,
        "team_id": workspace.team_id,
        "user_id": workspace.bot_user_id,
        "is_bot": True,
        "is_enterprise_install": False,
    }
    return {
        "token": "unused",
        "team_id": workspace.team_id,
        "context_team_id": workspace.team_id,
        "context_enterprise_id": None,
        "api_app_id": workspace.app_id,
        "event": event,
        "type": "event_callback",
        "event_id": event_id,
        "event_time": int(workspace.clock.time()),
        "authorizations": [authorization],
        "is_ext_shared_channel": channel is not None and channel.is_shared,
        "event_context": f"4-{event_id}",
    }
