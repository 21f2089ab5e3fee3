"""The portal under a large backlog, alone in a process: `python -m tests.bench.pending_server COUNT`.

It prints where it listens; each line that it is sent assigns so many of the requests to somebody else.
"""

from __future__ import annotations

import asyncio
import json
import sys
from dataclasses import replace
from itertools import count

from rehearsal.clock import SandboxClock
from rehearsal.portal import PortalSandbox
from tests.desk import WORKING_HOURS


async def serve(pending: int) -> None:
    """Until the input ends."""
    portal = PortalSandbox(7, SandboxClock(WORKING_HOURS))
    await portal.start()
    try:
        computers = sorted(portal.world.computers)
        names = [portal.world.computers[one].name for one in computers]
        for number in range(pending):
            portal.raise_request(
                "execute",
                computer=names[number % len(names)],
                path=f"C:\\Tools\\tool{number}.exe",
                hash=f"{number:032X}",
                signer=f"CN=Vendor {number}",
            )
        print(json.dumps([portal.base_url, portal.token]), flush=True)
        people = count()
        while line := await asyncio.to_thread(sys.stdin.readline):
            _assign(portal, int(line), f"Person {next(people)}")
            print("done", flush=True)
    finally:
        await portal.close()


def _assign(portal: PortalSandbox, how_many: int, name: str) -> None:
    requests = portal.world.requests
    step = max(1, len(requests) // how_many) if how_many else 1
    for request_id in list(requests)[::step][:how_many]:
        requests[request_id] = replace(requests[request_id], assignee=name)


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1])))
