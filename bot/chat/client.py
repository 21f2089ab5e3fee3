"""The one way to Slack's Web API: a shared connection pool, a time limit, and errors split by what can be done.

Nothing is retried here. A post whose answer was lost may have been done; the caller decides what that means.

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

from collections.abc import Callable, Mapping
from copy import copy
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import aiohttp
from slack_sdk.errors import SlackApiError, SlackRequestError
from slack_sdk.web.async_client import AsyncWebClient

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


SLACK_API = "https://slack.com/api/"
TIMEOUT_S = 10.0
"""Our choice: a modal's trigger lives 3 s, a queue must not hang on one call, and Slack mostly answers in 0.3 s."""
FALLBACK_WAIT_S = 10.0
"""Waited after a 429 that names no readable time (our choice)."""
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
_FORM_METHODS = ("users.", "usergroups.", "conversations.", "auth.", "chat.getPermalink")
"""Methods that take a form rather than JSON; in the body, so that proxies do not log the arguments."""


@dataclass(frozen=True, slots=True)
class Reply:
    """Slack's yes."""

    method: str
    body: Mapping[str, Any]
    headers: Mapping[str, str]

    def named(self, *path: str) -> str:
        """What the yes has to name for us to go on, such as a message's `ts`. NotUnderstood where it does not."""
        held: Any = self.body
        for name in path:
            held = held.get(name) if isinstance(held, Mapping) else None
        if not isinstance(held, str) or not held:
            raise NotUnderstood(self.method, ".".join(path))
        return held


class SlackClient:
    """Calls Slack's methods. `web` may be handed to Bolt, which then shares the connections."""

    def __init__(self, token: str, session: aiohttp.ClientSession, base_url: str = SLACK_API) -> None:
        self.session = session
        self.is_over: Callable[[], bool] = lambda: False
        """Of a lease on which everything is called; asked before each call."""
        self.web = AsyncWebClient(token=token, base_url=base_url, session=session, retry_handlers=[])
        if urlsplit(base_url).hostname in _LOOPBACK:
            # The SDK takes HTTPS_PROXY for every address; a rehearsal on this machine must not leave it.
            self.web.proxy = None

    @classmethod
    def connect(cls, token: str, base_url: str = SLACK_API, timeout_s: float = TIMEOUT_S) -> SlackClient:
        """A client with a pool of its own; call it inside the running loop and close it at the end."""
        timeout = aiohttp.ClientTimeout(total=timeout_s, sock_connect=min(timeout_s, 5.0))
        session = aiohttp.ClientSession(timeout=timeout, trace_configs=[_no_redirects()])
        return cls(token, session, base_url)

    def lent(self, is_over: Callable[[], bool]) -> SlackClient:
        """The same for what is done on a lease: asked before each call, once it is over nothing more is called."""
        client = copy(self)
        client.is_over = is_over
        return client

    def _still_ours(self, method: str) -> None:
        if self.is_over():
            raise LeaseOver(f"{method}: its lease was over before it was called")

    async def close(self) -> None:
        """Closes the connections."""
        await self.session.close()

    async def call(self, method: str, **arguments: Any) -> Reply:
        """One call, once. Raises a ChatError; arguments that are None are left out."""
        given = {name: value for name, value in arguments.items() if value is not None}
        body = {"data": _form(given)} if method.startswith(_FORM_METHODS) else {"json": given}
        self._still_ours(method)
        try:
            answer = await self.web.api_call(method, **body)
        except SlackApiError as error:
            raise _from_answer(method, error.response, str(given.get("channel", ""))) from error
        except (aiohttp.ClientError, TimeoutError, SlackRequestError, OSError) as error:
            raise _from_connection(method, error) from error
        return Reply(method, dict(answer.data) if isinstance(answer.data, dict) else {}, dict(answer.headers))

    async def respond(self, response_url: str, payload: Mapping[str, Any]) -> None:
        """Posts to a `response_url`. Slack's SDK does not raise when that fails; this does.

        ChatRefused when the address is used up, over its time or not Slack's: the caller takes another way.
        """
        if _is_foreign(response_url, self.web.base_url):
            raise ChatRefused("response_url", "the address is not Slack's; nothing was sent there")
        self._still_ours("response_url")
        try:
            async with self.session.post(response_url, json=dict(payload), proxy=self.web.proxy) as answer:
                text = await answer.text()
                status, headers = answer.status, dict(answer.headers)
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            raise _from_connection("response_url", error) from error
        if status == 429:
            raise ChatBusy("response_url", _wait_s(headers))
        if status >= 500:
            raise ChatUnreachable("response_url", f"HTTP {status}", maybe_done=True)
        if status != 200 or _says_no(text):
            raise ChatRefused("response_url", f"HTTP {status} {text[:80]}".strip())


