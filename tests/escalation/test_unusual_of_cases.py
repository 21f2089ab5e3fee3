"""The unusual of whole cases: what is looked up for it, whom it calls, what is silenced, and what the record keeps."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.cards.kit import ids
from bot.decision.forms import approve_once
from bot.escalation.evidence import gather
from bot.models import Case, Change, DueKind, Event, GivenWrite, Standing
from bot.models.unusual import Silence, SilenceOf, UnusualRule
from bot.rules import lifecycle, remembering
from tests.cards.samples import TOM
from tests.desk import Bench

PROGRAM = r"C:\Program Files\TidePlan\tideplan.exe"
SIGNER = "CN=Fabrikam Inc"


async def looked_up(bench: Bench, case: Case) -> Case:
    """Let the evidence tick act on whatever is due; the case after it."""
    for taken, stored in await bench.due(DueKind.EVIDENCE):
        await gather(bench.desk, taken, stored.case)
    return await bench.case(case.case_id)


async def pings(bench: Bench) -> int:
    await bench.say()
    return sum(one.effect_id.startswith("unusual:") for one in bench.said)


def why(bench: Bench, case: Case) -> str:
    return lifecycle.allows_one_press(case, bench.desk.rules, bench.desk.now())[1]


async def test_elevation_of_what_was_never_seen_is_no_press_and_calls_nobody_twice(bench: Bench) -> None:
    """Who takes elevation requests was called when it arrived."""
    case = await looked_up(bench, await bench.arrive("elevate", product="labelpress", version="9.9"))
    assert "elevation_unseen" in why(bench, case)
    assert case.rules_about(case.requests[0].facts.request_id) == ["elevation_unseen"]
    assert await pings(bench) == 0


async def test_a_burst_of_one_computer_is_said_from_the_file_that_makes_it_one(bench: Bench) -> None:
    [computer, *_] = bench.computers()
    cases = [
        await bench.arrive(
            computer=computer,
            path=f"C:\\Program Files\\Acme\\part{n}.exe",
            hash=f"{n}" * 31 + "A",
            signer=SIGNER,
        )
        for n in range(1, 6)
    ]
    first, *_, last = [await looked_up(bench, case) for case in cases]
    assert [one.rule for one in last.spoke] == [UnusualRule.BURST]
    assert "burst" in why(bench, last)
    assert first.case_id != last.case_id
    assert await pings(bench) == 0


async def silence(bench: Bench, case: Case, about: SilenceOf, named: str, **changed: object) -> Silence:
    """A silence over the remote tools of a subject, as the command writes it."""
    made = Silence(
        silence_id="s-1",
        rule=UnusualRule.REMOTE_TOOL.value,
        of=about,
        subject=named,
        subject_name="anydesk.exe",
        organization_id=case.organization_id,
        organization_name=case.organization_name,
        until=bench.desk.now() + timedelta(days=1),
        by=TOM,
        at=bench.desk.now(),
        reason="It is the service desk's own tool",
    ).model_copy(update=changed)
    held = await bench.ledger.given()
    given = held.given.model_copy(update={"silences": (made,)})
    facts = {"silence": {}, "rests_on": [], "access_generation": 1, "access_digest": "", "given_version": 1}
    event = Event(name="unusual_silenced", facts=facts)
    await bench.ledger.commit(Change(op_id="o-s", events=[event], given=GivenWrite(given, held.version)))
    return made


REMOTE = {"product": "anydesk", "path": r"C:\Program Files\AnyDesk\anydesk.exe"}


@pytest.mark.parametrize("of", SilenceOf)
async def test_a_silenced_rule_calls_nobody_and_closes_nothing_until_its_end(
    bench: Bench, of: SilenceOf
) -> None:
    case = await bench.arrive(**REMOTE)
    facts = case.requests[0].facts
    assert "remote_tool" in why(bench, case)
    subjects = {
        SilenceOf.SOFTWARE: remembering.software_key(facts),
        SilenceOf.COMPUTER: facts.computer_id.upper(),
        SilenceOf.ORGANIZATION: facts.organization_id.upper(),
    }
    made = await silence(bench, case, of, subjects[of])
    after = await looked_up(bench, case)
    assert "remote_tool" not in why(bench, after)
    assert after.rules_about(facts.request_id) == []
    assert await pings(bench) == 0
    [spoke] = [one for one in after.spoke if one.rule == "remote_tool"]
    assert (spoke.quiet_until, spoke.silence_id) == (made.until, "s-1")
    event = await bench.last("evidence_gathered")
    assert event.facts["silenced"] == ["remote_tool"]
    await bench.advance(days=1, seconds=1)
    assert "remote_tool" in why(bench, after)


@pytest.mark.parametrize(
    "changed",
    [
        {"rule": "script_host"},
        {"subject": "another"},
        {"organization_id": "00000000-0000-0000-0000-000000000009"},
    ],
)
async def test_a_silence_over_something_else_changes_nothing(bench: Bench, changed: dict[str, str]) -> None:
    case = await bench.arrive(**REMOTE)
    await silence(bench, case, SilenceOf.COMPUTER, case.requests[0].facts.computer_id, **changed)
    after = await looked_up(bench, case)
    assert "remote_tool" in why(bench, after)
    assert await pings(bench) == 1


async def test_the_record_and_the_metrics_tell_what_a_rule_came_to(bench: Bench) -> None:
    [computer, *_] = bench.computers()
    case = await looked_up(bench, await bench.arrive(computer=computer, **REMOTE))
    request_id = case.requests[0].facts.request_id
    bench.portal.decide_in_portal(request_id, approve=False, by="maria")
    await bench.poll()
    ended = await bench.case(case.case_id)
    assert ended.requests[0].standing is Standing.REJECTED
    event = await bench.last("decided_in_portal")
    assert event.facts["came_to"] == "denied"
    assert "remote_tool" in event.facts["spoke"]
    told = bench.desk.metrics.exposition().decode()
    assert 'gatehouse_unusual_total{outcome="denied",rule="remote_tool"} 1.0' in told


async def test_a_plain_request_counts_for_no_rule(bench: Bench) -> None:
    case = await bench.arrive(path=PROGRAM)
    await bench.do(approve_once, await bench.press("ana", ids.APPROVE_COMPUTER, case))
    event = await bench.last("decision_settled")
    assert (event.facts["spoke"], event.facts["came_to"]) == ([], "approved_narrow")
