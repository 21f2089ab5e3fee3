"""Who is on call, until when, who comes next, the coming week of each tier that has a rota, and changes of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from bot.cards.kit import ids, limits
from bot.cards.kit.blocks import Rendered, actions, button, header, menu, message, option, rich, table
from bot.cards.kit.limits import Block
from bot.cards.kit.words import Line, as_text, listed, moment, raw, say, strong, user_group
from bot.models import DutyChange, SwapOffer
from bot.models.rotas import OnCall
from bot.rules.rotas import Day, Spell

ROWS_SHOWN = 21
"""Spells of a tier's week that are listed (our choice: three a day); the rest is counted."""
_PEOPLE_SHOWN = 10
_WEEK = timedelta(days=7)

PersonNames = Callable[[str], str]
"""The name of a person by their key in the access file."""


def on_call_answer(tiers: Sequence[tuple[str, Sequence[Spell]]], names: PersonNames) -> Rendered:
    """Each tier with who is on call for it from now on, spell after spell; there is at least one."""
    return message([line for tier, spells in tiers for line in _tier(tier, spells, names)])


_NAME = 40
"""Characters of a name in the table (our choice): a cell wraps, and a row should stay one."""
_TIERS = 10
"""Tiers in the table of one answer, and on App Home (our choice); the others are asked for by name."""


@dataclass(frozen=True, slots=True)
class Week:
    """The coming days of a tier, by the clock of one zone."""

    tier: str
    zone: ZoneInfo
    today: date
    days: Sequence[Day]


_Row = tuple[Line, Line, Line]
"""Day, from when, who."""


def week_answer(weeks: Sequence[Week], names: PersonNames, now: Sequence[Line] = ()) -> Rendered:
    """Days × who, as one table with a head for each tier: Slack takes one table a message. `now`: who is on call at
    this moment, in the reader's own zone."""
    lines, cells, shown = [*now], list[_Row](), weeks[:_TIERS]
    for number, week in enumerate(shown):
        # What a tier before it left of the table's rows is the others' as well.
        room = (limits.TABLE_ROWS - len(cells)) // (len(shown) - number)
        rows = [row for day in week.days for row in _rows(day, week, names)]
        cells += [_head(week), *_within(rows, room - 1, week.tier)]
        lines.append([strong(week.tier), say(f", by the clock of {week.zone.key}")])
        lines += [[*day, say(", "), *since, say(": "), *who] for day, since, who in rows]
    more: list[Line] = []
    if len(weeks) > _TIERS:
        hint = f"… and {len(weeks) - _TIERS} more; name the tier, as in /gatehouse oncall <tier> week"
        more.append([say(hint)])
    body = [*([rich(now)] if now else []), table(cells, numbers_from=3), *([rich(more)] if more else [])]
    limits.check_payload("message", body)
    return Rendered(text=as_text([*lines, *more]), blocks=body)


def _head(week: Week) -> _Row:
    return [strong(week.tier)], [strong(f"From ({week.zone.key})")], [strong("On call")]


def _rows(day: Day, week: Week, names: PersonNames) -> Iterator[_Row]:
    """One row for each change of the day. The day stands in each, so that none means anything by its place alone."""
    mark = " (today)" if day.on == week.today else ""
    for each in day.spells:
        since = f"{each.starts.astimezone(week.zone):%H:%M}" if len(day.spells) > 1 else "all day"
        yield [say(f"{day.on:%a} {day.on.day} {day.on:%b}{mark}")], [say(since)], _cell(each.found, names)


def _within(rows: Sequence[_Row], room: int, tier: str) -> Sequence[_Row]:
    """As many as there is room for; the last one counts the others."""
    if len(rows) <= room:
        return rows
    kept = rows[: room - 1]
    left: Line = [say(f"… {len(rows) - len(kept)} more changes")]
    return [*kept, (left, [say("/gatehouse oncall")], [raw(tier, _NAME)])]


def _cell(found: OnCall, names: PersonNames) -> Line:
    if found.is_nobody:
        return [say("nobody")]
    if len(found.people) == 1 and not found.user_group_id:
        return [raw(names(found.people[0]), _NAME)]
    return [say("the whole tier")]


def now_lines(tiers: Sequence[tuple[str, Sequence[Spell]]], names: PersonNames) -> list[Line]:
    """Of each tier a line: who is on call now, until when, and who comes next."""
    return [_now(tier, spells, names) for tier, spells in tiers]


def home_section(
    tiers: Sequence[tuple[str, Sequence[Spell]]], names: PersonNames, *, with_forms: bool
) -> list[Block]:
    """The same on App Home."""
    lines = now_lines(tiers[:_TIERS], names)
    if len(tiers) > _TIERS:
        lines.append([say(f"… and {len(tiers) - _TIERS} more: /gatehouse oncall")])
    return [header("On call"), rich(lines), *([duty_buttons()] if with_forms else [])]


def _now(tier: str, spells: Sequence[Spell], names: PersonNames) -> Line:
    now, *later = spells
    return [strong(f"{tier}: "), *_who(now.found, names), *_until(now, later, names)]


