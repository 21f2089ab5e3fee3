"""A due step of a case's clock is taken, and what retention ends."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from bot.cards.kit.blocks import Rendered
from bot.cards.messages.duty import late_and_unseen, step_message
from bot.desk import (
    Amendment,
    Desk,
    amend,
    case_change,
    case_message,
    channel_call,
    digest,
    event_of,
    muster,
    tell,
    whom,
)
from bot.escalation.digest import channels_with_many
from bot.ledger import Conflict, StoredCase
from bot.models import Case, Effect, EffectKind, Event, Place, StepKind, TakenDue, Urgency
from bot.models.rotas import Called
from bot.rules import sla
from bot.rules.bundles import merged, spoken_for
from bot.rules.plans import step_traits
from bot.rules.redaction import redact
from bot.rules.tiers import Muster
from bot.seams import Seam, reach

Together = Callable[[StepKind], list[Case]]
"""The other open cases of a card for which a step of this kind speaks as well."""


async def take_due_steps(desk: Desk, due: Sequence[tuple[TakenDue, StoredCase]]) -> None:
    """Take the due steps of many cases in one round trip; a case that changed meanwhile is read again alone.

    One message for all steps of a card that fall together, and a line in the record for each that was skipped.
    """
    changes, whose = [], []
    reminds = [stored.case for _, stored in due if _reminds(desk, stored.case)]
    digests = await channels_with_many(desk, reminds)
    found = await _mustered(desk, [stored.case for _, stored in due])
    sharing = await desk.ledger.bundles({stored.case.bundle_id for _, stored in due})
    newest = {case.case_id: case for cases in sharing.values() for case in cases}
    for taken, stored in due:
        ids = [case.case_id for case in sharing.get(stored.case.bundle_id, ())]
        beside = [newest[case_id] for case_id in ids if case_id != stored.case.case_id]
        amendment = _amendment(desk, taken, stored.case, beside, digests, found)
        if amendment is None:
            await _again(desk, taken, digests, found)
        else:
            # What this one says is said for those of its card that come after it in this very round.
            newest[stored.case.case_id] = amendment.case
            changes.append(case_change(desk, stored, amendment, taken=taken))
            whose.append(taken)
    for taken, result in zip(whose, await desk.ledger.commit_all(changes), strict=True):
        if isinstance(result, Conflict):
            await _again(desk, taken, digests, found)
    if changes:
        reach(Seam.STEPS_TAKEN)


async def _mustered(desk: Desk, cases: Sequence[Case]) -> Muster:
    """What tells whom the calls name that are due; nobody has to be asked where none is."""
    now = desk.now()
    taken = (sla.take_steps(case, now, desk.rules) for case in cases if case.is_open)
    if any(step.tier or (step.acts is not None and step_traits(step.acts).escalates) for step in taken):
        return await muster(desk, cases)
    return Muster(at=now, roster=await desk.roster())


async def _again(desk: Desk, taken: TakenDue, digests: frozenset[str], found: Muster) -> None:
    """Read the case anew; a due time that turns out to be none is given back to what the record says."""
    stored = await desk.ledger.case(taken.case_id)
    beside = await desk.beside(stored.case) if stored is not None else ()
    await amend(
        desk, taken.case_id, lambda case: _amendment(desk, taken, case, beside, digests, found), taken=taken
    )


def _reminds(desk: Desk, case: Case) -> bool:
    acts = sla.take_steps(case, desk.now(), desk.rules).acts if case.is_open else None
    return acts is not None and step_traits(acts).is_shown_in_channel


def _amendment(  # noqa: PLR0917 - every part is told apart by its type
    desk: Desk, taken: TakenDue, case: Case, beside: Sequence[Case], digests: frozenset[str], found: Muster
) -> Amendment | None:
    """`beside`: the other cases on the same card. What is said below the card is said for all of them; a call, for
    those about which the same people are called in the same place. `digests`: the channels in which so many wait that
    one list reminds of them."""
    if not case.is_open:
        return None
    now, rules = desk.now(), desk.rules

    def together(kind: StepKind) -> list[Case]:
        hear = desk.called_with(case, beside) if step_traits(kind).escalates else beside
        return [other for other in hear if other.is_open]

    def spoken(kind: StepKind, tier: str) -> str:
        return spoken_for(together(kind), kind, now, rules, tier)

    steps = sla.take_steps(case, now, rules, spoken)
    if steps.case == case:
        return None
    called = whom(desk, found, steps.case, steps.tier)
    effects = _said(desk, steps, together, taken, digests, called)
    effects += _told_claimer(desk, steps, together)
    in_list = any(one.kind is EffectKind.DIGEST for one in effects)
    return Amendment(steps.case, [_event(case, steps, called, in_list=in_list)], effects)


def _event(case: Case, steps: sla.StepsTaken, called: Called, *, in_list: bool) -> Event:
    facts: dict[str, object] = {
        "acts": steps.acts.value if steps.acts else None,
        "requests": list(steps.for_requests),
        "skipped": [words.partition(":")[0] for words in steps.skipped],
        "due": case.due_at.isoformat() if case.due_at else None,
    }
    if steps.acts is not None and step_traits(steps.acts).escalates:
        facts |= {"tier": called.tier, "passed": list(called.passed)}
    if in_list:
        facts["told_in"] = "list"
    private = {"skipped": list(steps.skipped)} if steps.skipped else {}
    name = "step_taken" if steps.acts else "steps_skipped"
    return event_of(name, None, case, facts=facts, private=private)


def _said(  # noqa: PLR0917 - what every step takes, which channels have a list, and whom a call names
    desk: Desk,
    steps: sla.StepsTaken,
    together: Together,
    taken: TakenDue,
    digests: frozenset[str],
    called: Called,
) -> list[Effect]:
    """The message of the step that acts. Of one that is private there is none: the card is redrawn, and says it."""
    case, acts = steps.case, steps.acts
    if acts is None:
        return []
    step = step_traits(acts)
    count = desk.metrics.escalated if step.escalates else desk.metrics.reminded
    count(acts.value)
    channel_id = desk.routes.channel_for(case.organization_id, case.kind.value, Place.CARD)
    is_listed = step.is_shown_in_channel and channel_id in digests
    if is_listed or sla.is_for_night_list(steps, desk.now(), desk.rules):
        return [digest(channel_id, starts=True)]
    if step.is_private:
        return []
    # A reminder is for who has the case, unless the plan names somebody.
    whose = called if step.escalates or steps.tier else Called()
    said = _words(desk, case, together(acts), acts, whose)
    if step.escalates:
        return [_unseen(desk, case) if case.card is None else _call(case, said, step.place, called)]
    reminder = case_message(
        case,
        f"{acts.value}:{case.case_id}:{taken.lease}",
        said,
        step.place,
        Urgency.ANSWER,
        in_thread=step.place is Place.CARD,
        also_in_channel=step.is_shown_in_channel,
    )
    return [reminder]


def _told_claimer(desk: Desk, steps: sla.StepsTaken, together: Together) -> list[Effect]:
    """What their claim held back is told to them alone, where the step is a private one; once for a claim of a card."""
    claim, case = steps.case.claim, steps.case
    kinds = [kind for kind in steps.paused if step_traits(kind).is_private]
    if claim is None or not kinds:
        return []
    said = _words(desk, case, together(kinds[0]), kinds[0], Called())
    key = f"{kinds[0].value}:{case.bundle_id or case.case_id}:{claim.at.isoformat()}"
    return [tell(case, claim.actor.slack_user_id, said, key)]


def _words(desk: Desk, case: Case, others: Sequence[Case], kind: StepKind, called: Called) -> Rendered:
    about = merged([*others, case]) if others else case
    return step_message(kind, about, desk.rules, desk.now(), called=called, permalink=desk.permalink(case))


def _call(case: Case, said: Rendered, place: Place, called: Called) -> Effect:
    """The call for one case, in its tier's own channel where it has one. A repeat that finds it still waiting to be
    sent takes its place."""
    call = case_message(case, f"call:{case.case_id}", said, place, Urgency.ESCALATION)
    return call.model_copy(update={"replaces": True, "is_call": True, "channel_id": called.channel_id})


def _unseen(desk: Desk, case: Case) -> Effect:
    """Late cases that nobody can see yet are called for together, once in each repeat: a link would lead nowhere, and
    a call for each would stand between people and the cards."""
    channel_id = desk.routes.channel_for(case.organization_id, case.kind.value, Place.ESCALATION)
    turn = int(desk.now().timestamp() // desk.rules.plan.repeat_every.total_seconds())
    said = late_and_unseen(desk.on_duty(case.organization_id))
    return channel_call(f"unseen:{channel_id}:{turn}", said, channel_id)


async def expire(desk: Desk, taken: TakenDue, case: Case) -> None:
    """Redact a closed case: first its events' private parts, then the record, whose card is redrawn."""
    removed = await desk.ledger.chain.redact(case.case_id)

    def make(current: Case) -> Amendment | None:
        if current.is_open or current.redacted_at is not None:
            return None
        event = event_of("case_redacted", None, current, facts={"private_parts": removed})
        return Amendment(redact(current, desk.now()), [event])

    await amend(desk, case.case_id, make, taken=taken)
