"""A scripted portal, and clients of it whose every request is held against the published contract."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import aiohttp
import pytest
from pydantic import SecretStr

from bot.portal import PortalAddress, PortalClient, Timing, Traffic
from rehearsal.portal import PortalSandbox
from tests import contract
from tests.portal.samples import TOKEN
from tests.portal.wire_server import WireServer

NOW = datetime(2026, 3, 2, 8, 30, tzinfo=UTC)


@dataclass
class Bench:
    """What a test sees of its clients: their traffic and how long they would have waited.

    `tolerated` is part of a contract problem that the scripted portal itself caused and the client echoed.
    """

    traffic: list[Traffic] = field(default_factory=list)
    waits: list[float] = field(default_factory=list)
    on_contract: bool = True
    tolerated: str = ""

    @property
    def timing(self) -> Timing:
        """A clock that stands still and a sleep that only takes notes."""

        async def sleep(seconds: float) -> None:
            self.waits.append(seconds)

        return Timing(sleep=sleep, jitter=lambda: 0.0, now=lambda: NOW)

    def problems(self) -> list[str]:
        """Where the traffic disagrees with the published contract."""
        return [
            f"{one.operation}: {problem}"
            for one in self.traffic
            for problem in (
                *contract.check_body(one.path, one.method, one.body),
                *contract.check_query(one.path, one.method, one.query),
            )
            if not self.tolerated or self.tolerated not in problem
        ]


MakeClient = Callable[..., PortalClient]


@pytest.fixture
def bench() -> Bench:
    """The notes of this test's clients."""
    return Bench()


@pytest.fixture
async def portal() -> AsyncIterator[WireServer]:
    """A portal that answers what the test scripts."""
    async with WireServer() as server:
        yield server


@pytest.fixture
async def make_client(bench: Bench) -> AsyncIterator[MakeClient]:
    """Makes clients of an address; at the end all that they sent is checked against the contract, if it is here."""
    async with aiohttp.ClientSession() as session:

        def make(base_url: str, *, token: str = TOKEN, **limits: Any) -> PortalClient:
            address = PortalAddress(base_url, SecretStr(token), **limits)
            return PortalClient(address, session, on_traffic=bench.traffic.append, timing=bench.timing)

        yield make
    if bench.on_contract and contract.contract_file() is not None:
        assert bench.problems() == []


@pytest.fixture
def client(portal: WireServer, make_client: MakeClient) -> PortalClient:
    """A client of the scripted portal with the default limits."""
    return make_client(portal.base_url)


@pytest.fixture
async def sandbox() -> AsyncIterator[PortalSandbox]:
    """A running stand-in portal."""
    portal = PortalSandbox(seed=7)
    await portal.start()
    yield portal
    await portal.close()
