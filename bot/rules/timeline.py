"""A request's plan as a time line with its reasons: of one that waits, or of one that somebody only asks about.

The latter is a request that nobody made, in a line of words: `elevation, Saturday 23:00, Contoso`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from bot.models import CalendarSection, Case, FrozenPlan, RequestEntry, Rules, Step, StepKind
from bot.models.calendars import WEEKDAYS
from bot.models.rotas import ON_DUTY
from bot.rules.calendars import calendar_for
from bot.rules.kinds import traits_of
from bot.rules.plans import Arriving, armed, is_outside, is_taken_for
from bot.rules.sla import plan_of
from permissions import Kind
from permissions.grants import same_id

_SAYS: Final = {
    StepKind.REMIND: "the card says that it waits, and who has claimed it is told alone",
    StepKind.REMIND_CHANNEL: "a reminder in the channel, to {who}",
    StepKind.ESCALATE: "the ceiling: {who} called",
    StepKind.ESCALATE_NEXT: "{who} called",
    StepKind.ESCALATE_AGAIN: "{who} called again",
}


@dataclass(frozen=True, slots=True)
class Moment:
    """One line of the time line."""

    at: datetime
    says: str
    became: str = ""
    """What became of a step that was taken; empty for what is still to come."""


def advanced_because(case: Case) -> tuple[str, ...]:
    """Why a request is an advanced one; empty for one that is not."""
    count = len(case.computers)
    claim = case.claim
    reasons = (
        ("it is unusual", bool(case.rules_about()) or bool(case.unusual)),
        (f"{count} computers ask for it", count > 1),
        (
            "it was handed over",
            case.handed_over is not None or (claim is not None and claim.handed_over is not None),
        ),
    )
    return tuple(words for words, is_so in reasons if is_so)


def is_the_teams(case: Case, now: datetime, rules: Rules) -> bool:
    """Whether a case is the escalation team's now: elevation and what is advanced, in its hours."""
    if not (traits_of(case.kind).is_the_teams or advanced_because(case)):
        return False
    plans = [plan_of(entry, rules) for entry in case.open_requests]
    return any(plan.hours and not is_outside(plan, now, rules) for plan in plans)


def held_until(case: Case, now: datetime) -> datetime | None:
    """When the clock of a case starts that waits for the hours to begin; None: that of one of its requests runs."""
    starts = [entry.plan.starts_at if entry.plan is not None else None for entry in case.pending]
    ahead = [at for at in starts if at is not None and at > now]
    return min(ahead) if ahead and len(ahead) == len(starts) else None


def moments(
    clock_from: datetime, plan: FrozenPlan, steps: Sequence[Step], rules: Rules, kind: Kind
) -> tuple[Moment, ...]:
    """What happens when, from the asking on; calls after the last one that is planned are told in words."""
    begins = [Moment(clock_from, "asked; the clock starts" if plan.starts_at is None else "asked")]
    if plan.starts_at is not None:
        begins.append(Moment(plan.starts_at, "the hours begin, and the clock starts"))
    ordered = sorted(steps, key=lambda step: step.due_at)
    told = [Moment(step.due_at, _says(step, plan, rules), _became(step)) for step in ordered]
    return (*begins, *told) if is_taken_for(kind, StepKind.REMIND) else (*begins, *told[-1:])


def reasons(plan: FrozenPlan, rules: Rules, kind: Kind) -> tuple[str, ...]:
    """Why the time line is this one, in sentences."""
    because = f": {', '.join(plan.because)}" if plan.because else ""
    promise = (
        f"It is meant to be decided within {_minutes(plan.target)}; after {_minutes(plan.ceiling)} at most"
    )
    counted = f"in the open hours of the calendar {plan.calendar}" if plan.calendar else "around the clock"
    found = [f"Plan {plan.name}{because}.", f"{promise} somebody else is called.", f"Counted {counted}."]
    if plan.outside:
        found.append(f"Outside the hours of the calendar {plan.hours}, {plan.outside} is called instead.")
    if plan.night_digest:
        found.append("Outside the hours everything but the ceiling is told in one list an hour.")
    if not is_taken_for(kind, StepKind.ESCALATE_AGAIN):
        return (*found, "The portal alone decides it, so it is called for once.")
    length = plan.claim_length or rules.decisions.claim_length
    found.append(f"{_paused(plan)} A claim lapses after {_minutes(length)}.")
    pauses = [_minutes(each) for each in plan.back_off]
    ever = (
        f"every {pauses[-1]}"
        if len(pauses) == 1
        else f"{', '.join(pauses[:-1])}, and then every {pauses[-1]}"
    )
    found.append(f"After the last step the same people are called again: {ever}.")
    return tuple(found)


def first_due(case: Case) -> RequestEntry | None:
    """The open request whose ceiling comes first; None: nothing waits."""
    return min(case.open_requests, key=lambda entry: entry.due_at or entry.clock_from, default=None)


def _says(step: Step, plan: FrozenPlan, rules: Rules) -> str:
    words = _SAYS[step.kind]
    if step.kind is StepKind.REMIND_CHANNEL:
        return words.format(who=step.tier or "who has it")
    on_duty = "the approvers" if is_outside(plan, step.due_at, rules) else "the escalation team"
    who = f"whoever is on duty ({on_duty})" if step.tier in ("", ON_DUTY) else step.tier
    return words.format(who=f"{who} is")


