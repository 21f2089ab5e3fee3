"""The record as a file (`gatehouse audit`), what proves it from outside, and `gatehouse report` over it."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from bot.audit import (
    KeyFault,
    KnownSeal,
    Outside,
    Verification,
    kept_seals,
    read_public_keys,
    verify_export,
    verify_parts,
)
from bot.cards.messages.timing import timing_csv, timing_text
from bot.checkup.findings import Remark, fault, good, warning
from bot.checkup.host import examine_authority
from bot.ledger import EmbeddedServer, Ledger, LedgerError
from bot.ledger.address import is_this_machine
from bot.logs import complain, printable
from bot.models import Event
from bot.rules.figures import figures_of
from bot.rules.older_ledger import why_older
from bot.settings import Settings
from bot.witness import FolderFault, NotDelivered, WitnessFolder, reach
from permissions.plain_text import NotUtf8, check_encoding, text_of

PART, LEDGER = "settings", "ledger"
_NOT_WITNESSED = "Seals are not signed, and an older copy of the ledger would not be noticed"


OLDER = (
    "The ledger is older than what was seen of it: {why}. It may bring back grants that were revoked and lift "
    "suspensions. Put the newest data back. To use this ledger on purpose, start once with `gatehouse run "
    "--accept-older-ledger`: every grant and role given in Slack is dropped, suspensions stay, and the audit channel "
    "hears of it."
)


def examine(settings: Settings, *, accept_older: bool = False) -> list[Remark]:
    """The folder and the second place, as they are named and as they lie on the disk.

    `accept_older`: the note of the last head may be damaged, since whoever starts so does not go by it.
    """
    return [*_folder(settings, accept_older=accept_older), *_second_place(settings), *_collector(settings)]


def _folder(settings: Settings, *, accept_older: bool) -> list[Remark]:
    path = settings.record_folder()
    if path is None:
        return [warning(PART, f"{_NOT_WITNESSED}: no folder is named. Name one: [record] folder.")]
    existing = next(place for place in (path, *path.parents) if place.exists())
    if not _is_writable(existing):
        weight = warning if settings.record.folder is None else fault
        return [
            weight(
                PART, f"{_NOT_WITNESSED}: {path} cannot be made or written to. Name another: [record] folder."
            )
        ]
    folder = WitnessFolder(path)
    try:
        key = folder.key_if_any()
        _ = None if accept_older else folder.seen()
    except FolderFault as error:
        return [fault(PART, str(error))]
    if key is None:
        return [good(PART, f"The first start makes the key of the seals, in {path}.")]
    return [good(PART, f"Seals are signed by the key {key.key_id}, in {path}.")]


def _is_writable(folder: Path) -> bool:
    """Found out by doing it: whoever is asked for the modes alone knows nothing of quotas, full disks and /proc."""
    try:
        with TemporaryDirectory(prefix=".gatehouse-", dir=folder):
            return True
    except OSError:
        return False


def _second_place(settings: Settings) -> list[Remark]:
    record = settings.record
    place = record.webhook_url or record.syslog
    if not place:
        named = "[record] webhook_url or syslog names a second place"
        return [good(PART, f"Seals go to the audit channel only ({named}).")]
    found = [good(PART, f"Seals go to the audit channel and to {place}.")]
    if record.syslog_ca is not None:
        found += examine_authority(PART, "[record] syslog_ca", record.syslog_ca)
    host = urlsplit(place).hostname or ""
    if record.syslog and not record.syslog.startswith("syslog+tls://") and not is_this_machine(host):
        found.append(
            warning(PART, f"Whoever is between here and {place} can take seals out. Use syslog+tls://.")
        )
    return found


def _collector(settings: Settings) -> list[Remark]:
    place = settings.record.ship_to
    if not place:
        return []
    found = [good(PART, f"Every event of the record goes to {place}, as {settings.record.ship_format}.")]
    if settings.record.ship_ca is not None:
        found += examine_authority(PART, "[record] ship_ca", settings.record.ship_ca)
    host = urlsplit(place).hostname or ""
    if place.startswith(("syslog+tcp://", "syslog+udp://")) and not is_this_machine(host):
        told = f"Whoever is between here and {place} can read events and take them out. Use syslog+tls://."
        found.append(warning(PART, told))
    return found


async def reach_outside(settings: Settings) -> list[Remark]:
    """Whether somebody answers at the second place and at the collector. What is away may come back: events wait."""
    record = settings.record
    places = (
        ("webhook_url", record.webhook_url, None),
        ("syslog", record.syslog, record.syslog_ca),
        ("ship_to", record.ship_to, record.ship_ca),
    )
    return [
        remark
        for key, place, authority in places
        if place and (authority is None or not examine_authority(PART, key, authority))
        for remark in await _reached(key, place, authority)
    ]


async def _reached(key: str, place: str, authority: Path | None) -> list[Remark]:
    try:
        await reach(place, authority)
    except NotDelivered as error:
        told = (
            f"[record] {key} ({place}): {error}. Mend the address or the network; until then it waits here."
        )
        return [fault(PART, told, passes=True)]
    return [good(PART, f"[record] {key}: somebody answers at {place}.")]


async def compare(settings: Settings) -> list[Remark]:
    """Whether `run` would refuse this ledger because it is older than what was seen. Whoever cannot connect has been
    told so already."""
    path = settings.record_folder()
    try:
        seen = WitnessFolder(path).seen() if path is not None else None
    except FolderFault:
        return []
    if seen is None:
        return []
    url = settings.ledger.redis_url.get_secret_value()
    where = url or EmbeddedServer(settings.ledger.data, environment=settings.ledger.server_environment())
    try:
        ledger = await Ledger.connect(where, replica_id="check")
    except (LedgerError, ValueError, OSError):
        return []
    try:
        head, there = await ledger.chain.head(), await ledger.chain.link_of_event(seen.number)
    except LedgerError:
        return []
    finally:
        await ledger.close()
    why = why_older(seen, head.number, there)
    if not why:
        return [good(LEDGER, f"The ledger holds event {seen.number}, which was seen last.")]
    return [fault(LEDGER, OLDER.format(why=why))]


def print_key(settings: Settings, *, renew: bool = False) -> int:
    """Print the public keys, the one in use first; `renew` takes a new one before. What is said is on standard error,
    so that the output is a file for `--public-key`."""
    path = settings.record_folder()
    if path is None:
        return complain(["No folder holds the key. Name one: [record] folder, or GATEHOUSE_RECORD."])
    folder = WitnessFolder(path)
    try:
        key = folder.renew_key() if renew else folder.key()
        texts = folder.public_texts()
    except FolderFault as fault:
        return complain([str(fault)])
    except OSError as error:
        return complain([f"{path} cannot be read ({error.strerror})."])
    sys.stdout.write("".join(texts))
    again = " Restart Gatehouse, so that it signs with it." if renew else ""
    sys.stderr.write(printable(f"The key in use is {key.key_id}, in {path}.{again}") + "\n")
    return 0


@dataclass(frozen=True, slots=True)
class Brought:
    """What the auditor brings to a verification, as it stands on the command line."""

    seals: Sequence[KnownSeal] = ()
    seal_files: Sequence[Path] = ()
    key_files: Sequence[Path] = ()
    begins_at: int = 1
    following: Sequence[Path] = ()
    """The parts that go on where the first file ends, in order."""
    whole: Path | None = None
    """A whole export, where a part of one is verified."""


class Unreadable(Exception):
    """A file that was brought cannot be used; the sentence says why."""


def verify(file: Path, brought: Brought | None = None) -> int:
    """Recompute the whole chain and compare it with what the auditor brings; prints what was verified, or every
    place where the export is not what it claims."""
    brought = brought or Brought()
    files = (file, *brought.following)
    try:
        outside = _outside(brought)
        found = verify_parts(map(lines_of, files), outside)
    except Unreadable as error:
        return complain([str(error)])
    shown = ", ".join(map(str, files))
    for problem in found.problems:
        complain([f"{shown}: {problem}."])
    sys.stdout.write(f"{printable(_verdict(shown, found, outside), keep=chr(10))}\n")
    return 0 if found.is_good else 1


def verified(file: Path, outside: Outside) -> Verification:
    """The export read line by line: it may be larger than memory. Raises Unreadable."""
    return verify_export(lines_of(file), outside)


def verified_whole(file: Path, brought: Brought) -> Verification:
    """A whole export, compared with what the auditor brings; what a part is held against. Raises Unreadable."""
    return verified(file, _outside(brought))


def lines_of(file: Path) -> Iterator[str]:
    """A file of an export line by line. Raises Unreadable."""
    try:
        with file.open("rb") as begun:
            check_encoding(begun.read(4096))
        # A cell of a table may hold a line end of its own.
        with file.open(encoding="utf-8-sig", newline="") as lines:
            yield from lines
    except OSError as error:
        raise Unreadable(f"{file} cannot be read ({error.strerror}). Name an export.") from error
    except UnicodeDecodeError as error:
        raise _altered(file, NotUtf8(f"is not UTF-8 text ({error.reason})")) from error
    except NotUtf8 as error:
        raise _altered(file, error) from error


def _altered(file: Path, error: NotUtf8) -> Unreadable:
    return Unreadable(f"{file}: the file {error}. Its lines are to stay as they were exported.")


def _outside(brought: Brought) -> Outside:
    kept = [*brought.seals]
    for file in brought.seal_files:
        try:
            kept += kept_seals(_text(file).splitlines())
        except ValueError as error:
            raise Unreadable(f"{file}: {error}.") from None
    keys: dict[str, Ed25519PublicKey] = {}
    for file in brought.key_files:
        try:
            keys |= read_public_keys([_text(file)])
        except KeyFault as error:
            raise Unreadable(f"{file}: {error}.") from None
    return Outside(kept, keys, brought.begins_at)


def _text(file: Path) -> str:
    try:
        return text_of(file.read_bytes())
    except OSError as error:
        raise Unreadable(f"{file} cannot be read ({error.strerror}).") from None
    except NotUtf8 as error:
        raise Unreadable(f"{file}: the file {error}.") from None


def _verdict(file: str, found: Verification, outside: Outside) -> str:
    if not found.is_good:
        return f"{file}: NOT verified, {len(found.problems)} problems."
    loose = found.last - found.sealed_to
    seals = f"{found.seals} seals ({loose} events after the last)"
    private = f"{found.private_kept} private parts kept, {found.private_removed} removed by retention"
    return (
        f"{file}: verified, events {found.first} to {found.last}, {seals}, {private}.\n"
        f"Chain head {found.link}, last seal {found.seal or 'none'}.\n"
        f"{_proof(found, outside)}"
    )


def _proof(found: Verification, outside: Outside) -> str:
    """How far the export is proven by something that its owner does not hold, and what is not."""
    if not outside.seals and not outside.keys:
        return (
            "It fits together, and that is all: nothing from outside was compared, and who owns the server can write "
            "a whole record that fits together. Compare seals of the audit channel (--seal N=DIGEST), or signatures "
            "(--public-key FILE)."
        )
    proofs = []
    if outside.seals:
        proofs.append(f"{len(found.stood)} of {len(outside.seals)} given seals stand")
    if outside.keys:
        proofs.append(f"signed to event {found.signed_to}")
    rest = found.last - found.proven_to
    unproven = f" Nothing from outside vouches for the {rest} events after it." if rest else ""
    return f"Proven up to event {found.proven_to}: {', '.join(proofs)}.{unproven}"


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
