"""How long requests waited, as an answer in Slack and as text and CSV for a terminal: the same figures in one order."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from bot.audit import inert
from bot.cards.kit import limits
from bot.cards.kit.blocks import Rendered, rich, table
from bot.cards.kit.limits import Block
from bot.cards.kit.words import Line, Run, as_plain, as_text, moment, raw, say, strong
from bot.models import Verb
from bot.rules.figures import Figures
from bot.rules.timing import Report, Spread, Waited

_LATE_SHOWN = 10
_ROWS_SHOWN = 12
"""Late requests, organizations and hours that are listed (our choice); the rest is counted."""
_TABLED = 24
"""Kinds, organizations and hours each in the table (our choice): all hours of a day have room."""

Names = Callable[[str], str]
"""The name of an organization by its id."""


def timing_report(
    report: Report, names: Names, *, began: datetime | None = None, figures: Figures | None = None
) -> Rendered:
    """The whole report, with how the requests are spread as a table. `began`: the record was read back to here only, so
    what was asked before is not in it. `figures`: what else is told of the span."""
    told = list(_told(report, names, began, figures))
    spread = _groups(report, names)
    body = [rich(told), *([_table(spread)] if spread else [])]
    limits.check_payload("message", body)
    return Rendered(text=as_text([*told, *_group_lines(spread)]), blocks=body)


def timing_text(report: Report, names: Names, *, figures: Figures | None = None) -> str:
    """The same as plain text."""
    return as_plain([*_told(report, names, None, figures), *_group_lines(_groups(report, names))]) + "\n"


def _told(report: Report, names: Names, began: datetime | None, figures: Figures | None) -> Iterator[Line]:
    yield from _lines(report, names, began)
    if figures is not None:
        yield from _shadow(figures, names)
        yield from _work(figures)


def week_words(report: Report) -> str:
    """The same in one line of numbers and our own words, for a tile."""
    if not report.requests:
        return "Nobody asked for anything. /gatehouse sla tells more."
    parts = [f"{len(report.requests)} requests"]
    parts += [f"half decided within {_span_words(report.to_decision.median)}"] if report.to_decision else []
    parts += [f"{_span_words(span)}: {kept} of {of}{_percent(kept, of)}" for span, kept, of in report.within]
    parts.append(f"{len(report.late)} late")
    return f"{' · '.join(parts)}. /gatehouse sla tells each of them."


def timing_csv(report: Report) -> str:
    """One line a request, times in UTC, spans in whole seconds. Ids are the portal's own: no cell is a formula."""
    out = io.StringIO()
    table = csv.writer(out, lineterminator="\n")
    table.writerow(
        (
            *("request", "case", "organization", "kind", "asked", "seen", "looked", "ended"),
            *("noticed", "decided", "portal_timer", "seconds"),
        )
    )
    for one in report.requests:
        took = one.to_decision
        times = (one.asked_at, one.seen_at, one.looked_at, one.ended_at, one.noticed_at)
        table.writerow(
            (
                *map(inert, (one.request_id, one.case_id, one.organization_id, one.kind)),
                *(f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}" if at else "" for at in times),
                *(one.decided, one.timer_s or ""),
                "" if took is None else round(took.total_seconds()),
            )
        )
    return out.getvalue()


def _lines(report: Report, names: Names, began: datetime | None) -> Iterator[Line]:
    yield [
        strong("How long requests waited"),
        say(", asked from "),
        moment(report.since),
        say(" to "),
        moment(report.until),
    ]
    if began is not None:
        yield [
            say("The record was read back to "),
            moment(began),
            say(" only; older requests are missing here."),
        ]
    if not report.requests:
        yield [say("Nobody asked for anything in this span.")]
        return
    yield [say(_counts(report))]
    yield [strong("To the decision: "), say(_spread_words(report.to_decision))]
    yield [strong("To the first look: "), say(_spread_words(report.to_look))]
    for span, kept, of in report.within:
        yield [strong(f"Within {_span_words(span)}: "), say(f"{kept} of {of}{_percent(kept, of)}")]
    yield from _seen_late(report)
    if report.timers:
        same = report.timers - report.timers_differ
        yield [say(f"The portal's own timer tells the same within a minute for {same} of {report.timers}.")]
    yield from _late(report, names)


