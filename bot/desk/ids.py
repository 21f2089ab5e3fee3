"""Opaque ids."""

from __future__ import annotations

import secrets


def new_id(prefix: str) -> str:
    """An id that sorts nowhere and says nothing: a letter and 96 random bits."""
    return f"{prefix}{secrets.token_hex(12)}"
