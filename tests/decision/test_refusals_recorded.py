"""P7: one shape for every refusal and for every settlement, wherever they are written; names only where they can go."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from bot.audit.shapes import REFUSALS, SETTLEMENTS, SHAPES
from bot.cards.kit import ids
from bot.decision.claims import claim, release
from bot.decision.forms import (
    approve_once,
    open_approve,
    open_deny,
    open_details,
    submit_approval,
    submit_denial,
)
from bot.decision.handing.form import open_hand_over
from bot.decision.handing.giving import hand_over_case
from bot.decision.storage.form import submit_storage
from bot.desk import Desk
from bot.escalation.calling import escalate
from bot.models import Case, Event, Press
from bot.policies.forms import open_create, open_take_back
from bot.policies.records import propose
from bot.policies.submitting import submit_take_back
from tests.desk import Bench, accept

UseCase = Callable[[Desk, Press], Awaitable[None]]

SUBMITTED: dict[str, Any] = {"view_id": "V1", "message_ts": ""}
WAYS: dict[str, tuple[UseCase, str, dict[str, Any]]] = {
    "claim": (claim, ids.CLAIM, {}),
    "release": (release, ids.RELEASE, {}),
    "approve": (approve_once, ids.APPROVE_COMPUTER, {}),
    "the approve form": (open_approve, ids.APPROVE_MODAL, {}),
    "the deny form": (open_deny, ids.DENY_MODAL, {}),
    "the details": (open_details, ids.DETAILS, {}),
    "the hand-over form": (open_hand_over, ids.HAND_OVER, {}),
    "a denial": (submit_denial, ids.DENY_VIEW, SUBMITTED | {"values": {ids.REASON_BLOCK: "No"}}),
    "a denial by a reason that is gone": (
        submit_denial,
        ids.DENY_VIEW,
        SUBMITTED | {"values": {ids.DENY_REASON_BLOCK: "gone"}},
    ),
    "an approval": (submit_approval, ids.APPROVE_VIEW, SUBMITTED),
    "a hand-over without a sentence": (hand_over_case, ids.HAND_OVER_VIEW, SUBMITTED),
    "an escalation": (escalate, ids.ESCALATE, {}),
    "a proposal": (propose, ids.POLICY_PROPOSE, {}),
    "the take-back form": (open_take_back, ids.POLICY_TAKE_BACK, {}),
    "the policy form": (open_create, ids.POLICY_CREATE, {}),
    "a take-back without a reason": (submit_take_back, ids.TAKE_BACK_VIEW, SUBMITTED),
}
STORAGE_WAYS: dict[str, tuple[UseCase, str, dict[str, Any]]] = {
    "the storage form": (open_approve, ids.APPROVE_MODAL, {}),
    "a storage approval that is no choice": (submit_storage, ids.STORAGE_VIEW, SUBMITTED),
}


async def _refusal(bench: Bench, who: str, case: Case, way: tuple[UseCase, str, dict[str, Any]]) -> Event:
    use_case, name, more = way
    press = await bench.press(who, name, case, **more)
    await use_case(bench.desk, press)
    found = [one.event for one in await bench.events() if one.event.name in REFUSALS]
    assert found, f"no refusal is recorded of {name}"
    assert SHAPES[found[-1].name].faults(found[-1].facts) == []
    return found[-1]


def _fits(event: Event, case: Case) -> None:
    """Everything that an auditor asks of a refusal, and no name."""
    facts = event.facts
    assert facts["access_generation"] == 1
    assert len(facts["access_digest"]) == 64
    assert facts["facts_digest"] == case.requests[0].facts.digest
    assert facts["why"].replace("_", "").isalnum()
    assert event.private["told"]


@pytest.mark.parametrize("way", WAYS)
async def test_whoever_has_no_right_leaves_the_same_facts_wherever_they_press(bench: Bench, way: str) -> None:
    """Rita is in the access file and may do nothing."""
    case = await bench.arrive()
    event = await _refusal(bench, "req", case, WAYS[way])
    _fits(event, case)
    assert event.person_id == "req"
    assert event.facts["missing"], "the missing right is named"
    assert event.facts["where"] == case.organization_id


@pytest.mark.parametrize("way", STORAGE_WAYS)
async def test_so_for_storage(bench: Bench, way: str) -> None:
    case = await bench.arrive("write")
    event = await _refusal(bench, "req", case, STORAGE_WAYS[way])
    _fits(event, case)
    assert event.facts["missing"]


@pytest.mark.parametrize("who", ["gus", "U0NOBODY"])
async def test_a_stranger_leaves_what_was_in_force(bench: Bench, who: str) -> None:
    case = await bench.arrive()
    event = await _refusal(bench, who, case, WAYS["approve"])
    _fits(event, case)
    assert event.person_id == ""


async def test_a_closed_one_press_is_no_reason_for_somebody_without_the_right(bench: Bench) -> None:
    """The verdict comes before every other reason, and leaves its refusal."""
    case = await bench.arrive()
    case = await bench.write(case.model_copy(update={"policy_due": True}))
    press = await bench.press("req", ids.APPROVE_COMPUTER, case)
    said = await bench.do(approve_once, press)
    assert "approved by hand repeatedly" not in said
    refused = await bench.last("decision_refused")
    assert refused.facts["missing"]
    said = await bench.do(approve_once, await bench.press("ana", ids.APPROVE_COMPUTER, case))
    assert "approved by hand repeatedly" in said


async def test_an_old_card_and_an_ended_request_are_no_reasons_either(bench: Bench) -> None:
    case = await bench.arrive()
    await bench.do(approve_once, await bench.press("ana", ids.APPROVE_COMPUTER, case))
    said = await bench.do(approve_once, await bench.press("req", ids.APPROVE_COMPUTER, case))
    assert "Ana Moreau" not in said
    assert (await bench.last("decision_refused")).person_id == "req"


async def test_no_name_of_a_person_stays_in_a_refusal_when_names_go(bench: Bench) -> None:
    case = await bench.arrive()
    for way in ("the approve form", "the deny form", "a proposal", "the take-back form"):
        event = await _refusal(bench, "req", case, WAYS[way])
        assert " " not in event.facts["why"]


class TestSettlements:
    """A request ends in four places; the record tells it in one way."""

    async def _settled(self, bench: Bench) -> Event:
        (event,) = [one.event for one in await bench.events() if one.event.name in SETTLEMENTS]
        assert SHAPES[event.name].faults(event.facts) == []
        return event

    async def test_by_a_press(self, bench: Bench) -> None:
        case = await bench.arrive()
        await bench.do(approve_once, await bench.press("ana", ids.APPROVE_COMPUTER, case))
        event = await self._settled(bench)
        assert (event.name, event.facts["ours"], event.facts["access_generation"]) == (
            "decision_settled",
            True,
            1,
        )

    async def test_in_the_portal_seen_by_a_press(self, bench: Bench) -> None:
        case = await bench.arrive()
        bench.portal.decide_in_portal(case.requests[0].facts.request_id, approve=True, by="Ada Lund")
        await bench.do(approve_once, await bench.press("ana", ids.APPROVE_COMPUTER, case))
        event = await self._settled(bench)
        assert (event.name, event.facts["ours"], event.facts["attempt_id"]) == (
            "decided_in_portal",
            False,
            "",
        )
        assert event.facts["facts_digest"] == case.requests[0].facts.digest

    async def test_in_the_portal_seen_by_a_look(self, bench: Bench) -> None:
        case = await bench.arrive()
        bench.portal.decide_in_portal(case.requests[0].facts.request_id, approve=False, by="Ada Lund")
        await bench.poll()
        event = await self._settled(bench)
        assert event.name == "decided_in_portal"
        assert event.private == {"decided_by": "Ada Lund"}


class TestJustification:
    """One press has no field for a reason; the record says why none was needed, never an empty field."""

    async def test_one_press_says_that_none_was_needed(self, bench: Bench) -> None:
        case = await bench.arrive()
        await bench.do(approve_once, await bench.press("ana", ids.APPROVE_COMPUTER, case))
        for name in ("decision_attempted", "decision_settled"):
            event = await bench.last(name)
            assert event.facts["justification"] in {"one_computer", "one_computer_first_approval"}
            assert event.private["reason"].startswith("one computer")

    async def test_what_was_written_is_the_reason(self, bench: Bench) -> None:
        case = await bench.arrive()
        denied = {"view_id": "V1", "message_ts": "", "values": {ids.REASON_BLOCK: "Not for business"}}
        await bench.do(submit_denial, await bench.press("ana", ids.DENY_VIEW, case, **denied))
        event = await bench.last("decision_attempted")
        assert (event.facts["justification"], event.private["reason"]) == ("written", "Not for business")


async def test_older_records_without_the_new_facts_still_open(bench: Bench) -> None:
    """An attempt as the release before kept it."""
    case = await bench.arrive()
    await accept(bench)
    await bench.do(approve_once, await bench.press("ana", ids.APPROVE_COMPUTER, case))
    outcome = (await bench.case(case.case_id)).requests[0].outcome
    assert outcome is not None
    assert outcome.attempt is not None
    new = {"access_digest", "given_version", "revision", "justification", "first_rests_on", "remark"}
    older = outcome.attempt.model_dump(mode="json", exclude=new)
    assert type(outcome.attempt).model_validate(older).justification == ""
