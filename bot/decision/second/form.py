"""“Second…”: the second person is shown what waits, agrees to it, or sends it back with a sentence.

Opening decides nothing: what is shown is a comfort, and the submission is judged anew.
"""

from __future__ import annotations

from collections.abc import Sequence

from bot.cards.case import modals
from bot.cards.case.shared import shared_reference
from bot.cards.forms import second as cards
from bot.cards.kit import ids
from bot.cards.kit.carried import about as carried_about
from bot.cards.messages import answers
from bot.decision.approve.plan import planned
from bot.decision.attempt import ANOTHER_AWAITS, SPENT
from bot.decision.effect import effect_of
from bot.decision.press import decide_each
from bot.decision.second.agreeing import (
    Void,
    first_stands,
    judge_both,
    reach_of,
    take_off,
    taken_off,
    waiting_under,
    why_void,
)
from bot.decision.shown import Target, all_pressed, seen_of, seen_shown, shown_reference
from bot.decision.verdict import Question, is_already_approved, judge_decision, plain_ask, weigh
from bot.desk import (
    Amendment,
    Desk,
    Filled,
    Opener,
    Presser,
    Refusal,
    amend,
    answer,
    case_message,
    event_of,
    finish,
    not_taken,
    nothing_decided,
    open_form,
    present,
    press_refused,
    pressed_stored,
    redraw_form,
    redrawn,
    refusal_sentence,
)
from bot.models import Awaited, Case, Choice, Effect, Event, Place, Press, RequestEntry, Urgency
from bot.portal import PortalError, Unusable
from bot.rules.bundles import merged, organizations_told
from bot.rules.kinds import traits_of
from bot.rules.second import computer_of
from bot.rules.typed import SENTENCE_LETTERS, says
from permissions import Action, RefusalReason, Refused

_NOTHING_WAITS = "Nothing on this card waits for a second person any more. The card shows how it stands."
_AGREE, _BACK = "Second person", "Send back"


async def open_second(desk: Desk, press: Press) -> None:
    """“Second…”: what the first person saw and wrote, or why this person cannot agree to it."""
    await open_form(desk, press, _AGREE, _view, excuse=_excuse)


async def _view(opener: Opener) -> Filled:
    desk, press, presser = opener.desk, opener.press, opener.presser
    cases = await _in_sight(opener)
    waiting, others = _next_waiting(merged(cases), opener.person_id)
    if not waiting:
        opened = opener.event("form_opened", {"form": "second"})
        return Filled(modals.said_modal(_AGREE, [_NOTHING_WAITS]), opened)
    concerned = [case for case in cases if any(entry in case.pending for entry in waiting)]
    case = concerned[0]
    void, could = await _closed(desk, press, presser, case, [one for one in waiting if one in case.pending])
    if void is not None:
        return Filled(modals.said_modal(_AGREE, [void.sentence, *could]), opener.refused(void.refusal))
    shown = {"form": "second", "revision": case.revision, "awaited_id": _awaited(waiting).awaited_id}
    about = case.model_copy(update={"organization_name": organizations_told(concerned)})
    form = cards.SecondForm(
        case=about,
        waiting=waiting,
        others=others,
        writes_on=desk.rules.writes_on,
        concerned=concerned if len(concerned) > 1 else (),
    )
    view = cards.second_modal(form)
    if len(concerned) > 1:
        view = carried_about(view, shared_reference(concerned, _awaited(waiting).awaited_id))
    return Filled(view, opener.event("form_opened", shown))


async def _in_sight(opener: Opener) -> list[Case]:
    """The case; of a card that several share, those that its reader may see. Raises PortalError."""
    if not opener.press.others:
        return [opener.case]
    seen = await seen_shown(opener)
    return [*seen] if seen else [opener.case]


def _next_waiting(case: Case, person_id: str) -> tuple[tuple[RequestEntry, ...], int]:
    """What waits longest of what somebody else approved, one press's requests together; and how many others wait."""
    held = [(entry.awaited, entry) for entry in case.pending if entry.awaited is not None]
    if not held:
        return (), 0
    chosen, _ = min(held, key=lambda pair: (pair[0].first.person_id == person_id, pair[0].asked_at))
    waiting = waiting_under(case, chosen.awaited_id)
    return waiting, len(held) - len(waiting)


