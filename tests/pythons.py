"""The quick tests on every other Python that `pyproject.toml` names and this machine has: `make pythons`.

Each gets an environment of its own, from the lock file. One that is not there is said, and is no fault.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import time
import tomllib
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parent.parent
UV: Final = Path(sys.executable).with_name("uv")
TESTS: Final = (
    "tests/rules",
    "tests/models",
    "tests/permissions",
    "tests/audit",
    "tests/ledger/test_commit.py",
)
"""What is quick, and what a Python could spoil: arithmetic, texts, times, models, and one way to a real server."""


def main() -> int:
    """Try each; 1 if a test failed on one of them."""
    failed = [version for version in named() if not _holds(version)]
    return 1 if failed else 0


def named() -> list[str]:
    """The supported versions but this one, oldest first."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    found = re.findall(r"Python :: (3\.\d+)$", "\n".join(project["classifiers"]), re.MULTILINE)
    return [one for one in found if one != f"3.{sys.version_info.minor}"]


def _holds(version: str) -> bool:
    began = time.monotonic()
    python = _found(version)
    if python is None:
        sys.stdout.write(f"Python {version}: not on this machine, not tried.\n")
        return True
    made = ROOT / f".venv-{version}"
    _run(UV, "venv", "--quiet", "--clear", "--python", python, made)
    inside = made / "bin" / "python"
    _run(
        UV, "pip", "install", "--quiet", "--python", inside, "--require-hashes", "-r", "requirements-dev.lock"
    )
    told = subprocess.run(  # noqa: S603 - the project's own tests
        [inside, "-m", "pytest", "-q", "-n", "2", "-p", "no:cacheprovider", "-p", "no:inline_snapshot", *TESTS],
        cwd=ROOT, capture_output=True, text=True, check=False, env=os.environ | {"PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    if told.returncode:
        sys.stdout.write(told.stdout)
    last = told.stdout.strip().splitlines()[-1].strip("= ")
    sys.stdout.write(f"Python {version}: {last}, {time.monotonic() - began:.0f} s in all.\n")
    return told.returncode == 0


def _found(version: str) -> Path | None:
    asked = _asked(UV, "python", "find", "--no-python-downloads", "--no-project", version)
    return Path(asked.stdout.strip()) if asked.returncode == 0 else None


def _asked(*command: str | Path) -> subprocess.CompletedProcess[str]:
    environment = dict(os.environ)
    if shutil.which("pyenv"):
        # Its names on the path run only what it is told to offer.
        held = subprocess.run(["pyenv", "versions", "--bare"], capture_output=True, text=True, check=False)  # noqa: S607
        environment["PYENV_VERSION"] = ":".join(held.stdout.split())
    return subprocess.run(command, capture_output=True, text=True, check=False, env=environment)  # noqa: S603


def _run(*command: str | Path) -> None:
    subprocess.run(command, cwd=ROOT, check=True)  # noqa: S603 - the project's own tool


if __name__ == "__main__":
    sys.exit(main())
