"""Block Kit as plain lines for a terminal: what a person would read, nothing else."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

Block = Mapping[str, Any]

_DATE = re.compile(r"<!date\^(\d+)\^[^|>]*\|([^>]*)>")
_ENTITY = {"&lt;": "<", "&gt;": ">", "&amp;": "&"}


def drawn(message: Block) -> list[str]:
    """A message as lines; buttons stand in brackets."""
    lines: list[str] = []
    for block in message.get("blocks") or []:
        lines += _block(block)
    return lines or [plain(str(message.get("text", "")))]


def plain(text: str) -> str:
    """Slack's message text as a reader sees it."""
    text = _DATE.sub(lambda found: _moment(int(found[1])), text)
    text = re.sub(r"<!subteam\^(\w+)>", r"@\1", text)
    text = re.sub(r"<(https?://[^|>]+)\|([^>]*)>", r"\2", text)
    for entity, character in _ENTITY.items():
        text = text.replace(entity, character)
    return text


def _block(block: Block) -> list[str]:
    match block.get("type"):
        case "header":
            return [str(block["text"]["text"]).upper()]
        case "section":
            texts = [block.get("text"), *(block.get("fields") or [])]
            return [plain(str(text["text"])) for text in texts if text]
        case "rich_text":
            return _rich(block.get("elements") or [])
        case "context":
            return [plain(str(element.get("text", ""))) for element in block["elements"]]
        case "actions":
            return ["  ".join(_label(element) for element in block["elements"])]
        case _:
            return []


def _rich(elements: Iterable[Block]) -> list[str]:
    lines: list[str] = []
    for element in elements:
        runs = element.get("elements") or []
        if element.get("type") == "rich_text_list":
            lines += [f"- {''.join(map(_run, item.get('elements') or []))}" for item in runs]
        else:
            lines += "".join(map(_run, runs)).split("\n")
    return [line for line in lines if line.strip()]


def _run(run: Block) -> str:
    match run.get("type"):
        case "text":
            return str(run["text"])
        case "date":
            return _moment(int(run["timestamp"]))
        case "user":
            return f"@{run['user_id']}"
        case "usergroup":
            return f"@{run['usergroup_id']}"
        case "channel":
            return f"#{run['channel_id']}"
        case "link":
            return str(run.get("text") or run.get("url"))
        case "emoji":
            return f":{run.get('name')}:"
        case _:
            return ""


def _label(element: Block) -> str:
    if element.get("type") == "overflow":
        return "[ ... ]"
    text = element.get("text")
    return f"[ {text['text']} ]" if text else "[ ? ]"


def _moment(timestamp: int) -> str:
    return f"{datetime.fromtimestamp(timestamp, UTC):%H:%M}"


def named(lines: Sequence[str], names: Mapping[str, str]) -> list[str]:
    """The lines with Slack ids replaced by names, as a client shows them."""
    for slack_id, name in names.items():
        lines = [line.replace(slack_id, name) for line in lines]
    return list(lines)
