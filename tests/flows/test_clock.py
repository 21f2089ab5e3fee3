"""P6: the clock holds. Reminders, the ceiling, its repeats, claims, hours, pings."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from bot.app import started
from bot.cards.kit import ids
from tests.flows.scene import NIGHT, Card, Scene, set_scene, text_of


def _group(scene: Scene, name: str) -> str:
    return f"@{scene.stage.user_groups[name]}"


async def _skipped(scene: Scene, count: int) -> bool:
    return len(await scene.events("steps_skipped")) == count


async def _replies(scene: Scene, card: Card, count: int) -> list[str]:
    """Wait until the card's thread has that many replies; their texts."""
    found = await scene.seen(lambda: card.thread() if len(card.thread()) >= count else None)
    return [text_of(message) for message in found]


async def test_p6_reminders_at_5_and_10_minutes_then_the_escalation_at_15(scene: Scene) -> None:
    """At 5 the card says it and nobody is mentioned, then a reminder that the channel sees, then the ping."""
    _, card = await scene.carded()
    await scene.advance(minutes=5)
    await card.shows("unclaimed")
    assert card.thread() == []
    await scene.advance(minutes=5)
    [reminder] = await _replies(scene, card, 1)
    assert "next comes the escalation team" in reminder
    assert _group(scene, "approvers") in reminder
    assert card.thread()[0]["subtype"] == "thread_broadcast"
    assert scene.said_in("escalation") == []
    await scene.advance(minutes=5)
    ping = await scene.said("escalation", "Escalated", "undecided after 15 minutes")
    assert _group(scene, "escalation") in ping
    assert f"/archives/{card.channel}/p{card.ts.replace('.', '')}" in ping
    await card.shows("Escalated", "Was due")
    assert len(await scene.events("step_taken")) == 3


async def test_many_that_wait_are_one_list_that_is_drawn_anew_and_each_ceiling_still_calls(
    scene: Scene,
) -> None:
    """Five people wait: one message with five links; what is decided leaves it."""
    cards = [(await scene.carded(computer=f"BRW-WS-{number:03}"))[1] for number in range(1, 6)]
    assert len({card.case_id for card in cards}) == 5
    await scene.advance(minutes=10)
    listed = await scene.said("card", "5 cases wait", "nobody has claimed them")
    assert _group(scene, "approvers") in listed
    assert all(card.ts.replace(".", "") in "".join(listed.split()) for card in cards)
    assert [card.thread() for card in cards] == [[]] * 5
    await scene.hand("kim").deny(cards[0], "Not needed here.")
    await scene.said("card", "4 cases wait")
    await scene.hand("ana").press(cards[1], ids.CLAIM)
    await scene.said("card", "3 cases wait")
    assert len([said for said in scene.said_in("card") if "cases wait" in said]) == 1
    await scene.advance(minutes=5)
    await scene.seen(lambda: len(scene.said_in("escalation")) == 4)


async def test_p6_the_clock_counts_from_the_requests_own_time(scene: Scene) -> None:
    """A request that is 12 minutes old is escalated 3 minutes after it was seen; late reminders are skipped."""
    asked_at = scene.stage.clock.now() - timedelta(minutes=12)
    _, card = await scene.carded(requested_at=asked_at)
    await scene.advance(minutes=3)
    await scene.said("escalation", "Escalated")
    assert card.thread() == []


async def test_p6_after_downtime_only_the_latest_step_acts_and_the_skipped_ones_are_recorded(
    scene: Scene,
) -> None:
    """One message, and the record names what was passed over."""
    request_id, card = await scene.carded()
    await scene.advance(minutes=16)
    await scene.said("escalation", "Escalated")
    event = await scene.event("step_taken", acts="escalate")
    assert [line.split(" of ")[0] for line in event.event.facts["skipped"]] == ["remind", "remind_channel"]
    assert event.event.facts["requests"] == [request_id]
    assert card.thread() == []


