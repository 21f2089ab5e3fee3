"""More broken set-ups, by what is odd about them: paths, hosts, kinds of value, folders in the places of files.

As in tests/test_broken_setups.py: `check` and `run` say the same and exit alike, in words.
"""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from bot.checkup.findings import Weight
from bot.cli import main
from tests.test_broken_setups import (
    Breaks,
    access,
    access_bytes,
    bare,
    both,
    config,
    embedded,
    file,
    from_a_file,
    http,
    line,
    own_log,
    refused,
    setting,
    told_alike,
    variable,
)
from tests.test_cli_check import ACCESS, Installation, bare_environment, installation

__all__ = ["bare", "bare_environment", "installation", "own_log"]


def made(name: str, how: str) -> Breaks:
    """Something else at the place of a file: a folder, a socket, a link to itself or to nothing."""

    def breaks(one: Installation) -> None:
        path = one.folder / name
        path.parent.mkdir(exist_ok=True)
        path.unlink(missing_ok=True)
        if how == "folder":
            path.mkdir()
        elif how == "socket":
            os.chdir(path.parent)
            with socket.socket(socket.AF_UNIX) as listening:
                listening.bind(path.name)
        else:
            path.symlink_to(path if how == "loop" else path.with_name("nowhere"))

    return breaks


def unset(name: str) -> Breaks:
    return lambda one: one.monkeypatch.delenv(name)


def secret_in_folder(how: str) -> Breaks:
    """A secrets folder in which the portal's token is no file."""
    folder = variable("GATEHOUSE_SECRETS_DIR", "{folder}/kept")
    return both(unset("PORTAL_TOKEN"), made("kept/portal_token", how), folder)


def rota(text: str) -> Breaks:
    return line(f'zone = "UTC"\n{text}', section="rotas.week")


def calendar(text: str) -> Breaks:
    return line(text, section="calendars.office")


