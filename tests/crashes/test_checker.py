"""The checker finds what it is for: each promise broken on purpose, on a run that is whole but for that."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from rehearsal.portal.journal import DecisionWrite
from rehearsal.portal.records import APPROVED, PENDING
from rehearsal.portal.sandbox import PortalSandbox
from tests.crashes.checker import Event, Left, faults

_AT_MS = 1_794_996_000_000
_GROUND = {
    "access_generation": 1,
    "access_digest": "d",
    "facts_digest": "f",
    "rests_on": ["file"],
    "attempt_id": "a1",
}


def _chained(*told: Mapping[str, Any]) -> list[Event]:
    link, events = "0" * 40, []
    for number, one in enumerate(told, 1):
        body = json.dumps(one)
        link = hashlib.sha1(f"{link}\n{number}\n{_AT_MS}\n{body}".encode(), usedforsecurity=False).hexdigest()
        events.append(Event(number, _AT_MS, link, body, one))
    return events


def _of(name: str, request_id: str, **more: Any) -> dict[str, Any]:
    return {"name": name, "case_id": "c1", "request_id": request_id, "slack_user_id": "UANA", **more}


def _card(text: str, *actions: str) -> dict[str, Any]:
    return {
        "ts": f"1.{len(text)}",
        "blocks": [{"text": {"text": text}}, {"elements": [{"action_id": each} for each in actions]}],
        "metadata": {"event_payload": {"case_id": "c1"}},
    }


def _whole() -> Left:
    """One request, approved by one press, shown and recorded."""
    portal = PortalSandbox(7)
    request = portal.request(portal.raise_request("execute", organization="brightwater"))
    one = request.approval_request_id
    write = DecisionWrite(
        number=1,
        at=datetime.fromtimestamp(_AT_MS / 1000 + 1, UTC),
        action="ApprovalRequestPermitApplication",
        request_ids=(one,),
        token_name="t",
        organization_id="o",
        body={"comments": "Approved by Ana [attempt a1]"},
        status=200,
        took_effect=True,
    )
    return Left(
        events=_chained(
            _of("case_opened", one),
            _of("decision_attempted", one, facts=_GROUND),
            _of("decision_settled", one, facts=_GROUND),
        ),
        before="0" * 40,
        first=1,
        waiting={"press:waiting": 0},
        requests=[replace(request, status_id=APPROVED)],
        writes=[write],
        cards=[_card("Approved by Ana Moreau")],
        posted=[("C1", "Approved.")],
        modes=[],
        calls={},
        deciders=frozenset({"UANA"}),
        pressers=frozenset({"UANA"}),
    )


def test_a_whole_run_has_no_fault() -> None:
    assert faults(_whole()) == []


def _twice(left: Left) -> Left:
    return replace(left, writes=[*left.writes, replace(left.writes[0], number=2)])


def _pending(left: Left) -> Left:
    return replace(left, requests=[replace(left.requests[0], status_id=PENDING)])


def _unrecorded(left: Left) -> Left:
    return replace(
        left, events=_chained(*(event.told for event in left.events if "attempt" not in event.name))
    )


def _altered(left: Left) -> Left:
    last = left.events[-1]
    return replace(left, events=[*left.events[:-1], replace(last, body=last.body.replace("UANA", "UBO"))])


def _stepped_twice(left: Left) -> Left:
    step = _of("step_taken", "", facts={"due": ["x"]})
    return replace(left, events=_chained(*(event.told for event in left.events), step, step))


@pytest.mark.parametrize(
    ("spoil", "promise"),
    [
        (lambda left: replace(left, deciders=frozenset()), "P1"),
        (lambda left: replace(left, pressers=frozenset()), "P1"),
        (_twice, "P2: attempt a1 was sent 2 times"),
        (_unrecorded, "not in the record"),
        (_pending, "P3: a card says it is decided"),
        (lambda left: replace(left, cards=[_card("Outcome unknown, checking")]), "P3"),
        (lambda left: replace(left, cards=[_card("waiting")]), "the card does not say so"),
        (lambda left: replace(left, waiting={"press:waiting": 1}), "P4"),
        (lambda left: replace(left, untold=frozenset({"ana heard nothing"})), "P4"),
        (lambda left: replace(left, cards=[]), "P5: "),
        (lambda left: replace(left, cards=[_card("Approved by A"), _card("Approved by An")]), "has 2 cards"),
        (lambda left: replace(left, posted=[*left.posted, *left.posted]), "said 2 times"),
        (_stepped_twice, "P6"),
        (_altered, "P7: the record is broken at event 3"),
        (lambda left: replace(left, events=left.events[:1] + left.events[2:]), "P7"),
        (lambda left: replace(left, writes=[replace(left.writes[0], request_ids=("another",))]), "P8"),
        (lambda left: replace(left, posted=[("C1", "why: <!channel>")]), "P10"),
        (lambda left: replace(left, calls={"PolicyInsert": 1}), "P2: 1 writes of policies for 0 attempts"),
    ],
)  # fmt: skip
def test_each_broken_promise_is_named(spoil: Any, promise: str) -> None:
    assert any(promise in fault for fault in faults(spoil(_whole()))), faults(spoil(_whole()))


def test_each_request_of_a_case_has_a_clock_of_its_own() -> None:
    """Those that joined later are reminded of later; the same one twice is a fault."""
    left = _whole()
    steps = [_of("step_taken", "", facts={"due": "x", "acts": "remind", "requests": [one]}) for one in "ab"]
    told = [event.told for event in left.events]
    assert faults(replace(left, events=_chained(*told, *steps))) == []
    again = faults(replace(left, events=_chained(*told, *steps, steps[1])))
    assert [one for one in again if one.startswith("P6")]


def test_what_may_be_said_twice_is_no_fault_there() -> None:
    left = _whole()
    said = replace(left, posted=[*left.posted, *left.posted], is_loose=True)
    assert faults(said) == []


def test_cards_that_one_card_took_in_may_all_say_so() -> None:
    left = _whole()
    said = "This computer asks for many files; one card holds them all now. Decide this one there."
    assert faults(replace(left, posted=[*left.posted, ("C1", said), ("C1", said)])) == []
