"""The record's witnesses: signed seals, a second place that gets every one of them, and the head that was seen."""

from __future__ import annotations

import asyncio
import shutil
from dataclasses import replace
from datetime import timedelta

import aiohttp
import pytest

from bot.app.refusing import StartRefused
from bot.app.witnessing import Sealing, sealing_of
from bot.audit import Outside, kept_seals, read_public_keys, verify_export
from bot.cards.kit import ids
from bot.desk import new_id
from bot.ledger import Committed
from bot.models import Actor, Change, Event, Given, GivenWrite, SlackGrant, SlackRole, Suspension
from bot.settings import Settings
from bot.witness import SyslogPlace, WitnessFolder
from tests.desk import Bench, text_of
from tests.older import copied, put_back
from tests.witness.place import collecting, receiving


def settings(bench: Bench, **record: object) -> Settings:
    """The least that a bot runs with; its data folder is the bench's."""
    return Settings.model_validate(
        {
            "slack": {"team_id": "T0123ABCD"},
            "portal": {},
            "routing": {"default": {"card": "C0", "escalation": "C1", "audit": "C2"}},
            "ledger": {"data": bench.folder / "data"},
            "record": record,
        }
    )


async def sealing(bench: Bench, *, accept_older: bool = False, **record: object) -> Sealing:
    """The witnesses as a process starts them."""
    async with aiohttp.ClientSession() as session:
        return await sealing_of(settings(bench, **record), bench.desk, session, accept_older=accept_older)


async def _happened(bench: Bench, count: int = 3) -> None:
    await bench.ledger.record([Event(name="backlog_announced") for _ in range(count)])


async def test_seals_are_signed_and_the_public_key_proves_the_export(bench: Bench) -> None:
    started = await sealing(bench)
    await started.seal()
    assert started.folder is not None
    keys = read_public_keys(started.folder.public_texts())
    found = verify_export([line async for line in bench.ledger.chain.export()], Outside(keys=keys))
    assert found.is_good, found.problems
    assert found.signed_to == found.sealed_to > 0
    (head,) = [one for one in await bench.say() if one.effect_id.startswith("audit_head")]
    assert f"{found.sealed_to}={found.seal}" in text_of(head)


async def test_a_new_key_is_announced_once(bench: Bench) -> None:
    started = await sealing(bench)
    await started.watch()
    assert [e.event.facts["before"] for e in await bench.events("seal_key_taken")] == [""]
    started = await sealing(bench)
    assert len(await bench.events("seal_key_taken")) == 1
    assert started.folder is not None
    fresh = started.folder.renew_key()
    again = await sealing(bench)
    assert again.key is not None
    assert again.key.key_id == fresh.key_id
    assert [e.event.facts["key"] for e in await bench.events("seal_key_taken")][1:] == [fresh.key_id]


class TestSecondPlace:
    """Every seal, at least once, whatever happens to the place."""

    async def test_every_seal_arrives_and_stands_in_the_export(self, bench: Bench) -> None:
        async with receiving() as (receiver, place):
            work = Sealing(desk=bench.desk, place=place)
            for _ in range(3):
                await _happened(bench)
                await work.seal()
            await work.deliver()
            found = verify_export(
                [line async for line in bench.ledger.chain.export()], Outside(receiver.seals)
            )
            assert found.is_good, found.problems
            assert len(found.stood) == 3
            await work.deliver()
            assert (receiver.asked, receiver.forged) == (1, 0)

    @pytest.mark.parametrize("status", [302, 404, 500])
    async def test_without_a_receipt_they_come_again_and_one_alert_is_said(
        self, bench: Bench, status: int
    ) -> None:
        async with receiving() as (receiver, place):
            work = Sealing(desk=bench.desk, place=place)
            await _happened(bench)
            await work.seal()
            receiver.status = status
            for _ in range(6):
                work._deliver_due = 0
                await work.deliver()
            said = [one.effect_id for one in await bench.say() if one.effect_id.startswith("second_place")]
            assert len(said) == 1
            assert receiver.taken == []
            receiver.status = 200
            work._deliver_due = 0
            await work.deliver()
            assert len(receiver.seals) == 1
            said = [
                one.effect_id for one in await bench.say() if one.effect_id.startswith("second_place_answers")
            ]
            assert len(said) == 1

    async def test_a_place_that_does_not_answer_is_not_asked_again_at_once(self, bench: Bench) -> None:
        async with receiving() as (receiver, place):
            work = Sealing(desk=bench.desk, place=place)
            await _happened(bench)
            await work.seal()
            receiver.status = 503
            await work.deliver()
            await work.deliver()
            assert receiver.asked == 1

    async def test_what_a_syslog_collector_keeps_proves_the_export(self, bench: Bench) -> None:
        async with collecting() as collector:
            place = SyslogPlace(f"syslog+tcp://127.0.0.1:{collector.port}")
            work = Sealing(desk=bench.desk, place=place)
            for _ in range(2):
                await _happened(bench)
                await work.seal()
            await work.deliver()
            await asyncio.wait_for(collector.come.wait(), 5)
            lines = [line async for line in bench.ledger.chain.export()]
            found = verify_export(lines, Outside(kept_seals(collector.lines)))
            assert found.is_good, found.problems
            assert len(found.stood) == 2

    async def test_a_place_that_is_not_there_loses_nothing(self, bench: Bench) -> None:
        async with receiving() as (_, place):
            pass
        async with receiving() as (receiver, other):
            await _happened(bench)
            gone = Sealing(desk=bench.desk, place=replace(other, url=place.url))
            await gone.seal()
            await gone.deliver()
            await Sealing(desk=bench.desk, place=other).deliver()
            assert len(receiver.seals) == 1


