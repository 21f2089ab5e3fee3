"""The server under measurement, alone in a process: `python -m tests.bench.ack_server KIND FOLDER`."""

from __future__ import annotations

import asyncio
import re
import signal
import sys
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path

import aiohttp
from pydantic import SecretStr
from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_sdk.signature import SignatureVerifier

from bot import logs
from bot.app.living import spare_what_stays
from bot.app.slackside import HttpSide, bolt_app
from bot.chat import SlackClient, Workspace
from bot.intake.poll import poll
from bot.intake.remembering import Agreement
from bot.ledger import EmbeddedServer, Ledger
from bot.portal import PortalClient
from bot.settings import SlackSection
from handlers.door import FrontDoor
from tests.bench import polling
from tests.bench.acknowledging import SECRET, WHILE_LOOKING
from tests.desk import open_bench
from tests.valkey import RunningValkey


async def serve(kind: str, folder: Path) -> None:
    """Listen until SIGTERM; the port is printed first. What was started is stopped at the end."""
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    async with AsyncExitStack() as stack:
        app = await _app(kind, folder, stack)
        side = HttpSide(app, "127.0.0.1", 0, SignatureVerifier(SECRET))
        # As the program does before it starts: whole collections of all that is loaded would be in every figure.
        spare_what_stays()
        await side.start()
        stack.push_async_callback(side.close)
        print(side.bound_port, flush=True)
        await stop.wait()


async def _app(kind: str, folder: Path, stack: AsyncExitStack) -> AsyncApp:
    if kind == WHILE_LOOKING:
        return await _looking(folder, stack)
    return await _gatehouse(folder, stack) if kind == "gatehouse" else _bare(before=kind == "bolt-before")


def _bare(*, before: bool) -> AsyncApp:
    async def authorize() -> AuthorizeResult:
        return AuthorizeResult(
            enterprise_id=None, team_id="T0BENCH", bot_token="xoxb-bench", bot_user_id="U0BOT"
        )

    app = AsyncApp(authorize=authorize, process_before_response=before, request_verification_enabled=False)

    @app.action(re.compile(".*"))
    async def pressed(ack: AsyncAck) -> None:
        await ack()

    return app


async def _looking(folder: Path, stack: AsyncExitStack) -> AsyncApp:
    """The same, while it looks again and again at ten thousand pending requests, of which fifty change each time."""
    server = RunningValkey(folder)
    await server.start()
    stack.push_async_callback(server.stop)
    bench = await stack.enter_async_context(open_bench(server, folder))
    process, address = await stack.enter_async_context(polling.backlog(polling.PENDING))
    session = await stack.enter_async_context(aiohttp.ClientSession())
    desk = replace(bench.desk, portal=PortalClient(address, session))
    await polling.take_up(desk)
    agreement = Agreement()
    await poll(desk, agreement)

    async def look_on() -> None:
        while True:
            await polling.change(process, polling.CHANGED)
            await poll(desk, agreement)

    looks = asyncio.create_task(look_on())
    stack.callback(looks.cancel)
    return await _over(bench.ledger, stack)


async def _gatehouse(folder: Path, stack: AsyncExitStack) -> AsyncApp:
    ledger = await Ledger.connect(EmbeddedServer(folder), replica_id="bench")
    stack.push_async_callback(ledger.close)
    await ledger.tick()
    return await _over(ledger, stack)


async def _over(ledger: Ledger, stack: AsyncExitStack) -> AsyncApp:
    settings = SlackSection(
        mode="http", team_id="T0BENCH", bot_token=SecretStr("xoxb-bench"), signing_secret=SecretStr(SECRET)
    )
    client = SlackClient.connect("xoxb-bench")
    stack.push_async_callback(client.close)
    workspace = Workspace(
        team_id="T0BENCH",
        team_name="bench",
        bot_user_id="U0BOT",
        bot_id="B0BOT",
        enterprise_id="",
        scopes=frozenset(),
        url="https://bench.slack.invalid/",
    )
    door = FrontDoor(store=ledger, ring=lambda: None, look_again=lambda _: None, counted=lambda _: None)
    return bolt_app(client, workspace, settings, door)


if __name__ == "__main__":
    logs.set_up(level="error", style="console")
    Path(sys.argv[2]).mkdir(parents=True, exist_ok=True)
    asyncio.run(serve(sys.argv[1], Path(sys.argv[2])))
