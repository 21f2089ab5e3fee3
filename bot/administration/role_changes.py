"""What becomes of an order about a role: judged on what is in force, then the next state, its record and what is said.

A role gives nothing until somebody is given it. Deleting it takes it from nobody: giving and taking need Assign Roles,
which a Role Administrator may lack. So a role that is held stays until it is taken back or its grants have ended.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.administration.asking import may_ask
from bot.administration.enacting import Command, Enacted, announcement, in_force_facts, notice, refusal
from bot.administration.finding import Found
from bot.administration.role_orders import RoleOrder, RoleVerb
from bot.cards.messages import administration as cards
from bot.cards.messages import administration_roles as role_cards
from bot.cards.messages import answers
from bot.desk import InForce, actor_of, answer, as_role, event_of
from bot.models import Effect, Given, SlackGrant, SlackRole
from permissions import (
    Action,
    Ask,
    RefusalReason,
    Refused,
    Role,
    judge,
    judge_role_change,
    role_at,
)
from permissions.catalogue import in_catalogue_order
from permissions.roles import super_admin_words
from permissions.words import listed

MOST_ROLES = 100
"""Our choice: what was given in Slack is read and written as a whole."""
_EVENTS = {
    RoleVerb.MAKE: "role_made",
    RoleVerb.CHANGE: "role_changed",
    RoleVerb.DELETE: "role_deleted",
}
_DONE = {RoleVerb.MAKE: "made", RoleVerb.CHANGE: "changed", RoleVerb.DELETE: "deleted"}


@dataclass(frozen=True, slots=True)
class Shown:
    """The role and the revision that a form showed."""

    role_id: str
    revision: int


@dataclass(frozen=True, slots=True)
class Work:
    """An order whose names are understood."""

    command: Command
    order: RoleOrder
    found: Found
    new_id: str
    """For a role that is made."""
    shown: Shown | None = None
    """None: typed, so it is about the role of that name as it stands now."""

    def judged(self, in_force: InForce) -> Enacted:
        """The gate first, so that nobody learns of a role without it; then the change, or why not."""
        ask = Ask(
            person_id=self.command.person_id, action=Action.ADMINISTER_ROLES, organization_id=self._place
        )
        gate = judge(ask, in_force.access, self.found.tree, self.command.desk.now())
        if isinstance(gate, Refused):
            return self._refused(in_force, gate)
        if self.order.verb is RoleVerb.MAKE:
            return self._made(in_force)
        found = self._standing(in_force)
        if isinstance(found, SlackRole):
            return (self._changed if self.order.verb is RoleVerb.CHANGE else self._deleted)(in_force, found)
        return found

    # --- the three changes ---

    def _made(self, in_force: InForce) -> Enacted:
        if len(in_force.given.roles) >= MOST_ROLES:
            return self._only_said(
                in_force,
                f"{MOST_ROLES} roles have been made in Slack, which is the most; more belong in the access file.",
                "too_many",
            )
        place, now = self.found.tree.place(self._place), self.command.desk.now()
        by = actor_of(self.command.presser.person, self.command.press)
        role = SlackRole(
            role_id=self.new_id,
            name=self.order.name,
            permissions=self.order.add,
            organization_id=self._place,
            organization_name=place.name if place else self._place,
            made_by=by,
            made_at=now,
            changed_by=by,
            changed_at=now,
            reason=self.order.reason,
        )
        return self._enacted(in_force, None, role)

    def _changed(self, in_force: InForce, before: SlackRole) -> Enacted:
        had = set(before.permissions)
        wanted = (had | set(self.order.add)) - set(self.order.remove)
        if not wanted:
            return self._only_said(
                in_force, "A role without any permission gives nothing; delete it instead.", "empty"
            )
        if wanted == had:
            sentence = f"The role {before.name} is like that already: {listed(before.permissions)}."
            return self._only_said(in_force, sentence, "nothing_to_do")
        after = before.model_copy(
            update={
                "revision": before.revision + 1,
                "permissions": in_catalogue_order(wanted),
                "changed_by": actor_of(self.command.presser.person, self.command.press),
                "changed_at": self.command.desk.now(),
                "reason": self.order.reason,
            }
        )
        return self._enacted(in_force, before, after)

    def _deleted(self, in_force: InForce, before: SlackRole) -> Enacted:
        return self._enacted(in_force, before, None)

    def _enacted(self, in_force: InForce, before: SlackRole | None, after: SlackRole | None) -> Enacted:
        """The rule and its limits; then the next state, its record, the announcement and who hears of it."""
        now = self.command.desk.now()
        verdict = judge_role_change(
            self.command.person_id,
            self._place,
            in_force.access,
            self.found.tree,
            now,
            before=as_role(before) if before else None,
            after=as_role(after) if after else None,
        )
        if isinstance(verdict, Refused):
            return self._refused(in_force, verdict, before)
        if before is not None and after is None and (held := in_force.given.holders(before.role_id, now)):
            return self._refused(in_force, self._held(before, held), before)
        change = self._change(before, after)
        facts = {
            "role": role_facts(change.role),
            "added": list(change.added),
            "removed": list(change.removed),
            "rests_on": list(map(str, verdict.rests_on)),
            **in_force_facts(in_force),
        }
        event = event_of(
            _EVENTS[self.order.verb],
            self.command.press,
            organization_id=self._place,
            person_id=self.command.person_id,
            facts=facts,
            private={"reason": self.order.reason, "by": change.by},
        )
        return Enacted(
            given=_next(in_force.given, before, after),
            events=[event],
            effects=self._effects(in_force, change, now),
        )

    def _change(self, before: SlackRole | None, after: SlackRole | None) -> role_cards.RoleChange:
        role = after or before
        if role is None:
            raise ValueError("a change of a role needs the role before or after it")
        had = frozenset(before.permissions if before else ())
        has = frozenset(after.permissions if after else ())
        return role_cards.RoleChange(
            verb=_DONE[self.order.verb],
            role=role,
            added=in_catalogue_order(has - had),
            removed=in_catalogue_order(had - has),
            by=self.command.presser.person.name,
            reason=self.order.reason,
            amounts_to=super_admin_words(has, role.organization_name) or "",
        )

    # --- what is said ---

    def _effects(self, in_force: InForce, change: role_cards.RoleChange, now: datetime) -> list[Effect]:
        tag = self.command.press.press_id
        held = in_force.given.holders(change.role.role_id, now)
        told = role_cards.role_of_yours_changed(change)
        notices = [
            effect
            for person_id in sorted({each.person_id for each in held})
            for effect in notice(f"role-notice:{tag}:{person_id}", in_force.file.person(person_id), told)
        ]
        lines = [f"{change.difference[:1].upper()}{change.difference[1:]}."]
        if change.amounts_to:
            lines.append(f"Whoever has it is {change.amounts_to}.")
        if self.order.verb is RoleVerb.MAKE:
            lines.append("Nobody has it yet: /gatehouse grant gives it, by somebody with Assign Roles there.")
        return [
            announcement(f"role:{tag}", role_cards.role_changed(change), self._place),
            *notices,
            answer(self.command.press, cards.done(lines)),
        ]

    def _standing(self, in_force: InForce) -> SlackRole | Enacted:
        """The role that is meant, as it stands now; or why it cannot be changed here."""
        if self.shown is not None:
            role = in_force.given.role(self.shown.role_id)
            if role is None or role.revision != self.shown.revision:
                return self._overtaken(in_force, role)
        else:
            role = in_force.slack_role(self.order.name, self._place)
        # A role that rests may go, and be nothing else until the file lets go of its name.
        if role is not None and (self.order.verb is RoleVerb.DELETE or in_force.displacing(role) is None):
            return role
        other = role_at(self.order.name, self._place, in_force.access, self.found.tree)
        if other is None and role is not None:
            other = in_force.displacing(role)
        return self._not_ours(in_force, other)

    def _not_ours(self, in_force: InForce, other: Role | None) -> Enacted:
        """The role of that name was not made in Slack, or there is none."""
        if other is None:
            sentence = f"There is no role {self.order.name} there. /gatehouse roles lists them."
            return self._only_said(in_force, sentence, "unknown_role")
        verdict = judge_role_change(
            self.command.person_id,
            self._place,
            in_force.access,
            self.found.tree,
            self.command.desk.now(),
            before=other,
            after=None,
        )
        if isinstance(verdict, Refused):
            return self._refused(in_force, verdict)
        raise RuntimeError(f"the role {other.name} of {other.origin} was taken for one that Slack may change")

    def _overtaken(self, in_force: InForce, now: SlackRole | None) -> Enacted:
        """P8: the form showed a revision that is none any more."""
        what = (
            f"was changed meanwhile by {now.changed_by.name}; it contains {listed(now.permissions)}"
            if now
            else "was deleted meanwhile"
        )
        sentence = (
            f"The role {self.order.name} {what}. Nothing was changed; look at it again and decide anew."
        )
        return self._only_said(in_force, sentence, "changed_meanwhile")

    def _held(self, role: SlackRole, held: Sequence[SlackGrant]) -> Refused:
        """Who still has it, named to those who may ask about others there."""
        names = tuple(dict.fromkeys(each.person_name for each in held))
        who = listed(names) if may_ask(self.command, self.found.tree, self._place) else f"{len(names)} people"
        if len(names) == 1 and who.startswith("1 "):
            who = "Somebody"
        verb = "has" if len(names) == 1 else "have"
        sentence = (
            f"{who} still {verb} the role {role.name} at {role.organization_name}, so it is not deleted: that would "
            "take it from them. Somebody with Assign Roles takes it back first (/gatehouse revoke), or it ends by "
            "itself."
        )
        return Refused(RefusalReason.ROLE_HELD, (), self._place, lambda: sentence)

    def _refused(self, in_force: InForce, verdict: Refused, role: SlackRole | None = None) -> Enacted:
        facts: dict[str, object] = {"change": self.order.verb.value, **in_force_facts(in_force)}
        if role is not None:
            facts["role"] = role_facts(role)
        return refusal(self.command, verdict, facts)

    def _only_said(self, in_force: InForce, sentence: str, outcome: str) -> Enacted:
        event = event_of(
            "administration_not_judged",
            self.command.press,
            organization_id=self._place,
            person_id=self.command.person_id,
            facts={"order": "role", "outcome": outcome, **in_force_facts(in_force)},
        )
        return Enacted(events=[event], effects=[answer(self.command.press, answers.refused(sentence))])

    @property
    def _place(self) -> str:
        return self.found.organization_id


def role_facts(role: SlackRole) -> dict[str, object]:
    """A role as the record keeps it for ever."""
    return {
        "role_id": role.role_id,
        "revision": role.revision,
        "name": role.name,
        "organization_id": role.organization_id,
        "permissions": list(role.permissions),
    }


def _next(given: Given, before: SlackRole | None, after: SlackRole | None) -> Given:
    """The same with the role made, changed or gone."""
    if before is None and after is not None:
        return given.model_copy(update={"roles": (*given.roles, after)})
    gone = before.role_id if before else ""
    roles = tuple(after if each.role_id == gone else each for each in given.roles)
    left = tuple(each for each in roles if each is not None)
    resting = tuple(each for each in given.resting_roles if after is not None or each != gone)
    return given.model_copy(update={"roles": left, "resting_roles": resting})
