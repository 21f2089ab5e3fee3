"""P9: people hear that the ledger takes nothing, though all else that is said waits in it, and that it does again."""

from __future__ import annotations

import pytest

from bot.app.health import Pulse
from bot.app.ledger_watch import LedgerWatch
from tests.cards.reading import read
from tests.desk import Bench
from tests.lookup.house import OneChannel

FULL = "The embedded server in /data ended (its log ends with: No space left on device)."


class _Watched:
    """A watch on a real sender, by hand and at one's own moment."""

    def __init__(self, bench: Bench) -> None:
        self.bench, self.now, self.pulse = bench, 0.0, Pulse()
        self.channel = bench.slack.add_channel("audit", private=True, members=[bench.cast["ana"]])
        sender = bench.sender(OneChannel(self.channel))
        self.watch = LedgerWatch(self.pulse, sender, bench.desk.now, lambda: self.now, host="gatehouse-2")

    async def look(self, after_s: float, fault: str) -> list[str]:
        """One look so many seconds later; all that stands in the channel."""
        self.now += after_s
        self.pulse.ledger_fault = fault
        await self.watch.look()
        return [read(message["blocks"]) for message in self.bench.slack.messages(self.channel)]


@pytest.fixture
def watched(bench: Bench) -> _Watched:
    return _Watched(bench)


async def test_what_lasts_is_said_once_with_its_reason_and_its_end(watched: _Watched) -> None:
    assert await watched.look(5, FULL) == []
    assert await watched.look(25, FULL) == []
    [said] = await watched.look(5, FULL)
    assert "ledger takes nothing from gatehouse-2" in said
    assert "Other replicas say so for themselves" in said
    assert FULL in said
    assert len(await watched.look(600, FULL)) == 1
    _, back = await watched.look(5, "")
    assert "takes everything again from gatehouse-2" in back
    assert len(await watched.look(5, "")) == 2


async def test_what_is_over_soon_is_no_news(watched: _Watched) -> None:
    for _ in range(5):
        assert await watched.look(20, "the server is loading") == []
        assert await watched.look(20, "") == []


async def test_it_is_said_again_where_slack_did_not_take_it(watched: _Watched) -> None:
    watched.bench.slack.enforce_rate_limits(enforced=False)
    watched.bench.slack.faults.arm("error", method="chat.postMessage", name="internal_error", times=1)
    await watched.look(5, FULL)
    assert await watched.look(30, FULL) == []
    assert await watched.look(30, FULL) == []
    assert len(await watched.look(30, FULL)) == 1
