"""Rotas that are read from a calendar: one look for all replicas, the last good copy in the ledger, and one alert."""

from __future__ import annotations

import math
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any

import aiohttp
import pytest
from pydantic import SecretStr

from bot.app.rostering import Rostering
from bot.desk import muster, whom
from bot.ical.fetching import CalendarAddress
from bot.models.calendars import CalendarCopy
from bot.models.rotas import RotaSection, TierSection
from bot.rules.rotas import on_call
from tests.desk import Bench, accept, text_of
from tests.escalation.test_tiers import engaged
from tests.ical.place import CalendarServer, calendar, serving, shift

HOUR = timedelta(hours=1)


@pytest.fixture
async def server() -> AsyncIterator[CalendarServer]:
    async with serving() as opened:
        yield opened


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as opened:
        yield opened


def at(when: datetime) -> str:
    return f"{when:%Y%m%dT%H%M%SZ}"


def week_of(bench: Bench, who: str, *more: str) -> bytes:
    """Somebody has the turn from an hour ago on, for a week."""
    now = bench.desk.now()
    return calendar(shift("week", at(now - HOUR), at(now + 168 * HOUR), f"SUMMARY:{who}", *more))


def rostering(bench: Bench, server: CalendarServer, session: aiohttp.ClientSession, **said: Any) -> Rostering:
    """A tier of which a calendar says who is on call, as a process looks at it."""
    engaged(bench, first={"rota": "week"}, leads=["lee"])
    rota = RotaSection.model_validate({"zone": "UTC", "ical_url": "environment"} | said)
    bench.with_rules(rotas={"week": rota})
    addresses = {"week": CalendarAddress(SecretStr(f"{server.url}/rota.ics"), "UTC", session)}
    return Rostering(desk=bench.desk, addresses=addresses, every=timedelta(minutes=5), stale_after=6 * HOUR)


async def first(bench: Bench) -> tuple[str, ...]:
    return on_call(await bench.desk.roster(), "first", bench.desk.now()).people


async def said_of(bench: Bench, start: str) -> list[str]:
    return [text_of(one) for one in await bench.say() if one.effect_id.startswith(start)]


async def test_a_call_names_whoever_the_calendar_says(
    bench: Bench, server: CalendarServer, session: aiohttp.ClientSession
) -> None:
    ticks = rostering(bench, server, session, ical_names={"Whoever": "ana"})
    assert await first(bench) == (), "it was not read yet"
    server.body = week_of(bench, "Whoever")
    await ticks.look()
    assert await first(bench) == ("ana",)
    assert ticks.age_s < 60
    case = await bench.arrive()
    called = whom(bench.desk, await muster(bench.desk, [case]), case, "first")
    assert called.slack_user_ids == (bench.cast["ana"],)
    assert (await bench.last("rota_calendar_changed")).facts["turns"] == 1


async def test_it_is_looked_at_every_few_minutes_by_one_replica(
    bench: Bench, server: CalendarServer, session: aiohttp.ClientSession
) -> None:
    ticks = rostering(bench, server, session)
    server.body = week_of(bench, "ana")
    await ticks.look()
    await ticks.look()
    assert len(server.asked) == 1
    await bench.advance(minutes=6)
    server.body = week_of(bench, "bo")
    await bench.ledger.lead("calendar:week", timedelta(minutes=2))
    await ticks.look()
    assert await first(bench) == ("bo",)
    assert len(await bench.events("rota_calendar_changed")) == 2
    await bench.advance(minutes=6)
    await ticks.look()
    assert len(server.asked) == 3
    assert len(await bench.events("rota_calendar_changed")) == 2, "nothing changed"


