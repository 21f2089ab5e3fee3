"""One person's grants in words: what, where, until when, and what that really amounts to. Pure."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from bot.cards.home import GrantLine
from permissions import PERMISSIONS, Access, Grant
from permissions.roles import super_admin_words


def grant_lines_of(
    access: Access, person_id: str, name_of: Callable[[str], str], now: datetime
) -> list[GrantLine]:
    """A line per role and per single permission, those with the widest effect first, ended ones last."""
    lines = [line for grant in access.grants_of(person_id) for line in _lines(grant, name_of, now)]
    return sorted(lines, key=lambda line: (line.note.startswith("Ended"), not line.note))


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
    words = super_admin_words(permissions, place)
    if words:
        return f"You are {words}."
    old = sorted(name for name in permissions if PERMISSIONS[name].deprecated)
    return f"Deprecated: {', '.join(old)}." if old else ""
