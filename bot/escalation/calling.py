"""Calls to the escalation team: for one case, for all that wait behind a channel that is lost, and by a second way.

A call waits in the lane of escalations ── longer than the settings say ──> noted in its case, pages queued in that step
The case ends ────────────────────────────────────────────────────────────> each way is told so (bot/desk/changing.py)
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import timedelta
from functools import partial

import structlog

from bot.cards.kit.blocks import Rendered
from bot.cards.messages import answers
from bot.cards.messages import duty as messages
from bot.cards.messages.duty import call_not_heard, cases_without_channel
from bot.cards.messages.pages import escalation_page
from bot.chat import ChannelAlert
from bot.desk import (
    EVERYBODY,
    Amendment,
    Desk,
    Presser,
    Refusal,
    amend,
    answer,
    audit_message,
    call,
    channel_call,
    event_of,
    finish,
    muster,
    page,
    press_refused,
    pressed,
    whom,
)
from bot.ledger import Counted, LedgerUnavailable, WaitingCall
from bot.models import Case, Effect, EffectKind, Elsewhere, Event, Place, Press
from bot.models.rotas import Called
from bot.portal import PortalError
from bot.rules.bundles import merged
from bot.rules.rows import Pile
from bot.rules.sla import last_escalation
from bot.rules.tiers import tier_by_hand
from permissions import Action, Allowed, Ask, OrganizationTree, Refused, Verdict, judge

log = structlog.get_logger()

_EARLY = "early"
"""The call for what was called for before its time was over: one a case."""


async def call_by_second_way(desk: Desk, after: timedelta, ways: Sequence[str]) -> None:
    """Look for calls that Slack has not taken for so long. LedgerUnavailable passes through.

    Whatever the reason is: Slack is down, our token is refused, the channel is lost. Nobody has heard them.
    """
    if not ways:
        return
    unheard = [one for one in await desk.ledger.calls.waiting() if _is_call(one, after, desk)]
    for case_id in await _concerned(desk, unheard):
        if await amend(desk, case_id, partial(_told, desk, ways)) is not None:
            desk.metrics.escalated("second way")


def _is_call(waiting: WaitingCall, after: timedelta, desk: Desk) -> bool:
    effect = waiting.effect
    is_message = effect.kind is EffectKind.MESSAGE and effect.place is Place.ESCALATION
    return is_message and desk.now() - waiting.queued_at >= after


async def _concerned(desk: Desk, unheard: Iterable[WaitingCall]) -> list[str]:
    """The cases that these calls are about: the one it names, or all that its place was to hear of and nobody sees."""
    named = {one.effect.case_id: None for one in unheard if one.effect.case_id}
    places = {one.effect.channel_id for one in unheard if not one.effect.case_id}
    if places:
        cards: set[str] = set()
        for case in (stored.case for stored in await desk.ledger.open_cases()):
            heard_in = desk.routes.channel_for(case.organization_id, case.kind.value, Place.ESCALATION)
            is_unseen = case.escalated_at is not None and case.card is None and heard_in in places
            # Cases of one card are one call here too.
            if is_unseen and (case.bundle_id or case.case_id) not in cards:
                cards.add(case.bundle_id or case.case_id)
                named[case.case_id] = None
    return list(named)


def _told(desk: Desk, ways: Sequence[str], case: Case) -> Amendment | None:
    step = last_escalation(case) or _EARLY
    if not case.is_open or any(one.step == step for one in case.elsewhere):
        return None
    now = desk.now()
    noted = Elsewhere(step=step, at=now, ways=tuple(ways))
    facts = {"step": step, "ways": list(ways)}
    said = escalation_page(case, step, now, portal_link=desk.rules.portal_link)
    return Amendment(
        case.model_copy(update={"elsewhere": (*case.elsewhere, noted)}),
        [event_of("escalated_elsewhere", None, case, facts=facts)],
        [page(case, way, said) for way in ways],
    )


async def escalate(desk: Desk, press: Press) -> None:
    """Call the escalation team (out of hours: the approvers), with a link to the card. The ceiling stays armed."""
    found = await pressed(desk, press)
    case = await _to_call_for(desk, press, *found) if found is not None else None
    if found is None or case is None:
        return
    presser, turn = found[0], tier_by_hand(case)
    tier = turn or desk.on_duty(case.organization_id) or EVERYBODY
    called = whom(desk, await muster(desk, [case]), case, turn)
    heard = [other for other in desk.called_with(case, await desk.beside(case)) if other.is_open]
    called_before = [other for other in heard if other.help_called == tier]

    def make(current: Case) -> Amendment | None:
        if not current.is_open:
            return None
        if current.help_called == tier:
            called_before.append(current)
        return None if called_before else _called(desk, press, presser, current, heard, (tier, called))

    if await amend(desk, case.case_id, make, press=press) is not None:
        desk.metrics.escalated("by hand")
    elif called_before:
        await _joined(desk, press, presser, called_before[0])
    else:
        too_late = event_of("press_too_late", press, case)
        await finish(desk, press, [too_late], [answer(press, answers.too_late(case))])


async def _to_call_for(desk: Desk, press: Press, presser: Presser, first: Case) -> Case | None:
    """The first of the card's cases that the presser may see, one that waits before one that is over.

    None: they may see none of them, and have read so.
    """
    try:
        tree = await desk.tree.current(holding=first.organization_id)
    except PortalError as error:
        told = f"The portal's organizations could not be read ({error})."
        event = press_refused(press, Refusal(why="portal_away", told=told), presser=presser, case=first)
        await finish(desk, press, [event], [answer(press, answers.trouble(told))])
        return None
    # The menu's value has no room for all of a card's cases, so it names one.
    cases = [first, *await desk.beside(first)]
    verdicts = [(case, _verdict(desk, presser, case, tree)) for case in cases]
    allowed = [case for case, verdict in verdicts if isinstance(verdict, Allowed)]
    if allowed:
        return next((case for case in allowed if case.is_open), allowed[0])
    refused = next(verdict for _, verdict in verdicts if isinstance(verdict, Refused))
    event = press_refused(press, Refusal.of(refused), presser=presser, case=first)
    await finish(desk, press, [event], [answer(press, answers.refused(refused.sentence))])
    return None


def _verdict(desk: Desk, presser: Presser, case: Case, tree: OrganizationTree) -> Verdict:
    ask = Ask(
        person_id=presser.person.person_id,
        action=Action.ESCALATE,
        organization_id=case.organization_id,
        kind=case.kind,
    )
    return judge(ask, presser.access, tree, desk.now())


def _called(  # noqa: PLR0917 - every part is told apart by its type
    desk: Desk, press: Press, presser: Presser, case: Case, heard: Sequence[Case], whose: tuple[str, Called]
) -> Amendment:
    """The call, once for all that share the card; `heard` are the others of it whose people are called there.

    `whose` turn it was, and whom the call names, who may be of the next tier."""
    by, (tier, called) = presser.person.name, whose
    facts = {"tier": called.tier, "passed": list(called.passed)}
    event = event_of("escalated_by_hand", press, case, person_id=presser.person.person_id, facts=facts)
    about = merged([*heard, case]) if heard else case
    said = messages.asked_for_help(about, called, desk.permalink(case), asked_by=by)
    help_call = call(case, f"help:{press.press_id}", said).model_copy(
        update={"channel_id": called.channel_id}
    )
    effects = [answer(press, answers.escalated()), help_call]
    marked = {
        "escalated_at": case.escalated_at or desk.now(),
        "escalated_by": by,
        "help_called": tier,
    }
    return Amendment(case.model_copy(update=marked), [event], effects)


async def _joined(desk: Desk, press: Press, presser: Presser, case: Case) -> None:
    """One call for a case and team: who presses again reads of the first."""
    event = event_of("escalated_before", press, case, person_id=presser.person.person_id)
    said = answers.called_before(case.escalated_at or desk.now(), case.escalated_by)
    await finish(desk, press, [event], [answer(press, said)])


async def tell_of_channel(desk: Desk, alert: ChannelAlert) -> bool:
    """A channel is gone or back: said once, in the audit channel, by whichever replica is first. False: not queued.

    A ledger that takes nothing is no error here: it is met while something else is said, which goes on.
    """
    event = Event(name="channel_alert", facts={"alert": alert.alert_id, "channel_id": alert.channel_id})
    try:
        await desk.announce([event], [audit_message(alert.alert_id, alert.said)])
        if alert.is_lost:
            await tell_of_lost_audit_channel(desk, alert.channel_id, alert.alert_id, alert.said)
            await call_for_lost_channel(desk, alert.channel_id, alert.alert_id)
    except LedgerUnavailable as error:
        log.warning("channel_alert_left_for_later", channel_id=alert.channel_id, why=str(error))
        return False
    return True


async def call_for_lost_channel(desk: Desk, channel_id: str, alert_id: str) -> None:
    """One call for each organization whose cards belong into this channel. LedgerUnavailable passes through."""
    waiting = await _waiting_in(desk, channel_id, Place.CARD)
    if not waiting:
        return
    counted: Counter[tuple[str, str]] = Counter()
    for one in waiting:
        counted[one.pile.organization_id, _heard_in(desk, one.pile, channel_id)] += one.count
    names = await _names(desk, waiting)
    effects = [
        _call(desk, f"{alert_id}:{each}", (each, names.get(each, each)), count, place)
        for (each, place), count in counted.items()
    ]
    facts: dict[str, object] = {"channel_id": channel_id, "cases": counted.total()}
    await desk.announce([Event(name="cases_without_channel", facts=facts)], effects)


async def tell_of_lost_audit_channel(desk: Desk, channel_id: str, alert_id: str, said: Rendered) -> None:
    """The alert itself belongs into the very channel that is lost: everybody's place of escalation hears it."""
    elsewhere = desk.routes.default_for(Place.ESCALATION)
    if channel_id != desk.routes.default_for(Place.AUDIT) or channel_id == elsewhere:
        return
    event = Event(name="audit_channel_lost", facts={"channel_id": channel_id})
    await desk.announce([event], [channel_call(f"{alert_id}:heard", said, elsewhere)])


