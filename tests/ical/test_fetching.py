"""A calendar over a real socket: in time, of some size, from where it was said, and never with its secret told."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import aiohttp
import pytest
from pydantic import SecretStr

from bot.ical import fetching
from bot.ical.fetching import AddressTrouble, CalendarAddress, worked_out
from tests.ical.place import CalendarServer, calendar, event, serving, shift

NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)
SECRET = "private-0123456789abcdef"
GOOD = calendar(shift("1", "20261130T080000Z", "20261130T200000Z", "SUMMARY:Ana"))


@pytest.fixture
async def server() -> AsyncIterator[CalendarServer]:
    async with serving() as opened:
        opened.body = GOOD
        yield opened


@pytest.fixture
async def address(server: CalendarServer) -> AsyncIterator[CalendarAddress]:
    async with aiohttp.ClientSession() as session:
        yield CalendarAddress(SecretStr(f"{server.url}/{SECRET}/rota.ics?key={SECRET}"), "UTC", session)


async def test_it_is_fetched_and_worked_out(server: CalendarServer, address: CalendarAddress) -> None:
    copy = await address.read(NOW)
    assert (copy.read_at, [each.summary for each in copy.shifts]) == (NOW, ["Ana"])
    assert server.asked == [f"/{SECRET}/rota.ics?key={SECRET}"]
    assert address.host == "127.0.0.1"
    assert SECRET not in repr(address)


async def test_what_is_wrong_with_it_is_told_without_the_address(
    server: CalendarServer, address: CalendarAddress, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def why() -> str:
        with pytest.raises(AddressTrouble) as trouble:
            await address.read(NOW)
        assert SECRET not in str(trouble.value)
        return str(trouble.value)

    server.status = 404
    assert await why() == "it answers 404"
    server.status = 302
    assert await why() == "it leads elsewhere (302); name the address that it leads to"
    assert len(server.asked) == 2, "no redirect is followed"
    server.status, server.body = 200, b"<html>sign in</html>"
    assert "no calendar" in await why()
    server.packed = True
    assert await why() == "it answers packed, though it was asked not to"
    server.packed, server.endless = False, True
    assert await why() == "it holds more than 2048 KiB"
    server.endless, server.hangs = False, True
    monkeypatch.setattr(fetching, "LIMIT_S", 0.2)
    assert await why() == "it does not answer within 0.2 s"


async def test_an_address_that_nobody_listens_at_is_away(address: CalendarAddress) -> None:
    nobody = CalendarAddress(SecretStr("http://127.0.0.1:1/x"), "UTC", address.session)
    with pytest.raises(AddressTrouble, match=r"it cannot be reached \(ClientConnectorError\)"):
        await nobody.read(NOW)


async def test_one_that_takes_for_ever_to_work_out_is_ended() -> None:
    endless = "RRULE:FREQ=SECONDLY;BYMONTH=2;BYMONTHDAY=30"
    many = [event(f"UID:{each}", "DTSTART:20200101T000000Z", "DURATION:PT1S", endless) for each in range(40)]
    with pytest.raises(AddressTrouble, match=r"it takes more than 0.5 s to work out"):
        await worked_out(calendar(*many), "UTC", NOW, within_s=0.5)


async def test_a_process_that_breaks_off_is_no_calendar() -> None:
    with pytest.raises(AddressTrouble, match=r"could not be worked out \(code 1\)"):
        await worked_out(GOOD, "no/zone", NOW)
