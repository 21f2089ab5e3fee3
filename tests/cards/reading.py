"""Payloads as a person reads them: one line per line on the screen, controls in brackets."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from bot.cards.case.modals import details_modal
from bot.models import Case

Json = Mapping[str, Any]


def read(blocks: Sequence[Json]) -> str:
    """The blocks as text. Times read `{09:13}`, mentions `@U0TOM`, links `text -> address`."""
    return "\n".join(_folded(line) for block in blocks for line in _lines(block))


def details(one: Case, now: datetime | None = None) -> str:
    """The details of a case on one line, however its lines break on a screen."""
    return " ".join(read(details_modal(one, now)["blocks"]).split())


def _folded(line: str) -> str:
    """Long lines go on in the next one, indented."""
    return textwrap.fill(line, 100, subsequent_indent="    ", break_long_words=False, break_on_hyphens=False)


def _lines(block: Json) -> Iterator[str]:
    match block["type"]:
        case "header":
            yield f"# {block['text']['text']}"
        case "divider":
            yield "---"
        case "context":
            yield from (f"({element['text']})" for element in block["elements"])
        case "rich_text":
            for part in block["elements"]:
                yield from "".join(_run(run) for run in part["elements"]).split("\n")
        case "table":
            yield from (" | ".join(read([cell]) for cell in row) for row in block["rows"])
        case "actions":
            yield " ".join(_control(element) for element in block["elements"])
        case "input":
            needed = "optional" if block["optional"] else "needed"
            yield f"{block['label']['text']} ({needed}): {_control(block['element'])}"
            if "hint" in block:
                yield f"  {block['hint']['text']}"


def _run(run: Json) -> str:
    match run["type"]:
        case "date":
            return "{" + str(run["fallback"])[11:16] + "}"
        case "user":
            return f"@{run['user_id']}"
        case "usergroup":
            return f"@{run['usergroup_id']}"
        case "channel":
            return f"#{run['channel_id']}"
        case "link":
            return f"{run['text']} -> {run['url']}"
    return str(run["text"])


def _control(element: Json) -> str:
    if element["type"] == "button":
        return f"[{element['text']['text']}]"
    if element["type"] == "plain_text_input":
        return f"[{element['initial_value']}]" if "initial_value" in element else "[____]"
    if element["type"] == "datepicker":
        return f"[{element.get('initial_date', 'a day')}]"
    options = [
        option["text"]["text"]
        for group in [element, *element.get("option_groups", ())]
        for option in group.get("options", ())
    ]
    return f"[{' | '.join(options[:6])}]"
