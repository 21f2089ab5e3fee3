"""The runs that sentences in Slack are made of: one composition gives the blocks and the fallback text.

Text from outside (file names, paths, signers, reasons, names) is made inert here, and lists of it are cut with the
number that was left out.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

ELLIPSIS = "…"
NOT_GIVEN = "(not given)"
_HALF_A_DAY = timedelta(hours=12)

_LOOK_ALIKES = str.maketrans({"*": "∗", "_": "＿", "~": "∼", "`": "ˋ", ":": "꞉"})
# Fallback text is read aloud and shown in notifications; the exact characters stand on the card.
_BROKEN_TAIL = re.compile(r"(&[a-z]{0,3}|<[^<>]*)$")


def _acts_invisibly(char: str) -> bool:
    """Control, format (bidi, zero-width, tags), surrogate, unassigned, filler, variation selector."""
    if unicodedata.category(char) in {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}:
        return True
    code = ord(char)
    return code in _INVISIBLE_LETTERS or 0xFE00 <= code <= 0xFE0F or 0xE0100 <= code <= 0xE01EF


_INVISIBLE_LETTERS = frozenset(
    (0x034F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x180B, 0x180C, 0x180D, 0x180F, 0x2800, 0x3164, 0xFFA0)
)
"""Not format characters by category, yet drawn as nothing: joiner, fillers, blank Braille."""


def visible(text: str) -> str:
    """The text with every character that acts without being seen written out; line breaks are kept.

    So is what is stacked on a letter beyond any writing's need: it would be drawn over the lines around it.
    """
    plain = text.replace("\r\n", "\n").replace("\t", " ")
    # Nothing stands in most texts that could act, and a reason has lines.
    if plain.isascii() and plain.replace("\n", "").isprintable():
        return plain
    composed = unicodedata.normalize("NFC", plain)
    # Each sort of character once, however long the text: a card redraws often, and little in it acts unseen.
    acting = [char for char in set(composed) if char != "\n" and _acts_invisibly(char)]
    shown = composed.translate({ord(char): _written_out(char) for char in acting}) if acting else composed
    return _unstacked(shown)


def _written_out(char: str) -> str:
    return f"\\u{{{ord(char):X}}}"


STACKED = 4
"""Marks upon one letter that are drawn. Unicode Technical Standard 39, section 5.4, takes more for an attack."""


def _unstacked(text: str) -> str:
    """The text with the marks from the fifth on, upon one letter, written out."""
    marks = "".join(char for char in set(text) if unicodedata.category(char) in {"Mn", "Me"})
    if not marks:
        return text
    # A mark is no syntax of a pattern: none of them is an ASCII character.
    return re.sub(f"(?<=[{marks}]{{{STACKED}}})[{marks}]", lambda mark: _written_out(mark[0]), text)


def one_line(text: str) -> str:
    """As `visible`, with line breaks written out too: for names, paths and labels."""
    return visible(text).replace("\n", "\\u{A}")


def units(text: str) -> int:
    """Length in UTF-16 units, the larger of the two ways in which Slack may count."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2


def cut(text: str, limit: int) -> str:
    """At most `limit` UTF-16 units; what was left out is said (“… (+120)”). A character is never halved."""
    if units(text) <= limit:
        return text
    room = max(limit - units(f"{ELLIPSIS} (+{len(text)})"), 0)
    kept = _head(text, room)
    note = f"{ELLIPSIS} (+{len(text) - len(kept)})"
    return kept + note if units(kept + note) <= limit else ELLIPSIS


def cut_inside(text: str, limit: int, *, tail: int) -> str:
    """At most `limit` UTF-16 units, with at most `tail` of them from the end and `…` where something is left out."""
    if units(text) <= limit:
        return text
    end = text[len(text) - tail :] if tail else ""
    while units(end) > tail:
        end = end[1:]
    # What begins inside a written-out character begins after it.
    end = re.sub(r"^u?\{?[0-9A-F]{1,6}\}", "", end)
    return _head(text, max(limit - units(end) - units(ELLIPSIS), 0)) + ELLIPSIS + end


