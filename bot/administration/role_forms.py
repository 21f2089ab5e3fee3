"""The forms behind `/gatehouse role`: a new role, a changed one, a deleted one. They only offer; a submission is judged
anew."""

from __future__ import annotations

from collections.abc import Iterable

from bot.administration.asking import may_ask
from bot.administration.enacting import Command
from bot.administration.placing import Unknown, naming, organization_named, tree_trouble
from bot.administration.role_listing import holders_of
from bot.administration.role_orders import RoleFormOrder, RoleVerb
from bot.cards.case import modals
from bot.cards.kit import limits
from bot.cards.kit.limits import Block
from bot.cards.kit.names import short
from bot.cards.messages import administration_roles as cards
from bot.desk import Filled, InForce, event_of, loading, show_form
from bot.models import SlackRole
from bot.portal import PortalError
from permissions import (
    PERMISSIONS,
    Action,
    Ask,
    OrganizationTree,
    Refused,
    judge,
    judge_role_change,
    organizations_in_view,
    role_at,
)
from permissions.catalogue import BIT, in_catalogue_order

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
