"""“Deny…”: the form drawn anew while it is filled in, and its submission."""

from __future__ import annotations

from bot.cards.case import modals
from bot.cards.forms.deny_modal import DenyForm, denial_text, deny_modal, reason_named
from bot.cards.kit import ids
from bot.cards.messages import answers
from bot.decision.ended import ended_modal
from bot.decision.press import decide
from bot.decision.submitting import chosen_requests
from bot.decision.verdict import weigh
from bot.desk import Desk, Presser, answer, event_of, finish, pressed, redrawn
from bot.models import Case, Choice, Event, Press, Verb
from bot.portal import PortalError
from permissions import Action, Allowed, Ask

LIST_CHANGED = (
    "The reason that you chose is not in the list any more, so nothing was denied and nobody was told."
    " Press “Deny…” again and choose anew."
)


async def preview_denial(desk: Desk, press: Press) -> None:
    """Something was chosen in the deny form, or “Show how it reads” was pressed: draw it with its preview."""
    found = await pressed(desk, press)
    if found is None:
        return
    presser, case = found
    view, event = await _view(desk, press, presser, case)
    effect = redrawn(desk, press, view, case)
    await finish(desk, press, [event], [effect])


async def _view(desk: Desk, press: Press, presser: Presser, case: Case) -> tuple[dict[str, object], Event]:
    """The form again, or why it is over. Judged anew: it shows the case to whoever may still decide it."""
    person_id = presser.person.person_id
    drawn = event_of("form_drawn_anew", press, case, person_id=person_id, facts={"form": "deny"})
    form = _form(desk, press, case)
    try:
        tree = await desk.tree.current(holding=case.organization_id)
    except PortalError as error:
        if not form.case.pending:
            return ended_modal(desk, presser, case, None, "Deny"), drawn
        # What is typed stays: only the preview waits, and submitting asks again.
        facts: dict[str, object] = {"form": "deny", "not_judged": type(error).__name__}
        return deny_modal(form), drawn.model_copy(update={"facts": facts, "private": {"told": str(error)}})
    if not form.case.pending:
        return ended_modal(desk, presser, case, tree, "Deny"), drawn
    ask = Ask(
        person_id=person_id,
        action=Action.DENY,
        organization_id=case.organization_id,
        kind=case.kind,
    )
    verdict = weigh(desk, ask, presser, case, tree).verdict
    if isinstance(verdict, Allowed):
        return deny_modal(form), drawn
    facts = {"why": verdict.why.value, "press": Action.DENY.value}
    refused = event_of("press_refused", press, case, person_id=person_id, facts=facts)
    return modals.said_modal("Deny", [verdict.sentence]), refused


def _form(desk: Desk, press: Press, case: Case) -> DenyForm:
    """What is filled in so far, over the requests that the form was opened with: later ones are not denied by it."""
    shown = case.model_copy(update={"revision": press.revision, "requests": case.shown_at(press.revision)})
    return DenyForm(
        case=shown,
        rules=desk.rules,
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
        event = event_of("press_refused", press, case_id=press.case_id, facts={"why": "reason_gone"})
        await finish(desk, press, [event], [answer(press, answers.refused(LIST_CHANGED))])
        return
    choice = Choice(
        verb=Verb.DENY,
        reason=denial_text(reason, press.values.get(ids.REASON_BLOCK, "")),
        notify_requestor=_notifies(press),
    )
    await decide(desk, press, choice, chosen_requests(press))


def _notifies(press: Press) -> bool:
    return press.values.get(ids.NOTIFY_BLOCK, "") == ids.NOTIFY_YES
