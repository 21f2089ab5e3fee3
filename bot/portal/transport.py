"""One call to the portal: reads are repeated with back-off, writes are sent exactly once."""

import asyncio
import json
import random
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from ipaddress import ip_address
from typing import Any, Final

import aiohttp
from pydantic import SecretStr
from yarl import URL

from bot.portal.errors import (
    Answer,
    AnswerNotUnderstood,
    NotSent,
    OutcomeUnknown,
    PortalAway,
    PortalBroken,
    PortalBusy,
    PortalError,
    PortalTimeout,
    PortalUnreachable,
    error_of,
)
from permissions.plain_text import MARK, NotUtf8, text_of

_API_FOLDER = "portalapi"


@dataclass(frozen=True)
class PortalAddress:
    """The portal's address, our token and the limits of a call.

    `base_url` may or may not end in `/portalapi`. `organization_id` is the organization that calls act on
    where they name no other; None: the token's own. Raises ValueError, in words for the operator, for an
    address that would send the token in the clear or a token that cannot travel in a header.
    """

    base_url: str
    token: SecretStr
    organization_id: str | None = None
    # A read is a question of a page or an object; the portal answers in well under a second when it is well.
    read_timeout_s: float = 10
    # A permit makes applications and policies. Longer than a read, so that fewer outcomes stay unknown.
    write_timeout_s: float = 20
    connect_timeout_s: float = 5
    # Our choice, as live clients do: three tries in all.
    max_retries: int = 2
    # A `Retry-After` or back-off longer than this is left to the caller, who will ask again anyway.
    max_wait_s: float = 8
    # Live clients go up to 500 rows a page.
    page_size: int = 200
    # Live clients keep to about ten calls a second; no limit is documented.
    max_concurrent_reads: int = 6
    # A page of 500 requests with their action objects stays well under this; more is not the portal talking.
    max_answer_bytes: int = 32 * 1024 * 1024

    def __post_init__(self) -> None:
        url = URL(self.base_url)
        if url.scheme not in {"http", "https"} or not url.host:
            raise ValueError(
                f"portal address {self.base_url!r} is no web address; "
                "use the form https://portalapi.<instance>.threatlocker.com/portalapi"
            )
        if url.scheme == "http" and not _is_loopback(url.host):
            raise ValueError(f"portal address {self.base_url!r} would send the token in the clear; use https")
        token = self.token.get_secret_value()
        if not token or not token.isascii() or not token.isprintable() or " " in token:
            raise ValueError("the portal token is empty or holds blanks or control characters; copy it anew")

    def url_of(self, controller: str, action: str) -> URL:
        """The address of one call."""
        url = URL(self.base_url).with_query(None).with_fragment(None)
        folder = url.path.rstrip("/")
        if not folder.lower().endswith(f"/{_API_FOLDER}"):
            folder = f"{folder}/{_API_FOLDER}"
        return url.with_path(f"{folder}/{controller}/{action}")


def _is_loopback(host: str) -> bool:
    """Whether a host is this machine, so that nothing crosses a network."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


_FIRST_WAIT_S: Final = 0.4
# The portal answers 500 to its own bad luck and to our mistakes alike: one more try, no more.
_TRIES_ON_500: Final = 2
# aiohttp sends these anew by itself when a kept connection turns out to be dead. Harmless for a read; a write by
# PUT is stopped from it by `_Once`.
_REPEATED_BY_THE_LIBRARY: Final = frozenset({"GET", "HEAD", "OPTIONS", "TRACE", "DELETE"})
_NEVER_CONNECTED: Final = (
    aiohttp.ClientConnectorError,
    aiohttp.ConnectionTimeoutError,
    aiohttp.ClientHttpProxyError,  # the proxy refused to open the way
)


def _of_tls(error: Exception) -> str:
    """What TLS has against whoever answers, in its own words; empty for any other error, whose name says enough."""
    if isinstance(error, aiohttp.ClientConnectorCertificateError):
        return str(error.certificate_error)
    return str(error.os_error) if isinstance(error, aiohttp.ClientConnectorSSLError) else ""


@dataclass(frozen=True)
class Traffic:
    """One HTTP exchange, for counters and the contract check. `body` may hold paths and names: do not log."""

    method: str
    path: str
    operation: str
    attempt: int
    elapsed_s: float
    status: int | None
    error: str = ""
    query: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: Any = field(default=None, repr=False)


@dataclass(frozen=True)
class Call:
    """What is asked of the portal. `body` None sends none; `organization_id` None: the address's own."""

    method: str
    controller: str
    action: str
    query: Mapping[str, str] = field(default_factory=dict)
    body: Any = None
    organization_id: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


