"""“Hand over…” was submitted: a claim moves to somebody who may decide, or the escalation team gets the case early.

To a person: the owner hands over. A case that nobody has claimed is claimed for the giver in the same step, where the
giver may claim it. To the escalation team: anybody who may see the case. Neither touches the clock (P6).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bot.cards.forms import hand_over
from bot.cards.kit import ids
from bot.cards.messages import answers
from bot.chat import Doubt, Known
from bot.decision.claims import called_before, own_in_portal
from bot.decision.verdict import may_see
from bot.desk import (
    Amendment,
    Desk,
    Presser,
    Refusal,
    actor_of,
    amend,
    answer,
    asked_by,
    call,
    event_of,
    finish,
    is_own,
    may_have_asked,
    not_taken,
    person_of,
    present,
    press_refused,
    pressed,
    tell,
)
from bot.models import Actor, Case, Effect, Event, HandedOver, Press
from bot.portal import PortalError
from bot.rules import lifecycle
from bot.rules.typed import SENTENCE_LETTERS, says
from permissions import Access, Action, Allowed, Ask, OrganizationTree, Person, Refused, judge, who_could

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
_OVER = "This request is no longer waiting, so nothing was handed over."
_COULD_MOST = 9
"""Candidates looked up in Slack for three names, since some of them may have left (our choice)."""


@dataclass(frozen=True, slots=True)
class Giving:
    """One submission: who gives which case, in which words."""

    press: Press
    presser: Presser
    case: Case
    tree: OrganizationTree
    because: str


async def hand_over_case(desk: Desk, press: Press) -> None:
    """The form was submitted: judged anew, then done in one step with its record and what is said."""
    found = await pressed(desk, press)
    if found is None:
        return
    presser, case = found
    because, to = press.values.get(ids.REASON_BLOCK, "").strip(), press.values.get(ids.TO_BLOCK, "")
    try:
        tree = await desk.tree.current(holding=case.organization_id)
    except PortalError as error:
        sentence = f"The portal's organizations could not be read ({error}); hand it over again in a moment."
        await _refuse(desk, press, presser, case, Refusal(why="portal_away", told=sentence))
        return
    giving = Giving(press, presser, case, tree, because)
    seeing = judge(_ask(giving, Action.VIEW), presser.access, tree, desk.now())
    if isinstance(seeing, Refused) and not owns(presser, case):
        # Nothing about anybody's account is told to somebody who may not even see what they would give away.
        await _refuse(desk, press, presser, case, Refusal.of(seeing))
        return
    if not says(because, SENTENCE_LETTERS):
        await _refuse(desk, press, presser, case, Refusal(why="no_sentence", told=_NO_SENTENCE))
        return
    if to == ids.TO_TEAM:
        await _to_team(desk, giving)
    elif to == ids.TO_PERSON and press.values.get(ids.PERSON_BLOCK):
        await _to_person(desk, giving, press.values[ids.PERSON_BLOCK])
    else:
        await _refuse(desk, press, presser, case, Refusal(why="nobody_chosen", told=_NOBODY))


# --- to the escalation team --------------------------------------------------------------------------


async def _to_team(desk: Desk, giving: Giving) -> None:
    """The team on duty is called once. Whoever had claimed it and hands it on is on it no longer."""
    press, presser = giving.press, giving.presser
    verdict = judge(_ask(giving, Action.ESCALATE), presser.access, giving.tree, desk.now())
    if not isinstance(verdict, Allowed):
        await _refuse(desk, press, presser, giving.case, Refusal.of(verdict))
        return

    def make(current: Case) -> Amendment | None:
        if not current.is_open or current.handed_over is not None:
            return None
        handed = _handed(desk, giving, user_group_id=desk.on_duty(current.organization_id))
        given = current.model_copy(update={"handed_over": handed})
        if owns(presser, current):
            given = lifecycle.drop_claim(given)
        said = hand_over.handed_to_team(given, handed, desk.permalink(given))
        effects = [
            answer(press, hand_over.handed_to_team_done()),
            call(given, f"handed:{press.press_id}", said),
            *_tell_claimer(given, giving),
        ]
        return Amendment(given, (_event(giving, current, {"to": "escalation team"}),), effects)

    if await amend(desk, giving.case.case_id, make, press=press) is None:
        await _came_too_late(desk, giving)
        return
    desk.metrics.escalated("handed over")


def _tell_claimer(case: Case, giving: Giving) -> list[Effect]:
    """Somebody else who had claimed it keeps the claim, and hears that the team has it as well."""
    if case.claim is None:
        return []
    said = hand_over.claim_handed_on(case, giving.presser.person.name)
    return [tell(case, case.claim.actor.slack_user_id, said, f"handed:claimer:{giving.press.press_id}")]


# --- to a person -------------------------------------------------------------------------------------


async def _to_person(desk: Desk, giving: Giving, slack_user_id: str) -> None:
    """The claim moves, with a fresh time; the receiver is told in a direct message."""
    press, presser, case = giving.press, giving.presser, giving.case
    receiver = await receiver_of(desk, presser, slack_user_id)
    if isinstance(receiver, str):
        could = await present(desk, presser, _could(desk, giving))
        await _refuse(desk, press, presser, case, Refusal(why="receiver", told=receiver), could)
        return
    claiming = judge(_ask(giving, Action.CLAIM), presser.access, giving.tree, desk.now())
    refused = _refused(desk, giving, receiver, claiming)
    if refused is not None:
        could = await present(desk, presser, _could(desk, giving, receiver.person))
        await _refuse(desk, press, presser, case, Refusal.of(refused), could)
        return
    called = await called_before(desk, case, slack_user_id)

    def make(current: Case) -> Amendment | None:
        free = current.claim is None and isinstance(claiming, Allowed) and not is_own(presser, current)
        if not current.is_open or not (free or owns(presser, current)) or receiver.has_asked(current):
            return None
        return _moved(desk, giving, receiver, current, called=called)

    if await amend(desk, case.case_id, make, press=press) is None:
        await _came_too_late(desk, giving)
        return
    if case.claim is None:
        await own_in_portal(desk, press, case)


def _refused(desk: Desk, giving: Giving, receiver: Receiver, claiming: Allowed | Refused) -> Refused | None:
    """Why it may not be handed to this person: the giver's own claim comes first, then the receiver's rights."""
    if giving.case.claim is None and isinstance(claiming, Refused):
        return claiming
    ask = _ask(giving, Action.HAND_OVER, receiver)
    verdict = judge(ask, giving.presser.access, giving.tree, desk.now())
    return verdict if isinstance(verdict, Refused) else None


def _moved(desk: Desk, giving: Giving, receiver: Receiver, current: Case, *, called: bool) -> Amendment:
    """The claim in the receiver's hands, and all who have to hear of it."""
    press = giving.press
    claimed = lifecycle.take_claim(current, receiver.actor, desk.now(), desk.rules, escalated=called)
    claim = claimed.claim
    moved = claimed.model_copy(update={"handed_over": None})
    if claim is not None:
        update = {"handed_over": _handed(desk, giving)}
        moved = moved.model_copy(update={"claim": claim.model_copy(update=update)})
    events: list[Event] = []
    if current.claim is None:
        facts = {"until": claim.until.isoformat() if claim else "", "to_hand_over": True}
        events.append(
            event_of("case_claimed", press, current, person_id=giving.presser.person.person_id, facts=facts)
        )
    events.append(_event(giving, current, {"to": receiver.person.person_id}))
    by, link = giving.presser.person.name, desk.permalink(moved)
    said = hand_over.handed_to_you(moved, by, giving.because, link, desk.now())
    # By direct message: a whisper in the channel is lost on whoever is not looking at it now.
    told = tell(moved, receiver.user.slack_user_id, said, f"handed:{press.press_id}")
    effects = [answer(press, hand_over.handed(moved)), told.model_copy(update={"channel_id": ""})]
    return Amendment(moved, events, effects)


