"""One look at the portal's list, held page by page against the cases that we know: what arrived, changed or is missing.

No more than a page is in memory at a time, and of cases a few: all of a large backlog are hundreds of megabytes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial

import structlog

from bot.desk import Desk, understood
from bot.intake.packing import Packed
from bot.intake.remembering import Agreement
from bot.models import RequestEntry, Sighting
from bot.portal import AnswerNotUnderstood, ApprovalRequestRow, PortalError, Sighted, sighting_of
from bot.rules.comparing import differs
from bot.turns import Turns

log = structlog.get_logger()

_AT_ONCE = 50
"""Cases in memory at a time (our choice)."""


@dataclass(slots=True)
class Found:
    """What a list says about the cases, and of requests without one, which stay packed until their turn comes."""

    listed: int = 0
    arrived: dict[str, Packed] = field(default_factory=dict)
    """By request id."""
    changed: dict[str, tuple[str, Sighting]] = field(default_factory=dict)
    """Case id and request whose facts or assignee are no longer what the record holds; by request id. It is asked alone
    before anything follows from it."""
    missing: list[tuple[str, RequestEntry]] = field(default_factory=list)
    """Case id and open request that the list does not show; the request itself must be asked."""
    odd: tuple[str, ...] = ()
    unread: AnswerNotUnderstood | None = None
    """There are rows, and none can be read: what stands on cards is asked alone all the same."""
    thin: dict[str, ApprovalRequestRow] = field(default_factory=dict)
    """Rows that say too little, by request id. Each is a question to the portal: not in the midst of its list, which
    would move meanwhile and be asked for again."""
    shown: set[str] = field(default_factory=set)
    """Ids of requests that were read and that the agreement does not hold."""


async def match(desk: Desk, agreement: Agreement) -> Found:
    """The list against the cases that are not known to agree with it, in turns with whatever else waits.

    A request whose row is the same and whose case moved while the list was read is left to the next look, which
    reads both: only what changed on neither side is passed over. Raises PortalError.
    """
    found = Found()
    agreement.begin()
    known = partial(agreement.known, versions=desk.ledger.versions)
    try:
        found.listed, found.odd = await desk.portal.sighted(known, partial(_matched, desk, agreement, found))
    except AnswerNotUnderstood as error:
        if not error.odd:
            raise
        found.odd, found.unread = error.odd, error
    thin = [*found.thin.values()]
    for start in range(0, len(thin), _AT_ONCE):
        read = [await _sighting(desk, row) for row in thin[start : start + _AT_ONCE]]
        # What is understood by its details rests on more than the row, and is read at each look: it has no digest.
        await _matched(desk, agreement, found, [Sighted(one.facts.request_id, None, one) for one in read])
    await _find_missing(desk, agreement, found)
    await agreement.end()
    return found


async def _matched(
    desk: Desk, agreement: Agreement, found: Found, rows: Sequence[Sighted[Sighting | ApprovalRequestRow]]
) -> None:
    holders = await desk.ledger.case_ids_of_requests([one.request_id for one in rows])
    cases = await desk.ledger.cases(holders.values())
    held = {
        case_id: {entry.facts.request_id: entry for entry in stored.case.open_requests}
        for case_id, stored in cases.items()
        if stored.case.is_open
    }
    turns = Turns()
    for request_id, digest, row in rows:
        await turns.rest()
        for earlier in (found.arrived, found.changed, found.thin):
            earlier.pop(request_id, None)
        found.shown.add(request_id)
        case_id = holders.get(request_id, "")
        entry = held.get(case_id, {}).get(request_id)
        if not isinstance(row, Sighting):
            found.thin[request_id] = row
        elif entry is None:
            found.arrived[request_id] = Packed.of(row)
        elif differs(entry, row):
            found.changed[request_id] = (case_id, row)
        elif digest is not None:
            agreement.note(case_id, cases[case_id].version, len(held[case_id]), request_id, digest)
            found.shown.discard(request_id)


async def _sighting(desk: Desk, row: ApprovalRequestRow) -> Sighting:
    """A row that is too thin is read again with its details; where that fails it is taken as it is."""
    try:
        return await understood(desk, row)
    except PortalError as error:
        log.warning("thin_row_not_understood", request_id=row.approval_request_id, why=str(error))
        return sighting_of(row)


async def _find_missing(desk: Desk, agreement: Agreement, found: Found) -> None:
    turns = Turns()
    async for versions in desk.ledger.open_versions():
        covered = await agreement.covered(versions)
        moved = [case_id for case_id in versions if case_id not in covered]
        for start in range(0, len(moved), _AT_ONCE):
            for case_id, stored in (await desk.ledger.cases(moved[start : start + _AT_ONCE])).items():
                for entry in stored.case.open_requests:
                    await turns.rest()
                    request_id = entry.facts.request_id
                    if request_id not in found.shown and not agreement.shows(case_id, request_id):
                        found.missing.append((case_id, entry))
