"""`/gatehouse grant`: one permission or role, for one person, in one organization, until a time, with a reason."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

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
from bot.administration.finding import Found, find, not_found
from bot.administration.orders import GRANT_USAGE, GrantOrder, Terms, read_grant, words_of
from bot.administration.placing import Unknown
from bot.cards.messages import administration as cards
from bot.desk import Desk, InForce, actor_of, answer, as_grant, event_of, new_id
from bot.models import Due, DueKind, Press, SlackGrant, SlackRole
from bot.rules.typed import Misread
from permissions import (
    BUILT_IN_ROLES,
    Access,
    Allowed,
    Grant,
    OrganizationTree,
    RefusalReason,
    Refused,
    judge_grant,
    role_at,
)
from permissions.catalogue import nearest, resolve
from permissions.roles import built_in, super_admin_words

ROLE_WORD = "role "
"""Before a name that a role and a permission share."""


async def grant(desk: Desk, press: Press) -> None:
    """The command with everything typed."""
    command = await command_of(desk, press, "grant")
    if command is not None:
        await give(command, read_grant(words_of(press.text), terms(desk)))


async def give(command: Command, order: GrantOrder | Misread) -> None:
    """Find out who, what and where is meant, then judge and give in one step."""
    if isinstance(order, Misread):
        await misread(command, order.why, GRANT_USAGE)
        return
    found = await find(command, who=order.who, where=order.organization)
    if found is None:
        return
    what = meant(order.what, found.organization_id, command.presser.access, found.tree)
    if isinstance(what, Unknown):
        await not_found(command, what)
        return
    await enact(command, _Giving(command, order, found, what, new_id("g")).judged)


def terms(desk: Desk) -> Terms:
    """What ends are reckoned with now."""
    rules = desk.rules
    return Terms(desk.now(), rules.escalation.zone, rules.access.shift, rules.access.longest_grant)


@dataclass(frozen=True, slots=True)
class Meant:
    """A permission, or a role, by its exact name."""

    permission: str = ""
    role: str = ""


def meant(what: str, organization_id: str, access: Access, tree: OrganizationTree) -> Meant | Unknown:
    """The permission of this name in any spelling of the portal's, else the role that exists there."""
    only_role = what.casefold().startswith(ROLE_WORD)
    permission = None if only_role else resolve(what)
    if permission is not None:
        return Meant(permission=permission)
    spelled = what[len(ROLE_WORD) :].strip() if only_role else what
    role = role_at(spelled, organization_id, access, tree)
    if role is not None:
        return Meant(role=role.name)
    # Only what exists there: another organization's role is not told to whoever comes near its name.
    there = (
        each.name for each in access.roles if role_at(each.name, organization_id, access, tree) is not None
    )
    known = nearest(spelled, (*BUILT_IN_ROLES, *there))
    near = known if only_role else nearest(spelled) or known
    hint = f" Did you mean {near}?" if near else " The names are those of the portal's Users page."
    return Unknown(f"There is no permission and no role {what} at that organization.{hint}")


@dataclass(frozen=True, slots=True)
class _Giving:
    """An order whose names are understood."""

    command: Command
    order: GrantOrder
    found: Found
    what: Meant
    grant_id: str

    def judged(self, in_force: InForce) -> Enacted:
        """The gate and our limits on what is in force now; then the grant, or why not."""
        access, now = in_force.access, self.command.desk.now()
        given = self._given(now, in_force)
        wanted = as_grant(given, in_force.file, in_force.given)
        facts = {"grant": grant_facts(given), **in_force_facts(in_force)}
        if wanted is None:
            sentence = f"The role {given.role} does not exist at {given.organization_name} any more."
            gone = Refused(RefusalReason.UNKNOWN_ROLE, (), self.found.organization_id, lambda: sentence)
            return refusal(self.command, gone, facts)
        verdict = judge_grant(self.command.person_id, wanted, access, self.found.tree, now)
        if isinstance(verdict, Refused):
            return refusal(self.command, verdict, facts)
        return self._enacted(in_force, given, wanted, verdict, facts)

    def _given(self, now: datetime, in_force: InForce) -> SlackGrant:
        place = self.found.tree.place(self.found.organization_id)
        made = in_force.slack_role(self.what.role, self.found.organization_id) if self.what.role else None
        return SlackGrant(
            grant_id=self.grant_id,
            person_id=self.found.person.person_id,
            person_name=self.found.person.name,
            permission=self.what.permission,
            role=self.what.role,
            role_id=made.role_id if made and self._is_meant(made, in_force) else "",
            organization_id=self.found.organization_id,
            organization_name=place.name if place else self.found.organization_id,
            until=self.order.until,
            given_by=actor_of(self.command.presser.person, self.command.press),
            given_at=now,
            reason=self.order.reason,
        )

    def _is_meant(self, made: SlackRole, in_force: InForce) -> bool:
        """Whether the name means the role that was made in Slack, and not a built-in one or the file's."""
        return built_in(made.name) is None and in_force.displacing(made) is None

    def _enacted(
        self, in_force: InForce, given: SlackGrant, wanted: Grant, verdict: Allowed, facts: dict[str, object]
    ) -> Enacted:
        """The grant in the place of an earlier one of the same thing; its end armed; announced and told."""
        before = [each for each in in_force.given.grants if _same_thing(each, given)]
        kept = in_force.given.without(*(each.grant_id for each in before))
        event = event_of(
            "grant_given",
            self.command.press,
            organization_id=given.organization_id,
            person_id=self.command.person_id,
            facts={
                **facts,
                "replaces": [each.grant_id for each in before],
                "rests_on": list(map(str, verdict.rests_on)),
            },
            private={"reason": given.reason, "by": given.given_by.name, "to": given.person_name},
        )
        words = super_admin_words(wanted.permissions, given.organization_name) or ""
        amounts_to = f"{given.person_name} is {words}" if words else ""
        where, end = given.organization_name, f"{given.until:%Y-%m-%d %H:%M} UTC"
        done = f"{given.person_name} has {given.what} at {where} until {end}."
        return Enacted(
            given=kept.model_copy(update={"grants": (*kept.grants, given)}),
            events=[event],
            effects=[
                announcement(
                    f"grant:{given.grant_id}", cards.granted(given, amounts_to), given.organization_id
                ),
                *notice(f"grant-notice:{given.grant_id}", self.found.person, cards.granted_to_you(given)),
                answer(self.command.press, cards.done([done, *([f"{amounts_to}."] if amounts_to else [])])),
            ],
            due=[
                *(Due(DueKind.GRANT, each.grant_id, None) for each in before),
                Due(DueKind.GRANT, given.grant_id, given.until),
            ],
        )


def grant_facts(given: SlackGrant) -> dict[str, object]:
    """A grant as the record keeps it for ever: ids, names of rights, times."""
    return {
        "grant_id": given.grant_id,
        "person_id": given.person_id,
        "what": given.what,
        "organization_id": given.organization_id,
        "until": given.until.isoformat(),
        "given_by": given.given_by.person_id,
    }


def _same_thing(one: SlackGrant, other: SlackGrant) -> bool:
    """The same permission or role of the same person in the same organization: the newer end counts."""
    same = (one.person_id, one.what, one.organization_id)
    return same == (other.person_id, other.what, other.organization_id)
