"""The answer to “why was this blocked?”: five outcomes that are never mistaken for each other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.cards.kit import blocks, ids
from bot.cards.kit.blocks import Rendered, message
from bot.cards.kit.limits import Block
from bot.cards.kit.words import Line, Run, is_link, link, listed, moment, permalink, raw, say, short, strong

HISTORIES_SHOWN = 3
"""Files of one page whose history has a button (our choice): one row each."""
EVENTS_SHOWN = 20
"""Lines of a file's history (our choice)."""
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
    permitted: bool = False
    """The policy let it run; told only where that was asked for."""
    history: str = ""
    """The token of “History”: everything that happened to the file on its newest computer."""
    history_on: str = ""
    """That computer."""
    has_open_request: bool = False
    card_link: str = ""
    """The open case's card; only for askers who may see it, others read that a request is open."""
    standing: Line = ()
    """How far the open case is and who has it; like the link only for askers who may see it."""
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
    with_permits: bool = False
    """What was permitted was asked for, too."""
    permits: str = ""
    """The token of the same question with what was permitted; empty: not offered."""
    as_of: datetime | None = None
    since: datetime | None = None
    """When it was looked, and how far back."""
    complete_since: datetime | None = None
    """Where the portal held more than was read: nothing is missing after this."""
    portal_link: str = ""


def found(page: LookupPage) -> Rendered:
    """The blocked items, grouped by subject, with buttons to the other pages."""
    shown = page.groups[:GROUPS_SHOWN]
    last = page.first + len(shown) - 1
    head = "Blocked or permitted: " if page.with_permits else "Blocked: "
    lines: list[Line] = [[strong(head), raw(page.asked, 200), say(f", {page.span}"), *_where(page)]]
    total = max(page.total_groups, last)
    if total > 1:
        lines.append([say(f"{page.first} to {last} of {total} subjects.")])
    if page.rows_cut:
        lines.append([say("There is more than was read: counts are at least these. Ask for a shorter span.")])
    for number, group in enumerate(shown, start=page.first):
        lines += [[say(" ")], *_group_lines(number, group)]
    looked = _looked(page)
    return message([*lines, *([[say(" ")]] if looked else []), *looked], [*_paging(page), *_histories(page)])


def _looked(page: LookupPage) -> list[Line]:
    """As of when, how far back, and where there is more."""
    lines: list[Line] = []
    if page.as_of is not None and page.since is not None:
        lines.append(
            [say("As of "), moment(page.as_of), say("; looked back to "), moment(page.since), say(".")]
        )
    if page.rows_cut and page.complete_since is not None:
        lines.append(
            [
                say("Nothing is missing since "),
                moment(page.complete_since),
                say("; before that there is more."),
            ]
        )
    if is_link(page.portal_link):
        # Nobody documents how the portal's address names a search, so the link leads to its front page.
        lines.append([link(page.portal_link, "Open the portal"), say(" for its whole Unified Audit.")])
    return lines


def _histories(page: LookupPage) -> list[Block]:
    """One button each for the first files; a single one stands for the only file."""
    offered = [(number, each) for number, each in enumerate(page.groups, start=page.first) if each.history]
    return [
        blocks.actions(
            [blocks.button(ids.LOOKUP_HISTORY, _history_label(page, number, each), each.history)],
            f"history_{number}",
        )
        for number, each in offered[:HISTORIES_SHOWN]
    ]


def _history_label(page: LookupPage, number: int, group: BlockedGroup) -> str:
    name = short(group.subject.replace("\\", "/").rpartition("/")[2] or group.subject, 30)
    where = f" on {short(group.history_on, 30)}" if group.history_on else ""
    return f"History of this file{where}" if len(page.groups) == 1 else f"History of {number}. {name}"


def _where(page: LookupPage) -> list[Run]:
    """How many organizations were searched; one is named."""
    if len(page.organizations) == 1:
        return [say(", at "), raw(page.organizations[0], 80)]
    return [say(f", in {len(page.organizations)} organizations that you may look into")]


def _group_lines(number: int, group: BlockedGroup) -> list[Line]:
    """One subject in three or four lines."""
    times = "once" if group.count == 1 else f"{group.count} times"
    effect = "simulated: it ran, and would have been blocked" if group.simulated else "really blocked"
    effect = "permitted" if group.permitted else effect
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
    to_card = permalink(group.card_link, "go to the card")
    if to_card:
        return [
            [
                say("An approval request is open: "),
                to_card,
                *([say(". "), *group.standing] if group.standing else []),
            ]
        ]
    if group.has_open_request:
        return [[say("An approval request is open.")]]
    return [group.decided] if group.decided else []


