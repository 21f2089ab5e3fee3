"""The files that decide what Gatehouse does: may somebody else write them, or read what is secret?"""

from __future__ import annotations

import os
import stat
from pathlib import Path

from bot.checkup.findings import Remark, fault, good, warning
from bot.settings import Settings, SettingsFile

PART = "settings"


def examine(settings: Settings, read: tuple[SettingsFile, ...]) -> list[Remark]:
    """The settings' files, the access file and the data folder of an embedded server."""
    if os.name == "nt":
        return []
    files = [*read, SettingsFile(settings.access.file, is_secret=False)]
    found = [remark for file in files for remark in _file(file)]
    found += [] if settings.ledger.redis_url.get_secret_value() else _data(settings.ledger.data)
    return found or [good(PART, "Nobody else may write the files of this installation, or read its secrets.")]


def _file(file: SettingsFile) -> list[Remark]:
    path = file.path.expanduser()
    try:
        mode, folder = stat.S_IMODE(path.stat().st_mode), path.resolve().parent.stat().st_mode
    except OSError:
        return []  # What cannot be read is told by whoever needs it.
    strict = "600" if file.is_secret else "644"
    if mode & stat.S_IWOTH:
        return [
            fault(PART, f"{path} can be written by everybody ({mode:04o}). Close it: chmod {strict} {path}")
        ]
    if folder & stat.S_IWOTH and not folder & stat.S_ISVTX:
        remedy = f"Close its folder: chmod o-w {path.resolve().parent}"
        return [fault(PART, f"{path} can be replaced by everybody: they may write into its folder. {remedy}")]
    if mode & stat.S_IWGRP:
        return [
            warning(PART, f"{path} can be written by its group ({mode:04o}). Close it: chmod {strict} {path}")
        ]
    if file.is_secret and mode & stat.S_IROTH:
        return [
            warning(
                PART,
                f"{path} holds a secret and can be read by everybody ({mode:04o}). Close it: chmod 600 {path}",
            )
        ]
    return []


def _data(folder: Path) -> list[Remark]:
    try:
        mode = stat.S_IMODE(folder.stat().st_mode)
    except OSError:
        return []
    if not mode & 0o077:
        return []
    return [
        warning(PART, f"The data folder {folder} is open to others ({mode:04o}). A start closes it (0700).")
    ]
