"""What is known of each person and what is missing: without a portal name nobody's own requests can be told."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from permissions import names
from permissions.access import Access, Person
from permissions.accounts import Whose, account, folded, has_readable_name, is_nobodys, is_opaque, whose
from permissions.catalogue import approving, mask
from permissions.terms import Kind, Reach

# What lets software in, or makes it stay: whoever holds one of these could do it for a request of their own.
_LETTING_IN: Final = mask(
    (
        *approving(Kind.APPLICATION, Reach.COMPUTER),
        *approving(Kind.STORAGE, Reach.COMPUTER),
        names.ELEVATION_ADMINISTRATOR,
        names.EDIT_WEB_CONTROL,
        names.EDIT_APPLICATION_POLICIES,
        names.PROMOTE_GROUP,
        names.PROMOTE_ORGANIZATION,
    )
)
_BREAKS = re.compile(r"[\W_\d]+")
_LEAST: Final = 3
"""Shorter names look like everybody's (our choice)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownBy:
    """One person, by what the file knows of them."""

    person: Person
    may_decide: bool
    """Some grant of theirs lets them let software in."""
    missing: tuple[str, ...]
    """What the file does not say, in words; empty where nothing is missing."""


def known_by(access: Access) -> tuple[KnownBy, ...]:
    """Every person, in the order of the file."""
    return tuple(_known(each, access) for each in access.persons)


def _known(person: Person, access: Access) -> KnownBy:
    decides = may_decide(person, access)
    missing = []
    if not person.slack_ids and not (access.match_people_by_email and person.emails):
        missing.append("Slack id: nothing can be done in their name")
    if not has_readable_name(person):
        what = "their approvals are refused" if decides else "their own requests are not known as theirs"
        missing.append(f"portal name: {what}")
    return KnownBy(person=person, may_decide=decides, missing=tuple(missing))


def may_decide(person: Person, access: Access) -> bool:
    """Whether any grant of theirs, ended or not, in any organization, lets them let software in."""
    return any(
        (each.held_at_own() | each.held_below()) & _LETTING_IN for each in access.grants_of(person.person_id)
    )


def nameless(access: Access) -> tuple[str, ...]:
    """A sentence for each person who may decide and whose portal name is not known."""
    return tuple(
        f"people.{each.person.person_id}.portal: {each.person.name} may decide and has {_lack(each.person)}, so "
        "requests of their own cannot be told from others' and every approval of theirs is refused; write the "
        'account of their own computer there, such as portal = ["DOMAIN\\\\account"].'
        for each in known_by(access)
        if each.may_decide and not has_readable_name(each.person)
    )


def _lack(person: Person) -> str:
    return "only a SID or the like as portal name" if person.portal_names else "no portal name"


def look_alikes_of(text: str, access: Access) -> tuple[Person, ...]:
    """People whom this account of a request looks like, although the file does not call it theirs.

    Nobody, where it is surely somebody's.
    """
    wanted = account(text).name
    if is_nobodys(text) or is_opaque(wanted):
        return ()
    if any(wanted == account(name).name for person in access.persons for name in person.portal_names):
        return ()
    plain = _BREAKS.sub("", wanted)
    alike = [each for each in access.persons if len(plain) >= _LEAST and plain in _usual(each)]
    return tuple(each for each in alike if whose(text, each, access) is not Whose.OWN)


def _usual(person: Person) -> frozenset[str]:
    """What accounts of somebody of this name are usually called, without breaks and digits."""
    called = {_BREAKS.sub("", folded(person.person_id))}
    called |= {_BREAKS.sub("", account(each).name) for each in (*person.portal_names, *person.emails)}
    words = [_BREAKS.sub("", each) for each in folded(person.name).split()]
    if len(words) > 1 and all(words):
        first, last = words[0], words[-1]
        called |= {
            "".join(words),
            first + last,
            last + first,
            first,
            first[0] + last,
            last + first[0],
            first + last[0],
        }
        called |= {"".join(each[0] for each in words[:-1]) + last}
    return frozenset(called)
