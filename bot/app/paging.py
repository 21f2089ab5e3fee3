"""The second ways of this process: who is called when Slack does not take an escalation, and how each page goes out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta

from bot.chat import Dropped, Later, Sent
from bot.desk import Desk, StillContended
from bot.escalation.calling import call_by_second_way
from bot.ledger import LedgerUnavailable
from bot.logs import Lasting
from bot.models import Effect
from bot.pager import IsOver, Way, WayAway, WayLeft, WayRefused, unleased

_AGAIN = timedelta(seconds=15)
"""Before a way that is away is tried again (our choice)."""


@dataclass(slots=True)
class Paging:
    """Looks for calls that Slack does not take, and hands pages to their ways."""

    desk: Desk
    after: timedelta
    ways: Mapping[str, Way]
    is_over: IsOver = unleased
    """Of the lease on which a page is sent."""
    _away: Lasting = field(default_factory=lambda: Lasting("second_way_without_ledger"))

    async def look(self) -> None:
        """Every replica looks; the ledger lets one call."""
        try:
            await call_by_second_way(self.desk, self.after, tuple(self.ways))
        except (LedgerUnavailable, StillContended) as error:
            self._away.met(str(error))
        else:
            self._away.over()

    def lent(self, is_over: IsOver) -> Paging:
        """The same for one page, until its lease is over."""
        return replace(self, is_over=is_over)

    async def send(self, effect: Effect) -> Sent | Later | Dropped:
        """One page by its way. A refusal is tried again as one of Slack's is: somebody may mend it."""
        way = self.ways.get(effect.way)
        if way is None or effect.page is None:
            return Dropped(f"the second way {effect.way} is not set any more")
        outcome: Sent | Later | Dropped = Sent()
        try:
            await way.tell(effect.page, self.desk.now(), self.is_over)
        except WayLeft as left:
            # At once, if nobody has taken it since; else it is no more ours to move. The way has nothing to do with it.
            return Later(timedelta(0), f"{effect.way}: {left}")
        except WayAway as away:
            outcome = Later(_AGAIN, str(away))
        except WayRefused as refused:
            outcome = Dropped(str(refused), refused=True)
        self.desk.metrics.paged(effect.way, type(outcome).__name__.lower())
        return outcome
