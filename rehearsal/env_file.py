"""What a stand-in tells another process: its address and its tokens, as variables in a file."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path


def write_env(file: Path, variables: Mapping[str, str]) -> None:
    """Write them, readable by oneself alone, whole or not at all: whoever waits for the file reads all of it."""
    fresh = file.with_name(f"{file.name}.new")
    fresh.unlink(missing_ok=True)
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as opened:
        opened.writelines(f"{name}={value}\n" for name, value in variables.items())
    fresh.replace(file)
