"""An installation and what happens to it in a year, drawn by chance: the same for the code and for its judge."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from typing import Any

from bot.models import CalendarSection, Kind, PlanSection, Rules
from bot.models.rotas import AwaySection, RotaSection, TierSection
from tests.years import MORE
from tests.years.second import DAYS, SlowCalendar, SlowRota

YEARS = int(os.environ.get(MORE, "0"))
START = datetime(2026, 1, 1, tzinfo=UTC)
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
ZONES = ("UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "America/Havana", "Asia/Kolkata")
PEOPLE = ("ana", "bo")


@dataclass(frozen=True)
class House:
    """What the file says, as the code reads it and as it stands there."""

    rules: Rules
    calendar: dict[str, Any]
    plans: dict[str, dict[str, Any]]
    rota: dict[str, Any]
    away: dict[str, list[tuple[datetime, datetime]]]

    @property
    def slow_calendar(self) -> SlowCalendar:
        """Its hours, slowly."""
        return SlowCalendar(self.calendar)

    @property
    def slow_rota(self) -> SlowRota:
        """Its rota, slowly."""
        return SlowRota(self.rota, self.away)

    def plan_of(self, kind: Kind) -> dict[str, Any]:
        """The first plan in the order of the file that takes a kind."""
        return next(plan for plan in self.plans.values() if kind.value in plan.get("kinds", [kind.value]))


def drawn_house(chance: Random, groups: dict[str, str] | None = None) -> House:
    """A house; `groups`: user groups of Slack by the name of their tier."""
    calendar, plans = _calendar(chance), _plans(chance)
    rota, away = _rota(chance)
    usual = {"team": "S0TEAM", "approvers": "S0APPROVERS", "desk": "S0DESK"} | (groups or {})
    swaps = {f"{begins:%Y-%m-%d %H:%M} - {ends:%Y-%m-%d %H:%M}": who for begins, ends, who in rota["swaps"]}
    said = {key: value for key, value in rota.items() if key != "swaps"} | {"overrides": swaps}
    gone = {
        who: AwaySection.model_validate(
            {"times": [f"{one:%Y-%m-%d %H:%M} - {other:%Y-%m-%d %H:%M}" for one, other in times]}
        )
        for who, times in away.items()
    }
    tiers = {name: TierSection(user_group=group) for name, group in usual.items()}
    rules = Rules(
        calendars={"default": CalendarSection.model_validate(calendar)},
        plans={name: PlanSection.model_validate(plan) for name, plan in plans.items()},
        tiers=tiers | {"leads": TierSection(rota=("own",))},
        rotas={"own": RotaSection.model_validate(said)},
        away=gone,
    )
    return House(rules, calendar, plans, rota, away)


def _calendar(chance: Random) -> dict[str, Any]:
    week: dict[str, Any] = {}
    for day in DAYS:
        opens = chance.choice((0, 7, 8, 9))
        match chance.choice(("closed", "one", "one", "two", "night")):
            case "one":
                week[day] = f"{opens:02}:30-{chance.choice(('17:00', '20:45', '24:00'))}"
            case "two":
                week[day] = [f"{opens:02}:00-12:00", "13:15-17:00"]
            case "night":
                # Before the next morning begins.
                week[day] = "22:00-00:00" if chance.random() < 0.5 else "18:00-24:00"
    if not week:
        week["wed"] = "08:00-16:00"
    days = [START.date() + chance.randrange(365) * DAY for _ in range(4)]
    return {
        "zone": chance.choice(ZONES),
        "weekdays": week,
        "holidays": chance.choice(([], ["DE-BY"], ["US"], ["AU"])),
        "closed": [f"{day}" for day in days[:2]],
        "open": {f"{day}": "10:00-14:00" for day in days[2:] if day not in days[:2]},
    }


def _plans(chance: Random) -> dict[str, dict[str, Any]]:
    def plan(**more: Any) -> dict[str, Any]:
        ceiling = chance.randint(7, 15)
        steps = [
            f"{chance.randint(1, 3)}m card",
            f"{chance.randint(4, 6)}m remind",
            f"{ceiling}m call {chance.choice(('on_duty', 'leads'))}",
        ][chance.randint(0, 2) :]
        steps += [
            f"+{chance.randint(1, 40)}m call {chance.choice(('leads', 'team'))}"
            for _ in range(chance.randint(0, 2))
        ]
        return {
            "steps": steps,
            "target_minutes": 3,
            "back_off_minutes": [chance.choice((15, 30, 60)) for _ in range(chance.randint(1, 3))],
            "claim_pauses": [each for each in ("remind", "repeat") if chance.random() < 0.5],
            "clock": chance.choice(("around_the_clock", "calendar")),
            "outside": chance.choice(("on_call", "hold", "desk")),
            **more,
        }

    return {"lift": plan(kinds=["elevation"]), "rest": plan()}


def _rota(chance: Random) -> tuple[dict[str, Any], dict[str, list[tuple[datetime, datetime]]]]:
    clock = chance.choice(("00:00", "00:30", "01:30", "02:30", "02:30", "08:00", "22:15"))
    hand_over = chance.choice(([f"mon {clock}"], [f"mon-sun {clock}"], [f"mon {clock}", "fri 16:45"]))
    first = date(2025, 12, 1) + chance.randrange(28) * DAY
    swaps, away = [], {}
    for number in range(2):
        begins = datetime.combine(START.date() + (180 * number + chance.randrange(160)) * DAY, time(6))
        swaps.append((begins, begins + chance.randint(2, 50) * timedelta(hours=1), chance.choice(PEOPLE)))
        gone = datetime.combine(START.date() + chance.randrange(340) * DAY, time(chance.randrange(24)))
        away[PEOPLE[number]] = [(gone, gone + chance.randint(3, 200) * timedelta(hours=1))]
    rota = {
        "zone": chance.choice(ZONES),
        "people": list(PEOPLE),
        "starts": f"{first}",
        "hand_over": hand_over,
        "hand_overs_a_turn": chance.randint(1, 3),
        "swaps": swaps,
    }
    return rota, away


def drawn_minute(chance: Random) -> datetime:
    """A whole minute of the year; often one of the nights in which clocks are changed, or near an edge of the hours."""
    if chance.random() < 0.3:
        around = chance.choice(
            (date(2026, 3, 8), date(2026, 3, 29), date(2026, 10, 25), date(2026, 11, 1), date(2026, 4, 5))
        )
        return datetime.combine(around - DAY, time(20), UTC) + chance.randrange(20 * 60) * MINUTE
    return START + chance.randrange(360 * 24 * 60) * MINUTE
