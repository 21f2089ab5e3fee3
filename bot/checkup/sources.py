"""What a command of `gatehouse permissions` asks the ledger and the portal for, where no file says it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

import aiohttp

from bot.checkup.server import place_of
from bot.checkup.trees import AccessSource, CannotAnswer, alone
from bot.desk import AccessDesk, NoAccess
from bot.ledger import Ledger, LedgerError
from bot.portal import PortalAddress, PortalClient, PortalError, tree_of
from bot.settings import PortalSection, SettingsError, load
from permissions import Access, OrganizationTree


@dataclass(frozen=True, slots=True)
class _ReadOnce:
    """The organizations as they were read for this question."""

    tree: OrganizationTree

    async def current(self, *, holding: str = "") -> OrganizationTree:  # noqa: ARG002 - the protocol's
        """The one tree that there is."""
        return self.tree

    def latest(self) -> OrganizationTree | None:
        """The same."""
        return self.tree


async def access_in_force(source: AccessSource, tree: OrganizationTree | None) -> Access:
    """What presses are judged on, but for user groups, of which only Slack knows the members. Raises CannotAnswer."""
    otherwise = "Or ask the access file alone, without --in-force."
    try:
        settings = load(source.config)
    except SettingsError as error:
        raise CannotAnswer(*error.problems, otherwise) from error
    where, _ = place_of(settings.ledger)
    try:
        ledger = await Ledger.connect(where, replica_id="permissions", secret=settings.ledger_secret())
        try:
            file = await AccessDesk(ledger).file()
            organizations = _ReadOnce(tree or alone(file, datetime.now(UTC)))
            return await AccessDesk(ledger, tree=organizations).current()
        finally:
            await ledger.close()
    except (LedgerError, OSError) as error:
        raise CannotAnswer(f"The ledger cannot be read: {error}.", otherwise) from error
    except NoAccess as error:
        raise CannotAnswer(f"In the ledger {error}.", otherwise) from error


async def organizations_now(source: AccessSource) -> OrganizationTree:
    """The portal's organizations. Raises CannotAnswer."""
    otherwise = "Or give the organizations with --tree FILE, or answer without them with --offline."
    try:
        section = load(source.config).portal
    except SettingsError as error:
        raise CannotAnswer(*error.problems, otherwise) from error
    try:
        return await _portal_tree(section)
    except (PortalError, ValueError) as error:
        raise CannotAnswer(f"The portal at {section.url} was not read: {error}.", otherwise) from error


async def _portal_tree(section: PortalSection) -> OrganizationTree:
    """The portal's organizations now. Raises PortalError, or ValueError for an unusable address."""
    address = PortalAddress(section.url, section.token, section.organization or None)
    async with aiohttp.ClientSession() as session:
        rows = await PortalClient(address, session).organizations()
    return tree_of(rows, datetime.now(UTC))
