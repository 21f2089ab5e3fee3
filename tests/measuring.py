"""What is measured, and how a run begins; a plugin, so that it is there before anything of ours is imported.

Measuring more than doubles the time of a test. So those are not measured that run the adapters, the stand-ins or other
processes, hardly any of the modules that a coverage gate of the Makefile asks for; nor those marked `unmeasured`, which
go the same ways hundreds of times with other values. Nor are whole stories: each way through a use case has a test of
its own, and one that a story alone goes is a way that nobody has said anything about. And what all processes of a run
import is measured in one.
"""

from __future__ import annotations

import gc
import importlib
import os
import signal
import sys
import threading
from contextlib import suppress
from pathlib import Path
from typing import NoReturn

import pytest

_TESTS = Path(__file__).parent
_UNMEASURED = {
    *(
        "app",
        "browser",
        "chat",
        "crashes",
        "deploy",
        "docs",
        "figures",
        "flows",
        "hostile",
        "ical",
        "installing",
        "ledger",
        "portal",
        "rehearsal",
        "shift",
        "simulation",
        "witness",
    ),
    *(
        "test_broken_setups",
        "test_cli",
        "test_cli_check",
        "test_cli_run",
        "test_house",
        "test_odd_setups",
    ),
    *(
        "audit/test_shapes",
        "cards/test_approve_modal",
        "cards/test_card_size",
        "cards/test_hostile_text",
        "decision/test_approve_table",
        "handlers/test_door",
        "lookup/test_a_day_of_figures",
        "permissions/test_everywhere",
        "permissions/test_table",
        "rules/test_calendars",
        "rules/test_rotas",
    ),
}
"""Rooms and files of which no gate asks, or whose ways others go as well."""
_FIRST = "gw0"
_FOR_CHILDREN = "COVERAGE_PROCESS_CONFIG"
"""Tells a Python process that coverage's start-up hook finds it in to measure itself."""
_kept = os.environ.get(_FOR_CHILDREN, "")
_tracers = sys.gettrace(), threading.gettrace()
"""Coverage's, for this thread and for new ones; none where nobody measures, or where Python itself counts for it."""
_is_measuring = True


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> None:
    """Import what is ours measured in one process, unmeasured in those that would import the same once more.

    What is imported and collected stays to the end: until then the garbage collector need not go through it.
    """
    gc.disable()
    signal.signal(signal.SIGINT, _interrupted)
    worker = os.environ.get("PYTEST_XDIST_WORKER")
    if worker is None and getattr(early_config.known_args_namespace, "numprocesses", None):
        # This process only hands the tests out, and runs none of our code.
        _trace(False)
    elif worker not in (None, _FIRST):
        _measure(False)


def _interrupted(_number: int, _frame: object) -> NoReturn:
    """Ctrl-C as ever. For Python's own handler asyncio puts its own in with each coroutine that a test or a fixture is,
    and then the signal module writes out what that has come to: all of a flow's scene, twice, in 34 ms.
    """
    raise KeyboardInterrupt


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item) -> None:
    """Switch the measuring on or off for the next test; nothing happens where nobody traces.

    Not by stopping and starting coverage itself, which looks through all imported modules again each time.
    """
    path = item.path.relative_to(_TESTS).with_suffix("")
    is_measured = _UNMEASURED.isdisjoint((path.parts[0], path.as_posix()))
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


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Begin with the tests that run longest, some in each process: at the end one of them keeps all others waiting.

    They are those that ask for more time than others. A process takes its share of the list from the front, and is
    relieved of what stands at its share's end.
    """
    usual = float(config.getini("timeout"))
    long = sorted((item for item in items if _asked_for(item) > usual), key=_asked_for, reverse=True)
    others = [item for item in items if _asked_for(item) <= usual]
    processes = int(getattr(config, "workerinput", {}).get("workercount", 1))
    whole, items[:] = len(items), []
    for nth in range(processes):
        mine = long[nth::processes]
        left = max((whole - len(items)) // (processes - nth) - len(mine), 0)
        items += [*mine, *others[:left]]
        del others[:left]


def _asked_for(item: pytest.Item) -> float:
    """Seconds that a test asks for; 0 without a mark of its own."""
    mark = item.get_closest_marker("timeout")
    return float(mark.args[0]) if mark else 0.0


def pytest_collection_finish() -> None:
    """What was collected is set aside for good, and the garbage collector goes through what comes."""
    gc.freeze()
    gc.enable()
