"""P4, P5: while replicas step to a new version one after the other, no press is lost that an older one has in hand."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.app import beat
from bot.app.accessing import AccessWatch
from bot.app.ticks import Ticks
from bot.app.workers import PressWork
from bot.cards.kit import ids
from bot.desk import AccessDesk, Desk, TreeDesk
from bot.ledger import LedgerUnavailable, NewerRecord
from bot.models import DutyChange, Press, Standing
from bot.models.rotas import RotaSection, TierSection
from tests.administration.office import Office, open_office
from tests.desk import BENCH_SECRET, Bench
from tests.older import former_ledger

WEEK = {"zone": "UTC", "people": ["ana", "bo"], "starts": "2026-11-16", "hand_over": "mon 08:00"}


@asynccontextmanager
async def former(bench: Bench) -> AsyncIterator[Desk]:
    """A replica of the version before, beside the bench's own."""
    async with former_ledger(bench.valkey.url, "former", BENCH_SECRET) as ledger:
        await ledger.tick()
        desk = bench.desk
        tree = TreeDesk(desk.portal, ledger, desk.rules)
        access = AccessDesk(ledger, desk.access.user_groups, tree)
        yield replace(desk, ledger=ledger, tree=tree, access=access)


async def worked(desk: Desk) -> None:
    """One round of a replica's press worker."""
    work = PressWork(desk, lambda: None)
    await work.batch()
    await work.drain()


async def stepped(bench: Bench, old: Desk, press: Press) -> str:
    """The older replica stores a press and takes it, in vain, and then there is the newer one; what it answers."""
    assert await old.ledger.store_press(press)
    recorded = len(await bench.events())
    await worked(old)
    assert len(await bench.events()) == recorded, "nothing may be done by halves"
    assert await bench.ledger.waiting_presses() == 1
    assert await old.ledger.take_presses(16, timedelta(seconds=30)) == [], "it would come to nothing again"
    # At once: nobody waits for the end of a lease.
    await worked(bench.desk)
    return await bench.answer(press)


class TestACase:
    """It was written by the newer version."""

    @pytest.mark.parametrize("action", [ids.CLAIM, ids.ESCALATE])
    async def test_a_press_on_it_goes_to_the_newer_replica(self, bench: Bench, action: str) -> None:
        case = await bench.arrive()
        async with former(bench) as old:
            said = await stepped(bench, old, bench.unstored("ana", action, case))
        assert "fault of its own" not in said
        assert await bench.events("press_failed") == []
        assert await bench.case(case.case_id) != case

    async def test_an_approval_is_sent_once_and_by_the_newer_replica(self, bench: Bench) -> None:
        """P2: the older one cannot record its attempt, so it sends nothing."""
        case = await bench.arrive()
        async with former(bench) as old:
            assert "Approved" in await stepped(bench, old, bench.unstored("ana", ids.APPROVE_COMPUTER, case))
        assert len(bench.portal.decisions) == 1
        assert (await bench.case(case.case_id)).requests[0].standing is Standing.APPROVED


@pytest.fixture
async def office(bench: Bench) -> Office:
    bench.with_rules(
        tiers={"leads": TierSection(rota=("week",), people=("kim",))},
        rotas={"week": RotaSection.model_validate(WEEK)},
    )
    return await open_office(bench)


async def duty(office: Office) -> tuple[DutyChange, ...]:
    return (await office.bench.ledger.given()).given.duty