async def call_for_unheard(desk: Desk, effect: Effect) -> None:
    """A call cannot be said in its own place. One about no case may speak for many, or for a maintenance mode."""
    stored = await desk.ledger.case(effect.case_id) if effect.case_id else None
    if stored is not None:
        await call_elsewhere(desk, stored.case)
        return
    lost = effect.channel_id or desk.routes.channel_for(
        effect.organization_id, effect.request_kind, Place.ESCALATION
    )
    elsewhere = desk.routes.default_for(Place.ESCALATION)
    if lost == elsewhere:
        return
    unheard = await _waiting_in(desk, lost, Place.ESCALATION)
    counted: Counter[str] = Counter()
    for one in unheard:
        counted[one.pile.organization_id] += one.count
    names = await _names(desk, unheard)
    calls = [
        _call(desk, f"unheard:{each}:{_turn(desk)}", (each, names.get(each, each)), count, elsewhere)
        for each, count in counted.items()
    ]
    if not calls:
        calls = [
            channel_call(f"unheard:{lost}:{_turn(desk)}", call_not_heard(lost, desk.on_duty()), elsewhere)
        ]
    await desk.announce(
        [Event(name="cases_without_channel", facts={"channel_id": lost, "cases": counted.total()})], calls
    )


async def call_elsewhere(desk: Desk, case: Case) -> None:
    """The organization's own place of escalation is lost: everybody's hears that somebody waits, in turns."""
    elsewhere = desk.routes.default_for(Place.ESCALATION)
    if elsewhere == _channel(desk, case, Place.ESCALATION):
        return
    organization = (case.organization_id, case.organization_name)
    call = _call(desk, f"unheard:{case.organization_id}:{_turn(desk)}", organization, 1, elsewhere)
    await desk.announce([Event(name="call_without_channel", case_id=case.case_id)], [call])


