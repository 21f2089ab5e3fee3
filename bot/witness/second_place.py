"""The second place: an address of yours that takes every seal, and that the bot's Slack token cannot edit.

Each delivery is one POST of JSON, signed with a secret that both sides know. Any answer of the 200s is the receipt;
without it the same seals come again. A redirect is no receipt and is not followed: the seals go where you said.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

import aiohttp
from pydantic import SecretStr

from bot.audit import Seal
from bot.models import canonical, signed_headers
from bot.witness.folder import NotDelivered

_LIMIT_S = 10.0
"""How long an answer is waited for (our choice)."""


@dataclass(frozen=True, slots=True)
class SecondPlace:
    """Where seals go besides the audit channel."""

    url: str
    secret: SecretStr
    session: aiohttp.ClientSession

    async def deliver(self, seals: Sequence[Seal], now: datetime) -> None:
        """Hand these seals over; returns with the receipt. Raises NotDelivered."""
        body = canonical({"type": "seals", "seals": [{"type": "seal", **asdict(seal)} for seal in seals]})
        signed = signed_headers(self.secret.get_secret_value(), body, now)
        headers = {"Content-Type": "application/json", **signed}
        limit = aiohttp.ClientTimeout(total=_LIMIT_S)
        try:
            async with self.session.post(
                self.url, data=body.encode(), headers=headers, timeout=limit, allow_redirects=False
            ) as answer:
                if not 200 <= answer.status < 300:
                    raise NotDelivered(f"it answers {answer.status}")
        except TimeoutError:
            raise NotDelivered(f"it does not answer within {_LIMIT_S:g} s") from None
        except aiohttp.ClientError as error:
            raise NotDelivered(f"it cannot be reached ({type(error).__name__})") from None
