"""Whom and which organization the names of an order mean; what is not found is answered here.

Exact names only: a right is not given to whoever comes near.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from bot.administration.enacting import Command, answer_only
from bot.administration.orders import Someone
from bot.cards.messages import answers
from bot.chat import Known
from bot.desk import Desk, person_of
from bot.models import Press
from bot.portal import PortalError, TokenRefused
from permissions import Access, Action, OrganizationTree, Person, organizations_in_view, same_id


@dataclass(frozen=True, slots=True)
class Unknown:
    """A name that means nobody or nothing here, and what to do, for people."""

    sentence: str


async def person_named(desk: Desk, press: Press, who: Someone, access: Access) -> Person | Unknown:
    """The person of the access file: by Slack id, by key, or by e-mail address where the file switches that on."""
    if who.key:
        return access.person(who.key) or Unknown(
            f"Nobody in the access file has the key {who.key}; mention the person with @ instead."
        )
    person = access.person_of_slack(who.slack_user_id)
    if person is None and access.match_people_by_email:
        found = await desk.people.who(who.slack_user_id, press.slack_team_id, desk.now())
        person = person_of(found, access) if isinstance(found, Known) else None
    return person or Unknown(
        "That person is not in Gatehouse's access file, so they have no rights and can be given none; "
        "add them under [people] first."
    )


def organization_named(named: str, person_id: str, access: Access, tree: OrganizationTree) -> str | Unknown:
    """The id of the organization of this name among those in which the asker holds anything.

    By the portal's name, the access file's name or the id. Others are not told apart from unknown ones: who has
    no business in an organization does not learn here that it exists.
    """
    own = access.organizations_of(person_id)
    near = own.union(*(tree.descendants(each) for each in own))
    wanted = named.casefold()
    found = sorted(
        each
        for each in near
        if same_id(named) == each
        or wanted in ((tree.name(each) or "").casefold(), (access.organization_alias(each) or "").casefold())
    )
    if len(found) == 1:
        return found[0]
    if found:
        return Unknown(
            f"{len(found)} organizations are called {named}; write the access file's name or the id."
        )
    return Unknown(
        f"There is no organization {named} in which you hold anything; write its whole name as the portal does, "
        "or the access file's name for it."
    )


def naming(access: Access, tree: OrganizationTree) -> Callable[[str], str]:
    """Organizations in words: the portal's name, else the access file's, else the id."""
    return lambda each: tree.name(each) or access.organization_alias(each) or each


def tree_trouble(error: PortalError) -> str:
    """Why nothing can be judged without the portal's organizations."""
    if isinstance(error, TokenRefused):
        return "The portal refuses Gatehouse's token, so its organizations cannot be read."
    return f"The portal does not tell its organizations just now ({error.message})."


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
