"""Events and effects, as the use cases make them: what is recorded and what is said."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from bot.cards.kit import ids
from bot.cards.kit.blocks import Rendered
from bot.cards.messages import decisions
from bot.cards.messages.answers import doubt_ended, told_to_first
from bot.models import (
    Actor,
    Attempt,
    Case,
    Effect,
    EffectKind,
    Event,
    Page,
    Place,
    Press,
    RequestEntry,
    Rules,
    Standing,
    Urgency,
)
from permissions import Person

EVERYBODY = "*"
"""Where no user group is configured a call is for everybody in the channel."""


def actor_of(person: Person, press: Press) -> Actor:
    """Who pressed, as the record names them."""
    return Actor(person_id=person.person_id, name=person.name, slack_user_id=press.slack_user_id)


def event_of(name: str, press: Press | None = None, case: Case | None = None, **fields: object) -> Event:
    """An event with what press and case already say of it."""
    known: dict[str, object] = {"name": name}
    if press is not None:
        known |= {"press_id": press.press_id, "slack_user_id": press.slack_user_id}
    if case is not None:
        known |= {"case_id": case.case_id, "organization_id": case.organization_id}
    return Event.model_validate(known | fields)


def redraw(case: Case, *, first: bool = False, ahead: bool = False) -> Effect:
    """Make the card show the record. Many of them fold into one call.

    `ahead`: it tells what somebody waits to see, or what must not be pressed any more, so it comes before the redraws
    that tell of one more computer.

    Cases that share a card are drawn together, whichever of them has changed: the effect bears their bundle's name. A
    late or unusual case that is on no card yet comes before the others of its organization, and in most turns before
    those of any other.
    """
    return Effect(
        effect_id=f"card:{case.bundle_id or case.case_id}",
        kind=EffectKind.CARD,
        urgency=Urgency.CARD if first else Urgency.REDRAW,
        lane=Urgency.CARD if ahead and not first else None,
        goes_first=first and (case.escalated_at is not None or bool(case.unusual)),
        case_id=case.case_id,
        bundle_id=case.bundle_id,
        organization_id=case.organization_id,
        request_kind=case.kind.value,
    )


def answer(press: Press, said: Rendered, *, tag: str = "answer") -> Effect:
    """Tell the presser, and nobody else."""
    return answer_to(press, said, f"{tag}:{press.press_id}")


def answer_to(asked: Press | Effect, said: Rendered, effect_id: str) -> Effect:
    """Tell whoever it was that asked: by a press, or for a form that it was to open."""
    return Effect(
        effect_id=effect_id,
        kind=EffectKind.ANSWER,
        urgency=Urgency.ANSWER,
        case_id=asked.case_id,
        channel_id=asked.channel_id,
        slack_user_id=asked.slack_user_id,
        response_url=asked.response_url,
        text=said.text,
        blocks=list(said.blocks),
    )


def tell(case: Case, slack_user_id: str, said: Rendered, effect_id: str) -> Effect:
    """Tell one person about a case, later and without a press to answer."""
    return Effect(
        effect_id=effect_id,
        kind=EffectKind.ANSWER,
        urgency=Urgency.ANSWER,
        case_id=case.case_id,
        slack_user_id=slack_user_id,
        channel_id=case.card.channel_id if case.card else "",
        text=said.text,
        blocks=list(said.blocks),
    )


def doubter_told(case: Case, before: RequestEntry, after: RequestEntry) -> list[Effect]:
    """Whoever was told “outcome unknown” hears how it ended, whoever finds it out: poll, clock or the press itself."""
    attempt = before.attempt
    if attempt is None or before.standing is not Standing.CHECKING:
        return []
    return [doubt_told(case, attempt, after)]


def doubt_told(case: Case, attempt: Attempt, after: RequestEntry, *, tag: str = "doubt") -> Effect:
    """How an attempt ended that its presser could not be told of at once. Said once under each tag."""
    said = doubt_ended(after, attempt, reopened=after.standing.is_open)
    return tell(case, attempt.actor.slack_user_id, said, f"{tag}:{attempt.attempt_id}")


def case_message(
    case: Case,
    effect_id: str,
    said: Rendered,
    place: Place,
    urgency: Urgency,
    *,
    in_thread: bool = False,
    also_in_channel: bool = False,
) -> Effect:
    """A message about a case, in its own channel's thread or in its escalation channel."""
    return Effect(
        effect_id=effect_id,
        kind=EffectKind.MESSAGE,
        urgency=urgency,
        case_id=case.case_id,
        organization_id=case.organization_id,
        request_kind=case.kind.value,
        place=place,
        in_thread=in_thread,
        also_in_channel=also_in_channel,
        text=said.text,
        blocks=list(said.blocks),
    )


