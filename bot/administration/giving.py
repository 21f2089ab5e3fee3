"""`/gatehouse grant`: one permission or role, for one person, in one organization, until a time, with a reason.

Typed, or as a modal that only offers: its submission is judged anew.
"""

from __future__ import annotations

from collections.abc import Iterable
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
from bot.administration.finding import Found, Unknown, find, naming, not_found, tree_trouble
from bot.administration.orders import (
    GRANT_USAGE,
    GrantOrder,
    Someone,
    Terms,
    end_of,
    fault_in,
    fault_in_reason,
    read_grant,
    words_of,
)
from bot.cards.case import modals
from bot.cards.kit import ids, limits
from bot.cards.kit.words import short
from bot.cards.messages import administration as cards
from bot.desk import Desk, Filled, InForce, actor_of, answer, as_grant, event_of, loading, new_id, show_form
from bot.models import Due, DueKind, Press, SlackGrant, SlackRole
from bot.portal import PortalError
from bot.rules.typed import Misread
from permissions import (
    BUILT_IN_ROLES,
    PERMISSIONS,
    Access,
    Action,
    Allowed,
    Grant,
    OrganizationTree,
    RefusalReason,
    Refused,
    judge_grant,
    organizations_in_view,
    role_at,
)
from permissions.catalogue import BIT, nearest, resolve
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
    found = await find(command, who=order.who, where=order.organization, gives=True)
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


_SPANS = ("1h", "4h", "24h", "3d", "7d", "30d")


async def grant_or_form(desk: Desk, press: Press) -> None:
    """`/gatehouse grant …`; without anything after it the modal opens."""
    await (grant if words_of(press.text) else open_form)(desk, press)


async def open_form(desk: Desk, press: Press) -> None:
    """Open the modal at once, then fill it with what the presser may give."""
    command = await command_of(desk, press, "grant form")
    if command is None:
        return
    facts = {"form": "grant"}
    asked = event_of("form_asked_for", press, person_id=command.person_id, facts=facts)
    opened = event_of("form_opened", press, person_id=command.person_id, facts=facts)

    async def fill() -> Filled:
        return Filled(_view(command, await desk.tree.current()), opened)

    def not_asked(error: PortalError) -> Filled:
        return Filled(modals.said_modal("Grant", [f"{tree_trouble(error)} Nothing was given."]), opened)

    await show_form(desk, press, asked, loading(desk, press, cards.grant_loading()), fill, not_asked)


async def submit_form(desk: Desk, press: Press) -> None:
    """The modal was submitted: an order like a typed one."""
    command = await command_of(desk, press, "grant")
    if command is not None:
        await give(command, _order(command))


def _order(command: Command) -> GrantOrder | Misread:
    values, on = command.press.values, terms(command.desk)
    reason = values.get(ids.REASON_BLOCK, "").strip()
    until = end_of(values.get(ids.UNTIL_BLOCK, ""), on.now)
    if isinstance(until, str):
        return Misread(until)
    if fault := fault_in_reason(reason) or fault_in(until, on.now, on.longest):
        return Misread(fault)
    return GrantOrder(
        Someone(slack_user_id=values.get(ids.PERSON_BLOCK, "")),
        values.get(ids.WHAT_BLOCK, ""),
        values.get(ids.ORGANIZATION_BLOCK, ""),
        until,
        reason,
    )


def _view(command: Command, tree: OrganizationTree) -> dict[str, object]:
    """The form; for who may give nothing anywhere, that sentence."""
    desk, access = command.desk, command.presser.access
    gates = {
        action: organizations_in_view(command.person_id, access, tree, desk.now(), action)
        for action in (Action.CHANGE_PERMISSIONS, Action.ASSIGN_ROLES)
    }
    what = [
        *_permissions(command, tree, gates[Action.CHANGE_PERMISSIONS]),
        *_roles(command, tree, gates[Action.ASSIGN_ROLES]),
    ]
    places = frozenset().union(*gates.values())
    if not what:
        sentence = (
            "You may give nothing from Slack: single permissions need Change Permission with View or Edit "
            "Administrators, roles need Assign Roles, in the organization where they are to count."
        )
        return modals.said_modal("Grant", [sentence])
    name = naming(access, tree)
    organizations = sorted((short(name(each), limits.OPTION_TEXT), each) for each in places)
    return cards.grant_modal(cards.GrantForm(what=what, organizations=organizations, spans=_spans(desk)))


def _permissions(
    command: Command, tree: OrganizationTree, organization_ids: Iterable[str]
) -> list[tuple[str, str]]:
    """Current permissions that the presser has in any of these organizations: nobody gives more than that."""
    access, now, bits = command.presser.access, command.desk.now(), 0
    for each in organization_ids:
        place = tree.place(each)
        if place is not None:
            bits |= access.held(command.person_id, place, now, fresh=tree.is_fresh(now))[0]
    names = [name for name, row in PERMISSIONS.items() if BIT[name] & bits and not row.deprecated]
    return [(short(name, limits.OPTION_TEXT), name) for name in names]


def _roles(
    command: Command, tree: OrganizationTree, organization_ids: Iterable[str]
) -> list[tuple[str, str]]:
    """The roles that exist in any of these organizations; a name too long for a menu has to be typed."""
    access = command.presser.access
    names = (*BUILT_IN_ROLES, *(each.name for each in access.roles))
    places = list(organization_ids)
    there = [name for name in names if any(role_at(name, each, access, tree) for each in places)]
    values = [
        (short(f"Role {name}", limits.OPTION_TEXT), f"{ROLE_WORD}{name}") for name in dict.fromkeys(there)
    ]
    return [each for each in values if len(each[1]) <= limits.OPTION_VALUE]


def _spans(desk: Desk) -> list[tuple[str, str]]:
    """How long, one shift first; nothing beyond the longest."""
    on = terms(desk)
    shift = f"{round(on.shift.total_seconds() / 60)}m"
    spans = [(f"One shift ({on.shift.total_seconds() / 3600:g} h)", shift)]
    for each in _SPANS:
        end = end_of(each, on.now)
        if not isinstance(end, str) and not fault_in(end, on.now, on.longest):
            spans.append((each, each))
    return spans
