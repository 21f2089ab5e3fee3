"""The guided tour: eight steps that a newcomer finishes in five minutes.

A step says what to do and as whom, prepares what it needs, and knows by itself when it is done: by what the portal
holds and by what the bot's record says, never by which button of the page was pressed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final

from bot.cards.kit import ids
from bot.ledger.values import StoredEvent
from rehearsal.page.pace import ClockPace
from rehearsal.page.record_view import RecordView
from rehearsal.portal.records import APPROVED
from rehearsal.stage import Stage

CEILING: Final = timedelta(minutes=15, seconds=6)
"""Just past the escalation."""
SILENCE_S: Final = 2.0


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the tour, in words for the page."""

    key: str
    title: str
    person: str
    """Short name of whom to be."""
    place: str
    """Channel to be in: card, escalation or audit."""
    text: str
    ready: str = ""
    """The words on the button that prepares the step; empty where there is nothing to prepare."""
    again: str = ""
    """The words on a second button, for what one person alone cannot do."""


STEPS: Final[tuple[Step, ...]] = (
    Step(
        "approve",
        "Approve with one press",
        "bo",
        "card",
        "Somebody is blocked and asks. Bo may approve one computer at a time at Brightwater. Raise the request, wait "
        "a second for its card, and press “Approve on this computer”. The card says “approved” only after the portal "
        "has said so.",
        "Raise the request",
    ),
    Step(
        "refused",
        "Be refused, and learn why",
        "hal",
        "card",
        "Hal is a help-desk technician: he may look, not approve. Press the same button as Hal. The answer is for "
        "his eyes only: what is missing, where, and who could do it. Nothing reaches the portal.",
        "Raise another request",
    ),
    Step(
        "race",
        "Two people press at once",
        "ana",
        "card",
        "Open a second window as Bo and press at the same moment as Ana, or let both hands press for you. The portal "
        "receives one decision; both people are told what happened.",
        "Raise a request",
        "Both press now",
    ),
    Step(
        "clock",
        "Let the clock run out",
        "kim",
        "escalation",
        "Nobody answers. After 5 minutes the card says so, after 10 the channel is reminded, and after 15 the "
        "escalation team is called. Raise a request, wait for its card, then jump ahead, and read #escalations as Kim.",
        "Raise a request",
        "Jump 15 minutes",
    ),
    Step(
        "portal",
        "Decide in the portal",
        "ana",
        "card",
        "Somebody decides in the portal's own pages. Raise a request, then decide it in the portal pane (“Approve” "
        "or “Reject” there). Within one poll the card follows and names the decider.",
        "Raise a request",
    ),
    Step(
        "blocked",
        "Ask why it was blocked",
        "hal",
        "card",
        "A caller says that something does not run. As Hal type “/blocked” and the name of a computer, such as "
        "BRW-WS-001, and send it. Only Hal sees the answer.",
    ),
    Step(
        "break",
        "Break something",
        "ana",
        "card",
        "The portal will take the next decision and then fall silent: no answer ever comes. Arm it, then approve the "
        "new card as Ana. The bot does not send the decision again. It asks the portal how the request stands, and "
        "the card tells the truth.",
        "Arm the fault and raise a request",
    ),
    Step(
        "record",
        "Verify the record",
        "ray",
        "audit",
        "Everything you did is in the record: who pressed, under which grant, what the portal answered. Verify the "
        "whole chain as an auditor would, with nothing but an export.",
        "Verify the record",
    ),
)


@dataclass
class Progress:
    """How far one step is."""

    request_id: str = ""
    since: int = 0
    is_done: bool = False
    is_ready: bool = False


