"""“Deny…”: the form drawn anew while it is filled in, and its submission."""

from __future__ import annotations

from bot.cards.forms.deny_modal import DenyForm, denial_text, deny_modal, reason_named
from bot.cards.kit import ids
from bot.decision.ended import ended_modal
from bot.decision.press import decide
from bot.decision.submitting import chosen_requests
from bot.decision.turning_down import form_refused, turn_down
from bot.decision.verdict import plain_ask, weigh
from bot.desk import Desk, Filled, Opener, Refusal, pressed, redraw_form, redrawn
from bot.models import Choice, Effect, Event, Press, Verb
from bot.portal import PortalError
from permissions import Action, Allowed

LIST_CHANGED = (
    "The reason that you chose is not in the list any more, so nothing was denied and nobody was told."
    " Press “Deny…” again and choose anew."
)


async def preview_denial(desk: Desk, press: Press) -> None:
    """Something was chosen in the deny form, or “Show how it reads” was pressed: draw it with its preview."""
    await redraw_form(desk, press, _view, _not_judged)


async def _view(opener: Opener) -> Filled:
    """The form again, or why it is over. Judged anew: it shows the case to whoever may still decide it."""
    desk, presser, case, form = opener.desk, opener.presser, opener.case, _form(opener)
    tree = await opener.tree()
    drawn = opener.event("form_drawn_anew", {"form": "deny"})
    if not form.case.pending:
        return Filled(ended_modal(desk, presser, case, tree, "Deny"), drawn)
    judged = weigh(desk, plain_ask(presser, case, Action.DENY), presser, case, tree)
    if isinstance(judged.verdict, Allowed):
        return Filled(deny_modal(form), drawn)
    return await form_refused(opener, "Deny", judged, Action.DENY)


def _not_judged(opener: Opener, error: PortalError) -> tuple[Event, Effect]:
    """What is typed stays: only the verdict waits, and submitting asks again."""
    form, facts = _form(opener), {"form": "deny", "not_judged": type(error).__name__}
    if form.case.pending:
        event = opener.event("form_drawn_anew", dict(facts))
        event, view = event.model_copy(update={"private": {"told": str(error)}}), deny_modal(form)
    else:
        event = opener.event("form_drawn_anew", {"form": "deny"})
        view = ended_modal(opener.desk, opener.presser, opener.case, None, "Deny")
    return event, redrawn(opener.desk, opener.press, view, opener.case)


def _form(opener: Opener) -> DenyForm:
    """What is filled in so far, over the requests that the form was opened with: later ones are not denied by it."""
    press = opener.press
    return DenyForm(
        case=opener.shown,
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
