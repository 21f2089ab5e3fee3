"""“Approve…” of a storage request: which device, where, at which path, for whom and until when.

The narrow answer stands in every input from the start. Where this kind of write is not verified here, the
same choices are drawn without a submit button, and the exact text is prepared to be entered in the portal.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bot.cards.case.card import HOUSE_RULE, REHEARSAL
from bot.cards.case.modals import said_modal, too_late_modal
from bot.cards.forms.approve_form import CONFIRMATION, REACH_WORDS, GroupOffer
from bot.cards.forms.case_form import REASON_LENGTH, about, closed_reaches, justification_list, reference
from bot.cards.forms.storage_form import (
    STORAGE_DAYS,
    STORAGE_USUAL_DAYS,
    StorageForm,
    storage_effect,
    storage_text,
    storage_warnings,
)
from bot.cards.kit import blocks, ids
from bot.cards.kit.limits import Block
from bot.cards.kit.words import Line, link, raw, say, short, strong, visible

ANSWER_LENGTH, NAME_LENGTH, TICKET_LENGTH, NOTE_LENGTH, PATH_LENGTH = 300, 100, 60, 500, 400
"""Characters of an answer, a name, a ticket number, a note, a path (our choice; the portal names no limits)."""
EXISTING_CLOSED = (
    "the portal does not say how far that policy reaches, so the device is added to it in the portal"
)
_TITLE = "Approve storage"


def storage_modal(form: StorageForm) -> Block:
    """The form; without an open reach or a waiting request the reason instead of one."""
    if not form.case.pending:
        return too_late_modal(form.case)
    if not any(offer.is_open for offer in form.reaches):
        return said_modal(_TITLE, [offer.closed_because for offer in form.reaches[:1]])
    body = [blocks.rich([*about(form.case), *_asked(form)])]
    if form.unverified:
        body += [_without_submit(form), *_as_choices(_choices(form)), *_closed(form), *_prepared(form)]
        return blocks.modal(_TITLE, body, callback_id=ids.STORAGE_VIEW, private_metadata=reference(form.case))
    body += [*_choices(form), *_closed(form), *_typed_inputs(form), *_preview(form), *_notes(form)]
    return blocks.modal(
        _TITLE,
        body,
        callback_id=ids.STORAGE_VIEW,
        private_metadata=reference(form.case),
        submit="Approve",
    )


# What is asked


def _asked(form: StorageForm) -> list[Line]:
    """Read or write is what was asked for; the portal's form has no other choice."""
    facts = form.facts
    serial = form.serial_number
    device: Line = [
        strong("Device: "),
        raw(form.device_name, 200),
        *([say(", serial number "), raw(serial, 120)] if serial and serial not in form.device_name else []),
    ]
    if not serial:
        device = [strong("Device: "), say("none in particular; the portal knows no serial number")]
    return [
        [strong("Asks to: "), raw(facts.action_type), say(", which is what an approval gives and no more")],
        device,
        [strong("Path: "), raw(facts.path, code=True)],
        [strong("Computer: "), raw(facts.computer_name)],
        [strong("User: "), raw(facts.requestor)],
    ]


# What may be chosen


def _choices(form: StorageForm) -> list[Block]:
    """Every choice among given answers, the narrow one first and chosen."""
    return [
        _radio(form, ids.STORAGE_DEVICE_BLOCK, "Device", _device_options(form)),
        blocks.telling(_radio(form, ids.REACH_BLOCK, "How far", _reach_options(form))),
        *_groups(form),
        blocks.telling(_radio(form, ids.STORAGE_PATH_BLOCK, "Path", _path_options(form))),
        *_own_path(form),
        _radio(form, ids.STORAGE_USERS_BLOCK, "Who may", _user_options(form)),
        blocks.telling(_lasts(form)),
        *_day(form),
    ]


def _radio(form: StorageForm, block_id: str, label: str, options: list[Block]) -> Block:
    return blocks.radio(block_id, label, options, _chosen(options, form.value(block_id)))


def _chosen(options: Sequence[Block], value: str) -> Block:
    return next((option for option in options if option["value"] == value), options[0])


def _device_options(form: StorageForm) -> list[Block]:
    every = blocks.option(
        "All storage devices", ids.ALL_DEVICES, description="Not tied to one device. Needs a reason."
    )
    if not form.serial_number:
        return [every]
    return [blocks.option(f"This device: {short(form.device_name, 55)}", ids.THIS_DEVICE), every]


