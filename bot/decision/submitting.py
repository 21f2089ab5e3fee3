"""From a press to a choice: the one-press approval, and what the modals' inputs say."""

from __future__ import annotations

from bot.cards.kit import ids
from bot.cards.messages import answers
from bot.decision.approve.choice import NotAChoice, approval_choice
from bot.decision.effect import one_press_choice
from bot.decision.press import decide
from bot.desk import Desk, answer, case_of, event_of, finish
from bot.models import Kind, Press


async def approve_once(desk: Desk, press: Press) -> None:
    """“Approve on this computer”: the narrow safe answer.

    Wherever the button was pressed, it is one press: no form was filled in, so what closes one press closes it.
    """
    kind = await _kind(desk, press)
    if kind is not None:
        bare = press.model_copy(update={"view_id": ""})
        await decide(desk, bare, one_press_choice(kind, desk.rules.decisions.elevation_hours))


async def submit_approval(desk: Desk, press: Press) -> None:
    """“Approve…” was submitted."""
    kind = await _kind(desk, press)
    if kind is None:
        return
    try:
        choice = approval_choice(kind, press.values, desk.rules, press.received_at)
    except NotAChoice as error:
        event = event_of("press_refused", press, case_id=press.case_id, facts={"why": "not_offered"})
        await finish(desk, press, [event], [answer(press, answers.refused(str(error)))])
        return
    await decide(desk, press, choice, chosen_requests(press))


def chosen_requests(press: Press) -> tuple[str, ...]:
    """The requests picked in a modal; empty where it offered no choice."""
    return tuple(one for one in press.values.get(ids.REQUESTS_BLOCK, "").split(",") if one)


async def _kind(desk: Desk, press: Press) -> Kind | None:
    """The case's kind decides what one press means; an unknown case is answered here."""
    case = await case_of(desk, press)
    return case.kind if case else None
