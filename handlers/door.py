"""The front door: guard, store the press, acknowledge. The work follows elsewhere (P4).

What is not stored is acknowledged only with words to its presser: in the acknowledgement itself, or said before it.
Else Slack is left without one, and shows by itself that the press failed, whatever becomes of this process.

Bolt runs with `process_before_response`, so an acknowledgement leaves when the listener ends: it must be short. One
listener per payload kind leads into our own routes; one that lets an exception out would lose its acknowledgement, so
none does. They stand behind one middleware, the last of Bolt's: for each listener that Bolt itself tries and for the
one that it calls it gathers thirty arguments anew, which was most of what a press cost there.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Any, Protocol

import structlog
from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncRespond
from slack_bolt.middleware.async_middleware import AsyncMiddleware
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.request.payload_utils import (
    is_block_actions,
    is_block_suggestion,
    is_event,
    is_slash_command,
    is_view_submission,
)
from slack_bolt.response import BoltResponse

from bot.cards.forms.approve_form import SHOWN_BY
from bot.cards.kit.blocks import Rendered
from bot.cards.messages import answers
from bot.chat import ChatBusy, ChatUnreachable
from bot.ledger import Kept, LedgerUnavailable
from bot.models import LimitsSection, Press, Rules
from bot.seams import Seam, reach
from bot.turns import ended_within
from handlers import payloads
from handlers.commands import SLASHES
from handlers.forms import missing_inputs, unsaid
from handlers.routes import CHANNEL_EVENTS, HOME_OPENED, SILENT

log = structlog.get_logger()

_TOLD_AGAIN_AFTER_S = (1.0, 5.0, 25.0)
"""Seconds until a presser is told once more that a press is not recorded, where Slack took no answer (our choice)."""
_TOLD_WITHIN_S = 5.0
"""How long a stop waits for it (our choice)."""
_ANSWERED_S = 2.0
"""Within which a click is answered (our choice). Slack waits for 3 s, and the ledger may take 1.5 s to fail."""
Body = Mapping[str, Any]
Next = Callable[[], Awaitable[BoltResponse]]
"""Goes on with Bolt's next step."""


class Store(Protocol):
    """What the door needs of the ledger."""

    def now(self) -> datetime:
        """Logical time."""

    async def store_press(self, press: Press, limits: LimitsSection) -> Kept:
        """Durably, or why not."""


class Taken(Enum):
    """Whether a press is recorded, and so is carried out."""

    YES = "yes"
    NO = "no"
    MAYBE = "maybe"
    """The ledger took it and did not answer: “nothing was done” would be a guess."""
    ONE_TOO_MANY = "one too many"
    """Not recorded, for its number; said once a minute."""
    STILL_TOO_MANY = "still too many"
    NOT_UNDERSTOOD = "not understood"
    """It names no case, nobody, or nothing to do: carried out it cannot be, and silence would look like a yes."""

    @property
    def said(self) -> Rendered:
        """What the presser hears, where it is not a yes."""
        match self:
            case Taken.MAYBE:
                return answers.maybe_recorded()
            case Taken.ONE_TOO_MANY | Taken.STILL_TOO_MANY:
                return answers.too_many_presses()
            case Taken.NOT_UNDERSTOOD:
                return answers.not_readable()
            case _:
                return answers.not_recorded()


