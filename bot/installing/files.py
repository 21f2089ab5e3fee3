"""Writes the three files: all or none, and never over one that is there unless that was said."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Mapping
from pathlib import Path

from bot.installing.answers import CannotInstall

ENV_FILE = ".env"
BEFORE = ".before"


def refuse_to_overwrite(folder: Path, names: tuple[str, ...], *, replace: bool) -> None:
    """Raises CannotInstall for files that are there, and for a folder that is none."""
    if not folder.is_dir():
        raise CannotInstall(f"{folder}: there is no such folder. Make it first.")
    there = [str(folder / name) for name in names if os.path.lexists(folder / name)]
    if there and not replace:
        raise CannotInstall(
            f"{', '.join(there)} {'are' if len(there) > 1 else 'is'} there already, and nothing was written. Name "
            f"another --folder, or say --replace: what is there is kept beside it, as {ENV_FILE}{BEFORE} and so on."
        )


def write(folder: Path, texts: Mapping[str, str]) -> None:
    """Write them, each whole before the first one is put in its place. Raises CannotInstall."""
    fresh = {name: folder / f".{name}.new" for name in texts}
    try:
        for name, text in texts.items():
            _write_new(fresh[name], text, 0o600 if name == ENV_FILE else 0o644)
        for name, place in fresh.items():
            if os.path.lexists(folder / name):
                (folder / name).replace(folder / f"{name}{BEFORE}")
            place.replace(folder / name)
    except OSError as error:
        for place in fresh.values():
            with contextlib.suppress(OSError):
                place.unlink(missing_ok=True)
        raise CannotInstall(f"{folder}: the files cannot be written ({error.strerror}).") from error


def _write_new(place: Path, text: str, mode: int) -> None:
    place.unlink(missing_ok=True)
    descriptor = os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        # The process's umask may have taken more away, and never gives more.
        file.write(text)
