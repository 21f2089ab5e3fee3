"""How far an approval lets a file spread: the computers of the press, and what was approved by hand before."""

from __future__ import annotations

from collections.abc import Iterable

from bot.desk import Desk, standing_approvals
from bot.models import Kind, RequestFacts, digest_told, subject_of
from bot.rules import lifecycle
from bot.rules.kinds import traits_of
from bot.rules.second import Spread, computer_of, let_run_in


def named(requests: Iterable[RequestFacts]) -> Spread:
    """The computers that a press names."""
    return Spread(frozenset(map(computer_of, requests)))


async def with_history(desk: Desk, facts: RequestFacts, spread: Spread) -> Spread:
    """The same with the file's approvals by hand that are remembered now, and those that are on their way elsewhere.

    A request without a digest has none of either.
    """
    if not digest_told(facts.hash):
        return spread
    since = desk.now() - max(desk.rules.retention.closed_cases, desk.rules.repeats.within)
    on_file = await desk.ledger.earlier_decisions(lifecycle.history_keys(facts)[0], since)
    on_their_way = await _on_their_way(desk, facts)
    return Spread(spread.computers | on_their_way, tuple(standing_approvals(on_file)))


async def _on_their_way(desk: Desk, facts: RequestFacts) -> frozenset[str]:
    """Computers for which the same file is being approved in its case of another kind.

    Nobody knows yet how those end, so no history holds them; an elevation lets the file run as well.
    """
    found: frozenset[str] = frozenset()
    for kind in Kind:
        sister = subject_of(facts.model_copy(update={"kind": kind}))
        if kind is facts.kind or sister is None or not traits_of(kind).is_software:
            continue
        case_id = await desk.ledger.open_case_id_of_subject(sister.key)
        stored = await desk.ledger.case(case_id) if case_id else None
        found |= let_run_in(stored.case) if stored is not None else frozenset()
    return found
