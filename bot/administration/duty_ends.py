"""Changes of duty that end: `/gatehouse oncall drop` takes one back, and its time is over by itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.administration.arranging import (
    Nothing,
    Sight,
    duty_event,
    duty_facts,
    duty_notices,
    judged_over,
    look,
    others_with_turn,
    typed,
    unchanged,
)
from bot.administration.duty_orders import DROP_USAGE, DropOrder, read_drop
from bot.administration.enacting import (
    Command,
    Enacted,
    announcement,
    answer_only,
    command_of,
    enact,
    enact_by_clock,
    in_force_facts,
    notice,
    ordered,
    refusal,
)
from bot.administration.ending import people_in_file
from bot.administration.swapping import end_of_swap, swap_facts, without_offer
from bot.cards.messages import oncall as cards
from bot.desk import Desk, InForce, answer, event_of
from bot.models import Due, DueKind, DutyChange, Given, Press, TakenDue
from bot.rules.duty import Span
from permissions import Refused

_NOT_YOURS = Nothing(
    "unknown_name",
    "There is no change of duty of this id that you could take back; /gatehouse oncall lists them with their ids.",
)


async def drop(desk: Desk, press: Press) -> None:
    """`oncall drop [<id>]`: a change of duty is taken back, and what it stood over counts again."""
    found = await ordered(desk, press, "oncall_drop", lambda: read_drop(typed(press)), DROP_USAGE)
    if found is not None:
        await _drop(*found)


async def drop_pressed(desk: Desk, press: Press) -> None:
    """“Take back”, under the answer to an order and in the list of `/gatehouse oncall`."""
    command = await command_of(desk, press, "oncall_drop")
    if command is not None:
        await _drop(command, DropOrder(press.values.get("more", "")))


async def _drop(command: Command, order: DropOrder) -> None:
    duty_id = order.duty_id
    if not duty_id:
        given = (await command.desk.ledger.given()).given
        own = [each for each in given.duty if _is_own(each, given, command.person_id)]
        if len(own) != 1:
            await answer_only(command, cards.which_to_drop(own), outcome="not_understood")
            return
        duty_id = own[0].duty_id
    sight = await look(command.desk)
    dropping = _Dropping(command, DropOrder(duty_id, order.reason), sight)
    await enact(command, dropping.judged, only_takes=True)


@dataclass(frozen=True, slots=True)
class _Dropping:
    """An order whose change is named."""

    command: Command
    order: DropOrder
    sight: Sight

    def judged(self, in_force: InForce) -> Enacted:
        """An offer of one's own ends; a change goes, with its other half where it is one of a swap."""
        given = in_force.given
        offer = given.swap(self.order.duty_id)
        if offer is not None and self.command.person_id in (offer.by.person_id, offer.with_id):
            return end_of_swap(self.command, in_force, offer)
        change = given.duty_change(self.order.duty_id)
        if change is None:
            return unchanged(self.command, in_force, _NOT_YOURS)
        ground: tuple[str, ...] | Refused = ()
        if not _is_own(change, given, self.command.person_id) or _has_begun(change, given, self.command):
            concerned = dict.fromkeys(each.person_id for each in _together(change, given))
            ground = judged_over(self.command, self.sight.tree, in_force, concerned)
        if isinstance(ground, Refused):
            return self._refused(in_force, change, ground)
        return self._dropped(in_force, _together(change, given), ground)

    def _refused(self, in_force: InForce, change: DutyChange, refused: Refused) -> Enacted:
        if _is_own(change, in_force.given, self.command.person_id):
            sentence = (
                "One of the two times of this swap has begun, so it is not taken back: offer another swap."
            )
            return unchanged(self.command, in_force, Nothing("begun", sentence))
        facts = {"of": change.person_id, **in_force_facts(in_force)}
        return refusal(self.command, refused, facts)

    def _dropped(self, in_force: InForce, taken: Sequence[DutyChange], rests_on: Sequence[str]) -> Enacted:
        left = tuple(each for each in in_force.given.duty if each not in taken)
        told = cards.duty_dropped(taken, self.command.presser.person.name, self.order.reason)
        after = in_force.given.model_copy(update={"duty": left})
        concerned = map(in_force.access.person, self._concerned(after, taken))
        reason = self.order.reason
        return Enacted(
            given=after,
            events=[
                duty_event("duty_dropped", self.command, each, in_force, rests_on, reason=reason)
                for each in taken
            ],
            effects=[
                announcement(f"duty:{self.command.press.press_id}", told),
                *duty_notices(self.command, concerned, told),
                answer(self.command.press, told),
            ],
            due=[Due(DueKind.GRANT, each.duty_id, None) for each in taken],
        )

    def _concerned(self, after: Given, taken: Sequence[DutyChange]) -> list[str]:
        """Who was put on call, and who has the turn again."""
        roster, found = self.sight.with_given(after), [each.person_id for each in taken]
        for each in taken:
            left = Span(max(each.starts, self.command.desk.now()), each.ends)
            if each.rota in roster.rotas and left.starts < left.ends:
                found += others_with_turn(roster, each.rota, left, each.person_id)
        return found


def _is_own(change: DutyChange, given: Given, person_id: str) -> bool:
    """Whether somebody arranged it for themselves: alone, or as one of the two of a swap."""
    if change.swap_id:
        return person_id in (change.by.person_id, *(each.person_id for each in _together(change, given)))
    return change.by.person_id == change.person_id == person_id


def _together(change: DutyChange, given: Given) -> tuple[DutyChange, ...]:
    """What goes with it: both halves of a swap."""
    if not change.swap_id:
        return (change,)
    return tuple(each for each in given.duty if each.swap_id == change.swap_id)


def _has_begun(change: DutyChange, given: Given, command: Command) -> bool:
    """Whether half of a swap is done: the other half is owed then."""
    halves = _together(change, given)
    now = command.desk.now()
    return bool(change.swap_id) and (len(halves) < 2 or any(each.starts <= now for each in halves))


async def expire_duty(desk: Desk, taken: TakenDue) -> None:
    """A time is over, or nobody answered an offer. It counts no more from its second on; this takes it away."""
    people = await people_in_file(desk)

    def ended(given: Given) -> Enacted | None:
        change, offer = given.duty_change(taken.case_id), given.swap(taken.case_id)
        if change is not None and change.ends <= desk.now():
            left = tuple(each for each in given.duty if each != change)
            event = event_of("duty_expired", person_id=change.person_id, facts={"duty": duty_facts(change)})
            return Enacted(given=given.model_copy(update={"duty": left}), events=[event])
        if offer is not None and offer.until <= desk.now():
            event = event_of("swap_ended", facts={"swap": swap_facts(offer), "why": "unanswered"})
            tag = f"swap-notice:{offer.swap_id}:over"
            said = notice(tag, people.get(offer.by.person_id), cards.swap_over(offer))
            return Enacted(given=without_offer(given, offer), events=[event], effects=said)
        return None

    if not await enact_by_clock(desk, ended, taken=taken):
        given = (await desk.ledger.given()).given
        change, offer = given.duty_change(taken.case_id), given.swap(taken.case_id)
        if change is not None or offer is not None:
            at = change.ends if change is not None else offer.until if offer is not None else desk.now()
            await desk.ledger.due_later(taken, at)
        else:
            await desk.ledger.due_done(taken)
