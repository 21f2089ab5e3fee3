"""What every stored value has in common: frozen, strict about its fields, readable as JSON."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict


def _aware_utc(value: datetime) -> datetime:
    """Refuse a time without a zone: it would be read differently on every machine."""
    if value.tzinfo is None:
        raise ValueError(f"{value.isoformat()} has no time zone; Gatehouse computes in UTC only")
    return value.astimezone(UTC)


Instant = Annotated[datetime, AfterValidator(_aware_utc)]
"""An aware UTC time."""


class Record(BaseModel):
    """A value that is stored or compared. Unknown fields are an error: older code must not drop them."""

    model_config = ConfigDict(frozen=True, extra="forbid")


def canonical(value: object) -> str:
    """The one JSON spelling of a value: sorted keys, no blanks, plain ASCII. Digests are taken over it."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True)


def digest_of(value: object) -> str:
    """SHA-256 of the canonical JSON, as 64 hexadecimal characters."""
    return hashlib.sha256(canonical(value).encode()).hexdigest()
