"""What can go wrong towards Slack, split by what the caller can do.

ChatError
├── LeaseOver         nothing was called: it was to be done on a lease, and that is over
├── ChatBusy          wait `retry_after_s`, then send the same again; all replicas wait
├── ChatUnreachable   no answer; `maybe_done` says whether Slack may have done it all the same
└── ChatRefused       Slack said no, by its own error name; the same call would be refused again
    ├── TokenRefused  the token is not (or no longer) good: nothing can be said until it is mended
    ├── NotUnderstood Slack said yes, without the name of what it made; it may stand there all the same
    ├── ChannelGone   the channel is archived, closed to the bot, renamed away, or the bot was removed from it
    └── MessageGone   the message to change or to answer does not exist any more
"""

from __future__ import annotations

TOKEN_ERRORS = frozenset(
    {"invalid_auth", "not_authed", "token_revoked", "token_expired", "account_inactive", "missing_scope"}
)
CHANNEL_ERRORS = frozenset(
    {
        "access_denied",
        "cannot_post_to_channel",
        "channel_not_found",
        "channel_type_not_supported",
        "ekm_access_denied",
        "external_channel_migrating",
        "invalid_channel",
        "is_archived",
        "is_inactive",
        "messages_tab_disabled",
        "method_not_supported_for_channel_type",
        "no_permission",
        "not_in_channel",
        "posting_to_channel_denied",
        "posting_to_general_channel_denied",
        "restricted_action",
        "restricted_action_non_threadable_channel",
        "restricted_action_read_only_channel",
        "restricted_action_thread_locked",
        "restricted_action_thread_only_channel",
        "team_access_not_granted",
        "team_not_found",
    }
)
"""What Slack's reference names for posting and updating that concerns the place, whatever the message says."""
MESSAGE_ERRORS = frozenset(
    {
        "message_not_found",
        "thread_not_found",
        "cant_update_message",
        "edit_window_closed",
        "cannot_reply_to_message",
    }
)


class ChatError(Exception):
    """A call to Slack that did not do what was asked."""


class LeaseOver(ChatError):
    """This process stood still meanwhile: another one does it, or has done it."""


class ChatBusy(ChatError):
    """Slack asks to wait (HTTP 429)."""

    def __init__(self, method: str, retry_after_s: float, channel_id: str = "") -> None:
        super().__init__(f"Slack asks to wait {retry_after_s:g} s before the next {method}")
        self.method = method
        self.channel_id = channel_id
        self.retry_after_s = retry_after_s


class ChatUnreachable(ChatError):
    """No usable answer: no connection, a time-out, or a fault at Slack."""

    def __init__(self, method: str, why: str, *, maybe_done: bool) -> None:
        super().__init__(f"Slack did not answer {method}: {why}")
        self.method = method
        self.why = why
        self.maybe_done = maybe_done


class ChatRefused(ChatError):
    """Slack said no."""

    def __init__(self, method: str, error: str) -> None:
        super().__init__(f"Slack refused {method}: {error}")
        self.method = method
        self.error = error


class TokenRefused(ChatRefused):
    """Our token or its scopes are not good enough."""


class NotUnderstood(ChatRefused):
    """A yes without what it has to name. It is no usable answer, and nothing that soon passes: it counts as a no."""

    def __init__(self, method: str, unnamed: str) -> None:
        Exception.__init__(self, f"Slack's yes to {method} is not understood: it names no {unnamed}")
        self.method = method
        self.error = f"a yes without {unnamed}"


class ChannelGone(ChatRefused):
    """The channel cannot be posted to."""


class MessageGone(ChatRefused):
    """The message is not there, or cannot be changed any more."""


def refusal(method: str, error: str) -> ChatRefused:
    """The fitting error for Slack's error name."""
    if error in TOKEN_ERRORS:
        return TokenRefused(method, error)
    if error in CHANNEL_ERRORS:
        return ChannelGone(method, error)
    if error in MESSAGE_ERRORS:
        return MessageGone(method, error)
    return ChatRefused(method, error)