class TestWhatWasGiven:
    """Duty, grants and suspensions stand in one record, which the newer version has written."""

    ORDERS = (
        ("bo", "oncall take week for 4h", "Bo Lindqvist has the turn of week"),
        ("bo", "oncall away 2026-11-25", "out of office"),
        ("ana", "oncall drop", "took back"),
        ("ana", "oncall swap 2026-11-20 with @bo", "Bo Lindqvist"),
        ("mia", "oncall override week friday @bo because Ana travels", "Bo Lindqvist has the turn"),
        ("mia", "grant @bo View Approvals at brightwater for 30m because a look", "View Approvals"),
        ("mia", "suspend @bo because a lost telephone", "Bo Lindqvist"),
    )

    async def test_an_order_that_falls_into_the_step_is_carried_out_once(self, office: Office) -> None:
        bench = office.bench
        await office.types("ana", "oncall away 2026-11-24")
        async with former(bench) as old:
            for who, text, answered in self.ORDERS:
                before = (await bench.ledger.given()).version
                said = await stepped(bench, old, office.unstored(who, text))
                assert answered in said, text
                assert (await bench.ledger.given()).version == before + 1, said
        assert await bench.events("press_failed") == []

    async def test_its_end_is_left_to_the_newer_replica(self, office: Office) -> None:
        bench = office.bench
        await office.types("bo", "oncall take week for 2h")
        await bench.advance(hours=2, seconds=1)
        async with former(bench) as old:
            await beat.Dues(old).drain()
            assert len(await duty(office)) == 1
            await bench.advance(seconds=11)
            await beat.Dues(bench.desk).drain()
        assert await duty(office) == ()


async def test_steps_that_an_older_replica_cannot_take_hold_up_nothing_else(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """P6: whom they would call rests on what a newer version has written."""
    case = await bench.arrive()
    await bench.advance(minutes=5)

    async def newer(*_: object) -> None:
        raise NewerRecord("what was given in Slack was written by version 99")

    with monkeypatch.context() as patched:
        patched.setattr(beat, "take_due_steps", newer)
        dues = beat.Dues(bench.desk)
        assert await dues.drain() >= 2
        await dues.stop(10)
    assert (await bench.case(case.case_id)).evidence is not None
    assert await bench.events("step_taken") == []
    await bench.advance(seconds=11)
    await beat.Dues(bench.desk).drain()
    assert await bench.events("step_taken")


async def test_an_older_replica_that_cannot_look_leaves_the_look_to_a_newer_one(bench: Bench) -> None:
    """P5: it would keep the turn for ever, and nobody would see a new request."""
    request_id = bench.ask()
    await bench.poll()
    async with former(bench) as old:
        watch = AccessWatch(old, bench.folder / "access.toml")
        work = Ticks(
            desk=old, access_watch=watch, press_bell=lambda: None, send_bell=lambda: None,
            poll_busy_s=15, poll_idle_s=15, keep_loose=timedelta(days=1),
        )  # fmt: skip
        bench.portal.decide_in_portal(request_id, approve=True, by="somebody in the portal")
        await work._poll()
        assert work.pulse.polled_at is None
        await bench.advance(seconds=4)
        await work._poll()
        assert await bench.ledger.lead("poll", timedelta(seconds=3))
    await bench.poll()
    assert (await bench.case_of(request_id)).requests[0].standing is Standing.APPROVED


async def test_a_press_that_is_not_ours_any_more_is_handed_to_nobody(bench: Bench) -> None:
    press = await bench.press("ana", ids.CLAIM, await bench.arrive())
    assert not await bench.ledger.hand_on_press(press.press_id), "nobody has taken it"
    assert await bench.ledger.take_presses(1, timedelta(seconds=30))
    async with former_ledger(bench.valkey.url, "former", BENCH_SECRET) as other:
        assert not await other.hand_on_press(press.press_id)
    assert await bench.ledger.hand_on_press(press.press_id)
    assert await bench.ledger.take_presses(1, timedelta(seconds=30)) == [], "it waits for a newer one"
    assert await bench.ledger.waiting_presses() == 1


async def test_without_a_ledger_a_press_is_not_handed_on_and_comes_again(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    await bench.press("ana", ids.CLAIM, await bench.arrive())

    async def newer(*_: object) -> None:
        raise NewerRecord("case c1 was written by version 99")

    async def away(*_: object) -> bool:
        raise LedgerUnavailable("no server")

    with monkeypatch.context() as patched:
        patched.setattr("bot.app.workers.route_of", lambda _: newer)
        patched.setattr(type(bench.ledger), "hand_on_press", away)
        await worked(bench.desk)
    assert await bench.ledger.waiting_presses() == 1
    await bench.advance(seconds=31)
    await worked(bench.desk)
    assert await bench.ledger.waiting_presses() == 0
