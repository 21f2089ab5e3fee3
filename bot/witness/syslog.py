"""Syslog (RFC 5424): how seals and events go to a collector, each as one message whose text is a line of JSON.

Over TCP and TLS messages are counted in octets (RFC 6587, RFC 5425) and the connection ends with each delivery, so that
one that is cut shows. Syslog knows no receipt: what the collector's machine took counts as delivered, and over UDP what
was sent. Whoever needs a receipt takes HTTP (bot/witness/second_place.py, bot/witness/collector.py).
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
from bot.witness.folder import NotDelivered, NotTaken

_LIMIT_S = 10.0
"""How long connecting and sending may take (our choice, as for the webhook)."""
_CLOSE_S = 1.0
"""How long the other side's end is waited for: a reset tells that it was not taken."""
_PRIORITY = 13 * 8 + 5
"""Facility 13, "log audit"; severity 5, "normal but significant" (RFC 5424, 6.2.1)."""
_PORTS = {"syslog+udp": 514, "syslog+tcp": 601, "syslog+tls": 6514, "http": 80, "https": 443}
"""RFC 5426, RFC 6587 and RFC 5425."""
_DATAGRAM = 65_000
"""Bytes that one datagram surely holds: 65,507 of IPv4, less what a tunnel may take."""
_NOT_IN_A_NAME = re.compile(r"[^!-~]")


@dataclass(frozen=True, slots=True)
class SyslogPlace:
    """A collector as the second place. `address` is `syslog+tls://host[:port]`, or the same with tcp or udp."""

    address: str
    ca_file: Path | None = None
    """Who vouches for the collector's certificate; None: whoever this machine trusts."""

    async def deliver(self, seals: Sequence[Seal], now: datetime) -> None:
        """Hand these seals over. Raises NotDelivered."""
        await send(self.address, self.ca_file, [message(seal, now) for seal in seals])


async def send(address: str, ca_file: Path | None, messages: Sequence[bytes]) -> None:
    """Hand these messages over. Raises NotDelivered; NotTaken where one is too long for a datagram."""
    scheme = urlsplit(address).scheme
    try:
        async with asyncio.timeout(_LIMIT_S):
            if scheme == "syslog+udp":
                await _datagrams(*_host_of(address), messages)
            else:
                await _stream(address, ca_file, messages)
    except TimeoutError:
        raise NotDelivered(f"it takes nothing within {_LIMIT_S:g} s") from None
    except ssl.SSLCertVerificationError as error:
        raise NotDelivered(f"its certificate is not good ({error.verify_message})") from None
    except OSError as error:
        raise NotDelivered(f"it cannot be reached ({error.strerror or error})") from None


async def reach(address: str, ca_file: Path | None = None) -> None:
    """Whether somebody answers there, with a good certificate; nothing is sent. Raises NotDelivered."""
    if urlsplit(address).scheme == "syslog+udp":
        try:
            await asyncio.get_running_loop().getaddrinfo(*_host_of(address))
        except OSError as error:
            raise NotDelivered(f"it cannot be reached ({error.strerror or error})") from None
        return
    await send(address, ca_file, ())


def _host_of(address: str) -> tuple[str, int]:
    parts = urlsplit(address)
    return parts.hostname or "", parts.port or _PORTS[parts.scheme]


async def _stream(address: str, ca_file: Path | None, messages: Sequence[bytes]) -> None:
    secure = urlsplit(address).scheme in ("syslog+tls", "https")
    context = ssl.create_default_context(cafile=ca_file) if secure else None
    reader, writer = await asyncio.open_connection(
        *_host_of(address), ssl=context, ssl_shutdown_timeout=_CLOSE_S if secure else None
    )
    try:
        for each in messages:
            writer.write(b"%d %b" % (len(each), each))
            # One after the other: a collector that is slow holds one batch up, and no memory fills.
            await writer.drain()
        if messages and writer.can_write_eof():
            writer.write_eof()
        if messages:
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
    if any(len(each) > _DATAGRAM for each in messages):
        raise NotTaken("it is longer than a datagram may be")
    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_datagram_endpoint(asyncio.DatagramProtocol, remote_addr=(host, port))
    try:
        for each in messages:
            transport.sendto(each)
    finally:
        transport.close()


def message(seal: Seal, now: datetime) -> bytes:
    """One seal as a syslog message."""
    return line_message("seal", canonical({"type": "seal", **asdict(seal)}), now)


def line_message(kind: str, text: str, at: datetime) -> bytes:
    """One line of JSON as a syslog message. It is ASCII and holds no line end, so that a file keeps one a line."""
    stamp = at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3]
    name = _NOT_IN_A_NAME.sub("", socket.gethostname())[:255] or "-"
    return f"<{_PRIORITY}>1 {stamp}Z {name} gatehouse {os.getpid()} {kind} - {text}".encode("ascii")
