"""“Hand over…” was submitted: a claim moves to somebody who may decide, or the escalation team gets the case early.

To a person: the owner hands over. A case that nobody has claimed is claimed for the giver in the same step, where the
giver may claim it. To the escalation team: anybody who may see the case. Neither touches the clock (P6).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from bot.cards.forms import hand_over
from bot.cards.kit import ids
from bot.cards.kit.blocks import Rendered
from bot.cards.messages import answers
from bot.chat import Doubt, Known
from bot.decision.claims import called_before, own_in_portal
from bot.decision.handing.form import (
    Giving,
    Turned,
    Way,
    ask_of,
    given_event,
    handed_of,
    is_ours,
    owns,
    sees,
    to_team,
)
from bot.decision.shown import all_pressed
from bot.desk import (
    Amendment,
    Desk,
    Presser,
    Refusal,
    amend,
    answer,
    asked_by,
    event_of,
    finish,
    is_own,
    may_have_asked,
    not_taken,
    person_of,
    present,
    press_refused,
    pressed_stored,
    tell,
)
from bot.models import Actor, Case, Effect, Event, Press
from bot.portal import PortalError
from bot.rules import lifecycle
from bot.rules.bundles import merged
from bot.rules.typed import SENTENCE_LETTERS, says
from permissions import Access, Action, Allowed, Person, Refused, judge, who_could

_SENTENCES: Mapping[Doubt, str] = {
    Doubt.FOREIGN_WORKSPACE: "belongs to another workspace, and only people of this one may decide.",
    Doubt.UNKNOWN: "is not known to Slack.",
    Doubt.BOT: "is a bot or an app, and only people may decide.",
    Doubt.DEACTIVATED: "has a deactivated account.",
    Doubt.STRANGER: "belongs to another organization, and only people of this workspace may decide.",
    Doubt.GUEST: "is a guest of the workspace, and guests may not decide.",
    Doubt.UNCONFIRMED: "has not confirmed the e-mail address in Slack.",
    Doubt.LOOKUP_FAILED: "could not be looked up in Slack just now; hand it over again in a minute.",
}


@dataclass(frozen=True, slots=True)
class Receiver:
    """A full member of the workspace; one whom the access file does not know is nobody, and may nothing."""

    person: Person
    user: Known
    access: Access
    """The grants in force at the giver's press."""

    @property
    def actor(self) -> Actor:
        """As the record names them."""
        return Actor(
            person_id=self.person.person_id, name=self.person.name, slack_user_id=self.user.slack_user_id
        )

    def has_asked(self, case: Case) -> bool:
        """Whether none of the open requests is surely another's: then there is nothing that they could approve."""
        asked = [
            asked_by(self.person, each.facts, self.access, self.user.email) for each in case.open_requests
        ]
        return bool(asked) and False not in asked


async def receiver_of(desk: Desk, presser: Presser, slack_user_id: str) -> Receiver | str:
    """The person behind an account that was chosen, by facts of this moment; or why they cannot be given anything."""
    found = await desk.people.who(slack_user_id, presser.user.team_id, desk.now())
    if not isinstance(found, Known):
        return f"The person you chose {_SENTENCES[found.reason]} It stays as it was."
    # Whom the access file omits is nobody who may decide: the giver does not learn here who is in it.
    person = person_of(found, presser.access) or Person(person_id="", name=found.name)
    return Receiver(person, found, presser.access)


_NO_SENTENCE = "Say in a sentence what the receiver has to know; nothing was handed over."
_NOBODY = "Choose whom to hand it over to; nothing was handed over."
_CHANGED = (
    "The case changed while you handed it over (a claim ended, or one more request came), so it stays as it was."
    " Look at the card, then hand it over again."
)
_NOT_OPEN = "It was decided, claimed or handed over meanwhile."
_OVER = "This request is no longer waiting, so nothing was handed over."
_COULD_MOST = 9
"""Candidates looked up in Slack for three names, since some of them may have left (our choice)."""


async def hand_over_case(desk: Desk, press: Press) -> None:
    """The form was submitted: each case that it showed is judged anew, and done in one step with its record."""
    found = await pressed_stored(desk, press)
    if found is None:
        return
    presser, because = found[0], press.values.get(ids.REASON_BLOCK, "").strip()
    pressed = [(one, each.case) for one, each in await all_pressed(desk, press, found[1])]
    try:
        givings = [
            Giving(one, presser, case, await desk.tree.current(holding=case.organization_id), because)
            for one, case in pressed
        ]
    except PortalError as error:
        sentence = f"The portal's organizations could not be read ({error}); hand it over again in a moment."
        await _refuse(desk, press, presser, found[1].case, Refusal(why="portal_away", told=sentence))
        return
    judged = [await _judged(desk, giving) for giving in givings]
    ways = [one for one in judged if isinstance(one, Way)]
    turned = [one for one in judged if isinstance(one, Turned)]
    if ways:
        await _give(desk, press, ways, turned)
        return
    seen = [one for one in turned if sees(desk, one.giving)]
    first = seen[0] if seen else turned[0]
    await _refuse(desk, press, presser, first.giving.case, first.refusal, first.could)


