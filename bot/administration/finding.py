"""Whom and which organization the names of an order mean; what is not found is answered here.

Exact names only: a right is not given to whoever comes near.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from bot.administration.enacting import Command, answer_only, refusal
from bot.administration.orders import Someone
from bot.cards.messages import answers
from bot.chat import Known
from bot.desk import Desk, finish, person_of
from bot.models import Press
from bot.portal import PortalError, TokenRefused
from permissions import (
    Access,
    Action,
    OrganizationTree,
    Person,
    RefusalReason,
    Refused,
    names,
    organizations_called,
    organizations_in_view,
)


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
    found = organizations_called(named, near, access, tree, whole=True)
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
_GIVING = (Action.CHANGE_PERMISSIONS, Action.ASSIGN_ROLES)
_OUT_OF_SIGHT = (
    "Whoever that is holds nothing where you may ask about others or change what they hold, so nothing is said of them "
    "here: asking needs View Administrators or Edit Administrators, giving and taking back Change Permission or Assign "
    "Roles, suspending Edit Administrators, in an organization where they hold something."
)
"""The same for somebody whom the access file does not know: who is in it is nothing to find out by trying."""


@dataclass(frozen=True, slots=True)
class Found:
    """What an order's names mean."""

    tree: OrganizationTree
    person: Person
    organization_id: str
    """Empty where the order names none."""


async def find(
    command: Command, *, who: Someone | None = None, where: str = "", gives: bool = False
) -> Found | None:
    """Who and where is meant; None: the press is answered. Without `who` it is the presser.

    `gives`: the order gives that person something there, so that a mere name in the file is enough.
    """
    desk, presser = command.desk, command.presser
    try:
        tree = await desk.tree.current()
    except PortalError as error:
        said = answers.trouble(tree_trouble(error), "Nothing was changed. Try again in a minute.")
        await answer_only(command, said, outcome="cannot_tell")
        return None
    place: str | Unknown = ""
    if where:
        place = organization_named(where, presser.person.person_id, presser.access, tree)
    person: Person | Unknown = presser.person
    if who is not None:
        person = await person_named(desk, command.press, who, presser.access)
        if not _may_know(command, tree, person, place, gives=gives):
            refused = refusal(
                command, _out_of_sight(), {"of": person.person_id if isinstance(person, Person) else str(who)}
            )
            await finish(desk, command.press, refused.events, refused.effects)
            return None
    if isinstance(person, Unknown):
        await not_found(command, person)
        return None
    if isinstance(place, Unknown):
        await not_found(command, place)
        return None
    return Found(tree, person, place)


def _out_of_sight() -> Refused:
    missing = (names.VIEW_ADMINISTRATORS,)
    return Refused(RefusalReason.NO_PERMISSION, missing, "", lambda: _OUT_OF_SIGHT)


def _may_know(
    command: Command, tree: OrganizationTree, person: Person | Unknown, place: str | Unknown, *, gives: bool
) -> bool:
    """Whether the presser may learn that this person is in the access file, or that this one is not.

    Oneself; who holds something where the presser administers people; anybody, for who administers them wherever the
    file gives something, and for who is about to give something where they may.
    """
    access, own = command.presser.access, command.person_id
    if isinstance(person, Person) and person.person_id == own:
        return True
    if gives and place in _in_view(command, tree, _GIVING):
        return True
    administered = administers(command, tree)
    if isinstance(person, Person) and _holds_in(command, tree, person, administered):
        return True
    named = frozenset[str]().union(*(access.organizations_of(each.person_id) for each in access.persons))
    return bool(administered) and named & tree.placed <= administered


def administers(command: Command, tree: OrganizationTree) -> frozenset[str]:
    """The organizations in which the presser may ask about others or change what they hold."""
    return _in_view(command, tree, _ABOUT_OTHERS)


def _in_view(command: Command, tree: OrganizationTree, actions: Iterable[Action]) -> frozenset[str]:
    person_id, access, now = command.person_id, command.presser.access, command.desk.now()
    return frozenset[str]().union(
        *(organizations_in_view(person_id, access, tree, now, each) for each in actions)
    )


def _holds_in(
    command: Command, tree: OrganizationTree, person: Person, organization_ids: frozenset[str]
) -> bool:
    """Whether the person holds anything in one of these, by a grant that names it or one from above."""
    access, now = command.presser.access, command.desk.now()
    if access.organizations_of(person.person_id) & organization_ids:
        return True
    places = filter(None, map(tree.place, organization_ids))
    return any(access.held(person.person_id, each, now, fresh=tree.is_fresh(now))[0] for each in places)


async def not_found(command: Command, unknown: Unknown) -> None:
    """Answer and record that a name means nothing here."""
    said = answers.refused(unknown.sentence)
    await answer_only(command, said, outcome="unknown_name")