LONG = "a" * 300
SETTINGS: dict[str, tuple[Breaks, str]] = {
    # The configuration file
    "a link to itself": (made("gatehouse.toml", "loop"), "Too many levels of symbolic links"),
    "a link to nothing": (made("gatehouse.toml", "dangling"), "there is no such file"),
    "a socket": (made("gatehouse.toml", "socket"), "cannot be read"),
    "brackets in brackets": (config(b"a = " + b"[" * 3000), "too deep"),
    "a number of thousands of digits": (config(b"a = " + b"9" * 5000), "thousands of digits"),
    "a day that is none": (config(b"a = 2026-02-30"), "this is not TOML"),
    # Values of another kind
    "true as a port": (line("port = true", section="slack"), "true and false are none"),
    "false as a limit": (line("presses_a_minute = false", section="limits"), "true and false are none"),
    "true as a span": (line("read_timeout_s = true", section="portal"), "true and false are none"),
    "true among numbers": (
        line('steps = ["3m remind", "15m call on_duty"]\nback_off_minutes = [true]', section="plans.board"),
        "true and false are none",
    ),
    "a port of halves": (line("port = 8080.5", section="slack"), "fractional part"),
    "a port's name": (line('port = "web"', section="slack"), "must be a valid integer"),
    "a list as an id": (setting(team_id='T1", "T2'), "this is not TOML"),
    "a text as a table": (config(b'routing = "C1"'), "[routing]"),
    "a list of default channels": (config(b'[[routing.default]]\ncard = "C1"'), "[routing.default]"),
    "a span without end": (line("poll_busy_s = 1e308", section="portal"), "poll_busy_s"),
    "a time as a span": (line("poll_busy_s = 10:00:00", section="portal"), "poll_busy_s"),
    # Zones, days, hours
    "a part of the world": (line('zone = "Europe"', section="escalation"), "this is no time zone"),
    "a file as a zone": (line('zone = "../../etc/passwd"', section="escalation"), "this is no time zone"),
    "an offset as a zone": (line('zone = "UTC+2"', section="escalation"), "this is no time zone"),
    "an empty zone": (line('zone = ""', section="escalation"), "this is no time zone"),
    "holidays of nowhere": (
        calendar('zone = "UTC"\nweekdays = {}\nholidays = "XX"'),
        "no holidays are known",
    ),
    "an hour too many": (calendar('zone = "UTC"\nweekdays = { mon = "08:00-25:00" }'), "weekdays"),
    "a weekday of nobody": (calendar('zone = "UTC"\nweekdays = { funday = "08:00-18:00" }'), "names no days"),
    "a rota of nobody": (rota("people = []\nstarts = 2026-11-30"), "[rotas.week]"),
    "a rota from the last of days": (rota('people = ["ana"]\nstarts = 9999-12-31'), "[rotas.week]"),
    "a step that is none": (line('steps = ["soon remind"]', section="plans.board"), "[plans.board]"),
    # Hosts
    "a host with an empty part": (line('host = "a..b"', section="health"), "no host's name"),
    "a host with a long part": (line(f'host = "{LONG}"', section="health"), "no host's name"),
    "a host with a zero": (line('host = "a\\u0000b"', section="health"), "no host's name"),
    "a host with a blank": (line('host = "127.0.0.1 "', section="health"), "write it bare"),
    "a host as an address": (line('host = "http://127.0.0.1"', section="health"), "write it bare"),
    "a host in brackets": (line('host = "[::1]"', section="health"), "write it bare"),
    "Slack's door at no host": (http('host = "a..b"'), "no host's name"),
    "a portal with an empty part": (variable("PORTAL_URL", "https://a..b/portalapi"), "no host's name"),
    "a portal with a blank": (variable("PORTAL_URL", "https://a b/portalapi"), "write it bare"),
    "a portal with a control": (variable("PORTAL_URL", "https://a\x01/portalapi"), "write it bare"),
    "a portal in quotes": (variable("PORTAL_URL", '"https://a/portalapi"'), "no web address"),
    "a portal by ftp": (variable("PORTAL_URL", "ftp://a.example/portalapi"), "no web address"),
    "a portal's port that is none": (variable("PORTAL_URL", "https://a:99999/portalapi"), "no web address"),
    "a Slack with an empty part": (variable("SLACK_API_URL", "https://a..b/api/"), "no host's name"),
    "a ledger with an empty part": (variable("REDIS_URL", "rediss://:p@a..b:1"), "is no host name"),
    "a ledger with a long part": (variable("REDIS_URL", f"rediss://:p@{LONG}:1"), "is no host name"),
    "a ledger in quotes": (variable("REDIS_URL", "'redis://localhost'"), "it does not begin with"),
    "a ledger at port 0": (variable("REDIS_URL", "redis://localhost:0"), "REDIS_URL"),
    "a collector with an empty part": (
        line('syslog = "syslog+tls://a..b"', section="record"),
        "no host's name",
    ),
    "a second place with an empty part": (
        both(
            variable("RECORD_WEBHOOK_SECRET", "s" * 40),
            line('webhook_url = "https://a..b/x"', section="record"),
        ),
        "no host's name",
    ),
    "a mail server with an empty part": (
        line('smtp_host = "a..b"\nmail_from = "a@b.example"\nmail_to = ["c@b.example"]', section="fallback"),
        "no host's name",
    ),
    "a calendar with an empty part": (
        both(
            variable("ROTA_ICAL_URLS", "week https://a..b/x"),
            rota('ical_url = "environment"'),
            line('rota = "week"', section="tiers.leads"),
        ),
        "no host's name",
    ),
    # Paths
    "a data folder that links to itself": (
        both(made("data", "loop"), embedded("GATEHOUSE_DATA", "{folder}/data")),
        "nothing can be there",
    ),
    "a record folder that links to itself": (
        both(made("kept", "loop"), variable("GATEHOUSE_RECORD", "{folder}/kept")),
        "nothing can be there",
    ),
    "a data folder of a long name": (embedded("GATEHOUSE_DATA", "{folder}/" + LONG), "nothing can be there"),
    "a data folder whose record has a long name": (
        embedded("GATEHOUSE_DATA", "{folder}/" + "a" * 250),
        "[record] folder",
    ),
    "a record folder of a long name": (
        variable("GATEHOUSE_RECORD", "{folder}/" + LONG),
        "nothing can be there",
    ),
    "an empty data folder": (line('data = ""', section="ledger"), "it is empty"),
    "an empty record folder": (line('folder = ""', section="record"), "it is empty"),
    "an empty access file's name": (line('file = ""', section="access"), "it is empty"),
    "a data folder that is no text": (embedded("GATEHOUSE_DATA", "/tmp/a\udcff"), "GATEHOUSE_DATA"),  # noqa: S108 - never made
    "a record folder that is no text": (variable("GATEHOUSE_RECORD", "{folder}/\udcff"), "GATEHOUSE_RECORD"),
    # Secrets and where they stand
    "a folder as .env": (made(".env", "folder"), "cannot be read (Is a directory)"),
    "a socket as .env": (made(".env", "socket"), ".env: cannot be read"),
    "an .env that links to itself": (made(".env", "loop"), ".env: cannot be read"),
    "an .env that links to nothing": (made(".env", "dangling"), ".env: cannot be read"),
    "a folder in the secrets folder": (secret_in_folder("folder"), "cannot be read (Is a directory)"),
    "a link to itself in the secrets folder": (secret_in_folder("loop"), "portal_token: cannot be read"),
    "a secrets folder that is a file": (
        both(file("kept", b""), variable("GATEHOUSE_SECRETS_DIR", "{folder}/kept")),
        "is no folder",
    ),
    "a secret as a line of .env": (
        from_a_file("SLACK_BOT_TOKEN", b"SLACK_BOT_TOKEN=xoxb-1\n"),
        "SLACK_BOT_TOKEN does not start",
    ),
    "a secret behind a comment": (from_a_file("SLACK_BOT_TOKEN", b"# mine\nxoxb-1\n"), "SLACK_BOT_TOKEN"),
    "a secret's socket": (
        both(unset("PORTAL_TOKEN"), made("kept", "socket"), variable("PORTAL_TOKEN_FILE", "{folder}/kept")),
        "cannot be read",
    ),
    "a token in quotes": (variable("SLACK_BOT_TOKEN", '"xoxb-1-2-aB"'), "SLACK_BOT_TOKEN does not start"),
}