async def _closed(
    desk: Desk, press: Press, presser: Presser, case: Case, waiting: Sequence[RequestEntry]
) -> tuple[Void | None, tuple[str, ...]]:
    """Why this person cannot agree, and who could; None: nothing stands against it as far as can be told now.

    Raises PortalError. What has made the first person's yes void is taken off here already.
    """
    awaited = _awaited(waiting)
    question = await _question(desk, presser, case, waiting)
    if awaited.first.person_id == presser.person.person_id:
        verdict = await judge_both(desk, question, presser)
        return Void(RefusalReason.SAME_PERSON.value, verdict.sentence, where=case.organization_id), ()
    judged = await judge_decision(desk, question)
    if isinstance(judged.verdict, Refused):
        names = await present(desk, presser, judged.could)
        could = (f"Who could: {', '.join(names)}",) if names else ()
        no = judged.verdict
        return Void(no.why.value, no.sentence, missing=no.missing, where=no.where), could
    reaches = reach_of(question)
    ringfencing = question.plan.ringfencing if question.plan else ()
    effect = effect_of(question.choice, question.facts, reaches=reaches, ringfencing=ringfencing)
    stands = why_void(desk, waiting[0], awaited, reaches, effect) or await first_stands(
        desk, press, question, awaited.first
    )
    if not isinstance(stands, Void):
        return None, ()
    if not stands.ends_by_itself:
        await take_off(desk, press, case, awaited.awaited_id, stands)
    return stands, ()


async def _question(desk: Desk, presser: Presser, case: Case, waiting: Sequence[RequestEntry]) -> Question:
    """The choice that waits, as somebody's, held against what the portal says now. Raises PortalError."""
    facts, choice = waiting[0].facts, _awaited(waiting).choice
    computers = len({computer_of(entry.facts) for entry in waiting})
    if not traits_of(facts.kind).has_permit_form:
        return Question(presser, case, facts, choice, computers)
    details = await desk.portal.permit_details(facts.request_id, facts.organization_id)
    already = await is_already_approved(desk, facts, details)
    plan = await planned(desk, choice, facts, details)
    return Question(presser, case, facts, plan.choice if plan else choice, computers, details, already, plan)


def _awaited(waiting: Sequence[RequestEntry]) -> Awaited:
    held = waiting[0].awaited
    if held is None:
        raise ValueError(f"request {waiting[0].facts.request_id} waits for nobody")
    return held


async def agree_once(desk: Desk, press: Press) -> None:
    """“Agree on this computer”: no form was read, so what closes one press closes it for the second person too."""
    await submit_second(desk, press.model_copy(update={"view_id": ""}))


async def submit_second(desk: Desk, press: Press) -> None:
    """“Agree and approve”: the same way as any decision, for what the modal showed and nothing else."""
    found = await pressed_stored(desk, press)
    if found is None:
        return
    presser, awaited_id = found[0], press.values.get(ids.AWAITED, "")
    pressed_on = await all_pressed(desk, press, found[1])
    cases = [each.case for _, each in pressed_on]
    seen = await seen_of(desk, presser, cases) if len(cases) > 1 else frozenset({cases[0].case_id})
    targets = []
    for one, each in pressed_on:
        held = _concerned(each.case, press, awaited_id) if awaited_id else {}
        if held:
            choice, is_seen = next(iter(held.values())), each.case.case_id in seen
            targets.append(Target(one, each, choice, tuple(held), is_seen))
    if targets:
        await decide_each(desk, press, presser, targets, awaited_id=awaited_id)
        return
    case = cases[0]
    spent = any(press.press_id in entry.spent_presses for one in cases for entry in one.requests)
    await _answer(desk, press, case, "press_too_late", SPENT if spent else ANOTHER_AWAITS)


def _concerned(case: Case, press: Press, awaited_id: str) -> dict[str, Choice]:
    """The requests that the press agrees to; after a crash also those that it has already decided, or tried to."""
    found: dict[str, Choice] = {}
    for entry in case.requests:
        ended = entry.outcome.attempt if entry.outcome else None
        attempt = entry.attempt or ended
        if entry.awaited is not None and entry.awaited.awaited_id == awaited_id:
            found[entry.facts.request_id] = entry.awaited.choice
        elif attempt is not None and attempt.press_id == press.press_id:
            found[entry.facts.request_id] = attempt.choice
    return found


# Sent back


async def open_send_back(desk: Desk, press: Press) -> None:
    """“Send back…” in that modal: its form takes the modal's place. Whoever may not deny is told so instead."""
    await redraw_form(desk, press, _back_view, _back_not_asked)


async def reopen_send_back(desk: Desk, press: Press) -> None:
    """The same form once more, with what was typed: there is no modal any more whose place it could take."""
    await open_form(desk, press, _BACK, _back_view, excuse=_excuse)


def _back_not_asked(opener: Opener, error: PortalError) -> tuple[Event, Effect]:
    view = modals.said_modal(_BACK, _excuse(error))
    return opener.not_opened(_BACK, error), redrawn(opener.desk, opener.press, view, opener.case)


