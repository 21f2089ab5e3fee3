"""The recording: who asks for what in twelve hours, and the customers whose computers they sit at.

142 requests of one day, in the stand-in portal's population widened by 34 customers: the same update of a meeting
client for many users and organizations, an updater, an installer with its children, a computer that floods, unsigned
scripts, drivers, software of one line of business each, a few duplicates, two unusual ones, elevations, storage.
Vendors' names are ordinary examples; the hashes are invented.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from rehearsal.portal import PortalSandbox
from rehearsal.portal.arrivals import Choices
from rehearsal.portal.population import Tenant, add_tenant

STARTS = datetime(2026, 11, 18, 7, 0, tzinfo=UTC)
"""A Wednesday. The escalation team comes an hour later."""
LASTS = timedelta(hours=12)
_HERE = Path(__file__).parent
_CUSTOMERS = 34
_AS_USUAL = "(usual)"
"""The reason that the stand-in gives by itself."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One request of the recording."""

    after: timedelta
    kind: str
    what: str
    """Which of the shift's stories it belongs to."""
    choices: Choices
    """What is fixed about it."""

    @property
    def is_unusual(self) -> bool:
        """One of the two that must not be approved."""
        return self.what == "unusual"


def recorded() -> list[Asked]:
    """Every request of the shift, oldest first."""
    files = {row["file"]: row for row in _rows("files.csv")}
    return [_asked(row, files.get(row["file"])) for row in _rows("requests.csv")]


def add_customers(portal: PortalSandbox) -> None:
    """The customers of the recording, all below the provider: 14 to 33 workstations, two servers and four Macs each."""
    for number in range(1, _CUSTOMERS + 1):
        name = f"cust-{number:02d}"
        tenant = Tenant(
            name, f"Customer {number:02d}", f"C{number:02d}", 14 + number % 20, 2, 4, "rowanbridge"
        )
        add_tenant(portal.world, tenant, portal.clock.now())


def _rows(name: str) -> list[dict[str, str]]:
    with (_HERE / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _asked(row: Mapping[str, str], file: Mapping[str, str] | None) -> Asked:
    choices: dict[str, Any] = {"computer" if "-WS-" in row["where"] else "organization": row["where"]}
    if file is not None:
        in_names = {"path": "path", "process_path": "process"}
        choices |= {field: file[name].replace("{user}", row["user"]) for field, name in in_names.items()}
        choices |= {"hash": file["hash"], "signer": file["signer"]}
    elif row["file"]:
        product, _, version = row["file"].partition(" ")
        choices |= {"product": product} | ({"version": version} if version else {})
    if row["user"]:
        choices["user"] = row["user"]
    if row["reason"] != _AS_USUAL:
        choices["reason"] = row["reason"]
    return Asked(timedelta(minutes=float(row["minute"])), row["kind"], row["what"], Choices(**choices))
