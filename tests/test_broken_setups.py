"""Broken set-ups, each of its own kind: `check` and `run` say the same of them and exit alike, without a traceback.

A row breaks a whole, well installation in one way, and says what must be told of it. Where the fault is one that may
pass (the portal is away) `run` starts and says it.
"""

from __future__ import annotations

import argparse
import asyncio
import codecs
import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import structlog
from redis.asyncio import Redis
from structlog.testing import capture_logs

from bot.app import run, started
from bot.checkup import all as all_
from bot.checkup.all import before_start
from bot.checkup.findings import Weight
from bot.cli import guarded, main
from bot.ledger import NotWhole
from bot.ledger.door import script_text
from bot.models import SeenHead
from bot.settings import SettingsError, load
from bot.witness import WitnessFolder
from rehearsal.portal import PortalSandbox
from rehearsal.slack import SlackSandbox
from tests.test_cli_check import ACCESS, Installation, bare_environment, installation, manifest
from tests.valkey import running_valkey

__all__ = ["bare_environment", "installation"]

Breaks = Callable[[Installation], None]
ORGANIZATION = "7d9d1b6a-0c3e-4b7e-9d55-3c1f1c0a9e10"


async def refused(installed: Installation) -> tuple[int, list[str]]:
    """The exit status of `run`, and why it does not start."""
    try:
        settings = load(installed.config)
    except SettingsError as error:
        return 1, list(error.problems)
    with capture_logs() as lines:
        status = await asyncio.wait_for(run(settings, installed.config), 60)
    return status, [str(line["why"]) for line in lines if line["event"] == "start_refused"]


def variable(name: str, value: str) -> Breaks:
    """An environment variable of this value; the folder of the installation is `{folder}`."""
    return lambda one: one.set(name, value.replace("{folder}", str(one.folder)))


def embedded(name: str = "", value: str = "") -> Breaks:
    """The embedded server instead of a server of others, with one variable."""

    def breaks(one: Installation) -> None:
        one.monkeypatch.delenv("REDIS_URL")
        if name:
            variable(name, value)(one)

    return breaks


def line(text: str, *, section: str = "") -> Breaks:
    """One more line in the configuration file, in a section that is there or in a new one."""

    def breaks(one: Installation) -> None:
        held = one.config.read_text()
        head = f"[{section}]\n"
        if not section:
            one.config.write_text(f"{text}\n{held}")
        elif head in held:
            one.config.write_text(held.replace(head, f"{head}{text}\n"))
        else:
            one.config.write_text(f"{held}{head}{text}\n")

    return breaks


def setting(**changed: str) -> Breaks:
    """Other values in the configuration file."""
    return lambda one: one.write(**changed)


def config(content: bytes) -> Breaks:
    """Another configuration file."""
    return lambda one: void(one.config.write_bytes(content))


def config_as(encoding: str) -> Breaks:
    """The same configuration file in another encoding."""
    return lambda one: void(one.config.write_bytes(f"# ü\n{one.config.read_text()}".encode(encoding)))


def access(old: str, new: str) -> Breaks:
    """Another word in the access file."""
    assert old in ACCESS
    return lambda one: void((one.folder / "access.toml").write_text(ACCESS.replace(old, new)))


def access_bytes(content: bytes) -> Breaks:
    """Another access file."""
    return lambda one: void((one.folder / "access.toml").write_bytes(content))


def file(name: str, content: bytes, mode: int = 0o600) -> Breaks:
    """A file of the installation's folder."""

    def breaks(one: Installation) -> None:
        path = one.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        path.chmod(mode)

    return breaks


def mode(name: str, bits: int) -> Breaks:
    """Another mode of a file."""
    return lambda one: (one.folder / name).chmod(bits)


def both(*breaks: Breaks) -> Breaks:
    """Several steps of one break."""
    return lambda one: void([each(one) for each in breaks])


def void(_done: object) -> None:
    """What was done has an answer that nobody needs."""


def no_access_file(one: Installation) -> None:
    """The access file is not there."""
    (one.folder / "access.toml").unlink()


def access_is_a_folder(one: Installation) -> None:
    """A folder has the access file's name."""
    no_access_file(one)
    (one.folder / "access.toml").mkdir()


