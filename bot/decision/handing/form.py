"""“Hand over…”: the form, with the ways that are open to its presser and the reason for each one that is not."""

from __future__ import annotations

from bot.cards.case import modals
from bot.cards.forms.hand_over import TITLE, HandOverForm, hand_over_modal
from bot.decision.ended import ended_modal
from bot.decision.handing.giving import owns
from bot.decision.verdict import weigh
from bot.desk import (
    Desk,
    Presser,
    event_of,
    filled,
    finish,
    is_own,
    not_opened,
    pressed,
    show_loading,
)
from bot.models import Case, Event, Press
from bot.portal import PortalError
from permissions import Action, Allowed, Ask, OrganizationTree


async def open_hand_over(desk: Desk, press: Press) -> None:
    """Opening decides nothing: the submission is judged anew."""
    found = await pressed(desk, press)
    if found is None:
        return
    presser, case = found
    await show_loading(desk, press, case, TITLE)
    try:
        tree = await desk.tree.current(holding=case.organization_id)
        view, event = _view(desk, press, presser, case, tree)
    except PortalError as error:
        event = not_opened(press, case, TITLE, error)
        why = f"The portal could not be asked ({error})."
        view = modals.said_modal(TITLE, [why, "Nothing was handed over."])
    await finish(desk, press, [event], [filled(desk, press, view, case)])


def _view(
    desk: Desk, press: Press, presser: Presser, case: Case, tree: OrganizationTree
) -> tuple[dict[str, object], Event]:
    person_id = presser.person.person_id
    opened = {"form": Action.HAND_OVER.value, "revision": case.revision}
    event = event_of("form_opened", press, case, person_id=person_id, facts=opened)
    if not case.is_open:
        return ended_modal(desk, presser, case, tree, TITLE), event
    sees = weigh(desk, _ask(presser, case, Action.ESCALATE), presser, case, tree).verdict
    if not isinstance(sees, Allowed) and not owns(presser, case):
        facts = {"why": sees.why.value, "press": Action.HAND_OVER.value}
        refused = event_of("press_refused", press, case, person_id=person_id, facts=facts)
        return modals.said_modal(TITLE, [sees.sentence]), refused
    form = HandOverForm(
        case=case,
        person_closed=_person_closed(desk, presser, case, tree),
        team_closed=_team_closed(case) if isinstance(sees, Allowed) else sees.sentence,
        claims_first=case.claim is None,
        is_seen=isinstance(sees, Allowed),
    )
    return hand_over_modal(form), event


def _person_closed(desk: Desk, presser: Presser, case: Case, tree: OrganizationTree) -> str:
    """Only the owner of the claim hands it to a person; a case without one is claimed in the same step."""
    if owns(presser, case):
        return ""
    if case.claim is not None:
        name = case.claim.actor.name
        return f"{name} has claimed it, so {name} hands it over. Release it on the card first if you may take it over."
    verdict = weigh(desk, _ask(presser, case, Action.CLAIM), presser, case, tree).verdict
    return "" if isinstance(verdict, Allowed) else verdict.sentence


def _team_closed(case: Case) -> str:
    if case.handed_over is None:
        return ""
    return f"{case.handed_over.by.name} has handed it over to the team already, and it was called."


def _ask(presser: Presser, case: Case, action: Action) -> Ask:
    return Ask(
        person_id=presser.person.person_id,
        action=action,
        organization_id=case.organization_id,
        kind=case.kind,
        own_request=is_own(presser, case),
    )
