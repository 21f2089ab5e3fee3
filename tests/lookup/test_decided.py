"""After a decision, a look-up and a caller's list tell it: by whom, when, how far, and what to do next."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.desk import Amendment, amend, event_of, settlement
from bot.lookup import blocked, find
from bot.models import Actor, Case, PolicyAct, PolicyWork, PortalState, Standing, WorkStanding
from tests.lookup.house import House
from tests.valkey import RunningValkey

pytestmark = pytest.mark.made_up

AUDIT, VIEW = "View Unified Audit", "View Approvals"
ENDS = {Standing.APPROVED: ("Approved", 4), Standing.REJECTED: ("Rejected or ignored", 10)}


async def decided(
    house: House, case: Case, standing: Standing = Standing.APPROVED, *, ago: timedelta = timedelta()
) -> None:
    """The portal shows the end of the case's request, and who made it."""
    request_id = case.requests[0].facts.request_id
    label, status_id = ENDS[standing]
    state = PortalState(
        status_id=status_id,
        status_label=label,
        standing=standing,
        decided_by="Kim Okafor",
        decided_at=house.desk.now() - ago,
    )

    def make(current: Case) -> Amendment:
        event = event_of("decided_in_portal", None, current, request_id=request_id)
        return settlement(house.desk, current, request_id, state, event)

    assert await amend(house.desk, case.case_id, make) is not None
    await drained(house)


async def drained(house: House) -> None:
    """What the change says is said."""
    for claimed in await house.desk.ledger.claim_effects(100, timedelta(seconds=30)):
        await house.desk.ledger.effect_done(claimed)


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


async def test_an_approval_that_was_taken_back_is_not_told_as_one_to_rely_on(house: House) -> None:
    """A wrong all-clear is worse than a refusal: who took it back, and when."""
    alex = await house.asker(AUDIT, VIEW)
    case = await house.case(computer="BRW-WS-001", user="zdana")
    await decided(house, case)
    await taken_back(house, case, WorkStanding.DONE)
    for use_case, text in ((blocked, "BRW-WS-001 1h"), (find, "find zdana")):
        said = await house.ask(use_case, alex, text)
        assert "Taken back since by Lee Sandoval" in said.text
        assert "do not rely on it" in said.text
        assert "Rapid Check-in" not in said.text


@pytest.mark.parametrize(
    ("standing", "says"),
    [(WorkStanding.CHECKING, "Being taken back"), (WorkStanding.WITHOUT_EFFECT, "Rapid Check-in")],
)
async def test_a_removal_under_way_is_said_and_one_without_effect_is_none(
    house: House, standing: WorkStanding, says: str
) -> None:
    alex = await house.asker(AUDIT, VIEW)
    case = await house.case(computer="BRW-WS-001")
    await decided(house, case)
    await taken_back(house, case, standing)
    assert says in (await house.ask(blocked, alex, "BRW-WS-001 1h")).text


async def test_whether_the_approval_has_helped_is_said(house: House) -> None:
    """A block from before the approval needs a check-in; one after it says that the approval has not arrived."""
    alex = await house.asker(AUDIT, VIEW)
    case = await house.case(computer="BRW-WS-001")
    facts = case.requests[0].facts
    house.portal.world.audit.clear()
    house.block("BRW-WS-001", facts.path, hash=facts.hash, ago=timedelta(minutes=9))
    await decided(house, case, ago=timedelta(minutes=3))
    assert "The last block is older than that." in (await house.ask(blocked, alex, "BRW-WS-001 1h")).text
    house.block("BRW-WS-001", facts.path, hash=facts.hash, ago=timedelta(minutes=1))
    said = await house.ask(blocked, alex, "BRW-WS-001 1h")
    assert "Blocked again after that" in said.text
    assert "older than that" not in said.text


async def test_a_decision_on_the_very_file_is_told_for_longer_than_a_week(
    house: House,
    shared_valkey: RunningValkey,
) -> None:
    alex = await house.asker(AUDIT, VIEW)
    case = await house.case(computer="BRW-WS-001")
    facts = case.requests[0].facts
    await decided(house, case)
    house.portal.clock.advance(timedelta(days=30))
    await shared_valkey.travel(timedelta(days=30))
    house.block("BRW-WS-001", facts.path, hash=facts.hash)
    said = await house.ask(blocked, alex, f"hash:{facts.hash} 1h")
    assert "Kim Okafor" in said.text
    assert "Blocked again after that" in said.text


async def test_find_says_as_of_when_and_how_far_back(house: House) -> None:
    alex = await house.asker(VIEW)
    said = await house.ask(find, alex, "find BRW-WS-002")
    assert "As of" in said.text
    assert "decisions of the last 7 days" in said.text


async def taken_back(house: House, case: Case, standing: WorkStanding) -> None:
    """Somebody takes the approval's policy back, as far as the standing says."""
    now = house.desk.now()
    work = PolicyWork(
        work_id="w1",
        press_id="p1",
        act=PolicyAct.TAKE_BACK,
        actor=Actor(person_id="lee", name="Lee Sandoval", slack_user_id="U0LEE"),
        request_id=case.requests[0].facts.request_id,
        access_generation=1,
        recorded_at=now,
        not_after=now,
        standing=standing,
        ended_at=now if standing is WorkStanding.DONE else None,
    )

    def make(current: Case) -> Amendment:
        after = current.model_copy(update={"policy_works": (work,)})
        return Amendment(after, (event_of("policy_work", None, current),))

    assert await amend(house.desk, case.case_id, make) is not None
    await drained(house)
