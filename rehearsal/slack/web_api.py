"""The Web API under `/api/`: tokens, scopes, rate limits, faults, then the method itself."""

import asyncio
import json
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from rehearsal.slack import api_chat, api_conversations, api_people, api_views
from rehearsal.slack.api_call import Call
from rehearsal.slack.errors import Json, SlackError
from rehearsal.slack.faults import API_FAULTS, Fault
from rehearsal.slack.installation import Installation
from rehearsal.slack.rate_limits import POSTS_PER_WORKSPACE_MINUTE, SPECIAL_PER_MINUTE, TIER_PER_MINUTE

# Our choice, as for the feed: what happened lately, so that memory stays flat.
KEPT_CALLS = 2_000
# The errors that speak of what the app wanted to show; all others are about tokens, places and pace.
PAYLOAD_REFUSALS = frozenset(
    {
        "invalid_arguments",
        "invalid_blocks",
        "invalid_blocks_format",
        "metadata_too_large",
        "msg_blocks_too_long",
        "msg_too_long",
        "no_text",
        "too_many_attachments",
        "view_too_large",
    }
)
# How long a silent fault holds the call open: longer than any client waits.
SILENCE_S = 120.0

Handler = Callable[[Call], Json]


@dataclass(frozen=True)
class Method:
    """A method: what answers it, the scopes of which one is needed, and its rate limit."""

    handler: Handler
    scopes: tuple[str, ...]
    per_minute: int
    per_channel: bool = False
    app_level: bool = False


def _tier(tier: int) -> int:
    return TIER_PER_MINUTE[tier]


METHODS: Mapping[str, Method] = {
    "apps.connections.open": Method(api_people.open_connection, (), _tier(3), app_level=True),
    "auth.test": Method(api_people.auth_test, (), SPECIAL_PER_MINUTE),
    "bots.info": Method(api_people.bots_info, ("users:read",), _tier(3)),
    "chat.delete": Method(api_chat.delete, ("chat:write",), _tier(3)),
    "chat.getPermalink": Method(api_chat.get_permalink, (), SPECIAL_PER_MINUTE),
    "chat.postEphemeral": Method(api_chat.post_ephemeral, ("chat:write",), _tier(4)),
    "chat.postMessage": Method(
        api_chat.post_message, ("chat:write",), POSTS_PER_WORKSPACE_MINUTE, per_channel=True
    ),
    "chat.update": Method(api_chat.update, ("chat:write",), _tier(3)),
    "conversations.history": Method(api_conversations.history, (), _tier(3)),
    "conversations.info": Method(api_conversations.info, (), _tier(3)),
    "conversations.join": Method(api_conversations.join, ("channels:join",), _tier(3)),
    "conversations.list": Method(api_conversations.list_channels, (), _tier(2)),
    "conversations.members": Method(api_conversations.members, (), _tier(4)),
    "conversations.open": Method(api_conversations.open_direct_message, ("im:write", "mpim:write"), _tier(3)),
    "conversations.replies": Method(api_conversations.replies, (), _tier(3)),
    "reactions.add": Method(api_chat.add_reaction, ("reactions:write",), _tier(3)),
    "team.info": Method(api_people.team_info, ("team:read",), _tier(3)),
    "usergroups.list": Method(api_people.user_groups_list, ("usergroups:read",), _tier(2)),
    "usergroups.users.list": Method(api_people.user_group_users, ("usergroups:read",), _tier(2)),
    "users.conversations": Method(api_conversations.users_conversations, (), _tier(3)),
    "users.info": Method(api_people.users_info, ("users:read",), _tier(4)),
    "users.list": Method(api_people.users_list, ("users:read",), _tier(2)),
    "users.lookupByEmail": Method(api_people.users_lookup_by_email, ("users:read.email",), _tier(3)),
    "views.open": Method(api_views.open_view, (), _tier(4)),
    "views.publish": Method(api_views.publish_view, (), _tier(4)),
    "views.push": Method(api_views.push_view, (), _tier(4)),
    "views.update": Method(api_views.update_view, (), _tier(4)),
}


@dataclass(frozen=True)
class ApiCall:
    """One call as the log keeps it; never with the token."""

    at: float
    method: str
    args: Mapping[str, Any]
    status: int
    error: str
    answer: Json

    @property
    def ok(self) -> bool:
        """Did the method do what was asked?"""
        return not self.error

    def wire(self) -> Json:
        """The call as JSON for another process."""
        return {
            "at": self.at,
            "method": self.method,
            "args": dict(self.args),
            "status": self.status,
            "ok": self.ok,
            "error": self.error,
            "answer": self.answer,
        }


