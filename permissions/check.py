"""The one function that answers "may this person do this, there, now?".

What a person holds is the union of everything alive; `outcome` sets it against what the question needs. The
numbers in comments are those of the permission semantics.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache, lru_cache, partial
from typing import Final

from permissions.access import NOTHING, Access, Held, Person
from permissions.ask import Allowed, Ask, RefusalReason, Refused, Verdict, effective_reach, obstacle_of
from permissions.grants import Basis, OrganizationTree, Place, same_id
from permissions.outcome import Met, Placed, Unmet, outcome, widest
from permissions.refusals import Facts, allowed_sentence, refusal_sentence
from permissions.rules import RuleKey, Where, rule_of
from permissions.terms import Action, Door, Kind, Reach

# Python 3.11 takes ten times as long for a member of an enumeration as for a name of the module, and a verdict
# asks for several.
_GLOBAL, _GLOBAL_OWNER = Reach.GLOBAL, Where.GLOBAL_OWNER
_HAND_OVER, _RELEASE = Action.HAND_OVER, Action.RELEASE
_Here = tuple[Place, Place | None, datetime, bool]
"""The organization, that of the global group, when, and whether the tree may be relied on."""

_ORDER = {why: place for place, why in enumerate(RefusalReason)}
# 11.1: what lets one's own software in, or keeps others from looking at it. Denying harms nobody but oneself.
_NOT_ON_ONES_OWN = frozenset(
    {Action.APPROVE, Action.CLAIM, Action.TAKE_OVER, Action.RELEASE, Action.MAINTAIN}
)
_NOT_IN_DOUBT = frozenset({Action.APPROVE, Action.MAINTAIN})


_REMEMBERED: Final = 1024
"""Outcomes of each plain question, at most 0.7 MB; a dozen are common, and few sets of bits are held."""


@dataclass(slots=True)
class _Setting:
    """Everything about an ask that does not depend on the person, looked up. Nobody changes it once it is made.

    It is not frozen, since one is made for each verdict and a frozen one takes several times as long to make.
    """

    ask: Ask
    place: Place
    question: RuleKey
    fresh: bool
    at: datetime
    owner: Place | None = None
    one_place: bool = False
    obstacle: RefusalReason | None = None

    @property
    def here(self) -> _Here:
        """Where and when."""
        return self.place, self.owner, self.at, self.fresh


def judge(ask: Ask, access: Access, tree: OrganizationTree, at: datetime) -> Verdict:
    """Whether the person may do this at this time (aware UTC), and on what that rests or what is missing.

    Raises ValueError for a time without a zone: that is a fault of the caller, not a refusal.
    """
    if at.tzinfo is None:
        raise ValueError("judge needs an aware time; give one such as datetime.now(UTC)")
    person_id = ask.person_id
    if person_id not in access.acting:
        return _refused_at_once(ask, _not_acting(person_id, access))
    place = _place(ask.organization_id, ask.computer_organization_id, tree)
    if not isinstance(place, Place):
        return _refused_at_once(ask, place)
    action = ask.action
    if _is_plain(ask) and ask.own_request is False and action is not _HAND_OVER and action is not _RELEASE:
        fresh = tree.is_fresh(at)
        held = access.held(person_id, place, at, fresh=fresh)[0]
        found = _plain_outcomes(action, ask.kind, ask.reach)(held)
        if isinstance(found, Met):
            return _allow(access, person_id, found, (place, None, at, fresh))
        if fresh:
            return _refuse_plainly(ask, access, found, (place, tree, at))
    setting = _setting(ask, place, tree, at)
    found = _found(setting, access, person_id)
    if isinstance(found, Unmet):
        return _refuse(setting, access, found)
    if setting.obstacle is not None:
        return _say(setting, access, setting.obstacle)
    if why := _about_persons(setting, access, tree):
        return _say(setting, access, why)
    return _allow(access, person_id, found, setting.here)


def able(
    ask: Ask, persons: Iterable[Person], access: Access, tree: OrganizationTree, at: datetime
) -> Iterator[tuple[Person, Allowed]]:
    """Those of the persons who may do this, were they to ask it themselves, each with their verdict.

    The request is taken as none of theirs and unclaimed by them; who asked it does not matter. The same
    verdicts as `judge`, without a reason for those who may not.
    """
    theirs = replace(ask, own_request=False, is_claimer=False)
    place = _place(ask.organization_id, ask.computer_organization_id, tree)
    # Handing over is for the claimer alone, and nobody here is.
    if not isinstance(place, Place) or ask.action is _HAND_OVER:
        return
    setting = _setting(theirs, place, tree, at)
    if setting.obstacle:
        return
    holders = access.holders(setting.place)
    if setting.owner is not None:
        holders |= access.holders(setting.owner)
    needs_nothing = isinstance(outcome(setting.question, 0, 0, setting.one_place), Met)
    for person in persons:
        if (needs_nothing or person.person_id in holders) and person.person_id not in access.suspended:
            found = _found(setting, access, person.person_id)
            if isinstance(found, Met):
                yield person, _allow(access, person.person_id, found, setting.here)


def allowed_in(
    ask: Ask, organization_ids: Iterable[str], access: Access, tree: OrganizationTree, at: datetime
) -> Iterator[str]:
    """Those of the organizations in which the ask would be allowed: as `judge` has it, without a reason for any.

    For lists over all organizations. A plain ask has one rule for all of them, so that each is one look at the bits.
    """
    person_id, fresh = ask.person_id, tree.is_fresh(at)
    if person_id not in access.acting:
        return
    if not _is_plain(ask) or ask.own_request is not False or ask.action is _HAND_OVER or ask.is_claimer:
        asks = (replace(ask, organization_id=each) for each in organization_ids)
        yield from (one.organization_id for one in asks if isinstance(judge(one, access, tree, at), Allowed))
        return
    outcomes, computers = _plain_outcomes(ask.action, ask.kind, ask.reach), ask.computer_organization_id
    for each in organization_ids:
        place = _place(each, computers, tree)
        if not isinstance(place, Place):
            continue
        if isinstance(outcomes(access.held(person_id, place, at, fresh=fresh)[0]), Met):
            yield each


# --- the setting: organization, reach, obstacles --------------------------------------------------


def _place(organization_id: str, computers: str | None, tree: OrganizationTree) -> Place | RefusalReason:
    """`computers`: the organization of the computer, where the portal gives it separately."""
    place = tree.place(organization_id)
    if place is None:
        return RefusalReason.UNPLACEABLE_ORGANIZATION
    if computers is not None and same_id(computers) != place.organization_id:  # 1.8
        return RefusalReason.OTHER_ORGANIZATION
    return place


def _setting(ask: Ask, place: Place, tree: OrganizationTree, at: datetime) -> _Setting:
    if _is_plain(ask):
        question = _plain_question(ask.action, ask.kind, ask.reach)
        return _Setting(ask, place, question, tree.is_fresh(at), at)
    reach = _reach(ask)
    owner = tree.place(ask.global_owner_id) if reach is _GLOBAL and ask.global_owner_id else None
    return _Setting(
        ask,
        place,
        question_of(ask, reach),
        tree.is_fresh(at),
        at,
        owner=owner,
        one_place=owner is not None and owner.organization_id == place.organization_id,
        obstacle=obstacle_of(ask, place, owner, reach),
    )


def _is_plain(ask: Ask) -> bool:
    """Whether action, kind and reach are all that the rule depends on, and nothing can be in the way.

    Most asks are. Whatever this is false for goes the long way, which gives the same for a plain one.
    """
    return (
        ask.computers == 1
        and ask.reach is not _GLOBAL
        and ask.computer_group_organization_id is None
        and ask.computer_group_known
        and ask.extension is None
        and ask.maintenance is None
        and not (
            ask.computer_group_is_global
            or ask.already_approved
            or ask.elevates
            or ask.built_in_match
            or ask.from_look_up
        )
    )


@cache
def _plain_outcomes(action: Action, kind: Kind | None, reach: Reach) -> Callable[[int], Met | Unmet]:
    """The outcome of a plain ask for the bits that are held there: one number is found sooner than a whole question."""
    question = _plain_question(action, kind, reach)
    return lru_cache(maxsize=_REMEMBERED)(lambda here: outcome.__wrapped__(question, here, 0, False))


@cache
def _plain_question(action: Action, kind: Kind | None, reach: Reach) -> RuleKey:
    return RuleKey(action, kind, reach)


def _reach(ask: Ask) -> Reach:
    """The reach that counts (5.5). A width not learnt is an obstacle anyway; the choice stands in for it."""
    if ask.extension is not None and ask.extension.widest is None:
        return effective_reach(replace(ask, extension=None))
    return effective_reach(ask)


def question_of(ask: Ask, reach: Reach | None = None) -> RuleKey:
    """The part of the ask that the rule depends on; `reach` is the one that counts, where it is known."""
    mode = ask.maintenance
    return RuleKey(
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


# --- what is held, and what follows ---------------------------------------------------------------

_LETTING_GO = Met((), ())


def _found(setting: _Setting, access: Access, person_id: str) -> Met | Unmet:
    """What the rule says of what the person holds here and at the global group's owner."""
    ask, owner = setting.ask, setting.owner
    if ask.action is _RELEASE and ask.is_claimer:  # 9.0: what one holds, one may let go
        return _LETTING_GO
    here = access.held(person_id, setting.place, setting.at, fresh=setting.fresh)[0]
    if owner is None:
        return outcome(setting.question, here, 0, False)
    at_owner = access.held(person_id, owner, setting.at, fresh=setting.fresh)[0]
    return outcome(setting.question, here, at_owner, setting.one_place)


