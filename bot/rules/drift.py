"""Whether the access file still fits the people: who is gone, a guest, renamed; what the portal has otherwise. Pure.

Nothing here gives or takes a right. What can be written is proposed as another text of the file, for people to look at.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from permissions import Access, Person, Role
from permissions.access_document import lines_by_path
from permissions.accounts import folded
from permissions.catalogue import resolve


class Drift(StrEnum):
    """What is otherwise; a constant for the record."""

    GONE = "gone"
    """Deactivated, or not in the workspace any more."""
    GUEST = "guest"
    NOT_A_MEMBER = "not_a_member"
    """A bot, a stranger, somebody of another workspace, without a confirmed address."""
    RENAMED = "renamed"
    OTHER_MAIL = "other_mail"
    NOT_IN_FILE = "not_in_file"
    """In a user group that holds something, or logged_on in the portal."""
    ROLE_DIFFERS = "role_differs"


@dataclass(frozen=True, slots=True)
class Difference:
    """One of them, in a sentence; `person_id` empty where it is about nobody of the file."""

    drift: Drift
    person_id: str
    sentence: str
    slack_id: str = ""
    name: str = ""
    """What Slack calls them, where that is what differs."""


@dataclass(frozen=True, slots=True)
class Account:
    """What Slack says of one id of the file. `gone` None: a full member."""

    slack_id: str
    gone: Drift | None = None
    why: str = ""
    name: str = ""
    email: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outside:
    """Everything that was found out. None: it was not asked, or could not be; `not_compared` says so."""

    accounts: Mapping[str, Account] = field(default_factory=dict)
    members: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """User groups of the file to the Slack ids in them."""
    logged_on: frozenset[str] | None = None
    """Mail addresses of whoever logged on to the portal lately."""
    roles: Mapping[tuple[str, str], frozenset[str]] | None = None
    """Organization id and folded name to the permissions of the portal's role."""
    not_compared: tuple[str, ...] = ()


def compared(access: Access, outside: Outside) -> tuple[Difference, ...]:
    """Every difference, people first, in the order of the file."""
    return (
        *(each for person in access.persons for each in _of_person(person, outside.accounts)),
        *_of_members(access, outside.members),
        *_of_logged_on(access, outside.logged_on or frozenset()),
        *(each for role in access.roles for each in _of_role(role, access, outside.roles or {})),
    )


def _of_person(person: Person, accounts: Mapping[str, Account]) -> Iterator[Difference]:
    known = [accounts[each] for each in person.slack_ids if each in accounts]
    for each in known:
        if each.gone is not None:
            told = f"{person.name} (people.{person.person_id}): the Slack id {each.slack_id} {each.why}."
            yield Difference(each.gone, person.person_id, told, slack_id=each.slack_id)
    here = [each for each in known if each.gone is None]
    names = [each.name for each in here if each.name]
    if names and not any(_alike(person.name, name) for name in names):
        told = f"{person.name} (people.{person.person_id}) is called {names[0]} in Slack."
        yield Difference(Drift.RENAMED, person.person_id, told, name=names[0])
    mails = {each.casefold() for each in person.emails}
    others = sorted({each.email for each in here if each.email} - mails)
    if mails and others and len(others) == len([each for each in here if each.email]):
        told = f"{person.name} (people.{person.person_id}) has the address {others[0]} in Slack, the file another."
        yield Difference(Drift.OTHER_MAIL, person.person_id, told)


def _alike(name: str, other: str) -> bool:
    """Whether one contains the other: `Ana Silva (Contoso)` is Ana Silva."""
    one, two = folded(name), folded(other)
    return one in two or two in one


def _of_members(access: Access, members: Mapping[str, frozenset[str]]) -> Iterator[Difference]:
    for key, user_group_id in access.user_groups.items():
        for each in sorted(members.get(user_group_id, ())):
            if access.person_of_slack(each) is None:
                told = f"{each} is in the user group {key} and not in the file, so without what it holds."
                yield Difference(Drift.NOT_IN_FILE, "", told, slack_id=each)


def _of_logged_on(access: Access, logged_on: frozenset[str]) -> Iterator[Difference]:
    named = {
        each.casefold()
        for person in access.persons
        for each in (*person.emails, *person.portal_names)
        if "@" in each
    }
    for each in sorted(logged_on - named):
        told = f"{each} logs on to the portal, and nobody of the file has that address: more there than the file says."
        yield Difference(Drift.NOT_IN_FILE, "", told)


def _of_role(
    role: Role, access: Access, roles: Mapping[tuple[str, str], frozenset[str]]
) -> Iterator[Difference]:
    for organization_id in sorted(role.organization_ids):
        theirs = roles.get((organization_id, role.name.casefold()))
        if theirs is None:
            continue
        known = frozenset(found for each in theirs if (found := resolve(each)))
        more, less = sorted(known - role.permissions), sorted(role.permissions - known)
        if more or less:
            where = access.organization_alias(organization_id) or organization_id
            parts = [f"has {', '.join(more)} besides"] if more else []
            parts += [f"lacks {', '.join(less)}"] if less else []
            told = f"The portal's role {role.name} at {where} {' and '.join(parts)}, compared with the file."
            yield Difference(Drift.ROLE_DIFFERS, "", told)


def difference(before: str, after: str, name: str) -> str:
    """The difference of two texts of the file, as `patch` takes it."""
    old, new = before.splitlines(keepends=True), after.splitlines(keepends=True)
    return "".join(difflib.unified_diff(old, new, fromfile=name, tofile=f"{name} (proposed)"))


def proposed(document: str, differences: Iterable[Difference]) -> str:
    """The text of the file without ids that are gone and with names as they are now, where a line says just that.

    What stands on several lines is left to whoever reads the sentences.
    """
    lines, places = document.splitlines(keepends=True), lines_by_path(document)
    for each in differences:
        if each.drift is Drift.RENAMED and (number := places.get(("people", each.person_id, "name"))):
            lines[number - 1] = _with_value(lines[number - 1], each.name)
        elif each.drift in _WITHOUT and (number := places.get(("people", each.person_id, "slack"))):
            lines[number - 1] = _without(lines[number - 1], each.slack_id)
    return "".join(lines)


_WITHOUT = frozenset({Drift.GONE, Drift.GUEST, Drift.NOT_A_MEMBER})


def _with_value(line: str, name: str) -> str:
    key, equals, value = line.partition("=")
    quoted = value.strip()
    if not equals or not (quoted.startswith('"') and quoted.endswith('"')) or '"' in name or "\\" in name:
        return line
    return f'{key}= "{name}"\n' if name.isprintable() else line


def _without(line: str, slack_id: str) -> str:
    """The list without this id; the line as it is where it holds no whole list."""
    for written in (f', "{slack_id}"', f'"{slack_id}", ', f'"{slack_id}"'):
        if written in line and "]" in line:
            return line.replace(written, "", 1)
    return line
