"""Presses: stored before they are acknowledged, kept until they are answered."""

from __future__ import annotations

from datetime import timedelta

from bot.ledger.clock import span_ms
from bot.ledger.door import LedgerDoor, key, new_token
from bot.models import Press


async def store(door: LedgerDoor, press: Press) -> bool:
    """Keep a press. False: it was seen within the last 24 hours, nothing is stored."""
    [stored] = await door.call("store_press", press.press_id, press.model_dump_json(), new_token())
    return bool(stored)


async def take(door: LedgerDoor, limit: int, lease: timedelta) -> list[Press]:
    """Lease waiting presses, oldest first; each is offered again when the lease ends, unless it was answered."""
    found = await door.call("take_presses", limit, span_ms(lease), door.instance, once=True)
    return [Press.model_validate_json(body) for body in found]


async def extend(door: LedgerDoor, press_id: str, lease: timedelta) -> bool:
    """Hold a press for the lease from now on. False: it is answered, or another process has it."""
    [extended] = await door.call("extend_press", press_id, span_ms(lease), door.instance)
    return bool(extended)


async def waiting(door: LedgerDoor) -> int:
    """How many presses are not answered yet."""
    return int(await door.read("ZCARD", key("press:waiting")))
