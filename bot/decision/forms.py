"""The modals of a case: opened at once as “loading”, then filled with what the portal and the rules say.

Opening decides nothing. What is offered is a comfort; the submission is judged anew.
"""

from __future__ import annotations

import structlog

from bot.cards.case import modals
from bot.cards.forms.deny_modal import DenyForm, deny_modal
from bot.decision.approve.draw import draw
from bot.decision.approve.offers import Asker, narrow_reaches
from bot.decision.ended import ended_modal
from bot.decision.verdict import may_see, weigh
from bot.desk import (
    Desk,
    Presser,
    event_of,
    filled,
    finish,
    not_asked_sentence,
    not_opened,
    pressed,
    show_loading,
)
from bot.models import Case, Event, Press
from bot.portal import PortalError
from permissions import Action, Allowed, Ask, OrganizationTree

log = structlog.get_logger()


async def open_deny(desk: Desk, press: Press) -> None:
    """“Deny…”: whoever may not deny is told so instead of being shown a form."""
    await _open(desk, press, Action.DENY, "Deny")


async def open_approve(desk: Desk, press: Press) -> None:
    """“Approve…”: reaches that are open, and for each closed one the reason."""
    await _open(desk, press, Action.APPROVE, "Approve")


async def open_details(desk: Desk, press: Press) -> None:
    """The full facts, for those who may see them."""
    await _open(desk, press, Action.VIEW, "Details")


async def _open(desk: Desk, press: Press, action: Action, title: str) -> None:
    found = await pressed(desk, press)
    if found is None:
        return
    presser, case = found
    await show_loading(desk, press, case, title)
    try:
        tree = await desk.tree.current(holding=case.organization_id)
        view, event = await _view(desk, presser, case, action, tree)
    except PortalError as error:
        event = not_opened(press, case, title, error)
        view = modals.said_modal(title, [not_asked_sentence(error), "Nothing was decided."])
    event = event.model_copy(update={"press_id": press.press_id, "slack_user_id": press.slack_user_id})
    await finish(desk, press, [event], [filled(desk, press, view, case)])


async def _view(
    desk: Desk, presser: Presser, case: Case, action: Action, tree: OrganizationTree
) -> tuple[dict[str, object], Event]:
    person_id = presser.person.person_id
    opened = {"form": action.value, "revision": case.revision}
    event = event_of("form_opened", None, case, person_id=person_id, facts=opened)
    if action is Action.VIEW:
        if may_see(person_id, case.organization_id, presser.access, tree, desk):
            return modals.details_modal(case), event
        verdict = weigh(desk, _ask(presser, case, Action.VIEW), presser, case, tree).verdict
        return modals.said_modal("Details", [verdict.sentence]), _refused(
            case, person_id, action, verdict.sentence
        )
    if not case.pending:
        return ended_modal(desk, presser, case, tree, action.value.capitalize()), event
    if action is Action.DENY:
        verdict = weigh(desk, _ask(presser, case, Action.DENY), presser, case, tree).verdict
        if isinstance(verdict, Allowed):
            return deny_modal(DenyForm(case=case, rules=desk.rules)), event
        return modals.said_modal("Deny", [verdict.sentence]), _refused(
            case, person_id, action, verdict.sentence
        )
    asker = Asker(desk, presser, case, tree)
    reaches = narrow_reaches(asker)
    if not any(offer.is_open for offer in reaches):
        narrowest = reaches[0].closed_because
        return modals.said_modal("Approve", [narrowest]), _refused(case, person_id, action, narrowest)
    return await draw(asker, reaches, {}, more=False), event


def _ask(presser: Presser, case: Case, action: Action) -> Ask:
    """The question that the other forms ask."""
    return Ask(
        person_id=presser.person.person_id,
        action=action,
        organization_id=case.organization_id,
        kind=case.kind,
    )


def _refused(case: Case, person_id: str, action: Action, sentence: str) -> Event:
    facts = {"why": sentence, "press": action.value}
    return event_of("press_refused", None, case, person_id=person_id, facts=facts)
