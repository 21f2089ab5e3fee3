"""The answer to “why was this blocked?”: five outcomes that are never mistaken for each other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.cards.kit import blocks, ids
from bot.cards.kit.blocks import Rendered, message
from bot.cards.kit.limits import Block
from bot.cards.kit.words import Line, Run, listed, moment, permalink, raw, say, strong

GROUPS_SHOWN = 10
"""Groups on one page (our choice: a page is read at a glance and stays far below 50 blocks)."""
USAGE = "/blocked <computer | user | path | hash> [span]"


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockedGroup:
    """Blocked items of one subject, as the Unified Audit holds them."""

    subject: str
    """The path or file that was blocked."""
    count: int
    last_at: datetime
    policy: str = ""
    action: str = ""
    """The portal's word: execute, read, network, ..."""
    simulated: bool = False
    """Monitor only: it would have been blocked, and ran."""
    computers: Sequence[str] = ()
    users: Sequence[str] = ()
    has_open_request: bool = False
    card_link: str = ""
    """The open case's card; only for askers who may see it, others read that a request is open."""
    decided: Line = ()
    """How a request for it was decided lately, as far as the asker may read of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LookupPage:
    """One page of an answer."""

    asked: str
    span: str
    """In words: “the last 24 hours”."""
    organizations: Sequence[str]
    """Those that were searched."""
    groups: Sequence[BlockedGroup] = ()
    first: int = 1
    """The number of the page's first group, from 1."""
    total_groups: int = 0
    rows_cut: bool = False
    """The portal held more rows than were read, so the counts are lower bounds."""
    newer: str = ""
    """The token of the page before; empty: there is none."""
    older: str = ""


def found(page: LookupPage) -> Rendered:
    """The blocked items, grouped by subject, with buttons to the other pages."""
    shown = page.groups[:GROUPS_SHOWN]
    last = page.first + len(shown) - 1
    lines: list[Line] = [[strong("Blocked: "), raw(page.asked, 200), say(f", {page.span}"), *_where(page)]]
    lines.append([say(f"{page.first} to {last} of {max(page.total_groups, last)} subjects.")])
    if page.rows_cut:
        lines.append([say("There is more than was read: counts are at least these. Ask for a shorter span.")])
    for number, group in enumerate(shown, start=page.first):
        lines += [[say(" ")], *_group_lines(number, group)]
    return message(lines, _paging(page))


def _where(page: LookupPage) -> list[Run]:
    """How many organizations were searched; one is named."""
    if len(page.organizations) == 1:
        return [say(", at "), raw(page.organizations[0], 80)]
    return [say(f", in {len(page.organizations)} organizations that you may look into")]


def _group_lines(number: int, group: BlockedGroup) -> list[Line]:
    """One subject in three or four lines."""
    times = "once" if group.count == 1 else f"{group.count} times"
    effect = "simulated: it ran, and would have been blocked" if group.simulated else "really blocked"
    lines: list[Line] = [
        [strong(f"{number}. "), raw(group.subject, 300, code=True)],
        [say(f"{times}, last "), moment(group.last_at), say(f"; {effect}")],
        [say("Policy: "), raw(group.policy, 120), say("; action: "), raw(group.action, 40)],
    ]
    if group.computers or group.users:
        lines.append(
            [say("On "), *listed(group.computers, limit=3), say("; user "), *listed(group.users, limit=3)]
        )
    return [*lines, *_request_line(group)]


def _request_line(group: BlockedGroup) -> list[Line]:
    """The open case: a link for those who may see it, the bare fact for the others."""
    link = permalink(group.card_link, "go to the card")
    if link:
        return [[say("An approval request is open: "), link]]
    if group.has_open_request:
        return [[say("An approval request is open.")]]
    return [group.decided] if group.decided else []


def _paging(page: LookupPage) -> list[Block]:
    elements = []
    if page.newer:
        elements.append(blocks.button(ids.LOOKUP_NEWER, "Newer", page.newer))
    if page.older:
        elements.append(blocks.button(ids.LOOKUP_OLDER, "Older", page.older))
    return [blocks.actions(elements, ids.LOOKUP_BLOCK)] if elements else []


def nothing_blocked(page: LookupPage) -> Rendered:
    """Looked, and there was nothing."""
    lines: list[Line] = [
        [
            strong("Nothing was blocked: "),
            raw(page.asked, 200),
            say(f", {page.span}"),
            *_where(page),
            say("."),
        ],
        [say("I looked. If it still does not run, try a longer span, or ask the escalation team.")],
    ]
    return message(lines)


def not_allowed(sentence: str, could: Sequence[str] = ()) -> Rendered:
    """Not allowed to look: this says nothing about what was blocked."""
    lines: list[Line] = [[strong("You may not look this up: "), raw(sentence, 400)]]
    lines.append([say("This does not mean that nothing was blocked.")])
    if could:
        lines.append([say("Who could look: "), *listed(could, limit=3)])
    return message(lines)


def cannot_look(sentence: str) -> Rendered:
    """Could not look just now: this says nothing either."""
    lines: list[Line] = [
        [strong("I cannot look now: "), raw(sentence, 400)],
        [say("This does not mean that nothing was blocked. Ask again in a minute.")],
    ]
    return message(lines)


def not_understood(asked: str, why: str) -> Rendered:
    """The question itself is unclear."""
    lines: list[Line] = [
        [strong("I did not understand: "), raw(asked, 200)],
        [raw(why, 300)],
        [say("Ask like this: "), say(f"{USAGE}, for example: /blocked WS-042 2h")],
    ]
    return message(lines)