class WebApi:
    """Answers `/api/{method}` and logs every call."""

    def __init__(self, installation: Installation) -> None:
        self._installation = installation
        self._workspace = installation.workspace
        self._closing = asyncio.Event()
        self.revoked = False
        self.calls: deque[ApiCall] = deque(maxlen=KEPT_CALLS)

    def stop_silences(self) -> None:
        """Lets the calls go that a silent fault holds."""
        self._closing.set()

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """The route of all methods."""
        name = request.match_info["method"]
        args = await _read_arguments(request)
        token = _token(request, args)
        fault = self._installation.faults.take(API_FAULTS, name)
        if fault and fault.kind == "slow":
            await asyncio.sleep(fault.seconds)
        if fault and fault.kind == "silent_before":
            return await self._stay_silent(request, name, args)
        status, body, headers = self.answered(name, args, token, fault)
        if fault and fault.kind == "silent_after":
            return await self._stay_silent(request, name, None)
        if fault and fault.kind == "unnamed":
            body = {key: value for key, value in body.items() if key != fault.name}
        return web.json_response(body, status=status, headers=headers)

    def answered(
        self, name: str, args: Json, token: str, fault: Fault | None = None
    ) -> tuple[int, Json, dict[str, str]]:
        """One call, done and logged: its status, body and headers. A wire without sockets needs no more."""
        status, body, retry_after_s = self._outcome(name, args, token, fault)
        self._log(name, args, status, body)
        headers = self._scope_header(token)
        if name in METHODS:
            headers["x-accepted-oauth-scopes"] = ",".join(METHODS[name].scopes)
        if retry_after_s:
            headers["Retry-After"] = str(retry_after_s)
        return status, body, headers

    def _scope_header(self, token: str) -> dict[str, str]:
        """The scopes of a token that we issued; nothing for any other."""
        kind = self._installation.tokens.get(token)
        if kind is None:
            return {}
        scopes = sorted(self._installation.manifest.scopes) if kind == "bot" else ["connections:write"]
        return {"x-oauth-scopes": ",".join(scopes)}

    def _outcome(self, name: str, args: Json, token: str, fault: Fault | None) -> tuple[int, Json, int]:
        try:
            if fault and fault.kind == "server_error":
                return 500, {"ok": False, "error": "internal_error"}, 0
            return 200, self._perform(name, args, token, fault), 0
        except SlackError as refusal:
            return refusal.status, refusal.body(), refusal.retry_after_s

    def _perform(self, name: str, args: Json, token: str, fault: Fault | None) -> Json:
        method = METHODS.get(name)
        if method is None:
            raise SlackError("unknown_method", req_method=name)
        self._check_token(token, method)
        if fault and fault.kind == "rate_limit":
            raise SlackError("ratelimited", status=429, retry_after_s=max(1, int(fault.seconds)))
        if fault and fault.kind == "error":
            raise SlackError(fault.name)
        self._check_rate(name, method, args)
        call = Call(name, args, self._installation, [])
        if method.scopes:
            call.need_scope(*method.scopes)
        body = {"ok": True, **method.handler(call)}
        if call.warnings:
            body["response_metadata"] = {**body.get("response_metadata", {}), "warnings": call.warnings}
        return body

    def _check_token(self, token: str, method: Method) -> None:
        if not token:
            raise SlackError("not_authed")
        kind = self._installation.tokens.get(token)
        if kind is None:
            raise SlackError("invalid_auth")
        if self.revoked:
            raise SlackError("token_revoked")
        if (kind == "app") is not method.app_level:
            raise SlackError("not_allowed_token_type")

    def _check_rate(self, name: str, method: Method, args: Json) -> None:
        channel = self._paced_channel(args) if method.per_channel else ""
        wait_s = self._installation.limits.retry_after_s(name, method.per_minute, channel)
        if wait_s:
            raise SlackError("ratelimited", status=429, retry_after_s=wait_s)

    def _paced_channel(self, args: Json) -> str:
        """The channel that a call counts for, whether it is named by its id or by its name."""
        wanted = str(args.get("channel", ""))
        found = self._workspace.find_channel(wanted)
        return found.id if found else wanted

    async def _stay_silent(self, request: web.Request, name: str, args: Json | None) -> web.StreamResponse:
        """Never answers; when the stand-in stops or the time is over, the connection breaks."""
        if args is not None:
            self._log(name, args, 0, {"ok": False, "error": "no_answer"})
        try:
            async with asyncio.timeout(SILENCE_S):
                await self._closing.wait()
        except TimeoutError:
            self._workspace.note("silence_over", method=name)
        if request.transport is not None:
            request.transport.abort()
        return web.Response(status=503)

    def _log(self, name: str, args: Json, status: int, body: Json) -> None:
        error = "" if body["ok"] else str(body["error"])
        call = ApiCall(self._workspace.clock.time(), name, args, status, error, body)
        self.calls.append(call)
        self._workspace.note("api_call", method=name, status=status, error=error)
        if error in PAYLOAD_REFUSALS:
            self._note_refusal(name, args, body)

    def _note_refusal(self, name: str, args: Json, body: Json) -> None:
        """Tells a page what Slack would not have shown, and where it would have appeared."""
        found = self._workspace.find_channel(str(args.get("channel", "")))
        self._workspace.note(
            "api_refused",
            method=name,
            error=body["error"],
            detail=(body.get("response_metadata") or {}).get("messages", []),
            channel=found.id if found else "",
            user=str(args.get("user") or args.get("user_id") or ""),
        )


async def _read_arguments(request: web.Request) -> Json:
    """Query, form and JSON arguments, merged as Slack does."""
    args: Json = dict(request.query)
    if request.content_type == "application/json":
        try:
            body = json.loads(await request.text() or "{}")
        except ValueError:
            body = {}
        return args | (body if isinstance(body, dict) else {})
    if request.can_read_body:
        form = await request.post()
        args |= {name: value for name, value in form.items() if isinstance(value, str)}
    return args


def _token(request: web.Request, args: Json) -> str:
    """The bearer token, or the `token` argument, which is taken out of what is logged."""
    argument = str(args.pop("token", "") or "")
    header = request.headers.get("Authorization", "")
    return header.removeprefix("Bearer ").strip() if header.startswith("Bearer ") else argument