def config_is_a_folder(one: Installation) -> None:
    """A folder has the configuration's name."""
    one.config.unlink()
    one.config.mkdir()


def from_a_file(name: str, content: bytes | None) -> Breaks:
    """A secret from a file: of this content, or a folder."""

    def breaks(one: Installation) -> None:
        one.monkeypatch.delenv(name)
        path = one.folder / "secret"
        path.mkdir() if content is None else path.write_bytes(content)
        one.set(f"{name}_FILE", str(path))

    return breaks


def http(*lines: str) -> Breaks:
    """Slack calls us; with a signing secret."""

    def breaks(one: Installation) -> None:
        one.set("SLACK_SIGNING_SECRET", one.slack.signing_secret)
        line("\n".join(['mode = "http"', *lines]), section="slack")(one)

    return breaks


def shared_channel(one: Installation) -> None:
    """Outsiders read the card channel."""
    one.write(card=one.slack.add_channel("partners", private=True, shared=True))


def archived_channel(one: Installation) -> None:
    """The card channel is archived."""
    channel = one.slack.workspace.channels[one.channels["card"]]
    channel.archived = True


def group(**changed: object) -> Breaks:
    """The team's user group as it should not be."""

    def breaks(one: Installation) -> None:
        held = one.slack.workspace.user_groups[one.settings["team"]]
        for name, value in changed.items():
            setattr(held, name, value)

    return breaks


def token_with(*rights: str) -> Breaks:
    """A portal token that may less."""
    return lambda one: one.set("PORTAL_TOKEN", one.portal.issue_token(list(rights)))


def elsewhere(one: Installation) -> None:
    """The portal's address is something else's."""
    one.set("PORTAL_URL", f"{one.slack.origin}/portalapi")


def ledger_is_a_web_server(one: Installation) -> None:
    """What answers at REDIS_URL is no Redis."""
    one.set("REDIS_URL", one.slack.origin.replace("http://", "redis://"))


def ledger_without_tls(one: Installation) -> None:
    """The settings want TLS of a server on this machine that has none."""
    port = one.slack.origin.rpartition(":")[2]
    one.set("REDIS_URL", f"rediss://localhost:{port}")


def one_port_for_two(one: Installation) -> None:
    """Slack's door and the health page want the same port."""
    one.write(health="3999")
    http("port = 3999")(one)


