"""Slack's limits for blocks, views and messages, and the check that every payload of ours passes first.

Numbers: Slack's Block Kit reference (docs.slack.dev/reference/block-kit), unless marked as our choice.
Lengths are counted in UTF-16 units, the larger of the two ways in which Slack may count.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal

from bot.cards.kit.words import units

Surface = Literal["message", "modal", "home"]
Block = dict[str, Any]

BLOCKS: dict[Surface, int] = {"message": 50, "modal": 100, "home": 100}
MESSAGE_TEXT, HEADER, BUTTON_TEXT, BUTTON_VALUE, BUTTON_URL = 4000, 150, 75, 2000, 3000
SECTION_TEXT, CONTEXT_ELEMENTS, ACTIONS_ELEMENTS, ID = 3000, 10, 25, 255
OPTION_TEXT, OPTION_VALUE, SELECT_OPTIONS, OVERFLOW_OPTIONS, RADIO_OPTIONS = 75, 150, 100, 5, 10
TABLES, TABLE_ROWS, TABLE_COLUMNS = 1, 100, 20
LABEL, HINT, PLACEHOLDER, INPUT_VALUE = 2000, 2000, 150, 3000
MODAL_TITLE, MODAL_BUTTON, PRIVATE_METADATA, VIEW_BYTES = 24, 24, 3000, 250_000
CONFIRM_TITLE, CONFIRM_TEXT, CONFIRM_BUTTON = 100, 300, 30
MESSAGE_BYTES = 100_000
"""Our choice: Slack names no limit for a message's blocks; our largest card is a tenth of this."""

ALLOWED_BLOCKS: dict[Surface, frozenset[str]] = {
    "message": frozenset({"header", "section", "rich_text", "context", "actions", "divider", "table"}),
    "modal": frozenset({"header", "section", "rich_text", "context", "actions", "divider", "input"}),
    "home": frozenset({"header", "section", "rich_text", "context", "actions", "divider"}),
}
"""The blocks that we use; every Slack client has drawn them for years, but for tables, which are younger."""

_DATE_TOKEN = re.compile(r"<!date\^[0-9]+\^[A-Za-z0-9_{} ,]+\|[0-9A-Z: -]+>")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


class PayloadError(ValueError):
    """A payload that Slack would refuse: a fault of ours, named with its place. Nothing was sent."""

    def __init__(self, faults: Sequence[str]) -> None:
        super().__init__("; ".join(faults))
        self.faults = tuple(faults)


def check_payload(surface: Surface, blocks: Sequence[Block]) -> None:
    """Raises `PayloadError` with every fault found, or returns."""
    faults = [*_count_faults(surface, blocks), *_duplicate_faults(blocks)]
    for index, block in enumerate(blocks):
        faults += [f"blocks[{index}] {fault}" for fault in _block_faults(surface, block)]
    if faults:
        raise PayloadError(faults)


def check_view(view: Mapping[str, Any]) -> None:
    """As `check_payload`, for a whole modal or home view."""
    surface: Surface = "modal" if view.get("type") == "modal" else "home"
    faults = _view_faults(view) if surface == "modal" else []
    if len(json.dumps(view).encode()) > VIEW_BYTES:
        faults.append(f"the view is over {VIEW_BYTES} bytes")
    if faults:
        raise PayloadError(faults)
    check_payload(surface, view["blocks"])


def _view_faults(view: Mapping[str, Any]) -> list[str]:
    """Title, buttons, metadata; an input needs a submit button."""
    faults = [
        fault
        for key, limit in (("title", MODAL_TITLE), ("submit", MODAL_BUTTON), ("close", MODAL_BUTTON))
        for fault in _text_faults(view.get(key), key, limit, plain=True, needed=key == "title")
    ]
    if units(view.get("private_metadata", "")) > PRIVATE_METADATA:
        faults.append(f"private_metadata is over {PRIVATE_METADATA}")
    if any(block["type"] == "input" for block in view["blocks"]) and "submit" not in view:
        faults.append("an input needs a submit button")
    return faults


def _count_faults(surface: Surface, blocks: Sequence[Block]) -> list[str]:
    """How many blocks, how large in all."""
    faults = []
    if not 1 <= len(blocks) <= BLOCKS[surface]:
        faults.append(f"{len(blocks)} blocks; a {surface} takes 1 to {BLOCKS[surface]}")
    if (tables := sum(block.get("type") == "table" for block in blocks)) > TABLES:
        faults.append(f"{tables} tables; a message takes {TABLES}")
    if surface == "message" and len(json.dumps(blocks).encode()) > MESSAGE_BYTES:
        faults.append(f"the blocks are over {MESSAGE_BYTES} bytes")
    return faults


