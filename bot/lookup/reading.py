"""Asking the portal's Unified Audit, bounded and open about what is missing; rows that tell the same are one."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeVar

import structlog

from bot.desk import Desk
from bot.portal import (
    BlockedPage,
    BlockedQuery,
    BlockedRow,
    PermissionMissing,
    PortalBusy,
    PortalError,
    TokenRefused,
    is_permit,
)

_Key = tuple[str, str, str, str, bool, bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class RowGroup:
    """Blocked items of one file in one organization, by one kind of action, all real or all simulated."""

    organization_id: str
    path: str
    """As the newest row spells it; where the portal names no path, the process or the application."""
    hash: str
    sha256: str
    action: str
    simulated: bool
    count: int
    last_at: datetime
    policy: str
    """The policy that said no the last time."""
    computers: tuple[str, ...]
    """The names of the computers, the one with the newest row first."""
    users: tuple[str, ...]
    permitted: bool = False
    """The policy let it run; told only where that was asked for."""
    computer_id: str = ""
    """Of the newest row; for the file's history there."""


def is_simulated(row: BlockedRow) -> bool:
    """Whether the file ran all the same: the computer or the policy only monitors."""
    if is_permit(row):
        return False
    return row.is_monitor_mode is True or row.effective_action.casefold().startswith("permit")


def group_rows(rows: Iterable[BlockedRow], not_before: datetime) -> tuple[RowGroup, ...]:
    """The groups, the newest first. Each row counts once, on however many pages it came.

    A row without a time counts as old as the span that was asked for (`not_before`).
    """
    gathered: dict[_Key, list[BlockedRow]] = {}
    for row in _each_once(rows):
        gathered.setdefault(_key_of(row), []).append(row)
    groups = [_group(members, not_before) for members in gathered.values()]
    return tuple(sorted(groups, key=lambda group: (-group.last_at.timestamp(), group.path)))


def _each_once(rows: Iterable[BlockedRow]) -> list[BlockedRow]:
    """Without the repeats that come when a list moves on between two of its pages."""
    seen: set[tuple[str | None, str | None, int]] = set()
    kept = []
    for row in rows:
        name = (row.organization_id, row.e_action_log_id, row.action_log_id)
        if name in seen and (row.e_action_log_id or row.action_log_id):
            continue
        seen.add(name)
        kept.append(row)
    return kept


def subject_of(row: BlockedRow) -> str:
    """What was blocked: the path, else what the portal says instead."""
    return row.full_path or row.process_path or row.application_name


def _key_of(row: BlockedRow) -> _Key:
    identity = row.hash.upper() or row.sha256.upper()
    return (
        row.organization_id or "",
        subject_of(row).casefold(),
        identity,
        row.action_type,
        is_simulated(row),
        is_permit(row),
    )


def _group(members: Sequence[BlockedRow], not_before: datetime) -> RowGroup:
    newest_first = sorted(members, key=lambda row: row.date_time or not_before, reverse=True)
    newest = newest_first[0]
    return RowGroup(
        organization_id=newest.organization_id or "",
        path=subject_of(newest),
        hash=newest.hash,
        sha256=next((row.sha256 for row in newest_first if row.sha256), ""),
        action=newest.action_type,
        simulated=is_simulated(newest),
        count=len(members),
        last_at=newest.date_time or not_before,
        policy=newest.policy_name,
        computers=tuple(dict.fromkeys(row.hostname for row in newest_first if row.hostname)),
        users=tuple(dict.fromkeys(row.username for row in newest_first if row.username)),
        permitted=is_permit(newest),
        computer_id=newest.computer_id or "",
    )


log = structlog.get_logger()

PAGES_MOST = 5
"""Pages read for one question to one organization (our choice): 1,000 rows, a second or two."""
ROWS_A_PAGE = 200
CALLS_AT_ONCE = 4
"""Our choice: a look-up must not crowd out the poll, and the portal limits calls per token."""
SECONDS_MOST = 15.0
"""Our choice: whoever asks has a caller on the phone; then what was found is shown, and that it is not all."""

