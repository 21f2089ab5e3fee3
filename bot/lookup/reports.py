"""Reports over the record: `/gatehouse unusual` (what its rules came to), `/gatehouse sla`, and the weekly post.

The post tells the figures of the last seven days, in one channel, once however many replicas there are.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from functools import partial

from bot.cards.messages import answers
from bot.cards.messages import unusual as cards
from bot.cards.messages.timing import timing_report
from bot.desk import Desk, Refusal, identify
from bot.ledger import StoredEvent
from bot.lookup.cases import scope_of
from bot.lookup.question import Span, SpanRefused, split_span
from bot.lookup.saying import Answered, settle
from bot.lookup.scope import Scope, chosen_organizations
from bot.models import Change, Effect, EffectKind, Event, Press, Urgency, WeeklySection
from bot.rules.calendars import calendar_for, weekly_moment
from bot.rules.figures import figures_of, outcomes_in
from bot.rules.timing import Report, report_of, waits_in
from bot.rules.typed import bare
from permissions import Action, OrganizationTree

SLA_USAGE = "/gatehouse sla [30m | 3d | today | yesterday] [organization]"
UNUSUAL_USAGE = "/gatehouse unusual"
_BACK = timedelta(days=30)
"""How far back the record is counted (our choice)."""
_PAGE = 1000
_PAGES = 30
"""Pages of the record that are read at most (our choice: about a second); the answer says how far back that was."""
_NEEDS = "View Reports"
_TILE_AGE = timedelta(minutes=10)
"""How old the figures of App Home may be (our choice): counting them takes about a second."""
WEEK = timedelta(days=7)
"""What is reported where no span is named (our choice)."""


async def unusual(desk: Desk, press: Press) -> None:
    """The command takes nothing more."""
    await _report(desk, press, _listed, "unusual_read")


async def sla(desk: Desk, press: Press) -> None:
    """`/gatehouse sla`: how long requests waited, in the organizations whose reports the asker may read."""
    await _report(desk, press, partial(_timed, text=press.text), "sla_read")


async def _report(
    desk: Desk,
    press: Press,
    told: Callable[[Desk, Scope, frozenset[str]], Awaitable[Answered]],
    event: str,
) -> None:
    """Told of the organizations whose reports the asker may read; refused where there is none."""
    presser = await identify(desk, press)
    if presser is None:
        return
    answered = await scope_of(desk, presser)
    if isinstance(answered, Scope):
        organization_ids = answered.organizations(Action.REPORT)
        answered = await told(desk, answered, organization_ids) if organization_ids else _refused()
    await settle(desk, press, presser, answered, event=event)


async def _listed(desk: Desk, scope: Scope, organization_ids: frozenset[str]) -> Answered:
    now = desk.now()
    events, since = await recorded_since(desk, now - _BACK, organization_ids)
    counts = outcomes_in(one.event for one in events)
    silences = [
        each
        for each in (await desk.ledger.given()).given.silences
        if now < each.until and each.organization_id.lower() in organization_ids
    ]
    facts = {
        "organizations": sorted(organization_ids),
        "from": since.isoformat(),
        "rests_on": scope.rests_on(Action.REPORT, organization_ids),
    }
    said = cards.listing(counts, silences, desk.rules.unusual.off, since)
    return Answered(said=said, outcome="shown", facts=facts)


def _refused() -> Answered:
    sentence = f"Reading reports needs {_NEEDS}, and you have it in no organization."
    refusal = Refusal(why="no_permission", told=sentence, missing=(_NEEDS,))
    return Answered(said=answers.refused(sentence), outcome="refused", refusal=refusal)


async def recorded_since(
    desk: Desk, since: datetime, organization_ids: frozenset[str]
) -> tuple[list[StoredEvent], datetime]:
    """What the record holds of these organizations, oldest first, and since when: it is read from its end."""
    pages: list[list[StoredEvent]] = []
    began, after = desk.now(), (await desk.ledger.chain.head()).number
    for _ in range(_PAGES):
        if not after:
            began = since
            break
        before, after = after, max(0, after - _PAGE)
        page = await desk.ledger.events(after, before - after)
        lately = [one for one in page if one.at >= since]
        pages.append([one for one in lately if one.event.organization_id.lower() in organization_ids])
        if len(lately) < len(page):
            began = since
            break
        began = page[0].at if page else began
    return [one for page in reversed(pages) for one in page], began


async def _timed(desk: Desk, scope: Scope, organization_ids: frozenset[str], *, text: str) -> Answered:
    named, span = _span_of(text, desk)
    if isinstance(span, SpanRefused):
        return Answered(said=answers.said(span.why), outcome="not_understood")
    if named:
        organization_ids = frozenset(chosen_organizations(scope, named, organization_ids))
        if not organization_ids:
            # Not told apart from one that does not exist: nobody probes for names of other customers.
            sentence = f"There is no organization of that name whose reports you may read. {SLA_USAGE}"
            return Answered(said=answers.said(sentence), outcome="not_found")
    events, began = await recorded_since(desk, span.start, organization_ids)
    figures = figures_of(((one.at, one.event) for one in events), span.start, span.end)
    facts = {
        "organizations": sorted(organization_ids),
        "from": span.start.isoformat(),
        "to": span.end.isoformat(),
        "rests_on": scope.rests_on(Action.REPORT, organization_ids),
    }
    said = timing_report(
        figures.report, scope.tree.name_or_id, began=began if began > span.start else None, figures=figures
    )
    return Answered(said=said, outcome="shown", facts=facts)


def _span_of(text: str, desk: Desk) -> tuple[str, Span | SpanRefused]:
    """What was typed after the word: an organization and a span, in either order; a week where none is named."""
    now, zone = desk.now(), desk.rules.escalation.zone
    rest = " ".join(text.split()[1:])
    named, span = split_span(rest, now, zone)
    first, _, others = rest.partition(" ")
    if span is None:
        before, span = split_span(first, now, zone)
        named = others if span is not None and not before else rest
    week = Span(now - WEEK, now, "the last week")
    return bare(named), span or week


async def week_so_far(desk: Desk, organization_ids: frozenset[str]) -> Report | None:
    """The report of the last seven days for App Home; None for whoever may read none.

    The record is read once in a while for everybody, so what happened in the last minutes may be missing.
    """
    if not organization_ids:
        return None
    now, kept = desk.now(), desk.week
    if kept.read_at is None or not timedelta() <= now - kept.read_at < _TILE_AGE:
        kept.read_at = now
        tree = await desk.tree.current()
        everywhere = frozenset(one.organization_id.lower() for one in tree.organizations)
        events, _ = await recorded_since(desk, now - WEEK, everywhere)
        kept.waits = waits_in((one.at, one.event) for one in events)
    ours = [one for one in kept.waits if one.organization_id in organization_ids]
    return report_of(ours, now - WEEK, now)


_STILL_NEWS = timedelta(hours=24)
"""How late it may be posted where nobody was there at its hour (our choice); then the next week's comes."""
_LEAD = timedelta(minutes=2)
"""Longer than counting takes: the replicas do not all read the record at once (our choice)."""


