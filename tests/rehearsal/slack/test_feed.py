"""The feed: nothing is missed, old entries go, and a wait that fails says what it saw."""

import asyncio

import pytest

from rehearsal.clock import SandboxClock
from rehearsal.slack.feed import KEPT_ENTRIES, Feed
from tests.rehearsal.slack.conftest import House


async def test_a_follower_gets_every_entry_in_order() -> None:
    feed = Feed(SandboxClock())
    feed.add("first")
    seen = []

    async def follow() -> None:
        async for entry in feed.follow():
            seen.append(entry.kind)
            if entry.kind == "last":
                return

    following = asyncio.create_task(follow())
    for kind in ("second", "third"):
        feed.add(kind)
        await asyncio.sleep(0)
    feed.add("last")
    await following
    assert seen == ["first", "second", "third", "last"]


def test_only_the_newest_entries_are_kept() -> None:
    feed = Feed(SandboxClock())
    for number in range(KEPT_ENTRIES + 5):
        feed.add("x", number=number)
    assert len(feed.after(0)) == KEPT_ENTRIES
    assert [entry.facts["number"] for entry in feed.after(KEPT_ENTRIES + 3)] == [
        KEPT_ENTRIES + 3,
        KEPT_ENTRIES + 4,
    ]
    assert feed.after(KEPT_ENTRIES + 5) == []


async def test_a_wait_wakes_on_a_change_and_explains_its_failure(house: House) -> None:
    waiting = asyncio.create_task(house.slack.wait_for(lambda: house.slack.messages(house.alerts)))
    await house.slack.as_person(house.anna).say(house.alerts, "now")
    assert [message["text"] for message in await waiting] == ["now"]
    with pytest.raises(TimeoutError, match="message"):
        await house.slack.wait_for(lambda: None, timeout=0.01)
