"""Reads the access file: who may do what, validated whole. A document with any problem is not accepted.

AccessFileError    the document cannot be used; `problems` says for each fault where it is and how to mend it
"""

import hashlib
import json
import tomllib
from collections.abc import Iterable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from permissions.access import Access, Person
from permissions.access_document import (
    UNION_PARTS,
    AccessDocument,
    GrantTable,
    PersonTable,
    Problem,
    RoleTable,
    UserGroupTable,
    confusing,
    dotted,
    ends_with_mark,
    in_words,
    line_of,
    lines_by_path,
    suggested,
)
from permissions.access_document import Path as KeyPath
from permissions.catalogue import folded as folded_name
from permissions.catalogue import nearest, resolve
from permissions.grants import Grant, Origin, Source, looks_like_id, same_id
from permissions.known_by import look_alikes
from permissions.plain_text import MARK, NotUtf8, text_of
from permissions.roles import BUILT_IN_ROLES, Role, built_in, exact_names

# Our choice: 5,000 grants take about 1 MB; anything far beyond is the wrong file.
MAX_BYTES = 8 * 1024 * 1024


class AccessFileError(Exception):
    """The document cannot be used as it is. The access in force stays; mend the problems and load again."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(each) for each in self.problems))


def load_access_file(path: str | Path) -> Access:
    """The access that this file describes. Raises AccessFileError with every problem found."""
    file = Path(path)
    try:
        raw = file.read_bytes()
    except OSError as error:
        reason = f"cannot be read ({error.strerror}); check the path and that this user may read it"
        raise AccessFileError([Problem(str(file), "", None, reason)]) from error
    if len(raw) > MAX_BYTES:
        reason = (
            f"is {len(raw)} bytes, more than the {MAX_BYTES} an access file may have; is it the right file?"
        )
        raise AccessFileError([Problem(str(file), "", None, reason)])
    try:
        text_of(raw)
    except NotUtf8 as error:
        raise AccessFileError([Problem(str(file), "", None, str(error))]) from error
    # With its byte order mark: the digest is that of the file.
    return parse_access_document(raw.decode("utf-8"), source=str(file))


def parse_access_document(text: str | Mapping[str, Any], *, source: str = "access document") -> Access:
    """The access that this document describes: TOML text, JSON text, or the parsed tables themselves.

    `digest` is the SHA-256 of the text (of the canonical JSON text for parsed tables), and `document` that
    text: parsing it again gives the same access. Raises AccessFileError with every problem found.
    """
    document = text if isinstance(text, str) else json.dumps(text, sort_keys=True, default=_as_json)
    return _parsed(document, source)


# Whoever accepts, compares or judges by a file reads the same text: once is enough, and nobody can change an access.
@lru_cache(maxsize=4)
def _parsed(document: str, source: str) -> Access:
    reader = _Reader(source, document)
    access = reader.read()
    if access is None or reader.problems:
        raise AccessFileError(reader.problems)
    return access


def _as_json(value: object) -> str:
    if hasattr(value, "isoformat"):
        return str(value.isoformat())
    raise TypeError(f"an access document cannot hold a {type(value).__name__}")


class _Reader:
    """One reading of one document, collecting problems as it goes."""

    def __init__(self, source: str, document: str) -> None:
        self.source = source
        self.document = document
        self.lines: dict[KeyPath, int] = {}
        self.problems: list[Problem] = []
        self.organization_ids: dict[str, str] = {}
        self.roles: dict[str, Role] = {}

    def read(self) -> Access | None:
        tables = self._tables()
        document = self._shaped(tables) if tables is not None else None
        if document is None:
            return None
        self._end(document)
        self.organization_ids = self._organizations(document.organizations)
        persons = self._persons(document.people)
        self.roles = self._roles(document.roles)
        self._user_groups(document)
        grants = [
            grant
            for place, table in enumerate(document.grants)
            for grant in self._grants(place, table, document)
        ]
        return Access(
            persons=tuple(persons),
            grants=tuple(each for each in grants if each.origin.source is Source.FILE),
            user_group_grants=tuple(each for each in grants if each.origin.source is Source.USER_GROUP),
            user_groups={key: table.slack for key, table in document.user_groups.items()},
            roles=tuple(self.roles.values()),
            organization_ids=self.organization_ids,
            digest=hashlib.sha256(self.document.encode("utf-8", "surrogatepass")).hexdigest(),
            document=self.document,
            match_people_by_email=document.match_people_by_email,
        )

    def _problem(self, path: KeyPath, message: str) -> None:
        self.problems.append(Problem(self.source, dotted(path), line_of(path, self.lines), message))

    def _written(self, path: KeyPath) -> str:
        """Where something stands in the document, for those who have to change it there."""
        line = line_of(path, self.lines)
        return dotted(path) + (f", line {line}" if line else "")

    # --- text to tables ---

    def _tables(self) -> object:
        text = self.document.removeprefix(MARK)
        try:
            if self._is_json:
                return json.loads(text)
            self.lines = lines_by_path(text)
            return tomllib.loads(text.replace("\r\n", "\n"))
        except (tomllib.TOMLDecodeError, json.JSONDecodeError) as error:
            self._problem((), f"cannot be parsed: {error}; mend that place, the rest could not be checked")
        except ValueError:
            # Python's own limit; its sentence tells programmers how to lift it.
            self._problem((), "holds a number of thousands of digits; mend it, the rest could not be checked")
        except RecursionError:
            self._problem((), "is nested too deeply to be an access file; is it the right file?")
        return None

    @property
    def _is_json(self) -> bool:
        """No TOML document begins with a brace."""
        return self.document.removeprefix(MARK).lstrip().startswith("{")

    def _shaped(self, tables: object) -> AccessDocument | None:
        try:
            return AccessDocument.model_validate(tables)
        except ValidationError as error:
            found: dict[KeyPath, str] = {}
            for fault in error.errors():
                path = tuple(part for part in fault["loc"] if part not in UNION_PARTS)
                found.setdefault(path, in_words(fault["type"], fault["msg"], path, fault["input"]))
            for path, message in found.items():
                self._problem(path, message)
            return None

    # --- tables to meaning ---

    def _end(self, document: AccessDocument) -> None:
        """The end mark stands last: a save that was cut off may lack the very line that ends a grant.

        JSON needs none, since what is cut off of it is no JSON.
        """
        if self._is_json:
            return
        if document.end is not None and not ends_with_mark(self.document):
            self._problem(
                ("end",), "[end] is not the last line; nothing but comments may follow it: move it to the end"
            )
        elif document.end_mark and document.end is None:
            self._problem(
                ("end_mark",),
                "promises [end] as the last line, and there is none: the file looks cut off; save it again whole, or "
                "write [end] at its end",
            )

    def _organizations(self, table: Mapping[str, str]) -> dict[str, str]:
        found: dict[str, str] = {}
        by_id: dict[str, str] = {}
        for alias, organization_id in table.items():
            own = same_id(organization_id)
            if by_id.setdefault(own, alias) != alias:
                self._problem(
                    ("organizations", alias),
                    f"names the same organization as {by_id[own]!r}; keep one name for it",
                )
            if why := confusing(alias, own, found):
                self._problem(("organizations", alias), why)
            found[alias] = own
        return found

    def _persons(self, table: Mapping[str, PersonTable]) -> list[Person]:
        persons = []
        for key, person in table.items():
            persons.append(
                Person(
                    person_id=key,
                    name=person.name,
                    slack_ids=tuple(dict.fromkeys(person.slack)),
                    portal_names=tuple(person.portal),
                    emails=tuple(person.emails),
                    quiet=person.quiet,
                )
            )
        for path, message in look_alikes(persons):
            self._problem(path, message)
        return [] if self.problems else persons

    def _user_groups(self, document: AccessDocument) -> None:
        """Named only where they are switched on, each once."""
        owner: dict[str, str] = {}
        for key, group in document.user_groups.items():
            path = ("user_groups", key)
            if not document.slack_user_groups:
                self._problem(
                    path,
                    "Slack user groups are off: whoever edits one in Slack would hand out what it holds; "
                    "write slack_user_groups = true at the top to want that, or delete this table",
                )
            if owner.setdefault(group.slack, key) != key:
                self._problem((*path, "slack"), f"is already {owner[group.slack]}; keep one name for it")

    def _roles(self, table: Mapping[str, RoleTable]) -> dict[str, Role]:
        found: dict[str, Role] = {}
        for name, text in table.items():
            path = ("roles", name)
            if folded_name(name) in found:
                self._problem(path, "is defined twice but for case or dashes; keep one")
            permissions = self._permissions((*path, "permissions"), text.permissions)
            own = built_in(name)
            if own is not None and permissions != exact_names(BUILT_IN_ROLES[own]):
                self._problem(
                    path,
                    f"has the name of the built-in role {own} but not its list; take another name, "
                    "or exactly its list",
                )
            everywhere = text.organizations == "everywhere"
            places = [] if isinstance(text.organizations, str) else text.organizations
            found[folded_name(name)] = Role(
                name=name,
                permissions=permissions,
                organization_ids=frozenset(self._places((*path, "organizations"), places)),
                and_below=text.and_below,
                everywhere=everywhere,
                comment=text.comment,
                origin=Origin(Source.FILE, self._written(path)),
            )
        return found

    def _permissions(self, path: KeyPath, spelled: Iterable[str]) -> frozenset[str]:
        found = set()
        for spelling in spelled:
            name = resolve(spelling)
            if name is None:
                self._problem(path, f"there is no permission {spelling!r}{suggested(nearest(spelling))}")
            else:
                found.add(name)
        return frozenset(found)

    def _places(self, path: KeyPath, spelled: Iterable[str]) -> list[str]:
        found = []
        for spelling in spelled:
            organization_id = self._place(spelling)
            if organization_id is None:
                meant = nearest(spelling, self.organization_ids)
                self._problem(
                    path,
                    f"{spelling!r} is neither a name in [organizations] nor an id{suggested(meant)}"
                    f"{'' if meant else '; add it to [organizations] with its id from the portal'}",
                )
            elif organization_id not in found:
                found.append(organization_id)
        return found

    def _place(self, spelling: str) -> str | None:
        if spelling in self.organization_ids:
            return self.organization_ids[spelling]
        return same_id(spelling) if looks_like_id(spelling) else None

    def _grants(self, place: int, table: GrantTable, document: AccessDocument) -> Iterable[Grant]:
        path: KeyPath = ("grants", place)
        persons = self._people_of((*path, "people"), table.people, document.people)
        groups = self._user_groups_of((*path, "user_groups"), table.user_groups, document.user_groups)
        if not table.people and not table.user_groups:
            self._problem(path, "names nobody; add people (or user_groups), or delete the grant")
        places = self._places((*path, "organizations"), table.organizations)
        single = self._permissions((*path, "permissions"), table.permissions)
        if not table.permissions and not table.roles:
            self._problem(path, "gives nothing; add permissions or roles, or delete the grant")
        given: list[tuple[str | None, frozenset[str]]] = [(None, single)] if single else []
        for spelling in dict.fromkeys(table.roles):
            given += self._role((*path, "roles"), spelling, places, and_below=table.and_below)
        written = self._written(path)
        holders = [(person_id, Origin(Source.FILE, written)) for person_id in persons]
        holders += [
            (slack, Origin(Source.USER_GROUP, f"{key} ({slack}), {written}")) for key, slack in groups
        ]
        for person_id, origin in holders:
            for organization_id in places:
                for role, permissions in given:
                    yield Grant(
                        person_id=person_id,
                        permissions=permissions,
                        organization_id=organization_id,
                        role=role,
                        and_below=table.and_below,
                        until=table.until,
                        origin=origin,
                        comment=table.comment,
                    )

    def _people_of(self, path: KeyPath, keys: Iterable[str], people: Mapping[str, PersonTable]) -> list[str]:
        found = []
        for key in dict.fromkeys(keys):
            if key in people:
                found.append(key)
            else:
                meant = nearest(key, people)
                self._problem(
                    path,
                    f"there is no [people.{key}]{suggested(meant)}{'' if meant else '; add that person'}",
                )
        return found

    def _user_groups_of(
        self, path: KeyPath, keys: Iterable[str], groups: Mapping[str, UserGroupTable]
    ) -> list[tuple[str, str]]:
        """The keys that are known, each with the user group's id."""
        found = []
        for key in dict.fromkeys(keys):
            if key in groups:
                found.append((key, groups[key].slack))
            else:
                meant = nearest(key, groups)
                self._problem(
                    path,
                    f"there is no [user_groups.{key}]{suggested(meant)}"
                    f"{'' if meant else '; add it with the id from Slack'}",
                )
        return found

    def _role(
        self, path: KeyPath, spelling: str, places: Iterable[str], *, and_below: bool
    ) -> list[tuple[str, frozenset[str]]]:
        own = built_in(spelling)
        if own is not None:
            return [(own, exact_names(BUILT_IN_ROLES[own]))]
        role = self.roles.get(folded_name(spelling))
        if role is None:
            known = (*BUILT_IN_ROLES, *(each.name for each in self.roles.values()))
            self._problem(path, f"there is no role {spelling!r}{suggested(nearest(spelling, known))}")
            return []
        for organization_id in places:
            if not role.exists_at(organization_id, and_below=and_below):
                self._problem(path, self._role_elsewhere(role, organization_id, and_below=and_below))
        return [(role.name, role.permissions)]

    def _role_elsewhere(self, role: Role, organization_id: str, *, and_below: bool) -> str:
        known = {each: alias for alias, each in self.organization_ids.items()}
        where = known.get(organization_id, organization_id)
        if organization_id in role.organization_ids and and_below:
            return (
                f"the role {role.name!r} exists at {where} but not in the organizations below, where this "
                "grant goes; give the role and_below = true, or the grant and_below = false"
            )
        return (
            f"the role {role.name!r} does not exist at {where}; a custom role can only be applied in its own "
            f"organizations: add {where} to the role's organizations"
        )
