"""`/gatehouse help` and `whoami`: what this person may do here."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from bot.cards.home import HelpLine, HomePage, help_answer, render_home, unknown_command, whoami_answer
from bot.cards.kit.blocks import Rendered
from bot.cards.kit.words import Line, listed, say
from bot.cards.messages import answers
from bot.cards.messages.administration import grant_lines_of
from bot.cards.messages.exceptions import home_blocks
from bot.desk import (
    Desk,
    Unidentified,
    approving_lets_in_own,
    exceptions_seen,
    finish,
    identify,
    stranger_refused,
)
from bot.desk import answer as answer_effect
from bot.lookup.cases import OpenCases, lines_of, open_cases, scope_told
from bot.lookup.saying import Answered, event_for, joined, settle, with_notes
from bot.lookup.scope import NotRecognised, Scope, recognise
from bot.models import Effect, EffectKind, Press, Urgency
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
    said = with_notes(said, _said(known.trouble or trouble))
    await settle(desk, press, presser, Answered(said=said, outcome="shown"), event="whoami_asked")


async def _refuse(desk: Desk, press: Press, known: NotRecognised) -> None:
    desk.metrics.refused(known.why)
    event = await stranger_refused(desk, press, Unidentified(known.why, known.sentence))
    await finish(desk, press, [event], [answer_effect(press, answers.refused(known.sentence))])


def _said(trouble: str) -> list[Line]:
    return [[say(trouble)]] if trouble else []


async def home(desk: Desk, press: Press) -> None:
    """Publish the presser's App Home: what they have claimed, what waits for them, what they may do."""
    known = await recognise(desk, press)
    if isinstance(known, NotRecognised):
        page = HomePage(
            name="",
            claims=(),
            queue=(),
            grants=(),
            now=desk.now(),
            trouble=known.sentence,
            writes_on=desk.rules.writes_on,
        )
        event = await stranger_refused(desk, press, Unidentified(known.why, known.sentence))
        desk.metrics.refused(known.why)
        await finish(desk, press, [event], [_published(press, page)])
        return
    scope, trouble = await scope_told(desk, known.presser)
    cases = await open_cases(desk, scope)
    _, kept = await exceptions_seen(desk, scope.presser, scope.tree)
    person_id = scope.presser.person.person_id
    page = replace(
        _page(desk, scope, cases),
        trouble=known.trouble or trouble,
        exceptions=home_blocks(kept, person_id, desk.now()),
    )
    answered = Answered(said=Rendered("", []), outcome="shown", facts={"queue": len(page.queue)})
    event = event_for(press, known.presser, answered, event="home_shown")
    await finish(desk, press, [event], [_published(press, page)])


def _page(desk: Desk, scope: Scope, cases: OpenCases) -> HomePage:
    person, access = scope.presser.person, scope.presser.access
    mine = [case for case in cases.all if case.claim and case.claim.actor.person_id == person.person_id]
    return HomePage(
        name=person.name,
        claims=lines_of(desk, mine),
        queue=[
            replace(
                line,
                may_approve=scope.may_approve(line.case, own=approving_lets_in_own(scope.presser, line.case)),
            )
            for line in lines_of(desk, cases.may_decide)
        ],
        grants=grant_lines_of(access, person.person_id, scope.name, desk.now()),
        now=desk.now(),
        writes_on=desk.rules.writes_on,
    )


def _published(press: Press, page: HomePage) -> Effect:
    return Effect(
        effect_id=f"home:{press.press_id}",
        kind=EffectKind.HOME,
        urgency=Urgency.ANSWER,
        slack_user_id=press.slack_user_id,
        view=render_home(page),
    )


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
