"""What came of a press on each of its cases, and who hears of it: its presser once, claimers, the card's thread."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.cards.kit import ids
from bot.cards.messages import duty as messages
from bot.decision.shown import Target
from bot.decision.telling import Became, Result, decision_answer, told_in_thread
from bot.desk import Desk, Presser, answer, event_of, finish, not_taken, retire, tell
from bot.models import Case, Effect, Event, Press

_STILL_OPEN = frozenset({Became.NOT_DECIDED, Became.CHANGED, Became.REFUSED})
"""Ends after which the presser may submit the form again, mended."""
_DECIDED = frozenset({Became.APPROVED, Became.DENIED})


@dataclass(frozen=True, slots=True)
class End:
    """What came of a press on one case."""

    target: Target
    results: tuple[Result, ...]
    after: Case
    """The case as this press has left it."""

    @property
    def decided(self) -> list[str]:
        """The requests that it decided."""
        return [result.request_id for result in self.results if result.became in _DECIDED]


async def answer_press(desk: Desk, press: Press, presser: Presser, ends: Sequence[End]) -> None:
    """One answer, one word to each claimer, one in the thread; an event for each case."""
    results = [result for end in ends for result in end.results]
    told = decision_answer(results)
    is_open = any(result.became in _STILL_OPEN for result in results) and any(
        end.after.pending for end in ends
    )
    effects = [await not_taken(desk, press, told) if is_open else answer(press, told)]
    effects += _tell_claimers(presser, ends)
    effects += retire_twin(press, ends[0].target.case)
    effects += told_in_thread(desk, [(end.after, end.decided) for end in ends], press.press_id)
    await finish(desk, press, [_answered(presser, end) for end in ends], effects)
    for result in results:
        desk.metrics.press(result.became.value)


def _answered(presser: Presser, end: End) -> Event:
    facts = {"became": {result.request_id: result.became.value for result in end.results}}
    person_id = presser.person.person_id
    return event_of("press_answered", end.target.press, end.target.case, person_id=person_id, facts=facts)


def _tell_claimers(presser: Presser, ends: Sequence[End]) -> list[Effect]:
    """Any permitted press still decides; whoever had claimed a case of it is told, once."""
    told: dict[str, Effect] = {}
    for end in ends:
        claim, case = end.target.case.claim, end.target.case
        decided = end.decided
        if claim is None or not decided or claim.actor.person_id == presser.person.person_id:
            continue
        said = messages.claim_overtaken(case, presser.person.name)
        key = f"claimer:{case.case_id}:{decided[0]}"
        told.setdefault(claim.actor.person_id, tell(case, claim.actor.slack_user_id, said, key))
    return list(told.values())


def retire_twin(press: Press, case: Case) -> list[Effect]:
    """A press on a second copy of the card (a crash between Slack's yes and our note) retires that copy (P5)."""
    if not press.message_ts or press.view_id or case.card is None or press.name == ids.CALL_CLAIM:
        return []
    if (press.channel_id, press.message_ts) == (case.card.channel_id, case.card.ts):
        return []
    return [retire(case.case_id, press.channel_id, press.message_ts)]
