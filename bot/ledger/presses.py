"""Presses: stored before they are acknowledged, kept until they are answered."""

from __future__ import annotations

from datetime import timedelta

from pydantic import ValidationError

from bot.ledger.clock import span_ms
from bot.ledger.door import LedgerDoor, key, new_token
from bot.ledger.record import events_args
from bot.ledger.values import Kept
from bot.models import Event, LimitsSection, Press, PressKind

_KEPT = {0: Kept.REPLAY, 1: Kept.NEW, 2: Kept.BEYOND, 3: Kept.FIRST_BEYOND}


async def store(door: LedgerDoor, press: Press, limits: LimitsSection | None = None) -> Kept:
    """Keep a press, unless it was seen within the last 24 hours or is one too many of this minute."""
    counted = _counted(press, limits) if limits else {}
    met = Event(
        name="presses_limited",
        slack_user_id=press.slack_user_id,
        case_id=press.case_id,
        facts={"press": press.name, "limits": counted},
    )
    body = press.model_dump_json()
    mark = door.marks.mark("press", press.press_id, body)
    args: list[str | int] = [press.press_id, body, new_token(), mark, len(counted)]
    for name, most in counted.items():
        args += [name, most]
    [kept] = await door.call("store_press", *args, *events_args([met]))
    return _KEPT[int(kept)]


def _counted(press: Press, limits: LimitsSection) -> dict[str, int]:
    """What this press counts for, and how much of it a minute may bring."""
    counted = {f"person:{press.slack_user_id}": limits.presses_a_minute}
    if press.case_id:
        counted[f"case:{press.case_id}"] = limits.presses_of_a_case_a_minute
    return counted


async def take(door: LedgerDoor, limit: int, lease: timedelta) -> list[Press]:
    """Lease waiting presses, oldest first; each is offered again when the lease ends, unless it was answered."""
    found = await door.call("take_presses", limit, span_ms(lease), door.instance, once=True)
    return [_press(door, *one) for one in found]


def _press(door: LedgerDoor, press_id: str, body: str, mark: str) -> Press:
    """A press as it was stored. One that is not ours may hold anything, so it must not stop the others."""
    is_ours = door.marks.fits(mark, "press", press_id, body)
    try:
        press = Press.model_validate_json(body)
    except ValidationError:
        at = door.clock.now()
        return Press(
            press_id=press_id,
            kind=PressKind.BUTTON,
            name="unreadable",
            slack_user_id="",
            slack_team_id="",
            received_at=at,
            is_genuine=False,
        )
    is_genuine = is_ours and press.press_id == press_id
    # Who wrote it chose the address of its answer too.
    known = {} if is_genuine else {"response_url": "", "channel_id": ""}
    return press.model_copy(update={"press_id": press_id, "is_genuine": is_genuine, **known})


async def extend(door: LedgerDoor, press_id: str, lease: timedelta) -> bool:
    """Hold a press for the lease from now on. False: it is answered, or another process has it."""
    [extended] = await door.call("extend_press", press_id, span_ms(lease), door.instance)
    return bool(extended)


async def waiting(door: LedgerDoor) -> int:
    """How many presses are not answered yet."""
    return int(await door.read("ZCARD", key("press:waiting")))
