"""A running stand-in with a few people and one channel, and a client for it."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

import aiohttp
import pytest
from slack_sdk.web.async_client import AsyncWebClient

from rehearsal.slack import SlackSandbox
from tests.rehearsal.slack.apps import manifest, web_client


@dataclass
class House:
    """The stand-in with Anna, Ben and the channel `alerts`."""

    slack: SlackSandbox
    anna: str
    ben: str
    alerts: str


@pytest.fixture
async def house() -> AsyncIterator[House]:
    slack = SlackSandbox(manifest())
    await slack.start()
    anna = slack.add_person("anna")
    ben = slack.add_person("ben", admin=True)
    yield House(slack, anna, ben, slack.add_channel("alerts", members=[anna, ben]))
    await slack.close()


@pytest.fixture
async def client(house: House) -> AsyncIterator[AsyncWebClient]:
    async with aiohttp.ClientSession() as session:
        yield web_client(house.slack, session)
