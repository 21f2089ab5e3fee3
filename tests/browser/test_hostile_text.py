"""P10 on the pixels: hostile text in every field stays within its box and acts nowhere on the rehearsal's page."""

from __future__ import annotations

import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, Locator, Page, expect
from playwright.async_api import TimeoutError as PlaywrightTimeout
from slack_bolt.async_app import AsyncAck

from bot.cards import Rendered, render_cases
from bot.cards.kit import ids
from rehearsal.page import Rehearsal, rehearsing
from rehearsal.portal.world import World
from rehearsal.slack import SlackSandbox
from tests.browser.chromium import Complaints, window
from tests.browser.hung import DESKTOP, PHONE, posted
from tests.browser.inert import Allowed, faults_in, paints_beyond, set_adrift
from tests.browser.person import House, Visitor
from tests.cards.everything import rendered_messages, rendered_views
from tests.cards.gallery import NOW, SORTS, worst
from tests.cards.samples import RULES
from tests.cards.test_hostile_text import HOSTILE, MARK
from tests.rehearsal.slack.apps import buttons, manifest, over_socket, probe

pytestmark = pytest.mark.timeout(300)
PORTAL = "https://portal.threatlocker.com/"
WEB = ("https://rehearsal.slack.com/", PORTAL)
SAMPLED = Allowed(WEB, frozenset({"@U0CLAIM", "@S0TEAM", "@S0APPROVE", "#private channel"}))
"""What the samples themselves call: nobody of the workspace in which they hang."""
TEXTS = {
    "everything": " ".join(
        text for name, text in HOSTILE.items() if len(text) < 500 and name != "lone surrogate"
    ),
    "right-to-left": HOSTILE["right-to-left"],
    "stacked marks": HOSTILE["stacked marks"],
    "one endless word": HOSTILE["one endless word"],
    "ten thousand lines": HOSTILE["ten thousand lines"],
}
DRAWN = [*((which, PHONE) for which in TEXTS if which != "stacked marks"), ("everything", DESKTOP)]
"""What is drawn how wide: where there is room on a phone there is on a desk, but for what stands side by side. Stacked
marks leave no trace in boxes; the pixels tell of them."""
_ONCE = 400
"""Characters of a text that the worst card of a kind says sixty times over."""
AT_ONCE = 50
"""Messages on one wall: the page shows the latest sixty."""


def _with_page(page: Page) -> Allowed:
    """A link to a message leads to its place on the page."""
    return Allowed((*WEB, page.url.partition("#")[0]), SAMPLED.mentions)


def _messages(text: str) -> Iterator[tuple[str, Rendered]]:
    """Every message there is, and the worst card of every kind, alone and shared."""
    number = count()
    for name, one in rendered_messages(text):
        yield f"{next(number)} {name}", one
    for kind, sort in SORTS.items():
        case = worst(sort, f"{text[:_ONCE]} ")
        second = case.model_copy(update={"case_id": "c9", "organization_id": "o9"})
        yield f"worst {kind}", render_cases([case], RULES, NOW)
        yield f"worst {kind}, shared", render_cases([case, second], RULES, NOW)


@pytest.mark.parametrize(("which", "width"), DRAWN)
async def test_p10_no_message_runs_out_of_its_box_or_acts(browser: Browser, which: str, width: int) -> None:
    found: list[str] = []
    every = list(_messages(TEXTS[which]))
    for start in range(0, len(every), AT_ONCE):
        some = every[start : start + AT_ONCE]
        async with posted(browser, some, width=width) as wall:
            allowed = _with_page(wall.page)
            for name, _ in some:
                found += [f"{name}: {fault}" for fault in await faults_in(wall.card(name), allowed)]
    assert found == []


@pytest.mark.parametrize("which", ["everything", "stacked marks"])
async def test_p10_nothing_is_painted_outside_of_a_message(browser: Browser, which: str) -> None:
    cards = [(name, one) for name, one in _messages(TEXTS[which]) if "worst" in name or "card" in name]
    async with posted(browser, cards, width=DESKTOP, height=2400) as wall:
        await set_adrift(wall.page)
        beyond = [name for name, _ in cards if await paints_beyond(wall.card(name))]
    assert beyond == []


def _plain(text: str) -> dict[str, str]:
    return {"type": "plain_text", "text": text}