def _duplicate_faults(blocks: Sequence[Block]) -> list[str]:
    """`block_id` once in the payload, `action_id` once in its block."""
    names = Counter(block["block_id"] for block in blocks if "block_id" in block)
    faults = [f"block_id {name!r} stands twice" for name, count in names.items() if count > 1]
    for block in blocks:
        ids = Counter(
            element.get("action_id") for element in block.get("elements", ()) if "action_id" in element
        )
        faults += [f"action_id {name!r} stands twice" for name, count in ids.items() if count > 1]
    return faults


def _block_faults(surface: Surface, block: Block) -> list[str]:
    """One block by its type."""
    kind = block.get("type")
    if kind not in ALLOWED_BLOCKS[surface]:
        return [f"type {kind!r} does not belong in a {surface}"]
    faults = [f"{kind}: {fault}" for fault in _mrkdwn_faults(block)]
    if units(block.get("block_id", "")) > ID:
        faults.append(f"block_id is over {ID}")
    match kind:
        case "header":
            faults += _text_faults(block.get("text"), "header", HEADER, plain=True)
        case "section":
            faults += _text_faults(block.get("text"), str(kind), SECTION_TEXT)
        case "context":
            faults += _elements_faults(block, CONTEXT_ELEMENTS)
            faults += [f for e in block["elements"] for f in _text_faults(e, "context", SECTION_TEXT)]
        case "actions":
            faults += _elements_faults(block, ACTIONS_ELEMENTS)
            faults += [f for e in block["elements"] for f in _element_faults(e)]
        case "input":
            faults += _text_faults(block.get("label"), "label", LABEL, plain=True)
            faults += _text_faults(block.get("hint"), "hint", HINT, plain=True, needed=False)
            faults += _element_faults(block["element"])
        case "rich_text":
            faults += [f for part in block["elements"] for f in _rich_faults(part)]
        case "table":
            faults += _table_faults(block)
    return faults


def _elements_faults(block: Block, limit: int) -> list[str]:
    """How many elements a context or actions block holds."""
    count = len(block["elements"])
    return [] if 1 <= count <= limit else [f"{count} elements; {block['type']} takes 1 to {limit}"]


def _text_faults(
    text: Mapping[str, Any] | None, name: str, limit: int, *, plain: bool = False, needed: bool = True
) -> list[str]:
    """A text object: present, not empty, short enough, plain where Slack takes nothing else."""
    if text is None:
        return [f"{name} is missing"] if needed else []
    faults = []
    if not 1 <= units(text["text"]) <= limit:
        faults.append(f"{name} has {units(text['text'])} characters; 1 to {limit} are allowed")
    if plain and text["type"] != "plain_text":
        faults.append(f"{name} must be plain_text")
    return faults


def _mrkdwn_faults(block: Block) -> Iterator[str]:
    """`mrkdwn` is for our own words and times: anything else that Slack would obey is a fault.

    Every card passes here. One generator inside of another would hand on each fault, and each end, level by level.
    """
    left: list[object] = [block]
    while left:
        node = left.pop()
        if isinstance(node, list):
            left += node
        elif isinstance(node, dict):
            left += node.values()
            if node.get("type") == "mrkdwn":
                rest = _DATE_TOKEN.sub("", node["text"])
                if "<" in rest or ">" in rest or node.get("verbatim") is not True:
                    yield f"mrkdwn that is not ours alone: {node['text'][:60]!r}"


def _element_faults(element: Block) -> list[str]:
    """One interactive element: ids, texts, values, options."""
    faults = []
    if not 1 <= units(element.get("action_id", "")) <= ID:
        faults.append(f"action_id is missing or over {ID}")
    faults += _text_faults(element.get("placeholder"), "placeholder", PLACEHOLDER, plain=True, needed=False)
    match element["type"]:
        case "button":
            faults += _button_faults(element)
        case "overflow":
            faults += _options_faults(element["options"], OVERFLOW_OPTIONS)
        case "radio_buttons" | "checkboxes":
            faults += _options_faults(element["options"], RADIO_OPTIONS)
        case "static_select" | "multi_static_select":
            faults += _select_faults(element)
        case "plain_text_input" | "datepicker":
            faults += _typed_faults(element)
        case "users_select":
            pass  # It holds nothing besides its name and placeholder, which are checked above.
        case kind:
            faults.append(f"element {kind!r} is not one that we use")
    return faults


