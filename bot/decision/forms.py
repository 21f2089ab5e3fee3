"""The forms of a case that deny, approve, or only show: what the portal and the rules say fills them."""

from __future__ import annotations

from typing import assert_never

from bot.cards.case import modals
from bot.cards.forms.deny_modal import DenyForm, deny_modal
from bot.decision.approve.draw import draw
from bot.decision.approve.offers import Asker, narrow_reaches
from bot.decision.ended import ended_modal
from bot.decision.storage import form as storage
from bot.decision.turning_down import form_refused
from bot.decision.verdict import may_see, plain_ask, weigh
from bot.desk import Desk, Filled, Opener, Refusal, fill_form, open_form, opener_of
from bot.models import Event, Press
from bot.rules.kinds import Form, traits_of
from permissions import Action, Allowed

_DENY, _APPROVE, _DETAILS = "Deny", "Approve", "Details"


async def open_deny(desk: Desk, press: Press) -> None:
    """“Deny…”: whoever may not deny is told so instead of being shown a form."""
    await open_form(desk, press, _DENY, _denial)


async def open_approve(desk: Desk, press: Press) -> None:
    """“Approve…”: the form of the case's kind, with the reaches that are open, and for each closed one the reason."""
    opener = await opener_of(desk, press)
    if opener is None:
        return
    form = traits_of(opener.case.kind).form
    match form:
        case Form.STORAGE:
            await fill_form(opener, storage.TITLE, storage.at_first, form="storage")
        case Form.PERMIT | None:
            # An old card may still carry the button of a kind that is decided in the portal: the rules say so.
            await fill_form(opener, _APPROVE, _approval)
        case _:
            assert_never(form)


async def open_details(desk: Desk, press: Press) -> None:
    """The full facts, for those who may see them."""
    await open_form(desk, press, _DETAILS, _details)


async def _details(opener: Opener) -> Filled:
    desk, presser, case, tree = opener.desk, opener.presser, opener.case, await opener.tree()
    if may_see(opener.person_id, case.organization_id, presser.access, tree, desk, case.kind):
        return Filled(modals.details_modal(case, desk.now()), _opened(opener, Action.VIEW))
    judged = weigh(desk, plain_ask(presser, case, Action.VIEW), presser, case, tree)
    return await form_refused(opener, _DETAILS, judged, Action.VIEW)


async def _denial(opener: Opener) -> Filled:
    desk, presser, case, tree = opener.desk, opener.presser, opener.case, await opener.tree()
    opened = _opened(opener, Action.DENY)
    if not case.pending:
        return Filled(ended_modal(desk, presser, case, tree, _DENY), opened)
    judged = weigh(desk, plain_ask(presser, case, Action.DENY), presser, case, tree)
    if isinstance(judged.verdict, Allowed):
        if closed := _in_portal(opener, Action.DENY, _DENY):
            return closed
        return Filled(deny_modal(DenyForm(case=case, rules=desk.rules)), opened)
    return await form_refused(opener, _DENY, judged, Action.DENY)


async def _approval(opener: Opener) -> Filled:
    desk, presser, case, tree = opener.desk, opener.presser, opener.case, await opener.tree()
    opened = _opened(opener, Action.APPROVE)
    if not case.pending:
        return Filled(ended_modal(desk, presser, case, tree, _APPROVE), opened)
    asker = Asker(desk, presser, case, tree)
    reaches = narrow_reaches(asker)
    if not any(offer.is_open for offer in reaches):
        return await form_refused(opener, _APPROVE, asker.narrowest(), Action.APPROVE)
    if closed := _in_portal(opener, Action.APPROVE, _APPROVE):
        return closed
    return Filled(await draw(asker, reaches, {}, more=False), opened)


def _in_portal(opener: Opener, action: Action, title: str) -> Filled | None:
    """For whoever may decide a kind that has no form here: an old card's button, or a forged one."""
    told = traits_of(opener.case.kind).in_portal
    if not told:
        return None
    refusal = Refusal(why="decide_in_portal", told=told)
    return Filled(modals.said_modal(title, [told]), opener.refused(refusal, action))


def _opened(opener: Opener, action: Action) -> Event:
    return opener.event("form_opened", {"form": action.value, "revision": opener.case.revision})
