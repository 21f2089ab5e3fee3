"""The workspace page as the stand-in serves it, and what it asks the stand-in for."""

import re
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from rehearsal.slack import PersonError
from rehearsal.slack.channels import KEPT_MESSAGES
from rehearsal.slack.pages import WORKSPACE_PAGE
from tests.rehearsal.slack.conftest import House

Json = dict[str, Any]


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as opened:
        yield opened


async def fetched(session: aiohttp.ClientSession, url: str, **headers: str) -> tuple[int, str, Any]:
    async with session.get(url, headers=headers) as answer:
        return answer.status, await answer.text(), answer.headers


async def test_the_page_and_all_it_names_are_served_under_a_strict_policy(
    house: House, session: aiohttp.ClientSession
) -> None:
    status, text, headers = await fetched(session, f"{house.slack.origin}/")
    assert status == 200
    assert "Rehearsal" in text
    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "require-trusted-types-for 'script'" in policy
    named = re.findall(r'(?:src|href)="(/page/[^"]+)"', text)
    assert len(named) >= 4
    for address in named:
        status, _, headers = await fetched(session, house.slack.origin + address)
        assert status == 200, address
        assert headers["X-Content-Type-Options"] == "nosniff"


def test_nothing_in_the_page_is_inline_foreign_or_parsed_as_html() -> None:
    """Outside strings become text nodes only; modules come from here only."""
    for file in sorted(WORKSPACE_PAGE.iterdir()):
        text = file.read_text("utf-8")
        assert not re.search(
            r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function", text
        ), file
        assert not re.search(r"(?:src|href|url)\s*[=(]\s*[\"']?(?:https?:)?//", text), file
        for module in re.findall(r'from "([^"]+)"', text):
            assert (WORKSPACE_PAGE / module.removeprefix("./")).is_file(), (file, module)
        if file.suffix == ".html":
            assert not re.search(r"<script(?![^>]*\bsrc=)|\son\w+=|\sstyle=|<style", text), file


def test_the_page_knows_nothing_of_gatehouse() -> None:
    words = re.compile(r"gatehouse|threatlocker|portal|approval|audit", re.IGNORECASE)
    for file in sorted(WORKSPACE_PAGE.iterdir()):
        assert not words.search(file.read_text("utf-8")), file


@pytest.mark.parametrize(
    ("path", "headers", "status"),
    [
        ("/page/../sandbox.py", {}, 404),
        ("/page/nothing.js", {}, 404),
        ("/", {"Host": "evil.example"}, 403),
        ("/page/main.css", {"Origin": "http://evil.example"}, 403),
    ],
)
async def test_other_files_and_other_callers_get_nothing(
    house: House, session: aiohttp.ClientSession, path: str, headers: dict[str, str], status: int
) -> None:
    assert (await fetched(session, house.slack.origin + path, **headers))[0] == status


async def test_a_client_shows_only_the_places_of_its_person_and_no_token(
    house: House, session: aiohttp.ClientSession
) -> None:
    house.slack.add_channel("secret", private=True, members=[house.ben])
    _, text, _ = await fetched(session, f"{house.slack.origin}/_sandbox/people/{house.anna}/client")
    assert house.slack.bot_token not in text
    assert house.slack.signing_secret not in text
    anna, ben = house.slack.as_person(house.anna).client(), house.slack.as_person(house.ben).client()
    assert [one["name"] for one in anna["channels"]] == ["alerts"]
    assert [one["name"] for one in ben["channels"]] == ["alerts", "secret"]
    assert anna["me"]["name"] == "anna"
    assert {one["name"] for one in anna["commands"]} == set(house.slack.manifest.commands)


