"""Turns the names of an order into a person, an organization and the tree; what is not found is answered here."""

from __future__ import annotations

from dataclasses import dataclass

from bot.administration.enacting import Command, answer_only
from bot.administration.orders import Someone
from bot.administration.placing import Unknown, organization_named, person_named, tree_trouble
from bot.cards.messages import answers
from bot.portal import PortalError
from permissions import Action, OrganizationTree, Person, organizations_in_view

_ABOUT_OTHERS = (Action.ASK_ABOUT_OTHERS, Action.CHANGE_PERMISSIONS, Action.ASSIGN_ROLES, Action.SUSPEND)
_NOT_YOURS = (
    "Naming people by their key in the access file needs a permission such as View Administrators, and you have none "
    "of that kind in any organization. Mention the person with @ instead."
)


@dataclass(frozen=True, slots=True)
class Found:
    """What an order's names mean."""

    tree: OrganizationTree
    person: Person
    organization_id: str
    """Empty where the order names none."""


async def find(command: Command, *, who: Someone | None = None, where: str = "") -> Found | None:
    """Who and where is meant; None: the press is answered. Without `who` it is the presser."""
    desk, presser = command.desk, command.presser
    try:
        tree = await desk.tree.current()
    except PortalError as error:
        said = answers.trouble(tree_trouble(error), "Nothing was changed. Try again in a minute.")
        await answer_only(command, said, outcome="cannot_tell")
        return None
    person: Person | Unknown = presser.person
    if who is not None:
        person = await person_named(desk, command.press, who, presser.access)
        if who.key and not _is(person, presser.person) and not _may_name(command, tree):
            # Known or not: a key of the access file is nothing that one may find out by trying.
            person = Unknown(_NOT_YOURS)
    place: str | Unknown = ""
    if where:
        place = organization_named(where, presser.person.person_id, presser.access, tree)
    if isinstance(person, Unknown):
        await not_found(command, person)
        return None
    if isinstance(place, Unknown):
        await not_found(command, place)
        return None
    return Found(tree, person, place)


def _is(person: Person | Unknown, own: Person) -> bool:
    return isinstance(person, Person) and person.person_id == own.person_id


def _may_name(command: Command, tree: OrganizationTree) -> bool:
    """Whether the presser administers anybody anywhere. Who does not learns nothing of who is in the access file."""
    access, now = command.presser.access, command.desk.now()
    return any(
        organizations_in_view(command.presser.person.person_id, access, tree, now, action, None)
        for action in _ABOUT_OTHERS
    )


async def not_found(command: Command, unknown: Unknown) -> None:
    """Answer and record that a name means nothing here."""
    said = answers.refused(unknown.sentence)
    await answer_only(command, said, outcome="unknown_name")
