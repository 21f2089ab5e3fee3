"""Holds what is left after a crash or a pause to P1..P10. Shares no code with the bot: it reads what anybody can read.

The portal's history is what the stand-in received, Slack's state what stands in the channels, the record what lies in
the ledger's stream, word for word. Each fault is a sentence that begins with the promise it breaks.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from redis.asyncio import Redis

from rehearsal.portal.journal import DecisionWrite
from rehearsal.portal.records import ApprovalRequest, MaintenanceMode

Json = Mapping[str, Any]
BAIT = "<!channel> *x* <https://evil.example|y>"
"""Stands in what requests say; nothing of it may act."""
_MARK = re.compile(r"\[attempt ([0-9a-zA-Z-]+)\]")
SETTLED = {"decision_settled", "decided_in_portal", "request_withdrawn"}
_ENDS = SETTLED | {"decision_reopened", "decision_not_taken"}
_TAKEN_IN = {"case_opened", "request_joined"}
_BUTTONS = ("case.approve_computer", "case.approve_modal", "case.deny_modal", "case.second_modal")
_UNSETTLED = ("Outcome unknown", "checking")
_POINTS_TO_ANOTHER = "This computer asks for many files; one card holds them all now."
"""Stands where a card stood: several cards that one card took in say the same."""
_SKEW_S = 3.0
"""The record's time and the portal's are two clocks of this machine, moved one after the other."""


@dataclass(frozen=True)
class Event:
    """One line of the record, as it is stored."""

    number: int
    at_ms: int
    link: str
    body: str
    told: Json

    @property
    def name(self) -> str:
        """What it tells of."""
        return str(self.told["name"])

    @property
    def facts(self) -> Json:
        """Its public facts."""
        found: Json = self.told.get("facts", {})
        return found


@dataclass(frozen=True)
class Left:
    """Everything that is left of one run, and what is known of the run from outside."""

    events: Sequence[Event]
    before: str
    """The link before the first of them."""
    first: int
    waiting: Mapping[str, int]
    requests: Sequence[ApprovalRequest]
    """Those of this run."""
    writes: Sequence[DecisionWrite]
    """Those of this run, oldest first."""
    cards: Sequence[Json]
    """What stands in the channels now."""
    posted: Sequence[tuple[str, str]]
    """Place and text of each message that was posted during the run."""
    modes: Sequence[MaintenanceMode]
    """Maintenance modes that the portal began during the run."""
    calls: Mapping[str, int]
    """How often the portal was called during the run, by action."""
    deciders: frozenset[str]
    """Slack ids of those who may decide."""
    pressers: frozenset[str]
    """Slack ids of those who pressed something in this run."""
    is_loose: bool = False
    """Struck between Slack's yes and our note of it: what was said there may be said again (docs/reliability.md)."""
    untold: frozenset[str] = field(default_factory=frozenset)

    @cached_property
    def cards_of(self) -> Mapping[str, Sequence[Json]]:
        """The messages that carry the case which a request is in by the record, by the request's id."""
        by_case: dict[str, list[Json]] = defaultdict(list)
        for card in self.cards:
            for case_id in _cases_of(card):
                by_case[case_id].append(card)
        cases: dict[str, set[str]] = defaultdict(set)
        for event in self.events:
            if event.name in _TAKEN_IN:
                cases[str(event.told.get("request_id", ""))].add(str(event.told.get("case_id", "")))
        return {
            one: list({card["ts"]: card for case_id in held for card in by_case[case_id]}.values())
            for one, held in cases.items()
        }


async def recorded(url: str, after: int) -> list[Event]:
    """The record after this number."""
    async with Redis.from_url(url, decode_responses=True) as client:
        rows: Any = await client.xrange("{gatehouse}:audit", f"({after}-1", "+")
    return [
        Event(int(row.partition("-")[0]), int(one["at"]), one["link"], one["body"], json.loads(one["body"]))
        for row, one in rows
    ]


async def head(url: str) -> tuple[int, str]:
    """Number and link of the newest event."""
    async with Redis.from_url(url, decode_responses=True) as client:
        held: Any = await client.hmget("{gatehouse}:head", ["n", "link"])
    return int(held[0]), str(held[1])


_WAIT_IN = ("press:waiting", "send:0", "send:1", "send:2", "send:3")


async def waiting(url: str) -> dict[str, int]:
    """What waits in the ledger: presses to be answered, things to be said."""
    async with Redis.from_url(url, decode_responses=True) as client:
        return {key: int(await client.zcard(f"{{gatehouse}}:{key}")) for key in _WAIT_IN}


