"""One person's grants in words: what, where, until when, and what that really amounts to. Pure."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from bot.cards.home import GrantLine
from permissions import PERMISSIONS, Access, Grant, Source
from permissions.roles import super_admin_words


def grant_lines_of(
    access: Access, person_id: str, name_of: Callable[[str], str], now: datetime
) -> list[GrantLine]:
    """A line per role and per single permission, those with the widest effect first, ended ones last."""
    lines = [line for grant in access.grants_of(person_id) for line in _lines(grant, name_of, now)]
    return sorted(lines, key=lambda line: (line.note.startswith("Ended"), not line.note))


def in_words(grant: Grant) -> str:
    """What a grant gives, without where and until when."""
    return f"role {grant.role}" if grant.role else ", ".join(sorted(grant.permissions))


def _lines(grant: Grant, name_of: Callable[[str], str], now: datetime) -> list[GrantLine]:
    place = name_of(grant.organization_id)
    where = f"{place} and everything below" if grant.and_below else place
    if grant.role is not None:
        note = _note(grant, grant.permissions, place, now)
        return [GrantLine(what=f"role {grant.role}", where=where, until=grant.until, note=note)]
    return [
        GrantLine(what=name, where=where, until=grant.until, note=_note(grant, frozenset({name}), place, now))
        for name in sorted(grant.permissions)
    ]


def _note(grant: Grant, permissions: frozenset[str], place: str, now: datetime) -> str:
    if not grant.is_alive(now):
        return "Ended: it counts for nothing any more."
    return " ".join(part for part in (_amounts_to(permissions, place), _came_from(grant)) if part)


def _amounts_to(permissions: frozenset[str], place: str) -> str:
    """Super Admin in words, or what is deprecated; empty for all else."""
    words = super_admin_words(permissions, place)
    if words:
        return f"It means: {words}."
    old = sorted(name for name in permissions if PERMISSIONS[name].deprecated)
    return f"Deprecated: {', '.join(old)}." if old else ""


def _came_from(grant: Grant) -> str:
    """Where it was given, unless that is the access file's own list of people."""
    match grant.origin.source:
        case Source.SLACK:
            return f"Given in Slack ({grant.origin.detail}): {grant.comment}"
        case Source.USER_GROUP:
            return f"Through the Slack user group {grant.origin.detail}."
        case _:
            return ""
