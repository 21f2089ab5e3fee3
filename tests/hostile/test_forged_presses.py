"""P1, P8: no forged press has an effect that a small independent model of who may does not allow."""

from __future__ import annotations

import os
import random
from dataclasses import dataclass
from typing import Any

import pytest

from bot.app.workers import PressWork
from bot.cards.kit import ids
from bot.models import Press, SecondApproval
from handlers import payloads
from handlers.payloads import NotUnderstood
from rehearsal.stage.cast import ROLES
from rehearsal.stage.stage import organizations
from tests.desk import Bench
from tests.hostile.forging import Forger, Json
from tests.hostile.who_may import JUDGED, Asked, WhoMay

PRESSES = int(os.environ.get("FORGED_PRESSES", "150"))
"""In each of the two plays; `FORGED_PRESSES=20000` for a long one."""
_ARRIVE_EVERY = 30
_KINDS = ("execute", "execute", "install", "elevate", "read", "write", "register")
_MAKERS = {
    "button": payloads.button_press,
    "modal": payloads.modal_press,
    "command": payloads.command_press,
    "home": payloads.home_press,
}


@dataclass
class Play:
    """One bench, one forger, one model."""

    bench: Bench
    forger: Forger
    model: WhoMay
    work: PressWork
    read: int = 0
    """The last event that was judged."""

    async def arrive(self) -> None:
        """Requests of every kind, in several organizations, some of a person who decides elsewhere."""
        dice = self.forger.dice
        for kind in _KINDS:
            place = dice.choice(["brightwater", "marlow", "juniper-hill"])
            requestor = dice.choice(["", "", "ana", "kim", "lee"])
            account = next((one.portal_name for one in ROLES if one.key == requestor), "")
            named: dict[str, Any] = {"user": account} if account else {}
            request_id = self.bench.portal.raise_request(kind, organization=place, **named)
            self.model.requests[request_id.casefold()] = Asked(place, kind, requestor)
        await self.bench.poll()
        await self.learn()

    async def learn(self) -> None:
        """Whatever was said or drawn is the forger's."""
        for effect in await self.bench.say():
            self.forger.vocabulary.learn(effect)

    async def press(self, kind: str, body: Json) -> None:
        """As the front door would take it in, and the worker carry it out."""
        try:
            made = _MAKERS[kind](body, self.bench.desk.now())
        except NotUnderstood:
            return
        await self.carry_out(made)

    async def carry_out(self, press: Press) -> None:
        """Until it is answered; nothing may be left, nothing may break."""
        await self.bench.ledger.store_press(press)
        for _ in range(5):
            while await self.work.batch() or self.work.in_hand:
                await self.work.drain()
            if await self.bench.ledger.waiting_presses() == 0:
                break
            # The ledger did not answer in time on a busy machine: it is taken up again when its lease ends.
            await self.bench.advance(seconds=31)
        assert await self.bench.ledger.waiting_presses() == 0, f"{press.name} is not answered: {press}"
        await self.learn()

    async def judge(self, what: object) -> None:
        """Every event since the last time, and every write that reached the portal."""
        for stored in await self.bench.ledger.events(self.read, 10_000):
            self.read = stored.number
            assert stored.event.name != "press_failed", f"{what} met a fault of our own"
            fault = self.model.fault(stored.event)
            assert not fault, f"{fault}\n{stored.event}\n{what}"


async def _play(bench: Bench, seed: int) -> Play:
    places = {one.casefold(): name for name, one in organizations(bench.portal).items()}
    people = {**bench.cast.user_ids, "nobody": "U0NOBODY", "empty": "U", "bot": "USLACKBOT"}
    forger = Forger(random.Random(seed), people, bench.slack.team_id)
    model = WhoMay({user_id: key for key, user_id in bench.cast.user_ids.items()}, places)
    return Play(bench, forger, model, PressWork(bench.desk, said=lambda: None))


async def _show(play: Play) -> None:
    """Let who may open what there is, so that the forger knows every form."""
    for who, text in (
        *(("zoe", f"{word}") for word in ("grant", "role create", "maintenance BRW-WS-007", "exceptions")),
        ("kim", "queue"),
    ):
        body = {**play.forger._command(), "command": "/gatehouse", "text": text}
        await play.press("command", body | {"user_id": play.bench.cast[who], "trigger_id": f"shown {text}"})
    for who in ("kim", "zoe", "lee"):
        opened = [one for one in play.forger.vocabulary.clicks if one[0].endswith("_modal.v1")]
        menus = [one for one in play.forger.vocabulary.clicks if one[0] == ids.MORE]
        for number, (action, value) in enumerate([*opened[:12], *menus[:8]]):
            who_presses: Json = {"user": {"id": play.bench.cast[who], "team_id": play.forger.team_id}}
            pressed: Json = {"action_id": action, "value": value, "action_ts": "1", "type": "button"}
            if action == ids.MORE:
                pressed |= {"selected_option": {"value": value}}
            trigger: Json = {"trigger_id": f"shown {who} {number}"}
            body = {
                **play.forger._who(),
                **who_presses,
                **trigger,
                "type": "block_actions",
                "actions": [pressed],
            }
            await play.press("button", body)


@pytest.mark.unmeasured
@pytest.mark.timeout(36_000 if PRESSES > 1000 else 180)
@pytest.mark.parametrize(("seed", "second"), [(1, False), (2, True)])
async def test_no_forged_press_does_what_its_presser_may_not(bench: Bench, seed: int, second: bool) -> None:
    """`second`: with the house rule of two people, so that approvals wait for another one."""
    if second:
        bench.with_rules(second=SecondApproval())
    seed = int(os.environ.get("FORGED_SEED", str(seed)))
    play = await _play(bench, seed)
    await play.arrive()
    await _show(play)
    for number in range(PRESSES):
        if number % _ARRIVE_EVERY == _ARRIVE_EVERY - 1:
            await bench.advance(minutes=2)
            await play.arrive()
        kind, body = play.forger.forged()
        await play.press(kind, body)
        await play.judge((number, kind, body))
    writes = bench.portal.decisions
    attempts = await bench.ledger.events(0, 1_000_000)
    named = [one.event for one in attempts if one.event.name == "decision_attempted"]
    assert len(writes) <= len(named), "a write without an attempt in the record"
    assert any(one.event.name in JUDGED for one in attempts), "the forger never got anywhere"
    for request_id in {each for write in writes for each in write.request_ids}:
        taken = [write for write in writes if request_id in write.request_ids and write.took_effect]
        assert len(taken) <= 1, f"{request_id} was decided twice"