def escalation_message(case: Case, effect_id: str, said: Rendered) -> Effect:
    """A message in the escalation channel, ahead of everything else, that stays what it is."""
    return case_message(case, effect_id, said, Place.ESCALATION, Urgency.ESCALATION)


def call(case: Case, effect_id: str, said: Rendered) -> Effect:
    """A call to people in the escalation channel; once the case is over it says how that ended."""
    return escalation_message(case, effect_id, said).model_copy(update={"is_call": True})


def called_early(
    case: Case, tier: str, effect_id: str, said: Rendered, channel_id: str = ""
) -> tuple[Case, list[Effect]]:
    """A call before the time is over: one for a case and tier, whatever the reason. What is found after it is added to
    the one that stands. The case as it is then, and what is said."""
    name = tier or EVERYBODY
    if name in case.called:
        return case, [calls_again(case)]
    made = call(case, effect_id, said).model_copy(update={"channel_id": channel_id})
    return case.model_copy(update={"called": (*case.called, name)}), [made]


def calls_again(case: Case) -> Effect:
    """Draw the calls that stand about a case anew; none, where none stands."""
    return Effect(
        effect_id=f"calls:{case.case_id}",
        kind=EffectKind.CALLS,
        urgency=Urgency.REDRAW,
        case_id=case.case_id,
        place=Place.ESCALATION,
        replaces=True,
    )


def call_lacks_link(effect: Effect, case: Case, *, now_posted: bool) -> bool:
    """Whether a call stands that leads to no card, although there is one by now: a call overtakes its card.

    `case`: as it was before this effect was sent. `now_posted`: the effect was the card itself.
    """
    if now_posted:
        return case.card is None and bool(case.called or case.escalated_at)
    return effect.is_call and case.card is not None and ids.OPEN_CARD not in str(effect.blocks)


def page(case: Case, way: str, said: Page) -> Effect:
    """A call by a second way. What is newer takes the place of what waits there: a decided case needs no call."""
    return Effect(
        effect_id=f"page:{way}:{case.case_id}",
        kind=EffectKind.PAGE,
        urgency=Urgency.ESCALATION,
        case_id=case.case_id,
        way=way,
        page=said,
        replaces=True,
    )


def digest(channel_id: str, *, starts: bool) -> Effect:
    """The one reminder of many cases in a channel, as it is when sent. `starts`: posted, where none stands."""
    list_id = f"digest:{channel_id}"
    return Effect(
        effect_id=list_id if starts else f"{list_id}:again",
        kind=EffectKind.DIGEST,
        urgency=Urgency.ANSWER if starts else Urgency.REDRAW,
        case_id=list_id,
        channel_id=channel_id,
        replaces=True,
        is_call=starts,
    )


def channel_call(effect_id: str, said: Rendered, channel_id: str) -> Effect:
    """A call into one place of escalation that is about no single case, ahead of everything else."""
    return Effect(
        effect_id=effect_id,
        kind=EffectKind.MESSAGE,
        urgency=Urgency.ESCALATION,
        place=Place.ESCALATION,
        channel_id=channel_id,
        text=said.text,
        blocks=list(said.blocks),
    )