@dataclass(slots=True)
class FrontDoor:
    """Stores presses and rings for the worker."""

    store: Store
    ring: Callable[[], None]
    """Tells the worker that there is something to do."""
    look_again: Callable[[str], None]
    """Tells the sender to ask about a channel again before the next post."""
    counted: Callable[[str], None]
    """Counts what came of a delivery: stored, replayed, limited, not stored, not understood."""
    limits: LimitsSection = field(default_factory=LimitsSection)
    rules: Rules = field(default_factory=Rules)
    """For the time zone in which a form's day ends."""
    closing: bool = False
    """Set while draining: nothing new is taken in."""
    _telling: set[asyncio.Task[bool]] = field(default_factory=set)

    async def take(self, make: Callable[[Body, datetime], Press], body: Body) -> Taken:
        """Store one press; unless it is recorded the presser has to be told. Never raises."""
        try:
            press = make(body, self.store.now())
        except Exception as error:  # noqa: BLE001 - a shape nobody thought of must not cost the acknowledgement
            log.warning("payload_not_understood", why=str(error))
            self.counted("not understood")
            return Taken.NOT_UNDERSTOOD
        try:
            if self.closing:
                raise RuntimeError("the process is closing")  # noqa: TRY301 - one place tells the presser
            kept = await self.store.store_press(press, self.limits)
            reach(Seam.PRESS_STORED)
        except Exception as error:  # noqa: BLE001 - whatever broke, the presser hears that it may not be recorded
            maybe = isinstance(error, LedgerUnavailable) and error.maybe_done
            log.warning("press_not_recorded", press=press.name, why=str(error), maybe_recorded=maybe)
            self.counted("maybe recorded" if maybe else "not recorded")
            return Taken.MAYBE if maybe else Taken.NO
        self.counted("limited" if kept.is_limited else kept.value)
        if kept.is_limited:
            return Taken.ONE_TOO_MANY if kept is Kept.FIRST_BEYOND else Taken.STILL_TOO_MANY
        self.ring()
        return Taken.YES

    async def tell(self, respond: AsyncRespond, said: Rendered, *, by_s: float) -> bool:
        """Say something to the presser; whether it was said by then (loop time). It is tried on after that."""
        task = asyncio.ensure_future(_tell(respond, said))
        self._telling.add(task)
        task.add_done_callback(self._telling.discard)
        left_s = by_s - asyncio.get_running_loop().time()
        done, _ = await asyncio.wait({task}, timeout=max(0.0, left_s))
        return any(not one.cancelled() and one.result() for one in done)

    async def drain(self) -> None:
        """Wait for what is still being said, for a few seconds at most."""
        await ended_within(_TOLD_WITHIN_S, self._telling)


async def _tell(respond: AsyncRespond, said: Rendered) -> bool:
    """Said again where Slack could not take it: nothing is stored that says it later, and silence reads as a yes."""
    for again_after_s in (*_TOLD_AGAIN_AFTER_S, None):
        try:
            await respond(
                text=said.text, blocks=said.blocks, response_type="ephemeral", replace_original=False
            )
        except (ChatBusy, ChatUnreachable) as error:
            log.warning("not_recorded_not_told", why=str(error), again_after_s=again_after_s)
            if again_after_s is not None:
                asked_s = error.retry_after_s if isinstance(error, ChatBusy) else 0.0
                await asyncio.sleep(max(again_after_s, asked_s))
        except Exception as error:  # noqa: BLE001 - the last boundary: the presser sees the missing answer
            log.warning("not_recorded_not_told", why=str(error))
            return False
        else:
            return True
    return False


def register(app: AsyncApp, door: FrontDoor) -> None:
    """Hang the listeners into a Bolt app."""
    app.middleware(Straight(_on_anything(door)))


RATE_LIMITED = "app_rate_limited"
"""Slack leaves out events of a minute in which there were too many. It is told bare, not wrapped in a callback."""


class Straight(AsyncMiddleware):
    """A middleware of ours that is given the request as it is.

    For a plain function Bolt first gathers the thirty arguments that it might name, at every delivery.
    """

    def __init__(self, work: Callable[[AsyncBoltRequest, Next], Awaitable[BoltResponse | None]]) -> None:
        self._work = work

    async def async_process(
        self,
        *,
        req: AsyncBoltRequest,
        resp: BoltResponse,  # noqa: ARG002 - Bolt's
        next: Next,  # noqa: A002 - Bolt's name
    ) -> BoltResponse | None:
        """Do it."""
        return await self._work(req, next)


def _on_anything(door: FrontDoor) -> Callable[[AsyncBoltRequest, Next], Awaitable[BoltResponse | None]]:
    """Each kind of delivery to its listener. None of them goes on to Bolt's own."""
    action, submission, command = _on_action(door), _on_submission(door), _on_command(door)
    event = _on_event(door)

    async def anything(request: AsyncBoltRequest, _: Next) -> BoltResponse | None:
        body, ack = request.body, request.context.ack
        if is_block_actions(body):
            return await action(ack, body, request.context.respond) or ack.response
        if is_view_submission(body):
            await submission(ack, body)
        elif is_slash_command(body):
            await command(ack, body)
        elif is_block_suggestion(body):
            # No select of ours asks for options; whatever asks gets none.
            await ack(options=[])
        elif is_event(body):
            await event(ack, body)
        else:
            return _of_no_use(door, body)
        return ack.response

    return anything


def _of_no_use(door: FrontDoor, body: Body) -> BoltResponse:
    """What no listener takes (a shortcut, a closed view, news of later years) is acknowledged too.

    Bolt would answer 404: Slack then delivers it again, and switches an app's events off that answers most so.
    """
    kind = str(body.get("type", ""))
    if kind == RATE_LIMITED:
        log.warning("slack_events_rate_limited", minute=body.get("minute_rate_limited"))
        door.counted("rate limited")
    else:
        log.info("delivery_of_no_use", type=kind[:80])
        door.counted("of no use")
    return BoltResponse(status=200, body="")


