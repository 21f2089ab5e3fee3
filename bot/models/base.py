"""What every stored value has in common: frozen, strict about its fields, readable as JSON."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
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


_CANONICAL = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=True)
"""Made once: `json.dumps` makes one for each value, which costs as much as most of ours do."""


def canonical(value: object) -> str:
    """The one JSON spelling of a value: sorted keys, no blanks, plain ASCII. Digests are taken over it."""
    return _CANONICAL.encode(value)


def digest_of(value: object) -> str:
    """SHA-256 of the canonical JSON, as 64 hexadecimal characters."""
    return hashlib.sha256(canonical(value).encode()).hexdigest()


def signature(secret: str, stamp: str, body: str) -> str:
    """HMAC-SHA256 over the time and the body: a delivery cannot be made up, and an old one is told by its time."""
    return hmac.new(secret.encode(), f"{stamp}.{body}".encode(), hashlib.sha256).hexdigest()


def signed_headers(secret: str, body: str, now: datetime) -> dict[str, str]:
    """What a delivery carries so that whoever takes it can tell that it is from here, and of now."""
    stamp = str(int(now.timestamp()))
    return {
        "X-Gatehouse-Timestamp": stamp,
        "X-Gatehouse-Signature": f"v1={signature(secret, stamp, body)}",
    }


_DIGEST = re.compile(r"(?:[0-9A-F]{32}|[0-9A-F]{40}|[0-9A-F]{64}|[0-9A-F]{96}|[0-9A-F]{128})")
"""MD5 (the portal's own hash has its length), SHA-1, SHA-256, SHA-384 and SHA-512, in hexadecimal digits."""
_OF_NOTHING = frozenset(
    hashlib.new(name, b"", usedforsecurity=False).hexdigest().upper()
    for name in ("md5", "sha1", "sha256", "sha384", "sha512")
)
"""What a tool gives that could not read the file: it is the same for every file that it could not read."""


_PLACEHOLDERS = ({"0"}, {"F"})
"""An empty field of any length."""


def digest_told(text: str) -> str:
    """The digest of a file in capital letters; empty for whatever is none: a word, zeros, the hash of no bytes at all.

    Two files without a digest are not the same file: nothing may be joined, remembered or permitted by it.
    """
    told = text.strip().upper()
    if not _DIGEST.fullmatch(told) or told in _OF_NOTHING or set(told) in _PLACEHOLDERS:
        return ""
    return told
