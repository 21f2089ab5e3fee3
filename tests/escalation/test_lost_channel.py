"""A customer's own channel is lost: those on duty hear how many cases wait, no facts leave it, and Home decides."""

from __future__ import annotations

from dataclasses import replace

from bot.cards.kit import ids
from bot.cards.messages import answers
from bot.cards.messages.duty import channel_gone
from bot.chat import ChannelAlert
from bot.desk import audit_message, call
from bot.escalation.calling import (
    call_elsewhere,
    call_for_lost_channel,
    call_for_unheard,
    tell_of_channel,
    tell_of_lost_audit_channel,
)
from bot.ledger import LedgerUnavailable
from bot.lookup import home
from bot.models import Change, Effect, EffectKind, Place, PressKind, Urgency
from tests.desk import Bench, text_of
from tests.lookup.house import OneChannel


class OwnChannel(OneChannel):
    """Every organization's cards and calls go to one channel; everybody's place of escalation is another."""

    def default_for(self, place: Place) -> str:  # noqa: ARG002 - the protocol's name
        """Everybody's."""
        return "C0EVERYBODY"


class AuditApart(OwnChannel):
    """The record's announcements have a channel of their own."""

    def default_for(self, place: Place) -> str:
        """Everybody's, or the audit channel."""
        return "C0AUDIT" if place is Place.AUDIT else "C0EVERYBODY"


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


async def test_a_call_about_no_single_case_is_heard_in_everybodys_too(bench: Bench) -> None:
    """Late cases on no card yet are called for together: with cards and calls in one lost channel, in silence."""
    bench.desk = replace(bench.desk, routes=OwnChannel("C0OWN"))
    names = bench.computers()[:2]
    for name in names:
        bench.ask(computer=name)
    await bench.poll()
    together = Effect(
        effect_id="unseen:C0OWN:1",
        kind=EffectKind.MESSAGE,
        urgency=Urgency.ESCALATION,
        place=Place.ESCALATION,
        channel_id="C0OWN",
    )
    for _ in range(3):
        await call_for_unheard(bench.desk, together)
    (call,) = [one for one in await bench.say() if one.channel_id == "C0EVERYBODY"]
    assert "2 cases of" in text_of(call)
    assert not any(name in text_of(call) for name in names)


async def test_a_maintenance_call_without_a_channel_is_heard_without_its_facts(bench: Bench) -> None:
    bench.desk = replace(bench.desk, routes=OwnChannel("C0OWN"))
    mode = Effect(
        effect_id="mode-still-on:m1:1",
        kind=EffectKind.MESSAGE,
        urgency=Urgency.ESCALATION,
        place=Place.ESCALATION,
        organization_id=bench.portal.organization_id("brightwater"),
        request_kind="application",
        text="Still on: BW-WS-01",
    )
    await call_for_unheard(bench.desk, mode)
    (call,) = await bench.say()
    assert call.channel_id == "C0EVERYBODY"
    assert "A call cannot be heard" in text_of(call)
    assert "BW-WS-01" not in text_of(call)


async def test_a_lost_audit_channel_is_told_where_it_can_be_read(bench: Bench) -> None:
    """Its alert would else wait in the very channel that it tells of."""
    bench.desk = replace(bench.desk, routes=AuditApart("C0OWN"))
    said = channel_gone("C0AUDIT", "it is archived")
    await tell_of_lost_audit_channel(bench.desk, "C0AUDIT", "channel_gone:C0AUDIT:x", said)
    await tell_of_lost_audit_channel(bench.desk, "C0OWN", "channel_gone:C0OWN:x", said)
    (call,) = await bench.say()
    assert (call.channel_id, call.urgency) == ("C0EVERYBODY", Urgency.ESCALATION)
    assert "it is archived" in text_of(call)
    await bench.events()


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
    assert buttons == [ids.APPROVE_MODAL, ids.DENY_MODAL, ids.HOME_CLAIM]


async def test_a_call_about_a_case_is_heard_elsewhere_and_nowhere_twice(bench: Bench) -> None:
    case = await bench.arrive()
    lost = call(case, "call:x", answers.said("x"))
    bench.desk = replace(bench.desk, routes=OwnChannel("C0OWN"))
    await call_for_unheard(bench.desk, lost)
    [heard] = await bench.say()
    assert heard.channel_id == "C0EVERYBODY"


async def test_where_everybodys_place_is_the_lost_one_nothing_is_said_into_it(bench: Bench) -> None:
    """It waits like everything that belongs there; a call into the same channel would only wait beside it."""
    case = await bench.arrive()
    bench.desk = replace(bench.desk, routes=OneChannel("C0ONLY"))
    await call_elsewhere(bench.desk, case)
    await call_for_unheard(bench.desk, audit_message("unseen:x", answers.said("x")))
    assert await bench.say() == []


async def test_p9_a_loss_that_the_ledger_takes_not_is_no_fault_and_told_later(bench: Bench) -> None:
    """It is met while something else is said, which goes on."""
    bench.desk = replace(bench.desk, routes=AuditApart("C0OWN"))
    alert = ChannelAlert(
        "channel_gone:C0AUDIT:x", "C0AUDIT", channel_gone("C0AUDIT", "archived"), is_lost=True
    )

    class Away:
        async def commit(self, _: Change) -> None:
            raise LedgerUnavailable("no server")

    assert not await tell_of_channel(replace(bench.desk, ledger=Away()), alert)  # type: ignore[arg-type]
    assert await tell_of_channel(bench.desk, alert)
    told = await bench.say()
    assert {one.channel_id for one in told if one.place is Place.ESCALATION} == {"C0EVERYBODY"}
    assert any(one.place is Place.AUDIT for one in told)
