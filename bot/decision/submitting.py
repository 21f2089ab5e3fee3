"""From a press to a choice: the one-press approval, and what the modals' inputs say."""

from __future__ import annotations

from bot.cards.kit import ids
from bot.decision.approve.choice import NotAChoice, approval_choice
from bot.decision.effect import one_press_choice
from bot.decision.press import decide_on
from bot.decision.turning_down import turn_down
from bot.desk import Desk, Refusal, pressed_stored
from bot.models import Action, Press


async def approve_once(desk: Desk, press: Press) -> None:
    """“Approve on this computer”: the narrow safe answer.

    Wherever the button was pressed, it is one press: no form was filled in, so what closes one press closes it.
    """
    found = await pressed_stored(desk, press)
    if found is None:
        return
    bare = press.model_copy(update={"view_id": ""})
    choice = one_press_choice(found[1].case.kind, desk.rules.decisions.elevation_hours)
    await decide_on(desk, bare, found, choice)


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