def _tier(tier: str, spells: Sequence[Spell], names: PersonNames) -> Iterator[Line]:
    now, *later = spells
    yield _now(tier, spells, names)
    if not later:
        return
    week = [each for each in spells if each.starts < now.starts + _WEEK]
    for each in week[:ROWS_SHOWN]:
        yield [
            say("· "),
            _from(each, now.starts),
            say(" until "),
            moment(each.ends),
            say(": "),
            *_who(each.found, names),
        ]
    if len(week) > ROWS_SHOWN:
        yield [say(f"… and {len(week) - ROWS_SHOWN} more changes in this week.")]


def _from(spell: Spell, now: datetime) -> dict[str, object]:
    return say("now") if spell.starts == now else moment(spell.starts)


def _until(now: Spell, later: Sequence[Spell], names: PersonNames) -> Line:
    if not later:
        return []
    return [say(", until "), moment(now.ends), say("; then "), *_who(later[0].found, names)]


def _who(found: OnCall, names: PersonNames) -> Line:
    if found.is_channel_alone:
        return [say("whoever reads its channel")]
    if found.is_nobody:
        return [say("nobody, so the next tier is called")]
    group = [user_group(found.user_group_id)] if found.user_group_id else []
    people = listed([names(each) for each in found.people], limit=_PEOPLE_SHOWN) if found.people else []
    return [*group, *([say(", ")] if group and people else []), *people]


_ODD_TOLD = 5
"""Odd events that one message names (our choice)."""


def calendar_stale(rota: str, since: datetime, why: str, copy_of: datetime | None) -> Rendered:
    """One alert: a rota's calendar cannot be read, and what is used meanwhile."""
    head: Line = [strong("The calendar of the rota "), raw(rota, 40, code=True), strong(" cannot be read")]
    lines: list[Line] = [[*head, say(" since "), moment(since), say(": "), raw(why, 200), say(".")]]
    if copy_of is None:
        lines.append([say("It was never read, so nobody of this rota is on call; the next tier is called.")])
    else:
        lines.append(
            [say("The copy of "), moment(copy_of), say(" is used; what changed since is not known.")]
        )
    return message([*lines, [say("To mend: look at the address, [rotas.NAME] ical_url or ROTA_ICAL_URLS.")]])


def calendar_back(rota: str) -> Rendered:
    """The end of that alert."""
    return message([[say("The calendar of the rota "), raw(rota, 40, code=True), say(" is read again.")]])


def calendar_odd(rota: str, odd: Sequence[str]) -> Rendered:
    """What a rota's calendar says that means nobody, or more than it should; the rest of it counts."""
    head: Line = [
        strong("The calendar of the rota "),
        raw(rota, 40, code=True),
        strong(" says something odd."),
    ]
    lines: list[Line] = [[*head, say(" The rest of it counts.")]]
    lines += [[say("· "), raw(each, 200)] for each in odd[:_ODD_TOLD]]
    if len(odd) > _ODD_TOLD:
        lines.append([say(f"… and {len(odd) - _ODD_TOLD} more: gatehouse check names them.")])
    return message([*lines, [say("To mend: the events there, or [rotas.NAME] ical_names.")]])


# Changes from Slack

_REASON = 300
_OFFERED = limits.SELECT_OPTIONS
"""Changes of one's own that can be chosen to be taken back; all have their id."""


def changes_listed(changes: Sequence[DutyChange], person_id: str) -> Rendered:
    """What was arranged in Slack, under who is on call; those of the reader's own with the way back."""
    lines: list[Line] = [[strong("Arranged in Slack:")]]
    lines += [[*_about(each), say(f" ({each.duty_id})")] for each in changes[:ROWS_SHOWN]]
    if len(changes) > ROWS_SHOWN:
        lines.append([say(f"… and {len(changes) - ROWS_SHOWN} more.")])
    own = [each for each in changes if _may_be_theirs(each, person_id)][:_OFFERED]
    if not own:
        return message(lines)
    if len(own) == 1:
        return message(lines, [_take_back(own[0].duty_id)])
    options = [option(f"{each.duty_id}: {each.rota or 'out of office'}", each.duty_id) for each in own]
    chosen = menu(ids.DUTY_DROP, options, placeholder="Take back…")
    return message(lines, [actions([chosen], ids.DUTY_ACTIONS_BLOCK)])


def _may_be_theirs(change: DutyChange, person_id: str) -> bool:
    """Whether somebody arranged it, or is one of the two of its swap; the press is judged anew."""
    return person_id == change.by.person_id or (bool(change.swap_id) and person_id == change.person_id)


def duty_buttons() -> Block:
    """The forms of whoever stands on a rota; each submission is judged anew."""
    made = [
        button(ids.DUTY_TAKE, "Take over…", "take"),
        button(ids.DUTY_SWAP, "Swap…", "swap"),
        button(ids.DUTY_AWAY, "Out of office…", "away"),
    ]
    return actions(made, ids.DUTY_FORMS_BLOCK)


def duty_changed(change: DutyChange, before: Sequence[str] = ()) -> Rendered:
    """Announced, and told to everybody concerned. `before`: the names of those who had the turn."""
    return message(_changed(change, before))


