"""Builds the believable managed-service provider: organizations, groups, computers, software and policies.

Everything follows from the seed and the moment given: the same two make the same world.
"""

import hashlib
import random
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Final

from rehearsal.portal.catalogue import PRODUCTS, Product, research_of, rules_of
from rehearsal.portal.history import add_history
from rehearsal.portal.records import (
    DENY,
    MACOS,
    PERMIT,
    WINDOWS,
    Application,
    Computer,
    ComputerGroup,
    Organization,
    Policy,
    StoragePolicy,
)
from rehearsal.portal.world import World


@dataclass(frozen=True)
class Tenant:
    """One organization to build: sizes are numbers of computers, `under` names its parent."""

    name: str
    display_name: str
    code: str
    workstations: int
    servers: int
    macs: int
    under: str | None


TENANTS: Final = (
    Tenant("rowanbridge", "Rowanbridge Managed IT", "RBM", 18, 4, 6, None),
    Tenant("brightwater", "Brightwater Logistics", "BRW", 62, 8, 6, "rowanbridge"),
    Tenant("calder-voss", "Calder & Voss Legal", "CVL", 30, 3, 14, "rowanbridge"),
    Tenant("juniper-hill", "Juniper Hill School", "JHS", 38, 4, 22, "rowanbridge"),
    Tenant("marlow", "Marlow Precision", "MRL", 44, 6, 2, "rowanbridge"),
    Tenant("brightwater-cold", "Brightwater Cold Storage", "BCS", 20, 3, 2, "brightwater"),
)

_INITIALS: Final = "abcdefghijklmnopqrstuvwxyz"
_LAST_NAMES: Final = (
    "adler",
    "brandt",
    "costa",
    "duarte",
    "eklund",
    "fischer",
    "grant",
    "haddad",
    "ivers",
    "jansen",
    "keller",
    "lind",
    "moreau",
    "novak",
    "okafor",
    "petrov",
    "quist",
    "rossi",
    "sato",
    "thorne",
    "ueda",
    "vance",
    "weber",
    "xu",
    "yilmaz",
    "zimmer",
)


def dice(*parts: object) -> random.Random:
    """Repeatable chance for one purpose; it makes scenery, never secrets."""
    seed = hashlib.sha256(" ".join(map(str, parts)).encode()).hexdigest()
    return random.Random(seed)  # noqa: S311 - scenery that must be repeatable; nothing secret depends on it


def make_world(seed: int, now: datetime) -> World:
    """A whole world as of the minute that `now` (aware) is in, with its audit history and no open request yet."""
    return _built(seed, now.replace(second=0, microsecond=0)).copy()


# Building takes a tenth of a second, and hundreds of tests want the same world; by the minute, because a clock that
# starts at a fixed moment has ticked on a little when it is first read.
@lru_cache(maxsize=4)
def _built(seed: int, now: datetime) -> World:
    world = World(seed)
    _add_organizations(world, now)
    for tenant in TENANTS:
        organization_id = _id_of(world, tenant.name)
        _add_groups(world, organization_id, is_top=tenant.under is None)
        _add_computers(world, tenant, organization_id, now)
    _add_applications(world)
    _add_policies(world, now)
    _add_storage_policies(world)
    add_history(world, dice(seed, "history"), now)
    return world


def _add_organizations(world: World, now: datetime) -> None:
    world.master_id = world.new_id("organization")
    world.organizations[world.master_id] = Organization(
        world.master_id, "master", "master", "MASTER", None, now - timedelta(days=3000)
    )
    for number, tenant in enumerate(TENANTS):
        _add_organization(world, tenant, now - timedelta(days=900 - 110 * number))
    world.parent_id = _id_of(world, TENANTS[0].name)


def _add_organization(world: World, tenant: Tenant, added_at: datetime) -> str:
    organization_id = world.new_id("organization")
    world.organizations[organization_id] = Organization(
        organization_id,
        tenant.name,
        tenant.display_name,
        tenant.name.replace("-", "").upper()[:15],
        _id_of(world, tenant.under) if tenant.under else None,
        added_at,
    )
    return organization_id


def add_tenant(world: World, tenant: Tenant, now: datetime) -> None:
    """One more organization below another in a world that is built: its groups, its computers, and what blocks there
    by default. It has no history."""
    organization_id = _add_organization(world, tenant, now - timedelta(days=100))
    _add_groups(world, organization_id, is_top=False)
    _add_computers(world, tenant, organization_id, now)
    for group in [each for each in world.computer_groups.values() if each.organization_id == organization_id]:
        _add_policy(world, organization_id, group.computer_group_id, f"Default - {group.name}", None)


def _id_of(world: World, name: str) -> str:
    return next(o.organization_id for o in world.organizations.values() if o.name == name)


def _add_groups(world: World, organization_id: str, *, is_top: bool) -> None:
    plan = [("Workstations", WINDOWS, True, False), ("Servers", WINDOWS, False, False)]
    plan.append(("Macs", MACOS, True, False))
    if is_top:
        plan += [("Global - Workstations", WINDOWS, False, True), ("Global - Macs", MACOS, False, True)]
    for name, os_type, is_default, is_global in plan:
        group_id = world.new_id("computer group")
        world.computer_groups[group_id] = ComputerGroup(
            group_id, name, organization_id, os_type, is_default, is_global
        )


