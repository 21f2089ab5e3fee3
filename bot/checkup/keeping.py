"""`gatehouse backup` and `gatehouse restore`: the embedded server's data as a file, and a data folder of it."""

from __future__ import annotations

import sys
from pathlib import Path

from bot.checkup.findings import Weight
from bot.checkup.record import compare
from bot.ledger import EmbeddedServer, LedgerError
from bot.ledger.backup import back_up, restore
from bot.settings import Settings
from bot.terminal import complain, printable

_BY_ITS_OWN_MEANS = (
    "The ledger is a server of yours (REDIS_URL): {verb} it by that server's own means. docs/operations.md tells what "
    "has to be in the copy."
)


async def make_backup(settings: Settings, file: Path) -> int:
    """Write a backup of a Gatehouse that runs or not; the exit status, with every fault on standard error."""
    if settings.ledger.redis_url.get_secret_value():
        return complain([_BY_ITS_OWN_MEANS.format(verb="back up")])
    environment = settings.ledger.server_environment()
    if not (settings.ledger.data / "appendonlydir").is_dir():
        return complain(
            [f"{settings.ledger.data} holds no data of a ledger yet. Name its folder: [ledger] data."]
        )
    try:
        about = await back_up(
            EmbeddedServer(settings.ledger.data, environment=environment), file, environment
        )
    except FileExistsError:
        return complain([f"{file} exists already and is left as it is. Name a file that does not exist."])
    except LedgerError as error:
        return complain([f"No backup was made. {error}"])
    except OSError as error:
        return complain([f"No backup was made: {file} cannot be written ({error.strerror or error})."])
    _say(
        f"{file}: the ledger as of {about.made_at:%Y-%m-%d %H:%M:%S} UTC, with {about.events} events of the record. It "
        "was opened again and its record recomputed."
    )
    _say("It holds names and reasons, and what gives rights: keep it as closed as the data folder.")
    return 0


async def use_backup(settings: Settings, file: Path) -> int:
    """Make the data folder of a backup; the exit status, with every fault on standard error."""
    if settings.ledger.redis_url.get_secret_value():
        return complain([_BY_ITS_OWN_MEANS.format(verb="restore")])
    folder = settings.ledger.data
    try:
        about = await restore(file, folder, settings.ledger.server_environment())
    except LedgerError as error:
        return complain([f"Nothing was restored. {error}"])
    except OSError as error:
        place = error.filename or folder
        return complain([f"Nothing was restored: {place} cannot be used ({error.strerror or error})."])
    _say(
        f"{folder}: the ledger as of {about.made_at:%Y-%m-%d %H:%M:%S} UTC, with {about.events} events of the record, "
        "recomputed."
    )
    for remark in await compare(settings):
        if remark.weight is not Weight.GOOD:
            _say(remark.sentence)
    return 0


def _say(sentence: str) -> None:
    sys.stdout.write(printable(sentence) + "\n")
