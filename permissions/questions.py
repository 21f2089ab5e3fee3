"""Questions built on the one verdict: who could, where may I look, how far, the second pair of eyes; and why (not)."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from permissions.access import Access, Person
from permissions.ask import Allowed, Ask, RefusalReason, Refused, Verdict
from permissions.check import able, allowed_in, judge, question_of
from permissions.grants import Basis, OrganizationTree, Place, same_id
from permissions.refusals import Facts, refusal_sentence
from permissions.rules import Clause, Way, Where, rule_of
from permissions.terms import Action, Kind


def organizations_called(
    named: str, among: Iterable[str], access: Access, tree: OrganizationTree, *, whole: bool = False
) -> tuple[str, ...]:
    """The ids of those organizations that typed words mean, sorted: the one rule for every place where one is typed.

    The portal's name, the access file's name for it and its id mean it, whatever the case. Where nothing is
    called so, a part of a name is enough, unless `whole` is asked for: a right is not given to whatever comes near.
    `among` is what the asker may know of; of others nothing is told apart from what does not exist.
    """
    wanted = " ".join(named.casefold().split())
    names: dict[str, set[str]] = {same_id(each): set() for each in among}
    for each, known in names.items():
        known.add((tree.name(each) or "").casefold())
    for alias, each in access.organization_ids.items():
        names.get(each, set()).add(alias.casefold())
    exact = [each for each, known in names.items() if wanted and (wanted in known or same_id(named) == each)]
    if exact or whole or not wanted:
        return tuple(sorted(exact))
    return tuple(sorted(each for each, known in names.items() if any(wanted in name for name in known)))


def told_apart(among: Iterable[str], access: Access, tree: OrganizationTree) -> tuple[str, ...]:
    """What to write for each of these organizations so that it is the one that is meant, sorted: the portal's name; the
    access file's, or the id, where two have the same."""
    named = {each: tree.name(each) or access.organization_alias(each) or each for each in map(same_id, among)}
    often = Counter(name.casefold() for name in named.values())
    return tuple(
        sorted(
            name if often[name.casefold()] == 1 else f"{name} ({access.organization_alias(each) or each})"
            for each, name in named.items()
        )
    )


def who_could(
    ask: Ask,
    access: Access,
    tree: OrganizationTree,
    at: datetime,
    *,
    without: frozenset[str] = frozenset(),
    at_most: int = 3,
) -> tuple[Person, ...]:
    """Other people who could do exactly this, as far as the asker wanted to go.

    `without` are further persons to leave out: the requestors of the case. Empty when the asker may not see
    the request: names are only for those who may (semantics 12.2). People who hold the right by name come
    before those who hold it through a Super Admin, and who is quiet comes last.
    """
    if not isinstance(judge(replace(ask, action=Action.VIEW), access, tree, at), Allowed):
        return ()
    found: list[tuple[bool, bool, str, str, Person]] = []
    others = [
        each for each in access.persons if each.person_id != ask.person_id and each.person_id not in without
    ]
    for person, verdict in able(ask, others, access, tree, at):
        through = _through_family(verdict.rests_on)
        found.append((person.quiet, through, person.name, person.person_id, person))
    return tuple(entry[-1] for entry in sorted(found, key=lambda entry: entry[:-1])[:at_most])


def _through_family(rests_on: tuple[Basis, ...]) -> bool:
    return any(each.through for each in rests_on)


def organizations_in_view(  # noqa: PLR0917 - the same order of arguments as every other question
    person_id: str,
    access: Access,
    tree: OrganizationTree,
    at: datetime,
    action: Action = Action.VIEW,
    kind: Kind | None = None,
) -> frozenset[str]:
    """The ids of the organizations in which the person may do this: what lists and look-ups are cut to.

    Without a kind, VIEW and QUEUE mean requests of every kind but web control; ask for Kind.WEB_CONTROL to
    learn where those are in view. Ids are in the compared form (see `same_id`).
    """
    if access.person(person_id) is None:
        return frozenset()
    named = access.organizations_of(person_id)
    near = named.union(*(tree.descendants(each) for each in named))
    ask = Ask(person_id=person_id, action=action, organization_id="", kind=kind)
    return frozenset(allowed_in(ask, near, access, tree, at))


def judge_second(
    first: Ask,
    second_person_id: str,
    access: Access,
    tree: OrganizationTree,
    at: datetime,
    *,
    second_own_request: bool | None = False,
) -> Verdict:
    """Whether this second person completes the first one's approval, both judged now (semantics 11.2).

    The answer is the first refusal of the two, or the second person's yes.
    """
    if second_person_id == first.person_id:
        why = RefusalReason.SAME_PERSON
        tell = partial(refusal_sentence, Facts(ask=first, why=why))
        return Refused(why, (), same_id(first.organization_id), tell)
    verdict = judge(first, access, tree, at)
    if isinstance(verdict, Refused):
        return verdict
    second = replace(first, person_id=second_person_id, own_request=second_own_request, is_claimer=False)
    return judge(second, access, tree, at)


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
