"""`gatehouse permissions who | explain`: may this person do that there, why, and who else may.

Answers are 0 whether it is yes or no; 1 means that the question could not be answered. The JSON is a promise:
keys are only added, never renamed or taken away.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from bot.checkup.reasoning import basis_json, explanation_json, explanation_tree
from bot.checkup.trees import AccessSource, CannotAnswer, Known, known
from bot.logs import printable
from permissions import (
    Access,
    Ask,
    Basis,
    OrganizationTree,
    Person,
    able,
    explain,
    same_id,
    who_could,
)
from permissions.catalogue import nearest


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
        return _complain(error.problems)
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
        return _complain(error.problems)
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
    if text in access.organization_ids:
        return access.organization_ids[text]
    if tree.place(text) is not None:
        return same_id(text)
    named = [each for each in sorted(tree.placed) if (tree.name(each) or "").casefold() == text.casefold()]
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


def _complain(problems: Iterable[str]) -> int:
    sys.stderr.writelines(f"{printable(each, keep=chr(10))}\n" for each in problems)
    return 1