@pytest.mark.parametrize(("breaks", "words"), SETTINGS.values(), ids=SETTINGS)
def test_settings_that_are_odd(
    bare: Installation, capsys: pytest.CaptureFixture[str], breaks: Breaks, words: str
) -> None:
    breaks(bare)
    told = told_alike(bare, capsys)
    assert any(words in one for one in told), told


ACCESS_FILES: dict[str, tuple[Breaks, str]] = {
    "links to itself": (made("access.toml", "loop"), "Too many levels of symbolic links"),
    "links to nothing": (made("access.toml", "dangling"), "cannot be read"),
    "is a socket": (made("access.toml", "socket"), "cannot be read"),
    "holds a zero": (access_bytes(ACCESS.encode() + b"\0"), "NUL"),
    "is UTF-16 without its mark": (access_bytes(ACCESS.encode("utf-16-le")), "UTF-16"),
    "is too large": (access_bytes(b"#" * 9_000_000), "is it the right file?"),
    "is YAML": (access_bytes(b"version: 1\n"), "cannot be parsed"),
    "says a key twice": (access('name = "Ada"', 'name = "Ada"\nname = "Ida"'), "cannot be parsed"),
    "has a true version": (access("version = 1", "version = true"), "is not a version"),
    "has a broken version": (access("version = 1", "version = 1.0"), "is not a version"),
    "has a version in quotes": (access("version = 1", 'version = "1"'), "is not a version"),
    "has a text for people": (access('people = ["ada"]', 'people = "ada"'), "give a list in brackets"),
    "has one table of grants": (access("[[grants]]", "[grants]"), "give a list in brackets"),
    "has an address for an id": (
        access('slack = ["U0ADA"]', 'slack = ["a@b.example"]'),
        "not a Slack user id",
    ),
    "has a day for an end": (access("[[grants]]", "[[grants]]\nuntil = 2027-01-01"), "a date and time"),
    "has an end without a zone": (
        access("[[grants]]", "[[grants]]\nuntil = 2027-01-01T00:00:00"),
        "has no time zone",
    ),
}


