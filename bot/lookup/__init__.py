"""Look-ups: why something was blocked, what waits, a caller's request, who am I. Answered to the asker alone."""

from bot.lookup.blocked import blocked
from bot.lookup.cases import find, queue
from bot.lookup.helping import EVERYBODY, CommandRow, Need, UseCase, answer_help
from bot.lookup.myself import home, whoami
from bot.lookup.why import why_blocked

__all__ = [
    "EVERYBODY",
    "CommandRow",
    "Need",
    "UseCase",
    "answer_help",
    "blocked",
    "find",
    "home",
    "queue",
    "whoami",
    "why_blocked",
]
