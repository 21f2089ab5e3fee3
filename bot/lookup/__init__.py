"""Look-ups: why something was blocked, what waits, a caller's request, who am I. Answered to the asker alone."""

from bot.lookup.blocked import blocked, why_blocked
from bot.lookup.cases import find, queue
from bot.lookup.helping import EVERYBODY, CommandRow, Need, Order, UseCase, answer_help, whoami
from bot.lookup.history import file_history
from bot.lookup.home import home, home_again, open_look_up, submit_look_up

__all__ = [
    "EVERYBODY",
    "CommandRow",
    "Need",
    "Order",
    "UseCase",
    "answer_help",
    "blocked",
    "file_history",
    "find",
    "home",
    "home_again",
    "open_look_up",
    "queue",
    "submit_look_up",
    "whoami",
    "why_blocked",
]