def _reach_options(form: StorageForm) -> list[Block]:
    return [
        blocks.option(REACH_WORDS[offer.reach], offer.reach.value) for offer in form.reaches if offer.is_open
    ]


def _groups(form: StorageForm) -> list[Block]:
    """The computer groups, the computer's own one first and chosen."""
    if ids.COMPUTER_GROUP_BLOCK not in form.asks or not form.groups:
        return []
    ordered = sorted(form.groups, key=lambda group: not group.is_own)
    options = [_group_option(group) for group in ordered]
    chosen = [one for one in options if one["value"] == form.value(ids.COMPUTER_GROUP_BLOCK)]
    initial = chosen or (options[:1] if ordered[0].is_own else [])
    hint = "Another group than its own opens nothing on this computer."
    picked = blocks.select(ids.COMPUTER_GROUP_BLOCK, "Computer group", options, initial=initial, hint=hint)
    if not form.groups_left:
        return [picked]
    return [
        picked,
        blocks.context(f"{form.groups_left} more computer groups are offered in the portal alone."),
    ]


def _group_option(group: GroupOffer) -> Block:
    return blocks.option(
        f"{short(group.name)}{' (its own)' if group.is_own else ''}", group.computer_group_id
    )


def _path_options(form: StorageForm) -> list[Block]:
    asked = (
        [blocks.option(f"As asked: {short(form.facts.path, 60)}", ids.ASKED_PATH)] if form.facts.path else []
    )
    typed = [] if form.unverified else [blocks.option("Another path", ids.OWN_PATH)]
    return [*asked, *typed, blocks.option("Every path on the device", ids.EVERY_PATH)]


def _user_options(form: StorageForm) -> list[Block]:
    asking = form.facts.requestor
    every = blocks.option("Everybody on these computers", ids.EVERYBODY)
    return [blocks.option(f"Only {short(asking, 60)}", ids.ASKING_USER), every] if asking else [every]


def _lasts(form: StorageForm) -> Block:
    """A short bounded span comes first; without an end only on purpose."""
    days = sorted(STORAGE_DAYS, key=lambda one: (one != STORAGE_USUAL_DAYS, one))
    options = [blocks.option(f"{one} day{'' if one == 1 else 's'}", str(one)) for one in days]
    if not form.unverified:
        options.append(blocks.option("Until a day", ids.UNTIL_DATE))
    options.append(blocks.option("Without an end; needs a reason", ids.FOR_GOOD))
    initial = [_chosen(options, form.value(ids.LASTS_BLOCK))]
    return blocks.select(ids.LASTS_BLOCK, "It stays open for", options, initial=initial)


def _own_path(form: StorageForm) -> list[Block]:
    """Where another path is chosen than the asked one, which stands in it to begin with."""
    if form.unverified or form.value(ids.STORAGE_PATH_BLOCK) != ids.OWN_PATH:
        return []
    hint = "* stands for any characters."
    return [
        _line(form, ids.STORAGE_OWN_PATH_BLOCK, "Path", PATH_LENGTH, hint=hint, first=form.facts.path),
    ]


def _day(form: StorageForm) -> list[Block]:
    if form.unverified or form.value(ids.LASTS_BLOCK) != ids.UNTIL_DATE:
        return []
    day = form.value(ids.EXPIRES_BLOCK)
    return [blocks.date_picker(ids.EXPIRES_BLOCK, "Until the end of this day", initial=day, needed=True)]


def _closed(form: StorageForm) -> list[Block]:
    """What is closed, in one line; and the policy that the device cannot be added to from here."""
    body = closed_reaches(form.reaches)
    if form.existing_policy:
        words: Line = [strong("The storage policy "), raw(form.existing_policy, 120), strong(": closed. ")]
        body.append(blocks.rich([[*words, say(f"{EXISTING_CLOSED}.")]]))
    return body


# What is typed


