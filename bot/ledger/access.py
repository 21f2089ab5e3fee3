"""What rights rest on: the accepted access file, and what was given in Slack."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import ValidationError

from bot.ledger.door import SCHEMA, LedgerDoor, Marks, key
from bot.ledger.errors import NewerRecord
from bot.ledger.queue import effects_args
from bot.ledger.record import events_args
from bot.ledger.values import AcceptedAccess, AccessVersions, StoredGiven
from bot.models import Effect, Event, Given, GivenWrite


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


def given_args(write: GivenWrite, marks: Marks) -> list[str | int]:
    """As arguments of `commit.lua`: the version expected, the new body and its mark."""
    body = write.given.model_dump_json()
    return [write.expected_version, body, marks.mark("given", str(write.expected_version + 1), body)]


async def versions(door: LedgerDoor) -> AccessVersions:
    """The generation of the access file and the version of what was given; 0 each before the first."""
    generation, given = await door.read_all(
        [("HGET", key("access"), "generation"), ("HGET", key("given"), "v")]
    )
    return AccessVersions(generation=int(generation or 0), given=int(given or 0))


async def read_given(door: LedgerDoor) -> StoredGiven:
    """What is given and stopped now. What is without our mark, or older than what this process has seen, rests: its
    grants and roles give nothing, and whoever was suspended stays so.
    """
    known = (
        door.newest_given
    )  # Before the answer is asked for: only what was seen earlier makes it an older one.
    stored = await _stored_given(door)
    if stored.is_genuine and (known is None or known.version <= stored.version):
        door.newest_given = stored
        return stored
    given = stored.given.resting() if stored.is_genuine else stored.given
    stopped = (
        [each for each in known.given.suspensions if not given.suspension_of(each.person_id)] if known else []
    )
    kept = given.model_copy(update={"suspensions": (*given.suspensions, *stopped)})
    return StoredGiven(kept, stored.version, is_genuine=False)


async def _stored_given(door: LedgerDoor) -> StoredGiven:
    version, schema, body, mark = await door.read("HMGET", key("given"), "v", "sv", "body", "mark")
    if not version:
        return StoredGiven(Given(), 0)
    if int(schema) > SCHEMA:
        raise NewerRecord(
            f"what was given in Slack was written by version {schema} of Gatehouse's records; "
            "upgrade this program"
        )
    is_ours = door.marks.fits(mark, "given", version, body)
    try:
        given = Given.model_validate_json(body)
    except ValidationError:
        if is_ours:
            raise
        given = Given()  # Somebody else may write anything; it must not stop who works by the access file.
    return StoredGiven(given if is_ours else given.resting(), int(version), is_genuine=is_ours)
