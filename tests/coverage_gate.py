"""Refuses branch coverage below a limit: `python tests/coverage_gate.py 95 "pure modules" bot/sla bot/cards`.

Reads the combined coverage data of the working directory. A name stands for the module and for the
package of that name. Exit status 1: too few branches taken, or a name that was never measured.
"""

import io
import json
import sys
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

import coverage


def measured(names: list[str]) -> dict[str, Any]:
    """Coverage's own JSON report over the named modules and packages."""
    patterns = [pattern for name in names for pattern in (f"{name}.py", f"{name}/*", f"{name}/**/*")]
    answer = io.StringIO()
    data = coverage.Coverage()
    data.load()
    with redirect_stdout(answer):
        data.json_report(outfile="-", include=patterns)
    report: dict[str, Any] = json.loads(answer.getvalue())
    return report


def never_measured(names: list[str], report: dict[str, Any]) -> list[str]:
    """Names under which no file was measured: a gate over nothing would always be green."""
    files = [Path(file) for file in report["files"]]
    return [
        name
        for name in names
        if not any(file == Path(f"{name}.py") or Path(name) in file.parents for file in files)
    ]


def main(arguments: list[str]) -> int:
    """Print one line for the group, and one for each file that pulls it down when the gate is shut."""
    limit, title, *names = arguments
    report = measured(names)
    if missing := never_measured(names, report):
        print(f"Coverage of the {title}: nothing was measured under {', '.join(missing)}.", file=sys.stderr)
        return 1
    totals = report["totals"]
    taken = float(totals["percent_branches_covered"])
    said = f"{title}: {taken:.1f} % of {totals['num_branches']} branches taken, at least {limit} % wanted"
    if taken >= float(limit):
        print(f"Coverage of the {said}.")
        return 0
    print(f"Coverage of the {said}. Below it:", file=sys.stderr)
    for file, entry in sorted(report["files"].items()):
        if float(entry["summary"]["percent_branches_covered"]) < float(limit):
            print(f"  {file}: branches {entry['missing_branches']}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
