"""The record's arithmetic: how an event is written down, linked, sealed and exported. Pure.

Three layers hold the record together:

- **link**: SHA-1 over the link before, the number, the time and the written event. Made in the same ledger step as
  the change it tells of, so numbers have no gap and order cannot be changed unseen. (SHA-1 is what Redis offers there.)
- **seal**: SHA-256 over the seal before and every line since, signed by a key that is not in the ledger. Made outside
  the step; its digests go to the audit channel and to a second place, so that who owns the server cannot rewrite the
  past alone.
- **private parts** are kept beside the chain. The written event holds only their salted digest: they can be removed
  when their time is over, and everything still verifies.

An export is a file of JSON lines: a header, events and seals in order, an end line. `verifying` reads it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from json.encoder import encode_basestring_ascii as _quoted

from bot.models import Event, canonical

FORMAT = 2
"""The version of the export. 2: a seal may name its key and carry its signature."""

GENESIS = "0" * 40
"""The link before the first event."""

_TOLD = Event.__pydantic_serializer__.to_python
"""As `Event.model_dump`, which costs as much again by what it asks before: each event of the record is written here."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the record as it is stored."""

    number: int
    at_ms: int
    """Logical time, milliseconds since 1970 UTC."""
    link: str
    body: str
    """The event in canonical JSON; the chain is computed over these very characters."""
    private: str = ""
    """Canonical JSON of salt and private part; empty where there is none, or it was removed."""


@dataclass(frozen=True, slots=True)
class Seal:
    """A SHA-256 statement about the events `first`..`last` and, through `previous`, about all before them."""

    number: int
    first: int
    last: int
    link: str
    """The link of event `last`."""
    previous: str
    digest: str
    key: str = ""
    """The id of the key that signed it; empty for one that is not signed."""
    signature: str = ""


@dataclass(frozen=True, slots=True)
class Head:
    """Where the record stands."""

    number: int = 0
    link: str = GENESIS
    seals: int = 0
    sealed_to: int = 0
    seal: str = ""


def written(event: Event, salt: str) -> tuple[str, str]:
    """An event's chained form and its private part (empty if it has none). A salt is used once: guessing stays hard."""
    told = _TOLD(event, mode="json")
    public = {name: value for name, value in told.items() if value and name != "private"}
    if not event.private:
        return canonical(public), ""
    private = canonical({"salt": salt, "value": told["private"]})
    return canonical({**public, "private": private_digest(private)}), private


def private_digest(private: str) -> str:
    """What the chained form says of a private part: SHA-256 over salt and content together."""
    return hashlib.sha256(private.encode()).hexdigest()


def link_of(previous: str, number: int, at_ms: int, body: str) -> str:
    """The chain link of one event; the ledger's script computes the same."""
    return hashlib.sha1(f"{previous}\n{number}\n{at_ms}\n{body}".encode(), usedforsecurity=False).hexdigest()


def seal_of(number: int, previous: str, entries: Iterable[Entry]) -> Seal:
    """The seal over these events (at least one, in order)."""
    digest = seal_begun(number, previous)
    first, last, link = 0, 0, ""
    for entry in entries:
        digest.update(sealed_text(entry.number, entry.at_ms, entry.link, entry.body))
        first, last, link = first or entry.number, entry.number, entry.link
    if not first:
        raise ValueError("a seal needs at least one event")
    return Seal(
        number=number, first=first, last=last, link=link, previous=previous, digest=digest.hexdigest()
    )


def seal_begun(number: int, previous: str) -> hashlib._Hash:
    """The digest of a seal before its first event. What `previous` may hold is looked at where the seal stands."""
    return hashlib.sha256(f"{number}\n{previous}\n".encode(errors="surrogatepass"))


def sealed_text(number: int, at_ms: int, link: str, body: str) -> bytes:
    """What of an event a seal is over."""
    return f"{number}\n{at_ms}\n{link}\n{body}\n".encode()


def signed_text(seal: Seal) -> bytes:
    """What a signature of a seal is over. The digest covers all else: the number, the seal before, each event."""
    return f"gatehouse seal\n{seal.number}\n{seal.last}\n{seal.digest}\n".encode()


def header_line(head: Head, **told: object) -> str:
    """The first line of an export: where it starts (`Head()`: at the beginning), and what else is to be told of it."""
    return canonical({"type": "header", "format": FORMAT, **told, "after": asdict(head)})


def entry_line(entry: Entry) -> str:
    """One event as a line of an export: canonical, and put together by hand, since a record has millions of them."""
    body, link, private = _quoted(entry.body), _quoted(entry.link), _quoted(entry.private)
    return (
        f'{{"at_ms":{entry.at_ms},"body":{body},"link":{link},"number":{entry.number},"private":{private},'
        '"type":"event"}'
    )


def seal_line(seal: Seal) -> str:
    """One seal as a line of an export; it stands after its last event."""
    return canonical(
        {
            "type": "seal",
            **{name: value for name, value in asdict(seal).items() if value != "" or name == "previous"},
        }
    )


def end_line(head: Head) -> str:
    """The last line of an export: without it the file was cut off."""
    return canonical({"type": "end", "head": asdict(head)})
