"""`/gatehouse oncall`: who is on call for each tier now, until when, who comes next, and the week."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from zoneinfo import ZoneInfo

from bot.cards.kit.blocks import Rendered
from bot.cards.kit.limits import Block
from bot.cards.messages import answers
from bot.cards.messages.oncall import (
    Week,
    changes_listed,
    duty_buttons,
    home_section,
    now_lines,
    on_call_answer,
    week_answer,
)
from bot.desk import Desk, Presser, identify
from bot.lookup.cases import no_view, scope_of
from bot.lookup.saying import Answered, joined, settle
from bot.lookup.scope import Scope
from bot.models import DutyChange, Press
from bot.models.rotas import Roster
from bot.rules.duty import members
from bot.rules.rotas import days_of, spells
from bot.rules.typed import bare
from permissions import Access, Action

ONCALL_USAGE = "/gatehouse oncall [tier] [week]"
_AHEAD = timedelta(days=35)
"""How far the next change is looked for (our choice): a month's turn shows its end."""
_WEEK = "week"
_DAYS = 8
"""Days in the table (our choice): today, and the same day of the next week."""


async def oncall(desk: Desk, press: Press) -> None:
    """Told to whoever may see requests somewhere: those who call, and those who are called."""
    presser = await identify(desk, press)
    if presser is not None:
        await settle(desk, press, presser, await _told(desk, press, presser), event="oncall_read")


async def _told(desk: Desk, press: Press, presser: Presser) -> Answered:
    scope = await scope_of(desk, presser)
    if isinstance(scope, Answered):
        return scope
    organization_ids = scope.organizations(Action.QUEUE)
    if not organization_ids:
        return no_view(desk)
    found = await desk.roster()
    tiers, as_week = _asked(bare(press.text.partition(" ")[2]), found)
    if not tiers:
        said = answers.said(f"There is no tier of that name; it is one of {', '.join(found.tiers)}.")
        return Answered(said=said, outcome="not_found")
    facts = {"tiers": tiers, "rests_on": scope.rests_on(Action.QUEUE, organization_ids)}
    said = _in_week(desk, found, tiers, presser.access) if as_week else _now(desk, found, tiers, presser)
    changes, person_id = _changes(found, tiers), presser.person.person_id
    if changes:
        said = joined(said, changes_listed(changes, person_id))
    if any(person_id in members(found, rota) for tier in tiers for rota in found.tiers[tier].rota):
        said = replace(said, blocks=[*said.blocks, duty_buttons()])
    return Answered(said=said, outcome="shown", facts=facts)


async def on_call_section(desk: Desk, scope: Scope) -> list[Block]:
    """App Home's lines of the tiers that have a rota, with the forms of whoever stands on one; none for whoever may see
    no requests. LedgerUnavailable passes through."""
    tiers = [name for name, each in desk.rules.tiers.items() if each.rota]
    if not tiers or not scope.organizations(Action.QUEUE):
        return []
    found, now, presser = await desk.roster(), desk.now(), scope.presser
    told = [(each, spells(found, each, now, now + _AHEAD)) for each in tiers]
    is_member = any(presser.person.person_id in members(found, rota) for rota in found.rotas)
    return home_section(told, lambda person_id: _name(presser.access, person_id), with_forms=is_member)


def _asked(text: str, found: Roster) -> tuple[list[str], bool]:
    """Which tiers are meant, and whether as a table."""
    *before, last = text.split() or [""]
    as_week = last == _WEEK and (bool(before) or _WEEK not in map(str.casefold, found.tiers))
    wanted = " ".join(before) if as_week else text
    return [each for each in found.tiers if wanted in ("", each.casefold())], as_week


def _now(desk: Desk, found: Roster, tiers: Sequence[str], presser: Presser) -> Rendered:
    now = desk.now()
    told = [(each, spells(found, each, now, now + _AHEAD)) for each in tiers]
    return on_call_answer(told, lambda person_id: _name(presser.access, person_id))


def _in_week(desk: Desk, found: Roster, tiers: Sequence[str], access: Access) -> Rendered:
    """The tables of those that have a rota, each by the clock of its first one; above, in the reader's own zone, who is
    on call now."""
    shown, now = [each for each in tiers if found.tiers[each].rota], desk.now()
    if not shown:
        return answers.said("That has no rota: everybody in it is on call at any time.")

    def name(person_id: str) -> str:
        return _name(access, person_id)

    weeks = []
    for tier in shown:
        zone = ZoneInfo(found.rotas[found.tiers[tier].rota[0]].zone)
        today = now.astimezone(zone).date()
        weeks.append(Week(tier, zone, today, days_of(found, tier, zone, today, _DAYS)))
    return week_answer(
        weeks, name, now_lines([(each, spells(found, each, now, now + _AHEAD)) for each in shown], name)
    )


def _changes(found: Roster, tiers: Sequence[str]) -> list[DutyChange]:
    """What was arranged in Slack about these tiers, the next first; who is out of office where they stand on a rota."""
    rotas = dict.fromkeys(rota for tier in tiers for rota in found.tiers[tier].rota)
    people = {one for rota in rotas for one in members(found, rota)}
    people |= {each.person_id for each in found.changed if each.rota in rotas}
    fitting = (
        each
        for each in found.changed
        if (each.person_id in people if each.is_absence else each.rota in rotas)
    )
    return sorted(fitting, key=lambda each: each.starts)


def _name(access: Access, person_id: str) -> str:
    person = access.person(person_id)
    return person.name if person is not None else person_id