async def test_p6_the_escalation_repeats_ever_later_until_the_escalation_team_claims(scene: Scene) -> None:
    """A claim of somebody who was escalated to is what stops it; pressed on the call itself, which then says so."""
    _, card = await scene.carded()
    for calls, minutes in enumerate((15, 15, 30), start=1):
        await scene.advance(minutes=minutes)
        await scene.seen(lambda n=calls: len(scene.said_in("escalation")) == n)  # type: ignore[misc]  # mypy cannot infer a lambda with a default
    assert "45 minutes late" in scene.said_in("escalation")[2]
    channel = scene.stage.channels["escalation"]
    last = scene.stage.slack.messages(channel)[-1]
    kim = scene.hand("kim")
    await (await kim.person.click(channel, last["ts"], ids.CALL_CLAIM)).settled()
    await card.shows("Claimed by Kim Okafor")
    await scene.advance(seconds=10)
    await scene.seen(lambda: all("Claimed by Kim Okafor" in said for said in scene.said_in("escalation")))
    assert ids.CALL_CLAIM not in str(scene.stage.slack.messages(channel))
    await scene.advance(minutes=14, seconds=30)
    await scene.quiet()
    assert len(scene.said_in("escalation")) == 3


async def test_p6_a_claim_by_somebody_who_was_not_escalated_to_does_not_stop_the_repeats(
    scene: Scene,
) -> None:
    """An approver who claims after the ceiling has still not decided."""
    _, card = await scene.carded()
    await scene.advance(minutes=15)
    await scene.said("escalation", "Escalated")
    await scene.advance(minutes=10)
    await scene.hand("ana").press(card, ids.CLAIM)
    await card.shows("Claimed by Ana Moreau")
    await scene.advance(minutes=5)
    await scene.said("escalation", "Still undecided", "Claimed by Ana Moreau")


async def test_p6_a_claim_pauses_reminders_and_never_the_ceiling(scene: Scene) -> None:
    """The claimer is named in the ping."""
    _, card = await scene.carded()
    await scene.hand("ana").press(card, ids.CLAIM)
    await card.shows("Claimed by Ana Moreau")
    await scene.advance(minutes=5)
    told = await scene.hand("ana").hears("You have claimed a request that still waits")
    assert "@" not in told
    await scene.advance(minutes=5)
    await scene.until(lambda: _skipped(scene, 2))
    assert card.thread() == []
    await scene.advance(minutes=4, seconds=30)
    await scene.hand("ana").press(card, ids.RELEASE)
    await scene.hand("ana").hears("Released")
    await scene.hand("ana").press(card, ids.CLAIM)
    await scene.advance(seconds=30)
    await scene.said("escalation", "Escalated", "Claimed by Ana Moreau")


async def test_p6_a_claim_lapses_and_its_claimer_is_told(scene: Scene) -> None:
    """Then reminders run again."""
    _, card = await scene.carded()
    await scene.hand("ana").press(card, ids.CLAIM)
    await card.shows("Claimed by Ana Moreau")
    await scene.advance(minutes=15)
    await scene.hand("ana").hears("Your claim has lapsed")
    await scene.event("claim_lapsed", person_id="ana")
    assert (await scene.case(card.case_id)).claim is None


async def test_p4_taking_over_tells_the_former_claimer_and_takes_ownership_once_each(scene: Scene) -> None:
    """Claims are advisory; the portal's own assignee is set best effort."""
    request_id, card = await scene.carded()
    await scene.hand("ana").press(card, ids.CLAIM)
    await scene.hand("ana").hears("You are on it")
    await scene.seen(lambda: scene.stage.portal.request(request_id).assignee)
    await scene.seen(lambda: ids.RELEASE in card.actions)
    elements = next(block["elements"] for block in card.message["blocks"] if block["type"] == "actions")
    value = next(e["value"] for e in elements if e["action_id"] == ids.RELEASE)
    payload = _claim_by(scene, card, "kim", value)
    await scene.stage.slack.forge("interactive", payload).settled()
    await scene.hand("ana").hears("Kim Okafor took over")
    await card.shows("Claimed by Kim Okafor")


def _claim_by(scene: Scene, card: Card, key: str, value: str) -> dict[str, object]:
    """A press on the Claim button of a card that was drawn a moment ago, before somebody else claimed."""
    slack = scene.stage.slack
    sent = next(
        d.payload
        for d in reversed(slack.deliveries)
        if d.payload.get("actions", [{}])[0].get("value") == value
    )
    user = sent["user"] | {"id": scene.stage.cast[key], "name": key, "username": key}
    return sent | {"user": user, "trigger_id": f"{sent['trigger_id']}0"}


async def test_p4_a_decision_over_a_claim_tells_the_claimer(scene: Scene) -> None:
    """Any permitted press still decides."""
    _, card = await scene.carded()
    await scene.hand("ana").press(card, ids.CLAIM)
    await card.shows("Claimed by Ana Moreau")
    await scene.hand("kim").approve(card)
    await scene.hand("ana").hears("Kim Okafor decided the case that you had claimed")


