"""The one combining rule: what somebody holds, against what a question needs. Pure, and remembered.

Grants only add and silence refuses: an action is allowed when some way of its rule is met by the bits that
are held in the organization asked about and at the owner of the global group.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from permissions.ask import RefusalReason
from permissions.catalogue import BIT, PERMISSIONS
from permissions.rules import Clause, RuleKey, Way, Where, narrower_rules, rule_of
from permissions.terms import Reach

# A permission, and in which of the two organizations it is meant.
Placed = tuple[str, Where]


@dataclass(frozen=True, slots=True)
class Met:
    """A yes: the permissions that it rests on, and their names."""

    used: tuple[Placed, ...]
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Unmet:
    """A no: the first reason, the nearest permissions that would change it, and their names."""

    why: RefusalReason
    missing: tuple[Placed, ...]
    names: tuple[str, ...]


# A way that is not met: what of it is not, the nearest permissions for that, and how much of it is met.
_Unmet = tuple[Way, tuple[Placed, ...], int]

# 16,384 outcomes take about 10 MB; people hold few different sets of bits, so nearly every question is known.
_REMEMBERED: Final = 1 << 14


@lru_cache(maxsize=_REMEMBERED)
def outcome(question: RuleKey, here: int, at_owner: int, one_place: bool) -> Met | Unmet:
    """The outcome for bits held `here` and `at_owner`; `one_place`: the two are the same organization."""
    found: list[_Unmet] = []
    for way in rule_of(question).ways:
        unmet = _unmet(way, here, at_owner)
        if not unmet:
            used = _used(way, here, at_owner)
            return Met(used, tuple([name for name, _ in used]))
        found.append((unmet, _missing(unmet, one_place), len(way) - len(unmet)))
    unmet, missing, _ = found[0] if len(found) == 1 else min(found, key=_distance)
    # The clauses of a way stand in the order in which reasons are told.
    return Unmet(unmet[0].why, missing, tuple([name for name, _ in missing]))


def widest(question: RuleKey, here: int, at_owner: int) -> Reach | None:
    """How far below global this very request may be approved with these bits, one computer at a time."""
    for reach, rule in narrower_rules(question):
        if not all(_unmet(way, here, at_owner) for way in rule.ways):
            return reach
    return None


def _unmet(way: Way, here: int, at_owner: int) -> Way:
    return tuple([each for each in way if not (here if each.where is Where.TARGET else at_owner) & each.bits])


def _used(way: Way, here: int, at_owner: int) -> tuple[Placed, ...]:
    """The permissions that meet the way's clauses: the narrowest that do, and none that another one spares."""
    used: list[Placed] = []
    spared = 0
    for each in reversed(way):
        if each.where is Where.GLOBAL_OWNER:
            used.append((_narrowest(each, at_owner), each.where))
        elif not spared & each.bits:
            name = _narrowest(each, here)
            spared |= BIT[name]
            used.append((name, each.where))
    return tuple(reversed(used))


def _narrowest(each: Clause, held: int) -> str:
    return next(name for name in each.any_of if BIT[name] & held)


def _missing(unmet: Way, one_place: bool) -> tuple[Placed, ...]:
    """The nearest permissions that would meet these clauses; a demanding one serves the others, too."""
    chosen: list[Placed] = []
    for each in reversed(unmet):
        served = any(BIT[name] & each.bits and (one_place or where is each.where) for name, where in chosen)
        if each.any_of and not served:
            chosen.append((each.any_of[0], each.where))
    return tuple(reversed(chosen))


def _distance(found: _Unmet) -> tuple[bool, bool, int, int]:
    """The nearest way on: one that exists, without deprecated permissions, with the fewest missing.

    Of two that lack as many it is the one that somebody has gone further already: who has Manage All reads what it
    lacks, and not that the single permission would do as well.
    """
    unmet, missing, met = found
    is_closed = any(not each.any_of for each in unmet)
    return is_closed, any(PERMISSIONS[name].deprecated for name, _ in missing), len(missing), -met
