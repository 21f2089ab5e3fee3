"""Many cases wait at once: one list in their channel, drawn anew, and each ceiling still calls by itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.app.workers import SendWork
from bot.cards.kit import ids
from bot.cards.messages import duty
from bot.chat import Dropped, Sent
from bot.decision.claims import claim
from bot.escalation.digest import draw_digest
from bot.escalation.steps import take_due_steps
from bot.models import Case, DueKind, Effect, EffectKind, PlanSection, SlaPlan, Urgency
from bot.rules import sla
from tests.cards.samples import NOW, case, entry, steps_of
from tests.desk import Bench
from tests.lookup.house import OneChannel

LINK = "https://rehearsal.slack.com/archives/C0CARDS/p1700000000000100"
DIGEST = "digest:C0CARDS"
LEASE = timedelta(seconds=30)


async def waiting(bench: Bench, count: int) -> list[Case]:
    """So many cases on so many cards, all of this minute."""
    asked = [bench.ask(computer=name) for name in bench.computers()[:count]]
    await bench.poll()
    await bench.say()
    return [await bench.case_of(one) for one in asked]


async def tick(bench: Bench, minutes: float) -> list[str]:
    """Let time pass, take the due steps; the names of what is said besides cards."""
    await bench.advance(minutes=minutes)
    await take_due_steps(bench.desk, await bench.due(DueKind.STEP))
    return [one.effect_id.partition(":c")[0] for one in await bench.say() if one.kind is not EffectKind.CARD]


@pytest.mark.parametrize(("count", "said"), [(3, ["remind_channel"] * 3), (4, [DIGEST])])
async def test_more_cases_than_the_rules_say_are_reminded_of_in_one_list(
    bench: Bench, count: int, said: list[str]
) -> None:
    await waiting(bench, count)
    assert await tick(bench, 10) == said


async def test_what_was_late_before_counts_with_what_becomes_late_now(bench: Bench) -> None:
    await waiting(bench, 3)
    await bench.advance(minutes=6)
    bench.ask(computer=bench.computers()[10])
    await bench.poll()
    await bench.say()
    assert await tick(bench, 4) == ["remind_channel"] * 3
    assert DIGEST in await tick(bench, 6)


async def test_every_ceiling_calls_by_itself_however_many_wait(bench: Bench) -> None:
    await waiting(bench, 6)
    await tick(bench, 10)
    await bench.advance(minutes=5)
    await take_due_steps(bench.desk, await bench.due(DueKind.STEP))
    calls = [one for one in await bench.say() if one.urgency is Urgency.ESCALATION]
    assert len(calls) == 6


async def test_what_is_claimed_leaves_the_list(bench: Bench) -> None:
    first, *_ = await waiting(bench, 4)
    await bench.do(claim, await bench.press("ana", ids.CLAIM, first))
    assert not [one for one in bench.said if one.kind is EffectKind.DIGEST], "it was on no list"
    bench.said.clear()
    assert await tick(bench, 10) != [DIGEST], "three are no crowd"
    second = (await bench.ledger.open_cases())[1].case
    await bench.do(claim, await bench.press("ana", ids.CLAIM, second))
    (again,) = [one for one in bench.said if one.kind is EffectKind.DIGEST]
    assert (again.effect_id, again.is_call) == (f"{DIGEST}:again", False)


# Of the night


async def night(bench: Bench, **plan: object) -> None:
    """Ten in the evening, and a plan that lists what is no ceiling."""
    bench.with_rules(plans={"night": PlanSection.model_validate({"night_digest": True, **plan})})
    await bench.advance(hours=12)
    await bench.poll()
    await bench.say()


async def test_at_night_everything_but_the_ceiling_is_told_in_one_list_an_hour(bench: Bench) -> None:
    await night(bench, steps=["10m remind", "15m call on_duty", "+15m call team"], back_off_minutes=[30])
    await waiting(bench, 2)
    assert await tick(bench, 10) == [DIGEST], "no reminder each"
    assert await tick(bench, 5) == ["call", "call"], "the ceiling calls by itself, for each"
    for _ in range(4):
        assert await tick(bench, 30) == [DIGEST]
    listed = [one for one in await bench.events("step_taken") if one.event.facts.get("told_in")]
    assert {one.event.facts["acts"] for one in listed} == {
        "remind_channel",
        "escalate_next",
        "escalate_again",
    }


async def test_in_the_hours_the_same_plan_calls_for_each(bench: Bench) -> None:
    bench.with_rules(plans={"night": PlanSection(night_digest=True)})
    await waiting(bench, 2)
    assert await tick(bench, 10) == ["remind_channel"] * 2
    assert await tick(bench, 5) == ["call"] * 2
    assert await tick(bench, 30) == ["call"] * 2


async def test_what_one_plan_lists_and_another_calls_for_is_called_for(bench: Bench) -> None:
    """Two requests of one case, each under its own plan."""
    await night(bench, back_off_minutes=[30])
    one = await bench.arrive_on(*bench.computers()[:1])
    plain = one.requests[0].model_copy(
        update={
            "plan": one.requests[0].plan and one.requests[0].plan.model_copy(update={"night_digest": False})
        }
    )
    look = sla.take_steps(one, bench.desk.now() + timedelta(minutes=10), bench.desk.rules)
    assert sla.is_for_night_list(look, bench.desk.now(), bench.desk.rules)
    both = look.case.model_copy(update={"requests": (plain,)})
    assert not sla.is_for_night_list(replace(look, case=both), bench.desk.now(), bench.desk.rules)


def test_only_what_nobody_has_claimed_and_can_be_decided_here_is_on_a_list() -> None:
    held = case(entry(1, steps=steps_of(NOW, NOW)))
    assert not sla.is_reminded(held, NOW)
    late = NOW + SlaPlan().remind_channel_after
    assert sla.is_reminded(held, late)
    assert not sla.is_reminded(case(entry(1, steps=())), late)


def test_a_list_names_the_oldest_with_links_and_counts_the_rest() -> None:
    held = case(entry(1))
    lines = duty.digest([(held, LINK)] * duty.DIGEST_SHOWN, 12, NOW, "S0APPROVE").text.splitlines()
    assert lines[0] == "<!subteam^S0APPROVE> 12 cases wait, and nobody has claimed them."
    assert sum(f"<{LINK}|Open>" in line for line in lines) == duty.DIGEST_SHOWN
    assert lines[-1] == "and 2 more: /gatehouse queue lists what you may decide."
    one = duty.digest([(held, "")], 1, NOW, "").text
    assert one.startswith("1 case waits, and nobody has claimed it.")
    assert "Open" not in one


# In Slack


def sender(bench: Bench, channel: str) -> SendWork:
    """A worker that speaks to the stand-in Slack in one channel."""
    table = OneChannel(channel)
    return SendWork(bench.desk, bench.sender(table), table)


async def _refusing(_: Effect) -> Dropped:
    return Dropped("no")


async def said_all(bench: Bench, work: SendWork) -> None:
    """Everything that may be said, at Slack's pace."""
    for _ in range(30):
        while await work.batch():
            pass
        if not sum((await bench.ledger.waiting_effects()).values()):
            return
        await bench.advance(seconds=2)