@pytest.mark.parametrize(("breaks", "words"), ACCESS_FILES.values(), ids=ACCESS_FILES)
def test_access_files_that_are_odd(
    bare: Installation, capsys: pytest.CaptureFixture[str], breaks: Breaks, words: str
) -> None:
    """In words. That `run` says the same of an access file is tried in tests/test_broken_setups.py."""
    breaks(bare)
    assert main(["check", "--offline", "--config", str(bare.config)]) == 1
    said = capsys.readouterr()
    assert words in said.out
    assert "a fault of its own" not in said.out + said.err


OTHERS: dict[str, tuple[Breaks, str]] = {
    "a folder as the server's socket": (
        both(made("data/redis.sock", "folder"), embedded()),
        "Address already in use",
    ),
    "a file as the server's folder": (
        both(file("data/appendonlydir", b""), embedded()),
        "Not a directory",
    ),
    "data that is none": (
        both(file("data/appendonlydir/appendonly.aof.manifest", b"garbage\n"), embedded()),
        "Invalid AOF manifest",
    ),
    "a record folder where nothing can be made": (
        variable("GATEHOUSE_RECORD", "/proc/gatehouse"),
        "cannot be made or written to",
    ),
    "a mail server's certificate that is not there": (
        line(
            'smtp_host = "localhost"\nsmtp_ca = "no.pem"\nmail_from = "a@b.example"\nmail_to = ["c@b.example"]',
            section="fallback",
        ),
        "[fallback] smtp_ca",
    ),
    "a certificate for us that is none": (
        variable("REDIS_URL", "rediss://:p@127.0.0.1:1?ssl_certfile={folder}/access.toml"),
        "ssl_certfile",
    ),
    "a program that ends by a signal": (
        both(file("one", b"#!/bin/sh\nkill -SEGV $$\n", 0o755), embedded("VALKEY_SERVER", "{folder}/one")),
        "ended at once: status -11",
    ),
    "a program for another machine": (
        both(file("one", b"", 0o755), embedded("VALKEY_SERVER", "{folder}/one")),
        "cannot be run",
    ),
    "a token of Slack's for the portal": (
        lambda one: one.set("PORTAL_TOKEN", one.slack.bot_token),
        "refuses the token",
    ),
}


@pytest.mark.parametrize(("breaks", "words"), OTHERS.values(), ids=OTHERS)
async def test_set_ups_that_are_odd(installation: Installation, breaks: Breaks, words: str) -> None:
    breaks(installation)
    told = [one.sentence for one in await installation.found() if one.weight is Weight.FAULT]
    assert any(words in one for one in told), told
    assert await refused(installation) == (1, told)


@pytest.mark.parametrize(
    "written", [b"\xef\xbb\xbf", b"\r\n", b"# \xc3\xbc\n"], ids=["a mark", "CRLF", "umlauts"]
)
def test_what_editors_do_to_a_file_is_no_fault(
    bare: Installation, capsys: pytest.CaptureFixture[str], written: bytes
) -> None:
    """So is a link to the file, which is how secrets and settings are mounted."""
    for path in (bare.config, bare.folder / "access.toml"):
        text = path.read_bytes()
        text = text.replace(b"\n", written) if written == b"\r\n" else written + text
        kept = path.with_suffix(".kept")
        kept.write_bytes(text)
        path.unlink()
        path.symlink_to(kept)
    assert main(["check", "--offline", "--config", str(bare.config)]) == 0
    assert "FAULT" not in capsys.readouterr().out


async def test_a_portal_whose_tls_fails_says_why(installation: Installation) -> None:
    """It may pass, so `run` starts; the class of the error alone would help nobody."""
    installation.set("PORTAL_URL", installation.portal.base_url.replace("http://", "https://"))
    [told] = [one for one in await installation.found() if one.weight is Weight.FAULT]
    assert told.passes
    assert "WRONG_VERSION_NUMBER" in told.sentence
    assert Path.cwd() == installation.folder
