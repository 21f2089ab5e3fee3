"""Custom roles made, given, changed and deleted from Slack, over real sockets, with one bot and with two."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.cards.kit import ids
from tests.flows.scene import Card, Hand, Json, Scene, set_scene
from tests.flows.test_administration import add_to_access_file, administrator

HELD = ("Role Administrator", "Approve for Single Computer", "View Approvals", "View Unified Audit")
MAKE = (
    "role create Night desk at brightwater with Approve for Single Computer, View Approvals because the night"
)


@pytest.fixture
async def two(tmp_path: Path) -> AsyncIterator[Scene]:
    """Two replicas on one ledger."""
    async with set_scene(tmp_path, bots=2) as playing:
        yield playing


async def role_administrator(scene: Scene, name: str = "rae") -> Hand:
    """Somebody who makes roles at Brightwater and gives none."""
    slack_id = scene.stage.slack.add_person(name, real_name=f"{name.title()} Lind")
    for place in scene.stage.channels.values():
        scene.stage.slack.workspace.channel(place).members.append(slack_id)
    held = ", ".join(f'"{each}"' for each in HELD)
    add_to_access_file(
        scene,
        f'[people.{name}]\nname = "{name.title()} Lind"\nslack = ["{slack_id}"]\nportal = ["{name}"]',
        f'[[grants]]\npeople = ["{name}"]\norganizations = ["brightwater"]\npermissions = [{held}]',
    )
    await scene.said("audit", f"{name.title()} Lind: + person {name}")
    return scene.hand(slack_id)


async def changing(hand: Hand) -> Json:
    """The form of a change, when it is filled."""
    return await hand.scene.seen(lambda: hand.modal(ids.ROLE_CHANGE_VIEW))


async def presses_in_vain(hand: Hand, card: Card) -> None:
    """“Approve on this computer”, refused."""
    await hand.approve(card)
    await hand.scene.event("decision_refused", case_id=card.case_id)


async def test_p1_a_role_made_in_slack_opens_a_press_when_it_is_given_and_closes_it_when_it_shrinks(
    scene: Scene,
) -> None:
    """Made by one, given by another, used by a third; the record of the decision names all of it."""
    mia, rae, hal = await administrator(scene), await role_administrator(scene), scene.hand("hal")
    first, card = await scene.carded(computer="BRW-WS-007", product="tideplan")
    await rae.command("/gatehouse", MAKE)
    await rae.hears("Role Night desk", "Nobody has it yet")
    await scene.said("audit", "Rae Lind made a role in Slack", "View Approvals.", "Because: the night")
    await presses_in_vain(hal, card)
    await mia.command("/gatehouse", "grant @hal Night desk at brightwater because Ana is ill")
    await hal.hears("Mia Brandt gave you role Night desk")
    await hal.approve(card)
    await card.shows("Approved")
    settled = await scene.event("decision_settled", request_id=first)
    assert any("role made in Slack by Rae Lind" in each for each in settled.event.facts["rests_on"])
    await hal.command("/gatehouse", "whoami")
    await hal.hears("role Night desk at", "Rae Lind)")
    second, later = await scene.carded(computer="BRW-WS-008", product="labelpress")
    await rae.command(
        "/gatehouse", "role change Night desk at brightwater remove Approve for Single Computer because over"
    )
    await hal.hears("Rae Lind changed a role that you hold", "−", "Because: over")
    await presses_in_vain(hal, later)
    assert scene.stage.portal.request(second).is_open


async def test_a_role_that_is_held_stays_until_it_is_taken_back(scene: Scene) -> None:
    mia, rae = await administrator(scene), await role_administrator(scene)
    await rae.command("/gatehouse", MAKE)
    await rae.hears("Nobody has it yet")
    await mia.command("/gatehouse", "grant @hal Night desk at brightwater because Ana is ill")
    await mia.hears("Hal Novak has role Night desk")
    delete = "role delete Night desk at brightwater because nobody needs it"
    await rae.command("/gatehouse", delete)
    await rae.hears("Not done", "still has the role")
    await mia.command("/gatehouse", "revoke @hal role Night desk because Ana is back")
    await mia.hears("no longer has role Night desk")
    await rae.command("/gatehouse", delete)
    await scene.said("audit", "Rae Lind deleted a role in Slack", "Because: nobody needs it")
    assert (await scene.ledger.given()).given.roles == ()


async def test_forms_make_and_change_and_only_the_first_of_two_on_one_revision_counts(two: Scene) -> None:
    """Two people hold the same form open on two replicas; who comes second is told by whom it was changed."""
    rae, ned = await role_administrator(two), await role_administrator(two, "ned")
    await rae.command("/gatehouse", "role")
    view = await two.seen(lambda: rae.modal(ids.ROLE_MAKE_VIEW))
    await rae.submit(
        view,
        role_name="Night desk",
        organization=two.stage.portal.organization_id("brightwater"),
        permissions=["View Approvals"],
        reason="the night",
    )
    await rae.hears("+ View Approvals", "Nobody has it yet")
    lists = [(rae, ["View Approvals", "View Unified Audit"]), (ned, ["Approve for Single Computer"])]
    for hand, _ in lists:
        await hand.command("/gatehouse", "role change Night desk at brightwater")
    views = [await changing(hand) for hand, _ in lists]
    await asyncio.gather(
        *(
            hand.submit(view, permissions=wanted, reason="more of it")
            for (hand, wanted), view in zip(lists, views, strict=True)
        )
    )
    await two.event("administration_not_judged", outcome="changed_meanwhile")
    await two.quiet()
    (role,) = (await two.ledger.given()).given.roles
    assert role.revision == 2
    first, second = (rae, ned) if role.changed_by.person_id == "rae" else (ned, rae)
    await first.hears("Done. Role Night desk")
    await second.hears("changed meanwhile by", role.changed_by.name)
    for bot in two.bots:
        (there,) = [each for each in (await bot.desk.access.current()).roles if each.name == "Night desk"]
        assert there.permissions == frozenset(role.permissions)


async def test_p1_the_access_file_takes_the_name_and_what_was_given_in_slack_counts_for_nothing(
    two: Scene,
) -> None:
    """From the first press under the new file, on both replicas; announced once."""
    mia, rae, hal = await administrator(two), await role_administrator(two), two.hand("hal")
    _, card = await two.carded(computer="BRW-WS-007", product="tideplan")
    await rae.command("/gatehouse", MAKE)
    await rae.hears("Nobody has it yet")
    await mia.command("/gatehouse", "grant @hal Night desk at brightwater because Ana is ill")
    await mia.hears("Hal Novak has role Night desk")
    add_to_access_file(
        two,
        '[roles."Night desk"]\norganizations = ["brightwater"]\npermissions = ["Approve for Entire Organization"]',
    )
    await two.said("audit", "The access file now has a role Night desk", "give")
    await presses_in_vain(hal, card)
    assert two.writes == []
    await two.quiet()
    assert len([said for said in two.said_in("audit") if "The access file now has a role" in said]) == 1


async def test_who_may_ask_reads_what_there_is_and_who_has_it(scene: Scene) -> None:
    mia, rae = await administrator(scene), await role_administrator(scene)
    await rae.command("/gatehouse", MAKE)
    await rae.hears("Nobody has it yet")
    await mia.command("/gatehouse", "roles brightwater")
    await mia.hears("Roles at Brightwater", "Night desk (made in Slack by Rae Lind)", "Held by: nobody")
    await scene.hand("bo").command("/gatehouse", "roles brightwater")
    await scene.hand("bo").hears("Not done", "View Administrators")