def _paging(page: LookupPage) -> list[Block]:
    elements = []
    if page.newer:
        elements.append(blocks.button(ids.LOOKUP_NEWER, "Newer", page.newer))
    if page.older:
        elements.append(blocks.button(ids.LOOKUP_OLDER, "Older", page.older))
    if page.permits:
        elements.append(blocks.button(ids.LOOKUP_PERMITS, "Also what was permitted", page.permits))
    return [blocks.actions(elements, ids.LOOKUP_BLOCK)] if elements else []


@dataclass(frozen=True, slots=True, kw_only=True)
class FileEvent:
    """One thing that happened to a file."""

    at: datetime | None
    what: str
    """permitted, blocked, or that it ran all the same."""
    action: str = ""
    policy: str = ""
    user: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FileHistory:
    """What the Unified Audit holds of one file on one computer."""

    path: str
    computer: str
    organization: str
    events: Sequence[FileEvent]
    """The newest first."""
    is_cut: bool
    """The portal may have more."""
    unreadable: int
    """Rows that could not be read."""
    as_of: datetime
    portal_link: str = ""


def file_history(history: FileHistory) -> Rendered:
    """“History” of a file: what was permitted and what was blocked, and how far back that goes."""
    lines: list[Line] = [
        [strong("History of "), raw(history.path, 300, code=True)],
        [say("On "), raw(history.computer, 80), say(" at "), raw(history.organization, 80)],
    ]
    if not history.events and not history.unreadable:
        lines.append([say("The portal's Unified Audit holds nothing of this file there.")])
    lines += [_event_line(each) for each in history.events[:EVENTS_SHOWN]]
    if history.unreadable:
        lines.append([strong("This is not all. "), say(f"{history.unreadable} more rows cannot be read.")])
    left = len(history.events) - EVENTS_SHOWN
    if left > 0 or history.is_cut:
        lines.append([say("There is more before that; it is in the portal.")])
    lines.append([say("As of "), moment(history.as_of), say(".")])
    if is_link(history.portal_link):
        lines.append([link(history.portal_link, "Open the portal"), say(" for its whole Unified Audit.")])
    return message(lines)


def _event_line(event: FileEvent) -> Line:
    runs: list[Run] = [moment(event.at)] if event.at is not None else [say("at an unknown time")]
    runs += [
        say(": "),
        strong(event.what),
        say(", "),
        raw(event.action, 40),
        say("; policy "),
        raw(event.policy, 120),
    ]
    return [*runs, say("; user "), raw(event.user, 80)] if event.user else runs


def look_up_form() -> Block:
    """The form of App Home: what somebody may also type after `/blocked` and `/gatehouse find`."""
    about = [
        blocks.option("Why was it blocked on a computer?", ids.LOOK_COMPUTER),
        blocks.option("Why was a user blocked?", ids.LOOK_USER),
        blocks.option("Why was a file blocked?", ids.LOOK_FILE, description="A path, its end, or a hash"),
        blocks.option(
            "What is open for a caller?", ids.LOOK_CALLER, description="A part of the user or computer"
        ),
    ]
    spans = [blocks.option(words, each) for words, each in _SPANS]
    body = [
        blocks.radio(ids.LOOK_ABOUT_BLOCK, "What do you want to know?", about, about[0]),
        blocks.text_input(ids.LOOK_NAME_BLOCK, "Computer, user or file", needed=True, max_length=260),
        blocks.select(ids.LOOK_SPAN_BLOCK, "How far back", spans, initial=[spans[1]]),
        blocks.text_input(
            ids.LOOK_PLACE_BLOCK,
            "Organization",
            hint="Empty: wherever you may look.",
            needed=False,
            max_length=120,
        ),
    ]
    return blocks.modal("Look something up", body, callback_id=ids.LOOK_UP_VIEW, submit="Look")


_SPANS = (
    ("The last hour", "1h"),
    ("24 hours", "24h"),
    ("3 days", "3d"),
    ("7 days", "7d"),
    ("30 days", "30d"),
)


def nothing_blocked(page: LookupPage) -> Rendered:
    """Looked, and there was nothing."""
    head = "Nothing was blocked or permitted: " if page.with_permits else "Nothing was blocked: "
    lines: list[Line] = [
        [
            strong(head),
            raw(page.asked, 200),
            say(f", {page.span}"),
            *_where(page),
            say("."),
        ],
        [say("I looked. If it still does not run, try a longer span, or ask the escalation team.")],
    ]
    return message([*lines, *_looked(page)], _paging(page))


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