def audit_message(effect_id: str, said: Rendered, urgency: Urgency = Urgency.ESCALATION) -> Effect:
    """A message in the audit channel; an alert unless it is less urgent."""
    return Effect(
        effect_id=effect_id,
        kind=EffectKind.MESSAGE,
        urgency=urgency,
        place=Place.AUDIT,
        text=said.text,
        blocks=list(said.blocks),
    )


def retire(case_id: str, channel_id: str, message_ts: str, *, because: str = "") -> Effect:
    """Turn a second copy of a card into a pointer to the real one. `because`: why, where it is no second copy."""
    return Effect(
        effect_id=f"twin:{channel_id}:{message_ts}",
        kind=EffectKind.RETIRE,
        urgency=Urgency.CARD,
        case_id=case_id,
        channel_id=channel_id,
        message_ts=message_ts,
        text=because,
    )


def first_hears(before: Case, after: Case) -> tuple[list[Event], list[Effect]]:
    """What belongs into the change from one record to the next, where somebody waits for a second person."""
    events: list[Event] = []
    effects: list[Effect] = []
    for told in told_to_first(before, after):
        if told.awaited_id:
            first_id = told.first.person_id
            facts = {"awaited_id": told.awaited_id, "why": told.why, "first_person_id": first_id}
            events.append(event_of("second_voided", None, after, request_id=told.request_id, facts=facts))
        if told.said is not None:
            effects.append(tell(after, told.first.slack_user_id, told.said, told.key))
    return events, effects


def ended_by(press_id: str, case: Case, request_ids: Collection[str]) -> list[RequestEntry]:
    """Those of the named requests that a press of ours has ended, by what the record says."""
    return [
        entry
        for entry in case.requests
        if entry.facts.request_id in request_ids
        and entry.outcome is not None
        and entry.outcome.attempt is not None
        and entry.outcome.attempt.press_id == press_id
    ]


def decision_told(
    ended: Sequence[tuple[Case, Sequence[RequestEntry]]], press_id: str, rules: Rules
) -> list[Effect]:
    """The thread hears once, and nobody is called, what a press has decided on one card; nothing where it decided none.

    `ended`: its cases, with the requests that it has ended.
    """
    entries = [entry for _, found in ended for entry in found]
    if not entries:
        return []
    case = next(case for case, found in ended if found)
    said = decisions.decided_here(entries, rules.portal_link)
    effect_id = f"decided:{press_id}:{entries[0].facts.request_id}"
    return [case_message(case, effect_id, said, Place.CARD, Urgency.REDRAW, in_thread=True)]


def thread_hears(before: Case, after: Case, told_by: str, rules: Rules) -> list[Effect]:
    """What the card's thread hears of a change from one record to the next, if that has ended requests.

    What an attempt of ours ended is told at once, but for those of the press `told_by`, which tells it itself. What the
    portal ended is told together when the case is over: its requests end one by one there.
    """
    ended = {entry.facts.request_id for entry in before.open_requests}
    outcomes = (entry.outcome for entry in after.requests if entry.facts.request_id in ended)
    attempts = (outcome.attempt for outcome in outcomes if outcome is not None)
    presses = dict.fromkeys(
        each.press_id for each in attempts if each is not None and each.press_id != told_by
    )
    told = [
        effect
        for press_id in presses
        for effect in decision_told([(after, ended_by(press_id, after, ended))], press_id, rules)
    ]
    elsewhere = [entry for entry in after.held if entry.outcome is not None and entry.outcome.attempt is None]
    if before.is_open and not after.is_open and elsewhere:
        said = decisions.decided_in_portal(elsewhere)
        name = f"decided_in_portal:{after.case_id}"
        told.append(case_message(after, name, said, Place.CARD, Urgency.REDRAW, in_thread=True))
    return told
