"""What each action needs, worked out from the catalogue: choices of clauses, and nothing about persons.

A rule is a choice of ways; a way is a list of clauses that must all be met; a clause is met by any one of
its permissions, all in the request's organization, or in the one that owns the global group. A clause
without permissions is met by nobody. The numbers in comments are those of the permission semantics.
"""

from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple

from permissions import names
from permissions.ask import RefusalReason, rights_of
from permissions.catalogue import PERMISSIONS, approving, managing, mask, once_opening, opening
from permissions.permission import Permission
from permissions.terms import Action, Door, Kind, MaintenanceMode, Page, Purpose, Reach


class Where(StrEnum):
    """In which organization a clause must be met."""

    TARGET = "target"
    GLOBAL_OWNER = "global_owner"


class Clause(NamedTuple):
    """Any one of these permissions, nearest first; `why` is the reason to give when there is none."""

    why: RefusalReason
    any_of: tuple[str, ...]
    bits: int
    where: Where = Where.TARGET


Way = tuple[Clause, ...]


class Rule(NamedTuple):
    """The ways to be allowed, the bits that let somebody see what it is about."""

    ways: tuple[Way, ...]
    seeing: int


class RuleKey(NamedTuple):
    """The part of an ask that decides which rule applies: everything but who, where and when."""

    action: Action
    kind: Kind | None
    reach: Reach
    several: bool = False
    elevates: bool = False
    already_approved: bool = False
    mode: MaintenanceMode | None = None
    door: Door | None = None
    from_look_up: bool = False


def clause(why: RefusalReason, any_of: tuple[str, ...], where: Where = Where.TARGET) -> Clause:
    """A clause with its bits worked out. KeyError for a name that the catalogue does not have."""
    return Clause(why, any_of, mask(any_of), where)


def closed(why: RefusalReason) -> Clause:
    """A clause that nobody meets, whatever they hold."""
    return clause(why, ())


_NEAREST_VIEWERS = (names.VIEW_APPROVALS,)


def viewers(kind: Kind | None) -> tuple[str, ...]:
    """The permissions that show requests of this kind (3.1, 3.2), View Approvals first."""
    general = opening(Page.APPROVAL_CENTER)
    ordered = (*_NEAREST_VIEWERS, *(each for each in general if each not in _NEAREST_VIEWERS))
    more = (name for page in rights_of(kind).more_pages for name in opening(page))
    return (*ordered, *more)


def _seeing(kind: Kind | None) -> Clause:
    return clause(RefusalReason.CANNOT_SEE, viewers(kind))


def _combined(permission: Permission, purpose: Purpose) -> tuple[Clause, ...]:
    """The other halves that the catalogue names for this permission and purpose (1.5 to 1.7)."""
    return tuple(clause(RefusalReason.COMBINATION, any_of) for any_of in permission.needs(purpose))


def _of(name: str, why: RefusalReason, purpose: Purpose) -> Way:
    """A permission by name and whatever it must be combined with for this purpose."""
    return (clause(why, (name,)), *_combined(PERMISSIONS[name], purpose))


# --- deciding, by kind (4) and reach (5) ---------------------------------------------------------


def _deciding(kind: Kind) -> Way:
    """Who may act on a request of this kind at all: the right to deny it (4.1)."""
    own = rights_of(kind).own_permission
    if own:
        return (_seeing(kind), *_of(own, RefusalReason.KIND, Purpose.OPEN_APPROVAL_CENTER))
    any_of = approving(kind, Reach.COMPUTER)
    if not any_of:
        return (_seeing(kind), closed(RefusalReason.DECIDE_IN_PORTAL))
    return (_seeing(kind), clause(RefusalReason.KIND, any_of))


def _reaching(kind: Kind, reach: Reach) -> Way:
    """The width that an approval needs (5.0, 5.3, 6.2). Elevation has the width of the Approve rights."""
    rights = rights_of(kind)
    if reach is Reach.GLOBAL and rights.global_only_in_portal:
        return (closed(RefusalReason.DECIDE_IN_PORTAL),)
    base = rights.widened_as
    if base is None or (reach is Reach.COMPUTER and rights.own_permission):
        return ()
    if reach is Reach.GLOBAL:
        any_reach = clause(RefusalReason.REACH, approving(base, Reach.COMPUTER))
        owner = clause(RefusalReason.GLOBAL_GROUP, (names.APPROVE_GLOBAL,), Where.GLOBAL_OWNER)
        return (any_reach, owner)
    return (clause(RefusalReason.REACH, approving(base, reach)),)