SETTINGS: dict[str, tuple[Breaks, str]] = {
    # The configuration file as a file
    "no file": (lambda one: one.config.unlink(), "there is no such file"),
    "a folder": (config_is_a_folder, "cannot be read"),
    "no toml": (config(b"[slack\nteam_id = 1"), "this is not TOML"),
    "a key twice": (line('team_id = "T1"', section="slack"), "this is not TOML"),
    "empty": (config(b""), "team_id is not set"),
    "utf-16": (config_as("utf-16"), "UTF-16"),
    "utf-32": (config_as("utf-32"), "UTF-"),
    "latin-1": (config_as("latin-1"), "UTF-8"),
    "zeros": (config(b"\x00" * 64), "gatehouse.toml"),
    "binary": (config(bytes(range(256))), "it is no text"),
    # What stands in it
    "unknown section": (line("a = 1", section="slak"), "slak"),
    "unknown key": (line("colour = 1", section="slack"), "colour"),
    "a table that is a number": (line("ledger = 5"), "ledger"),
    "a list of tables": (line('file = "a"', section="[access]"), "access"),
    "team id of another kind": (line("level = 5", section="log"), "level"),
    "another mode": (line('mode = "sockets"', section="slack"), "mode"),
    "writes": (line('writes = "yes"'), "writes"),
    "a secret in the file": (line('bot_token = "xoxb-1"', section="slack"), "does not belong in this file"),
    "no workspace id": (setting(team_id="acme"), "this is no workspace id"),
    "a channel's name": (setting(card="#cards"), "this is no channel id"),
    "no channel": (setting(card=""), "card"),
    "a user group's name": (setting(team="@team"), "team_user_group"),
    "an unknown zone": (line('time_zone = "Europe/Nowhere"', section="escalation"), "time_zone"),
    "a port beyond": (setting(health="70000"), "port"),
    "a port below": (setting(health="-1"), "port"),
    "no host": (line('host = ""', section="health"), "host"),
    "no time": (line('read_timeout_s = "soon"', section="portal"), "read_timeout_s"),
    "not a number": (line("read_timeout_s = nan", section="portal"), "read_timeout_s"),
    "for ever": (line("read_timeout_s = inf", section="portal"), "read_timeout_s"),
    "a slow poll": (line("poll_busy_s = 600", section="portal"), "poll_busy_s"),
    "a write that outlives its request": (
        line("reopen_after_s = 15", section="decisions"),
        "reopen_after_s",
    ),
    "a limit of nothing": (line("presses_a_minute = 0", section="limits"), "presses_a_minute"),
    "no organization id": (line('organization = "acme"', section="portal"), "no organization id"),
    "the record in the data": (line('folder = "data/record"', section="record"), "lies in the data folder"),
    "a second place without a secret": (
        line('webhook_url = "https://logs.example.com/x"', section="record"),
        "RECORD_WEBHOOK_SECRET",
    ),
    "a collector without a secret": (
        line('ship_to = "https://logs.example.com/x"', section="record"),
        "RECORD_SHIP_SECRET",
    ),
    "a collector in the open": (
        line('ship_to = "http://logs.example.com/x"', section="record"),
        "in the clear",
    ),
    "two second places": (
        line(
            'webhook_url = "https://logs.example.com/x"\nsyslog = "syslog+tls://logs.example.com"',
            section="record",
        ),
        "are both set",
    ),
    "a collector of no kind": (line('syslog = "syslog://logs"', section="record"), "no collector's address"),
    "a collector with a path": (line('syslog = "syslog+tcp://logs/a"', section="record"), "leave out"),
    "a collector's port": (line('syslog = "syslog+tcp://logs:99999"', section="record"), "no collector's"),
    "a second place in the open": (
        line('webhook_url = "http://logs.example.com/x"', section="record"),
        "in the clear",
    ),
    "a second way without a secret": (
        line('webhook_url = "https://alerts.example.com/x"', section="fallback"),
        "FALLBACK_WEBHOOK_SECRET",
    ),
    "a second way in the open": (
        line('webhook_url = "http://alerts.example.com/x"', section="fallback"),
        "in the clear",
    ),
    "half a mail": (
        line('smtp_host = "smtp.example.com"', section="fallback"),
        "set mail_from and mail_to too",
    ),
    "mail in the open": (
        line(
            'smtp_host = "smtp.example.com"\nsmtp_security = "none"\nmail_from = "a@example.com"\n'
            'mail_to = ["b@example.com"]',
            section="fallback",
        ),
        "in the clear",
    ),
    "a mail address with more": (
        line('mail_from = "Gatehouse <a@example.com>"', section="fallback"),
        "no mail address",
    ),
    "mail that signs in with nothing": (
        line(
            'smtp_host = "smtp.example.com"\nsmtp_user = "gatehouse"\nmail_from = "a@example.com"\n'
            'mail_to = ["b@example.com"]',
            section="fallback",
        ),
        "SMTP_PASSWORD belong together",
    ),
    "a second way that never comes": (line("after_s = 3600", section="fallback"), "after_s"),
    "http without a signing secret": (line('mode = "http"', section="slack"), "SLACK_SIGNING_SECRET"),
    "a home of nobody": (line('file = "~nobody-here/access.toml"', section="access"), "~nobody-here"),
    "a name with a zero": (line('file = "a\\u0000b"', section="access"), "access"),
    "a data folder with a zero": (line('data = "a\\u0000b"', section="ledger"), "data"),
    # The environment
    "no token": (lambda one: one.monkeypatch.delenv("PORTAL_TOKEN"), "PORTAL_TOKEN is not set"),
    "no app token": (lambda one: one.monkeypatch.delenv("SLACK_APP_TOKEN"), "SLACK_APP_TOKEN is not set"),
    "tokens mixed up": (variable("SLACK_BOT_TOKEN", "xapp-1-A1-2"), "SLACK_BOT_TOKEN does not start"),
    "a user's token": (variable("SLACK_BOT_TOKEN", "xoxp-1-2-3"), "SLACK_BOT_TOKEN does not start"),
    "a token of two lines": (variable("SLACK_BOT_TOKEN", "xoxb-1\nxoxb-2"), "SLACK_BOT_TOKEN"),
    "a token with a blank": (variable("SLACK_APP_TOKEN", "xapp-1 A"), "SLACK_APP_TOKEN"),
    "a token in other letters": (variable("SLACK_BOT_TOKEN", "xoxb-1-2-ä"), "SLACK_BOT_TOKEN"),
    "a secret's file that is not there": (
        both(lambda one: one.monkeypatch.delenv("PORTAL_TOKEN"), variable("PORTAL_TOKEN_FILE", "/nowhere")),
        "PORTAL_TOKEN_FILE",
    ),
    "a secret's file that is empty": (from_a_file("PORTAL_TOKEN", b"\n"), "is empty"),
    "a secret's file that is a folder": (from_a_file("PORTAL_TOKEN", None), "cannot be read"),
    "a secret's file in utf-16": (from_a_file("PORTAL_TOKEN", "f".encode("utf-16")), "PORTAL_TOKEN_FILE"),
    "a secret twice": (variable("PORTAL_TOKEN_FILE", "{folder}/x"), "are both set"),
    "no secrets folder": (variable("GATEHOUSE_SECRETS_DIR", "/nowhere"), "is no folder"),
    "a secrets folder with utf-16": (
        both(
            file("secrets/portal_token", codecs.BOM_UTF16_LE + b"f\x00"),
            variable("GATEHOUSE_SECRETS_DIR", "{folder}/secrets"),
        ),
        "UTF-16",
    ),
    ".env in utf-16": (file(".env", "PORTAL_TOKEN=f".encode("utf-16")), "UTF-16"),
    ".env in latin-1": (file(".env", b"PORTAL_TOKEN=\xfc"), "UTF-8"),
    ".env with zeros": (file(".env", b"PORTAL_URL=a\x00b\n"), ".env"),
    "a portal in the open": (variable("PORTAL_URL", "http://portal.example/portalapi"), "in the clear"),
    "a portal's page": (variable("PORTAL_URL", "https://portal.threatlocker.com"), "must end in /portalapi"),
    "a portal of no form": (variable("PORTAL_URL", "https://[::1/portalapi"), "no web address"),
    "a portal with a user": (variable("PORTAL_URL", "https://a:b@portal.example/portalapi"), "leave out"),
    "a Slack in the open": (variable("SLACK_API_URL", "http://slack.example/api/"), "in the clear"),
    "a ledger of no kind": (variable("REDIS_URL", "http://localhost:6379"), "no server address"),
    "a ledger in the open": (variable("REDIS_URL", "redis://10.1.2.3:6379"), "without TLS"),
    "a ledger in the open, in capitals": (variable("REDIS_URL", "REDIS://10.1.2.3"), "without TLS"),
    "a ledger behind a port that is none": (variable("REDIS_URL", "redis://localhost:99999"), "REDIS_URL"),
    "a ledger's database that is none": (variable("REDIS_URL", "redis://localhost:6379/first"), "REDIS_URL"),
    "a group without a service": (variable("REDIS_URL", "redis+sentinel://localhost:26379"), "REDIS_URL"),
    "a ledger that anybody may pose as": (
        variable("REDIS_URL", "rediss://:p@db.example:6380?ssl_cert_reqs=none"),
        "ssl_cert_reqs",
    ),
    "a ledger with an unknown option": (variable("REDIS_URL", "redis://localhost?colour=red"), "REDIS_URL"),
    "a short ledger key": (variable("LEDGER_KEY", "short"), "LEDGER_KEY"),
}

