"""What holds for every run: the bench of the use cases, and what is measured.

Not measured are the tests of the rooms that no coverage gate of the Makefile asks for: measuring nearly doubles the
time of a test, and these run the adapters and the stand-ins, hardly any of the gated code.
"""

from __future__ import annotations

import gc
import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import coverage
import pytest

from tests.desk import Bench, open_bench, shared_server
from tests.valkey import RunningValkey

_TESTS = Path(__file__).parent
_UNMEASURED = {"browser", "chat", "portal", "rehearsal"}
_FOR_CHILDREN = "COVERAGE_PROCESS_CONFIG"
"""Tells a Python process that coverage's start-up hook finds it in to measure itself."""
_kept = os.environ.get(_FOR_CHILDREN, "")
_meter = coverage.Coverage.current()
"""None where nobody measures. Asked once: a meter that is stopped is no longer the current one."""
_is_measuring = True


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item) -> None:
    """Switch the measuring on or off for the next test; nothing happens where nobody measures."""
    global _is_measuring  # noqa: PLW0603 - there is one tracer in a process
    wanted = item.path.relative_to(_TESTS).parts[0] not in _UNMEASURED
    if _meter is None or wanted == _is_measuring:
        return
    if wanted:
        _meter.start()
        os.environ[_FOR_CHILDREN] = _kept
    else:
        _meter.stop()
        os.environ.pop(_FOR_CHILDREN, None)
    _is_measuring = wanted


def pytest_collection_finish() -> None:
    """What was collected stays to the end: the garbage collector need not go through it again and again."""
    gc.freeze()


@pytest.fixture(scope="session")
def shared_valkey(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningValkey]:
    """One server for all tests of a process that neither kill nor hang it; each empties it before."""
    with shared_server(tmp_path_factory.mktemp("valkey")) as server:
        yield server


@pytest.fixture
async def bench(shared_valkey: RunningValkey, tmp_path: Path) -> AsyncIterator[Bench]:
    """A desk over real parts on a working morning, writes on."""
    async with open_bench(shared_valkey, tmp_path) as opened:
        yield opened
