"""What the tag of a release says: `python -m tests.docs.notes VERSION`, from the changelog."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Final

CHANGELOG: Final = Path(__file__).resolve().parents[2] / "CHANGELOG.md"
UNRELEASED: Final = "Unreleased"
HEADING: Final = re.compile(r"(?P<version>\d+\.\d+\.\d+) \((?P<day>\d{4}-\d\d-\d\d)\)")


class NotReady(Exception):
    """The changelog does not tell of this release yet."""


def sections(changelog: str) -> dict[str, str]:
    """The changelog's headings, newest first, with what stands under each."""
    _, *parts = re.split(r"^## ", changelog, flags=re.MULTILINE)
    told = (part.partition("\n") for part in parts)
    return {heading.strip(): text.strip() for heading, _, text in told}


def released(changelog: str) -> dict[str, str]:
    """The day of each release by its version, newest first. Raises NotReady for a heading that is neither."""
    found: dict[str, str] = {}
    for heading in sections(changelog):
        told = HEADING.fullmatch(heading)
        if told is not None:
            found[told["version"]] = told["day"]
        elif heading != UNRELEASED:
            raise NotReady(f"CHANGELOG.md: the heading “{heading}” should be like “0.2.0 (2026-12-01)”.")
    return found


def notes(changelog: str, version: str) -> str:
    """The message of the tag. Raises NotReady."""
    day = released(changelog).get(version)
    if day is None:
        raise NotReady(
            f"CHANGELOG.md has no heading “{version} (its day)”: put the lines of the release under one."
        )
    told = sections(changelog)
    if told.get(UNRELEASED):
        raise NotReady(
            f"CHANGELOG.md still has lines under “{UNRELEASED}”: they belong to {version}, or to a later tag."
        )
    lines = told[f"{version} ({day})"]
    if not lines:
        raise NotReady(f"CHANGELOG.md says nothing of {version}.")
    return f"Gatehouse {version}\n\n{lines}\n"


if __name__ == "__main__":
    try:
        sys.stdout.write(notes(CHANGELOG.read_text("utf-8"), sys.argv[1]))
    except (NotReady, IndexError) as error:
        sys.exit(
            str(error) if isinstance(error, NotReady) else "Which version? python -m tests.docs.notes 0.2.0"
        )
