"""Fault switches: what a test or a rehearsal can break, a stated number of times."""

from dataclasses import dataclass, replace
from typing import Literal, get_args

from rehearsal.slack.errors import PersonError

ApiFault = Literal["rate_limit", "slow", "server_error", "silent_before", "silent_after", "error", "unnamed"]
DeliveryFault = Literal["duplicate", "delay", "lose_ack", "delay_ack", "lose"]
FaultKind = ApiFault | DeliveryFault

API_FAULTS: tuple[str, ...] = get_args(ApiFault)
DELIVERY_FAULTS: tuple[str, ...] = get_args(DeliveryFault)


@dataclass(frozen=True)
class Fault:
    """One armed fault.

    `kind`     rate_limit: 429; slow: answers `seconds` late; server_error: 500; silent_before and
               silent_after: no answer at all, before or after the effect; error: `ok: false` with `name`;
               unnamed: done, and a yes that leaves the member `name` out;
               duplicate: the next delivery comes twice; delay: comes `seconds` late; lose: is not sent;
               lose_ack, delay_ack: the app's acknowledgement gets lost or counts `seconds` late.
    `method`   only this Web API method, or only this kind of delivery; empty: any.
    `times`    how often it still strikes; negative: until it is cleared.
    """

    kind: str
    method: str = ""
    times: int = 1
    seconds: float = 1.0
    name: str = "internal_error"


class Faults:
    """The armed faults; the first that fits strikes."""

    def __init__(self) -> None:
        self.armed: list[Fault] = []

    def arm(
        self,
        kind: str,
        *,
        method: str = "",
        times: int = 1,
        seconds: float = 1.0,
        name: str = "internal_error",
    ) -> None:
        """Switches a fault on; see `Fault` for the kinds."""
        if kind not in API_FAULTS + DELIVERY_FAULTS:
            known = ", ".join(API_FAULTS + DELIVERY_FAULTS)
            raise PersonError(f"There is no fault {kind!r}; use one of {known}.")
        self.armed.append(Fault(kind, method, times, seconds, name))

    def clear(self) -> None:
        """Switches every fault off."""
        self.armed.clear()

    def take(self, kinds: tuple[str, ...], method: str) -> Fault | None:
        """The first armed fault of these kinds for this method, and counts it down."""
        for index, fault in enumerate(self.armed):
            if fault.kind in kinds and fault.method in {"", method}:
                left = fault.times - 1 if fault.times > 0 else fault.times
                self.armed[index : index + 1] = [] if left == 0 else [replace(fault, times=left)]
                return fault
        return None
