"""Deliveries to the app: what was sent, when it was acknowledged, and what Slack does when it was not.

Interactions and commands are sent once. Events are sent again at once, after a minute and after five
(docs.slack.dev/apis/events-api). The 3 s limit is a matter of the wire and counts real seconds; the waits
between the retries follow the sandbox clock.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from rehearsal.slack.errors import Json
from rehearsal.slack.faults import Faults
from rehearsal.slack.workspace import Workspace

ACK_LIMIT_S = 3.0
EVENT_RETRY_WAITS_S = (0.0, 60.0, 300.0)
# Our choice, as for the feed: what happened lately, so that memory stays flat.
KEPT_DELIVERIES = 2_000

DeliveryKind = Literal["events_api", "interactive", "slash_commands"]


@dataclass(frozen=True)
class Retry:
    """The number (1 to 3) and reason that a repeated event carries."""

    number: int
    reason: str


@dataclass(frozen=True)
class Attempt:
    """One try to hand a payload to the app."""

    transport: str
    to: str
    acked: bool
    after_s: float
    reason: str = ""
    status: int = 0
    response: Any = None
    no_retry: bool = False


@dataclass(eq=False)
class Delivery:
    """One payload on its way to the app; `outcome` says what the person then saw."""

    id: str
    kind: DeliveryKind
    payload: Json
    sent_at: float = 0.0
    """The sandbox time of sending, seconds since 1970."""
    attempts: list[Attempt] = field(default_factory=list)
    outcome: str = ""
    trouble: str = ""
    confirm: Json | None = None
    _done: asyncio.Event = field(default_factory=asyncio.Event, repr=False)
    _tried: asyncio.Event = field(default_factory=asyncio.Event, repr=False)

    @property
    def acked(self) -> bool:
        """Did an attempt get its acknowledgement in time?"""
        return any(attempt.acked for attempt in self.attempts)

    @property
    def acked_after_s(self) -> float | None:
        """Real seconds from sending to the acknowledgement; None when there was none."""
        return next((attempt.after_s for attempt in self.attempts if attempt.acked), None)

    @property
    def response(self) -> Any:
        """What the app sent along with its acknowledgement."""
        return next((attempt.response for attempt in self.attempts if attempt.acked), None)

    async def settled(self) -> "Delivery":
        """Waits until it was acknowledged and acted upon, or given up.

        Raises RuntimeError when the stand-in itself failed over it.
        """
        await self._done.wait()
        if self.trouble:
            raise RuntimeError(f"The stand-in failed over delivery {self.id}: {self.trouble}")
        return self

    async def tried(self) -> "Delivery":
        """Waits for the end of the first attempt, acknowledged or not; events may still be retried."""
        await self._tried.wait()
        return self

    def note_attempt(self, attempt: Attempt) -> None:
        """Adds an attempt that has ended."""
        self.attempts.append(attempt)
        self._tried.set()

    def settle(self, outcome: str) -> None:
        """Closes the delivery under this outcome."""
        self.outcome = outcome
        self._tried.set()
        self._done.set()

    def wire(self) -> Json:
        """The delivery as JSON for another process."""
        return {
            "id": self.id,
            "kind": self.kind,
            "sent_at": self.sent_at,
            "payload": self.payload,
            "acked": self.acked,
            "acked_after_s": self.acked_after_s,
            "response": self.response,
            "outcome": self.outcome,
            "trouble": self.trouble,
            "confirm": self.confirm,
            "attempts": [
                {
                    "transport": each.transport,
                    "to": each.to,
                    "acked": each.acked,
                    "after_s": each.after_s,
                    "reason": each.reason,
                    "status": each.status,
                }
                for each in self.attempts
            ],
        }


class Transport(Protocol):
    """A way to the app: sockets or signed HTTP."""

    async def attempt(self, delivery: Delivery, retry: Retry | None) -> Attempt:
        """Sends once and waits for the acknowledgement, at most `ACK_LIMIT_S`."""


OnResponse = Callable[[Any], str]


def _only_acked(_response: Any) -> str:
    return "acknowledged"


class Dispatcher:
    """Sends deliveries in the background and keeps the record of them."""

    def __init__(self, workspace: Workspace, faults: Faults) -> None:
        self._workspace = workspace
        self._faults = faults
        self._tasks: set[asyncio.Task[None]] = set()
        self.transport: Transport | None = None
        self.deliveries: deque[Delivery] = deque(maxlen=KEPT_DELIVERIES)

    def send(self, kind: DeliveryKind, payload: Json, on_response: OnResponse = _only_acked) -> Delivery:
        """Starts a delivery; `on_response` acts on the app's answer and names the outcome."""
        delivery = Delivery(self._workspace.ids.next("DL"), kind, payload, self._workspace.clock.time())
        self.deliveries.append(delivery)
        self._workspace.note("delivery_sent", delivery=delivery.id, delivery_kind=kind, payload=payload)
        self._start(self._run(delivery, on_response))
        return delivery

    async def close(self) -> None:
        """Gives up whatever is still under way."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _start(self, work: Any) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _run(self, delivery: Delivery, on_response: OnResponse) -> None:
        try:
            await self._deliver(delivery)
            outcome = on_response(delivery.response) if delivery.acked else "not_acknowledged"
        except asyncio.CancelledError:
            delivery.settle("abandoned")
            raise
        except Exception as broken:  # noqa: BLE001 - the boundary: `settled` raises it to whoever waits
            outcome, delivery.trouble = "stand_in_failed", repr(broken)
        delivery.settle(outcome)
        self._workspace.note(
            "delivery_settled",
            delivery=delivery.id,
            outcome=outcome,
            acked=delivery.acked,
            after_s=delivery.acked_after_s,
        )

    async def _deliver(self, delivery: Delivery) -> None:
        if await self._lost_or_delayed(delivery):
            return
        if self._faults.take(("duplicate",), delivery.kind):
            self._start(self._duplicate(delivery))
        attempt = await self._attempt(delivery, None)
        if delivery.kind != "events_api":
            return
        for number, wait_s in enumerate(EVENT_RETRY_WAITS_S, start=1):
            if attempt.acked or attempt.no_retry:
                return
            await self._wait(wait_s)
            attempt = await self._attempt(delivery, Retry(number, attempt.reason))

    async def _lost_or_delayed(self, delivery: Delivery) -> bool:
        fault = self._faults.take(("lose", "delay"), delivery.kind)
        if fault and fault.kind == "delay":
            await asyncio.sleep(fault.seconds)
        return fault is not None and fault.kind == "lose"

    async def _attempt(self, delivery: Delivery, retry: Retry | None) -> Attempt:
        if self.transport is None:
            attempt = Attempt("none", "", acked=False, after_s=0.0, reason="connection_failed")
        else:
            attempt = await self.transport.attempt(delivery, retry)
        attempt = await self._spoil_ack(delivery, attempt)
        delivery.note_attempt(attempt)
        self._workspace.note(
            "delivery_attempted",
            delivery=delivery.id,
            acked=attempt.acked,
            after_s=attempt.after_s,
            reason=attempt.reason,
            to=attempt.to,
        )
        return attempt

    async def _spoil_ack(self, delivery: Delivery, attempt: Attempt) -> Attempt:
        fault = self._faults.take(("lose_ack", "delay_ack"), delivery.kind) if attempt.acked else None
        if fault is None:
            return attempt
        after_s = attempt.after_s + fault.seconds
        if fault.kind == "delay_ack" and after_s <= ACK_LIMIT_S:
            await asyncio.sleep(fault.seconds)
            return Attempt(attempt.transport, attempt.to, True, after_s, "", attempt.status, attempt.response)
        return Attempt(attempt.transport, attempt.to, False, ACK_LIMIT_S, "http_timeout", attempt.status)

    async def _duplicate(self, delivery: Delivery) -> None:
        if self.transport is not None:
            attempt = await self.transport.attempt(delivery, None)
            self._workspace.note(
                "delivery_duplicated", delivery=delivery.id, acked=attempt.acked, to=attempt.to
            )

    async def _wait(self, span_s: float) -> None:
        clock = self._workspace.clock
        due = clock.time() + span_s
        while (left := due - clock.time()) > 0:
            await clock.wait_for_move(left)
