"""Access: the people, the roles and the grants of one accepted generation, indexed for quick verdicts."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import NamedTuple

from permissions.catalogue import GLOBAL_WHILE_CHILDLESS, mask
from permissions.grants import Grant
from permissions.names import APPROVE_GLOBAL
from permissions.organizations import Place, same_id
from permissions.roles import Role

_GLOBAL_BIT = mask((APPROVE_GLOBAL,))


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Someone who may hold grants. `person_id` is the access file's key; their Slack ids are one person."""

    person_id: str
    name: str
    slack_ids: tuple[str, ...] = ()
    portal_names: tuple[str, ...] = ()
    emails: tuple[str, ...] = ()


class Entry(NamedTuple):
    """A grant with its bits worked out: in its own organization, and below it."""

    own: int
    below: int
    grant: Grant


class Standing(NamedTuple):
    """One person's grants at one organization: the bits without end, together, and every grant.

    `ending` are the grants whose bits must be looked at by the clock.
    """

    own: int
    below: int
    ending: tuple[Entry, ...]
    entries: tuple[Entry, ...]


_Index = Mapping[str, Mapping[str, Standing]]

# The bits a person has in one organization: for certain, and only if an outdated tree still holds.
Held = tuple[int, int]
NOTHING: Held = (0, 0)


class Lasting(NamedTuple):
    """The bits a person has in one organization, and in every organization below it, now and later ones."""

    here: int
    below: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """Who may do what. Several sources of grants are one list; each grant carries its origin.

    `generation` counts accepted versions, 0 for one that was never accepted; `digest` is the SHA-256 of
    `document`, the text that was accepted; `organization_ids` are the file's own names for organizations.
    `user_group_grants` are held by Slack user groups (their `person_id` is the user group's id) and count for
    nobody until `with_members` says who belongs to them; `user_groups` are the file's names for those ids.
    """

    persons: tuple[Person, ...] = ()
    grants: tuple[Grant, ...] = ()
    roles: tuple[Role, ...] = ()
    user_group_grants: tuple[Grant, ...] = ()
    user_groups: Mapping[str, str] = field(default_factory=dict)
    organization_ids: Mapping[str, str] = field(default_factory=dict)
    generation: int = 0
    digest: str = ""
    document: str = field(default="", repr=False)
    match_people_by_email: bool = False
    # Person ids whose rights all stand still, whatever gives them.
    suspended: frozenset[str] = frozenset()
    _by_id: Mapping[str, Person] = field(init=False, repr=False, compare=False)
    _by_slack: Mapping[str, Person] = field(init=False, repr=False, compare=False)
    _index: _Index = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        by_slack = _by_slack(self.persons)
        object.__setattr__(self, "_by_id", {each.person_id: each for each in self.persons})
        object.__setattr__(self, "_by_slack", by_slack)
        object.__setattr__(self, "_index", _indexed(self.grants))

    def person(self, person_id: str) -> Person | None:
        """The person with this key; None for a stranger."""
        return self._by_id.get(person_id)

    def knows(self, person_id: str) -> bool:
        """Whether there is a person with this key."""
        return person_id in self._by_id

    def person_of_slack(self, slack_id: str) -> Person | None:
        """The person behind a Slack id; None for a stranger."""
        return self._by_slack.get(slack_id)

    def person_of_email(self, email: str) -> Person | None:
        """The person with this e-mail address, if matching by it is switched on; else always None."""
        if not self.match_people_by_email:
            return None
        wanted = email.strip().casefold()
        found = [each for each in self.persons if wanted in map(str.casefold, each.emails)]
        return found[0] if len(found) == 1 else None

    def grants_of(self, person_id: str) -> tuple[Grant, ...]:
        """Every grant of this person, ended ones included, in one fixed order."""
        entries = self._index.get(person_id, {})
        return tuple(
            sorted(
                (entry.grant for each in entries.values() for entry in each.entries),
                key=lambda grant: grant.sort_key,
            )
        )

    def with_generation(self, generation: int) -> "Access":
        """The same access as this generation."""
        return replace(self, generation=generation)

    def with_grants(self, more: Iterable[Grant]) -> "Access":
        """This access and further grants from another source; grants only add."""
        return replace(self, grants=(*self.grants, *more))

    def with_members(self, members: Mapping[str, Iterable[str]]) -> "Access":
        """This access with what the user groups give to their members: user group ids to Slack ids.

        Only people of this access count among the members; a user group that is not told has none.
        """
        found = []
        for grant in self.user_group_grants:
            slack_ids = members.get(grant.person_id, ())
            persons = {person.person_id for each in slack_ids if (person := self._by_slack.get(each))}
            found += [replace(grant, person_id=each) for each in sorted(persons)]
        return self.with_grants(found) if found else self

    def with_suspended(self, person_ids: Iterable[str]) -> "Access":
        """This access, in which nothing of these persons counts; their grants stay listed."""
        return replace(self, suspended=self.suspended.union(person_ids))

    def organization_alias(self, organization_id: str) -> str | None:
        """The file's own name for an organization; None when it has none."""
        wanted = same_id(organization_id)
        return next((alias for alias, each in self.organization_ids.items() if each == wanted), None)

    def giving(
        self, person_id: str, bit: int, place: Place, at: datetime, *, fresh: bool
    ) -> tuple[Grant, ...]:
        """The person's living grants that give this bit there: the organization's own, then from above."""
        of_person = self._index.get(person_id, {})
        wanted = bit | GLOBAL_WHILE_CHILDLESS if bit == _GLOBAL_BIT and not place.has_children else bit
        found = [
            entry.grant
            for entry in _entries(of_person.get(place.organization_id))
            if entry.own & wanted and entry.grant.is_alive(at)
        ]
        for above in place.above if fresh else ():
            found += [
                entry.grant
                for entry in _entries(of_person.get(above))
                if entry.below & wanted and entry.grant.is_alive(at)
            ]
        return tuple(found)

    def held(self, person_id: str, place: Place, at: datetime, *, fresh: bool) -> Held:
        """What a person has in an organization at this time; `fresh`: the tree may be relied on."""
        of_person = self._index.get(person_id)
        if of_person is None or person_id in self.suspended:
            return NOTHING
        bits = from_above = 0
        if own := of_person.get(place.organization_id):
            bits = own.own
            for entry in own.ending:
                if entry.grant.is_alive(at):
                    bits |= entry.own
        for above in place.above:
            if there := of_person.get(above):
                from_above |= there.below
                for entry in there.ending:
                    if entry.grant.is_alive(at):
                        from_above |= entry.below
        everything = bits | from_above
        if everything & GLOBAL_WHILE_CHILDLESS:
            everything = _with_global(everything, place)
        return (everything, 0) if fresh else (bits, everything & ~bits)

    def lasting(
        self, person_id: str, place: Place, *, at: datetime, until: datetime | None, fresh: bool
    ) -> Lasting:
        """What a person has there now and will still have until then (None: without end).

        Nothing of a suspended person counts. `fresh`: the tree may be relied on for what comes from above.
        """
        of_person = {} if person_id in self.suspended else self._index.get(person_id, {})
        here = below = 0
        for entry in _entries(of_person.get(place.organization_id)):
            if _outlives(entry.grant, at, until):
                here |= entry.own
                below |= entry.below
        for above in place.above if fresh else ():
            for entry in _entries(of_person.get(above)):
                if _outlives(entry.grant, at, until):
                    here |= entry.below
                    below |= entry.below
        return Lasting(here, below)

    def organizations_of(self, person_id: str) -> frozenset[str]:
        """The ids that a person's grants name (alive or not): where to begin to look."""
        return frozenset(self._index.get(person_id, {}))


