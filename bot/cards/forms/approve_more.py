"""What “More…” shows below the first page: how it is recognized, for how long, elevation, notes, and a mode last."""

from __future__ import annotations

from collections.abc import Sequence

from bot.cards.case.standing import phone_input
from bot.cards.forms.approve_form import MODE_WORDS, ApplicationOffer, ApproveForm, More
from bot.cards.forms.case_form import closed_line
from bot.cards.kit import blocks, ids
from bot.cards.kit.limits import Block
from bot.cards.kit.words import Line, raw, raw_lines, say, short, strong, visible

RULE_LENGTH, NAME_LENGTH, TICKET_LENGTH, NOTE_LENGTH = 400, 100, 60, 500
"""Characters of a rule's part, a name, a ticket number, a note (our choice; the portal names no limits)."""
LASTING_DAYS = (7, 30, 90)
"""Spans that are offered for an approval (our choice)."""
USUAL_DAYS = 90
"""How long an approval wider than the computer lasts where nothing else is chosen (our choice: a quarter)."""
ELEVATION_HOURS = (1, 2, 6, 12, 24)
"""Spans that are offered for administrator rights (our choice; a day is the longest without naming an end)."""
TRAY_MENU = (
    "A technician who stands at the computer needs no mode from here: the ThreatLocker tray menu shows a QR code"
    " that somebody with Edit Computers scans."
)
_TITLES = {
    ids.MATCH: "Matches: cover the file already",
    ids.BUILT_IN_MATCH: "Built-in matches: entire organization only",
    ids.EXISTING: "Existing: gets a further rule",
}


def more_blocks(form: ApproveForm, more: More) -> list[Block]:
    """Everything that the first page leaves out, in the order in which it is thought about."""
    return [
        *_recognized(form, more),
        *_application(form, more),
        *_lasting(form),
        *_elevation(form, more),
        *_ringfencing(more),
        *_words(form, more),
        *_mode(form, more),
        *_closed(more),
        *_preview(more),
    ]


def _section(title: str, lines: Sequence[Line] = ()) -> list[Block]:
    return [blocks.divider(), blocks.rich([[strong(title)], *lines])]


def _one_of(
    form: ApproveForm, block_id: str, label: str, options: list[Block], *, hint: str = "", tells: bool = False
) -> Block:
    """A choice with the first option chosen where nothing else was. `tells`: it brings fields of its own."""
    value = form.value(block_id)
    chosen = next((option for option in options if option["value"] == value), options[0])
    built = blocks.select(block_id, label, options, initial=[chosen], hint=hint)
    return blocks.telling(built) if tells else built


def _typed(
    form: ApproveForm, block_id: str, label: str, length: int, *, hint: str = "", first: str = ""
) -> Block:
    """A line of text; `first` stands in it until something else was typed, if it fits and nothing in it acts unseen."""
    is_fit = len(first) <= length and visible(first) == first
    suggested = first if is_fit and block_id not in form.values else ""
    return blocks.text_input(
        block_id,
        label,
        hint=hint,
        multiline=False,
        needed=False,
        max_length=length,
        initial=form.values.get(block_id, suggested),
    )


# Recognized by


def _recognized(form: ApproveForm, more: More) -> list[Block]:
    if more.rule_closed:
        return []
    options = [
        blocks.option("Its hash alone: this very file", ids.BY_HASH),
        blocks.option("A custom rule of at least two parts", ids.BY_RULE),
    ]
    by_rule = form.value(ids.RECOGNIZED_BLOCK) == ids.BY_RULE
    return [
        *_section("Recognized by"),
        _one_of(form, ids.RECOGNIZED_BLOCK, "Recognize the file by", options, tells=True),
        *(_rule(form, more) if by_rule else ()),
    ]


def _rule(form: ApproveForm, more: More) -> list[Block]:
    """The parts of a custom rule, as the file has them to begin with."""
    made = (
        f"This file: {', '.join(short(one, 200) for one in more.created_by[:3])}." if more.created_by else ""
    )
    started = f"This time: {short(more.process, 200)}." if more.process else ""
    return [
        _typed(
            form,
            ids.RULE_PATH_BLOCK,
            "Rule: path",
            RULE_LENGTH,
            hint="* stands for any characters.",
            first=more.path,
        ),
        _signer(form, more),
        _typed(form, ids.RULE_PROCESS_BLOCK, "Rule: started by process", RULE_LENGTH, hint=started),
        _typed(form, ids.RULE_CREATED_BLOCK, "Rule: created by process", RULE_LENGTH, hint=made),
    ]


