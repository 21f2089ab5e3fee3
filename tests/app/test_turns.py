"""Long work goes in turns, and gives way to what Slack waits for."""

from __future__ import annotations

import asyncio

import pytest

from bot import turns
from bot.turns import Turns, answered_first


@pytest.fixture(autouse=True)
def _each_row_is_a_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, "_TURN_S", 0.0)


async def _steps(of: list[str], name: str, count: int) -> None:
    for _ in range(count):
        of.append(name)
        await asyncio.sleep(0)


async def _work(of: list[str], count: int) -> None:
    turn = Turns()
    for _ in range(count):
        await turn.rest()
        of.append("row")


async def test_an_answer_of_many_steps_meets_one_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, "_GIVES_WAY_S", 60.0)
    seen: list[str] = []

    async def answer() -> None:
        with answered_first():
            await _steps(seen, "step", 10)

    work = asyncio.create_task(_work(seen, 50))
    await asyncio.sleep(0)
    await asyncio.gather(answer(), work)
    assert "row" not in seen[seen.index("step") : seen.index("step") + 10]
    assert seen.count("row") == 50


async def test_long_work_goes_on_under_a_flood(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, "_GIVES_WAY_S", 0.001)
    seen: list[str] = []
    with answered_first():
        await _work(seen, 3)
    assert seen == ["row"] * 3


async def test_an_answer_that_breaks_is_waited_for_no_longer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, "_GIVES_WAY_S", 60.0)
    seen: list[str] = []
    work = asyncio.create_task(_work(seen, 3))

    async def broken() -> None:
        with answered_first():
            await asyncio.sleep(0)
            raise ValueError("broken")

    with pytest.raises(ValueError, match="broken"):
        await broken()
    await work
    assert seen == ["row"] * 3
