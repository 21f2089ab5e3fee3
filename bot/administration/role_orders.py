"""What is typed after `/gatehouse role`: which custom role, where, what it shall contain, and why. Reads text only."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from bot.administration.orders import MOST_CHARACTERS, plain_text, split_reason, unquoted
from bot.cards.kit.words import one_line
from bot.rules.typed import Misread
from permissions.catalogue import in_catalogue_order, nearest, resolve

NAME_LENGTH = 60
"""Characters of a role's name (our choice): with `role ` before it, it fits into an option of a menu."""

ROLE_USAGE = (
    "/gatehouse role create <name> at <organization> with <permission>, … because <reason> | "
    "role change <name> at <organization> [add <permission>, …] [remove <permission>, …] because <reason> | "
    "role delete <name> at <organization> because <reason>"
)
ROLES_USAGE = "/gatehouse roles [<organization>]"

_AT = re.compile(r"""(?P<name>"[^"]*"|.+?)\s+at\s+(?P<rest>.+)""", re.IGNORECASE)
_WITH = re.compile(r"""(?P<organization>"[^"]*"|.+?)\s+with\s+(?P<permissions>.+)""", re.IGNORECASE)
_CHANGES = re.compile(
    r"""(?P<organization>"[^"]*"|.+?)(?:\s+(?P<changes>(?:add|remove)\s.+))?""", re.IGNORECASE
)
_SIDES = re.compile(r"(?:^|\s+)(add|remove)\s+", re.IGNORECASE)


class RoleVerb(StrEnum):
    """What is to be done with a role."""

    MAKE = "make"
    CHANGE = "change"
    DELETE = "delete"


_VERBS: Mapping[str, RoleVerb] = {
    "create": RoleVerb.MAKE,
    "make": RoleVerb.MAKE,
    "new": RoleVerb.MAKE,
    "change": RoleVerb.CHANGE,
    "edit": RoleVerb.CHANGE,
    "delete": RoleVerb.DELETE,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleOrder:
    """One role of one organization is made, changed or deleted. Permissions are exact names."""

    verb: RoleVerb
    name: str
    organization: str
    add: tuple[str, ...] = ()
    remove: tuple[str, ...] = ()
    reason: str


@dataclass(frozen=True, slots=True)
class RoleFormOrder:
    """The same is wanted as a form; without name and organization for a new role."""

    verb: RoleVerb
    name: str = ""
    organization: str = ""


def read_role_order(text: str) -> RoleOrder | RoleFormOrder | Misread:
    """`<create | change | delete> <name> at <organization> …`; what is left out asks for the form."""
    if len(text) > MOST_CHARACTERS:
        return Misread(f"That is longer than {MOST_CHARACTERS} characters; the form takes more.")
    word, _, rest = text.strip().partition(" ")
    if not word:
        return RoleFormOrder(RoleVerb.MAKE)
    verb = _VERBS.get(word.casefold())
    if verb is None:
        return Misread(f"I do not know what {word!r} does with a role; say create, change or delete.")
    rest = rest.strip()
    if not rest:
        return RoleFormOrder(verb) if verb is RoleVerb.MAKE else Misread("It does not say which role.")
    return _read_about(verb, rest)


def _read_about(verb: RoleVerb, text: str) -> RoleOrder | RoleFormOrder | Misread:
    told = split_reason(text)
    place = _AT.fullmatch(text if isinstance(told, Misread) else told[0])
    if place is None:
        return Misread("It does not say where: add at and the organization's name.")
    name = unquoted(place["name"])
    if verb is RoleVerb.MAKE:
        return told if isinstance(told, Misread) else _read_new(name, place["rest"], told[1])
    changes = _CHANGES.fullmatch(place["rest"])
    organization = unquoted(changes["organization"] if changes else place["rest"])
    sides = (changes["changes"] or "") if changes else ""
    if verb is RoleVerb.DELETE and sides:
        return Misread(f"I did not understand {sides!r} after the organization.")
    if isinstance(told, Misread):
        # Without a reason and without a change the form is meant, which asks for both.
        asked = not sides and not re.search(r"\sbecause\b", place["rest"], re.IGNORECASE)
        return RoleFormOrder(verb, name, organization) if asked else told
    if verb is RoleVerb.CHANGE and not sides:
        return Misread("It does not say what changes: say add or remove, and permissions.")
    return _with_sides(verb, name, organization, sides, told[1])


def _read_new(name: str, rest: str, reason: str) -> RoleOrder | Misread:
    found = _WITH.fullmatch(rest)
    if found is None:
        return Misread("It does not say what the role contains: say with, and permissions between commas.")
    named, add = role_name(name), permissions_of(found["permissions"])
    for each in (named, add):
        if isinstance(each, Misread):
            return each
    return RoleOrder(
        verb=RoleVerb.MAKE,
        name=str(named),
        organization=unquoted(found["organization"]),
        add=() if isinstance(add, Misread) else add,
        reason=reason,
    )


def _with_sides(verb: RoleVerb, name: str, organization: str, text: str, reason: str) -> RoleOrder | Misread:
    sides: dict[str, tuple[str, ...]] = {"add": (), "remove": ()}
    parts = _SIDES.split(text)
    for side, listed in zip(parts[1::2], parts[2::2], strict=True):
        names = permissions_of(listed)
        if isinstance(names, Misread):
            return names
        sides[side.casefold()] += names
    if both := set(sides["add"]) & set(sides["remove"]):
        return Misread(f"{min(both)} is to be added and to be removed; say one of the two.")
    return RoleOrder(
        verb=verb,
        name=name,
        organization=organization,
        add=sides["add"],
        remove=sides["remove"],
        reason=reason,
    )


def permissions_of(listed: str) -> tuple[str, ...] | Misread:
    """The exact names of permissions between commas, in any spelling of the portal's."""
    spelled = [unquoted(each) for each in listed.split(",")]
    found = []
    for each in filter(None, spelled):
        name = resolve(each)
        if name is None:
            near = nearest(each)
            hint = f" Did you mean {near}?" if near else " The names are those of the portal's Users page."
            return Misread(f"There is no permission {each!r}.{hint}")
        found.append(name)
    return in_catalogue_order(found) or Misread("It names no permission.")


def role_name(typed: str) -> str | Misread:
    """A name that a new role may bear, its blanks made plain. It must not pass for anything else when it is read."""
    name = unicodedata.normalize("NFC", " ".join(plain_text(typed).split()))
    if not name:
        return Misread("It does not say how the role is called.")
    if len(name) > NAME_LENGTH:
        return Misread(f"The name has {len(name)} characters; {NAME_LENGTH} are enough for a role.")
    if one_line(name) != name or '"' in name or not any(each.isalnum() for each in name):
        return Misread("A role's name is plain letters, digits and blanks, without quotation marks.")
    if resolve(name) is not None:
        return Misread(f"{resolve(name)} is a permission; a role of that name would be taken for it.")
    if name.casefold().startswith("role "):
        return Misread(
            "A role's name does not begin with the word role: that word stands before it in orders."
        )
    return name
