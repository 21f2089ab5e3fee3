"""The record as a file (`gatehouse audit`), what proves it from outside, and `gatehouse report` over it."""

from __future__ import annotations

import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlsplit

from bot.checkup.findings import Remark, fault, good, warning
from bot.checkup.host import examine_authority
from bot.checkup.server import UNUSABLE, place_of
from bot.ledger import Ledger, LedgerError
from bot.ledger.address import is_this_machine
from bot.rules.older_ledger import why_older
from bot.settings import Settings
from bot.terminal import complain, printable
from bot.witness import FolderFault, NotDelivered, WitnessFolder, reach

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
    where, _ = place_of(settings.ledger)
    try:
        ledger = await Ledger.connect(where, replica_id="check")
    except UNUSABLE:
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
