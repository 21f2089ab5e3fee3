"""`gatehouse permissions confirm`: what was given in Slack and stands in the ledger without our mark, and its end."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Literal

from bot.administration.foreign import confirm_given
from bot.ledger import EmbeddedServer, Ledger, LedgerError
from bot.logs import printable
from bot.models import Given
from bot.settings import SettingsError, load

Wish = Literal["look", "confirm", "drop"]


async def confirm(config: Path | None, wish: Wish) -> int:
    """List what rests; with a wish, put it in force or away. 1 when it could not be done."""
    try:
        settings = load(config)
    except SettingsError as error:
        return _complain(*error.problems)
    address = settings.ledger.redis_url.get_secret_value()
    embedded = EmbeddedServer(settings.ledger.data, environment=settings.ledger.server_environment())
    try:
        ledger = await Ledger.connect(
            address or embedded, replica_id="permissions", secret=settings.ledger_secret()
        )
        try:
            return await _carry_out(ledger, wish)
        finally:
            await ledger.close()
    except (LedgerError, ValueError, OSError) as error:
        return _complain(f"The ledger cannot be used: {error}")


async def _carry_out(ledger: Ledger, wish: Wish) -> int:
    given = (await ledger.given()).given
    lines = _lines(given)
    if not lines:
        return _say("Nothing rests: all that was given in Slack carries Gatehouse's mark.")
    if wish == "look":
        return _say(*lines, "Confirm all of it with --yes, put all of it away with --drop.")
    if await confirm_given(ledger, drop=wish == "drop") is None:
        return _complain("Something was given or taken in this moment. Look again, then run this again.")
    return _say(*lines, "Confirmed." if wish == "confirm" else "Put away.")


def _lines(given: Given) -> list[str]:
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


def _complain(*lines: str) -> int:
    sys.stderr.writelines(f"{printable(each)}\n" for each in lines)
    return 1
