"""The three files of an installation: drafted as text, and written, all or none, and never over one that is there.

What comes from outside stands in quotes, or printable in a comment.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from bot.installing.answers import CannotInstall
from bot.installing.portal import Estate
from bot.installing.slack import Member, Named
from bot.settings.sentences import toml_value
from bot.terminal import printable

ADMINISTRATOR = "Administrator"
"""The portal's own role; it holds Assign Roles, with which further people are let in."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """What was picked in Slack. `zone` empty: the default."""

    cards: Named
    escalations: Named
    audit: Named
    approvers: Named | None
    engineers: Named | None
    administrator: Member | None
    account: str
    zone: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Installation:
    """Everything that was found out."""

    team: Named
    mode: str
    api_url: str
    """Empty: Slack's own."""
    portal_url: str
    chosen: Chosen
    estate: Estate
    secrets: Mapping[str, str]


def settings_text(made: Installation, on: date) -> str:
    """`gatehouse.toml`: what differs from the defaults."""
    chosen = made.chosen
    slack = [("team_id", made.team.slack_id, made.team.name)]
    slack += [("mode", made.mode, "")] if made.mode != "socket" else []
    slack += [("api_url", made.api_url, "")] if made.api_url else []
    escalation = [
        (key, group.slack_id, f"@{group.name}")
        for key, group in (("approvers_user_group", chosen.approvers), ("team_user_group", chosen.engineers))
        if group
    ]
    escalation += [("zone", chosen.zone, "")] if chosen.zone else []
    tables = {
        "slack": slack,
        "portal": [("url", made.portal_url, "")],
        "routing.default": [
            ("card", chosen.cards.slack_id, f"#{chosen.cards.name}"),
            ("escalation", chosen.escalations.slack_id, f"#{chosen.escalations.name}"),
            ("audit", chosen.audit.slack_id, f"#{chosen.audit.name}"),
        ],
        "escalation": escalation,
        "access": [("file", "access.toml", "")],
    }
    lines = [
        f"# Made by `gatehouse init` on {on}. Secrets stand in .env.",
        "# What is not named here has its default: `gatehouse example gatehouse.toml` shows them all.",
        '# Presses decide nothing until this is "on". Watch first.',
        'writes = "off"',
    ]
    for heading, keys in tables.items():
        lines += ["", f"[{heading}]", *(_line(*each) for each in keys)] if keys else []
    return "\n".join(lines) + "\n"


def access_text(made: Installation, on: date) -> str:
    """`access.toml`: the organizations by name, and whoever administers Gatehouse."""
    lines = [
        f"# Who may do what. Made by `gatehouse init` on {on} from the portal's organizations; explained in",
        "# docs/access-file.md (`gatehouse docs access-file`). Check it with: gatehouse permissions check access.toml",
        "version = 1",
        "end_mark = true # the last line is [end]: a save that is cut off is told from the whole",
        "",
        "[organizations]",
        *(_line(name, each, made.estate.titles[name]) for name, each in made.estate.organizations.items()),
    ]
    if made.chosen.administrator:
        lines += ["", *_administrator(made.chosen.administrator, made.chosen.account, made.estate.tops)]
    return "\n".join([*lines, "", "[end]"]) + "\n"


def _administrator(person: Member, account: str, tops: tuple[str, ...]) -> list[str]:
    return [
        "[people.administrator]",
        f"name = {toml_value(person.name)}",
        f"slack = {toml_value([person.slack_id])}",
        f"portal = {toml_value([account])}",
        *([f"emails = {toml_value([person.email])}"] if person.email else []),
        "",
        "[[grants]]",
        'people = ["administrator"]',
        f"organizations = {toml_value(list(tops))}",
        "and_below = true",
        f"roles = {toml_value([ADMINISTRATOR])}",
        'comment = "named when Gatehouse was installed"',
    ]


def secrets_text(made: Installation, on: date) -> str:
    """`.env`. The values are plain: each was asked of Slack or the portal, or made here of hexadecimal digits."""
    lines = [f"# Made by `gatehouse init` on {on}. Secrets: never commit this file."]
    return "\n".join([*lines, *(f"{name}={value}" for name, value in made.secrets.items())]) + "\n"


def _line(key: str, value: str, about: str) -> str:
    return f"{key} = {toml_value(value)}" + (f" # {printable(about)}" if about else "")


ENV_FILE = ".env"
BEFORE = ".before"


def refuse_to_overwrite(folder: Path, names: tuple[str, ...], *, replace: bool) -> None:
    """Raises CannotInstall for files that are there, and for a folder that is none."""
    if not folder.is_dir():
        raise CannotInstall(f"{folder}: there is no such folder. Make it first.")
    there = [str(folder / name) for name in names if os.path.lexists(folder / name)]
    if there and not replace:
        raise CannotInstall(
            f"{', '.join(there)} {'are' if len(there) > 1 else 'is'} there already, and nothing was written. Name "
            f"another --folder, or say --replace: what is there is kept beside it, as {ENV_FILE}{BEFORE} and so on."
        )


def write(folder: Path, texts: Mapping[str, str]) -> None:
    """Write them, each whole before the first one is put in its place. Raises CannotInstall."""
    fresh = {name: folder / f".{name}.new" for name in texts}
    try:
        for name, text in texts.items():
            _write_new(fresh[name], text, 0o600 if name == ENV_FILE else 0o644)
        for name, place in fresh.items():
            if os.path.lexists(folder / name):
                (folder / name).replace(folder / f"{name}{BEFORE}")
            place.replace(folder / name)
    except OSError as error:
        for place in fresh.values():
            with contextlib.suppress(OSError):
                place.unlink(missing_ok=True)
        raise CannotInstall(f"{folder}: the files cannot be written ({error.strerror}).") from error


def _write_new(place: Path, text: str, mode: int) -> None:
    place.unlink(missing_ok=True)
    descriptor = os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        # The process's umask may have taken more away, and never gives more.
        file.write(text)