def duty_answer(change: DutyChange, before: Sequence[str] = (), notes: Sequence[str] = ()) -> Rendered:
    """The same to whoever ordered it, with what they should know and the way back."""
    said = [[say(each)] for each in notes]
    return message([*_changed(change, before), *said], [_take_back(change.duty_id)])


def duty_dropped(taken: Sequence[DutyChange], by: str, reason: str) -> Rendered:
    """Changes were taken back; what they stood over counts again."""
    lines: list[Line] = [
        [raw(by, 80), say(" took back: "), *_about(each), say(". What it stood over counts again.")]
        for each in taken
    ]
    return message([*lines, *_because(reason)])


def which_to_drop(own: Sequence[DutyChange]) -> Rendered:
    """`oncall drop` without an id, where that names nothing or several."""
    if not own:
        return message([[say("You have changed nothing of your own duty that could be taken back.")]])
    lines: list[Line] = [[say("Which one? Name its id:")]]
    lines += [
        [raw(f"/gatehouse oncall drop {each.duty_id}", 60, code=True), say(" "), *_about(each)]
        for each in own[:ROWS_SHOWN]
    ]
    return message(lines)


def swap_asked(offer: SwapOffer) -> Rendered:
    """To the one who is asked, with the buttons that answer it."""
    buttons = actions(
        [
            button(ids.SWAP_AGREE, "Agree", offer.swap_id, style="primary"),
            button(ids.SWAP_DECLINE, "No", offer.swap_id),
        ],
        ids.DUTY_ACTIONS_BLOCK,
    )
    head: Line = [
        raw(offer.by.name, 80),
        say(" offers you a swap on the rota "),
        raw(offer.rota, 80),
        say(":"),
    ]
    yours: Line = [say("you would have the turn "), *_time(offer.starts, offer.ends)]
    theirs: Line = [
        raw(offer.by.name, 80),
        say(" would have yours "),
        *_time(offer.their_starts, offer.their_ends),
    ]
    last: Line = [say("Nothing changes unless you agree.")]
    return message([head, yours, theirs, *_because(offer.reason), last], [buttons])


def swap_offered(offer: SwapOffer) -> Rendered:
    """To the one who offers."""
    last: Line = [
        raw(offer.with_name, 80),
        say(" is asked. Nothing changes unless they agree, until "),
        moment(offer.until),
    ]
    return message([[say("Offered: "), *_exchanged(offer)], last], [_take_back(offer.swap_id)])


def swap_agreed(offer: SwapOffer) -> Rendered:
    """Announced, and told to both."""
    return message([[say("Swapped: "), *_exchanged(offer)], *_because(offer.reason)])


def swap_ended(offer: SwapOffer, by: str) -> Rendered:
    """Declined, or withdrawn: nothing has changed."""
    return message(
        [[raw(by, 80), say(" put an end to the offered swap. Nothing has changed: "), *_exchanged(offer)]]
    )


def swap_void(offer: SwapOffer) -> Rendered:
    """Agreed to, when one of the times was somebody else's already."""
    lead = "One of the two times is not theirs any more, so nothing has changed. Offer a new swap: "
    return message([[say(lead), *_exchanged(offer)]])


def swap_over(offer: SwapOffer) -> Rendered:
    """Nobody answered in time."""
    lead = " did not answer the offered swap in time, so nothing has changed: "
    return message([[raw(offer.with_name, 80), say(lead), *_exchanged(offer)]])


def _take_back(duty_id: str) -> Block:
    return actions([button(ids.DUTY_DROP, "Take back", duty_id)], ids.DUTY_ACTIONS_BLOCK)


def _changed(change: DutyChange, before: Sequence[str]) -> list[Line]:
    is_own = change.by.person_id == change.person_id
    by: Line = [] if is_own else [say(" By "), raw(change.by.name, 80), say(".")]
    had: Line = [say(" Before: "), *listed(before, limit=_PEOPLE_SHOWN), say(".")] if before else []
    return [[*_about(change), say("."), *had, *by], *_because(change.reason)]


def _about(change: DutyChange) -> Line:
    if change.is_absence:
        return [
            raw(change.person_name, 80),
            say(" is out of office "),
            *_time(change.starts, change.ends),
        ]
    return [
        raw(change.person_name, 80),
        say(" has the turn of "),
        raw(change.rota, 80),
        say(" "),
        *_time(change.starts, change.ends),
    ]


def _exchanged(offer: SwapOffer) -> Line:
    return [
        raw(offer.with_name, 80),
        say(" has the turn of "),
        raw(offer.rota, 80),
        say(" "),
        *_time(offer.starts, offer.ends),
        say(", and "),
        raw(offer.by.name, 80),
        say(" "),
        *_time(offer.their_starts, offer.their_ends),
        say("."),
    ]


def _time(starts: datetime, ends: datetime) -> Line:
    return [say("from "), moment(starts), say(" until "), moment(ends)]


def _because(reason: str) -> list[Line]:
    return [[say("Because: "), raw(reason, _REASON)]] if reason else []
