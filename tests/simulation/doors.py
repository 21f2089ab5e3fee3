"""The three doors of a replica, without sockets: real clients above, real stand-ins and the real server below."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from types import TracebackType
from typing import Any, Self

import aiohttp
from multidict import CIMultiDict
from redis.exceptions import ConnectionError as RedisConnectionError
from yarl import URL

from rehearsal.portal import PortalSandbox
from rehearsal.portal.answers import token_refused
from rehearsal.portal.server import Received, answered, portal_path
from rehearsal.slack import SlackSandbox
from rehearsal.slack.responses import response_url_used
from tests.simulation.network import (
    BROKEN,
    BUSY,
    LEDGER,
    PORTAL,
    SLACK,
    STALE,
    Lost,
    Network,
    NeverSent,
    here,
)
from tests.simulation.server import Command, Server

PORTAL_AT, SLACK_AT = "http://127.0.0.1:1", "http://127.0.0.1:2"
"""Nobody listens there; the addresses only tell the two apart."""
DECISION = "decision"
"""How the network calls a write that decides; `LOOK`: the question about one request, which follows it."""
LOOK = "GET ApprovalRequestGetById"
_JSON = "application/json"
_LONGEST_S = 10.0
"""As the bot's own client waits for Slack."""


@dataclass(frozen=True)
class _Answer:
    """An HTTP answer as the clients read it."""

    status: int
    body: str
    headers: Mapping[str, str] = field(default_factory=dict)
    content_type: str = _JSON

    async def text(self) -> str:
        return self.body

    async def json(self) -> Any:
        return json.loads(self.body)

    @property
    def content(self) -> _Answer:
        return self

    async def iter_any(self) -> Any:
        yield self.body.encode()


