"""HTTP mode: Slack calls us, every call signed. Clocks are real here, because the signature's age is."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import urlencode

import aiohttp
import pytest

from bot.app.slackside import HttpSide
from bot.cards.kit import ids
from rehearsal.slack.http_mode import sign
from rehearsal.stage.stage import MANIFEST
from tests.flows.scene import Scene, set_scene


@pytest.fixture
async def http(tmp_path: Path) -> AsyncIterator[Scene]:
    """A bot that listens, and a workspace that calls it."""
    manifest = tmp_path / "manifest.yml"
    text = MANIFEST.read_text("utf-8").replace("socket_mode_enabled: true", "socket_mode_enabled: false")
    manifest.write_text(text, "utf-8")
    how = {"slack": {"mode": "http", "port": 0}}
    async with set_scene(tmp_path, start=None, manifest=manifest, overrides=how) as scene:
        scene.stage.slack.http.request_url = _address(scene)
        yield scene


def _address(scene: Scene) -> str:
    side = scene.bot.side
    assert isinstance(side, HttpSide)
    return f"http://127.0.0.1:{side.bound_port}/slack/events"


async def test_p4_signed_deliveries_work_over_http(http: Scene) -> None:
    """A button, a modal and a command."""
    assert await http.stage.slack.http.verify()
    _, card = await http.carded(computer="BRW-WS-007")
    delivery = await http.hand("hal").approve(card)
    assert delivery.acked
    await http.hand("hal").hears("Not done")
    await http.hand("hal").command("/gatehouse", "whoami")
    await http.hand("hal").hears("You are Hal Novak")
    await http.hand("ana").deny(card, "No.")
    await card.shows("Denied by Ana Moreau")
    assert len(http.writes) == 1


@pytest.mark.parametrize("wrong", ["signature", "age", "body", "missing"])
async def test_p1_a_call_that_is_not_slacks_is_401_and_nothing_is_stored(http: Scene, wrong: str) -> None:
    """A forged signature, an old one, one over another body, none at all."""
    _, card = await http.carded()
    await http.hand("hal").press(card, ids.CLAIM)
    await http.hand("hal").hears("Not done")
    await http.quiet()
    known = (await http.ledger.chain.head()).number
    fields = {"command": "/gatehouse", "text": "whoami", "user_id": http.stage.cast["ana"], "trigger_id": "1.2.3",
              "team_id": http.stage.slack.team_id, "channel_id": card.channel, "response_url": ""}  # fmt: skip
    body = urlencode(fields).encode()
    stamp = str(int(time.time()) - (600 if wrong == "age" else 0))
    secret = "0" * 32 if wrong == "signature" else http.stage.slack.signing_secret
    headers = {
        "Content-Type": "application/x-www-form-urlencoded",
        "X-Slack-Request-Timestamp": stamp,
        "X-Slack-Signature": sign(secret, stamp, b"other" if wrong == "body" else body),
    }
    if wrong == "missing":
        del headers["X-Slack-Signature"]
    async with (
        aiohttp.ClientSession() as session,
        session.post(_address(http), data=body, headers=headers) as answer,
    ):
        assert answer.status == 401
    assert not await http.ledger.waiting_presses()
    assert not [e for e in await http.events("whoami_asked") if e.number > known]


@pytest.mark.parametrize(("ahead_s", "status"), [(290, 200), (-290, 200), (310, 401), (-310, 401)])
async def test_the_age_of_a_call_is_judged_by_the_ledgers_clock(
    http: Scene, ahead_s: int, status: int
) -> None:
    """This host may be a day off: what counts is the time that all replicas share."""
    await http.advance(days=1)
    await http.bot.desk.ledger.tick()
    now = int(http.bot.desk.now().timestamp())
    assert now - time.time() > 80_000
    body = urlencode({"command": "/nothing", "user_id": "U1", "team_id": http.stage.slack.team_id}).encode()
    stamp = str(now + ahead_s)
    headers = {
        "Content-Type": "application/x-www-form-urlencoded",
        "X-Slack-Request-Timestamp": stamp,
        "X-Slack-Signature": sign(http.stage.slack.signing_secret, stamp, body),
    }
    async with (
        aiohttp.ClientSession() as session,
        session.post(_address(http), data=body, headers=headers) as answer,
    ):
        assert answer.status == status
