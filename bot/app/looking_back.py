"""Once a minute one replica looks for what somebody in the portal has decided once more, on cards that are closed."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta

from bot.decision.reconcile import look_back
from bot.desk import Desk, StillContended
from bot.ledger import LedgerUnavailable
from bot.logs import Lasting
from bot.portal import PortalError

EVERY_S = 60.0
"""How late a closed card may follow a second decision (our choice): two calls to the portal each time."""


@dataclass(slots=True)
class LookingBack:
    """The job, and what it says of its troubles."""

    desk: Desk
    _away: Lasting = field(default_factory=lambda: Lasting("second_decisions_not_looked_for"))

    async def look(self) -> None:
        """Not while the portal refuses us: the look at what is open asks it until it does not."""
        if not self.desk.gate.is_open:
            return
        try:
            # Half a turn less than a turn, so that it is nobody's for the other half: whoever comes first takes it.
            if await self.desk.ledger.lead("look_back", timedelta(seconds=EVERY_S / 2)):
                await look_back(self.desk)
        except (LedgerUnavailable, PortalError, StillContended) as error:
            self._away.met(str(error))
        else:
            self._away.over()
