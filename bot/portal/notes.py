"""The words we leave in the portal, where only our token is known: who decided, and under which attempt."""

import re
from typing import Final

from bot.portal.wire import RequestCore

_UNPRINTABLE = re.compile(r"[\s\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\[\]]+")
# Our choice: names are short; a longer one is an attempt to fill the note.
_NAME_LIMIT: Final = 80


def decision_note(verb: str, person: str, attempt_id: str) -> str:
    """One line such as `Approved by Ana Moreau via Gatehouse [attempt 01J…]`. No name can fake a line."""
    name = " ".join(_UNPRINTABLE.sub(" ", person).split())[:_NAME_LIMIT] or "unknown person"
    return f"{verb} by {name} via Gatehouse {_mark(attempt_id)}"


def appended(stored: str | None, note: str) -> str:
    """`stored` with the note on a last line of its own; the portal overwrites, so all of it is sent."""
    return f"{stored.rstrip()}\n{note}" if stored and stored.strip() else note


def carries_attempt(row: RequestCore, attempt_id: str) -> bool:
    """Whether the portal's notes of a request name this attempt: then the decision it shows is ours."""
    return _mark(attempt_id) in row.comments


def _mark(attempt_id: str) -> str:
    return f"[attempt {attempt_id}]"
