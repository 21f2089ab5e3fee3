"""`gatehouse report`: how long requests waited, from an export of the record, with no server and no network."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from bot.audit import verify_export
from bot.cards.messages.timing import timing_csv, timing_text
from bot.models import Event
from bot.rules.timing import report_of, waits_in
from permissions.plain_text import NotUtf8, check_encoding

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
        problems = _problems(file)
        events = list(_events(file)) if not problems else []
    except OSError as error:
        return _complain(f"{file} cannot be read ({error.strerror}). Name an export.")
    except NotUtf8 as error:
        return _complain(f"{file}: the file {error}. Its lines are to stay as they were exported.")
    if problems:
        # Figures out of a record that does not fit together would be told as facts.
        return _complain(f"{file} does not verify: {problems[0]}. `gatehouse audit verify` tells everything.")
    named = asked.organization_id.lower()
    ours = [(at, one) for at, one in events if not named or one.organization_id.lower() == named]
    until = asked.until or max((at for at, _ in events), default=_FOREVER)
    report = report_of(waits_in(ours), asked.since or _FOREVER, until)
    sys.stdout.write(timing_csv(report) if asked.as_csv else timing_text(report, _as_it_is))
    return 0


def _problems(file: Path) -> list[str]:
    with file.open("rb") as begun:
        check_encoding(begun.read(4096))
    with file.open(encoding="utf-8-sig") as lines:
        return list(verify_export(lines).problems)


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


def _complain(sentence: str) -> int:
    sys.stderr.write(sentence + "\n")
    return 1
