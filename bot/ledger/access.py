"""The accepted access file: one generation for all replicas."""

from __future__ import annotations

from collections.abc import Sequence

from bot.ledger.door import SCHEMA, LedgerDoor, key
from bot.ledger.errors import NewerRecord
from bot.ledger.queue import effects_args
from bot.ledger.record import events_args
from bot.ledger.values import AcceptedAccess
from bot.models import Effect, Event


async def accept(
    door: LedgerDoor, document: str, digest: str, events: Sequence[Event], effects: Sequence[Effect]
) -> int:
    """Put a document in force; its generation. The accepted one again: the same generation, no event, nothing said; a
    mark that is missing there (older data, a new secret, somebody else's hand) is set.

    The fact "@generation" in an event is replaced by the new generation's number.
    """
    mark = door.marks.mark("access", digest, document)
    [generation] = await door.call(
        "accept_access", digest, document, mark, *events_args(events), *effects_args(effects)
    )
    door.newest_access = int(generation)
    return door.newest_access


async def read(door: LedgerDoor) -> AcceptedAccess | None:
    """The document in force, or None before the first. A generation older than one seen before was put back."""
    newest = door.newest_access  # Before the answer is asked for.
    generation, digest, document, schema, mark = await door.read(
        "HMGET", key("access"), "generation", "digest", "document", "sv", "mark"
    )
    if not generation:
        return None
    if int(schema) > SCHEMA:
        raise NewerRecord(
            f"the access file was accepted by version {schema} of Gatehouse's records; upgrade this program"
        )
    is_genuine = door.marks.fits(mark, "access", digest, document) and int(generation) >= newest
    if is_genuine:
        door.newest_access = int(generation)
    return AcceptedAccess(generation=int(generation), digest=digest, document=document, is_genuine=is_genuine)


async def was_replaced(door: LedgerDoor, digest: str) -> bool:
    """Whether a document was in force once and another one took its place."""
    return bool(await door.read("HEXISTS", key("access:replaced"), digest))


async def generation(door: LedgerDoor) -> int:
    """The number of the generation in force; 0 before the first. Cheap: for every press."""
    return int(await door.read("HGET", key("access"), "generation") or 0)
