"""“Hand over…”: what it comes to for one case, and the form with the reason for each way that is not open."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

from bot.cards.forms import hand_over
from bot.cards.forms.hand_over import TITLE, HandOverForm, hand_over_modal
from bot.cards.kit.blocks import Rendered
from bot.cards.kit.words import Line
from bot.decision.shown import on_card
from bot.decision.turning_down import ended_modal, form_refused
from bot.decision.verdict import may_see, plain_ask, weigh
from bot.desk import (
    Amendment,
    Desk,
    Filled,
    Opener,
    Presser,
    Refusal,
    actor_of,
    call,
    event_of,
    not_asked_sentence,
    open_form,
    tell,
)
from bot.models import Case, Effect, Event, HandedOver, Press
from bot.portal import PortalError
from bot.rules import lifecycle
from bot.rules.bundles import merged
from permissions import Action, Allowed, Ask, OrganizationTree, judge


@dataclass(frozen=True, slots=True)
class Giving:
    """One submission: who gives which case, in which words."""

    press: Press
    presser: Presser
    case: Case
    tree: OrganizationTree
    because: str


@dataclass(frozen=True, slots=True)
class Way:
    """One case that is handed over, as far as can be told before it is changed."""

    giving: Giving
    make: Callable[[Case], Amendment | None]
    """The case in other hands; None: it is over, or another's by now."""
    is_given: Callable[[Case], bool]
    """Whether this very press has done it already, and the process ended before it could answer."""
    told: Callable[[Sequence[Case]], list[Effect]]
    """Who hears of it besides the giver, once for all cases of the press."""
    said: Callable[[Case, Sequence[Line]], Rendered]
    """What the giver reads."""


@dataclass(frozen=True, slots=True)
class Turned:
    """One case that is not, and why."""

    giving: Giving
    refusal: Refusal
    could: tuple[str, ...] = ()


def sees(desk: Desk, giving: Giving) -> bool:
    """Whether the giver may see the case: nothing of one that they may not is named to them."""
    person_id, case = giving.presser.person.person_id, giving.case
    return may_see(person_id, case.organization_id, giving.presser.access, giving.tree, desk, case.kind)


def to_team(desk: Desk, giving: Giving) -> Way | Turned:
    """The team on duty is called once. Whoever had claimed it and hands it on is on it no longer."""
    presser = giving.presser
    verdict = judge(ask_of(giving, Action.ESCALATE), presser.access, giving.tree, desk.now())
    if not isinstance(verdict, Allowed):
        return Turned(giving, Refusal.of(verdict))

    def make(current: Case) -> Amendment | None:
        if not current.is_open or current.handed_over is not None:
            return None
        handed = handed_of(desk, giving, user_group_id=desk.on_duty(current.organization_id))
        given = current.model_copy(update={"handed_over": handed})
        if owns(presser, current):
            given = lifecycle.drop_claim(given)
        return Amendment(
            given, (given_event(giving, current, {"to": "escalation team"}),), _tell_claimer(given, giving)
        )

    return Way(
        giving,
        make,
        is_given=lambda case: case.handed_over is not None and is_ours(giving, case.handed_over),
        told=partial(_team_told, desk, giving.press),
        said=lambda _, rest: hand_over.handed_to_team_done(rest),
    )


def _team_told(desk: Desk, press: Press, given: Sequence[Case]) -> list[Effect]:
    """One call for all that the same people are called about; the others' people are called for theirs."""
    calls: list[Effect] = []
    left = list(given)
    while left:
        first, *others = left
        together = [first, *desk.called_with(first, others)]
        left = [case for case in others if case not in together]
        about = merged(together) if len(together) > 1 else first
        if first.handed_over is not None:
            said = hand_over.handed_to_team(about, first.handed_over, desk.permalink(first))
            name = f"handed:{press.press_id}" if not calls else f"handed:{press.press_id}:{first.case_id}"
            calls.append(call(first, name, said))
    return calls


def is_ours(giving: Giving, handed: HandedOver) -> bool:
    """Whether this press has handed it over: the same person, in the same words, not before it was pressed."""
    same = (handed.by.person_id, handed.because) == (giving.presser.person.person_id, giving.because)
    return same and handed.at >= giving.press.received_at


def _tell_claimer(case: Case, giving: Giving) -> list[Effect]:
    """Somebody else who had claimed it keeps the claim, and hears that the team has it as well."""
    if case.claim is None:
        return []
    claimer_id = case.claim.actor.slack_user_id
    said = hand_over.claim_handed_on(case, giving.presser.person.name)
    return [tell(case, claimer_id, said, f"handed:claimer:{giving.press.press_id}:{claimer_id}")]


