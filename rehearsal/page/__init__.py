"""The rehearsal: a workspace and a portal in a browser, the real bot between them, nothing of it real."""

from rehearsal.page.run import Rehearsal, rehearse, rehearsing

__all__ = ["Rehearsal", "rehearse", "rehearsing"]
