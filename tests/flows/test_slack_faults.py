"""P5, P9: Slack is slow, full, silent or rearranged by its people; what has to be said is said, once."""

from __future__ import annotations

import copy
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from bot.app import Running, started
from bot.cards.kit import ids
from bot.settings.sections import Route, RoutingSection
from tests.flows.scene import Card, Json, Scene, set_scene


def _calls(scene: Scene, method: str) -> int:
    return sum(1 for call in scene.stage.slack.api_calls if call.method == method)


async def test_p5_a_429_is_obeyed_by_all_replicas(two_bots: Scene) -> None:
    """`Retry-After` holds for everybody who shares the channel; then the card comes."""
    scene = two_bots
    await scene.said("audit", "Record sealed")
    await scene.quiet()
    before = _calls(scene, "chat.postMessage")
    scene.stage.slack.faults.arm("rate_limit", method="chat.postMessage", seconds=20)
    request_id = scene.ask()
    await scene.seen(lambda: _calls(scene, "chat.postMessage") == before + 1)
    await scene.polled()
    await scene.polled()
    assert _calls(scene, "chat.postMessage") == before + 1
    assert scene.cards() == []
    await scene.advance(seconds=20)
    await scene.card(request_id)
    assert len(scene.cards()) == 1


@pytest.mark.parametrize("method", ["chat.postMessage", "chat.update"])
async def test_p5_p9_a_fault_at_slack_is_tried_again_and_nothing_is_said_twice(
    scene: Scene, method: str
) -> None:
    """Posting the card, or redrawing it."""
    scene.stage.slack.faults.arm("server_error", method=method)
    request_id = scene.ask()
    await scene.advance(seconds=3)
    card = await scene.card(request_id)
    await scene.hand("ana").approve(card)
    await scene.seen(lambda: not scene.stage.slack.faults.armed)
    await scene.advance(seconds=3)
    await card.shows("Approved by Ana Moreau")
    assert len(scene.cards()) == 1


async def test_p9_a_lost_connection_is_made_again_and_presses_go_on(scene: Scene) -> None:
    """A reset, and Slack's own refresh."""
    _, card = await scene.carded()
    sockets = scene.stage.slack.sockets
    for cut in ("reset", "refresh"):
        known = {connection.id for connection in sockets.connections}
        if cut == "reset":
            sockets.drop()
        else:
            await sockets.disconnect("refresh_requested")
        await scene.seen(lambda k=known: {c.id for c in sockets.connections} - k)  # type: ignore[misc]  # lambda default
        action = ids.CLAIM if cut == "reset" else ids.RELEASE
        delivery = await scene.hand("ana").press(card, action)
        assert delivery.acked
        await scene.seen(lambda a=action: a not in card.actions)  # type: ignore[misc]  # lambda default


async def test_p5_a_deleted_card_is_posted_again_once(scene: Scene) -> None:
    """At the first touch, with the newest state; deleted a second time it stays away."""
    admin = scene.stage.slack.add_person("chief", admin=True)
    request_id, card = await scene.carded()
    scene.stage.slack.changes.delete_message(card.channel, card.ts, admin)
    scene.stage.portal.assign_in_portal(request_id, by="Pia Portal")
    again = await scene.card(request_id)
    assert again.ts != card.ts
    await again.shows("Assigned in the portal to Pia Portal")
    await scene.case_where(again.case_id, lambda case: case.card and case.card.reposted)
    scene.stage.slack.changes.delete_message(again.channel, again.ts, admin)
    scene.stage.portal.decide_in_portal(request_id, approve=True, by="Pia Portal")
    await scene.event("effect_dropped")
    await scene.quiet()
    assert scene.cards() == []


@asynccontextmanager
async def _routed(scene: Scene, channel: str) -> AsyncIterator[Running]:
    """A bot whose cards of Brightwater go to a channel of their own."""
    settings = scene.stage.settings
    rule = Route(organizations=(scene.stage.portal.organization_id("brightwater"),), card=channel)
    routing = RoutingSection(default=settings.routing.default, rules=(rule,))
    async with started(settings.model_copy(update={"routing": routing})) as running:
        yield running


