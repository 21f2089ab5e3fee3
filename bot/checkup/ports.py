"""The addresses that Gatehouse listens on: can they be had?"""

from __future__ import annotations

import asyncio

import aiohttp

from bot.checkup.findings import Remark, fault, good
from bot.settings import Settings

PART = "ports"
_ASK_S = 2.0
_EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "[::1]", "": "127.0.0.1"}
"""How to ask somebody on this machine who listens on every address."""


async def examine(settings: Settings, *, may_run_already: bool) -> list[Remark]:
    """Listen for a moment where `run` would. `may_run_already`: Gatehouse itself may be there; it is asked."""
    wanted = [("health", settings.health.host, settings.health.port)]
    if settings.slack.mode == "http":
        wanted.append(("slack", settings.slack.host, settings.slack.port))
    if may_run_already and await _is_gatehouse(settings.health.host, settings.health.port):
        return [good(PART, f"Gatehouse runs already, at {settings.health.host}:{settings.health.port}.")]
    return [await _tried(*one) for one in wanted]


def cannot_listen(section: str, host: str, port: int, error: OSError) -> str:
    """What is said of an address that cannot be had."""
    return (
        f"[{section}] {host}:{port} cannot be listened on ({_why(error)}). End what listens there, or name another "
        f"host or port in [{section}]."
    )


async def _tried(section: str, host: str, port: int) -> Remark:
    try:
        listening = await asyncio.get_running_loop().create_server(asyncio.Protocol, host, port)
    except OSError as error:
        return fault(PART, cannot_listen(section, host, port, error))
    listening.close()
    await listening.wait_closed()
    return good(PART, f"[{section}] {host}:{port} is free.")


def _why(error: OSError) -> str:
    """The system's own words; asyncio puts a sentence of its own, with the address, around them."""
    return (error.strerror or str(error)).rsplit(": ", 1)[-1].removesuffix("]")


async def _is_gatehouse(host: str, port: int) -> bool:
    if not port:
        return False
    url = f"http://{_EVERYWHERE.get(host, host)}:{port}/healthz"
    try:
        async with (
            aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=_ASK_S)) as session,
            session.get(url) as answer,
        ):
            told = await answer.json()
    except (aiohttp.ClientError, TimeoutError, OSError, ValueError):
        return False
    return isinstance(told, dict) and told.get("alive") is True
