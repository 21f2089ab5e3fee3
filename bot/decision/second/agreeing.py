"""Two people, one approval: the first one's waits, recorded; the second one's is judged with the first one's and sent.

    first press ── judged, allowed ──┬─ one is enough ─────> attempt
                                     └─ two are needed ────> awaited ── second press, both judged ──> attempt

Nothing is sent before the second person's verdict. What waits is void as soon as its facts, its width or the first
person's right are not the same any more.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import structlog

from bot.cards.forms import second
from bot.cards.kit.words import raw
from bot.cards.messages import answers
from bot.chat import Doubt
from bot.decision.approve.choice import chosen_words
from bot.decision.attempt import Prepared, not_free
from bot.decision.effect import effect_of, plain_effect
from bot.decision.parts import Part, judged_event, refused_event
from bot.decision.telling import Became, Result
from bot.decision.verdict import Question, ask_of, others_who_could
from bot.desk import (
    Amendment,
    Desk,
    Presser,
    Reachable,
    Refusal,
    Unidentified,
    actor_of,
    amend,
    case_message,
    event_of,
    recognize,
    tell,
)
from bot.models import (
    Actor,
    Awaited,
    Case,
    Effect,
    Event,
    Place,
    Press,
    Reach,
    RequestEntry,
    Standing,
    Urgency,
)
from bot.portal import PortalError
from bot.rules import lifecycle
from bot.rules.second import second_needed
from bot.seams import Seam, reach
from permissions import Allowed, RefusalReason, Refused, effective_reach, judge, judge_second

log = structlog.get_logger()

_NOBODY = "Nobody else could at this moment: ask an administrator."
_CALLED = 2
"""People called by name for a second opinion (our choice): one may be away, and a third would look up for nothing."""
_TRANSIENT = frozenset({Doubt.LOOKUP_FAILED.value, "no_access_generation"})
"""Doubts about the first person that end by themselves: refused, and nothing is taken off."""


@dataclass(frozen=True, slots=True)
class Void:
    """Why the first person's yes is worth nothing (any more): a constant, and a sentence in plain text."""

    why: str
    sentence: str
    ends_by_itself: bool = False
    """A look-up that failed: refused now, and nothing is taken off."""
    missing: tuple[str, ...] = ()
    """The permissions that would change it, where one is missing."""
    where: str = ""

    @property
    def refusal(self) -> Refusal:
        """As the record keeps it."""
        return Refusal(why=self.why, told=self.sentence, missing=self.missing, where=self.where)


def reach_of(question: Question) -> Reach:
    """How far the approval really goes: the reach that counts for the second pair of eyes."""
    return effective_reach(ask_of(question))


def needs_two(desk: Desk, part: Part, reaches: Reach) -> str:
    """Why this part would wait for a second person; empty where one is enough, or where this is the second one."""
    if part.awaited_id:
        return ""
    rules, now = desk.rules, desk.now()
    return second_needed(rules, part.case, part.entry, part.choice, reaches, now=now, spread=part.spread)


def would_wait(because: str) -> str:
    """What a rehearsal adds to the effect."""
    return f" It would wait for a second person first, because {because}." if because else ""


async def wait(desk: Desk, part: Part, prepared: Prepared, question: Question, because: str) -> Result:
    """Record the first person's yes in one step, judged on the same grants as an attempt; nothing is sent.

    Taken up again after a crash it gives the same answer and records nothing twice. Raises StandpointMoved.
    """
    held = part.entry.awaited
    if held is not None and held.press_id == part.press.press_id:
        return _waits(part, held, await _who_could(desk, part, question))
    if held is not None and held.choice == part.choice and not _is_own(held, part.presser):
        sentence = f"{held.first.name} approves exactly this already. Agree to it on the card."
        return part.became(Became.BUSY, sentence)
    awaited = _awaited(desk, part, prepared, because)
    could = await _who_could(desk, part, question)

    def make(case: Case) -> Amendment | None:
        entry = case.entry(part.request_id)
        if entry is None or entry.standing is not Standing.PENDING or entry.facts != part.entry.facts:
            return None
        if part.press.press_id in entry.spent_presses:
            return None
        waiting = lifecycle.await_second(case, part.request_id, awaited)
        return Amendment(
            waiting, (_awaited_event(part, awaited, case),), (_call(desk, waiting, awaited, could),)
        )

    standpoint = part.presser.standpoint(part.press)
    waiting = await amend(desk, part.case.case_id, make, judged_on=standpoint, known=part.known)
    if waiting is None:
        return await not_free(desk, prepared)
    reach(Seam.SECOND_AWAITED)
    return replace(_waits(part, awaited, could), after=waiting)


