"""Thin builders of Slack's blocks as plain dicts. A text type is always given, never guessed.

Untrusted text comes in as runs (`words.raw`) or as plain text, which these builders make safe; there
is no builder that takes an outside string as `mrkdwn`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from bot.cards.kit import ids, limits
from bot.cards.kit.limits import Block
from bot.cards.kit.words import (
    Line,
    as_element,
    as_text,
    cut,
    is_link,
    moment_token,
    one_line,
    raw,
    say,
    strong,
)


@dataclass(frozen=True, slots=True)
class Rendered:
    """A message as Slack takes it. `text` is escaped and complete on its own: notifications read it aloud."""

    text: str
    blocks: list[Block]
    metadata: Mapping[str, Any] = field(default_factory=dict)


def message(lines: Sequence[Line], extra: Sequence[Block] = ()) -> Rendered:
    """A message made of sentences; the fallback text says the same. `extra` blocks follow (buttons)."""
    body = [rich(lines), *extra]
    limits.check_payload("message", body)
    return Rendered(text=as_text(lines), blocks=body)


def plain(text: str, limit: int) -> Block:
    """A plain-text object: literal, no emoji codes, cut visibly. Safe for any string."""
    return {"type": "plain_text", "text": cut(one_line(text), limit) or "(not given)", "emoji": False}


def header(text: str) -> Block:
    """A large title."""
    return {"type": "header", "text": plain(text, limits.HEADER)}


def divider() -> Block:
    """A thin line."""
    return {"type": "divider"}


def rich(lines: Sequence[Line], block_id: str = "") -> Block:
    """Lines of runs. All stand in one section with line breaks, which every client draws alike."""
    elements: list[Block] = []
    for index, line in enumerate(lines):
        elements += [say("\n")] if index else []
        elements += [as_element(run) for run in line]
    block: Block = {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": elements}]}
    return block | {"block_id": block_id} if block_id else block


def copyable(values: Sequence[tuple[str, str]], limit: int = 1000) -> Block:
    """Values from outside, each in a field of its own below its label, to be selected and copied whole."""
    parts: list[Block] = []
    for label, value in values:
        parts.append({"type": "rich_text_section", "elements": [as_element(strong(label))]})
        shown = as_element(raw(value, limit))
        parts.append({"type": "rich_text_preformatted", "elements": [shown]})
    return {"type": "rich_text", "elements": parts}


def table(rows: Sequence[Sequence[Line]], *, numbers_from: int) -> Block:
    """Rows of cells, each a line of runs, the first row being the head; numbers stand from a column on.

    One in a message. Clients draw it since 2025, so what it holds stands in the fallback text as well.
    """
    return {
        "type": "table",
        "rows": [[rich([cell]) for cell in row] for row in rows],
        "column_settings": [
            {"align": "right" if column >= numbers_from else "left", "is_wrapped": column < numbers_from}
            for column in range(len(rows[0]))
        ],
    }


def context(text: str) -> Block:
    """A small grey line."""
    return {"type": "context", "elements": [plain(text, limits.SECTION_TEXT)]}


def time_line(words: str, at: datetime) -> Block:
    """A small line that ends in a time in the reader's own zone. `words` are ours, never from outside."""
    text = {"type": "mrkdwn", "text": f"{words} {moment_token(at)}", "verbatim": True}
    return {"type": "context", "elements": [text]}


def actions(elements: Sequence[Block], block_id: str) -> Block:
    """A row of buttons and menus."""
    return {"type": "actions", "block_id": block_id, "elements": list(elements)}


def button(action_id: str, label: str, value: str, *, style: str = "") -> Block:
    """A button; its value is an opaque reference and nothing else."""
    built = {
        "type": "button",
        "action_id": action_id,
        "text": plain(label, limits.BUTTON_TEXT),
        "value": value,
    }
    return built | {"style": style} if style else built


def link_button(action_id: str, label: str, url: str) -> Block | None:
    """A button that opens an https address in the browser, or None where the address may not be linked."""
    if not is_link(url):
        return None
    return {"type": "button", "action_id": action_id, "text": plain(label, limits.BUTTON_TEXT), "url": url}


