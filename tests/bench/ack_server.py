"""The server under measurement, alone in a process: `python -m tests.bench.ack_server KIND FOLDER`.

It prints its port, and at the end how many presses it has stored.
"""

from __future__ import annotations

import asyncio
import re
import signal
import sys
from collections import Counter
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path

import aiohttp
from aiohttp import web
from pydantic import SecretStr
from slack_bolt.adapter.aiohttp import to_aiohttp_response, to_bolt_request
from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_sdk.signature import SignatureVerifier

from bot import logs
from bot.app.listening import listen
from bot.app.living import spare_what_stays
from bot.app.slackside import HttpSide, bolt_app
from bot.chat import SlackClient, Workspace
from bot.intake.poll import poll
from bot.intake.remembering import Agreement
from bot.ledger import EmbeddedServer, Kept, Ledger
from bot.portal import PortalClient
from bot.settings import SlackSection
from handlers.door import FrontDoor
from tests.bench import polling
from tests.bench.acknowledging import SECRET, WHILE_LOOKING
from tests.desk import open_bench
from tests.valkey import RunningValkey


async def serve(kind: str, folder: Path) -> None:
    """Listen until SIGTERM. What was started is stopped at the end."""
    stop = asyncio.Event()
    came: Counter[str] = Counter()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    async with AsyncExitStack() as stack:
        if kind.startswith("gatehouse"):
            port = await _gatehouse(kind, folder, stack, came)
        else:
            port = await _bare(stack, before=kind == "bolt-before")
        print(port, flush=True)
        await stop.wait()
    print(came[Kept.NEW.value])


async def _bare(stack: AsyncExitStack, *, before: bool) -> int:
    """Bolt as its own pages set it up, its check of signatures included; listened on as Gatehouse is."""

    async def authorize() -> AuthorizeResult:
        return AuthorizeResult(
            enterprise_id=None, team_id="T0BENCH", bot_token="xoxb-bench", bot_user_id="U0BOT"
        )

    app = AsyncApp(authorize=authorize, process_before_response=before, signing_secret=SECRET)

    @app.action(re.compile(".*"))
    async def pressed(ack: AsyncAck) -> None:
        await ack()

    async def take(request: web.Request) -> web.Response:
        return await to_aiohttp_response(await app.async_dispatch(await to_bolt_request(request)))

    spare_what_stays()
    listening = await listen("127.0.0.1", 0, [web.post("/slack/events", take)])
    stack.push_async_callback(listening.close)
    return listening.port


async def _gatehouse(kind: str, folder: Path, stack: AsyncExitStack, came: Counter[str]) -> int:
    ledger = await (_looking if kind == WHILE_LOOKING else _quiet)(folder, stack)
    app = await _over(ledger, stack, came)
    side = HttpSide(app, "127.0.0.1", 0, SignatureVerifier(SECRET))
    # As the program does before it starts: whole collections of all that is loaded would be in every figure.
    spare_what_stays()
    await side.start()
    stack.push_async_callback(side.close)
    return side.bound_port


async def _looking(folder: Path, stack: AsyncExitStack) -> Ledger:
    """A ledger, while the process looks again and again at ten thousand pending requests; each time fifty change."""
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
    return bench.ledger


async def _quiet(folder: Path, stack: AsyncExitStack) -> Ledger:
    ledger = await Ledger.connect(EmbeddedServer(folder), replica_id="bench")
    stack.push_async_callback(ledger.close)
    await ledger.tick()
    return ledger


async def _over(ledger: Ledger, stack: AsyncExitStack, came: Counter[str]) -> AsyncApp:
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
    door = FrontDoor(
        store=ledger, ring=lambda: None, look_again=lambda _: None, counted=lambda what: came.update((what,))
    )
    return bolt_app(client, workspace, settings, door)


if __name__ == "__main__":
    logs.set_up(level="error", style="console")
    Path(sys.argv[2]).mkdir(parents=True, exist_ok=True)
    asyncio.run(serve(sys.argv[1], Path(sys.argv[2])))
