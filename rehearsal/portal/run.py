"""Runs the stand-in portal alone, for any client that was written for the real one."""

import asyncio
import signal
import sys
from pathlib import Path

from rehearsal.env_file import write_env
from rehearsal.portal.sandbox import PortalSandbox


async def run_portal(port: int, seed: int, *, env_file: Path | None = None) -> None:
    """Serves until interrupted or terminated; requests arrive by themselves. Prints address and token.

    `env_file` is written for whoever starts a client on it: the address and the token as variables.

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
        if env_file is not None:
            write_env(env_file, {"PORTAL_URL": portal.base_url, "PORTAL_TOKEN": portal.token})
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
