"""The one function that answers "may this person do this, there, now?", and the questions built on it.

Grants only add and silence refuses: what a person holds is the union of everything alive, and an action is
allowed when some way of its rule is met by it. The numbers in comments are those of the permission semantics.
"""

from dataclasses import replace
from datetime import datetime
from typing import NamedTuple

from permissions.access import Access, Held
from permissions.ask import Allowed, Ask, RefusalReason, Refused, Verdict, effective_reach
from permissions.catalogue import BIT, PERMISSIONS
from permissions.grants import Basis
from permissions.organizations import OrganizationTree, Place, same_id
from permissions.refusals import Telling, allowed_sentence, refusal_sentence
from permissions.rules import Clause, Question, Rule, Way, Where, narrower_rules, rule_of
from permissions.terms import Action, Door, Kind, Reach

_ORDER = {why: place for place, why in enumerate(RefusalReason)}
_NOTHING = Held(0, 0)
_REACHING = frozenset({Action.APPROVE, Action.PROMOTE})
_NOT_ON_ONES_OWN = frozenset(
    {Action.APPROVE, Action.DENY, Action.CLAIM, Action.TAKE_OVER, Action.RELEASE, Action.MAINTAIN}
)


class _Scene(NamedTuple):
    """An ask with everything looked up that the verdict needs. `here` and `at_owner` are what is held."""

    ask: Ask
    access: Access
    at: datetime
    place: Place
    owner: Place | None
    question: Question
    rule: Rule
    here: Held
    at_owner: Held
    fresh: bool


def judge(ask: Ask, access: Access, tree: OrganizationTree, at: datetime) -> Verdict:
    """Whether the person may do this at this time (aware UTC), and on what that rests or what is missing.

    Raises ValueError for a time without a zone: that is a fault of the caller, not a refusal.
    """
    if at.tzinfo is None:
        raise ValueError("judge needs an aware time; give one such as datetime.now(UTC)")
    scene = _scene(ask, access, tree, at)
    if isinstance(scene, RefusalReason):
        return _refused_at_once(ask, scene)
    obstacle = _obstacle(scene)
    way = None if obstacle else _way(scene)
    if way is None:
        return _refuse(scene, obstacle)
    if why := _about_persons(scene, tree):
        return _say(scene, why, ())
    return _allow(scene, way)


def allowed_or_none(ask: Ask, access: Access, tree: OrganizationTree, at: datetime) -> Allowed | None:
    """The same verdict as `judge` for a search among many: no reason is worked out for those who may not."""
    scene = _scene(ask, access, tree, at)
    if isinstance(scene, RefusalReason):
        return None
    way = _way(scene)
    if way is None or _obstacle(scene) or _about_persons(scene, tree):
        return None
    return _allow(scene, way)


# --- the scene: person, organization, what is held ------------------------------------------------


def _scene(ask: Ask, access: Access, tree: OrganizationTree, at: datetime) -> _Scene | RefusalReason:
    if access.person(ask.person_id) is None:
        return RefusalReason.UNKNOWN_PERSON
    place = tree.place(ask.organization_id)
    if place is None:
        return RefusalReason.UNPLACEABLE_ORGANIZATION
    computers = ask.computer_organization_id
    if computers is not None and same_id(computers) != place.organization_id:  # 1.8
        return RefusalReason.OTHER_ORGANIZATION
    reach = _reach(ask)
    owner = tree.place(ask.global_owner_id) if reach is Reach.GLOBAL and ask.global_owner_id else None
    fresh = tree.is_fresh(at)
    question = _question(ask, reach)
    here = access.held(ask.person_id, place, at, fresh=fresh)
    at_owner = access.held(ask.person_id, owner, at, fresh=fresh) if owner else _NOTHING
    return _Scene(ask, access, at, place, owner, question, rule_of(question), here, at_owner, fresh)


def _reach(ask: Ask) -> Reach:
    """The reach that counts (5.5). A width not learnt is an obstacle anyway; the choice stands in for it."""
    if ask.extension is not None and ask.extension.widest is None:
        return effective_reach(replace(ask, extension=None))
    return effective_reach(ask)


def _question(ask: Ask, reach: Reach) -> Question:
    mode = ask.maintenance
    return Question(
        action=ask.action,
        kind=ask.kind,
        reach=reach,
        several=ask.computers != 1,
        elevates=ask.elevates,
        already_approved=ask.already_approved is True,
        mode=mode.mode if mode else None,
        door=mode.door if mode else None,
        from_look_up=ask.from_look_up,
    )


# --- obstacles: what no permission mends ----------------------------------------------------------