FILES: dict[str, tuple[Breaks, str]] = {
    "a portal's token in other letters": (variable("PORTAL_TOKEN", "ф" * 40), "copy it anew"),
    "a portal's token of two words": (variable("PORTAL_TOKEN", "two words"), "copy it anew"),
    "a placeholder": (variable("SLACK_APP_TOKEN", "xapp-..."), "is a placeholder"),
    "an access file that is not there": (no_access_file, "access.toml"),
    "an access file that is a folder": (access_is_a_folder, "access.toml"),
    "an access file that is no toml": (access_bytes(b"[people"), "cannot be parsed"),
    "an access file in utf-16": (access_bytes(ACCESS.encode("utf-16")), "UTF-16"),
    "an access file in latin-1": (access_bytes(b"# \xfc\n" + ACCESS.encode()), "UTF-8"),
    "an empty access file": (access_bytes(b""), "version"),
    "an access file of another version": (access("version = 1", "version = 9"), "version"),
    "an unknown permission": (access("Single Computer", "Single Computre"), "Single Computer"),
    "an unknown organization": (access('organizations = ["acme"]', 'organizations = ["acmo"]'), "acmo"),
    "an unknown person": (access('people = ["ada"]', 'people = ["eve"]'), "eve"),
    "an unknown key": (access('name = "Ada"', 'name = "Ada"\ncolour = "red"'), "colour"),
    "two keys of one person": (
        access("[[grants]]", '[people.Ada]\nname = "Eva"\nslack = ["U0EVA"]\nportal = ["eva"]\n[[grants]]'),
        "but for case",
    ),
    "an access file cut off": (access("version = 1", "version = 1\nend_mark = true"), "cut off"),
    "no portal name": (access('portal = ["ada"]\n', ""), "has no portal name"),
    "no guid": (access(ORGANIZATION, "acme"), "no organization id"),
    "two of one name": (
        access("[[grants]]", '[people.eva]\nname = "Ada"\nslack = ["U0EVA"]\nportal = ["eva"]\n[[grants]]'),
        "Ada",
    ),
    "two of one Slack id": (
        access("[[grants]]", '[people.eva]\nname = "Eva"\nslack = ["U0ADA"]\nportal = ["eva"]\n[[grants]]'),
        "U0ADA",
    ),
    "an until of no time": (access("[[grants]]", '[[grants]]\nuntil = "soon"'), "until"),
    "everybody may write the access file": (mode("access.toml", 0o666), "can be written by everybody"),
    "everybody may write the settings": (mode("gatehouse.toml", 0o666), "can be written by everybody"),
    "everybody may write .env": (file(".env", b"", 0o666), "can be written by everybody"),
    "an example's id": (setting(audit="C0123AUDIT"), "is still the example's"),
    "a record folder that is a file": (
        both(file("kept", b""), variable("GATEHOUSE_RECORD", "{folder}/kept")),
        "cannot be made or written to",
    ),
    "a collector's certificate that is none": (
        line('syslog = "syslog+tls://logs.example"\nsyslog_ca = "access.toml"', section="record"),
        "is no certificate that can be read",
    ),
    "a collector's certificate that is not there": (
        line('syslog = "syslog+tls://logs.example"\nsyslog_ca = "no.pem"', section="record"),
        "is no certificate that can be read",
    ),
    "a key of the seals that is none": (
        both(file("kept/seal.key", b"nothing"), variable("GATEHOUSE_RECORD", "{folder}/kept")),
        "seal.key",
    ),
    "a key of the seals that others read": (
        both(file("kept/seal.key", b"x", 0o644), variable("GATEHOUSE_RECORD", "{folder}/kept")),
        "can be read by others",
    ),
    "a damaged note of the last head": (
        both(file("kept/seen.json", b"{"), variable("GATEHOUSE_RECORD", "{folder}/kept")),
        "is damaged",
    ),
}