def _turn(desk: Desk) -> int:
    return int(desk.now().timestamp() // desk.rules.plan.repeat_every.total_seconds())


async def _waiting_in(desk: Desk, channel_id: str, place: Place) -> list[Counted]:
    """The open cases that belong into a channel, counted."""
    counted = await desk.ledger.index.piles(desk.now())
    return [one for one in counted if _channel(desk, one.pile, place) == channel_id]


async def _names(desk: Desk, waiting: Sequence[Counted]) -> dict[str, str]:
    """The organizations' names, as a case of each has it."""
    named = {one.pile.organization_id: one.pile for one in waiting}
    stored = await desk.ledger.cases(await desk.ledger.index.first_of_each(named.values()))
    return {each.case.organization_id: each.case.organization_name for each in stored.values()}


def _channel(desk: Desk, about: Case | Pile, place: Place) -> str:
    return desk.routes.channel_for(about.organization_id, about.kind.value, place)


def _heard_in(desk: Desk, pile: Pile, lost: str) -> str:
    """The organization's place of escalation; where that is the very channel that is lost, everybody's."""
    own = _channel(desk, pile, Place.ESCALATION)
    return own if own != lost else desk.routes.default_for(Place.ESCALATION)


def _call(desk: Desk, effect_id: str, organization: tuple[str, str], count: int, channel_id: str) -> Effect:
    organization_id, name = organization
    said = cases_without_channel(count, name, desk.on_duty(organization_id))
    return channel_call(effect_id, said, channel_id)