def _awaited(desk: Desk, part: Part, prepared: Prepared, because: str) -> Awaited:
    """One press makes one id: the second person agrees to all of its requests together."""
    awaited = Awaited(
        awaited_id=f"w-{part.press.press_id}",
        press_id=part.press.press_id,
        first=actor_of(part.presser.person, part.press),
        choice=part.choice,
        effect=prepared.effect or effect_of(part.choice, part.entry.facts),
        because=because,
        reaches=prepared.reaches or part.choice.reach,
        facts_digest=part.entry.facts.digest,
        rests_on=tuple(map(str, prepared.verdict.rests_on)),
        asked_at=desk.now(),
    )
    mark = desk.ledger.mark("first yes", part.request_id, awaited.told())
    return awaited.model_copy(update={"mark": mark})


async def _who_could(desk: Desk, part: Part, question: Question) -> tuple[Reachable, ...] | None:
    """Who could second this very choice; None: not known just now."""
    try:
        return await others_who_could(desk, question)
    except PortalError as error:
        log.info("second_not_named", request_id=part.request_id, why=str(error))
        return None


def _waits(part: Part, awaited: Awaited, could: Sequence[Reachable] | None) -> Result:
    """What the first person reads: why somebody else has to agree, who could, and to what; once, in few words."""
    if could is None:
        who = "Who could is not known just now."
    else:
        who = f"Who could: {', '.join(one.person.name for one in could)}." if could else _NOBODY
    plain = plain_effect(awaited.choice, part.entry.facts)
    effect = "" if plain else f" Effect: {awaited.effect}"
    because = awaited.because.removeprefix("it is ")
    sentence = f"{because[:1].upper()}{because[1:]}. {who}{effect}"
    return part.became(Became.AWAITS_SECOND, sentence)


def _is_own(awaited: Awaited, presser: Presser) -> bool:
    return awaited.first.person_id == presser.person.person_id


def _awaited_event(part: Part, awaited: Awaited, case: Case) -> Event:
    facts: dict[str, object] = {
        "awaited_id": awaited.awaited_id,
        "reaches": awaited.reaches.value,
        "rests_on": list(awaited.rests_on),
        "elevate": awaited.choice.elevate,
        "evidence": lifecycle.evidence_facts(case),
    }
    private = {
        # It may quote what the portal rates the file as.
        "because": awaited.because,
        "effect": awaited.effect,
        "approver": awaited.first.name,
        "reason": awaited.choice.reason,
        "validated_how": awaited.choice.validated_how,
        "confirmed_by": awaited.choice.confirmed_by,
        **chosen_words(awaited.choice),
    }
    event = judged_event("second_awaited", part, facts)
    return event.model_copy(update={"private": private})


def _call(desk: Desk, case: Case, awaited: Awaited, could: Sequence[Reachable] | None) -> Effect:
    """One line in the card's thread for all requests of one press, whichever cases they belong to. Who can second this
    very choice is called by name, but for those who are quiet; the approvers are called where it is not known who can.
    """
    callable_now = [one.slack_user_id for one in could or () if not one.person.quiet]
    people = None if could is None else callable_now[:_CALLED]
    said = second.called(case, awaited, desk.rules, people=people)
    effect_id = f"second:{case.bundle_id or case.case_id}:{awaited.awaited_id}"
    return case_message(case, effect_id, said, Place.CARD, Urgency.ANSWER, in_thread=True)


# The second press


async def judge_first(desk: Desk, part: Part, question: Question, effect: str) -> Result | tuple[str, ...]:
    """Whether what the first person agreed to still stands, and what their yes rests on now.

    The second person's own verdict came before; `effect` is what would be sent now. Empty for a decision of one's
    own. Raises PortalError.
    """
    awaited = part.awaited
    if awaited is None:
        return ()
    if awaited.first.person_id == part.presser.person.person_id:
        return await _same_person(desk, part, question)
    stands = why_void(desk, part.entry, awaited, reach_of(question), effect) or await first_stands(
        desk, part.press, question, awaited.first
    )
    if not isinstance(stands, Void):
        return stands
    if not stands.ends_by_itself:
        await take_off(desk, part.press, part.case, part.awaited_id, stands, request_id=part.request_id)
    return await _refused(desk, part, stands)


async def _same_person(desk: Desk, part: Part, question: Question) -> Result:
    verdict = await judge_both(desk, question, part.presser)
    return await _refused(desk, part, Void(RefusalReason.SAME_PERSON.value, verdict.sentence))


async def judge_both(desk: Desk, first: Question, second_one: Presser) -> Allowed | Refused:
    """Both people, on the grants of this press: the first refusal of the two, or the first person's yes.

    `first` asks for the first person. Raises PortalError.
    """
    tree = await desk.tree.current(holding=first.facts.organization_id)
    own = ask_of(replace(first, presser=second_one)).own_request
    person_id, now = second_one.person.person_id, desk.now()
    verdict = judge_second(ask_of(first), person_id, second_one.access, tree, now, second_own_request=own)
    return verdict if isinstance(verdict, Refused) else judge(ask_of(first), second_one.access, tree, now)


