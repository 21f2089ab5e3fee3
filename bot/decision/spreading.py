"""How far an approval lets a file spread: the computers of the press, and what was approved by hand before."""

from __future__ import annotations

from collections.abc import Iterable

from bot.desk import Desk, standing_approvals
from bot.models import RequestFacts, digest_told
from bot.rules import lifecycle
from bot.rules.second import Spread, computer_of


def named(requests: Iterable[RequestFacts]) -> Spread:
    """The computers that a press names."""
    return Spread(frozenset(map(computer_of, requests)))


async def with_history(desk: Desk, facts: RequestFacts, spread: Spread) -> Spread:
    """The same with the file's approvals by hand that are remembered now; a request without a digest has none."""
    if not digest_told(facts.hash):
        return spread
    since = desk.now() - max(desk.rules.retention.closed_cases, desk.rules.repeats.within)
    on_file = await desk.ledger.earlier_decisions(lifecycle.history_keys(facts)[0], since)
    return Spread(spread.computers, tuple(standing_approvals(on_file)))
