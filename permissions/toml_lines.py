"""Finds the line of a key in a TOML text, so that a problem can be told with the place to mend it."""

import re
import tomllib

_HEADER = re.compile(r"^\s*(\[\[?)([^#]+?)(\]\]?)\s*(#.*)?$")
_KEY = re.compile(r"""^\s*((?:"[^"]*"|'[^']*'|[A-Za-z0-9_-]+)(?:\s*\.\s*(?:"[^"]*"|[A-Za-z0-9_-]+))*)\s*=""")

Path = tuple[str | int, ...]


def lines_by_path(text: str) -> dict[Path, int]:
    """The line (from 1) of every table header and key that can be found without a whole parser.

    Keys inside inline tables and arrays are not found; the caller falls back to what encloses them.
    """
    found: dict[Path, int] = {}
    counts: dict[Path, int] = {}
    table: Path = ()
    for number, line in enumerate(text.splitlines(), start=1):
        if header := _HEADER.match(line):
            table = _keys(header[2])
            if header[1] == "[[":
                place = counts[table] = counts.get(table, -1) + 1
                table = (*table, place)
            found.setdefault(table, number)
        elif key := _KEY.match(line):
            found.setdefault((*table, *_keys(key[1])), number)
    return found


def line_of(path: Path, lines: dict[Path, int]) -> int | None:
    """The line of this key or of the nearest thing around it; None when not even that was found."""
    while path:
        if path in lines:
            return lines[path]
        path = path[:-1]
    return None


def _keys(dotted: str) -> Path:
    """The parts of a dotted key; empty for something that only looks like one."""
    try:
        value: object = tomllib.loads(f"{dotted} = 0")
    except tomllib.TOMLDecodeError:
        return ()
    keys: list[str] = []
    while isinstance(value, dict):
        key, value = next(iter(value.items()))
        keys.append(str(key))
    return tuple(keys)
