"""`/gatehouse oncall swap`: two people exchange a time of duty. Nothing changes before the other one has agreed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bot.administration.arranging import (
    Nothing,
    Sight,
    colleague,
    duty_event,
    duty_notices,
    fault_in_order,
    look,
    new_duty_id,
    no_rota,
    typed,
    unchanged,
    without_way,
)
from bot.administration.duty_orders import SWAP_USAGE, SwapOrder, read_swap
from bot.administration.enacting import (
    Command,
    Enacted,
    announcement,
    command_of,
    enact,
    in_force_facts,
    notice,
    ordered,
)
from bot.cards.kit.blocks import Rendered
from bot.cards.messages import oncall as cards
from bot.desk import Desk, InForce, actor_of, answer, event_of
from bot.models import Due, DueKind, Given, Press, SwapOffer
from bot.models.rotas import Roster
from bot.rules.duty import TURN, Span, has_turn, in_return, members, next_turn, span_of
from bot.rules.rotas import is_away
from bot.rules.typed import Misread
from permissions import Person


async def swap(desk: Desk, press: Press) -> None:
    """`oncall swap <when> with @person`: an offer, which the other one answers by a button."""
    found = await ordered(desk, press, "oncall_swap", lambda: read_swap(typed(press)), SWAP_USAGE)
    if found is not None:
        await carry_out_swap(*found)


async def carry_out_swap(command: Command, order: SwapOrder) -> None:
    """An order that was typed, or filled into the form."""
    sight, swap_id = await look(command.desk), new_duty_id()
    person = await colleague(command, order.who, sight.roster)
    if person is not None:
        await enact(command, lambda now: _offered(command, order, person, sight, now, swap_id))


def _offered(  # noqa: PLR0917 - each part is told apart by its type
    command: Command, order: SwapOrder, person: Person, sight: Sight, in_force: InForce, swap_id: str
) -> Enacted:
    roster = sight.with_given(in_force.given)
    found = _exchange(command, roster, order, person)
    if isinstance(found, Nothing):
        return unchanged(command, in_force, found)
    offer = SwapOffer(
        swap_id=swap_id,
        rota=found.rota,
        by=actor_of(command.presser.person, command.press),
        starts=found.mine.starts,
        ends=found.mine.ends,
        with_id=person.person_id,
        with_name=person.name,
        their_starts=found.theirs.starts,
        their_ends=found.theirs.ends,
        at=command.desk.now(),
        until=min(found.mine.ends, found.theirs.ends),
        reason=order.reason,
    )
    fault = (
        fault_in_order(in_force.given, order.reason, is_own=True)
        or without_way(person)
        or without_way(command.presser.person)
    )
    if fault is not None:
        return unchanged(command, in_force, fault)
    facts = {"swap": swap_facts(offer), **in_force_facts(in_force)}
    private = {"by": offer.by.name, "of": offer.with_name, "reason": offer.reason}
    event = event_of("swap_offered", command.press, person_id=command.person_id, facts=facts, private=private)
    return Enacted(
        given=in_force.given.model_copy(update={"swaps": (*in_force.given.swaps, offer)}),
        events=[event],
        effects=[
            *notice(f"swap-notice:{swap_id}", person, cards.swap_asked(offer)),
            answer(command.press, cards.swap_offered(offer)),
        ],
        due=[Due(DueKind.GRANT, swap_id, offer.until)],
    )


@dataclass(frozen=True, slots=True)
class _Exchange:
    """What two people would exchange."""

    rota: str
    mine: Span
    theirs: Span


def _exchange(command: Command, roster: Roster, order: SwapOrder, person: Person) -> _Exchange | Nothing:
    """On the first rota on which both stand and on which each has the time that is named."""
    me = command.person_id
    if person.person_id == me:
        return Nothing("oneself", "A swap is between two people; name the other one.")
    if order.rota and order.rota not in roster.rotas:
        return no_rota(roster, order.rota)
    rotas = [order.rota] if order.rota else [*roster.rotas]
    shared = [each for each in rotas if {me, person.person_id} <= members(roster, each)]
    if not shared:
        where = f"the rota {order.rota}" if order.rota else "one rota"
        return Nothing("not_on_a_rota", f"You and {person.name} do not both stand on {where}.")
    found = [_on_rota(command, roster, order, person, each) for each in shared]
    return next((each for each in found if isinstance(each, _Exchange)), found[0])


def _on_rota(
    command: Command, roster: Roster, order: SwapOrder, person: Person, rota: str
) -> _Exchange | Nothing:
    me, now = command.presser.person, command.desk.now()
    mine = _time(roster, rota, me, order.mine, now)
    if isinstance(mine, Nothing):
        return mine
    after = max(mine.ends, now)
    if order.theirs or order.mine.casefold() == TURN:
        theirs = _time(roster, rota, person, order.theirs or TURN, now, since=now if order.theirs else after)
    else:
        theirs = in_return(roster, rota, person.person_id, mine, now) or Nothing(
            "not_understood",
            f"{person.name} has no such time of {rota} in the coming weeks; say which of theirs, such as for friday.",
        )
    if isinstance(theirs, Nothing):
        return theirs
    gone = _is_gone(roster, rota, me, theirs) or _is_gone(roster, rota, person, mine)
    return gone or _Exchange(rota, mine, theirs)


def _time(  # noqa: PLR0917 - each part is told apart by its type
    roster: Roster, rota: str, person: Person, said: str, now: datetime, since: datetime | None = None
) -> Span | Nothing:
    """The time that was named, if all of it is this person's."""
    section = roster.rotas[rota]
    if said.casefold() == TURN:
        turn = next_turn(roster, rota, person.person_id, since or now)
        return turn or Nothing("not_theirs", f"{person.name} has no turn of {rota} in the coming weeks.")
    span = span_of(said, now, section.zone, section.day_begins)
    if isinstance(span, Misread):
        return Nothing("not_understood", span.why)
    if not has_turn(roster, rota, person.person_id, span):
        return Nothing("not_theirs", f"{person.name} does not have the turn of {rota} for all of that time.")
    return span


