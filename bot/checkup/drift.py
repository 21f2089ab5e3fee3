"""`gatehouse access drift`: what of the access file is otherwise in Slack and the portal, and what could be mended."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path

import aiohttp

from bot.administration.drifting import Sides, outside_of
from bot.chat import People, SlackClient, UserGroups, check_workspace
from bot.logs import complain, printable
from bot.portal import PortalAddress, PortalClient
from bot.rules.drift import Outside, compared, difference, proposed
from bot.settings import Settings, SettingsError, load
from permissions import Access, AccessFileError, load_access_file


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
