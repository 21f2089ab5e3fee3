"""A maintenance mode judged and written: may this person, then once to the portal, then the history is asked."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime
from functools import partial

from bot.cards.messages import answers
from bot.cards.messages import maintenance as cards
from bot.desk import (
    Desk,
    ModeAmendment,
    Presser,
    Ruling,
    actor_of,
    amend_mode,
    answer,
    asked_by,
    attempting,
    could_instead,
    mode_event,
    new_id,
    present,
    refusal_sentence,
)
from bot.desk.attempting import NOT_SENT, Doubt, NotFree, Write
from bot.ledger import StoredMode
from bot.maintenance.course import Look, after_look
from bot.maintenance.looking import as_it_stands, look, refuse, settle
from bot.models import Kind, MaintenanceMode, ModeAttempt, ModeDoing, Press, RunningMode
from bot.portal import PortalError
from permissions import (
    Action,
    Allowed,
    Ask,
    Door,
    Maintenance,
    OrganizationTree,
    Person,
    RefusalReason,
    Refused,
    judge,
)

_OWN_WAITS = (
    "A request of your own waits for this computer, and a maintenance mode would let it run, so starting or extending "
    "one there is for somebody else; you may still deny or escalate the request."
)


def ask_for(
    presser: Presser,
    organization_id: str,
    mode: MaintenanceMode,
    door: Door,
    *,
    own_request: bool | None = False,
) -> Ask:
    """The question about one mode at one door; from a request it is an application request's, this computer."""
    return Ask(
        person_id=presser.person.person_id,
        action=Action.MAINTAIN,
        organization_id=organization_id,
        kind=Kind.APPLICATION if door is Door.REQUEST else None,
        maintenance=Maintenance(mode, door),
        own_request=own_request,
    )


def weigh(desk: Desk, presser: Presser, tree: OrganizationTree, ask: Ask) -> Allowed | Refused:
    """The rules' answer, now."""
    return judge(ask, presser.access, tree, desk.now())


async def judge_start(
    desk: Desk, presser: Presser, organization_id: str, computer_id: str, mode: MaintenanceMode
) -> Ruling:
    """Starting a mode from a computer. Raises PortalError when the organizations cannot be had: then nobody may.

    Not where a request of the presser's own waits: it would run under the mode, whoever else would refuse it.
    """
    tree = await desk.tree.current(holding=organization_id)
    ask = ask_for(presser, organization_id, mode, Door.COMPUTER)
    judged = await _judged(desk, presser, tree, [ask])
    return await _not_for_own(
        desk, presser, computer_id, judged, partial(could_instead, desk, presser, ask, tree)
    )


async def _not_for_own(
    desk: Desk, presser: Presser, computer_id: str, judged: Ruling, others: Callable[[], tuple[Person, ...]]
) -> Ruling:
    if isinstance(judged.verdict, Refused) or not await _waits_for_own(desk, presser, computer_id):
        return judged
    refused = Refused(RefusalReason.OWN_REQUEST, (), judged.verdict.where, lambda: _OWN_WAITS)
    return Ruling(refused, await present(desk, presser, others()))


async def _waits_for_own(desk: Desk, presser: Presser, computer_id: str) -> bool:
    """Whether an open request of the presser's own is of this computer."""
    held = await desk.ledger.cases(await desk.ledger.case_ids_of_computer(computer_id))
    waiting = (entry.facts for stored in held.values() for entry in stored.case.open_requests)
    return any(
        facts.computer_id == computer_id
        and asked_by(presser.person, facts, presser.access, presser.user.email) is True
        for facts in waiting
    )


async def judge_running(desk: Desk, presser: Presser, mode: RunningMode, *, extends: bool = False) -> Ruling:
    """Ending or extending one: the same right as starting it. Raises PortalError.

    A mode that was started from a request is open to both doors, any other one to the computer's alone. One that
    others started is extended like a new one: not where a request of the presser's own waits.
    """
    tree = await desk.tree.current(holding=mode.organization_id)
    asks = [ask_for(presser, mode.organization_id, mode.mode, Door.COMPUTER)]
    if mode.door is Door.REQUEST:
        own = await _is_own(desk, presser, mode)
        asks.insert(0, ask_for(presser, mode.organization_id, mode.mode, Door.REQUEST, own_request=own))
    judged = await _judged(desk, presser, tree, asks)
    if not extends:
        return judged
    others = partial(could_instead, desk, presser, asks[0], tree)
    return await _not_for_own(desk, presser, mode.computer_id, judged, others)


async def _judged(desk: Desk, presser: Presser, tree: OrganizationTree, asks: list[Ask]) -> Ruling:
    """The first yes; else the no that lacks the least."""
    refusals: list[tuple[Refused, Ask]] = []
    for ask in asks:
        verdict = weigh(desk, presser, tree, ask)
        if isinstance(verdict, Allowed):
            return Ruling(verdict)
        refusals.append((verdict, ask))
    refused, ask = min(refusals, key=lambda each: (not each[0].missing, len(each[0].missing)))
    return Ruling(refused, await present(desk, presser, could_instead(desk, presser, ask, tree)))


