"""The forms of a card that several cases share: cut to what their reader may see, submitted for each case by itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bot.cards.case import modals
from bot.cards.case.offers import one_press_closed
from bot.cards.case.shared import shared_reference
from bot.cards.forms import shared_form as cards
from bot.cards.forms.deny_modal import DenyForm, deny_modal
from bot.cards.kit import ids
from bot.cards.kit.carried import about
from bot.cards.messages import answers
from bot.decision.effect import one_press_choice
from bot.decision.press import decide_each
from bot.decision.shown import Target, on_card, seen_shown, targets_of
from bot.decision.turning_down import ended_modal, form_refused
from bot.decision.verdict import Judged, plain_ask, weigh
from bot.desk import Desk, Filled, Opener, event_of, finish, not_taken, pressed_stored
from bot.models import Case, Choice, Event, Press
from bot.rules.bundles import is_family, merged
from bot.rules.typed import says
from permissions import Action, Allowed, OrganizationTree, Refused

_NONE_LEFT = (
    "Nothing of what you chose stands on this card any more. Nothing was decided; look at the card again."
)


async def shared_approval(opener: Opener) -> Filled:
    """“Approve…” of all of them. Whoever may approve none of them reads what is missing at the first."""
    desk, presser, tree = opener.desk, opener.presser, await opener.tree()
    seen = [case for case in await seen_shown(opener) if case.pending]
    opened = opener.event("form_opened", {"form": Action.APPROVE.value, "revision": opener.press.revision})
    judged = [weigh(desk, plain_ask(presser, case, Action.APPROVE), presser, case, tree) for case in seen]
    if not any(isinstance(each.verdict, Allowed) for each in judged):
        return await _nothing_open(opener, tree, judged, Action.APPROVE, opened)
    form = cards.SharedForm(
        cases=seen,
        unseen=len(opener.press.others) + 1 - len(await seen_shown(opener)),
        needs_reason=not is_family(seen) or all(one_press_closed(c, desk.rules, desk.now()) for c in seen),
        rules=desk.rules,
    )
    return Filled(cards.shared_approve_modal(form), opened)


async def submit_shared_approval(desk: Desk, press: Press) -> None:
    """“Approve…” of a shared card was submitted: the narrow approval for each of the chosen cases.

    Without a reason it is as if the card had been pressed: what closes one press closes it there too.
    """
    found = await pressed_stored(desk, press)
    if found is None:
        return
    reason = press.values.get(ids.REASON_BLOCK, "").strip()

    def choice_of(case: Case) -> Choice:
        narrow = one_press_choice(case.kind, desk.rules.decisions.elevation_hours)
        return narrow.model_copy(update={"reason": reason}) if reason else narrow

    chosen = {one for one in press.values.get(ids.CASES_BLOCK, "").split(",") if one}
    shown = await targets_of(desk, press, found, choice_of)
    targets = [one for one in shown if not chosen or one.case.case_id in chosen]
    if not targets:
        gone = event_of("press_too_late", press, found[1].case)
        await finish(desk, press, [gone], [await not_taken(desk, press, answers.said(_NONE_LEFT))])
        return
    await decide_each(desk, press, found[0], [one if says(reason) else _bare(one) for one in targets])


def _bare(target: Target) -> Target:
    press = target.press.model_copy(update={"view_id": ""})
    return Target(press, target.stored, target.choice, target.request_ids, target.is_seen)


async def shared_details(opener: Opener) -> Filled:
    """What stands on the pressed card, as far as its reader may see it; with the way to each case's own details."""
    visible, unseen = await on_card(opener)
    opened = opener.event("form_opened", {"form": Action.VIEW.value, "revision": opener.case.revision})
    if visible and len(visible) + unseen > 1:
        return Filled(cards.shared_details_modal(visible, unseen), opened)
    if not visible:
        ask = plain_ask(opener.presser, opener.case, Action.VIEW)
        judged = weigh(opener.desk, ask, opener.presser, opener.case, await opener.tree())
        # The organizations may have been read anew in between.
        if isinstance(judged.verdict, Refused):
            return await form_refused(opener, "Details", judged, Action.VIEW)
    return Filled(modals.details_modal(opener.case, opener.desk.now(), opener.desk.rules), opened)


async def shared_denial(opener: Opener, filled_in: DenyForm | None = None) -> Filled:
    """“Deny…” of all of them: one reason for the requestors of those that the reader may see."""
    desk, presser, tree = opener.desk, opener.presser, await opener.tree()
    seen = [case for case in await seen_shown(opener) if case.pending]
    name = "form_drawn_anew" if filled_in else "form_opened"
    opened = opener.event(name, {"form": Action.DENY.value})
    judged = [weigh(desk, plain_ask(presser, case, Action.DENY), presser, case, tree) for case in seen]
    if any(isinstance(each.verdict, Allowed) for each in judged):
        form = replace(filled_in or DenyForm(case=opener.case, rules=desk.rules), case=merged(seen))
        return Filled(about(deny_modal(form), shared_reference(seen)), opened)
    return await _nothing_open(opener, tree, judged, Action.DENY, opened)


async def _nothing_open(
    opener: Opener, tree: OrganizationTree, judged: Sequence[Judged], action: Action, opened: Event
) -> Filled:
    """What is missing for the first; or that all has ended that the card showed, though more may have come since."""
    desk, presser, case, title = opener.desk, opener.presser, opener.case, action.value.capitalize()
    first = [*judged, weigh(desk, plain_ask(presser, case, action), presser, case, tree)][0]
    if case.pending and isinstance(first.verdict, Refused):
        return await form_refused(opener, title, first, action)
    return Filled(ended_modal(desk, presser, case, tree, title), opened)
