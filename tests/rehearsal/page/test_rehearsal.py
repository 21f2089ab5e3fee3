"""The rehearsal's own server: one address, loopback only, and everything that its director may do."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import tempfile
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from bot.cards.kit import ids
from rehearsal.page import Rehearsal, rehearse, rehearsing
from rehearsal.page.director import PORTAL_FAULTS, SLACK_FAULTS
from rehearsal.page.portal_view import BURST, ORDERS
from rehearsal.page.run import next_tuesday_morning
from rehearsal.page.server import PAGE

Json = dict[str, Any]
pytestmark = pytest.mark.timeout(120)


def environment_of(pid: int | None) -> bytes:
    """What a process was given; empty where the system does not tell."""
    file = Path(f"/proc/{pid}/environ")
    return file.read_bytes() if file.exists() else b""


class Caller:
    """A page of the rehearsal, without a browser."""

    def __init__(self, rehearsal: Rehearsal, session: aiohttp.ClientSession) -> None:
        self.rehearsal = rehearsal
        self._session = session

    async def do(self, what: str, expect: int = 200, **body: Any) -> Any:
        url = f"{self.rehearsal.address}rehearsal/{what}"
        async with self._session.post(url, json=body) as answer:
            told = await answer.json()
            assert answer.status == expect, told
            return told

    async def get(self, path: str, **headers: str) -> tuple[int, str]:
        async with self._session.get(f"{self.rehearsal.address}{path}", headers=headers) as answer:
            return answer.status, await answer.text()

    async def parts(self, *wanted: str) -> Json:
        return await self.rehearsal.director.parts(set(wanted))

    async def until(self, name: str, holds: Any, *wants: str) -> Any:
        """Watches as the page does, until a part is as wanted."""
        url = f"{self.rehearsal.address}rehearsal/watch"
        async with asyncio.timeout(30), self._session.ws_connect(url) as socket:
            await socket.send_json({"wants": list(wants)})
            while True:
                told = await socket.receive_json()
                if told["part"] == name and holds(told["data"]):
                    return told["data"]


@pytest.fixture
async def quiet() -> AsyncIterator[Caller]:
    """A rehearsal whose bot is not started: for what needs none."""
    with tempfile.TemporaryDirectory(prefix="gh-") as folder:
        async with rehearsing(Path(folder), with_bot=False) as found, aiohttp.ClientSession() as session:
            yield Caller(found, session)


@pytest.fixture
async def whole() -> AsyncIterator[Caller]:
    """A rehearsal with its bot."""
    with tempfile.TemporaryDirectory(prefix="gh-") as folder:
        async with rehearsing(Path(folder)) as found, aiohttp.ClientSession() as session:
            yield Caller(found, session)


async def test_every_page_says_that_it_is_a_rehearsal(quiet: Caller) -> None:
    for path in ("", "workspace"):
        status, text = await quiet.get(path)
        assert status == 200
        assert "ehearsal" in text.split("<body", 1)[1]
    for file in PAGE.iterdir():
        assert (await quiet.get(f"rehearsal-page/{file.name}"))[0] == 200


async def test_foreign_pages_reach_nothing(quiet: Caller) -> None:
    for headers in ({"Host": "evil.example"}, {"Origin": "https://evil.example"}):
        for path in ("", "workspace", "rehearsal/watch", "_sandbox/state"):
            assert (await quiet.get(path, **headers))[0] == 403, (path, headers)


async def test_it_listens_on_loopback_only(quiet: Caller) -> None:
    assert quiet.rehearsal.address.startswith("http://127.0.0.1:")


async def test_each_order_raises_a_request_that_the_pane_shows(quiet: Caller) -> None:
    raised = [(await quiet.do("raise", order=order))["result"]["request"] for order in ORDERS]
    pending = await quiet.until("portal.pending", lambda rows: len(rows) == len(ORDERS))
    assert [row["id"] for row in pending] == raised[::-1]


async def test_a_burst_is_one_file_on_200_computers(quiet: Caller) -> None:
    assert (await quiet.do("burst"))["result"]["raised"] == BURST
    pending = (await quiet.parts())["portal.pending"]
    assert len({row["path"] for row in pending}) == 1
    assert len({row["computer"] for row in pending}) == len(pending) == BURST


async def test_deciding_in_the_portal_makes_a_policy_and_names_the_decider(quiet: Caller) -> None:
    first = (await quiet.do("raise", order="new software"))["result"]["request"]
    second = (await quiet.do("raise", order="elevation"))["result"]["request"]
    await quiet.do("decide", request=first, approve=True)
    await quiet.do("decide", request=second, approve=False, reason="No")
    await quiet.do("decide", expect=422, request=first, approve=True)
    parts = await quiet.parts()
    assert {row["id"]: row["status"] for row in parts["portal.decided"]} == {
        first: "Approved",
        second: "Rejected/Ignored",
    }
    assert {row["by"] for row in parts["portal.decided"]} == {"tom@rowanbridge.example"}
    assert len(parts["portal.policies"]) == 1
    assert parts["portal.counts"]["pending"] == 0


IMPOSSIBLE: tuple[tuple[str, Json, str], ...] = (
    ("nonsense", {}, "there is no action"),
    ("raise", {"order": "a pony"}, "nothing is called"),
    ("raise", {}, "order is missing"),
    ("decide", {"request": "x"}, "approve must be true or false"),
    ("decide", {"request": "x", "approve": True}, "not in the stand-in portal"),
    ("pace", {"pace": "warp"}, "there is no pace"),
    ("jump", {"minutes": -5}, "minutes must be"),
    ("jump", {"minutes": True}, "minutes must be"),
    ("slack-fault", {"fault": "gremlins"}, "there is no fault"),
    ("portal-fault", {"fault": "gremlins"}, "there is no fault"),
    ("tour", {"step": "nine"}, "no step"),
    ("tour-again", {"step": "approve"}, "no second button"),
    ("tour-again", {"step": "race"}, "the card is not there yet"),
)


async def test_what_cannot_be_done_is_told_in_a_sentence(quiet: Caller) -> None:
    for what, body, says in IMPOSSIBLE:
        assert says in (await quiet.do(what, expect=422, **body))["error"], (what, body)


async def test_every_fault_on_offer_can_be_armed_and_mended(quiet: Caller) -> None:
    for fault in SLACK_FAULTS:
        await quiet.do("slack-fault", fault=fault)
    for fault in PORTAL_FAULTS:
        await quiet.do("portal-fault", fault=fault)
    armed = (await quiet.parts())["director"]["armed"]
    assert len(armed) == len(SLACK_FAULTS) + len(PORTAL_FAULTS)
    await quiet.do("clear-faults")
    assert (await quiet.parts())["director"]["armed"] == []


async def test_time_jumps_for_everybody(quiet: Caller) -> None:
    stage = quiet.rehearsal.stage
    assert stage.clock.now().weekday() == 1
    before = stage.clock.now()
    await quiet.do("jump", minutes=15)
    assert 900 <= (stage.clock.now() - before).total_seconds() < 930
    await quiet.do("saturday")
    assert (stage.clock.now().weekday(), stage.clock.now().hour) == (5, 23)
    await quiet.do("pace", pace="fast")
    before = stage.clock.now()
    while (stage.clock.now() - before).total_seconds() < 60:
        assert await stage.clock.wait_for_move(10)
    await quiet.do("pace", pace="normal")
    assert (await quiet.parts())["clock"]["pace"] == "normal"


@pytest.mark.parametrize(
    ("now", "then"),
    [
        (datetime(2026, 3, 2, 23, tzinfo=UTC), datetime(2026, 3, 3, 10, tzinfo=UTC)),
        (datetime(2026, 3, 3, 9, tzinfo=UTC), datetime(2026, 3, 10, 10, tzinfo=UTC)),
        (datetime(2026, 3, 4, 9, tzinfo=UTC), datetime(2026, 3, 10, 10, tzinfo=UTC)),
    ],
)
def test_it_begins_on_a_tuesday_morning(now: datetime, then: datetime) -> None:
    assert next_tuesday_morning(now) == then


async def test_the_bot_never_sees_the_machine_s_own_settings(
    quiet: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A real token in the environment, and a `.env` in the working directory, change nothing."""
    for name in ("SLACK_BOT_TOKEN", "SLACK_APP_TOKEN", "PORTAL_TOKEN"):
        monkeypatch.setenv(name, "a-real-secret")
        monkeypatch.setenv(f"{name}_FILE", "/nowhere")
    monkeypatch.setenv("PORTAL_URL", "https://portal.example/")
    await quiet.do("start-bot")
    assert quiet.rehearsal.bot.state == "running"
    assert b"a-real-secret" not in environment_of(quiet.rehearsal.bot.pid)