def _became(step: Step) -> str:
    if step.taken_at is None:
        return ""
    return f"passed over: {step.skipped}" if step.skipped else "done"


def _paused(plan: FrozenPlan) -> str:
    told = (
        ("the reminder in the channel", StepKind.REMIND_CHANNEL),
        ("what comes after the ceiling, if whoever was called has it", StepKind.ESCALATE_AGAIN),
    )
    named = [words for words, kind in told if kind in plan.pauses]
    return f"A claim pauses {' and '.join(named)}; never the ceiling." if named else "A claim pauses no call."


def _minutes(span: timedelta) -> str:
    return f"{span / timedelta(minutes=1):g} min"


_TIME = re.compile(r"(?:(\d{4}-\d\d-\d\d|[a-z]+) +)?(\d{1,2}):(\d\d)")
_GUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_RISKS = ("usual", "unusual")
EXAMPLE = "elevation, Saturday 23:00, Contoso"


class NotARequest(ValueError):
    """What was typed names no request; in words, with what would."""


def explained(text: str, rules: Rules, organizations: Mapping[str, str], now: datetime) -> list[str]:
    """The time line of a request in words, and its reasons, in lines. `organizations`: ids by the names that one may
    type. Raises NotARequest."""
    parts = [part.strip() for part in text.split(",") if part.strip()]
    kind = next((found for part in parts if (found := _kind(part))), Kind.APPLICATION)
    risk = next((part.casefold() for part in parts if part.casefold() in _RISKS), "usual")
    when = next((said for part in parts if (said := _TIME.fullmatch(part.casefold()))), None)
    by = [part for part in parts if part.casefold().startswith("by ")]
    rest = [part for part in parts if not (_kind(part) or part.casefold() in _RISKS or part in by)]
    rest = [part for part in rest if not _TIME.fullmatch(part.casefold())]
    organization_id = _organization(rest, organizations)
    calendar = calendar_for(rules, organization_id)
    asked_at = _instant(when, calendar, now)
    arriving = Arriving(
        organization_id=organization_id,
        kind=kind,
        is_unusual=risk == "unusual",
        requestors=tuple(part[3:].strip() for part in by),
        clock_from=asked_at,
    )
    made = armed(rules, arriving, asked_at)
    zone = ZoneInfo(calendar.zone)
    lines = [f"{kind.value}, {risk}, {rest[0] if rest else 'any organization'} (times in {calendar.zone})"]
    lines += [
        f"  {one.at.astimezone(zone):%a %Y-%m-%d %H:%M}  {one.says}"
        for one in moments(asked_at, made.plan, made.steps, rules, kind)
    ]
    return [*lines, *(f"- {one}" for one in reasons(made.plan, rules, kind))]


def _kind(part: str) -> Kind | None:
    return next(
        (kind for kind in Kind if kind.value.replace("_", " ") == part.casefold().replace("_", " ")), None
    )


def _organization(named: list[str], organizations: Mapping[str, str]) -> str:
    if not named:
        return ""
    if len(named) > 1:
        raise NotARequest(
            f"“{named[0]}” and “{named[1]}” are both taken for an organization. Write a kind ({_kinds()}), a time, one "
            f"organization, usual or unusual, and “by” an account, with commas between: {EXAMPLE}"
        )
    known = {name.casefold(): each for name, each in organizations.items()}
    if _GUID.fullmatch(named[0].casefold()):
        return same_id(named[0])
    found = known.get(named[0].casefold())
    if found is None:
        told = f"It knows {', '.join(sorted(organizations))}" if organizations else "It knows none by name"
        raise NotARequest(
            f"No organization is called “{named[0]}” in the access file. {told}; an id will do as well. For example: "
            f"{EXAMPLE}"
        )
    return same_id(found)


def _kinds() -> str:
    return ", ".join(kind.value for kind in Kind)


_REACHES = timedelta(days=36500)


def _instant(said: re.Match[str] | None, calendar: CalendarSection, now: datetime) -> datetime:
    """The next time that the words fit, on the calendar's wall; now where there are none."""
    if said is None:
        return now
    day, hour, minute = said.groups()
    zone = ZoneInfo(calendar.zone)
    today = now.astimezone(zone).date()
    try:
        at = time(int(hour), int(minute))
        on = _day_of(day, today) if day else today
    except (ValueError, StopIteration):
        raise NotARequest(
            f"“{said[0]}” is no time; write it like “Saturday 23:00”, “2026-12-24 09:30” or “23:00”"
        ) from None
    if abs(on - today) > _REACHES:
        raise NotARequest(f"“{said[0]}” is more than a hundred years away; no plan reaches so far")
    return datetime.combine(on, at, zone)


def _day_of(said: str, today: date) -> date:
    """A day as it was written, or the next one of that name. ValueError, StopIteration: there is none."""
    if said[0].isdigit():
        return datetime.fromisoformat(said).date()
    wanted = WEEKDAYS.index(next(each for each in WEEKDAYS if said.startswith(each)))
    return today + timedelta(days=(wanted - today.weekday()) % 7)
