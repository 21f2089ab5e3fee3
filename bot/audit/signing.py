"""The key that signs seals. It stays outside of the ledger: who owns the server alone can sign nothing.

Ed25519, because its public half is enough to check: an auditor who holds it can forge no seal, which with an HMAC he
could. The private half is a file of one line of text armour (PKCS #8) that only its owner can read.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

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