async def _back_view(opener: Opener) -> Filled:
    press, case = opener.press, opener.case
    opened = opener.event("form_opened", {"form": "send_back"})
    waiting = waiting_under(case, press.values.get(ids.AWAITED, ""))
    refused = await _may_not_send_back(opener.desk, opener.presser, case)
    if not waiting:
        return Filled(modals.said_modal(_BACK, [ANOTHER_AWAITS]), opened)
    if refused is not None:
        return Filled(modals.said_modal(_BACK, [refused.sentence]), opener.refused(Refusal.of(refused)))
    form = cards.SecondForm(case=case, waiting=waiting, writes_on=opener.desk.rules.writes_on)
    view = cards.send_back_modal(form)
    if press.others:
        view = carried_about(view, shown_reference(press, press.values.get(ids.AWAITED, "")))
    return Filled(view, opened)


async def submit_send_back(desk: Desk, press: Press) -> None:
    """“Send back”: nothing waits any more, and the first person reads why."""
    found = await pressed_stored(desk, press)
    if found is None:
        return
    presser, case = found[0], found[1].case
    try:
        refused = await _may_not_send_back(desk, presser, case)
    except PortalError as error:
        away = Refusal(why="portal_away", told=refusal_sentence(error))
        event = press_refused(press, away, presser=presser, case=case)
        await finish(desk, press, [event], [await not_taken(desk, press, answers.said(away.told))])
        return
    if refused is not None:
        said = answers.refused(refused.sentence)
        event = press_refused(press, Refusal.of(refused), presser=presser, case=case)
        await finish(desk, press, [event], [await not_taken(desk, press, said)])
        return
    sentence = press.values.get(ids.REASON_BLOCK, "").strip()
    if not says(sentence, SENTENCE_LETTERS):
        await _answer(
            desk, press, case, "press_incomplete", "Say what should be looked at again. Nothing changed."
        )
        return
    for one, each in (await all_pressed(desk, press, found[1]))[1:]:
        if await _may_not_send_back(desk, presser, each.case) is None:
            await _send_back(desk, one, presser, each.case, sentence, answers_it=False)
    if not await _send_back(desk, press, presser, case, sentence):
        await _answer(desk, press, case, "press_too_late", ANOTHER_AWAITS)


async def _send_back(
    desk: Desk, press: Press, presser: Presser, case: Case, sentence: str, *, answers_it: bool = True
) -> bool:
    """False when it does not wait any more. The pressed case answers for all that share its card."""
    name = presser.person.name
    void = Void("sent_back", f"{name} sends it back: {sentence}")

    def make(current: Case) -> Amendment | None:
        waiting = waiting_under(current, press.values.get(ids.AWAITED, ""))
        if not waiting:
            return None
        off = taken_off(current, waiting, press, void, event_name="second_sent_back")
        events = [event.model_copy(update={"person_id": presser.person.person_id}) for event in off.events]
        told = f"Sent back to {_awaited(waiting).first.name}, who reads why. The request stays open."
        if not answers_it:
            return Amendment(off.case, events, off.effects)
        effects = [*off.effects, _said_in_thread(off.case, press, name, sentence)]
        return Amendment(off.case, events, [*effects, answer(press, answers.said(told))])

    return await amend(desk, case.case_id, make, press=press if answers_it else None) is not None


def _said_in_thread(case: Case, press: Press, name: str, sentence: str) -> Effect:
    said = cards.sent_back(case, name, sentence)
    return case_message(case, f"sent_back:{press.press_id}", said, Place.CARD, Urgency.ANSWER, in_thread=True)


async def _may_not_send_back(desk: Desk, presser: Presser, case: Case) -> Refused | None:
    """Sending back is acting: it needs the right to deny. Raises PortalError."""
    tree = await desk.tree.current(holding=case.organization_id)
    verdict = weigh(desk, plain_ask(presser, case, Action.DENY), presser, case, tree).verdict
    return verdict if isinstance(verdict, Refused) else None


async def _answer(desk: Desk, press: Press, case: Case, event_name: str, sentence: str) -> None:
    event = event_of(event_name, press, case, facts={"press": press.name})
    await finish(desk, press, [event], [await not_taken(desk, press, answers.said(sentence))])


def _excuse(error: PortalError) -> list[str]:
    """The portal is away: said in the modal, and nothing changes."""
    if isinstance(error, Unusable):
        return [
            f"What was approved cannot be sent as it is any more: {error.message}.",
            "Nothing was decided.",
        ]
    return nothing_decided(error)