def get(controller: str, action: str, organization_id: str | None, **query: str) -> Call:
    """A question by GET."""
    return Call("GET", controller, action, query=query, organization_id=organization_id)


def post(controller: str, action: str, organization_id: str | None, body: Any, **headers: str) -> Call:
    """A question or a change by POST; `headers` are further headers of this one call."""
    return Call("POST", controller, action, body=body, organization_id=organization_id, headers=headers)


def put(controller: str, action: str, organization_id: str | None, body: Any) -> Call:
    """A change by PUT."""
    return Call("PUT", controller, action, body=body, organization_id=organization_id)


@dataclass(frozen=True)
class Timing:
    """The clock and the waiting of a transport, so that tests need neither."""

    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    jitter: Callable[[], float] = random.SystemRandom().random
    now: Callable[[], datetime] = lambda: datetime.now(UTC)


class _Once:
    """Lets one request out and no second: aiohttp repeats a PUT by itself when a kept connection breaks."""

    def __init__(self) -> None:
        self._was_sent = False

    async def __call__(
        self, request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType
    ) -> aiohttp.ClientResponse:
        if self._was_sent:
            raise aiohttp.ClientConnectionError("a write is sent once")
        self._was_sent = True
        return await handler(request)


class _NotConnected(PortalUnreachable):
    """No connection was made, so nothing can have been sent."""


