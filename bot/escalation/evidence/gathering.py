"""Finding out about a case after its card was posted: ask, add up, record, redraw, and ping what is unusual."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from bot.cards.messages import decisions
from bot.cards.messages import duty as messages
from bot.desk import (
    Amendment,
    Desk,
    amend,
    called_early,
    escalation_message,
    event_of,
    muster,
    new_id,
    proposal_event,
    proposed,
    proposed_before,
    standing_approvals,
    whom,
)
from bot.escalation.evidence.asking import Answers, ask
from bot.escalation.evidence.history import Past, known_of, past_of
from bot.escalation.evidence.summing import evidence_of
from bot.models import (
    Case,
    Change,
    Due,
    DueKind,
    EarlierDecision,
    Effect,
    Evidence,
    Proposal,
    Sighting,
    TakenDue,
    digest_of,
)
from bot.models.unusual import Silence, Spoke
from bot.rules import lifecycle, remembering
from bot.rules.bundles import merged
from bot.rules.tiers import Muster
from bot.rules.unusual import KNOWN_BAD, Spoken, spoken

_LOOKED_THROUGH = 200
"""Open cases of the organization that are looked through for the same software, the newest (our choice)."""


async def gather(desk: Desk, taken: TakenDue, case: Case) -> None:
    """Ask the portal and our own record about a case; a check that fails is said, and made again later."""
    if case.repeats_unweighed:
        await _weigh_repeats(desk, taken, case)
        return
    if not case.open_requests:
        await amend(desk, case.case_id, lambda _: None, taken=taken)
        return
    answers = await ask(desk, case)
    past, known = await past_of(desk, case), await known_of(desk, case)
    silences = (await desk.ledger.given()).given.silences
    proposal = await _due_proposal(desk, case, past.on_software)
    beside = await desk.beside(case)
    there = await muster(desk, [case])

    def make(current: Case) -> Amendment | None:
        if not current.open_requests:
            return None
        fuller = _fuller(current, (one.sighting for one in answers.on))
        found = _found(desk, fuller, past, answers)
        if current.revision != case.revision:
            # Somebody joined meanwhile: what was found holds for the requests that were asked about.
            found = found.model_copy(update={"revision": case.revision})
        told = spoken(fuller, found, known, desk.rules)
        return _amendment(
            desk,
            current,
            fuller,
            found,
            _silenced(fuller, told, silences, desk.now()),
            proposal=proposal,
            beside=beside,
            there=there,
        )

    await amend(desk, case.case_id, make, taken=taken)


def _found(desk: Desk, case: Case, past: Past, answers: Answers) -> Evidence:
    return evidence_of(case, past, answers, desk.now(), repeats_within=desk.rules.repeats.within)


async def _weigh_repeats(desk: Desk, taken: TakenDue, case: Case) -> None:
    """After the approval that wanted its reason: the policy is proposed. The checks keep their own due time."""
    software = remembering.history_keys(case.requests[0].facts)[-1]
    earlier = await desk.ledger.history.earlier(software, desk.now() - desk.rules.repeats.within)
    proposal = await _due_proposal(desk, case, earlier)

    def make(current: Case) -> Amendment | None:
        if not current.repeats_unweighed:
            return None
        after = lifecycle.repeats_weighed(current)
        if proposal is None or current.proposal is not None:
            facts = {"approvals": len(remembering.as_decisions(standing_approvals(earlier)))}
            return Amendment(
                after, (event_of("repeats_weighed", None, current, facts=facts),), is_shown=False
            )
        after = after.model_copy(update={"proposal": proposal})
        event = proposal_event("policy_proposed", None, current, proposal)
        after, effects = _pinged(desk, current, after, ())
        return Amendment(after, (event,), effects)

    if await amend(desk, case.case_id, make, taken=taken) is not None and proposal is not None:
        await _look_again(desk, case, software)


async def _look_again(desk: Desk, case: Case, software: str) -> None:
    """What waits for the same software was looked at before the proposal: it gets it at its next look, which is now."""
    newest = (await desk.ledger.case_ids_of_organization(case.organization_id))[-_LOOKED_THROUGH:]
    held = await desk.ledger.cases([one for one in newest if one != case.case_id])
    waiting = [one.case for one in held.values() if one.case.pending and one.case.proposal is None]
    same = [one for one in waiting if remembering.history_keys(one.requests[0].facts)[-1] == software]
    if not same:
        return
    events = [event_of("checks_asked_for", None, one, facts={"why": "a policy is proposed"}) for one in same]
    due = [Due(DueKind.EVIDENCE, one.case_id, desk.now()) for one in same]
    await desk.ledger.commit(Change(op_id=new_id("o"), events=events, due=due))


async def _due_proposal(desk: Desk, case: Case, on_software: Sequence[EarlierDecision]) -> Proposal | None:
    """The policy that is due, or that somebody asked for; None before, and after somebody decided against it."""
    since = desk.now() - desk.rules.repeats.within
    lately = remembering.as_decisions([one for one in standing_approvals(on_software) if one.at >= since])
    if case.proposal is not None or not lately:
        return None
    before = await proposed_before(desk, on_software)
    is_due = len(lately) >= desk.rules.repeats.approvals
    asked_by = None if is_due else next((one.proposed_by for one in before if one.proposed_by), None)
    if any(one.declined_at is not None for one in before) or not (is_due or asked_by):
        return None
    return await proposed(desk, case, on_software, by=asked_by)


_Told = list[tuple[Spoken, Silence | None]]
"""The rules that spoke, each with the silence that is over it."""


def _silenced(case: Case, told: Iterable[Spoken], silences: Sequence[Silence], now: datetime) -> _Told:
    """Each rule that spoke, with the silence over it that ends last."""
    facts = {entry.facts.request_id: entry.facts for entry in case.open_requests}
    found: _Told = []
    for one in told:
        about = facts[one.request_id]
        software = remembering.software_key(about)
        over = [each for each in silences if each.rule == one.rule and each.covers(about, software, now)]
        found.append((one, max(over, key=lambda each: each.until, default=None)))
    return found


def _spoke(told: _Told) -> tuple[Spoke, ...]:
    return tuple(
        Spoke(
            rule=one.rule.value,
            request_id=one.request_id,
            quiet_until=over.until if over else None,
            silence_id=over.silence_id if over else "",
        )
        for one, over in told
    )


def _amendment(
    desk: Desk,
    before: Case,
    fuller: Case,
    found: Evidence,
    told: _Told,
    *,
    proposal: Proposal | None,
    beside: Sequence[Case],
    there: Muster,
) -> Amendment:
    """The case with its evidence, the event that tells of it, and whom it calls."""
    loud = [one for one, over in told if over is None]
    reasons = tuple(dict.fromkeys(one.words for one in loud))
    after = lifecycle.add_evidence(fuller, found, reasons, desk.rules, _spoke(told))
    facts = found.facts() | {"unusual": _in_our_words(reasons, found)} | _new_facts(before, fuller)
    facts |= {
        "spoke": sorted({one.rule.value for one in loud}),
        "silenced": sorted({one.rule.value for one, over in told if over is not None}),
    }
    notes: dict[str, object] = {check.name.value: check.note for check in found.checks if check.note}
    notes |= {"unusual": list(reasons)} if reasons else {}
    events = [event_of("evidence_gathered", None, before, facts=facts, private=notes)]
    if proposal is not None and before.proposal is None:
        after = after.model_copy(update={"proposal": proposal})
        events.append(proposal_event("policy_proposed", None, before, proposal))
    calling = [one.words for one in loud if one.calls]
    after, effects = _pinged(desk, before, after, calling, beside=beside, there=there)
    return Amendment(after, events, effects)


def _in_our_words(reasons: Iterable[str], found: Evidence) -> list[str]:
    """The reasons as they may be kept for ever: the one that quotes the portal's rating without the quotation."""
    quoted = found.known_bad_note
    return [KNOWN_BAD if quoted and reason == quoted else reason for reason in reasons]