async def test_one_that_is_away_is_used_as_it_was_and_told_once_and_told_when_it_is_back(
    bench: Bench, server: CalendarServer, session: aiohttp.ClientSession
) -> None:
    ticks = rostering(bench, server, session)
    server.body = week_of(bench, "ana")
    await ticks.look()
    server.status = 503
    for _ in range(8):
        await bench.advance(hours=1)
        await ticks.look()
    assert await first(bench) == ("ana",)
    assert ticks.age_s == pytest.approx(8 * 3600, abs=60)
    (alert,) = await said_of(bench, "rota_calendar_stale")
    assert "The calendar of the rota week cannot be read" in alert
    assert "it answers 503" in alert
    assert "is used; what changed since is not known" in alert
    assert len(await bench.events("rota_calendar_stale")) == 1
    server.status = 200
    await bench.advance(hours=1)
    await ticks.look()
    (back,) = await said_of(bench, "rota_calendar_back")
    assert "is read again" in back
    held = (await bench.ledger.calendars.read(["week"]))["week"]
    assert (held.failing_since, held.why) == (None, "")
    # A short absence is told of neither in its beginning nor in its end.
    server.status = 503
    await bench.advance(hours=1)
    await ticks.look()
    server.status = 200
    await bench.advance(hours=1)
    await ticks.look()
    assert await said_of(bench, "rota_calendar") == []


async def test_one_that_was_never_read_says_that_nobody_is_on_call_by_it(
    bench: Bench, server: CalendarServer, session: aiohttp.ClientSession
) -> None:
    ticks = rostering(bench, server, session)
    server.status = 404
    await ticks.look()
    await bench.advance(hours=7)
    await ticks.look()
    (alert,) = await said_of(bench, "rota_calendar_stale")
    assert "It was never read, so nobody of this rota is on call" in alert
    assert ticks.age_s == float("inf")
    held = (await bench.ledger.calendars.read(["week"]))["week"]
    assert held.looked_at == held.tried_at is not None


async def test_what_is_odd_in_it_is_told_when_it_comes_up_and_acts_nowhere(
    bench: Bench, server: CalendarServer, session: aiohttp.ClientSession
) -> None:
    ticks = rostering(bench, server, session)
    now = bench.desk.now()
    strange = [
        shift(f"{each}", at(now + 200 * HOUR), at(now + 201 * HOUR), f"SUMMARY:<!channel> {each}")
        for each in range(7)
    ]
    server.body = calendar(shift("week", at(now - HOUR), at(now + 168 * HOUR), "SUMMARY:ana"), *strange)
    await ticks.look()
    assert await first(bench) == ("ana",)
    (effect,) = [one for one in await bench.say() if one.effect_id.startswith("rota_calendar_odd")]
    assert "<!channel>" not in effect.text
    assert "names nobody of the access file" in text_of(effect)
    assert "and 2 more" in text_of(effect)
    await bench.advance(minutes=6)
    await ticks.look()
    assert await said_of(bench, "rota_calendar_odd") == [], "it is known"


async def test_of_two_looks_at_once_the_later_one_stays(bench: Bench) -> None:
    now = bench.desk.now()
    late = CalendarCopy(read_at=now, until=now + HOUR, odd=("late",))
    early = late.model_copy(update={"read_at": now - HOUR, "odd": ("early",)})
    assert await bench.ledger.calendars.keep("week", late, [])
    assert not await bench.ledger.calendars.keep("week", early, [])
    assert not await bench.ledger.calendars.keep("week", late, [])
    held = (await bench.ledger.calendars.read(["week", "other"]))["week"]
    assert held.copy == late


async def test_without_a_calendar_there_is_no_age(bench: Bench) -> None:
    bench.with_rules(tiers={"first": TierSection(people=("ana",))})
    assert on_call(await bench.desk.roster(), "first", bench.desk.now()).people == ("ana",)
    ticks = Rostering(desk=bench.desk, addresses={}, every=HOUR, stale_after=HOUR)
    await ticks.look()
    assert math.isnan(ticks.age_s)


async def test_a_ledger_that_is_away_is_said_once_and_waited_for(
    bench: Bench, server: CalendarServer, session: aiohttp.ClientSession
) -> None:
    ticks = rostering(bench, server, session)
    await bench.valkey.stop()
    await ticks.look()
    assert server.asked == []
    await bench.valkey.restart()
    await ticks.look()
    assert len(server.asked) == 1


async def test_before_there_is_an_access_file_a_calendar_means_nobody(
    bench: Bench, server: CalendarServer, session: aiohttp.ClientSession
) -> None:
    ticks = rostering(bench, server, session)
    await bench.valkey.flush()
    await bench.ledger.tick()
    server.body = week_of(bench, "ana")
    await ticks.look()
    assert await first(bench) == ()
    await accept(bench)
    assert await first(bench) == ("ana",), "once there is one, the same copy means somebody"
