"""The rehearsal: a workspace and a portal in a browser, the real bot between them, nothing of it real."""

from bot.sandbox.rehearsal.run import Rehearsal, rehearse, rehearsing

__all__ = ["Rehearsal", "rehearse", "rehearsing"]
