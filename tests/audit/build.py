"""Whole records to tamper with, made by the same arithmetic as the ledger's."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from bot.audit import (
    GENESIS,
    Entry,
    Head,
    Seal,
    end_line,
    entry_line,
    header_line,
    link_of,
    seal_line,
    seal_of,
    written,
)
from bot.models import Event


@dataclass(frozen=True)
class Record:
    """An export of the events with these names, sealed in threes."""

    lines: tuple[str, ...]
    seals: tuple[Seal, ...]

    def typed(self, index: int) -> str:
        """One seal as the audit channel says it."""
        return f"{self.seals[index].last}={self.seals[index].digest}"


def record(
    names: list[str], *, after: Head | None = None, sign: Callable[[Seal], Seal] = lambda seal: seal
) -> Record:
    """The record of these events, from the beginning or after a head."""
    begins = after or Head()
    lines, seals, unsealed = [header_line(begins)], list[Seal](), list[Entry]()
    link, previous = begins.link, begins.seal
    for number, name in enumerate(names, start=begins.number + 1):
        body, _ = written(Event(name=name), "salt")
        link = link_of(link, number, 1000 + number, body)
        unsealed.append(Entry(number=number, at_ms=1000 + number, link=link, body=body))
        lines.append(entry_line(unsealed[-1]))
        if len(unsealed) == 3:
            seal = seal_of(begins.seals + len(seals) + 1, previous, unsealed)
            seals.append(sign(seal))
            lines.append(seal_line(seals[-1]))
            previous, unsealed = seal.digest, []
    last = begins.number + len(names)
    head = Head(last, link, begins.seals + len(seals), last - len(unsealed), previous)
    return Record((*lines, end_line(head)), tuple(seals))


def head_after(whole: Record, index: int, link: str = GENESIS) -> Head:
    """Where a record stood at one of its seals."""
    seal = whole.seals[index]
    return Head(seal.last, seal.link or link, seal.number, seal.last, seal.digest)
