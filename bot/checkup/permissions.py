"""`gatehouse permissions who` and `explain`: whether this person may, and why."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from bot.checkup.trees import AccessSource, CannotAnswer, Known, known
from bot.terminal import complain, printable
from permissions import (
    Access,
    Allowed,
    Ask,
    Basis,
    Condition,
    Explanation,
    OrganizationTree,
    Person,
    able,
    explain,
    organizations_called,
    who_could,
)
from permissions.catalogue import nearest

_SHOWN = 3
"""Permissions named of a condition that many would meet; the JSON names all."""


def explanation_tree(told: Explanation, others: Sequence[Person], note: str, access_note: str) -> str:
    """The verdict in the first line, then what it was reached on, each point a branch."""
    verdict = told.verdict
    branches: list[tuple[str, list[str]]] = [
        (f"person: {_person(told)}", []),
        (f"organization: {_organization(told)}", []),
        (f"organizations: {note}", []),
        (f"grants: {access_note}", []),
    ]
    if told.ways:
        way = min(told.ways, key=_distance)
        others_ways = f" (the nearest of {len(told.ways)} ways)" if len(told.ways) > 1 else ""
        leaves = list(dict.fromkeys(_condition(each) for each in way))
        branches.append((f"needs{others_ways}", leaves or ["no permission"]))
    if not isinstance(verdict, Allowed):
        branches.append((f"reason: {verdict.why.value}", []))
        branches.append((f"missing: {', '.join(verdict.missing) or 'nothing that a permission mends'}", []))
    branches.append((f"others who may: {', '.join(each.name for each in others) or 'none to name'}", []))
    answer = "yes" if isinstance(verdict, Allowed) else "no"
    return "\n".join([f"{answer}: {verdict.sentence}", *_drawn(branches)])


def explanation_json(told: Explanation, others: Sequence[Person]) -> dict[str, Any]:
    """The same as JSON values."""
    verdict, ask = told.verdict, told.ask
    allowed = isinstance(verdict, Allowed)
    return {
        "allowed": allowed,
        "why": None if isinstance(verdict, Allowed) else verdict.why.value,
        "missing": [] if isinstance(verdict, Allowed) else list(verdict.missing),
        "sentence": verdict.sentence,
        "person_id": ask.person_id,
        "action": ask.action.value,
        "kind": ask.kind.value if ask.kind else None,
        "reach": ask.reach.value,
        "organization_id": told.place.organization_id if told.place else ask.organization_id,
        "organization": told.place.name if told.place else None,
        "above": list(told.above),
        "tree_is_fresh": told.tree_is_fresh,
        "rests_on": [basis_json(each) for each in verdict.rests_on] if isinstance(verdict, Allowed) else [],
        "ways": [[_condition_json(each) for each in way] for way in told.ways],
        "who_could": [{"person_id": each.person_id, "name": each.name} for each in others],
    }


def basis_json(each: Basis) -> dict[str, Any]:
    """One permission that a yes rests on, and the grant it comes from."""
    grant = each.grant
    return {
        "permission": each.permission,
        "through": each.through,
        "role": grant.role,
        "organization_id": grant.organization_id,
        "and_below": grant.and_below,
        "until": grant.until.isoformat() if grant.until else None,
        "origin": str(grant.origin),
    }


def _condition_json(each: Condition) -> dict[str, Any]:
    return {
        "any_of": list(each.any_of),
        "where": each.where.value,
        "organization_id": each.place.organization_id if each.place else None,
        "met": each.met_by is not None,
        "met_by": basis_json(each.met_by) if each.met_by else None,
        "reason_if_not": each.why.value,
    }


def _person(told: Explanation) -> str:
    return f"{told.person.name} ({told.person.person_id})" if told.person else "nobody that the file knows"


def _organization(told: Explanation) -> str:
    if told.place is None:
        return f"{told.ask.organization_id} has no known place among the others"
    above = f", below {', below '.join(told.above)}" if told.above else ""
    return f"{told.place.name} ({told.place.organization_id}){above}"


def _distance(way: Sequence[Condition]) -> tuple[bool, int]:
    """Ways that are met come first, those that nobody meets last."""
    unmet = [each for each in way if each.met_by is None]
    return any(not each.any_of for each in unmet), len(unmet)


def _condition(each: Condition) -> str:
    where = f"at {each.place.name}" if each.place else "where the global group is owned"
    if each.met_by is not None:
        return f"✓ {each.met_by.permission} {where}: {_grant(each.met_by)}"
    if not each.any_of:
        return f"✗ open to nobody ({each.why.value})"
    more = len(each.any_of) - _SHOWN
    return f"✗ {', or '.join(each.any_of[:_SHOWN])}{f', or {more} more' if more > 0 else ''} {where}"


def _grant(basis: Basis) -> str:
    """Where a permission comes from."""
    grant = basis.grant
    parts = [f"through {basis.through}"] if basis.through else []
    parts += [f"role {grant.role}"] if grant.role else []
    parts += ["granted with everything below"] if grant.and_below else []
    parts += [f"until {grant.until.isoformat()}"] if grant.until else []
    return ", ".join([*parts, str(grant.origin)])


def _drawn(branches: Iterable[tuple[str, list[str]]]) -> list[str]:
    lines = []
    listed = list(branches)
    for place, (title, leaves) in enumerate(listed):
        last = place == len(listed) - 1
        lines.append(f"{'└─' if last else '├─'} {title}")
        for number, leaf in enumerate(leaves, 1):
            lines.append(f"{'   ' if last else '│  '}{'└─' if number == len(leaves) else '├─'} {leaf}")
    return lines


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """One question as it was typed: names instead of ids. `ask` holds the rest; its ids are still empty."""

    person: str = ""
    organization: str
    global_owner: str = ""
    receiver: str = ""
    ask: Ask


async def who(source: AccessSource, wanted: Wanted, *, as_json: bool) -> int:
    """Print everybody who may do it. 1 when the question cannot be answered."""
    try:
        facts = await known(source)
        ask = _ask(wanted, facts)
    except CannotAnswer as error:
        return complain(error.problems, keep="\n")
    found = list(able(ask, facts.access.persons, facts.access, facts.tree, datetime.now(UTC)))
    if as_json:
        _print(
            json.dumps(
                {
                    "people": [
                        {"person_id": person.person_id, "name": person.name}
                        | {"rests_on": [basis_json(each) for each in verdict.rests_on]}
                        for person, verdict in found
                    ],
                    "tree": facts.tree_from,
                },
                indent=2,
                ensure_ascii=False,
            )
        )
        return 0
    lines = [f"{person.name} ({person.person_id}): {_rests(verdict.rests_on)}" for person, verdict in found]
    notes = [f"grants: {facts.access_note}", f"organizations: {facts.note}"]
    _print("\n".join([*(lines or ["Nobody may do this."]), *notes]))
    return 0


async def tell_why(source: AccessSource, wanted: Wanted, *, as_json: bool) -> int:
    """Print one verdict and its reasoning. 1 when the question cannot be answered."""
    try:
        facts = await known(source)
        ask = _ask(replace(wanted, person=""), facts)
        person = person_named(wanted.person, facts.access)
    except CannotAnswer as error:
        return complain(error.problems, keep="\n")
    at = datetime.now(UTC)
    told = explain(replace(ask, person_id=person.person_id), facts.access, facts.tree, at)
    others = who_could(told.ask, facts.access, facts.tree, at)
    if as_json:
        answer = explanation_json(told, others) | {"tree": facts.tree_from}
        _print(json.dumps(answer, indent=2, ensure_ascii=False))
    else:
        _print(explanation_tree(told, others, facts.note, facts.access_note))
    return 0


def _ask(wanted: Wanted, facts: Known) -> Ask:
    """The question with ids. Raises CannotAnswer for a name that nothing has."""
    return replace(
        wanted.ask,
        organization_id=organization_named(wanted.organization, facts.access, facts.tree),
        global_owner_id=(
            organization_named(wanted.global_owner, facts.access, facts.tree) if wanted.global_owner else None
        ),
        receiver_id=person_named(wanted.receiver, facts.access).person_id if wanted.receiver else None,
    )


def person_named(text: str, access: Access) -> Person:
    """The person of this key, Slack id or name. Raises CannotAnswer for none."""
    person = access.person(text) or access.person_of_slack(text)
    if person is not None:
        return person
    named = [each for each in access.persons if each.name.casefold() == text.casefold()]
    if named:  # one: two people of one name are a fault of the file
        return named[0]
    known_ones = [name for each in access.persons for name in (each.person_id, each.name)]
    raise CannotAnswer(f"There is no person {text!r} in the access file{_meant(text, known_ones)}")


def organization_named(text: str, access: Access, tree: OrganizationTree) -> str:
    """The id behind the access file's name, the portal's name, or the id itself. Raises CannotAnswer."""
    among = tree.placed | frozenset(access.organization_ids.values())
    named = organizations_called(text, among, access, tree, whole=True)
    if len(named) == 1:
        return named[0]
    if named:
        raise CannotAnswer(
            f"Several organizations are called {text!r}; give one of the ids {', '.join(named)}."
        )
    known_ones = [*access.organization_ids, *(tree.name(each) or each for each in tree.placed)]
    raise CannotAnswer(f"There is no organization {text!r}{_meant(text, known_ones)}")


def _meant(text: str, among: Iterable[str]) -> str:
    close = nearest(text, among)
    return f"; did you mean {close!r}?" if close else "."


def _rests(rests_on: tuple[Basis, ...]) -> str:
    return "; ".join(str(each) for each in rests_on) or "whatever their permissions are"


def _print(text: str) -> None:
    sys.stdout.write(printable(text, keep="\n") + "\n")
