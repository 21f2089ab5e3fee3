"""What is found out after the card is posted, from the stand-in; what could not be asked is said and asked again."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.cards.kit import ids
from bot.decision.forms import approve_once
from bot.escalation.evidence import gather
from bot.models import (
    Case,
    DecisionNote,
    DueKind,
    EarlierDecision,
    EffectKind,
    Event,
    Evidence,
    Finding,
    Seen,
    Verb,
)
from bot.models.changes import Change
from bot.rules import remembering
from rehearsal.portal.faults import FaultKind
from tests.desk import Bench, text_of

GET, DETAILS = "ApprovalRequestGetById", "ApprovalRequestGetPermitApplicationById"
MATCHES, RESEARCH = "ApplicationGetMatchingList", "ApplicationGetResearchDetailsById"


async def gathered(bench: Bench, case: Case) -> Evidence:
    """Let the evidence tick act on a case; what was found out."""
    for taken, stored in await bench.due(DueKind.EVIDENCE):
        if taken.case_id == case.case_id:
            await gather(bench.desk, taken, stored.case)
    found = (await bench.case(case.case_id)).evidence
    assert found is not None
    return found


async def remember(
    bench: Bench, case: Case, *, verb: Verb = Verb.APPROVE, days_ago: float = 1, same: bool = False
) -> None:
    """A decision of earlier about the same file, or about the same software in another version."""
    keys = remembering.history_keys(case.requests[0].facts)
    at = bench.desk.now() - timedelta(days=days_ago)
    made = EarlierDecision(at=at, verb=verb, by="Ada Lund", reach="computer", same_file=True)
    note = DecisionNote(keys if same else keys[1:], made)
    await bench.ledger.commit(
        Change(op_id=f"o{at.timestamp()}{verb}", events=[Event(name="x")], notes=[note])
    )


async def test_never_seen_software_says_so(bench: Bench) -> None:
    case = await bench.arrive(product="tideplan", version="5.0")
    found = await gathered(bench, case)
    assert (found.seen, found.already_approved, found.failed) == (Seen.NEVER, Finding.NO, ())
    event = await bench.last("evidence_gathered")
    assert event.facts["seen"] == "never"
    assert await bench.due(DueKind.EVIDENCE) == []


async def test_a_file_that_was_approved_here_is_seen_before(bench: Bench) -> None:
    case = await bench.arrive(product="tideplan", version="5.0")
    await remember(bench, case, same=True)
    found = await gathered(bench, case)
    assert found.seen is Seen.BEFORE
    assert [one.same_file for one in found.earlier] == [True]


async def test_a_new_version_of_known_software_is_never_seen_and_says_so(bench: Bench) -> None:
    case = await bench.arrive(product="tideplan", version="5.0")
    await remember(bench, case)
    found = await gathered(bench, case)
    assert found.seen is Seen.NEW_VERSION
    assert [one.same_file for one in found.earlier] == [False]


async def test_a_denial_before_is_listed_and_makes_nothing_seen(bench: Bench) -> None:
    case = await bench.arrive(product="tideplan", version="5.0")
    await remember(bench, case, verb=Verb.DENY, same=True)
    found = await gathered(bench, case)
    assert (found.seen, found.hand_approvals, len(found.earlier)) == (Seen.NEVER, 0, 1)


async def test_software_approved_by_hand_three_times_closes_one_press(bench: Bench) -> None:
    case = await bench.arrive(product="tideplan", version="5.0")
    for days in (1, 5, 29):
        await remember(bench, case, days_ago=days)
    await remember(bench, case, days_ago=31)
    found = await gathered(bench, case)
    assert found.hand_approvals == 3
    assert (await bench.case(case.case_id)).policy_due


async def test_the_earlier_decisions_are_newest_first_and_cut(bench: Bench) -> None:
    case = await bench.arrive(product="tideplan", version="5.0")
    for days in range(1, 8):
        await remember(bench, case, days_ago=days)
    found = await gathered(bench, case)
    assert len(found.earlier) == 5
    assert [one.at for one in found.earlier] == sorted((one.at for one in found.earlier), reverse=True)


async def test_an_earlier_decision_that_only_the_hash_remembers_counts_too(bench: Bench) -> None:
    """The same file under another name and path."""
    case = await bench.arrive(product="tideplan", version="5.0")
    keys = remembering.history_keys(case.requests[0].facts)
    at = bench.desk.now() - timedelta(days=2)
    made = EarlierDecision(at=at, verb=Verb.APPROVE, by="Ada", reach="", same_file=True)
    note = DecisionNote(keys[:1], made)
    await bench.ledger.commit(Change(op_id="o-hash", events=[Event(name="x")], notes=[note]))
    assert (await gathered(bench, case)).seen is Seen.BEFORE


async def test_after_our_own_approval_the_portal_says_that_it_may_run(bench: Bench) -> None:
    first = bench.computers()[0]
    case = await bench.arrive_on(first)
    await bench.do(approve_once, await bench.press("ana", ids.APPROVE_COMPUTER, case))
    file = bench.portal.request(case.requests[0].facts.request_id).file
    again = await bench.arrive(
        "elevate", computer=first, path=file.full_path, hash=file.hash, sha256=file.sha256,
        signer=file.certificates[0].subject,
    )  # fmt: skip
    found = await gathered(bench, again)
    assert found.already_approved is Finding.YES
    assert found.already_approved_by
    assert found.seen is Seen.BEFORE


async def test_a_grave_opinion_of_the_portals_research_is_known_bad_and_pinged_at_once(bench: Bench) -> None:
    case = await bench.arrive(product="anydesk")
    grave = {
        key: replace(app, research=replace(app.research, concern_rating=5)) if app.research else app
        for key, app in bench.portal.world.applications.items()
    }
    bench.portal.world.applications.update(grave)
    found = await gathered(bench, case)
    await bench.say()
    pings = [one for one in bench.said if one.effect_id.startswith(f"unusual:{case.case_id}")]
    assert pings
    assert "remote-control" in text_of(pings[0])
    if found.product:
        assert found.known_bad is Finding.YES
        assert "5 of 5" in found.known_bad_note


async def researched(bench: Bench, rating: object) -> Evidence:
    """The evidence of a vendor-maintained product with this opinion of it."""
    case = await bench.arrive(product="ledgerleaf", version="11.0")
    for key, app in list(bench.portal.world.applications.items()):
        if app.research is not None:
            rated = replace(app.research, concern_rating=rating)  # type: ignore[arg-type]  # odd ratings on purpose
            bench.portal.world.applications[key] = replace(app, research=rated)
    return await gathered(bench, case)


@pytest.mark.parametrize(
    ("rating", "finding"),
    [
        (1, Finding.NO),
        (2, Finding.NO),
        (3, Finding.UNKNOWN),
        (4, Finding.YES),
        (5, Finding.YES),
        ("5 - Grave", Finding.YES),
        ("", Finding.UNKNOWN),
        ("grave", Finding.UNKNOWN),
    ],
)
async def test_the_portals_rating_is_read_and_never_guessed(
    bench: Bench, rating: object, finding: Finding
) -> None:
    found = await researched(bench, rating)
    assert found.product
    assert found.known_bad is finding


async def test_a_product_without_a_research_page_is_neither_good_nor_bad(bench: Bench) -> None:
    case = await bench.arrive(product="ledgerleaf", version="11.0")
    for key, app in list(bench.portal.world.applications.items()):
        bench.portal.world.applications[key] = replace(app, research=None)
    assert (await gathered(bench, case)).known_bad is Finding.UNKNOWN


@pytest.mark.parametrize(
    ("action", "failed"),
    [
        (GET, "the portal's details of the request"),
        (DETAILS, "the portal's details of the request"),
        (MATCHES, "matching applications"),
        (RESEARCH, "the portal's research"),
    ],
)
async def test_a_check_that_cannot_be_made_is_said_and_made_again(
    bench: Bench, action: str, failed: str
) -> None:
    """P9."""
    case = await bench.arrive(product="ledgerleaf", version="11.0")
    bench.portal.faults.set(FaultKind.SERVER_ERROR, action=action)
    found = await gathered(bench, case)
    assert failed in found.failed
    assert (found.seen is Seen.UNKNOWN) is (action != RESEARCH), "research does not tell what was seen"
    bench.portal.faults.clear()
    await bench.advance(minutes=2)
    assert (await gathered(bench, case)).failed == ()


async def test_storage_has_no_software_to_ask_about(bench: Bench) -> None:
    case = await bench.arrive("write")
    found = await gathered(bench, case)
    assert (found.seen, found.already_approved, found.failed) == (Seen.UNKNOWN, Finding.UNKNOWN, ())


async def test_facts_that_only_the_request_alone_tells_are_taken_over(bench: Bench) -> None:
    case = await bench.arrive()
    request_id = case.requests[0].facts.request_id
    request = bench.portal.request(request_id)
    bench.portal.world.requests[request_id] = replace(request, reason="Told only later")
    await gathered(bench, case)
    after = await bench.case(case.case_id)
    assert after.requests[0].facts.reason == "Told only later"
    assert after.revision == case.revision + 1


async def test_a_request_that_is_another_file_by_now_is_left_for_the_poll_to_move(bench: Bench) -> None:
    case = await bench.arrive()
    request_id = case.requests[0].facts.request_id
    request = bench.portal.request(request_id)
    file = replace(request.file, hash="0F" * 32)
    bench.portal.world.requests[request_id] = replace(
        request, file=file, json=request.json.replace(request.file.hash, file.hash)
    )
    await gathered(bench, case)
    assert (await bench.case(case.case_id)).requests[0].facts.hash == case.hash


async def test_an_elevation_that_turns_out_unusual_is_one_call(bench: Bench) -> None:
    """The team was called when it came; what the evidence adds stands in that call, whose name nobody hears twice."""
    case = await bench.arrive("elevate", product="draftwright", organization="juniper-hill")
    await gathered(bench, case)
    await bench.say()
    assert (await bench.case(case.case_id)).unusual
    called = [one.effect_id for one in bench.said if one.is_call]
    assert called == [f"elevation:{case.case_id}"]
    assert [one.case_id for one in bench.said if one.kind is EffectKind.CALLS] == [case.case_id]


async def test_other_people_on_duty_by_then_are_called_for_what_is_found_unusual(bench: Bench) -> None:
    """One call a tier: the approvers have not heard of what the team was called for."""
    case = await bench.arrive("elevate", product="draftwright", organization="juniper-hill")
    await bench.advance(hours=12)
    await gathered(bench, case)
    await bench.say()
    (ping,) = [one for one in bench.said if one.effect_id.startswith("unusual:")]
    assert bench.desk.rules.escalation.approvers_user_group in str(ping.blocks)


async def test_the_unusual_is_pinged_once(bench: Bench) -> None:
    case = await bench.arrive(product="powershell")
    await gathered(bench, case)
    current = await bench.case(case.case_id)
    await bench.write(current.model_copy(update={"evidence": None}))
    await gathered(bench, current)
    await bench.say()
    assert sum(one.effect_id == f"unusual:{case.case_id}" for one in bench.said) == 1


async def test_a_plain_case_pings_nobody(bench: Bench) -> None:
    case = await bench.arrive(product="tideplan", path=r"C:\Program Files\TidePlan\tideplan.exe")
    bench.said.clear()
    await gathered(bench, case)
    await bench.say()
    assert {one.kind for one in bench.said} == {EffectKind.CARD}


async def test_a_case_that_closed_in_between_gathers_nothing(bench: Bench) -> None:
    case = await bench.arrive()
    ((taken, stored),) = await bench.due(DueKind.EVIDENCE)
    bench.portal.decide_in_portal(case.requests[0].facts.request_id, approve=True, by="Ada")
    await bench.poll()
    await gather(bench.desk, taken, stored.case)
    await gather(bench.desk, taken, await bench.case(case.case_id))
    assert not await bench.events("evidence_gathered")
