"""What is typed after `/gatehouse maintenance`, and what the form's inputs say. Reads text, asks nobody."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from bot.cards.forms.maintenance_form import TICKET_LENGTH
from bot.cards.kit import ids
from bot.cards.messages.maintenance import BECAUSE_LENGTH
from bot.models import MaintenanceMode
from bot.rules import typed
from bot.rules.said import says
from bot.rules.typed import Misread

SPANS = tuple(timedelta(minutes=minutes) for minutes in (15, 30, 60, 120, 240, 480))
"""What the form offers, up to the setting's bound (our choice)."""
LONGEST_NAME = 200
"""Characters of what is typed (our choice; computer names have 15, organizations some dozen)."""

_PLACED = re.compile(r'(?P<computer>"[^"]*"|\S+)(?:\s+at\s+(?P<organization>"[^"]*"|.+))?', re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class ComputerNamed:
    """Which computer is meant; `organization` is empty where none was typed."""

    computer: str
    organization: str


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
