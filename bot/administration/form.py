"""`/gatehouse grant` without anything: the same as a modal. It only offers; the submission is judged anew."""

from __future__ import annotations

from collections.abc import Iterable

from bot.administration.enacting import Command, command_of
from bot.administration.giving import ROLE_WORD, give, grant, terms
from bot.administration.orders import GrantOrder, Someone, fault_in_reason, words_of
from bot.administration.placing import naming, tree_trouble
from bot.administration.until import end_of, fault_in
from bot.cards.case import modals
from bot.cards.kit import ids, limits
from bot.cards.kit.names import short
from bot.cards.messages import administration as cards
from bot.desk import Desk, Filled, event_of, loading, show_form
from bot.models import Press
from bot.portal import PortalError
from bot.rules.typed import Misread
from permissions import BUILT_IN_ROLES, PERMISSIONS, Action, OrganizationTree, organizations_in_view, role_at
from permissions.catalogue import BIT

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
