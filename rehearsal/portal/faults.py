"""The ways in which the stand-in portal can misbehave on command.

A fault strikes the next N calls, or all until it is cleared, and may be narrowed to one action name. Faults
without a limit combine with `slow`; of the others the one set first strikes.
"""

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any


class FaultKind(StrEnum):
    """What goes wrong."""

    SLOW = "slow"
    """The answer comes `seconds` later; the call still takes effect, even when the caller has given up."""
    TOO_MANY_REQUESTS = "too_many_requests"
    """429 with `Retry-After: retry_after_s`; nothing happens."""
    SERVER_ERROR = "server_error"
    """500; nothing happens."""
    TIMEOUT_BEFORE = "timeout_before"
    """Nothing happens, and after `seconds` of silence the connection is dropped."""
    TIMEOUT_AFTER = "timeout_after"
    """The call takes effect, and after `seconds` of silence the connection is dropped without an answer."""
    TOKEN_REVOKED = "token_revoked"  # noqa: S105 - the name of a fault, not a secret
    """Every token is refused, with the status that the rules say."""
    DOWN = "down"
    """Connections are closed as soon as they carry a call; the call counts as never received."""


@dataclass(frozen=True)
class Fault:
    """One fault: `times` is how many more calls it strikes, None until cleared; `action` narrows it to one name."""

    kind: FaultKind
    seconds: float = 0.0
    times: int | None = None
    action: str | None = None
    retry_after_s: int = 1

    def __post_init__(self) -> None:
        if self.seconds < 0 or self.retry_after_s < 0:
            raise ValueError(f"fault {self.kind}: seconds and retry_after_s may not be negative.")
        if self.times is not None and self.times < 1:
            raise ValueError(f"fault {self.kind}: times is {self.times}; give at least 1, or nothing.")

    def strikes(self, action: str) -> bool:
        """Whether it is meant for this action name."""
        return self.action is None or self.action.casefold() == action.casefold()


class Faults:
    """The faults in force. Clearing them also lets go of every call that is being held."""

    def __init__(self) -> None:
        self._active: list[Fault] = []
        self._distorted: dict[str, Callable[[Any], Any]] = {}
        self._released = asyncio.Event()

    @property
    def active(self) -> tuple[Fault, ...]:
        """The faults in force, oldest first."""
        return tuple(self._active)

    def add(self, fault: Fault) -> None:
        """Puts a fault in force."""
        self._active.append(fault)

    def set(
        self,
        kind: FaultKind | str,
        *,
        seconds: float = 0.0,
        times: int | None = None,
        action: str | None = None,
        retry_after_s: int = 1,
    ) -> None:
        """Puts a fault in force by name; raises ValueError for a name that is none."""
        self.add(Fault(FaultKind(kind), seconds, times, action, retry_after_s))

    def distort(self, action: str, change: Callable[[Any], Any]) -> None:
        """Every good answer of an action is changed before it is sent: for rows as odd as the contract allows them."""
        self._distorted[action.casefold()] = change

    def as_sent(self, action: str, payload: str) -> str:
        """The body of a good answer as it goes out."""
        change = self._distorted.get(action.casefold())
        return json.dumps(change(json.loads(payload))) if change is not None and payload else payload

    def clear(self, kind: FaultKind | str | None = None) -> None:
        """Lifts every fault, or those of one kind, and lets go of the calls that are being held."""
        if kind is None:
            self._distorted.clear()
        wanted = None if kind is None else FaultKind(kind)
        self._active = [fault for fault in self._active if wanted is not None and fault.kind != wanted]
        released, self._released = self._released, asyncio.Event()
        released.set()

    def take(self, action: str) -> tuple[float, Fault | None]:
        """What strikes this call: extra seconds of waiting, and at most one other fault. Uses up limited ones."""
        slow = next((f for f in self._active if f.kind is FaultKind.SLOW and f.strikes(action)), None)
        other = next((f for f in self._active if f.kind is not FaultKind.SLOW and f.strikes(action)), None)
        for fault in (slow, other):
            if fault is not None:
                self._use(fault)
        return (slow.seconds if slow else 0.0), other

    def _use(self, fault: Fault) -> None:
        if fault.times is None:
            return
        place = self._active.index(fault)
        if fault.times == 1:
            del self._active[place]
        else:
            self._active[place] = replace(fault, times=fault.times - 1)

    async def hold(self, seconds: float) -> None:
        """Keeps a call waiting for so many real seconds, or until the faults are cleared."""
        if seconds <= 0:
            return
        try:
            async with asyncio.timeout(seconds):
                await self._released.wait()
        except TimeoutError:
            return
