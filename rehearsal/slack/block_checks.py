"""Small checks that Block Kit rules are built from.

A check is a function of a value, the place where it stands and the findings so far. Every finding is a
sentence in the form Slack uses: what is wrong and a JSON pointer.
"""

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from rehearsal.slack.errors import Json

Surface = Literal["message", "modal", "home"]


@dataclass
class Findings:
    """What a payload's check found, and what it must remember across the payload."""

    surface: Surface
    messages: list[str] = field(default_factory=list)
    block_ids: set[str] = field(default_factory=set)
    action_ids: set[tuple[str, str]] = field(default_factory=set)
    markdown_length: int = 0
    focused: int = 0
    has_input: bool = False

    def add(self, what: str, where: str) -> None:
        """Notes one mistake."""
        self.messages.append(f"[ERROR] {what} [json-pointer:{where}]")


Check = Callable[[Any, str, Findings], None]


def string(most: int | None = None, least: int = 1) -> Check:
    """A string of between `least` and `most` characters (code points; Slack's unit is not published)."""

    def check(value: Any, where: str, findings: Findings) -> None:
        if not isinstance(value, str):
            findings.add("must be a string", where)
        elif len(value) < least:
            findings.add(f"must be more than {least - 1} characters", where)
        elif most is not None and len(value) > most:
            findings.add(f"must be less than {most + 1} characters", where)

    return check


def matching(pattern: str, what: str) -> Check:
    """A string of a fixed form, such as a date."""

    def check(value: Any, where: str, findings: Findings) -> None:
        if not isinstance(value, str) or not re.fullmatch(pattern, value):
            findings.add(f"must be {what}", where)

    return check


def choice(*allowed: str) -> Check:
    """One of a few words."""

    def check(value: Any, where: str, findings: Findings) -> None:
        if value not in allowed:
            findings.add(f"must be one of {', '.join(allowed)}", where)

    return check


def boolean(value: Any, where: str, findings: Findings) -> None:
    """True or false."""
    if not isinstance(value, bool):
        findings.add("must be a boolean", where)


def integer(least: int, most: int) -> Check:
    """A whole number within bounds."""

    def check(value: Any, where: str, findings: Findings) -> None:
        if isinstance(value, bool) or not isinstance(value, int):
            findings.add("must be an integer", where)
        elif not least <= value <= most:
            findings.add(f"must be between {least} and {most}", where)

    return check


def anything(_value: Any, _where: str, _findings: Findings) -> None:
    """Accepts every value; for parts whose rules nobody publishes."""


def items(each: Check, most: int, least: int = 1) -> Check:
    """A list of between `least` and `most` entries that each pass the check."""

    def check(value: Any, where: str, findings: Findings) -> None:
        if not isinstance(value, list):
            findings.add("must be an array", where)
            return
        if len(value) < least:
            findings.add(f"no fewer than {least} items allowed", where)
        if len(value) > most:
            findings.add(f"no more than {most} items allowed", where)
            return
        for index, entry in enumerate(value):
            each(entry, f"{where}/{index}", findings)

    return check


def record(fields: Mapping[str, Check], required: Collection[str] = ()) -> Check:
    """An object with these fields only."""

    def check(value: Any, where: str, findings: Findings) -> None:
        if not isinstance(value, dict):
            findings.add("must be an object", where)
            return
        for name in required:
            if name not in value:
                findings.add(f"missing required field: {name}", where)
        for name, entry in value.items():
            if name not in fields:
                findings.add(f"invalid additional property: {name}", where)
            elif entry is not None or name in required:
                fields[name](entry, f"{where}/{name}", findings)

    return check


def typed(table: Mapping[str, Check], what: str = "type") -> Check:
    """An object whose `type` picks the check; other types are refused."""

    def check(value: Any, where: str, findings: Findings) -> None:
        if not isinstance(value, dict):
            findings.add("must be an object", where)
            return
        kind = value.get("type")
        if not isinstance(kind, str):
            findings.add("missing required field: type", where)
        elif kind not in table:
            findings.add(f"unsupported {what}: {kind}", f"{where}/type")
        else:
            table[kind](value, where, findings)

    return check


def text_object(kinds: Collection[str], most: int) -> Check:
    """A text composition object of the allowed kinds, at most `most` characters long."""
    plain = record({"type": anything, "text": string(most), "emoji": boolean}, ("text",))
    mrkdwn = record({"type": anything, "text": string(most), "verbatim": boolean}, ("text",))
    table = {"plain_text": plain, "mrkdwn": mrkdwn}
    return typed({kind: table[kind] for kind in kinds}, "text type")


def plain(most: int) -> Check:
    """Only `plain_text`: headers, labels, titles, options."""
    return text_object(("plain_text",), most)


def any_text(most: int) -> Check:
    """`plain_text` or `mrkdwn`."""
    return text_object(("plain_text", "mrkdwn"), most)


def both(*checks: Check) -> Check:
    """All checks in turn."""

    def check(value: Any, where: str, findings: Findings) -> None:
        for each in checks:
            each(value, where, findings)

    return check


def exactly_one(*names: str) -> Check:
    """An object that has exactly one of the named fields."""

    def check(value: Any, where: str, findings: Findings) -> None:
        if isinstance(value, dict) and sum(name in value for name in names) != 1:
            findings.add(f"must have exactly one of {', '.join(names)}", where)

    return check


def only_on(surface: Collection[str], then: Check, what: str) -> Check:
    """A part that only some surfaces show."""

    def check(value: Any, where: str, findings: Findings) -> None:
        if findings.surface not in surface:
            findings.add(
                f"unsupported type: {what} is not available in a {findings.surface}", f"{where}/type"
            )
        else:
            then(value, where, findings)

    return check


def remember_action(value: Json, where: str, findings: Findings) -> None:
    """Action ids are unique within their block."""
    action_id = value.get("action_id")
    if not isinstance(action_id, str):
        return
    block = where.rsplit("/elements/", 1)[0].removesuffix("/accessory").removesuffix("/element")
    if (block, action_id) in findings.action_ids:
        findings.add(f"`action_id` {action_id} already exists", where)
    findings.action_ids.add((block, action_id))
