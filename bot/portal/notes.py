"""What we leave in the portal in words: who decided and under which attempt, and why not."""

import copy
import re
from typing import Any, Final

from bot.portal.lenient import put, value_in
from bot.portal.wire import ApprovalRequestRow

_UNPRINTABLE = re.compile(
    r"[\s\x00-\x1f\x7f-\x9f\xad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\[\]]+"
)
# Our choice: names are short; a longer one is an attempt to fill the note.
_NAME_LIMIT: Final = 80


def decision_note(verb: str, person: str, attempt_id: str, *, first: str = "") -> str:
    """One line such as `Approved by Ana Moreau via Gatehouse [attempt 01J…]`. No name can fake a line.

    `first`: the first of two people, where two had to agree.
    """
    before = f" (first {_named(first)})" if first else ""
    return f"{verb} by {_named(person)}{before} via Gatehouse {_mark(attempt_id)}"


def _named(person: str) -> str:
    return note_text(person, _NAME_LIMIT) or "unknown person"


def note_text(text: str, limit: int) -> str:
    """Words of people on one line, cut, without brackets: nothing in them can pass for one of our marks."""
    return " ".join(_UNPRINTABLE.sub(" ", text).split())[:limit].rstrip()


def appended(stored: str | None, note: str) -> str:
    """`stored` with the note on a last line of its own; the portal overwrites, so all of it is sent."""
    return f"{stored.rstrip()}\n{note}" if stored and stored.strip() else note


def names_attempt(text: str, attempt_id: str) -> bool:
    """Whether notes of the portal carry this attempt's mark."""
    return _mark(attempt_id) in text


def _mark(attempt_id: str) -> str:
    return f"[attempt {attempt_id}]"


def reject_body(
    row: ApprovalRequestRow, *, reason: str, subject: str, notify: bool, note: str
) -> dict[str, Any]:
    """The body that rejects one request: the whole request as received, the note appended."""
    if not reason.strip():
        raise ValueError("a rejection needs a reason: the requestor will read it")
    request = copy.deepcopy(dict(row.raw))
    put(request, "comments", appended(value_in(request, "comments"), note))
    return {
        "approvalRequestDtos": [request],
        "type": "reject",
        "rejectReason": reason,
        "responseSubject": subject,
        "responseReason": reason,
        "notifyOnResponse": notify,
        "ignoreSubject": "",
        "ignoreReason": "",
        "notifyOnIgnore": False,
        "isVDI": False,
        "usingCustomApprovals": False,
        "allowedApprovalRequestDtos": None,
        "deniedApprovalRequestDtos": None,
    }
