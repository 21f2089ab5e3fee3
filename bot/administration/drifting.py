"""Compares the access file with Slack and the portal: on demand, and once a week in the audit channel.

It gives and takes nothing, and writes no file: people look at what differs and mend the file, or not.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.cards.messages.administration import drift_found
from bot.chat import Doubt, People, Unidentified, UserGroups
from bot.desk import Desk, NoAccess, audit_message, event_of
from bot.models import Change, Urgency
from bot.portal import PermissionMissing, PortalClient, PortalError, logged_on, roles_of
from bot.rules.drift import Account, Difference, Drift, Outside, compared
from permissions import Access

LOOK_BACK = timedelta(days=30)
"""How far back the portal's System Audit is asked for who logs on to it (our choice)."""
MONDAY, HOUR = 0, 7
"""When the audit channel is told: Mondays, in the hour that begins at 7:00 UTC by the ledger's clock (our choice). The
ledger knows for longer than an hour what it was told, so that no second replica says it again."""
_LEAD = timedelta(minutes=15)
"""Longer than it takes until the same replica comes by again (our choice)."""

_DRIFT = {
    Doubt.UNKNOWN: (Drift.GONE, "does not exist in the workspace any more"),
    Doubt.DEACTIVATED: (Drift.GONE, "is deactivated"),
    Doubt.GUEST: (Drift.GUEST, "is a guest's"),
    Doubt.BOT: (Drift.NOT_A_MEMBER, "is a bot's"),
    Doubt.STRANGER: (Drift.NOT_A_MEMBER, "belongs to another organization"),
    Doubt.FOREIGN_WORKSPACE: (Drift.NOT_A_MEMBER, "belongs to another workspace"),
    Doubt.UNCONFIRMED: (Drift.NOT_A_MEMBER, "has no confirmed e-mail address"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Sides:
    """Whom to ask. `with_roles`: the portal's roles too, whose call nobody has verified."""

    people: People
    groups: UserGroups | None
    portal: PortalClient | None
    with_roles: bool = False


async def outside_of(access: Access, sides: Sides, now: datetime) -> Outside:
    """Ask Slack and the portal for what the file names. Whatever cannot be had is said in `not_compared`."""
    missing: list[str] = []
    accounts = await _accounts(access, sides.people, now, missing)
    members = await _members(access, sides.groups, now, missing)
    seen = await _logons(sides.portal, now, missing)
    roles = await _roles(access, sides, missing)
    return Outside(
        accounts=accounts, members=members, logged_on=seen, roles=roles, not_compared=tuple(missing)
    )


async def _accounts(access: Access, people: People, now: datetime, missing: list[str]) -> dict[str, Account]:
    found: dict[str, Account] = {}
    ids = [each for person in access.persons for each in person.slack_ids]
    for each in ids:
        who = await people.here(each, now)
        if not isinstance(who, Unidentified):
            found[each] = Account(each, name=who.name, email=who.email)
        elif who.reason in _DRIFT:
            drift, why = _DRIFT[who.reason]
            found[each] = Account(each, gone=drift, why=why)
        else:
            # Slack is away or asks to wait; the next one would not fare better.
            missing.append(f"{len(found)} of {len(ids)} Slack ids were looked up, then Slack did not tell.")
            break
    return found


async def _members(
    access: Access, groups: UserGroups | None, now: datetime, missing: list[str]
) -> dict[str, frozenset[str]]:
    found: dict[str, frozenset[str]] = {}
    for key, user_group_id in access.user_groups.items():
        told = await groups.members(user_group_id, now) if groups is not None else None
        if told is None:
            missing.append(f"The members of the user group {key} could not be read.")
        else:
            found[user_group_id] = told
    return found


async def _logons(portal: PortalClient | None, now: datetime, missing: list[str]) -> frozenset[str] | None:
    if portal is None:
        return None
    try:
        return await logged_on(portal, None, now - LOOK_BACK, now)
    except PermissionMissing:
        missing.append("Who logs on to the portal was not compared: the token lacks View System Audit.")
    except PortalError as error:
        missing.append(f"Who logs on to the portal was not compared: {error}.")
    return None


async def _roles(
    access: Access, sides: Sides, missing: list[str]
) -> dict[tuple[str, str], frozenset[str]] | None:
    if not sides.with_roles or sides.portal is None:
        missing.append("The portal's roles were not compared ([access] portal_roles is off).")
        return None
    found: dict[tuple[str, str], frozenset[str]] = {}
    for organization_id in sorted({each for role in access.roles for each in role.organization_ids}):
        try:
            told = await roles_of(sides.portal, organization_id)
        except PortalError as error:
            missing.append(f"The portal's roles were not compared: {error}.")
            return None
        found |= {(organization_id, each.name.casefold()): frozenset(each.permissions) for each in told}
    return found


async def tell_drift(desk: Desk) -> bool:
    """In its hour of the week, compare and tell the audit channel, once for all replicas. True: it was told.

    Raises LedgerUnavailable. Nothing is said where nothing differs; the record has the comparison all the same.
    """
    now = desk.now()
    if not desk.rules.access.weekly_drift or (now.weekday(), now.hour) != (MONDAY, HOUR):
        return False
    told_id = f"access_drift:{now:%G-W%V}"
    if await desk.ledger.was_queued(told_id):
        return True
    # Everybody in the file is asked of Slack, and the portal for a month: not by each replica.
    if not await desk.ledger.lead("access_drift", _LEAD):
        return False
    try:
        access = await desk.access.file()
    except NoAccess:
        return False
    sides = Sides(
        people=desk.people,
        groups=desk.access.user_groups,
        portal=desk.portal,
        with_roles=desk.rules.access.portal_roles,
    )
    outside = await outside_of(access, sides, now)
    found = compared(access, outside)
    event = event_of(
        "access_compared", facts=facts_of(access, found), private={"found": [each.sentence for each in found]}
    )
    said = drift_found([each.sentence for each in found], outside.not_compared)
    effects = [audit_message(told_id, said, Urgency.REDRAW)] if found else []
    await desk.ledger.commit(Change(op_id=told_id, events=[event], effects=effects))
    return bool(found)


def facts_of(access: Access, found: tuple[Difference, ...]) -> dict[str, object]:
    """What the record keeps for ever: how many of each, and of which file."""
    kinds = [each.drift.value for each in found]
    return {
        "access_generation": access.generation,
        "access_digest": access.digest,
        "differences": {kind: kinds.count(kind) for kind in sorted(set(kinds))},
    }
