"""What a soak has tried so far, kept in a folder: it may be ended at any moment, and goes on where it was."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import cached_property
from hashlib import sha256
from pathlib import Path

from tests.crashes.everything import Point, word_of
from tests.crashes.playing import Outcome
from tests.flows.processes import ROOT

_CODE = ("bot", "handlers", "permissions", "tests/crashes")
"""What runs, and what names its sites."""


@dataclass(frozen=True)
class Tried:
    """One point, and what came of it."""

    point: Point
    word: str
    faults: Sequence[str] = ()
    code: str = ""
    """On which state of the program."""

    @property
    def is_well(self) -> bool:
        """Whether a strike came to it and nothing was broken."""
        return self.word == "ok"


@dataclass(frozen=True)
class Notebook:
    """A folder with the sites of each way and a line for each point that was tried."""

    folder: Path
    _points: Path = field(init=False)

    def __post_init__(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        object.__setattr__(self, "_points", self.folder / "points.jsonl")

    @cached_property
    def code(self) -> str:
        """The state of the program, in a word."""
        digest = sha256()
        for path in sorted(
            p for part in _CODE for p in (ROOT / part).rglob("*") if p.suffix in {".py", ".lua"}
        ):
            digest.update(path.read_bytes())
        return digest.hexdigest()[:12]

    def sites(self) -> dict[str, list[str]]:
        """Those of the ways that were traced on this state of the program."""
        path = self.folder / f"sites-{self.code}.json"
        found: dict[str, list[str]] = json.loads(path.read_text("utf-8")) if path.exists() else {}
        return {way: sites for way, sites in found.items() if sites}

    def keep_sites(self, sites: Mapping[str, Sequence[str]]) -> None:
        """For the next time."""
        (self.folder / f"sites-{self.code}.json").write_text(json.dumps(sites, indent=1), "utf-8")

    def tried(self, *, on_any_code: bool) -> dict[Point, Tried]:
        """What came of each point the last time."""
        lines = self._points.read_text("utf-8").splitlines() if self._points.exists() else []
        told = [json.loads(line) for line in lines]
        found = [Tried(**(one | {"point": Point(**one["point"])})) for one in told]
        return {one.point: one for one in found if on_any_code or one.code == self.code}

    def note(self, point: Point, outcome: Outcome) -> Tried:
        """One point, at once."""
        one = Tried(point, word_of(outcome), outcome.faults, self.code)
        with self._points.open("a", encoding="utf-8") as file:
            file.write(json.dumps(asdict(one)) + "\n")
        return one
