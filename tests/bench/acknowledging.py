"""Press to acknowledgement: ours, which stores the press on disk first, against Bolt apps that only acknowledge.

The server is a process of its own; signed HTTP deliveries come over loopback from this one. Each press is by another
person and about another case than the hundreds before it: one person's sixty-first within a minute is only counted.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import subprocess
import sys
import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import cast
from urllib.parse import urlencode

from tests.bench.figures import Figure, figure

SECRET = "bench-signing-secret"
WARM_UP = 50
PEOPLE = 500
"""Far below the limits of a person and of a case, however fast the presses come."""
KINDS = {
    "bolt": "bare Bolt, default runner",
    "bolt-before": "bare Bolt, process_before_response",
    "gatehouse": "Gatehouse, stored with fsync, then acknowledged",
}
WHILE_LOOKING = "gatehouse-looking"


async def measure(folder: Path, connections: int, presses: int) -> list[Figure]:
    """One row for each kind of server, the default Bolt first."""
    return [await _measure_one(folder, kind, connections, presses) for kind in KINDS]


async def while_looking(folder: Path, presses: int = 300) -> list[Figure]:
    """One press at a time, beside nothing and beside one look after the other at a large backlog."""
    quiet = await _measure_one(folder, "gatehouse", 1, presses, "one press at a time, nothing beside it")
    busy = await _measure_one(folder, WHILE_LOOKING, 1, presses, "one press at a time, looks beside it")
    return [quiet, busy]


async def _measure_one(folder: Path, kind: str, connections: int, presses: int, name: str = "") -> Figure:
    command = [sys.executable, "-m", "tests.bench.ack_server", kind, str(folder / f"{kind}-{connections}")]
    server = await asyncio.create_subprocess_exec(*command, stdout=subprocess.PIPE)
    try:
        assert server.stdout is not None
        port = int(await server.stdout.readline())
        await _fire(port, _deliveries(WARM_UP, "w"), connections)
        ready = _deliveries(presses, "m")
        started = time.perf_counter()
        seconds = await _fire(port, ready, connections)
        elapsed = time.perf_counter() - started
    finally:
        server.terminate()
        words, _ = await server.communicate()
    if kind.startswith("gatehouse") and int(words) != WARM_UP + presses:
        raise RuntimeError(f"of {WARM_UP + presses} presses {int(words)} are stored")
    return figure(name or f"{KINDS[kind]}, {connections} at once", seconds, elapsed)


class _Delivering(asyncio.Protocol):
    """One delivery on a connection of its own, as Slack makes one. It costs the client a fifth of what an HTTP client's
    does, which shares the two cores with the server and would be most of what is measured."""

    def __init__(self, request: bytes) -> None:
        self._request = request
        self._heard = b""
        self.answered: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        """With the head of the answer; what follows it is not waited for: acknowledgements have no body."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._transport.write(self._request)

    def data_received(self, data: bytes) -> None:
        self._heard += data
        if b"\r\n\r\n" in self._heard and not self.answered.done():
            self.answered.set_result(self._heard)
            self._transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.answered.done():
            self.answered.set_exception(exc or ConnectionError("the server ended without an answer"))


async def _fire(port: int, requests: Sequence[bytes], connections: int) -> Sequence[float]:
    loop = asyncio.get_running_loop()
    waiting = iter(requests)
    seconds: list[float] = []

    async def one_at_a_time() -> None:
        for request in waiting:
            begun = time.perf_counter()
            _, delivering = await loop.create_connection(partial(_Delivering, request), "127.0.0.1", port)
            head = await delivering.answered
            seconds.append(time.perf_counter() - begun)
            if not head.startswith(b"HTTP/1.1 200 "):
                raise RuntimeError(f"the server answered {head.splitlines()[0]!r}")

    await asyncio.gather(*(one_at_a_time() for _ in range(connections)))
    return seconds


def _deliveries(presses: int, tag: str) -> list[bytes]:
    """Whole requests, made and signed before the time is taken; a signature holds for five minutes."""
    return [_request(*delivery(tag, number)) for number in range(presses)]


def _request(body: bytes, headers: dict[str, str]) -> bytes:
    told = {"Host": "127.0.0.1", "Accept": "*/*", "Content-Length": str(len(body)), **headers}
    lines = ["POST /slack/events HTTP/1.1", *(f"{name}: {value}" for name, value in told.items())]
    return "\r\n".join([*lines, "", ""]).encode() + body


def delivery(tag: str, number: int) -> tuple[bytes, dict[str, str]]:
    """A signed press on a card's button, about as large as a real one."""
    of = number % PEOPLE
    payload = {
        "type": "block_actions",
        "team": {"id": "T0BENCH", "domain": "bench"},
        "user": {"id": f"U0BENCH{of}", "username": "ana", "team_id": "T0BENCH"},
        "api_app_id": "A0BENCH",
        "trigger_id": f"1.2.{tag}{number}",
        "container": {"type": "message", "message_ts": "1795402700.000100", "channel_id": "C0BENCH"},
        "channel": {"id": "C0BENCH", "name": "approvals"},
        "response_url": "https://hooks.slack.invalid/actions/T/1/x",
        "message": {"ts": "1795402700.000100", "text": "x" * 2400},
        "actions": [
            {
                "type": "button",
                "action_id": "case.approve_computer.v1",
                "block_id": "case_actions",
                "value": f"c{of:024x}.1",
                "action_ts": "1795402701.000100",
            }
        ],
    }
    body = urlencode({"payload": json.dumps(payload)}).encode()
    stamp = str(int(time.time()))
    digest = hmac.new(SECRET.encode(), f"v0:{stamp}:".encode() + body, hashlib.sha256).hexdigest()
    headers = {
        "Content-Type": "application/x-www-form-urlencoded",
        "X-Slack-Request-Timestamp": stamp,
        "X-Slack-Signature": f"v0={digest}",
    }
    return body, headers
