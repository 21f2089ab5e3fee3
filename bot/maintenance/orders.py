"""What is asked of a maintenance mode: what was typed or put in, and which computer that means."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta

from bot.cards.forms.maintenance_form import TICKET_LENGTH
from bot.cards.kit import ids
from bot.cards.messages.maintenance import BECAUSE_LENGTH
from bot.desk import Desk, Presser
from bot.models import MaintenanceMode
from bot.portal import ComputerRow
from bot.rules import typed
from bot.rules.typed import Misread, says
from permissions import (
    Action,
    Allowed,
    Ask,
    OrganizationTree,
    judge,
    organizations_called,
    same_id,
    told_apart,
)
from permissions.catalogue import mask, opening
from permissions.terms import Page

SPANS = tuple(timedelta(minutes=minutes) for minutes in (15, 30, 60, 120, 240, 480))
"""What the form offers, up to the setting's bound (our choice)."""
LONGEST_NAME = 200
"""Characters of what is typed (our choice; computer names have 15, organizations some dozen)."""

_PLACED = re.compile(r'(?P<computer>"[^"]*"|\S+)(?:\s+at\s+(?P<organization>"[^"]*"|.+))?', re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class ComputerNamed:
    """Which computer is meant; `organization` is empty where none was typed."""

    computer: str
    organization: str = ""
    organization_id: str = ""
    """Where a card names the computer: to whoever may not look there its organization's name is not told."""


@dataclass(frozen=True, slots=True)
class StartOrder:
    """What the form's submission asks for."""

    mode: MaintenanceMode
    span: timedelta
    because: str
    ticket: str
    user_may_end: bool


@dataclass(frozen=True, slots=True)
class ExtendOrder:
    """How much longer, and why."""

    span: timedelta
    because: str


def read_computer(text: str) -> ComputerNamed | Misread | None:
    """`maintenance <computer> [at <organization>]`; None where nothing follows the word."""
    plain = typed.plain(text.replace("\n", " ")).partition(" ")[2].strip()
    if not plain:
        return None
    if len(plain) > LONGEST_NAME or not plain.isprintable():
        return Misread(f"Name one computer, in at most {LONGEST_NAME} visible characters.")
    found = _PLACED.fullmatch(plain)
    computer = (found["computer"] if found else "").strip('"').strip()
    if found is None or not computer:
        return Misread("Name one computer, and where several have that name: at and the organization's name.")
    return ComputerNamed(computer, (found["organization"] or "").strip('"').strip())


def read_start(values: Mapping[str, str], longest: timedelta) -> StartOrder | Misread:
    """The form's inputs, held against the bound."""
    span = _span(values, longest)
    because = _because(values)
    if isinstance(span, Misread):
        return span
    if isinstance(because, Misread):
        return because
    try:
        mode = MaintenanceMode(values.get(ids.MODE_BLOCK, ""))
    except ValueError:
        return Misread("It does not say which maintenance mode.")
    return StartOrder(
        mode=mode,
        span=span,
        because=because,
        ticket=values.get(ids.MODE_TICKET_BLOCK, "")[:TICKET_LENGTH],
        user_may_end=values.get(ids.USER_MAY_END_BLOCK) == ids.USER_MAY_END_YES,
    )


def read_extension(values: Mapping[str, str], longest: timedelta) -> ExtendOrder | Misread:
    """The extension form's inputs."""
    span = _span(values, longest)
    because = _because(values)
    if isinstance(span, Misread):
        return span
    return because if isinstance(because, Misread) else ExtendOrder(span, because)


def spans_within(longest: timedelta) -> tuple[timedelta, ...]:
    """What may be offered: the bound itself is in, nothing beyond it."""
    return tuple(span for span in SPANS if span <= longest)


def _span(values: Mapping[str, str], longest: timedelta) -> timedelta | Misread:
    typed = values.get(ids.SPAN_BLOCK, "")
    if not re.fullmatch(r"[1-9][0-9]{0,3}", typed):
        return Misread("It does not say for how long.")
    span = timedelta(minutes=int(typed))
    if span > longest:
        hours = longest.total_seconds() / 3600
        return Misread(
            f"A maintenance mode lasts {hours:g} hours here at most ([maintenance] longest_hours)."
        )
    return span


def _because(values: Mapping[str, str]) -> str | Misread:
    because = values.get(ids.MODE_BECAUSE_BLOCK, "").strip()[:BECAUSE_LENGTH]
    if not says(because):
        return Misread("It does not say why no scoped policy serves; say it in words.")
    return because


_DEVICES = mask(opening(Page.DEVICES))
_NAMED = 5
"""Other names offered where none fits exactly (our choice)."""
NOWHERE = (
    "Looking at computers needs a permission that opens the Devices page (View Computers, Edit Computers or "
    "Install Computers), or one that shows requests (such as View Approvals), and you have none of them in any "
    "organization{named}. Ask somebody who has, or an administrator of Gatehouse for the right."
)


@dataclass(frozen=True, slots=True)
class NoComputer:
    """No computer, and the sentence for the asker."""

    why: str
    """Constant, for the record."""
    sentence: str


def may_see(desk: Desk, presser: Presser, tree: OrganizationTree, organization_id: str) -> bool:
    """Whether somebody may see an organization's computers: the Devices page, or its requests."""
    place, now, person_id = tree.place(organization_id), desk.now(), presser.person.person_id
    if place is None:
        return False
    held = presser.access.held(person_id, place, now, fresh=tree.is_fresh(now))[0]
    ask = Ask(person_id=person_id, action=Action.VIEW, organization_id=organization_id)
    return bool(held & _DEVICES) or isinstance(judge(ask, presser.access, tree, now), Allowed)


def in_sight(desk: Desk, presser: Presser, tree: OrganizationTree) -> frozenset[str]:
    """The organizations whose computers somebody may see."""
    named = presser.access.organizations_of(presser.person.person_id)
    near = named.union(*(tree.descendants(each) for each in named))
    return frozenset(each for each in near if may_see(desk, presser, tree, each))


async def find_computer(
    desk: Desk, presser: Presser, tree: OrganizationTree, wanted: ComputerNamed
) -> ComputerRow | NoComputer:
    """The one computer of this name where the asker may look. Raises PortalError."""
    visible = in_sight(desk, presser, tree)
    chosen = visible & {same_id(wanted.organization_id)} if wanted.organization_id else visible
    if wanted.organization:
        chosen = frozenset(organizations_called(wanted.organization, visible, presser.access, tree))
    if not chosen:
        named = f" called {wanted.organization}" if wanted.organization else ""
        return NoComputer("no_permission", NOWHERE.format(named=named))
    rows: dict[str, ComputerRow] = {}
    for top in _tops(tree, chosen):
        for row in await desk.portal.computers(top, search_text=wanted.computer, with_children=True):
            if row.organization_id is not None and same_id(row.organization_id) in chosen:
                rows[row.computer_id] = row
    exact = [row for row in rows.values() if _is_called(row, wanted.computer)]
    if len(exact) == 1:
        return exact[0]
    return _several(presser, tree, wanted, exact) if exact else _none(wanted, rows.values())


def _several(
    presser: Presser, tree: OrganizationTree, wanted: ComputerNamed, exact: list[ComputerRow]
) -> NoComputer:
    """Several of the name: in several organizations, which may themselves share a name, or within one."""
    places = {same_id(row.organization_id) for row in exact if row.organization_id}
    where = ", ".join(told_apart(places, presser.access, tree))
    way = "Write at and the organization."
    if len(places) == 1:
        way = "Nothing here tells them apart: choose it on the portal's Devices page."
    return NoComputer("several", f"{len(exact)} computers are called {wanted.computer}: {where}. {way}")


def _none(wanted: ComputerNamed, near: Iterable[ComputerRow]) -> NoComputer:
    others = sorted({row.hostname or row.computer_name for row in near})[:_NAMED]
    hint = f" Near it: {', '.join(others)}." if others else ""
    sentence = f"No computer that you may see is called {wanted.computer}; write its whole name.{hint}"
    return NoComputer("none", sentence)


async def computer_now(desk: Desk, computer_id: str, organization_id: str) -> ComputerRow | None:
    """The computer as the portal has it in that organization now; None: it is not there. Raises PortalError."""
    for row in await desk.portal.computers(organization_id, computer_id=computer_id):
        own = row.organization_id is not None and same_id(row.organization_id) == same_id(organization_id)
        if row.computer_id == same_id(computer_id) and own:
            return row
    return None


def _is_called(row: ComputerRow, name: str) -> bool:
    return name.casefold() in (row.hostname.casefold(), row.computer_name.casefold())


def _tops(tree: OrganizationTree, organization_ids: frozenset[str]) -> tuple[str, ...]:
    """Those that have none of the others above them: asking these with what is below them asks all."""
    tops = []
    for each in sorted(organization_ids):
        place = tree.place(each)
        if place is not None and not organization_ids.intersection(place.above):
            tops.append(each)
    return tuple(tops)