def _typed_faults(element: Block) -> list[str]:
    """What stands in a field from the start: short enough, a day in Slack's own form."""
    faults = []
    if units(element.get("initial_value", "")) > INPUT_VALUE or element.get("max_length", 1) > INPUT_VALUE:
        faults.append(f"an input takes at most {INPUT_VALUE} characters")
    if not _DATE.fullmatch(element.get("initial_date", "2026-01-01")):
        faults.append("a day is written like 2026-12-24")
    return faults


def _button_faults(element: Block) -> list[str]:
    """A button's text, value, address, confirm dialog."""
    faults = _text_faults(element.get("text"), "button", BUTTON_TEXT, plain=True)
    if units(element.get("value", "")) > BUTTON_VALUE or units(element.get("url", "")) > BUTTON_URL:
        faults.append("a button's value or url is too long")
    if element.get("style", "primary") not in ("primary", "danger"):
        faults.append("a button's style is primary or danger")
    confirm = element.get("confirm")
    if confirm is not None:
        faults += _text_faults(confirm.get("title"), "confirm title", CONFIRM_TITLE, plain=True)
        faults += _text_faults(confirm.get("text"), "confirm text", CONFIRM_TEXT, plain=True)
        faults += _text_faults(confirm.get("confirm"), "confirm button", CONFIRM_BUTTON, plain=True)
        faults += _text_faults(confirm.get("deny"), "confirm button", CONFIRM_BUTTON, plain=True)
    return faults


def _select_faults(element: Block) -> list[str]:
    """Options or groups of options, each at most 100."""
    groups = element.get("option_groups")
    if groups is None:
        return _options_faults(element["options"], SELECT_OPTIONS)
    faults = [] if 1 <= len(groups) <= SELECT_OPTIONS else [f"{len(groups)} option groups"]
    for group in groups:
        faults += _text_faults(group["label"], "option group", OPTION_TEXT, plain=True)
        faults += _options_faults(group["options"], SELECT_OPTIONS)
    return faults


def _options_faults(options: Sequence[Block], limit: int) -> list[str]:
    """Number, text and value of options; the values differ."""
    faults = [] if 1 <= len(options) <= limit else [f"{len(options)} options; 1 to {limit} are allowed"]
    for option in options:
        faults += _text_faults(option["text"], "option", OPTION_TEXT, plain=True)
        faults += _text_faults(
            option.get("description"), "description", OPTION_TEXT, plain=True, needed=False
        )
        if not 1 <= units(option["value"]) <= OPTION_VALUE:
            faults.append(f"an option's value has {units(option['value'])} characters")
    if len({option["value"] for option in options}) < len(options):
        faults.append("two options have the same value")
    return faults


def _rich_faults(part: Block) -> list[str]:
    """Rich text: the elements that we use, none of them empty."""
    if part["type"] not in ("rich_text_section", "rich_text_quote", "rich_text_preformatted"):
        return [f"rich text {part['type']!r} is not one that we use"]
    faults = [] if part["elements"] else ["an empty rich text section"]
    for element in part["elements"]:
        if element["type"] not in ("text", "user", "usergroup", "channel", "date", "link"):
            faults.append(f"rich text element {element['type']!r} is not one that we use")
        elif element["type"] == "text" and not element["text"]:
            faults.append("an empty rich text element")
    return faults


def _table_faults(table: Block) -> list[str]:
    """Rows and columns, as many in each row; every cell is rich text."""
    rows = table["rows"]
    widths = {len(row) for row in rows}
    faults = [] if 1 <= len(rows) <= TABLE_ROWS else [f"{len(rows)} rows; a table takes 1 to {TABLE_ROWS}"]
    if len(widths) > 1 or not all(1 <= width <= TABLE_COLUMNS for width in widths):
        faults.append(
            f"rows of {sorted(widths)} cells; 1 to {TABLE_COLUMNS} are allowed, in each row as many"
        )
    for cell in (cell for row in rows for cell in row):
        if cell["type"] != "rich_text":
            faults.append(f"a cell of type {cell['type']!r} is not one that we use")
        else:
            faults += [fault for part in cell["elements"] for fault in _rich_faults(part)]
    return faults
