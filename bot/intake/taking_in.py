"""One pending request gets into its case, the open one of its subject or a new one, and stays true to it (P5)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import structlog

from bot.cards.messages import duty as messages
from bot.desk import (
    Amendment,
    Desk,
    amend,
    called_early,
    case_change,
    channel_call,
    event_of,
    look,
    muster,
    new_id,
    tell,
    whom,
)
from bot.intake.packing import Packed
from bot.intake.sharing import Placing, placed_on_card, with_its_card
from bot.ledger import Committed
from bot.models import Case, Effect, Event, Leaving, Place, RequestEntry, RequestFacts, Sighting, subject_of
from bot.portal import PortalError
from bot.rules import bundles, lifecycle, sla
from bot.rules.kinds import traits_of
from bot.rules.tiers import Muster
from bot.seams import Seam, reach
from bot.turns import Turns

log = structlog.get_logger()

_SUMMARIZED = "announced in the backlog summary"
_WIDESPREAD = 5
"""Computers asking for one file from which on it is called widespread, once (our choice)."""
_SAME_MOMENT = timedelta(seconds=2)
"""How far the replicas' readings of the common clock may lie apart (our choice; they differ by a round trip). In doubt
a look counts as older than an end, and the next poll asks the request again."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """A request that the portal calls open, and the time at which it was asked; all that it said may be older since."""

    sighting: Sighting
    asked_at: datetime

    @property
    def request_id(self) -> str:
        """The request's portal id."""
        return self.sighting.facts.request_id


async def take_in(desk: Desk, arrival: Arrival, *, quiet: bool = False, follows: str = "") -> Case | None:
    """Put one pending request into its case: the open case of its subject, or a new one.

    None: it is on a card already, or it has ended since the portal was asked, and what was read before says nothing
    any more. A process may stand still between the portal's answer and this line for as long as its host likes.
    """
    for _ in range(3):
        subject = subject_of(arrival.sighting.facts)
        case_id = await desk.ledger.open_case_id_of_subject(subject.key) if subject else None
        held = await _held(desk, arrival.request_id)
        if held is not None and _overtakes(held[1], arrival):
            log.info("look_overtaken", request_id=arrival.request_id, case_id=held[0])
            return None
        leaving = (Leaving(arrival.request_id, held[0]),) if held else ()
        case = (
            await _join(desk, case_id, arrival.sighting, leaving, quiet)
            if case_id
            else await _open(desk, arrival.sighting, leaving, quiet, follows)
        )
        if case is not None:
            reach(Seam.REQUEST_TAKEN_IN)
            return case
    log.warning("request_not_taken_in", request_id=arrival.request_id, why="other replicas were faster")
    return None


async def _held(desk: Desk, request_id: str) -> tuple[str, RequestEntry] | None:
    """The case that holds a request, and its entry there."""
    held = await desk.ledger.case_ids_of_requests([request_id])
    holder = await desk.ledger.case(held[request_id]) if held else None
    entry = holder.case.entry(request_id) if holder else None
    return (holder.case.case_id, entry) if holder and entry else None


def _overtakes(entry: RequestEntry, arrival: Arrival) -> bool:
    """Whether the record knows more than the look: it is open on a card, or it ended after the portal was asked."""
    if entry.standing.is_open:
        return True
    return entry.outcome is not None and entry.outcome.seen_at + _SAME_MOMENT >= arrival.asked_at


async def _open(
    desk: Desk, sighting: Sighting, leaving: tuple[Leaving, ...], quiet: bool, follows: str
) -> Case | None:
    facts, now = sighting.facts, desk.now()
    above = desk.above(facts.organization_id)
    case = lifecycle.open_case(new_id("c"), sighting, now, desk.rules, follows=follows, above=above)
    if quiet:
        case = sla.absorb_late(case, facts.request_id, now, desk.rules, because=_SUMMARIZED)
    event = arrival_event("case_opened", case, case.requests[0])
    placing = await placed_on_card(desk, case)
    case, effects = (placing.case, []) if quiet else await _early_calls(desk, placing)
    effects = [*effects, *await _requestor_told(desk, case, case.requests[0])]
    placing = replace(placing, case=case)
    change = case_change(desk, None, Amendment(case, (event,), effects, leaving))
    result = await desk.ledger.commit(with_its_card(change, placing, quiet=quiet))
    if isinstance(result, Committed):
        return case
    return None


