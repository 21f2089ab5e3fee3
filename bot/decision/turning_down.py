"""A form that is not taken: it comes too late, or something in it is missing or closed."""

from __future__ import annotations

from bot.cards.case import modals
from bot.cards.kit.limits import Block
from bot.cards.messages import answers
from bot.decision.verdict import Judged, may_see, weigh
from bot.desk import (
    Desk,
    Filled,
    Opener,
    Presser,
    Refusal,
    finish,
    not_taken,
    present,
    press_refused,
    refusal_sentence,
)
from bot.models import Case, Press
from bot.portal import PortalError
from permissions import Action, Ask, OrganizationTree, Refused


async def turn_down(  # noqa: PLR0917 - every part is told apart by its type
    desk: Desk, press: Press, presser: Presser, case: Case, refusal: Refusal, action: Action
) -> None:
    """Answer and record why nothing is decided: the missing right, else what the submission itself lacks.

    `action` is judged at the narrowest reach: who may not even that is told so, and nothing of the form.
    """
    could: tuple[str, ...] = ()
    try:
        tree = await desk.tree.current(holding=case.organization_id)
    except PortalError as error:
        refusal = Refusal(why="portal_away", told=refusal_sentence(error))
    else:
        ask = Ask(
            person_id=presser.person.person_id,
            action=action,
            organization_id=case.organization_id,
            kind=case.kind,
        )
        judged = weigh(desk, ask, presser, case, tree)
        if isinstance(judged.verdict, Refused):
            refusal, could = Refusal.of(judged.verdict), await present(desk, presser, judged.could)
    desk.metrics.refused(refusal.why)
    event = press_refused(press, refusal, presser=presser, case=case)
    await finish(desk, press, [event], [await not_taken(desk, press, answers.refused(refusal.told, could))])


async def form_refused(opener: Opener, title: str, judged: Judged, action: Action) -> Filled:
    """Instead of a form: what is missing, and who could, as a press is told (12.2)."""
    if not isinstance(judged.verdict, Refused):
        raise TypeError(f"{judged.verdict} is no refusal")
    names = await present(opener.desk, opener.presser, judged.could)
    could = [f"Who could: {', '.join(names)}."] if names else []
    view = modals.said_modal(title, [judged.verdict.sentence, *could])
    return Filled(view, opener.refused(Refusal.of(judged.verdict), action))


_OVER = "This request is no longer waiting. Nothing was changed."


def ended_modal(desk: Desk, presser: Presser, case: Case, tree: OrganizationTree | None, title: str) -> Block:
    """Drawn for one person. Without the organizations nobody's view can be told, so nobody reads more than the fact."""
    if tree is not None and may_see(
        presser.person.person_id, case.organization_id, presser.access, tree, desk, case.kind
    ):
        return modals.too_late_modal(case)
    return modals.said_modal(title, [_OVER])
