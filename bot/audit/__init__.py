"""The record's arithmetic: chain, seals, signatures, and the verification that needs nothing but them. Pure."""

from bot.audit.chain import (
    FORMAT,
    GENESIS,
    Entry,
    Head,
    Seal,
    end_line,
    entry_line,
    header_line,
    link_of,
    private_digest,
    seal_line,
    seal_of,
    signed_text,
    written,
)
from bot.audit.seals import KnownSeal, kept_seals, typed_seal
from bot.audit.signing import KeyFault, SealKey, new_key, read_key, read_public_keys
from bot.audit.verifying import MOST_PROBLEMS, Outside, Verification, verify_export

__all__ = [
    "FORMAT",
    "GENESIS",
    "MOST_PROBLEMS",
    "Entry",
    "Head",
    "KeyFault",
    "KnownSeal",
    "Outside",
    "Seal",
    "SealKey",
    "Verification",
    "end_line",
    "entry_line",
    "header_line",
    "kept_seals",
    "link_of",
    "new_key",
    "private_digest",
    "read_key",
    "read_public_keys",
    "seal_line",
    "seal_of",
    "signed_text",
    "typed_seal",
    "verify_export",
    "written",
]