def _by_slack(persons: Iterable[Person]) -> dict[str, Person]:
    found: dict[str, Person] = {}
    for person in persons:
        for slack_id in person.slack_ids:
            if found.setdefault(slack_id, person).person_id != person.person_id:
                raise ValueError(
                    f"the Slack id {slack_id} belongs to both {found[slack_id].person_id} and "
                    f"{person.person_id}; one Slack id is one person: take it from one of them"
                )
    return found


def _entries(standing: Standing | None) -> tuple[Entry, ...]:
    return standing.entries if standing else ()


def _outlives(grant: Grant, at: datetime, until: datetime | None) -> bool:
    """Whether it is alive at this time and ends no sooner than then."""
    if grant.until is None:
        return True
    return at < grant.until and until is not None and until <= grant.until


def _with_global(bits: int, place: Place) -> int:
    """Turns "global while nothing is below", which is held, into the right itself where nothing is below."""
    return bits if place.has_children else bits | _GLOBAL_BIT


def _indexed(grants: Iterable[Grant]) -> _Index:
    lists: dict[str, dict[str, list[Entry]]] = {}
    for grant in sorted(grants, key=lambda each: each.sort_key):
        entry = Entry(grant.held_at_own(), grant.held_below(), grant)
        place = same_id(grant.organization_id)
        lists.setdefault(grant.person_id, {}).setdefault(place, []).append(entry)
    return {
        person: {place: _standing(entries) for place, entries in of_person.items()}
        for person, of_person in lists.items()
    }


def _standing(entries: Iterable[Entry]) -> Standing:
    own = below = 0
    ending = []
    for entry in entries:
        if entry.grant.until is None:
            own |= entry.own
            below |= entry.below
        else:
            ending.append(entry)
    return Standing(own, below, tuple(ending), tuple(entries))