@dataclass
class _Exchange:
    """`async with session.request(...) as answer`."""

    ask: Callable[[], Any]
    limit_s: float

    async def __aenter__(self) -> _Answer:
        try:
            async with asyncio.timeout(self.limit_s):
                answer: _Answer = await self.ask()
                return answer
        except Lost as error:
            raise aiohttp.ServerDisconnectedError from error
        except NeverSent as error:
            raise aiohttp.ConnectionTimeoutError from error

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Nothing is open."""


@dataclass(frozen=True)
class SentWrite:
    """A decision as a replica let it go, which is before the portal has it."""

    at_s: float
    replica: str
    body: str


@dataclass
class PortalWire:
    """In the place of `aiohttp.ClientSession`, to the stand-in portal."""

    network: Network
    portal: PortalSandbox
    is_decision: Callable[[str], bool]
    sent: list[SentWrite]
    shown: dict[tuple[str, str, str], _Answer] = field(default_factory=dict)
    """What each question was answered last."""
    closed: bool = False

    def request(self, method: str, url: URL, **given: Any) -> _Exchange:
        """One call."""
        query = {name.casefold(): str(value) for name, value in (given.get("params") or {}).items()}
        raw = given.get("data") or b""
        headers = CIMultiDict(given.get("headers") or {})
        received = Received(method, portal_path(url.path), query, headers, raw, _JSON)

        def act(way: str) -> _Answer:
            match way:
                case "429":
                    return _Answer(429, "", {"Retry-After": "1"})
                case "5xx":
                    return _Answer(500, "")
                case "token revoked":
                    refused = token_refused(440).answer()
                    return _Answer(refused.status, refused.payload)
            question = (received.action, str(sorted(query.items())), str(raw))
            if way == STALE and question in self.shown:
                return self.shown[question]
            told = answered(self.portal.state, received)
            answer = _Answer(told.status, told.payload, told.headers)
            if answer.status == 200:
                self.shown[question] = answer
            return answer

        async def ask() -> _Answer:
            if not self.is_decision(received.action):
                return await self.network.carry(PORTAL, f"{method} {received.action}", act)
            self.sent.append(SentWrite(self.network.loop.time(), here(), raw.decode()))
            return await self.network.carry(PORTAL, f"{DECISION} {received.action}", act)

        return _Exchange(ask, given["timeout"].total)


@dataclass
class SlackWire:
    """In the place of `aiohttp.ClientSession`, to the stand-in Slack."""

    network: Network
    slack: SlackSandbox
    said: Callable[[str, str], None]
    """Hears what is said to the presser of one press, by the path that was given with it."""
    closed: bool = False

    def request(self, _method: str, url: str, **given: Any) -> _Exchange:
        """One call of the Web API."""
        name = str(url).rsplit("/", 1)[-1]
        sent = given.get("json") or given.get("data") or given.get("params") or {}
        args = json.loads(json.dumps(dict(sent)))
        token = str((given.get("headers") or {}).get("Authorization", "")).removeprefix("Bearer ")

        def act(way: str) -> _Answer:
            if way == BUSY:
                return _Answer(429, '{"ok":false,"error":"ratelimited"}', {"Retry-After": "2"})
            if way == BROKEN:
                return _Answer(500, '{"ok":false,"error":"internal_error"}')
            status, body, headers = self.slack.api.answered(name, dict(args), token)
            return _Answer(status, json.dumps(body), headers)

        return _Exchange(lambda: self.network.carry(SLACK, name, act), _LONGEST_S)

    def post(self, url: str, **given: Any) -> _Exchange:
        """One use of a response URL."""
        text = json.dumps(given.get("json"))

        def act(way: str) -> _Answer:
            if way in (BUSY, BROKEN):
                return _Answer(429 if way == BUSY else 500, "", {"Retry-After": "2"})
            status, said = response_url_used(self.slack.installation, URL(url).path, text)
            if status == 200:
                self.said(URL(url).path, text)
            return _Answer(status, said)

        return _Exchange(lambda: self.network.carry(SLACK, "response_url", act), _LONGEST_S)


@dataclass
class LedgerWire:
    """In the place of the client library's `Redis`: what the bot's `Connection` asks of it."""

    network: Network
    server: Server
    named: Mapping[str, str]
    """Scripts by their digests."""
    observe: Callable[[str], None]
    """Looks at the record after each script; is told whose it was."""
    before: Callable[[str], None]
    """Hears who is about to record an attempt."""
    is_apart: Callable[[], bool]
    """Whether the server's replica hears nothing of it, so that a failover would lose what is done now."""

    @property
    def connection_pool(self) -> LedgerWire:
        """There is none."""
        return self

    async def disconnect(self, **_: Any) -> None:
        """Nothing is open."""

    async def aclose(self) -> None:
        """Nothing is open."""

    async def execute_command(self, *command: Any) -> Any:
        """One command. Raises the server's refusal."""
        [answer] = await self.ask([command])
        if isinstance(answer, Exception):
            raise answer
        return answer

    def pipeline(self, *, transaction: bool) -> _Pipeline:
        """Several commands in one round trip."""
        assert not transaction
        return _Pipeline(self)

    async def ask(self, commands: Sequence[Command]) -> list[Any]:
        """One round trip."""
        what = ",".join(
            self.named.get(command[1], "?") if command[0] == "EVALSHA" else command[0] for command in commands
        )
        for command in commands if "claim_effects" in what else ():
            self.network.met["drawn once more"] += sum(
                _is_drawn(str(word)) and str(lane) == _ONCE_MORE for word, lane in pairwise(command)
            )
        if "commit" in what and any("decision_attempted" in str(word) for c in commands for word in c):
            self.before(here())
        waits = commands[-1][0] == "WAIT"
        asked = commands[:-1] if waits else commands

        def act(_way: str) -> list[Any]:
            answers = self.server.run(asked)
            return [*answers, 0 if self.is_apart() else 1] if waits else answers

        scripts, asker = any(command[0] == "EVALSHA" for command in commands), here()
        try:
            return await self.network.carry(
                LEDGER, what, act, (lambda: self.observe(asker)) if scripts else None
            )
        except Lost as error:
            raise RedisConnectionError("Connection closed by server.") from error
        except NeverSent as error:
            raise RedisConnectionError("refused") from ConnectionRefusedError(str(error))


_ONCE_MORE = "4"
"""The lane of what is drawn once more."""


def _is_drawn(effect_id: str) -> bool:
    return effect_id.startswith(("card:", "calls:", "home:", "mode:", "digest:"))


@dataclass
class _Pipeline:
    wire: LedgerWire
    commands: list[Command] = field(default_factory=list)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Nothing is open."""

    def execute_command(self, *command: Any) -> None:
        self.commands.append(command)

    async def execute(self, *, raise_on_error: bool) -> list[Any]:
        assert not raise_on_error
        return await self.wire.ask(self.commands) if self.commands else []
