"""The wiring: a bot process from its settings to its end."""

from bot.app.refusing import StartRefused
from bot.app.running import Running, run, started

__all__ = ["Running", "StartRefused", "run", "started"]
