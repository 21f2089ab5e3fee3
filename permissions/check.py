"""The one function that answers "may this person do this, there, now?".

What a person holds is the union of everything alive; `outcome` sets it against what the question needs. The
numbers in comments are those of the permission semantics.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import NamedTuple

from permissions.access import NOTHING, Access, Held, Person
from permissions.ask import Allowed, Ask, RefusalReason, Refused, Verdict, effective_reach
from permissions.catalogue import BIT
from permissions.facts import Facts
from permissions.grants import Basis
from permissions.organizations import OrganizationTree, Place, same_id
from permissions.outcome import Met, Placed, Unmet, outcome, widest
from permissions.refusals import allowed_sentence, refusal_sentence
from permissions.rules import Question, Where, rule_of
from permissions.terms import Action, Door, Kind, Reach

_ORDER = {why: place for place, why in enumerate(RefusalReason)}
_REACHING = frozenset({Action.APPROVE, Action.PROMOTE})
_NOT_ON_ONES_OWN = frozenset(
    {Action.APPROVE, Action.DENY, Action.CLAIM, Action.TAKE_OVER, Action.RELEASE, Action.MAINTAIN}
)


class _Setting(NamedTuple):
    """Everything about an ask that does not depend on the person, looked up."""

    ask: Ask
    place: Place
    owner: Place | None
    question: Question
    one_place: bool
    obstacle: RefusalReason | None
    fresh: bool
    at: datetime


def judge(ask: Ask, access: Access, tree: OrganizationTree, at: datetime) -> Verdict:
    """Whether the person may do this at this time (aware UTC), and on what that rests or what is missing.

    Raises ValueError for a time without a zone: that is a fault of the caller, not a refusal.
    """
    if at.tzinfo is None:
        raise ValueError("judge needs an aware time; give one such as datetime.now(UTC)")
    person_id = ask.person_id
    if not access.knows(person_id):
        return _refused_at_once(ask, RefusalReason.UNKNOWN_PERSON)
    if person_id in access.suspended:
        return _refused_at_once(ask, RefusalReason.SUSPENDED)
    setting = _setting(ask, tree, at)
    if isinstance(setting, RefusalReason):
        return _refused_at_once(ask, setting)
    here, at_owner, found = _found(setting, access, person_id)
    if isinstance(found, Unmet):
        return _refuse(setting, here, at_owner, found)
    if setting.obstacle is not None:
        return _say(setting, setting.obstacle, (), here, at_owner)
    if (ask.own_request or ask.action is Action.HAND_OVER) and (why := _about_persons(setting, access, tree)):
        return _say(setting, why, (), here, at_owner)
    return _allow(setting, access, person_id, found)


def able(
    ask: Ask, persons: Iterable[Person], access: Access, tree: OrganizationTree, at: datetime
) -> Iterator[tuple[Person, Allowed]]:
    """Those of the persons who may do this, were they to ask it themselves, each with their verdict.

    The request is taken as none of theirs and unclaimed by them; who asked it does not matter. The same
    verdicts as `judge`, without a reason for those who may not.
    """
    theirs = replace(ask, own_request=False, is_claimer=False)
    setting = _setting(theirs, tree, at)
    # Handing over is for the claimer alone, and nobody here is.
    if isinstance(setting, RefusalReason) or setting.obstacle or ask.action is Action.HAND_OVER:
        return
    for person in persons:
        if person.person_id not in access.suspended:
            found = _found(setting, access, person.person_id)[2]
            if isinstance(found, Met):
                yield person, _allow(setting, access, person.person_id, found)


# --- the setting: organization, reach, obstacles --------------------------------------------------


def _setting(ask: Ask, tree: OrganizationTree, at: datetime) -> _Setting | RefusalReason:
    place = tree.place(ask.organization_id)
    if place is None:
        return RefusalReason.UNPLACEABLE_ORGANIZATION
    computers = ask.computer_organization_id
    if computers is not None and same_id(computers) != place.organization_id:  # 1.8
        return RefusalReason.OTHER_ORGANIZATION
    reach = _reach(ask)
    owner = tree.place(ask.global_owner_id) if reach is Reach.GLOBAL and ask.global_owner_id else None
    return _Setting(
        ask,
        place,
        owner,
        question_of(ask, reach),
        owner is not None and owner.organization_id == place.organization_id,
        _obstacle(ask, place, owner, reach),
        tree.is_fresh(at),
        at,
    )


def _reach(ask: Ask) -> Reach:
    """The reach that counts (5.5). A width not learnt is an obstacle anyway; the choice stands in for it."""
    if ask.extension is not None and ask.extension.widest is None:
        return effective_reach(replace(ask, extension=None))
    return effective_reach(ask)


def question_of(ask: Ask, reach: Reach | None = None) -> Question:
    """The part of the ask that the rule depends on; `reach` is the one that counts, where it is known."""
    mode = ask.maintenance
    return Question(
        ask.action,
        ask.kind,
        reach or _reach(ask),
        ask.computers != 1,
        ask.elevates,
        ask.already_approved is True,
        mode.mode if mode else None,
        mode.door if mode else None,
        ask.from_look_up,
    )


# --- obstacles: what no permission mends ----------------------------------------------------------


def _obstacle(ask: Ask, place: Place, owner: Place | None, reach: Reach) -> RefusalReason | None:
    plain = ask.extension is None and ask.computers > 0
    if (plain and reach in _WITHOUT_COMPUTER_GROUP and ask.reach is reach) or not _reaches(ask):
        return None
    return (
        _extension_obstacle(ask, place)
        or _computers_obstacle(ask)
        or _computer_group_obstacle(ask, place)
        or _global_obstacle(ask, place, owner, reach)
    )


# Reaches that have nothing to be known or owned by somebody else.
_WITHOUT_COMPUTER_GROUP = frozenset({Reach.COMPUTER, Reach.ORGANIZATION})


def _reaches(ask: Ask) -> bool:
    if ask.action is Action.MAINTAIN:
        return ask.maintenance is not None and ask.maintenance.door is Door.REQUEST
    return ask.action in _REACHING


def _extension_obstacle(ask: Ask, place: Place) -> RefusalReason | None:
    extension = ask.extension
    if extension is None:
        return None
    own = extension.organization_id is not None and same_id(extension.organization_id)
    if own != place.organization_id:
        return RefusalReason.FOREIGN_APPLICATION
    return RefusalReason.UNKNOWN_REACH if extension.widest is None else None


def _computers_obstacle(ask: Ask) -> RefusalReason | None:
    return RefusalReason.UNKNOWN_REACH if ask.computers < 1 else None


def _computer_group_obstacle(ask: Ask, place: Place) -> RefusalReason | None:
    if ask.reach is not Reach.COMPUTER_GROUP or ask.computer_group_is_global:
        return None
    if not ask.computer_group_known:
        return RefusalReason.UNKNOWN_COMPUTER_GROUP
    group = ask.computer_group_organization_id
    if group is not None and same_id(group) != place.organization_id:  # 5.1
        return RefusalReason.FOREIGN_COMPUTER_GROUP
    return None


def _global_obstacle(ask: Ask, place: Place, owner: Place | None, reach: Reach) -> RefusalReason | None:
    """5.3, 5.4: a global group is owned by the organization itself or by one above it."""
    if reach is not Reach.GLOBAL or ask.kind is Kind.WEB_CONTROL:
        return None
    if owner is None or owner.organization_id not in (place.organization_id, *place.above):
        return RefusalReason.NO_GLOBAL_GROUP
    return None


# --- what is held, and what follows ---------------------------------------------------------------

_LETTING_GO = Met((), ())


def _found(setting: _Setting, access: Access, person_id: str) -> tuple[Held, Held, Met | Unmet]:
    """What the person holds here and at the global group's owner, and what the rule says of it."""
    ask, owner = setting.ask, setting.owner
    here = access.held(person_id, setting.place, setting.at, fresh=setting.fresh)
    at_owner = access.held(person_id, owner, setting.at, fresh=setting.fresh) if owner else NOTHING
    if ask.action is Action.RELEASE and ask.is_claimer:  # 9.0: what one holds, one may let go
        return here, at_owner, _LETTING_GO
    return here, at_owner, outcome(setting.question, here[0], at_owner[0], setting.one_place)


