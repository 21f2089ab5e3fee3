"""Adds up the closing lines of several pytest reports: `python tests/browser/summary.py REPORT...`."""

from __future__ import annotations

import re
import sys
from collections import Counter
from pathlib import Path

_CLOSING = re.compile(r"^=+ (?P<counts>.*) in [0-9.]+s.*=+$", re.MULTILINE)
_COUNT = re.compile(r"(\d+) (passed|failed|errors?|skipped|xfailed|xpassed|deselected|warnings?)")


def summed(reports: list[str]) -> str:
    """One line like pytest's own. Raises ValueError for a report without a closing line."""
    total: Counter[str] = Counter()
    for report in reports:
        closing = list(_CLOSING.finditer(report))
        if not closing:
            raise ValueError("a report has no closing line; did pytest end by itself?")
        total.update({word: int(number) for number, word in _COUNT.findall(closing[-1]["counts"])})
    order = ["failed", "passed", "skipped"]
    words = sorted(total, key=lambda word: order.index(word) if word in order else len(order))
    return f"===== {', '.join(f'{total[word]} {word}' for word in words)} ====="


if __name__ == "__main__":
    sys.stdout.write(summed([Path(name).read_text("utf-8") for name in sys.argv[1:]]) + "\n")
