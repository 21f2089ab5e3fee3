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


def ends_with_mark(text: str) -> bool:
    """Whether the last line that says anything is the table `[end]`."""
    lines = (line.split("#")[0].strip() for line in text.splitlines())
    return next((line for line in reversed(list(lines)) if line), "").replace(" ", "") == "[end]"


def tables_of(text: str) -> tuple[str, ...]:
    """Each table of a TOML text, from its header to the next one, without comments and blank lines."""
    found: list[list[str]] = []
    for line in text.splitlines():
        said = line.rstrip()
        if _HEADER.match(line):
            found.append([said])
        elif found and said and not said.lstrip().startswith("#"):
            found[-1].append(said)
    return tuple("\n".join(each) for each in found)


def looks_cut_off(text: str, whole: str) -> bool:
    """Whether the last table of a text is the beginning of a table of the other one: a save that was cut off in it.

    Such a table may have lost the line that ends or narrows it. The end mark tells it for certain.
    """
    tables, others = tables_of(text), tables_of(whole)
    if not tables or ends_with_mark(text):
        return False
    last = tables[-1]
    return last not in others and any(other.startswith(last) for other in others)
