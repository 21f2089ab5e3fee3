"""Block Kit as Slack's server checks it: messages, modals and Home tabs.

Sources: docs.slack.dev/reference/block-kit (limits per block and element), docs.slack.dev/reference/views.
Lengths are counted in code points; Slack does not publish its unit.
"""

import json
from collections.abc import Sequence
from typing import Any

from rehearsal.slack.block_checks import (
    Check,
    Findings,
    Surface,
    any_text,
    anything,
    boolean,
    both,
    choice,
    exactly_one,
    integer,
    items,
    only_on,
    plain,
    record,
    string,
    text_object,
    typed,
)
from rehearsal.slack.block_elements import (
    button,
    image_element,
    in_actions,
    in_context,
    in_context_actions,
    in_input,
    in_section,
)
from rehearsal.slack.errors import Json, SlackError
from rehearsal.slack.rich_text import rich_text_parts

BLOCKS_MOST: dict[Surface, int] = {"message": 50, "modal": 100, "home": 100}
MARKDOWN_MOST = 12_000
VIEW_BYTES_MOST = 250_000
TABLE_ROWS, TABLE_COLUMNS = 100, 20
DATA_TABLE_ROWS, DATA_TABLE_CHARACTERS = 200, 20_000


def _block(fields: dict[str, Check], required: tuple[str, ...] = (), *extra: Check) -> Check:
    return both(
        record({"type": anything, "block_id": string(255), **fields}, required), _remember_block, *extra
    )


def _remember_block(value: Json, where: str, findings: Findings) -> None:
    block_id = value.get("block_id")
    if not isinstance(block_id, str):
        return
    if block_id in findings.block_ids:
        findings.add(f"`block_id` {block_id} already exists", f"{where}/block_id")
    findings.block_ids.add(block_id)


def _section_says_something(value: Json, where: str, findings: Findings) -> None:
    if not value.get("text") and not value.get("fields"):
        findings.add("missing required field: text or fields", where)


def _count_markdown(value: Json, where: str, findings: Findings) -> None:
    text = value.get("text")
    findings.markdown_length += len(text) if isinstance(text, str) else 0
    if findings.markdown_length > MARKDOWN_MOST:
        findings.add(
            f"markdown text must not exceed {MARKDOWN_MOST} characters in one payload", f"{where}/text"
        )


def _note_input(_value: Json, _where: str, findings: Findings) -> None:
    findings.has_input = True


def _data_table_characters(value: Json, where: str, findings: Findings) -> None:
    rows = value.get("rows")
    cells = [cell for row in rows if isinstance(row, list) for cell in row] if isinstance(rows, list) else []
    length = sum(len(str(cell.get("text", ""))) for cell in cells if isinstance(cell, dict))
    if length > DATA_TABLE_CHARACTERS:
        findings.add(f"a data table holds at most {DATA_TABLE_CHARACTERS} characters", where)


_rich_text = _block({"elements": rich_text_parts}, ("elements",))
_cell = typed(
    {
        "raw_text": record({"type": anything, "text": string()}, ("text",)),
        "raw_number": record({"type": anything, "value": anything, "text": string()}, ("value", "text")),
        "rich_text": _rich_text,
    },
    "cell type",
)
_column = record({"align": choice("left", "center", "right"), "is_wrapped": boolean})
_mrkdwn_150 = text_object(("mrkdwn", "plain_text"), 150)
_card = _block(
    {
        "hero_image": image_element,
        "icon": image_element,
        "title": _mrkdwn_150,
        "subtitle": _mrkdwn_150,
        "body": any_text(200),
        "actions": items(typed({"button": button}), 3),
    }
)
_source = record({"type": anything, "url": string(3000), "text": string()}, ("url", "text"))
_task = _block(
    {
        "task_id": string(),
        "title": string(),
        "details": _rich_text,
        "output": _rich_text,
        "sources": items(typed({"url": _source}), 50, 0),
        "status": choice("pending", "in_progress", "complete", "error"),
    },
    ("task_id", "title"),
)
_image = _block(
    {
        "alt_text": string(2000),
        "image_url": string(3000),
        "slack_file": anything,
        "title": plain(2000),
    },
    ("alt_text",),
    exactly_one("image_url", "slack_file"),
)

_INNER: dict[str, Check] = {
    "actions": _block({"elements": items(in_actions, 25)}, ("elements",)),
    "context": _block({"elements": items(in_context, 10)}, ("elements",)),
    "divider": _block({}),
    "file": only_on(
        ("message",),
        _block({"external_id": string(255), "source": choice("remote")}, ("external_id", "source")),
        "file",
    ),
    "header": _block({"text": plain(150)}, ("text",)),
    "image": _image,
    "input": _block(
        {
            "label": plain(2000),
            "element": in_input,
            "hint": plain(2000),
            "optional": boolean,
            "dispatch_action": boolean,
        },
        ("label", "element"),
        _note_input,
    ),
    "rich_text": _rich_text,
    "section": _block(
        {
            "text": any_text(3000),
            "fields": items(any_text(2000), 10),
            "accessory": in_section,
            "expand": boolean,
        },
        (),
        _section_says_something,
    ),
    "table": only_on(
        ("message",),
        _block(
            {
                "rows": items(items(_cell, TABLE_COLUMNS), TABLE_ROWS),
                "column_settings": items(_column, TABLE_COLUMNS),
            },
            ("rows",),
        ),
        "table",
    ),
    "video": _block(
        {
            "video_url": string(3000),
            "thumbnail_url": string(3000),
            "alt_text": string(2000),
            "title": plain(199),
            "title_url": string(3000),
            "author_name": string(49),
            "provider_name": string(),
            "provider_icon_url": string(3000),
            "description": plain(200),
        },
        ("video_url", "thumbnail_url", "alt_text", "title"),
    ),
}

