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
from pathlib import Path
from urllib.parse import urlencode

import aiohttp

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
        connector = aiohttp.TCPConnector(limit=connections)
        async with aiohttp.ClientSession(connector=connector) as session:
            url = f"http://127.0.0.1:{port}/slack/events"
            await _fire(session, url, WARM_UP, connections, "w")
            started = time.perf_counter()
            seconds = await _fire(session, url, presses, connections, "m")
            elapsed = time.perf_counter() - started
    finally:
        server.terminate()
        words, _ = await server.communicate()
    if kind.startswith("gatehouse") and int(words) != WARM_UP + presses:
        raise RuntimeError(f"of {WARM_UP + presses} presses {int(words)} are stored")
    return figure(name or f"{KINDS[kind]}, {connections} at once", seconds, elapsed)


async def _fire(
    session: aiohttp.ClientSession, url: str, presses: int, connections: int, tag: str
) -> Sequence[float]:
    waiting = iter(range(presses))
    seconds: list[float] = []

    async def one_connection() -> None:
        for number in waiting:
            body, headers = delivery(tag, number)
            begun = time.perf_counter()
            async with session.post(url, data=body, headers=headers) as answer:
                await answer.read()
                if answer.status != 200:
                    raise RuntimeError(f"the server answered {answer.status}")
            seconds.append(time.perf_counter() - begun)

    await asyncio.gather(*(one_connection() for _ in range(connections)))
    return seconds


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
