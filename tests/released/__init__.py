"""Data folders that each version of the ledger's records left behind, as small samples.

Each was recorded by the last program that wrote its version: a rehearsed bot took in four requests, one was approved,
one denied, two were left open, and a right was given in Slack where that program had the means.
`python -m tests.released` records one more, of this program; a release that raises the version keeps it here.
"""

from __future__ import annotations

import json
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

HERE = Path(__file__).resolve().parent
ABOUT = "about.json"


@dataclass(frozen=True, slots=True)
class Sample:
    """One data folder, unpacked, and what its recorder knew."""

    folder: Path
    secret: bytes
    """Marks what gives rights there; empty: that program marked nothing."""
    events: int
    open_requests: tuple[str, ...]
    grants: int


def numbers() -> tuple[int, ...]:
    """The versions that there are samples of."""
    return tuple(
        sorted(int(file.name.split(".")[0].removeprefix("schema")) for file in HERE.glob("schema*.tar.gz"))
    )


@contextmanager
def sample(number: int) -> Iterator[Sample]:
    """The sample of one version, in a folder of its own. A socket's path must be short, so not in pytest's."""
    with TemporaryDirectory(prefix="gh") as name:
        folder = Path(name) / "data"
        folder.mkdir(mode=0o700)
        with tarfile.open(HERE / f"schema{number}.tar.gz") as packed:
            packed.extractall(folder, filter="data")
        told: dict[str, Any] = json.loads((folder / ABOUT).read_text("utf-8"))
        (folder / ABOUT).unlink()
        yield Sample(
            folder=folder,
            secret=bytes.fromhex(told["secret"]),
            events=told["events"],
            open_requests=tuple(told["open_requests"]),
            grants=told["grants"],
        )
