"""Questions built on the one verdict: who could, where may I look, how far, the second pair of eyes."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from functools import partial

from permissions.access import Access, Person
from permissions.ask import Allowed, Ask, RefusalReason, Refused, Verdict
from permissions.check import able, allowed_in, judge
from permissions.grants import Basis
from permissions.organizations import OrganizationTree, same_id
from permissions.refusals import Facts, refusal_sentence
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
