"""What pip-audit's answer (JSON on standard input) comes to: fails on a known vulnerability, and hides no silence.

A service that cannot be reached is no all-clear: how many versions could not be asked about is said, always.
"""

import json
import sys
from typing import Any


def summary(answer: dict[str, Any]) -> tuple[list[str], bool]:
    """What to print, and whether a locked version is known to be vulnerable."""
    packages = answer.get("dependencies", [])
    silent = sorted(one["name"] for one in packages if one.get("skip_reason"))
    found = [
        f"{one['name']} {one['version']}: {known['id']}, mended in {', '.join(known['fix_versions']) or 'none yet'}"
        for one in packages
        for known in one.get("vulns", [])
    ]
    asked = len(packages) - len(silent)
    lines = [
        *found,
        f"make audit: {asked} of {len(packages)} locked versions asked about, {len(found)} known to be vulnerable.",
    ]
    if silent:
        lines.append(f"NOT ASKED (the advisory service cannot be reached from here): {len(silent)} versions.")
    return lines, bool(found)


def main() -> int:
    """0 also where nothing could be asked, since that says nothing against the lock; the lines say it."""
    text = sys.stdin.read()
    if not text.strip():
        sys.stdout.write("NOT ASKED: pip-audit gave no answer, so nothing is known of any locked version.\n")
        return 0
    lines, is_vulnerable = summary(json.loads(text))
    sys.stdout.write("\n".join(lines) + "\n")
    return int(is_vulnerable)


if __name__ == "__main__":
    sys.exit(main())