def _head(text: str, room: int) -> str:
    """The longest beginning of at most `room` units, not ending inside a written-out character."""
    head = text[:room]
    while units(head) > room:
        head = head[: len(head) - max((units(head) - room) // 2, 1)]
    return re.sub(r"\\(u(\{[0-9A-F]{0,6})?)?$", "", head) if len(head) < len(text) else text


def escape(text: str) -> str:
    """Slack's three control characters as entities; nothing else can be escaped."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def cut_escaped(text: str, limit: int) -> str:
    """Cuts text that is already escaped: never inside an entity or a `<…>` token."""
    if units(text) <= limit:
        return text
    return _BROKEN_TAIL.sub("", _head(text, limit - units(ELLIPSIS))) + ELLIPSIS


def for_fallback(text: str) -> str:
    """Untrusted text inside a message's fallback text: visible, on one line, escaped, its markup replaced."""
    return escape(one_line(text).translate(_LOOK_ALIKES))


Run = dict[str, Any]
Line = Sequence[Run]

VALUE_LIMIT = 400
"""Characters shown of one untrusted value on a card (our choice; a Windows path has 260 by default)."""
FALLBACK_LIMIT = 3000
"""Slack refuses an update whose text is over 4,000 characters; we stay below."""

SLACK_HOSTS = (".slack.com", ".slack-gov.com")
"""Where a link to a message may lead."""

_USER_ID = re.compile(r"[UW][A-Z0-9]{2,30}")
_USER_GROUP_ID = re.compile(r"S[A-Z0-9]{2,30}")
_CHANNEL_ID = re.compile(r"[CGD][A-Z0-9]{2,30}")


def say(text: str) -> Run:
    """Our own words."""
    return {"type": "text", "text": text}


def strong(text: str) -> Run:
    """Our own words, in bold."""
    return {"type": "text", "text": text, "style": {"bold": True}}


def raw(text: str, limit: int = VALUE_LIMIT, *, code: bool = False) -> Run:
    """A value from outside, literal in its own element: made visible, on one line, cut visibly.

    An empty value is said, because Slack refuses an empty element and a blank would look like a fault.
    """
    shown = cut(one_line(text) if text.strip() else "", limit) or NOT_GIVEN
    run = {"type": "text", "text": shown, "outside": True}
    return run | {"style": {"code": True}} if code else run


def raw_lines(text: str, limit: int = VALUE_LIMIT) -> Run:
    """As `raw`, with the line breaks of a longer reason kept."""
    shown = cut(visible(text) if text.strip() else "", limit) or NOT_GIVEN
    return {"type": "text", "text": shown, "outside": True}


def user(slack_user_id: str) -> Run:
    """A mention of a person; an id of another shape is shown as text instead."""
    if not _USER_ID.fullmatch(slack_user_id):
        return raw(slack_user_id)
    return {"type": "user", "user_id": slack_user_id}


def user_group(user_group_id: str) -> Run:
    """A mention of a Slack user group, which notifies its members; another shape is shown as text."""
    if not _USER_GROUP_ID.fullmatch(user_group_id):
        return raw(user_group_id)
    return {"type": "usergroup", "usergroup_id": user_group_id}


def channel(channel_id: str) -> Run:
    """A link to a channel; another shape is shown as text."""
    if not _CHANNEL_ID.fullmatch(channel_id):
        return raw(channel_id)
    return {"type": "channel", "channel_id": channel_id}


def link(url: str, text: str) -> Run:
    """A link made by us (a permalink, the portal); anything but an https address is shown as text."""
    return {"type": "link", "url": url, "text": text} if is_link(url) else raw(url)


def is_link(url: str) -> bool:
    """Whether the address may become a link: https, with a host, without blanks, at most 3,000 characters."""
    if not re.fullmatch(r"[\x21-\x7e]{1,3000}", url) or any(mark in url for mark in '<>|"'):
        return False
    parts = urlsplit(url)
    return parts.scheme == "https" and bool(parts.hostname)


def permalink(url: str, text: str) -> Run | None:
    """A link to a message in Slack; None for any other address, so that the caller says where to look instead."""
    host = urlsplit(url).hostname if is_link(url) else None
    return link(url, text) if host and host.endswith(SLACK_HOSTS) else None


def moment(at: datetime) -> Run:
    """A time, drawn by Slack in the reader's own zone; who reads without Slack's help sees UTC."""
    return {
        "type": "date",
        "timestamp": int(at.timestamp()),
        "format": "{date_short_pretty} at {time}",
        "fallback": _in_utc(at),
    }


def _in_utc(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def clock_time(at: datetime) -> Run:
    """The hour of a time that is near, in the reader's own zone."""
    return moment(at) | {"format": "{time}"}


def near(at: datetime, now: datetime) -> Run:
    """A time that is to come: the hour alone where it comes before the same hour comes round again."""
    return clock_time(at) if now <= at < now + _HALF_A_DAY else moment(at)


def moment_token(at: datetime) -> str:
    """A time as a token for message text and `mrkdwn`."""
    return f"<!date^{int(at.timestamp())}^{{date_short_pretty}} at {{time}}|{_in_utc(at)}>"


def as_element(run: Run) -> Run:
    """The run as Slack takes it: without our own note of where it came from."""
    return {key: value for key, value in run.items() if key != "outside"}


def as_text(lines: Iterable[Line], limit: int = FALLBACK_LIMIT) -> str:
    """The lines as fallback text: escaped, mentions and times as tokens, cut outside of tokens."""
    return cut_escaped("\n".join(_unquoted("".join(map(_run_text, line))) for line in lines), limit)


def _unquoted(line: str) -> str:
    """No line of ours is a quotation: what somebody's name begins with would make it one, escaped or not."""
    return re.sub(r"^(\s*)&gt;", r"\1›", line)


def as_plain(lines: Iterable[Line]) -> str:
    """Sentences without mentions for a terminal or a file: times in UTC, and nothing that only Slack understands."""
    return "\n".join(
        "".join(str(run["fallback"] if run["type"] == "date" else run["text"]) for run in line)
        for line in lines
    )


def _run_text(run: Run) -> str:
    """One run as message text."""
    match run["type"]:
        case "user":
            return f"<@{run['user_id']}>"
        case "usergroup":
            return f"<!subteam^{run['usergroup_id']}>"
        case "channel":
            return f"<#{run['channel_id']}>"
        case "date":
            return f"<!date^{run['timestamp']}^{run['format']}|{run['fallback']}>"
        case "link":
            return f"<{escape(run['url'])}|{for_fallback(run['text'])}>"
        case _:
            outside = run.get("outside", False)
            return for_fallback(run["text"]) if outside else escape(run["text"])


def listed(values: Iterable[str], *, limit: int, each: int = 80) -> list[Run]:
    """“A, B and 37 more”. Empty values are dropped; nothing at all reads “(not given)”."""
    known = [value for value in values if value]
    if not known:
        return [raw("")]
    runs: list[Run] = []
    for index, value in enumerate(known[:limit]):
        runs += [say(", ")] if index else []
        runs.append(raw(value, each))
    left = len(known) - limit
    return [*runs, say(f" and {left} more")] if left > 0 else runs


def short(value: str, limit: int = 60) -> str:
    """An outside value for a plain-text place: a header, a label, an option."""
    return cut(one_line(value) if value.strip() else "", limit) or NOT_GIVEN
