"""A verdict taken apart: each way of the rule, each condition of it, and the grant that meets it or not."""

from dataclasses import dataclass
from datetime import datetime

from permissions.access import Access, Person
from permissions.ask import Ask, RefusalReason, Verdict
from permissions.check import judge, question_of
from permissions.grants import Basis
from permissions.organizations import OrganizationTree, Place
from permissions.rules import Clause, Way, Where, rule_of


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition of a way: any one of these permissions, in this organization.

    `any_of` runs from the nearest to the widest; empty: nobody meets it. `place` is None for a global group
    without a known owner. `met_by` is None where the person does not meet it.
    """

    why: RefusalReason
    any_of: tuple[str, ...]
    where: Where
    place: Place | None
    met_by: Basis | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """The verdict and what it was reached on. `ways` is empty where the question did not get that far."""

    ask: Ask
    verdict: Verdict
    person: Person | None
    place: Place | None
    above: tuple[str, ...]
    ways: tuple[tuple[Condition, ...], ...]
    tree_is_fresh: bool


def explain(ask: Ask, access: Access, tree: OrganizationTree, at: datetime) -> Explanation:
    """The same verdict as `judge`, with every condition that was looked at. Raises ValueError as `judge` does."""
    verdict = judge(ask, access, tree, at)
    person, place = access.person(ask.person_id), tree.place(ask.organization_id)
    ways: tuple[Way, ...] = ()
    if person is not None and place is not None and ask.person_id not in access.suspended:
        ways = rule_of(question_of(ask)).ways
    return Explanation(
        ask=ask,
        verdict=verdict,
        person=person,
        place=place,
        above=tuple(tree.name(each) or each for each in place.above) if place else (),
        ways=tuple(tuple(_condition(each, ask, access, tree, at) for each in way) for way in ways),
        tree_is_fresh=tree.is_fresh(at),
    )


def _condition(each: Clause, ask: Ask, access: Access, tree: OrganizationTree, at: datetime) -> Condition:
    where = ask.organization_id if each.where is Where.TARGET else ask.global_owner_id
    place = tree.place(where) if where else None
    met_by = _met_by(each, ask.person_id, place, access, at, fresh=tree.is_fresh(at)) if place else None
    return Condition(each.why, each.any_of, each.where, place, met_by)


def _met_by(
    each: Clause, person_id: str, place: Place, access: Access, at: datetime, *, fresh: bool
) -> Basis | None:
    """The nearest permission that meets it, from a grant that names it before one that contains it."""
    for name in each.any_of:
        grant = access.giver(person_id, name, place, at, fresh=fresh)
        if grant is not None:
            return Basis(name, grant)
    return None
