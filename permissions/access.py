"""Access: the people, the roles and the grants of one accepted generation, indexed for quick verdicts."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import NamedTuple

from permissions.catalogue import BIT, GLOBAL_WHILE_CHILDLESS, mask
from permissions.grants import Grant, Place, same_id
from permissions.names import APPROVE_GLOBAL
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
    quiet: bool = False
    """May decide like anybody with their grants, and is never called: named last, mentioned by nobody of ours."""


# A named tuple takes twice as long to give a member, and several times as long to be taken apart.
@dataclass(frozen=True, slots=True)
class Entry:
    """A grant with its bits worked out: in its own organization, and below it."""

    own: int
    below: int
    grant: Grant


_ByPlace = Mapping[str, tuple[Entry, ...]]


@dataclass(frozen=True, slots=True)
class Holding:
    """Everything of one person, by the organization that each grant names.

    `own` and `below` are the bits without end, together, there and in everything below; `ending` are the grants
    whose bits must be looked at by the clock; `entries` are all grants.
    """

    own: Mapping[str, int]
    below: Mapping[str, int]
    ending: _ByPlace
    entries: _ByPlace


_NO_GRANTS = Holding({}, {}, {}, {})
_NOBODY: frozenset[str] = frozenset()

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
    # Person ids that anything may count for: known and not suspended.
    acting: frozenset[str] = field(init=False, repr=False, compare=False)
    _index: Mapping[str, Holding] = field(init=False, repr=False, compare=False)
    # The same without those of whom nothing counts.
    _counting: Mapping[str, Holding] = field(init=False, repr=False, compare=False)
    # By organization: who has a grant there, and who has one that counts below it, too.
    _there: Mapping[str, frozenset[str]] = field(init=False, repr=False, compare=False)
    _and_below: Mapping[str, frozenset[str]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        by_slack = _by_slack(self.persons)
        object.__setattr__(self, "_by_id", {each.person_id: each for each in self.persons})
        object.__setattr__(self, "_by_slack", by_slack)
        object.__setattr__(self, "acting", frozenset(self._by_id) - self.suspended)
        index = _indexed(self.grants)
        object.__setattr__(self, "_index", index)
        counting = {each: held for each, held in index.items() if each not in self.suspended}
        object.__setattr__(self, "_counting", counting)
        object.__setattr__(self, "_there", _holders(index, lambda _: True))
        object.__setattr__(self, "_and_below", _holders(index, lambda entry: bool(entry.below)))

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
        entries = self._index.get(person_id, _NO_GRANTS).entries
        return tuple(
            sorted(
                (entry.grant for each in entries.values() for entry in each),
                key=lambda grant: grant.sort_key,
            )
        )

    def with_generation(self, generation: int) -> "Access":
        """The same access as this generation."""
        return replace(self, generation=generation)

    def with_grants(self, more: Iterable[Grant]) -> "Access":
        """This access and further grants from another source; grants only add."""
        return replace(self, grants=(*self.grants, *more))

    def with_roles(self, more: Iterable[Role]) -> "Access":
        """This access and further custom roles from another source. They give nothing until they are granted."""
        return replace(self, roles=(*self.roles, *more))

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

    def giver(self, person_id: str, name: str, place: Place, at: datetime, *, fresh: bool) -> Grant | None:
        """The person's living grant that gives this permission there; one that names it before one that contains it.

        Of several it is the organization's own before one from above, each in the order of `grants_of`.
        """
        holding = self._index.get(person_id)
        if holding is None:
            return None
        entries, bit = holding.entries, BIT[name]
        if bit == _GLOBAL_BIT and not place.has_children:
            bit |= GLOBAL_WHILE_CHILDLESS
        containing = None
        for entry in entries.get(place.organization_id, ()):
            grant = entry.grant
            if entry.own & bit and (grant.until is None or at < grant.until):
                if name in grant.permissions:
                    return grant
                containing = containing or grant
        for above in place.above if fresh else ():
            for entry in entries.get(above, ()):
                grant = entry.grant
                if entry.below & bit and (grant.until is None or at < grant.until):
                    if name in grant.permissions:
                        return grant
                    containing = containing or grant
        return containing

    def held(self, person_id: str, place: Place, at: datetime, *, fresh: bool) -> Held:
        """What a person has in an organization at this time; `fresh`: the tree may be relied on."""
        holding = self._counting.get(person_id)
        if holding is None:
            return NOTHING
        bits, from_above = holding.own.get(place.organization_id, 0), 0
        if below := holding.below:
            for above in place.above:
                if above in below:
                    from_above |= below[above]
        if ending := holding.ending:
            bits |= _alive(ending, place.organization_id, at)[0]
            for above in place.above:
                from_above |= _alive(ending, above, at)[1]
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
        holding = self._counting.get(person_id, _NO_GRANTS)
        here = below = 0
        for entry in holding.entries.get(place.organization_id, ()):
            if _outlives(entry.grant, at, until):
                here |= entry.own
                below |= entry.below
        for above in place.above if fresh else ():
            for entry in holding.entries.get(above, ()):
                if _outlives(entry.grant, at, until):
                    here |= entry.below
                    below |= entry.below
        return Lasting(here, below)

    def holders(self, place: Place) -> frozenset[str]:
        """The ids of people some grant of whom, alive or not, may count there. Nobody else holds a bit."""
        above = (self._and_below.get(each, _NOBODY) for each in place.above)
        return self._there.get(place.organization_id, _NOBODY).union(*above)

    def organizations_of(self, person_id: str) -> frozenset[str]:
        """The ids that a person's grants name (alive or not): where to begin to look."""
        return frozenset(self._index.get(person_id, _NO_GRANTS).entries)


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


