"""The past of the stand-in world: a week of Unified Audit rows, enforced, simulated and permitted."""

import random
from datetime import datetime, timedelta
from typing import Final

from rehearsal.portal.arrivals import account_of, add_audit_row
from rehearsal.portal.catalogue import PRODUCTS, file_of
from rehearsal.portal.records import DENY, DENY_WITH_REQUEST, PERMIT, Computer, Policy
from rehearsal.portal.world import World

_ROWS: Final = 900
_SPAN: Final = timedelta(days=7)
_MIX: Final = ((PERMIT, False, 50), (DENY, False, 20), (DENY, True, 15), (DENY_WITH_REQUEST, False, 15))
"""Action, simulated or not, how often in a hundred; our choice, so that every sort is on the first page."""


def add_history(world: World, chance: random.Random, now: datetime) -> None:
    """Fills the audit with a week of events, the oldest first."""
    computers = list(world.computers.values())
    weights = [weight for _, _, weight in _MIX]
    for step in range(_ROWS):
        at = now - _SPAN + _SPAN * step / _ROWS
        action_id, is_simulated, _ = chance.choices(_MIX, weights)[0]
        _add_event(world, chance, chance.choice(computers), action_id, at, is_simulated=is_simulated)


def _add_event(
    world: World,
    chance: random.Random,
    computer: Computer,
    action_id: int,
    at: datetime,
    *,
    is_simulated: bool,
) -> None:
    product = chance.choice([p for p in PRODUCTS if p.os_type == computer.os_type])
    version = chance.choice(product.versions)
    add_audit_row(
        world,
        computer,
        account_of(world, computer, computer.user),
        file_of(product, version, computer.user),
        action_type=chance.choice(product.action_types),
        action_id=action_id,
        at=at,
        policy=_policy_for(world, computer),
        is_monitor_mode=is_simulated,
    )


def _policy_for(world: World, computer: Computer) -> Policy:
    return next(
        policy
        for policy in world.policies.values()
        if policy.applies_to_id == computer.computer_group_id and policy.allow_request
    )
