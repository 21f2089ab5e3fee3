"""What holds for every run: the bench of the use cases, and what is measured.

Measuring nearly doubles the time of a test. So those are not measured that run the adapters, the stand-ins or other
processes, hardly any of the modules that a coverage gate of the Makefile asks for; nor those marked `unmeasured`, which
go the same ways hundreds of times with other values.
"""

from __future__ import annotations

import gc
import importlib
import os
import sys
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests.desk import Bench, open_bench, shared_server
from tests.valkey import RunningValkey

# How fast a machine draws an example says nothing about the code: no time limit for it, none for the drawing.
settings.register_profile("gatehouse", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("gatehouse")

_TESTS = Path(__file__).parent
_UNMEASURED = {
    *(
        "browser",
        "chat",
        "crashes",
        "deploy",
        "figures",
        "ical",
        "ledger",
        "portal",
        "rehearsal",
        "shift",
        "witness",
    ),
    *("test_broken_setups", "test_cli", "test_cli_run", "test_house"),
    *("test_http_mode", "test_ledger_faults", "test_polling", "test_race", "test_storm"),
    # The stories of tests/simulation are measured once, as they are played by themselves.
    *("test_planted", "test_replay"),
}
"""Rooms and files. What the flows among them break lies in the adapters and between processes."""
_FOR_CHILDREN = "COVERAGE_PROCESS_CONFIG"
"""Tells a Python process that coverage's start-up hook finds it in to measure itself."""
_kept = os.environ.get(_FOR_CHILDREN, "")
_tracers = sys.gettrace(), threading.gettrace()
"""Coverage's, for this thread and for new ones; none where nobody measures, or where Python itself counts for it."""
_is_measuring = True


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item) -> None:
    """Switch the measuring on or off for the next test; nothing happens where nobody traces.

    Not by stopping and starting coverage itself, which looks through all imported modules again each time.
    """
    is_measured = _UNMEASURED.isdisjoint((item.path.relative_to(_TESTS).parts[0], item.path.stem))
    wanted = is_measured and item.get_closest_marker("unmeasured") is None
    _measure(wanted)


def _measure(wanted: bool) -> None:
    global _is_measuring  # noqa: PLW0603 - there is one tracer in a process
    if _tracers[0] is None or wanted == _is_measuring:
        return
    _trace(wanted)
    if wanted:
        os.environ[_FOR_CHILDREN] = _kept
    else:
        os.environ.pop(_FOR_CHILDREN, None)
    _is_measuring = wanted


def _trace(wanted: bool) -> None:
    for set_tracer, tracer in zip((sys.settrace, threading.settrace), _tracers, strict=True):
        set_tracer(tracer if wanted else None)


@pytest.hookimpl(trylast=True)
def pytest_sessionstart(session: pytest.Session) -> None:
    """Let each process of a run begin with other test files, so that each file is compiled by one of them.

    All would compile all of them anew, each for itself and at the same time: 16 s of processor time in each.
    """
    worker = getattr(session.config, "workerinput", None)
    if worker is None and session.config.getoption("dist", "no") != "no":
        # This process only hands the tests out, and runs none of our code.
        _trace(False)
    if worker is None or session.config.args != session.config.getini("testpaths"):
        return
    ignored = [Path(path).resolve() for path in session.config.getoption("ignore") or ()]
    files = [file for file in sorted(_TESTS.rglob("test_*.py")) if {file, *file.parents}.isdisjoint(ignored)]
    first = len(files) * int(worker["workerid"].removeprefix("gw")) // worker["workercount"]
    for file in files[first:] + files[:first]:
        name = ".".join(file.relative_to(_TESTS.parent).with_suffix("").parts)
        with suppress(Exception):  # whatever is wrong with it: its collection comes to it again, and says it
            importlib.import_module(name)
    # All that is ours has been imported by then: what is left to collect is pytest's own work.
    _measure(False)


def pytest_collection_finish() -> None:
    """What was collected stays to the end: the garbage collector need not go through it again and again."""
    gc.freeze()


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


@pytest.fixture
async def bench(shared_valkey: RunningValkey, tmp_path: Path) -> AsyncIterator[Bench]:
    """A desk over real parts on a working morning, writes on."""
    async with open_bench(shared_valkey, tmp_path) as opened:
        yield opened
