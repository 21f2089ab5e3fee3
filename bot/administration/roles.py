"""`/gatehouse role` and `roles`: custom roles are made, changed and deleted by Role Administrators, and listed.

Their forms only offer; a submission is judged anew.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from bot.administration.asking import answer_refused, answered, may_ask
from bot.administration.enacting import Command, answer_only, command_of, enact, misread, ordered
from bot.administration.finding import Unknown, find, naming, organization_named, tree_trouble
from bot.administration.orders import fault_in_reason, unquoted, words_of
from bot.administration.role_changes import Shown, Work
from bot.administration.role_orders import (
    ROLE_USAGE,
    RoleFormOrder,
    RoleOrder,
    RoleVerb,
    permissions_of,
    read_role_order,
    role_name,
)
from bot.cards.case import modals
from bot.cards.kit import ids, limits
from bot.cards.kit.limits import Block
from bot.cards.kit.words import short
from bot.cards.messages import administration_roles as cards
from bot.cards.messages import answers
from bot.cards.messages.administration_roles import RoleLine
from bot.desk import Desk, Filled, InForce, event_of, loading, new_id, show_form
from bot.models import Press, SlackRole
from bot.portal import PortalError
from bot.rules.typed import Misread
from permissions import (
    BUILT_IN_ROLES,
    PERMISSIONS,
    Action,
    Ask,
    Grant,
    OrganizationTree,
    Refused,
    judge,
    judge_role_change,
    organizations_in_view,
    role_at,
    same_id,
)
from permissions.catalogue import BIT, folded, in_catalogue_order
from permissions.grants import Place
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


_VIEWS = {
    ids.ROLE_MAKE_VIEW: RoleVerb.MAKE,
    ids.ROLE_CHANGE_VIEW: RoleVerb.CHANGE,
    ids.ROLE_DELETE_VIEW: RoleVerb.DELETE,
}


_DELETED = "That role was deleted meanwhile, so there is nothing to change."


async def role(desk: Desk, press: Press) -> None:
    """`/gatehouse role …`; what is left out opens the form."""
    found: tuple[Command, RoleOrder | RoleFormOrder] | None = await ordered(
        desk, press, "role", lambda: read_role_order(words_of(press.text)), ROLE_USAGE
    )
    if found is None:
        return
    command, order = found
    await (open_role_form(command, order) if isinstance(order, RoleFormOrder) else _carry_out(command, order))


async def open_making(desk: Desk, press: Press) -> None:
    """The form of a new role, once more."""
    command = await command_of(desk, press, "role")
    if command is not None:
        await open_role_form(command, RoleFormOrder(RoleVerb.MAKE))


async def open_changing(desk: Desk, press: Press) -> None:
    """The form that changes the role which a submission named, once more."""
    await _open_again(desk, press, RoleVerb.CHANGE)


async def open_deleting(desk: Desk, press: Press) -> None:
    """The same of the form that deletes it."""
    await _open_again(desk, press, RoleVerb.DELETE)


async def _open_again(desk: Desk, press: Press, verb: RoleVerb) -> None:
    command = await command_of(desk, press, "role")
    if command is None:
        return
    role = (await desk.access.in_force()).given.role(press.case_id)
    if role is None:
        await answer_only(command, answers.refused(_DELETED), outcome="changed_meanwhile")
        return
    await open_role_form(command, RoleFormOrder(verb, role.name, role.organization_id))


async def submit_role_form(desk: Desk, press: Press) -> None:
    """One of the three forms was submitted: an order like a typed one, about the very revision that was shown."""
    command = await command_of(desk, press, "role")
    if command is None:
        return
    verb, shown = _VIEWS[press.name], None
    if verb is not RoleVerb.MAKE:
        shown = (await desk.access.in_force()).given.role(press.case_id)
        if shown is None:
            await answer_only(command, answers.refused(_DELETED), outcome="changed_meanwhile")
            return
    order = _order(command.press, verb, shown)
    if isinstance(order, Misread):
        await misread(command, order.why, ROLE_USAGE)
    else:
        await _carry_out(command, order, Shown(press.case_id, press.revision) if shown else None)


def _order(press: Press, verb: RoleVerb, shown: SlackRole | None) -> RoleOrder | Misread:
    """What the form says; a changed list becomes its difference from what stands now."""
    reason = press.values.get(ids.REASON_BLOCK, "").strip()
    if fault := fault_in_reason(reason):
        return Misread(fault)
    ticked = permissions_of(press.values.get(ids.PERMISSIONS_BLOCK, ""))
    if verb is RoleVerb.DELETE:
        ticked = ()
    if isinstance(ticked, Misread):
        return ticked
    if shown is not None:
        kept = set(shown.permissions) if verb is RoleVerb.CHANGE else set()
        return RoleOrder(
            verb=verb,
            name=shown.name,
            organization=shown.organization_id,
            add=in_catalogue_order(set(ticked) - kept),
            remove=in_catalogue_order(kept - set(ticked)),
            reason=reason,
        )
    name = role_name(press.values.get(ids.ROLE_NAME_BLOCK, ""))
    if isinstance(name, Misread):
        return name
    where = press.values.get(ids.ORGANIZATION_BLOCK, "")
    return RoleOrder(verb=verb, name=name, organization=where, add=ticked, reason=reason)


async def _carry_out(command: Command, order: RoleOrder, shown: Shown | None = None) -> None:
    found = await find(command, where=order.organization)
    if found is not None:
        await enact(command, Work(command, order, found, new_id("r"), shown).judged)


_TITLES = {RoleVerb.MAKE: "New role", RoleVerb.CHANGE: "Change role", RoleVerb.DELETE: "Delete role"}
_NOWHERE = "You may make no role: that needs Role Administrator in the organization that it is for."


async def open_role_form(command: Command, order: RoleFormOrder) -> None:
    """Open the modal at once, then fill it with what the presser may do."""
    desk, press, title = command.desk, command.press, _TITLES[order.verb]
    facts = {"form": f"role {order.verb}"}
    asked = event_of("form_asked_for", press, person_id=command.person_id, facts=facts)
    opened = event_of("form_opened", press, person_id=command.person_id, facts=facts)

    def shown(view: Block | str) -> Filled:
        return Filled(modals.said_modal(title, [view]) if isinstance(view, str) else view, opened)

    async def fill() -> Filled:
        tree = await desk.tree.current()
        return shown(_view(command, order, tree, await desk.access.in_force()))

    def not_asked(error: PortalError) -> Filled:
        return shown(f"{tree_trouble(error)} Nothing was changed.")

    await show_form(desk, press, asked, loading(desk, press, cards.role_loading(title)), fill, not_asked)


def _view(command: Command, order: RoleFormOrder, tree: OrganizationTree, in_force: InForce) -> Block | str:
    """The form, or the sentence that says why there is none."""
    if order.verb is RoleVerb.MAKE:
        return _making(command, tree, in_force)
    place = organization_named(order.organization, command.person_id, in_force.access, tree)
    if isinstance(place, Unknown):
        return place.sentence
    role = _role(command, order, place, tree, in_force)
    if isinstance(role, str):
        return role
    holders = holders_of(in_force, tree, role.name, place, command.desk.now())
    form = cards.RoleForm(
        permissions=_offers((*_own(command, tree, in_force, [place]), *role.permissions)),
        role=role,
        holders=holders if may_ask(command, tree, place) else None,
    )
    draw = cards.role_change_modal if order.verb is RoleVerb.CHANGE else cards.role_delete_modal
    return draw(form, role)


def _making(command: Command, tree: OrganizationTree, in_force: InForce) -> Block | str:
    now = command.desk.now()
    places = organizations_in_view(command.person_id, in_force.access, tree, now, Action.ADMINISTER_ROLES)
    offers = _offers(_own(command, tree, in_force, places))
    if not places:
        return _NOWHERE
    if not offers:
        return "You have nothing there without an end, and nobody puts into a role more than they have."
    name = naming(in_force.access, tree)
    organizations = sorted((short(name(each), limits.OPTION_TEXT), each) for each in places)
    return cards.role_make_modal(cards.RoleForm(permissions=offers, organizations=organizations))


def _role(
    command: Command, order: RoleFormOrder, place: str, tree: OrganizationTree, in_force: InForce
) -> SlackRole | str:
    """The role that was made in Slack; else why it cannot be changed here."""
    now, access = command.desk.now(), in_force.access
    ask = Ask(person_id=command.person_id, action=Action.ADMINISTER_ROLES, organization_id=place)
    gate = judge(ask, access, tree, now)
    if isinstance(gate, Refused):
        return gate.sentence
    role = in_force.slack_role(order.name, place)
    if role is not None and (order.verb is RoleVerb.DELETE or in_force.displacing(role) is None):
        return role
    other = role_at(order.name, place, access, tree) or (in_force.displacing(role) if role else None)
    if other is None:
        return f"There is no role {order.name} there. /gatehouse roles lists them."
    return judge_role_change(command.person_id, place, access, tree, now, before=other, after=None).sentence


def _own(command: Command, tree: OrganizationTree, in_force: InForce, places: Iterable[str]) -> list[str]:
    """Current permissions that the presser has without an end in any of these organizations."""
    now, bits = command.desk.now(), 0
    for each in places:
        place = tree.place(each)
        if place is not None:
            fresh = tree.is_fresh(now)
            lasting = in_force.access.lasting(command.person_id, place, at=now, until=None, fresh=fresh)
            bits |= lasting.here
    return [name for name, row in PERMISSIONS.items() if BIT[name] & bits and not row.deprecated]


def _offers(names: Iterable[str]) -> list[tuple[str, str]]:
    return [(short(name, limits.OPTION_TEXT), name) for name in in_catalogue_order(names)]
