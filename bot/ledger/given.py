"""What was given and stopped in Slack: one record, read at every press by its version, written by `commit` alone."""

from __future__ import annotations

from pydantic import ValidationError

from bot.ledger.authentic import Marks
from bot.ledger.door import SCHEMA, LedgerDoor, key
from bot.ledger.errors import NewerRecord
from bot.ledger.values import AccessVersions, StoredGiven
from bot.models import Given, GivenWrite


def given_args(write: GivenWrite | None, marks: Marks) -> list[str | int]:
    """As arguments of `commit.lua`: the version expected, the new body and its mark; all empty without a write."""
    if write is None:
        return ["", "", ""]
    body = write.given.model_dump_json()
    return [write.expected_version, body, marks.mark("given", str(write.expected_version + 1), body)]


async def versions(door: LedgerDoor) -> AccessVersions:
    """The generation of the access file and the version of what was given; 0 each before the first."""
    generation, given = await door.read_all(
        [("HGET", key("access"), "generation"), ("HGET", key("given"), "v")]
    )
    return AccessVersions(generation=int(generation or 0), given=int(given or 0))


async def read(door: LedgerDoor) -> StoredGiven:
    """What is given and stopped now. What is without our mark, or older than what this process has seen, rests: its
    grants and roles give nothing, and whoever was suspended stays so.
    """
    known = (
        door.newest_given
    )  # Before the answer is asked for: only what was seen earlier makes it an older one.
    stored = await _stored(door)
    if stored.is_genuine and (known is None or known.version <= stored.version):
        door.newest_given = stored
        return stored
    given = stored.given.resting() if stored.is_genuine else stored.given
    stopped = (
        [each for each in known.given.suspensions if not given.suspension_of(each.person_id)] if known else []
    )
    kept = given.model_copy(update={"suspensions": (*given.suspensions, *stopped)})
    return StoredGiven(kept, stored.version, is_genuine=False)


async def _stored(door: LedgerDoor) -> StoredGiven:
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
