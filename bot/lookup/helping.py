"""`/gatehouse help`, and the answer to anything that is no command: what there is, and what the asker may use."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby

from bot.cards.home import HelpLine, help_answer, unknown_command
from bot.cards.kit.names import listed
from bot.cards.kit.words import Line, say
from bot.desk import Desk, identify
from bot.lookup.cases import scope_told
from bot.lookup.saying import Answered, joined, settle, with_notes
from bot.lookup.scope import Scope
from bot.models import Press
from permissions import Action

SLASH = "/gatehouse"
UseCase = Callable[[Desk, Press], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Need:
    """What a command asks of whoever types it, somewhere."""

    words: str
    """For the help and the documentation."""
    actions: frozenset[Action]
    """One of these is enough."""
    seen_by_all: bool = False
    """In everybody's help: who has it not shall know what to ask for. Else only who may use it sees it."""


EVERYBODY = Need("", frozenset(), seen_by_all=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandRow:
    """A command: how it is typed, what it is for, who sees it in the help, and what carries it out."""

    word: str = ""
    """After `/gatehouse`; empty where the slash command stands alone."""
    slash: str = SLASH
    usage: str
    """As it is typed, whole."""
    meaning: str
    """What it does, in half a sentence."""
    needs: Need
    use_case: UseCase

    @property
    def name(self) -> str:
        """What the help calls it."""
        return self.word or self.slash


async def answer_help(desk: Desk, press: Press, rows: Sequence[CommandRow]) -> None:
    """Every row that the asker is to see; above it what they typed, where that is no command."""
    presser = await identify(desk, press)
    if presser is None:
        return
    scope, trouble = await scope_told(desk, presser)
    word = (press.text.split() or ["help"])[0]
    is_known = word.casefold() == "help"
    # What cannot be told just now hides nothing: the verdict comes at the command itself in any case.
    seen = [row for row in rows if trouble or row.needs.seen_by_all or places(scope, row.needs)]
    said = help_answer([HelpLine(row.usage, row.meaning) for row in seen])
    said = with_notes(said, [[say(trouble)]] if trouble else usable(scope, seen))
    if not is_known:
        said = joined(unknown_command(press.text), said)
    answered = Answered(said=said, outcome="shown" if is_known else "not_understood")
    await settle(desk, press, presser, answered, event="help_read")


def places(scope: Scope, need: Need) -> frozenset[str]:
    """Ids of the organizations in which the asker has what is needed."""
    return frozenset[str]().union(*(_where(scope, action) for action in need.actions))


def _where(scope: Scope, action: Action) -> frozenset[str]:
    # A maintenance mode is judged mode by mode; every other action is one question.
    return scope.maintainable() if action is Action.MAINTAIN else scope.organizations(action)


def usable(scope: Scope, rows: Iterable[CommandRow]) -> list[Line]:
    """Which of the commands the asker can use, and where."""
    by_need = [
        (need, [row.name for row in group]) for need, group in groupby(rows, key=lambda row: row.needs)
    ]
    lines = [
        _usable(" and ".join(names), need, scope.names(places(scope, need)))
        for need, names in by_need
        if need.actions
    ]
    free = " and ".join(name for need, names in by_need if not need.actions for name in names)
    return [*lines, [say(f"You can use {free}, as everybody can.")]]


def _usable(names: str, need: Need, organizations: tuple[str, ...]) -> Line:
    if not organizations:
        return [say(f"You cannot use {names}: that needs {need.words}, and you have it in no organization.")]
    return [say(f"You can use {names} for "), *listed(organizations, limit=3), say(".")]