async def post_weekly(desk: Desk, weekly: WeeklySection) -> None:
    """Post it when its hour has come and it is not posted. LedgerUnavailable and PortalError pass through."""
    if not weekly.channel:
        return
    now, zone = desk.now(), calendar_for(desk.rules).zone
    at = weekly_moment(now, zone, weekly.weekday, weekly.hour)
    effect_id = f"weekly:{at:%Y-%m-%d}"
    if now - at >= _STILL_NEWS or await desk.ledger.was_queued(effect_id):
        return
    if not await desk.ledger.lead("weekly", _LEAD):
        return
    tree = await desk.tree.current()
    known = weekly.organizations or tuple(one.organization_id for one in tree.organizations)
    organization_ids = frozenset(one.lower() for one in known)
    events, began = await recorded_since(desk, at - WEEK, organization_ids)
    post = _post(weekly, effect_id, at, tree, events, began)
    facts = {"from": (at - WEEK).isoformat(), "to": at.isoformat(), "organizations": sorted(organization_ids)}
    # Named by the week: made twice side by side, it is one change.
    await desk.ledger.commit(
        Change(op_id=effect_id, events=[Event(name="weekly_posted", facts=facts)], effects=[post])
    )


def _post(  # noqa: PLR0917 - every part is told apart by its type
    weekly: WeeklySection,
    effect_id: str,
    at: datetime,
    tree: OrganizationTree,
    events: list[StoredEvent],
    began: datetime,
) -> Effect:
    since = at - WEEK
    figures = figures_of(((one.at, one.event) for one in events), since, at)
    said = timing_report(
        figures.report, tree.name_or_id, began=began if began > since else None, figures=figures
    )
    return Effect(
        effect_id=effect_id,
        kind=EffectKind.MESSAGE,
        urgency=Urgency.REDRAW,
        channel_id=weekly.channel,
        text=said.text,
        blocks=list(said.blocks),
    )