async def test_a_press_a_kill_and_a_start_are_all_on_the_record(whole: Caller) -> None:
    stage, bot = whole.rehearsal.stage, whole.rehearsal.bot
    await whole.do("tour", step="approve")
    request_id = whole.rehearsal.director.tour.progress["approve"].request_id
    channel = stage.channels["card"]
    card = await stage.slack.wait_for(lambda: next(iter(stage.slack.messages(channel)), None), 30)
    await whole.do("kill-bot")
    assert bot.state == "ended"
    await whole.do("start-bot")
    assert (bot.state, bot.starts) == ("running", 2)
    bo = stage.slack.as_person(stage.cast["bo"])
    await bo.click(channel, card["ts"], ids.APPROVE_COMPUTER)
    tour = await whole.until("tour", lambda steps: steps[0]["is_done"])
    assert [step["is_done"] for step in tour] == [True] + [False] * 7
    assert stage.portal.request(request_id).status_id == 4
    verdict = (await whole.do("verify"))["result"]
    assert verdict["good"]
    assert verdict["events"] > 3
    traffic = await whole.until("traffic", bool, "traffic")
    assert {row["way"] for row in traffic} == {"Slack → bot", "bot → Slack", "bot → portal"}
    assert stage.slack.bot_token not in json.dumps(traffic)
    record = (await whole.parts())["record"]
    assert "decision_settled" in {event["name"] for event in record["events"]}


async def test_rehearse_prints_one_address_and_ends_when_told(capsys: pytest.CaptureFixture[str]) -> None:
    addresses: asyncio.Queue[str] = asyncio.Queue()
    running = asyncio.create_task(rehearse(0, addresses.put_nowait))
    async with asyncio.timeout(60):
        address = await addresses.get()
        said = capsys.readouterr().out
        assert said.count("http://") == 1
        assert address in said
        os.kill(os.getpid(), signal.SIGTERM)
        assert await running == 0
