"""Mail as a second way: one plain message for a call, and one for its end, in one thread of the reader's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path

import aiosmtplib
from pydantic import SecretStr

from bot.models import Page, digest_of
from bot.pager.ways import LIMIT_S, IsOver, WayAway, WayRefused, still_ours, unleased

_TRY_LATER = 400
"""Answers of a mail server from here to 499 pass; from 500 on they stay (RFC 5321, 4.2.1)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """A mail server, and who gets the mail."""

    host: str
    port: int
    security: str
    """`starttls`, `tls` or `none`."""
    user: str
    password: SecretStr
    sender: str
    receivers: Sequence[str]
    ca_file: Path | None = None
    """Who vouches for the server's certificate; None: whoever this machine trusts."""

    async def tell(self, page: Page, now: datetime, is_over: IsOver = unleased) -> None:
        """Hand one message to the server; it is told once the server has taken it for every receiver."""
        still_ours(is_over)
        try:
            async with self._server() as server:
                # To be connected and signed in may have taken its time.
                still_ours(is_over)
                refused, _ = await server.send_message(self._message(page, now))
        except aiosmtplib.SMTPResponseException as error:
            raise _answered(error.code, error.message) from None
        except aiosmtplib.SMTPRecipientsRefused as error:
            worst = max(error.recipients, key=lambda one: one.code)
            raise _answered(worst.code, worst.message) from None
        except (aiosmtplib.SMTPException, OSError) as error:
            raise WayAway(f"the mail server cannot be used ({error})") from None
        if refused:
            code, words = max(refused.values(), key=lambda one: one[0])
            raise _answered(code, words)

    def _server(self) -> aiosmtplib.SMTP:
        return aiosmtplib.SMTP(
            hostname=self.host,
            port=self.port,
            username=self.user or None,
            password=self.password.get_secret_value() or None,
            use_tls=self.security == "tls",
            start_tls=self.security == "starttls",
            cert_bundle=str(self.ca_file) if self.ca_file else None,
            timeout=LIMIT_S,
        )

    def _message(self, page: Page, now: datetime) -> EmailMessage:
        domain = self.sender.rpartition("@")[2]
        message = EmailMessage()
        message["From"] = self.sender
        message["To"] = ", ".join(self.receivers)
        message["Subject"] = f"[Gatehouse] {page.title}"
        message["Date"] = format_datetime(now)
        # The same call, sent twice after a crash, bears the same name: most readers show it once.
        message["Message-ID"] = f"<{digest_of([page.key, page.step, page.is_over])[:32]}@{domain}>"
        message["References"] = f"<{digest_of(page.key)[:32]}@{domain}>"
        message["Auto-Submitted"] = "auto-generated"
        message.set_content("\n".join([*page.lines, *([page.link] if page.link else [])]) + "\n")
        return message


def _answered(code: int, words: str) -> WayAway | WayRefused:
    told = f"the mail server says {code} {' '.join(words.split())[:200]}"
    return WayAway(told) if _TRY_LATER <= code < _TRY_LATER + 100 else WayRefused(told)
