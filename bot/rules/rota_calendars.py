"""Whom the events of a calendar mean: the copy that was read, held against the people of the access file. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import islice, pairwise

from bot.models.rota_calendars import CalendarCopy, CalendarShift
from bot.models.rotas import Roster, RotaSection, Turn
from permissions import Person

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
