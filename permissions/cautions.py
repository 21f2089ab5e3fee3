"""Says what is legal in an access but worth a second look: hidden Super Admins, grants that give nothing."""

from datetime import datetime

from permissions import names
from permissions.access import Access
from permissions.catalogue import PERMISSIONS
from permissions.grants import Grant, OrganizationTree, Place
from permissions.known_by import indistinct
from permissions.roles import built_in, super_admin_words
from permissions.terms import Purpose
from permissions.words import listed

_BUILT_IN = (
    "Built-in roles (Administrator, Billing, Owner, Read Only) count with the portal's list in every organization; the "
    "portal itself has them only in organizations made since 2024-01-15, in older ones somebody has to make them there."
)


def warnings(access: Access, tree: OrganizationTree | None, at: datetime | None = None) -> tuple[str, ...]:
    """One sentence per thing worth a second look. Without a tree or a time, what needs them is left out."""
    found: dict[str, None] = {}
    for person in access.persons:
        if not person.slack_ids and not (access.match_people_by_email and person.emails):
            found[f"{person.name} has no Slack id, so nothing can be done in their name."] = None
    found |= dict.fromkeys(indistinct(access.persons))
    for grant in access.grants:
        for sentence in _about(grant, access, tree, at):
            found[sentence] = None
    for grant in access.user_group_grants:
        for sentence in _about_user_group(grant, access):
            found[sentence] = None
    if any(grant.role and built_in(grant.role) for grant in (*access.grants, *access.user_group_grants)):
        found[_BUILT_IN] = None
    return tuple(found)


def childless(access: Access, tree: OrganizationTree) -> tuple[str, ...]:
    """2.3: each Super Admin - Child that gives nothing today, since its organization has none below it."""
    found: dict[str, None] = {}
    for grant in access.grants:
        place, person = tree.place(grant.organization_id), access.person(grant.person_id)
        if place is not None:
            who = person.name if person else grant.person_id
            found |= dict.fromkeys(_childless(grant, who, place))
    return tuple(found)


def _about_user_group(grant: Grant, access: Access) -> list[str]:
    """What a user group holds matters the more: who edits the group in Slack hands it out."""
    key = next((key for key, slack in access.user_groups.items() if slack == grant.person_id), "")
    who = f"Slack user group {key or grant.person_id}"
    where = access.organization_alias(grant.organization_id) or grant.organization_id
    return [*_super_admin(grant, who, where), *_deprecated(grant, who, where)]


def _about(grant: Grant, access: Access, tree: OrganizationTree | None, at: datetime | None) -> list[str]:
    place = tree.place(grant.organization_id) if tree else None
    alias = access.organization_alias(grant.organization_id)
    where = (place.name if place else None) or alias or grant.organization_id
    person = access.person(grant.person_id)
    who = person.name if person else grant.person_id
    lines = [*_super_admin(grant, who, where), *_deprecated(grant, who, where)]
    if tree is not None and place is None:
        lines.append(
            f"{who}: the grant at {where} counts for nothing: the portal names no such organization, "
            "or not where it stands. Check its id."
        )
    if place is not None:
        lines += _childless(grant, who, place)
    if at is not None and not grant.is_alive(at) and grant.until is not None:
        lines.append(f"{who}: the grant at {where} ended at {grant.until.isoformat()}; delete it.")
    return [*lines, *_halves(grant, who, where, access)]


def _super_admin(grant: Grant, who: str, where: str) -> list[str]:
    words = super_admin_words(grant.permissions, where)
    if words is None:
        return []
    what = f"the role {grant.role}" if grant.role else "the grant"
    return [f"{who}: {what} at {where} contains Super Admin: {who} is {words}."]


def _deprecated(grant: Grant, who: str, where: str) -> list[str]:
    return [
        f"{who}: {name} at {where} is deprecated; {listed(PERMISSIONS[name].replaced_by)} replace it."
        for name in sorted(grant.permissions)
        if PERMISSIONS[name].deprecated
    ]


def _childless(grant: Grant, who: str, place: Place) -> list[str]:
    """2.3: legal, since children may come."""
    if names.SUPER_ADMIN_CHILD not in grant.permissions or place.has_children:
        return []
    if grant.permissions & {names.SUPER_ADMIN, names.SUPER_ADMIN_LOGGED_IN}:
        return []
    nothing = f"gives nothing today: {place.name} has no organizations below it."
    return [f"{who}: {names.SUPER_ADMIN_CHILD} at {place.name} {nothing}"]


# Halves without which a permission does nothing here at all; the other purposes have uses without them.
_WHOLLY_NEEDED = (Purpose.OPEN_APPROVAL_CENTER, Purpose.OPEN_USERS_PAGE, Purpose.OPEN_CHECK_IN_HISTORY)


def _halves(grant: Grant, who: str, where: str, access: Access) -> list[str]:
    """A permission that must be combined, whose other half this person has nowhere that could count."""
    has = frozenset[str]().union(*(each.permissions for each in access.grants_of(grant.person_id)))
    if has & frozenset(names.FAMILY):
        return []
    wanting = [
        (name, purpose, any_of[0])
        for name in sorted(grant.permissions)
        for purpose in _WHOLLY_NEEDED
        for any_of in PERMISSIONS[name].needs(purpose)
        if not has & frozenset(any_of)
    ]
    return [
        f"{who}: {name} at {where} cannot {purpose} alone; it needs {half} or its like in the same place."
        for name, purpose, half in wanting
    ]
