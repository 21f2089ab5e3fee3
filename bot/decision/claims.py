"""“I am on it”: claim, release and lapse. Ours and advisory; the portal's ownership is best effort, once."""

from __future__ import annotations

import structlog

from bot.cards.messages import answers
from bot.decision.press import retire_twin
from bot.decision.verdict import Judged, plain_ask, weigh
from bot.desk import (
    Amendment,
    Desk,
    Presser,
    Refusal,
    actor_of,
    amend,
    answer,
    event_of,
    finish,
    look,
    present,
    press_refused,
    pressed,
    tell,
)
from bot.models import Case, Effect, Press, TakenDue
from bot.portal import PortalError
from bot.rules import lifecycle
from permissions import Action, Allowed, Refused

log = structlog.get_logger()


async def claim(desk: Desk, press: Press) -> None:
    """Take a case, or take it over. Needs the right to deny it: claiming writes in the portal."""
    found = await pressed(desk, press)
    if found is None:
        return
    presser, case = found
    judged = await _may(desk, presser, case, Action.CLAIM)
    if not _allows(judged):
        await _refuse(desk, press, presser, case, judged)
        return
    previous = case.claim
    actor = actor_of(presser.person, press)
    called = await called_before(desk, case, press.slack_user_id)

    def make(current: Case) -> Amendment | None:
        if not current.is_open:
            return None
        claimed = lifecycle.take_claim(current, actor, desk.now(), desk.rules, escalated=called)
        facts = {"until": claimed.claim.until.isoformat() if claimed.claim else ""}
        event = event_of("case_claimed", press, current, person_id=actor.person_id, facts=facts)
        effects = [answer(press, answers.claimed(claimed)), *retire_twin(press, current)]
        if previous is not None and previous.actor.person_id != actor.person_id:
            effects.append(_tell_previous(press, current, previous.actor.slack_user_id, actor.name))
        return Amendment(claimed, (event,), effects)

    done = await amend(desk, case.case_id, make, press=press)
    if done is None:
        await finish(
            desk, press, [event_of("press_too_late", press, case)], [answer(press, answers.too_late(case))]
        )
        return
    await own_in_portal(desk, press, case)


async def release(desk: Desk, press: Press) -> None:
    """Give a claim back: its owner, or whoever could take it over."""
    found = await pressed(desk, press)
    if found is None:
        return
    presser, case = found
    judged = await _may(desk, presser, case, Action.CLAIM)
    may_take_over = _allows(judged)
    if not may_take_over and not _owns(presser, case):
        await _refuse(desk, press, presser, case, judged)
        return

    def make(current: Case) -> Amendment | None:
        if current.claim is None or not (may_take_over or _owns(presser, current)):
            return None
        event = event_of("claim_released", press, current, person_id=presser.person.person_id)
        effects = [answer(press, answers.released()), *retire_twin(press, current)]
        return Amendment(lifecycle.drop_claim(current), (event,), effects)

    if await amend(desk, case.case_id, make, press=press) is None:
        said = answers.nothing_claimed(case)
        await finish(desk, press, [event_of("press_too_late", press, case)], [answer(press, said)])


async def called_before(desk: Desk, case: Case, slack_user_id: str) -> bool:
    """Whether somebody belongs to those who were called to this case: it was escalated, or handed over to them."""
    at = case.escalated_at or (case.handed_over.at if case.handed_over else None)
    return at is not None and await desk.was_called(slack_user_id, at)


def _owns(presser: Presser, case: Case) -> bool:
    return case.claim is not None and case.claim.actor.person_id == presser.person.person_id


async def lapse(desk: Desk, taken: TakenDue, case: Case) -> None:
    """A claim's time is over: reminders go on, and the claimer is told."""

    def make(current: Case) -> Amendment | None:
        if current.claim is None or not lifecycle.claim_has_lapsed(current, desk.now()):
            return None
        actor = current.claim.actor
        event = event_of("claim_lapsed", None, current, person_id=actor.person_id)
        told = tell(
            current,
            actor.slack_user_id,
            answers.claim_lapsed(current),
            f"lapse:{current.case_id}:{taken.lease}",
        )
        return Amendment(lifecycle.drop_claim(current), (event,), (told,))

    await amend(desk, case.case_id, make, taken=taken)


async def _may(desk: Desk, presser: Presser, case: Case, action: Action) -> Judged | str:
    """The verdict and who else could, or a sentence where it could not be reached."""
    try:
        tree = await desk.tree.current(holding=case.organization_id)
    except PortalError as error:
        return f"The portal's organizations could not be read ({error}); press again in a moment."
    return weigh(desk, plain_ask(presser, case, action), presser, case, tree)


def _allows(judged: Judged | str) -> bool:
    return isinstance(judged, Judged) and isinstance(judged.verdict, Allowed)


async def _refuse(desk: Desk, press: Press, presser: Presser, case: Case, judged: Judged | str) -> None:
    """What is missing and where, and to whoever may see the request who could."""
    refusal, could = Refusal(why="portal_away", told=str(judged)), tuple[str, ...]()
    if isinstance(judged, Judged) and isinstance(judged.verdict, Refused):
        refusal, could = Refusal.of(judged.verdict), await present(desk, presser, judged.could)
    desk.metrics.refused(refusal.why)
    event = press_refused(press, refusal, presser=presser, case=case)
    await finish(desk, press, [event], [answer(press, answers.refused(refusal.told, could))])


def _tell_previous(press: Press, case: Case, slack_user_id: str, by: str) -> Effect:
    said = answers.claim_taken_over(case, by)
    return tell(case, slack_user_id, said, f"takeover:{press.press_id}")


async def own_in_portal(desk: Desk, press: Press, case: Case) -> None:
    """Best effort and once; a claim never fails because of it, and without writes on it is not tried."""
    if not desk.rules.writes_on or not desk.gate.is_open:
        return
    for entry in case.pending:
        try:
            row, _ = await look(desk, entry.facts)
            await desk.portal.take_ownership(row)
            outcome = "taken"
        except PortalError as error:
            log.info("ownership_not_taken", request_id=entry.facts.request_id, why=str(error))
            outcome = type(error).__name__
        facts = {"outcome": outcome}
        event = event_of("ownership_asked_for", press, case, request_id=entry.facts.request_id, facts=facts)
        await desk.ledger.record([event])
