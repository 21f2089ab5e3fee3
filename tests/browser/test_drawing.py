"""What the workspace page draws from a payload alone, with an ordinary Bolt app behind it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest
from playwright.async_api import Browser, Page, WebSocketRoute, expect
from slack_bolt.async_app import AsyncAck
from slack_sdk.errors import SlackApiError

from rehearsal.slack import SlackSandbox
from tests.browser.chromium import Complaints, window
from tests.rehearsal.slack.apps import Probe, buttons, manifest, modal, over_socket, probe

Json = dict[str, Any]
pytestmark = pytest.mark.timeout(120)


@dataclass
class Desk:
    """A workspace, an app on it, and Anna's window."""

    slack: SlackSandbox
    app: Probe
    page: Page
    anna: str
    ben: str
    alerts: str

    async def says(self, text: str = "x", **more: Any) -> str:
        """The app posts; the message's timestamp."""
        posted = await self.app.client.chat_postMessage(channel=self.alerts, text=text, **more)
        return str(posted["ts"])

    def message(self, ts: str) -> Any:
        """A message on the screen."""
        return self.page.locator(f'[data-ts="{ts}"]')


@pytest.fixture
async def desk(browser: Browser) -> AsyncIterator[Desk]:
    slack = SlackSandbox(manifest(), rate_limits=False)
    await slack.start()
    anna = slack.add_person("anna", real_name="Anna Berg", tz="Asia/Tokyo")
    ben = slack.add_person("ben", real_name="Ben Ray", tz="America/New_York")
    alerts = slack.add_channel("alerts", members=[anna, ben])
    slack.add_channel("other", members=[anna, ben])
    slack.add_user_group("team", [anna])
    complaints = Complaints(slack.origin)
    context, page = await window(browser, complaints)
    async with probe(slack) as app:
        await page.goto(f"{slack.origin}/#user={anna}&at={alerts}")
        await page.wait_for_selector("html[data-ready]")
        yield Desk(slack, app, page, anna, ben, alerts)
    await context.close()
    await slack.close()
    assert complaints.found == []


MRKDWN: tuple[tuple[str, str, str], ...] = (
    ("*bold* and _italic_ and ~gone~", "strong", "bold"),
    ("a `*code*` b", "code", "*code*"),
    ("```\n<!channel> *pre*\n```", "pre", "<!channel> *pre*"),
    ("&gt; quoted\nnot", "blockquote", "quoted"),
    ("snake_case_name stays", "em", ""),
    ("2*3*4 stays", "strong", ""),
    ("&lt;!channel&gt; stays text", ".mention", ""),
    ("&amp;lt;b&amp;gt; once", "b", ""),
    ("<https://example.com/a|*here*>", "a", "*here*"),
    ("<javascript:alert(1)|press>", "a", ""),
    ("<!here> look", ".mention.everybody", "@here"),
    ("<img src=x onerror=alert(1)>", "img", ""),
    (":white_check_mark: done :nonsense:", "em", ""),
)
"""Text, the element that it must (or, with an empty text, must not) become, and what that holds."""


async def test_mrkdwn_becomes_what_slack_makes_of_it_and_nothing_else(desk: Desk) -> None:
    for text, selector, held in MRKDWN:
        ts = await desk.says(text)
        found = desk.message(ts).locator(f".text {selector}")
        await expect(desk.message(ts)).to_be_visible()
        if held:
            await expect(found.first).to_have_text(held)
        else:
            await expect(found).to_have_count(0)


NEEDS_A_FONT = r"""
() => { const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT); const found = [];
  const needs = /\p{Emoji_Presentation}|\uFE0F/u;
  while (walk.nextNode()) if (needs.test(walk.currentNode.data)) found.push(walk.currentNode.data);
  return found; }
"""
"""Texts of the page that only an emoji font can show."""


async def test_signs_are_drawn_and_no_emoji_font_is_needed(desk: Desk) -> None:
    """By name, as a character, with its code, in rich text, a button and a plain text; unknown ones stay text."""
    run: Json = {"type": "rich_text_section"}
    run["elements"] = [
        {"type": "emoji", "name": "red_circle"},
        {"type": "emoji", "name": "unheard_of", "unicode": "26a0-fe0f"},
        {"type": "emoji", "name": "unheard_of"},
        {"type": "text", "text": " \U0001f7e2 approved "},
        {"type": "emoji", "name": "thumbsup"},
    ]
    button = {"type": "button", "action_id": "a", "text": {"type": "plain_text", "text": ":lock: Keep"}}
    plain = {"type": "plain_text", "text": "\U0001f513 open", "emoji": False}
    blocks: list[Json] = [
        {"type": "rich_text", "elements": [run]},
        {"type": "actions", "elements": [button]},
        {"type": "section", "text": plain},
    ]
    ts = await desk.says(":rotating_light: \u26d4 look :nonsense:")
    more = await desk.says(blocks=blocks)
    await expect(desk.message(more).locator(".message-main svg.sign")).to_have_count(5)
    drawn = await desk.page.eval_on_selector_all(
        f'[data-ts="{ts}"] .message-main [data-sign], [data-ts="{more}"] .message-main [data-sign]',
        "all => all.map((one) => [one.dataset.sign, one.getBoundingClientRect().width > 8])",
    )
    names = [
        "rotating_light",
        "no_entry",
        "red_circle",
        "warning",
        "large_green_circle",
        "thumbsup",
        "lock",
        "unlock",
    ]
    assert drawn == [[name, True] for name in names]
    await expect(desk.message(ts).locator(".text")).to_contain_text(":nonsense:")
    await expect(desk.message(more).locator(".rich")).to_contain_text(":unheard_of: approved thumbs up")
    assert await desk.page.evaluate(NEEDS_A_FONT) == []


