"""From the portal's list to cases: what arrived, joined, changed or left, each as one ledger change (P3, P5)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import structlog

from bot import lifecycle, sla
from bot.cards import messages
from bot.desk import (
    Amendment,
    Desk,
    amend,
    case_change,
    escalation_message,
    event_of,
    look,
    new_id,
    settlement,
    understood,
)
from bot.ledger import Committed
from bot.models import (
    Case,
    Effect,
    EffectKind,
    Event,
    Kind,
    Place,
    RequestEntry,
    RequestFacts,
    Sighting,
    Urgency,
    subject_of,
)
from bot.portal import ApprovalRequestRow, NotFound, PortalError, sighting_of
from bot.seams import Seam, reach

log = structlog.get_logger()

_SUMMARIZED = "announced in the backlog summary"
_WIDESPREAD = 5
"""Computers asking for one file from which on it is called widespread, once (our choice)."""


@dataclass(frozen=True, slots=True)
class Polled:
    """What one poll found; counts, for the log and the health page."""

    listed: int
    arrived: int
    changed: int
    missing: int


async def poll(desk: Desk) -> Polled:
    """Page through pending and escalated requests of all organizations in view and make the record follow.

    Raises PortalError when the list cannot be had: then nothing changes, and absence means nothing.
    """
    rows = await desk.portal.list_requests()
    sightings = [await _sighting(desk, row) for row in rows]
    cases = {stored.case.case_id: stored.case for stored in await desk.ledger.open_cases()}
    found = lifecycle.compare(sightings, cases)
    await _take_in(desk, found.arrived)
    for case_id, sighting in found.changed:
        await _follow_change(desk, case_id, sighting.facts)
    for case_id, entry in found.missing:
        await ask_request(desk, case_id, entry)
    return Polled(len(sightings), len(found.arrived), len(found.changed), len(found.missing))


async def _sighting(desk: Desk, row: ApprovalRequestRow) -> Sighting:
    """A row that is too thin is read again with its details; where that fails it is taken as it is."""
    try:
        return await understood(desk, row)
    except PortalError as error:
        log.warning("thin_row_not_understood", request_id=row.approval_request_id, why=str(error))
        return sighting_of(row)


async def _take_in(desk: Desk, arrived: Sequence[Sighting]) -> None:
    """New requests, oldest first. A large backlog is announced once and pings nobody a second time."""
    backlog = len(arrived) > desk.rules.summary_above
    taken: dict[str, Case] = {}
    for sighting in arrived:
        case = await take_in(desk, sighting, quiet=backlog)
        if case is not None:
            taken[case.case_id] = case
    if backlog and taken:
        await _announce_backlog(desk, list(taken.values()))


async def take_in(desk: Desk, sighting: Sighting, *, quiet: bool = False, follows: str = "") -> Case | None:
    """Put one pending request into its case: the open case of its subject, or a new one."""
    for _ in range(3):
        subject = subject_of(sighting.facts)
        case_id = await desk.ledger.open_case_id_of_subject(subject.key) if subject else None
        case = (
            await _join(desk, case_id, sighting, quiet)
            if case_id
            else await _open(desk, sighting, quiet, follows)
        )
        if case is not None:
            reach(Seam.REQUEST_TAKEN_IN)
            return case
        held = await desk.ledger.case_ids_of_requests([sighting.facts.request_id])
        holder = await desk.ledger.case(held[sighting.facts.request_id]) if held else None
        if holder is not None and holder.case.is_open:
            return None
    log.warning(
        "request_not_taken_in", request_id=sighting.facts.request_id, why="other replicas were faster"
    )
    return None


async def _open(desk: Desk, sighting: Sighting, quiet: bool, follows: str) -> Case | None:
    facts, now = sighting.facts, desk.now()
    case = lifecycle.open_case(new_id("c"), sighting, now, desk.rules, follows=follows)
    if quiet:
        case = sla.absorb_late(case, facts.request_id, now, desk.rules.plan, because=_SUMMARIZED)
    event = _arrival_event("case_opened", case, case.requests[0])
    effects = [] if quiet else _elevation_ping(desk, case)
    change = case_change(desk, None, Amendment(case, (event,), effects, forgets=(facts.request_id,)))
    result = await desk.ledger.commit(change)
    if isinstance(result, Committed):
        return case
    return None


async def _join(desk: Desk, case_id: str, sighting: Sighting, quiet: bool) -> Case | None:
    request_id = sighting.facts.request_id

    def make(case: Case) -> Amendment | None:
        held = case.entry(request_id)
        if not case.is_open or (held is not None and held.standing.is_open):
            return None
        now = desk.now()
        joined = lifecycle.join(case, sighting, now, desk.rules)
        if quiet:
            joined = sla.absorb_late(joined, request_id, now, desk.rules.plan, because=_SUMMARIZED)
        event = _arrival_event("request_joined", joined, joined.requests[-1])
        effects = [] if quiet else _widespread_ping(desk, case, joined)
        return Amendment(joined, [event], effects, (request_id,))

    stored = await amend(desk, case_id, make)
    return stored.case if stored else None


def _arrival_event(name: str, case: Case, entry: RequestEntry) -> Event:
    facts = entry.facts
    public = {
        "kind": facts.kind.value,
        "hash": facts.hash,
        "computer_id": facts.computer_id,
        "requested_at": facts.requested_at.isoformat() if facts.requested_at else None,
        "clock_from": entry.clock_from.isoformat(),
        "clock_note": entry.clock_note,
        "facts_digest": facts.digest,
        "revision": case.revision,
    }
    private = {
        "path": facts.path,
        "computer": facts.computer_name,
        "requestor": facts.requestor,
        "reason": facts.reason,
        "signers": [signer.subject for signer in facts.signers],
    }
    return event_of(name, None, case, request_id=facts.request_id, facts=public, private=private)


def _elevation_ping(desk: Desk, case: Case) -> list[Effect]:
    """End users' elevation requests are the escalation team's, in its hours."""
    if case.kind is not Kind.ELEVATION or not sla.is_working_time(desk.rules.hours, desk.now()):
        return []
    said = messages.elevation_arrival(case, desk.on_duty(), desk.permalink(case))
    return [escalation_message(case, f"elevation:{case.case_id}", said)]


def _widespread_ping(desk: Desk, before: Case, after: Case) -> list[Effect]:
    """One ping when a file turns out to be widespread, not one for each computer."""
    if len(before.computers) >= _WIDESPREAD or len(after.computers) < _WIDESPREAD:
        return []
    said = messages.widespread_ping(after, desk.on_duty(), desk.permalink(after))
    return [escalation_message(after, f"widespread:{after.case_id}", said)]


async def _announce_backlog(desk: Desk, cases: Sequence[Case]) -> None:
    """One summary and one escalation for each route, however many cards follow."""
    routes = {(case.organization_id, case.kind): case for case in cases}
    by_channel: dict[str, list[Case]] = {}
    for case in cases:
        by_channel.setdefault(desk.escalation_channel(case), []).append(case)
    oldest = min(entry.clock_from for case in cases for entry in case.requests)
    effects = []
    for channel_id, held in by_channel.items():
        names = list(dict.fromkeys(case.organization_name for case in held))
        group = desk.on_duty()
        said = messages.backlog_summary(sum(len(case.open_requests) for case in held), names, oldest, group)
        effects.append(
            Effect(
                effect_id=f"backlog:{new_id('b')}",
                kind=EffectKind.MESSAGE,
                urgency=Urgency.ESCALATION,
                place=Place.ESCALATION,
                channel_id=channel_id,
                text=said.text,
                blocks=list(said.blocks),
            )
        )
    event = Event(name="backlog_announced", facts={"cases": len(cases), "routes": len(routes)})
    await desk.announce([event], effects)


async def _follow_change(desk: Desk, case_id: str, facts: RequestFacts) -> None:
    """Other facts or another assignee: read the request alone, then change, or move it to a case where it fits."""
    try:
        sighting = (await look(desk, facts))[1]
    except PortalError as error:
        log.warning("changed_request_not_read", request_id=facts.request_id, why=str(error))
        return
    stored = await desk.ledger.case(case_id)
    if stored is None or not sighting.state.standing.is_open:
        return
    if lifecycle.fits(stored.case, sighting.facts):
        await _change_in_place(desk, case_id, sighting)
    else:
        await _move(desk, case_id, sighting)


async def _change_in_place(desk: Desk, case_id: str, sighting: Sighting) -> None:
    def make(case: Case) -> Amendment | None:
        entry = case.entry(sighting.facts.request_id)
        if entry is None or not entry.standing.is_open:
            return None
        changed = lifecycle.change_facts(case, sighting)
        if changed == case:
            return None
        event = _arrival_event(
            "request_changed", changed, lifecycle.entry_of(changed, sighting.facts.request_id)
        )
        return Amendment(changed, [event])

    await amend(desk, case_id, make)


async def _move(desk: Desk, case_id: str, sighting: Sighting) -> None:
    """It no longer fits: it leaves, and a new case that names the old one takes it up. A posted case never splits."""
    request_id = sighting.facts.request_id

    def make(case: Case) -> Amendment | None:
        entry = case.entry(request_id)
        if entry is None or not entry.standing.is_open or entry.attempt is not None:
            return None
        event = event_of(
            "request_left", None, case, request_id=request_id, facts={"facts_digest": sighting.facts.digest}
        )
        left = lifecycle.release_request(case, request_id, sighting.state, desk.now())
        return Amendment(left, [event], (), (request_id,))

    if await amend(desk, case_id, make) is not None:
        await take_in(desk, sighting, follows=case_id)


async def ask_request(desk: Desk, case_id: str, entry: RequestEntry) -> None:
    """The list does not show it any more: the request itself says why. Absence decides nothing (P3)."""
    facts = entry.facts
    try:
        sighting = (await look(desk, facts))[1]
    except NotFound:
        await _gone(desk, case_id, entry)
        return
    except PortalError as error:
        log.warning("missing_request_not_read", request_id=facts.request_id, why=str(error))
        return
    if sighting.state.standing.is_open:
        return

    def make(case: Case) -> Amendment | None:
        held = case.entry(facts.request_id)
        if held is None or not held.standing.is_open:
            return None
        ours = held.attempt is not None and lifecycle.is_ours(held.attempt, sighting.state)
        event = event_of(
            "decision_settled" if ours else "decided_in_portal",
            None,
            case,
            request_id=facts.request_id,
            facts={
                "status": sighting.state.status_label,
                "status_id": sighting.state.status_id,
                "ours": ours,
            },
            private={"decided_by": sighting.state.decided_by},
        )
        return settlement(desk, case, facts.request_id, sighting.state, event)

    await amend(desk, case_id, make)


async def _gone(desk: Desk, case_id: str, entry: RequestEntry) -> None:
    """The portal does not know the request any more: it was withdrawn."""
    state = lifecycle.WITHDRAWN

    def make(case: Case) -> Amendment | None:
        held = case.entry(entry.facts.request_id)
        if held is None or not held.standing.is_open:
            return None
        event = event_of("request_withdrawn", None, case, request_id=entry.facts.request_id)
        return settlement(desk, case, entry.facts.request_id, state, event)

    await amend(desk, case_id, make)
