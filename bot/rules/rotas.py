"""Who is on call for a tier at an instant. Pure: everything that it depends on stands in the roster.

arranged in Slack, the newest first ──> overrides of the file ──> whose turn it is, or as its calendar says ──> the next
Each is passed over while they are out of office, by the file or by Slack. Outside of the rota's hours nobody is called.

The clock on the wall decides: a turn ends when the wall first shows the time of its hand-over, or a later one where the
wall leaps over it. In autumn, when an hour comes twice, it ends once.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from itertools import islice, pairwise
from zoneinfo import ZoneInfo

from bot.models.calendars import CalendarCopy, CalendarShift
from bot.models.given import Given
from bot.models.rotas import APPROVERS, TEAM, OnCall, Roster, RotaSection, Stretch, TierSection, Turn
from bot.models.rules import Rules
from bot.models.section import DAY
from bot.rules.calendars import boundaries, first_instant, is_open
from permissions import Person

_NEAR = timedelta(days=3)
"""Wall and instant are apart by up to 14 hours, and a zone may skip a whole day."""


@dataclass(frozen=True, slots=True)
class Spell:
    """From an instant until another the same people are on call."""

    starts: datetime
    ends: datetime
    found: OnCall


def tiers_of(rules: Rules) -> dict[str, TierSection]:
    """Every tier by its name; those of `[escalation]`, unless a table stands in their place, first."""
    groups = {TEAM: rules.escalation.team_user_group, APPROVERS: rules.escalation.approvers_user_group}
    # Without a group they are whoever reads the escalation channel, which a table has to say.
    usual = {name: TierSection.model_construct(user_group=group) for name, group in groups.items()}
    return {**usual, **rules.tiers}


def roster_of(rules: Rules, given: Given | None = None) -> Roster:
    """What the settings and what was arranged in Slack tell of who is on call: the one place that puts them together.

    Without `given` it is what the settings alone say, for who reads files only.
    """
    return Roster(tiers_of(rules), rules.rotas, rules.away, given.duty if given is not None else ())


def on_call(roster: Roster, tier: str, at: datetime) -> OnCall:
    """Who is on call for a tier at an instant. KeyError: the roster has no such tier, which the settings refuse."""
    named = roster.tiers[tier]
    for rota in named.rota:
        person = whose_turn(roster, rota, at)
        if person:
            return OnCall(people=(person,), why=f"rota {rota}")
    is_nobody = not (named.user_group or named.people)
    why = "everybody in the tier" if not named.rota else "nobody on its rota"
    return OnCall(named.user_group, named.people, why=why, is_channel_alone=is_nobody and not named.rota)


def whose_turn(roster: Roster, rota: str, at: datetime) -> str:
    """Who of a rota is on call at an instant; empty: nobody."""
    return holder(roster, rota, at) if is_open(roster.rotas[rota].calendar, at) else ""


def holder(roster: Roster, rota: str, at: datetime) -> str:
    """Who has the turn of a rota at an instant, be it within its hours or between them; empty: nobody."""
    return next((each for each in _in_turn(roster, rota, at) if not is_away(roster, rota, each, at)), "")


def spells(roster: Roster, tier: str, since: datetime, until: datetime) -> tuple[Spell, ...]:
    """Who is on call for a tier from an instant until another, without a gap between the spells."""
    changes = (one for rota in roster.tiers[tier].rota for one in _changes(roster, rota, since, until))
    return _spelled(changes, since, until, lambda at: on_call(roster, tier, at))


def turns(roster: Roster, rota: str, since: datetime, until: datetime) -> tuple[Spell, ...]:
    """Who has the turn of a rota from an instant until another, its hours aside, without a gap between the spells."""
    changes = _changes(roster, rota, since, until)

    def now(at: datetime) -> OnCall:
        person = holder(roster, rota, at)
        return OnCall(people=(person,) if person else ())

    return _spelled(changes, since, until, now)


def _spelled(
    changes: Iterable[datetime], since: datetime, until: datetime, ask: Callable[[datetime], OnCall]
) -> tuple[Spell, ...]:
    found: list[Spell] = []
    for begins, ends in pairwise(sorted({since, until, *(one for one in changes if since < one < until)})):
        now = ask(begins)
        if found and found[-1].found.people == now.people and found[-1].found.is_nobody == now.is_nobody:
            found[-1] = Spell(found[-1].starts, ends, found[-1].found)
        else:
            found.append(Spell(begins, ends, now))
    return tuple(found)


@dataclass(frozen=True, slots=True)
class Day:
    """One day of the wall, and who is on call in it."""

    on: date
    spells: tuple[Spell, ...]


def days_of(roster: Roster, tier: str, zone: ZoneInfo, first: date, count: int) -> tuple[Day, ...]:
    """Who is on call for a tier on each of so many days, cut at midnight; a day that the zone skips is left out."""
    days = []
    for day in (first + number * DAY for number in range(count)):
        begins, ends = (first_instant(datetime.combine(each, time()), zone) for each in (day, day + DAY))
        if begins < ends:
            days.append(Day(day, spells(roster, tier, begins, ends)))
    return tuple(days)


def holes(roster: Roster, tier: str, since: datetime, until: datetime) -> tuple[Spell, ...]:
    """When nobody is on call for a tier."""
    return tuple(each for each in spells(roster, tier, since, until) if each.found.is_nobody)


def _in_turn(roster: Roster, name: str, at: datetime) -> Iterator[str]:
    """Who would have the turn, the first one first: who was named for this time, whose turn it is, the next ones.

    Of turns of a calendar that overlap, the one that began last counts: a swap is laid over a week.
    """
    arranged = [each for each in roster.changed if each.rota == name and each.covers(at)]
    yield from (each.person_id for each in sorted(arranged, key=lambda each: each.at, reverse=True))
    rota = roster.rotas[name]
    zone = ZoneInfo(rota.zone)
    for stretch, person in rota.overrides.items():
        if _covers(stretch.moved(rota.day_begins), zone, at):
            yield person
    if rota.ical_url:
        now = [each for each in roster.turns.get(name, ()) if each.starts <= at < each.ends]
        yield from (one for each in sorted(now, key=_laid_over) for one in each.people)
        return
    count = _hand_overs_by(rota, at)
    if count:
        place = (count - 1) // rota.hand_overs_a_turn % len(rota.people)
        yield from (*rota.people[place:], *rota.people[:place])


def _laid_over(turn: Turn) -> tuple[float, datetime, tuple[str, ...]]:
    return (-turn.starts.timestamp(), turn.ends, turn.people)


def is_away(roster: Roster, rota: str, person: str, at: datetime) -> bool:
    """Whether somebody is out of office, by the clock of a rota where the file says so."""
    if any(each.is_absence and each.person_id == person and each.covers(at) for each in roster.changed):
        return True
    away, zone = roster.away.get(person), ZoneInfo(roster.rotas[rota].zone)
    return away is not None and any(_covers(each, zone, at) for each in away.times)


def _covers(stretch: Stretch, zone: ZoneInfo, at: datetime) -> bool:
    return first_instant(stretch.starts, zone) <= at < first_instant(stretch.ends, zone)


def _hand_overs_by(rota: RotaSection, at: datetime) -> int:
    """How many hand-overs there were by an instant, from the one on that began the rota."""
    zone = ZoneInfo(rota.zone)
    today = at.astimezone(zone).date()
    # Long ago whole weeks are counted; of the days around today each hand-over is compared, as its instant.
    near = max(today - _NEAR, rota.starts)
    around = (first_instant(each, zone) for each in _hand_overs_between(rota, near, today + _NEAR))
    return _hand_overs_before(rota, near) + sum(each <= at for each in around)


def _hand_overs_before(rota: RotaSection, day: date) -> int:
    weeks, rest = divmod((day - rota.starts).days, 7)
    first = rota.starts.weekday()
    return weeks * len(rota.hand_over) + sum((each.weekday - first) % 7 < rest for each in rota.hand_over)


def _hand_overs_between(rota: RotaSection, first: date, last: date) -> Iterator[datetime]:
    """The hand-overs on these days, as the wall shows them."""
    day = max(first, rota.starts)
    while day <= last:
        yield from (
            datetime.combine(day, time()) + each.at
            for each in rota.hand_over
            if each.weekday == day.weekday()
        )
        day += DAY


def _changes(roster: Roster, name: str, since: datetime, until: datetime) -> Iterator[datetime]:
    """Every instant at which somebody of a rota may come or go, and some more, in no order."""
    rota = roster.rotas[name]
    zone = ZoneInfo(rota.zone)
    yield from boundaries(rota.calendar, since, until)
    for turn in roster.turns.get(name, ()):
        yield turn.starts
        yield turn.ends
    for wall in _hand_overs_between(rota, (since - _NEAR).date(), (until + _NEAR).date()):
        yield first_instant(wall, zone)
    moved = (each.moved(rota.day_begins) for each in rota.overrides)
    for stretch in (*moved, *(each for away in roster.away.values() for each in away.times)):
        yield first_instant(stretch.starts, zone)
        yield first_instant(stretch.ends, zone)
    for change in roster.changed:
        yield change.starts
        yield change.ends


_TIME = re.compile(r"\d{4}-\d\d-\d\d( \d\d:\d\d)?")
_LABEL = 60
"""Characters of an event's words that a sentence repeats (our choice)."""
_OVERLAPS = 10
"""Overlaps that are named (our choice): more of them are the same mistake."""