def _held(setting: _Setting, access: Access, person_id: str) -> tuple[Held, Held]:
    """What the person holds here and at the global group's owner, with what only an outdated tree gives."""
    here = access.held(person_id, setting.place, setting.at, fresh=setting.fresh)
    if setting.owner is None:
        return here, NOTHING
    return here, access.held(person_id, setting.owner, setting.at, fresh=setting.fresh)


def _about_persons(setting: _Setting, access: Access, tree: OrganizationTree) -> RefusalReason | None:
    """Reasons that lie in who asks, given that the permissions suffice (9.0, 11.1)."""
    ask = setting.ask
    if ask.action is _HAND_OVER:
        return _hand_over(setting, access, tree)
    if (ask.action is _RELEASE and ask.is_claimer) or (
        ask.maintenance is not None and ask.maintenance.door is Door.COMPUTER
    ):
        return None
    if ask.own_request and ask.action in _NOT_ON_ONES_OWN:
        return RefusalReason.OWN_REQUEST
    in_doubt = ask.own_request is None and ask.action in _NOT_IN_DOUBT
    return RefusalReason.NOT_TOLD_APART if in_doubt else None


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


# Of a named tuple: what it is called by takes its members one by one, in Python, for twice as long.
_made = tuple.__new__


def _allow(access: Access, person_id: str, found: Met, here: _Here) -> Allowed:
    """Each permission with the grant that gives it there: one that names it before one that only contains it."""
    place, owner, at, fresh = here
    rests_on: tuple[Basis, ...] = ()
    for name, where in found.used:
        there = owner if where is _GLOBAL_OWNER and owner is not None else place
        grant = access.giver(person_id, name, there, at, fresh=fresh)
        if grant is None:
            raise RuntimeError(f"{person_id} holds {name} at {there.organization_id}, and no grant gives it")
        rests_on += (_made(Basis, (name, grant)),)
    tell = partial(allowed_sentence, found.names, place.name)
    return _made(Allowed, (rests_on, place.organization_id, tell))


