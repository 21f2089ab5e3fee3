"""Rows of the Unified Audit put together by what was blocked. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.portal import BlockedRow

_Key = tuple[str, str, str, str, bool]


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


def is_simulated(row: BlockedRow) -> bool:
    """Whether the file ran all the same: the computer or the policy only monitors."""
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
    )
