"""Notices about rotas: to whoever comes on call and whoever goes, and ahead of a time when nobody is.

What is to be told by now is worked out of the roster at each look; the ledger lets each of it happen once, whichever
replica comes to it first, and after a restart too. What came due while nobody was there is told late and says so, or
left out when it is over.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from bot.cards.kit.blocks import Rendered
from bot.cards.messages import notices as messages
from bot.desk import Desk, audit_message, channel_call, muster
from bot.models import Case, Effect, EffectKind, Event, Urgency
from bot.models.rotas import APPROVERS, TEAM, Roster
from bot.rules.notices import Hole, Relief, coming_holes, reliefs
from bot.rules.plans import calls_of
from bot.rules.tiers import Muster, can_decide

_LEAD = timedelta(seconds=20)
"""Longer than one look takes: the replicas do not all read the open cases at once (our choice)."""
_READ = 500
"""Open cases that are looked through for what a tier was called about, the oldest first (our choice)."""


async def give_notices(desk: Desk) -> None:
    """Tell what is to be told by now. LedgerUnavailable passes through."""
    rotas = [name for name, rota in desk.rules.rotas.items() if rota.notices != "never"]
    if not desk.rules.rotas or not await desk.ledger.lead("notices", _LEAD):
        return
    roster, now = await desk.roster(), desk.now()
    turns = [each for name in rotas for each in reliefs(roster, name, now)]
    holes = [each for tier in roster.tiers for each in coming_holes(roster, tier, now)]
    names = [*(each.name for each in turns), *(each.name for each in holes)]
    known = await desk.ledger.was_done(names)
    new = {name for name, is_known in zip(names, known, strict=True) if not is_known}
    for hole in holes:
        if hole.name in new:
            await _announce(desk, roster, hole)
    due = [each for each in turns if each.name in new]
    if due:
        await _hand_over(desk, roster, due)


async def _announce(desk: Desk, roster: Roster, hole: Hole) -> None:
    said = messages.nobody_on_call(hole, desk.now())
    channel_id = roster.tiers[hole.tier].channel
    told = (
        channel_call(hole.name, said, channel_id).model_copy(update={"urgency": Urgency.ANSWER})
        if channel_id
        else audit_message(hole.name, said, Urgency.ANSWER)
    )
    ends = hole.ends.isoformat() if hole.ends else None
    facts = {"tier": hole.tier, "starts": hole.starts.isoformat(), "ends": ends}
    await desk.ledger.once(hole.name, [Event(name="hole_announced", facts=facts)], [told])


async def _hand_over(desk: Desk, roster: Roster, due: Iterable[Relief]) -> None:
    ids = (await desk.ledger.open_case_ids())[:_READ]
    stored = await desk.ledger.cases(ids)
    cases = [stored[each].case for each in ids if each in stored and stored[each].case.is_open]
    found = await muster(desk, cases)
    for relief in due:
        tiers = [name for name, tier in roster.tiers.items() if relief.rota in tier.rota]
        about = [case for case in cases if any(_was_called(desk, case, tier) for tier in tiers)]
        effects = [
            effect
            for effect in (
                _told(desk, found, relief, relief.comes, about),
                _told(desk, found, relief, relief.goes, about),
            )
            if effect is not None
        ]
        facts = {"rota": relief.rota, "comes": relief.comes, "goes": relief.goes, "waiting": len(about)}
        facts |= {"at": relief.starts.isoformat(), "told": len(effects)}
        await desk.ledger.once(relief.name, [Event(name="duty_handed_over", facts=facts)], effects)


def _was_called(desk: Desk, case: Case, tier: str) -> bool:
    """Whether a call about an open request of it was made to a tier; one to those on duty is to whoever they are."""
    made = [step.tier for entry in case.open_requests for step in calls_of(entry) if not step.is_open]
    on_duty = TEAM if desk.is_team_there(case.organization_id) else APPROVERS
    return tier in [each or on_duty for each in made]


def _told(desk: Desk, found: Muster, relief: Relief, person_id: str, about: list[Case]) -> Effect | None:
    """The message to one of the two; None: they are nobody, quiet, not in Slack, or there is nothing to tell."""
    person = found.access.person(person_id) if found.access is not None else None
    if person is None or person.quiet:
        return None
    slack_id = next((each for each in person.slack_ids if each not in found.away), "")
    waiting = [(case, desk.permalink(case)) for case in about if can_decide(found, case, slack_id)]
    if not slack_id or (not waiting and desk.rules.rotas[relief.rota].notices != "always"):
        return None
    comes = person_id == relief.comes
    said = (messages.turn_begins if comes else messages.turn_ends)(
        relief, _name(found, relief.goes if comes else relief.comes), waiting, desk.now()
    )
    return _private(f"{relief.name}:{'comes' if comes else 'goes'}", slack_id, said)


def _name(found: Muster, person_id: str) -> str:
    person = found.access.person(person_id) if found.access is not None else None
    return person.name if person is not None else person_id


def _private(effect_id: str, slack_user_id: str, said: Rendered) -> Effect:
    return Effect(
        effect_id=effect_id,
        kind=EffectKind.ANSWER,
        urgency=Urgency.ANSWER,
        slack_user_id=slack_user_id,
        text=said.text,
        blocks=list(said.blocks),
    )
