"""A customer's own channel is lost: those on duty hear how many cases wait, no facts leave it, and Home decides."""

from __future__ import annotations

from dataclasses import replace

from bot.cards.kit import ids
from bot.escalation.lost_channel import call_elsewhere, call_for_lost_channel
from bot.lookup import home
from bot.models import EffectKind, Place, PressKind, Urgency
from tests.desk import Bench, text_of
from tests.lookup.house import OneChannel


class OwnChannel(OneChannel):
    """Every organization's cards and calls go to one channel; everybody's place of escalation is another."""

    def default_for(self, place: Place) -> str:  # noqa: ARG002 - the protocol's name
        """Everybody's."""
        return "C0EVERYBODY"


async def test_those_on_duty_hear_how_many_cases_of_whom_cannot_be_seen_and_no_more(bench: Bench) -> None:
    """Kind 4."""
    bench.desk = replace(bench.desk, routes=OwnChannel("C0OWN"))
    for name in bench.computers()[:3]:
        bench.ask(computer=name)
    await bench.poll()
    await bench.say()
    bench.said.clear()
    await call_for_lost_channel(bench.desk, "C0OWN", "channel_gone:C0OWN:x")
    (call,) = await bench.say()
    assert call.channel_id == "C0EVERYBODY"
    assert call.urgency is Urgency.ESCALATION
    assert "3 cases of" in text_of(call)
    for stored in await bench.ledger.open_cases():
        for fact in (stored.case.requests[0].facts.computer_name, stored.case.requests[0].facts.file_name):
            assert fact not in text_of(call)


async def test_a_channel_without_cases_calls_nobody(bench: Bench) -> None:
    await call_for_lost_channel(bench.desk, "C0OTHER", "channel_gone:C0OTHER:x")
    assert await bench.say() == []


async def test_a_call_that_cannot_be_posted_in_its_own_place_is_heard_in_everybodys_once(
    bench: Bench,
) -> None:
    bench.desk = replace(bench.desk, routes=OwnChannel("C0OWN"))
    case = await bench.arrive()
    bench.said.clear()
    for _ in range(3):
        await call_elsewhere(bench.desk, case)
    (call,) = await bench.say()
    assert call.channel_id == "C0EVERYBODY"
    assert case.requests[0].facts.file_name not in text_of(call)


async def test_the_case_is_decided_from_app_home(bench: Bench) -> None:
    case = await bench.arrive()
    press = await bench.press("ana", "app_home_opened", kind=PressKind.HOME)
    await home(bench.desk, press)
    (page,) = [one for one in await bench.say() if one.kind is EffectKind.HOME]
    buttons = [
        element["action_id"]
        for block in page.view["blocks"]
        if block["type"] == "actions"
        for element in block["elements"]
        if case.case_id in element.get("value", "")
    ]
    assert buttons == [ids.APPROVE_MODAL, ids.DENY_MODAL]
