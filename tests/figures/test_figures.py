"""The figures count what they say, and go on doing so when the code moves."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.figures import code
from tests.figures.__main__ import ROOT, seconds_of
from tests.figures.press import trace_press

SAMPLE = '''
class Box:
    def first(self, a, *, b=1):
        """What it is for.

        More of it."""
        return [a, b]

async def second():
    def inner(a, /, b, c): ...
'''


def test_a_function_is_as_long_as_its_lines_without_the_docstring(tmp_path: Path) -> None:
    (tmp_path / "bot").mkdir()
    (tmp_path / "bot" / "box.py").write_text(SAMPLE)
    found = {one.place.split()[-1]: (one.lines, one.arguments) for one in code.functions(tmp_path, ["bot"])}
    assert found == {"first": (2, 2), "second": (2, 0), "inner": (1, 3)}


@pytest.mark.parametrize("change", code.CHANGES)
def test_a_rehearsed_change_names_something_that_is_there(change: str) -> None:
    """A name that was changed would count as no file at all."""
    assert 1 < len(code.touched(ROOT, code.CHANGES[change])) < 40


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("noise\n====== 7419 passed, 3 skipped in 1140.20s (0:19:00) ======\n", "1140 s (7419 passed)"),
        ("====== 1 failed, 7 passed in 9.96s ======\n", "10 s (7 passed)"),
        ("", "no report: run `make test`"),
    ],
)
def test_the_seconds_are_those_of_the_last_report(tmp_path: Path, text: str, said: str) -> None:
    report = tmp_path / "report.txt"
    report.write_text(text)
    assert seconds_of(report) == said


def test_a_traced_press_names_our_files_and_what_it_read() -> None:
    trace = trace_press(ROOT)
    assert {"bot/ledger/store.py", "permissions/check.py"} <= trace.files
    assert not [name for name in trace.files if not (ROOT / name).is_file()]
    assert not [name for name in trace.files if name.startswith(("rehearsal/", "tests/"))]
    assert trace.ledger["case"] + trace.ledger["cases"] >= 1
