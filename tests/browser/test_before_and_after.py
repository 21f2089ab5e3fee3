"""What stands on a card before the button, what follows an approval, and one answer for many people."""

from __future__ import annotations

import pytest
from playwright.async_api import expect

from bot.cards.kit import ids
from rehearsal.portal.faults import FaultKind
from rehearsal.portal.records import APPROVED
from tests.browser.person import House, Visitor

pytestmark = pytest.mark.timeout(180)


async def opens_details(visitor: Visitor, name: str) -> None:
    """The details, from the card's overflow menu."""
    await visitor.card(name).get_by_role("button", name="More actions").click()
    await visitor.page.get_by_role("menuitem", name="Details").click()
    await expect(visitor.modal(ids.DETAILS_VIEW)).to_be_visible()


async def test_a_bad_check_is_read_on_the_card_and_closes_one_press(house: House, ana: Visitor) -> None:
    """An unsigned file from a download folder: said in words, with the way that stays open."""
    path = r"C:\Users\dadler\Downloads\free-tide-tables.exe"
    house.raise_request(path=path, signer="")
    card = ana.card("free-tide-tables.exe")
    await expect(card).to_contain_text("Unsigned")
    await expect(card).to_contain_text("One press is closed")
    await expect(card).to_contain_text("ever seen here")
    await expect(card.get_by_role("button", name="Approve on this computer")).to_have_count(0)
    await expect(card.get_by_role("button", name="Approve…", exact=True)).to_be_visible()
    await opens_details(ana, "free-tide-tables.exe")
    await expect(ana.modal(ids.DETAILS_VIEW)).to_contain_text("the portal's research")


async def test_after_an_approval_its_policy_is_taken_back_as_a_text_for_the_portal(
    house: House, ana: Visitor
) -> None:
    """Nobody has verified that write here, so Kim gets the exact text, where she pressed, and nothing is sent."""
    request_id = house.raise_request()
    name = house.request(request_id).file.file_name
    await ana.presses(name, "Approve on this computer")
    await expect(ana.card(name)).to_contain_text("Approved by Ana Moreau")
    policy_id = house.request(request_id).new_policy_id
    assert policy_id is not None
    kim = await house.enters("kim")
    await opens_details(kim, name)
    details = kim.modal(ids.DETAILS_VIEW)
    await expect(details).to_contain_text(policy_id)
    await details.get_by_role("button", name="Take back…", exact=True).click()
    form = kim.modal(ids.TAKE_BACK_VIEW)
    await form.locator(f'[data-block="{ids.REASON_BLOCK}"] textarea').fill("It phones home")
    await form.locator("button[type=submit]").click()
    await expect(form).to_have_count(0)
    said = kim.page.locator("article.message", has_text="nothing was sent").last
    await expect(said).to_contain_text(policy_id)
    assert policy_id in house.rehearsal.stage.portal.world.policies


async def test_many_people_ask_for_one_file_and_one_answer_tells_the_truth_about_each(
    house: House, ana: Visitor
) -> None:
    """Two are denied by the press; the third had been decided in the portal, and its decider is named.

    Approving a file that nobody has seen on three computers would take a second person.
    """
    portal = house.rehearsal.stage.portal
    computers = ("BRW-WS-001", "BRW-WS-002", "BRW-WS-003")
    request_ids = portal.raise_everywhere(
        "execute", computers, path=r"C:\Tools\sounding-all.exe", signer="CN=Sounding Ltd"
    )
    await expect(ana.card("sounding-all.exe")).to_contain_text("and 2 more")
    await expect(ana.card("sounding-all.exe")).to_contain_text("ever seen here")
    # The list says nothing of it for now: it is the press that finds out.
    portal.faults.set(FaultKind.SERVER_ERROR, action="ApprovalRequestGetByParameters")
    portal.decide_in_portal(request_ids[2], approve=True, by="tom@rowanbridge.example")
    await ana.presses("sounding-all.exe", "Deny…")
    modal = ana.modal(ids.DENY_VIEW)
    await modal.locator("textarea").fill("Use the sounder that is installed already.")
    await modal.get_by_role("button", name="Deny", exact=True).click()
    await expect(modal).to_have_count(0)
    said = ana.page.locator("article.message", has_text="2 denied").last
    await expect(said).to_contain_text("tom@rowanbridge.example")
    assert [portal.request(one).status_id == APPROVED for one in request_ids] == [False, False, True]
    assert [house.decision_writes(one) for one in request_ids] == [1, 1, 0]
