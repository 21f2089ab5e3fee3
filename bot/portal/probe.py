"""What an operator's check asks of the portal: is it there, is the token good, which reads are allowed?"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.portal.blocked import BlockedQuery
from bot.portal.client import PortalClient
from bot.portal.errors import PortalAway, PortalError, TokenRefused

_WINDOWS = 1


@dataclass(frozen=True)
class ProbeStep:
    """One thing that was tried. `error` None: it works. `asked` False: an earlier step made it pointless."""

    name: str
    needs: str
    error: PortalError | None = None
    asked: bool = True

    @property
    def is_fine(self) -> bool:
        """It was tried and it works."""
        return self.asked and self.error is None


@dataclass(frozen=True)
class PortalProbe:
    """The steps in the order they were tried. Nothing was changed in the portal."""

    steps: tuple[ProbeStep, ...]


async def probe(client: PortalClient, organization_id: str | None, now: datetime) -> PortalProbe:
    """Try each read once. `organization_id` None tries only what acts on the token's own organization."""

    async def audit() -> object:
        query = BlockedQuery(organization_id or "", now - timedelta(hours=1), now, page_size=1)
        return await client.blocked_items(query)

    async def computer_groups() -> object:
        return await client.computer_groups_for_permit(organization_id or "", _WINDOWS)

    tries: list[tuple[str, str, Callable[[], Awaitable[object]]]] = [
        ("approval requests", "View Approvals, or any Approve for …", client.count_requests),
        ("organizations", "View Organizations", client.reachable_organizations),
        ("child organizations", "View Organizations", client.child_organizations),
        ("computers", "View Computers", lambda: client.computers(organization_id, search_text="?")),
    ]
    if organization_id is not None:
        tries.append(("computer groups for a permit", "an Approve for …", computer_groups))
        tries.append(("Unified Audit", "View Unified Audit", audit))
    return PortalProbe(await _tried(tries))


async def _tried(
    tries: list[tuple[str, str, Callable[[], Awaitable[object]]]],
) -> tuple[ProbeStep, ...]:
    """Each step's outcome; after a portal that is away or a token that is refused the rest is not asked."""
    steps: list[ProbeStep] = []
    is_pointless = False
    for name, needs, ask in tries:
        if is_pointless:
            steps.append(ProbeStep(name, needs, asked=False))
            continue
        try:
            await ask()
            steps.append(ProbeStep(name, needs))
        except PortalError as error:
            steps.append(ProbeStep(name, needs, error))
            is_pointless = isinstance(error, PortalAway | TokenRefused)
    return tuple(steps)
