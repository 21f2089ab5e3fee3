"""`python -m tests.figures`: the figures of the tree it is started in, as the table of docs/figures.md."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path

from bot import logs
from tests.figures import code
from tests.figures.press import trace_press

ROOT = Path(__file__).resolve().parents[2]
_CASE_READS = ("case", "cases")


def report(root: Path) -> Iterator[tuple[str, str]]:
    """Everything, as rows."""
    yield from code.report(root)
    trace = trace_press(root)
    yield "files that a press runs through", f"{len(trace.files)}: {trace.by_layer()}"
    yield "reads of the case by a press", str(sum(trace.ledger[name] for name in _CASE_READS))
    called = ", ".join(f"{name} {count}" for name, count in sorted(trace.ledger.items()))
    yield "calls of the ledger by a press", f"{trace.ledger.total()}: {called}"
    yield "`make test`", seconds_of(root / ".test-report.txt")


def seconds_of(file: Path) -> str:
    """How long the tests took at the last `make test`, as their report says."""
    text = file.read_text(encoding="utf-8") if file.is_file() else ""
    found = re.findall(r"^=+ .*?(\d+ passed).* in ([0-9.]+)s", text, re.MULTILINE)
    return f"{float(found[-1][1]):.0f} s ({found[-1][0]})" if found else "no report: run `make test`"


def main() -> None:
    """Print the table."""
    logs.set_up(level="error", style="console")
    rows = list(report(ROOT))
    sys.stdout.write("| figure | now |\n|---|---|\n")
    sys.stdout.writelines(f"| {what} | {value} |\n" for what, value in rows)


if __name__ == "__main__":
    main()
