"""What no permission mends: a reach that is not known, or that belongs to somebody else.

The numbers in comments are those of the permission semantics.
"""

from permissions.ask import Ask, RefusalReason
from permissions.kinds import rights_of
from permissions.organizations import Place, same_id
from permissions.terms import Action, Door, Reach

_REACHING = frozenset({Action.APPROVE, Action.PROMOTE})
# Reaches that have nothing to be known or owned by somebody else.
_WITHOUT_COMPUTER_GROUP = frozenset({Reach.COMPUTER, Reach.ORGANIZATION})


def obstacle_of(ask: Ask, place: Place, owner: Place | None, reach: Reach) -> RefusalReason | None:
    """Why nobody may do this, whatever they hold; None where nothing is in the way."""
    plain = ask.extension is None and ask.computers > 0
    if (plain and reach in _WITHOUT_COMPUTER_GROUP and ask.reach is reach) or not _reaches(ask):
        return None
    return (
        _extension_obstacle(ask, place)
        or _computers_obstacle(ask)
        or _computer_group_obstacle(ask, place)
        or _global_obstacle(ask, place, owner, reach)
    )


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
    if reach is not Reach.GLOBAL or rights_of(ask.kind).widened_as is None:
        return None
    if owner is None or owner.organization_id not in (place.organization_id, *place.above):
        return RefusalReason.NO_GLOBAL_GROUP
    return None
