"""`/gatehouse oncall take, override, away, drop`: who is on call, changed from Slack until a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from bot.administration.arranging import (
    Nothing,
    Sight,
    colleague,
    duty_event,
    duty_note,
    duty_notices,
    fault_in_order,
    judged_over,
    look,
    new_duty_id,
    no_rota,
    others_with_turn,
    typed,
    unchanged,
    without_way,
)
from bot.administration.duty_orders import (
    AWAY_USAGE,
    OVERRIDE_USAGE,
    TAKE_USAGE,
    AwayOrder,
    OverrideOrder,
    TakeOrder,
    read_away,
    read_override,
    read_take,
)
from bot.administration.enacting import (
    Command,
    Enacted,
    announcement,
    enact,
    in_force_facts,
    ordered,
    refusal,
)
from bot.cards.messages import oncall as cards
from bot.desk import Desk, InForce, actor_of, answer
from bot.models import Due, DueKind, DutyChange, Given, Press
from bot.models.rotas import Roster
from bot.rules.duty import Span, day_zone, has_turn, members, next_turn, span_of
from bot.rules.rotas import holder, holes, is_away, on_call, spells, whose_turn
from bot.rules.typed import Misread
from permissions import Person, Refused


@dataclass(frozen=True, slots=True)
class _Wanted:
    """Somebody is to have the turn of a rota for a time, or is out of office then."""

    duty_id: str
    rota: str
    """Empty: they are out of office."""
    person: Person
    span: Span
    reason: str


async def take(desk: Desk, press: Press) -> None:
    """`oncall take <tier or rota>`: a member of the rota has its turn from now on."""
    found = await ordered(desk, press, "oncall_take", lambda: read_take(typed(press)), TAKE_USAGE)
    if found is not None:
        await carry_out_take(*found)


async def carry_out_take(command: Command, order: TakeOrder) -> None:
    """An order that was typed, or filled into the form."""
    sight, person, duty_id = await look(command.desk), command.presser.person, new_duty_id()

    def made(in_force: InForce) -> Enacted:
        roster = sight.with_given(in_force.given)
        rota = _rota_meant(command, roster, order.named)
        if isinstance(rota, Nothing):
            return unchanged(command, in_force, rota)
        span = _span_of_take(command, roster, rota, order.span)
        if isinstance(span, Nothing):
            return unchanged(command, in_force, span)
        return _put_on_call(command, sight, in_force, _Wanted(duty_id, rota, person, span, order.reason))

    await enact(command, made)


def _rota_meant(command: Command, roster: Roster, named: str) -> str | Nothing:
    """The rota of this name; of a tier the one that has the turn now, else the first on which the presser stands."""
    by_name = {each.casefold(): each for each in roster.rotas}
    if named.casefold() in by_name:
        return by_name[named.casefold()]
    tier = next((each for each in roster.tiers if each.casefold() == named.casefold()), "")
    rotas = roster.tiers[tier].rota if tier else ()
    if not rotas:
        there = ", ".join(
            dict.fromkeys([*(name for name, each in roster.tiers.items() if each.rota), *roster.rotas])
        )
        known = f"It is one of {there}." if there else "The settings have no rotas."
        return Nothing("unknown_name", f"There is no rota and no tier with one called {named[:40]}. {known}")
    now = command.desk.now()
    on_turn = next((each for each in rotas if whose_turn(roster, each, now)), "")
    own = (each for each in rotas if command.person_id in members(roster, each))
    return on_turn or next(own, rotas[0])


def _span_of_take(command: Command, roster: Roster, rota: str, said: str) -> Span | Nothing:
    """From now until what was said; else until the turn that goes on now would end anyway."""
    now, section = command.desk.now(), roster.rotas[rota]
    if said:
        found = span_of(said, now, section.zone, section.day_begins)
        return Nothing("not_understood", found.why) if isinstance(found, Misread) else found
    person = holder(roster, rota, now)
    turn = next_turn(roster, rota, person, now) if person else None
    if turn is None:
        sentence = f"Nobody has the turn of {rota} now, so say until when, such as until 18:00."
        return Nothing("not_understood", sentence)
    return Span(now.replace(microsecond=0), turn.ends)


async def override(desk: Desk, press: Press) -> None:
    """`oncall override <rota> <when> @person`: somebody has the turn then."""
    found = await ordered(desk, press, "oncall_override", lambda: read_override(typed(press)), OVERRIDE_USAGE)
    if found is None:
        return
    command, order = found
    sight, duty_id = await look(desk), new_duty_id()
    person = await colleague(command, order.who, sight.roster, order.rota)
    if person is not None:
        await enact(command, lambda now: _overridden(command, order, person, sight, now, duty_id))


def _overridden(  # noqa: PLR0917 - each part is told apart by its type
    command: Command,
    order: OverrideOrder,
    person: Person,
    sight: Sight,
    in_force: InForce,
    duty_id: str,
) -> Enacted:
    roster = sight.with_given(in_force.given)
    section = roster.rotas.get(order.rota)
    if section is None:
        return unchanged(command, in_force, no_rota(roster, order.rota))
    span = span_of(order.span, command.desk.now(), section.zone, section.day_begins)
    if isinstance(span, Misread):
        return unchanged(command, in_force, Nothing("not_understood", span.why))
    return _put_on_call(command, sight, in_force, _Wanted(duty_id, order.rota, person, span, order.reason))


def _put_on_call(command: Command, sight: Sight, in_force: InForce, wanted: _Wanted) -> Enacted:
    """Whoever stands on the rota puts themselves on it; all else takes the right over everybody concerned."""
    person, rota, span = wanted.person, wanted.rota, wanted.span
    roster = sight.with_given(in_force.given)
    before = others_with_turn(roster, rota, span, person.person_id)
    is_own = person.person_id == command.person_id and person.person_id in members(roster, rota)
    ground = () if is_own else judged_over(command, sight.tree, in_force, (person.person_id, *before))
    if isinstance(ground, Refused):
        return refusal(command, ground, {"of": person.person_id, **in_force_facts(in_force)})
    change = _change(command, wanted)
    after = with_duty(in_force.given, change)
    fault = (
        fault_in_order(in_force.given, wanted.reason, is_own=is_own)
        or without_way(person)
        or _has_it_already(roster, change)
        or without_effect(sight.with_given(after), change)
    )
    if fault is not None:
        return unchanged(command, in_force, fault)
    people = [each for each in map(in_force.access.person, before) if each is not None]
    notes = duty_note(command, sight, in_force, person, before)
    return _changed(command, in_force, change, ground, (person, *people), notes)


def _change(command: Command, wanted: _Wanted) -> DutyChange:
    return DutyChange(
        duty_id=wanted.duty_id,
        person_id=wanted.person.person_id,
        person_name=wanted.person.name,
        rota=wanted.rota,
        starts=wanted.span.starts,
        ends=wanted.span.ends,
        by=actor_of(command.presser.person, command.press),
        at=command.desk.now(),
        reason=wanted.reason,
    )


def _changed(  # noqa: PLR0917 - each part is told apart by its type
    command: Command,
    in_force: InForce,
    change: DutyChange,
    ground: Sequence[str],
    concerned: Sequence[Person],
    notes: Sequence[str],
) -> Enacted:
    """It counts from now on: recorded, announced, and told to everybody concerned. The first of them is whose change it
    is, the others had the turn."""
    before = [each.name for each in concerned[1:]]
    told = cards.duty_changed(change, before)
    return Enacted(
        given=with_duty(in_force.given, change),
        events=[duty_event("duty_changed", command, change, in_force, ground)],
        effects=[
            announcement(f"duty:{command.press.press_id}", told),
            *duty_notices(command, concerned, told),
            answer(command.press, cards.duty_answer(change, before, notes)),
        ],
        due=[Due(DueKind.GRANT, change.duty_id, change.ends)],
    )


def _has_it_already(roster: Roster, change: DutyChange) -> Nothing | None:
    if not has_turn(roster, change.rota, change.person_id, Span(change.starts, change.ends)):
        return None
    return Nothing("nothing_to_do", f"{change.person_name} has the turn of {change.rota} then already.")


def without_effect(after: Roster, change: DutyChange) -> Nothing | None:
    """Nobody is told that they are on call when no call would go by it: away, out of hours, or another rota first."""
    tiers = [name for name, each in after.tiers.items() if change.rota in each.rota]
    found = [each for tier in tiers for each in spells(after, tier, change.starts, change.ends)]
    if any(each.found.people == (change.person_id,) for each in found):
        return None
    if is_away(after, change.rota, change.person_id, change.starts):
        why = f"{change.person_name} is out of office then"
    elif not any(whose_turn(after, change.rota, each.starts) for each in found):
        why = f"the rota {change.rota} has no hours then"
    else:
        why = f"another rota comes before {change.rota} then ({', '.join(_in_front(after, tiers, change))})"
    return Nothing("without_effect", f"Nothing was changed: {why}, so no call would name them.")


def _in_front(after: Roster, tiers: list[str], change: DutyChange) -> list[str]:
    return [on_call(after, tier, change.starts).why or tier for tier in tiers]


def with_duty(given: Given, *changes: DutyChange) -> Given:
    """The same with these changes of duty."""
    return given.model_copy(update={"duty": (*given.duty, *changes)})


# Out of office


async def away(desk: Desk, press: Press) -> None:
    """`oncall away [@person] <when>`: whoever has a turn then is stood in for by the next one of the rota."""
    found = await ordered(desk, press, "oncall_away", lambda: read_away(typed(press)), AWAY_USAGE)
    if found is not None:
        await carry_out_away(*found)


async def carry_out_away(command: Command, order: AwayOrder) -> None:
    """An order that was typed, or filled into the form."""
    sight, duty_id = await look(command.desk), new_duty_id()
    person: Person | None = command.presser.person
    if order.who is not None:
        person = await colleague(command, order.who, sight.roster)
    if person is not None:
        whose = person
        await enact(command, lambda now: _gone(command, order, whose, sight, now, duty_id))


def _gone(  # noqa: PLR0917 - each part is told apart by its type
    command: Command,
    order: AwayOrder,
    person: Person,
    sight: Sight,
    in_force: InForce,
    duty_id: str,
) -> Enacted:
    is_own = person.person_id == command.person_id
    ground = () if is_own else judged_over(command, sight.tree, in_force, (person.person_id,))
    if isinstance(ground, Refused):
        return refusal(command, ground, {"of": person.person_id, **in_force_facts(in_force)})
    zone = day_zone(sight.roster, person.person_id, command.desk.rules.escalation.zone)
    span = span_of(order.span, command.desk.now(), zone)
    if isinstance(span, Misread):
        return unchanged(command, in_force, Nothing("not_understood", span.why))
    roster = sight.with_given(in_force.given)
    fault = fault_in_order(in_force.given, order.reason, is_own=is_own) or _not_on_duty(roster, person, span)
    if fault is not None:
        return unchanged(command, in_force, fault)
    change = _change(command, _Wanted(duty_id, "", person, span, order.reason))
    left = _new_holes(roster, sight.with_given(with_duty(in_force.given, change)), span)
    return _changed(command, in_force, change, ground, (person,), left)


def _not_on_duty(roster: Roster, person: Person, span: Span) -> Nothing | None:
    key = person.person_id
    named = {
        one
        for name, each in roster.rotas.items()
        for one in (*members(roster, name), *each.overrides.values())
    }
    if key not in named | {each.person_id for each in roster.changed if not each.is_absence}:
        return Nothing("not_on_a_rota", f"{person.name} stands on no rota, so that would change nothing.")
    known = (each for each in roster.changed if each.is_absence and each.person_id == key)
    if any(each.starts <= span.starts and span.ends <= each.ends for each in known):
        return Nothing("nothing_to_do", f"{person.name} is out of office then already.")
    return None


def _new_holes(before: Roster, after: Roster, span: Span) -> list[str]:
    """What is said of each tier that has nobody on call for longer in that time than it had before."""
    return [
        f"For some of that time nobody is on call for {tier} any more, and the next tier is called. Somebody should "
        "take it."
        for tier in after.tiers
        if _uncovered(after, tier, span) > _uncovered(before, tier, span)
    ]


def _uncovered(roster: Roster, tier: str, span: Span) -> timedelta:
    found = holes(roster, tier, span.starts, span.ends)
    return sum((each.ends - each.starts for each in found), timedelta())
