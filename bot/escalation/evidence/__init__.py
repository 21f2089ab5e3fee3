"""Evidence before the button: what can be found out about a case after its card was posted."""

from bot.escalation.evidence.gathering import gather

__all__ = ["gather"]