def _given(bench: Bench) -> Given:
    """Bo was given something in Slack, with a role that was made there; Hal is suspended."""
    by = Actor(person_id="kim", name="Kim", slack_user_id="U1")
    now, place = bench.desk.now(), bench.portal.organization_id("brightwater")
    grant = SlackGrant(
        grant_id="g1",
        person_id="bo",
        person_name="Bo Lindqvist",
        permission="Approve for Group",
        organization_id=place,
        organization_name="Brightwater",
        until=now + timedelta(days=1),
        given_by=by,
        given_at=now,
        reason="nights",
    )
    role = SlackRole(
        role_id="r1",
        name="Night",
        permissions=("View Approvals",),
        organization_id=place,
        organization_name="Brightwater",
        made_by=by,
        made_at=now,
        changed_by=by,
        changed_at=now,
        reason="nights",
    )
    stopped = Suspension(person_id="hal", person_name="Hal Novak", by=by, at=now, reason="left")
    return Given(grants=(grant,), roles=(role,), suspensions=(stopped,))


async def _put(bench: Bench, **changed: object) -> None:
    stored = await bench.ledger.given()
    given = stored.given.model_copy(update=changed)
    change = Change(
        op_id=new_id("o"), events=[Event(name="written_by_test")], given=GivenWrite(given, stored.version)
    )
    assert isinstance(await bench.ledger.commit(change), Committed)


