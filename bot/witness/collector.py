"""Where every event goes: a collector by syslog, or one that takes batches of JSON lines over HTTP.

Any answer of the 200s is the receipt. What it answers otherwise tells two things apart: that it takes nothing now (the
same batch comes again), and that it does not take these lines (400, 413, 415, 422), which no repetition mends.
"""

from __future__ import annotations

import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Literal, Protocol

import aiohttp
from pydantic import SecretStr

from bot.models import signed_headers
from bot.witness.folder import NotDelivered, NotTaken
from bot.witness.syslog import line_message, send

_LIMIT_S = 10.0
"""How long an answer is waited for (our choice)."""
_NOT_THESE = frozenset({400, 413, 415, 422})
"""The request itself is what is wrong. 401, 403, 404 and 405 are about the set-up and are mended there."""
_LONGEST_S = 300.0
"""A collector that asks for more patience is asked again all the same (our choice)."""
Auth = Literal["bearer", "hmac"]


@dataclass(frozen=True, slots=True)
class Line:
    """One event on its way."""

    number: int
    at_ms: int
    text: str
    """A line of JSON, in ASCII and without a line end."""


class Collector(Protocol):
    """Takes events."""

    async def take(self, lines: Sequence[Line], now: datetime) -> None:
        """Hand these over; returns with the receipt. Raises NotDelivered, or NotTaken about these very lines."""


@dataclass(frozen=True, slots=True)
class SyslogCollector:
    """One message an event, under the event's own time."""

    address: str
    ca_file: Path | None = None

    async def take(self, lines: Sequence[Line], _now: datetime) -> None:
        """Without a receipt: what the network took counts."""
        await send(self.address, self.ca_file, [_message(line) for line in lines])


def _message(line: Line) -> bytes:
    return line_message("event", line.text, datetime.fromtimestamp(line.at_ms / 1000, UTC))


@dataclass(frozen=True, slots=True)
class HttpCollector:
    """One POST a batch, one event a line."""

    url: str
    auth: Auth
    secret: SecretStr
    session: aiohttp.ClientSession
    ca_file: Path | None = None

    async def take(self, lines: Sequence[Line], now: datetime) -> None:
        """Any answer of the 200s is the receipt; a redirect is none and is not followed."""
        body = "".join(f"{line.text}\n" for line in lines)
        headers = {"Content-Type": "application/x-ndjson", **self._proof(body, now)}
        limit = aiohttp.ClientTimeout(total=_LIMIT_S)
        try:
            context = _context(self.ca_file, self.ca_file.stat().st_mtime_ns) if self.ca_file else True
            async with self.session.post(
                self.url,
                data=body.encode(),
                headers=headers,
                timeout=limit,
                allow_redirects=False,
                ssl=context,
            ) as answer:
                _judge(answer.status, answer.headers.get("Retry-After", ""))
        except TimeoutError:
            raise NotDelivered(f"it does not answer within {_LIMIT_S:g} s") from None
        except (aiohttp.ClientError, OSError) as error:
            raise NotDelivered(f"it cannot be reached ({type(error).__name__})") from None

    def _proof(self, body: str, now: datetime) -> dict[str, str]:
        """That it is from here: a token, or a signature over the time and the body as a delivery of seals has one."""
        secret = self.secret.get_secret_value()
        if self.auth == "bearer":
            return {"Authorization": f"Bearer {secret}"}
        return signed_headers(secret, body, now)


@lru_cache(maxsize=1)
def _context(ca_file: Path, _changed_ns: int) -> ssl.SSLContext:
    """Whom the collector's certificate is judged by; read again when the file was changed, and not for each batch."""
    return ssl.create_default_context(cafile=ca_file)


def _judge(status: int, again: str) -> None:
    if status in _NOT_THESE:
        raise NotTaken(f"it answers {status}")
    if not 200 <= status < 300:
        wait_s = min(float(again), _LONGEST_S) if again.isascii() and again.isdigit() else 0.0
        raise NotDelivered(f"it answers {status}", wait_s)
