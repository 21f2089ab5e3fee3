"""A calendar as others write it: every occurrence is found, and a strange event costs nothing but itself."""

from __future__ import annotations

import io
import json
import sys
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest

from bot.ical import reading
from bot.ical.reading import NoCalendar, main, read
from bot.models.calendars import CalendarCopy
from tests.ical.place import calendar, event, shift

SINCE = datetime(2026, 11, 29, 12, tzinfo=UTC)
UNTIL = SINCE + timedelta(days=400)
GOOD = shift("good", "20261130T080000Z", "20261130T200000Z", "SUMMARY:Ana")


def copy_of(*events: str, zone: str = "Europe/Berlin", until: datetime = UNTIL) -> CalendarCopy:
    return read(calendar(*events), zone, SINCE, until)


def told(copy: CalendarCopy) -> list[tuple[str, str, str]]:
    return [(f"{each.starts:%m-%dT%H:%M}", f"{each.ends:%m-%dT%H:%M}", each.summary) for each in copy.shifts]


def test_a_series_has_its_exceptions_its_left_out_days_and_the_wall_of_its_own_zone() -> None:
    weekly = event(
        "UID:1",
        "DTSTART;TZID=America/New_York:20261026T080000",
        "DTEND;TZID=America/New_York:20261102T080000",
        "RRULE:FREQ=WEEKLY;COUNT=9",
        "EXDATE;TZID=America/New_York:20261214T080000",
        "SUMMARY:Ana",
    )
    swapped = event(
        "UID:1",
        "RECURRENCE-ID;TZID=America/New_York:20261207T080000",
        "DTSTART;TZID=America/New_York:20261208T080000",
        "DTEND;TZID=America/New_York:20261209T080000",
        "SUMMARY:Bo",
    )
    cancelled = event(
        "UID:1",
        "RECURRENCE-ID;TZID=America/New_York:20261221T080000",
        "DTSTART;TZID=America/New_York:20261221T080000",
        "DTEND;TZID=America/New_York:20261228T080000",
        "STATUS:CANCELLED",
        "SUMMARY:Ana",
    )
    found = copy_of(weekly, swapped, cancelled)
    assert told(found) == [
        ("11-23T13:00", "11-30T13:00", "Ana"),
        ("11-30T13:00", "12-07T13:00", "Ana"),
        ("12-08T13:00", "12-09T13:00", "Bo"),
    ]
    assert found.odd == ()


def test_days_and_times_without_a_zone_are_those_of_the_rotas_wall() -> None:
    day = event("UID:1", "DTSTART;VALUE=DATE:20270328", "SUMMARY:day")
    floating = event("UID:2", "DTSTART:20270328T020000", "DURATION:PT2H", "SUMMARY:leapt over")
    # That Sunday has 23 hours in Berlin, and no 02:00.
    assert told(copy_of(day, floating)) == [
        ("03-27T23:00", "03-28T22:00", "day"),
        ("03-28T01:00", "03-28T02:00", "leapt over"),
    ]


def test_a_zone_that_the_calendar_brings_along_counts() -> None:
    frame = (
        "BEGIN:VTIMEZONE\r\nTZID:Custom\r\nBEGIN:STANDARD\r\nDTSTART:16010101T000000\r\n"
        "TZOFFSETFROM:+0300\r\nTZOFFSETTO:+0300\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\n"
    )
    own = event(
        "UID:1", "DTSTART;TZID=Custom:20261201T030000", "DTEND;TZID=Custom:20261201T040000", "SUMMARY:x"
    )
    assert told(copy_of(frame, own)) == [("12-01T00:00", "12-01T01:00", "x")]
    outlook = event(
        "UID:2",
        "DTSTART;TZID=W. Europe Standard Time:20261201T030000",
        "DTEND;TZID=W. Europe Standard Time:20261201T040000",
        "SUMMARY:y",
    )
    assert told(copy_of(outlook)) == [("12-01T02:00", "12-01T03:00", "y")]


def test_whom_an_event_names_is_kept_as_it_stands_there() -> None:
    (found,) = copy_of(
        shift(
            "1",
            "20261130T080000Z",
            "20261130T200000Z",
            "ATTENDEE;CN=Ana:mailto:ana@contoso.example",
            "ATTENDEE:MAILTO:bo@contoso.example",
            "ORGANIZER:urn:uuid:1",
            f"SUMMARY:{'x' * 300}",
        )
    ).shifts
    assert found.attendees == ("ana@contoso.example", "bo@contoso.example")
    assert (found.organizer, len(found.summary)) == ("urn:uuid:1", 200)
    (bare,) = copy_of(shift("1", "20261130T080000Z", "20261130T200000Z")).shifts
    assert (bare.attendees, bare.organizer, bare.summary) == ((), "", "")


