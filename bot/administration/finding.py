"""Turns the names of an order into a person, an organization and the tree; what is not found is answered here."""

from __future__ import annotations

from dataclasses import dataclass

from bot.administration.enacting import Command, answer_only
from bot.administration.orders import Someone
from bot.administration.placing import Unknown, organization_named, person_named, tree_trouble
from bot.cards.messages import answers
from bot.portal import PortalError
from permissions import OrganizationTree, Person


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


async def not_found(command: Command, unknown: Unknown) -> None:
    """Answer and record that a name means nothing here."""
    said = answers.refused(unknown.sentence)
    await answer_only(command, said, outcome="unknown_name")