OTHERS: dict[str, tuple[Breaks, str]] = {
    # Slack
    "an unknown bot token": (variable("SLACK_BOT_TOKEN", "xoxb-1-2-unknown"), "refuses the bot token"),
    "an unknown app token": (variable("SLACK_APP_TOKEN", "xapp-1-A-unknown"), "refuses the app-level token"),
    "something else at Slack's address": (
        lambda one: one.set("SLACK_API_URL", f"{os.environ['PORTAL_URL'].removesuffix('/portalapi')}/api/"),
        "Slack refuses the bot token",
    ),
    "a revoked bot token": (lambda one: one.slack.revoke_token(), "refuses the bot token"),
    "another workspace": (setting(team_id="T0OTHER"), "T0OTHER"),
    "a channel that is not there": (setting(card="C0NOBODY"), "C0NOBODY"),
    "an archived channel": (archived_channel, "cannot be used"),
    "a shared channel": (shared_channel, "cannot be used"),
    "a user group that is not there": (setting(team="S0GONE"), "There is no user group S0GONE"),
    "a disabled user group": (group(disabled=True), "is disabled"),
    "an empty user group": (group(members=[]), "has no members"),
    "a user group of the file that is not there": (
        lambda one: one.grant_to_user_groups(night="S0GONE01"),
        "user_groups.night",
    ),
    # The portal
    "a refused token": (variable("PORTAL_TOKEN", "0" * 64), "refuses the token"),
    "no portal at the address": (elsewhere, "knows no approval requests"),
    "a token without organizations": (token_with("View Approvals"), "View Organizations"),
    "a token without requests": (token_with("View Organizations"), "View Approvals"),
    # The ledger
    "no server": (variable("REDIS_URL", "unix://{folder}/nobody.sock"), "cannot be used"),
    "no server at the port": (variable("REDIS_URL", "redis://127.0.0.1:1"), "cannot be used"),
    "a database beyond": (
        lambda one: one.set("REDIS_URL", f"{os.environ['REDIS_URL']}?db=99"),
        "REDIS_URL",
    ),
    "a web server as the ledger": (ledger_is_a_web_server, "cannot be used"),
    "no tls at the ledger": (ledger_without_tls, "cannot be used"),
    "no certificate's file": (
        variable("REDIS_URL", "rediss://:p@localhost:1?ssl_ca_certs=/nowhere.pem"),
        "/nowhere.pem",
    ),
    "no sentinel": (variable("REDIS_URL", "redis+sentinel://127.0.0.1:1/main"), "cannot be used"),
    "a data folder that is a file": (both(file("data", b""), embedded()), "data"),
    "a data folder below a file": (
        both(file("kept", b""), embedded("GATEHOUSE_DATA", "{folder}/kept/data")),
        "kept",
    ),
    "no program of the server": (embedded("VALKEY_SERVER", "/nowhere/valkey"), "VALKEY_SERVER"),
    "a program that is a text": (
        both(file("program", b"hello", 0o755), embedded("VALKEY_SERVER", "{folder}/program")),
        "program",
    ),
    "a program that may not run": (
        both(file("program", b"#!/bin/sh\nexit 3\n", 0o644), embedded("VALKEY_SERVER", "{folder}/program")),
        "program",
    ),
    "a program that ends": (
        both(file("program", b"#!/bin/sh\nexit 3\n", 0o755), embedded("VALKEY_SERVER", "{folder}/program")),
        "ended at once: status 3",
    ),
    # Addresses
    "a host of others": (line('host = "203.0.113.7"', section="health"), "[health] 203.0.113.7"),
    "a host of no name": (line('host = "no.such.host.invalid"', section="health"), "cannot be listened on"),
    "one port for two": (one_port_for_two, "3999"),
}