class Transport:
    """Sends calls over a session that the caller owns and closes."""

    def __init__(
        self,
        address: PortalAddress,
        session: aiohttp.ClientSession,
        on_traffic: Callable[[Traffic], None] | None = None,
        timing: Timing | None = None,
    ) -> None:
        self.address = address
        self._session = session
        self._on_traffic = on_traffic
        self._timing = timing or Timing()
        self._reads = asyncio.Semaphore(address.max_concurrent_reads)

    async def read(self, call: Call) -> Answer:
        """The portal's 2xx answer to a question; after the last try the error of that try."""
        errors: list[PortalAway] = []
        while True:
            try:
                async with self._reads:
                    return self._checked(
                        await self._exchange(call, len(errors) + 1, self.address.read_timeout_s)
                    )
            except PortalAway as error:
                errors.append(error)
                wait = self._wait_before_next(errors)
                if wait is None:
                    raise
            await self._timing.sleep(wait)

    async def write(self, call: Call) -> None:
        """Send a change once. Returns on a yes; else `NotSent`, `OutcomeUnknown` or the portal's refusal.

        No redirect is followed and nothing is repeated, not even after a reset connection.
        """
        if call.method in _REPEATED_BY_THE_LIBRARY:
            raise ValueError(
                f"{call.method} {call.action} could be sent twice; a write goes by POST, PUT or PATCH"
            )
        try:
            self._checked(await self._exchange(call, 1, self.address.write_timeout_s))
        except _NotConnected as error:
            raise NotSent(error.message, operation=call.action) from error
        except PortalBusy:
            raise  # 429: turned away at the door
        except PortalAway as error:
            raise OutcomeUnknown(error.message, operation=call.action, status=error.status) from error

    def _wait_before_next(self, errors: list[PortalAway]) -> float | None:
        """Seconds until the next try after these failures; None where there is to be none."""
        last = errors[-1]
        is_final = isinstance(last, PortalBroken) and last.status is not None and last.status < 500
        bad_luck = sum(error.status == 500 for error in errors)
        if is_final or bad_luck >= _TRIES_ON_500 or len(errors) > self.address.max_retries:
            return None
        wait = _FIRST_WAIT_S * 2 ** (len(errors) - 1) * (1 + self._timing.jitter())
        if isinstance(last, PortalBusy) and last.retry_after_s is not None:
            wait = max(wait, last.retry_after_s)
        return wait if wait <= self.address.max_wait_s else None

    def _checked(self, answer: Answer) -> Answer:
        if answer.is_success:
            return answer
        raise error_of(answer, self._timing.now())

    async def _exchange(self, call: Call, attempt: int, timeout_s: float) -> Answer:
        """One request and its whole answer, told to `on_traffic` however it ends."""
        started = time.monotonic()
        answer: Answer | None = None
        failure = "cancelled"
        try:
            answer = await self._send(call, timeout_s)
        except PortalError as error:
            failure = type(error).__name__
            raise
        finally:
            self._tell(call, attempt, time.monotonic() - started, answer, failure)
        return answer

    async def _send(self, call: Call, timeout_s: float) -> Answer:
        try:
            return await self._request(call, timeout_s)
        except _NEVER_CONNECTED as error:
            text = f"no connection to {self.address.base_url}: {_of_tls(error) or type(error).__name__}"
            raise _NotConnected(text, operation=call.action) from error
        except TimeoutError as error:
            raise PortalTimeout(f"no answer within {timeout_s:g} s", operation=call.action) from error
        except aiohttp.ClientError as error:
            text = f"the connection broke before the answer was complete: {type(error).__name__}"
            raise PortalUnreachable(text, operation=call.action) from error

    async def _request(self, call: Call, timeout_s: float) -> Answer:
        limits = aiohttp.ClientTimeout(
            total=timeout_s, connect=min(self.address.connect_timeout_s, timeout_s)
        )
        async with self._session.request(
            call.method,
            self.address.url_of(call.controller, call.action),
            params=call.query,
            data=None if call.body is None else _encoded(call.body),
            headers=self._headers(call),
            allow_redirects=False,
            timeout=limits,
            middlewares=(_Once(),) if call.method == "PUT" else None,
        ) as response:
            body, is_whole = await _text_of(response, call.action, self.address.max_answer_bytes)
            return Answer(
                operation=call.action,
                status=response.status,
                body=body,
                is_whole=is_whole,
                pagination=response.headers.get("Pagination", ""),
                retry_after=response.headers.get("Retry-After", ""),
                location=response.headers.get("Location", ""),
            )

    def _headers(self, call: Call) -> dict[str, str]:
        """The token verbatim, without a scheme, and the organization that the call acts on."""
        headers = {
            "Authorization": self.address.token.get_secret_value(),
            "Accept": "application/json",
            **call.headers,
        }
        organization_id = call.organization_id or self.address.organization_id
        if organization_id:
            headers["ManagedOrganizationId"] = organization_id
        if call.body is not None:
            headers["Content-Type"] = "application/json"
        return headers

    def _tell(self, call: Call, attempt: int, elapsed_s: float, answer: Answer | None, failure: str) -> None:
        if self._on_traffic is None:
            return
        self._on_traffic(
            Traffic(
                method=call.method,
                path=f"/portalapi/{call.controller}/{call.action}",
                operation=call.action,
                attempt=attempt,
                elapsed_s=elapsed_s,
                status=answer.status if answer else None,
                error="" if answer else failure,
                query=call.query,
                body=call.body,
            )
        )


def _encoded(body: Any) -> bytes:
    """The body as JSON in ASCII: every character, lone surrogates included, goes out as it came in."""
    return json.dumps(body, ensure_ascii=True, allow_nan=False, separators=(",", ":")).encode("ascii")


async def _text_of(response: aiohttp.ClientResponse, operation: str, limit: int) -> tuple[str, bool]:
    """The body as text, and whether all of it was UTF-8: what was not is left as lone halves of characters."""
    received = bytearray()
    async for chunk in response.content.iter_any():
        received += chunk
        if len(received) > limit:
            text = f"the answer is longer than {limit} bytes"
            raise AnswerNotUnderstood(text, operation=operation, status=response.status)
    try:
        return text_of(bytes(received)), True
    except NotUtf8 as error:
        if not 200 <= response.status < 300:
            return received.decode("utf-8", errors="replace"), False
        if b"\0" in received:
            raise AnswerNotUnderstood(
                f"the answer {error}", operation=operation, status=response.status
            ) from error
        return received.decode("utf-8", errors="surrogateescape").removeprefix(MARK), False