def _about_persons(setting: _Setting, access: Access, tree: OrganizationTree) -> RefusalReason | None:
    """Reasons that lie in who asks, given that the permissions suffice (9.0, 11.1)."""
    ask = setting.ask
    if ask.action is Action.HAND_OVER:
        return _hand_over(setting, access, tree)
    if not ask.own_request or (ask.action is Action.RELEASE and ask.is_claimer):
        return None
    on_a_request = ask.action in _NOT_ON_ONES_OWN and not (
        ask.maintenance is not None and ask.maintenance.door is Door.COMPUTER
    )
    return RefusalReason.OWN_REQUEST if on_a_request else None


def _hand_over(setting: _Setting, access: Access, tree: OrganizationTree) -> RefusalReason | None:
    ask = setting.ask
    if not ask.is_claimer:
        return RefusalReason.NOT_CLAIMER
    if ask.receiver_id is None or ask.receiver_id == ask.person_id:
        return RefusalReason.RECEIVER
    receiving = replace(
        ask,
        person_id=ask.receiver_id,
        action=Action.CLAIM,
        own_request=ask.receiver_own_request,
        is_claimer=False,
    )
    can = isinstance(judge(receiving, access, tree, setting.at), Allowed)
    return None if can else RefusalReason.RECEIVER