def _could(desk: Desk, giving: Giving, receiver: Person | None = None) -> tuple[Person, ...]:
    """People to whom it could be given, for a giver who may see the request; never one who asked for it."""
    presser, case = giving.presser, giving.case
    if not may_see(
        presser.person.person_id, case.organization_id, presser.access, giving.tree, desk, case.kind
    ):
        return ()
    asked = may_have_asked(presser.access, (entry.facts for entry in case.open_requests))
    without = {presser.person.person_id, *(person.person_id for person in asked)}
    if receiver is not None:
        without.add(receiver.person_id)
    ask = _ask(giving, Action.CLAIM)
    return who_could(
        ask, presser.access, giving.tree, desk.now(), without=frozenset(without), at_most=_COULD_MOST
    )


# --- shared ------------------------------------------------------------------------------------------


def owns(presser: Presser, case: Case) -> bool:
    """Whether the presser has claimed the case."""
    return case.claim is not None and case.claim.actor.person_id == presser.person.person_id


def _ask(giving: Giving, action: Action, receiver: Receiver | None = None) -> Ask:
    case, presser = giving.case, giving.presser
    return Ask(
        person_id=presser.person.person_id,
        action=action,
        organization_id=case.organization_id,
        kind=case.kind,
        own_request=is_own(presser, case),
        is_claimer=case.claim is None or owns(presser, case),
        receiver_id=receiver.person.person_id if receiver else None,
        receiver_own_request=receiver.has_asked(case) if receiver else False,
    )


def _handed(desk: Desk, giving: Giving, *, user_group_id: str = "") -> HandedOver:
    by = actor_of(giving.presser.person, giving.press)
    return HandedOver(by=by, at=desk.now(), because=giving.because, user_group_id=user_group_id)


def _event(giving: Giving, current: Case, facts: dict[str, object]) -> Event:
    due = {"due": current.due_at.isoformat() if current.due_at else None}
    return event_of(
        "handed_over",
        giving.press,
        current,
        person_id=giving.presser.person.person_id,
        facts=facts | due,
        private={"because": giving.because},
    )


async def _came_too_late(desk: Desk, giving: Giving) -> None:
    """It was decided, claimed or handed over meanwhile: say how it stands now."""
    stored = await desk.ledger.case(giving.case.case_id)
    current = stored.case if stored else giving.case
    presser = giving.presser
    sees = may_see(
        presser.person.person_id, current.organization_id, presser.access, giving.tree, desk, current.kind
    )
    said = hand_over.nothing_handed(current) if sees else answers.said(_OVER)
    if current.is_open and giving.press.values.get(ids.TO_BLOCK) == ids.TO_TEAM and current.handed_over:
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
    event = event_of("press_too_late", giving.press, giving.case, person_id=giving.presser.person.person_id)
    await finish(desk, giving.press, [event], [answer(giving.press, said)])


async def _refuse(  # noqa: PLR0917 - every part is told apart by its type
    desk: Desk, press: Press, presser: Presser, case: Case, refusal: Refusal, could: tuple[str, ...] = ()
) -> None:
    desk.metrics.refused(refusal.why)
    event = press_refused(press, refusal, presser=presser, case=case)
    await finish(desk, press, [event], [await not_taken(desk, press, answers.refused(refusal.told, could))])
