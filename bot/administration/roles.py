"""`/gatehouse role`: custom roles of one organization are made, changed and deleted by Role Administrators there."""

from __future__ import annotations

from bot.administration.enacting import Command, answer_only, command_of, enact, misread
from bot.administration.finding import find
from bot.administration.orders import fault_in_reason, words_of
from bot.administration.role_changes import Shown, Work
from bot.administration.role_forms import open_role_form
from bot.administration.role_orders import (
    ROLE_USAGE,
    RoleFormOrder,
    RoleOrder,
    RoleVerb,
    permissions_of,
    read_role_order,
    role_name,
)
from bot.cards.kit import ids
from bot.cards.messages import answers
from bot.desk import Desk, new_id
from bot.models import Press, SlackRole
from bot.rules.typed import Misread
from permissions.catalogue import in_catalogue_order

_VIEWS = {
    ids.ROLE_MAKE_VIEW: RoleVerb.MAKE,
    ids.ROLE_CHANGE_VIEW: RoleVerb.CHANGE,
    ids.ROLE_DELETE_VIEW: RoleVerb.DELETE,
}


async def role(desk: Desk, press: Press) -> None:
    """`/gatehouse role …`; what is left out opens the form."""
    command = await command_of(desk, press, "role")
    if command is None:
        return
    order = read_role_order(words_of(press.text))
    if isinstance(order, Misread):
        await misread(command, order.why, ROLE_USAGE)
    elif isinstance(order, RoleFormOrder):
        await open_role_form(command, order)
    else:
        await _carry_out(command, order)


async def submit_role_form(desk: Desk, press: Press) -> None:
    """One of the three forms was submitted: an order like a typed one, about the very revision that was shown."""
    command = await command_of(desk, press, "role")
    if command is None:
        return
    verb, shown = _VIEWS[press.name], None
    if verb is not RoleVerb.MAKE:
        shown = (await desk.access.in_force()).given.role(press.case_id)
        if shown is None:
            said = answers.refused("That role was deleted meanwhile, so there is nothing to change.")
            await answer_only(command, said, outcome="changed_meanwhile")
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
