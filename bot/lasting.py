"""What lasts is said when it begins and when it is over. A line at every try would bury the rest of the log."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import structlog

log = structlog.get_logger()

_SAID_MOST = 5
"""Different reasons that one trouble is worth telling; a text that changes at every try is no news (our choice)."""


@dataclass(slots=True)
class Lasting:
    """A trouble that lasts: said when it begins or changes, and when it is over, not at every try in between."""

    event: str
    """The name of its line in the log."""
    facts: Mapping[str, str] = field(default_factory=dict)
    """What the line says beside why."""
    quiet_s: float = 0.0
    """It is over when it was not there for so long: for what comes and goes."""
    seconds: Callable[[], float] = time.monotonic
    _since: float = 0.0
    _last: float = 0.0
    _said: set[str] = field(default_factory=set)

    def met(self, why: str) -> None:
        """It is there."""
        self._last = self.seconds()
        if not self._said:
            self._since = self._last
        if why not in self._said and len(self._said) < _SAID_MOST:
            self._said.add(why)
            log.warning(self.event, why=why, **self.facts)

    def over(self) -> None:
        """It is not there (any more)."""
        if self._said and self.seconds() - self._last >= self.quiet_s:
            self._said.clear()
            log.info(
                "trouble_over",
                trouble=self.event,
                lasted_s=round(self.seconds() - self._since, 1),
                **self.facts,
            )
