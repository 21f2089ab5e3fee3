"""What was copied from an example and not filled in."""

from __future__ import annotations

import re

from pydantic import SecretStr

from bot.checkup.findings import Remark, fault
from bot.settings import Settings

_ID = re.compile(r"[TCGS]0123[A-Z]+")
"""The ids of our own examples, as `T0123ABCD` and `C0123CARDS`."""
_SECRET = re.compile(
    r"\.\.\.|\u2026|[<>]|x{4,}|change-?_?me|\byour[-_ ]|^(xox[bp]-|xapp-)?(token|secret|example|todo|here)?$",
    re.IGNORECASE,
)


def examine(settings: Settings) -> list[Remark]:
    """A fault for each of them. No secret is repeated."""
    return [*_ids(settings), *_secrets(settings)]


def _ids(settings: Settings) -> list[Remark]:
    named = {
        "[slack] team_id": settings.slack.team_id,
        **{f"[routing] {channel}": channel for channel in settings.routing.channels()},
        "[escalation] approvers_user_group": settings.escalation.approvers_user_group,
        "[escalation] team_user_group": settings.escalation.team_user_group,
    }
    return [
        fault("settings", f"{where} is still the example's ({value}). Copy your own id from Slack.")
        for where, value in named.items()
        if _ID.fullmatch(value)
    ]


def _secrets(settings: Settings) -> list[Remark]:
    named: dict[str, SecretStr] = {
        "SLACK_BOT_TOKEN": settings.slack.bot_token,
        "SLACK_APP_TOKEN": settings.slack.app_token,
        "SLACK_SIGNING_SECRET": settings.slack.signing_secret,
        "PORTAL_TOKEN": settings.portal.token,
        "LEDGER_KEY": settings.ledger.key,
        "RECORD_WEBHOOK_SECRET": settings.record.webhook_secret,
    }
    return [
        fault("settings", f"{name} is a placeholder, not a secret. Copy the real one.")
        for name, secret in named.items()
        if (value := secret.get_secret_value()) and _SECRET.search(value)
    ]