# --- answers --------------------------------------------------------------------------------------


def _allow(setting: _Setting, access: Access, person_id: str, found: Met) -> Allowed:
    place = setting.place
    rests_on = tuple([_basis(setting, access, person_id, each) for each in found.used])
    return Allowed(rests_on, place.organization_id, partial(allowed_sentence, found.names, place.name))


def _basis(setting: _Setting, access: Access, person_id: str, used: Placed) -> Basis:
    """The grant that gives this permission there: one that names it before one that only contains it."""
    name, where = used
    owner = setting.owner
    place = owner if where is Where.GLOBAL_OWNER and owner is not None else setting.place
    giving = access.giving(person_id, BIT[name], place, setting.at, fresh=setting.fresh)
    for grant in giving:
        if name in grant.permissions:
            return Basis(name, grant)
    return Basis(name, giving[0])


def _refused_at_once(ask: Ask, why: RefusalReason) -> Refused:
    return Refused(why, (), same_id(ask.organization_id), partial(_sentence_at_once, ask, why))


_TOLD_WITH_WIDTH = frozenset(
    {RefusalReason.REACH, RefusalReason.SEVERAL_COMPUTERS, RefusalReason.GLOBAL_GROUP}
)
_MENDED_BY_NO_PERMISSION = frozenset(
    {
        RefusalReason.DECIDE_IN_PORTAL,
        RefusalReason.NO_MODE_HERE,
        RefusalReason.FOREIGN_APPLICATION,
        RefusalReason.UNKNOWN_REACH,
        RefusalReason.UNKNOWN_COMPUTER_GROUP,
        RefusalReason.FOREIGN_COMPUTER_GROUP,
        RefusalReason.NO_GLOBAL_GROUP,
    }
)


def _refuse(setting: _Setting, here: Held, at_owner: Held, found: Unmet) -> Refused:
    obstacle, why = setting.obstacle, found.why
    if obstacle is None:
        if _only_outdated(setting, here, at_owner):
            return _say(setting, RefusalReason.OUTDATED_ORGANIZATIONS, (), here, at_owner)
    elif _ORDER[obstacle] < _ORDER[why]:
        why = obstacle
    if why in _MENDED_BY_NO_PERMISSION:
        return _say(setting, why, (), here, at_owner)
    return _say(setting, why, found.missing, here, at_owner, found.names)


def _only_outdated(setting: _Setting, here: Held, at_owner: Held) -> bool:
    """Whether it would be allowed if the tree could still be relied on."""
    if not here[1] and not at_owner[1]:
        return False
    known, known_at_owner = here[0] | here[1], at_owner[0] | at_owner[1]
    return isinstance(outcome(setting.question, known, known_at_owner, setting.one_place), Met)


def _say(  # noqa: PLR0917 - the hot path: keywords would cost a tenth of the verdict
    setting: _Setting,
    why: RefusalReason,
    missing: tuple[Placed, ...],
    here: Held,
    at_owner: Held,
    names: tuple[str, ...] = (),
) -> Refused:
    """A refusal; `names` are those of the missing permissions."""
    owner = setting.owner
    there = owner if why is RefusalReason.GLOBAL_GROUP and owner is not None else setting.place
    tell = partial(_sentence, setting, why, missing, here[0], at_owner[0])
    return Refused(why, names, there.organization_id, tell)


def _sentence_at_once(ask: Ask, why: RefusalReason) -> str:
    return refusal_sentence(Facts(ask=ask, why=why))


def _sentence(
    setting: _Setting, why: RefusalReason, missing: tuple[Placed, ...], here: int, at_owner: int
) -> str:
    """The sentence for the person. The organization is named only to those who may see its requests."""
    owner = setting.owner
    seeing = rule_of(setting.question).seeing
    sees_owner = setting.one_place or at_owner & seeing
    facts = Facts(
        ask=setting.ask,
        why=why,
        missing=tuple(name for name, _ in missing),
        organization=setting.place.name if here & seeing else None,
        owner=owner.name if owner is not None and here & seeing and sees_owner else None,
        at_owner=tuple(name for name, where in missing if where is Where.GLOBAL_OWNER),
        widest=widest(setting.question, here, at_owner) if why in _TOLD_WITH_WIDTH else None,
        reach=setting.question.reach,
        holds=here,
    )
    return refusal_sentence(facts)
