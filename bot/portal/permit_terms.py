"""The choices of a permit as values: which application, on what terms, and the body that they become."""

import hashlib
import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import IntEnum
from typing import Any

from bot.models import MaintenanceMode, Reach
from bot.portal.lenient import put
from bot.portal.wire import MatchingApplication


@dataclass(frozen=True)
class NewApplication:
    """An application that the permit makes; the portal refuses an empty name."""

    name: str


@dataclass(frozen=True)
class MatchedApplication:
    """One whose rules cover the file already, as `matching_applications` answered it; it gets no rule."""

    row: MatchingApplication


@dataclass(frozen=True)
class ExistingApplication:
    """One of the request's own organization that gets the rule, as `application_options` answered it.

    It takes effect wherever a policy permits it already: ask `standing_permits` first.
    """

    row: MatchingApplication


Application = NewApplication | MatchedApplication | ExistingApplication


class ElevationNotice(IntEnum):
    """The portal's elevation status numbers that grant something."""

    WITH_NOTICE = 1
    SILENT = 2


@dataclass(frozen=True)
class ElevationChoice:
    """Elevation for whole hours, or until a moment; neither: persistent. `until` is aware."""

    notice: ElevationNotice = ElevationNotice.WITH_NOTICE
    hours: int | None = 1
    until: datetime | None = None

    def __post_init__(self) -> None:
        if self.hours is not None and (self.until is not None or self.hours < 1):
            raise ValueError("elevation is for at least one hour, or until a moment, not both")


@dataclass(frozen=True)
class Reply:
    """What the requestor is told; `notify` mails it."""

    subject: str
    text: str
    notify: bool = False


@dataclass(frozen=True)
class Terms:
    """What every permit says besides its application, rule and reach.

    `note` is appended to what the portal's notes hold (see `notes.decision_note`). `expires_at` None makes
    a permanent policy. `elevation` is required for elevation requests and an extra on application requests;
    None switches no elevation on. `reply` None tells the requestor nothing. `mode` starts Installation,
    Learning or Application Control Monitor Only for one hour on the requesting computer, instead of a rule.
    """

    note: str
    ticket: str | None = None
    expires_at: datetime | None = None
    elevation: ElevationChoice | None = None
    reply: Reply | None = None
    mode: MaintenanceMode | None = None


@dataclass(frozen=True)
class PermitBody:
    """A permit ready to be sent, and what it does in our words. `payload` is not to be changed."""

    request_id: str
    organization_id: str
    reach: Reach
    application: str
    payload: dict[str, Any] = field(repr=False)

    @property
    def digest(self) -> str:
        """SHA-256 of the body with sorted keys, for the record."""
        return digest_of_body(self.payload)


def digest_of_body(payload: dict[str, Any]) -> str:
    """SHA-256 of a body with sorted keys."""
    return hashlib.sha256(json.dumps(payload, sort_keys=True).encode("ascii")).hexdigest()


def wire_moment(moment: datetime | None) -> str | None:
    """A time as the portal reads it: UTC, whole seconds, Z."""
    if moment is None:
        return None
    if moment.tzinfo is None:
        raise ValueError("a time without a zone; give an aware one")
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def put_reply(payload: dict[str, Any], reply: Reply | None) -> None:
    """What the requestor is told; None tells nothing, also where the portal's form is prefilled to tell."""
    if reply is None:
        put(payload, "notifyOnResponse", False)
        return
    put(payload, "responseSubject", reply.subject)
    put(payload, "responseReason", reply.text)
    put(payload, "notifyOnResponse", reply.notify)