def owns(presser: Presser, case: Case) -> bool:
    """Whether the presser has claimed the case."""
    return case.claim is not None and case.claim.actor.person_id == presser.person.person_id


def ask_of(
    giving: Giving, action: Action, *, receiver_id: str | None = None, receiver_asked: bool = False
) -> Ask:
    """What the rules are asked of a giving; of handing it to a person, whether that one has asked for it themselves."""
    case, presser = giving.case, giving.presser
    return replace(
        plain_ask(presser, case, action),
        is_claimer=case.claim is None or owns(presser, case),
        receiver_id=receiver_id,
        receiver_own_request=receiver_asked,
    )


def handed_of(desk: Desk, giving: Giving, *, user_group_id: str = "") -> HandedOver:
    """As the case keeps it."""
    by = actor_of(giving.presser.person, giving.press)
    return HandedOver(by=by, at=desk.now(), because=giving.because, user_group_id=user_group_id)


def given_event(giving: Giving, current: Case, facts: dict[str, object]) -> Event:
    """The record of it."""
    due = {"due": current.due_at.isoformat() if current.due_at else None}
    return event_of(
        "handed_over",
        giving.press,
        current,
        person_id=giving.presser.person.person_id,
        facts=facts | due,
        private={"because": giving.because},
    )


async def open_hand_over(desk: Desk, press: Press) -> None:
    """Opening decides nothing: the submission is judged anew."""
    await open_form(desk, press, TITLE, _view, excuse=_excuse)


def _excuse(error: PortalError) -> list[str]:
    return [not_asked_sentence(error), "Nothing was handed over."]


async def _view(opener: Opener) -> Filled:
    """Of a card that several cases share: all that still wait, as far as the presser may see them."""
    seen, unseen = await on_card(opener)
    waiting = [case for case in seen if case.is_open]
    if len(seen) + unseen > 1 and waiting:
        return await _of_several(opener, waiting, unseen)
    return await _of_one(opener)


async def _of_several(opener: Opener, cases: Sequence[Case], unseen: int) -> Filled:
    """A way is open where it is for one of them; each is judged by itself when the form is submitted."""
    desk, presser, tree = opener.desk, opener.presser, await opener.tree()
    person = [_person_closed(desk, presser, case, tree) for case in cases]
    team = [_team_closed(case) for case in cases]
    form = HandOverForm(
        case=merged(cases),
        person_closed="" if "" in person else person[0],
        team_closed="" if "" in team else team[0],
        claims_first=any(case.claim is None for case in cases),
        shared=cases,
        unseen=unseen,
    )
    opened = {"form": Action.HAND_OVER.value, "revision": opener.case.revision}
    return Filled(hand_over_modal(form), opener.event("form_opened", opened))


async def _of_one(opener: Opener) -> Filled:
    desk, presser, case, tree = opener.desk, opener.presser, opener.case, await opener.tree()
    opened = opener.event("form_opened", {"form": Action.HAND_OVER.value, "revision": case.revision})
    if not case.is_open:
        return Filled(ended_modal(desk, presser, case, tree, TITLE), opened)
    judged = weigh(desk, plain_ask(presser, case, Action.ESCALATE), presser, case, tree)
    sees = judged.verdict
    if not isinstance(sees, Allowed) and not owns(presser, case):
        return await form_refused(opener, TITLE, judged, Action.HAND_OVER)
    form = HandOverForm(
        case=case,
        person_closed=_person_closed(desk, presser, case, tree),
        team_closed=_team_closed(case) if isinstance(sees, Allowed) else sees.sentence,
        claims_first=case.claim is None,
        is_seen=isinstance(sees, Allowed),
    )
    return Filled(hand_over_modal(form), opened)


def _person_closed(desk: Desk, presser: Presser, case: Case, tree: OrganizationTree) -> str:
    """Only the owner of the claim hands it to a person; a case without one is claimed in the same step."""
    if owns(presser, case):
        return ""
    if case.claim is not None:
        name = case.claim.actor.name
        return f"{name} has claimed it, so {name} hands it over. Release it on the card first if you may take it over."
    verdict = weigh(desk, plain_ask(presser, case, Action.CLAIM), presser, case, tree).verdict
    return "" if isinstance(verdict, Allowed) else verdict.sentence


def _team_closed(case: Case) -> str:
    if case.handed_over is None:
        return ""
    return f"{case.handed_over.by.name} has handed it over to the team already, and it was called."
