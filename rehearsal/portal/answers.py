"""What the stand-in portal answers: bodies, paging headers and its three shapes of error.

PortalRefusal      any answer that is not a success; carries status and body
"""

import json
import math
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Final, TypeVar

Row = TypeVar("Row")
DEFAULT_PAGE_SIZE: Final = 25
UNKNOWN_SCOPE: Final = "Provided applies to ID does not associate with a known OS type"
BUSINESS_REFUSAL: Final = 417
TOKEN_REFUSAL: Final = 440


@dataclass(frozen=True)
class Answer:
    """A finished answer; `payload` is what goes onto the wire, "" for an empty body."""

    payload: str
    status: int = HTTPStatus.OK
    headers: dict[str, str] = field(default_factory=dict)

    def value(self) -> Any:
        """The body as a value, None when it is empty."""
        return json.loads(self.payload) if self.payload else None


@dataclass(frozen=True)
class EmptyList:
    """How "no rows" is written; live portals have answered with all three."""

    payload: str


EMPTY_LISTS: Final = {"brackets": EmptyList("[]"), "nothing": EmptyList(""), "null": EmptyList("null")}


class PortalRefusal(Exception):
    """Ends a call with an error answer."""

    def __init__(self, status: int, body: dict[str, Any], headers: dict[str, str] | None = None) -> None:
        super().__init__(f"{status} {body}")
        self.status = status
        self.body = body
        self.headers = headers or {}

    def answer(self) -> Answer:
        """The refusal as it goes onto the wire."""
        return Answer(json.dumps(self.body), self.status, self.headers)


def ok(value: object) -> Answer:
    """A success with a JSON body."""
    return Answer(json.dumps(value))


def page_of(
    rows: Sequence[Row],
    page_number: int,
    page_size: int,
    empty: EmptyList,
    write: Callable[[Row], object] = lambda row: row,
) -> Answer:
    """One page of a list with its `Pagination` header; numbers below 1 fall back to the defaults.

    `write` turns a row into what goes onto the wire; only the rows of the page are written.
    """
    size = page_size if page_size > 0 else DEFAULT_PAGE_SIZE
    number = max(page_number, 1)
    first = (number - 1) * size
    shown = rows[first : first + size]
    header = {
        "currentPage": number,
        "itemsPerPage": size,
        "totalItems": len(rows),
        "totalPages": math.ceil(len(rows) / size),
        "firstItem": first + 1 if shown else 0,
        "lastItem": first + len(shown),
    }
    payload = json.dumps([write(row) for row in shown]) if shown else empty.payload
    return Answer(payload, headers={"Pagination": json.dumps(header, separators=(",", ":"))})


def refused(status: int, message: str) -> PortalRefusal:
    """The portal's usual error shape, with a logger id that support would ask for."""
    return PortalRefusal(status, {"LoggerId": str(uuid.uuid4()), "StatusCode": status, "Message": message})


def broken() -> PortalRefusal:
    """The opaque server error: its message says nothing but the logger id."""
    logger_id = str(uuid.uuid4())
    message = f"A problem occurred with the request ({logger_id})"
    return PortalRefusal(500, {"LoggerId": logger_id, "StatusCode": 500, "Message": message})


def token_refused(status: int) -> PortalRefusal:
    """The answer to a token that this instance does not know; 440 or 403, both have been seen."""
    return PortalRefusal(status, {"message": "Unauthorized", "error": "TOKEN_REVOKED"})


def missing_permission(name: str) -> PortalRefusal:
    """The answer to a token that lacks a permission; an empty name means a malformed permit."""
    return refused(HTTPStatus.UNAUTHORIZED, f"Missing the '{name}' permission")


def invalid(message: str) -> PortalRefusal:
    """A business rule said no."""
    return refused(BUSINESS_REFUSAL, message)


def already_actioned(by: str) -> PortalRefusal:
    """Somebody was faster."""
    return refused(HTTPStatus.BAD_REQUEST, f"Approval Request already actioned by {by}")


def wrong_organization() -> PortalRefusal:
    """The object is not of the organization that the call acts on."""
    return PortalRefusal(HTTPStatus.BAD_REQUEST, {"message": "Unable to retrieve application policy"})


def malformed(errors: dict[str, list[str]]) -> PortalRefusal:
    """The framework's validation answer to JSON that does not fit the types."""
    body = {"title": "One or more validation errors occurred.", "status": 400, "errors": errors}
    return PortalRefusal(HTTPStatus.BAD_REQUEST, body)
