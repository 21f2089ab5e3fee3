"""`/gatehouse roles [<organization>]`: which roles there are, what they contain, who made them and who has them."""

from __future__ import annotations

from datetime import datetime

from bot.administration.asking import answer_refused, answered, may_ask
from bot.administration.enacting import Command, command_of
from bot.administration.finding import find
from bot.administration.orders import unquoted, words_of
from bot.administration.placing import naming
from bot.cards.messages import administration_roles as cards
from bot.cards.messages.administration_roles import RoleLine
from bot.desk import Desk, InForce
from bot.models import Press, SlackRole
from permissions import (
    BUILT_IN_ROLES,
    Action,
    Ask,
    Grant,
    OrganizationTree,
    Refused,
    judge,
    organizations_in_view,
    role_at,
    same_id,
)
from permissions.catalogue import folded, in_catalogue_order
from permissions.organizations import Place
from permissions.roles import exact_names, super_admin_words

_SEEING = (Action.ASK_ABOUT_OTHERS, Action.ADMINISTER_ROLES, Action.ASSIGN_ROLES)
"""Whoever may ask about others sees who has a role; whoever gives or makes roles sees what there is to give."""


async def roles(desk: Desk, press: Press) -> None:
    """Of one organization what each role contains and who has it; without one, the custom roles in short."""
    command = await command_of(desk, press, "roles")
    if command is None:
        return
    where = unquoted(words_of(press.text))
    found = await find(command, where=where)
    if found is None:
        return
    in_force, tree, place = await desk.access.in_force(), found.tree, found.organization_id
    if place:
        refused = _unseen(command, in_force, tree, place)
        if refused is not None:
            await answer_refused(command, refused)
            return
        lines = [
            *_custom(command, in_force, tree, place, full=True),
            *_built_in(command, in_force, tree, place),
        ]
    else:
        lines = _everywhere(command, in_force, tree)
    name = naming(in_force.access, tree)(place) if place else ""
    facts: dict[str, object] = {"shown": len(lines), "given_version": in_force.given_version}
    await answered(command, cards.roles_answer(name, lines), facts, place)


def _unseen(command: Command, in_force: InForce, tree: OrganizationTree, place: str) -> Refused | None:
    """Why not; None when any of the rights is there."""
    verdicts = [
        judge(
            Ask(person_id=command.person_id, action=action, organization_id=place),
            in_force.access,
            tree,
            command.desk.now(),
        )
        for action in _SEEING
    ]
    refused = [each for each in verdicts if isinstance(each, Refused)]
    return refused[0] if len(refused) == len(verdicts) else None


def _everywhere(command: Command, in_force: InForce, tree: OrganizationTree) -> list[RoleLine]:
    """The custom roles of every organization in which the asker may see them."""
    now, access = command.desk.now(), in_force.access
    seen = frozenset().union(
        *(organizations_in_view(command.person_id, access, tree, now, action) for action in _SEEING)
    )
    name = naming(access, tree)
    places = sorted(seen, key=lambda each: (name(each), each))
    return [line for place in places for line in _custom(command, in_force, tree, place, full=False)]


def _built_in(command: Command, in_force: InForce, tree: OrganizationTree, place: str) -> list[RoleLine]:
    return [
        RoleLine(
            name=name,
            permissions=in_catalogue_order(exact_names(permissions)),
            made="built in",
            amounts_to=super_admin_words(exact_names(permissions), tree.name(place) or place) or "",
            holders=_holders(command, in_force, tree, name, place),
            in_full=True,
            is_built_in=True,
        )
        for name, permissions in BUILT_IN_ROLES.items()
    ]


def _custom(
    command: Command, in_force: InForce, tree: OrganizationTree, place: str, *, full: bool
) -> list[RoleLine]:
    """The file's and Slack's roles that can be given there, and those of Slack whose name the file has taken."""
    where = naming(in_force.access, tree)(place)
    found = [
        (each.name, each.permissions, str(each.origin), _holders(command, in_force, tree, each.name, place))
        for each in in_force.file.roles
        if role_at(each.name, place, in_force.file, tree) is each
    ]
    for each in in_force.given.roles:
        if same_id(each.organization_id) == place:
            made = f"made in Slack by {each.made_by.name}"
            holders = _holders(command, in_force, tree, each.name, place)
            if in_force.displacing(each) is not None:
                made += "; it rests, since the access file has a role of this name"
                holders = _resting(command, in_force, tree, each)
            found.append((each.name, frozenset(each.permissions), made, holders))
    return [
        RoleLine(
            name=name,
            where="" if full else where,
            permissions=in_catalogue_order(permissions),
            made=made,
            amounts_to=super_admin_words(permissions, where) or "",
            holders=holders,
            in_full=full,
        )
        for name, permissions, made, holders in sorted(found, key=lambda one: (folded(one[0]), one[2]))
    ]


def _holders(
    command: Command, in_force: InForce, tree: OrganizationTree, name: str, place: str
) -> tuple[str, ...] | None:
    """Who has it, for those who may ask about others there."""
    if not may_ask(command, tree, place):
        return None
    return holders_of(in_force, tree, name, place, command.desk.now())


def _resting(
    command: Command, in_force: InForce, tree: OrganizationTree, role: SlackRole
) -> tuple[str, ...] | None:
    """Who was given a role that rests: it gives them nothing now."""
    if not may_ask(command, tree, same_id(role.organization_id)):
        return None
    held = in_force.given.holders(role.role_id, command.desk.now())
    return tuple(f"{each} (without effect)" for each in dict.fromkeys(one.person_name for one in held))


def holders_of(
    in_force: InForce, tree: OrganizationTree, name: str, place: str, now: datetime
) -> tuple[str, ...]:
    """The names of those who have a role there now, from whichever source, or from above with everything below."""
    where = tree.place(place)
    if where is None:
        return ()
    found = []
    for person in in_force.access.persons:
        grants = in_force.access.grants_of(person.person_id)
        if any(_is_held(each, name, where, now) for each in grants):
            is_stopped = person.person_id in in_force.access.suspended
            found.append(f"{person.name} (suspended)" if is_stopped else person.name)
    return tuple(found)


def _is_held(grant: Grant, name: str, where: Place, now: datetime) -> bool:
    if grant.role is None or folded(grant.role) != folded(name) or not grant.is_alive(now):
        return False
    there = same_id(grant.organization_id)
    return there == where.organization_id or (grant.and_below and there in where.above)
