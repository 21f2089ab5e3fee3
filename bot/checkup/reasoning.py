"""A verdict's reasoning, as a short tree for people and as JSON for programs. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from permissions import Allowed, Basis, Condition, Explanation, Person

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