async def _judged(desk: Desk, giving: Giving) -> Way | Turned:
    press, presser, case = giving.press, giving.presser, giving.case
    seeing = judge(ask_of(giving, Action.VIEW), presser.access, giving.tree, desk.now())
    if isinstance(seeing, Refused) and not owns(presser, case):
        # Nothing about anybody's account is told to somebody who may not even see what they would give away.
        return Turned(giving, Refusal.of(seeing))
    if not says(giving.because, SENTENCE_LETTERS):
        return Turned(giving, Refusal(why="no_sentence", told=_NO_SENTENCE))
    to = press.values.get(ids.TO_BLOCK, "")
    if to == ids.TO_TEAM:
        return to_team(desk, giving)
    if to == ids.TO_PERSON and press.values.get(ids.PERSON_BLOCK):
        return await _to_person(desk, giving, press.values[ids.PERSON_BLOCK])
    return Turned(giving, Refusal(why="nobody_chosen", told=_NOBODY))


async def _give(desk: Desk, press: Press, ways: Sequence[Way], turned: Sequence[Turned]) -> None:
    """One case after the other; the last one's step answers for all, and calls or tells once."""
    given: list[Case] = []
    late: list[Giving] = []
    is_to_team = press.values.get(ids.TO_BLOCK) == ids.TO_TEAM
    for way in ways:
        is_last = way is ways[-1]

        def make(current: Case, way: Way = way, is_last: bool = is_last) -> Amendment | None:
            made = way.make(current)
            if made is None or not is_last:
                return made
            told = _told(desk, way, [*given, made.case], turned, late)
            return replace(made, effects=[answer(press, told), *way.told([*given, made.case]), *made.effects])

        done = await amend(desk, way.giving.case.case_id, make, press=press if is_last else None)
        if done is not None and is_to_team:
            desk.metrics.escalated("handed over")
        stored = done or await desk.ledger.case(way.giving.case.case_id)
        if stored is not None and (done or way.is_given(stored.case)):
            given.append(stored.case)
        else:
            late.append(way.giving)
    if done is None and given:
        event = event_of("press_answered", press, given[-1], facts={"standing": "handed_over"})
        told = _told(desk, ways[-1], given, turned, late)
        await finish(desk, press, [event], [answer(press, told), *ways[-1].told(given)])
    elif done is None:
        await _came_too_late(desk, press, ways[-1].giving)
    for way in ways:
        if not is_to_team and way.giving.case.claim is None and way.giving not in late:
            await own_in_portal(desk, press, way.giving.case)


def _told(
    desk: Desk, way: Way, given: Sequence[Case], turned: Sequence[Turned], late: Sequence[Giving]
) -> Rendered:
    """To the giver: for which of the customers or files it was done, and why not for the others that they may see."""
    if len(given) + len(turned) + len(late) == 1:
        return way.said(given[0], [])
    not_done = [(one.giving, one.refusal.told) for one in turned] + [(one, _NOT_OPEN) for one in late]
    seen = [(giving.case, why) for giving, why in not_done if sees(desk, giving)]
    return way.said(
        merged(given) if len(given) > 1 else given[0],
        hand_over.several_lines(given, seen, unseen=len(not_done) - len(seen)),
    )


async def _to_person(desk: Desk, giving: Giving, slack_user_id: str) -> Way | Turned:
    """The claim moves, with a fresh time; the receiver is told in a direct message, once for all cases."""
    presser, case = giving.presser, giving.case
    receiver = await receiver_of(desk, presser, slack_user_id)
    if isinstance(receiver, str):
        could = await present(desk, presser, _could(desk, giving))
        return Turned(giving, Refusal(why="receiver", told=receiver), could)
    way = _way_to(desk, giving, receiver)
    if way.is_given(case):
        # The process ended before it could answer: what this press did is not refused to it now.
        return way
    claiming = judge(ask_of(giving, Action.CLAIM), presser.access, giving.tree, desk.now())
    refused = _refused(desk, giving, receiver, claiming)
    if refused is not None:
        could = await present(desk, presser, _could(desk, giving, receiver.person))
        return Turned(giving, Refusal.of(refused), could)
    called = await called_before(desk, case, slack_user_id)

    def make(current: Case) -> Amendment | None:
        free = current.claim is None and isinstance(claiming, Allowed) and not is_own(presser, current)
        if not current.is_open or not (free or owns(presser, current)) or receiver.has_asked(current):
            return None
        return _moved(desk, giving, receiver, current, called=called)

    return replace(way, make=make)


