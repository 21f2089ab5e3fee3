"""With writes off: what people pressed is held against what the portal's people then decided, in `/gatehouse sla`."""

from __future__ import annotations

from bot.cards.kit import ids
from bot.decision.claims import claim
from bot.models import PressKind
from handlers.commands import gatehouse
from tests.decision.test_press import approve, deny
from tests.desk import Bench, text_of


async def report(bench: Bench) -> str:
    press = await bench.press("kim", "/gatehouse", kind=PressKind.COMMAND, text="sla 1d", message_ts="")
    await gatehouse(bench.desk, press)
    (answer,) = [one for one in await bench.say() if one.effect_id == f"answer:{press.press_id}"]
    return " ".join(text_of(answer).split())


async def test_presses_and_the_portal_are_compared_and_what_differs_is_named(bench: Bench) -> None:
    bench.with_rules(writes_on=False)
    alike, unlike, waits = [
        await bench.arrive(computer=name, product=product)
        for name, product in zip(bench.computers(), ("labelpress", "tideplan", "draftwright"), strict=False)
    ]
    await approve(bench, "ana", alike)
    await approve(bench, "ana", unlike)
    await deny(bench, "ana", waits)
    for case, approved in ((alike, True), (unlike, False)):
        request_id = case.requests[0].facts.request_id
        bench.portal.decide_in_portal(request_id, approve=approved, by="Pat")
    await bench.poll()
    said = await report(bench)
    assert "the press and the portal agreed in 1 of 2 (50 %); 1 of the requests still wait." in said
    assert f"{unlike.case_id} at Brightwater Logistics: pressed approve" in said
    assert ", the portal denied" in said
    assert alike.case_id not in said.partition("Writes off")[2]
    assert bench.portal.decisions == []


async def test_who_changes_their_mind_is_counted_once_and_another_persons_press_by_itself(
    bench: Bench,
) -> None:
    bench.with_rules(writes_on=False)
    case = await bench.arrive()
    await approve(bench, "ana", case)
    await deny(bench, "ana", case)
    await approve(bench, "lee", case)
    bench.portal.decide_in_portal(case.requests[0].facts.request_id, approve=False, by="Pat")
    await bench.poll()
    assert "agreed in 1 of 2 (50 %)." in await report(bench)


async def test_a_press_after_the_portals_decision_is_told_so_and_counted_nowhere(bench: Bench) -> None:
    """The portal had decided before the press, and Gatehouse had not looked yet."""
    bench.with_rules(writes_on=False)
    case = await bench.arrive()
    bench.portal.decide_in_portal(case.requests[0].facts.request_id, approve=False, by="Pat")
    assert "Already decided by Pat" in await approve(bench, "ana", case)
    await bench.poll()
    assert "Writes off" not in await report(bench)


async def test_a_claim_and_a_refused_press_are_counted_nowhere(bench: Bench) -> None:
    bench.with_rules(writes_on=False)
    case = await bench.arrive()
    await bench.do(claim, await bench.press("ana", ids.CLAIM, case))
    await approve(bench, "hal", await bench.case(case.case_id))
    bench.portal.decide_in_portal(case.requests[0].facts.request_id, approve=True, by="Pat")
    await bench.poll()
    assert "Writes off" not in await report(bench)