def _not_acting(person_id: str, access: Access) -> RefusalReason:
    return RefusalReason.SUSPENDED if access.knows(person_id) else RefusalReason.UNKNOWN_PERSON


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


def _refuse(setting: _Setting, access: Access, found: Unmet) -> Refused:
    obstacle, why = setting.obstacle, found.why
    if obstacle is None:
        if not setting.fresh and _only_outdated(setting, access):
            return _say(setting, access, RefusalReason.OUTDATED_ORGANIZATIONS)
    elif _ORDER[obstacle] < _ORDER[why]:
        why = obstacle
    if why in _MENDED_BY_NO_PERMISSION:
        return _say(setting, access, why)
    return _say(setting, access, why, found)


def _only_outdated(setting: _Setting, access: Access) -> bool:
    """Whether it would be allowed if the tree could still be relied on."""
    here, at_owner = _held(setting, access, setting.ask.person_id)
    if not here[1] and not at_owner[1]:
        return False
    known, known_at_owner = here[0] | here[1], at_owner[0] | at_owner[1]
    return isinstance(outcome(setting.question, known, known_at_owner, setting.one_place), Met)


def _refuse_plainly(
    ask: Ask, access: Access, found: Unmet, here: tuple[Place, OrganizationTree, datetime]
) -> Refused:
    """As `_refuse`; what the sentence needs besides is looked up when somebody reads it."""
    why, place = found.why, here[0]
    told = _NONE_MISSING if why in _MENDED_BY_NO_PERMISSION else found
    tell = partial(_plain_sentence, ask, access, why, told.missing, here)
    return _made(Refused, (why, told.names, place.organization_id, tell))


def _plain_sentence(
    ask: Ask,
    access: Access,
    why: RefusalReason,
    missing: tuple[Placed, ...],
    here: tuple[Place, OrganizationTree, datetime],
) -> str:
    return _sentence(_setting(ask, *here), access, why, missing)


_NONE_MISSING = Unmet(RefusalReason.NO_PERMISSION, (), ())


def _say(setting: _Setting, access: Access, why: RefusalReason, found: Unmet = _NONE_MISSING) -> Refused:
    """A refusal; `found` has the permissions that are missing."""
    owner = setting.owner
    there = owner if owner is not None and why is RefusalReason.GLOBAL_GROUP else setting.place
    tell = partial(_sentence, setting, access, why, found.missing)
    return _made(Refused, (why, found.names, there.organization_id, tell))


def _sentence_at_once(ask: Ask, why: RefusalReason) -> str:
    return refusal_sentence(Facts(ask=ask, why=why))


def _sentence(setting: _Setting, access: Access, why: RefusalReason, missing: tuple[Placed, ...]) -> str:
    """The sentence for the person. The organization is named only to those who may see its requests."""
    (here, _), (at_owner, _) = _held(setting, access, setting.ask.person_id)
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
