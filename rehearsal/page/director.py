"""What the director of a rehearsal can do: move time, break things, kill the bot, act in the portal."""

from __future__ import annotations

import dataclasses
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from bot.ledger import LedgerUnavailable
from rehearsal.page import portal_view
from rehearsal.page.bot_child import BotChild
from rehearsal.page.pace import ClockPace
from rehearsal.page.record_view import RecordView
from rehearsal.page.tour import Tour
from rehearsal.page.traffic_view import traffic
from rehearsal.portal.faults import FaultKind
from rehearsal.stage import Stage

Body = dict[str, Any]
DECIDER: Final = "tom@rowanbridge.example"
"""Who decides "in the portal"."""
JUMP_MOST_MINUTES: Final = 60 * 24 * 14

SLACK_FAULTS: Final[dict[str, dict[str, Any]]] = {
    "429 on the next 3 posts": {"kind": "rate_limit", "method": "chat.postMessage", "times": 3},
    "slow answers (2 s, next 10)": {"kind": "slow", "times": 10, "seconds": 2.0},
    "server error on the next 3 calls": {"kind": "server_error", "times": 3},
    "silent after the next post": {"kind": "silent_after", "method": "chat.postMessage"},
    "next press delivered twice": {"kind": "duplicate", "method": "interactive"},
    "next press never delivered": {"kind": "lose", "method": "interactive"},
    "acknowledgement of the next press lost": {"kind": "lose_ack", "method": "interactive"},
}
PORTAL_FAULTS: Final[dict[str, dict[str, Any]]] = {
    "slow (3 s each)": {"kind": FaultKind.SLOW, "seconds": 3.0},
    "429 on the next 5 calls": {"kind": FaultKind.TOO_MANY_REQUESTS, "times": 5, "retry_after_s": 2},
    "server error on the next 5 calls": {"kind": FaultKind.SERVER_ERROR, "times": 5},
    "silent after the next decision took effect": {
        "kind": FaultKind.TIMEOUT_AFTER,
        "seconds": 3.0,
        "times": 1,
        "action": "ApprovalRequestPermitApplication",
    },
    "silent before the next decision took effect": {
        "kind": FaultKind.TIMEOUT_BEFORE,
        "seconds": 3.0,
        "times": 1,
        "action": "ApprovalRequestPermitApplication",
    },
    "down": {"kind": FaultKind.DOWN},
    "token revoked": {"kind": FaultKind.TOKEN_REVOKED},
}


