"""The weekly post: at its hour on the wall, once however many replicas look, with the figures of its week."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.app.ticks import Ticks
from bot.lookup.reports import post_weekly
from bot.models import Effect, WeeklySection
from bot.rules.calendars import weekly_moment
from rehearsal.portal.faults import FaultKind
from tests.app.test_app_parts import ticks
from tests.desk import Bench, open_bench, shared_server, text_of
from tests.valkey import RunningValkey

MONDAY = datetime(2026, 11, 23, 8, 0, 5, tzinfo=UTC)
WEEKLY = WeeklySection(channel="C0WEEKLY")


@pytest.fixture(scope="module")
def valkey(tmp_path_factory: pytest.TempPathFactory):  # type: ignore[no-untyped-def]
    with shared_server(tmp_path_factory.mktemp("weekly")) as server:
        yield server


@pytest.fixture
async def monday(valkey: RunningValkey, tmp_path: Path):  # type: ignore[no-untyped-def]
    """A desk on a Monday morning, five seconds past eight."""
    async with open_bench(valkey, tmp_path, start=MONDAY) as opened:
        yield opened


async def posts(bench: Bench) -> list[Effect]:
    return [one for one in await bench.say() if one.channel_id == "C0WEEKLY"]


async def happened(bench: Bench) -> None:
    """A request in the record, and its decision in the portal."""
    case = await bench.arrive()
    bench.portal.decide_in_portal(case.requests[0].facts.request_id, approve=True, by="Pat")
    await bench.poll()


async def test_it_is_posted_once_however_many_look_and_again_the_next_week(monday: Bench) -> None:
    await happened(monday)
    await monday.advance(days=7)
    await asyncio.gather(*(post_weekly(monday.desk, WEEKLY) for _ in range(3)))
    await monday.advance(minutes=3)
    await post_weekly(monday.desk, WEEKLY)
    (post,) = await posts(monday)
    assert "1 requests: 1 decided" in text_of(post)
    await monday.advance(hours=5)
    await post_weekly(monday.desk, WEEKLY)
    assert await posts(monday) == []
    assert len(await monday.events("weekly_posted")) == 1
    await monday.advance(days=7)
    await post_weekly(monday.desk, WEEKLY)
    (post,) = await posts(monday)
    assert "Nobody asked for anything" in text_of(post)


async def test_of_other_organizations_nothing_is_told(monday: Bench) -> None:
    await happened(monday)
    await monday.advance(days=7)
    elsewhere = monday.portal.organization_id("marlow")
    await post_weekly(monday.desk, WEEKLY.model_copy(update={"organizations": (elsewhere,)}))
    (post,) = await posts(monday)
    assert "Nobody asked for anything" in text_of(post)
    assert (await monday.last("weekly_posted")).facts["organizations"] == [elsewhere.lower()]


@pytest.mark.parametrize("weekly", [WeeklySection(), WEEKLY.model_copy(update={"weekday": "sat"})])
async def test_without_a_channel_or_a_day_after_its_hour_nothing_is_posted(
    monday: Bench, weekly: WeeklySection
) -> None:
    await post_weekly(monday.desk, weekly)
    assert await posts(monday) == []


async def test_another_replica_that_counts_already_is_left_to_it(monday: Bench) -> None:
    await monday.ledger._door.call("lead", "weekly", "another/process", 120_000)
    await post_weekly(monday.desk, WEEKLY)
    assert await posts(monday) == []
    await monday.advance(minutes=3)
    await post_weekly(monday.desk, WEEKLY)
    assert len(await posts(monday)) == 1


async def test_a_portal_that_is_away_is_waited_for(monday: Bench) -> None:
    made: Ticks = ticks(monday)
    made.weekly = WEEKLY
    monday.desk.tree._kept = None
    monday.portal.faults.set(FaultKind.DOWN)
    await made._weekly()
    assert await posts(monday) == []
    monday.portal.faults.clear()
    await monday.advance(minutes=3)
    await made._weekly()
    assert len(await posts(monday)) == 1


@pytest.mark.parametrize(
    ("now", "zone", "weekday", "moment"),
    [
        ("2026-11-23T08:00", "UTC", "mon", "2026-11-23T08:00"),
        ("2026-11-23T07:59", "UTC", "mon", "2026-11-16T08:00"),
        ("2026-11-22T23:30", "UTC", "mon", "2026-11-16T08:00"),
        ("2026-11-23T07:00", "Europe/Berlin", "mon", "2026-11-23T07:00"),
        # The clocks go forward on Sunday, 29 March 2026: eight on the wall is six in UTC.
        ("2026-03-30T06:00", "Europe/Berlin", "mon", "2026-03-30T06:00"),
        ("2026-03-30T05:59", "Europe/Berlin", "mon", "2026-03-23T07:00"),
        # In Auckland it is Monday while UTC has Sunday.
        ("2026-11-22T19:00", "Pacific/Auckland", "mon", "2026-11-22T19:00"),
        ("2026-11-25T12:00", "UTC", "sat", "2026-11-21T08:00"),
    ],
)
def test_its_hour_is_that_of_the_clock_on_the_wall(now: str, zone: str, weekday: str, moment: str) -> None:
    at = datetime.fromisoformat(now).replace(tzinfo=UTC)
    found = weekly_moment(at, zone, weekday, 8)  # type: ignore[arg-type]
    assert found == datetime.fromisoformat(moment).replace(tzinfo=UTC)