_UNREADABLE = "The portal sent rows that Gatehouse cannot read; look at its Unified Audit itself."

Found = TypeVar("Found")


@dataclass(frozen=True, slots=True)
class Reading:
    """What one question to the Unified Audit brought."""

    query: BlockedQuery
    rows: tuple[BlockedRow, ...] = ()
    cut: bool = False
    """The portal has more rows than were read."""
    failure: str = ""
    """Why nothing, or not all, could be read, for the asker; empty when it could."""
    back_to: datetime | None = None
    """How far back was read, where the portal has more."""


@dataclass(frozen=True, slots=True)
class Failure:
    """An organization that could not be asked, and why, for the asker."""

    organization_id: str
    why: str


@dataclass(frozen=True, slots=True)
class Deadline:
    """When a look-up ends, in the event loop's time, and how many calls it makes at once."""

    at: float
    turns: asyncio.Semaphore

    @classmethod
    def begin(cls, seconds: float = SECONDS_MOST) -> Deadline:
        """The time of a look-up starts now."""
        return cls(asyncio.get_running_loop().time() + seconds, asyncio.Semaphore(CALLS_AT_ONCE))


async def read_all(desk: Desk, queries: Sequence[BlockedQuery], deadline: Deadline) -> tuple[Reading, ...]:
    """Each question's rows. Never raises for the portal's sake: a reading says why it failed."""
    return tuple(await asyncio.gather(*(_read(desk, query, deadline) for query in queries)))


async def _read(desk: Desk, query: BlockedQuery, deadline: Deadline) -> Reading:
    reading = Reading(query)
    try:
        async with asyncio.timeout_at(deadline.at), deadline.turns:
            for number in range(1, PAGES_MOST + 1):
                page = await desk.portal.blocked_items(replace(query, page=number, page_size=ROWS_A_PAGE))
                reading = _with_page(reading, page)
                if not reading.cut:
                    break
    except (PortalError, TimeoutError) as error:
        log.warning("look_up_not_read", organization_id=query.organization_id, why=str(error) or "time is up")
        return replace(reading, failure=why_not(error))
    return reading


def _with_page(reading: Reading, page: BlockedPage) -> Reading:
    failure = reading.failure or (_UNREADABLE if page.unreadable else "")
    rows = (*reading.rows, *page.rows)
    back_to = min(filter(None, (reading.back_to, page.oldest_at)), default=None)
    return replace(reading, rows=rows, cut=page.next_page is not None, failure=failure, back_to=back_to)


async def ask_each(
    organization_ids: Sequence[str], ask: Callable[[str], Awaitable[Found]], deadline: Deadline
) -> tuple[list[Found], list[Failure]]:
    """Ask the same of several organizations: what was answered, and where it failed and why."""
    answers = await asyncio.gather(*(_ask_one(each, ask, deadline) for each in organization_ids))
    found = [answer for answer in answers if not isinstance(answer, Failure)]
    return found, [answer for answer in answers if isinstance(answer, Failure)]


async def _ask_one(
    organization_id: str, ask: Callable[[str], Awaitable[Found]], deadline: Deadline
) -> Found | Failure:
    try:
        async with asyncio.timeout_at(deadline.at), deadline.turns:
            return await ask(organization_id)
    except (PortalError, TimeoutError) as error:
        log.warning("look_up_not_read", organization_id=organization_id, why=str(error) or "time is up")
        return Failure(organization_id, why_not(error))


def why_not(error: PortalError | TimeoutError) -> str:
    """Why the portal could not be asked, in a sentence for people."""
    match error:
        case TokenRefused():
            return "The portal refuses Gatehouse's token; an administrator of Gatehouse has to renew it."
        case PermissionMissing():
            right = error.permission or "a permission that it does not name"
            return (
                f"You may look there, but the portal says that Gatehouse's own token lacks “{right}”; "
                "an administrator has to add it to the API user."
            )
        case PortalBusy():
            return "The portal asks Gatehouse to slow down."
        case PortalError():
            return "The portal does not answer as it should."
        case _:
            return f"The portal did not answer within {SECONDS_MOST:.0f} seconds."