def a_key_of_the_seals(one: Installation) -> None:
    """A record folder with what a start makes there."""
    one.set("GATEHOUSE_RECORD", str(one.folder / "kept"))
    WitnessFolder(one.folder / "kept").key()


@pytest.fixture(autouse=True)
def own_log() -> Iterator[None]:
    """A command sets up the log of its process; the next test has another one."""
    yield
    structlog.reset_defaults()


@pytest.fixture
def bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Installation:
    """An installation of files and variables only: what is broken in these, nobody is asked about."""
    for name, value in (
        ("SLACK_BOT_TOKEN", "xoxb-1-2-aB"),
        ("SLACK_APP_TOKEN", "xapp-1-A1-2-aB"),
        ("PORTAL_TOKEN", "f" * 64),
        ("PORTAL_URL", "http://127.0.0.1:1/portalapi"),
        ("SLACK_API_URL", "http://127.0.0.1:1/api/"),
        ("REDIS_URL", "redis://127.0.0.1:1"),
    ):
        monkeypatch.setenv(name, value)
    channels = {"card": "C1CARD", "escalation": "C1ESC", "audit": "C1AUDIT"}
    made = Installation(tmp_path, SlackSandbox(manifest()), PortalSandbox(), channels, monkeypatch)
    made.settings = {"team_id": "T1ACME", "approvers": "S1APPROVERS", "team": "S1TEAM"}
    (tmp_path / "access.toml").write_text(ACCESS)
    made.write()
    return made