def _obstacle(scene: _Scene) -> RefusalReason | None:
    ask = scene.ask
    if not _reaches(ask):
        return None
    return (
        _extension_obstacle(scene)
        or _computers_obstacle(ask)
        or _computer_group_obstacle(scene)
        or _global_obstacle(scene)
    )


def _reaches(ask: Ask) -> bool:
    if ask.action is Action.MAINTAIN:
        return ask.maintenance is not None and ask.maintenance.door is Door.REQUEST
    return ask.action in _REACHING


def _extension_obstacle(scene: _Scene) -> RefusalReason | None:
    extension = scene.ask.extension
    if extension is None:
        return None
    own = extension.organization_id is not None and same_id(extension.organization_id)
    if own != scene.place.organization_id:
        return RefusalReason.FOREIGN_APPLICATION
    return RefusalReason.UNKNOWN_REACH if extension.widest is None else None


def _computers_obstacle(ask: Ask) -> RefusalReason | None:
    return RefusalReason.UNKNOWN_REACH if ask.computers < 1 else None


def _computer_group_obstacle(scene: _Scene) -> RefusalReason | None:
    ask = scene.ask
    if ask.reach is not Reach.COMPUTER_GROUP or ask.computer_group_is_global:
        return None
    if not ask.computer_group_known:
        return RefusalReason.UNKNOWN_COMPUTER_GROUP
    group = ask.computer_group_organization_id
    if group is not None and same_id(group) != scene.place.organization_id:  # 5.1
        return RefusalReason.FOREIGN_COMPUTER_GROUP
    return None


def _global_obstacle(scene: _Scene) -> RefusalReason | None:
    """5.3, 5.4: a global group is owned by the organization itself or by one above it."""
    if scene.question.reach is not Reach.GLOBAL or scene.ask.kind is Kind.WEB_CONTROL:
        return None
    owner, place = scene.owner, scene.place
    if owner is None or owner.organization_id not in (place.organization_id, *place.above):
        return RefusalReason.NO_GLOBAL_GROUP
    return None


# --- the combining rule ---------------------------------------------------------------------------


def _met_way(rule: Rule, here: int, at_owner: int) -> Way | None:
    """The first way whose every clause is met by what is held here and at the global group's owner."""
    for way in rule.ways:
        for each in way:
            if not (here if each.where is Where.TARGET else at_owner) & each.bits:
                break
        else:
            return way
    return None


def _way(scene: _Scene) -> Way | None:
    if scene.ask.action is Action.RELEASE and scene.ask.is_claimer:  # 9.0: what one holds, one may let go
        return ()
    return _met_way(scene.rule, scene.here.bits, scene.at_owner.bits)


def _about_persons(scene: _Scene, tree: OrganizationTree) -> RefusalReason | None:
    """Reasons that lie in who asks, given that the permissions suffice (9.0, 11.1)."""
    ask = scene.ask
    if ask.action is Action.HAND_OVER:
        return _hand_over(scene, tree)
    if not ask.own_request or (ask.action is Action.RELEASE and ask.is_claimer):
        return None
    on_a_request = ask.action in _NOT_ON_ONES_OWN and not (
        ask.maintenance is not None and ask.maintenance.door is Door.COMPUTER
    )
    return RefusalReason.OWN_REQUEST if on_a_request else None


def _hand_over(scene: _Scene, tree: OrganizationTree) -> RefusalReason | None:
    ask = scene.ask
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
    can = isinstance(judge(receiving, scene.access, tree, scene.at), Allowed)
    return None if can else RefusalReason.RECEIVER


# --- answers --------------------------------------------------------------------------------------


def _allow(scene: _Scene, way: Way) -> Allowed:
    used = _used(scene, way)
    rests_on = tuple([_basis(scene, name, where) for name, where in used])
    permissions = tuple([name for name, _ in used])
    return Allowed(rests_on, scene.place.organization_id, allowed_sentence(permissions, scene.place.name))


def _used(scene: _Scene, way: Way) -> list[tuple[str, Where]]:
    """The permissions that meet the way's clauses: the narrowest that do, and none that another one spares."""
    used: list[tuple[str, Where]] = []
    spared = 0
    for each in reversed(way):
        if each.where is Where.TARGET:
            if spared & each.bits:
                continue
            bit, name = _narrowest(each, scene.here.bits)
            spared |= bit
        else:
            _, name = _narrowest(each, scene.at_owner.bits)
        used.append((name, each.where))
    used.reverse()
    return used


def _narrowest(each: Clause, held: int) -> tuple[int, str]:
    return next(pair for pair in each.pairs if pair[0] & held)


