"""The forms of a case: filled from the portal and the rules, drawn anew, and submitted once."""

from __future__ import annotations

from typing import assert_never

from bot.cards.case import modals
from bot.cards.forms.deny_modal import DenyForm, denial_text, deny_modal, reason_named
from bot.cards.kit import ids
from bot.cards.kit.carried import about
from bot.cards.messages import answers
from bot.decision.approve.choice import NotAChoice, approval_choice
from bot.decision.approve.draw import draw, is_whole
from bot.decision.approve.offers import Asker, narrow_reaches
from bot.decision.effect import one_press_choice
from bot.decision.press import decide, decide_on
from bot.decision.shared_forms import shared_approval, shared_denial, shared_details
from bot.decision.shown import shown_reference
from bot.decision.storage import form as storage
from bot.decision.turning_down import ended_modal, form_refused, turn_down
from bot.decision.verdict import may_see, plain_ask, weigh
from bot.desk import (
    Desk,
    Filled,
    Opener,
    Refusal,
    answer,
    event_of,
    fill_form,
    finish,
    open_form,
    opener_of,
    pressed,
    pressed_stored,
    redraw_form,
    redrawn,
)
from bot.models import Case, Choice, Effect, Event, Press, Verb
from bot.portal import PortalError
from bot.rules.kinds import Form, traits_of
from permissions import Action, Allowed


async def approve_once(desk: Desk, press: Press) -> None:
    """“Approve on this computer”: the narrow safe answer.

    Wherever the button was pressed, it is one press: no form was filled in, so what closes one press closes it.
    """
    found = await pressed_stored(desk, press)
    if found is None:
        return
    bare = press.model_copy(update={"view_id": ""})

    def choice_of(case: Case) -> Choice:
        return one_press_choice(case.kind, desk.rules.decisions.elevation_hours)

    await decide_on(desk, bare, found, choice_of)


async def approve_because(desk: Desk, press: Press) -> None:
    """“Approve here, because…”: the same with a reason from the list, for what wants its reason.

    What else closes one press closes it here too.
    """
    found = await pressed_stored(desk, press)
    if found is None:
        return
    key, reasons = press.values.get(ids.JUSTIFICATION_BLOCK, ""), desk.rules.decisions.approve_reasons
    reason = next((reason for reason in reasons if ids.reason_key(reason) == key), "")
    if not reason:
        gone = event_of("press_incomplete", press, found[1].case, facts={"press": press.name})
        await finish(desk, press, [gone], [answer(press, answers.said(_REASON_GONE))])
        return

    def choice_of(case: Case) -> Choice:
        narrow = one_press_choice(case.kind, desk.rules.decisions.elevation_hours)
        return narrow.model_copy(update={"reason": reason})

    await decide_on(desk, press.model_copy(update={"view_id": ""}), found, choice_of)


_REASON_GONE = (
    "The list of reasons has changed since this card was drawn. Nothing was decided; choose in “Approve…”."
)


async def submit_approval(desk: Desk, press: Press) -> None:
    """“Approve…” was submitted."""
    found = await pressed_stored(desk, press)
    if found is None:
        return
    case = found[1].case
    try:
        choice = approval_choice(case.kind, press.values, desk.rules, press.received_at)
    except NotAChoice as error:
        presser, stored = found
        refusal = Refusal(why="not_offered", told=str(error))
        await turn_down(desk, press, presser, stored.case, refusal, Action.APPROVE)
        return
    await decide_on(desk, press, found, choice, chosen_requests(press))


def chosen_requests(press: Press) -> tuple[str, ...]:
    """The requests picked in a modal; empty where it offered no choice."""
    return tuple(one for one in press.values.get(ids.REQUESTS_BLOCK, "").split(",") if one)


_DENY, _APPROVE, _DETAILS = "Deny", "Approve", "Details"


async def open_deny(desk: Desk, press: Press) -> None:
    """“Deny…”: whoever may not deny is told so instead of being shown a form."""
    await open_form(desk, press, _DENY, _denial)