async def _is_own(desk: Desk, presser: Presser, mode: RunningMode) -> bool | None:
    """Whether the request that it answers is the presser's own; not known counts as yes."""
    stored = await desk.ledger.case(mode.case_id)
    entry = stored.case.entry(mode.request_id) if stored else None
    return (
        True if entry is None else asked_by(presser.person, entry.facts, presser.access, presser.user.email)
    )


Send = Callable[[], Awaitable[None]]
"""Performs the write exactly once; raises PortalError."""
Recorded = StoredMode | NotFree[None]
"""The mode with the intent in it; or nothing, and the presser has been told why."""


def attempt_of(
    desk: Desk,
    press: Press,
    presser: Presser,
    verdict: Allowed,
    judged_at: datetime,
    *,
    does: ModeDoing,
    until: datetime | None,
    because: str,
) -> ModeAttempt:
    """The intent, to be recorded before anything is sent."""
    return ModeAttempt(
        attempt_id=new_id("a"),
        press_id=press.press_id,
        does=does,
        actor=actor_of(presser.person, press),
        until=until,
        because=because,
        rests_on=tuple(map(str, verdict.rests_on)),
        access_generation=presser.access.generation,
        recorded_at=desk.now(),
        not_after=judged_at + desk.rules.decisions.send_within,
    )


async def carry_out(
    desk: Desk,
    press: Press,
    presser: Presser,
    attempt: ModeAttempt,
    *,
    record: Callable[[], Awaitable[Recorded]],
    send: Send,
) -> None:
    """Record the attempt, send it, read it back; the presser is answered on the way. Raises StandpointMoved."""
    too_late = answers.refused(attempting.TOO_LATE)
    write = Write(
        attempt_id=attempt.attempt_id,
        not_after=attempt.not_after,
        counted_as=f"mode_{attempt.does.value}",
        too_late=partial(refuse, desk, press, "too_late", too_late, presser=presser),
        record=record,
        send=send,
        note_yes=partial(_note_yes, desk, attempt),
        look=partial(_look, desk),
        shows=partial(_shows_an_end, desk),
        settle=partial(_settle, desk, press),
        undo=partial(_undo, desk, press),
        doubt=partial(_doubt, desk, press, attempt),
    )
    await attempting.carry_out(desk, write)


def _holds(mode: RunningMode, attempt: ModeAttempt) -> bool:
    """Whether this very attempt is still outstanding."""
    return mode.attempt is not None and mode.attempt.attempt_id == attempt.attempt_id


async def _note_yes(desk: Desk, attempt: ModeAttempt, held: StoredMode) -> StoredMode:
    """Kept, since a history that shows nothing later then means something else."""

    def make(current: RunningMode) -> ModeAmendment | None:
        if not _holds(current, attempt):
            return None
        event = mode_event("mode_write_answered", current, facts={"attempt_id": attempt.attempt_id})
        answered = attempt.model_copy(update={"answered": True})
        return ModeAmendment(current.model_copy(update={"attempt": answered}), [event], is_shown=False)

    return await amend_mode(desk, held.mode.mode_id, make, known=held) or held


async def _look(desk: Desk, held: StoredMode) -> Look:
    return await look(desk, held.mode)


def _shows_an_end(desk: Desk, held: StoredMode, seen: Look) -> bool:
    """Whether the history says what became of the attempt: its effect, or that the mode is over without it."""
    return after_look(held.mode, seen, desk.rules).mode.attempt is None


async def _settle(desk: Desk, press: Press, held: StoredMode, seen: Look) -> None:
    await settle(desk, held.mode.mode_id, seen, press=press, known=held)


async def _undo(desk: Desk, press: Press, held: StoredMode, seen: Look, refusal: PortalError) -> None:
    await settle(desk, held.mode.mode_id, seen, press=press, known=held, refused=refusal_of(refusal))


async def _doubt(desk: Desk, press: Press, attempt: ModeAttempt, held: StoredMode, doubt: Doubt) -> None:
    """Left open, and the clock asks again. What it has found out meanwhile already stands."""

    def make(current: RunningMode) -> ModeAmendment:
        if not _holds(current, attempt):
            event = mode_event("mode_press_repeated", current, press)
            said = as_it_stands(press, current) or cards.checking(current)
        else:
            facts = {"attempt_id": attempt.attempt_id}
            event = mode_event("mode_in_doubt", current, press, facts=facts, private={"told": doubt.why})
            said = cards.checking(current) if doubt.is_sent else cards.not_sent(current, NOT_SENT)
        return ModeAmendment(current, [event], [answer(press, said)], is_shown=_holds(current, attempt))

    await amend_mode(desk, held.mode.mode_id, make, press=press, known=held)


def refusal_of(refusal: PortalError) -> str:
    """What the presser reads when the portal itself says no to a mode."""
    return refusal_sentence(refusal, otherwise="use the portal's Devices page", so="Nothing was changed.")