def _is_gone(roster: Roster, rota: str, person: Person, span: Span) -> Nothing | None:
    if not is_away(roster, rota, person.person_id, span.starts):
        return None
    return Nothing("without_effect", f"{person.name} is out of office then, so nothing was offered.")


# The answer


async def agree(desk: Desk, press: Press) -> None:
    """“Agree”: both times change hands, if both are still theirs."""
    command = await command_of(desk, press, "oncall_swap_agree")
    if command is not None:
        sight = await look(desk)
        await enact(command, lambda now: _agreed(command, sight, now))


def _agreed(command: Command, sight: Sight, in_force: InForce) -> Enacted:
    offer = _offer(command, in_force)
    if isinstance(offer, Nothing):
        return unchanged(command, in_force, offer)
    roster = sight.with_given(in_force.given)
    if not _still_stands(roster, offer):
        said = cards.swap_void(offer)
        return _ended(command, in_force, offer, "void", said)
    halves = offer.halves(command.desk.now())
    told = cards.swap_agreed(offer)
    left = without_offer(in_force.given, offer)
    proposer = in_force.access.person(offer.by.person_id)
    return Enacted(
        given=left.model_copy(update={"duty": (*left.duty, *halves)}),
        events=[
            event_of(
                "swap_agreed",
                command.press,
                person_id=command.person_id,
                facts={"swap": swap_facts(offer), **in_force_facts(in_force)},
                private={"by": offer.by.name, "of": offer.with_name},
            ),
            *(duty_event("duty_changed", command, each, in_force, ()) for each in halves),
        ],
        effects=[
            announcement(f"duty:{command.press.press_id}", told),
            *duty_notices(command, (proposer,), told),
            answer(command.press, told),
        ],
        due=[
            Due(DueKind.GRANT, offer.swap_id, None),
            *(Due(DueKind.GRANT, each.duty_id, each.ends) for each in halves),
        ],
    )


async def decline(desk: Desk, press: Press) -> None:
    """“No”: the offer is over, and whoever made it hears so."""
    command = await command_of(desk, press, "oncall_swap_decline")
    if command is not None:
        await enact(command, lambda now: _declined(command, now), only_takes=True)


def _declined(command: Command, in_force: InForce) -> Enacted:
    offer = _offer(command, in_force)
    if isinstance(offer, Nothing):
        return unchanged(command, in_force, offer)
    return end_of_swap(command, in_force, offer)


def _offer(command: Command, in_force: InForce) -> SwapOffer | Nothing:
    """The offer that the button names, while it stands and is this person's to answer."""
    offer = in_force.given.swap(command.press.values.get("more", ""))
    if offer is None or offer.until <= command.desk.now():
        return Nothing("gone", "This swap is answered, taken back or over already; nothing was changed.")
    if offer.with_id != command.person_id:
        return Nothing("not_yours", f"This swap is for {offer.with_name} to answer; nothing was changed.")
    return offer


def _still_stands(roster: Roster, offer: SwapOffer) -> bool:
    """Both times are still those of the two, and both people still stand on the rota."""
    both = {offer.by.person_id, offer.with_id}
    if offer.rota not in roster.rotas or not both <= members(roster, offer.rota):
        return False
    mine, theirs = Span(offer.starts, offer.ends), Span(offer.their_starts, offer.their_ends)
    return has_turn(roster, offer.rota, offer.by.person_id, mine) and has_turn(
        roster, offer.rota, offer.with_id, theirs
    )


def end_of_swap(command: Command, in_force: InForce, offer: SwapOffer) -> Enacted:
    """Declined by the one, or withdrawn by the other."""
    why = "withdrawn" if command.person_id == offer.by.person_id else "declined"
    return _ended(command, in_force, offer, why, cards.swap_ended(offer, command.presser.person.name))


def _ended(command: Command, in_force: InForce, offer: SwapOffer, why: str, said: Rendered) -> Enacted:
    people = map(in_force.access.person, (offer.by.person_id, offer.with_id))
    facts = {"swap": swap_facts(offer), "why": why, **in_force_facts(in_force)}
    return Enacted(
        given=without_offer(in_force.given, offer),
        events=[event_of("swap_ended", command.press, person_id=command.person_id, facts=facts)],
        effects=[*duty_notices(command, people, said), answer(command.press, said)],
        due=[Due(DueKind.GRANT, offer.swap_id, None)],
    )


def without_offer(given: Given, offer: SwapOffer) -> Given:
    """The same without an offer."""
    return given.model_copy(update={"swaps": tuple(each for each in given.swaps if each != offer)})


def swap_facts(offer: SwapOffer) -> dict[str, object]:
    """An offer as the record keeps it for ever: ids and times."""
    return {
        "swap_id": offer.swap_id,
        "rota": offer.rota,
        "by": offer.by.person_id,
        "starts": offer.starts.isoformat(),
        "ends": offer.ends.isoformat(),
        "with_id": offer.with_id,
        "their_starts": offer.their_starts.isoformat(),
        "their_ends": offer.their_ends.isoformat(),
    }
