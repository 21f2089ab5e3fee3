"""The one way in which administration changes what was given: judged on what is in force, written on that version."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from bot.cards.kit.blocks import Rendered
from bot.cards.messages import administration as cards
from bot.cards.messages import answers
from bot.desk import (
    MOVING,
    OUTLIVED,
    Desk,
    InForce,
    Presser,
    Proposed,
    answer,
    event_of,
    finish,
    has_outlived,
    identify,
    judged_anew,
    new_id,
    not_taken,
    until_committed,
    with_way_back,
)
from bot.desk.recording import Ground, Refusal, refused
from bot.models import (
    Change,
    Due,
    Effect,
    EffectKind,
    Event,
    Given,
    GivenWrite,
    Place,
    Press,
    Standpoint,
    TakenDue,
    Urgency,
)
from bot.rules.typed import Misread
from permissions import Person, Refused

_Order = TypeVar("_Order")
_OF = "what was given in Slack"


@dataclass(frozen=True, slots=True)
class Command:
    """One command of an identified person, as it is carried out."""

    desk: Desk
    press: Press
    presser: Presser
    word: str
    """The command's own word, for the record."""

    @property
    def person_id(self) -> str:
        """Who orders it."""
        return self.presser.person.person_id


async def command_of(desk: Desk, press: Press, word: str) -> Command | None:
    """The command of whoever pressed; None: a refused presser is answered already."""
    presser = await identify(desk, press)
    return Command(desk, press, presser, word) if presser else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Enacted:
    """What becomes of an order: the next state (None: nothing changes), the record of it, and what is said."""

    given: Given | None = None
    events: Sequence[Event]
    effects: Sequence[Effect] = ()
    due: Sequence[Due] = ()


async def enact(command: Command, make: Callable[[InForce], Enacted], *, only_takes: bool = False) -> None:
    """Judge and write in one version: `make` is asked anew whenever somebody else's change came between.

    The record, the change, the announcement and the press's end are one step, refused where the access file or what was
    given has moved since the verdict. `only_takes`: it gives nobody anything, so it is carried out however late.
    Raises StillContended, LedgerUnavailable and NoAccess: then the press stays stored and is taken up again.
    """
    desk, press = command.desk, command.press

    async def propose() -> Proposed[bool]:
        in_force = await desk.access.in_force()
        enacted = make(in_force)
        if enacted.given is not None and not only_takes and has_outlived(desk, press):
            enacted = _unchanged(command, in_force, OUTLIVED, outcome="outlived")
        effects = enacted.effects
        if enacted.given is None:
            # Nothing is changed by it, so whoever typed it into a form has it back.
            effects = [await with_way_back(desk, press, told) for told in effects]
        change = Change(
            op_id=new_id("o"),
            events=enacted.events,
            effects=effects,
            due=enacted.due,
            finishes_press=press.press_id,
            given=GivenWrite(enacted.given, in_force.given_version) if enacted.given is not None else None,
            judged_on=_standpoint(press, in_force) if enacted.given is not None else None,
        )
        return Proposed(change, gives=True)

    async def write() -> None:
        await until_committed(desk, propose, of=_OF)

    async def give_up() -> None:
        await answer_only(command, answers.said(MOVING), outcome="moving")

    await judged_anew(press, write, give_up)


def _standpoint(press: Press, in_force: InForce) -> Standpoint:
    return Standpoint(press.press_id, in_force.access.generation, in_force.given_version)


def _unchanged(command: Command, in_force: InForce, sentence: str, *, outcome: str) -> Enacted:
    """Allowed, and all the same nothing is changed: recorded and told."""
    facts = {"order": command.word, "outcome": outcome, **in_force_facts(in_force)}
    event = event_of("administration_not_judged", command.press, person_id=command.person_id, facts=facts)
    return Enacted(events=[event], effects=[answer(command.press, answers.said(sentence))])


async def enact_by_clock(
    desk: Desk, make: Callable[[Given], Enacted | None], *, taken: TakenDue | None = None
) -> bool:
    """The same without a presser: an end that is due, a membership that changed. False: nothing was to be done."""

    async def propose() -> Proposed[bool] | None:
        stored = await desk.ledger.given()
        enacted = make(stored.given)
        if enacted is None or enacted.given is None:
            return None
        change = Change(
            op_id=new_id("o"),
            events=enacted.events,
            effects=enacted.effects,
            due=enacted.due,
            taken=taken,
            given=GivenWrite(enacted.given, stored.version),
        )
        return Proposed(change, gives=True)

    done = await until_committed(desk, propose, of=_OF)
    return done is not None


def announcement(effect_id: str, said: Rendered, organization_id: str = "") -> Effect:
    """A message in the audit channel (of an organization)."""
    return Effect(
        effect_id=effect_id,
        kind=EffectKind.MESSAGE,
        urgency=Urgency.CARD,
        place=Place.AUDIT,
        organization_id=organization_id,
        text=said.text,
        blocks=list(said.blocks),
    )


def notice(effect_id: str, person: Person | None, said: Rendered) -> list[Effect]:
    """A direct message to the person it is about; nothing where no Slack account is known."""
    if person is None or not person.slack_ids:
        return []
    return [
        Effect(
            effect_id=effect_id,
            kind=EffectKind.ANSWER,
            urgency=Urgency.CARD,
            slack_user_id=person.slack_ids[0],
            text=said.text,
            blocks=list(said.blocks),
        )
    ]


def in_force_facts(in_force: InForce) -> dict[str, object]:
    """Under which file and which grants something was judged."""
    return {
        "access_generation": in_force.access.generation,
        "access_digest": in_force.access.digest,
        "given_version": in_force.given_version,
    }


def refusal(command: Command, verdict: Refused, facts: dict[str, object]) -> Enacted:
    """Not allowed: recorded and told. `facts` may hold what was read anew (`in_force_facts`): that counts then."""
    command.desk.metrics.refused(verdict.why.value)
    presser = command.presser
    ground = Ground(
        access_generation=presser.access.generation,
        access_digest=presser.access.digest,
        given_version=presser.given_version,
        more={"order": command.word, **facts},
    )
    event = refused(
        "administration_refused",
        command.press,
        Refusal.of(verdict),
        presser=presser,
        ground=ground,
        organization_id=verdict.where,
    )
    return Enacted(events=[event], effects=[answer(command.press, answers.refused(verdict.sentence))])


async def answer_only(command: Command, said: Rendered, *, outcome: str) -> None:
    """An order that could not even be judged: recorded and told."""
    event = event_of(
        "administration_not_judged",
        command.press,
        person_id=command.person_id,
        facts={"order": command.word, "outcome": outcome},
    )
    await finish(command.desk, command.press, [event], [await not_taken(command.desk, command.press, said)])


async def misread(command: Command, why: str, usage: str) -> None:
    """A command that lacks something: recorded, and told how it is written."""
    await answer_only(command, cards.not_understood(why, usage), outcome="not_understood")


async def ordered(
    desk: Desk, press: Press, word: str, read: Callable[[], _Order | Misread], usage: str
) -> tuple[Command, _Order] | None:
    """The opening of every command that is typed: who orders it, and what. None: the press is answered, since they are
    refused or it lacks something."""
    command = await command_of(desk, press, word)
    if command is None:
        return None
    order = read()
    if isinstance(order, Misread):
        await misread(command, order.why, usage)
        return None
    return command, order