def _add_computers(world: World, tenant: Tenant, organization_id: str, now: datetime) -> None:
    chance = dice(world.seed, tenant.name, "computers")
    plan = (
        ("WS", "Workstations", WINDOWS, tenant.workstations),
        ("SRV", "Servers", WINDOWS, tenant.servers),
        ("MAC", "Macs", MACOS, tenant.macs),
    )
    octet = len(world.computers) // 200
    for kind, group_name, os_type, count in plan:
        group_id = _group_id(world, organization_id, group_name)
        for number in range(1, count + 1):
            computer_id = world.new_id("computer")
            world.computers[computer_id] = Computer(
                computer_id=computer_id,
                name=f"{tenant.code}-{kind}-{number:03d}",
                computer_group_id=group_id,
                organization_id=organization_id,
                os_type=os_type,
                user=f"{chance.choice(_INITIALS)}{chance.choice(_LAST_NAMES)}",
                ip_address=f"10.{octet}.{chance.randrange(250)}.{number}",
                added_at=now - timedelta(days=chance.randrange(30, 800)),
                last_check_in_at=now - timedelta(minutes=chance.randrange(1, 90)),
            )


def _group_id(world: World, organization_id: str, name: str) -> str:
    return next(
        group.computer_group_id
        for group in world.computer_groups.values()
        if group.organization_id == organization_id and group.name == name
    )


def _add_applications(world: World) -> None:
    for product in PRODUCTS:
        if product.is_built_in:
            _add_application(world, product, world.master_id, f"{product.name} (Built-In)")
    brightwater = _id_of(world, "brightwater")
    for key in ("labelpress", "draftwright"):
        product = next(p for p in PRODUCTS if p.key == key)
        _add_application(world, product, brightwater, product.name)


def _add_application(world: World, product: Product, owner_id: str, name: str) -> None:
    application_id = world.new_id("application")
    world.applications[application_id] = Application(
        application_id, name, owner_id, product.os_type, rules_of(product), research_of(product)
    )


def _add_policies(world: World, now: datetime) -> None:
    for group in list(world.computer_groups.values()):
        if not group.is_global:
            _add_policy(
                world, group.organization_id, group.computer_group_id, f"Default - {group.name}", None
            )
    built_ins = [a for a in world.applications.values() if a.organization_id == world.master_id]
    harmless = [a for a in built_ins if a.research is not None and a.research.concern_rating < 3]
    for application in harmless:
        for group in world.computer_groups.values():
            if group.is_global and group.os_type == application.os_type and "Clear" in application.name:
                _add_policy(
                    world, group.organization_id, group.computer_group_id, application.name, application
                )
        for tenant in TENANTS[1:4]:
            owner_id = _id_of(world, tenant.name)
            _add_policy(world, owner_id, owner_id, application.name, application)
    _add_local_permits(world, now)


def _add_local_permits(world: World, now: datetime) -> None:
    brightwater = _id_of(world, "brightwater")
    own = [a for a in world.applications.values() if a.organization_id == brightwater]
    group_id = _group_id(world, brightwater, "Workstations")
    computer = next(c for c in world.computers.values() if c.computer_group_id == group_id)
    _add_policy(world, brightwater, group_id, f"Permit {own[0].name}", own[0])
    _add_policy(world, brightwater, computer.computer_id, f"Permit {own[1].name}", own[1])
    _add_policy(world, brightwater, brightwater, f"Old permit {own[1].name}", own[1], is_enabled=False)
    _add_policy(
        world, brightwater, group_id, f"Trial of {own[1].name}", own[1], end_at=now - timedelta(days=2)
    )


def _add_policy(
    world: World,
    organization_id: str,
    applies_to_id: str,
    name: str,
    application: Application | None,
    *,
    is_enabled: bool = True,
    end_at: datetime | None = None,
) -> None:
    policy_id = world.new_id("policy")
    group = world.computer_groups.get(applies_to_id)
    world.policies[policy_id] = Policy(
        policy_id=policy_id,
        name=name,
        policy_action_id=PERMIT if application else DENY,
        application_ids=(application.application_id,) if application else (),
        applies_to_id=applies_to_id,
        organization_id=organization_id,
        os_type=application.os_type if application else (group.os_type if group else WINDOWS),
        created_at=world.organizations[organization_id].added_at,
        is_enabled=is_enabled,
        allow_request=application is None,
        end_at=end_at,
    )


def _add_storage_policies(world: World) -> None:
    for tenant in TENANTS[:3]:
        organization_id = _id_of(world, tenant.name)
        policy_id = world.new_id("storage policy")
        world.storage_policies[policy_id] = StoragePolicy(
            policy_id, "Field USB", organization_id, organization_id, (f"{tenant.code}-USB-0001",), "*"
        )