def _is_foreign(url: str, base_url: str) -> bool:
    """Whether an address is somebody else's than Slack's. A rehearsal's Slack on this machine answers on this machine.

    What is no address at all is not foreign: it cannot be posted to.
    """
    try:
        parts, ours = urlsplit(url), urlsplit(base_url).hostname or ""
        host, port = parts.hostname, parts.port
    except ValueError:
        return True
    if not host:
        return False
    if ours in _LOOPBACK:
        return host not in _LOOPBACK
    own = {"hooks.slack.com", f"hooks.{ours.removeprefix('www.')}"}
    return not (parts.scheme == "https" and host in own and port in (None, 443) and parts.username is None)


def _no_redirects() -> aiohttp.TraceConfig:
    """Slack's API never sends elsewhere; what does would be given the message, and on the same host the token."""

    async def refuse(_session: Any, _context: Any, redirect: aiohttp.TraceRequestRedirectParams) -> None:
        redirect.response.close()
        raise aiohttp.ClientError(f"it redirects ({redirect.response.status}), which is not followed")

    config = aiohttp.TraceConfig()
    config.on_request_redirect.append(refuse)
    return config


def _says_no(text: str) -> bool:
    """Whether a 200 carries an error after all."""
    return '"ok":false' in text.replace(" ", "")


def _form(arguments: Mapping[str, Any]) -> dict[str, str]:
    """Arguments as form fields."""
    return {
        name: str(value).lower() if isinstance(value, bool) else str(value)
        for name, value in arguments.items()
    }


def _from_answer(method: str, answer: Any, channel_id: str) -> ChatError:
    """The error of an answer: a wait, a fault at Slack, or a no with its name."""
    status = int(getattr(answer, "status_code", 0) or getattr(answer, "status", 0) or 0)
    if status == 429:
        return ChatBusy(method, _wait_s(answer.headers), channel_id)
    body = getattr(answer, "data", None)
    error = str(body.get("error", "")) if isinstance(body, Mapping) else ""
    if status >= 500 or not error or error in ("internal_error", "fatal_error", "service_unavailable"):
        return ChatUnreachable(method, error or f"HTTP {status}", maybe_done=True)
    if error in ("ratelimited", "rate_limited"):
        return ChatBusy(method, _wait_s(answer.headers), channel_id)
    return refusal(method, error)


def _from_connection(method: str, error: BaseException) -> ChatUnreachable:
    """A connection that was never made did nothing; anything later may have."""
    never_sent = isinstance(error, aiohttp.ClientConnectorError | aiohttp.InvalidURL | ValueError)
    return ChatUnreachable(method, f"{type(error).__name__}: {error}".rstrip(": "), maybe_done=not never_sent)


def _wait_s(headers: Mapping[str, str]) -> float:
    """`Retry-After` in seconds; a missing or unreadable one means our own fallback."""
    named = next((value for name, value in headers.items() if name.lower() == "retry-after"), "")
    try:
        wait_s = float(named)
    except ValueError:
        return FALLBACK_WAIT_S
    return wait_s if 0 < wait_s < 86_400 else FALLBACK_WAIT_S
