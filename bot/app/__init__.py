"""The wiring: a bot process from its settings to its end."""

from bot.app.living import run
from bot.app.refusing import StartRefused
from bot.app.running import Running, started

__all__ = ["Running", "StartRefused", "run", "started"]