async def open_approve(desk: Desk, press: Press) -> None:
    """“Approve…”: the form of the case's kind, with the reaches that are open, and for each closed one the reason."""
    opener = await opener_of(desk, press)
    if opener is None:
        return
    if press.others:
        await fill_form(opener, _APPROVE, shared_approval)
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
    await open_form(desk, press, _DETAILS, _details_of_card)


async def _details_of_card(opener: Opener) -> Filled:
    """Of all cases that share the pressed card; from anywhere else those of the one case."""
    card = opener.case.card
    if card is not None and opener.press.message_ts == card.ts:
        return await shared_details(opener)
    return await _details(opener)


async def open_one_details(desk: Desk, press: Press) -> None:
    """One case out of the details of a shared card, in their place."""
    await redraw_form(desk, press, _details, _stands)


async def open_one_form(desk: Desk, press: Press) -> None:
    """One case was chosen in the form of a shared card: its own form comes in that one's place."""
    case_id = press.values.get(ids.ONE_CASE_BLOCK, "")
    shown = {press.case_id: press.revision} | {other.case_id: other.revision for other in press.others}
    if case_id not in shown:
        await redraw_form(desk, press, shared_approval, _stands)
        return
    update = {"case_id": case_id, "revision": shown[case_id], "others": ()}
    await redraw_form(desk, press.model_copy(update=update), _approval, _stands)


async def _details(opener: Opener) -> Filled:
    desk, presser, case, tree = opener.desk, opener.presser, opener.case, await opener.tree()
    if may_see(opener.person_id, case.organization_id, presser.access, tree, desk, case.kind):
        return Filled(modals.details_modal(case, desk.now(), desk.rules), _opened(opener, Action.VIEW))
    judged = weigh(desk, plain_ask(presser, case, Action.VIEW), presser, case, tree)
    return await form_refused(opener, _DETAILS, judged, Action.VIEW)


async def _denial(opener: Opener) -> Filled:
    if opener.press.others:
        return await shared_denial(opener)
    desk, presser, case, tree = opener.desk, opener.presser, opener.case, await opener.tree()
    opened = _opened(opener, Action.DENY)
    if not case.pending:
        return Filled(ended_modal(desk, presser, case, tree, _DENY), opened)
    judged = weigh(desk, plain_ask(presser, case, Action.DENY), presser, case, tree)
    if isinstance(judged.verdict, Allowed):
        if closed := _in_portal(opener, Action.DENY, _DENY):
            return closed
        form = _form(opener, case) if opener.press.values else DenyForm(case=case, rules=desk.rules)
        return Filled(deny_modal(form), opened)
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
    values = opener.press.values
    return Filled(await draw(asker, reaches, values, more=is_whole(values)), opened)


def _in_portal(opener: Opener, action: Action, title: str) -> Filled | None:
    """For whoever may decide a kind that has no form here: an old card's button, or a forged one."""
    told = traits_of(opener.case.kind).in_portal
    if not told:
        return None
    refusal = Refusal(why="decide_in_portal", told=told)
    return Filled(modals.said_modal(title, [told]), opener.refused(refusal, action))


def _opened(opener: Opener, action: Action) -> Event:
    return opener.event("form_opened", {"form": action.value, "revision": opener.case.revision})


async def redraw_approval(desk: Desk, press: Press) -> None:
    """Draw the modal anew. The portal away: the modal stays as it is, and the presser is told."""
    await redraw_form(desk, press, _view, _stands)


def _stands(opener: Opener, error: PortalError) -> tuple[Event, Effect]:
    sentence = f"The portal could not be asked ({error}). Your form stands as it was; nothing was decided."
    return opener.not_opened("approve", error), answer(opener.press, answers.trouble(sentence))


