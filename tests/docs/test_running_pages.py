"""Every command of every page is run: page by page in its order, so that one finds what another has written."""

from __future__ import annotations

import asyncio
import re
import shlex
import time
from collections.abc import Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import pytest

from tests.docs.commands import (
    HOW,
    Asks,
    Dry,
    Elsewhere,
    Helps,
    Run,
    Serves,
    how,
)
from tests.docs.place import LIMIT_S, Scene, Shell, scene, shell
from tests.docs.snippets import PAGES, ROOT, fenced, inline
from tests.docs.test_first_card import PORT, first_card

MADE: Final = frozenset({"docs/reference.md"})
"""Lists every command with all that it takes, written by the parsers themselves; tests/docs/test_site.py holds it."""
BEGINNINGS: Final = frozenset({"README.md", "docs/for-administrators.md"})
"""Their blocks lead to an installation; those of others begin with one."""


@dataclass(frozen=True)
class Command:
    """One of them, and where it stands."""

    page: str
    line: int
    text: str
    in_a_block: bool

    def __str__(self) -> str:
        return f"{self.page}:{self.line}: {self.text}"


def commands() -> Iterator[Command]:
    """All of them, in the order of the pages; what stands in a sentence is run where it stands first."""
    found = [
        Command(each.page, each.line + number, text, in_a_block=True)
        for each in fenced()
        if each.kind == "sh"
        for number, text in enumerate(_lines(each.text), start=1)
    ]
    seen = {each.text for each in found}
    for each in inline():
        text = each.text.rstrip(".")
        if each.page not in MADE and text not in seen:
            seen.add(text)
            found.append(Command(each.page, each.line, text, in_a_block=False))
    places = [page.relative_to(ROOT).as_posix() for page in PAGES]
    yield from sorted(found, key=lambda one: (places.index(one.page), one.line))


def _lines(text: str) -> Iterator[str]:
    for line in text.splitlines():
        said = re.sub(r"\s+#.*", "", line).strip()
        if said:
            yield said


ALL: Final = tuple(commands())


@pytest.mark.parametrize("command", ALL, ids=str)
def test_somebody_has_thought_of_it(command: Command) -> None:
    """A new command needs a line in tests/docs/commands.py."""
    way = how(command.text)
    assert way is not None, command
    if isinstance(way, Elsewhere):
        assert way.words in (ROOT / way.file).read_text("utf-8"), way


def test_no_line_is_about_a_command_that_is_gone() -> None:
    assert not set(HOW) - {each.text for each in ALL}


@dataclass
class Reader:
    """Whoever reads a page and types what stands there."""

    scene: Scene
    shells: AsyncExitStack
    open: dict[bool, Shell] = field(default_factory=dict)

    async def does(self, command: Command) -> None:
        typed = await self._shell(command)
        way = how(command.text)
        if isinstance(way, Run):
            await self._runs(typed, command.text, way)
        elif isinstance(way, Serves):
            await _serves(typed, self._as_read(command.text, way.instead), way.says)
        elif isinstance(way, Asks):
            await self._well(typed, way.first)
            await _answers(typed, command.text, way)
            await self._well(typed, way.then)
        elif isinstance(way, Dry):
            await self._well(
                typed, f"make --dry-run -C {shlex.quote(str(ROOT))} {command.text.removeprefix('make')}"
            )
        elif isinstance(way, Helps):
            await self._well(typed, f"{command.text.split(' …')[0].removesuffix(' EXPORT')} --help")

    async def _runs(self, typed: Shell, text: str, way: Run) -> None:
        # Once is enough for a folder: what it has left there stays.
        if way.has_run and (await typed.types("test -d data"))[0]:
            await _serves(typed, "gatehouse run", "running")
        await self._well(typed, way.first)
        status, said = await typed.types(self._as_read(text, way.instead))
        assert status == way.status, f"{text}\n{said}"
        assert re.search(way.says, said, re.MULTILINE), f"{text}\n{said}"
        await self._well(typed, way.then)
        if way.brings_a_card:
            waits = time.monotonic() + LIMIT_S
            assert await asyncio.to_thread(first_card, waits, lambda: True, self.scene.ports[PORT])

    async def _well(self, typed: Shell, line: str) -> None:
        if line:
            status, said = await typed.types(self._as_read(line, {}))
            assert status == 0, f"{line}\n{said}"

    def _as_read(self, text: str, instead: dict[str, str]) -> str:
        for words, read in (instead | self.scene.words).items():
            text = text.replace(words, read)
        return text.replace("{repository}", shlex.quote(str(ROOT)))

    async def _shell(self, command: Command) -> Shell:
        """One for the blocks of a page, and one for its sentences, in which an installation is there already."""
        begins = command.in_a_block and command.page in BEGINNINGS
        if begins not in self.open:
            folder = self.scene.room("begun" if begins else "installed", installed=not begins)
            more = {} if command.page == "README.md" or not begins else self.scene.secrets
            self.open[begins] = await self.shells.enter_async_context(
                shell(self.scene.folder, folder, **more)
            )
        return self.open[begins]


async def _serves(typed: Shell, line: str, says: str) -> None:
    """It runs until it is told to stop, and then it stops well."""
    waits = f"until grep -qE {shlex.quote(says)} said; do kill -0 $! && sleep 0.05 || break; done"
    # What the one before has said may stand there until this one begins.
    await typed.types(f": > said; {line} > said 2>&1 &")
    status, said = await typed.types(f"{waits}; kill -TERM $!; wait $!")
    _, log = await typed.types("cat said")
    assert status == 0, f"{line}\n{said}{log}"
    assert re.search(says, log), f"{line}\n{log}"


async def _answers(typed: Shell, line: str, way: Asks) -> None:
    answers = "".join(f"{one}\n" for one in way.answers)
    at_a_terminal = f"script --quiet --return --command {shlex.quote(line)} /dev/null"
    status, said = await typed.types(f"printf '%s' {shlex.quote(answers)} | {at_a_terminal}")
    assert status == 0, f"{line}\n{said}"


@pytest.mark.timeout(400)
@pytest.mark.parametrize("page", sorted({each.page for each in ALL}))
async def test_a_page_does_what_it_says(page: str, tmp_path: Path) -> None:
    async with scene(tmp_path) as here, AsyncExitStack() as shells:
        reader = Reader(here, shells)
        for command in ALL:
            if command.page == page:
                await reader.does(command)
