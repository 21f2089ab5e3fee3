"""After a decision, a look-up and a caller's list tell it: by whom, when, how far, and what to do next."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.desk import Amendment, amend, event_of, settlement
from bot.lookup import blocked, find
from bot.models import Case, PortalState, Standing
from tests.lookup.house import House

AUDIT, VIEW = "View Unified Audit", "View Approvals"
ENDS = {Standing.APPROVED: ("Approved", 4), Standing.REJECTED: ("Rejected or ignored", 10)}


async def decided(house: House, case: Case, standing: Standing = Standing.APPROVED) -> None:
    """The portal shows the end of the case's request, and who made it."""
    request_id = case.requests[0].facts.request_id
    label, status_id = ENDS[standing]
    state = PortalState(
        status_id=status_id,
        status_label=label,
        standing=standing,
        decided_by="Kim Okafor",
        decided_at=house.desk.now(),
    )

    def make(current: Case) -> Amendment:
        event = event_of("decided_in_portal", None, current, request_id=request_id)
        return settlement(house.desk, current, request_id, state, event)

    assert await amend(house.desk, case.case_id, make) is not None
    while await house.desk.ledger.claim_effects(100, timedelta(seconds=30)):
        pass


@pytest.mark.parametrize("standing", ENDS)
async def test_who_may_see_it_reads_the_decision_under_a_block(house: House, standing: Standing) -> None:
    alex = await house.asker(AUDIT, VIEW)
    await decided(house, await house.case(computer="BRW-WS-001"), standing)
    said = await house.ask(blocked, alex, "BRW-WS-001 1h")
    assert ENDS[standing][0] in said.text
    assert "Kim Okafor" in said.text
    assert ("Rapid Check-in" in said.text) is (standing is Standing.APPROVED)
    assert "An approval request is open" not in said.text


async def test_p1_others_read_that_it_was_decided_and_no_more(house: House) -> None:
    alex = await house.asker(AUDIT)
    await decided(house, await house.case(computer="BRW-WS-001"))
    said = await house.ask(blocked, alex, "BRW-WS-001 1h")
    assert "A request for it was decided." in said.text
    assert "Kim" not in said.text


@pytest.mark.parametrize("standing", ENDS)
async def test_a_callers_decision_is_found(house: House, standing: Standing) -> None:
    alex = await house.asker(VIEW)
    await decided(house, await house.case(computer="BRW-WS-001", user="zdana"), standing)
    await decided(house, await house.case(computer="MRL-WS-001", user="zdana"), standing)
    said = await house.ask(find, alex, "find zdana")
    assert ENDS[standing][0] in said.text
    assert "Kim Okafor" in said.text
    assert "ask /blocked" not in said.text
    assert "MRL-WS-001" not in said.text, "of another organization"


async def test_who_asked_for_nothing_reads_nothing_of_it(house: House) -> None:
    alex = await house.asker(VIEW)
    await decided(house, await house.case(computer="BRW-WS-001", user="zdana"))
    said = await house.ask(find, alex, "find BRW-WS-002")
    assert "ask /blocked" in said.text
