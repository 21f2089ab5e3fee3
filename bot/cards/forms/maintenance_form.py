"""The modals of maintenance modes: start one on a computer, extend one. They offer; the submission is judged anew."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.cards.case.card import REHEARSAL
from bot.cards.forms.case_form import closed_line
from bot.cards.kit import blocks, ids
from bot.cards.kit.ids import CaseRef
from bot.cards.kit.limits import Block
from bot.cards.kit.words import Line, Run, moment, raw, say, strong
from bot.cards.messages.maintenance import BECAUSE_LENGTH, MODE_NAMES, NO_SHORTCUT, ON_SITE, span_words
from bot.models import MaintenanceMode, RunningMode

HISTORY_SHOWN = 10
"""Lines of a computer's history (our choice); the portal shows all."""
TICKET_LENGTH = 80
"""Characters of a ticket number (our choice)."""
TITLE = "Maintenance mode"
_LEARNS = "What runs or is installed meanwhile becomes this computer's own automatic application."


@dataclass(frozen=True, slots=True)
class ModeOffer:
    """One mode: open, or closed with the reason."""

    mode: MaintenanceMode
    closed_because: str = ""

    @property
    def is_open(self) -> bool:
        """It can be chosen."""
        return not self.closed_because


@dataclass(frozen=True, slots=True)
class HistoryLine:
    """One line of the portal's history of a computer."""

    name: str
    start: datetime | None
    end: datetime | None
    by: str
    ended_by: str
    notes: str
    is_running: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ModeForm:
    """Everything that the modal shows of one computer."""

    computer_id: str
    computer_name: str
    computer_group_name: str
    organization_id: str
    organization_name: str
    current: str
    """The mode that the computer is in, in words; empty: secured."""
    current_until: datetime | None
    offers: Sequence[ModeOffer]
    history: Sequence[HistoryLine]
    history_trouble: str = ""
    spans: Sequence[timedelta]
    writes_on: bool


def loading_modal() -> Block:
    """Opened at once, because Slack's trigger lives 3 seconds; filled by an update."""
    line: Line = [say("Asking the portal for the computer. This takes a moment; nothing is changed yet.")]
    return blocks.modal(TITLE, [blocks.rich([line])], callback_id=ids.LOADING_VIEW)


def mode_modal(form: ModeForm) -> Block:
    """The computer, its history, and what the presser may start on it; only the first two where that is nothing."""
    body = [blocks.rich(_computer(form)), blocks.rich(_history(form)), blocks.divider()]
    open_ones = [offer for offer in form.offers if offer.is_open]
    if not open_ones:
        head: Line = [strong("You can start no maintenance mode on this computer. Nothing was changed.")]
        body += [blocks.rich([head, *_closed(form.offers)]), blocks.context(ON_SITE)]
        return blocks.modal(TITLE, body, callback_id=ids.SAID_VIEW)
    body += [blocks.rich([[strong(NO_SHORTCUT)]]), blocks.context(ON_SITE), *_inputs(form, open_ones)]
    if closed := _closed(form.offers):
        body.append(blocks.rich(closed))
    if not form.writes_on:
        body.append(blocks.rich([[strong(REHEARSAL)]]))
    metadata = str(CaseRef(f"{form.computer_id}.{form.organization_id}", 1))
    return blocks.modal(TITLE, body, callback_id=ids.MODE_VIEW, private_metadata=metadata, submit="Start")


def extend_modal(
    mode: RunningMode, spans: Sequence[timedelta], latest: datetime, *, writes_on: bool
) -> Block:
    """How much longer, and why."""
    what: Line = [
        say(f"{MODE_NAMES[mode.mode]} on "),
        raw(mode.computer_name, 80),
        say(" ends "),
        moment(mode.ends_at),
    ]
    bound: Line = [say("It may last until "), moment(latest), say(" at the latest.")]
    body = [
        blocks.rich([[*what, say(".")], bound]),
        blocks.select(
            ids.SPAN_BLOCK, "How much longer", _span_options(spans), initial=_span_options(spans)[:1]
        ),
        _because("Stays in the record."),
    ]
    if not writes_on:
        body.append(blocks.rich([[strong(REHEARSAL)]]))
    metadata = str(CaseRef(mode.mode_id, mode.shown_end))
    return blocks.modal(
        "Extend", body, callback_id=ids.MODE_EXTEND_VIEW, private_metadata=metadata, submit="Extend"
    )


