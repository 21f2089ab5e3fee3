"""The runs that sentences in Slack are made of: one composition gives the blocks and the fallback text.

A run is a rich-text element. `say` and `strong` are for our own words; `raw` is for everything from
outside. There is no way from an outside string to a mention, a link or markup: those are made from
ids that are checked here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from bot.cards.kit import safe_text

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
    shown = safe_text.cut(safe_text.one_line(text), limit) or "(not given)"
    run = {"type": "text", "text": shown, "outside": True}
    return run | {"style": {"code": True}} if code else run


def raw_lines(text: str, limit: int = VALUE_LIMIT) -> Run:
    """As `raw`, with the line breaks of a longer reason kept."""
    shown = safe_text.cut(safe_text.visible(text), limit) or "(not given)"
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
        "fallback": f"{at:%Y-%m-%d %H:%M} UTC",
    }


def moment_token(at: datetime) -> str:
    """The same time as a token for message text and `mrkdwn`."""
    return f"<!date^{int(at.timestamp())}^{{date_short_pretty}} at {{time}}|{at:%Y-%m-%d %H:%M} UTC>"


def as_element(run: Run) -> Run:
    """The run as Slack takes it: without our own note of where it came from."""
    return {key: value for key, value in run.items() if key != "outside"}


def as_text(lines: Iterable[Line], limit: int = FALLBACK_LIMIT) -> str:
    """The lines as fallback text: escaped, mentions and times as tokens, cut outside of tokens."""
    return safe_text.cut_escaped("\n".join("".join(map(_run_text, line)) for line in lines), limit)


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
            return f"<{safe_text.escape(run['url'])}|{safe_text.for_fallback(run['text'])}>"
        case _:
            outside = run.get("outside", False)
            return safe_text.for_fallback(run["text"]) if outside else safe_text.escape(run["text"])