def _seen_late(report: Report) -> Iterator[Line]:
    """By how much the figures are off because Gatehouse looks now and then, where that is a minute or more."""
    if report.unseen >= timedelta(minutes=1):
        late = (
            f"{report.seen_late} of {len(report.requests)} were seen a minute or more after they were asked"
        )
        yield [
            say(f"{late}; up to {_span_words(report.unseen)} of it passed before Gatehouse saw a request.")
        ]
    if report.noticed >= timedelta(minutes=1):
        yield [
            say(
                f"Decisions in the portal were seen up to {_span_words(report.noticed)} after they were made."
            )
        ]


def _shadow(figures: Figures, names: Names) -> Iterator[Line]:
    """With writes off: whether the presses and the portal's people came to the same."""
    if not figures.shadow:
        return
    compared = figures.compared
    differing = [one for one in compared if not one.agrees]
    agreed = len(compared) - len(differing)
    open_yet = sum(one.decided_at is None for one in figures.shadow)
    rest = f"; {open_yet} of the requests still wait" if open_yet else ""
    yield [
        strong("Writes off: "),
        say(
            f"the press and the portal agreed in {agreed} of {len(compared)}{_percent(agreed, len(compared))}{rest}."
        ),
    ]
    for one in differing[:_LATE_SHOWN]:
        yield [
            raw(one.case_id, 40, code=True),
            say(" at "),
            raw(names(one.organization_id), 80),
            say(f": pressed {_verb(one.pressed)} "),
            moment(one.pressed_at),
            say(f", the portal {_verb(one.decided, is_done=True)}"),
        ]
    if len(differing) > _LATE_SHOWN:
        yield [say(f"and {len(differing) - _LATE_SHOWN} more did not agree")]


def _verb(verb: Verb | None, *, is_done: bool = False) -> str:
    word = "approve" if verb is Verb.APPROVE else "deny"
    return f"{word}d".replace("denyd", "denied") if is_done else word


def _work(figures: Figures) -> Iterator[Line]:
    """The load without names, the rules of the unusual, proposals and exceptions."""
    if figures.decided_here:
        requests = f"{figures.decided_here} request{'' if figures.decided_here == 1 else 's'}"
        people = f"{figures.deciders} {'person' if figures.deciders == 1 else 'people'}"
        busiest = figures.busiest
        most = f", most in one hour of the week: {busiest[1]} ({busiest[0]} UTC)" if busiest else ""
        yield [strong("Decided here: "), say(f"{requests} by {people}{most}")]
    if figures.rules:
        yield [strong("Rules of the unusual, and of how many requests they were right")]
        for rule, spoke, right in figures.rules[:_ROWS_SHOWN]:
            yield [say(f"{rule}: {right} of {spoke}{_percent(right, spoke)}")]
    if figures.proposed or figures.taken or figures.declined:
        taken = f"{figures.proposed} made, {figures.taken} taken, {figures.declined} declined"
        yield [strong("Proposed policies: "), say(taken)]
    if figures.reviews_due or figures.renewed or figures.closed or figures.ended:
        told = f"{figures.reviews_due} came due, {figures.renewed} renewed"
        told += f", {figures.closed} closed, {figures.ended} ended"
        yield [strong("Reviews of exceptions: "), say(told)]


def _counts(report: Report) -> str:
    parts = [f"{report.decided} decided"]
    parts += [f"{report.in_portal} of them in the portal itself"] if report.in_portal else []
    parts += [f"{report.withdrawn} withdrawn"] if report.withdrawn else []
    parts += [f"{report.waiting} still waiting"] if report.waiting else []
    return f"{len(report.requests)} requests: {', '.join(parts)}."


