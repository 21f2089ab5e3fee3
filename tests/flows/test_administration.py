"""Rights given, ended, taken back and stopped from Slack, over real sockets, with one bot and with two."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.cards.kit import ids
from permissions import access_schema
from tests.flows.scene import Card, Hand, Scene, set_scene

HELD = (
    "Change Permission",
    "Edit Administrators",
    "Assign Roles",
    "View Approvals",
    "Approve for Group",
    "Approve for Single Computer",
)


def add_to_access_file(scene: Scene, *tables: str, top: str = "") -> None:
    """Write more into the access file, as an administrator of the machine would."""
    file = scene.stage.folder / "access.toml"
    text = file.read_text("utf-8").replace("version = 1", f"version = 1\n{top}" if top else "version = 1")
    file.write_text("\n".join([text, *tables, ""]), "utf-8")


async def administrator(scene: Scene, name: str = "mia") -> Hand:
    """Somebody who administers everything, put into the access file of the running bots."""
    slack_id = scene.stage.slack.add_person(name, real_name=f"{name.title()} Brandt")
    for place in scene.stage.channels.values():
        scene.stage.slack.workspace.channel(place).members.append(slack_id)
    held = ", ".join(f'"{each}"' for each in HELD)
    add_to_access_file(
        scene,
        f'[people.{name}]\nname = "{name.title()} Brandt"\nslack = ["{slack_id}"]\nportal = ["{name}"]',
        f'[[grants]]\npeople = ["{name}"]\norganizations = ["rowanbridge"]\nand_below = true\npermissions = [{held}]',
    )
    await scene.said(
        "audit", "The access file changed and is in force", f"{name.title()} Brandt: + person {name}"
    )
    return scene.hand(slack_id)


@pytest.fixture
async def two(tmp_path: Path) -> AsyncIterator[Scene]:
    """Two replicas on one ledger."""
    async with set_scene(tmp_path, bots=2) as playing:
        yield playing


async def refused(hand: Hand, card: Card, *words: str) -> str:
    """Press “Approve on this computer” and read why not."""
    await hand.approve(card)
    return await hand.hears("Not done", *words)


async def test_p1_a_grant_opens_a_press_until_its_very_second(scene: Scene) -> None:
    """Given, used, ended on time: the record names the grant, the channel hears of both ends."""
    mia, hal = await administrator(scene), scene.hand("hal")
    first, card = await scene.carded(computer="BRW-WS-007", product="tideplan")
    await refused(hal, card)
    assert scene.writes == []
    await mia.command(
        "/gatehouse", "grant @hal Approve for Single Computer at brightwater for 1h because Ana is ill"
    )
    await mia.hears("Hal Novak has Approve for Single Computer")
    await scene.said("audit", "Mia Brandt gave Hal Novak", "Ana is ill")
    await hal.hears("Mia Brandt gave you")
    await hal.approve(card)
    await card.shows("Approved")
    settled = await scene.event("decision_settled", request_id=first)
    (grant,) = (await scene.ledger.given()).given.grants
    assert any(grant.grant_id in each for each in settled.event.facts["rests_on"])
    second, later = await scene.carded(computer="BRW-WS-008", product="labelpress")
    await scene.ledger.tick()
    left = grant.until - scene.ledger.now()
    await scene.advance(seconds=left.total_seconds())
    await scene.seen(lambda: scene.bot.desk.now() >= grant.until)
    await hal.approve(later)
    await scene.event("decision_refused", case_id=later.case_id)
    assert scene.stage.portal.request(second).is_open
    await scene.said("audit", "Ended on time", "Approve for Single Computer", "Mia Brandt")
    await scene.quiet()
    assert len([said for said in scene.said_in("audit") if "Ended on time" in said]) == 1


async def test_p1_what_was_taken_back_is_refused_at_the_next_press(scene: Scene) -> None:
    mia, hal = await administrator(scene), scene.hand("hal")
    await mia.command("/gatehouse", "grant @hal Approve for Group at brightwater because Ana is ill")
    await mia.hears("Hal Novak has Approve for Group")
    await mia.command("/gatehouse", "revoke @hal because Ana is back")
    await mia.hears("no longer has Approve for Group")
    await scene.said("audit", "Mia Brandt took back from Hal Novak")
    request_id, card = await scene.carded()
    await refused(hal, card)
    assert scene.stage.portal.request(request_id).is_open


async def test_p1_a_suspension_stops_a_person_on_both_replicas_at_once(two: Scene) -> None:
    """Whatever the file says; whichever replica takes up the press."""
    mia, ana = await administrator(two), two.hand("ana")
    products = ("tideplan", "clearcall", "labelpress", "sketchport")
    cards = [(await two.carded(computer="BRW-WS-007", product=each))[1] for each in products]
    await mia.command("/gatehouse", "suspend @ana because her laptop was stolen")
    await mia.hears("Ana Moreau is suspended")
    for card in cards:
        await ana.approve(card)
    for card in cards:
        await two.event("press_refused", case_id=card.case_id, why="suspended")
    await ana.hears("stopped by Mia Brandt", "her laptop was stolen")
    assert two.writes == []
    for bot in two.bots:
        assert "ana" in (await bot.desk.access.current()).suspended
    await mia.command("/gatehouse", "lift @ana because it was found")
    await mia.hears("What Ana Moreau holds counts again")
    await ana.approve(cards[0])
    await cards[0].shows("Approved")
    said = await two.said("audit", "lifted the suspension of Ana Moreau")
    assert "Mia Brandt" in said


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("grant @mia View Approvals at brightwater because I say so", "Nobody gives rights to themselves"),
        ("grant @hal Approve for Entire Organization at brightwater because x y", "Nobody gives more"),
        ("grant @hal Owner at brightwater because x y", "Nobody gives more"),
    ],
)
async def test_p1_nobody_gives_to_themselves_or_more_than_they_have(
    scene: Scene, text: str, why: str
) -> None:
    mia = await administrator(scene)
    await mia.command("/gatehouse", text)
    await mia.hears(why.split(maxsplit=1)[0], "Not done")
    await scene.event("administration_refused", person_id="mia")
    assert (await scene.ledger.given()).given.grants == ()


async def test_p1_editing_a_slack_user_group_gives_and_takes_within_a_minute_and_is_announced(
    scene: Scene,
) -> None:
    await administrator(scene)
    hal = scene.hand("hal")
    group = scene.stage.slack.add_user_group("night-watch", [])
    add_to_access_file(
        scene,
        f'[user_groups.night]\nslack = "{group}"',
        '[[grants]]\nuser_groups = ["night"]\norganizations = ["brightwater"]\n'
        'permissions = ["Approve for Single Computer"]',
        top="slack_user_groups = true",
    )
    await scene.said("audit", "Slack user group night", "+ Approve for Single Computer at brightwater")
    request_id, card = await scene.carded()
    await refused(hal, card)
    scene.stage.slack.workspace.user_groups[group].members.append(hal.id)
    await scene.advance(seconds=61)
    await hal.approve(card)
    await card.shows("Approved")
    settled = await scene.event("decision_settled", request_id=request_id)
    assert any("Slack user group" in each for each in settled.event.facts["rests_on"])
    await scene.event("user_group_changed", joined=[hal.id])
    await scene.said("audit", "Slack user group night", "In: Hal Novak")


async def test_a_form_gives_what_a_typed_command_gives(scene: Scene) -> None:
    mia = await administrator(scene)
    await mia.command("/gatehouse", "grant")
    view = await scene.seen(lambda: mia.modal(ids.GRANT_VIEW))
    await mia.submit(
        view,
        person=scene.stage.cast["hal"],
        what="Approve for Group",
        organization=scene.stage.portal.organization_id("brightwater"),
        until="4h",
        reason="Ana is ill",
    )
    await mia.hears("Hal Novak has Approve for Group")
    (grant,) = (await scene.ledger.given()).given.grants
    assert timedelta(hours=3, minutes=59) < grant.until - grant.given_at <= timedelta(hours=4)
    await scene.said("audit", "Mia Brandt gave Hal Novak")


async def test_a_bad_access_file_is_alerted_once_and_the_good_one_stays(two: Scene) -> None:
    """Two replicas read the same bad file; the channel hears of it once, and nobody loses anything."""
    file = two.stage.folder / "access.toml"
    good = file.read_text("utf-8")
    file.write_text(good.replace("Approve for Group", "Aprove for Grup", 1), "utf-8")
    await two.said("audit", "The access file cannot be used", "Aprove for Grup")
    _, card = await two.carded()
    await two.hand("ana").approve(card)
    await card.shows("Approved")
    for _ in range(2):
        await two.advance(seconds=10)
        await two.polled()
    await two.quiet()
    assert len([said for said in two.said_in("audit") if "The access file cannot be used" in said]) == 1


async def test_anybody_with_the_right_may_ask_what_somebody_lacks(scene: Scene) -> None:
    mia = await administrator(scene)
    await mia.command("/gatehouse", "can @bo approve this for the group at brightwater")
    await mia.hears("No:", "Bo Lindqvist", "Approve for Group")
    await scene.hand("bo").command("/gatehouse", "can @ana approve at brightwater")
    await scene.hand("bo").hears("Not done", "View Administrators")


def test_the_schema_for_editors_knows_user_groups() -> None:
    schema: dict[str, Any] = access_schema()
    assert {"user_groups", "slack_user_groups"} <= set(schema["properties"])
