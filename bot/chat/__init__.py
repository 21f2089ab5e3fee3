"""Everything that speaks to Slack: the client, the identity guard, the channels and the sender."""

from bot.chat.channels import Alert, ChannelAlert, Channels, NoChannel, RoutingTable, read_channel
from bot.chat.client import (
    SLACK_API,
    ChannelGone,
    ChatBusy,
    ChatError,
    ChatRefused,
    ChatUnreachable,
    MessageGone,
    Reply,
    SlackClient,
    TokenRefused,
)
from bot.chat.identity import Doubt, Known, People, Unidentified, UserGroups
from bot.chat.posting import Dropped, Later, Sent
from bot.chat.sender import Sender, needs_case, pace_key, pace_keys, spacing
from bot.chat.workspace import Fault, Workspace, channel_faults, check_channels, check_workspace

__all__ = [
    "SLACK_API",
    "Alert",
    "ChannelAlert",
    "ChannelGone",
    "Channels",
    "ChatBusy",
    "ChatError",
    "ChatRefused",
    "ChatUnreachable",
    "Doubt",
    "Dropped",
    "Fault",
    "Known",
    "Later",
    "MessageGone",
    "NoChannel",
    "People",
    "Reply",
    "RoutingTable",
    "Sender",
    "Sent",
    "SlackClient",
    "TokenRefused",
    "Unidentified",
    "UserGroups",
    "Workspace",
    "channel_faults",
    "check_channels",
    "check_workspace",
    "needs_case",
    "pace_key",
    "pace_keys",
    "read_channel",
    "spacing",
]
