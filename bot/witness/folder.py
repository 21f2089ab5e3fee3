"""The folder beside the data: the key that signs seals, its public half, and the last head that was seen.

It is no part of the data folder, and of its back-up neither: an older copy of the data must not bring an older head
with it, and who reads the back-up must not find the key.
"""

from __future__ import annotations

import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from bot.audit import KeyFault, SealKey, new_key, read_key
from bot.models import SeenHead


class WitnessFault(Exception):
    """A witness of the record cannot do its work."""


class FolderFault(WitnessFault):
    """The folder or a file in it cannot be used; the sentence says how to mend it."""


class NoFolder(FolderFault):
    """There is no folder, and none can be made; or nothing can be written to it."""


class NotDelivered(WitnessFault):
    """The second place or the collector takes nothing now."""

    def __init__(self, why: str, wait_s: float = 0.0) -> None:
        """`wait_s`: what it asks for before the next try."""
        super().__init__(why)
        self.wait_s = wait_s


class NotTaken(WitnessFault):
    """The collector does not take these very lines, and will not take them another time."""


KEY_FILE = "seal.key"
SEEN_FILE = "seen.json"


@dataclass(frozen=True, slots=True)
class WitnessFolder:
    """One folder, of one installation on one host. Replicas of one host share it."""

    path: Path

    def prepare(self) -> None:
        """Make it, for its owner alone."""
        try:
            self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise NoFolder(
                f"{self.path} cannot be made ({error.strerror}). Name another [record] folder."
            ) from None
        if not os.access(self.path, os.W_OK | os.X_OK):
            raise NoFolder(f"{self.path} cannot be written to. Give it to the user that runs Gatehouse.")

    def key(self) -> SealKey:
        """The key that signs; made at the first time."""
        self.prepare()
        return self.key_if_any() or self._make(new_key())

    def key_if_any(self) -> SealKey | None:
        """The key that signs; None before the first start."""
        try:
            return self._key()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise FolderFault(
                f"{self._key_file} cannot be read ({error.strerror}). Mend its permissions."
            ) from None

    def _key(self) -> SealKey:
        text = self._key_file.read_text("ascii", errors="replace")
        if self._key_file.stat().st_mode & 0o077:
            raise FolderFault(
                f"{self._key_file} can be read by others than its owner: whoever read it can sign. Run `chmod 600` on "
                "it, and `gatehouse audit key --new`, which takes a new one."
            )
        try:
            return read_key(text)
        except KeyFault as error:
            raise FolderFault(
                f"{self._key_file}: {error}. Put the right file back, or remove it: the next start makes a new key."
            ) from None

    def _make(self, key: SealKey) -> SealKey:
        """Write a key that nobody has; where another process was faster, its key is the one."""
        try:
            self._write(self.path / f"seal-{key.key_id}.pub", key.public_text(), 0o644)
            made = self._written(key.private_text(), 0o600)
            try:
                # Linked, not renamed: it must not take the place of a key that is there already.
                self._key_file.hardlink_to(made)
            except FileExistsError:
                (self.path / f"seal-{key.key_id}.pub").unlink()
                return self._key()
            finally:
                made.unlink()
        except OSError as error:
            raise FolderFault(
                f"{self._key_file} cannot be written ({error.strerror}). Let Gatehouse write to {self.path}, or name "
                "another [record] folder."
            ) from None
        return key

    def renew_key(self) -> SealKey:
        """Take a new key. The old private half is gone; its public half stays, for the seals that it signed."""
        self.key()
        fresh = new_key()
        try:
            self._write(self.path / f"seal-{fresh.key_id}.pub", fresh.public_text(), 0o644)
            self._write(self._key_file, fresh.private_text(), 0o600)
        except OSError as error:
            raise FolderFault(f"{self._key_file} cannot be written ({error.strerror}).") from None
        return fresh

    def public_texts(self) -> list[str]:
        """The public halves of every key that signed here, the one in use first."""
        current = self.key()
        others = sorted(self.path.glob("seal-*.pub"))
        return [
            current.public_text(),
            *(each.read_text("ascii") for each in others if each.stem != f"seal-{current.key_id}"),
        ]

    def seen(self) -> SeenHead | None:
        """The last head that was seen; None before the first."""
        try:
            return SeenHead.model_validate_json((self.path / SEEN_FILE).read_bytes())
        except FileNotFoundError:
            return None
        except OSError as error:
            raise FolderFault(f"{self.path / SEEN_FILE} cannot be read ({error.strerror}).") from None
        except ValidationError:
            # Not taken for "nothing was seen": then damaging it would be the way to bring an older ledger in.
            raise FolderFault(
                f"{self.path / SEEN_FILE} is damaged: it does not tell how far the ledger was. Put it back from a "
                "back-up, or start once with --accept-older-ledger."
            ) from None

    def note(self, seen: SeenHead) -> None:
        """Remember a head. OSError: it could not be written; the one before stays."""
        self._write(self.path / SEEN_FILE, seen.model_dump_json(), 0o600)

    @property
    def _key_file(self) -> Path:
        return self.path / KEY_FILE

    def _write(self, place: Path, text: str, mode: int) -> None:
        """As a whole or not at all: a reader never meets half a file."""
        self._written(text, mode).replace(place)

    def _written(self, text: str, mode: int) -> Path:
        """A new file beside the others, on the disk before it is used."""
        fresh = self.path / f".{secrets.token_hex(8)}"
        with os.fdopen(
            os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "w", encoding="utf-8"
        ) as out:
            out.write(text)
            out.flush()
            os.fsync(out.fileno())
        return fresh
