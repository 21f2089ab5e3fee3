"""What a check found: one sentence each, and how bad it is."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from bot.terminal import printable


class Weight(StrEnum):
    """How bad a finding is. Only a fault makes the check fail."""

    GOOD = "ok"
    WARNING = "warning"
    FAULT = "FAULT"


@dataclass(frozen=True, slots=True)
class Remark:
    """One thing found out about one part, with its remedy where there is one."""

    weight: Weight
    part: str
    sentence: str
    passes: bool = False
    """A fault that may be over by itself: `run` starts all the same and says it."""
    is_unasked: bool = False
    """Something stayed open: nobody can say that all is well."""


def good(part: str, sentence: str) -> Remark:
    """This is as it should be."""
    return Remark(Weight.GOOD, part, sentence)


def warning(part: str, sentence: str) -> Remark:
    """It works, but somebody should know."""
    return Remark(Weight.WARNING, part, sentence)


def fault(part: str, sentence: str, *, passes: bool = False) -> Remark:
    """It will not work like this. `passes`: not now."""
    return Remark(Weight.FAULT, part, sentence, passes)


def unasked(part: str, sentence: str, weight: Weight = Weight.WARNING) -> Remark:
    """It could not be found out, or was not to be."""
    return Remark(weight, part, sentence, is_unasked=True)


def lines(findings: Iterable[Remark]) -> list[str]:
    """The report as a terminal shows it: weight, part, sentence. Nothing in it can drive the terminal."""
    return [f"{one.weight:<8} {one.part:<9} {printable(one.sentence)}" for one in findings]


def summary(findings: Iterable[Remark]) -> str:
    """The last line of the report."""
    found = list(findings)
    weights = [one.weight for one in found]
    faults, warnings = weights.count(Weight.FAULT), weights.count(Weight.WARNING)
    told = f"{faults} {'fault' if faults == 1 else 'faults'}, {warnings} {'warning' if warnings == 1 else 'warnings'}"
    if faults:
        return f"gatehouse check: {told}. Mend the faults and check again."
    if any(one.is_unasked for one in found):
        return f"gatehouse check: {told}. Not everything was asked, so it is not known whether it is ready to run."
    return f"gatehouse check: {told}. Ready to run."
