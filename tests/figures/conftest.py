"""A desk over real parts for the traced presses; one Valkey server for all of them."""

from __future__ import annotations

from tests.app.conftest import _valkey, bench

__all__ = ["_valkey", "bench"]
