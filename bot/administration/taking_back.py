"""Rights taken away on purpose: `/gatehouse revoke` takes back what was given in Slack, `suspend` stops a person.

For what was not given in Slack, `revoke` names where that stands. `lift` ends a suspension, by somebody else.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.administration.enacting import (
    Command,
    Enacted,
    announcement,
    enact,
    in_force_facts,
    notice,
    ordered,
    refusal,
)
from bot.administration.ending import with_what_falls
from bot.administration.finding import Found, administers, find
from bot.administration.giving import grant_facts
from bot.administration.orders import (
    LIFT_USAGE,
    REVOKE_USAGE,
    SUSPEND_USAGE,
    PersonOrder,
    RevokeOrder,
    read_person_order,
    read_revoke,
    words_of,
)
from bot.cards.kit.blocks import Rendered
from bot.cards.messages import administration as cards
from bot.cards.messages import answers
from bot.cards.messages.administration import in_words
from bot.desk import Desk, InForce, actor_of, answer, as_grant, event_of
from bot.models import Due, DueKind, Effect, Event, Press, SlackGrant, Suspension, Urgency
from permissions import (
    Allowed,
    Grant,
    Origin,
    RefusalReason,
    Refused,
    Source,
    Verdict,
    judge_lifting,
    judge_revoke,
    judge_suspension,
    same_id,
)
from permissions.catalogue import folded, resolve


async def revoke(desk: Desk, press: Press) -> None:
    """The command with everything typed."""
    understood = await ordered(desk, press, "revoke", lambda: read_revoke(words_of(press.text)), REVOKE_USAGE)
    if understood is None:
        return
    command, order = understood
    found = await find(command, who=order.who, where=order.organization)
    if found is not None:
        revoking = _Revoking(command, order, found)
        await enact(command, lambda now: with_what_falls(now, revoking.judged(now)), only_takes=True)


@dataclass(frozen=True, slots=True)
class _Revoking:
    """An order whose names are understood."""

    command: Command
    order: RevokeOrder
    found: Found

    def judged(self, in_force: InForce) -> Enacted:
        """Each fitting grant on its own: those that may be taken back are; the first refusal is told else."""
        fitting = [each for each in in_force.given.grants if self._fits_given(each)]
        verdicts = [self._judge(_as_judged(each, in_force), in_force) for each in fitting]
        taken = [
            each for each, verdict in zip(fitting, verdicts, strict=True) if isinstance(verdict, Allowed)
        ]
        if taken:
            rests_on = [v for v in verdicts if isinstance(v, Allowed)]
            return self._enacted(in_force, taken, rests_on, left=len(fitting) - len(taken))
        refused = next(
            (
                verdict
                for each, verdict in zip(fitting, verdicts, strict=True)
                if isinstance(verdict, Refused) and self._in_sight(each.organization_id)
            ),
            None,
        )
        return self._nothing(in_force, refused or self._elsewhere(in_force))

    def _judge(self, grant: Grant, in_force: InForce) -> Allowed | Refused:
        return judge_revoke(
            self.command.person_id, grant, in_force.access, self.found.tree, self.command.desk.now()
        )

    def _in_sight(self, organization_id: str) -> bool:
        """Whether the presser may learn what the person holds there; of the rest not even that there is some."""
        if self.found.person.person_id == self.command.person_id:
            return True
        return bool(administers(self.command, self.found.tree) & {same_id(organization_id)})

    def _elsewhere(self, in_force: InForce) -> Refused | None:
        """Why what was not given in Slack cannot be taken back here: the line of the file, if one may know it."""
        others = [
            each
            for each in in_force.access.grants_of(self.found.person.person_id)
            if each.origin.source is not Source.SLACK
            and self._fits(each)
            and self._in_sight(each.organization_id)
        ]
        verdicts = [each for grant in others if isinstance(each := self._judge(grant, in_force), Refused)]
        named = [each for each in verdicts if each.why is RefusalReason.GIVEN_ELSEWHERE]
        return next(iter(named or verdicts), None)

    def _nothing(self, in_force: InForce, refused: Refused | None) -> Enacted:
        facts = {"of": self.found.person.person_id, **in_force_facts(in_force)}
        if refused is not None:
            return refusal(self.command, refused, facts)
        event = event_of(
            "administration_not_judged",
            self.command.press,
            person_id=self.command.person_id,
            facts={"order": "revoke", "outcome": "nothing_fits", **facts},
        )
        sentence = "There is no such grant to take back. /gatehouse grants lists what was given in Slack."
        return Enacted(events=[event], effects=[answer(self.command.press, answers.refused(sentence))])

    def _enacted(
        self, in_force: InForce, taken: Sequence[SlackGrant], verdicts: Sequence[Allowed], *, left: int
    ) -> Enacted:
        by = self.command.presser.person.name
        events = [
            event_of(
                "grant_revoked",
                self.command.press,
                organization_id=each.organization_id,
                person_id=self.command.person_id,
                facts={
                    "grant": grant_facts(each),
                    "rests_on": list(map(str, verdict.rests_on)),
                    **in_force_facts(in_force),
                },
                private={"reason": self.order.reason, "by": by, "from": each.person_name},
            )
            for each, verdict in zip(taken, verdicts, strict=True)
        ]
        lines = [
            f"{each.person_name} no longer has {each.what} at {each.organization_name}." for each in taken
        ]
        if left:
            lines.append(f"{left} more you may not take back.")
        tag = self.command.press.press_id
        told = cards.revoked_from_you(taken, by, self.order.reason)
        return Enacted(
            given=in_force.given.without(*(each.grant_id for each in taken)),
            events=events,
            effects=[
                *self._announcements(taken),
                *notice(f"revoke-notice:{tag}", self.found.person, told),
                answer(self.command.press, cards.done(lines)),
            ],
            due=[Due(DueKind.GRANT, each.grant_id, None) for each in taken],
        )

    def _announcements(self, taken: Sequence[SlackGrant]) -> list[Effect]:
        """One message per organization: each has its own audit channel."""
        by, reason = self.command.presser.person.name, self.order.reason
        places = dict.fromkeys(each.organization_id for each in taken)
        return [
            announcement(
                f"revoke:{self.command.press.press_id}:{place}",
                cards.revoked([each for each in taken if each.organization_id == place], by, reason),
                place,
            )
            for place in places
        ]

    def _fits_given(self, given: SlackGrant) -> bool:
        if given.person_id != self.found.person.person_id:
            return False
        return self._fits_names(given.what, {given.permission, given.role}, given.organization_id)

    def _fits(self, grant: Grant) -> bool:
        return self._fits_names(
            in_words(grant), {*grant.permissions, grant.role or ""}, grant.organization_id
        )

    def _fits_names(self, words: str, names: set[str], organization_id: str) -> bool:
        if self.found.organization_id and same_id(organization_id) != self.found.organization_id:
            return False
        if not self.order.what:
            return True
        wanted = folded(resolve(self.order.what) or self.order.what)
        return wanted == folded(words) or wanted in {folded(each) for each in names if each}


def _as_judged(given: SlackGrant, in_force: InForce) -> Grant:
    """The grant as the gate reads it; a role that is gone can still be taken back."""
    return as_grant(given, in_force.file, in_force.given) or Grant(
        person_id=given.person_id,
        permissions=frozenset(),
        organization_id=given.organization_id,
        role=given.role,
        until=given.until,
        origin=Origin(Source.SLACK, given.grant_id),
    )


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
    understood = await ordered(desk, press, word, lambda: read_person_order(words_of(press.text)), usage)
    if understood is None:
        return None
    command, order = understood
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
