"""Seals: the key that signs them, which stays outside of the ledger, and those that an auditor brings. Pure."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)

from bot.audit.chain import Seal, signed_text

_ID_LENGTH = 16
"""Characters of a key's id: enough to tell keys apart by eye, and no secret."""
_ARMOUR = re.compile(r"-----BEGIN PUBLIC KEY-----.+?-----END PUBLIC KEY-----", re.DOTALL)


class KeyFault(Exception):
    """A text that is not the key it should be; the sentence says what it is."""


@dataclass(frozen=True, slots=True)
class SealKey:
    """A private key, with the id that seals name it by."""

    private: Ed25519PrivateKey

    @property
    def key_id(self) -> str:
        """How seals name this key."""
        return key_id(self.private.public_key())

    def sign(self, seal: Seal) -> Seal:
        """The same seal with this key's signature."""
        signature = base64.b64encode(self.private.sign(signed_text(seal))).decode()
        return replace(seal, key=self.key_id, signature=signature)

    def private_text(self) -> str:
        """What the key file holds."""
        return self.private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()

    def public_text(self) -> str:
        """What the auditor keeps."""
        public = self.private.public_key()
        return public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def new_key() -> SealKey:
    """A key that nobody has seen."""
    return SealKey(Ed25519PrivateKey.generate())


def read_key(text: str) -> SealKey:
    """The key of a key file."""
    try:
        private = load_pem_private_key(text.encode(), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise KeyFault("it holds no private key in PEM form without a password") from None
    if not isinstance(private, Ed25519PrivateKey):
        raise KeyFault("its key is not an Ed25519 key")
    return SealKey(private)


def read_public_keys(texts: Iterable[str]) -> dict[str, Ed25519PublicKey]:
    """Every public key of these texts (a text may hold several), by id."""
    found: dict[str, Ed25519PublicKey] = {}
    for text in texts:
        armours = _ARMOUR.findall(text)
        if not armours:
            raise KeyFault("it holds no public key in PEM form; `gatehouse audit key` prints it")
        for armour in armours:
            public = _public(armour)
            found[key_id(public)] = public
    return found


def _public(armour: str) -> Ed25519PublicKey:
    try:
        public = load_pem_public_key(armour.encode())
    except (ValueError, UnsupportedAlgorithm):
        raise KeyFault("its public key is damaged") from None
    if not isinstance(public, Ed25519PublicKey):
        raise KeyFault("its key is not an Ed25519 key")
    return public


def key_id(public: Ed25519PublicKey) -> str:
    """The first characters of the SHA-256 of the raw public key."""
    raw = public.public_bytes(Encoding.Raw, PublicFormat.Raw)
    return hashlib.sha256(raw).hexdigest()[:_ID_LENGTH]


def signature_fault(seal: Seal, keys: Mapping[str, Ed25519PublicKey]) -> str:
    """Why a seal's signature does not hold; empty if it does."""
    if not seal.signature:
        return "is not signed"
    public = keys.get(seal.key)
    if public is None:
        return f"is signed by the key {seal.key}, which was not given"
    try:
        public.verify(base64.b64decode(seal.signature, validate=True), signed_text(seal))
    except (InvalidSignature, ValueError, TypeError):
        return f"has a signature that the key {seal.key} did not make"
    return ""


_TYPED = re.compile(r"\s*(\d{1,15})\s*[=:\s]\s*([0-9a-fA-F]{64})\s*")
_COLLECTED = re.compile(r"[^{]*\bgatehouse\b[^{]*(\{.*\})")
"""A collector's line: its own head, in whatever form, then the seal."""
_OWN = {each.name for each in fields(Seal)}

WANTED = (
    "write N=DIGEST: the number of the event and the 64 hexadecimal digits, as the audit channel says them"
)


@dataclass(frozen=True, slots=True)
class KnownSeal:
    """What somebody outside remembers of one seal."""

    number: int
    """The last event that it covers, as the audit channel says it; the seal's own number is understood as well."""
    digest: str
    signed: Seal | None = None
    """The whole seal, where it was kept with its signature."""

    def __str__(self) -> str:
        return f"{self.number}={self.digest}"


def typed_seal(text: str) -> KnownSeal:
    """One seal as it is typed. ValueError in words."""
    found = _TYPED.fullmatch(text)
    if found is None:
        raise ValueError(f"{text.strip()!r} is no seal; {WANTED}")
    return KnownSeal(int(found[1]), found[2].lower())


def kept_seals(lines: Iterable[str]) -> list[KnownSeal]:
    """The seals of a file, at least one: `N=DIGEST`, or JSON as the second place received it, with whatever a syslog
    collector wrote before it. Empty lines and lines that begin with # say nothing. ValueError in words."""
    found: list[KnownSeal] = []
    for number, line in enumerate(lines, start=1):
        text = line.strip()
        if not text or text.startswith("#"):
            continue
        if collected := _COLLECTED.fullmatch(text):
            text = collected[1]
        try:
            found += _delivered(text) if text.startswith("{") else [typed_seal(text)]
        except ValueError as error:
            raise ValueError(f"line {number}: {error}") from None
    if not found:
        raise ValueError(f"it holds no seal; {WANTED}, one a line")
    return found


def _delivered(text: str) -> list[KnownSeal]:
    """A delivery to the second place (`{"seals": [...]}`), or one seal of it."""
    try:
        parsed = json.loads(text)
    except (ValueError, RecursionError):
        raise ValueError("this is not JSON") from None
    if parsed.get("type") == "event" or "class_uid" in parsed:
        return []  # A collector that gets the events too keeps them in the same file.
    each = parsed.get("seals", [parsed])
    if not isinstance(each, list):
        each = [each]
    return [_whole(one) for one in each]


def _whole(parsed: object) -> KnownSeal:
    items = parsed.items() if isinstance(parsed, dict) else ()
    own: dict[str, Any] = {n: value for n, value in items if n in _OWN and isinstance(value, (int, str))}
    try:
        seal = Seal(**own)
        typed = typed_seal(f"{seal.last}={seal.digest}")
    except (TypeError, ValueError):
        raise ValueError("this JSON is not a whole seal") from None
    return KnownSeal(typed.number, typed.digest, seal)