async def names_waiting(url: str) -> list[str]:
    """The names of it, each with its place."""
    async with Redis.from_url(url, decode_responses=True) as client:
        held: dict[str, Any] = {key: await client.zrange(f"{{gatehouse}}:{key}", 0, -1) for key in _WAIT_IN}
    return [f"{name} waits in {key}" for key, names in held.items() for name in names]


def faults(left: Left) -> list[str]:
    """Every broken promise, in words."""
    checks = (
        _authority,
        _one_decision,
        _one_change,
        _truth,
        _answered,
        _nothing_lost,
        _once,
        _chained,
        _as_shown,
        _inert,
    )
    return [fault for check in checks for fault in check(left)]


def _authority(left: Left) -> Iterator[str]:
    for event in left.events:
        if event.name != "decision_attempted":
            continue
        who = event.told.get("slack_user_id", "")
        if who not in left.deciders or who not in left.pressers:
            yield f"P1: {who} attempted a decision and may not, or has not pressed"
        for fact in ("access_generation", "access_digest", "facts_digest", "rests_on"):
            if not event.facts.get(fact):
                yield f"P1: the attempt {event.number} does not say its {fact}"


def _one_decision(left: Left) -> Iterator[str]:
    attempts = {str(e.facts["attempt_id"]): e for e in left.events if e.name == "decision_attempted"}
    sent: Counter[str] = Counter()
    for write in left.writes:
        marks = set(_MARK.findall(json.dumps(write.body)))
        for mark in marks:
            sent[mark] += 1
            yield from _of_attempt(write, mark, attempts.get(mark))
        if len(marks) != 1:
            yield f"P2: write {write.number} carries {len(marks)} attempts"
    yield from (f"P2: attempt {mark} was sent {times} times" for mark, times in sent.items() if times > 1)
    effects = Counter(one for write in left.writes if write.took_effect for one in write.request_ids)
    for request_id, times in effects.items():
        if times > 1:
            yield f"P2: {request_id} was decided {times} times"
    yield from _one_outstanding(left.events)


def _of_attempt(write: DecisionWrite, mark: str, attempt: Event | None) -> Iterator[str]:
    if attempt is None:
        yield f"P2: write {write.number} belongs to attempt {mark}, which is not in the record"
    elif attempt.at_ms / 1000 > write.at.timestamp() + _SKEW_S:
        yield f"P2: attempt {mark} was recorded after it was sent"


def _one_outstanding(events: Sequence[Event]) -> Iterator[str]:
    outstanding: dict[str, Any] = {}
    for event in events:
        request_id = str(event.told.get("request_id", ""))
        if event.name == "decision_attempted":
            if request_id in outstanding:
                yield f"P2: a second attempt for {request_id} while {outstanding[request_id]} is outstanding"
            outstanding[request_id] = event.facts["attempt_id"]
        elif event.name in _ENDS:
            outstanding.pop(request_id, None)
    yield from (f"P2: attempt {attempt} for {one} has no end" for one, attempt in outstanding.items())


_POLICY_WRITES = ("PolicyInsert", "PolicyInsertForCopyPolicies", "PolicyUpdateForDeleteByIds")


def _one_change(left: Left) -> Iterator[str]:
    """The same for what is no decision: a mode, a policy."""
    tried = {str(event.facts.get("attempt_id")) for event in left.events if event.name == "mode_attempted"}
    begun = Counter(mark for mode in left.modes for mark in _MARK.findall(mode.notes or ""))
    for mark, times in begun.items():
        if times > 1 or mark not in tried:
            yield f"P2: attempt {mark} began {times} modes; in the record it is {'' if mark in tried else 'not'}"
    changes = sum(event.name == "policy_change_attempted" for event in left.events)
    sent = sum(left.calls.get(action, 0) for action in _POLICY_WRITES)
    if sent > changes:
        yield f"P2: {sent} writes of policies for {changes} attempts"


def _truth(left: Left) -> Iterator[str]:
    for request in left.requests:
        shown = [text_of(card) for card in left.cards_of.get(request.approval_request_id, ())]
        for text in shown:
            if any(word in text for word in _UNSETTLED):
                yield f"P3: a card still says that the outcome is unknown: {text[:200]}"
            if request.is_open and re.search(r"Approved by|Denied by|Rejected by", text):
                yield f"P3: a card says it is decided, the portal says pending: {text[:200]}"
        if not request.is_open and shown and not any(_says_end(text) for text in shown):
            yield f"P3: the portal has decided ({request.status_id}), the card does not say so: {shown[0][:200]}"
    yield from _settlements(left)


