"""`/gatehouse sla`: figures out of the record, of those organizations whose reports the asker may read."""

from __future__ import annotations

import asyncio
import re
from datetime import timedelta
from pathlib import Path

import pytest

from bot.audit import Head
from bot.cli import main
from bot.desk import event_of
from bot.lookup import reports
from bot.models import Case, Event
from bot.rules.timing import report_of, waits_in
from handlers.commands import gatehouse
from rehearsal.portal.faults import FaultKind
from tests.lookup.house import House

pytestmark = pytest.mark.made_up

REPORTS = "View Reports"


async def settled(house: House, case: Case, *, after: timedelta) -> None:
    """The arrival of a case's request in the record, and its decision; the record's own clock is now."""
    entry = case.requests[0]
    asked = house.desk.now() - after
    facts = {"kind": case.kind.value, "clock_from": asked.isoformat()}
    request_id = entry.facts.request_id
    await house.desk.ledger.record([
        event_of("case_opened", None, case, request_id=request_id, facts=facts),
        event_of("decision_settled", None, case, request_id=request_id),
    ])  # fmt: skip


async def asked(house: House, slack_id: str, text: str = "sla") -> str:
    return (await house.ask(gatehouse, slack_id, text, name="/gatehouse")).text


async def test_it_tells_the_times_and_each_late_one(house: House) -> None:
    alex = await house.asker(REPORTS)
    quick, slow = await house.case(computer="BRW-WS-001"), await house.case(computer="BRW-WS-002")
    await settled(house, quick, after=timedelta(minutes=2))
    await settled(house, slow, after=timedelta(minutes=40))
    text = await asked(house, alex)
    assert "2 requests: 2 decided." in text
    assert "Within 15 min: 1 of 2 (50 %)" in text
    assert "Late: 1" in text
    assert f"{slow.case_id} application at " in text
    assert "decided here after 40 min" in text
    assert quick.case_id not in text
    event = (await house.last_event()).event
    assert (event.name, event.facts["outcome"]) == ("sla_read", "shown")


async def test_another_customers_requests_are_in_no_figure(house: House) -> None:
    alex = await house.asker(REPORTS, at="marlow")
    await settled(house, await house.case(computer="CVL-WS-001"), after=timedelta(minutes=40))
    assert "Nobody asked for anything" in await asked(house, alex)
    elsewhere = await asked(house, alex, "sla calder")
    nowhere = await asked(house, alex, "sla no such place")
    assert elsewhere == nowhere
    assert "no organization of that name whose reports you may read" in nowhere


@pytest.mark.parametrize(
    "text", ["sla 30d", "sla 30d {name}", "sla {name} 30d", "sla {name}", 'sla "{name}"']
)
async def test_span_and_organization_come_in_either_order(house: House, text: str) -> None:
    alex = await house.asker(REPORTS, at="marlow")
    case = await house.case(computer="MRL-WS-001")
    await settled(house, case, after=timedelta(minutes=2))
    assert "1 requests: 1 decided" in await asked(house, alex, text.format(name=case.organization_name))


@pytest.mark.parametrize("named", ["Marlow Precision", "marlow prec", "yard", "ya", "{id}"])
async def test_an_organization_is_named_as_everywhere(house: House, named: str) -> None:
    """By the portal's name, the access file's, a part of one, or its id."""
    marlow = house.portal.organization_id("marlow")
    house.organizations |= {"yard": marlow, "bw": house.portal.organization_id("brightwater")}
    house.grant("alex", REPORTS)
    alex = await house.asker(REPORTS, at="marlow")
    for computer in ("MRL-WS-001", "BRW-WS-001"):
        await settled(house, await house.case(computer=computer), after=timedelta(minutes=2))
    assert "1 requests: 1 decided" in await asked(house, alex, f"sla {named.format(id=marlow)}")


@pytest.mark.parametrize("text", ["sla 0m", "sla 90d"])
async def test_a_span_that_cannot_be_is_told(house: House, text: str) -> None:
    alex = await house.asker(REPORTS)
    assert "Nobody asked" not in await asked(house, alex, text)
    assert (await house.last_event()).event.facts["outcome"] == "not_understood"


async def test_without_the_right_it_names_the_right(house: House) -> None:
    alex = await house.asker("View Approvals")
    assert "needs View Reports" in await asked(house, alex)
    assert (await house.last_event()).event.facts["missing"] == [REPORTS]