async def _join(
    desk: Desk, case_id: str, sighting: Sighting, leaving: tuple[Leaving, ...], quiet: bool
) -> Case | None:
    request_id = sighting.facts.request_id
    found = await desk.ledger.case(case_id)
    beside = await desk.beside(found.case) if found is not None else ()
    there = await muster(desk, [found.case]) if found is not None and not quiet else Muster(at=desk.now())

    def make(case: Case) -> Amendment | None:
        held = case.entry(request_id)
        if not case.is_open or (held is not None and held.standing.is_open):
            return None
        now = desk.now()
        above = desk.above(case.organization_id)
        joined = lifecycle.join(case, sighting, now, desk.rules, above=above)
        if quiet:
            joined = sla.absorb_late(joined, request_id, now, desk.rules, because=_SUMMARIZED)
        event = arrival_event("request_joined", joined, joined.requests[-1])
        joined, effects = (joined, []) if quiet else _widespread_ping(desk, (beside, there), case, joined)
        return Amendment(joined, [event], effects, leaving)

    stored = await amend(desk, case_id, make)
    if stored is None:
        return None
    await _tell_held_joiner(desk, stored.case, request_id)
    return stored.case


async def _tell_held_joiner(desk: Desk, case: Case, request_id: str) -> None:
    entry = case.entry(request_id)
    effects = await _requestor_told(desk, case, entry) if entry is not None else []
    if effects:
        event = event_of("requestor_told", None, case, request_id=request_id)
        await desk.announce([event], effects)


