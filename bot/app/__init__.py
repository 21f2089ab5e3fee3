"""The wiring: a bot process from its settings to its end."""

from bot.app.running import Running, StartRefused, run, started

__all__ = ["Running", "StartRefused", "run", "started"]