def _late(report: Report, names: Names) -> Iterator[Line]:
    if not report.late:
        return
    yield [strong(f"Late: {len(report.late)}")]
    for one in report.late[:_LATE_SHOWN]:
        yield [
            raw(one.case_id, 40, code=True),
            say(" "),
            raw(one.kind.replace("_", " "), 40),
            say(" at "),
            raw(names(one.organization_id), 80),
            say(", asked "),
            moment(one.asked_at),
            say(f": {_story(one, report.until)}"),
        ]
    if len(report.late) > _LATE_SHOWN:
        yield [say(f"and {len(report.late) - _LATE_SHOWN} more")]


def _story(one: Waited, now: datetime) -> str:
    took = _span_words((one.ended_at or now) - one.asked_at)
    looked = (
        f", first looked at after {_span_words(one.to_look)}"
        if one.to_look is not None
        else ", nobody looked"
    )
    unseen = one.seen_at - one.asked_at
    seen = f", seen after {_span_words(unseen)}" if unseen >= timedelta(minutes=1) else ""
    return (
        f"decided {one.decided} after {took}{looked}{seen}"
        if one.decided
        else f"waiting for {took}{looked}{seen}"
    )


@dataclass(frozen=True, slots=True)
class _Group:
    """How the requests are spread over one thing: each row a name, how many, and how many of them late."""

    title: str
    rows: Sequence[tuple[Run, int, int]]


def _groups(report: Report, names: Names) -> list[_Group]:
    """What has a single row says nothing that is not said already."""
    found = [
        _Group(
            "By kind",
            [(raw(kind.replace("_", " "), 80), count, late) for kind, count, late in report.by_kind],
        ),
        _Group(
            "By organization",
            [(raw(names(one), 80), count, late) for one, count, late in report.by_organization],
        ),
        _Group(
            "By hour of asking (UTC)",
            [(say(f"{hour}:00"), count, late) for hour, count, late in report.by_hour],
        ),
    ]
    return [group for group in found if len(group.rows) > 1]


def _table(groups: Sequence[_Group]) -> Block:
    rows: list[list[Line]] = []
    for group in groups:
        rows.append([[strong(group.title)], [strong("Requests")], [strong("Late")]])
        rows += [[[name], [say(str(count))], [say(str(late))]] for name, count, late in group.rows[:_TABLED]]
        if rest := group.rows[_TABLED:]:
            more = (sum(count for _, count, _ in rest), sum(late for _, _, late in rest))
            rows.append([[say(f"{len(rest)} more")], *([say(str(each))] for each in more)])
    return table(rows, numbers_from=1)


def _group_lines(groups: Iterable[_Group]) -> Iterator[Line]:
    """The same as lines."""
    for group in groups:
        yield [strong(group.title)]
        for name, count, late in group.rows[:_ROWS_SHOWN]:
            yield [name, say(f": {count}" + (f", {late} late" if late else ""))]
        if rest := group.rows[_ROWS_SHOWN:]:
            yield [say(f"and {sum(count for _, count, _ in rest)} in {len(rest)} more")]


def _spread_words(spread: Spread | None) -> str:
    if spread is None:
        return "no figure yet"
    mean, median, p90, p99 = map(_span_words, (spread.mean, spread.median, spread.p90, spread.p99))
    return f"{mean} on average; half within {median}, 90 % within {p90}, 99 % within {p99}"


def _span_words(span: timedelta) -> str:
    seconds = round(span.total_seconds())
    if seconds < 60:
        return f"{seconds} s"
    if seconds < 3600:
        minutes, rest = divmod(seconds, 60)
        return f"{minutes} min" + (f" {rest} s" if rest else "")
    hours, rest = divmod(seconds, 3600)
    return f"{hours} h {rest // 60} min"


def _percent(kept: int, of: int) -> str:
    # Rounded down: "100 %" is only what it says.
    return f" ({100 * kept // of} %)" if of else ""
