"""Changes of policies in the case's record; a policy proposed by hand, and a proposal put off."""

from __future__ import annotations

from bot.cards.case.offers import NOTHING_PROPOSED
from bot.cards.kit import ids
from bot.cards.messages import answers, decisions
from bot.desk import (
    Amendment,
    Desk,
    Presser,
    Ruling,
    actor_of,
    amend,
    answer,
    case_message,
    escalation_message,
    event_of,
    finish,
    press_refused,
    pressed,
    proposal_event,
    proposed,
    tell,
)
from bot.models import (
    Actor,
    Case,
    DecisionNote,
    EarlierDecision,
    Effect,
    Event,
    Place,
    PolicyAct,
    PolicyWork,
    Press,
    Proposal,
    Urgency,
    Verb,
    WorkStanding,
)
from bot.policies.verdict import ask_for, weigh
from bot.portal import PortalError
from bot.rules import remembering
from bot.rules.kinds import traits_of
from bot.rules.typed import says
from permissions import Action, Allowed, Ask


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
    is_marked: bool = False,
    deployed: str = "",
    refusal: PortalError | None = None,
) -> Amendment | None:
    """The end of a change; None when it has ended already. Done: said in the card's thread, once.

    Without a press the clock has found it out, and the presser hears of it; with one, that press is answered by itself,
    but for one whose presser has an answer already: the press was taken up again meanwhile.
    One that was given up and is shown after all is done: the portal decides, and not how long it took to tell. Whose
    doing it is, only its yes or our mark tell: somebody there may have been faster.
    """
    held, is_done = work_in(case, work), standing is WorkStanding.DONE
    if held is None or held.standing is WorkStanding.DONE:
        return None
    if not held.standing.is_open and not is_done:
        return None
    new_policy = made if is_done and work.act is not PolicyAct.TAKE_BACK else ""
    after = held.model_copy(
        update={
            "standing": standing,
            "ended_at": desk.now(),
            "made_policy_id": new_policy,
            "ours": not is_done or held.answered or is_marked,
        }
    )
    more: dict[str, object] = {"made_policy_id": new_policy, "ours": after.ours} if is_done else {}
    if refusal is not None:
        more |= {"why": type(refusal).__name__, "status": refusal.status}
    name = "policy_changed" if is_done else "policy_change_without_effect"
    event = work_event(name, press, case, after, more=more, told=str(refusal) if refusal else deployed)
    changed = with_work(case, after)
    effects = [_in_thread(desk, changed, after, deployed)] if is_done else []
    if press is None or held.standing is not WorkStanding.SENDING:
        effects.append(_doubter_told(desk, changed, held, after, deployed))
    return Amendment(changed, (event,), effects, notes=_notes(desk, changed, after) if is_done else ())


def _doubter_told(desk: Desk, case: Case, before: PolicyWork, after: PolicyWork, deployed: str) -> Effect:
    link = desk.rules.portal_link
    if after.standing is WorkStanding.DONE:
        said = decisions.work_done(case, after, link, deployed=deployed)
    else:
        said = decisions.work_without_effect(case, after, link)
    # Whoever was told of an end already, and that it was none, is told once more where the portal shows it after all.
    told = "policy_doubt" if before.standing.is_open else "policy_after_all"
    return tell(case, after.actor.slack_user_id, said, f"{told}:{after.work_id}")


def _in_thread(desk: Desk, case: Case, work: PolicyWork, deployed: str) -> Effect:
    said = decisions.work_done(case, work, desk.rules.portal_link, deployed=deployed)
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
    keys = (*remembering.history_keys(entry.facts), *remembering.signer_keys(entry.facts))
    return (DecisionNote(keys, note),)


NOT_PROPOSED = "No policy of application control can be proposed for this; look at it in the portal."
"""To who asks for one for a storage or web request, or for a case whose names were removed."""


async def propose(desk: Desk, press: Press) -> None:
    """“Propose a policy”: whoever may see the case may ask for one; it changes nothing in the portal (9.0)."""
    found = await pressed(desk, press)
    if found is None:
        return
    presser, case = found
    ask = Ask(
        person_id=presser.person.person_id,
        action=Action.PROPOSE_POLICY,
        organization_id=case.organization_id,
        kind=case.kind,
    )
    if not await _may(desk, press, presser, case, ask):
        return
    if not traits_of(case.kind).has_permit_form or case.redacted_at is not None:
        await _nothing_new(desk, press, case, NOT_PROPOSED)
        return
    before = _asked_lately(desk, case)
    if before is not None:
        by = before.proposed_by.name if before.proposed_by else "Gatehouse itself"
        said = f"{by} proposed it at {before.proposed_at:%Y-%m-%d %H:%M} UTC already; the escalation team has it."
        await _nothing_new(desk, press, case, said)
        return
    actor = actor_of(presser.person, press)
    software = remembering.history_keys(case.requests[0].facts)[-1]
    earlier = await desk.ledger.history.earlier(software, desk.now() - desk.rules.repeats.within)
    await _post(desk, press, case, await proposed(desk, case, earlier, by=actor))


