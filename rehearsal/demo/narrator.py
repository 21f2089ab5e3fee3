"""Tells the story on the terminal: numbered scenes, what happened, and whether it happened as it should."""

from __future__ import annotations

import sys
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TextIO

from bot.terminal import printable

_WIDTH = 96
_BOLD, _DIM, _GREEN, _RED, _PLAIN = "\x1b[1m", "\x1b[2m", "\x1b[32m", "\x1b[31m", "\x1b[0m"


class WentWrong(Exception):
    """Something that the story promises did not happen; the sentence says what."""


@dataclass(slots=True)
class Narrator:
    """Prints as things happen; colour only repeats the words, and only on a terminal."""

    out: TextIO = field(default_factory=lambda: sys.stdout)
    scenes: int = 0
    checks: int = 0

    def title(self, text: str) -> None:
        """The head of the story."""
        self._print(self._styled(text, _BOLD))
        self._print("=" * min(len(text), _WIDTH))

    def scene(self, text: str) -> None:
        """A new scene."""
        self.scenes += 1
        self._print("")
        self._print(self._styled(f"{self.scenes}. {text}", _BOLD))

    def say(self, text: str) -> None:
        """What happens, in a sentence."""
        for line in textwrap.wrap(printable(text), _WIDTH - 3):
            self._print(f"   {line}")

    def show(self, label: str, lines: Sequence[str]) -> None:
        """Something as its reader sees it, in a frame."""
        self._print(self._styled(f"   +-- {label}", _DIM))
        for line in lines:
            for part in textwrap.wrap(printable(line), _WIDTH - 8, break_long_words=True) or [""]:
                self._print(f"   | {part}")

    def check(self, promise: str, held: object) -> None:
        """A promise of the story; the story ends here if it was not kept."""
        if not held:
            self._print(self._styled(f"   FAILED  {printable(promise)}", _RED))
            raise WentWrong(promise)
        self.checks += 1
        self._print(self._styled(f"   ok  {printable(promise)}", _GREEN))

    def _styled(self, text: str, style: str) -> str:
        return f"{style}{text}{_PLAIN}" if self.out.isatty() else text

    def _print(self, line: str) -> None:
        print(line, file=self.out, flush=True)
