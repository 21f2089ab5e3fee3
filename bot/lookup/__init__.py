"""Look-ups: why something was blocked, what waits, a caller's request, who am I. Answered to the asker alone."""

from bot.lookup.blocked import blocked
from bot.lookup.cases import find, queue
from bot.lookup.command import gatehouse
from bot.lookup.myself import help_, home, whoami
from bot.lookup.why import why_blocked

__all__ = ["blocked", "find", "gatehouse", "help_", "home", "queue", "whoami", "why_blocked"]