async def test_a_record_longer_than_is_read_says_how_far_back(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reports, "_PAGE", 2)
    monkeypatch.setattr(reports, "_PAGES", 2)
    alex = await house.asker(REPORTS)
    await house.desk.ledger.record([Event(name="help_read") for _ in range(6)])
    assert "The record was read back to " in await asked(house, alex)


async def test_an_export_gives_the_same_figures_to_anybody(
    house: House, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for minutes in (2, 7, 40):
        await settled(house, await house.case(computer="BRW-WS-001"), after=timedelta(minutes=minutes))
    head = await house.desk.ledger.chain.export_to(tmp_path / "record")
    assert isinstance(head, Head)
    stored = await house.desk.ledger.events()
    until = stored[-1].at
    report = report_of(waits_in((one.at, one.event) for one in stored), until - timedelta(days=1), until)
    assert await asyncio.to_thread(main, ["report", str(tmp_path / "record")]) == 0
    text = capsys.readouterr().out
    assert f"{len(report.requests)} requests: {report.decided} decided" in text
    assert f"Late: {len(report.late)}" in text
    assert await asyncio.to_thread(main, ["report", str(tmp_path / "record"), "--csv"]) == 0
    header, *rows = capsys.readouterr().out.splitlines()
    assert header.startswith("request,case,organization,kind,asked")
    seconds = sorted(int(row.rsplit(",", 1)[1]) for row in rows)
    assert seconds == sorted(
        round(one.to_decision.total_seconds()) for one in report.requests if one.to_decision
    )
    place = report.requests[0].organization_id
    assert (
        await asyncio.to_thread(main, ["report", str(tmp_path / "record"), "--organization", place.upper()])
        == 0
    )
    assert f"{len(report.requests)} requests" in capsys.readouterr().out


async def test_an_export_that_was_altered_gives_no_figures(
    house: House, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    await settled(house, await house.case(), after=timedelta(minutes=2))
    await house.desk.ledger.chain.export_to(tmp_path / "record")
    text = (tmp_path / "record").read_text()
    (tmp_path / "altered").write_text(text.replace("decision_settled", "request_withdrawn"))
    assert await asyncio.to_thread(main, ["report", str(tmp_path / "altered")]) == 1
    told = capsys.readouterr()
    assert "does not verify" in told.err
    assert told.out == ""


@pytest.mark.parametrize("word", ["sla", "unusual"])
async def test_without_the_organizations_nothing_is_told(house: House, word: str) -> None:
    alex = await house.asker(REPORTS)
    house.portal.faults.set(FaultKind.DOWN)
    assert "nobody's view can be told" in await asked(house, alex, word)


@pytest.mark.parametrize("word", ["sla", "unusual"])
async def test_a_guest_reads_no_report(house: House, word: str) -> None:
    guest = house.member("gus", single_channel_guest=True)
    await house.accept()
    text = await asked(house, guest, word)
    assert "Rules of the unusual" not in text
    assert "requests" not in text.lower() or "Not done" in text


async def test_slack_and_an_export_tell_the_same_lines(
    house: House, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """All of them: shadow presses, rules of the unusual, load, proposals and exceptions too."""
    alex = await house.asker(REPORTS)
    case, other = await house.case(computer="BRW-WS-001"), await house.case(computer="BRW-WS-002")
    request_id = case.requests[0].facts.request_id
    for one, after in ((case, 2), (other, 40)):
        await settled(house, one, after=timedelta(minutes=after))
    pressed = {"verb": "approve", "rests_on": []}
    ended = {"came_to": "denied", "spoke": ["burst"]}
    await house.desk.ledger.record([
        event_of("decision_rehearsed", None, case, request_id=request_id, facts=pressed),
        event_of("decided_in_portal", None, case, request_id=request_id, facts=ended),
        event_of("decision_settled", None, other, person_id="ana", facts={"came_to": "approved_wide"}),
        event_of("policy_proposed", None, other), event_of("exception_review_due", None, other),
    ])  # fmt: skip
    text = re.sub(r"<!date[^|]*\|([^>]*)>", r"\1", await asked(house, alex))
    text = text.replace(case.organization_name, case.organization_id.lower())
    await house.desk.ledger.chain.export_to(tmp_path / "record")
    assert await asyncio.to_thread(main, ["report", str(tmp_path / "record")]) == 0
    offline = capsys.readouterr().out
    for line in offline.splitlines()[1:]:
        assert line in text, line
    for words in (
        "the press and the portal agreed in 0 of 1",
        "burst: 1 of 1",
        "Decided here: ",
        "Proposed policies",
    ):
        assert words in offline
