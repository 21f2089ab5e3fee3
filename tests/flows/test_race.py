"""P2: one decision. Three bot processes, a hundred permitted people at once, a portal that would take every write."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

from bot.cards.kit import ids
from bot.seams import Seam
from rehearsal.slack.deliveries import Delivery
from rehearsal.stage.cast import PARENT
from tests.flows.processes import forked_bot
from tests.flows.scene import Card, Hand, Json, Scene, set_scene

PEOPLE = 100


@asynccontextmanager
async def _crowd(folder: Path, **decisions: int) -> AsyncIterator[tuple[Scene, list[Hand]]]:
    """A hundred approvers, a portal without its own refusal of double decisions, no bot yet."""
    overrides = {"decisions": decisions}
    async with set_scene(folder, bots=0, rate_limits=False, overrides=overrides) as scene:
        scene.stage.portal.rules.set("refuse_double_decisions", value=False)
        yield scene, _hire(scene)


def _hire(scene: Scene) -> list[Hand]:
    """Accounts, channel membership and a grant for each of them."""
    slack, access = scene.stage.slack, scene.stage.settings.access.file
    names = [f"approver{number:03}" for number in range(PEOPLE)]
    slack_ids = [slack.add_person(name) for name in names]
    for slack_id in slack_ids:
        slack.changes.join(scene.stage.channels["card"], slack_id)
    people = [
        f'[people.{name}]\nname = "{name.title()}"\nslack = ["{slack_id}"]\nportal = ["{name}"]\n'
        for name, slack_id in zip(names, slack_ids, strict=True)
    ]
    listed = ", ".join(f'"{name}"' for name in names)
    grant = (
        f'[[grants]]\npeople = [{listed}]\norganizations = ["{PARENT}"]\nand_below = true\n'
        'permissions = ["Approve for Single Computer"]\n'
    )
    access.write_text("\n".join([access.read_text("utf-8"), *people, grant]), "utf-8")
    return [scene.hand(slack_id) for slack_id in slack_ids]


async def _submission(scene: Scene, card: Card) -> Json:
    """What Slack sends for a filled and submitted “Deny…”, as a pattern for everybody's own."""
    kim = scene.hand("kim")
    view = await kim.form(card, ids.DENY_MODAL, ids.DENY_VIEW)
    await kim.person.fill(view["id"], {ids.REASON_BLOCK: {ids.INPUT: "Not needed here."}})
    filled = kim.modal(ids.DENY_VIEW)
    assert filled is not None
    filled.pop("errors")
    sent = next(d.payload for d in reversed(scene.stage.slack.deliveries) if d.kind == "interactive")
    return {name: sent[name] for name in ("team", "api_app_id", "token", "user")} | {
        "type": "view_submission",
        "enterprise": None,
        "is_enterprise_install": False,
        "response_urls": [],
        "view": filled,
    }


def _denial(pattern: Json, hand: Hand, turn: int) -> Json:
    """One person's own submission."""
    user = pattern["user"] | {"id": hand.id, "name": hand.person.record.name}
    view = pattern["view"] | {"id": f"V0RACE{hand.id}{turn}"}
    return pattern | {"user": user, "view": view, "trigger_id": f"{hand.id}.{turn}"}


async def _everybody_presses(
    scene: Scene, card: Card, hands: Sequence[Hand], pattern: Json, turn: int = 0
) -> list[Delivery]:
    """All at once: those at even places approve, the others deny."""
    sent: list[Any] = []
    for number, hand in enumerate(hands):
        if number % 2:
            sent.append(scene.stage.slack.forge("interactive", _denial(pattern, hand, turn)))
        else:
            sent.append(await hand.person.click(card.channel, card.ts, ids.APPROVE_COMPUTER))
    return list(await asyncio.gather(*(delivery.settled() for delivery in sent)))


