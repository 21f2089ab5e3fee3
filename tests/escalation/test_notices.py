"""Hand-overs are told privately and once, with what waits; holes are announced before they come, and once."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from bot.app.rostering import Rostering
from bot.desk import Desk
from bot.escalation.notices import give_notices
from bot.ledger import Ledger
from bot.models import Effect, EffectKind, Place
from bot.models.rotas import AwaySection, RotaSection
from rehearsal.stage import organizations
from rehearsal.stage.cast import access_document
from tests.desk import BENCH_SECRET, Bench, accept, text_of
from tests.escalation.test_steps import tick
from tests.escalation.test_tiers import engaged

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def on_a_rota(bench: Bench, tier: dict[str, Any] | None = None, **said: Any) -> None:
    """The tier `first`: turns of two days, the first of its people until 10:20. It is 10:00."""
    begins = (bench.desk.now() - 2 * DAY).date()
    usual = {"zone": "UTC", "people": ["ana", "bo"], "starts": begins, "hand_over": "mon-sun 10:20"}
    usual |= {"hand_overs_a_turn": 2}
    engaged(bench, first={"rota": "days", **(tier or {})}, leads=["lee"])
    bench.with_rules(rotas={"days": RotaSection.model_validate(usual | said)})


async def said(bench: Bench, desk: Desk | None = None) -> list[Effect]:
    """What a look says."""
    # The role lasts as long as a look: time for the next one.
    await bench.advance(seconds=30)
    await give_notices(desk or bench.desk)
    return await bench.say()


def to(bench: Bench, effects: list[Effect]) -> dict[str, str]:
    """What is told to whom of the cast, in private."""
    names = {slack_id: key for key, slack_id in bench.cast.user_ids.items()}
    private = [one for one in effects if one.kind is EffectKind.ANSWER and not one.channel_id]
    return {names[one.slack_user_id]: text_of(one) for one in private}


async def test_who_comes_and_who_goes_is_told_what_waits_once(bench: Bench) -> None:
    on_a_rota(bench)
    await bench.arrive()
    await bench.advance(minutes=16)
    (call,) = await tick(bench)
    assert "ana" in {key for key, each in bench.cast.user_ids.items() if each in str(call.blocks)}
    assert await said(bench) == [], "the turn has not begun"
    await bench.advance(minutes=5)
    told = to(bench, await said(bench))
    assert set(told) == {"ana", "bo"}
    assert "Your turn: the rota days is yours from" in told["bo"]
    assert "before you it was Ana" in told["bo"]
    assert "Your turn of the rota days is over since" in told["ana"]
    for text in told.values():
        assert "1 case waits that the tier was called about:" in text
        assert "late since" in text
    event = await bench.last("duty_handed_over")
    assert (event.facts["comes"], event.facts["goes"], event.facts["told"]) == ("bo", "ana", 2)
    assert await said(bench) == []
    await bench.advance(hours=5)
    assert await said(bench) == []


async def test_without_anything_that_waits_nobody_is_told_unless_the_rota_says_always(bench: Bench) -> None:
    on_a_rota(bench)
    await bench.advance(minutes=21)
    assert await said(bench) == []
    assert (await bench.last("duty_handed_over")).facts["told"] == 0
    bench.with_rules(rotas={"days": bench.desk.rules.rotas["days"].model_copy(update={"notices": "always"})})
    await bench.advance(days=2)
    told = to(bench, await said(bench))
    assert set(told) == {"ana", "bo"}
    assert "Nothing waits that the tier was called about." in told["ana"]
    bench.with_rules(rotas={"days": bench.desk.rules.rotas["days"].model_copy(update={"notices": "never"})})
    await bench.advance(days=2)
    assert await said(bench) == []


async def test_one_that_was_missed_is_told_late_and_says_so(bench: Bench) -> None:
    on_a_rota(bench, notices="always")
    await bench.advance(hours=5)
    told = to(bench, await said(bench))
    assert "This is told late: that was 4 h 40 min ago." in told["bo"]


async def test_who_is_quiet_or_has_no_account_or_may_not_decide_it_hears_nothing_of_it(bench: Bench) -> None:
    """`hal` may decide nothing, so of a case they are told nothing; `una` is nobody's key."""
    on_a_rota(bench, people=["ana", "hal"])
    await bench.arrive()
    await bench.advance(minutes=16)
    await tick(bench)
    await bench.advance(minutes=5)
    assert set(to(bench, await said(bench))) == {"ana"}
    on_a_rota(bench, people=["una", "ana"], notices="always")
    await bench.advance(days=2)
    assert set(to(bench, await said(bench))) == {"ana"}
    document = access_document(bench.cast, organizations(bench.portal))
    await accept(bench, document.replace("[people.ana]", "[people.ana]\nquiet = true"))
    on_a_rota(bench, notices="always")
    await bench.advance(minutes=20)
    assert set(to(bench, await said(bench))) == {"bo"}