def arrival_event(name: str, case: Case, entry: RequestEntry) -> Event:
    facts = entry.facts
    public = {
        "kind": facts.kind.value,
        "hash": facts.hash,
        "computer_id": facts.computer_id,
        "requested_at": facts.requested_at.isoformat() if facts.requested_at else None,
        "clock_from": entry.clock_from.isoformat(),
        "clock_note": entry.clock_note,
        "plan": entry.plan.name if entry.plan is not None else "",
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


async def _early_calls(desk: Desk, placing: Placing) -> tuple[Case, list[Effect]]:
    """What people are called for before the new case's time is over, and the case as it is then."""
    case = placing.case
    is_the_teams = traits_of(case.kind).is_the_teams and desk.is_team_there(case.organization_id)
    if not is_the_teams and not placing.beside:
        return case, []
    there = await muster(desk, [case])
    case, effects = _elevation_ping(desk, placing, there) if is_the_teams else (case, [])
    case, more = _widespread_ping(desk, (placing.beside, there), None, case)
    return case, [*effects, *more]


def _elevation_ping(desk: Desk, placing: Placing, there: Muster) -> tuple[Case, list[Effect]]:
    """End users' elevation requests are the escalation team's, in its hours. The only call before their time is over:
    what the evidence finds unusual is added to it. One call for all that share a card."""
    case = placing.case
    if any(other.is_open for other in desk.called_with(case, placing.beside)):
        return case, []
    who = whom(desk, there, case)
    said = messages.elevation_arrival(case, who, desk.permalink(case))
    called = desk.on_duty(case.organization_id)
    return called_early(case, called, f"elevation:{case.case_id}", said, who.channel_id)


def _widespread_ping(
    desk: Desk, around: tuple[Sequence[Case], Muster], before: Case | None, after: Case
) -> tuple[Case, list[Effect]]:
    """One ping when a file turns out to be widespread, not one for each computer or each organization.

    `around`: the other cases on its card, and what tells whom a call names.
    """
    beside, there = around
    family = [other for other in desk.called_with(after, beside) if other.is_open]
    if not bundles.is_family((*family, after)):
        family = []
    others = {computer for case in family for computer in case.computers}
    known = others.union(before.computers if before is not None else ())
    now_on = others.union(after.computers)
    if len(known) >= _WIDESPREAD or len(now_on) < _WIDESPREAD:
        return after, []
    about = bundles.merged([*family, after]) if family else after
    called = desk.on_duty(after.organization_id)
    who = whom(desk, there, after)
    said = messages.widespread_ping(about, who, desk.permalink(after))
    name = f"widespread:{after.bundle_id or after.case_id}:{called}"
    return called_early(after, called, name, said, who.channel_id)


async def _requestor_told(desk: Desk, case: Case, entry: RequestEntry) -> list[Effect]:
    """Whose request is held until the hours begin hears when that is, where Slack knows them by their address."""
    starts_at = entry.plan.starts_at if entry.plan is not None else None
    email = entry.facts.requestor_email
    if starts_at is None or starts_at <= desk.now() or not email:
        return []
    known = await desk.people.called(email, desk.now())
    if known is None:
        return []
    said = messages.held(case, starts_at)
    word = tell(case, known.slack_user_id, said, f"held:{entry.facts.request_id}")
    # Alone, not in the card's channel, which they do not belong to.
    return [word.model_copy(update={"channel_id": ""})]


# Many at once


async def told_together(desk: Desk, arrived: Sequence[Packed]) -> frozenset[str]:
    """Ids of the requests that a summary speaks for: all of a large backlog, else those of who asks too fast.

    By organization and not by look: nineteen requests in each look are a flood too, and no summary would tell of them.
    """
    by_organization: dict[str, list[Packed]] = {}
    for packed in arrived:
        by_organization.setdefault(packed.organization_id, []).append(packed)
    limits = desk.rules.backlog
    most = limits.requests_of_an_organization_a_minute
    asked_for = await desk.ledger.looks.count(
        {one: [each.request_id for each in held] for one, held in by_organization.items()}, most
    )
    flooding = {one: held for one, held in by_organization.items() if asked_for[one].count > most}
    first = {one: asked_for[one].count for one in flooding if asked_for[one].is_first_beyond}
    for _ in first:
        desk.metrics.flooded()
    if len(arrived) > limits.summary_above:
        await announce_backlog(desk, arrived)
        return frozenset(one.request_id for one in arrived)
    for one, count in first.items():
        await _announce_flood(desk, [packed.unpacked() for packed in by_organization[one]], count)
    return frozenset(one.request_id for held in flooding.values() for one in held)


async def _announce_flood(desk: Desk, arrived: Sequence[Sighting], count: int) -> None:
    facts = arrived[-1].facts
    channels = {
        desk.routes.channel_for(facts.organization_id, one.facts.kind.value, Place.ESCALATION)
        for one in arrived
    }
    said = messages.flood_summary(count, facts.organization_name, desk.on_duty(facts.organization_id))
    effects = [
        channel_call(f"flood:{channel_id}:{facts.request_id}", said, channel_id)
        for channel_id in sorted(channels)
    ]
    event = Event(name="requests_limited", organization_id=facts.organization_id, facts={"requests": count})
    await desk.announce([event], effects)


@dataclass(slots=True)
class _Backlog:
    """What the summary in one escalation channel says of the requests that it speaks for."""

    first_id: str
    count: int = 0
    names: dict[str, str] = field(default_factory=dict)
    """The organizations' names by their ids, in the order of their first requests."""
    oldest: datetime | None = None

    def add(self, facts: RequestFacts) -> None:
        """One request more."""
        self.count += 1
        self.names.setdefault(facts.organization_id, facts.organization_name)
        if facts.requested_at is not None:
            self.oldest = min(self.oldest or facts.requested_at, facts.requested_at)


async def announce_backlog(desk: Desk, arrived: Sequence[Packed]) -> None:
    """One summary and one call for each escalation channel, however many cards follow."""
    by_channel: dict[str, _Backlog] = {}
    turns = Turns()
    for packed in arrived:
        await turns.rest()
        facts = packed.unpacked().facts
        channel_id = desk.routes.channel_for(facts.organization_id, facts.kind.value, Place.ESCALATION)
        by_channel.setdefault(channel_id, _Backlog(facts.request_id)).add(facts)
    effects = [_summary(desk, channel_id, held) for channel_id, held in by_channel.items()]
    event = Event(name="backlog_announced", facts={"requests": len(arrived), "channels": len(effects)})
    await desk.announce([event], effects)


def _summary(desk: Desk, channel_id: str, held: _Backlog) -> Effect:
    names, called = list(dict.fromkeys(held.names.values())), desk.on_duty(*held.names)
    said = messages.backlog_summary(held.count, names, held.oldest, called)
    return channel_call(f"backlog:{channel_id}:{held.first_id}:{held.count}", said, channel_id)


async def follow_change(desk: Desk, case_id: str, facts: RequestFacts) -> None:
    """Other facts or another assignee: read the request alone, then change, or move it to a case where it fits."""
    asked_at = desk.now()
    try:
        sighting = (await look(desk, facts))[1]
    except PortalError as error:
        log.warning("changed_request_not_read", request_id=facts.request_id, why=str(error))
        return
    stored = await desk.ledger.case(case_id)
    if stored is None or not sighting.state.standing.is_open:
        return
    if lifecycle.fits(stored.case, sighting.facts):
        await change_in_place(desk, case_id, sighting)
    else:
        await _move(desk, case_id, Arrival(sighting, asked_at))


async def change_in_place(desk: Desk, case_id: str, sighting: Sighting) -> None:
    """It still fits its case: what the portal shows now is what the card shows."""

    def make(case: Case) -> Amendment | None:
        entry = case.entry(sighting.facts.request_id)
        if entry is None or not entry.standing.is_open:
            return None
        changed = lifecycle.change_facts(case, sighting)
        if changed == case:
            return None
        event = arrival_event(
            "request_changed", changed, lifecycle.entry_of(changed, sighting.facts.request_id)
        )
        return Amendment(changed, [event])

    await amend(desk, case_id, make)


async def _move(desk: Desk, case_id: str, arrival: Arrival) -> None:
    """It no longer fits: it leaves, and a new case that names the old one takes it up. A posted case never splits."""
    request_id, sighting = arrival.request_id, arrival.sighting

    def make(case: Case) -> Amendment | None:
        entry = case.entry(request_id)
        if entry is None or not entry.standing.is_open or entry.attempt is not None:
            return None
        event = event_of(
            "request_left", None, case, request_id=request_id, facts={"facts_digest": sighting.facts.digest}
        )
        left = lifecycle.release_request(case, request_id, sighting.state, desk.now())
        return Amendment(left, [event], (), (Leaving(request_id, case_id),))

    if await amend(desk, case_id, make) is not None:
        await take_in(desk, arrival, follows=case_id)
