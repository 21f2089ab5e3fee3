"""The least that a press needs, alone in a process: `python -m tests.bench.bare_press LEDGER_URL`.

Each line of standard input is a number of steps, and the calls of one press to the portal, in JSON. So many values are
written to the ledger's server, then the calls are made, all of it one after the other; the line that is answered is
when it began, in seconds of the Unix epoch.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time

import aiohttp
from redis.asyncio import Redis


async def main(ledger_url: str) -> None:
    """Until the input ends."""
    async with Redis.from_url(ledger_url) as client, aiohttp.ClientSession() as session:
        while line := await asyncio.to_thread(sys.stdin.readline):
            steps, calls = json.loads(line)
            begun = time.time()
            for _ in range(steps):
                await client.set("bench:bare", begun)
            for call in calls:
                async with session.request(**call) as answer:
                    await answer.read()
            print(begun, flush=True)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