def option(label: str, value: str, *, url: str = "", description: str = "") -> Block:
    """One choice of a menu, of radio buttons or of tick boxes."""
    built: Block = {"text": plain(label, limits.OPTION_TEXT), "value": value}
    if description:
        built["description"] = plain(description, limits.OPTION_TEXT)
    return built | {"url": url} if url and is_link(url) else built


def menu(
    action_id: str, options: Sequence[Block], *, initial: str = "", placeholder: str = "Choose"
) -> Block:
    """A menu in a row of buttons: one of up to 100 options, the one of this value chosen."""
    built: Block = {
        "type": "static_select",
        "action_id": action_id,
        "placeholder": plain(placeholder, limits.PLACEHOLDER),
        "options": list(options)[: limits.SELECT_OPTIONS],
    }
    chosen = next((each for each in built["options"] if each["value"] == initial), None)
    return built | {"initial_option": chosen} if chosen else built


def overflow(action_id: str, options: Sequence[Block]) -> Block:
    """The “…” menu."""
    return {"type": "overflow", "action_id": action_id, "options": list(options)}


def text_input(
    block_id: str,
    label: str,
    *,
    hint: str = "",
    multiline: bool = True,
    needed: bool = True,
    max_length: int,
    initial: str = "",
) -> Block:
    """A field for free text; `initial` stands in it from the start."""
    element: Block = {
        "type": "plain_text_input",
        "action_id": ids.INPUT,
        "multiline": multiline,
        "max_length": max_length,
    }
    if initial:
        element["initial_value"] = initial[:max_length]
    return _input(block_id, label, element, hint=hint, needed=needed)


def person_select(block_id: str, label: str, *, hint: str = "") -> Block:
    """One person of the workspace, found by typing a name."""
    element = {
        "type": "users_select",
        "action_id": ids.INPUT,
        "placeholder": plain("Choose", limits.PLACEHOLDER),
    }
    return _input(block_id, label, element, hint=hint, needed=True)


def date_picker(
    block_id: str, label: str, *, initial: str = "", hint: str = "", needed: bool = False
) -> Block:
    """A day, chosen in a calendar. `initial` is like `2026-12-24`."""
    element: Block = {
        "type": "datepicker",
        "action_id": ids.INPUT,
        "placeholder": plain("Choose a day", limits.PLACEHOLDER),
    }
    if initial:
        element["initial_date"] = initial
    return _input(block_id, label, element, hint=hint, needed=needed)


def grouped_select(
    block_id: str,
    label: str,
    groups: Sequence[tuple[str, Sequence[Block]]],
    *,
    initial: Block | None = None,
    hint: str = "",
) -> Block:
    """One out of several titled groups of at most 100 options each; groups without options are left out."""
    element: Block = {
        "type": "static_select",
        "action_id": ids.INPUT,
        "placeholder": plain("Choose", limits.PLACEHOLDER),
        "option_groups": [
            {"label": plain(title, limits.OPTION_TEXT), "options": list(options)[: limits.SELECT_OPTIONS]}
            for title, options in groups
            if options
        ],
    }
    if initial is not None:
        element["initial_option"] = initial
    return _input(block_id, label, element, hint=hint, needed=True)


def radio(block_id: str, label: str, options: Sequence[Block], initial: Block | None) -> Block:
    """One choice out of a few."""
    element: Block = {"type": "radio_buttons", "action_id": ids.INPUT, "options": list(options)}
    if initial is not None:
        element["initial_option"] = initial
    return _input(block_id, label, element, hint="", needed=True)


def tick_box(block_id: str, label: str, choice: Block, *, ticked: bool) -> Block:
    """One tick box."""
    element: Block = {"type": "checkboxes", "action_id": ids.INPUT, "options": [choice]}
    if ticked:
        element["initial_options"] = [choice]
    return _input(block_id, label, element, hint="", needed=False)


def telling(block: Block) -> Block:
    """The same input, which tells its choice at once, so that the form can show what that choice needs."""
    return block | {"dispatch_action": True}


