"""What `gatehouse.toml` may say of calendars, and what it is told where it says something else."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest

from bot.models.calendars import Span
from bot.settings import Settings, load
from tests.test_settings import LEAST, problems_of, written

ORGANIZATION = "7d9d1b6a-0c3e-4b7e-9d55-3c1f1c0a9e10"
HOURS = 'zone = "Europe/Berlin"\nweekdays = { mon-fri = "08:00-18:00" }\n'
HOUR = timedelta(hours=1)


def of(tmp_path: Path, text: str) -> Settings:
    return load(written(tmp_path, LEAST + text), files_only=True)


def test_a_calendar_is_read_with_all_that_it_may_say(tmp_path: Path) -> None:
    calendars = of(
        tmp_path,
        f"""[calendars.contoso]
zone = "Europe/Berlin"
weekdays = {{ sat-mon = ["8:00-12:00", "13:00 - 17:30"], tue = "22:00-06:00", wed = [] }}
holidays = "de-by"
closed = [2026-12-24, "2026-12-31"]
open = {{ 2026-12-19 = "00:00-24:00", "2026-12-20" = ["10:00-11:00"] }}
organizations = ["{ORGANIZATION.upper()}"]
[calendars.night]
zone = "UTC"
weekdays.mon-sun = "00:00-24:00"
holidays = ["AT", "US-CA"]
""",
    ).calendars
    contoso, night = calendars["contoso"], calendars["night"]
    day = (Span(8 * HOUR, 12 * HOUR), Span(13 * HOUR, 17.5 * HOUR))
    assert contoso.weekdays == {
        "sat": day, "sun": day, "mon": day, "tue": (Span(22 * HOUR, 30 * HOUR),), "wed": (),
    }  # fmt: skip
    assert (contoso.holidays, night.holidays) == (("DE-BY",), ("AT", "US-CA"))
    assert contoso.closed == {date(2026, 12, 24), date(2026, 12, 31)}
    assert contoso.open == {
        date(2026, 12, 19): (Span(0 * HOUR, 24 * HOUR),),
        date(2026, 12, 20): (Span(10 * HOUR, 11 * HOUR),),
    }
    assert contoso.organizations == (ORGANIZATION,)
    assert len(night.weekdays) == 7


def test_a_copied_example_leaves_room_for_a_default_calendar(tmp_path: Path) -> None:
    """It names each of the hours of [escalation] with its usual value."""
    text = '[escalation]\nopens = "08:00"\ncloses = "18:00"\n[calendars.default]\n' + HOURS
    assert list(of(tmp_path, text).calendars) == ["default"]


@pytest.mark.parametrize(
    ("said", "names"),
    [
        ('zone = "Mars/Base"\nweekdays = {}', ["zone", '"Mars/Base"', "IANA"]),
        ('weekdays = { mon = "08:00-09:00" }', ["zone is not set", 'zone = "Europe/Berlin"']),
        ('zone = "UTC"', ["weekdays is not set", "weekdays = {"]),
        ('zone = "UTC"\nweekdays = ["mon"]', ["weekdays", "write a table"]),
        ('zone = "UTC"\nweekdays = { monday = "08:00-09:00" }', ["weekdays", '"monday"', "mon, tue"]),
        ('zone = "UTC"\nweekdays = { mon- = "08:00-09:00" }', ["weekdays", '"mon-"', "mon-fri"]),
        ('zone = "UTC"\nweekdays = { mon-wed = "08:00-09:00", tue = [] }', ["tue stands twice", "one list"]),
        ('zone = "UTC"\nweekdays = { mon = "8-18" }', ["mon", '"8-18" is no span', "08:00-18:00"]),
        ('zone = "UTC"\nweekdays = { mon = 8 }', ["mon", '"8" is no span']),
        ('zone = "UTC"\nweekdays = { mon = "08:00-08:60" }', ["mon", '"08:00-08:60" is no span']),
        ('zone = "UTC"\nweekdays = { mon = "08:00-08:00" }', ["mon", "span of nothing", "00:00-24:00"]),
        ('zone = "UTC"\nweekdays = { mon = "08:00-25:00" }', ["mon", "leaves the day"]),
        ('zone = "UTC"\nweekdays = { mon = "24:00-06:00" }', ["mon", "leaves the day"]),
        (
            'zone = "UTC"\nweekdays = { mon = ["11:00-13:00", "08:00-12:00"] }',
            ["mon", "08:00-12:00 and 11:00-13:00 overlap"],
        ),
        (
            'zone = "UTC"\nweekdays = { mon = ["22:00-02:00", "23:00-23:30"] }',
            ["mon", "22:00-02:00 and 23:00-23:30 overlap"],
        ),
        (
            'zone = "UTC"\nweekdays = { mon = "22:00-06:00", tue = "05:00-09:00" }',
            ["mon 22:00-06:00 and tue 05:00-09:00 overlap"],
        ),
        (
            'zone = "UTC"\nweekdays = { sun-mon = ["00:00-07:00", "22:00-06:00"] }',
            ["sun 22:00-06:00", "overlap"],
        ),
        (HOURS + 'holidays = "XX"', ["holidays", 'country "XX"', "ISO 3166"]),
        (HOURS + 'holidays = "Germany"', ["holidays", 'country "Germany"']),
        (HOURS + 'holidays = ["DE", "DE-XY"]', ["holidays", 'DE has no part "XY"', "BY, HB"]),
        (HOURS + 'holidays = "KY-1"', ["holidays", 'KY has no part "1"', "write KY alone"]),
        (HOURS + "holidays = 5", ["holidays = 5", "write a list"]),
        (HOURS + 'closed = "2026-12-24"', ["closed", "write a list of days"]),
        (HOURS + 'closed = ["24.12.2026"]', ["closed", '"24.12.2026" is no day']),
        (HOURS + 'closed = ["9999-12-31"]', ["closed", '"9999-12-31" is too far away', "1970 to 2999"]),
        (HOURS + 'open = { 0001-01-01 = "08:00-09:00" }', ["open", '"0001-01-01" is too far away']),
        (HOURS + 'closed = ["2026-02-30"]', ["closed", '"2026-02-30" is no day']),
        (HOURS + "closed = [2026-12-24T00:00:00]", ["closed", "is no day", "2026-12-24"]),
        (HOURS + "closed = [20261224]", ["closed", '"20261224" is no day']),
        (HOURS + 'open = ["2026-12-19"]', ["open", "write a table"]),
        (HOURS + 'open = { sat = "08:00-09:00" }', ["open", '"sat" is no day']),
        (HOURS + "open = { 2026-12-19 = [] }", ["open", "2026-12-19 has no hours", "closed"]),
        (HOURS + 'open = { 2026-12-19 = "9-10" }', ["open: 2026-12-19", '"9-10" is no span']),
        (
            HOURS + 'open = { 2026-12-19 = ["08:00-10:00", "09:00-11:00"] }',
            ["2026-12-19", "08:00-10:00 and 09:00-11:00 overlap"],
        ),
        (
            HOURS + 'closed = [2026-12-24]\nopen = { 2026-12-24 = "08:00-09:00" }',
            ["2026-12-24 stands in closed and in open"],
        ),
        (HOURS + 'organizations = ["contoso"]', ["organizations", "no organization id"]),
        (HOURS + 'organizations = [""]', ["organizations", "names no organization"]),
        (HOURS + 'holiday = "DE"', ["holiday is no setting", "Did you mean [calendars.x] holidays?"]),
    ],
)
def test_a_fault_of_a_calendar_is_told_with_place_and_remedy(
    tmp_path: Path, said: str, names: list[str]
) -> None:
    [sentence] = problems_of(tmp_path, LEAST + "[calendars.x]\n" + said)
    assert sentence.startswith("gatehouse.toml: [calendars.x]")
    assert [name for name in names if name not in sentence] == []


@pytest.mark.parametrize(
    ("text", "names"),
    [
        (
            (
                f"[calendars.x]\n{HOURS}organizations = ['{ORGANIZATION}']\n"
                f"[calendars.y]\n{HOURS}organizations = ['{ORGANIZATION.upper()}']"
            ),
            ["[calendars]", f"x and y both name the organization {ORGANIZATION}"],
        ),
        (
            f"[calendars.default]\n{HOURS}organizations = ['{ORGANIZATION}']",
            ["default is the calendar of all that no other one names", "remove its organizations"],
        ),
        (
            f"[escalation]\ncloses = '16:00'\n[calendars.default]\n{HOURS}",
            ["gatehouse.toml: [escalation] (closes) and [calendars.default] both say", "remove closes"],
        ),
        (f"[calendars]\n{HOURS}", ['"zone" stands in none', "[calendars.NAME]"]),
        (f"[[calendars.x]]\n{HOURS}", ['"x" stands in none']),
        ("calendars = 5\n" + LEAST, ["[calendars]", "write a table"]),
    ],
)
def test_a_fault_between_calendars_is_told(tmp_path: Path, text: str, names: list[str]) -> None:
    whole = text if LEAST in text else LEAST + text
    [sentence] = problems_of(tmp_path, whole)
    assert [name for name in names if name not in sentence] == []