def _settlements(left: Left) -> Iterator[str]:
    ends = Counter(str(e.told.get("request_id")) for e in left.events if e.name in SETTLED)
    for request in left.requests:
        times = ends[request.approval_request_id]
        if not request.is_open and times != 1:
            yield f"P7: the end of {request.approval_request_id} is in the record {times} times"
        if request.is_open and times:
            yield f"P3: the record says that {request.approval_request_id} has ended, the portal says pending"


def _says_end(text: str) -> bool:
    return bool(
        re.search(
            r"[Aa]pproved|[Dd]enied|[Rr]ejected|[Dd]ecided|[Ww]ithdrawn|second copy|Closed|is gone|no longer",
            text,
        )
    )


def _answered(left: Left) -> Iterator[str]:
    yield from (f"P4: {count} wait in {key}" for key, count in left.waiting.items() if count)
    yield from (f"P4: {who}" for who in sorted(left.untold))


def _nothing_lost(left: Left) -> Iterator[str]:
    for request in left.requests:
        cards = left.cards_of.get(request.approval_request_id, ())
        live = [card for card in cards if "second copy" not in text_of(card)]
        if not live:
            yield f"P5: {request.approval_request_id} has no card"
        if len(live) > 1 and not left.is_loose:
            yield f"P5: {request.approval_request_id} has {len(live)} cards"
        if request.is_open and live and not any(_has_button(card) for card in live):
            yield f"P5: nothing can be pressed on the card of {request.approval_request_id}: {text_of(live[0])[:200]}"
    opened = Counter(str(e.told.get("request_id")) for e in left.events if e.name in _TAKEN_IN)
    yield from (f"P5: {one} was taken in {times} times" for one, times in opened.items() if times > 1)


def _once(left: Left) -> Iterator[str]:
    # Each request of a case has its own clock: those that joined it later are reminded of later.
    steps = Counter(
        (e.told.get("case_id"), request_id, str(e.facts.get("due")), str(e.facts.get("acts")))
        for e in left.events
        if e.name == "step_taken"
        for request_id in e.facts.get("requests") or [""]
    )
    yield from (f"P6: the step {step} was taken {times} times" for step, times in steps.items() if times > 1)
    if left.is_loose:
        return
    said = Counter(left.posted)
    yield from (
        f"P5: said {times} times in {place}: {text[:160]}"
        for (place, text), times in said.items()
        if times > 1 and not text.startswith(_POINTS_TO_ANOTHER)
    )


def _chained(left: Left) -> Iterator[str]:
    link, number = left.before, left.first
    for event in left.events:
        link = hashlib.sha1(
            f"{link}\n{event.number}\n{event.at_ms}\n{event.body}".encode(), usedforsecurity=False
        ).hexdigest()
        if event.number != number or event.link != link:
            yield f"P7: the record is broken at event {event.number}"
            return
        number += 1


def _as_shown(left: Left) -> Iterator[str]:
    ours = {request.approval_request_id for request in left.requests}
    for write in left.writes:
        if not set(write.request_ids) <= ours:
            yield f"P8: write {write.number} decides {set(write.request_ids) - ours}, which nobody was shown"
    for write in left.writes:
        if not write.took_effect and write.status == 200:
            yield f"P2: write {write.number} was accepted and had no effect"


def _inert(left: Left) -> Iterator[str]:
    for _, text in left.posted:
        if "<!channel>" in text or "<https://evil.example" in text:
            yield f"P10: what a requestor wrote acts: {text[:200]}"


def _cases_of(card: Json) -> set[str]:
    payload = (card.get("metadata") or {}).get("event_payload", {})
    return {str(payload.get("case_id", "")), *str(payload.get("others", "")).split(",")} - {""}


def _has_button(card: Json) -> bool:
    return any(name.startswith(_BUTTONS) for name in _values(card.get("blocks"), "action_id"))


def text_of(message: Json) -> str:
    """All that can be read in a message, on one line."""
    return " ".join(" ".join(_values(message.get("blocks"), "text")).split()) or str(message.get("text", ""))


def _values(part: Any, key: str) -> Iterator[str]:
    """Each string under this name, however deep."""
    if isinstance(part, Mapping):
        if isinstance(part.get(key), str):
            yield part[key]
        parts: Iterable[Any] = part.values()
    else:
        parts = part if isinstance(part, (list, tuple)) else ()
    for one in parts:
        yield from _values(one, key)