def _signer(form: ApproveForm, more: More) -> Block:
    """The signers that the portal offers for this file; the first is part of the rule unless it is taken out."""
    offered = [blocks.option(short(one.subject, 75), one.value) for one in more.signers[:99]]
    options = [*offered, blocks.option("No part of the rule", ids.NOT_IN_RULE)]
    hint = "" if offered else "The file is not signed, as far as the portal knows."
    return _one_of(form, ids.RULE_SIGNER_BLOCK, "Rule: signer", options, hint=hint)


# Application


def _application(form: ApproveForm, more: More) -> list[Block]:
    open_ones = [one for one in more.applications if not one.closed_because]
    new = blocks.option("A new application", ids.NEW_APPLICATION)
    groups = [("New", [new]), *((title, _options(open_ones, use)) for use, title in _TITLES.items())]
    offered = [option for _, options in groups for option in options]
    value = form.value(ids.APPLICATION_BLOCK)
    chosen = next((option for option in offered if option["value"] == value), new)
    hint = "An existing one takes effect wherever a policy permits it already; Preview says how far that is."
    return [
        *_section("Application", _application_lines(more)),
        blocks.telling(
            blocks.grouped_select(
                ids.APPLICATION_BLOCK, "Put the file into", groups, initial=chosen, hint=hint
            )
        ),
        _typed(
            form,
            ids.APPLICATION_NAME_BLOCK,
            "Name of a new application",
            NAME_LENGTH,
            hint="Empty: the file's name.",
        ),
        _typed(
            form,
            ids.APPLICATION_SEARCH_BLOCK,
            "Find an existing application",
            NAME_LENGTH,
            hint="A part of its name, then Preview.",
        ),
    ]


def _options(offers: Sequence[ApplicationOffer], use: str) -> list[Block]:
    return [blocks.option(short(one.name, 75), one.value) for one in offers if one.use == use][:100]


def _application_lines(more: More) -> list[Line]:
    """Whether anything covers the file already, and what is not listed."""
    lines: list[Line] = []
    if more.applications_trouble:
        lines.append([say("The portal did not list its applications: "), raw(more.applications_trouble, 300)])
    elif not any(one.use != ids.EXISTING for one in more.applications):
        lines.append([say("No application covers it.")])
    if more.searched_in_vain:
        said = ". Search for a shorter part of it, or empty the field to see them all."
        lines.append(
            [
                strong("No application of this organization is called "),
                raw(more.searched_in_vain, 80),
                say(said),
            ]
        )
    if more.applications_left:
        lines.append([say(f"{more.applications_left} more existing applications; a search finds them.")])
    return lines


# For how long


def _lasting(form: ApproveForm) -> list[Block]:
    usual = f"As usual: one computer for good, wider {USUAL_DAYS} days"
    options = [
        blocks.option(usual, ids.AS_USUAL),
        *(blocks.option(f"{days} days", str(days)) for days in LASTING_DAYS),
        blocks.option("Until a day", ids.UNTIL_DATE),
        blocks.option("Permanently", ids.FOR_GOOD),
    ]
    return [
        *_section("For how long"),
        _one_of(form, ids.LASTS_BLOCK, "The approval lasts", options, tells=True),
        *_day(form, ids.LASTS_BLOCK, ids.EXPIRES_BLOCK, "Until the end of this day"),
    ]


def _day(form: ApproveForm, span_id: str, block_id: str, label: str) -> list[Block]:
    """The calendar, where a span is chosen that ends on a day."""
    if form.value(span_id) != ids.UNTIL_DATE:
        return []
    return [blocks.date_picker(block_id, label, initial=form.value(block_id), needed=True)]


# Elevation


def _elevation(form: ApproveForm, more: More) -> list[Block]:
    """Administrator rights: what the request is for, or on purpose."""
    if more.elevation_closed:
        return []
    none = [] if form.is_elevation else [blocks.option("None", ids.NO_ELEVATION)]
    kinds = [
        *none,
        blocks.option("With notice on the screen", ids.WITH_NOTICE),
        blocks.option("Silent", ids.SILENTLY),
    ]
    label = "Administrator rights" if form.is_elevation else "Administrator rights, added on purpose"
    added = form.value(ids.ELEVATION_BLOCK) in (ids.WITH_NOTICE, ids.SILENTLY) and not form.is_elevation
    return [
        *_section("Elevation"),
        _one_of(form, ids.ELEVATION_BLOCK, label, kinds, tells=not form.is_elevation),
        *(rights_span(form) if added else ()),
    ]


