"""Response URLs: five uses within thirty minutes, private by default."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import aiohttp
import pytest
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.webhook.async_client import AsyncWebhookClient

from tests.rehearsal.slack.apps import buttons
from tests.rehearsal.slack.conftest import House

Json = dict[str, Any]


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as opened:
        yield opened


async def pressed(house: House, client: AsyncWebClient) -> tuple[str, str]:
    """A card that Anna pressed: its timestamp and the response URL."""
    ts = str((await client.chat_postMessage(channel=house.alerts, text="card", blocks=buttons("go")))["ts"])
    delivery = await house.slack.as_person(house.anna).click(house.alerts, ts, "go")
    return ts, str(delivery.payload["response_url"])


async def test_five_uses_and_not_one_more(
    house: House, client: AsyncWebClient, session: aiohttp.ClientSession
) -> None:
    _, url = await pressed(house, client)
    webhook = AsyncWebhookClient(url, session=session)
    answers = [await webhook.send(text=f"{number}") for number in range(6)]
    assert [answer.status_code for answer in answers] == [200] * 5 + [404]
    assert "used_url" in answers[-1].body


async def test_it_ends_after_thirty_minutes(
    house: House, client: AsyncWebClient, session: aiohttp.ClientSession
) -> None:
    _, url = await pressed(house, client)
    webhook = AsyncWebhookClient(url, session=session)
    house.slack.advance(timedelta(minutes=29))
    assert (await webhook.send(text="in time")).status_code == 200
    house.slack.advance(timedelta(minutes=2))
    late = await webhook.send(text="late")
    assert (late.status_code, "expired_url" in late.body) == (404, True)
    forged = await AsyncWebhookClient(url + "x", session=session).send(text="forged")
    assert (forged.status_code, "invalid_url" in forged.body) == (404, True)


async def test_an_answer_is_private_unless_it_says_otherwise(
    house: House, client: AsyncWebClient, session: aiohttp.ClientSession
) -> None:
    ts, url = await pressed(house, client)
    webhook = AsyncWebhookClient(url, session=session)
    await webhook.send(text="for you")
    await webhook.send_dict({"text": "for all", "response_type": "in_channel", "thread_ts": ts})
    anna = [message["text"] for message in house.slack.as_person(house.anna).sees(house.alerts)]
    ben = house.slack.as_person(house.ben).sees(house.alerts)
    assert anna == ["card", "for you", "for all"]
    assert [(message["text"], message.get("thread_ts")) for message in ben] == [
        ("card", None),
        ("for all", ts),
    ]


async def test_the_original_can_be_replaced_and_deleted(
    house: House, client: AsyncWebClient, session: aiohttp.ClientSession
) -> None:
    ts, url = await pressed(house, client)
    webhook = AsyncWebhookClient(url, session=session)
    await webhook.send(text="done", replace_original=True)
    assert house.slack.message(house.alerts, ts)["text"] == "done"
    await webhook.send(delete_original=True)
    assert house.slack.messages(house.alerts) == []
    gone = await webhook.send(text="again", replace_original=True)
    assert (gone.status_code, "message_not_found" in gone.body) == (404, True)


async def test_a_whisper_changes_only_through_its_response_url(
    house: House, client: AsyncWebClient, session: aiohttp.ClientSession
) -> None:
    said = await client.chat_postEphemeral(
        channel=house.alerts, user=house.anna, text="?", blocks=buttons("go")
    )
    anna = house.slack.as_person(house.anna)
    delivery = await anna.click(house.alerts, str(said["message_ts"]), "go")
    assert delivery.payload["container"]["is_ephemeral"] is True
    assert "message" not in delivery.payload
    webhook = AsyncWebhookClient(delivery.payload["response_url"], session=session)
    await webhook.send(text="!", replace_original=True)
    assert [message["text"] for message in anna.sees(house.alerts)] == ["!"]
    await webhook.send(delete_original=True)
    assert anna.sees(house.alerts) == []


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ({}, "no_text"),
        ({"text": "x", "blocks": [{"type": "nothing"}]}, "invalid_blocks"),
        ([], "invalid_payload"),
    ],
)
async def test_a_refused_body_is_told(
    house: House, client: AsyncWebClient, session: aiohttp.ClientSession, body: Any, error: str
) -> None:
    _, url = await pressed(house, client)
    async with session.post(url, json=body) as answer:
        assert answer.status == 400
        assert (await answer.json())["error"] == error
