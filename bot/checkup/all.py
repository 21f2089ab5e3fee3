"""The whole check, part by part. A part that another one needs is skipped, and said so, when that one
is broken."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable
from datetime import UTC, datetime, timedelta
from itertools import chain
from pathlib import Path

from bot.checkup import calendars, fallback, host, portal, record, server, slack, tiers
from bot.checkup.access_file import AccessReport, access_file_report
from bot.checkup.findings import Remark, Weight, fault, good, lines, summary, unasked, warning
from bot.models import CalendarSection, Given
from bot.rules.calendars import calendars_of, in_words, next_holidays
from bot.settings import Settings, SettingsError, files_read, load

_START_WAITS = timedelta(seconds=5)
"""How long a start waits for what it can do without at first (our choice): nobody's press is taken meanwhile."""


async def check(config: Path | None = None, *, offline: bool = False, send_test: bool = False) -> int:
    """Print the report to standard output; 1 if there is any fault. `offline` looks at the files only.

    `send_test`: the second ways of an escalation are tried too, so that somebody is called.
    """
    findings = await examine(config, offline=offline, send_test=send_test)
    sys.stdout.write("\n".join([*lines(findings), summary(findings)]) + "\n")
    return 1 if any(one.weight is Weight.FAULT for one in findings) else 0


async def examine(config: Path | None, *, offline: bool, send_test: bool = False) -> list[Remark]:
    """Everything that is found out, in the order of the report."""
    try:
        settings = load(config, files_only=offline)
    except SettingsError as error:
        return [fault("settings", sentence) for sentence in error.problems]
    report = access_file_report(settings.access.file)
    given = await tiers.arranged(settings) if settings.rotas and not offline else None
    findings = [*_looked_at(settings, report, config, given=given), *_calendars(settings, datetime.now(UTC))]
    if offline:
        return [*findings, unasked("offline", "Redis, Slack and the portal were not asked.", Weight.GOOD)]
    return [
        *findings,
        *await host.examine_ports(settings, may_run_already=True),
        *await server.examine(settings.ledger),
        *await record.compare(settings),
        *await record.reach_outside(settings),
        *await slack.examine(settings, report.user_groups, report.access),
        *await portal.examine(settings.portal, report.organizations, report.access, _timed(settings)),
        *await calendars.examine(settings, report.access, given),
        *(await fallback.send_test(settings.fallback) if send_test else ()),
    ]


async def before_start(
    settings: Settings, config: Path | None = None, *, accept_older: bool = False
) -> list[Remark]:
    """The same for a start, but for the ledger's server: who starts asks that on the connection that stays open.

    Who is silent for long holds up no start but Slack, without which there is nothing to do.
    """
    report = access_file_report(settings.access.file)
    asked = portal.examine(settings.portal, report.organizations, report.access, _timed(settings))
    outside = await asyncio.gather(
        _in_time(record.PART, record.reach_outside(settings)),
        slack.examine(settings, report.user_groups, report.access, most=slack.AT_A_START),
        _in_time(portal.PART, asked),
        _in_time(calendars.PART, calendars.examine(settings, report.access)),
    )
    return [
        *_looked_at(settings, report, config, accept_older=accept_older),
        *server.looked_at(settings.ledger),
        *await host.examine_ports(settings, may_run_already=False),
        *chain.from_iterable(outside),
    ]


async def _in_time(part: str, asked: Awaitable[list[Remark]]) -> list[Remark]:
    try:
        async with asyncio.timeout(_START_WAITS.total_seconds()):
            return await asked
    except TimeoutError:
        sentence = (
            f"The questions about it had no answer within {_START_WAITS.total_seconds():.0f} s, and the start waits no "
            "longer. `gatehouse check` waits, and tells what it finds."
        )
        return [warning(part, sentence)]


def _looked_at(
    settings: Settings,
    report: AccessReport,
    config: Path | None,
    *,
    accept_older: bool = False,
    given: Given | None = None,
) -> list[Remark]:
    """What stands in files and folders."""
    return [
        *_settings(settings),
        *host.examine_placeholders(settings),
        *host.examine_files(settings, files_read(config)),
        *_access(report),
        *tiers.examine(settings.rules(), report.access, datetime.now(UTC), given),
        *record.examine(settings, accept_older=accept_older),
        *fallback.looked_at(settings.fallback),
    ]


def _settings(settings: Settings) -> list[Remark]:
    findings = [good("settings", "The settings are complete and understood.")]
    if settings.writes == "off":
        findings.append(
            good("settings", 'Writes are off: presses decide nothing (writes = "on" switches them on).')
        )
    else:
        findings.append(good("settings", "Writes are on: a permitted press decides in the portal."))
    groups = settings.escalation
    for key, value, who in (
        ("approvers_user_group", groups.approvers_user_group, "Reminders mention nobody"),
        ("team_user_group", groups.team_user_group, "Escalations mention nobody in the team's hours"),
    ):
        if not value:
            findings.append(
                warning("settings", f"{who}: [escalation] {key} is not set. Set it to a user group's id.")
            )
    return findings


def _timed(settings: Settings) -> dict[str, str]:
    """The organizations that a calendar names, and its name."""
    return {each: name for name, calendar in settings.calendars.items() for each in calendar.organizations}


def _calendars(settings: Settings, now: datetime) -> list[Remark]:
    """What each calendar makes of this moment: the quickest way to see that it is meant as it is written."""
    return [
        good("settings", f"Calendar {name}: {in_words(calendar, now)}. {_coming(calendar, now)}")
        for name, calendar in calendars_of(settings.rules()).items()
    ]


def _coming(calendar: CalendarSection, now: datetime) -> str:
    if not calendar.holidays:
        return "It names no public holidays."
    days = (f"{each.on:%a %Y-%m-%d} {each.name}" for each in next_holidays(calendar, now, 3))
    return f"Next holidays ({', '.join(calendar.holidays)}): {', '.join(days)}."


def _access(report: AccessReport) -> list[Remark]:
    return [
        *(good("access", sentence) for sentence in report.good),
        *(warning("access", sentence) for sentence in report.warnings),
        *(fault("access", sentence) for sentence in report.faults),
    ]
