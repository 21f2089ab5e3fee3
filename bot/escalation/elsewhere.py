"""An escalation that Slack does not take goes out by a second way: once for a case and step, whoever notices.

A call waits in the lane of escalations ── longer than the settings say ──> noted in its case, pages queued in that step
The case ends ────────────────────────────────────────────────────────────> each way is told so (bot/desk/changing.py)
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta
from functools import partial

from bot.cards.messages.pages import escalation_page
from bot.desk import Amendment, Desk, amend, event_of, page
from bot.ledger import WaitingCall
from bot.models import Case, EffectKind, Elsewhere, Place
from bot.rules.sla import last_escalation

_EARLY = "early"
"""The call for what was called for before its time was over: one a case."""


async def call_by_second_way(desk: Desk, after: timedelta, ways: Sequence[str]) -> None:
    """Look for calls that Slack has not taken for so long. LedgerUnavailable passes through.

    Whatever the reason is: Slack is down, our token is refused, the channel is lost. Nobody has heard them.
    """
    if not ways:
        return
    unheard = [one for one in await desk.ledger.calls.waiting() if _is_call(one, after, desk)]
    for case_id in await _concerned(desk, unheard):
        if await amend(desk, case_id, partial(_told, desk, ways)) is not None:
            desk.metrics.escalated("second way")


def _is_call(waiting: WaitingCall, after: timedelta, desk: Desk) -> bool:
    effect = waiting.effect
    is_message = effect.kind is EffectKind.MESSAGE and effect.place is Place.ESCALATION
    return is_message and desk.now() - waiting.queued_at >= after


async def _concerned(desk: Desk, unheard: Iterable[WaitingCall]) -> list[str]:
    """The cases that these calls are about: the one it names, or all that its place was to hear of and nobody sees."""
    named = {one.effect.case_id: None for one in unheard if one.effect.case_id}
    places = {one.effect.channel_id for one in unheard if not one.effect.case_id}
    if places:
        cards: set[str] = set()
        for case in (stored.case for stored in await desk.ledger.open_cases()):
            heard_in = desk.routes.channel_for(case.organization_id, case.kind.value, Place.ESCALATION)
            is_unseen = case.escalated_at is not None and case.card is None and heard_in in places
            # Cases of one card are one call here too.
            if is_unseen and (case.bundle_id or case.case_id) not in cards:
                cards.add(case.bundle_id or case.case_id)
                named[case.case_id] = None
    return list(named)


def _told(desk: Desk, ways: Sequence[str], case: Case) -> Amendment | None:
    step = last_escalation(case) or _EARLY
    if not case.is_open or any(one.step == step for one in case.elsewhere):
        return None
    now = desk.now()
    noted = Elsewhere(step=step, at=now, ways=tuple(ways))
    facts = {"step": step, "ways": list(ways)}
    said = escalation_page(case, step, now, portal_link=desk.rules.portal_link)
    return Amendment(
        case.model_copy(update={"elsewhere": (*case.elsewhere, noted)}),
        [event_of("escalated_elsewhere", None, case, facts=facts)],
        [page(case, way, said) for way in ways],
    )
