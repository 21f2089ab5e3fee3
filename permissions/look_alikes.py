"""People of an access file who may be one person: two tables for one person would pass as two pairs of eyes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import product
from typing import NamedTuple

from permissions.access import Person
from permissions.accounts import Account, account, folded, is_nobodys
from permissions.toml_lines import Path as KeyPath

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
