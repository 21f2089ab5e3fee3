"""What is told about rotas before anybody asks: a turn begins or ends, and nobody will be on call."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from bot.cards.case.naming import kind_of, subject_name
from bot.cards.kit import words
from bot.cards.kit.blocks import Rendered, message
from bot.cards.kit.words import Line, Run, moment, raw, say, strong
from bot.models import Case
from bot.rules.notices import Hole, Relief

SHOWN = 10
"""Cases that are named (our choice): it is read on a phone."""
_LATE = timedelta(minutes=5)
"""What is told so much later is told as late (our choice)."""

Waiting = Sequence[tuple[Case, str]]
"""Cases with the links to their cards, the one that waits longest first."""


def turn_begins(relief: Relief, before: str, waiting: Waiting, now: datetime) -> Rendered:
    """To whoever comes on call. `before`: the name of who had the turn; empty: nobody."""
    begins = say("is ") if relief.starts <= now else say("will be ")
    head: list[Run] = [
        strong("Your turn: "),
        say("the rota "),
        raw(relief.rota, 40, code=True),
        say(" "),
        begins,
    ]
    head += [say("yours from "), moment(relief.starts)]
    head += [say(" until "), moment(relief.ends)] if relief.ends is not None else []
    head += [say(", before you it was "), raw(before, 80), say("'s")] if before else []
    return message([[*head, say(".")], *_late(relief, now), *_waiting(waiting, now)])


def turn_ends(relief: Relief, after: str, waiting: Waiting, now: datetime) -> Rendered:
    """To whoever goes. `after`: the name of who comes; empty: nobody for now."""
    over = say(" is over since ") if relief.starts <= now else say(" ends ")
    head: list[Run] = [strong("Your turn "), say("of the rota "), raw(relief.rota, 40, code=True), over]
    head += [moment(relief.starts), say("; then it is ")]
    head += [raw(after, 80), say("'s.")] if after else [say("nobody's.")]
    return message([head, *_late(relief, now), *_waiting(waiting, now)])


def nobody_on_call(hole: Hole, now: datetime) -> Rendered:
    """Ahead of a hole, to where the tier is called, or to the operators."""
    begun = hole.starts <= now
    head: list[Run] = [strong("Nobody is on call for "), raw(hole.tier, 40, code=True)]
    head += [say(" since " if begun else " from "), moment(hole.starts)]
    head += [say(" until "), moment(hole.ends)] if hole.ends is not None else [say(" on, for weeks")]
    rest = "The next tier is called then. Somebody can take it over: /gatehouse oncall, or the rota's file or calendar."
    return message([[*head, say(".")], [say(rest)]])


def _late(relief: Relief, now: datetime) -> Iterator[Line]:
    late = now - relief.starts
    if late >= _LATE:
        minutes = late // timedelta(minutes=1)
        ago = f"{minutes // 60} h {minutes % 60} min" if minutes >= 60 else f"{minutes} min"
        yield [say(f"This is told late: that was {ago} ago.")]


def _waiting(waiting: Waiting, now: datetime) -> Iterator[Line]:
    if not waiting:
        yield [say("Nothing waits that the tier was called about.")]
        return
    count = "1 case waits" if len(waiting) == 1 else f"{len(waiting)} cases wait"
    yield [strong(count), say(" that the tier was called about:")]
    for case, link_to in waiting[:SHOWN]:
        late = case.due_at is not None and case.due_at <= now
        due: list[Run] = [say("late since " if late else "by "), moment(case.due_at)] if case.due_at else []
        card = words.permalink(link_to, "Go to the card")
        about: list[Run] = [say(" "), strong(f"{kind_of(case)}: "), raw(subject_name(case), 120)]
        about += [say(" at "), raw(case.organization_name, 80)]
        yield [say("· "), *due, *about, *([say(" "), card] if card else [])]
    if len(waiting) > SHOWN:
        yield [say(f"and {len(waiting) - SHOWN} more: /gatehouse queue lists what you may decide.")]
