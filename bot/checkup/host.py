"""The installation itself: placeholders that were left in, files that others may write or read, addresses to be had."""

from __future__ import annotations

import asyncio
import os
import re
import ssl
import stat
from contextlib import AsyncExitStack
from pathlib import Path

import aiohttp
from pydantic import SecretStr

from bot.checkup.findings import Remark, fault, good, warning
from bot.settings import Settings, SettingsFile

_ID = re.compile(r"[TCGS]0123[A-Z]+")
"""The ids of our own examples, as `T0123ABCD` and `C0123CARDS`."""
_SECRET = re.compile(
    # Words of their own: a real token may hold any letters.
    r"\.\.\.|\u2026|[<>]|(?<![a-z\d])(x{4,}|change-?_?me)(?![a-z\d])|\byour[-_ ]"
    r"|^(xox[bp]-|xapp-)?(token|secret|example|todo|here)?$",
    re.IGNORECASE,
)


def examine_placeholders(settings: Settings) -> list[Remark]:
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
        "RECORD_SHIP_SECRET": settings.record.ship_secret,
        "FALLBACK_WEBHOOK_SECRET": settings.fallback.webhook_secret,
        "SMTP_PASSWORD": settings.fallback.smtp_password,
        "PAGERDUTY_ROUTING_KEY": settings.fallback.pagerduty_key,
        "OPSGENIE_API_KEY": settings.fallback.opsgenie_key,
    }
    return [
        fault("settings", f"{name} is a placeholder, not a secret. Copy the real one.")
        for name, secret in named.items()
        if (value := secret.get_secret_value()) and _SECRET.search(value)
    ]


SETTINGS_PART = "settings"


def examine_files(settings: Settings, read: tuple[SettingsFile, ...]) -> list[Remark]:
    """The settings' files, the access file and the data folder of an embedded server."""
    if os.name == "nt":
        return []
    files = [*read, SettingsFile(settings.access.file, is_secret=False)]
    found = [remark for file in files for remark in _file(file)]
    found += [] if settings.ledger.redis_url.get_secret_value() else _data(settings.ledger.data)
    return found or [
        good(SETTINGS_PART, "Nobody else may write the files of this installation, or read its secrets.")
    ]


def _file(file: SettingsFile) -> list[Remark]:
    path = file.path
    try:
        mode, folder = stat.S_IMODE(path.stat().st_mode), path.resolve().parent.stat().st_mode
    except OSError:
        return []  # What cannot be read is told by whoever needs it.
    strict = "600" if file.is_secret else "644"
    if mode & stat.S_IWOTH:
        return [
            fault(
                SETTINGS_PART,
                f"{path} can be written by everybody ({mode:04o}). Close it: chmod {strict} {path}",
            )
        ]
    if folder & stat.S_IWOTH and not folder & stat.S_ISVTX:
        remedy = f"Close its folder: chmod o-w {path.resolve().parent}"
        return [
            fault(
                SETTINGS_PART,
                f"{path} can be replaced by everybody: they may write into its folder. {remedy}",
            )
        ]
    if mode & stat.S_IWGRP:
        return [
            warning(
                SETTINGS_PART,
                f"{path} can be written by its group ({mode:04o}). Close it: chmod {strict} {path}",
            )
        ]
    if file.is_secret and mode & stat.S_IROTH:
        return [
            warning(
                SETTINGS_PART,
                f"{path} holds a secret and can be read by everybody ({mode:04o}). Close it: chmod 600 {path}",
            )
        ]
    return []


def _data(folder: Path) -> list[Remark]:
    try:
        mode = stat.S_IMODE(folder.stat().st_mode)
    except OSError:
        return []
    if not mode & 0o077:
        return []
    return [
        warning(
            SETTINGS_PART,
            f"The data folder {folder} is open to others ({mode:04o}). A start closes it (0700).",
        )
    ]


def examine_authority(part: str, key: str, path: Path) -> list[Remark]:
    """A fault where a file that is to vouch for somebody's certificate holds none."""
    try:
        ssl.create_default_context(cafile=path)
    except OSError as error:
        why = error.strerror or str(error)
        return [fault(part, f"{key}: {path} is no certificate that can be read ({why}). Mend it.")]
    return []


PORTS_PART = "ports"
_ASK_S = 2.0
_EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "[::1]", "": "127.0.0.1"}
"""How to ask somebody on this machine who listens on every address."""


async def examine_ports(settings: Settings, *, may_run_already: bool) -> list[Remark]:
    """Listen for a moment where `run` would. `may_run_already`: Gatehouse itself may be there; it is asked."""
    wanted = [("health", settings.health.host, settings.health.port)]
    if settings.slack.mode == "http":
        wanted.append(("slack", settings.slack.host, settings.slack.port))
    if may_run_already and await _is_gatehouse(settings.health.host, settings.health.port):
        return [
            good(PORTS_PART, f"Gatehouse runs already, at {settings.health.host}:{settings.health.port}.")
        ]
    async with AsyncExitStack() as held:
        # All at once, so that two which want the same port meet each other here and not at the start.
        return [await _tried(held, *one) for one in wanted]


def cannot_listen(section: str, host: str, port: int, error: OSError) -> str:
    """What is said of an address that cannot be had."""
    return (
        f"[{section}] {host}:{port} cannot be listened on ({_why(error)}). End what listens there, or name another "
        f"host or port in [{section}]."
    )


async def _tried(held: AsyncExitStack, section: str, host: str, port: int) -> Remark:
    try:
        listening = await asyncio.get_running_loop().create_server(asyncio.Protocol, host, port)
    except OSError as error:
        return fault(PORTS_PART, cannot_listen(section, host, port, error))
    held.push_async_callback(listening.wait_closed)
    held.callback(listening.close)
    return good(PORTS_PART, f"[{section}] {host}:{port} is free.")


def _why(error: OSError) -> str:
    """The system's own words; asyncio puts a sentence of its own, with the address, around them."""
    return (error.strerror or str(error)).rsplit(": ", 1)[-1].removesuffix("]")


async def _is_gatehouse(host: str, port: int) -> bool:
    if not port:
        return False
    url = f"http://{_EVERYWHERE.get(host, host)}:{port}/healthz"
    try:
        async with (
            aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=_ASK_S)) as session,
            session.get(url) as answer,
        ):
            told = await answer.json()
    except (aiohttp.ClientError, TimeoutError, OSError, ValueError):
        return False
    return isinstance(told, dict) and told.get("alive") is True
