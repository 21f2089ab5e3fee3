"""What is known of each person and what is missing, and who may be the same person twice."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Final, NamedTuple

from permissions import names
from permissions.access import Access, Person
from permissions.access_document import Path as KeyPath
from permissions.accounts import (
    Account,
    account,
    folded,
    has_readable_name,
    is_nobodys,
    is_opaque,
    names_of,
)
from permissions.catalogue import approving, mask
from permissions.terms import Kind, Reach

_ONE_TABLE = "if they are one person, give that person one table with both Slack ids"


class _Mark(NamedTuple):
    """Something that only one person may have, as it is compared; where it stands, and how it reads."""

    compared: tuple[str, str]
    path: KeyPath
    what: str
    remedy: str


def look_alikes(persons: Iterable[Person]) -> Iterator[tuple[KeyPath, str]]:
    """Each fault: the key in the file, and what is wrong with it."""
    listed = tuple(persons)
    first: dict[tuple[str, str], str] = {}
    for person in listed:
        for mark in _marks(person):
            owner = first.setdefault(mark.compared, person.person_id)
            if owner != person.person_id:
                yield mark.path, f"{mark.what} is already {owner}'s; {mark.remedy}"
    yield from _same_accounts(listed)
    for person in listed:
        for name in person.portal_names:
            if is_nobodys(name):
                yield (
                    ("people", person.person_id, "portal"),
                    f"{name!r} is no person's account; write the names that this person signs in with",
                )


def _marks(person: Person) -> Iterator[_Mark]:
    key = person.person_id
    yield _Mark(
        ("key", folded(key)),
        ("people", key),
        f"the key {key!r}, but for case,",
        f"take another key, or {_ONE_TABLE}",
    )
    for slack_id in person.slack_ids:
        where: KeyPath = ("people", key, "slack")
        yield _Mark(("slack", slack_id), where, f"the Slack id {slack_id}", "one Slack id is one person")
    yield _Mark(
        ("name", folded(person.name)),
        ("people", key, "name"),
        f"the name {person.name!r}",
        f"{_ONE_TABLE}; if they are two, tell them apart by the name, such as {person.name + ' (Contoso)'!r}",
    )


class _Held(NamedTuple):
    """One account that the file gives a person, and where it stands."""

    person: Person
    field: str
    text: str
    account: Account


def _by_account(persons: Iterable[Person]) -> Mapping[str, list[list[_Held]]]:
    """Reduced account names to the people who have one of that name, each with all of it."""
    found: dict[str, list[list[_Held]]] = {}
    for person in persons:
        fields = (("portal", person.portal_names), ("emails", person.emails))
        own = [_Held(person, field, text, account(text)) for field, texts in fields for text in texts]
        for name in dict.fromkeys(each.account.name for each in own):
            found.setdefault(name, []).append([each for each in own if each.account.name == name])
    return found


def _same_accounts(persons: Iterable[Person]) -> Iterator[tuple[KeyPath, str]]:
    """Portal names and mail addresses that are, or may be, one account of two people."""
    for holders in _by_account(persons).values():
        first = holders[0]
        for other in holders[1:]:
            if _in_two_domains(first, other):
                continue
            mine, theirs = other[0], first[0]
            told = (
                f"{mine.text!r} is already {theirs.person.person_id}'s ({theirs.text!r}); {_ONE_TABLE}; if "
                "they are two, take it from one of them, or write both with their domains"
            )
            yield ("people", mine.person.person_id, mine.field), told


def _in_two_domains(one: Iterable[_Held], other: Iterable[_Held]) -> bool:
    """Whether what both write in the same form is always of different domains: two accounts, hence maybe two people."""
    alike = [(a.account, b.account) for a, b in product(one, other) if a.account.form == b.account.form]
    return bool(alike) and all(a.form and a.domain != b.domain for a, b in alike)


def indistinct(persons: Iterable[Person]) -> Iterator[str]:
    """What is legal and should be known: accounts of one name in two domains, which requests do not tell apart."""
    for holders in _by_account(persons).values():
        first = holders[0][0]
        for other in (each[0] for each in holders[1:]):
            yield (
                f"{first.text} ({first.person.name}) and {other.text} ({other.person.name}) differ in the domain "
                "alone, which is not compared: neither of the two approves requests of the other."
            )


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


@dataclass(frozen=True)
class AccountIndex:
    """The people of an access file by their accounts, for whoever asks of a thousand accounts and a thousand people."""

    theirs: Mapping[str, Sequence[Person]]
    """By each reduced name that the file knows somebody's accounts by."""
    usual: Mapping[str, Sequence[Person]]
    """By what accounts of somebody of this name are usually called."""
    named: frozenset[str]
    """Every reduced portal name."""

    @classmethod
    def of(cls, access: Access) -> AccountIndex:
        """Every person, in the order of the file."""
        return cls(
            theirs=_by(access.persons, names_of),
            usual=_by(access.persons, _usual),
            named=frozenset(account(name).name for person in access.persons for name in person.portal_names),
        )

    def owners_of(self, text: str) -> Sequence[Person]:
        """Whose own this account of a request is, as `whose` has it."""
        wanted = account(text).name
        return self.theirs.get(wanted, ()) if wanted else ()

    def look_alikes_of(self, text: str) -> tuple[Person, ...]:
        """People whom this account of a request looks like, although the file does not call it theirs.

        Nobody, where it is surely somebody's.
        """
        wanted = account(text).name
        plain = _BREAKS.sub("", wanted)
        if is_nobodys(text) or is_opaque(wanted) or wanted in self.named or len(plain) < _LEAST:
            return ()
        owners = self.owners_of(text)
        return tuple(each for each in self.usual.get(plain, ()) if each not in owners)


def _by(persons: Sequence[Person], called: Callable[[Person], Iterable[str]]) -> dict[str, list[Person]]:
    found: dict[str, list[Person]] = {}
    for person in persons:
        for name in called(person):
            found.setdefault(name, []).append(person)
    return found


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
