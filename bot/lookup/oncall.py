"""`/gatehouse oncall`: who is on call for each tier now, until when, who comes next, and the week."""

from __future__ import annotations

from datetime import timedelta

from bot.cards.messages import answers
from bot.cards.messages.oncall import on_call_answer
from bot.desk import Desk, Presser, identify
from bot.lookup.cases import no_view, scope_of
from bot.lookup.saying import Answered, settle
from bot.models import Press
from bot.rules.rotas import spells
from bot.rules.typed import bare
from permissions import Access, Action

ONCALL_USAGE = "/gatehouse oncall [tier]"
_AHEAD = timedelta(days=35)
"""How far the next change is looked for (our choice): a month's turn shows its end."""


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
    wanted = bare(press.text.partition(" ")[2])
    tiers, now = [each for each in found.tiers if wanted in ("", each.casefold())], desk.now()
    if not tiers:
        said = answers.said(f"There is no tier of that name; it is one of {', '.join(found.tiers)}.")
        return Answered(said=said, outcome="not_found")
    told = [(each, spells(found, each, now, now + _AHEAD)) for each in tiers]
    facts = {"tiers": tiers, "rests_on": scope.rests_on(Action.QUEUE, organization_ids)}
    said = on_call_answer(told, lambda person_id: _name(presser.access, person_id))
    return Answered(said=said, outcome="shown", facts=facts)


def _name(access: Access, person_id: str) -> str:
    person = access.person(person_id)
    return person.name if person is not None else person_id
