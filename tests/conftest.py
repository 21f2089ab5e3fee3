"""What holds for every run: the bench of the use cases, and how examples are drawn. What is measured: `measuring`."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from bot.audit.chain import written
from bot.ledger import record
from bot.models import Event
from tests.audit.shapes import shape_faults
from tests.desk import Bench, open_bench, shared_server
from tests.valkey import RunningValkey

# How fast a machine draws an example says nothing about the code: no time limit for it, none for the drawing.
settings.register_profile("gatehouse", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("gatehouse")


@pytest.fixture(scope="session")
def shared_valkey(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningValkey]:
    """One server for all tests of a process that neither kill nor hang it; each empties it before."""
    with shared_server(tmp_path_factory.mktemp("valkey")) as server:
        yield server


@pytest.fixture(scope="session")
def lasting_valkey(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningValkey]:
    """The same, that keeps what it acknowledged, for tests in which its durability is looked at."""
    with shared_server(tmp_path_factory.mktemp("lasting"), writes_out=True) as server:
        yield server


@pytest.fixture(scope="session")
def shapeless() -> Iterator[list[str]]:
    """What was recorded, in this process, otherwise than its shape allows."""
    found: list[str] = []

    def looked_at(event: Event, salt: str) -> tuple[str, str]:
        found.extend(shape_faults(event))
        return written(event, salt)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(record, "written", looked_at)
        yield found


@pytest.fixture(autouse=True)
def every_event_has_its_shape(shapeless: list[str], request: pytest.FixtureRequest) -> Iterator[None]:
    """Whether the test reads what it had recorded or not."""
    shapeless.clear()
    yield
    assert not shapeless or request.node.get_closest_marker("made_up"), shapeless


@pytest.fixture
async def bench(shared_valkey: RunningValkey, tmp_path: Path) -> AsyncIterator[Bench]:
    """A desk over real parts on a working morning, writes on."""
    async with open_bench(shared_valkey, tmp_path) as opened:
        yield opened
