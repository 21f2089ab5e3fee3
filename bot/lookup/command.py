"""`/gatehouse <word> ...`: which of its commands a text means."""

from __future__ import annotations

from bot.desk import Desk
from bot.lookup.cases import find, queue
from bot.lookup.myself import help_, whoami
from bot.models import Press

_COMMANDS = {"queue": queue, "find": find, "whoami": whoami, "help": help_}


async def gatehouse(desk: Desk, press: Press) -> None:
    """Do what the first word says; help for none, and for one that is no command."""
    word = (press.text.split() or ["help"])[0].casefold()
    await _COMMANDS.get(word, help_)(desk, press)
