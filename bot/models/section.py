"""What a table of settings is made of: its strictness, and spans of time counted in a unit."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from pydantic import BaseModel, ConfigDict, GetCoreSchemaHandler
from pydantic_core import CoreSchema, core_schema

SECOND, MINUTE, HOUR, DAY = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


class Section(BaseModel):
    """A table of settings: frozen, and a key it does not know is an error."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        use_attribute_docstrings=True,
        hide_input_in_errors=True,
        # The code names a field by what it is, the file by its key with the unit in it.
        validate_by_name=True,
        validate_by_alias=True,
    )


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
