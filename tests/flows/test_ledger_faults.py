"""P4, P9: the ledger's server dies, hangs and comes back. What it acknowledged it still knows."""

from __future__ import annotations

import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
from redis.asyncio import Redis
from redis.exceptions import ConnectionError as RedisConnectionError

from bot.cards.kit import ids
from bot.ledger import EmbeddedServer
from tests.flows.scene import Scene


async def _server_pid(scene: Scene) -> int:
    client = Redis.from_url(scene.stage.ledger_url)
    try:
        return int((await client.info("server"))["process_id"])
    finally:
        await client.aclose()


@asynccontextmanager
async def _ready_again(scene: Scene) -> AsyncIterator[None]:
    """The server of the same folder, started anew after its death."""
    server = EmbeddedServer(scene.stage.folder / "data")
    await server.start()
    try:
        yield
    finally:
        await server.stop()


async def _faults(scene: Scene) -> dict[str, str]:
    health = scene.bot.health
    async with (
        aiohttp.ClientSession() as session,
        session.get(f"http://127.0.0.1:{health.bound_port}/readyz") as answer,
    ):
        body = await answer.json()
        assert (answer.status == 200) is body["ready"]
        return dict(body["faults"])


async def test_p4_p9_while_the_ledger_is_dead_presses_are_not_recorded_and_say_so(scene: Scene) -> None:
    """A button, a command and a modal; after the restart everything goes on by itself."""
    _, card = await scene.carded()
    ana = scene.hand("ana")
    view = await ana.form(card, ids.DENY_MODAL, ids.DENY_VIEW)
    await scene.quiet()
    os.kill(await _server_pid(scene), signal.SIGKILL)
    # What is pressed while it dies may have been recorded, and is told so; here it is dead.
    await scene.until(lambda: _is_dead(scene))
    assert (await ana.approve(card)).acked
    await ana.hears("Not recorded, press again")
    assert (await ana.command("/gatehouse", "queue")).outcome == "answered"
    assert sum("Not recorded" in said for said in ana.told()) == 2
    assert (await ana.submit(view, reason="No.")).outcome == "errors"
    shown = ana.modal(ids.DENY_VIEW)
    assert shown is not None
    assert "Not recorded" in str(shown["errors"])
    assert scene.writes == []
    async with _ready_again(scene):
        await scene.until(lambda: _well(scene))
        await ana.approve(card)
        await card.shows("Approved by Ana Moreau")
        assert len(scene.writes) == 1
        second, other = await scene.carded(computer="MRL-WS-001")
        assert second
        assert "waiting" in other.text


async def _is_dead(scene: Scene) -> bool:
    client = Redis.from_url(scene.stage.ledger_url)
    try:
        await client.ping()
    except (RedisConnectionError, OSError):
        return True
    finally:
        await client.aclose()
    return False


async def _well(scene: Scene) -> bool:
    return not await _faults(scene)


async def test_p2_p9_the_ledger_dies_while_a_write_is_on_its_way(scene: Scene) -> None:
    """The portal took it; when the server is back the attempt is still known, and settles itself."""
    _, card = await scene.carded()
    await scene.event("evidence_gathered")
    portal = scene.stage.portal
    portal.faults.set("timeout_after", seconds=30, action="ApprovalRequestPermitApplication")
    await scene.hand("ana").approve(card)
    await scene.seen(lambda: scene.writes)
    os.kill(await _server_pid(scene), signal.SIGKILL)
    assert scene.writes[0].took_effect
    portal.faults.clear()
    async with _ready_again(scene):
        await scene.until(lambda: _well(scene))
        await scene.advance(seconds=35)
        await card.shows("Approved by Ana Moreau in Gatehouse")
        await scene.hand("ana").hears("pprov")
        await scene.quiet()
    assert len(scene.writes) == 1


async def test_p4_p9_a_hung_ledger_is_noticed_within_slacks_three_seconds(scene: Scene) -> None:
    """It accepts connections and answers nothing."""
    _, card = await scene.carded()
    await scene.quiet()
    pid = await _server_pid(scene)
    os.kill(pid, signal.SIGSTOP)
    try:
        delivery = await scene.hand("ana").approve(card)
        assert delivery.acked
        # Asked, and never answered: it may store the press when it goes on.
        await scene.hand("ana").hears("It is not known whether this was recorded")
        assert "ledger" in await _faults(scene)
    finally:
        os.kill(pid, signal.SIGCONT)
    await scene.until(lambda: _well(scene))
    await scene.quiet()
    if "Approved" not in card.text:
        await scene.hand("ana").approve(card)
    await card.shows("Approved by Ana Moreau")
    assert len(scene.writes) == 1


async def test_p4_p9_a_ledger_that_is_full_takes_no_press_and_goes_on_when_there_is_room(
    scene: Scene,
) -> None:
    """It can still be read: the presser is told, `/readyz` names it with the server's word, nothing is half done."""
    _, card = await scene.carded()
    await scene.quiet()
    async with Redis.from_url(scene.stage.ledger_url) as client:
        await client.config_set("maxmemory", "1")
        await scene.hand("ana").approve(card)
        await scene.hand("ana").hears("Not recorded, press again")
        await scene.until(lambda: _names(scene, "ledger", "OOM"))
        assert scene.writes == []
        await client.config_set("maxmemory", "0")
    await scene.until(lambda: _well(scene))
    await scene.hand("ana").approve(card)
    await card.shows("Approved by Ana Moreau")
    assert len(scene.writes) == 1


async def _names(scene: Scene, part: str, word: str) -> bool:
    return word in (await _faults(scene)).get(part, "")


async def test_p5_what_was_stored_before_the_servers_death_is_done_after_it(scene: Scene) -> None:
    """Cases, claims and due times come back from the append-only file."""
    _, card = await scene.carded()
    await scene.hand("ana").press(card, ids.CLAIM)
    await card.shows("Claimed by Ana Moreau")
    await scene.quiet()
    os.kill(await _server_pid(scene), signal.SIGKILL)
    async with _ready_again(scene):
        await scene.until(lambda: _well(scene))
        await scene.advance(minutes=15)
        await scene.said("escalation", "Escalated", "Claimed by Ana Moreau")
