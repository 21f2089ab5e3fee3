"""“Keep as an exception…”: a case is handed to the escalation team, with its owner, justification, review and end."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from functools import partial
from zoneinfo import ZoneInfo

from bot.cards.case import modals
from bot.cards.case.naming import subject_name
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
    Opener,
    Presser,
    Refusal,
    Unidentified,
    actor_of,
    answer,
    begin_exception,
    case_message,
    event_of,
    exception_event,
    exception_message,
    finish,
    has_outlived,
    judged_anew,
    new_id,
    not_asked_sentence,
    not_taken,
    open_form,
    owner_told,
    press_refused,
    pressed,
    recognize,
)
from bot.exceptions.judging import judge_handing, owners_of, requestors_of
from bot.models import Actor, Case, Effect, Event, KeptException, Place, Press, Rules, Urgency
from bot.models.exceptions import ENDS_AFTER, LONGEST, REVIEW_AFTER
from bot.portal import PortalError
from bot.rules.figures import UnusualOutcome, outcomes_in
from bot.rules.typed import VALIDATED_LETTERS, says
from permissions import OrganizationTree, Person

NEEDS_WORDS = "Say in a sentence why; an exception without its justification is none."
_CHOOSE = "Choose the day."


@dataclass(frozen=True, slots=True)
class Dates:
    """Both days, each to its last second."""

    review_at: datetime
    ends_at: datetime


def dates_of(values: Mapping[str, str], rules: Rules, now: datetime) -> Dates | dict[str, str]:
    """The days that were chosen, in the house's own time zone; or block id and sentence of what has to be mended."""
    review, end = (_end_of(values.get(one, ""), rules) for one in (ids.REVIEW_BLOCK, ids.ENDS_BLOCK))
    faults = {
        block: _CHOOSE for block, at in ((ids.REVIEW_BLOCK, review), (ids.ENDS_BLOCK, end)) if at is None
    }
    if review is None or end is None:
        return faults
    if end <= now:
        faults[ids.ENDS_BLOCK] = "Its end has to be in the future."
    elif end - now > LONGEST:
        faults[ids.ENDS_BLOCK] = f"It ends within {LONGEST.days} days; it can be justified anew before."
    if review <= now:
        faults[ids.REVIEW_BLOCK] = "Its review has to be in the future."
    elif review > end:
        faults[ids.REVIEW_BLOCK] = "Its review has to come before its end."
    return faults or Dates(review, end)


def missing(
    callback_id: str, values: Mapping[str, str], rules: Rules, now: datetime | None = None
) -> dict[str, str]:
    """What a form of an exception lacks, field by field; without `now` no day is held against the clock."""
    found = (
        {} if says(values.get(ids.REASON_BLOCK, ""), VALIDATED_LETTERS) else {ids.REASON_BLOCK: NEEDS_WORDS}
    )
    if callback_id == ids.EXCEPTION_VIEW and not values.get(ids.OWNER_BLOCK):
        found[ids.OWNER_BLOCK] = "Choose who answers for it."
    if callback_id == ids.EXCEPTION_CLOSE_VIEW:
        return found
    days = dates_of(values, rules, now) if now else {}
    return found | (days if isinstance(days, dict) else {})


