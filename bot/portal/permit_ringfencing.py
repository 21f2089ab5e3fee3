"""Ringfencing as the portal suggests it for a request, in words. It is echoed in the permit, never invented."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from bot.portal.lenient import object_in, value_in
from bot.portal.wire_permit import PermitDetails

_RESTRICTIONS: Final = (
    ("restrictApplication", "It may not interact with other applications", "rfAssociatedApplicationPolicy"),
    ("restrictApplicationSpawning", "It may not start other applications", ""),
    ("restrictFileAccess", "Its access to files is restricted", "rfFilePolicy"),
    ("restrictNetworkAccess", "Its access to the network is restricted", "rfNetworkPolicy"),
    ("restrictRegistryAccess", "Its access to the registry is restricted", "rfRegistryPolicy"),
)
_NAMED: Final = 3
"""Entries of a list that are spelled out; the portal shows the rest (our choice)."""
_PERMIT: Final = 1
_DENY: Final = 2
_ACCESS: Final = {1: "read", 2: "write"}


def ringfencing_suggested(details: PermitDetails) -> tuple[str, ...]:
    """A sentence for each restriction that the form suggests; empty where it suggests none.

    The sentences hold outside words as they came.
    """
    options = object_in(details.raw, "ringfencingOptions")
    said = [
        f"{words}{_entries(value_in(options, entries) if entries else None)}."
        for flag, words, entries in _RESTRICTIONS
        if value_in(options, flag) is True
    ]
    said += _exclusions(details.raw, "networkExclusions", "value", "Network addresses")
    said += _exclusions(details.raw, "fileExclusions", "path", "Files")
    if not said and (details.is_ringfenced or details.ringfence_action_id):
        said.append(
            "The portal marks it for Ringfencing and names no restriction; that goes back as it came."
        )
    return tuple(said)


def _entries(rows: Any) -> str:
    """What a restriction names: permitted, denied, or neither."""
    found = _rows(rows)
    parts = [
        f"{word} {_names(_entry(row) for row in chosen)}"
        for word, action in (("except", _PERMIT), ("denied:", _DENY))
        if (chosen := [row for row in found if value_in(row, "action") == action])
    ]
    rest = [row for row in found if value_in(row, "action") not in (_PERMIT, _DENY)]
    if rest:
        parts.append(_names(_entry(row) for row in rest))
    return f": {'; '.join(parts)}" if parts else ""


def _entry(row: Mapping[str, Any]) -> str:
    name = next(
        (str(value) for key in ("path", "server", "name") if (value := value_in(row, key))), "unnamed"
    )
    permission = value_in(row, "permission")
    port, access = (
        value_in(row, "port"),
        _ACCESS.get(permission, "") if isinstance(permission, int) else "",
    )
    return f"{name}{f' port {port}' if port else ''}{f' ({access})' if access else ''}"


def _names(named: Iterable[str]) -> str:
    every = list(named)
    more = f" and {len(every) - _NAMED} more" if len(every) > _NAMED else ""
    return ", ".join(every[:_NAMED]) + more


def _exclusions(raw: Mapping[str, Any], member: str, key: str, what: str) -> list[str]:
    told = [str(value_in(row, key) or "unnamed") for row in _rows(value_in(raw, member))]
    return [f"{what} left out of it: {_names(told)}."] if told else []


def _rows(value: Any) -> list[Mapping[str, Any]]:
    return [row for row in value if isinstance(row, Mapping)] if isinstance(value, list) else []
