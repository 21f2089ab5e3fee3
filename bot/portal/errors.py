"""From the portal's HTTP answer to a value, or to an error that says what the caller can do."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any, Final

from pydantic_core import from_json

from bot.portal.lenient import value_in


class PortalError(Exception):
    """Any failure of a call to the portal. `operation` is the portal's own name of the call."""

    def __init__(self, message: str, *, operation: str = "", status: int | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.operation = operation
        self.status = status

    def __str__(self) -> str:
        where = f"{self.operation}: " if self.operation else ""
        answer = f" (HTTP {self.status})" if self.status is not None else ""
        return f"{where}{self.message}{answer}"


class PortalAway(PortalError):
    """Nothing was learnt; the same question may be asked again later."""


class PortalUnreachable(PortalAway):
    """No connection to the portal, or it broke before the whole answer had come."""


class PortalTimeout(PortalAway):
    """The portal did not answer in time."""


class PortalBusy(PortalAway):
    """The portal asks for fewer calls. `retry_after_s` is in seconds, None where it named no time."""

    def __init__(
        self,
        message: str,
        *,
        retry_after_s: float | None = None,
        operation: str = "",
        status: int | None = None,
    ) -> None:
        super().__init__(message, operation=operation, status=status)
        self.retry_after_s = retry_after_s


class PortalBroken(PortalAway):
    """The portal failed (5xx), or something that is not the portal answered."""


class AnswerNotUnderstood(PortalBroken):
    """A 2xx answer that is not in the shape of the call: nothing of it may be used.

    `odd` says of a list of which no row could be read what was wrong with each.
    """

    def __init__(
        self, message: str, *, odd: tuple[str, ...] = (), operation: str = "", status: int | None = None
    ) -> None:
        super().__init__(message, operation=operation, status=status)
        self.odd = odd


class TokenRefused(PortalError):
    """The portal does not accept the token (401 without a permission, 403, 440, TOKEN_REVOKED)."""


class PermissionMissing(PortalError):
    """The token lacks a right. `permission` is the portal's name of it, None where it named none."""

    def __init__(
        self, message: str, *, permission: str | None, operation: str = "", status: int | None = None
    ) -> None:
        super().__init__(message, operation=operation, status=status)
        self.permission = permission


class AlreadyActioned(PortalError):
    """The request was decided before. `by` is the decider's name, None where the portal left it empty."""

    def __init__(
        self, message: str, *, by: str | None, operation: str = "", status: int | None = None
    ) -> None:
        super().__init__(message, operation=operation, status=status)
        self.by = by


class Invalid(PortalError):
    """The portal understood the call and refuses it as it stands; sending it again changes nothing.

    An empty name in "Missing the '' permission" comes here as well: it speaks of the body, not of a right.
    """


class NotFound(PortalError):
    """The portal knows no such object, or no such path (then `base_url` is suspect)."""


class Unusable(PortalError):
    """What the portal sent is too thin or contradicts itself; a body built on it would be a guess."""


class NotSent(PortalError):
    """A write that certainly never reached the portal: the connection was not made."""


class OutcomeUnknown(PortalError):
    """A write that may or may not have taken effect. The request itself, read again, is the only witness."""


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
            return parsed(self.body)
        except (ValueError, RecursionError) as error:
            raise AnswerNotUnderstood(
                f"the answer is not JSON; is base_url the portal's API? It begins {_shown(self.body[:60])!r}",
                operation=self.operation,
                status=self.status,
            ) from error


def parsed(text: str | bytes) -> Any:
    """Pydantic's own reader takes a tenth of the time; the standard one takes what it refuses, such as halves of
    characters, which Windows allows in file names."""
    try:
        return from_json(text)
    except (ValueError, TypeError):
        return json.loads(text)


def retry_after_s(text: str, now: datetime) -> float | None:
    """Seconds to wait by a `Retry-After` header, seconds or a date; None where it says nothing."""
    if text.strip().isdecimal():  # What is only a digit, such as ², is no number.
        return float(text)
    try:
        return max(0.0, (parsedate_to_datetime(text) - now).total_seconds())
    # TypeError: a date without a zone. OverflowError: a zone of years.
    except (ValueError, TypeError, OverflowError):
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