def _end_of(text: str, rules: Rules) -> datetime | None:
    try:
        chosen = date.fromisoformat(text)
        return datetime.combine(chosen, time(23, 59, 59), ZoneInfo(rules.escalation.zone)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


TEAM = "the escalation team"
REDACTED = "Its names were removed when the retention time was over, so it cannot be kept as an exception."
NO_OWNER = "Nobody who may decide such requests there could answer for it, apart from who asked for it."
NOT_THAT_OWNER = "The owner you chose may not decide such requests there (any more); nothing was kept."
KEPT_ALREADY = "It is kept as an exception already: see `/gatehouse exceptions`."


async def open_keep(desk: Desk, press: Press) -> None:
    """The form, for whoever sees the case."""
    await open_form(desk, press, forms.KEEP, _form, form="exception", excuse=_excuse)


def _excuse(error: PortalError) -> list[str]:
    return [not_asked_sentence(error), "Nothing was kept."]


async def _form(opener: Opener) -> Filled:
    desk, presser, case, tree = opener.desk, opener.presser, opener.case, await opener.tree()
    ruling = await judge_handing(desk, presser, case, tree)
    if not ruling.is_allowed:
        who = f"Who could: {', '.join(ruling.could)}." if ruling.could else ""
        view = modals.said_modal(forms.KEEP, [ruling.verdict.sentence, who])
        return Filled(view, opener.refused(ruling.refusal, "exception"))
    opened = opener.event("form_opened", {"form": "exception", "revision": case.revision})
    owners = owners_of(desk, presser, case, tree)
    closed = REDACTED if case.redacted_at is not None else "" if owners else NO_OWNER
    held = await desk.ledger.exceptions.open_in([case.organization_id])
    if any(one.kept.case_id == case.case_id for one in held):
        closed = KEPT_ALREADY
    if closed:
        return Filled(modals.said_modal(forms.KEEP, [closed]), opened)
    now = desk.now()
    named = [(one.person_id, one.name) for one in owners]
    view = forms.keep_modal(case, named, (now + REVIEW_AFTER).date(), (now + ENDS_AFTER).date())
    return Filled(view, opened)


async def submit_keep(desk: Desk, press: Press) -> None:
    """The form was submitted: judged anew, then kept in one step with its record and what is said."""
    found = await pressed(desk, press)
    if found is None:
        return
    presser, case = found
    try:
        await judged_anew(
            press,
            partial(_judge_and_keep, desk, press, presser, case),
            partial(not_done, desk, press, MOVING, case),
        )
    except PortalError as error:
        await not_done(desk, press, f"{not_asked_sentence(error)} Nothing was kept.", case)


async def _judge_and_keep(desk: Desk, press: Press, presser: Presser, case: Case) -> None:
    """On identity and grants of this very moment (P1). Raises PortalError and StandpointMoved."""
    again = await recognize(desk, press)
    if isinstance(again, Unidentified):
        refusal = Refusal(why=again.why, told=again.sentence)
        event = press_refused(press, refusal, presser=presser, case=case)
        await refused(desk, press, event, refusal)
        return
    tree = await desk.tree.current(holding=case.organization_id)
    ruling = await judge_handing(desk, again, case, tree)
    if not ruling.is_allowed:
        event = press_refused(press, ruling.refusal, presser=again, case=case)
        await refused(desk, press, event, ruling.refusal, ruling.could)
        return
    lacking = missing(ids.EXCEPTION_VIEW, press.values, desk.rules, desk.now())
    dates = dates_of(press.values, desk.rules, desk.now())
    owner = _owner(desk, press, again, case, tree)
    closed = OUTLIVED if has_outlived(desk, press) else REDACTED if case.redacted_at is not None else ""
    if closed or lacking or owner is None or not isinstance(dates, Dates):
        why = closed or " ".join(dict.fromkeys(lacking.values())) or NOT_THAT_OWNER
        await not_done(desk, press, why, case)
        return
    rests_on = [str(basis) for basis in getattr(ruling.verdict, "rests_on", ())]
    kept = _kept(desk, press, again, case, owner, dates)
    event = _opened(press, again, case, kept, rests_on)
    amendment = ExceptionAmendment(kept, (event,), _effects(desk, press, case, kept))
    if await begin_exception(desk, amendment, press, again.standpoint(press)) is not None:
        await not_done(desk, press, KEPT_ALREADY, case)
        return
    desk.metrics.exception("opened")
    for (rule, outcome), count in outcomes_in([event]).items():
        desk.metrics.unusual_settled(rule, outcome, count)


def _opened(press: Press, presser: Presser, case: Case, kept: KeptException, rests_on: list[str]) -> Event:
    facts = {
        "rests_on": rests_on,
        "access_generation": presser.access.generation,
        "spoke": case.rules_about(),
        "came_to": UnusualOutcome.EXCEPTION.value,
    }
    words = {"reason": kept.reason, "owner": kept.owner.name, "asked_by": presser.person.name}
    return exception_event(
        "exception_opened", kept, press, person_id=presser.person.person_id, facts=facts, private=words
    )


def _owner(desk: Desk, press: Press, presser: Presser, case: Case, tree: OrganizationTree) -> Person | None:
    """Who was chosen, if they may (still) answer for it."""
    chosen = press.values.get(ids.OWNER_BLOCK, "")
    return next((one for one in owners_of(desk, presser, case, tree) if one.person_id == chosen), None)


def _kept(  # noqa: PLR0917 - one use, and every part is told apart by its type
    desk: Desk, press: Press, presser: Presser, case: Case, owner: Person, dates: Dates
) -> KeptException:
    return KeptException(
        exception_id=new_id("x"),
        organization_id=case.organization_id,
        organization_name=case.organization_name,
        case_id=case.case_id,
        kind=case.kind,
        subject=subject_name(case),
        owner=Actor(person_id=owner.person_id, name=owner.name, slack_user_id=owner.slack_ids[0]),
        asked_by=actor_of(presser.person, press),
        reason=press.values.get(ids.REASON_BLOCK, "").strip(),
        opened_at=desk.now(),
        review_at=dates.review_at,
        ends_at=dates.ends_at,
        requestor_ids=requestors_of(presser, case),
    )


def _effects(desk: Desk, press: Press, case: Case, kept: KeptException) -> list[Effect]:
    """The escalation team, the owner where that is somebody else, the case's thread, and the presser hear of it."""
    said = messages.begun(kept, desk.permalink(case))
    effects = [
        exception_message(kept, f"exception:{kept.exception_id}", said),
        answer(press, messages.handed(kept)),
    ]
    if kept.owner.person_id != kept.asked_by.person_id:
        effects.append(owner_told(kept, f"exception-owner:{kept.exception_id}", messages.yours(kept)))
    if case.card is not None:
        thread = messages.in_thread(kept)
        effect_id = f"exception-thread:{kept.exception_id}"
        effects.append(case_message(case, effect_id, thread, Place.CARD, Urgency.REDRAW, in_thread=True))
    return effects


async def not_done(desk: Desk, press: Press, sentence: str, case: Case | None = None, **known: str) -> None:
    """Nothing was changed, and no right of the presser's is the reason. `known`: what the event has without a case."""
    facts: dict[str, object] = {"standing": "not_done", "press": press.name}
    event = event_of("press_answered", press, case, facts=facts, private={"told": sentence}, **known)
    await finish(desk, press, [event], [await not_taken(desk, press, answers.refused(sentence))])


async def refused(
    desk: Desk, press: Press, event: Event, refusal: Refusal, could: tuple[str, ...] = ()
) -> None:
    """The presser may not, and reads who could."""
    desk.metrics.refused(refusal.why)
    said = answers.refused(refusal.told, could, TEAM)
    await finish(desk, press, [event], [await not_taken(desk, press, said)])