def rights_span(form: ApproveForm) -> list[Block]:
    """For how long administrator rights last, and what the chosen span needs."""
    hours = sorted(
        {*ELEVATION_HOURS, form.elevation_hours}, key=lambda one: (one != form.elevation_hours, one)
    )
    options = [blocks.option(f"{one} hour{'' if one == 1 else 's'}", str(one)) for one in hours]
    options += [
        blocks.option("Until a day", ids.UNTIL_DATE),
        blocks.option("Without an end", ids.FOR_GOOD),
    ]
    body = [
        _one_of(form, ids.ELEVATION_FOR_BLOCK, "Administrator rights last", options, tells=True),
        *_day(form, ids.ELEVATION_FOR_BLOCK, ids.ELEVATION_UNTIL_BLOCK, "Rights until the end of this day"),
    ]
    if form.value(ids.ELEVATION_FOR_BLOCK) == ids.FOR_GOOD:
        why, hint = "Why are rights without an end safe?", "The reason below is needed, too."
        body.append(_typed(form, ids.SAFE_BLOCK, why, NOTE_LENGTH, hint=hint))
    return body


# Ringfencing, ticket, notes


def _ringfencing(more: More) -> list[Block]:
    """As the portal suggests it; it goes back as it came."""
    lines: list[Line] = [[raw(one, 300)] for one in more.ringfencing[:6]]
    left = len(more.ringfencing) - 6
    lines += [[say(f"and {left} more")]] if left > 0 else []
    return _section("Ringfencing, as the portal suggests it", lines or [[say("None.")]])


def _words(form: ApproveForm, more: More) -> list[Block]:
    told = blocks.option("Tell the requestor", ids.NOTIFY_YES)
    is_told = form.values.get(ids.NOTIFY_BLOCK, ids.NOTIFY_YES) == ids.NOTIFY_YES
    caller = [] if form.is_elevation else [phone_input(form.value(ids.PHONE_BLOCK))]
    return [
        *_section("Ticket and notes"),
        *caller,
        _typed(form, ids.TICKET_BLOCK, "Ticket number", TICKET_LENGTH),
        blocks.text_input(
            ids.NOTE_BLOCK,
            "Note to the requestor",
            needed=False,
            max_length=NOTE_LENGTH,
            initial=form.value(ids.NOTE_BLOCK),
        ),
        blocks.tick_box(ids.NOTIFY_BLOCK, "Notification", told, ticked=is_told),
        blocks.rich([[strong("The requestor will read: "), raw_lines(more.reply, 900)]]),
        blocks.text_input(
            ids.INTERNAL_BLOCK,
            "Internal note",
            hint="Stands in the portal behind your name; the requestor does not read it.",
            needed=False,
            max_length=NOTE_LENGTH,
            initial=form.value(ids.INTERNAL_BLOCK),
        ),
    ]


# A maintenance mode, last


def _mode(form: ApproveForm, more: More) -> list[Block]:
    """Last, for an hour, with the reason why nothing narrower serves."""
    if not more.modes:
        return []
    head = _section("Maintenance mode instead, for one hour", [[say(TRAY_MENU)]])
    opened = [one.mode for one in more.modes if not one.closed_because]
    if not opened:
        return head
    options = [
        blocks.option("No mode: the approval above", ids.NO_MODE),
        *(blocks.option(MODE_WORDS[mode], mode.value) for mode in opened),
    ]
    hint = (
        "It runs on the requesting computer alone, however far the approval goes;"
        " it takes the place of the rule above."
    )
    is_chosen = form.value(ids.INSTEAD_BLOCK) in [mode.value for mode in opened]
    return [
        *head,
        _one_of(form, ids.INSTEAD_BLOCK, "Mode", options, hint=hint, tells=True),
        *([_mode_because(form)] if is_chosen else ()),
    ]


def _mode_because(form: ApproveForm) -> Block:
    return blocks.text_input(
        ids.MODE_BECAUSE_BLOCK,
        "Why does no scoped policy serve?",
        max_length=NOTE_LENGTH,
        initial=form.value(ids.MODE_BECAUSE_BLOCK),
    )


# What is closed, and what all of it comes to


def _closed(more: More) -> list[Block]:
    """Everything of it that is closed, in one line."""
    closed = [("a custom rule", more.rule_closed), ("administrator rights", more.elevation_closed)]
    closed += [(one.name, one.closed_because) for one in more.applications]
    closed += [(MODE_WORDS[one.mode], one.closed_because) for one in more.modes]
    told = closed_line((name, why) for name, why in closed if why)
    return [blocks.divider(), blocks.rich(told)] if told else []


def _preview(more: More) -> list[Block]:
    if not more.preview and not more.warnings:
        return []
    lines: list[Line] = [[raw(one, 900)] for one in more.preview]
    lines += [[strong("Warning: "), raw(one, 400)] for one in more.warnings]
    return _section("Preview", lines)
