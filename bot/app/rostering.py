"""What the process does for rotas by the clock: their calendars are looked at, and notices are given."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from bot.desk import Desk
from bot.escalation.calendars import watch_calendars
from bot.escalation.notices import give_notices
from bot.ical.fetching import CalendarAddress
from bot.ledger import LedgerUnavailable
from bot.logs import Lasting


@dataclass(slots=True, kw_only=True)
class Rostering:
    """Looks at the calendars of rotas, and at what is to be told about them."""

    desk: Desk
    addresses: Mapping[str, CalendarAddress]
    every: timedelta
    stale_after: timedelta
    age_s: float = math.nan
    """How old the oldest copy is; no number where there is no calendar."""
    _away: Lasting = field(default_factory=lambda: Lasting("rota_calendars_without_ledger"))
    _untold: Lasting = field(default_factory=lambda: Lasting("rota_notices_wait"))

    async def look(self) -> None:
        """Every replica comes by; the ledger lets one ask an address."""
        try:
            age = await watch_calendars(self.desk, self.addresses, self.every, self.stale_after)
        except LedgerUnavailable as error:
            self._away.met(str(error))
        else:
            self._away.over()
            if age is not None:
                self.age_s = math.inf if age == timedelta.max else age.total_seconds()

    async def tell(self) -> None:
        """Every replica comes by; the ledger lets one tell."""
        try:
            await give_notices(self.desk)
        except LedgerUnavailable as error:
            self._untold.met(str(error))
        else:
            self._untold.over()
