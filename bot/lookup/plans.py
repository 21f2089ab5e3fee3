"""`/gatehouse plan <case>`: what happens to a case while nobody decides it, when, and why."""

from __future__ import annotations

from bot.cards.case.naming import kind_title, subject_name
from bot.cards.case.timeline import plan_lines
from bot.cards.kit.blocks import message
from bot.cards.kit.words import Line, raw, say, strong
from bot.cards.messages import answers
from bot.desk import Desk, Presser, identify
from bot.lookup.cases import scope_of
from bot.lookup.saying import Answered, settle
from bot.models import Press
from bot.rules.typed import bare
from permissions import Action

PLAN_USAGE = "/gatehouse plan <case>"


async def plan(desk: Desk, press: Press) -> None:
    """The time line of a case that the asker may see, with its reasons."""
    presser = await identify(desk, press)
    if presser is not None:
        await settle(desk, press, presser, await _told(desk, press, presser), event="plan_read")


async def _told(desk: Desk, press: Press, presser: Presser) -> Answered:
    case_id = bare(press.text.partition(" ")[2])
    if not case_id:
        said = answers.said(f"Name the case by the id in its details. For example: {PLAN_USAGE}")
        return Answered(said=said, outcome="not_understood")
    scope = await scope_of(desk, presser)
    if isinstance(scope, Answered):
        return scope
    stored = await desk.ledger.case(case_id)
    if stored is None or not scope.may_see(stored.case):
        # The same words for both: what somebody may not see, they are not told of.
        said = answers.said(
            "There is no case of that id that you may see. The details of a card end with its id."
        )
        return Answered(said=said, outcome="not_found")
    case = stored.case
    head: Line = [
        strong(f"{kind_title(case)}: "),
        raw(subject_name(case), 120),
        say(" at "),
        raw(case.organization_name, 80),
    ]
    lines = plan_lines(case, desk.rules, desk.now()) or [[say("Nothing of it waits any more.")]]
    facts = {"of_case": case.case_id, "rests_on": scope.rests_on(Action.VIEW, [case.organization_id])}
    return Answered(
        said=message([head, *lines]), outcome="shown", facts=facts, organization_id=case.organization_id
    )
