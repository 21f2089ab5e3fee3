"""The shape of the access file: its tables and keys, the line of each, and its faults in words."""

import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field

from permissions.catalogue import nearest
from permissions.grants import looks_like_id, same_id

_HEADER = re.compile(r"^\s*(\[\[?)([^#]+?)(\]\]?)\s*(#.*)?$")
_KEY = re.compile(r"""^\s*((?:"[^"]*"|'[^']*'|[A-Za-z0-9_-]+)(?:\s*\.\s*(?:"[^"]*"|[A-Za-z0-9_-]+))*)\s*=""")

Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Problem:
    """One fault: the file, the key in it, the line where known, what is wrong and how to mend it."""

    source: str
    key: str
    line: int | None
    message: str

    def __str__(self) -> str:
        place = f"{self.source}, line {self.line}" if self.line else self.source
        return f"{place}: {self.key}: {self.message}" if self.key else f"{place}: {self.message}"


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


def confusing(alias: str, organization_id: str, before: Iterable[str]) -> str:
    """Why a name for an organization would be read as another one's; empty if it would not."""
    if looks_like_id(alias) and same_id(alias) != organization_id:
        return "is an organization's id, and stands for another one; take a name"
    if not alias.isprintable():
        return "has a character that nobody sees; write it without"
    same = next((each for each in before if each.casefold() == alias.casefold()), "")
    return (
        f"differs from {same!r} in its case alone, which is not compared; take another name" if same else ""
    )


def suggested(meant: str | None) -> str:
    """The end of a sentence that names what was probably meant; empty for None."""
    return f"; did you mean {meant!r}?" if meant else ""


def dotted(path: Path) -> str:
    """A key as people write it: grants[2].until."""
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part}]"
        else:
            shown = part if part.replace("_", "").replace("-", "").isalnum() else f'"{part}"'
            text += f".{shown}" if text else shown
    return text


def in_words(kind: str, message: str, path: Path, given: object) -> str:
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


def _keys_at(path: Path) -> tuple[str, ...]:
    if len(path) == 1:
        return tuple(AccessDocument.model_fields)
    of_table = {
        "people": PersonTable.model_fields,
        "user_groups": UserGroupTable.model_fields,
        "roles": RoleTable.model_fields,
        "grants": GrantTable.model_fields,
    }
    return tuple(of_table.get(str(path[0]), ()))


def _moment(value: object) -> object:
    """TOML gives times as datetimes and JSON as text; a number is neither and would be guessed at."""
    if isinstance(value, datetime):
        return _in_utc(value)
    if isinstance(value, str):
        try:
            return _in_utc(datetime.fromisoformat(value))
        except ValueError:
            pass  # told below, in the same words as for any other value that is not a time
    raise ValueError("give a date and time with its zone, such as 2027-01-31T18:00:00Z")


def _in_utc(value: datetime) -> datetime:
    """One zone for all: they are told as UTC. Without a zone it stays as it is, which is told."""
    try:
        return value if value.tzinfo is None else value.astimezone(UTC)
    except OverflowError:
        raise ValueError(
            "lies before or after every year that a calendar here knows; give a nearer one"
        ) from None


Text = Annotated[str, Field(min_length=1, pattern=r"\S")]
SlackId = Annotated[str, Field(pattern=r"^[UW][A-Z0-9]{2,20}$")]
UserGroupId = Annotated[str, Field(pattern=r"^S[A-Z0-9]{2,20}$")]
Moment = Annotated[AwareDatetime, BeforeValidator(_moment)]
OrganizationId = Annotated[str, Field(min_length=1, pattern=r"^\S+$")]


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class PersonTable(_Table):
    """`[people.<key>]`: one person, with every Slack id that is theirs."""

    name: Text
    slack: list[SlackId] = Field(default=[], description="Every Slack id of this person.")
    portal: list[Text] = Field(
        default=[],
        description="The accounts of their own computers, in any form: DOMAIN\\user, user@domain, user, a SID. Who may "
        "decide needs one.",
    )
    emails: list[Text] = Field(default=[], description="Also names under which a request is theirs.")
    quiet: bool = Field(
        default=False, description="May decide what their grants allow, and is never called for it."
    )
    comment: str = ""


class UserGroupTable(_Table):
    """`[user_groups.<key>]`: one Slack user group. Who edits it in Slack decides who has what is granted to it."""

    slack: UserGroupId = Field(description="The user group's id in Slack.")
    comment: str = ""


class RoleTable(_Table):
    """`[roles."<name>"]`: one text, which makes one role in each organization it names."""

    permissions: list[Text] = Field(min_length=1)
    organizations: Annotated[list[Text], Field(min_length=1)] | Literal["everywhere"]
    and_below: bool = Field(default=False, description="Also one role in every organization below.")
    comment: str = ""


class GrantTable(_Table):
    """`[[grants]]`: these people and user groups have these permissions and roles in these organizations."""

    people: list[Text] = []
    user_groups: list[Text] = Field(
        default=[], description="Keys of [user_groups]. Only people of this file count among their members."
    )
    organizations: list[Text] = Field(
        min_length=1, description="Names from [organizations], or the ids themselves."
    )
    and_below: bool = Field(default=False, description="One such grant in every organization below, too.")
    permissions: list[Text] = []
    roles: list[Text] = []
    until: Moment | None = Field(default=None, description="The first moment without it, with a zone.")
    comment: str = ""


class EndTable(_Table):
    """`[end]`: nothing stands in it, and nothing after it."""


def _whole_number(given: object) -> object:
    """Python takes `true` and 1.0 for 1."""
    return given if type(given) is int else str(given)


class AccessDocument(_Table):
    """The whole access file."""

    version: Annotated[Literal[1], BeforeValidator(_whole_number)] = Field(
        description="The version of this format."
    )
    end_mark: bool = Field(
        default=False,
        description="The last line is [end], so that a save that was cut off is told from the whole.",
    )
    match_people_by_email: bool = False
    slack_user_groups: bool = Field(
        default=False, description="Lets Slack user groups hold grants: who edits one there hands them out."
    )
    organizations: dict[Text, OrganizationId] = Field(
        default={}, description="Short names for the portal's organization ids."
    )
    people: dict[Text, PersonTable] = {}
    user_groups: dict[Text, UserGroupTable] = {}
    roles: dict[Text, RoleTable] = {}
    grants: list[GrantTable] = []
    end: EndTable | None = Field(
        default=None, description="With end_mark: empty, and the last line of the file."
    )


def access_schema() -> dict[str, Any]:
    """The JSON Schema of the access file, for editors."""
    return AccessDocument.model_json_schema()
