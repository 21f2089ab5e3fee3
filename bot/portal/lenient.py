"""How the portal's JSON is read: key case folded, unset values made plain, nothing unknown rejected.

The portal's published schema, its documentation and live captures spell keys and dates differently, so a
model here reads what any of them sends. What is missing stays missing (None or the field's default);
nothing is made up.
"""

import base64
import binascii
import functools
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Any, ClassVar, Self
from uuid import UUID

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

JsonObject = Mapping[str, Any]

# Before this year no date of the portal can be meant; .NET writes an unset one as 0001-01-01.
_FIRST_REAL_YEAR = 1970
_ZERO_ID = "00000000-0000-0000-0000-000000000000"
_HALF = re.compile(r"[\ud800-\udfff]")
_TEXT_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


def fold(key: str) -> str:
    """A key as it is compared: without case and without our own underscores."""
    return key.replace("_", "").lower()


def spelled_in(raw: JsonObject, name: str) -> str:
    """The key of `raw` that means `name`, in the portal's own spelling; `name` itself where there is none."""
    return next((key for key in raw if fold(key) == fold(name)), name)


def value_in(raw: JsonObject, name: str) -> Any:
    """What `raw` holds under `name` in whatever case; None where it holds nothing."""
    return raw.get(spelled_in(raw, name))


def object_in(raw: JsonObject, name: str) -> dict[str, Any]:
    """A copy of the object that `raw` holds under `name`; empty where there is none."""
    value = value_in(raw, name)
    return dict(value) if isinstance(value, Mapping) else {}


def put(target: dict[str, Any], name: str, value: Any) -> None:
    """Set `name`, keeping the portal's own spelling of it, so that a key never occurs twice."""
    target[spelled_in(target, name)] = value


def well_formed(value: object) -> object:
    """Text with lone halves of characters written out: Windows allows them in file names, UTF-8 cannot hold them."""
    if isinstance(value, str):
        return value if value.isascii() else _HALF.sub(lambda half: f"\\u{{{ord(half[0]):X}}}", value)
    return [well_formed(one) for one in value] if isinstance(value, list) else value


def read_time(value: object) -> datetime | None:
    """An aware UTC time; None for missing, unset (0001-01-01) or unreadable dates. No zone means UTC."""
    if isinstance(value, datetime):
        moment = value
    else:
        try:
            moment = datetime.fromisoformat(str(value).strip())
        except ValueError:
            return None
    if moment.year < _FIRST_REAL_YEAR:
        return None
    if moment.tzinfo is None:
        return moment.replace(tzinfo=UTC)
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        return None


def read_id(value: object) -> str | None:
    """An id in lower case, as ids are compared; None for missing, empty and the all-zero id."""
    text = "" if value is None else str(value).strip().lower()
    return None if text in {"", _ZERO_ID} else text


def read_guid(value: object) -> str:
    """An id that must be there and must be a GUID, since it travels in addresses and headers."""
    text = read_id(value)
    if text is None:
        raise ValueError("an id is missing or all zeros")
    return str(UUID(text))


def read_base64_text(value: object) -> object:
    """Text that the portal sends in Base64; what is not Base64 of UTF-8 text is taken as it stands."""
    if not isinstance(value, str):
        return value
    try:
        text = base64.b64decode(value.strip(), validate=True).decode("utf-8")
    except (binascii.Error, UnicodeDecodeError, ValueError):
        return value
    return value if _TEXT_CONTROLS.search(text) else text


WireTime = Annotated[datetime | None, BeforeValidator(read_time)]
WireId = Annotated[str | None, BeforeValidator(read_id)]
RequiredId = Annotated[str, BeforeValidator(read_guid)]
Base64Text = Annotated[str, BeforeValidator(read_base64_text)]


class Wire(BaseModel):
    """One object of the portal: its field names in snake case; `raw` is the object as received."""

    model_config = ConfigDict(frozen=True, extra="ignore", coerce_numbers_to_str=True)
    # Further spellings of a field, folded: {"spelling": "field"}.
    also: ClassVar[Mapping[str, str]] = {}

    raw: JsonObject = Field(default_factory=dict, repr=False, exclude=True)

    @model_validator(mode="before")
    @classmethod
    def _as_received(cls, received: Any) -> Any:
        if not isinstance(received, Mapping):
            return received
        wanted = _spellings(cls)
        found: dict[str, Any] = {"raw": received}
        for key, value in received.items():
            name = wanted.get(fold(str(key)))
            if name is not None and value is not None:
                found[name] = well_formed(value)
        return found

    @classmethod
    def read(cls, received: JsonObject) -> Self:
        """The model of one received object; `pydantic.ValidationError` where it does not fit."""
        return cls.model_validate(received)


@functools.cache
def _spellings(model: type[Wire]) -> Mapping[str, str]:
    """Which field of `model` each folded key means."""
    return {fold(name): name for name in model.model_fields if name != "raw"} | dict(model.also)