def _fuller(case: Case, sightings: Iterable[Sighting | None]) -> Case:
    """What the list left out and the requests alone tell."""
    for sighting in sightings:
        if sighting is not None and _belongs(case, sighting):
            case = lifecycle.change_facts(case, sighting)
    return case


def _belongs(case: Case, sighting: Sighting) -> bool:
    entry = case.entry(sighting.facts.request_id)
    return entry is not None and entry.standing.is_open and lifecycle.fits(case, sighting.facts)


def _new_facts(before: Case, after: Case) -> dict[str, object]:
    """The digests of facts that the whole requests told and the list had not."""
    digests = {
        entry.facts.request_id: entry.facts.digest
        for entry, old in zip(after.requests, before.requests, strict=True)
        if entry.facts != old.facts
    }
    return {"revision": after.revision, "facts_digests": digests} if digests else {}


def _pinged(
    desk: Desk,
    before: Case,
    after: Case,
    calling: Sequence[str],
    *,
    beside: Sequence[Case] = (),
    there: Muster | None = None,
) -> tuple[Case, list[Effect]]:
    """The unusual that is worth a call is pinged at once, and once for a tier; a policy that is due as well.

    `beside`: the other cases on the same card. What is unusual in the same words about all of them is one call.
    `there`: what tells whom the call names; None where there is nothing to call for.
    """
    effects: list[Effect] = []
    if there is not None and any(words not in before.unusual for words in calling):
        heard = [other for other in desk.called_with(after, beside) if other.is_open]
        about = merged([*heard, after]) if heard else after
        called = desk.on_duty(after.organization_id)
        who = whom(desk, there, after)
        said = messages.unusual_ping(about, who, desk.permalink(after))
        # Side by side they are looked at by the same words: the ledger says a message of one name once.
        shared = f"{after.bundle_id}:{digest_of([called, *sorted(calling)])[:16]}" if heard else after.case_id
        after, effects = called_early(after, called, f"unusual:{shared}", said, who.channel_id)
        if after.called != before.called and any(set(calling) <= set(other.unusual) for other in heard):
            effects = []
        desk.metrics.escalated("unusual")
    new_proposal = after.proposal if before.proposal is None else None
    if new_proposal is not None and new_proposal.proposed_by is None:
        effects.append(_policy_note(desk, after, new_proposal))
    return after, effects


def _policy_note(desk: Desk, case: Case, proposal: Proposal) -> Effect:
    """Once for a piece of software in an organization and a counting window, however often it is asked for."""
    days = desk.rules.repeats.within.days
    software = remembering.history_keys(case.requests[0].facts)[-1]
    window = desk.now().toordinal() // max(1, days)
    # Nobody is mentioned: the team is called for what is unusual or late, and this can wait until somebody looks.
    said = decisions.proposed(case, proposal, "", desk.permalink(case))
    desk.metrics.escalated("policy due")
    return escalation_message(case, f"policy_due:{software}:{window}", said)