def _alive(ending: _ByPlace, place: str, at: datetime) -> tuple[int, int]:
    """The bits of grants with an end that are alive: there, and below."""
    own = below = 0
    for entry in ending.get(place, ()):
        if entry.grant.is_alive(at):
            own |= entry.own
            below |= entry.below
    return own, below


def _outlives(grant: Grant, at: datetime, until: datetime | None) -> bool:
    """Whether it is alive at this time and ends no sooner than then."""
    if grant.until is None:
        return True
    return at < grant.until and until is not None and until <= grant.until


def _with_global(bits: int, place: Place) -> int:
    """Turns "global while nothing is below", which is held, into the right itself where nothing is below."""
    return bits if place.has_children else bits | _GLOBAL_BIT


def _indexed(grants: Iterable[Grant]) -> dict[str, Holding]:
    lists: dict[str, dict[str, list[Entry]]] = {}
    for grant in sorted(grants, key=lambda each: each.sort_key):
        entry = Entry(grant.held_at_own(), grant.held_below(), grant)
        place = same_id(grant.organization_id)
        lists.setdefault(grant.person_id, {}).setdefault(place, []).append(entry)
    return {person: _holding(of_person) for person, of_person in lists.items()}


def _holders(index: Mapping[str, Holding], counts: Callable[[Entry], bool]) -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for person_id, holding in index.items():
        for place, entries in holding.entries.items():
            if any(map(counts, entries)):
                found.setdefault(place, set()).add(person_id)
    return {place: frozenset(person_ids) for place, person_ids in found.items()}


def _holding(lists: Mapping[str, Iterable[Entry]]) -> Holding:
    entries = {place: tuple(each) for place, each in lists.items()}
    ending = {place: tuple(e for e in each if e.grant.until is not None) for place, each in entries.items()}
    own: dict[str, int] = {}
    below: dict[str, int] = {}
    for place, each in entries.items():
        for entry in each:
            if entry.grant.until is None:
                own[place] = own.get(place, 0) | entry.own
                below[place] = below.get(place, 0) | entry.below
    return Holding(
        own,
        {place: bits for place, bits in below.items() if bits},
        {place: each for place, each in ending.items() if each},
        entries,
    )
