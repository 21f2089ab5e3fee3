"""Who is on call, until when, who comes next, and the coming week of each tier that has a rota."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta

from bot.cards.kit.blocks import Rendered, message
from bot.cards.kit.words import Line, listed, moment, raw, say, strong, user_group
from bot.models.rotas import OnCall
from bot.rules.rotas import Spell

ROWS_SHOWN = 21
"""Spells of a tier's week that are listed (our choice: three a day); the rest is counted."""
_PEOPLE_SHOWN = 10
_WEEK = timedelta(days=7)

PersonNames = Callable[[str], str]
"""The name of a person by their key in the access file."""


def on_call_answer(tiers: Sequence[tuple[str, Sequence[Spell]]], names: PersonNames) -> Rendered:
    """Each tier with who is on call for it from now on, spell after spell; there is at least one."""
    return message([line for tier, spells in tiers for line in _tier(tier, spells, names)])


def _tier(tier: str, spells: Sequence[Spell], names: PersonNames) -> Iterator[Line]:
    now, *later = spells
    yield [strong(f"{tier}: "), *_who(now.found, names), *_until(now, later, names)]
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