def _on_action(door: FrontDoor) -> Callable[..., Awaitable[BoltResponse | None]]:
    async def action(ack: AsyncAck, body: dict[str, Any], respond: AsyncRespond) -> BoltResponse | None:
        by_s = asyncio.get_running_loop().time() + _ANSWERED_S
        if payloads.route_named(body) not in SILENT:
            taken = await door.take(payloads.button_press, body)
            is_enough = taken in (Taken.YES, Taken.STILL_TOO_MANY)
            # A click in App Home or in a form brings no address to answer at.
            if not is_enough and not (
                body.get("response_url") and await door.tell(respond, taken.said, by_s=by_s)
            ):
                return BoltResponse(status=503, body="")
        await ack()
        return None

    return action


_TOO_MANY = "Not recorded: too many presses within a minute. Submit again in a minute; what you typed stays."
_NOT_TAKEN = {
    Taken.NO: "Not recorded: nothing was done. Submit again in a moment.",
    Taken.ONE_TOO_MANY: _TOO_MANY,
    Taken.STILL_TOO_MANY: _TOO_MANY,
    Taken.MAYBE: "It is not known whether this was recorded. If it was, you are answered in a moment; "
    "look at the card before you submit again.",
    Taken.NOT_UNDERSTOOD: "This could not be read, so nothing was done. Open the form again from a card.",
}


def _on_submission(door: FrontDoor) -> Callable[..., Awaitable[None]]:
    async def submission(ack: AsyncAck, body: dict[str, Any]) -> None:
        view = body.get("view")
        view = view if isinstance(view, dict) else {}
        values = payloads.modal_values(view)
        missing = unsaid(view, values)
        missing |= missing_inputs(str(view.get("callback_id", "")), values, door.rules, door.store.now())
        if missing:
            await ack(response_action="errors", errors=_at_inputs(view, missing))
        else:
            taken = await door.take(payloads.modal_press, body)
            if taken is Taken.YES:
                await ack()
            else:
                await ack(response_action="errors", errors={_some_input(view): _NOT_TAKEN[taken]})

    return submission


def _on_command(door: FrontDoor) -> Callable[..., Awaitable[None]]:
    async def command(ack: AsyncAck, body: dict[str, Any]) -> None:
        if str(body.get("command")) not in SLASHES:
            await ack(text="Gatehouse does not know this command; try /gatehouse help.")
        else:
            taken = await door.take(payloads.command_press, body)
            if taken is Taken.YES:
                await ack()
            else:
                await ack(text=taken.said.text, blocks=taken.said.blocks)

    return command


def _on_event(door: FrontDoor) -> Callable[..., Awaitable[None]]:
    async def event(ack: AsyncAck, body: dict[str, Any]) -> None:
        await ack()
        told = body.get("event")
        told = told if isinstance(told, dict) else {}
        kind = str(told.get("type", ""))
        if kind == HOME_OPENED and told.get("tab", "home") == "home":
            await door.take(payloads.home_press, body)
        elif kind in CHANNEL_EVENTS:
            channel = told.get("channel")
            door.look_again(str(channel.get("id", "")) if isinstance(channel, dict) else str(channel or ""))

    return event


def _at_inputs(view: Body, missing: Mapping[str, str]) -> dict[str, str]:
    """Each error at its input; one whose input is not in view stands at the choice that brings it, else at another.

    Slack drops an error that names no input of the modal.
    """
    held = _inputs(view)
    landed: dict[str, str] = {}
    for block_id, sentence in missing.items():
        shown_by = SHOWN_BY.get(block_id, block_id)
        near = block_id if block_id in held or not held else shown_by
        place = near if near in held or not held else _some_input(view)
        landed[place] = f"{landed[place]} {sentence}" if place in landed else sentence
    return landed


def _some_input(view: Body) -> str:
    """An input's block id, to hang an error on that concerns the whole modal."""
    held = _inputs(view)
    return held[-1] if held else "submit"


def _inputs(view: Body) -> list[str]:
    """Block ids of the modal's inputs, in their order."""
    held = view.get("blocks")
    blocks = [block for block in held if isinstance(block, dict)] if isinstance(held, list) else []
    return [
        str(block["block_id"]) for block in blocks if block.get("type") == "input" and block.get("block_id")
    ]
