"""From a press to a choice: the one-press approval, and what the modals' inputs say."""

from __future__ import annotations

from bot.cards import answers, ids
from bot.decision.effect import one_press_choice
from bot.decision.press import decide
from bot.desk import Desk, answer, event_of, finish
from bot.models import Choice, Kind, Press, Reach, Verb

GROUP_NAME = "computer_group_name"
"""The chosen computer group's name, kept beside its id when the modal is read."""


async def approve_once(desk: Desk, press: Press) -> None:
    """“Approve on this computer”: the narrow safe answer."""
    kind = await _kind(desk, press)
    if kind is not None:
        await decide(desk, press, one_press_choice(kind, desk.rules.elevation_hours))


async def submit_approval(desk: Desk, press: Press) -> None:
    """“Approve…” was submitted."""
    kind = await _kind(desk, press)
    if kind is None:
        return
    base = one_press_choice(kind, desk.rules.elevation_hours)
    values = press.values
    reach = Reach(values.get(ids.REACH_BLOCK) or Reach.COMPUTER)
    choice = base.model_copy(
        update={
            "reach": reach,
            "computer_group_id": values.get(ids.COMPUTER_GROUP_BLOCK, "")
            if reach is Reach.COMPUTER_GROUP
            else "",
            "computer_group_name": values.get(GROUP_NAME, "") if reach is Reach.COMPUTER_GROUP else "",
            "reason": values.get(ids.REASON_BLOCK, ""),
            "validated_how": values.get(ids.VALIDATED_BLOCK, ""),
            "confirmed_by": values.get(ids.CONFIRMED_BLOCK, ""),
        }
    )
    await decide(desk, press, choice, chosen_requests(press))


async def submit_denial(desk: Desk, press: Press) -> None:
    """“Deny…” was submitted: the reason goes to the requestor as it was typed."""
    values = press.values
    choice = Choice(
        verb=Verb.DENY,
        reason=values.get(ids.REASON_BLOCK, ""),
        notify_requestor=values.get(ids.NOTIFY_BLOCK, "") == ids.NOTIFY_YES,
    )
    await decide(desk, press, choice, chosen_requests(press))


def chosen_requests(press: Press) -> tuple[str, ...]:
    """The requests picked in a modal; empty where it offered no choice."""
    return tuple(one for one in press.values.get(ids.REQUESTS_BLOCK, "").split(",") if one)


async def _kind(desk: Desk, press: Press) -> Kind | None:
    """The case's kind decides what one press means; an unknown case is answered here."""
    stored = await desk.ledger.case(press.case_id)
    if stored is not None:
        return stored.case.kind
    said = answers.stale_card(press.case_id)
    await finish(desk, press, [event_of("press_unknown_case", press)], [answer(press, said)])
    return None
