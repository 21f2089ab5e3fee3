"""App Home, the desk: what waits for one person, what they have claimed, and the way to look something up.

Home takes 100 blocks. A case takes two (its line and its buttons), so that a page of twenty leaves room for the rest.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from bot.cards.case.shared import shared_reference
from bot.cards.forms.case_form import reference
from bot.cards.home import CaseLine, GrantLine, case_line, case_list_lines, grant_lines
from bot.cards.kit import blocks, ids, limits
from bot.cards.kit.limits import Block
from bot.cards.kit.words import raw, say, short, strong
from bot.cards.messages.timing import week_words
from bot.models import Kind
from bot.rules.kinds import traits_of
from bot.rules.timing import Report

CASES_A_PAGE = 20
CLAIMS_WITH_BUTTONS = 6
"""Of one's own claims (our choice: each takes two of Home's blocks); “I have claimed” lists all of them with theirs."""
MENU_MOST = limits.SELECT_OPTIONS - 1
"""Organizations in the menu besides “all”; those with the most cases are offered."""
_PAGES_MOST = 100_000
_VERSION = "h1"


class Which(StrEnum):
    """Which cases the desk lists."""

    DECIDE = "decide"
    UNCLAIMED = "unclaimed"
    MINE = "mine"
    LATE = "late"
    ALL = "all"


_WHICH_WORDS = {
    Which.DECIDE: "I may decide",
    Which.UNCLAIMED: "Nobody has claimed",
    Which.MINE: "I have claimed",
    Which.LATE: "Late",
    Which.ALL: "All that I may see",
}


@dataclass(frozen=True, slots=True)
class DeskView:
    """What the reader chose to see. It travels in menus, buttons and the view itself, and gives nobody a right."""

    which: Which | None = None
    """None: what fits the reader."""
    kind: Kind | None = None
    organization_id: str = ""
    page: int = 1

    def __str__(self) -> str:
        which = self.which.value if self.which else ""
        kind = self.kind.value if self.kind else ""
        return f"{_VERSION};{which};{kind};{self.organization_id};{self.page}"


def desk_view(text: str) -> DeskView:
    """What a menu or button says; the view that fits the reader for anything that is not ours."""
    parts = text.split(";")
    if len(parts) != 5 or parts[0] != _VERSION:
        return DeskView()
    _, which, kind, organization_id, page = parts
    try:
        number = int(page) if page.isascii() and page.isdecimal() and len(page) < 7 else 1
        return DeskView(
            which=Which(which) if which else None,
            kind=Kind(kind) if kind else None,
            organization_id=organization_id[:64],
            page=min(max(number, 1), _PAGES_MOST),
        )
    except ValueError:
        return DeskView()


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """How many open cases there are for the reader, whatever is listed."""

    decide: int = 0
    late: int = 0
    unclaimed: int = 0
    mine: int = 0
    others: int = 0
    """Seen, and for others to decide."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HomePage:
    """Everything on one person's App Home."""

    name: str
    claims: Sequence[CaseLine]
    queue: Sequence[CaseLine]
    """The cases of the page, in order."""
    grants: Sequence[GrantLine]
    now: datetime
    week: Report | None = None
    """How long requests waited in the last seven days, where the reader may read reports."""
    trouble: str = ""
    """Said first: what cannot be shown at the moment, and why."""
    writes_on: bool
    counts: Counts | None = None
    view: DeskView = field(default_factory=DeskView)
    total: int = 0
    """Cases that fit the view, on all pages."""
    organizations: Sequence[tuple[str, str]] = ()
    """Names and ids of the organizations that the reader has open cases of."""
    kinds: Sequence[Kind] = ()
    on_call: Sequence[Block] = ()
    """The section of who is on call; empty where no tier has a rota, and for who may not see it."""
    exceptions: Sequence[Block] = ()
    """The section of the exceptions that concern this person; empty where there are none."""
    may_look_up: bool = False
    decides: bool = True
    """The reader may decide something somewhere; who may not begins with the look-up."""


def render_home(page: HomePage) -> dict[str, Any]:
    """The App Home view. Each part of the desk is one function; another one gets its place here."""
    decider = (_claims, _desk, _look_up)
    help_desk = (_look_up, _desk, _claims)
    body: list[Block] = [blocks.header("Gatehouse"), *_notes(page)]
    for part in decider if page.decides else help_desk:
        body += part(page)
    body += page.on_call
    body += page.exceptions
    body += _week(page)
    body += _titled("What I may do", [blocks.rich(grant_lines(page.grants))])
    body.append(
        blocks.actions([blocks.button(ids.HOME_REFRESH, "Refresh", str(page.view))], ids.LOOKUP_BLOCK)
    )
    body.append(blocks.time_line("As of", page.now))
    return blocks.home(body, private_metadata=str(page.view))


def _notes(page: HomePage) -> Iterator[Block]:
    if page.trouble:
        yield blocks.rich([[strong("Not everything can be shown: "), raw(page.trouble, 400)]])
    if not page.writes_on:
        yield blocks.context("Rehearsal: writes are off; nothing is sent to the portal.")


def _titled(title: str, body: Sequence[Block]) -> list[Block]:
    return [blocks.header(title), *body]


def _look_up(page: HomePage) -> list[Block]:
    """One press from a caller on the phone to the question."""
    if not page.may_look_up:
        return []
    says = (
        "Why was it blocked, who has the request, what is open for a caller? The answer is a direct message."
    )
    style = "" if page.decides else "primary"
    button = blocks.button(ids.HOME_LOOK_UP, "Look something up…", "look_up", style=style)
    return _titled("Look something up", [blocks.context(says), blocks.actions([button], "home_look_up")])


