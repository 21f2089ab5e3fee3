"""P1: authority at the press. Who may not is told why in private, recorded, and nothing is written."""

from __future__ import annotations

import asyncio
import copy

import pytest

from bot.cards.kit import ids
from tests.flows.scene import Json, Scene


def _press_of(template: Json, user_id: str, team_id: str, turn: str) -> Json:
    """A press like another one, as the client of somebody else would send it."""
    payload = copy.deepcopy(template)
    payload["user"] |= {"id": user_id, "team_id": team_id}
    payload["trigger_id"] = f"{turn}.{payload['trigger_id']}"
    return payload


@pytest.mark.parametrize(
    ("key", "why", "words"),
    [
        ("gus", "guest", "Guests may not"),
        ("pat", "foreign_workspace", "another workspace"),
        ("dee", "deactivated", "deactivated"),
        ("req", "cannot_see", "Not done"),
        ("ray", "cannot_see", "Not done"),
        ("hal", "kind", "Who could"),
    ],
)
async def test_p1_who_may_not_is_told_why_and_nothing_is_written(
    scene: Scene, key: str, why: str, words: str
) -> None:
    """Everybody of them sees the card: membership of the channel is never a right."""
    request_id, card = await scene.carded()
    await scene.hand(key).approve(card)
    await scene.hand(key).hears(words)
    await scene.quiet()
    refused = [
        e for e in await scene.events("press_refused", "decision_refused") if e.event.facts["why"] == why
    ]
    assert len(refused) == 1, [e.event.facts for e in await scene.events("press_refused", "decision_refused")]
    assert refused[0].event.slack_user_id == scene.stage.cast[key]
    assert scene.writes == []
    assert scene.stage.portal.request(request_id).is_open


@pytest.mark.parametrize(
    ("sort", "why"),
    [
        ({"stranger": True}, "foreign_workspace"),
        ({"bot": True}, "bot"),
        ({"single_channel_guest": True}, "guest"),
        ({"email_confirmed": False}, "unconfirmed"),
        ({}, "not_in_access_file"),
    ],
)
async def test_p1_no_other_sort_of_account_decides_anything(
    scene: Scene, sort: dict[str, bool], why: str
) -> None:
    """Strangers, bots, guests, the unconfirmed and the unmapped."""
    _, card = await scene.carded()
    slack = scene.stage.slack
    user_id = slack.add_person("somebody", **sort)  # type: ignore[arg-type]  # flags by name
    slack.changes.join(card.channel, user_id)
    await scene.hand(user_id).approve(card)
    refused = await scene.event("press_refused", slack_user_id=user_id)
    assert refused.event.facts["why"] == why
    await scene.hand(user_id).hears("Not done")
    assert scene.writes == []


async def test_p1_a_foreign_person_in_our_team_by_word_only_is_refused(scene: Scene) -> None:
    """The payload claims our team; Slack's own word on the account decides."""
    _, card = await scene.carded()
    await scene.hand("hal").press(card, ids.CLAIM)
    template = scene.stage.slack.deliveries[-1].payload
    template = copy.deepcopy(template)
    template["actions"][0]["action_id"] = ids.APPROVE_COMPUTER
    payload = _press_of(template, scene.stage.cast["pat"], scene.stage.slack.team_id, "1")
    await scene.stage.slack.forge("interactive", payload).settled()
    refused = await scene.event("press_refused", slack_user_id=scene.stage.cast["pat"])
    assert refused.event.facts["why"] in {"foreign_workspace", "unknown"}
    payload = _press_of(template, "U0NOBODY", scene.stage.slack.team_id, "2")
    await scene.stage.slack.forge("interactive", payload).settled()
    refused = await scene.event("press_refused", slack_user_id="U0NOBODY")
    assert refused.event.facts["why"] == "unknown"
    assert scene.writes == []


async def test_p1_p9_a_failed_look_up_refuses_and_the_next_press_is_looked_up_again(scene: Scene) -> None:
    """Who cannot be checked may not."""
    _, card = await scene.carded()
    scene.stage.slack.faults.arm("server_error", method="users.info")
    await scene.hand("ana").approve(card)
    await scene.hand("ana").hears("could not tell us who you are")
    assert scene.writes == []
    await scene.hand("ana").approve(card)
    await scene.hand("ana").hears("Approved. ")
    assert len(scene.writes) == 1


async def test_p1_somebody_who_is_deactivated_is_refused_a_minute_later_at_the_latest(scene: Scene) -> None:
    """Facts of a person are believed for 60 seconds."""
    _, card = await scene.carded()
    ana = scene.hand("ana")
    await ana.press(card, ids.CLAIM)
    await ana.hears("You are on it")
    scene.stage.slack.changes.set_person(ana.id, deactivated=True)
    await scene.advance(seconds=61)
    await ana.approve(card)
    await scene.event("press_refused", why="deactivated")
    assert scene.writes == []


