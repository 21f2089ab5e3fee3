"""The times of requests for the metrics, each observed once, by the replica whose change it was.

What the report tells is computed from the record (`bot/rules/timing.py`); these figures are for alarms and boards.
"""

from __future__ import annotations

from collections.abc import Iterable

import structlog

from bot.desk.desk import Desk
from bot.ledger import LedgerUnavailable
from bot.models import Case, Event
from bot.rules.timing import DECISIONS, LOOKS

log = structlog.get_logger()


async def count_times(desk: Desk, events: Iterable[Event], cases: Iterable[Case] = ()) -> None:
    """A change was stored: what of it is a first look, and what a decision. `cases`: as they are after it."""
    known = {case.case_id: case for case in cases}
    try:
        for event in events:
            if event.name in DECISIONS and event.case_id in known:
                _count_decision(desk, event, known[event.case_id])
            elif event.name in LOOKS and event.case_id:
                await _count_look(desk, event, known.get(event.case_id))
    except LedgerUnavailable as error:
        # The change itself is stored: a figure may be missing, the answer must not.
        log.info("look_not_counted", why=str(error))


def _count_decision(desk: Desk, event: Event, case: Case) -> None:
    entry = case.entry(event.request_id)
    if entry is not None:
        ended = entry.outcome.state.decided_at if entry.outcome else None
        took = (ended or desk.now()) - entry.clock_from
        decided_in = "gatehouse" if event.name == "decision_settled" else "portal"
        desk.metrics.ended(case.kind.value, decided_in, max(0.0, took.total_seconds()))


async def _count_look(desk: Desk, event: Event, case: Case | None) -> None:
    stored = None if case is not None else await desk.ledger.case(event.case_id)
    case = stored.case if stored is not None else case
    if case is None:
        return
    waiting = {entry.facts.request_id: entry for entry in case.open_requests}
    for request_id in await desk.ledger.first_looks(case.case_id, list(waiting)):
        waited = desk.now() - waiting[request_id].clock_from
        desk.metrics.looked(case.kind.value, max(0.0, waited.total_seconds()))