def _week(page: HomePage) -> list[Block]:
    """The figures of `/gatehouse sla` in a line."""
    if page.week is None:
        return []
    return _titled("The last seven days", [blocks.context(week_words(page.week))])


def _claims(page: HomePage) -> list[Block]:
    if not page.decides and not page.claims:
        return []
    body: list[Block] = []
    for number, line in enumerate(page.claims[:CLAIMS_WITH_BUTTONS], start=1):
        body += [blocks.rich([case_line(line)]), *_buttons(line, f"claim_{number}")]
    rest = page.claims[CLAIMS_WITH_BUTTONS:]
    if rest or not body:
        body.append(blocks.rich(case_list_lines(rest, "You have claimed nothing.")))
    return _titled("My claims", body)


def _desk(page: HomePage) -> list[Block]:
    """What waits: counted, filtered, a page of it with its buttons."""
    title = "Waiting for a decision that I may make" if page.decides else "Open requests that I may see"
    body = [*_counts(page), *_filters(page)]
    if not page.queue:
        return _titled(title, [*body, blocks.rich(case_list_lines((), _nothing(page)))])
    if not page.decides:
        body.append(blocks.rich([[say("Nothing waits for you. For others to decide:")]]))
    for number, line in enumerate(page.queue, start=1):
        body.append(blocks.rich([case_line(line)]))
        body += _buttons(line, f"case_{number}")
    return _titled(title, [*body, *_paging(page)])


def _nothing(page: HomePage) -> str:
    is_chosen = page.view.which is not None or page.view.kind is not None or page.view.organization_id
    if page.counts is not None and is_chosen and (page.counts.decide or page.counts.others):
        return "Nothing fits what is chosen above."
    return "Nothing waits for you."


def _counts(page: HomePage) -> Iterator[Block]:
    """All that is open for the reader: a filter hides none of it here."""
    counts = page.counts
    if counts is None or not (counts.decide or counts.others or counts.mine):
        return
    parts = [
        f"{counts.decide:,} for you to decide",
        f"{counts.late:,} late",
        f"{counts.unclaimed:,} unclaimed",
    ]
    parts += [f"{counts.mine:,} claimed by you", f"{counts.others:,} for others"]
    yield blocks.context(
        " · ".join(parts if page.decides else [f"{counts.others:,} open", f"{counts.late:,} late"])
    )


def _filters(page: HomePage) -> Iterator[Block]:
    """Menus whose options each carry the whole view that they lead to, on its first page."""
    if page.counts is None or not (page.counts.decide or page.counts.others):
        return
    which = page.view.which or (Which.DECIDE if page.decides else Which.ALL)
    view = replace(page.view, which=which, page=1)
    menus = [
        _menu(
            ids.HOME_WHICH, [(words, replace(view, which=each)) for each, words in _WHICH_WORDS.items()], view
        )
    ]
    if len(page.organizations) > 1:
        offered = [("All organizations", replace(view, organization_id=""))]
        offered += [
            (name, replace(view, organization_id=each)) for name, each in page.organizations[:MENU_MOST]
        ]
        menus.append(_menu(ids.HOME_ORGANIZATION, offered, view))
    if len(page.kinds) > 1:
        kinds = [(traits_of(each).title, replace(view, kind=each)) for each in page.kinds]
        menus.append(_menu(ids.HOME_KIND, [("All kinds", replace(view, kind=None)), *kinds], view))
    # Slack keeps what was chosen under a block's name: with the view in it, what is drawn is what is in force.
    yield blocks.actions(menus, f"desk {view}")


def _menu(action_id: str, offered: Sequence[tuple[str, DeskView]], chosen: DeskView) -> Block:
    options = [blocks.option(short(words, 60), str(each)) for words, each in offered]
    return blocks.menu(action_id, options, initial=str(chosen))


def _buttons(line: CaseLine, block_id: str) -> list[Block]:
    """What the reader can do with this case, in the forms that its card opens."""
    ref, made = shared_reference(line.sharing) if line.sharing else reference(line.case), []
    if line.may_approve:
        made.append(blocks.button(ids.APPROVE_MODAL, "Approve…", ref))
    if line.may_deny:
        made.append(blocks.button(ids.DENY_MODAL, "Deny…", ref))
    if line.is_mine:
        made.append(blocks.button(ids.HOME_RELEASE, "Release", ref))
    elif line.may_claim:
        is_free = any(case.claim is None for case in line.sharing or (line.case,))
        made.append(blocks.button(ids.HOME_CLAIM, "Claim" if is_free else "Take over", ref))
    return [blocks.actions(made, block_id)] if made else []


def _paging(page: HomePage) -> Iterator[Block]:
    # Of cases and not of lines: those of one card are one line.
    first = (page.view.page - 1) * CASES_A_PAGE + 1
    last, view = min(page.view.page * CASES_A_PAGE, page.total), page.view
    if page.total <= CASES_A_PAGE:
        return
    yield blocks.context(
        f"{first:,} to {last:,} of {page.total:,}, the earliest deadline first among those unclaimed."
    )
    turns = []
    if view.page > 1:
        turns.append(blocks.button(ids.HOME_BACK, "Previous", str(replace(view, page=view.page - 1))))
    if last < page.total:
        turns.append(blocks.button(ids.HOME_ON, "Next", str(replace(view, page=view.page + 1))))
    yield blocks.actions(turns, "desk_pages")
