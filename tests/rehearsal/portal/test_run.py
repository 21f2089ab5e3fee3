"""The stand-in portal as a program of its own."""

import asyncio
import sys

import aiohttp

_PROGRAM = "import asyncio; from rehearsal.portal import run_portal; asyncio.run(run_portal(0, 3))"


async def test_it_prints_how_to_get_in_serves_and_stops_on_request() -> None:
    """Address and token are printed, requests arrive by themselves, and a termination ends it cleanly."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", _PROGRAM, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    try:
        assert process.stdout is not None
        async with asyncio.timeout(30):
            lines = [(await process.stdout.readline()).decode().split() for _ in range(4)]
        printed = dict(lines)
        url = f"{printed['portal']}ApprovalRequest/ApprovalRequestGetCount"
        async with aiohttp.ClientSession() as session:
            async with session.get(url, headers={"Authorization": printed["token"]}) as answer:
                assert (answer.status, await answer.json()) == (200, 1)
            async with session.post(f"{printed['control']}clock", json={"advance_s": 3600}) as answer:
                assert answer.status == 200
            async with asyncio.timeout(10):
                await _wait_for_requests(session, url, printed["token"], at_least=10)
    finally:
        process.terminate()
        _, errors = await process.communicate()
    assert (process.returncode, errors) == (0, b"")


async def _wait_for_requests(session: aiohttp.ClientSession, url: str, token: str, *, at_least: int) -> None:
    count = 0
    while count < at_least:
        async with session.get(url, headers={"Authorization": token}) as answer:
            count = int(await answer.text())
