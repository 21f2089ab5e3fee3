"""Whether the ledger takes what it is given: people are told when it does not, and when it does again.

Not through the send queue, which is in the ledger: straight to the audit channel, by each replica for itself and under
its host's name. That one reaches nothing says little of the others, and without a ledger they have nothing in common.
"""

from __future__ import annotations

import socket
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

import structlog

from bot.app.health import Pulse
from bot.cards.kit.blocks import Rendered
from bot.cards.messages import record as messages
from bot.chat import Sender, Sent
from bot.desk import audit_message

log = structlog.get_logger()

LOOKS_EVERY_S = 5.0
"""How late people may be told (our choice)."""
_LASTS_S = 30.0
"""What is over sooner, as a restart or a failover is, is told by `/readyz` and the log alone (our choice)."""
_AGAIN_S = 60.0
"""Before it is said again where Slack did not take it (our choice)."""


@dataclass(slots=True)
class LedgerWatch:
    """Looks at the pulse, and says what lasts."""

    pulse: Pulse
    sender: Sender
    now: Callable[[], datetime]
    """The time that all share: without the ledger it is counted on from its last answer. The host's own may be wrong,
    and what the sender notes by it (until when Slack has to be left alone) would hold for all messages."""
    seconds: Callable[[], float] = time.monotonic
    host: str = field(default_factory=socket.gethostname)
    _since: tuple[float, datetime] | None = field(default=None, init=False)
    _is_told: bool = field(default=False, init=False)
    _next: float = field(default=0.0, init=False)

    async def look(self) -> None:
        """Every few seconds."""
        at_s = self.seconds()
        if self.pulse.ledger_fault:
            self._since = self._since or (at_s, self.now())
            if not self._is_told and at_s - self._since[0] >= _LASTS_S and at_s >= self._next:
                said = messages.ledger_takes_nothing(self._since[1], self.pulse.ledger_fault, self.host)
                self._next, self._is_told = at_s + _AGAIN_S, await self._said("away", said)
        elif self._since is not None:
            if self._is_told:
                await self._said("back", messages.ledger_is_back(self._since[1], self.now(), self.host))
            self._since, self._is_told, self._next = None, False, 0.0

    async def _said(self, what: str, said: Rendered) -> bool:
        effect = audit_message(f"ledger_{what}:{self.now():%Y-%m-%dT%H:%M:%S}", said)
        outcome = await self.sender.send(effect, None, self.now())
        if isinstance(outcome, Sent):
            return True
        log.warning("ledger_trouble_not_told", what=what, why=str(outcome))
        return False
