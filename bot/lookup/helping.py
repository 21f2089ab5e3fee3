"""`/gatehouse help` and `whoami`: what this person may do here."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby

from bot.cards.home import HelpLine, help_answer, unknown_command, whoami_answer
from bot.cards.kit.words import Line, listed, say
from bot.cards.messages import answers
from bot.cards.messages.administration import grant_lines_of
from bot.desk import Desk, Unidentified, finish, identify, stranger_refused
from bot.desk import answer as answer_effect
from bot.lookup.cases import scope_told
from bot.lookup.saying import Answered, joined, settle, with_sentence
from bot.lookup.scope import NotRecognised, Scope, recognise
from bot.models import Press
from permissions import Action


async def whoami(desk: Desk, press: Press) -> None:
    """`/gatehouse whoami`: whom Gatehouse takes the asker for, and every grant with its place and end."""
    known = await recognise(desk, press)
    if isinstance(known, NotRecognised):
        await _refuse(desk, press, known)
        return
    presser = known.presser
    scope, trouble = await scope_told(desk, known.presser)
    grants = grant_lines_of(presser.access, presser.person.person_id, scope.name, desk.now())
    said = whoami_answer(presser.person.name, grants, generation=presser.access.generation)
    said = with_sentence(said, known.trouble or trouble)
    await settle(desk, press, presser, Answered(said=said, outcome="shown"), event="whoami_asked")


async def _refuse(desk: Desk, press: Press, known: NotRecognised) -> None:
    desk.metrics.refused(known.why)
    event = await stranger_refused(desk, press, Unidentified(known.why, known.sentence))
    await finish(desk, press, [event], [answer_effect(press, answers.refused(known.sentence))])


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


@dataclass(frozen=True, slots=True)
class Order:
    """What a command does when its second word says so."""

    word: str
    usage: str
    """As it is typed, whole."""
    meaning: str
    use_case: UseCase


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
    orders: tuple[Order, ...] = ()
    """What it does besides; each is judged by itself."""

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
    if trouble:
        said = with_sentence(help_answer(_lines(seen)), trouble)
    else:
        able = [row for row in seen if not row.needs.actions or places(scope, row.needs)]
        others = [row for row in seen if row not in able]
        said = help_answer(
            _lines(_most_used_first(scope, able)),
            _lines(others),
            usable(scope, seen),
            decides=bool(scope.deciding()),
        )
    if not is_known:
        said = joined(unknown_command(press.text), said)
    answered = Answered(said=said, outcome="shown" if is_known else "not_understood")
    await settle(desk, press, presser, answered, event="help_read")


def _lines(rows: Iterable[CommandRow]) -> list[HelpLine]:
    lines: list[HelpLine] = []
    for row in rows:
        lines.append(HelpLine(row.usage, row.meaning))
        lines += [HelpLine(each.usage, each.meaning) for each in row.orders]
    return lines


_DECIDERS = ("queue", "find", "/blocked")
_DAILY: Sequence[tuple[frozenset[Action], tuple[str, ...]]] = (
    (frozenset({Action.LOOK_UP, Action.VIEW}), ("/blocked", "find", "queue")),
    (
        frozenset({Action.CHANGE_PERMISSIONS, Action.ASSIGN_ROLES, Action.SUSPEND, Action.ASK_ABOUT_OTHERS}),
        ("grant", "grants", "can", "who", "revoke", "suspend"),
    ),
    (frozenset({Action.MAINTAIN}), ("maintenance",)),
)
"""What somebody who may do one of these does most, the first line that fits them before the next (our choice). Who
decides requests begins with those."""


def _most_used_first(scope: Scope, rows: Sequence[CommandRow]) -> list[CommandRow]:
    """The commands of the asker's day first, in its order; the others as the table has them."""
    daily = list(_DECIDERS) if scope.deciding() else []
    daily += [
        name
        for actions, names in _DAILY
        if any(_where(scope, action) for action in actions)
        for name in names
    ]
    order = {name: number for number, name in reversed(list(enumerate(daily)))}
    return sorted(rows, key=lambda row: order.get(row.name, len(daily)))


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
        _usable(_joined(names), need, scope.names(places(scope, need)))
        for need, names in by_need
        if need.actions
    ]
    free = _joined([name for need, names in by_need if not need.actions for name in names])
    return [*lines, [say(f"You can use {free}, as everybody can.")]]


def _joined(names: Sequence[str]) -> str:
    """“queue, find and plan”."""
    return " and ".join(filter(None, [", ".join(names[:-1]), *names[-1:]]))


def _usable(names: str, need: Need, organizations: tuple[str, ...]) -> Line:
    if not organizations:
        return [say(f"You cannot use {names}: that needs {need.words}, and you have it in no organization.")]
    return [say(f"You can use {names} for "), *listed(organizations, limit=3), say(".")]
