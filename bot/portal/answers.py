"""From the portal's HTTP answer to a value or an error that says what the caller can do."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any, Final

from bot.portal.errors import (
    AlreadyActioned,
    AnswerNotUnderstood,
    Invalid,
    NotFound,
    PermissionMissing,
    PortalBroken,
    PortalBusy,
    PortalError,
    PortalTimeout,
    TokenRefused,
)
from bot.portal.lenient import value_in

_MESSAGE_LIMIT: Final = 400
_MISSING = re.compile(r"missing the '([^']*)' permission", re.IGNORECASE)
_ACTIONED = re.compile(r"already actioned by\s*(.*)", re.IGNORECASE)
_LACKS_RIGHT = re.compile(r"permission|not authorized to", re.IGNORECASE)
_UNPRINTABLE = re.compile(r"[^\S ]|[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069]")
_LOGIN_TIMEOUT: Final = 440


@dataclass(frozen=True)
class Answer:
    """One whole answer of the portal. `body` is untrusted text and may be long."""

    operation: str
    status: int
    body: str = field(repr=False)
    pagination: str = ""
    retry_after: str = ""
    location: str = ""
    is_whole: bool = True
    """False: some of it is not UTF-8, and stands in the body as lone halves of characters."""

    @property
    def is_success(self) -> bool:
        """Any 2xx; the portal documents 200 and 203."""
        return 200 <= self.status < 300

    def value(self) -> Any:
        """The JSON of the body; None for an empty body and for `null`, which mean the same: no data."""
        if not self.body.strip():
            return None
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError) as error:
            raise AnswerNotUnderstood(
                f"the answer is not JSON; is base_url the portal's API? It begins {_shown(self.body[:60])!r}",
                operation=self.operation,
                status=self.status,
            ) from error


def retry_after_s(text: str, now: datetime) -> float | None:
    """Seconds to wait by a `Retry-After` header, seconds or a date; None where it says nothing."""
    if text.strip().isdigit():
        return float(text)
    try:
        return max(0.0, (parsedate_to_datetime(text) - now).total_seconds())
    except (ValueError, TypeError):  # TypeError: a date without a zone
        return None


def error_of(answer: Answer, now: datetime) -> PortalError:
    """The error that an answer other than 2xx stands for. `now` turns a `Retry-After` date into seconds."""
    message = message_of(answer.body) or "no message"
    status, operation = answer.status, answer.operation
    missing = _MISSING.search(message)
    if missing and status in {400, 401, 403}:
        return _missing_right(missing.group(1).strip(), message, operation, status)
    if status in {_LOGIN_TIMEOUT, 403} or "TOKEN_REVOKED" in answer.body:
        return TokenRefused(message, operation=operation, status=status)
    if status == 401:
        if _LACKS_RIGHT.search(message):
            return PermissionMissing(message, permission=None, operation=operation, status=status)
        return TokenRefused(message, operation=operation, status=status)
    if status == 429:
        wait = retry_after_s(answer.retry_after, now)
        return PortalBusy(message, retry_after_s=wait, operation=operation, status=status)
    return _other_error(answer, message)


def _other_error(answer: Answer, message: str) -> PortalError:
    """Errors that have nothing to do with the token or its rights."""
    status, operation = answer.status, answer.operation
    actioned = _ACTIONED.search(message)
    if actioned and 400 <= status < 500:
        by = actioned.group(1).strip() or None
        return AlreadyActioned(message, by=by, operation=operation, status=status)
    if status == 404:
        return NotFound(message, operation=operation, status=status)
    if status == 408:
        return PortalTimeout(message, operation=operation, status=status)
    if 400 <= status < 500:
        return Invalid(message, operation=operation, status=status)
    if 300 <= status < 400:
        said = (
            f"answered with a redirect to {_shown(answer.location)!r}, which is not followed; check base_url"
        )
        return PortalBroken(said, operation=operation, status=status)
    return PortalBroken(message, operation=operation, status=status)


def _missing_right(name: str, message: str, operation: str, status: int) -> PortalError:
    """A named right is missing; with an empty name the portal refuses a body that does not fit together."""
    if name:
        return PermissionMissing(message, permission=name, operation=operation, status=status)
    return Invalid(f"{message}: the portal refuses this combination", operation=operation, status=status)


def message_of(body: str) -> str:
    """The sentence in an error body of any of the portal's shapes, cut and without control characters."""
    try:
        held = json.loads(body)
    except (ValueError, RecursionError):
        return _shown(body)
    if not isinstance(held, Mapping):
        return _shown(body)
    said = next((text for key in ("message", "title") if (text := value_in(held, key))), "")
    faults = _validation_faults(value_in(held, "errors"))
    return _shown(" ".join(part for part in (str(said), faults) if part) or body)


def _validation_faults(errors: object) -> str:
    """The `errors` member of a validation answer in one line."""
    if not isinstance(errors, Mapping):
        return ""
    lines = [line for told in errors.values() for line in (told if isinstance(told, list) else [told])]
    return " ".join(str(line) for line in lines)


def _shown(text: str) -> str:
    """Untrusted text on one line, cut visibly."""
    line = " ".join(_UNPRINTABLE.sub(" ", text).split())
    return line if len(line) <= _MESSAGE_LIMIT else f"{line[: _MESSAGE_LIMIT - 1]}…"
