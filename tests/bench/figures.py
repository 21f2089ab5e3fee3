"""How figures are taken and printed."""

from __future__ import annotations

import os
import platform
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

AS_INSTALLED = (
    "import runpy, sys; sys.modules.update(dict.fromkeys(('rich', 'greenlet', 'colorama'))); "
    "runpy.run_module(sys.argv.pop(1), run_name='__main__', alter_sys=True)"
)
"""Runs a module without what structlog loads where it is there: it is among the tools of development alone."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured row: a rate and the latencies behind it, in milliseconds."""

    name: str
    per_second: float
    p50_ms: float = 0.0
    p99_ms: float = 0.0


def figure(name: str, seconds: Sequence[float], elapsed_s: float) -> Figure:
    """A row from single latencies and the time that all of them took together."""
    ordered = sorted(seconds)
    p99 = ordered[min(len(ordered) - 1, int(len(ordered) * 0.99))]
    return Figure(name, len(seconds) / elapsed_s, statistics.median(ordered) * 1000, p99 * 1000)


def table(title: str, rows: Sequence[Figure], note: str = "") -> str:
    """A Markdown table; the ratio is to the first row, the baseline."""
    base = rows[0]
    lines = [f"### {title}", "", "| | per second | ratio | p50 ms | p99 ms |", "|---|---|---|---|---|"]
    for row in rows:
        latencies = f"{row.p50_ms:.2f} | {row.p99_ms:.2f}" if row.p50_ms else "– | –"
        lines.append(
            f"| {row.name} | {row.per_second:,.0f} | {row.per_second / base.per_second:.2f} | {latencies} |"
        )
    return "\n".join([*lines, "", note] if note else lines) + "\n"


def machine() -> str:
    """What the figures were taken on."""
    model = "unknown processor"
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        names = [
            line.split(":", 1)[1].strip() for line in cpuinfo.read_text().splitlines() if "model name" in line
        ]
        model = names[0] if names else model
    system = f"{platform.system()} {platform.machine()}, Python {platform.python_version()}"
    return f"{os.cpu_count()} cores, {model}, {system}"
