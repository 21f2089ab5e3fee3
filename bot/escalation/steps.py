"""A due step of a case's clock is taken, and what retention ends."""

from __future__ import annotations

from collections.abc import Sequence

from bot.cards.kit.blocks import Rendered
from bot.cards.messages.duty import late_and_unseen, step_message
from bot.desk import Amendment, Desk, amend, case_change, case_message, channel_call, event_of, tell
from bot.ledger import Conflict, StoredCase
from bot.models import Case, Effect, Event, Place, StepKind, TakenDue, Urgency
from bot.rules import sla
from bot.rules.redaction import redact
from bot.rules.steps import step_traits
from bot.seams import Seam, reach


async def take_due_steps(desk: Desk, due: Sequence[tuple[TakenDue, StoredCase]]) -> None:
    """Take the due steps of many cases in one round trip; a case that changed meanwhile is read again alone.

    One message for all steps of a case that fall together, and a line in the record for each that was skipped.
    """
    changes, whose = [], []
    for taken, stored in due:
        amendment = _amendment(desk, taken, stored.case)
        if amendment is None:
            await _again(desk, taken)
        else:
            changes.append(case_change(desk, stored, amendment, taken=taken))
            whose.append(taken)
    for taken, result in zip(whose, await desk.ledger.commit_all(changes), strict=True):
        if isinstance(result, Conflict):
            await _again(desk, taken)
    if changes:
        reach(Seam.STEPS_TAKEN)


async def _again(desk: Desk, taken: TakenDue) -> None:
    """Read the case anew; a due time that turns out to be none is given back to what the record says."""
    await amend(desk, taken.case_id, lambda case: _amendment(desk, taken, case), taken=taken)


def _amendment(desk: Desk, taken: TakenDue, case: Case) -> Amendment | None:
    if not case.is_open:
        return None
    steps = sla.take_steps(case, desk.now(), desk.rules.plan)
    if steps.case == case:
        return None
    effects = [*_said(desk, steps.case, steps.acts, taken), *_told_claimer(desk, steps, taken)]
    return Amendment(steps.case, [_event(case, steps)], effects)


def _event(case: Case, steps: sla.StepsTaken) -> Event:
    facts = {
        "acts": steps.acts.value if steps.acts else None,
        "requests": list(steps.for_requests),
        "skipped": [words.partition(":")[0] for words in steps.skipped],
        "due": case.due_at.isoformat() if case.due_at else None,
    }
    private = {"skipped": list(steps.skipped)} if steps.skipped else {}
    name = "step_taken" if steps.acts else "steps_skipped"
    return event_of(name, None, case, facts=facts, private=private)


def _said(desk: Desk, case: Case, acts: StepKind | None, taken: TakenDue) -> list[Effect]:
    """The message of the step that acts. Of one that is private there is none: the card is redrawn, and says it."""
    if acts is None:
        return []
    step = step_traits(acts)
    count = desk.metrics.escalated if step.escalates else desk.metrics.reminded
    count(acts.value)
    return [] if step.is_private else [_message(desk, case, acts, taken)]


def _told_claimer(desk: Desk, steps: sla.StepsTaken, taken: TakenDue) -> list[Effect]:
    """What their claim held back is told to them alone, where the step is a private one."""
    claim, case = steps.case.claim, steps.case
    kinds = [kind for kind in steps.paused if step_traits(kind).is_private]
    if claim is None or not kinds:
        return []
    said = _words(desk, case, kinds[0])
    return [tell(case, claim.actor.slack_user_id, said, f"{kinds[0].value}:{case.case_id}:{taken.lease}")]


def _words(desk: Desk, case: Case, kind: StepKind) -> Rendered:
    now, permalink = desk.now(), desk.permalink(case)
    return step_message(kind, case, desk.rules, now, user_group_id=desk.on_duty(), permalink=permalink)


def _message(desk: Desk, case: Case, acts: StepKind, taken: TakenDue) -> Effect:
    step, said = step_traits(acts), _words(desk, case, acts)
    if step.escalates:
        return _unseen(desk, case) if case.card is None else _call(case, said, step.place)
    return case_message(
        case,
        f"{acts.value}:{case.case_id}:{taken.lease}",
        said,
        step.place,
        Urgency.ANSWER,
        in_thread=step.place is Place.CARD,
        also_in_channel=step.is_shown_in_channel,
    )


def _call(case: Case, said: Rendered, place: Place) -> Effect:
    """The call for one case. A repeat that finds it still waiting to be sent takes its place."""
    call = case_message(case, f"call:{case.case_id}", said, place, Urgency.ESCALATION)
    return call.model_copy(update={"replaces": True, "is_call": True})


def _unseen(desk: Desk, case: Case) -> Effect:
    """Late cases that nobody can see yet are called for together, once in each repeat: a link would lead nowhere, and
    a call for each would stand between people and the cards."""
    channel_id = desk.routes.channel_for(case.organization_id, case.kind.value, Place.ESCALATION)
    turn = int(desk.now().timestamp() // desk.rules.plan.repeat_every.total_seconds())
    said = late_and_unseen(desk.on_duty())
    return channel_call(f"unseen:{channel_id}:{turn}", said, channel_id)


async def expire(desk: Desk, taken: TakenDue, case: Case) -> None:
    """Redact a closed case: first its events' private parts, then the record, whose card is redrawn."""
    removed = await desk.ledger.redact(case.case_id)

    def make(current: Case) -> Amendment | None:
        if current.is_open or current.redacted_at is not None:
            return None
        event = event_of("case_redacted", None, current, facts={"private_parts": removed})
        return Amendment(redact(current, desk.now()), [event])

    await amend(desk, case.case_id, make, taken=taken)
