"""The access file against what others know: `gatehouse permissions confirm`, `access drift`, and who asks."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

import aiohttp

from bot.administration.drifting import Sides, outside_of
from bot.administration.ending import confirm_given
from bot.chat import People, SlackClient, UserGroups, check_workspace
from bot.checkup.findings import Remark, good, warning
from bot.checkup.server import UNUSABLE, place_of
from bot.ledger import Ledger
from bot.models import Given
from bot.portal import PortalAddress, PortalClient
from bot.rules.drift import Outside, compared, difference, proposed
from bot.settings import Settings, SettingsError, load
from bot.terminal import complain, printable
from permissions import (
    Access,
    AccessFileError,
    AccountIndex,
    load_access_file,
)

_PART = "people"
_TOLD = 20
"""Look-alikes told one by one (our choice): more of them are the same mistake."""


def examine_requestors(
    requestors: Iterable[str],
    access: Access,
    *,
    newest: int | None = None,
    blocked: Iterable[str] = (),
    since: datetime | None = None,
) -> list[Remark]:
    """The accounts of the portal's requests and audit, held against the people of the access file.

    `newest`: only so many of the open requests were looked at, those that were asked last; None: all of them.
    `since`: back to when the audit was looked at; None: it was not.
    """
    asking = {each for each in requestors if each.strip()}
    accounts = sorted(asking | {each for each in blocked if each.strip()}, key=str.casefold)
    index = AccountIndex.of(access)
    theirs = {one.person_id for each in accounts for one in index.owners_of(each)}
    alike = [
        f"The {'requestor' if each in asking else 'blocked account'} {each} looks like {person.person_id} and is not "
        "theirs in the access file: that person may approve what it asks for. If it is "
        f"{person.name}, add it to people.{person.person_id}.portal."
        for each in accounts
        for person in index.look_alikes_of(each)
    ]
    looked = (
        f"or were blocked since {since:%Y-%m-%d %H:%M} UTC (older rows of the Unified Audit were not compared)"
        if since
        else "(the Unified Audit was not compared)"
    )
    among = f"{len(theirs)} people of the access file are among them"
    asked = "" if newest is None else f" (of the open requests the newest {newest} were compared)"
    told = f"{len(accounts)} accounts ask in the portal now{asked} {looked}; {among}."
    more = (
        [f"{len(alike) - _TOLD} more accounts look like people of the access file."]
        if len(alike) > _TOLD
        else []
    )
    return [good(_PART, told), *(warning(_PART, each) for each in [*alike[:_TOLD], *more])]


Wish = Literal["look", "confirm", "drop"]


async def confirm(config: Path | None, wish: Wish) -> int:
    """List what rests; with a wish, put it in force or away. 1 when it could not be done."""
    try:
        settings = load(config)
    except SettingsError as error:
        return complain(error.problems)
    where, _ = place_of(settings.ledger)
    try:
        ledger = await Ledger.connect(where, replica_id="permissions", secret=settings.ledger_secret())
        try:
            return await _carry_out(ledger, wish)
        finally:
            await ledger.close()
    except UNUSABLE as error:
        return complain([f"The ledger cannot be used: {error}"])


async def _carry_out(ledger: Ledger, wish: Wish) -> int:
    given = (await ledger.given()).given
    lines = _given_lines(given)
    if not lines:
        return _say("Nothing rests: all that was given in Slack carries Gatehouse's mark.")
    if wish == "look":
        return _say(*lines, "Confirm all of it with --yes, put all of it away with --drop.")
    if await confirm_given(ledger, drop=wish == "drop") is None:
        return complain(["Something was given or taken in this moment. Look again, then run this again."])
    return _say(*lines, "Confirmed." if wish == "confirm" else "Put away.")


def _given_lines(given: Given) -> list[str]:
    roles = (
        f"role {each.name} at {each.organization_name}, made by {each.made_by.name}: {', '.join(each.permissions)}"
        for each in given.unproven_roles
    )
    grants = (
        f"{each.person_name}: {each.what} at {each.organization_name} until {each.until:%Y-%m-%d %H:%M} UTC, "
        f"given by {each.given_by.name}"
        for each in given.unproven_grants
    )
    return [*roles, *grants]


def _say(*lines: str) -> int:
    sys.stdout.writelines(f"{printable(each)}\n" for each in lines)
    return 0


async def print_drift(config: Path | None, file: Path | None) -> int:
    """Sentences to standard error, the proposed difference to standard output. 1: it could not be compared."""
    try:
        settings = load(config)
        access = load_access_file(file or settings.access.file)
    except SettingsError as error:
        return complain(error.problems)
    except AccessFileError as error:
        return complain(str(each) for each in error.problems)
    outside = await _outside(settings, access)
    if isinstance(outside, str):
        return complain([outside])
    found = compared(access, outside)
    name = (file or settings.access.file).name
    sys.stdout.write(difference(access.document, proposed(access.document, found), name))
    told = [each.sentence for each in found] or ["The file fits everything that was compared."]
    sys.stderr.writelines(f"{printable(each)}\n" for each in (*told, *outside.not_compared))
    return 0


async def _outside(settings: Settings, access: Access) -> Outside | str:
    """What was found out, or why nothing could be."""
    client = SlackClient.connect(settings.slack.bot_token.get_secret_value(), settings.slack.api_url)
    try:
        workspace, faults = await check_workspace(client, team_id=settings.slack.team_id)
        if workspace is None or any(each.stops for each in faults):
            return " ".join(each.sentence for each in faults if each.stops)
        address = PortalAddress(
            settings.portal.url, settings.portal.token, settings.portal.organization or None
        )
        async with aiohttp.ClientSession() as session:
            sides = Sides(
                people=People(client, workspace.team_id, enterprise_id=workspace.enterprise_id),
                groups=UserGroups(client),
                portal=PortalClient(address, session),
                with_roles=settings.access.portal_roles,
            )
            return await outside_of(access, sides, datetime.now(UTC))
    finally:
        await client.close()