@pytest.mark.parametrize("what", ["archive", "remove_bot", "share"])
async def test_p9_what_belongs_into_a_lost_channel_waits_is_alerted_once_and_resumes(
    tmp_path: Path, what: str
) -> None:
    """Archived, bot removed, shared with another company: no other channel shows a fact of that customer."""
    undo = {"archive": "unarchive", "remove_bot": "invite_bot", "share": "unshare"}[what]
    async with set_scene(tmp_path, bots=0) as scene:
        slack = scene.stage.slack
        own = slack.add_channel("brightwater", private=True, members=[scene.stage.cast["ana"]])
        scene.more_channels.append(own)
        async with _routed(scene, own):
            first = await scene.card(scene.ask(computer="BRW-WS-001"), own)
            getattr(slack.changes, what)(own)
            second = scene.ask(computer="BRW-WS-002", product="labelpress")
            await scene.said("audit", "cannot be posted to")
            await scene.said("escalation", "Their channel is lost")
            third = scene.ask(computer="BRW-WS-003", product="clearcall")
            await scene.event("case_opened", request_id=third)
            assert len([said for said in scene.said_in("audit") if "cannot be posted to" in said]) == 1
            elsewhere = str(slack.messages(scene.stage.channels["card"])) + str(scene.said_in("escalation"))
            assert "BRW-WS" not in elsewhere
            assert first.ts in {card.ts for card in scene.cards(own)}
            getattr(slack.changes, undo)(own)
            await scene.advance(minutes=6)
            for request_id in (second, third):
                await scene.card(request_id, own)
            await scene.said("audit", "works again")


async def test_p9_a_card_in_a_channel_that_became_shared_loses_its_facts_and_waits(tmp_path: Path) -> None:
    """At its next change: outsiders may be reading by then."""
    async with set_scene(tmp_path, bots=0) as scene:
        slack = scene.stage.slack
        own = slack.add_channel("brightwater", private=True, members=[scene.stage.cast["ana"]])
        async with _routed(scene, own):
            request_id = scene.ask(computer="BRW-WS-001")
            card = await scene.card(request_id, own)
            slack.changes.share(own)
            await scene.advance(seconds=61)
            scene.stage.portal.assign_in_portal(request_id, by="Pia Portal")
            await scene.seen(
                lambda: "may not show this card" in str(slack.message(card.channel, card.ts)) or None
            )
            old = slack.message(card.channel, card.ts)
            assert "BRW-WS-001" not in str(old)
            assert "tideplan" not in str(old)
            assert not slack.messages(scene.stage.channels["card"])
            slack.changes.unshare(own)
            await scene.advance(minutes=6)
            await card.shows("Pia Portal")


def _with_dead_address(template: Json, turn: str) -> Json:
    """The same press again, with an answer's address that is used up."""
    payload = copy.deepcopy(template)
    payload["trigger_id"] = f"{turn}.{payload['trigger_id']}"
    payload["response_url"] = payload["response_url"].rpartition("/")[0] + "/usedup"
    return payload


async def _press_with_dead_address(scene: Scene, card: Card, turn: str) -> None:
    template = next(d.payload for d in reversed(scene.stage.slack.deliveries) if d.kind == "interactive")
    await scene.stage.slack.forge("interactive", _with_dead_address(template, turn)).settled()


async def test_p4_an_answer_takes_another_way_when_its_address_is_used_up(scene: Scene) -> None:
    """As a whisper in the channel; who has left the channel gets a direct message."""
    _, card = await scene.carded()
    hal = scene.hand("hal")
    await hal.approve(card)
    await hal.hears("Not done")
    await _press_with_dead_address(scene, card, "1")
    await scene.seen(lambda: len(hal.told()) == 2)
    assert _calls(scene, "chat.postEphemeral") == 1
    assert hal.person.dms() == []
    scene.stage.slack.changes.leave(card.channel, hal.id)
    await _press_with_dead_address(scene, card, "2")
    await scene.seen(hal.person.dms)
    assert "Not done" in hal.told()[-1]


async def test_p4_a_form_that_opens_slowly_is_filled_all_the_same(scene: Scene) -> None:
    """The filling may come first when two replicas, or two calls, run side by side."""
    _, card = await scene.carded()
    scene.stage.slack.faults.arm("slow", method="views.open", seconds=1.0)
    view = await scene.hand("ana").form(card, ids.DENY_MODAL, ids.DENY_VIEW)
    await scene.hand("ana").submit(view, reason="No.")
    await scene.hand("ana").hears("Denied")


async def test_p4_who_pressed_and_saw_no_form_is_told_so(scene: Scene) -> None:
    """Slack's trigger lives three seconds."""
    _, card = await scene.carded()
    scene.stage.slack.faults.arm("error", method="views.open", name="expired_trigger_id")
    await scene.hand("ana").press(card, ids.DENY_MODAL)
    await scene.hand("ana").hears("form could not be opened", "Press again")


async def test_p9_a_revoked_bot_token_holds_everything_back_until_it_is_good_again(scene: Scene) -> None:
    """Nothing is dropped meanwhile."""
    scene.stage.slack.revoke_token()
    request_id = scene.ask()
    await scene.seen(lambda: _calls(scene, "conversations.info") + _calls(scene, "chat.postMessage"))
    await scene.event("case_opened")
    scene.stage.slack.revoke_token(revoked=False)
    await scene.advance(seconds=31)
    await scene.card(request_id)
