"""What a table of settings is made of: its strictness, spans of time counted in a unit, ids and paths."""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, get_args

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    GetCoreSchemaHandler,
    ValidationInfo,
    field_validator,
)
from pydantic_core import CoreSchema, core_schema

SECOND, MINUTE, HOUR, DAY = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def _holds_numbers(annotation: Any) -> bool:
    """Whether a number or a span stands in this type, alone or in a list."""
    return annotation in (int, float, timedelta) or any(map(_holds_numbers, get_args(annotation)))


class Section(BaseModel):
    """A table of settings: frozen, and a key it does not know is an error.

    What stands below a field says what it is for; `bot.settings.reference` reads it out of the source.
    """

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        hide_input_in_errors=True,
        # The code names a field by what it is, the file by its key with the unit in it.
        validate_by_name=True,
        validate_by_alias=True,
    )

    @field_validator("*", mode="before")
    @classmethod
    def _true_is_no_number(cls, value: Any, info: ValidationInfo) -> Any:
        """Python takes `true` for 1: a port, a limit that nobody meant."""
        annotation: Any = cls.model_fields[str(info.field_name)].annotation
        given = value if isinstance(value, (list, tuple)) else (value,)
        if any(each is True or each is False for each in given) and _holds_numbers(annotation):
            raise ValueError("must be a number, and true and false are none")
        return value


@dataclass(frozen=True, slots=True)
class Counted:
    """A span of time that the file gives as a number of units, within bounds. Code gives a timedelta."""

    unit: timedelta
    gt: float | None = None
    ge: float | None = None
    le: float | None = None

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """The bounds are the file's, in its unit, so that a fault is told in the words of the file."""
        number = core_schema.float_schema(gt=self.gt, ge=self.ge, le=self.le)
        return core_schema.no_info_wrap_validator_function(self._span, number)

    def _span(self, value: Any, read: core_schema.ValidatorFunctionWrapHandler) -> timedelta:
        return value if isinstance(value, timedelta) else self.unit * float(read(value))


def _organization(value: str) -> str:
    try:
        return str(uuid.UUID(value)) if value else ""
    except ValueError:
        raise ValueError("this is no organization id; the portal shows it as a GUID") from None


def _not_empty(value: str) -> str:
    if not value:
        raise ValueError("an empty id names no organization; write the id, or remove it")
    return value


def _user_group(value: str) -> str:
    if value and not (value[0] == "S" and value.isascii() and value.isalnum() and value.isupper()):
        raise ValueError(
            "this is no user group id; open the group in Slack and copy the id (S...) from its menu"
        )
    return value


def _channel(value: str) -> str:
    if value and not (value[0] in "CG" and value.isascii() and value.isalnum() and value.isupper()):
        raise ValueError(
            "this is no channel id; open the channel's details in Slack and copy the id at the bottom"
        )
    return value


_NAME = re.compile(r"[A-Za-z0-9_-]{1,40}")
"""What TOML takes for a key without quotes: the record keeps such a name for ever, and a command is typed with it."""


def named_plainly(tables: Mapping[str, Any], of: str) -> None:
    """Refuse a name that could be no word of a command. ValueError."""
    odd = next((name for name in tables if not _NAME.fullmatch(name)), None)
    if odd is not None:
        raise ValueError(f'[{of}."{odd[:40]}"]: a name is letters, digits, - and _, 40 at most')


def each_with_its_table(value: object, of: str, model: type[BaseModel]) -> Mapping[str, Any]:
    """Mind that each of these tables has a name: a setting that stands where a name belongs is told. ValueError."""
    if not isinstance(value, Mapping):
        raise ValueError(f"write a table for each of them: [{of}.NAME]")  # noqa: TRY004 - pydantic's way to tell
    for name, table in value.items():
        if not isinstance(table, (Mapping, model)):
            raise ValueError(f'write a table [{of}.NAME]; "{name}" stands in none')  # noqa: TRY004 - as above
    return value


def whole_path(value: Path) -> Path:
    """A path with its `~` resolved. ValueError in words, where no file can be meant."""
    text = str(value)
    if "\0" in text:
        raise ValueError("a NUL stands in it; write the path of a file")
    if any("\ud800" <= each <= "\udfff" for each in text):
        # Where the system's bytes are no text.
        raise ValueError("it is not UTF-8; give the file another name")
    try:
        return value.expanduser()
    except RuntimeError:
        raise ValueError(f"the home folder of {value.parts[0]} is not known; write the whole path") from None


def _named(value: Any) -> Any:
    # As a path it would be the working directory, wherever that is.
    if value == "":
        raise ValueError("it is empty; write a path, or leave the line out")
    return value


OrganizationId = Annotated[str, AfterValidator(_organization)]
"""Empty: none is named."""
NamedOrganization = Annotated[OrganizationId, AfterValidator(_not_empty)]
UserGroupId = Annotated[str, AfterValidator(_user_group)]
ChannelId = Annotated[str, AfterValidator(_channel)]
FilePath = Annotated[Path, BeforeValidator(_named), AfterValidator(whole_path)]
