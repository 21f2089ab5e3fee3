"""Hostile names, a burst, faults, and a bot that dies in the middle."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest
from playwright.async_api import expect

from bot.cards.kit import ids
from rehearsal.page.portal_view import BURST
from rehearsal.portal.records import APPROVED
from tests.browser.person import House, Visitor

pytestmark = pytest.mark.timeout(240)

HOSTILE = "<!channel> *free* \u202egnp.exe & <https://evil.example|Approve> <img src=x onerror=alert(1)>.exe"
REASON = "</div><script>alert(1)</script> <!here> `code` <@U1> javascript:alert(1)"


async def test_hostile_names_are_only_text_everywhere(house: House, ana: Visitor) -> None:
    """In the card, the modal, the answer, the portal pane and the record: no mention, link, markup or reordering."""
    ana.page.on("dialog", lambda _dialog: house.complaints.found.append("a script ran"))
    request_id = house.raise_request(
        path=f"C:\\Users\\Public\\{HOSTILE}", reason=REASON, signer="CN=<b>Bold</b>"
    )
    card = ana.card("</div><script>")
    await expect(card).to_contain_text("<script>alert(1)</script>")
    await card.get_by_role("button", name="More actions").click()
    await ana.page.get_by_role("menuitem", name="Details").click()
    details = ana.modal(ids.DETAILS_VIEW)
    await expect(details).to_contain_text("<!channel> *free*")
    for danger in ("a[href*='evil']", "script", "img", ".mention", "b"):
        await expect(card.locator(danger)).to_have_count(0)
        await expect(details.locator(danger)).to_have_count(0)
    assert "\u202e" not in await card.inner_text() + await details.inner_text()
    await ana.page.keyboard.press("Escape")
    await card.get_by_role("button", name="Deny…").click()
    modal = ana.page.locator(".modal")
    await modal.locator("textarea").fill("<b>No</b> <!channel>")
    await modal.get_by_role("button", name="Deny", exact=True).click()
    await expect(ana.card("the requestor reads: “<b>No</b> <!channel>”")).to_contain_text("Denied")
    await ana.opens("portal")
    await ana.page.locator('[data-tab="decided"]').click()
    row = ana.page.locator(f'[data-request="{request_id}"]')
    await expect(row).to_contain_text("\\u{202e}gnp.exe")
    await expect(row.locator("script, img, a, b")).to_have_count(0)
    await ana.opens("record")
    await expect(ana.page.locator(".pane script, .pane img, .pane a")).to_have_count(0)


async def test_a_burst_of_200_is_one_card(house: House, ana: Visitor) -> None:
    """One file on 200 computers of several organizations, which share a channel: one card that counts them."""
    await ana.opens("portal")
    await ana.does("burst")
    await expect(ana.page.locator('[data-tab="pending"]')).to_have_text("Pending 200")
    organizations = {one.organization_id for one in house.rehearsal.stage.portal.open_requests()}
    cards = ana.page.locator(".channel article.message:not(.whisper)", has_text="tideplan").filter(
        has=ana.page.locator(".header")
    )
    await expect(cards).to_contain_text(
        [f"{len(organizations)} customers, {BURST} computers"], timeout=90_000
    )


async def test_the_bot_dies_in_mid_decision_and_heals(house: House, ana: Visitor) -> None:
    """Killed while the portal is slow over the decision: started again, the card says what the portal says."""
    await ana.opens("director")
    await ana.page.get_by_label("Fault of the portal").select_option(
        "silent after the next decision took effect"
    )
    await ana.does("portal-fault")
    await expect(ana.page.locator(".armed")).to_contain_text("timeout_after")
    request_id = house.raise_request()
    name = house.request(request_id).file.file_name
    await ana.presses(name, "Approve on this computer")
    await expect(ana.page.locator(".armed li")).to_have_count(0)
    await ana.does("kill-bot")
    await expect(ana.page.locator("#bar-state")).to_contain_text("The bot is down")
    await expect(ana.page.locator(".connection")).to_contain_text("not connected")
    await ana.types("/gatehouse queue")
    await expect(ana.page.locator(".composer .trouble").first).to_contain_text("did not answer")
    await ana.does("start-bot")
    await expect(ana.page.locator("#bar-state")).not_to_contain_text("The bot")
    await expect(ana.card(name)).to_contain_text("Approved", timeout=60_000)
    assert house.request(request_id).status_id == APPROVED
    assert house.decision_writes(request_id) == 1


async def test_faults_of_slack_are_survived(house: House, ana: Visitor) -> None:
    """429, a dropped socket and a doubled delivery: the press is answered once, one decision is made."""
    await ana.opens("director")
    for fault in ("429 on the next 3 posts", "next press delivered twice"):
        await ana.page.get_by_label("Fault of Slack").select_option(fault)
        await ana.does("slack-fault")
    await expect(ana.page.locator(".armed li")).to_have_count(2)
    await ana.does("drop-socket")
    request_id = house.raise_request()
    name = house.request(request_id).file.file_name
    await expect(ana.page.locator(".pane-body")).to_contain_text("1 socket to Slack")
    await ana.presses(name, "Approve on this computer")
    await expect(ana.card(name)).to_contain_text("Approved")
    assert house.decision_writes(request_id) == 1


async def test_the_clock_can_be_steered(house: House, ana: Visitor) -> None:
    """Pause, ×60, and on to Saturday night; the workspace's own clock follows."""
    await ana.opens("director")
    clock = ana.page.locator(".big-clock")
    await expect(clock).to_contain_text("Tuesday")
    await ana.does("pace-paused")
    await expect(clock).to_contain_text("(paused)")
    held = house.rehearsal.stage.clock.now()
    await ana.page.wait_for_function("new Promise((done) => setTimeout(() => done(true), 2500))")
    assert abs((house.rehearsal.stage.clock.now() - held).total_seconds()) < 1.0
    await ana.does("pace-fast")
    await expect(ana.page.locator("#bar-state")).to_contain_text("× 60")
    while (house.rehearsal.stage.clock.now() - held).total_seconds() < 120:
        await house.rehearsal.stage.clock.wait_for_move(1.0)
    await ana.does("pace-normal")
    await ana.does("saturday")
    await expect(clock).to_contain_text("Saturday")
    await expect(clock).to_contain_text("23:00 UTC")
    london = house.rehearsal.stage.clock.now().astimezone(ZoneInfo("Europe/London"))
    await expect(ana.page.locator(".clock")).to_have_text(f"{london:%H:%M}")
