"""Whoever is called outside of Slack, on loopback: an HTTP receiver, and a mail server."""

from __future__ import annotations

import asyncio
import json
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiohttp import web
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from tests.loopback import on_loopback


@dataclass
class Call:
    """One request, as it came."""

    path: str
    headers: dict[str, str]
    text: str

    @property
    def body(self) -> dict[str, Any]:
        """Its JSON."""
        found: dict[str, Any] = json.loads(self.text)
        return found


@dataclass
class Receiver:
    """What came, and how it is answered."""

    url: str = ""
    status: int = 202
    hangs: bool = False
    calls: list[Call] = field(default_factory=list)
    freed: asyncio.Event = field(default_factory=asyncio.Event)

    async def take(self, request: web.Request) -> web.Response:
        """One call; a 300 leads away from here."""
        self.calls.append(Call(request.path_qs, dict(request.headers), await request.text()))
        if self.hangs:
            await self.freed.wait()
        return web.Response(status=self.status, headers={"Location": f"{self.url}/elsewhere"})


@asynccontextmanager
async def receiving() -> AsyncIterator[Receiver]:
    """A receiver of any path."""
    receiver = Receiver()
    app = web.Application()
    app.router.add_post("/{path:.*}", receiver.take)
    async with on_loopback(app) as receiver.url:
        try:
            yield receiver
        finally:
            receiver.freed.set()


@dataclass
class MailServer:
    """A mail server that keeps what it takes."""

    port: int = 0
    mails: list[tuple[list[str], EmailMessage]] = field(default_factory=list)
    answer: str = "250 taken"
    refuses: dict[str, str] = field(default_factory=dict)
    """Receivers it refuses, with its words."""
    signed_in: list[str] = field(default_factory=list)

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's names
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        """Whether this receiver is known."""
        if address in self.refuses:
            return self.refuses[address]
        envelope.rcpt_tos.append(address)
        return "250 known"

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        """One message."""
        content = envelope.content
        assert isinstance(content, bytes)
        told = message_from_bytes(content, policy=policy.default)
        assert isinstance(told, EmailMessage)
        if self.answer.startswith("250"):
            self.mails.append((list(envelope.rcpt_tos), told))
        return self.answer

    def sign_in(self, _server: Any, _session: Any, _envelope: Any, _mechanism: str, data: Any) -> AuthResult:
        """Whoever knows the password."""
        assert isinstance(data, LoginPassword)
        self.signed_in.append(data.login.decode())
        return AuthResult(success=data.password == b"the password")


@asynccontextmanager
async def mail_server(
    context: ssl.SSLContext | None = None, *, asks_who: bool = False
) -> AsyncIterator[MailServer]:
    """It runs in our own loop. `context`: it speaks TLS once it is asked to (STARTTLS)."""
    place = MailServer()

    def made() -> SMTP:
        secured: dict[str, Any] = {"tls_context": context, "require_starttls": True} if context else {}
        asked: dict[str, Any] = {"authenticator": place.sign_in, "auth_required": True} if asks_who else {}
        return SMTP(place, hostname="mail.example", **secured, **asked)

    server = await asyncio.get_running_loop().create_server(made, "127.0.0.1", 0)
    place.port = server.sockets[0].getsockname()[1]
    try:
        yield place
    finally:
        server.close()
        await server.wait_closed()
