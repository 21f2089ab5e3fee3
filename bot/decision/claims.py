"""“I am on it”: claim, release and lapse. Ours and advisory; the portal's ownership is best effort, once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import structlog

from bot.cards.messages import answers
from bot.decision.shown import all_pressed
from bot.decision.telling import retire_twin
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
    pressed_stored,
    tell,
)
from bot.ledger import StoredCase
from bot.models import Actor, Case, Effect, Press, RequestEntry, TakenDue
from bot.portal import PortalError, assignee_of
from bot.rules import lifecycle
from bot.rules.bundles import merged
from bot.rules.rotas import on_call
from bot.rules.tiers import calls_made
from permissions import Action, Allowed, Refused

log = structlog.get_logger()


async def claim(desk: Desk, press: Press) -> None:
    """Take a case, or take it over; of a card that several share, each that one may.

    Needs the right to deny it: claiming writes in the portal.
    """
    found = await pressed_stored(desk, press)
    if found is None:
        return
    presser, judged = found[0], await _judged(desk, press, *found)
    allowed = [case for case, verdict in judged if _allows(verdict)]
    if not allowed:
        await _refuse(desk, press, presser, *judged[0])
        return
    actor, at, claimed = actor_of(presser.person, press), desk.now(), list[Case]()
    for case in allowed:
        done = await _claim_one(desk, press, case, actor, at, before=claimed, is_last=case is allowed[-1])
        claimed += [done.case] if done is not None else []
    if not claimed or claimed[-1].case_id != allowed[-1].case_id:
        too_late = event_of("press_too_late", press, allowed[-1])
        await finish(desk, press, [too_late], [answer(press, answers.too_late(allowed[-1]))])
    for case in claimed:
        await own_in_portal(desk, press, case)


async def _claim_one(
    desk: Desk, press: Press, case: Case, actor: Actor, at: datetime, *, before: Sequence[Case], is_last: bool
) -> StoredCase | None:
    """One case of the press; the last one answers for all. None: it is over."""
    called = await called_before(desk, case, press.slack_user_id)

    def make(current: Case) -> Amendment | None:
        if not current.is_open:
            return None
        after = lifecycle.take_claim(current, actor, at, desk.rules, escalated=called)
        facts = {"until": after.claim.until.isoformat() if after.claim else ""}
        event = event_of("case_claimed", press, current, person_id=actor.person_id, facts=facts)
        effects = _previous_told(press, current, actor)
        if is_last:
            said = answers.claimed(merged([*before, after]) if before else after)
            effects = [answer(press, said), *retire_twin(press, current), *effects]
        return Amendment(after, (event,), effects)

    return await amend(desk, case.case_id, make, press=press if is_last else None)


async def release(desk: Desk, press: Press) -> None:
    """Give a claim back: its owner, or whoever could take it over."""
    found = await pressed_stored(desk, press)
    if found is None:
        return
    presser, judged = found[0], await _judged(desk, press, *found)
    mine = [(case, _allows(verdict)) for case, verdict in judged if _allows(verdict) or _owns(presser, case)]
    if not mine:
        await _refuse(desk, press, presser, *judged[0])
        return
    released, done = False, None
    for case, may_take_over in mine:
        is_last = case is mine[-1][0]

        def make(
            current: Case, *, answers_it: bool = is_last, may_take_over: bool = may_take_over
        ) -> Amendment | None:
            if current.claim is None or not (may_take_over or _owns(presser, current)):
                return None
            event = event_of("claim_released", press, current, person_id=presser.person.person_id)
            effects = [answer(press, answers.released()), *retire_twin(press, current)]
            return Amendment(lifecycle.drop_claim(current), (event,), effects if answers_it else ())

        done = await amend(desk, case.case_id, make, press=press if is_last else None)
        released |= done is not None
    if done is None:
        case = mine[-1][0]
        said = answers.released() if released else answers.nothing_claimed(case)
        await finish(desk, press, [event_of("press_too_late", press, case)], [answer(press, said)])


async def _judged(
    desk: Desk, press: Press, presser: Presser, stored: StoredCase
) -> list[tuple[Case, Judged | str]]:
    """Each case of the press with the verdict on it, the pressed one first."""
    cases = [each.case for _, each in await all_pressed(desk, press, stored)]
    return [(case, await _may(desk, presser, case, Action.CLAIM)) for case in cases]


def _previous_told(press: Press, case: Case, actor: Actor) -> list[Effect]:
    """Whoever was on it, where that was somebody else. One word for all cases of a press."""
    previous = case.claim.actor if case.claim is not None else None
    if previous is None or previous.person_id == actor.person_id:
        return []
    return [_tell_previous(press, case, previous.slack_user_id, actor.name)]


async def called_before(desk: Desk, case: Case, slack_user_id: str) -> bool:
    """Whether somebody belongs to those who were called to this case: it was escalated, or handed over to them."""
    at = case.escalated_at or (case.handed_over.at if case.handed_over else None)
    if at is None:
        return False
    there = await desk.roster()
    called = [
        on_call(there, step.tier, when)
        for step in calls_made(case)
        if step.tier in there.tiers
        # Who has the turn by now answers for it as well.
        for when in (step.taken_at or step.due_at, desk.now())
    ]
    return await desk.was_called(slack_user_id, at, case.organization_id, called)


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
            f"lapse:{current.bundle_id or current.case_id}:{current.claim.until.isoformat()}",
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
    return tell(case, slack_user_id, said, f"takeover:{press.press_id}:{slack_user_id}")


async def own_in_portal(desk: Desk, press: Press, case: Case) -> None:
    """Best effort and once; a claim never fails because of it, and without writes on it is not tried."""
    if not desk.rules.writes_on or not desk.gate.is_open:
        return
    account = ""
    for entry in case.pending:
        account = await _own_one(desk, press, case, entry, account)


async def _own_one(desk: Desk, press: Press, case: Case, entry: RequestEntry, account: str) -> str:
    """One request of the claim; `account` is our own in the portal, where an earlier request has told it."""
    request_id, is_taken = entry.facts.request_id, False
    try:
        row, _ = await look(desk, entry.facts)
        await desk.portal.take_ownership(row)
        outcome, is_taken = "taken", True
    except PortalError as error:
        log.info("ownership_not_taken", request_id=request_id, why=str(error))
        outcome = type(error).__name__
    if is_taken and not account:
        account = await _our_account(desk, entry)
    event = event_of("ownership_asked_for", press, case, request_id=request_id, facts={"outcome": outcome})

    def make(current: Case) -> Amendment | None:
        if not (is_taken and account) or current.entry(request_id) is None:
            return None
        after = lifecycle.owned_by_our_account(current, request_id, account)
        return Amendment(after, (event,), is_shown=False)

    if await amend(desk, case.case_id, make) is None:
        await desk.ledger.record([event])
    return account


async def _our_account(desk: Desk, entry: RequestEntry) -> str:
    """By which name the portal shows our own account as the owner, now that it is; empty where it does not tell."""
    try:
        row, _ = await look(desk, entry.facts)
    except PortalError:
        return ""
    return assignee_of(row)