@pytest.mark.parametrize(("breaks", "words"), SETTINGS.values(), ids=SETTINGS)
def test_settings_that_are_broken(
    bare: Installation, capsys: pytest.CaptureFixture[str], breaks: Breaks, words: str
) -> None:
    """The command itself: its exit status and what it prints."""
    breaks(bare)
    assert any(words in one for one in told_alike(bare, capsys))


def told_alike(bare: Installation, capsys: pytest.CaptureFixture[str]) -> list[str]:
    """Why `run` does not start; `check` says the same, and both end with 1."""
    assert main(["run", "--config", str(bare.config)]) == 1
    why = capsys.readouterr().err.splitlines()
    assert main(["check", "--config", str(bare.config)]) == 1
    found = [one for one in capsys.readouterr().out.splitlines() if one.startswith("FAULT")]
    told = [one.removeprefix("FAULT    settings  ") for one in found]
    assert told == why
    return told


@pytest.mark.parametrize(("breaks", "words"), (FILES | OTHERS).values(), ids=FILES | OTHERS)
async def test_set_ups_that_are_broken(installation: Installation, breaks: Breaks, words: str) -> None:
    breaks(installation)
    told = [one.sentence for one in await installation.found() if one.weight is Weight.FAULT]
    status, why = await refused(installation)
    assert any(words in one for one in told), told
    assert (status, why) == (1, told)
    assert all(installation.slack.messages(channel) == [] for channel in installation.channels.values())


async def test_a_password_that_the_server_does_not_take(installation: Installation) -> None:
    async with running_valkey(installation.folder / "closed") as closed:
        installation.set("REDIS_URL", closed.url.replace("unix://", "unix://:wrong@"))
        async with closed.client() as client:
            await client.config_set("requirepass", "right")
        try:
            told = [one.sentence for one in await installation.found() if one.weight is Weight.FAULT]
            assert len(told) == 1
            assert "wrong" not in told[0].replace("WRONGPASS", "")
            assert await refused(installation) == (1, told)
        finally:
            async with Redis(unix_socket_path=str(closed.socket_path), password="right") as client:
                await client.config_set("requirepass", "")


async def test_data_of_a_newer_gatehouse(installation: Installation) -> None:
    async with Redis.from_url(os.environ["REDIS_URL"]) as client:
        await client.hset("{gatehouse}:meta", "schema", "999")
    [told] = [one.sentence for one in await installation.found() if one.weight is Weight.FAULT]
    assert "holds data of a newer Gatehouse" in told
    assert await refused(installation) == (1, [told])


async def test_a_ledger_that_is_older_than_what_was_seen_of_it(installation: Installation) -> None:
    a_key_of_the_seals(installation)
    seen = SeenHead(number=5, link="f" * 40, at=datetime.now(UTC))
    WitnessFolder(installation.folder / "kept").note(seen)
    [told] = [one.sentence for one in await installation.found() if one.weight is Weight.FAULT]
    assert told.startswith("The ledger is older than what was seen of it: ")
    assert await refused(installation) == (1, [told])


async def test_a_damaged_note_of_the_last_head_can_be_accepted(installation: Installation) -> None:
    """As its sentence says; the check before the start must not stand in the way of it."""
    a_key_of_the_seals(installation)
    (installation.folder / "kept" / "seen.json").write_text("{")
    [told] = [one.sentence for one in await installation.found() if one.weight is Weight.FAULT]
    assert "start once with --accept-older-ledger" in told
    settings = load(installation.config)
    found = await before_start(settings, installation.config, accept_older=True)
    assert [one.sentence for one in found if one.weight is Weight.FAULT] == []
    async with started(settings, accept_older=True):
        pass


