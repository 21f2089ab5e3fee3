"""What Slack does not take in time goes out by a second way: once for a case and step, and its end as well."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from bot.cards.case.card import render_case
from bot.cards.case.modals import details_modal
from bot.cards.messages import answers
from bot.cards.messages.pages import escalation_page
from bot.desk import Amendment, audit_message, call, case_change, channel_call, event_of
from bot.escalation.calling import call_by_second_way
from bot.escalation.steps import take_due_steps
from bot.models import Case, DueKind, Effect, EffectKind
from tests.cards.reading import read
from tests.desk import Bench

AFTER = timedelta(minutes=2)
WAYS = ("webhook", "mail")


async def look(bench: Bench) -> None:
    await call_by_second_way(bench.desk, AFTER, WAYS)


async def pages(bench: Bench) -> list[Effect]:
    """Those that wait to be sent."""
    return [one.effect for one in await bench.ledger.calls.waiting() if one.effect.kind is EffectKind.PAGE]


async def late(bench: Bench, *, minutes: float = 15, is_on_card: bool = True) -> Case:
    """A case whose escalation is queued, and which Slack has not taken yet."""
    request_id = bench.ask()
    await bench.poll()
    if is_on_card:
        await bench.say()
    case = await bench.case_of(request_id)
    await bench.advance(minutes=minutes)
    await take_due_steps(bench.desk, await bench.due(DueKind.STEP))
    return await bench.case(case.case_id)


@pytest.mark.parametrize("is_on_card", [True, False])
async def test_an_escalation_that_slack_does_not_take_is_paged_once(
    bench: Bench, *, is_on_card: bool
) -> None:
    """Three replicas, looking again and again. Where the card is not there either, the one call for all stands in."""
    case = await late(bench, is_on_card=is_on_card)
    await bench.advance(seconds=119)
    await look(bench)
    assert await pages(bench) == []
    await bench.advance(seconds=1)
    await asyncio.gather(*(look(bench) for _ in range(3)))
    await look(bench)
    found = {one.way: one for one in await pages(bench)}
    assert list(found) == list(WAYS)
    (event,) = await bench.events("escalated_elsewhere")
    assert event.event.facts["ways"] == list(WAYS)
    assert event.event.facts["step"].startswith("before:")
    page = found["mail"].page
    assert page is not None
    assert page.key == case.case_id
    assert "2 minutes ago" in " ".join(page.lines)
    facts = case.requests[0].facts
    for private in (facts.file_name, facts.computer_name, facts.requestor, facts.path):
        assert private not in page.model_dump_json()


async def test_what_slack_took_is_not_paged(bench: Bench) -> None:
    await late(bench)
    await bench.say()
    await bench.advance(minutes=5)
    await look(bench)
    assert await pages(bench) == []


async def test_each_later_step_is_paged_under_the_same_key(bench: Bench) -> None:
    case = await late(bench)
    await bench.advance(minutes=3)
    await look(bench)
    await bench.advance(minutes=14)
    await take_due_steps(bench.desk, await bench.due(DueKind.STEP))
    await look(bench)
    steps = [each.event.facts["step"] for each in await bench.events("escalated_elsewhere")]
    assert steps == ["before:2026-11-18T10:30:00", "before:2026-11-18T11:00:00"]
    # The newer one takes the place of what its way has not taken yet.
    assert [one.page.key for one in await pages(bench) if one.page] == [case.case_id] * len(WAYS)


async def test_an_early_call_is_paged_too(bench: Bench) -> None:
    case = await bench.arrive()
    said = answers.trouble("Come.")
    event = event_of("written_by_test", None, case)
    stored = await bench.ledger.case(case.case_id)
    amendment = Amendment(case, [event], [call(case, "help:1", said)])
    await bench.ledger.commit(case_change(bench.desk, stored, amendment))
    # Not to the millisecond: our reading of the ledger's clock may lie behind it by the length of the way.
    await bench.advance(minutes=2, seconds=1)
    await look(bench)
    (event_there,) = await bench.events("escalated_elsewhere")
    assert event_there.event.facts["step"] == "early"
    page = (await pages(bench))[0].page
    assert page is not None
    assert "before its time" in " ".join(page.lines)


async def test_the_end_takes_the_place_of_what_waits_and_is_told_by_every_way(bench: Bench) -> None:
    case = await late(bench)
    await bench.advance(minutes=3)
    await look(bench)
    bench.portal.decide_in_portal(case.requests[0].facts.request_id, approve=True, by="Pat")
    await bench.poll()
    assert not (await bench.case(case.case_id)).is_open
    told = {one.way: one.page for one in await pages(bench)}
    assert list(told) == list(WAYS)
    assert all(page is not None and page.is_over and page.key == case.case_id for page in told.values())
    await look(bench)
    assert len(await bench.events("escalated_elsewhere")) == 1


async def test_a_case_that_was_not_paged_tells_no_end(bench: Bench) -> None:
    case = await late(bench)
    bench.portal.decide_in_portal(case.requests[0].facts.request_id, approve=True, by="Pat")
    await bench.poll()
    assert await pages(bench) == []


async def test_alerts_and_other_places_page_nobody(bench: Bench) -> None:
    """An operator's alert is no escalation; a call of another customer's place concerns that one's cases."""
    await late(bench, is_on_card=False)
    await bench.say()
    said = answers.trouble("Something.")
    event = event_of("backlog_announced")
    await bench.desk.announce([event], [audit_message("a", said), channel_call("b", said, "C0OTHER")])
    await bench.advance(minutes=5)
    await look(bench)
    assert await pages(bench) == []


async def test_without_a_second_way_nothing_is_looked_for(bench: Bench) -> None:
    await late(bench)
    await bench.advance(minutes=5)
    await call_by_second_way(bench.desk, AFTER, ())
    assert await bench.events("escalated_elsewhere") == []


async def test_several_requests_are_counted(bench: Bench) -> None:
    case = await bench.arrive_on(*bench.computers()[:2])
    page = escalation_page(case, "escalate:1", bench.desk.now(), portal_link="")
    assert page.lines[0].startswith("2 requests")


async def test_the_card_says_so_open_and_decided(bench: Bench) -> None:
    case = await late(bench)
    await bench.advance(minutes=3)
    await look(bench)
    now = bench.desk.now()
    paged = await bench.case(case.case_id)
    words = "Called by webhook and e-mail, as Slack did not take it"
    assert "Escalated by webhook +1" in read(render_case(paged, bench.desk.rules, now).blocks)
    assert words[1:] in read(details_modal(paged, now)["blocks"])
    bench.portal.decide_in_portal(case.requests[0].facts.request_id, approve=True, by="Pat")
    await bench.poll()
    ended = await bench.case(case.case_id)
    assert words in read(render_case(ended, bench.desk.rules, now).blocks)


async def test_a_case_without_a_time_limit_says_so(bench: Bench) -> None:
    case = await bench.arrive()
    (entry,) = case.requests
    unlimited = case.model_copy(update={"requests": (entry.model_copy(update={"steps": ()}),)})
    page = escalation_page(unlimited, "last", bench.desk.now(), portal_link="")
    assert page.lines[1] == "It has no time limit."