_BLOCKS: dict[str, Check] = {
    **_INNER,
    "alert": only_on(
        ("modal",),
        _block(
            {"text": any_text(200), "level": choice("default", "info", "warning", "error", "success")},
            ("text",),
        ),
        "alert",
    ),
    "call": only_on(("message",), _block({"call_id": string(), "call": anything}, ("call_id",)), "call"),
    "card": _card,
    "carousel": only_on(
        ("message", "home"),
        _block({"elements": items(typed({"card": _card}), 10)}, ("elements",)),
        "carousel",
    ),
    "container": only_on(
        ("message", "home"),
        _block(
            {
                "title": plain(150),
                "rich_text_title": _rich_text,
                "subtitle": any_text(150),
                "child_blocks": items(typed(_INNER), 10),
                "width": choice("narrow", "standard", "wide", "full"),
                "icon": image_element,
                "is_collapsible": boolean,
                "default_collapsed": boolean,
                "has_header_divider": boolean,
            },
            ("child_blocks",),
        ),
        "container",
    ),
    "context_actions": only_on(
        ("message",), _block({"elements": items(in_context_actions, 5)}, ("elements",)), "context_actions"
    ),
    "data_table": only_on(
        ("message",),
        _block(
            {
                "rows": items(items(_cell, TABLE_COLUMNS), DATA_TABLE_ROWS),
                "caption": string(),
                "page_size": integer(1, 200),
                "row_header_column_index": integer(0, 19),
            },
            ("rows", "caption"),
            _data_table_characters,
        ),
        "data_table",
    ),
    "markdown": only_on(("message",), _block({"text": string()}, ("text",), _count_markdown), "markdown"),
    "plan": only_on(
        ("message",),
        _block({"title": string(), "tasks": items(typed({"task_card": _task}), 50)}, ("title",)),
        "plan",
    ),
    "task_card": only_on(("message",), _task, "task_card"),
}
_block_of_any_kind = typed(_BLOCKS)


def find_mistakes(blocks: Any, surface: Surface, where: str = "/blocks") -> Findings:
    """Everything that Slack would refuse in a list of blocks on this surface."""
    findings = Findings(surface)
    least = 0 if surface == "message" else 1
    items(_block_of_any_kind, BLOCKS_MOST[surface], least)(blocks, where, findings)
    kinds = (
        [block.get("type") for block in blocks if isinstance(block, dict)] if isinstance(blocks, list) else []
    )
    if kinds.count("table") > 1:
        findings.add("only one table is allowed in a message", where)
    return findings


def check_message_blocks(blocks: Any) -> None:
    """Raises `invalid_blocks_format` or `invalid_blocks`, with Slack's messages, for a message's blocks."""
    if not isinstance(blocks, list):
        raise SlackError("invalid_blocks_format")
    findings = find_mistakes(blocks, "message")
    if findings.messages:
        raise SlackError("invalid_blocks", messages=findings.messages, errors=_sentences(findings.messages))


def _sentences(messages: Sequence[str]) -> list[str]:
    return [message.removeprefix("[ERROR] ") for message in messages]


_VIEW_FIELDS: dict[str, Check] = {
    "type": choice("modal", "home"),
    "blocks": anything,
    "private_metadata": string(3000, 0),
    "callback_id": string(255, 0),
    "external_id": string(255, 0),
}
_modal = record(
    {
        **_VIEW_FIELDS,
        "title": plain(24),
        "close": plain(24),
        "submit": plain(24),
        "clear_on_close": boolean,
        "notify_on_close": boolean,
        "submit_disabled": boolean,
    },
    ("type", "blocks", "title"),
)
_home = record(_VIEW_FIELDS, ("type", "blocks"))


def check_view(view: Any, surface: Surface) -> None:
    """Raises `view_too_large` or `invalid_arguments` for a modal or a Home tab that Slack would refuse."""
    if not isinstance(view, dict):
        raise SlackError("invalid_arguments", messages=["[ERROR] must be a json object [json-pointer:/view]"])
    if len(json.dumps(view, ensure_ascii=False).encode()) > VIEW_BYTES_MOST:
        raise SlackError("view_too_large")
    findings = find_mistakes(view.get("blocks"), surface, "/view/blocks")
    (_modal if surface == "modal" else _home)(view, "/view", findings)
    if view.get("type") != surface:
        findings.add(f"must be of type {surface}", "/view/type")
    if surface == "modal" and findings.has_input and not view.get("submit"):
        findings.add("missing required field: submit, since the view has an input block", "/view")
    if findings.messages:
        raise SlackError("invalid_arguments", messages=findings.messages)
