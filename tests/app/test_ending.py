"""Whoever is told to end does, also where a library made something else of the cancellation."""

from __future__ import annotations

import asyncio

import pytest

from bot import turns
from bot.turns import ended


async def test_who_took_a_cancellation_for_trouble_is_cancelled_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(turns, "_CANCEL_AGAIN_S", 0.01)
    begun, swallowed = asyncio.Event(), 0

    async def stubborn() -> None:
        nonlocal swallowed
        while True:
            begun.set()
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                swallowed += 1
                if swallowed == 3:
                    raise

    task = asyncio.create_task(stubborn())
    await begun.wait()
    await ended([task])
    assert task.cancelled()
    assert swallowed == 3


async def test_what_has_ended_is_left_alone_and_its_error_is_nobodys() -> None:
    async def failed() -> None:
        raise ValueError("over")

    task = asyncio.create_task(failed())
    await asyncio.wait([task])
    await ended([task])
    await ended([])