async def submit_not_now(desk: Desk, press: Press) -> None:
    """“Not now” was submitted: who says so and why; it is not asked again in this window."""
    found = await pressed(desk, press)
    if found is None:
        return
    presser, case = found
    if not await _may(desk, press, presser, case, ask_for(presser, case, PolicyAct.CREATE)):
        return
    because = press.values.get(ids.REASON_BLOCK, "").strip()
    if not says(because):
        await _nothing_new(desk, press, case, "Say why not now; the escalation team reads it.")
        return
    if not await _decline(desk, press, case, actor_of(presser.person, press), because):
        await _nothing_new(desk, press, case, NOTHING_PROPOSED)


async def _may(desk: Desk, press: Press, presser: Presser, case: Case, ask: Ask) -> bool:
    """Judged now; a refusal is answered and recorded here."""
    try:
        tree = await desk.tree.current(holding=case.organization_id)
        judged = await weigh(desk, presser, case, ask, tree)
    except PortalError as error:
        said = answers.trouble(f"The portal could not be asked ({error}).")
        facts: dict[str, object] = {"press": press.name, "why": type(error).__name__}
        event = event_of("press_not_judged", press, case, facts=facts, private={"told": str(error)})
        await finish(desk, press, [event], [answer(press, said)])
        return False
    if isinstance(judged.verdict, Allowed):
        return True
    await _refuse(desk, press, presser, case, judged)
    return False


async def _refuse(desk: Desk, press: Press, presser: Presser, case: Case, judged: Ruling) -> None:
    said = answers.refused(judged.verdict.sentence, judged.could, "the escalation team")
    desk.metrics.refused(judged.refusal.why)
    event = press_refused(press, judged.refusal, presser=presser, case=case)
    await finish(desk, press, [event], [answer(press, said)])


def _asked_lately(desk: Desk, case: Case) -> Proposal | None:
    """The case's proposal, if it is of this window."""
    found = case.proposal
    return found if found and found.proposed_at > desk.now() - desk.rules.repeats.within else None


async def _post(desk: Desk, press: Press, case: Case, proposal: Proposal) -> None:
    """Into the record and to the escalation team, in one step."""

    def make(current: Case) -> Amendment | None:
        if _asked_lately(desk, current) is not None:
            return None
        after = current.model_copy(update={"proposal": proposal})
        said = decisions.proposed(after, proposal, desk.on_duty(after.organization_id), desk.permalink(after))
        effects = (
            escalation_message(after, f"policy_proposed:{press.press_id}", said),
            answer(press, answers.said("Proposed: the escalation team has it, with its evidence.")),
        )
        return Amendment(after, (proposal_event("policy_proposed", press, current, proposal),), effects)

    if await amend(desk, case.case_id, make, press=press) is None:
        await _nothing_new(
            desk, press, case, "Somebody else has just proposed it; the escalation team has it."
        )
        return
    desk.metrics.escalated("policy proposed")


async def _decline(desk: Desk, press: Press, case: Case, by: Actor, because: str) -> bool:
    """False: there is no proposal (any more) to be put off."""

    def make(current: Case) -> Amendment | None:
        held = current.proposal
        if held is None or held.declined_at is not None:
            return None
        put_off = held.model_copy(
            update={"declined_by": by, "declined_at": desk.now(), "declined_because": because}
        )
        after = current.model_copy(update={"proposal": put_off})
        said = decisions.declined(after, put_off)
        effects = (
            escalation_message(after, f"policy_declined:{press.press_id}", said),
            answer(press, answers.said("Noted. It is not asked again in this window.")),
        )
        return Amendment(after, (proposal_event("policy_declined", press, current, put_off),), effects)

    return await amend(desk, case.case_id, make, press=press) is not None


async def _nothing_new(desk: Desk, press: Press, case: Case, sentence: str) -> None:
    event = event_of("press_answered", press, case, facts={"standing": "not_done", "press": press.name})
    await finish(desk, press, [event], [answer(press, answers.said(sentence))])
