"""`/gatehouse suspend` and `lift`: everything of one person stops on all replicas, until somebody else lifts it."""

from __future__ import annotations

from dataclasses import dataclass

from bot.administration.enacting import (
    Command,
    Enacted,
    announcement,
    command_of,
    enact,
    in_force_facts,
    misread,
    notice,
    refusal,
)
from bot.administration.falling import with_what_falls
from bot.administration.finding import Found, find
from bot.administration.orders import (
    LIFT_USAGE,
    SUSPEND_USAGE,
    PersonOrder,
    read_person_order,
    words_of,
)
from bot.cards.kit.rendered import Rendered
from bot.cards.messages import administration as cards
from bot.cards.messages import answers
from bot.desk import Desk, InForce, actor_of, answer, event_of
from bot.models import Effect, Event, Press, Suspension, Urgency
from bot.rules.typed import Misread
from permissions import Refused, Verdict, judge_lifting, judge_suspension


async def suspend(desk: Desk, press: Press) -> None:
    """`/gatehouse suspend @person because …`."""
    order = await _read(desk, press, "suspend", SUSPEND_USAGE)
    if order is not None:
        await enact(order.command, lambda now: with_what_falls(now, order.suspended(now)), only_takes=True)


async def lift(desk: Desk, press: Press) -> None:
    """`/gatehouse lift @person because …`."""
    order = await _read(desk, press, "lift", LIFT_USAGE)
    if order is not None:
        await enact(order.command, lambda now: with_what_falls(now, order.lifted(now)))


async def _read(desk: Desk, press: Press, word: str, usage: str) -> _Order | None:
    """The order with its names understood; None: the press is answered."""
    command = await command_of(desk, press, word)
    if command is None:
        return None
    order = read_person_order(words_of(press.text))
    if isinstance(order, Misread):
        await misread(command, order.why, usage)
        return None
    found = await find(command, who=order.who)
    return _Order(command, order, found) if found else None


@dataclass(frozen=True, slots=True)
class _Order:
    """An order about one person."""

    command: Command
    order: PersonOrder
    found: Found

    def suspended(self, in_force: InForce) -> Enacted:
        """The suspension, or why not. What was given stays given: it counts again when this is lifted."""
        verdict = judge_suspension(*self._who, in_force.access, self.found.tree, self.command.desk.now())
        if isinstance(verdict, Refused):
            return self._refused(in_force, verdict)
        person = self.found.person
        already = in_force.suspension_of(person.person_id)
        if already is not None:
            return self._only_said(in_force, f"{person.name} is suspended already, by {already.by.name}.")
        suspension = Suspension(
            person_id=person.person_id,
            person_name=person.name,
            by=actor_of(self.command.presser.person, self.command.press),
            at=self.command.desk.now(),
            reason=self.order.reason,
        )
        given = in_force.given
        told = cards.done([f"{person.name} is suspended: nothing that they hold counts, on any replica."])
        return Enacted(
            given=given.model_copy(update={"suspensions": (*given.suspensions, suspension)}),
            events=[self._event("person_suspended", in_force, verdict)],
            effects=self._effects(cards.suspended(suspension), told),
        )

    def lifted(self, in_force: InForce) -> Enacted:
        """The end of the suspension, or why not."""
        verdict = judge_lifting(*self._who, in_force.access, self.found.tree, self.command.desk.now())
        if isinstance(verdict, Refused):
            return self._refused(in_force, verdict)
        person = self.found.person
        suspension = in_force.suspension_of(person.person_id)
        if suspension is None:
            return self._only_said(in_force, f"{person.name} is not suspended.")
        given = in_force.given
        left = tuple(each for each in given.suspensions if each.person_id != person.person_id)
        told = cards.done([f"What {person.name} holds counts again."])
        said = cards.lifted(suspension, self.command.presser.person.name, self.order.reason)
        return Enacted(
            given=given.model_copy(update={"suspensions": left}),
            events=[self._event("suspension_lifted", in_force, verdict)],
            effects=self._effects(said, told),
        )

    @property
    def _who(self) -> tuple[str, str]:
        """Who orders it, about whom."""
        return self.command.person_id, self.found.person.person_id

    def _effects(self, said: Rendered, told: Rendered) -> list[Effect]:
        word = self.command.word
        tag = f"{word}:{self.command.press.press_id}"
        return [
            announcement(tag, said).model_copy(update={"urgency": Urgency.ESCALATION}),
            *notice(f"{word}-notice:{self.command.press.press_id}", self.found.person, said),
            answer(self.command.press, told),
        ]

    def _event(self, name: str, in_force: InForce, verdict: Verdict) -> Event:
        rests_on = [] if isinstance(verdict, Refused) else list(map(str, verdict.rests_on))
        return event_of(
            name,
            self.command.press,
            person_id=self.command.person_id,
            facts={"of": self.found.person.person_id, "rests_on": rests_on, **in_force_facts(in_force)},
            private={
                "reason": self.order.reason,
                "by": self.command.presser.person.name,
                "name": self.found.person.name,
            },
        )

    def _refused(self, in_force: InForce, verdict: Refused) -> Enacted:
        facts = {"of": self.found.person.person_id, **in_force_facts(in_force)}
        return refusal(self.command, verdict, facts)

    def _only_said(self, in_force: InForce, sentence: str) -> Enacted:
        facts = {
            "order": self.command.word,
            "outcome": "nothing_to_do",
            "of": self.found.person.person_id,
            **in_force_facts(in_force),
        }
        event = event_of(
            "administration_not_judged", self.command.press, person_id=self.command.person_id, facts=facts
        )
        return Enacted(events=[event], effects=[answer(self.command.press, answers.said(sentence))])