def said_in(bench: Bench, channel: str, words: str) -> list[str]:
    """The messages of the channel with these words."""
    return [each["text"] for each in bench.slack.messages(channel) if words in each["text"]]


def in_slack(bench: Bench) -> tuple[str, SendWork]:
    """A channel of the stand-in Slack, to which cards and reminders go, and who speaks there."""
    channel = bench.slack.add_channel("approvals", private=True, members=[bench.cast["ana"]])
    bench.desk = replace(bench.desk, routes=OneChannel(channel))
    return channel, sender(bench, channel)


async def waited(bench: Bench, work: SendWork, computers: Sequence[str]) -> list[str]:
    """Requests of these computers whose cards stand, and whose reminders are due and queued."""
    asked = [bench.ask(computer=name) for name in computers]
    await bench.poll()
    await said_all(bench, work)
    await bench.advance(minutes=10)
    await take_due_steps(bench.desk, await bench.due(DueKind.STEP))
    return asked


async def test_the_list_is_one_message_that_is_changed_until_nothing_waits(bench: Bench) -> None:
    channel, work = in_slack(bench)
    asked = await waited(bench, work, bench.computers()[:5])
    await said_all(bench, work)
    (shown,) = said_in(bench, channel, "nobody has claimed")
    assert "5 cases wait" in shown
    assert shown.count("|Open>") == 5
    for request_id in asked[:2]:
        bench.portal.decide_in_portal(request_id, approve=True, by="Pia Portal")
    await bench.poll()
    await said_all(bench, work)
    (shown,) = said_in(bench, channel, "nobody has claimed")
    assert "3 cases wait" in shown, "it is the same message"
    for request_id in asked[2:]:
        bench.portal.decide_in_portal(request_id, approve=False, by="Pia Portal")
    await bench.poll()
    await said_all(bench, work)
    assert said_in(bench, channel, "nobody has claimed") == []
    assert len(said_in(bench, channel, "Nothing waits here any more")) == 1
    assert await bench.ledger.calls.about(f"digest:{channel}") == []


async def test_of_two_lists_of_one_channel_the_older_one_leads_to_the_newer(bench: Bench) -> None:
    """Said twice, as when a failover lost the first claim, and noted in whatever order."""
    channel, work = in_slack(bench)
    asked = await waited(bench, work, bench.computers()[:5])
    (late,) = [
        one for one in await bench.ledger.claim_effects(10, LEASE) if one.effect.kind is EffectKind.DIGEST
    ]
    first = await work.performed(late.effect, None)
    assert isinstance(first, Sent)
    await bench.advance(seconds=31)
    await said_all(bench, work)
    await work._sent(late, first, None)
    assert len(said_in(bench, channel, "5 cases wait")) == 2
    assert isinstance(await draw_digest(bench.desk, _refusing, late.effect), Dropped)
    await said_all(bench, work)
    assert len(said_in(bench, channel, "5 cases wait")) == 1
    assert len(said_in(bench, channel, "in a newer list below")) == 1
    for request_id in asked:
        bench.portal.decide_in_portal(request_id, approve=True, by="Pia Portal")
    await bench.poll()
    await said_all(bench, work)
    assert said_in(bench, channel, "nobody has claimed") == []
    assert await bench.ledger.calls.about(f"digest:{channel}") == []


async def test_a_list_that_has_scrolled_away_is_followed_by_a_new_one(bench: Bench) -> None:
    channel, work = in_slack(bench)
    for hour in range(2):
        await waited(bench, work, bench.computers()[5 * hour : 5 * hour + 5])
        await said_all(bench, work)
        await bench.advance(minutes=55)
    assert len(said_in(bench, channel, "in a newer list below")) == 1
    assert len(said_in(bench, channel, "nobody has claimed them")) == 1
    assert len(await bench.ledger.calls.about(f"digest:{channel}")) == 1
