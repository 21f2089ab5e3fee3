"""The weekly post: the figures of the last seven days, in one channel, once however many replicas there are."""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.cards.messages.timing import timing_report
from bot.desk import Desk
from bot.ledger import StoredEvent
from bot.lookup.reports import WEEK, recorded_since
from bot.models import Change, Effect, EffectKind, Event, Urgency, WeeklySection
from bot.rules.calendars import calendar_for, weekly_moment
from bot.rules.figures import figures_of
from permissions import OrganizationTree

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
