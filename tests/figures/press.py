"""One press, traced: whose functions run, and what is read from the ledger.

The press is a narrow approval of one waiting request, from the use case that its route names to its answer in the send
queue, against the stand-in portal and a real server. What the stand-ins run is not counted.
"""

from __future__ import annotations

import asyncio
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from types import CodeType, FrameType
from typing import Any

from handlers.routes import ROUTES
from tests.desk import open_bench, shared_server
from tests.figures.code import PRODUCT
from tests.valkey import RunningValkey

_LEDGER = {"Ledger", "History", "Calls", "Chain", "Modes", "Looks"}
"""Whose methods are calls of the ledger: its own, and those of what it holds for what is asked of it together."""
_LAYERS = {
    "use case": frozenset({"decision"}),
    "desk": frozenset({"desk"}),
    "cards": frozenset({"cards"}),
    "rules, models and permissions": frozenset({"rules", "models", "permissions"}),
    "portal, ledger and chat": frozenset({"portal", "ledger", "chat"}),
}


@dataclass
class Trace:
    """What ran while it was on."""

    root: Path
    files: set[str] = field(default_factory=set)
    ledger: Counter[str] = field(default_factory=Counter)
    _seen: set[FrameType] = field(default_factory=set)
    _names: dict[CodeType, str] = field(default_factory=dict)

    def __call__(self, frame: FrameType, event: str, _argument: Any) -> None:
        """`sys.setprofile` calls this; a coroutine that goes on is called again, so each frame counts once."""
        if event != "call" or frame in self._seen:
            return
        name = self._named(frame.f_code)
        if name:
            self._seen.add(frame)
            self.files.add(name)
            of, _, called = frame.f_code.co_qualname.partition(".")
            if (
                name.startswith("bot/ledger/")
                and of in _LEDGER
                and called.isidentifier()
                and called[0] != "_"
            ):
                self.ledger[called] += 1

    def by_layer(self) -> str:
        """How many of the files stand where."""
        counted = Counter(_layer(name) for name in self.files)
        return ", ".join(f"{layer} {counted[layer]}" for layer in (*_LAYERS, "the rest") if counted[layer])

    def _named(self, code: CodeType) -> str:
        """The file of a function of the product, as the repository names it; empty for everything else."""
        if code not in self._names:
            file = Path(code.co_filename)
            ours = file.is_relative_to(self.root) and code.co_name != "<module>"
            name = file.relative_to(self.root).as_posix() if ours else ""
            # The stand-ins stood in bot/sandbox/ once; they are not the product.
            in_product = name.split("/")[0] in PRODUCT and not name.startswith("bot/sandbox/")
            self._names[code] = name if in_product else ""
        return self._names[code]


def _layer(name: str) -> str:
    parts = name.split("/")
    return next((layer for layer, rooms in _LAYERS.items() if {*parts[:2]} & rooms), "the rest")


@contextmanager
def traced(root: Path) -> Iterator[Trace]:
    """Trace this thread until the end of the block."""
    trace = Trace(root)
    sys.setprofile(trace)
    try:
        yield trace
    finally:
        sys.setprofile(None)


def trace_press(root: Path) -> Trace:
    """Approve one request on the computer that asked, and tell what ran."""
    with TemporaryDirectory(prefix="gatehouse-figures-") as name:
        folder = Path(name)
        with shared_server(folder) as server:
            return asyncio.run(_press(root, server, folder))


async def _press(root: Path, server: RunningValkey, folder: Path) -> Trace:
    route, use_case = next(item for item in ROUTES.items() if item[1].__name__ == "approve_once")
    async with open_bench(server, folder) as bench:
        # The first press of a process also reads the access file and the tree; every later one finds them.
        for computer in bench.computers()[:2]:
            press = await bench.press("ana", route, await bench.arrive(computer=computer))
            with traced(root) as trace:
                await use_case(bench.desk, press)
            said = await bench.answer(press)
            if "approved" not in said.casefold():
                raise RuntimeError(f"the press that was traced approved nothing: {said}")
        return trace
