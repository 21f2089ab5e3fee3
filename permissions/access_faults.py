"""The faults of an access file in words: which key, what was given, and what belongs there."""

from permissions.access_document import AccessDocument, GrantTable, PersonTable, RoleTable, UserGroupTable
from permissions.catalogue import nearest
from permissions.toml_lines import Path as KeyPath

# Parts of pydantic's places that are no keys of the file.
UNION_PARTS = frozenset(
    {"constrained-list[constrained-str]", "list[constrained-str]", "literal['everywhere']"}
)


# What belongs there, for the faults that people make in TOML.
_SHAPES = {
    "string_type": "give text in quotes",
    "bool_type": "give true or false, without quotes",
    "list_type": "give a list in brackets",
    "dict_type": "give a table",
    "model_type": "give a table",
    "too_short": "is empty; add at least one entry",
    "string_too_short": "is empty; give some text",
    "string_pattern_mismatch": "is blank or has blanks where none belong; give plain text",
}


def suggested(meant: str | None) -> str:
    """The end of a sentence that names what was probably meant; empty for None."""
    return f"; did you mean {meant!r}?" if meant else ""


def dotted(path: KeyPath) -> str:
    """A key as people write it: grants[2].until."""
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part}]"
        else:
            shown = part if part.replace("_", "").replace("-", "").isalnum() else f'"{part}"'
            text += f".{shown}" if text else shown
    return text


def in_words(kind: str, message: str, path: KeyPath, given: object) -> str:
    """A fault of shape in our words, with what was given and what belongs there."""
    if kind == "extra_forbidden":
        meant = nearest(str(path[-1]), _keys_at(path)) if path else None
        return f"is not a key of this table{suggested(meant) or '; delete it or see docs/access-file.md'}"
    if kind == "missing":
        return "is missing; add it"
    if kind == "timezone_aware":
        return f"{given} has no time zone; write it with one, such as 2027-01-31T18:00:00Z"
    if path[-2:-1] == ("slack",) and kind == "string_pattern_mismatch":
        return f"{given!r} is not a Slack user id; those begin with U or W, such as U02AB3CD4EF"
    if path[:1] == ("user_groups",) and path[-1:] == ("slack",) and kind == "string_pattern_mismatch":
        return f"{given!r} is not a Slack user group id; those begin with S, such as S02AB3CD4EF"
    if kind == "literal_error" and path == ("version",):
        return f"{given!r} is not a version this Gatehouse reads; write version = 1, or update Gatehouse"
    if path[:1] == ("roles",) and path[2:3] == ("organizations",):
        return f'give a list of organizations, or "everywhere" (given: {given!r})'
    message = _SHAPES.get(kind, message.removeprefix("Value error, "))
    shown = f" (given: {given!r})" if isinstance(given, str | int | float | bool) else ""
    return f"{message[:1].lower()}{message[1:]}{shown}; see docs/access-file.md"


def _keys_at(path: KeyPath) -> tuple[str, ...]:
    if len(path) == 1:
        return tuple(AccessDocument.model_fields)
    of_table = {
        "people": PersonTable.model_fields,
        "user_groups": UserGroupTable.model_fields,
        "roles": RoleTable.model_fields,
        "grants": GrantTable.model_fields,
    }
    return tuple(of_table.get(str(path[0]), ()))
