"""`/gatehouse revoke`: takes back what was given in Slack; for anything else it names where that stands."""

from __future__ import annotations

from collections.abc import Sequence
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
from bot.administration.giving import grant_facts
from bot.administration.orders import REVOKE_USAGE, RevokeOrder, read_revoke, words_of
from bot.cards.messages import administration as cards
from bot.cards.messages import answers
from bot.cards.messages.grant_words import in_words
from bot.desk import Desk, InForce, answer, as_grant, event_of
from bot.models import Due, DueKind, Effect, Press, SlackGrant
from bot.rules.typed import Misread
from permissions import (
    Allowed,
    Grant,
    Origin,
    RefusalReason,
    Refused,
    Source,
    judge_revoke,
    same_id,
)
from permissions.catalogue import folded, resolve


async def revoke(desk: Desk, press: Press) -> None:
    """The command with everything typed."""
    command = await command_of(desk, press, "revoke")
    if command is None:
        return
    order = read_revoke(words_of(press.text))
    if isinstance(order, Misread):
        await misread(command, order.why, REVOKE_USAGE)
        return
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
        refused = next((each for each in verdicts if isinstance(each, Refused)), None)
        return self._nothing(in_force, refused or self._elsewhere(in_force))

    def _judge(self, grant: Grant, in_force: InForce) -> Allowed | Refused:
        return judge_revoke(
            self.command.person_id, grant, in_force.access, self.found.tree, self.command.desk.now()
        )

    def _elsewhere(self, in_force: InForce) -> Refused | None:
        """Why what was not given in Slack cannot be taken back here: the line of the file, if one may know it."""
        others = [
            each
            for each in in_force.access.grants_of(self.found.person.person_id)
            if each.origin.source is not Source.SLACK and self._fits(each)
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
