"""A policy proposed by hand, and a proposal put off."""

from __future__ import annotations

from bot.cards.case.policy_offers import NOTHING_PROPOSED
from bot.cards.kit import ids
from bot.cards.messages import answers, proposals
from bot.desk import (
    Amendment,
    Desk,
    Presser,
    Ruling,
    actor_of,
    amend,
    answer,
    escalation_message,
    event_of,
    finish,
    press_refused,
    pressed,
    proposal_event,
    proposed,
)
from bot.models import Actor, Case, PolicyAct, Press, Proposal
from bot.policies.verdict import ask_for, weigh
from bot.portal import PortalError
from bot.rules import lifecycle
from bot.rules.kinds import traits_of
from bot.rules.said import says
from permissions import Action, Allowed, Ask

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
    software = lifecycle.history_keys(case.requests[0].facts)[-1]
    earlier = await desk.ledger.earlier_decisions(software, desk.now() - desk.rules.repeats.within)
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
        said = proposals.proposed(after, proposal, desk.on_duty(), desk.permalink(after))
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
        said = proposals.declined(after, put_off)
        effects = (
            escalation_message(after, f"policy_declined:{press.press_id}", said),
            answer(press, answers.said("Noted. It is not asked again in this window.")),
        )
        return Amendment(after, (proposal_event("policy_declined", press, current, put_off),), effects)

    return await amend(desk, case.case_id, make, press=press) is not None


async def _nothing_new(desk: Desk, press: Press, case: Case, sentence: str) -> None:
    event = event_of("press_answered", press, case, facts={"standing": "not_done", "press": press.name})
    await finish(desk, press, [event], [answer(press, answers.said(sentence))])