@dataclass
class Tour:
    """The tour of one rehearsal."""

    stage: Stage
    pace: ClockPace
    record: RecordView
    progress: dict[str, Progress] = field(default_factory=dict)

    def _of(self, key: str) -> Progress:
        return self.progress.setdefault(key, Progress())

    async def prepare(self, key: str) -> None:
        """Sets up a step, or sets it up anew. Raises ValueError for a step that does not exist."""
        if key not in {step.key for step in STEPS}:
            raise ValueError(f"the tour has no step {key!r}.")
        progress = self.progress[key] = Progress(since=self.record.number, is_ready=True)
        if key == "record":
            verdict = await self.record.verify_now()
            progress.is_done = bool(verdict["good"] and verdict["events"])
            return
        if key == "break":
            self.stage.portal.faults.set(
                "timeout_after", seconds=SILENCE_S, times=1, action="ApprovalRequestPermitApplication"
            )
        if key != "blocked":
            progress.request_id = self._raise(key)

    def _raise(self, key: str) -> str:
        """The request of a step; each step has a file of its own, so that no card is shared."""
        products = {
            "approve": "tideplan",
            "refused": "clearcall",
            "race": "draftwright",
            "clock": "ledgerleaf",
        }
        count = len(self.stage.portal.world.requests)
        path = f"C:\\Users\\Public\\Downloads\\{products.get(key, 'sounding')}-{count}-setup.exe"
        signer = "CN=Fjordlight Software AS, O=Fjordlight Software AS, C=NO"
        reason = "I need it for the survey on Tuesday"
        return self.stage.portal.raise_request(
            "execute", organization="brightwater", path=path, signer=signer, reason=reason
        )

    async def again(self, key: str) -> None:
        """The second button of a step."""
        if key == "race":
            await self._both_press()
        elif key == "clock":
            await self.pace.jump(CEILING)
        else:
            raise ValueError(f"step {key!r} has no second button.")

    async def _both_press(self) -> None:
        """Ana and Bo press at the same moment, each with their own client."""
        await self.record.refresh()
        channel = self.stage.channels["card"]
        case_id = self._case_of(self._of("race").request_id)
        card = next((one for one in self.stage.slack.messages(channel) if _shows(one, case_id)), None)
        if card is None:
            raise ValueError("the card is not there yet; raise the request and wait a second.")
        people = [self.stage.slack.as_person(self.stage.cast[key]) for key in ("ana", "bo")]
        await asyncio.gather(*(one.click(channel, card["ts"], ids.APPROVE_COMPUTER) for one in people))

    def _case_of(self, request_id: str) -> str:
        found = (
            stored.event.case_id
            for stored in self.record.after(0)
            if request_id and stored.event.request_id == request_id and stored.event.case_id
        )
        return next(found, "")

    def look(self) -> None:
        """Marks what has been done meanwhile; a step that was done stays done."""
        for step in STEPS:
            progress = self._of(step.key)
            progress.is_done = progress.is_done or self._is_done(step.key, progress)

    def pane(self) -> list[dict[str, Any]]:
        """The steps for the page."""
        rows = []
        for step in STEPS:
            progress = self._of(step.key)
            case_id = self._case_of(progress.request_id)
            rows.append(
                {
                    "key": step.key,
                    "title": step.title,
                    "person": self.stage.cast[step.person],
                    "place": self.stage.channels[step.place],
                    "text": step.text,
                    "ready": step.ready,
                    "again": step.again,
                    "is_ready": progress.is_ready,
                    "is_done": progress.is_done,
                    "request": progress.request_id,
                    "card": self._card_ts(case_id),
                }
            )
        return rows

    def _card_ts(self, case_id: str) -> str:
        posted = (
            str(stored.event.facts.get("ts", ""))
            for stored in self.record.after(0)
            if case_id and stored.event.name == "card_posted" and stored.event.case_id == case_id
        )
        return next(posted, "")

    # When a step is done

    def _is_done(self, key: str, progress: Progress) -> bool:
        checks: dict[str, Callable[[Progress], bool]] = {
            "approve": self._approved,
            "refused": self._refused,
            "race": self._raced,
            "clock": self._escalated,
            "portal": self._decided_there,
            "blocked": self._asked,
            "break": self._healed,
        }
        return key in checks and checks[key](progress)

    def _events(self, progress: Progress, *names: str) -> list[StoredEvent]:
        return [one for one in self.record.after(progress.since) if one.event.name in names]

    def _approved(self, progress: Progress) -> bool:
        if not progress.request_id or not self._events(progress, "decision_settled"):
            return False
        return self.stage.portal.request(progress.request_id).status_id == APPROVED

    def _refused(self, progress: Progress) -> bool:
        return progress.is_ready and bool(self._events(progress, "decision_refused", "press_refused"))

    def _raced(self, progress: Progress) -> bool:
        case_id = self._case_of(progress.request_id)
        told = self._events(progress, "press_answered", "press_too_late")
        pressers = {one.event.slack_user_id for one in told if case_id and one.event.case_id == case_id}
        return len(pressers) > 1 and self._approved(progress)

    def _escalated(self, progress: Progress) -> bool:
        case_id = self._case_of(progress.request_id)
        steps = [one.event for one in self._events(progress, "step_taken") if one.event.case_id == case_id]
        return bool(case_id) and any("escalate" in str(one.facts.get("acts", "")) for one in steps)

    def _decided_there(self, progress: Progress) -> bool:
        found = [one.event.request_id for one in self._events(progress, "decided_in_portal")]
        return bool(progress.request_id) and progress.request_id in found

    def _asked(self, _progress: Progress) -> bool:
        return any(one.event.name == "looked_up" for one in self.record.after(0))

    def _healed(self, progress: Progress) -> bool:
        writes = [one for one in self.stage.portal.decisions if progress.request_id in one.request_ids]
        unanswered = [one for one in writes if one.took_effect and one.status is None]
        return len(writes) == 1 and len(unanswered) == 1 and self._approved(progress)


def _shows(message: dict[str, Any], case_id: str) -> bool:
    metadata = message.get("metadata") or {}
    return bool(case_id) and (metadata.get("event_payload") or {}).get("case_id") == case_id