def select(
    block_id: str,
    label: str,
    options: Sequence[Block],
    *,
    initial: Sequence[Block] = (),
    many: bool = False,
    needed: bool = True,
    hint: str = "",
) -> Block:
    """One or several out of many: beyond 100 options they are put in groups, up to Slack's 100 groups."""
    element: Block = {
        "type": "multi_static_select" if many else "static_select",
        "action_id": ids.INPUT,
        "placeholder": plain("Choose", limits.PLACEHOLDER),
    }
    element |= _select_options(list(options)[: limits.SELECT_OPTIONS**2])
    if initial:
        element |= {"initial_options": list(initial)} if many else {"initial_option": initial[0]}
    return _input(block_id, label, element, hint=hint, needed=needed)


def _select_options(options: list[Block]) -> Mapping[str, Any]:
    """Options as they are, or in numbered groups of 100."""
    size = limits.SELECT_OPTIONS
    if len(options) <= size:
        return {"options": options}
    parts = [options[start : start + size] for start in range(0, len(options), size)]
    first = [1 + size * index for index in range(len(parts))]
    return {
        "option_groups": [
            {"label": plain(f"{start} to {start + len(part) - 1}", limits.OPTION_TEXT), "options": part}
            for start, part in zip(first, parts, strict=True)
        ]
    }


def _input(block_id: str, label: str, element: Block, *, hint: str, needed: bool) -> Block:
    """An input block around an element."""
    block: Block = {
        "type": "input",
        "block_id": block_id,
        "label": plain(label, limits.LABEL),
        "element": element,
        "optional": not needed,
    }
    return block | {"hint": plain(hint, limits.HINT)} if hint else block


def refilled(view: Block, values: Mapping[str, str]) -> Block:
    """The same form with what was entered before, as far as it still asks for it and offers it."""
    return view | {"blocks": [_refilled(block, values) for block in view["blocks"]]}


def _refilled(block: Block, values: Mapping[str, str]) -> Block:
    value = values.get(block.get("block_id", ""))
    if block["type"] != "input" or value is None:
        return block
    element = block["element"]
    bare = {name: held for name, held in element.items() if not name.startswith("initial_")}
    return block | {"element": bare | _entered(element, value)}


def _entered(element: Block, value: str) -> Block:
    """How an element is told what stands in it; where that is not offered any more, it is as it came."""
    kind = element["type"]
    if kind in _TEXTS:
        most = element.get("max_length", len(value))
        return {_TEXTS[kind]: value[:most]} if value else {}
    parts = [element, *element.get("option_groups", ())]
    offered = [option for part in parts for option in part.get("options", ())]
    if kind in ("checkboxes", "multi_static_select"):
        chosen = [option for option in offered if option["value"] in value.split(",")]
        return {"initial_options": chosen} if chosen else {}
    exact = next((option for option in offered if option["value"] == value), element.get("initial_option"))
    return {"initial_option": exact} if exact else {}


_TEXTS = {
    "plain_text_input": "initial_value",
    "datepicker": "initial_date",
    "users_select": "initial_user",
}
"""What an element of each type calls that which stands in it."""


def modal(
    title: str, body: Sequence[Block], *, callback_id: str, private_metadata: str = "", submit: str = ""
) -> Block:
    """A modal view, checked."""
    view: Block = {
        "type": "modal",
        "callback_id": callback_id,
        "title": plain(title, limits.MODAL_TITLE),
        "close": plain("Cancel" if submit else "Close", limits.MODAL_BUTTON),
        "private_metadata": private_metadata,
        "blocks": list(body)[: limits.BLOCKS["modal"]],
    }
    if submit:
        view["submit"] = plain(submit, limits.MODAL_BUTTON)
    limits.check_view(view)
    return view


def home(body: Sequence[Block], *, private_metadata: str = "") -> Block:
    """An App Home view, checked."""
    view: Block = {
        "type": "home",
        "private_metadata": private_metadata,
        "blocks": list(body)[: limits.BLOCKS["home"]],
    }
    limits.check_view(view)
    return view
