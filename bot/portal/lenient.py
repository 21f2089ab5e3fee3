"""How the portal's JSON is read: key case folded, unset values made plain, nothing unknown rejected.

The portal's published schema, its documentation and live captures spell keys and dates differently, so a
model here reads what any of them sends. What is missing stays missing (None or the field's default);
nothing is made up. What is there and does not fit stops nothing but what depends on it: see `Wire`.
"""

import base64
import binascii
import functools
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import Annotated, Any, ClassVar, Self, get_args, get_origin
from uuid import UUID

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ModelWrapValidatorHandler,
    ValidationError,
    model_validator,
)

JsonObject = Mapping[str, Any]

# Before this year no date of the portal can be meant; .NET writes an unset one as 0001-01-01.
_FIRST_REAL_YEAR = 1970
# The contract's longest whole number has 64 bits.
_LARGEST = 2**63
ZERO_ID = "00000000-0000-0000-0000-000000000000"
"""The portal's “none” or “any” for an id."""
_UNSET_DATE = re.compile(r"0?$|0\d\d\d-|1[0-8]\d\d-|19[0-6]\d-")
_HALF = re.compile(r"[\ud800-\udfff]")
_TEXT_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_BY_CHANCE = 12
"""Bytes from which on hardly any word is Base64 of UTF-8 by chance: half of all bytes are no ASCII, one in 4,096."""


@functools.lru_cache(maxsize=2048)
def fold(key: str) -> str:
    """A key as it is compared: without case and without our own underscores."""
    return key.replace("_", "").lower()


def spelled_in(raw: JsonObject, name: str) -> str:
    """The key of `raw` that means `name`, in the portal's own spelling; `name` itself where there is none."""
    return next((key for key in raw if fold(key) == fold(name)), name)


def names_read(model: type["Wire"], names: Iterable[str]) -> list[str]:
    """Those of a received object's names that the model has a field for."""
    wanted = _spellings(model)
    return [name for name in names if fold(name) in wanted]


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
    """An id in lower case, as ids are compared; None for missing, empty and the all-zero id.

    ValueError for what is neither text nor a number.
    """
    if not isinstance(value, str | int | None) or isinstance(value, bool):
        raise ValueError("an id is neither text nor a number")  # noqa: TRY004 - what validation understands
    text = "" if value is None else str(value).strip().lower()
    return None if text in {"", ZERO_ID} else text


def read_guid(value: object) -> str:
    """An id that must be there and must be a GUID, since it travels in addresses and headers."""
    text = read_id(value)
    if text is None:
        raise ValueError("an id is missing or all zeros")
    return str(UUID(text))


def is_guid(value: object) -> bool:
    """Whether it is an id that the portal can have given."""
    try:
        read_guid(value)
    except ValueError:
        return False
    return True


def read_base64_text(value: object) -> object:
    """Text that the portal sends in Base64; what is not Base64 of UTF-8 text is taken as it stands.

    A short word may be both by chance, and then mostly has control characters in it. In a longer text those come from
    whoever typed it, who shall not hide a reason by them.
    """
    if not isinstance(value, str):
        return value
    try:
        text = (sent := base64.b64decode(value.strip(), validate=True)).decode("utf-8")
    except (binascii.Error, UnicodeDecodeError, ValueError):
        return value
    return value if len(sent) < _BY_CHANCE and _TEXT_CONTROLS.search(text) else text


def _told_time(value: object) -> datetime | None:
    """As `read_time`, with ValueError for a date that says something and cannot be read."""
    moment = read_time(value)
    if moment is None and not _UNSET_DATE.match(str(value).strip()):
        raise ValueError("a date that cannot be read")
    return moment


WireTime = Annotated[datetime | None, BeforeValidator(_told_time)]
WireId = Annotated[str | None, BeforeValidator(read_id)]
RequiredId = Annotated[str, BeforeValidator(read_guid)]
Base64Text = Annotated[str, BeforeValidator(read_base64_text)]