def _way_to(desk: Desk, giving: Giving, receiver: Receiver) -> Way:
    """The way to a person, as far as it is the same before and after it was gone."""
    giver = giving.presser.person.name

    def is_given(current: Case) -> bool:
        claim = current.claim
        if claim is None or claim.handed_over is None:
            return False
        return claim.actor == receiver.actor and is_ours(giving, claim.handed_over)

    def told(given: Sequence[Case]) -> list[Effect]:
        about = merged(given) if len(given) > 1 else given[0]
        link = desk.permalink(given[0])
        said = hand_over.handed_to_you(about, giver, giving.because, link, desk.now())
        # By direct message: a whisper in the channel is lost on whoever is not looking at it now.
        effect = tell(given[0], receiver.user.slack_user_id, said, f"handed:{giving.press.press_id}")
        return [effect.model_copy(update={"channel_id": ""})]

    return Way(giving, lambda _: None, is_given, told, hand_over.handed)


def _refused(desk: Desk, giving: Giving, receiver: Receiver, claiming: Allowed | Refused) -> Refused | None:
    """Why it may not be handed to this person: the giver's own claim comes first, then the receiver's rights."""
    if giving.case.claim is None and isinstance(claiming, Refused):
        return claiming
    ask = ask_of(
        giving,
        Action.HAND_OVER,
        receiver_id=receiver.person.person_id,
        receiver_asked=receiver.has_asked(giving.case),
    )
    verdict = judge(ask, giving.presser.access, giving.tree, desk.now())
    return verdict if isinstance(verdict, Refused) else None


def _moved(desk: Desk, giving: Giving, receiver: Receiver, current: Case, *, called: bool) -> Amendment:
    """The claim in the receiver's hands."""
    press = giving.press
    claimed = lifecycle.take_claim(current, receiver.actor, desk.now(), desk.rules, escalated=called)
    claim = claimed.claim
    moved = claimed.model_copy(update={"handed_over": None})
    if claim is not None:
        update = {"handed_over": handed_of(desk, giving)}
        moved = moved.model_copy(update={"claim": claim.model_copy(update=update)})
    events: list[Event] = []
    if current.claim is None:
        facts = {"until": claim.until.isoformat() if claim else "", "to_hand_over": True}
        events.append(
            event_of("case_claimed", press, current, person_id=giving.presser.person.person_id, facts=facts)
        )
    events.append(given_event(giving, current, {"to": receiver.person.person_id}))
    return Amendment(moved, events)


def _could(desk: Desk, giving: Giving, receiver: Person | None = None) -> tuple[Person, ...]:
    """People to whom it could be given, for a giver who may see the request; never one who asked for it."""
    presser, case = giving.presser, giving.case
    if not sees(desk, giving):
        return ()
    asked = may_have_asked(presser.access, (entry.facts for entry in case.open_requests))
    without = {presser.person.person_id, *(person.person_id for person in asked)}
    if receiver is not None:
        without.add(receiver.person_id)
    ask = ask_of(giving, Action.CLAIM)
    return who_could(
        ask, presser.access, giving.tree, desk.now(), without=frozenset(without), at_most=_COULD_MOST
    )


async def _came_too_late(desk: Desk, press: Press, giving: Giving) -> None:
    """It was decided, claimed or handed over meanwhile: say how it stands now."""
    stored = await desk.ledger.case(giving.case.case_id)
    current = stored.case if stored else giving.case
    presser = giving.presser
    said = hand_over.nothing_handed(current) if sees(desk, giving) else answers.said(_OVER)
    if current.is_open and press.values.get(ids.TO_BLOCK) == ids.TO_TEAM and current.handed_over:
        said = answers.said(
            f"{current.handed_over.by.name} has handed it over to the escalation team already; nobody was called again."
        )
    elif current.is_open and current.claim is not None and not owns(presser, current):
        said = answers.said(
            f"{current.claim.actor.name} has claimed it meanwhile, so it was not handed over. Only whoever has "
            "claimed it can hand it to a person."
        )
    elif current.is_open:
        said = answers.said(_CHANGED)
    event = event_of("press_too_late", press, giving.case, person_id=giving.presser.person.person_id)
    told = await not_taken(desk, press, said) if current.is_open else answer(press, said)
    await finish(desk, press, [event], [told])


async def _refuse(  # noqa: PLR0917 - every part is told apart by its type
    desk: Desk, press: Press, presser: Presser, case: Case, refusal: Refusal, could: tuple[str, ...] = ()
) -> None:
    desk.metrics.refused(refusal.why)
    event = press_refused(press, refusal, presser=presser, case=case)
    await finish(desk, press, [event], [await not_taken(desk, press, answers.refused(refusal.told, could))])
