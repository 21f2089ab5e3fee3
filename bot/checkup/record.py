"""The record as a file: `gatehouse audit export` writes it, `gatehouse audit verify` needs nothing but it."""

from __future__ import annotations

import sys
from pathlib import Path

from bot.audit import Verification, verify_export
from bot.ledger import EmbeddedServer, Ledger, LedgerError
from bot.logs import printable
from bot.settings import Settings
from permissions.plain_text import NotUtf8, check_encoding


async def export(settings: Settings, file: Path) -> int:
    """Write the whole record to a new file that only its owner can read."""
    address = settings.ledger.redis_url.get_secret_value()
    embedded = EmbeddedServer(settings.ledger.data, environment=settings.ledger.server_environment())
    try:
        ledger = await Ledger.connect(address or embedded, replica_id="audit-export")
    except (LedgerError, OSError) as error:
        return _complain(f"The ledger cannot be read: {error}. `gatehouse check` tells more.")
    try:
        head = await ledger.export_to(file)
    except FileExistsError:
        return _complain(f"{file} exists already and is left as it is. Name a file that does not exist.")
    except OSError as error:
        return _complain(f"{file} cannot be written ({error.strerror}). Name a place that can be.")
    except LedgerError as error:
        return _complain(f"The export stopped: {error}. {file} is not complete; delete it and export again.")
    finally:
        await ledger.close()
    sys.stdout.write(f"{file}: {head.number} events. `gatehouse audit verify {file}` checks them anywhere.\n")
    return 0


def verify(file: Path) -> int:
    """Recompute the whole chain; prints what was verified, or every place where the export is not what
    it claims."""
    try:
        found = _verified(file)
    except OSError as error:
        return _complain(f"{file} cannot be read ({error.strerror}). Name an export.")
    except NotUtf8 as error:
        return _complain(f"{file}: the file {error}. Its lines are to stay as they were exported.")
    for problem in found.problems:
        _complain(f"{file}: {problem}.")
    sys.stdout.write(f"{_verdict(file, found)}\n")
    return 0 if found.is_good else 1


def _verified(file: Path) -> Verification:
    """The export read line by line: it may be larger than memory."""
    with file.open("rb") as begun:
        check_encoding(begun.read(4096))
    try:
        with file.open(encoding="utf-8-sig") as lines:
            return verify_export(lines)
    except UnicodeDecodeError as error:
        raise NotUtf8(f"is not UTF-8 text ({error.reason})") from error


def _verdict(file: Path, found: Verification) -> str:
    if not found.is_good:
        return f"{file}: NOT verified, {len(found.problems)} problems."
    loose = found.last - found.sealed_to
    seals = f"{found.seals} seals ({loose} events after the last)"
    private = f"{found.private_kept} private parts kept, {found.private_removed} removed by retention"
    return (
        f"{file}: verified, events {found.first} to {found.last}, {seals}, {private}.\n"
        f"Chain head {found.link}, last seal {found.seal or 'none'}: compare them with the audit channel."
    )


def _complain(sentence: str) -> int:
    sys.stderr.write(printable(sentence) + "\n")
    return 1