@pytest.mark.parametrize(
    ("strange", "why"),
    [
        (("DTSTART:20261130T080000Z", "DTEND:20261130T080001Z", "RRULE:FREQ=SECONDLY"), "takes too long"),
        (
            (
                "DTSTART:20261130T080000Z",
                "DTEND:20261130T090000Z",
                "RRULE:FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30",
            ),
            "takes too long",
        ),
        (
            ("DTSTART:20261130T080000Z", "DTEND:20261130T090000Z", "RRULE:FREQ=HOURLY"),
            "comes more than 2500 times",
        ),
        (("DTSTART:20261130T080000Z", "DTEND:20261129T080000Z"), "ends before it begins"),
        (("DTSTART:20261130T080000Z", "DTEND:20261130T080000Z"), "has no length"),
        (("DTSTART:20261130T080000Z",), "has no length"),
        (("DTSTART:20261130T080000Z", "DTEND;VALUE=DATE:20261201"), "cannot be understood"),
        (("DTSTART;TZID=Mars/Base:20261130T080000", "DURATION:PT1H"), 'the time zone "Mars/Base"'),
        (("DTSTART:soon", "DTEND:later"), "cannot be understood"),
        (("SUMMARY:nothing else",), "cannot be understood"),
        (("DTSTART:20261130T080000Z", "DURATION:PT1H", "RRULE:FREQ=OFTEN"), "cannot be understood (RRULE)"),
        (
            ("DTSTART:20261130T080000Z", "DURATION:PT1H", "RRULE:FREQ=DAILY;UNTIL=20261201T000000"),
            "",
        ),
        (("DTSTART:99991231T080000Z", "DURATION:P900D", "RRULE:FREQ=YEARLY"), "cannot be understood"),
    ],
)
def test_a_strange_event_is_named_and_left_out_and_the_rest_stands(
    strange: tuple[str, ...], why: str
) -> None:
    found = copy_of(event("UID:odd", *strange, "SUMMARY:Odd one"), GOOD)
    assert ("11-30T08:00", "11-30T20:00", "Ana") in told(found)
    if why:
        assert len(found.shifts) == 1
        (odd,) = found.odd
        assert odd.startswith('the event "')
        assert why in odd
    else:
        assert found.odd == ()


def test_there_is_an_end_to_what_is_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    daily = [
        event(f"UID:{number}", "DTSTART:20261130T080000Z", "DURATION:PT1H", "RRULE:FREQ=DAILY")
        for number in range(3)
    ]
    monkeypatch.setattr(reading, "MOST", 700)
    monkeypatch.setattr(reading, "MOST_EVENTS", 2)
    found = copy_of(*daily)
    assert len(found.shifts) == 700
    assert [each.split(";")[0] for each in found.odd] == [
        "it holds more than 2 events",
        "its events come more than 700 times until 2028-01-03",
    ]
    monkeypatch.setattr(reading, "_ODD", 1)
    several = copy_of(*(event(f"UID:{number}", "SUMMARY:none") for number in range(2)))
    assert several.odd[1] == "and 1 more odd events"
    monkeypatch.setattr(reading, "_ALL_S", -1.0)
    assert copy_of(GOOD).odd == ("its events take too long to work out; 1 of them are left out",)


@pytest.mark.parametrize(
    "text",
    [b"", b"<html></html>", b"BEGIN:VCALENDAR\r\n", b"\xff\xfe\x00", b"BEGIN:VEVENT\r\nEND:VEVENT\r\n"],
)
def test_what_is_no_calendar_says_so(text: bytes) -> None:
    with pytest.raises(NoCalendar, match="no calendar"):
        read(text, "UTC", SINCE, UNTIL)


@pytest.mark.parametrize(("text", "key"), [(calendar(GOOD), "shifts"), (b"<html>", "why")])
def test_the_process_prints_what_it_found_or_why_not(
    text: bytes, key: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(text)))
    monkeypatch.setattr(reading, "_limit", lambda: None)
    main("UTC", SINCE.isoformat(), UNTIL.isoformat())
    assert json.loads(capsys.readouterr().out)[key]
