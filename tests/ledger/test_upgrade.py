"""An upgrade: data folders of every former version open, go on and verify; replicas step one after the other."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from bot.audit import Outside
from bot.checkup.verifying import verified
from bot.ledger import Committed, EmbeddedServer, Ledger, NewerRecord
from bot.ledger.door import SCHEMA
from bot.models import CaseWrite, Change, Press, Standing
from tests.ledger.build import LEASE, change, committed, event, press
from tests.older import former_ledger
from tests.released import Sample, numbers, sample
from tests.valkey import RunningValkey


@asynccontextmanager
async def opened(found: Sample) -> AsyncIterator[Ledger]:
    """The data folder as a start opens it: with the embedded server on it."""
    ledger = await Ledger.connect(EmbeddedServer(found.folder), replica_id="upgraded", secret=found.secret)
    try:
        yield ledger
    finally:
        await ledger.close()


def test_there_is_a_sample_of_every_version() -> None:
    """Whoever raises the version records the last data of the old one first: `python -m tests.released`."""
    assert set(numbers()) >= set(range(1, SCHEMA))


@pytest.mark.parametrize("number", numbers())
async def test_its_data_opens_and_the_record_verifies(number: int, tmp_path: Path) -> None:
    with sample(number) as found:
        async with opened(found) as ledger:
            assert (await ledger.chain.head()).number == found.events
            waiting = [
                entry.facts.request_id
                for stored in await ledger.open_cases()
                for entry in stored.case.requests
                if entry.standing is Standing.PENDING
            ]
            assert sorted(waiting) == sorted(found.open_requests)
            assert len((await ledger.given()).given.grants) == found.grants
            accepted = await ledger.access()
            assert accepted is not None
            assert accepted.generation == 1
            await ledger.chain.export_to(tmp_path / "record.jsonl")
    told = verified(tmp_path / "record.jsonl", Outside())
    assert told.problems == []
    assert told.events == found.events


@pytest.mark.parametrize("number", numbers())
async def test_its_cases_are_read_whole_and_written_anew(number: int, tmp_path: Path) -> None:
    """Closed ones too. Written once by this program, they carry its version, and the chain goes on."""
    with sample(number) as found:
        async with opened(found) as ledger:
            named = await ledger.cases(await _every_case(ledger))
            assert len(named) >= len(found.open_requests) + 2
            for case_id, stored in named.items():
                same = stored.case.model_copy(update={"revision": stored.case.revision + 1})
                written = Change(
                    op_id=f"upgrade:{case_id}",
                    events=[event(case_id)],
                    cases=[CaseWrite(same, stored.version)],
                )
                assert isinstance(await ledger.commit(written), Committed)
            versions = [
                await ledger._door.read("HGET", f"{{gatehouse}}:case:{case_id}", "sv") for case_id in named
            ]
            assert set(versions) == {str(SCHEMA)}
            assert await ledger._door.read("HGET", "{gatehouse}:meta", "schema") == str(SCHEMA)
            await ledger.chain.seal()
            await ledger.chain.export_to(tmp_path / "record.jsonl")
    told = verified(tmp_path / "record.jsonl", Outside())
    assert told.problems == []
    assert told.events == found.events + len(named)


async def _every_case(ledger: Ledger) -> list[str]:
    keys: list[str] = await ledger._door.read("KEYS", "{gatehouse}:case:*")
    return [key.removeprefix("{gatehouse}:case:") for key in keys]


async def test_a_folder_of_the_next_version_is_refused_in_words_and_left_as_it_is() -> None:
    with sample(numbers()[-1]) as found:
        async with opened(found) as ledger:
            await ledger._door.read("HSET", "{gatehouse}:meta", "schema", SCHEMA + 1)
        with pytest.raises(NewerRecord, match=f"written by version {SCHEMA + 1} .* Upgrade it"):
            async with opened(found):
                pass


class TestRollingRestart:
    """One replica after the other steps from the version before to this one; each press is taken once."""

    async def test_no_press_is_lost(self, valkey: RunningValkey) -> None:
        finished: list[str] = []

        async def finish(ledger: Ledger, presses: list[Press]) -> None:
            for one in presses:
                await committed(ledger, change(press=one.press_id))
                finished.append(one.press_id)

        async with former_ledger(valkey.url, "b") as b:
            async with former_ledger(valkey.url, "a") as a:
                for number in range(4):
                    await a.store_press(press(f"before-{number}"))
                await finish(b, await b.take_presses(1, LEASE))
                held = await a.take_presses(1, LEASE)
                assert len(held) == 1
            # `a` is gone with a press in hand; its successor has the new version, and `b` works on beside it.
            new_a = await Ledger.connect(valkey.url, replica_id="a")
            for number in range(3):
                await new_a.store_press(press(f"new-{number}"))
                await b.store_press(press(f"old-{number}"))
            taken = await b.take_presses(20, LEASE)
            assert taken
            assert not [one for one in taken if one.press_id.startswith("new")], "it could misread them"
            await finish(b, taken)
        new_b = await Ledger.connect(valkey.url, replica_id="b")
        await valkey.travel(LEASE * 2)
        await finish(new_b, await new_b.take_presses(2, LEASE))
        await finish(new_a, await new_a.take_presses(20, LEASE))
        assert sorted(finished) == sorted(
            [
                *(f"before-{n}" for n in range(4)),
                *(f"new-{n}" for n in range(3)),
                *(f"old-{n}" for n in range(3)),
            ]
        )
        assert await new_a.waiting_presses() == 0
        await new_a.close()
        await new_b.close()

    async def test_an_older_replica_that_starts_again_is_refused_in_words(
        self, valkey: RunningValkey
    ) -> None:
        """Half way back is no way: whoever has seen the new version's data stays with it."""
        new = await Ledger.connect(valkey.url, replica_id="a")
        await new.close()
        async with former_ledger(valkey.url, "b") as b:
            with pytest.raises(NewerRecord, match=f"the ledger was written by version {SCHEMA}"):
                await b._door.call("open")
