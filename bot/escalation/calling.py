"""“Escalate”: anybody who may see a case may call for help. It changes nothing in the portal."""

from __future__ import annotations

from bot.cards.messages import answers
from bot.cards.messages import duty as messages
from bot.desk import (
    Amendment,
    Desk,
    Refusal,
    amend,
    answer,
    escalation_message,
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
    if found is None:
        return
    presser, case = found
    try:
        tree = await desk.tree.current(holding=case.organization_id)
    except PortalError as error:
        told = f"The portal's organizations could not be read ({error})."
        event = press_refused(press, Refusal(why="portal_away", told=told), presser=presser, case=case)
        await finish(desk, press, [event], [answer(press, answers.trouble(told))])
        return
    ask = Ask(
        person_id=presser.person.person_id,
        action=Action.ESCALATE,
        organization_id=case.organization_id,
        kind=case.kind,
    )
    verdict = judge(ask, presser.access, tree, desk.now())
    if not isinstance(verdict, Allowed):
        event = press_refused(press, Refusal.of(verdict), presser=presser, case=case)
        await finish(desk, press, [event], [answer(press, answers.refused(verdict.sentence))])
        return

    tier = desk.on_duty() or _EVERYBODY
    joined: list[Case] = []

    def make(current: Case) -> Amendment | None:
        joined.clear()
        if not current.is_open:
            return None
        if current.help_called == tier:
            joined.append(current)
            return None
        event = event_of("escalated_by_hand", press, current, person_id=ask.person_id)
        called = messages.asked_for_help(
            current, desk.on_duty(), desk.permalink(current), asked_by=presser.person.name
        )
        effects = [
            answer(press, answers.escalated()),
            escalation_message(current, f"help:{press.press_id}", called),
        ]
        marked = {
            "escalated_at": current.escalated_at or desk.now(),
            "escalated_by": presser.person.name,
            "help_called": tier,
        }
        return Amendment(current.model_copy(update=marked), [event], effects)

    if await amend(desk, case.case_id, make, press=press) is None:
        if joined:
            event = event_of("escalated_before", press, case, person_id=ask.person_id)
            at, by = joined[0].escalated_at or desk.now(), joined[0].escalated_by
            await finish(desk, press, [event], [answer(press, answers.called_before(at, by))])
            return
        await finish(
            desk, press, [event_of("press_too_late", press, case)], [answer(press, answers.too_late(case))]
        )
        return
    desk.metrics.escalated("by hand")
