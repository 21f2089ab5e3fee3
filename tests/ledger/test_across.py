"""How many organizations decided about a file: counted across organizations, bounded, and each only once."""

from __future__ import annotations

from datetime import timedelta

from bot.ledger import Committed, Ledger
from bot.models import Change, DecisionNote, EarlierDecision, Event, Verb
from tests.ledger.build import NOON

LONG_AGO = NOON - timedelta(days=400)


async def decided(
    ledger: Ledger, organization_id: str, verb: Verb = Verb.APPROVE, *, across: str = "1|AB", days: int = 0
) -> None:
    """One organization decides about a file."""
    at = NOON + timedelta(days=days)
    made = EarlierDecision(at=at, verb=verb, by="Ada Lund", reach="computer", same_file=True)
    note = DecisionNote([f"{organization_id}|hash|AB"], made, across=across, organization_id=organization_id)
    change = Change(op_id=f"{organization_id}{verb}{across}{days}", events=[Event(name="x")], notes=[note])
    assert isinstance(await ledger.commit(change), Committed)


async def test_organizations_are_counted_once_each_with_what_they_decided(ledger: Ledger) -> None:
    for days in range(3):
        await decided(ledger, "org-1", days=days)
    await decided(ledger, "org-2", Verb.DENY)
    await decided(ledger, "org-2", Verb.APPROVE)
    await decided(ledger, "org-3", across="1|CD")
    found = await ledger.history.deciders("1|AB", LONG_AGO)
    assert found == {"org-1": {Verb.APPROVE}, "org-2": {Verb.APPROVE, Verb.DENY}}
    assert await ledger.history.deciders("3|AB", LONG_AGO) == {}


async def test_an_organization_counts_by_its_latest_decision_and_no_longer_than_asked(ledger: Ledger) -> None:
    await decided(ledger, "org-1")
    await decided(ledger, "org-2")
    await decided(ledger, "org-2", days=10)
    assert set(await ledger.history.deciders("1|AB", NOON + timedelta(days=1))) == {"org-2"}


async def test_p10_nobodys_name_is_kept_across_organizations(ledger: Ledger) -> None:
    await decided(ledger, "org-1")
    kept = await ledger._door.read("ZRANGE", "{gatehouse}:history:across|1|AB", 0, -1)
    assert kept == ['{"organization_id":"org-1","verb":"approve"}']


async def test_a_hundred_organizations_are_kept_and_the_longest_silent_are_dropped(ledger: Ledger) -> None:
    for number in range(105):
        await decided(ledger, f"org-{number}", days=number)
    found = await ledger.history.deciders("1|AB", LONG_AGO)
    assert set(found) == {f"org-{number}" for number in range(5, 105)}


async def test_a_note_without_a_file_is_not_kept_across(ledger: Ledger) -> None:
    await decided(ledger, "org-1", across="")
    assert await ledger.history.deciders("", LONG_AGO) == {}
    assert len(await ledger.history.earlier("org-1|hash|AB", LONG_AGO)) == 1
