"""What holds for every run. Not measured are the tests of the rooms that no coverage gate of the Makefile asks for.

Measuring nearly doubles the time of a test, and these run the adapters and the stand-ins, hardly any of the gated code.
"""

from __future__ import annotations

import gc
import os
from pathlib import Path

import coverage
import pytest

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