@dataclass(frozen=True, slots=True)
class Understood:
    """The turns of a calendar, and what of it means nobody, or more than it should."""

    turns: tuple[Turn, ...]
    odd: tuple[str, ...]
    """A sentence each, with words of the calendar in it."""


@dataclass(frozen=True, slots=True)
class _Known:
    """Who is meant by an address or by words."""

    whole: Mapping[str, str]
    """Person ids by what stands there alone: addresses, names, keys, and the rota's own words for them."""
    within: tuple[tuple[re.Pattern[str], str], ...]
    """What may stand in a longer text, the longest first. Keys are no part of it: "bo" is in many words."""


def understood(section: RotaSection, copy: CalendarCopy, persons: Iterable[Person]) -> Understood:
    """Whose turn each event is. One that means nobody is left out, and named; the others stand."""
    known = _known(section, tuple(persons))
    turns: list[Turn] = []
    odd: list[str] = []
    # What comes again and again is looked at, and named, once.
    met: dict[object, tuple[str, ...]] = {}
    for shift in copy.shifts:
        words = (shift.attendees, shift.organizer, shift.summary)
        if words not in met:
            met[words], why = _meant(section, shift, known)
            odd += [why] if why else []
        if met[words]:
            turns.append(Turn(shift.starts, shift.ends, met[words]))
    turns.sort()
    return Understood(tuple(turns), (*copy.odd, *odd, *islice(_overlaps(turns), _OVERLAPS)))


