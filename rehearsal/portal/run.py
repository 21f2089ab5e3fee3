"""Runs the stand-in portal alone, for any client that was written for the real one."""

import asyncio
import signal
import sys

from rehearsal.portal.sandbox import PortalSandbox


async def run_portal(port: int, seed: int) -> None:
    """Serves until interrupted or terminated; requests arrive by themselves. Prints address and token.

    Raises OSError when the port is taken.
    """
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopped.set)
    portal = PortalSandbox(seed)
    try:
        await portal.start(port)
        portal.start_arrivals()
        print_address(portal)
        await stopped.wait()
    finally:
        await portal.close()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.remove_signal_handler(number)


def print_address(portal: PortalSandbox) -> None:
    """Tells a person, or a script that reads lines, where the portal is and how to get in."""
    lines = (
        f"portal   {portal.base_url}",
        f"token    {portal.token}",
        f"control  {portal.control_url}",
        f"parent   {portal.world.parent_id}",
    )
    sys.stdout.write("\n".join(lines) + "\n")
    sys.stdout.flush()
