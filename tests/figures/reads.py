"""How often one press reads its case: from the use case that its route names to the last word of it in Slack."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from typing import Any

from bot.app.workers import SendWork
from bot.ledger import Ledger
from handlers.routes import ROUTES
from tests.desk import Bench
from tests.lookup.house import OneChannel

CASE_READS = ("case", "cases")
"""The methods of the ledger that answer with a case."""


@dataclass
class Counted:
    """The ledger, with every call of it counted by its name."""

    ledger: Ledger
    calls: Counter[str] = field(default_factory=Counter)

    def __getattr__(self, name: str) -> Any:
        """A method of the ledger that counts when it is called."""
        method = getattr(self.ledger, name)
        if not callable(method):
            return method  # its history, its chain: nothing of these answers with a case

        def counting(*arguments: Any, **named: Any) -> Any:
            self.calls[name] += 1
            return method(*arguments, **named)

        return counting


async def reads_per_press(bench: Bench, *, use_case: str = "approve_once", requests: int = 1) -> Counter[str]:
    """Which methods of the ledger one press calls, and how often; `use_case` is the name of a route's function.

    The card is posted before; what the press makes Slack be told is sent by the real sender to the stand-in, and what
    has to wait for its turn in the channel as well.
    """
    route, work_on = next(item for item in ROUTES.items() if item[1].__name__ == use_case)
    channel = bench.slack.add_channel("approvals", private=True, members=[bench.cast["ana"]])
    request_ids = bench.portal.raise_everywhere("execute", bench.computers()[:requests])
    await bench.poll()
    await _send(_sender(bench, channel))
    case = await bench.case_of(request_ids[0])
    press = await bench.press("ana", route, case, channel_id=channel, response_url="")
    counted = Counted(bench.ledger)
    bench.desk = replace(bench.desk, ledger=counted)  # type: ignore[arg-type]  # it is the ledger, and counts
    await work_on(bench.desk, press)
    await _send(_sender(bench, channel))
    await bench.advance(seconds=2)
    await _send(_sender(bench, channel))
    return counted.calls


def case_reads(calls: Counter[str]) -> int:
    """How many of these calls read a case."""
    return sum(calls[name] for name in CASE_READS)


def _sender(bench: Bench, channel: str) -> SendWork:
    table = OneChannel(channel)
    return SendWork(bench.desk, bench.sender(table), table)


async def _send(sending: SendWork) -> None:
    """Until nothing is left that may be said."""
    while await sending.batch():
        pass
