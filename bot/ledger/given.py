"""What was given and stopped in Slack: one record, read at every press by its version, written by `commit` alone."""

from __future__ import annotations

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
    """What is given and stopped now. Without our mark the grants and roles rest, and the suspensions stay."""
    version, schema, body, mark = await door.read("HMGET", key("given"), "v", "sv", "body", "mark")
    if not version:
        return StoredGiven(Given(), 0)
    if int(schema) > SCHEMA:
        raise NewerRecord(
            f"what was given in Slack was written by version {schema} of Gatehouse's records; "
            "upgrade this program"
        )
    given = Given.model_validate_json(body)
    if door.marks.fits(mark, "given", version, body):
        return StoredGiven(given, int(version))
    return StoredGiven(given.resting(), int(version), is_genuine=False)