async def test_p1_a_grant_that_is_taken_away_counts_at_the_next_press(scene: Scene) -> None:
    """The access file is the rule at the press, whatever was true when the card was drawn."""
    _, card = await scene.carded()
    file = scene.stage.settings.access.file
    text = file.read_text("utf-8")
    file.write_text(text.replace('permissions = ["Approve for Group", "View Unified Audit"]',
                                 'permissions = ["View Approvals"]'), "utf-8")  # fmt: skip
    await scene.event("access_accepted", generation=2)
    await scene.hand("ana").approve(card)
    said = await scene.hand("ana").hears("Not done", "Brightwater Logistics")
    assert "Who could:" in said
    assert "Kim Okafor" in said
    refused = await scene.event("decision_refused")
    assert refused.event.facts["access_generation"] == 2
    assert scene.writes == []


async def test_p1_a_bad_access_file_never_replaces_a_good_one(scene: Scene) -> None:
    """The rules in force stay in force."""
    _, card = await scene.carded()
    scene.stage.settings.access.file.write_text("version = 1\n[people.ana]\nname = 7\n", "utf-8")
    await scene.bot.ticks.access_watch.look()
    await scene.hand("ana").approve(card)
    await scene.hand("ana").hears("Approved. ")
    assert len(await scene.events("access_accepted")) == 1


async def test_p1_a_refusal_says_what_is_missing_where_and_who_could(scene: Scene) -> None:
    """An elevation administrator without any right over new software; a requestor is never named."""
    _, card = await scene.carded()
    await scene.hand("eve").approve(card)
    said = await scene.hand("eve").hears("Not done")
    assert "Brightwater Logistics" in said
    assert "Who could:" in said
    assert "Rita Vance" not in said
    assert "Dee Ivers" not in said
    refused = await scene.event("decision_refused")
    assert refused.event.person_id == "eve"
    assert refused.event.facts["access_digest"]
    assert refused.event.facts["facts_digest"]


async def test_p1_new_software_is_not_let_in_by_an_elevation(scene: Scene) -> None:
    """No side door: the file is not approved yet, so Elevation Administrator alone does not do."""
    _, card = await scene.carded("elevate", computer="BRW-WS-007", product="draftwright")
    await scene.hand("eve").approve(card)
    await scene.hand("eve").hears("not known to be approved yet")
    assert scene.writes == []


async def test_p1_the_elevation_of_software_that_may_run_needs_no_right_over_new_software(
    scene: Scene,
) -> None:
    """What the portal says at the press decides which rights it takes."""
    _, card = await scene.carded("elevate", computer="BRW-WS-007", product="labelpress", version="3.0")
    await scene.hand("eve").approve(card)
    await scene.hand("eve").hears("Approved", "admin rights")
    assert len(scene.writes) == 1


async def test_p1_nobody_decides_their_own_request(scene: Scene) -> None:
    """Nor claims it; calling for help is fine. Persons are compared, not ids."""
    _, card = await scene.carded(computer="BRW-WS-002", user="amoreau")
    ana = scene.hand("ana")
    await ana.approve(card)
    await ana.hears("your own", "approving")
    await ana.press(card, ids.CLAIM)
    await ana.hears("your own", "claiming")
    await ana.more(card, ids.ESCALATE)
    await ana.hears("Escalated")
    assert scene.writes == []


async def test_p1_one_organizations_right_counts_in_no_other(scene: Scene) -> None:
    """Bo approves at Brightwater and nowhere else, not below it either; the organization is not named to him."""
    for organization in ("marlow", "brightwater-cold"):
        _, card = await scene.carded(organization=organization)
        await scene.hand("bo").approve(card)
    await scene.seen(lambda: len(scene.hand("bo").told()) == 2)
    assert all("Not done" in said for said in scene.hand("bo").told())
    assert not any("Marlow" in said or "Cold" in said for said in scene.hand("bo").told())
    assert scene.writes == []


async def test_p1_a_view_only_person_is_refused_in_the_modal(scene: Scene) -> None:
    """The reason instead of a form, and an event."""
    _, card = await scene.carded()
    view = await scene.hand("hal").form(card, ids.DENY_MODAL, ids.SAID_VIEW)
    assert not view.get("submit")
    await scene.event("press_refused", press="deny")


async def test_p2_a_replayed_delivery_acts_once_on_two_replicas(two_bots: Scene) -> None:
    """Slack sends it twice, to one socket and to the other; a forger sends it a third time."""
    scene = two_bots
    _, card = await scene.carded()
    scene.stage.slack.faults.arm("duplicate", method="interactive")
    delivery = await scene.hand("ana").approve(card)
    await card.shows("Approved by Ana Moreau")
    await scene.stage.slack.forge("interactive", delivery.payload).settled()
    await scene.quiet()
    assert len(scene.writes) == 1
    assert len(await scene.events("press_answered")) == 1
    assert sum("Approved" in said for said in scene.hand("ana").told()) == 1


async def test_p2_two_replicas_and_one_request_make_one_card(two_bots: Scene) -> None:
    """Whoever polls first."""
    ids_ = [two_bots.ask(computer=f"BRW-WS-{n:03}", product="tideplan", version="4.1") for n in (1, 2)]
    other = two_bots.ask(computer="BRW-WS-003", product="labelpress")
    await asyncio.gather(*(two_bots.card(one) for one in (*ids_, other)))
    await two_bots.quiet()
    assert len(two_bots.cards()) == 2
    assert len(await two_bots.events("case_opened")) == 2
