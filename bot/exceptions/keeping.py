"""“Renew…” and “Close…” under an exception: judged at the press, recorded, told."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial

from bot.cards.case import modals
from bot.cards.forms import exception_forms as forms
from bot.cards.kit import ids
from bot.cards.messages import answers
from bot.cards.messages import exceptions as messages
from bot.desk import (
    MOVING,
    OUTLIVED,
    Desk,
    ExceptionAmendment,
    Filled,
    Presser,
    Refusal,
    Ruling,
    Unidentified,
    actor_of,
    amend_exception,
    answer,
    event_of,
    exception_event,
    exception_message,
    finish,
    has_outlived,
    identify,
    judged_anew,
    loading,
    not_asked_sentence,
    recognize,
    show_form,
)
from bot.exceptions.handing import Dates, dates_of, missing, not_done, refused
from bot.exceptions.judging import judge_closing, judge_renewing, refusal_event
from bot.models import Event, KeptException, Press, Renewal
from bot.models.exceptions import ENDS_AFTER, REVIEW_AFTER, closed, renewed
from bot.portal import PortalError
from permissions import OrganizationTree

UNKNOWN = "This exception is from before the records that are kept."
CHANGED = "It has changed since the form was opened. Open it again; nothing was changed."
_Judge = Callable[[Desk, Presser, KeptException, OrganizationTree], Awaitable[Ruling]]


@dataclass(frozen=True, slots=True)
class _Way:
    """One thing that can be done to an exception."""

    title: str
    view_id: str
    judge: _Judge


_RENEW = _Way(forms.RENEW, ids.EXCEPTION_RENEW_VIEW, judge_renewing)
_CLOSE = _Way(forms.CLOSE, ids.EXCEPTION_CLOSE_VIEW, judge_closing)


async def open_renew(desk: Desk, press: Press) -> None:
    """“Renew…”: with its days as they would be from now on."""
    await _open(desk, press, _RENEW)


async def open_close(desk: Desk, press: Press) -> None:
    """“Close…”: for its owner, and whoever may decide such requests there."""
    await _open(desk, press, _CLOSE)


async def submit_renew(desk: Desk, press: Press) -> None:
    """Justified anew, with new days."""
    await _submit(desk, press, _RENEW)


async def submit_close(desk: Desk, press: Press) -> None:
    """Not needed any more, and why."""
    await _submit(desk, press, _CLOSE)


async def _open(desk: Desk, press: Press, way: _Way) -> None:
    presser = await identify(desk, press)
    kept = await _exception_of(desk, press) if presser else None
    if presser is None or kept is None:
        return

    async def fill() -> Filled:
        return await _filled(desk, press, presser, kept, way)

    def not_asked(error: PortalError) -> Filled:
        facts: dict[str, object] = {"why": type(error).__name__, "form": way.view_id}
        event = _event(press, presser, kept, "form_not_opened", facts, told=str(error))
        return Filled(
            modals.said_modal(way.title, [not_asked_sentence(error), "Nothing was changed."]), event
        )

    asked = event_of("form_asked_for", press, facts={"form": way.view_id})
    await show_form(
        desk, press, asked, loading(desk, press, forms.loading_modal(way.title, kept)), fill, not_asked
    )


async def _filled(desk: Desk, press: Press, presser: Presser, kept: KeptException, way: _Way) -> Filled:
    """The form, or why not and who could. Raises PortalError."""
    ruling = await way.judge(desk, presser, kept, await desk.tree.current(holding=kept.organization_id))
    if not ruling.is_allowed:
        who = f"Who could: {', '.join(ruling.could)}." if ruling.could else ""
        view = modals.said_modal(way.title, [ruling.verdict.sentence, who])
        return Filled(view, refusal_event(press, ruling.refusal, presser, kept))
    facts: dict[str, object] = {"form": way.view_id, "revision": kept.revision}
    opened = _event(press, presser, kept, "form_opened", facts)
    if not kept.is_open:
        return Filled(modals.said_modal(way.title, [messages.standing_words(kept)]), opened)
    if way is _CLOSE:
        return Filled(forms.close_modal(kept), opened)
    review, end = desk.now() + REVIEW_AFTER, desk.now() + ENDS_AFTER
    return Filled(forms.renew_modal(kept, review.date(), end.date()), opened)


async def _submit(desk: Desk, press: Press, way: _Way) -> None:
    presser = await identify(desk, press)
    kept = await _exception_of(desk, press) if presser else None
    if presser is None or kept is None:
        return
    try:
        await judged_anew(
            press,
            partial(_judge_and_change, desk, press, presser, kept, way),
            partial(_not_done, desk, press, kept, MOVING),
        )
    except PortalError as error:
        await _not_done(desk, press, kept, f"{not_asked_sentence(error)} Nothing was changed.")


async def _judge_and_change(
    desk: Desk, press: Press, presser: Presser, kept: KeptException, way: _Way
) -> None:
    """On identity and grants of this very moment (P1). Raises PortalError and StandpointMoved."""
    again = await recognize(desk, press)
    if isinstance(again, Unidentified):
        refusal = Refusal(why=again.why, told=again.sentence)
        await refused(desk, press, refusal_event(press, refusal, presser, kept), refusal)
        return
    ruling = await way.judge(desk, again, kept, await desk.tree.current(holding=kept.organization_id))
    if not ruling.is_allowed:
        event = refusal_event(press, ruling.refusal, again, kept)
        await refused(desk, press, event, ruling.refusal, ruling.could)
        return
    lacking = missing(way.view_id, press.values, desk.rules, desk.now())
    closed_because = OUTLIVED if has_outlived(desk, press) else " ".join(dict.fromkeys(lacking.values()))
    if closed_because:
        await _not_done(desk, press, kept, closed_because)
        return
    rests_on = [str(basis) for basis in getattr(ruling.verdict, "rests_on", ())]

    def make(current: KeptException) -> ExceptionAmendment | None:
        if not current.is_open or current.revision != press.revision:
            return None
        return _amended(desk, press, again, current, way, rests_on)

    standpoint = again.standpoint(press)
    after = await amend_exception(desk, kept.exception_id, make, press=press, judged_on=standpoint)
    if after is None:
        await _came_too_late(desk, press, kept)
        return
    desk.metrics.exception("closed" if way is _CLOSE else "renewed")


def _amended(  # noqa: PLR0917 - one use, and every part is told apart by its type
    desk: Desk, press: Press, presser: Presser, kept: KeptException, way: _Way, rests_on: list[str]
) -> ExceptionAmendment:
    """The exception after the press, its event, and who hears of it."""
    actor, reason = actor_of(presser.person, press), press.values.get(ids.REASON_BLOCK, "").strip()
    dates = dates_of(press.values, desk.rules, desk.now())
    if way is _RENEW and isinstance(dates, Dates):
        renewal = Renewal(
            by=actor, at=desk.now(), reason=reason, review_at=dates.review_at, ends_at=dates.ends_at
        )
        after, name = renewed(kept, renewal), "exception_renewed"
        told, done = messages.renewed(after), "Renewed: its next review and its end stand in the record."
    else:
        after, name = closed(kept, actor, reason, desk.now()), "exception_closed"
        told, done = messages.closed(after), "Closed. Nothing was changed in the portal."
    facts = {"rests_on": rests_on, "access_generation": presser.access.generation}
    event = exception_event(
        name,
        after,
        press,
        person_id=presser.person.person_id,
        facts=facts,
        private={"reason": reason, "by": actor.name},
    )
    effect_id = f"{name}:{press.press_id}"
    return ExceptionAmendment(
        after,
        (event,),
        (exception_message(after, effect_id, told), answer(press, answers.said(done))),
    )


async def _came_too_late(desk: Desk, press: Press, kept: KeptException) -> None:
    """Somebody was faster, or the press is answered already."""
    stored = await desk.ledger.exceptions.read(kept.exception_id)
    current = stored.kept if stored else kept
    await _not_done(desk, press, kept, CHANGED if current.is_open else messages.standing_words(current))


async def _exception_of(desk: Desk, press: Press) -> KeptException | None:
    """The exception that a button or a form names; None: the presser is told and the press finished."""
    stored = await desk.ledger.exceptions.read(press.case_id)
    if stored is not None:
        return stored.kept
    await finish(desk, press, [event_of("press_unknown_case", press)], [answer(press, answers.said(UNKNOWN))])
    return None


def _event(  # noqa: PLR0917 - one use, and every part is told apart by its type
    press: Press, presser: Presser, kept: KeptException, name: str, facts: dict[str, object], told: str = ""
) -> Event:
    return event_of(
        name,
        press,
        None,
        case_id=kept.exception_id,
        organization_id=kept.organization_id,
        person_id=presser.person.person_id,
        facts=facts,
        private={"told": told} if told else {},
    )


async def _not_done(desk: Desk, press: Press, kept: KeptException, sentence: str) -> None:
    await not_done(desk, press, sentence, case_id=kept.exception_id, organization_id=kept.organization_id)
