"""The change of a policy in the case's record: its event, its end, and what is remembered and said of it."""

from __future__ import annotations

from bot.cards.messages import policies
from bot.desk import Amendment, Desk, case_message, event_of
from bot.models import (
    Case,
    DecisionNote,
    EarlierDecision,
    Effect,
    Event,
    Place,
    PolicyAct,
    PolicyWork,
    Press,
    Urgency,
    Verb,
    WorkStanding,
)
from bot.portal import PortalError
from bot.rules import lifecycle


def with_work(case: Case, work: PolicyWork) -> Case:
    """The case with this change in it, in place of its former state."""
    known = any(one.work_id == work.work_id for one in case.policy_works)
    works = tuple(work if one.work_id == work.work_id else one for one in case.policy_works)
    return case.model_copy(update={"policy_works": works if known else (*works, work)})


def work_in(case: Case, work: PolicyWork) -> PolicyWork | None:
    """The change as the case holds it."""
    return next((one for one in case.policy_works if one.work_id == work.work_id), None)


def work_event(
    name: str,
    press: Press | None,
    case: Case,
    work: PolicyWork,
    *,
    more: dict[str, object] | None = None,
    told: str = "",
) -> Event:
    """One event of a change: ids, rights and outcome for ever, names and free words for the retention time."""
    facts: dict[str, object] = {
        "work_id": work.work_id,
        "act": work.act.value,
        "policy_id": work.policy_id,
        "application_id": work.application_id,
        "rests_on": list(work.rests_on),
        "access_generation": work.access_generation,
    }
    if work.place is not None:
        facts |= {"reach": work.place.reach.value, "applies_to_id": work.place.applies_to_id}
    private = {
        "effect": work.effect,
        "approver": work.actor.name,
        "reason": work.reason,
        "validated_how": work.validated_how,
        "confirmed_by": work.confirmed_by,
        "told": told,
    }
    return event_of(
        name,
        press,
        case,
        request_id=work.request_id,
        press_id=work.press_id,
        person_id=work.actor.person_id,
        slack_user_id=work.actor.slack_user_id,
        facts=facts | (more or {}),
        private={key: value for key, value in private.items() if value},
    )


def ended(
    desk: Desk,
    case: Case,
    work: PolicyWork,
    standing: WorkStanding,
    *,
    press: Press | None = None,
    made: str = "",
    deployed: str = "",
    refusal: PortalError | None = None,
) -> Amendment | None:
    """The end of a change; None when it has ended already. Done: said in the card's thread, once.

    One that was given up and is shown after all is done: the portal decides, and not how long it took to tell.
    """
    held, is_done = work_in(case, work), standing is WorkStanding.DONE
    if held is None or held.standing is WorkStanding.DONE:
        return None
    if not held.standing.is_open and not is_done:
        return None
    new_policy = made if is_done and work.act is not PolicyAct.TAKE_BACK else ""
    after = held.model_copy(
        update={"standing": standing, "ended_at": desk.now(), "made_policy_id": new_policy}
    )
    more: dict[str, object] = {"made_policy_id": new_policy} if is_done else {}
    if refusal is not None:
        more |= {"why": type(refusal).__name__, "status": refusal.status}
    name = "policy_changed" if is_done else "policy_change_without_effect"
    event = work_event(name, press, case, after, more=more, told=str(refusal) if refusal else deployed)
    changed = with_work(case, after)
    effects = (_in_thread(desk, changed, after, deployed),) if is_done else ()
    return Amendment(changed, (event,), effects, notes=_notes(desk, changed, after) if is_done else ())


def _in_thread(desk: Desk, case: Case, work: PolicyWork, deployed: str) -> Effect:
    said = policies.work_done(case, work, desk.rules.portal_link, deployed=deployed)
    return case_message(case, f"policy_done:{work.work_id}", said, Place.CARD, Urgency.CARD, in_thread=True)


def _notes(desk: Desk, case: Case, work: PolicyWork) -> tuple[DecisionNote, ...]:
    """An approval that was taken back is remembered as such: “approved before” does not count it any more."""
    entry = case.entry(work.request_id) if work.act is PolicyAct.TAKE_BACK else None
    if entry is None or entry.outcome is None:
        return ()
    attempt = entry.outcome.attempt
    note = EarlierDecision(
        at=desk.now(),
        verb=Verb.APPROVE,
        by=work.actor.name,
        reach=attempt.choice.reach.value if attempt else "",
        same_file=True,
        case_id=case.case_id,
        request_id=work.request_id,
        computer_id=entry.facts.computer_id,
        computer_name=entry.facts.computer_name,
        by_us=True,
        taken_back=True,
    )
    keys = (*lifecycle.history_keys(entry.facts), *lifecycle.signer_keys(entry.facts))
    return (DecisionNote(keys, note),)
