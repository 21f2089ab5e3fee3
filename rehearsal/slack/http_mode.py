"""HTTP mode: signed deliveries to the app's request URLs.

Sources: docs.slack.dev/authentication/verifying-requests-from-slack, docs.slack.dev/apis/events-api.
"""

import hashlib
import hmac
import json
import time
from collections.abc import Mapping
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlencode

from aiohttp import ClientConnectionError, ClientSession, ClientTimeout
from yarl import URL

from rehearsal.slack.deliveries import ACK_LIMIT_S, Attempt, Delivery, Retry
from rehearsal.slack.errors import Json, PersonError
from rehearsal.slack.manifest import Manifest


def sign(secret: str, timestamp: str, body: bytes) -> str:
    """Slack's v0 signature of a request's raw body."""
    base = b"v0:" + timestamp.encode() + b":" + body
    return "v0=" + hmac.new(secret.encode(), base, hashlib.sha256).hexdigest()


def require_loopback(url: str) -> str:
    """The URL again; raises PersonError unless it points to this machine: the stand-in calls nobody else."""
    host = URL(url).host or ""
    try:
        is_loopback = host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        is_loopback = False
    if not is_loopback:
        raise PersonError(
            f"The stand-in delivers to this machine only, not to {url!r}; use a loopback address."
        )
    return url


class HttpMode:
    """Posts payloads to the URLs in the manifest, or to one URL for all of them."""

    def __init__(self, manifest: Manifest, signing_secret: str, request_url: str = "") -> None:
        self._manifest = manifest
        self._secret = signing_secret
        self.request_url = request_url
        self._session: ClientSession | None = None

    async def attempt(self, delivery: Delivery, retry: Retry | None) -> Attempt:
        """One signed POST; any 2xx within the limit is an acknowledgement."""
        url = self.request_url or self._url(delivery)
        if not url:
            return Attempt("http", "", acked=False, after_s=0.0, reason="connection_failed")
        require_loopback(url)
        content_type, body = _encode(delivery)
        started = time.monotonic()
        try:
            status, headers, text = await self._post(url, self._headers(content_type, body, retry), body)
        except TimeoutError:
            return Attempt("http", url, acked=False, after_s=ACK_LIMIT_S, reason="http_timeout")
        except ClientConnectionError:
            after_s = time.monotonic() - started
            return Attempt("http", url, acked=False, after_s=after_s, reason="connection_failed")
        acked = 200 <= status < 300
        return Attempt(
            "http",
            url,
            acked=acked,
            after_s=time.monotonic() - started,
            reason="" if acked else "http_error",
            status=status,
            response=_decode(text) if acked else None,
            no_retry=headers.get("X-Slack-No-Retry") == "1",
        )

    async def verify(self) -> bool:
        """The `url_verification` handshake of the events URL."""
        url = require_loopback(self.request_url or self._manifest.events_url)
        challenge = hashlib.sha256(url.encode()).hexdigest()
        body = json.dumps({"type": "url_verification", "challenge": challenge, "token": "unused"}).encode()
        _status, _headers, text = await self._post(url, self._headers("application/json", body, None), body)
        return challenge in text

    async def close(self) -> None:
        """Closes the connections to the app."""
        if self._session is not None:
            await self._session.close()

    async def _post(
        self, url: str, headers: Mapping[str, str], body: bytes
    ) -> tuple[int, Mapping[str, str], str]:
        if self._session is None:
            self._session = ClientSession(timeout=ClientTimeout(total=ACK_LIMIT_S))
        async with self._session.post(url, data=body, headers=headers, allow_redirects=False) as answer:
            return answer.status, answer.headers, await answer.text()

    def _headers(self, content_type: str, body: bytes, retry: Retry | None) -> dict[str, str]:
        # The app checks the signature's age against the machine's clock, so this follows that one.
        timestamp = str(int(time.time()))
        headers = {
            "Content-Type": content_type,
            "User-Agent": "Slackbot 1.0 (stand-in)",
            "X-Slack-Request-Timestamp": timestamp,
            "X-Slack-Signature": sign(self._secret, timestamp, body),
        }
        if retry:
            headers |= {"X-Slack-Retry-Num": str(retry.number), "X-Slack-Retry-Reason": retry.reason}
        return headers

    def _url(self, delivery: Delivery) -> str:
        if delivery.kind == "events_api":
            return self._manifest.events_url
        if delivery.kind == "slash_commands":
            return self._manifest.commands[delivery.payload["command"]].url
        if delivery.payload["type"] == "block_suggestion":
            return self._manifest.options_url
        return self._manifest.interactivity_url


def _encode(delivery: Delivery) -> tuple[str, bytes]:
    if delivery.kind == "events_api":
        return "application/json", json.dumps(delivery.payload).encode()
    fields: Json = delivery.payload
    if delivery.kind == "interactive":
        fields = {"payload": json.dumps(delivery.payload)}
    return "application/x-www-form-urlencoded", urlencode(fields).encode()


def _decode(text: str) -> Any:
    if not text.strip():
        return None
    try:
        return json.loads(text)
    except ValueError:
        return {"text": text}
