"""What is said about the rules of the unusual: silences, and how often each rule was right."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from bot.cards.kit.blocks import Rendered, message
from bot.cards.kit.words import Line, moment, raw, say, strong
from bot.models.unusual import Silence, UnusualRule
from bot.rules.figures import RIGHT, UnusualOutcome
from bot.rules.unusual import rule_traits

_SHOWN = 20
"""Silences that are listed (our choice); the rest is counted."""
_REASON = 300


def silenced(one: Silence) -> Rendered:
    """Announced, and to the one who did it."""
    head: Line = [
        raw(one.by.name, 80),
        say(" silenced "),
        *_about(one),
        say(", until "),
        moment(one.until),
        say("."),
    ]
    what: Line = [
        say("It calls nobody and closes no press there; what needs two people still needs two. End it with "),
        raw(f"/gatehouse silence end {one.silence_id} because …", 120, code=True),
    ]
    return message([head, what, _because(one.reason)])


def silence_ended(one: Silence, by: str, reason: str) -> Rendered:
    """Announced: somebody ended it before its time."""
    head: Line = [raw(by, 80), say(" ended the silence of "), *_about(one), say(".")]
    rest: Line = [say("A case that waits hears of it at its next look-up, within a day.")]
    return message([head, rest, _because(reason)])


def silence_over(one: Silence) -> Rendered:
    """Announced: its time is over."""
    by: Line = [say(" It was "), raw(one.by.name, 80), say("'s.")]
    return message([[say("The silence of "), *_about(one), say(" is over."), *by], _because(one.reason)])


def listing(
    counts: Mapping[tuple[str, str], int],
    silences: Sequence[Silence],
    off: frozenset[UnusualRule],
    since: datetime,
) -> Rendered:
    """Every rule with what it came to, and the silences that are in force."""
    head: Line = [
        strong("Rules of the unusual"),
        say(", and what their requests came to since "),
        moment(since),
    ]
    rules = [_rule_line(rule, counts, off) for rule in UnusualRule]
    quiet = [_silence_line(one) for one in silences[:_SHOWN]]
    more: list[Line] = [[say(f"and {len(silences) - _SHOWN} more")]] if len(silences) > _SHOWN else []
    title: Line = [strong("Silences" if silences else "No silence is in force.")]
    return message([head, *rules, title, *quiet, *more])


def _rule_line(rule: UnusualRule, counts: Mapping[tuple[str, str], int], off: frozenset[UnusualRule]) -> Line:
    line: Line = [strong(rule.value), say(f": {rule_traits(rule).says}. ")]
    if rule in off:
        return [*line, say("Switched off.")]
    came_to = {outcome: counts.get((rule.value, outcome.value), 0) for outcome in UnusualOutcome}
    total = sum(came_to.values())
    if not total:
        return [*line, say("Nothing yet.")]
    right = sum(count for outcome, count in came_to.items() if outcome in RIGHT)
    parts = [f"{count} {outcome.value.replace('_', ' ')}" for outcome, count in came_to.items() if count]
    return [*line, say(f"Right {right} of {total}: {', '.join(parts)}.")]


def _silence_line(one: Silence) -> Line:
    return [
        raw(one.silence_id, 40, code=True),
        say(" "),
        *_about(one),
        say(", until "),
        moment(one.until),
        say(", by "),
        raw(one.by.name, 80),
        say(": "),
        raw(one.reason, _REASON),
    ]


def _about(one: Silence) -> Line:
    return [
        strong(one.rule),
        say(f" about {'' if one.of == 'organization' else one.of.value + ' '}"),
        raw(one.subject_name, 80),
        say(" at "),
        raw(one.organization_name, 80),
    ]


def _because(reason: str) -> Line:
    return [say("Because: "), raw(reason, _REASON)]