async def first_stands(desk: Desk, press: Press, question: Question, first: Actor) -> Void | tuple[str, ...]:
    """What the first person's yes rests on now, both people judged; or why it does not count. Raises PortalError."""
    found = await first_person(desk, press, question.presser, first)
    if not isinstance(found, Presser):
        return first_unknown(first, found)
    verdict = await judge_both(desk, replace(question, presser=found), question.presser)
    if isinstance(verdict, Allowed):
        return tuple(map(str, verdict.rests_on))
    return first_lost(first, verdict.why.value, verdict.sentence)


async def first_person(desk: Desk, press: Press, second_one: Presser, first: Actor) -> Presser | Unidentified:
    """The first person, by the facts and grants of this moment: who left or was stopped meanwhile agrees no more."""
    theirs = {"slack_user_id": first.slack_user_id, "slack_team_id": second_one.user.team_id}
    found = await recognize(desk, press.model_copy(update=theirs))
    if isinstance(found, Presser) and found.person.person_id != first.person_id:
        return Unidentified("another_person", "This Slack account belongs to somebody else by now.")
    return found


def first_unknown(first: Actor, found: Unidentified) -> Void:
    """The first person is nobody who may act, or cannot be checked at this moment: then it goes on waiting."""
    if found.why not in _TRANSIENT:
        return first_lost(first, found.why, found.sentence)
    name = first.name
    sentence = f"{name} cannot be looked up just now, and both people are checked. Press again in a minute."
    return Void(found.why, sentence, ends_by_itself=True)


def first_lost(first: Actor, why: str, sentence: str) -> Void:
    """Why the first person's yes does not count any more, for whoever reads it."""
    name = first.name
    return Void(
        why, f"{name}, who approved it first, may not any more; the reason given to them: “{sentence}”"
    )


def why_void(desk: Desk, entry: RequestEntry, awaited: Awaited, reaches: Reach, effect: str) -> Void | None:
    """What has made the first person's yes void by itself; None where it stands.

    `reaches` and `effect`: how far it would really go now, and what it would do.
    """
    if not desk.ledger.is_ours(awaited.mark, "first yes", entry.facts.request_id, awaited.told()):
        return Void(
            "not_ours",
            f"That {awaited.first.name} approved it stands in the ledger without Gatehouse's mark, so it does not "
            "count. It has to be approved anew.",
        )
    if lifecycle.awaited_is_over(awaited, desk.now(), desk.rules):
        hours = f"{desk.rules.access.shift.total_seconds() / 3600:g} hours"
        return Void(
            "too_old", f"{awaited.first.name} approved it more than {hours} ago; that is too old to agree to."
        )
    if entry.facts.digest != awaited.facts_digest:
        return Void("facts_changed", "The request's facts are not those that the first person saw.")
    if reaches is not awaited.reaches:
        return Void(
            "reach_changed", "It would reach further now than the first person was told, or less far."
        )
    if effect != awaited.effect:
        return Void(
            "effect_changed", f"It would do something else now than the first person was told: {effect}"
        )
    return None


async def take_off(
    desk: Desk, press: Press, case: Case, awaited_id: str, void: Void, *, request_id: str = ""
) -> None:
    """What waited is void: off the card, recorded with the reason, and the first person is told.

    `request_id` narrows it to one request; empty means all that wait under this id.
    """

    def make(current: Case) -> Amendment | None:
        waiting = waiting_under(current, awaited_id)
        held = [entry for entry in waiting if request_id in ("", entry.facts.request_id)]
        return taken_off(current, held, press, void) if held else None

    await amend(desk, case.case_id, make)


def taken_off(
    case: Case, held: Sequence[RequestEntry], press: Press, void: Void, *, event_name: str = "second_voided"
) -> Amendment:
    """The case without what waited on these requests, with an event for each and one word to the first person."""
    events: list[Event] = []
    effects: list[Effect] = []
    after = case
    for entry in held:
        awaited = entry.awaited
        if awaited is None:
            continue
        after = lifecycle.drop_awaited(after, entry.facts.request_id)
        facts = {
            "awaited_id": awaited.awaited_id,
            "why": void.why,
            "first_person_id": awaited.first.person_id,
        }
        private = {"told": void.sentence, "first_approver": awaited.first.name}
        request_id = entry.facts.request_id
        events.append(event_of(event_name, press, case, request_id=request_id, facts=facts, private=private))
        said = answers.void_said(case, [raw(void.sentence, 1500)])
        key = f"first:{awaited.awaited_id}:{press.press_id}"
        effects.append(tell(case, awaited.first.slack_user_id, said, key))
    return Amendment(after, events, effects[:1])


def waiting_under(case: Case, awaited_id: str) -> tuple[RequestEntry, ...]:
    """The requests whose approval waits under this id."""
    return tuple(entry for entry in case.pending if entry.awaited and entry.awaited.awaited_id == awaited_id)


async def _refused(desk: Desk, part: Part, void: Void) -> Result:
    awaited = part.awaited
    first_id = awaited.first.person_id if awaited is not None else ""
    event = refused_event(part, void.refusal, awaited_id=part.awaited_id, first_person_id=first_id)
    await desk.ledger.record([event])
    desk.metrics.refused(void.why)
    return part.became(Became.REFUSED, void.sentence)