async def _all_told(scene: Scene, hands: Sequence[Hand]) -> list[list[str]]:
    """Wait until everybody was told something; direct messages are paced, so time is moved on."""

    waiting = list(hands)

    async def look() -> bool:
        waiting[:] = [hand for hand in waiting if not hand.told()]
        # Not before all are judged: on a slow machine their verdicts would grow too old to be acted on.
        if waiting and await _nothing_waits(scene):
            await scene.advance(seconds=5)
        return not waiting

    await scene.until(look, lambda: f"{len(waiting)} were told nothing", 100)
    return [hand.told() for hand in hands]


async def test_p2_p4_a_hundred_people_press_at_once_on_three_processes_and_one_write_is_received(
    tmp_path: Path,
) -> None:
    """Half of them deny. One decision, and a hundred answers."""
    async with AsyncExitStack() as stack:
        scene, hands = await stack.enter_async_context(_crowd(tmp_path))
        for number in range(3):
            await stack.enter_async_context(forked_bot(scene, f"bot{number}"))
        _, card = await scene.carded(computer="BRW-WS-007")
        deliveries = await _everybody_presses(scene, card, hands, await _submission(scene, card))
        assert all(delivery.acked for delivery in deliveries)
        assert len({attempt.to for delivery in deliveries for attempt in delivery.attempts}) == 3
        told = await _all_told(scene, hands)
        await scene.quiet()
        assert len(scene.writes) == 1, told
        winners = [said for said in told if said[0].startswith(("Approved.", "Denied."))]
        assert len(winners) == 1
        assert len(await scene.events("decision_attempted")) == 1
        assert len(await scene.events("press_answered")) == PEOPLE


async def test_p2_p4_a_process_that_is_stopped_between_record_and_send_sends_nothing_when_it_resumes(
    tmp_path: Path,
) -> None:
    """Its attempt is over by then; somebody's new press has decided, once, and everybody was answered."""
    async with AsyncExitStack() as stack:
        scene, hands = await stack.enter_async_context(_crowd(tmp_path, send_within_s=3))
        bots = [
            await stack.enter_async_context(forked_bot(scene, f"bot{number}", Seam.ATTEMPT_RECORDED, "stop"))
            for number in range(3)
        ]
        request_id, card = await scene.carded(computer="BRW-WS-007")
        pattern = await _submission(scene, card)
        deliveries = await _everybody_presses(scene, card, hands, pattern)
        stopped = await scene.seen(lambda: next((bot for bot in bots if bot.is_stopped), None))
        # The stopped process hears of no time that a test lets pass: its attempt ends by real seconds.
        over_at = time.monotonic() + 3.5
        scene.stage.slack.sockets.drop(stopped.connection_id)
        unheard = [hand for hand, sent in zip(hands, deliveries, strict=True) if not sent.acked]
        repeated = await _everybody_presses(scene, card, unheard, pattern, turn=1)
        assert all(delivery.acked for delivery in repeated)
        attempted = await scene.event("decision_attempted", request_id=request_id)
        await scene.advance(seconds=31)
        await scene.until(lambda: _nothing_waits(scene))
        assert scene.writes == []
        await scene.advance(seconds=35)
        await scene.event("decision_reopened", attempt_id=attempted.event.facts["attempt_id"])
        await scene.hand("ana").approve(card)
        await scene.seen(lambda: scene.writes)
        await scene.seen(lambda: time.monotonic() > over_at)
        stopped.resume()
        await scene.seen(lambda: "attempt_not_sent" in stopped.log.read_text("utf-8"))
        await _all_told(scene, hands)
        await scene.quiet()
        assert [await bot.drain() for bot in bots] == [0, 0, 0]
        assert len(scene.writes) == 1
        settled = await scene.events("decision_settled")
        assert [one.event.facts["ours"] for one in settled] == [True]
        assert settled[0].event.facts["attempt_id"] != attempted.event.facts["attempt_id"]


async def _nothing_waits(scene: Scene) -> bool:
    """Whether every press is answered, those in the stopped process's hands as well: their leases are over."""
    return not await scene.ledger.waiting_presses()