async def test_a_portal_that_is_silent_holds_up_no_start(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Presses are stored without it, and told of it; until the start is over nobody's press is taken."""
    monkeypatch.setattr(all_, "_START_WAITS", timedelta(seconds=0.2))
    installation.portal.faults.set("slow", seconds=60)
    found = await before_start(load(installation.config), installation.config)
    assert [(one.part, one.weight) for one in found if "the start waits no longer" in one.sentence] == [
        ("portal", Weight.WARNING)
    ]
    assert not [one for one in found if one.weight is Weight.FAULT]
    installation.portal.faults.clear()


async def warned_alike(installed: Installation, words: str) -> list[str]:
    """What `check` warns of in these words; a start says the same."""
    by_check = [one.sentence for one in await installed.found() if one.weight is Weight.WARNING]
    by_run = [
        one.sentence
        for one in await before_start(load(installed.config), installed.config)
        if one.weight is Weight.WARNING
    ]
    told = [one for one in by_check if words in one]
    assert told == [one for one in by_run if words in one]
    return told


async def test_slack_ids_from_which_no_press_counts_are_said_by_both(installation: Installation) -> None:
    guest = installation.slack.add_person("guest", single_channel_guest=True)
    left = installation.slack.add_person("left", deactivated=True)
    ids = f'["U0ADA", "U0NOBODY", "{guest}", "{left}"]'
    access('["U0ADA"]', ids)(installation)
    told = await warned_alike(installation, "people.ada")
    assert len(told) == 3


async def test_who_may_decide_only_through_a_slack_user_group_needs_a_portal_name_too(
    installation: Installation,
) -> None:
    eva = installation.slack.add_person("eva")
    night = installation.slack.add_user_group("night", [eva])
    installation.grant_to_user_groups(night=night)
    file = installation.folder / "access.toml"
    people = f'[people.eva]\nname = "Eva"\nslack = ["{eva}"]\n[[grants]]'
    file.write_text(file.read_text().replace("[[grants]]", people, 1))
    [told] = await warned_alike(installation, "By a Slack user group")
    assert "people.eva.portal: Eva may decide and has no portal name" in told
    file.write_text(file.read_text().replace(f'slack = ["{eva}"]', f'slack = ["{eva}"]\nportal = ["eva"]'))
    assert await warned_alike(installation, "By a Slack user group") == []


async def test_an_account_that_was_blocked_lately_and_looks_like_somebody_is_named(
    installation: Installation,
) -> None:
    """No request of it is open: only the Unified Audit shows it."""
    access('name = "Ada"', 'name = "Ada Lund"')(installation)
    installation.portal.raise_request("execute", user="mlind")
    world = installation.portal.world
    row = world.audit[-1]
    now = datetime.now(UTC)
    world.audit += [
        replace(row, username="BRW\\ada.lund", at=now - timedelta(days=2)),
        replace(row, username="BRW\\lund.ada", at=now - timedelta(days=20)),
    ]
    [told] = await warned_alike(installation, "looks like ada")
    assert told.startswith("The blocked account BRW\\ada.lund looks like ada and is not theirs")


def test_a_file_of_gatehouse_itself_that_is_missing_is_a_sentence() -> None:
    with pytest.raises(NotWhole, match=r"is not whole: .*no_such\.lua cannot be read .*Install it again"):
        script_text("no_such")


@pytest.mark.parametrize(("apart_s", "words"), [(0, ""), (59, ""), (-61, "61 s behind"), (3600, "ahead of")])
async def test_clocks_that_are_apart_are_told(installation: Installation, apart_s: int, words: str) -> None:
    async with Redis.from_url(os.environ["REDIS_URL"]) as client:
        await client.hset("{gatehouse}:clock", "off", apart_s * 1000)
    told = [one.sentence for one in await installation.found() if "The ledger's clock is" in one.sentence]
    assert len(told) == bool(words)
    assert all(words in one for one in told)


def test_what_nobody_thought_of_is_one_sentence_with_its_place(capsys: pytest.CaptureFixture[str]) -> None:
    def fails(_chosen: argparse.Namespace) -> int:
        raise KeyError("surprise")

    assert guarded(fails, argparse.Namespace()) == 1
    said = capsys.readouterr().err
    assert "Gatehouse met a fault of its own: KeyError: 'surprise' (test_broken_setups.py, line" in said
    assert "Traceback" not in said