def _computer(form: ModeForm) -> list[Line]:
    now_in: list[Run] = [raw(form.current, 80)] if form.current else [say("none, it is secured")]
    if form.current and form.current_until is not None:
        now_in += [say(", until "), moment(form.current_until)]
    return [
        [strong("Computer: "), raw(form.computer_name, 80)],
        [strong("Computer group: "), raw(form.computer_group_name, 80)],
        [strong("Organization: "), raw(form.organization_name, 80)],
        [strong("Mode now: "), *now_in],
    ]


def _history(form: ModeForm) -> list[Line]:
    head: Line = [strong("Earlier modes of this computer")]
    if form.history_trouble:
        return [head, [raw(form.history_trouble, 300)]]
    if not form.history:
        return [head, [say("None in the portal's history.")]]
    lines: list[Line] = [head, *(_history_line(each) for each in form.history[:HISTORY_SHOWN])]
    left = len(form.history) - HISTORY_SHOWN
    return [*lines, [say(f"and {left} more; the portal shows them all.")]] if left > 0 else lines


def _history_line(line: HistoryLine) -> Line:
    runs: list[Run] = [raw(line.name, 60), say(": ")]
    runs += [moment(line.start)] if line.start else [say("start unknown")]
    runs += [say(" to "), moment(line.end)] if line.end else [say(", no end")]
    runs += [say(", by "), raw(line.by, 80)]
    if line.ended_by:
        runs += [say(", ended by "), raw(line.ended_by, 80)]
    elif line.is_running:
        runs.append(say(", running"))
    return [*runs, say(". "), raw(line.notes, 160)] if line.notes else [*runs, say(".")]


def _inputs(form: ModeForm, open_ones: Sequence[ModeOffer]) -> list[Block]:
    modes = [blocks.option(MODE_NAMES[offer.mode], offer.mode.value) for offer in open_ones]
    spans = _span_options(form.spans)
    hour = [one for one in spans if one["value"] == "60"] or spans[:1]
    may = blocks.option("Yes", ids.USER_MAY_END_YES)
    may_not = blocks.option("No", ids.USER_MAY_END_NO)
    return [
        blocks.select(ids.MODE_BLOCK, "Mode", modes, hint=f"Installation and Learning: {_LEARNS}"),
        blocks.select(ids.SPAN_BLOCK, "For how long", spans, initial=hour),
        _because("Stays in the record and, with your name, in the portal's history."),
        blocks.text_input(
            ids.MODE_TICKET_BLOCK, "Ticket number", multiline=False, needed=False, max_length=TICKET_LENGTH
        ),
        blocks.radio(
            ids.USER_MAY_END_BLOCK, "May whoever sits at the computer end it early?", [may_not, may], may_not
        ),
    ]


def _because(hint: str) -> Block:
    return blocks.text_input(
        ids.MODE_BECAUSE_BLOCK, "Why does no scoped policy serve?", hint=hint, max_length=BECAUSE_LENGTH
    )


def _span_options(spans: Sequence[timedelta]) -> list[Block]:
    return [blocks.option(span_words(span), str(round(span.total_seconds() / 60))) for span in spans]


def _closed(offers: Sequence[ModeOffer]) -> list[Line]:
    lines = closed_line(
        (MODE_NAMES[offer.mode], offer.closed_because) for offer in offers if not offer.is_open
    )
    ask = "Ask somebody who has what is missing, or an administrator of Gatehouse to give it to you."
    return [*lines, [say(ask)]] if lines else []