async def test_an_empty_place_says_what_to_do(desk: Desk) -> None:
    nothing = desk.page.locator(".channel .nothing")
    await expect(nothing).to_contain_text("No message in #alerts yet.")
    await expect(nothing).to_contain_text("Type / to see the commands of")
    ts = await desk.says("first")
    await expect(desk.message(ts)).to_be_visible()
    await expect(nothing).to_be_hidden()


async def test_names_and_times_are_the_reader_s(desk: Desk) -> None:
    """Mentions show names, dates the reader's own zone; another reader sees another hour."""
    at = int(datetime(2026, 1, 15, 12, 30, tzinfo=UTC).timestamp())
    group = next(iter(desk.slack.workspace.user_groups))
    ts = await desk.says(
        f"<@{desk.ben}> <!subteam^{group}> <#{desk.alerts}> <!date^{at}^{{date_num}} {{time}}|then>"
    )
    text = desk.message(ts).locator(".text")
    await expect(text).to_have_text("@Ben Ray @team #alerts 2026-01-15 21:30")
    await desk.page.get_by_label("You are").select_option(desk.ben)
    await expect(text).to_have_text("@Ben Ray @team #alerts 2026-01-15 07:30")


async def test_a_refused_payload_is_shown_where_it_would_have_been(desk: Desk) -> None:
    with pytest.raises(SlackApiError):
        await desk.says(blocks=[{"type": "section", "text": {"type": "plain_text", "text": "a" * 3001}}])
    refusal = desk.page.locator(".channel .refusal")
    await expect(refusal).to_contain_text("invalid_blocks")
    await expect(refusal).to_contain_text("must be less than 3001 characters")


async def test_every_block_and_element_is_drawn(desk: Desk) -> None:
    option = {"text": {"type": "plain_text", "text": "One"}, "value": "1"}
    plain = {"type": "plain_text", "text": "Words"}
    elements: list[Json] = [
        {"type": "button", "action_id": "a1", "text": plain},
        {"type": "overflow", "action_id": "a2", "options": [option]},
        {"type": "static_select", "action_id": "a3", "options": [option], "placeholder": plain},
        {"type": "multi_static_select", "action_id": "a4", "options": [option], "placeholder": plain},
        {"type": "users_select", "action_id": "a5", "placeholder": plain},
        {"type": "datepicker", "action_id": "a6"},
        {"type": "timepicker", "action_id": "a7"},
        {"type": "radio_buttons", "action_id": "a8", "options": [option]},
        {"type": "checkboxes", "action_id": "a9", "options": [option]},
    ]
    run = {"type": "text", "text": "styled", "style": {"bold": True, "code": True}}
    line = {"type": "rich_text_section", "elements": [run]}
    blocks: list[Json] = [
        {"type": "header", "text": plain},
        {"type": "section", "text": plain, "fields": [plain, plain], "accessory": elements[0] | {"action_id": "a0"}},
        {"type": "divider"},
        {"type": "context", "elements": [{"type": "mrkdwn", "text": "*small*"}]},
        {"type": "rich_text", "elements": [
            line,
            {"type": "rich_text_list", "style": "bullet", "elements": [line]},
            {"type": "rich_text_quote", "elements": [run]},
            {"type": "rich_text_preformatted", "elements": [{"type": "text", "text": "pre"}]},
        ]},
        {"type": "image", "image_url": "https://elsewhere.example/x.png", "alt_text": "a harbour"},
        {"type": "actions", "elements": elements},
    ]  # fmt: skip
    message = desk.message(await desk.says(blocks=blocks))
    await expect(message.locator(".block")).to_have_count(len(blocks))
    await expect(message.locator(".unknown")).to_have_count(0)
    await expect(message.locator("[data-action]")).to_have_count(len(elements) + 1)
    await expect(message.get_by_role("img", name="a harbour")).to_be_visible()
    await expect(message.locator("li strong code, li code strong, li strong, li code").first).to_have_text(
        "styled"
    )