@dataclass(kw_only=True)
class Director:
    """One rehearsal's stage and everything that may be done to it from the page."""

    stage: Stage
    bot: BotChild
    pace: ClockPace
    record: RecordView
    tour: Tour

    async def do(self, what: str, body: Body) -> object:
        """One action by name. ValueError, TypeError or LookupError with a sentence for what cannot be done."""
        actions: dict[str, Callable[[Body], Awaitable[object]]] = {
            "raise": self._raise,
            "burst": self._burst,
            "decide": self._decide,
            "pace": self._pace,
            "jump": self._jump,
            "saturday": self._saturday,
            "slack-fault": self._slack_fault,
            "portal-fault": self._portal_fault,
            "clear-faults": self._clear_faults,
            "drop-socket": self._drop_socket,
            "kill-bot": self._kill_bot,
            "start-bot": self._start_bot,
            "verify": self._verify,
            "tour": self._tour,
            "tour-again": self._tour_again,
        }
        if what not in actions:
            raise ValueError(f"there is no action {what!r}; use one of {', '.join(actions)}.")
        return await actions[what](body)

    async def parts(self, wanted: set[str]) -> dict[str, Any]:
        """Everything the panes show; `wanted` adds the parts that cost much."""
        trouble = await self._refresh()
        self.tour.look()
        parts: dict[str, Any] = {
            f"portal.{name}": part for name, part in portal_view.pane(self.stage.portal).items()
        }
        parts["record"] = self.record.pane() | {"trouble": trouble}
        parts["tour"] = self.tour.pane()
        parts["director"] = self._state()
        parts["clock"] = {"offset": round(self.stage.clock.offset.total_seconds()), "pace": self.pace.pace}
        if "traffic" in wanted:
            parts["traffic"] = traffic(self.stage)
        return parts

    async def _refresh(self) -> str:
        try:
            await self.record.refresh()
        except LedgerUnavailable as away:
            return f"The ledger cannot be read: {away}"
        return ""

    def _state(self) -> Body:
        slack, portal = self.stage.slack, self.stage.portal
        return {
            "orders": list(portal_view.ORDERS),
            "burst": portal_view.BURST,
            "slack_faults": list(SLACK_FAULTS),
            "portal_faults": list(PORTAL_FAULTS),
            "armed": [
                *({"where": "Slack", **dataclasses.asdict(fault)} for fault in slack.faults.armed),
                *({"where": "portal", **dataclasses.asdict(fault)} for fault in portal.faults.active),
            ],
            "sockets": len(slack.sockets.connections),
            "bot": {"state": self.bot.state, "pid": self.bot.pid, "starts": self.bot.starts},
            "addresses": {"portal": portal.base_url, "slack": slack.base_url},
        }

    # In the portal

    async def _raise(self, body: Body) -> object:
        return {"request": portal_view.raise_one(self.stage.portal, _text(body, "order"))}

    async def _burst(self, _body: Body) -> object:
        return {"raised": portal_view.raise_burst(self.stage.portal)}

    async def _decide(self, body: Body) -> object:
        approve = body.get("approve")
        if not isinstance(approve, bool):
            raise TypeError("say whether: approve must be true or false.")
        reason = str(body.get("reason") or "")
        self.stage.portal.decide_in_portal(_text(body, "request"), approve=approve, by=DECIDER, reason=reason)
        return {}

    # Time

    async def _pace(self, body: Body) -> object:
        await self.pace.set(_text(body, "pace"))
        return {}

    async def _jump(self, body: Body) -> object:
        minutes = body.get("minutes")
        if (
            isinstance(minutes, bool)
            or not isinstance(minutes, int | float)
            or not 0 < minutes <= JUMP_MOST_MINUTES
        ):
            raise ValueError(f"minutes must be a number above 0 and at most {JUMP_MOST_MINUTES}.")
        await self.pace.jump(timedelta(minutes=minutes))
        return {}

    async def _saturday(self, _body: Body) -> object:
        return {"now": (await self.pace.jump_to_saturday_night()).isoformat()}

    # Faults

    async def _slack_fault(self, body: Body) -> object:
        self.stage.slack.faults.arm(**_offered(SLACK_FAULTS, _text(body, "fault")))
        return {}

    async def _portal_fault(self, body: Body) -> object:
        self.stage.portal.faults.set(**_offered(PORTAL_FAULTS, _text(body, "fault")))
        return {}

    async def _clear_faults(self, _body: Body) -> object:
        self.stage.slack.faults.clear()
        self.stage.portal.faults.clear()
        return {}

    async def _drop_socket(self, _body: Body) -> object:
        self.stage.slack.sockets.drop()
        return {}

    # The bot

    async def _kill_bot(self, _body: Body) -> object:
        await self.bot.kill()
        return {}

    async def _start_bot(self, _body: Body) -> object:
        await self.bot.start()
        return {}

    # Record and tour

    async def _verify(self, _body: Body) -> object:
        return await self.record.verify_now()

    async def _tour(self, body: Body) -> object:
        await self.tour.prepare(_text(body, "step"))
        return {}

    async def _tour_again(self, body: Body) -> object:
        await self.tour.again(_text(body, "step"))
        return {}


def _text(body: Body, name: str) -> str:
    value = body.get(name)
    if not isinstance(value, str) or not value:
        raise ValueError(f"{name} is missing.")
    return value


def _offered(offers: dict[str, dict[str, Any]], name: str) -> dict[str, Any]:
    if name not in offers:
        raise ValueError(f"there is no fault {name!r}; use one of {', '.join(offers)}.")
    return offers[name]