def _basis(scene: _Scene, name: str, where: Where) -> Basis:
    """The grant that gives this permission there: one that names it before one that only contains it."""
    place = scene.owner if where is Where.GLOBAL_OWNER and scene.owner else scene.place
    giving = scene.access.giving(scene.ask.person_id, BIT[name], place, scene.at, fresh=scene.fresh)
    return Basis(name, min(giving, key=lambda grant: not grant.names_itself(name)))


def _refused_at_once(ask: Ask, why: RefusalReason) -> Refused:
    return Refused(why, (), same_id(ask.organization_id), refusal_sentence(Telling(ask=ask, why=why)))


def _refuse(scene: _Scene, obstacle: RefusalReason | None) -> Refused:
    if obstacle is None and _only_outdated(scene):
        return _say(scene, RefusalReason.OUTDATED_ORGANIZATIONS, ())
    unmet, missing = _nearest(scene)
    # The clauses of a way stand in the order in which reasons are told.
    reasons = [unmet[0].why] if unmet else []
    if obstacle is not None:
        reasons.append(obstacle)
    why = min(reasons, key=_ORDER.__getitem__)
    return _say(scene, why, () if why in _MENDED_BY_NO_PERMISSION else missing)


def _only_outdated(scene: _Scene) -> bool:
    """Whether it would be allowed if the tree could still be relied on."""
    here, at_owner = scene.here, scene.at_owner
    if not here.outdated_bits and not at_owner.outdated_bits:
        return False
    known, known_at_owner = here.bits | here.outdated_bits, at_owner.bits | at_owner.outdated_bits
    return _met_way(scene.rule, known, known_at_owner) is not None


def _nearest(scene: _Scene) -> tuple[Way, tuple[tuple[str, Where], ...]]:
    """The unmet clauses and the missing permissions of the way that comes nearest."""
    ways = scene.rule.ways
    found = [(unmet, _missing(scene, unmet)) for unmet in [_unmet(scene, way) for way in ways]]
    return found[0] if len(found) == 1 else min(found, key=_distance)


def _unmet(scene: _Scene, way: Way) -> Way:
    here, at_owner = scene.here.bits, scene.at_owner.bits
    return tuple([each for each in way if not (here if each.where is Where.TARGET else at_owner) & each.bits])


def _missing(scene: _Scene, unmet: Way) -> tuple[tuple[str, Where], ...]:
    """The nearest permissions that would meet these clauses; a demanding one serves the others, too."""
    one_place = scene.owner is not None and scene.owner.organization_id == scene.place.organization_id
    chosen: list[tuple[str, Where]] = []
    for each in reversed(unmet):
        for name, where in chosen:
            if BIT[name] & each.bits and (one_place or where is each.where):
                break
        else:
            if each.any_of:
                chosen.append((each.any_of[0], each.where))
    return tuple(reversed(chosen))


def _distance(found: tuple[Way, tuple[tuple[str, Where], ...]]) -> tuple[bool, bool, int]:
    """The nearest way on: one that exists, without deprecated permissions, with the fewest missing."""
    unmet, missing = found
    is_closed = any(not each.any_of for each in unmet)
    return is_closed, any(PERMISSIONS[name].deprecated for name, _ in missing), len(missing)


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


def _say(scene: _Scene, why: RefusalReason, missing: tuple[tuple[str, Where], ...]) -> Refused:
    place, owner, question = scene.place, scene.owner, scene.question
    sees = bool(scene.here.bits & scene.rule.seeing)
    told = _owner_name(scene, owner) if owner is not None and sees else None
    names = tuple([name for name, _ in missing])
    telling = Telling(
        ask=scene.ask,
        why=why,
        missing=names,
        organization=place.name if sees else None,
        owner=told,
        at_owner=tuple([name for name, where in missing if where is Where.GLOBAL_OWNER]),
        widest=_widest(scene) if why in _TOLD_WITH_WIDTH else None,
        reach=question.reach,
        holds=scene.here.bits,
    )
    there = owner if why is RefusalReason.GLOBAL_GROUP and owner is not None else place
    return Refused(why, names, there.organization_id, refusal_sentence(telling))


def _owner_name(scene: _Scene, owner: Place) -> str | None:
    """The name of the global group's owner, for those who see requests there or whose organization it is."""
    own = owner.organization_id == scene.place.organization_id
    return owner.name if own or scene.at_owner.bits & scene.rule.seeing else None


def _widest(scene: _Scene) -> Reach | None:
    """How far the person may approve this very request, for the sentence."""
    for reach, rule in narrower_rules(scene.question):
        if _met_way(rule, scene.here.bits, scene.at_owner.bits) is not None:
            return reach
    return None