async def test_everybody_with_a_client_is_listed_with_what_is_special(
    house: House, session: aiohttp.ClientSession
) -> None:
    house.slack.add_person("gina", multi_channel_guest=True)
    house.slack.add_person("petra", foreign=True)
    house.slack.add_person("otherbot", bot=True)
    dora = house.slack.add_person("dora", deactivated=True)
    house.slack.changes.set_person(house.anna, title="On duty")
    async with session.get(f"{house.slack.origin}/_sandbox/everybody") as answer:
        people = {one["name"]: one for one in (await answer.json())["people"]}
    sorts = {name: one["sort"] for name, one in people.items()}
    assert sorts == {
        "anna": "",
        "ben": "",
        "gina": "guest",
        "petra": "another workspace",
        "dora": "deactivated",
    }
    assert people["anna"]["title"] == "On duty"
    path = f"{house.slack.origin}/_sandbox/people/{dora}/views"
    assert (await fetched(session, path))[0] == 422
    assert (await fetched(session, f"{path}?signed_in=true"))[0] == 200


async def test_history_comes_in_pages_with_threads_folded(house: House, client: AsyncWebClient) -> None:
    house.slack.enforce_rate_limits(enforced=False)
    sent = [str((await client.chat_postMessage(channel=house.alerts, text=f"n{n}"))["ts"]) for n in range(5)]
    await client.chat_postMessage(channel=house.alerts, text="reply", thread_ts=sent[1])
    await client.chat_postEphemeral(channel=house.alerts, text="psst", user=house.anna)
    anna, ben = house.slack.as_person(house.anna), house.slack.as_person(house.ben)
    newest = anna.history(house.alerts, limit="3")
    assert [one["text"] for one in newest["messages"]] == ["n3", "n4", "psst"]
    assert newest["has_more"]
    older = anna.history(house.alerts, before=sent[3], limit="10")
    assert [one["text"] for one in older["messages"]] == ["n0", "n1", "n2"]
    assert not older["has_more"]
    assert older["messages"][1]["reply_count"] == 1
    assert "psst" not in str(ben.history(house.alerts))
    assert [one["text"] for one in anna.thread(house.alerts, sent[1])["messages"]] == ["n1", "reply"]
    with pytest.raises(PersonError, match="limit must be between"):
        anna.history(house.alerts, limit="9999")


async def test_what_slack_would_refuse_is_told_to_the_page(house: House, client: AsyncWebClient) -> None:
    with pytest.raises(SlackApiError):
        await client.chat_postMessage(channel="alerts", text="x", blocks=[{"type": "header"}])
    refusal = next(one for one in house.slack.feed.after(0) if one.kind == "api_refused").facts
    assert refusal["channel"] == house.alerts
    assert refusal["error"] == "invalid_blocks"
    assert "missing required field: text" in refusal["detail"][0]
    with pytest.raises(SlackApiError):
        await client.chat_postMessage(channel="nowhere", text="x")
    assert sum(one.kind == "api_refused" for one in house.slack.feed.after(0)) == 1


async def test_the_feed_leaves_out_the_kinds_that_nobody_asked_for(
    house: House, client: AsyncWebClient, session: aiohttp.ClientSession
) -> None:
    url = f"{house.slack.origin}/_sandbox/feed/ws?after={house.slack.feed.seq}&kinds=message"
    async with session.ws_connect(url) as socket:
        await client.chat_postMessage(channel=house.alerts, text="one")
        await client.chat_postMessage(channel=house.alerts, text="two")
        heard = [await socket.receive_json(timeout=5) for _ in range(2)]
    assert [(one["kind"], one["message"]["text"]) for one in heard] == [
        ("message", "one"),
        ("message", "two"),
    ]


async def test_a_channel_keeps_the_newest_messages(house: House) -> None:
    ben = house.slack.as_person(house.ben)
    for number in range(KEPT_MESSAGES + 3):
        await ben.say(house.alerts, f"n{number}")
    kept = house.slack.messages(house.alerts)
    assert len(kept) == KEPT_MESSAGES
    assert (kept[0]["text"], kept[-1]["text"]) == ("n3", f"n{KEPT_MESSAGES + 2}")