class TestOlderLedger:
    """An older copy of the data revives a revoked grant and lifts a suspension: not silently."""

    @pytest.fixture
    async def older(self, bench: Bench) -> Bench:
        """A grant was given; then the data was copied; then the grant was revoked and somebody suspended, which was
        seen; now the copy is back."""
        given = _given(bench)
        await _put(bench, grants=given.grants, roles=given.roles)
        await bench.press("ana", ids.CLAIM)
        copy = await copied(bench.valkey.url)
        await _put(bench, grants=(), roles=(), suspensions=given.suspensions)
        await (await sealing(bench)).watch()
        await put_back(bench.valkey.url, copy)
        # As a process that starts: what this one remembers of the newer state is another defence.
        bench.ledger._door.newest_given = None
        return bench

    async def test_it_refuses_to_start_and_says_why_and_what_to_do(self, older: Bench) -> None:
        with pytest.raises(StartRefused) as refused:
            await sealing(older)
        (sentence,) = refused.value.sentences
        assert "The ledger is older than what was seen of it" in sentence
        assert "--accept-older-ledger" in sentence
        assert len((await older.ledger.given()).given.grants) == 1, "nothing was touched"

    async def test_so_does_one_that_was_written_to_since(self, older: Bench) -> None:
        """Longer than the one that was seen, and still another one."""
        await _happened(older, 50)
        with pytest.raises(StartRefused, match="is another one than the one that was seen"):
            await sealing(older)

    async def test_so_does_an_empty_one(self, older: Bench) -> None:
        await put_back(older.valkey.url, {})
        with pytest.raises(StartRefused, match="its record ends at event 0"):
            await sealing(older)

    async def test_the_word_drops_what_was_given_keeps_who_is_suspended_and_announces_it(
        self, older: Bench
    ) -> None:
        await sealing(older, accept_older=True)
        given = (await older.ledger.given()).given
        assert (given.grants, given.roles) == ((), ())
        assert [each.person_id for each in given.suspensions] == ["hal"]
        (told,) = [one for one in await older.say() if one.effect_id.startswith("older-ledger")]
        text = text_of(told)
        for words in (
            "An older ledger is in use, on purpose",
            "Bo Lindqvist: Approve for Group",
            "Hal Novak",
            "Night",
        ):
            assert words in text
        event = await older.last("older_ledger_accepted")
        assert event.facts["grants_dropped"] == ["g1"]
        assert "Bo" not in str(event.facts)

    async def test_a_press_that_waited_in_it_is_not_carried_out(self, older: Bench) -> None:
        """It was answered since, perhaps with a no."""
        await sealing(older, accept_older=True)
        assert await older.ledger.waiting_presses() == 0
        (said,) = [one for one in await older.say() if one.effect_id.startswith("answer:")]
        assert "It is not carried out now" in text_of(said)

    async def test_after_the_word_it_is_the_ledger(self, older: Bench) -> None:
        await (await sealing(older, accept_older=True)).watch()
        await sealing(older)

    async def test_the_word_changes_nothing_on_a_ledger_that_is_not_older(self, bench: Bench) -> None:
        await _put(bench, grants=_given(bench).grants)
        await (await sealing(bench)).watch()
        await sealing(bench, accept_older=True)
        assert len((await bench.ledger.given()).given.grants) == 1
        assert not await bench.events("older_ledger_accepted")

    async def test_a_damaged_note_is_a_reason_not_to_start(self, older: Bench) -> None:
        (older.folder / "data-record" / "seen.json").write_text("{")
        with pytest.raises(StartRefused, match="is damaged"):
            await sealing(older)
        await sealing(older, accept_older=True)
        assert (await older.ledger.given()).given.grants == ()

    async def test_one_that_comes_back_under_a_running_bot_ends_it(self, bench: Bench) -> None:
        copy = await copied(bench.valkey.url)
        work = await sealing(bench)
        await _happened(bench)
        await work.watch()
        await put_back(bench.valkey.url, copy)
        assert not work.fallen.is_set()
        await work.watch()
        assert work.fallen.is_set()

    async def test_who_was_suspended_after_the_head_was_read_is_noted_with_the_next(
        self, bench: Bench
    ) -> None:
        work = await sealing(bench)
        await work.watch()
        await _put(bench, suspensions=_given(bench).suspensions)
        await work.watch()
        assert work.folder is not None
        seen = work.folder.seen()
        assert seen is not None
        assert [each.person_id for each in seen.suspensions] == ["hal"]


class TestFolder:
    """Where the witness's folder cannot be used."""

    async def test_one_that_was_named_and_cannot_be_made_stops_the_start(self, bench: Bench) -> None:
        (bench.folder / "file").write_text("")
        with pytest.raises(StartRefused, match="cannot be made"):
            await sealing(bench, folder=bench.folder / "file" / "record")

    async def test_the_default_one_is_done_without(self, bench: Bench) -> None:
        """A container whose root cannot be written to; `check` warns of it."""
        (bench.folder / "data-record").write_text("")
        work = await sealing(bench)
        assert (work.key, work.folder) == (None, None)
        await work.seal()
        await work.watch()

    async def test_a_key_that_others_can_read_stops_the_start(self, bench: Bench) -> None:
        folder = WitnessFolder(bench.folder / "data-record")
        folder.key()
        (folder.path / "seal.key").chmod(0o644)
        with pytest.raises(StartRefused, match="can be read by others"):
            await sealing(bench)

    async def test_a_disk_that_is_full_later_is_told_once_and_stops_nothing(self, bench: Bench) -> None:
        work = await sealing(bench)
        assert work.folder is not None
        shutil.rmtree(work.folder.path)
        await work.watch()
        await work.watch()
        assert not work.fallen.is_set()