class Wire(BaseModel):
    """One object of the portal: its field names in snake case; `raw` is the object as received.

    A member that does not fit its type stays at its default and is named in `odd`, as are members of the objects
    inside (`file_details.certificates`): whoever decides by a member asks whether it was read. Only a missing id
    without which the object is nobody's makes the object unreadable (`pydantic.ValidationError`).
    """

    model_config = ConfigDict(frozen=True, extra="ignore", coerce_numbers_to_str=True)
    # Further spellings of a field, folded: {"spelling": "field"}.
    also: ClassVar[Mapping[str, str]] = {}
    # Fields of which one at least says something, where an object without any of them is none.
    tells: ClassVar[tuple[str, ...]] = ()

    raw: JsonObject = Field(default_factory=dict, repr=False, exclude=True)
    odd: tuple[str, ...] = Field(default=(), exclude=True)

    @model_validator(mode="wrap")
    @classmethod
    def _leniently(cls, received: Any, fit: ModelWrapValidatorHandler[Self]) -> Self:
        if not isinstance(received, Mapping):
            return fit(received)
        found, odd = _as_received(cls, received)
        while True:
            try:
                read = fit(found)
            except ValidationError as error:
                odd |= _set_aside(cls, found, error)
            else:
                # Not a copy: a validator has to return the very model that is being made, and that one is frozen.
                if cls.tells and not any(getattr(read, name) for name in cls.tells):
                    odd.add(cls.tells[0])
                object.__setattr__(read, "odd", tuple(sorted(odd | _odd_inside(read))))
                return read

    @classmethod
    def read(cls, received: JsonObject) -> Self:
        """The model of one received object; `pydantic.ValidationError` where it does not fit."""
        return cls.model_validate(received)


def _as_received(model: type[Wire], received: JsonObject) -> tuple[dict[str, Any], set[str]]:
    """The members that say something, by field, and the names of numbers that are none."""
    wanted, numbers, texts = _spellings(model), _numbers(model), _texts(model)
    found: dict[str, Any] = {"raw": received}
    odd: set[str] = set()
    for key, value in received.items():
        name = wanted.get(fold(str(key)))
        if isinstance(value, str) and value.isspace() and name in texts:
            value = ""  # noqa: PLW2901 - blanks alone say nothing: nobody has ended, approved or asked by them
        if name is None or value is None or (value == "" and name not in texts):
            continue
        if name in numbers and not _may_be_number(value):
            odd.add(name)
            continue
        if isinstance(value, list) and None in value and name in _lists_of_objects(model):
            odd.add(name)  # one of several signers or rules that says nothing at all
        found[name] = _without_nulls(well_formed(value))
    return found, odd


def _without_nulls(value: object) -> object:
    return [one for one in value if one is not None] if isinstance(value, list) else value


def _may_be_number(value: object) -> bool:
    """Whether a number may be read of it: a truth value is none, nor is what no 64 bits hold."""
    return not isinstance(value, bool) and not (isinstance(value, int) and abs(value) > _LARGEST)


def _set_aside(model: type[Wire], found: dict[str, Any], error: ValidationError) -> set[str]:
    """Take what does not fit out of `found` and name it: the odd entries of a list, else the whole member.

    Raises the error itself where a member that must be there is among it.
    """
    faults = [fault["loc"] for fault in error.errors(include_url=False, include_input=False)]
    names = {str(where[0]) for where in faults if where}
    if not names or any(name not in found or model.model_fields[name].is_required() for name in names):
        raise error
    for name in names:
        entries = {where[1] for where in faults if where[0] == name and len(where) > 1}
        if isinstance(found[name], list) and entries and all(isinstance(one, int) for one in entries):
            found[name] = [one for place, one in enumerate(found[name]) if place not in entries]
        else:
            del found[name]
    return names


def _odd_inside(read: Wire) -> set[str]:
    """What the objects inside could not read: by dotted name, and for a list by the list's."""
    odd: set[str] = set()
    for name in type(read).model_fields:
        value = getattr(read, name)
        if isinstance(value, Wire):
            odd |= {f"{name}.{inner}" for inner in value.odd}
        elif isinstance(value, tuple) and any(isinstance(one, Wire) and one.odd for one in value):
            odd.add(name)
    return odd


@functools.cache
def _spellings(model: type[Wire]) -> Mapping[str, str]:
    """Which field of `model` each folded key means."""
    ours = ("raw", "odd", "unreadable")
    return {fold(name): name for name in model.model_fields if name not in ours} | dict(model.also)


@functools.cache
def _numbers(model: type[Wire]) -> frozenset[str]:
    """The fields of `model` that hold a whole number."""
    return _fields(model, lambda kind: kind in (int, int | None))


@functools.cache
def _texts(model: type[Wire]) -> frozenset[str]:
    """The fields of `model` that an empty text says something in."""
    return _fields(model, lambda kind: kind in (str, str | None))


@functools.cache
def _lists_of_objects(model: type[Wire]) -> frozenset[str]:
    """The fields of `model` that hold several objects, each of which counts."""

    def is_one(kind: Any) -> bool:
        held = get_args(kind)
        return bool(held) and isinstance(held[0], type) and issubclass(held[0], Wire)

    return _fields(model, lambda kind: get_origin(kind) is tuple and is_one(kind))


def _fields(model: type[Wire], is_wanted: Callable[[Any], bool]) -> frozenset[str]:
    return frozenset(name for name, field in model.model_fields.items() if is_wanted(field.annotation))