def _several(kind: Kind) -> Way:
    """One press for several computers needs more than a single computer's right (5.6)."""
    base = rights_of(kind).widened_as
    if base is None:
        return ()
    return (clause(RefusalReason.SEVERAL_COMPUTERS, approving(base, Reach.COMPUTER_GROUP)),)


def _elevating(question: RuleKey, kind: Kind) -> Way:
    """No side door for software that may not yet run (6.3); switching elevation on is its own right (6.4)."""
    elevates = rights_of(kind).elevates
    if elevates and not question.already_approved:
        reach = Reach.COMPUTER if question.reach is Reach.GLOBAL else question.reach
        return (clause(RefusalReason.COMBINATION, approving(Kind.APPLICATION, reach)),)
    if not elevates and question.elevates:
        return _of(names.ELEVATION_ADMINISTRATOR, RefusalReason.COMBINATION, Purpose.OPEN_APPROVAL_CENTER)
    return ()


def _approve(question: RuleKey) -> tuple[Way, ...]:
    kind = question.kind or Kind.OTHER
    way = (
        *_deciding(kind),
        *_elevating(question, kind),
        *_reaching(kind, question.reach),
        *(_several(kind) if question.several else ()),
    )
    if question.mode is None:
        return (way,)
    return tuple((*way, *more) for more in _mode_from_request(question, kind))


# --- maintenance modes: two doors (7) and the deprecated permissions (8) --------------------------

_FROM_REQUEST = frozenset(
    {
        MaintenanceMode.INSTALLATION,
        MaintenanceMode.LEARNING,
        MaintenanceMode.APPLICATION_MONITOR_ONLY,
    }
)
_WITH_APPLICATIONS = frozenset({MaintenanceMode.INSTALLATION, MaintenanceMode.LEARNING})


def _managed(mode: MaintenanceMode, permission: Permission, purpose: Purpose, why: RefusalReason) -> Way:
    """The Manage permission with its other halves; Manage All needs one more for two modes (7.1)."""
    more = _combined(permission, Purpose.INSTALLATION_AND_LEARNING) if mode in _WITH_APPLICATIONS else ()
    return (clause(why, (permission.name,)), *_combined(permission, purpose), *more)


def _mode_from_request(question: RuleKey, kind: Kind) -> tuple[Way, ...]:
    mode = question.mode
    if mode is None or mode not in _FROM_REQUEST or not rights_of(kind).starts_modes:
        return ((closed(RefusalReason.NO_MODE_HERE),),)  # 7.2, 7.3
    reach = Reach.COMPUTER if question.reach is Reach.GLOBAL else question.reach
    # 8.3: only a current Approve permission is the half that a Manage permission asks for.
    current = clause(RefusalReason.COMBINATION, approving(kind, reach, deprecated=False))
    ways: list[Way] = [
        (*_managed(mode, permission, Purpose.MODE_FROM_REQUEST, RefusalReason.COMBINATION), current)
        for permission in managing(mode)
    ]
    for old in once_opening(mode, reach):  # 8.2
        half = clause(RefusalReason.COMBINATION, (old.name,))
        ways.append((half, *_combined(old, Purpose.MODE_FROM_REQUEST)))
    return tuple(ways)


def _mode_from_computer(mode: MaintenanceMode) -> tuple[Way, ...]:
    ways: list[Way] = []
    for permission in managing(mode):
        if permission.name == names.ELEVATION_ADMINISTRATOR:
            ways.append(_of(permission.name, RefusalReason.NO_PERMISSION, Purpose.ELEVATION_MODE))
        else:
            ways.append(_managed(mode, permission, Purpose.MODE_FROM_COMPUTER, RefusalReason.NO_PERMISSION))
    return tuple(ways)


