"""What only Gatehouse can have written: a mark by a secret that does not stand in the ledger.

Whoever reaches the server can write anything into it. What gives somebody a right, or is carried out in somebody's
name, therefore carries a mark: a stored press, what was given in Slack, the accepted access file. What has none, or a
wrong one, gives nothing and is carried out for nobody.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass, field

_LABEL = b"gatehouse ledger mark v1"
"""Keeps our marks apart from everything else that the same secret may be used for."""


@dataclass(frozen=True, slots=True)
class Marks:
    """Makes and checks marks. Without a secret (a bench, a rehearsal's reader) nothing is marked and all is taken."""

    secret: bytes = field(default=b"", repr=False)

    def mark(self, *parts: str) -> str:
        """The mark of a text in its place, such as ("press", id, body): what was cut out of one place fits no other."""
        if not self.secret:
            return ""
        told = b"".join(len(part).to_bytes(8, "big") + part for part in (each.encode() for each in parts))
        return hmac.digest(hmac.digest(self.secret, _LABEL, "sha256"), told, "sha256").hex()

    def fits(self, mark: str | None, *parts: str) -> bool:
        """Whether this mark was made by somebody who knows the secret, for this text in this place."""
        return not self.secret or hmac.compare_digest((mark or "").encode(), self.mark(*parts).encode())
