"""What the installer is told: by flags, by the environment, or by whoever sits there, asked until it fits."""

from __future__ import annotations

import getpass
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeVar

from bot.terminal import printable

Found = TypeVar("Found")


class CannotInstall(Exception):
    """Nothing was written. Each problem is a sentence with its remedy."""

    def __init__(self, *problems: str) -> None:
        self.problems = problems
        super().__init__("\n".join(problems))


class Unfit(Exception):
    """This answer does not fit, and why. Whoever sits there is asked again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """What the command line says; None is asked for, an empty text declines what is optional."""

    folder: Path = Path()
    replace: bool = False
    mode: Literal["socket", "http"] = "socket"
    portal: str | None = None
    cards: str | None = None
    escalations: str | None = None
    audit: str | None = None
    approvers: str | None = None
    team: str | None = None
    administrator: str | None = None
    account: str | None = None
    zone: str | None = None


@dataclass(frozen=True, slots=True)
class Talk:
    """How somebody is asked. `is_there` False: nobody is, and every answer has to be given."""

    ask: Callable[[str], str]
    ask_secretly: Callable[[str], str]
    say: Callable[[str], None]
    is_there: bool

    async def settled(
        self,
        given: str | None,
        question: str,
        flag: str,
        fits: Callable[[str], Awaitable[Found]],
        *,
        is_secret: bool = False,
    ) -> tuple[str, Found]:
        """The answer, and what `fits` makes of it. CannotInstall where the given one is unfit or nobody can be asked.

        `flag` is how the answer is given without anybody there.
        """
        if given is None and not self.is_there:
            raise CannotInstall(f"{flag} is not given, and nobody is there to be asked. {question}")
        while True:
            asked = self.ask_secretly if is_secret else self.ask
            text = given if given is not None else asked(printable(f"{question} "))
            text = text.strip()
            try:
                return text, await fits(text)
            except Unfit as unfit:
                if given is not None:
                    raise CannotInstall(f"{flag}: {unfit}") from None
                self.say(str(unfit))


def at_the_terminal() -> Talk:
    """Asks on the terminal; nobody is there where standard input is none."""
    return Talk(input, getpass.getpass, _say, sys.stdin.isatty())


def _say(sentence: str) -> None:
    sys.stdout.write(printable(sentence, keep="\n") + "\n")
    sys.stdout.flush()