async def test_replicas_and_restarts_tell_it_once(bench: Bench) -> None:
    on_a_rota(bench, notices="always", overrides={}, hours={})
    await bench.advance(minutes=21)
    others = [
        await Ledger.connect(bench.valkey.url, replica_id=f"r{each}", secret=BENCH_SECRET)
        for each in range(3)
    ]
    desks = [replace(bench.desk, ledger=each) for each in others]
    await asyncio.gather(*(give_notices(each) for each in desks))
    await bench.advance(seconds=30)
    await asyncio.gather(*(give_notices(each) for each in desks))
    for each in others:
        await each.close()
    assert len(to(bench, await bench.say())) == 2
    assert len(await bench.events("duty_handed_over")) == 1
    assert await said(bench) == [], "nor after a restart"


def absent(bench: Bench, *people: str, after: timedelta, length: timedelta) -> datetime:
    """These people are out of office."""
    begins = bench.desk.now().replace(minute=0, second=0, microsecond=0) + after
    stretch = f"{begins:%Y-%m-%d %H:%M} - {begins + length:%Y-%m-%d %H:%M}"
    gone = {each: AwaySection.model_validate({"times": stretch}) for each in people}
    bench.with_rules(away=gone)
    return begins


async def test_a_hole_is_announced_ahead_once_and_again_when_it_changes(bench: Bench) -> None:
    on_a_rota(bench, {"channel": "C0TIER"})
    absent(bench, "ana", "bo", after=2 * DAY, length=2 * HOUR)
    (hole,) = await said(bench)
    assert hole.channel_id == "C0TIER"
    assert "Nobody is on call for first from" in text_of(hole)
    assert "The next tier is called then." in text_of(hole)
    assert bench.desk.rules.escalation.team_user_group not in text_of(hole), "nobody is called for it"
    assert await said(bench) == []
    absent(bench, "ana", "bo", after=2 * DAY, length=3 * HOUR)
    assert len(await said(bench)) == 1
    assert len(await bench.events("hole_announced")) == 2
    await bench.advance(days=3)
    assert await said(bench) == [], "it is over"


async def test_of_a_tier_without_a_channel_the_audit_channel_hears_of_a_hole_and_a_late_one_says_since(
    bench: Bench,
) -> None:
    on_a_rota(bench)
    absent(bench, "ana", "bo", after=HOUR, length=30 * HOUR)
    await bench.advance(hours=5)
    (hole,) = await said(bench)
    assert hole.place is Place.AUDIT
    assert "Nobody is on call for first since" in text_of(hole)


async def test_the_process_tells_them_and_waits_for_a_ledger_that_is_away(bench: Bench) -> None:
    on_a_rota(bench)
    absent(bench, "ana", "bo", after=DAY, length=HOUR)
    ticks = Rostering(desk=bench.desk, addresses={}, every=HOUR, stale_after=HOUR)
    await ticks.tell()
    assert len(await bench.say()) == 1
    await bench.valkey.stop()
    await ticks.tell()
    await bench.valkey.restart()
    await ticks.tell()
    bench.with_rules(rotas={}, tiers={})
    await give_notices(bench.desk)
    assert await bench.say() == []


async def test_it_is_known_for_a_week_that_something_was_done(bench: Bench) -> None:
    assert await bench.ledger.once("a", [], [])
    assert not await bench.ledger.once("a", [], [])
    assert await bench.ledger.was_done(["a", "b"]) == [True, False]
    await bench.advance(days=6, hours=23)
    assert not await bench.ledger.once("a", [], [])
    await bench.advance(days=15)
    assert await bench.ledger.was_done(["a"]) == [False]
    assert await bench.ledger.was_done([]) == []
