"""`make soak WHAT=years HOW=200`: that many more years than a change's tests have time for, of rules and (a tenth) of a
real ledger."""

from __future__ import annotations

import os
import sys

import pytest

from tests.years import MORE


def main(arguments: list[str]) -> int:
    """The command."""
    os.environ[MORE] = arguments[0] if arguments else "100"
    return int(pytest.main(["tests/years", "-q", "-n", "2", "-p", "no:inline_snapshot"]))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