def with_calendars(
    roster: Roster, copies: Mapping[str, CalendarCopy | None], persons: Iterable[Person]
) -> Roster:
    """The roster with what the calendars of its rotas say; one that was never read has nobody."""
    known = tuple(persons)
    told = {name: copy for name, copy in copies.items() if copy is not None}
    turns = {name: understood(roster.rotas[name], copy, known).turns for name, copy in told.items()}
    return replace(roster, turns=turns)


def has_changed(before: CalendarCopy | None, after: CalendarCopy) -> bool:
    """Whether somebody changed the calendar, as far as both copies tell: the later one looks further ahead."""
    if before is None:
        return True
    since, until = max(before.read_at, after.read_at), min(before.until, after.until)

    def told(copy: CalendarCopy) -> set[CalendarShift]:
        return {each for each in copy.shifts if each.ends > since and each.ends <= until}

    return told(before) != told(after) or bool(news(before.odd, after.odd) or news(after.odd, before.odd))


def news(before: Iterable[str], after: Iterable[str]) -> list[str]:
    """The sentences that tell something else than before, whatever time they name: time goes on by itself."""
    known = {_TIME.sub("", each) for each in before}
    return [each for each in after if _TIME.sub("", each) not in known]


def _known(section: RotaSection, persons: Iterable[Person]) -> _Known:
    whole: dict[str, set[str]] = {}
    within: dict[str, set[str]] = {}
    for person in persons:
        for words in (*person.emails, person.name):
            within.setdefault(_plain(words), set()).add(person.person_id)
        whole.setdefault(_plain(person.person_id), set()).add(person.person_id)
    # The rota's own words come last: they say whom an address of two people means.
    own = {_plain(words): {key} for words, key in section.ical_names.items()}
    within = {words: who for words, who in (within | own).items() if words}
    one = {words: next(iter(who)) for words, who in (whole | within | own).items() if len(who) == 1}
    longest = sorted((each for each in within if each in one), key=lambda each: (-len(each), each))
    patterns = ((re.compile(rf"(?<![\w@.-]){re.escape(each)}(?![\w@-]|\.\w)"), one[each]) for each in longest)
    return _Known(one, tuple(patterns))


def _meant(section: RotaSection, shift: CalendarShift, known: _Known) -> tuple[tuple[str, ...], str]:
    """Whose turn it is, and what is odd about it. In words that name two people the calendar's own order decides not:
    nobody is meant."""
    for part in section.ical_person:
        if part == "summary":
            found = _in_words(_plain(shift.summary), known)
            if len(found) > 1:
                return (), f"{_told(shift)} names {', '.join(found)}; name one person in it, or in ical_names"
        else:
            addresses = shift.attendees if part == "attendee" else (shift.organizer,)
            found = tuple(
                dict.fromkeys(known.whole[each] for each in map(_plain, addresses) if each in known.whole)
            )
        if len(found) > 1:
            return found, f"{_told(shift)} names {', '.join(found)}; {found[0]} has the turn"
        if found:
            return found, ""
    given = any((shift.attendees, shift.organizer, shift.summary))
    return (), f"{_told(shift)} names {'nobody of the access file' if given else 'nobody'}"


def _in_words(text: str, known: _Known) -> tuple[str, ...]:
    if text in known.whole:
        return (known.whole[text],)
    found: dict[str, None] = {}
    for pattern, person_id in known.within:
        # What was found is cut out: of two names, one may be a part of the other.
        text, times = pattern.subn("\n", text)
        if times:
            found[person_id] = None
    return tuple(found)


def _overlaps(turns: list[Turn]) -> Iterator[str]:
    for one, after in pairwise(turns):
        if after.starts < one.ends and one.people[0] != after.people[0]:
            yield (
                f"two turns overlap at {after.starts:%Y-%m-%d %H:%M} UTC ({one.people[0]}, {after.people[0]}); "
                "the one that begins later counts"
            )


def _told(shift: CalendarShift) -> str:
    words = " ".join(shift.summary.split())
    label = words[:_LABEL] + ("…" if len(words) > _LABEL else "")
    return f'the event "{label or "without words"}" of {shift.starts:%Y-%m-%d %H:%M} UTC'


def _plain(words: str) -> str:
    return " ".join(words.split()).casefold()