async def test_p6_a_decision_ends_the_clock(scene: Scene) -> None:
    """Nothing is pinged for a decided request; its thread holds what follows an approval, and no reminder."""
    _, card = await scene.carded()
    await scene.hand("ana").approve(card)
    await card.shows("Approved by Ana Moreau")
    await scene.advance(minutes=45)
    await scene.polled()
    await scene.quiet()
    assert scene.said_in("escalation") == []
    [after] = card.thread()
    assert text_of(after).startswith("Approved")


async def test_p6_out_of_hours_the_approvers_stand_in(tmp_path: Path) -> None:
    """The escalation at night mentions the approvers, not the team that sleeps."""
    async with set_scene(tmp_path, start=NIGHT) as scene:
        await scene.carded()
        await scene.advance(minutes=15)
        ping = await scene.said("escalation", "Escalated")
        assert _group(scene, "approvers") in ping
        assert _group(scene, "escalation") not in ping


async def test_p6_elevation_requests_ping_the_team_on_arrival_in_its_hours(scene: Scene) -> None:
    """End users' elevation requests are theirs. It is one call, to which is added what is found unusual."""
    await scene.carded("elevate", product="draftwright", organization="juniper-hill")
    await scene.advance(seconds=10)
    ping = await scene.said("escalation", "Unusual: elevation is asked for software")
    assert _group(scene, "escalation") in ping
    linked = await scene.said("escalation", "Unusual: elevation is asked for software", "/archives/")
    await scene.quiet()
    assert scene.said_in("escalation") == [linked], "drawn anew once its card is there, and said once"


async def test_p6_elevation_requests_at_night_ping_nobody_on_arrival(tmp_path: Path) -> None:
    """The approvers see the card as any other."""
    async with set_scene(tmp_path, start=NIGHT) as scene:
        await scene.carded("elevate", product="draftwright")
        await scene.quiet()
        assert not any("asks for elevation" in said for said in scene.said_in("escalation"))


async def test_p6_the_unusual_is_pinged_at_once_and_once_with_its_reason(scene: Scene) -> None:
    """A remote-control tool and a script host call; an unsigned file from a download folder is said on its card."""
    for product, reason, calls in (
        ("anydesk", "remote-control", True),
        ("quickfix", "nsigned", False),
        ("powershell", "runs whatever script", True),
    ):
        _, card = await scene.carded(product=product)
        await card.shows("unusual", reason)
        if calls:
            await scene.said("escalation", "Unusual", reason)
    await scene.quiet()
    assert len(scene.said_in("escalation")) == 2


async def test_p6_a_widespread_file_is_one_ping_and_one_card(scene: Scene) -> None:
    """Forty people who ask for the same file are one case."""
    computers = [f"BRW-WS-{number:03}" for number in range(1, 13)]
    wanted = scene.stage.portal.raise_everywhere("execute", computers, product="tideplan", version="4.1")
    card = await scene.card(wanted[-1])
    await scene.said("escalation", "Widespread")
    await card.shows("BRW-WS-001 and 11 more")
    await scene.quiet()
    assert len(scene.cards()) == 1
    assert len(scene.said_in("escalation")) == 1


async def test_p6_a_backlog_is_one_summary_and_pings_nobody_a_second_time(tmp_path: Path) -> None:
    """After a downtime the channel is not flooded: one message, the cards follow; repeats come at their time."""
    async with set_scene(tmp_path, bots=0, overrides={"backlog": {"summary_above": 5}}) as scene:
        asked_at = scene.stage.clock.now() - timedelta(minutes=40)
        portal = scene.stage.portal
        spread = [f"BRW-WS-{number:03}" for number in range(1, 8)]
        requests = portal.raise_everywhere(
            "execute", spread, product="tideplan", version="4.1", requested_at=asked_at
        )
        requests.append(scene.ask(computer="MRL-WS-001", product="labelpress", requested_at=asked_at))
        async with started(scene.stage.settings):
            summary = await scene.said("escalation", "8 approval requests are waiting")
            assert "Brightwater Logistics" in summary
            assert "Marlow Precision" in summary
            await scene.card(requests[0])
            await scene.card(requests[-1])
            await scene.polled()
            await scene.quiet()
            assert scene.said_in("escalation") == [summary]
            assert await scene.events("step_taken") == []
            await scene.advance(minutes=5)
            await scene.said("escalation", "Still undecided", "tideplan")
