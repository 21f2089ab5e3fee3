"""The second place as a syslog collector: each seal is one message of RFC 5424, whose text is the seal as JSON.

Over TCP and TLS messages are counted in octets (RFC 6587, RFC 5425) and the connection ends with each delivery, so that
one that is cut shows. Syslog knows no receipt: what the collector's machine took counts as delivered, and over UDP what
was sent. Whoever needs a receipt takes the webhook (bot/witness/second_place.py).
"""

from __future__ import annotations

import asyncio
import os
import re
import socket
import ssl
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

from bot.audit import Seal
from bot.models import canonical
from bot.witness.folder import NotDelivered

_LIMIT_S = 10.0
"""How long connecting and sending may take (our choice, as for the webhook)."""
_CLOSE_S = 1.0
"""How long the other side's end is waited for: a reset tells that it was not taken."""
_PRIORITY = 13 * 8 + 5
"""Facility 13, "log audit"; severity 5, "normal but significant" (RFC 5424, 6.2.1)."""
_PORTS = {"syslog+udp": 514, "syslog+tcp": 601, "syslog+tls": 6514}
"""RFC 5426, RFC 6587 and RFC 5425."""
_NOT_IN_A_NAME = re.compile(r"[^!-~]")


@dataclass(frozen=True, slots=True)
class SyslogPlace:
    """A collector. `address` is `syslog+tls://host[:port]`, or the same with tcp or udp."""

    address: str
    ca_file: Path | None = None
    """Who vouches for the collector's certificate; None: whoever this machine trusts."""

    async def deliver(self, seals: Sequence[Seal], now: datetime) -> None:
        """Hand these seals over. Raises NotDelivered."""
        parts = urlsplit(self.address)
        host, port = parts.hostname or "", parts.port or _PORTS[parts.scheme]
        messages = [message(seal, now) for seal in seals]
        try:
            async with asyncio.timeout(_LIMIT_S):
                if parts.scheme == "syslog+udp":
                    await _datagrams(host, port, messages)
                else:
                    await self._stream(host, port, messages, secure=parts.scheme == "syslog+tls")
        except TimeoutError:
            raise NotDelivered(f"it takes nothing within {_LIMIT_S:g} s") from None
        except ssl.SSLCertVerificationError as error:
            raise NotDelivered(f"its certificate is not good ({error.verify_message})") from None
        except OSError as error:
            raise NotDelivered(f"it cannot be reached ({error.strerror or error})") from None

    async def _stream(self, host: str, port: int, messages: Sequence[bytes], *, secure: bool) -> None:
        context = ssl.create_default_context(cafile=self.ca_file) if secure else None
        reader, writer = await asyncio.open_connection(
            host, port, ssl=context, ssl_shutdown_timeout=_CLOSE_S if secure else None
        )
        try:
            for each in messages:
                writer.write(b"%d %b" % (len(each), each))
            await writer.drain()
            if writer.can_write_eof():
                writer.write_eof()
            await _its_end(reader)
        finally:
            writer.close()
            with suppress(TimeoutError):  # The other side says no goodbye; it has everything all the same.
                await writer.wait_closed()


async def _its_end(reader: asyncio.StreamReader) -> None:
    """Wait for the collector to close, for a moment: some keep half a connection open. A reset is raised."""
    try:
        async with asyncio.timeout(_CLOSE_S):
            await reader.read(1)
    except TimeoutError:
        return


async def _datagrams(host: str, port: int, messages: Sequence[bytes]) -> None:
    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_datagram_endpoint(asyncio.DatagramProtocol, remote_addr=(host, port))
    try:
        for each in messages:
            transport.sendto(each)
    finally:
        transport.close()


def message(seal: Seal, now: datetime) -> bytes:
    """One seal as a syslog message. Its text is ASCII and holds no line end, so that a file keeps one a line."""
    stamp = now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3]
    name = _NOT_IN_A_NAME.sub("", socket.gethostname())[:255] or "-"
    text = canonical({"type": "seal", **asdict(seal)})
    return f"<{_PRIORITY}>1 {stamp}Z {name} gatehouse {os.getpid()} seal - {text}".encode("ascii")