def _typed_inputs(form: StorageForm) -> list[Block]:
    told = blocks.option("Tell the requestor", ids.NOTIFY_YES)
    is_told = form.values.get(ids.NOTIFY_BLOCK, ids.NOTIFY_YES) == ids.NOTIFY_YES
    return [
        *_confirmations(form),
        *justification_list(form.justifications, form.value(ids.JUSTIFICATION_BLOCK)),
        _text(form, ids.REASON_BLOCK, "Reason, for the record", REASON_LENGTH),
        _line(
            form,
            ids.STORAGE_NAME_BLOCK,
            "The device's name in the portal",
            NAME_LENGTH,
            hint="Empty: as the portal suggests.",
            first=form.device_name,
        ),
        _line(form, ids.TICKET_BLOCK, "Ticket number", TICKET_LENGTH),
        _text(form, ids.NOTE_BLOCK, "Note to the requestor", NOTE_LENGTH),
        blocks.tick_box(ids.NOTIFY_BLOCK, "Notification", told, ticked=is_told),
        _text(
            form,
            ids.INTERNAL_BLOCK,
            "Internal note",
            NOTE_LENGTH,
            hint="Stands in the portal behind your name; the requestor does not read it.",
        ),
    ]


def _confirmations(form: StorageForm) -> list[Block]:
    """Both are needed beyond the computer; the submit is answered with an error where one is missing."""
    if not set(CONFIRMATION) <= set(form.asks):
        return []
    how = _text(form, ids.VALIDATED_BLOCK, "How was it validated?", ANSWER_LENGTH)
    who = _line(form, ids.CONFIRMED_BLOCK, "Who in the business confirmed?", ANSWER_LENGTH)
    return [how | {"optional": False}, who | {"optional": False}]


def _line(
    form: StorageForm, block_id: str, label: str, length: int, *, hint: str = "", first: str = ""
) -> Block:
    """One line of text; `first` stands in it until something else was typed, if it fits and nothing acts unseen."""
    suggested = first if visible(first) == first and len(first) <= length else ""
    return blocks.text_input(
        block_id,
        label,
        hint=hint,
        multiline=False,
        needed=False,
        max_length=length,
        initial=visible(form.values.get(block_id, suggested)),
    )


def _text(form: StorageForm, block_id: str, label: str, length: int, *, hint: str = "") -> Block:
    return blocks.text_input(
        block_id, label, hint=hint, needed=False, max_length=length, initial=visible(form.value(block_id))
    )


# What it comes to


def _preview(form: StorageForm) -> list[Block]:
    """The effect of what is chosen so far, and a button that draws it again."""
    button = blocks.button(ids.STORAGE_PREVIEW, "Preview", reference(form.case))
    return [blocks.actions([button], ids.STORAGE_ACTIONS_BLOCK), blocks.rich(_effect(form))]


def _effect(form: StorageForm) -> list[Line]:
    if form.trouble:
        return [[strong("Not complete yet: "), raw(form.trouble, 400)]]
    return [[strong("Effect: "), raw(storage_effect(form.choice, form.facts), 900)], *_warnings(form)]


def _warnings(form: StorageForm) -> list[Line]:
    lines: list[Line] = [[strong("Warning: "), say(one)] for one in storage_warnings(form.choice)]
    if form.two_people:
        lines.append([strong("Two people have to agree: "), raw(form.two_people, 300), say(".")])
    return lines


def _notes(form: StorageForm) -> list[Block]:
    notes = [blocks.context(HOUSE_RULE)]
    if not form.writes_on:
        notes.append(blocks.rich([[strong(REHEARSAL)]]))
    return notes


# Without a submit button


def _without_submit(form: StorageForm) -> Block:
    lines: list[Line] = [
        [strong("You may approve this. "), raw(form.unverified, 400)],
        [say("Choose below; the text for the portal follows your choices.")],
    ]
    return blocks.rich(lines)


def _as_choices(inputs: Sequence[Block]) -> Iterator[Block]:
    """The same choices outside of inputs, which need a submit button: each one draws the text anew."""
    for block in inputs:
        if block["type"] != "input":
            yield block
            continue
        yield blocks.rich([[strong(block["label"]["text"])]])
        yield blocks.actions([block["element"]], block["block_id"])


def _prepared(form: StorageForm) -> Iterator[Block]:
    """The exact effect as text to copy, and the way into the portal."""
    yield blocks.divider()
    lines: list[Line] = [[strong("Enter this in the portal:")]]
    lines += [
        [strong(f"{label}: "), raw(value, 400)] for label, value in storage_text(form.choice, form.facts)
    ]
    yield blocks.rich(lines, ids.PREVIEW_BLOCK)
    yield blocks.rich(_effect(form))
    if form.portal_link:
        yield blocks.rich([[link(form.portal_link, "Open the portal")]])
    yield blocks.context(HOUSE_RULE)
