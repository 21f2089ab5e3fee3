"""The ways over HTTPS: a webhook of yours, PagerDuty's Events API v2, Opsgenie's Alert API.

All three take the same call twice as one: the webhook by the `id` in its body, PagerDuty by its `dedup_key`, Opsgenie
by its `alias`. A redirect is no receipt and is not followed: a call goes where you said.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol
from urllib.parse import quote

import aiohttp
from pydantic import SecretStr

from bot.models import Page, canonical, signed_headers

LIMIT_S = 10.0
"""How long an answer is waited for (our choice)."""
_SUMMARY, _MESSAGE = 1024, 130
"""Characters of a title: PagerDuty's `summary` and Opsgenie's `message`."""
_BUSY = 429


class WayError(Exception):
    """A call that nobody has taken."""


class WayAway(WayError):
    """It does not answer, or asks to wait."""


class WayRefused(WayError):
    """It says no; the same call would be refused again."""


class WayLeft(WayError):
    """Nothing was sent: it was to be done on a lease, and that is over."""


IsOver = Callable[[], bool]
"""Of a lease, asked before anything is sent: a process that stood still may find that another one has told the call by
then, or its end, which a call after it would begin anew."""


def unleased() -> bool:
    """For what nobody else sends."""
    return False


def still_ours(is_over: IsOver) -> None:
    """WayLeft, where it is not."""
    if is_over():
        raise WayLeft("its lease was over before it was sent")


class Way(Protocol):
    """One way to people outside of Slack."""

    async def tell(self, page: Page, now: datetime, is_over: IsOver = unleased) -> None:
        """Hand the call over, or its end; returns once it is taken. Raises WayError."""


@dataclass(frozen=True, slots=True)
class Webhook:
    """An address of the house's own."""

    url: str
    secret: SecretStr
    session: aiohttp.ClientSession

    async def tell(self, page: Page, now: datetime, is_over: IsOver = unleased) -> None:
        """One signed POST; any answer of the 200s is the receipt."""
        told: dict[str, object] = {"type": "escalation", "action": _action(page), "case": page.key}
        told |= {"id": f"{page.key}:{page.step}", "title": page.title, "lines": list(page.lines)}
        told |= {"link": page.link}
        body = canonical(told)
        signed = signed_headers(self.secret.get_secret_value(), body, now)
        await _post(self.session, self.url, body, signed, is_over)


@dataclass(frozen=True, slots=True)
class PagerDuty:
    """A service of PagerDuty's; the key names it."""

    url: str
    routing_key: SecretStr
    session: aiohttp.ClientSession

    async def tell(self, page: Page, now: datetime, is_over: IsOver = unleased) -> None:
        """An event that triggers the case's alert, or resolves it."""
        event: dict[str, Any] = {
            "routing_key": self.routing_key.get_secret_value(),
            "event_action": _action(page),
            "dedup_key": f"gatehouse:{page.key}",
        }
        if not page.is_over:
            details = {str(number): line for number, line in enumerate(page.lines, 1)}
            event["client"] = "Gatehouse"
            event["payload"] = {
                "summary": page.title[:_SUMMARY],
                "source": "gatehouse",
                "severity": "critical",
                "timestamp": now.isoformat(),
                "custom_details": details,
            }
            event["links"] = [{"href": page.link, "text": "Decide it here"}] if page.link else []
        await _post(self.session, f"{self.url}/v2/enqueue", canonical(event), {}, is_over)


@dataclass(frozen=True, slots=True)
class Opsgenie:
    """A team of Opsgenie's; the key of its API integration names it."""

    url: str
    key: SecretStr
    session: aiohttp.ClientSession

    async def tell(
        self,
        page: Page,
        now: datetime,  # noqa: ARG002 - the protocol's name; they stamp it
        is_over: IsOver = unleased,
    ) -> None:
        """An alert under the case's alias, or its close."""
        alias = f"gatehouse:{page.key}"
        headers = {"Authorization": f"GenieKey {self.key.get_secret_value()}"}
        if page.is_over:
            body = {"source": "gatehouse", "note": page.title}
            at = f"{self.url}/v2/alerts/{quote(alias, safe='')}/close?identifierType=alias"
        else:
            words = "\n".join([*page.lines, page.link] if page.link else page.lines)
            body = {"message": page.title[:_MESSAGE], "alias": alias, "description": words}
            body |= {"source": "gatehouse", "priority": "P1"}
            at = f"{self.url}/v2/alerts"
        await _post(self.session, at, canonical(body), headers, is_over)


def _action(page: Page) -> str:
    return "resolve" if page.is_over else "trigger"


async def _post(
    session: aiohttp.ClientSession, url: str, body: str, headers: Mapping[str, str], is_over: IsOver
) -> None:
    still_ours(is_over)
    limit = aiohttp.ClientTimeout(total=LIMIT_S)
    told = {"Content-Type": "application/json", **headers}
    try:
        async with session.post(
            url, data=body.encode(), headers=told, timeout=limit, allow_redirects=False
        ) as answer:
            status = answer.status
    except TimeoutError:
        raise WayAway(f"it does not answer within {LIMIT_S:g} s") from None
    except aiohttp.ClientError as error:
        raise WayAway(f"it cannot be reached ({type(error).__name__})") from None
    if status == _BUSY or status >= 500:
        raise WayAway(f"it answers {status}")
    if not 200 <= status < 300:
        raise WayRefused(f"it answers {status}")
