"""The forms for policies: opened at once as “loading”, then filled from portal and rules. Nothing is changed."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import structlog

from bot.cards.case import modals
from bot.desk import Desk, Presser, event_of, filled, finish, not_opened, pressed, show_loading
from bot.models import Case, Event, PolicyAct, Press, Reach
from bot.policies.forms import TITLES, Asking, View, create_view, not_now_view, promote_view, take_back_view
from bot.policies.verdict import ask_for, weigh
from bot.policies.working import refusal_of
from bot.portal import PortalError

log = structlog.get_logger()

_MakeView = Callable[[Asking], Awaitable[View]]


async def open_take_back(desk: Desk, press: Press) -> None:
    """“Take back…”: for whoever may edit policies."""
    await _open(desk, press, PolicyAct.TAKE_BACK, take_back_view)


async def open_promote(desk: Desk, press: Press) -> None:
    """“Promote…”: for whoever may promote at least to a computer group."""
    await _open(desk, press, PolicyAct.PROMOTE, promote_view)


async def open_create(desk: Desk, press: Press) -> None:
    """“Create policy…” under a proposal: for whoever may edit policies."""
    await _open(desk, press, PolicyAct.CREATE, create_view)


async def open_not_now(desk: Desk, press: Press) -> None:
    """“Not now…” under a proposal: who may make the policy may put it off (our choice)."""
    await _open(desk, press, PolicyAct.CREATE, not_now_view)


async def _open(desk: Desk, press: Press, act: PolicyAct, make: _MakeView) -> None:
    found = await pressed(desk, press)
    if found is None:
        return
    presser, case = found
    await show_loading(desk, press, case, TITLES[act])
    try:
        event, view = await _view(desk, press, presser, case, act, make)
    except PortalError as error:
        log.warning("policy_form_not_filled", why=str(error))
        event = not_opened(press, case, act.value, error)
        view = modals.said_modal(TITLES[act], [refusal_of(error)])
    await finish(desk, press, [event], [filled(desk, press, view, case)])


async def _view(  # noqa: PLR0917 - one use, and every part is told apart by its type
    desk: Desk, press: Press, presser: Presser, case: Case, act: PolicyAct, make: _MakeView
) -> tuple[Event, View]:
    """The form, or why not and who could."""
    tree = await desk.tree.current(holding=case.organization_id)
    judged = await weigh(desk, presser, case, ask_for(presser, case, act, Reach.COMPUTER_GROUP), tree)
    if judged.is_allowed:
        facts: dict[str, object] = {"form": act.value, "revision": case.revision}
        event = event_of("form_opened", press, case, person_id=presser.person.person_id, facts=facts)
        return event, await make(Asking(desk, presser, case, tree))
    sentence = judged.verdict.sentence
    refused: dict[str, object] = {"why": sentence, "press": press.name}
    event = event_of("press_refused", press, case, person_id=presser.person.person_id, facts=refused)
    who = f"Who could: {', '.join(judged.could)}." if judged.could else ""
    return event, modals.said_modal(TITLES[act], [sentence, who])
