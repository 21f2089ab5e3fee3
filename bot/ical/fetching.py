"""Fetches a calendar, and has it read by a process that may be ended: a calendar is written by others, and one that
takes for ever to work out must not hold up a tick.

A redirect is no calendar and is not followed: who is called is said where you said. No sentence repeats the address,
which may hold a secret, nor anything that a server answers with.
"""

from __future__ import annotations

import asyncio
import json
import sys
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

import aiohttp
from pydantic import SecretStr, ValidationError

from bot.models.calendars import CalendarCopy

LIMIT_S = 10.0
"""How long a whole answer is waited for (our choice)."""
MOST_BYTES = 2 * 1024 * 1024
"""Bytes of a calendar (our choice): a team's rota of years has a tenth of it."""
WORK_S = 60.0
"""How long it may take to work out (our choice): a team's rota takes a tenth of a second, and a process to start, which
on a busy machine waits for its turn. What it may use of the processor is much less (bot/ical/reading.py)."""
AHEAD = timedelta(days=400)
"""How far ahead it is worked out (our choice): an address that is away for a year still leaves a rota."""


class AddressTrouble(Exception):
    """A calendar could not be had; why, in words that hold no secret."""


@dataclass(frozen=True, slots=True)
class CalendarAddress:
    """Where one rota's calendar is, and the zone of times that name none."""

    url: SecretStr
    zone: str
    session: aiohttp.ClientSession

    @property
    def host(self) -> str:
        """What may be told of the address."""
        return urlsplit(self.url.get_secret_value()).hostname or ""

    async def read(self, now: datetime) -> CalendarCopy:
        """Fetch it and work it out from now on. Raises AddressTrouble."""
        return await worked_out(await self._fetch(), self.zone, now)

    async def _fetch(self) -> bytes:
        # Nothing packed: a few bytes may unpack to more than the memory.
        headers = {"Accept": "text/calendar, */*;q=0.1", "Accept-Encoding": "identity"}
        limit = aiohttp.ClientTimeout(total=LIMIT_S)
        try:
            async with self.session.get(
                self.url.get_secret_value(),
                headers=headers,
                timeout=limit,
                allow_redirects=False,
                auto_decompress=False,
            ) as answer:
                return await _body(answer)
        except TimeoutError:
            raise AddressTrouble(f"it does not answer within {LIMIT_S:g} s") from None
        except (aiohttp.ClientError, ValueError) as error:
            raise AddressTrouble(f"it cannot be reached ({type(error).__name__})") from None


async def _body(answer: aiohttp.ClientResponse) -> bytes:
    if 300 <= answer.status < 400:
        raise AddressTrouble(f"it leads elsewhere ({answer.status}); name the address that it leads to")
    if answer.status != 200:
        raise AddressTrouble(f"it answers {answer.status}")
    if answer.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise AddressTrouble("it answers packed, though it was asked not to")
    body = bytearray()
    async for part in answer.content.iter_any():
        body += part
        if len(body) > MOST_BYTES:
            raise AddressTrouble(f"it holds more than {MOST_BYTES // 1024} KiB")
    return bytes(body)


async def worked_out(body: bytes, zone: str, now: datetime, *, within_s: float = WORK_S) -> CalendarCopy:
    """What a calendar says from now on. Raises AddressTrouble."""
    until = now + AHEAD
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "bot.ical.reading",
        zone,
        now.isoformat(),
        until.isoformat(),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        async with asyncio.timeout(within_s):
            out, _ = await process.communicate(body)
    except TimeoutError:
        raise AddressTrouble(f"it takes more than {within_s:g} s to work out") from None
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    return _copy(out, process.returncode)


def _copy(out: bytes, code: int | None) -> CalendarCopy:
    try:
        told = json.loads(out)
        if "why" in told:
            raise AddressTrouble(str(told["why"]))
        return CalendarCopy.model_validate(told)
    except (ValueError, ValidationError):
        raise AddressTrouble(f"it could not be worked out (code {code})") from None