async def test_modals_stack_keep_what_was_typed_and_go_back(desk: Desk) -> None:
    @desk.app.app.action("go")
    async def go(ack: AsyncAck, body: Json, client: Any) -> None:
        await ack()
        await client.views_open(trigger_id=body["trigger_id"], view=modal(title="First"))

    @desk.app.app.view("why")
    async def why(ack: AsyncAck, view: Json) -> None:
        if view["title"]["text"] == "First":
            await ack(response_action="push", view=modal(title="Second", second=True))
        else:
            await ack(response_action="errors", errors={"reach": "Not that far."})

    async with over_socket(desk.slack, desk.app):
        ts = await desk.says(blocks=buttons("go"))
        await desk.message(ts).get_by_role("button", name="go").click()
        shown = desk.page.get_by_role("dialog")
        await expect(shown).to_have_attribute("aria-modal", "true")
        await shown.locator("input").fill("because")
        await shown.get_by_role("button", name="Send").click()
        await expect(shown.get_by_role("heading", name="Second")).to_be_visible()
        await shown.locator("input").first.fill("again")
        await shown.get_by_role("combobox").fill("or")
        await desk.page.keyboard.press("ArrowDown")
        await desk.page.keyboard.press("Enter")
        await shown.get_by_role("button", name="Send").click()
        await expect(shown.locator(".input-error")).to_have_text("Not that far.")
        await expect(shown.locator("input").first).to_have_value("again")
        await expect(shown.get_by_role("combobox")).to_have_value("org")
        await shown.get_by_role("button", name="Back").click()
        await expect(shown.get_by_role("heading", name="First")).to_be_visible()
        await expect(shown.locator("input")).to_have_value("because")


async def test_an_app_that_does_not_answer_is_shown_as_silent(desk: Desk) -> None:
    ts = await desk.says(blocks=buttons("go"))
    await desk.message(ts).get_by_role("button", name="go").click()
    await expect(desk.message(ts).locator(".trouble")).to_contain_text("did not answer within 3 seconds")


async def test_threads_whispers_and_unread_marks(desk: Desk) -> None:
    first = await desk.says("the beginning")
    await desk.says("a reply", thread_ts=first)
    await desk.app.client.chat_postEphemeral(channel=desk.alerts, text="only for Ben", user=desk.ben)
    await desk.message(first).get_by_role("button", name="1 reply").click()
    thread = desk.page.locator("section.thread")
    await expect(thread).to_contain_text("a reply")
    await thread.locator(".compose").fill("<b>mine</b> & yours")
    await thread.locator(".compose").press("Enter")
    await expect(thread.locator("article").last).to_contain_text("<b>mine</b> & yours")
    await expect(desk.page.locator(".whisper")).to_have_count(0)
    await desk.page.get_by_role("button", name="other").click()
    await desk.says("something new")
    here = desk.page.locator(f'[data-channel="{desk.alerts}"]')
    await expect(here.locator(".count")).to_have_text("1")
    await desk.page.get_by_label("You are").select_option(desk.ben)
    await here.click()
    await expect(here.locator(".count")).to_have_count(0)
    await expect(desk.page.locator(".whisper")).to_contain_text("only for Ben")


async def test_it_is_usable_on_a_narrow_screen(desk: Desk) -> None:
    await desk.says("hello")
    await desk.page.set_viewport_size({"width": 380, "height": 700})
    wide = await desk.page.evaluate(
        "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    )
    assert wide <= 0
    await desk.page.get_by_role("button", name="Places").click()
    await desk.page.get_by_role("button", name="other").click()
    await expect(desk.page.get_by_role("heading", name="other")).to_be_visible()


async def test_light_and_dark_follow_the_system_until_somebody_chooses(desk: Desk) -> None:
    back = "getComputedStyle(document.body).backgroundColor"
    light = await desk.page.evaluate(back)
    await desk.page.emulate_media(color_scheme="dark")
    dark = await desk.page.evaluate(back)
    assert light != dark
    await desk.page.get_by_role("button", name="Switch to light").click()
    assert await desk.page.evaluate(back) == light
    await desk.page.reload()
    await desk.page.wait_for_selector("html[data-ready]")
    assert await desk.page.evaluate(back) == light


async def test_the_page_comes_back_by_itself_when_its_feed_broke(desk: Desk) -> None:
    """What happened while it was away is there afterwards."""
    feeds: list[WebSocketRoute] = []

    def between(route: WebSocketRoute) -> None:
        route.connect_to_server()
        feeds.append(route)

    page = await desk.page.context.new_page()
    await page.route_web_socket("**/feed/ws*", between)
    await page.goto(f"{desk.slack.origin}/#user={desk.anna}&at={desk.alerts}")
    await desk.says("before")
    await expect(page.locator("article.message", has_text="before")).to_be_visible()
    await feeds[0].close()
    await desk.says("after")
    await expect(page.locator("article.message", has_text="after")).to_be_visible()
    assert len(feeds) == 2