async def test_the_eye_finds_what_it_is_there_for(browser: Browser) -> None:
    """Text that no template of ours would let through is seen, or the tests above would see nothing."""
    runs = [
        {"type": "text", "text": "a\u202eb"},
        {"type": "broadcast", "range": "channel"},
        {"type": "link", "url": "https://evil.example"},
        {"type": "text", "text": "x", "style": {"italic": True}},
    ]
    bad: dict[str, Any] = {
        "wide": {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": runs}]},
        "turned": {"type": "header", "text": _plain("Request: \u05d0\u05d1 · 2 of 3 waiting")},
        "stacked": {"type": "section", "text": _plain("e" + "\u0301" * 12)},
    }
    messages = [(name, Rendered("x", [each])) for name, each in bad.items()]
    wanted = (
        "acts unseen: U+202e",
        "calls @channel",
        "a link to https://evil.example",
        "no template has it: em",
    )
    async with posted(browser, messages, width=DESKTOP) as wall:
        seen = "\n".join(await faults_in(wall.card("wide"), SAMPLED))
        assert [words for words in wanted if words not in seen] == []
        assert any("out of order" in one for one in await faults_in(wall.card("turned"), SAMPLED))
        await set_adrift(wall.page)
        assert await paints_beyond(wall.card("stacked"))
        assert not await paints_beyond(wall.card("wide"))


@asynccontextmanager
async def _viewer(browser: Browser, width: int) -> AsyncIterator[tuple[Page, list[dict[str, Any]], Any, str]]:
    """A window in which the button “go” opens whatever view is put into the list, and the Home is published to."""
    slack = SlackSandbox(manifest(), rate_limits=False)
    await slack.start()
    ana = slack.add_person("ana", real_name="Ana Moreau")
    channel = slack.add_channel("approvals", members=[ana])
    complaints = Complaints(slack.origin)
    to_open: list[dict[str, Any]] = []
    async with AsyncExitStack() as stack:
        stack.push_async_callback(slack.close)
        context, page = await window(browser, complaints, width=width)
        stack.push_async_callback(context.close)
        app = await stack.enter_async_context(probe(slack))

        @app.app.action("go")
        async def go(ack: AsyncAck, body: dict[str, Any], client: Any) -> None:
            await ack()
            await client.views_open(trigger_id=body["trigger_id"], view=to_open[-1])

        await stack.enter_async_context(over_socket(slack, app))
        await app.client.chat_postMessage(channel=channel, text="x", blocks=buttons("go"))
        await page.goto(f"{slack.origin}/#user={ana}&at={channel}")
        await page.wait_for_selector("html[data-ready]")
        yield page, to_open, app.client, ana
    assert complaints.found == []


async def _opened(page: Page) -> Locator:
    """The form. A busy machine may let the three seconds pass in which the app has to answer: then as anybody would."""
    modal = page.locator(".modal")
    for patience_ms in (6_000, 6_000, 20_000):
        await page.get_by_role("button", name="go").click()
        with suppress(PlaywrightTimeout):
            await modal.locator(".blocks").wait_for(timeout=patience_ms)
            return modal
    raise AssertionError("the form does not open")


@pytest.mark.parametrize("which", ["everything", "one endless word"])
async def test_p10_no_form_runs_out_of_its_box_or_acts(browser: Browser, which: str) -> None:
    """On a phone: a form is no wider on a desk."""
    found: list[str] = []
    async with _viewer(browser, PHONE) as (page, to_open, client, ana):
        allowed = _with_page(page)
        for name, view in rendered_views(TEXTS[which]):
            if view["type"] == "home":
                continue
            to_open.append(view)
            modal = await _opened(page)
            found += [f"{name}: {fault}" for fault in await faults_in(modal, allowed)]
            await page.keyboard.press("Escape")
            await expect(modal).to_have_count(0)
        homes = [one for one in rendered_views(TEXTS[which]) if one[1]["type"] == "home"]
        await page.evaluate("location.hash = location.hash.replace(/at=.*/, 'at=home')")
        for name, view in homes:
            await client.views_publish(user_id=ana, view=view)
            home = page.locator(".home")
            await expect(home.locator(".block").nth(len(view["blocks"]) - 1)).to_be_visible()
            found += [f"{name}: {fault}" for fault in await faults_in(home, allowed)]
    assert found == []


EVIL = TEXTS["everything"]
_TYPED = 900
"""Characters that the form takes of a denial, less what its checks may add."""
_NO_LINES = EVIL.replace("\n", " ").replace("\r", " ")


def _poison(world: World) -> tuple[str, str]:
    """Hostile names for an organization and for what it has, before anybody has read them. The ids of two computers:
    one whose name is hostile as well, and one that can be asked for."""
    organization_id = next(
        one.organization_id for one in world.organizations.values() if one.name == "brightwater"
    )
    first, second = [
        one for one in world.computers.values() if one.organization_id == organization_id and "-WS-" in one.name
    ][:2]  # fmt: skip
    world.organizations[organization_id] = replace(
        world.organizations[organization_id], display_name=_NO_LINES
    )
    world.computers[first.computer_id] = replace(first, name=_NO_LINES)
    for table in (world.computer_groups, world.policies, world.applications):
        held: dict[str, Any] = table
        for key, one in held.items():
            if one.organization_id == organization_id:
                held[key] = replace(one, name=f"{one.name} {_NO_LINES}")
    return first.computer_id, second.computer_id


def _asks(rehearsal: Rehearsal, computer: str) -> str:
    return rehearsal.stage.portal.raise_request(
        "execute", computer=computer, path=f"C:\\Users\\{EVIL}.exe", signer=f"CN={EVIL}", is_signature_valid=False,
        process_path=f"C:\\{EVIL}", user=EVIL, reason=EVIL, email=f"{EVIL}@example.com", instructions=EVIL,
    )  # fmt: skip


@asynccontextmanager
async def _poisoned(browser: Browser) -> AsyncIterator[tuple[House, str, str]]:
    with tempfile.TemporaryDirectory(prefix="gh-") as name:
        async with rehearsing(Path(name), with_bot=False) as rehearsal:
            first, second = _poison(rehearsal.stage.portal.world)
            await rehearsal.bot.start()
            house = House(rehearsal, browser, Complaints(rehearsal.address))
            yield house, first, second
            await house.close()
            assert house.complaints.found == []


@pytest.mark.timeout(400)
async def test_p10_hostile_names_act_on_no_surface_of_a_real_bot(browser: Browser) -> None:
    """Card, details, forms, thread, Home, queue, find, blocked, sla, escalation and the record's channel."""
    async with _poisoned(browser) as (house, first, second):
        stage = house.rehearsal.stage
        names = {f"@{one.real_name}" for one in stage.slack.workspace.people.values()} | {
            "@approvers",
            "@escalation",
        }
        names |= {f"#{one.name}" for one in stage.slack.workspace.channels.values()}
        allowed = Allowed((house.rehearsal.address, *WEB), frozenset(names))
        kim = await house.enters("kim")
        seen: dict[str, list[str]] = {}

        async def look(name: str, what: Locator) -> None:
            await expect(what.first).to_be_visible()
            for each in await what.all():
                seen.setdefault(name, []).extend(await faults_in(each, allowed))

        card = kim.card(MARK)
        _asks(house.rehearsal, first)
        await look("card", card)
        await card.get_by_role("button", name="More actions").click()
        await kim.page.get_by_role("menuitem").first.click()
        await _looked_at(look, "details", kim, kim.modal(ids.DETAILS_VIEW))
        await card.locator(f'[data-action="{ids.APPROVE_MODAL}"]').click()
        form = kim.modal(ids.APPROVE_VIEW)
        await form.get_by_role("radio", name="The entire organization").check()
        await expect(form.locator(f'[data-block="{ids.VALIDATED_BLOCK}"]')).to_be_visible()
        await _looked_at(look, "approve", kim, form)
        await house.rehearsal.director.do("jump", {"minutes": 5.1})
        await expect(card).to_contain_text("unclaimed")
        await house.rehearsal.director.do("jump", {"minutes": 5})
        await card.locator(".thread-link").click()
        await look("thread", kim.page.locator("section.thread article.message"))
        await house.rehearsal.director.do("jump", {"minutes": 5})
        await kim.goes_to("escalation")
        await look("escalation", kim.page.locator("article.message", has_text="Escalated"))
        await kim.goes_to("card")
        await card.locator(f'[data-action="{ids.DENY_MODAL}"]').click()
        deny = kim.modal(ids.DENY_VIEW)
        await look("deny", deny)
        await deny.locator("textarea").first.fill(f"No {_NO_LINES}"[:_TYPED])
        await deny.get_by_role("button", name="Deny", exact=True).click()
        await expect(card).to_contain_text("Denied by")
        await look("decided", card)
        await look("answer", kim.page.locator("article.whisper"))
        _asks(house.rehearsal, second)
        await expect(kim.page.locator(".channel article.message .header", has_text="waiting")).to_have_count(
            1
        )
        for command in ("/gatehouse queue", "/gatehouse sla", "/gatehouse exceptions", "/gatehouse help"):
            await _says(kim, command)
            await look(command, kim.page.locator("article.whisper").last)
        await kim.page.get_by_role("button", name="Gatehouse Home").click()
        await expect(kim.page.locator(".home")).to_contain_text(MARK)
        await look("home", kim.page.locator(".home"))
        await kim.goes_to("audit")
        await look("audit", kim.page.locator(".channel article.message"))
        hal = await house.enters("hal")
        name = stage.portal.world.computers[second].name
        for command in (f"/blocked {name}", f"/gatehouse find {name}"):
            await _says(hal, command)
            await look(command, hal.page.locator("article.whisper").last)
        await hal.page.get_by_role("button", name="Gatehouse Home").click()
        await expect(hal.page.locator(".home")).to_contain_text("Look something up")
        await look("home of the help desk", hal.page.locator(".home"))
    assert {name: faults for name, faults in seen.items() if faults} == {}


async def _looked_at(look: Any, name: str, who: Visitor, modal: Locator) -> None:
    await look(name, modal)
    await who.page.keyboard.press("Escape")
    await expect(modal).to_have_count(0)


async def _says(who: Visitor, command: str) -> None:
    """Types a command and waits for its answer, which is the newest of what only this person sees."""
    before = await who.page.locator("article.whisper").count()
    await who.types(command)
    await expect(who.page.locator("article.whisper")).to_have_count(before + 1)