def _maintain(question: RuleKey) -> tuple[Way, ...]:
    if question.mode is None or question.door is None:
        return ((closed(RefusalReason.NO_MODE_HERE),),)
    if question.door is Door.REQUEST:
        return _approve(question)
    return _mode_from_computer(question.mode)


# --- the other buttons (9), promotion (5.8), administration (10.4) --------------------------------


def _one(*any_of: str) -> tuple[Way, ...]:
    return ((clause(RefusalReason.NO_PERMISSION, any_of),),)


def _promote(question: RuleKey) -> tuple[Way, ...]:
    if question.reach is Reach.COMPUTER_GROUP:
        return _one(names.PROMOTE_GROUP, names.PROMOTE_ORGANIZATION)
    if question.reach is Reach.ORGANIZATION:
        return _one(names.PROMOTE_ORGANIZATION)
    return ((closed(RefusalReason.DECIDE_IN_PORTAL),),)


def _show(question: RuleKey) -> tuple[Way, ...]:
    return ((_seeing(question.kind),),)


def _deny(question: RuleKey) -> tuple[Way, ...]:
    return (_deciding(question.kind or Kind.OTHER),)


def _call_for_help(question: RuleKey) -> tuple[Way, ...]:
    more = (names.VIEW_UNIFIED_AUDIT,) if question.from_look_up else ()
    return ((clause(RefusalReason.CANNOT_SEE, (*viewers(question.kind), *more)),),)


_FIXED = {
    Action.LOOK_UP: _one(names.VIEW_UNIFIED_AUDIT),
    Action.REPORT: _one(names.VIEW_REPORTS),
    Action.READ_RECORD: _one(names.VIEW_SYSTEM_AUDIT),
    Action.WHOAMI: ((),),
    # The owner hands over; that it is the owner, and that the receiver can decide it, `check` asks (9.0).
    Action.HAND_OVER: ((),),
    Action.CREATE_POLICY: _one(names.EDIT_APPLICATION_POLICIES),
    Action.ASSIGN_ROLES: _one(names.ASSIGN_ROLES),
    Action.ADMINISTER_ROLES: _one(names.ROLE_ADMINISTRATOR),
    Action.SUSPEND: _one(names.EDIT_ADMINISTRATORS),
    Action.ASK_ABOUT_OTHERS: _one(*opening(Page.USERS)[::-1]),
    Action.CHANGE_PERMISSIONS: (
        _of(names.CHANGE_PERMISSION, RefusalReason.NO_PERMISSION, Purpose.OPEN_USERS_PAGE),
    ),
    Action.CHECK_IN_HISTORY: (
        _of(names.CHECK_IN_HISTORY, RefusalReason.NO_PERMISSION, Purpose.OPEN_CHECK_IN_HISTORY),
    ),
}

_WORKED_OUT = {
    Action.VIEW: _show,
    Action.QUEUE: _show,
    Action.APPROVE: _approve,
    Action.DENY: _deny,
    Action.CLAIM: _deny,
    Action.TAKE_OVER: _deny,
    Action.RELEASE: _deny,
    Action.ESCALATE: _call_for_help,
    Action.PROPOSE_POLICY: _call_for_help,
    Action.MAINTAIN: _maintain,
    Action.PROMOTE: _promote,
}


@lru_cache(maxsize=4096)
def rule_of(question: RuleKey) -> Rule:
    """The rule for a question; the same object every time."""
    fixed = _FIXED.get(question.action)
    ways = fixed if fixed is not None else _WORKED_OUT[question.action](question)
    order = tuple(RefusalReason)
    told = tuple(tuple(sorted(way, key=lambda each: order.index(each.why))) for way in ways)
    return Rule(told, mask(viewers(question.kind)))


@lru_cache(maxsize=4096)
def narrower_rules(question: RuleKey) -> tuple[tuple[Reach, Rule], ...]:
    """The rules of the same approval of one computer's request at each reach below global, widest first."""
    return tuple(
        (reach, rule_of(question._replace(reach=reach, several=False)))
        for reach in (Reach.ORGANIZATION, Reach.COMPUTER_GROUP, Reach.COMPUTER)
    )
