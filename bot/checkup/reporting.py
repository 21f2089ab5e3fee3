"""`gatehouse report`: how long requests waited, from an export that verifies."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from bot.audit import Outside
from bot.cards.messages.timing import timing_csv, timing_text
from bot.checkup.verifying import Unreadable, verified
from bot.models import Event
from bot.rules.figures import figures_of
from bot.terminal import complain

_FOREVER = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Asked:
    """What the report is to be about, as it stands on the command line. Empty: everything in the export."""

    since: datetime | None = None
    until: datetime | None = None
    organization_id: str = ""
    as_csv: bool = False


def print_report(file: Path, asked: Asked) -> int:
    """Verify the export, then print the report; the exit status, with faults on standard error."""
    try:
        problems = verified(file, Outside()).problems
    except Unreadable as error:
        return complain([str(error)])
    if problems:
        # Figures out of a record that does not fit together would be told as facts.
        return complain(
            [f"{file} does not verify: {problems[0]}. `gatehouse audit verify` tells everything."]
        )
    events, named = list(_events(file)), asked.organization_id.lower()
    ours = [(at, one) for at, one in events if not named or one.organization_id.lower() == named]
    until = asked.until or max((at for at, _ in events), default=_FOREVER)
    figures = figures_of(ours, asked.since or _FOREVER, until)
    text = timing_text(figures.report, _as_it_is, figures=figures)
    sys.stdout.write(timing_csv(figures.report) if asked.as_csv else text)
    return 0


def _events(file: Path) -> Iterator[tuple[datetime, Event]]:
    """The export has been verified, so every line is what it says."""
    with file.open(encoding="utf-8-sig") as lines:
        for line in lines:
            told = json.loads(line)
            if told["type"] == "event":
                public = json.loads(told["body"])
                public.pop("private", None)
                yield datetime.fromtimestamp(told["at_ms"] / 1000, UTC), Event.model_validate(public)


def _as_it_is(organization_id: str) -> str:
    return organization_id
