"""Press to acknowledgement: ours, which stores the press on disk first, against Bolt apps that only acknowledge.

The server is a process of its own; signed HTTP deliveries come over loopback from this one. Each press is by another
person and about another case than the hundreds before it: one person's sixty-first within a minute is only counted.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from statistics import median
from urllib.parse import urlencode

from tests.bench.figures import Figure, figure

SECRET = "bench-signing-secret"
WARM_UP = 300
ROUNDS = 5
_AT_ONCE = 65_536
PEOPLE = 500
"""Far below the limits of a person and of a case, however fast the presses come."""
KINDS = {
    "bolt": "bare Bolt, default runner",
    "bolt-before": "bare Bolt, process_before_response",
    "gatehouse": "Gatehouse, stored with fsync, then acknowledged",
}
WHILE_LOOKING = "gatehouse-looking"


async def measure(folder: Path, connections: int, presses: int) -> list[Figure]:
    """One row for each kind of server, the default Bolt first: medians of rounds, in which they take turns."""
    rounds = []
    for number in range(ROUNDS):
        place = folder / f"round{number}"
        rounds.append([await _measure_one(place, kind, connections, presses) for kind in KINDS])
    return [_median(of_kind) for of_kind in zip(*rounds, strict=True)]


def _median(rows: Sequence[Figure]) -> Figure:
    """Of each figure by itself."""
    rates, p50s, p99s = zip(*((one.per_second, one.p50_ms, one.p99_ms) for one in rows), strict=True)
    return Figure(rows[0].name, median(rates), median(p50s), median(p99s))


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
        await asyncio.to_thread(_fire, port, _deliveries(WARM_UP, "w"), connections)
        ready = _deliveries(presses, "m")
        started = time.perf_counter()
        seconds = await asyncio.to_thread(_fire, port, ready, connections)
        elapsed = time.perf_counter() - started
    finally:
        server.terminate()
        words, _ = await server.communicate()
    if kind.startswith("gatehouse") and int(words) != WARM_UP + presses:
        raise RuntimeError(f"of {WARM_UP + presses} presses {int(words)} are stored")
    return figure(name or f"{KINDS[kind]}, {connections} at once", seconds, elapsed)


def _fire(port: int, requests: Sequence[bytes], connections: int) -> Sequence[float]:
    """Each on a connection of its own, as Slack makes one. What an HTTP client costs, or a loop, would share the two
    cores with the server and be half of what is measured."""
    waiting = iter(requests)
    seconds: list[float] = []

    def one_at_a_time() -> None:
        for request in waiting:
            begun = time.perf_counter()
            with socket.create_connection(("127.0.0.1", port)) as connection:
                connection.sendall(request)
                answer = b""
                while b"\r\n\r\n" not in answer and (more := connection.recv(_AT_ONCE)):
                    answer += more
                seconds.append(time.perf_counter() - begun)
            if not answer.startswith(b"HTTP/1.1 200 "):
                raise RuntimeError(f"the server answered {answer[:80]!r}")

    with ThreadPoolExecutor(connections) as threads:
        for one in [threads.submit(one_at_a_time) for _ in range(connections)]:
            one.result()
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
