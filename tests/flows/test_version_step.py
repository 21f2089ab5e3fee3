"""P2, P4: presses and changes of duty that fall into a rolling restart to a new version are each carried out once."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from pathlib import Path

from bot.cards.kit import ids
from bot.ledger.door import SCHEMA
from tests.flows.processes import BotProcess, bot_process
from tests.flows.scene import Card, Hand, Scene, set_scene

MORE = """
[tiers.leads]
rota = ["week"]
[rotas.week]
zone = "UTC"
people = ["ana", "lee"]
starts = "2026-11-16"
hand_over = "mon 08:00"
"""
FILES = {"BRW-WS-003": "tideplan", "BRW-WS-007": "labelpress"}


async def _cards(scene: Scene) -> list[Card]:
    """One request on each of two computers, each on a card of its own."""
    return [
        (await scene.carded(computer=computer, product=product))[1] for computer, product in FILES.items()
    ]


async def test_p2_p4_nothing_that_is_pressed_in_a_version_step_is_lost_or_done_twice(tmp_path: Path) -> None:
    """Two replicas of the version before; each is drained while its successor works already, and people press on."""
    async with AsyncExitStack() as stack:
        scene = await stack.enter_async_context(set_scene(tmp_path, bots=0))
        # The test's own eyes have opened the ledger, and nothing of this version is in it yet.
        await scene.ledger._door.read("HSET", "{gatehouse}:meta", "schema", SCHEMA - 1)
        old = [
            await stack.enter_async_context(bot_process(scene, f"old{number}", more=MORE, former=True))
            for number in range(2)
        ]
        ana, lee, kim = (scene.hand(key) for key in ("ana", "lee", "kim"))
        orders = ("oncall take week for 4h", "oncall away 2026-11-25")
        successors: list[BotProcess] = []
        for leaving, card, order in zip(old, await _cards(scene), orders, strict=True):
            name = f"new{len(successors)}"
            successors.append(await stack.enter_async_context(bot_process(scene, name, more=MORE)))
            await kim.press(card, ids.CLAIM)
            # On the one that leaves, on its successor, on the one beside them: whom Slack asks.
            await asyncio.gather(
                _drained(leaving), _approved(ana, card), _typed(lee, order), _typed(kim, "whoami")
            )
            await scene.case_where(card.case_id, lambda case: not case.is_open)
        await lee.hears("Lee Sandoval has the turn of week")
        await lee.hears("Lee Sandoval", "out of office")
        await scene.until(lambda: _answered(scene))
        assert len(scene.writes) == len(FILES)
        assert len((await scene.ledger.given()).given.duty) == len(orders)
        assert await scene.events("press_failed") == []
        assert [await bot.drain() for bot in successors] == [0, 0]


async def _approved(hand: Hand, card: Card) -> None:
    """Whoever sees Slack's own word that the press failed, since nobody acknowledged it, presses again."""
    await hand.scene.seen(lambda: ids.APPROVE_COMPUTER in card.actions)
    while ids.APPROVE_COMPUTER in card.actions and not (await hand.approve(card)).acked:
        pass


async def _typed(hand: Hand, text: str) -> None:
    """The same of a command."""
    while not (await hand.command("/gatehouse", text)).acked:
        pass


async def _drained(bot: BotProcess) -> None:
    assert await bot.drain() == 0, bot.log.read_text("utf-8")


async def _answered(scene: Scene) -> bool:
    return not await scene.ledger.waiting_presses()
