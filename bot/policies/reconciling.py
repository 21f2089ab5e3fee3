"""Changes of policies whose outcome is not known: the portal is asked until it shows them, then the presser is told."""

from __future__ import annotations

import structlog

from bot.cards.kit.rendered import Rendered
from bot.cards.messages import policies
from bot.desk import Amendment, Desk, amend, tell
from bot.models import Case, DecisionNote, Effect, Event, PolicyWork, TakenDue, WorkStanding
from bot.policies.reading import shows
from bot.policies.records import ended, with_work, work_event, work_in
from bot.policies.working import NOT_DEPLOYED
from bot.portal import PortalError
from bot.rules.attempts import Turn, may_be_sent, turn_of

log = structlog.get_logger()


async def reconcile_policies(desk: Desk, taken: TakenDue, case: Case) -> None:
    """Look at every open change of a case once. Whatever stays open is looked at again in seconds."""
    seen: dict[str, str | None] = {}
    for work in case.policy_works:
        if not work.standing.is_open or may_be_sent(work.not_after, desk.now()):
            continue
        try:
            seen[work.work_id] = await shows(desk, case.organization_id, work)
        except PortalError as error:
            log.warning("policy_change_not_asked_about", work_id=work.work_id, why=str(error))

    def make(current: Case) -> Amendment | None:
        return _amendment(desk, current, seen)

    await amend(desk, case.case_id, make, taken=taken)


def _amendment(desk: Desk, case: Case, seen: dict[str, str | None]) -> Amendment | None:
    """What the look makes of the open changes. None: nothing is new, and only another look is armed."""
    events: list[Event] = []
    effects: list[Effect] = []
    notes: list[DecisionNote] = []
    current = case
    for work in case.policy_works:
        if not work.standing.is_open or may_be_sent(work.not_after, desk.now()):
            continue
        step = _step(desk, current, work, seen)
        current = step.case
        events += step.events
        effects += step.effects
        notes += step.notes
    return Amendment(current, events, effects, notes=notes) if events else None


def _step(desk: Desk, case: Case, work: PolicyWork, seen: dict[str, str | None]) -> Amendment:
    """One open change after a look at the portal."""
    made = seen.get(work.work_id)
    shown = made is not None if work.work_id in seen else None
    turn = turn_of(work.not_after, desk.now(), desk.rules, shown=shown)
    if turn is Turn.SETTLE:
        done = ended(desk, case, work, WorkStanding.DONE, made=made or "", deployed=NOT_DEPLOYED)
        return _told(desk, work, done) if done else Amendment(case, ())
    if turn is Turn.REOPEN:
        gone = ended(desk, case, work, WorkStanding.WITHOUT_EFFECT)
        return _told(desk, work, gone) if gone else Amendment(case, ())
    if work.standing is WorkStanding.CHECKING:
        return Amendment(case, ())
    doubted = work.model_copy(update={"standing": WorkStanding.CHECKING})
    return Amendment(with_work(case, doubted), (work_event("policy_change_in_doubt", None, case, doubted),))


def _told(desk: Desk, work: PolicyWork, ending: Amendment) -> Amendment:
    """The presser hears how the doubt ended."""
    case = ending.case
    said = _said(desk, case, work_in(case, work) or work)
    effect = tell(case, work.actor.slack_user_id, said, f"policy_doubt:{work.work_id}")
    return Amendment(case, ending.events, (*ending.effects, effect), notes=ending.notes)


def _said(desk: Desk, case: Case, work: PolicyWork) -> Rendered:
    if work.standing is WorkStanding.DONE:
        return policies.work_done(case, work, desk.rules.portal_link, deployed=NOT_DEPLOYED)
    return policies.work_without_effect(case, work, desk.rules.portal_link)
