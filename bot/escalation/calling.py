"""“Escalate”: anybody who may see a case may call for help. It changes nothing in the portal."""

from __future__ import annotations

from bot.cards.messages import answers
from bot.cards.messages import duty as messages
from bot.desk import (
    Amendment,
    Desk,
    Presser,
    Refusal,
    amend,
    answer,
    call,
    event_of,
    finish,
    press_refused,
    pressed,
)
from bot.models import Case, Press
from bot.portal import PortalError
from permissions import Action, Allowed, Ask, judge

_EVERYBODY = "*"
"""Where no user group is configured a call is for everybody in the channel."""


async def escalate(desk: Desk, press: Press) -> None:
    """Call the escalation team (out of hours: the approvers), with a link to the card. The ceiling stays armed."""
    found = await pressed(desk, press)
    if found is None or not await _may(desk, press, *found):
        return
    presser, case = found
    tier = desk.on_duty() or _EVERYBODY
    called_before: list[Case] = []

    def make(current: Case) -> Amendment | None:
        called_before.clear()
        if not current.is_open:
            return None
        if current.help_called == tier:
            called_before.append(current)
            return None
        return _called(desk, press, presser, current, tier)

    if await amend(desk, case.case_id, make, press=press) is not None:
        desk.metrics.escalated("by hand")
    elif called_before:
        await _joined(desk, press, presser, called_before[0])
    else:
        too_late = event_of("press_too_late", press, case)
        await finish(desk, press, [too_late], [answer(press, answers.too_late(case))])


async def _may(desk: Desk, press: Press, presser: Presser, case: Case) -> bool:
    """Whether the presser may see the case; a refused one is answered here."""
    try:
        tree = await desk.tree.current(holding=case.organization_id)
    except PortalError as error:
        told = f"The portal's organizations could not be read ({error})."
        event = press_refused(press, Refusal(why="portal_away", told=told), presser=presser, case=case)
        await finish(desk, press, [event], [answer(press, answers.trouble(told))])
        return False
    ask = Ask(
        person_id=presser.person.person_id,
        action=Action.ESCALATE,
        organization_id=case.organization_id,
        kind=case.kind,
    )
    verdict = judge(ask, presser.access, tree, desk.now())
    if isinstance(verdict, Allowed):
        return True
    event = press_refused(press, Refusal.of(verdict), presser=presser, case=case)
    await finish(desk, press, [event], [answer(press, answers.refused(verdict.sentence))])
    return False


def _called(desk: Desk, press: Press, presser: Presser, case: Case, tier: str) -> Amendment:
    by = presser.person.name
    event = event_of("escalated_by_hand", press, case, person_id=presser.person.person_id)
    said = messages.asked_for_help(case, desk.on_duty(), desk.permalink(case), asked_by=by)
    effects = [answer(press, answers.escalated()), call(case, f"help:{press.press_id}", said)]
    marked = {
        "escalated_at": case.escalated_at or desk.now(),
        "escalated_by": by,
        "help_called": tier,
    }
    return Amendment(case.model_copy(update=marked), [event], effects)


async def _joined(desk: Desk, press: Press, presser: Presser, case: Case) -> None:
    """One call for a case and team: who presses again reads of the first."""
    event = event_of("escalated_before", press, case, person_id=presser.person.person_id)
    said = answers.called_before(case.escalated_at or desk.now(), case.escalated_by)
    await finish(desk, press, [event], [answer(press, said)])