async def _view(opener: Opener) -> Filled:
    """The modal over the requests that it was opened with: later ones are not decided by it."""
    press, presser, shown = opener.press, opener.presser, opener.shown
    is_preview = press.name == ids.APPROVE_PREVIEW
    more = is_preview or press.name == ids.APPROVE_MORE or is_whole(press.values)
    facts: dict[str, object] = {"form": "approve", "revision": press.revision, "preview": is_preview}
    drawn = opener.event("form_drawn_anew", facts)
    tree = await opener.tree()
    if not shown.pending:
        return Filled(ended_modal(opener.desk, presser, opener.case, tree, "Approve"), drawn)
    asker = Asker(opener.desk, presser, shown, tree)
    reaches = narrow_reaches(asker)
    if not any(offer.is_open for offer in reaches):
        return await form_refused(opener, "Approve", asker.narrowest(), Action.APPROVE)
    return Filled(await draw(asker, reaches, press.values, more=more, preview=is_preview), drawn)


LIST_CHANGED = (
    "The reason that you chose is not in the list any more, so nothing was denied and nobody was told."
    " Press “Deny…” again and choose anew."
)


async def preview_denial(desk: Desk, press: Press) -> None:
    """Something was chosen in the deny form, or “Show how it reads” was pressed: draw it with its preview."""
    await redraw_form(desk, press, _denial_view, _not_judged)


async def _denial_view(opener: Opener) -> Filled:
    """The form again, or why it is over. Judged anew: it shows the case to whoever may still decide it."""
    desk, presser, case, tree = opener.desk, opener.presser, opener.case, await opener.tree()
    if opener.press.others:
        return await shared_denial(opener, _form(opener, case))
    form = _form(opener, opener.shown)
    drawn = opener.event("form_drawn_anew", {"form": "deny"})
    if not form.case.pending:
        return Filled(ended_modal(desk, presser, case, tree, "Deny"), drawn)
    judged = weigh(desk, plain_ask(presser, case, Action.DENY), presser, case, tree)
    if isinstance(judged.verdict, Allowed):
        return Filled(deny_modal(form), drawn)
    return await form_refused(opener, "Deny", judged, Action.DENY)


def _not_judged(opener: Opener, error: PortalError) -> tuple[Event, Effect]:
    """What is typed stays: only the verdict waits, and submitting asks again."""
    form, facts = _form(opener, opener.shown), {"form": "deny", "not_judged": type(error).__name__}
    if form.case.pending:
        event = opener.event("form_drawn_anew", dict(facts))
        event = event.model_copy(update={"private": {"told": str(error)}})
        # Of a shared card the first case stands for all meanwhile; what is submitted are the same cases as before.
        view = about(deny_modal(form), shown_reference(opener.press))
    else:
        event = opener.event("form_drawn_anew", {"form": "deny"})
        view = ended_modal(opener.desk, opener.presser, opener.case, None, "Deny")
    return event, redrawn(opener.desk, opener.press, view, opener.case)


def _form(opener: Opener, case: Case | None = None) -> DenyForm:
    """What is filled in so far, over the requests that the form was opened with: later ones are not denied by it."""
    press = opener.press
    return DenyForm(
        case=case or opener.shown,
        rules=opener.desk.rules,
        reason_id=press.values.get(ids.DENY_REASON_BLOCK, ""),
        typed=press.values.get(ids.REASON_BLOCK, ""),
        notify=_notifies(press),
        request_ids=chosen_requests(press),
    )


async def submit_denial(desk: Desk, press: Press) -> None:
    """“Deny…” was submitted: the reason goes to the requestor in the very words that the form showed."""
    reason_id = press.values.get(ids.DENY_REASON_BLOCK, "")
    reason = reason_named(desk.rules, reason_id)
    if reason_id and reason is None:
        found = await pressed(desk, press)
        if found is not None:
            await turn_down(desk, press, *found, Refusal(why="reason_gone", told=LIST_CHANGED), Action.DENY)
        return
    choice = Choice(
        verb=Verb.DENY,
        reason=denial_text(reason, press.values.get(ids.REASON_BLOCK, "")),
        notify_requestor=_notifies(press),
    )
    await decide(desk, press, choice, chosen_requests(press))


def _notifies(press: Press) -> bool:
    return press.values.get(ids.NOTIFY_BLOCK, "") == ids.NOTIFY_YES
