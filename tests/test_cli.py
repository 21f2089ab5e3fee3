"""The command `gatehouse`: what it prints, where, and with which exit status."""

import asyncio
import gc
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

import pytest

from bot.app.living import spare_what_stays
from bot.cli import main
from bot.ledger import Ledger
from bot.models import Event
from bot.settings.environment import Environment
from tests.valkey import running_valkey

ROOT = Path(__file__).resolve().parent.parent
CONFIG = """
[slack]
team_id = "T0NORTHWIND"
[routing.default]
card = "C0CARDS"
escalation = "C0LATE"
audit = "C0AUDIT"
"""
GRANTS = """
version = 1
[organizations]
acme = "7d9d1b6a-0c3e-4b7e-9d55-3c1f1c0a9e10"
[people.ada]
name = "Ada"
slack = ["U0ADA"]
portal = ["ada"]
[[grants]]
people = ["ada"]
organizations = ["acme"]
permissions = ["Approve for Single Computer"]
"""


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in Environment.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.chdir(tmp_path)


def command(*arguments: str) -> list[str]:
    """The command as a process of its own."""
    return [sys.executable, "-c", "import sys; from bot.cli import main; sys.exit(main())", *arguments]


def usage_error(arguments: list[str]) -> int:
    """The status with which argparse refuses these arguments."""
    with pytest.raises(SystemExit) as left:
        main(arguments)
    assert isinstance(left.value.code, int)
    return left.value.code


def test_version_and_help_answer_without_the_heavy_imports(capsys: pytest.CaptureFixture[str]) -> None:
    code = (
        "import sys\nfrom bot.cli import main\n"
        "try:\n    main(['--version'])\nexcept SystemExit as left:\n    assert left.code == 0\n"
        "print(sorted({'pydantic', 'aiohttp', 'slack_sdk', 'redis', 'structlog'} & set(sys.modules)))\n"
    )
    answer = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert answer.stdout.splitlines() == [f"gatehouse {version('gatehouse')}", "[]"]
    assert usage_error(["--help"]) == 0
    said = capsys.readouterr().out
    for word in ("run", "demo", "check", "sandbox", "permissions", "audit", "Exit status"):
        assert word in said


OUTSIDE = "aiohttp,redis,structlog,slack_sdk,bot.settings,bot.ledger,bot.portal,bot.chat"


@pytest.mark.parametrize(
    ("arguments", "at_most", "without"),
    [
        ("manifest", 8, f"asyncio,email,importlib.metadata,pydantic,permissions,{OUTSIDE}"),
        ("docs operations", 8, f"asyncio,email,importlib.metadata,pydantic,permissions,{OUTSIDE}"),
        ("permissions list", 40, f"asyncio,cryptography,bot.models,{OUTSIDE}"),
        ("permissions schema", 40, f"asyncio,cryptography,bot.models,{OUTSIDE}"),
        ("permissions check FILE", 40, f"asyncio,cryptography,bot.models,{OUTSIDE}"),
        ("permissions people --file FILE", 40, f"cryptography,bot.models,{OUTSIDE}"),
        (
            "permissions explain nobody approve application computer none --file FILE --offline",
            40,
            f"cryptography,bot.models,{OUTSIDE}",
        ),
        ("audit verify none", 70, f"asyncio,bot.cards,{OUTSIDE}"),
        ("report none", 110, f"asyncio,{OUTSIDE}"),
    ],
)
def test_a_command_loads_no_more_than_it_needs(arguments: str, at_most: int, without: str) -> None:
    """Whoever asks files waits for nothing that speaks to Slack, the portal or the ledger."""
    words = [str(ROOT / "examples" / "access.toml") if word == "FILE" else word for word in arguments.split()]
    code = (
        "import contextlib, io, sys\nfrom bot.cli import main\n"
        "with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):\n"
        f"    assert main({words}) in (0, 1)\n"
        "print(sum(name.split('.')[0] in ('bot', 'handlers', 'permissions') for name in sys.modules))\n"
        f"print(sorted(set({without.split(',')}) & set(sys.modules)))\n"
    )
    answer = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT
    )
    ours, heavy = answer.stdout.splitlines()
    assert heavy == "[]"
    assert int(ours) <= at_most


def test_a_loaded_run_holds_nothing_that_only_other_commands_need() -> None:
    """Nor does it read any source: what stands below a field is for the reference."""
    others = {"dateutil", "holidays", "icalendar", "recurring_ical_events", "rehearsal", "tests", "yaml"}
    others |= {"bot.checkup.exporting", "bot.checkup.parts", "bot.ical.reading", "bot.installing"}
    code = (
        "import linecache, sys\nimport bot.app, bot.cli, bot.logs, bot.settings\n"
        f"print(sorted({others} & set(sys.modules)))\n"
        "print([name for name in linecache.cache if name.endswith('.py')])\n"
    )
    answer = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert answer.stdout.splitlines() == ["[]", "[]"]


@pytest.mark.parametrize(
    "arguments",
    [[], ["approve"], ["sandbox"], ["sandbox", "portal", "--port", "70000"], ["sandbox", "portal", "--port", "-1"],
     ["permissions", "check"], ["audit", "verify"], ["run", "now"]],
)  # fmt: skip
def test_a_wrong_command_line_ends_with_2(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert usage_error(arguments) == 2
    assert "usage: gatehouse" in capsys.readouterr().err


def test_an_impossible_port_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert usage_error(["sandbox", "slack", "--port", "http"]) == 2
    assert "'http' is no port; use 0 (any free one) to 65535" in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments", [["run"], ["run", "--config", "other.toml"], ["audit", "export", "record.jsonl"]]
)
def test_without_settings_nothing_starts(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == 1
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "there is no such file. Copy gatehouse.example.toml" in captured.err
    assert "Traceback" not in captured.err


def test_run_names_every_missing_secret_on_standard_error(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "gatehouse.toml").write_text(CONFIG)
    assert main(["run"]) == 1
    said = capsys.readouterr().err.splitlines()
    assert [line.split()[0] for line in said] == [
        "SLACK_BOT_TOKEN",
        "SLACK_APP_TOKEN",
        "PORTAL_TOKEN",
        "gatehouse.toml:",
    ]
    assert gc.isenabled(), "it rests while the program is loaded, and no longer"


def test_what_is_collected_begins_with_the_program(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("collect", "freeze"):
        monkeypatch.setattr(gc, name, lambda: None)
    gc.disable()
    try:
        spare_what_stays()
        assert gc.isenabled()
    finally:
        gc.enable()


def test_a_hostile_value_cannot_drive_the_terminal(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "gatehouse.toml").write_text('"evil\\u001b[31mkey\\u202e" = 1\n' + CONFIG)
    assert main(["check", "--offline"]) == 1
    said = capsys.readouterr().out
    assert "\x1b" not in said
    assert "\u202e" not in said
    assert "\\u{1b}[31mkey" in said


def test_check_offline_reads_the_files_only(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "gatehouse.toml").write_text(CONFIG)
    assert main(["check", "--offline"]) == 1
    assert "access.toml cannot be read" in capsys.readouterr().out.replace("access.toml: ", "access.toml ")
    (tmp_path / "access.toml").write_text(GRANTS)
    assert main(["check", "--offline"]) == 0


class TestPermissions:
    """`gatehouse permissions check FILE`."""

    def test_a_good_file_says_what_it_holds(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        (tmp_path / "who.toml").write_text(GRANTS)
        assert main(["permissions", "check", "who.toml"]) == 0
        captured = capsys.readouterr()
        assert captured.out == "who.toml: 1 people, 1 grants, 0 roles.\n"
        assert captured.err == ""

    def test_cautions_are_told_and_are_no_faults(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        (tmp_path / "who.toml").write_text(GRANTS.replace('slack = ["U0ADA"]', ""))
        assert main(["permissions", "check", "who.toml"]) == 0
        assert "warning: Ada has no Slack id" in capsys.readouterr().out

    def test_every_fault_is_told(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        (tmp_path / "who.toml").write_text(
            GRANTS.replace('["ada"]', '["eve"]').replace('["acme"]', '["acne"]')
        )
        assert main(["permissions", "check", "who.toml"]) == 1
        said = capsys.readouterr().err.splitlines()
        assert len(said) == 2
        assert all(line.startswith("who.toml, line ") for line in said)

    def test_a_missing_file_is_told(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert main(["permissions", "check", "nobody.toml"]) == 1
        assert "nobody.toml" in capsys.readouterr().err


@pytest.mark.made_up
class TestAudit:
    """`gatehouse audit export FILE` and `gatehouse audit verify FILE`."""

    @pytest.fixture
    def record(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> Path:
        """An export of a real ledger, made by the command itself; asked for twice."""
        (tmp_path / "gatehouse.toml").write_text(CONFIG)
        monkeypatch.setenv("PORTAL_URL", "https://portalapi.b.threatlocker.com/portalapi")
        for name, value in (
            ("SLACK_BOT_TOKEN", "xoxb-1"),
            ("SLACK_APP_TOKEN", "xapp-1"),
            ("PORTAL_TOKEN", "f" * 64),
        ):
            monkeypatch.setenv(name, value)

        async def export_twice() -> None:
            async with running_valkey(tmp_path / "valkey") as server:
                monkeypatch.setenv("REDIS_URL", server.url)
                ledger = await Ledger.connect(server.url, replica_id="test")
                events = [
                    Event(name="press_refused", facts={"why": "guest"}, private={"name": f"n{i}"})
                    for i in range(3)
                ]
                await ledger.record(events)
                await ledger.chain.seal()
                await ledger.close()
                assert await asyncio.to_thread(main, ["audit", "export", "record.jsonl"]) == 0
                assert await asyncio.to_thread(main, ["audit", "export", "record.jsonl"]) == 1

        asyncio.run(export_twice())
        captured = capsys.readouterr()
        assert re.match(r"record\.jsonl: \d+ events\.", captured.out)
        assert "record.jsonl exists already and is left as it is" in captured.err
        return tmp_path / "record.jsonl"

    def test_an_export_verifies_alone(
        self, record: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert record.stat().st_mode & 0o077 == 0
        monkeypatch.delenv("REDIS_URL")
        assert main(["audit", "verify", str(record)]) == 0
        said = capsys.readouterr().out
        assert re.search(r"verified, events 1 to \d+, 1 seals", said)
        assert re.search(r"Chain head [0-9a-f]{40}, last seal [0-9a-f]{64}", said)

    def test_an_altered_export_does_not(self, record: Path, capsys: pytest.CaptureFixture[str]) -> None:
        record.chmod(0o600)
        record.write_text(record.read_text().replace("guest", "ghost", 1))
        capsys.readouterr()
        assert main(["audit", "verify", str(record)]) == 1
        captured = capsys.readouterr()
        assert "does not fit its link" in captured.err
        assert "NOT verified" in captured.out

    def test_a_file_that_is_no_export(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        (tmp_path / "notes.txt").write_text("hello\n")
        assert main(["audit", "verify", "notes.txt"]) == 1
        assert "is not a JSON object" in capsys.readouterr().err
        assert main(["audit", "verify", "nowhere.txt"]) == 1
        assert "nowhere.txt cannot be read (No such file or directory)" in capsys.readouterr().err


class TestSandbox:
    """`gatehouse sandbox portal|slack`."""

    @pytest.fixture
    def taken_port(self) -> Iterator[int]:
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            yield taken.getsockname()[1]

    @pytest.mark.parametrize(
        ("arguments", "first_word"),
        [
            (["sandbox", "portal", "--seed", "3"], "portal"),
            (["sandbox", "slack", "--manifest", "app_manifest.yml"], ""),
            (["sandbox", "slack"], ""),
        ],
    )
    def test_a_stand_in_runs_alone_until_it_is_told_to_stop(
        self, tmp_path: Path, arguments: list[str], first_word: str
    ) -> None:
        if "--manifest" in arguments:
            shutil.copy(ROOT / "app_manifest.yml", tmp_path)
        environment = os.environ | {"PYTHONPATH": str(ROOT)}
        with subprocess.Popen(  # noqa: S603 - our own program
            command(*arguments), stdout=subprocess.PIPE, text=True, env=environment
        ) as process:
            assert process.stdout is not None
            line = process.stdout.readline()
            process.send_signal(signal.SIGTERM)
            process.stdout.read()
            assert process.wait(20) == 0
        assert line.startswith(first_word)
        assert "127.0.0.1:" in line

    @pytest.mark.parametrize(
        ("kind", "names"),
        [
            ("portal", ["PORTAL_URL", "PORTAL_TOKEN"]),
            ("slack", ["SLACK_API_URL", "SLACK_BOT_TOKEN", "SLACK_APP_TOKEN", "SLACK_SIGNING_SECRET"]),
        ],
    )
    def test_its_address_and_tokens_are_written_for_whoever_starts_an_app_on_it(
        self, tmp_path: Path, kind: str, names: list[str]
    ) -> None:
        environment = os.environ | {"PYTHONPATH": str(ROOT)}
        file = tmp_path / "its.env"
        with subprocess.Popen(  # noqa: S603 - our own program
            command("sandbox", kind, "--env", str(file)), stdout=subprocess.PIPE, text=True, env=environment
        ) as process:
            assert process.stdout is not None
            process.stdout.readline()
            process.send_signal(signal.SIGTERM)
            process.stdout.read()
            assert process.wait(20) == 0
        assert [line.partition("=")[0] for line in file.read_text().splitlines()] == names
        assert file.stat().st_mode & 0o077 == 0

    @pytest.mark.parametrize("kind", ["portal", "slack"])
    def test_a_folder_that_is_none_for_them_is_told(
        self, kind: str, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert main(["sandbox", kind, "--env", "nowhere/its.env"]) == 1
        assert "nowhere/its.env: there is no such folder" in capsys.readouterr().err

    @pytest.mark.parametrize("kind", ["portal", "slack"])
    def test_a_taken_port_is_told(
        self, tmp_path: Path, kind: str, taken_port: int, capsys: pytest.CaptureFixture[str]
    ) -> None:
        shutil.copy(ROOT / "app_manifest.yml", tmp_path)
        assert main(["sandbox", kind, "--port", str(taken_port)]) == 1
        assert "Name another --port, or 0 for any free one." in capsys.readouterr().err

    def test_a_missing_or_wrong_manifest_is_told(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert main(["sandbox", "slack", "--manifest", "nowhere.yml"]) == 1
        assert "nowhere.yml: there is no such file" in capsys.readouterr().err
        (tmp_path / "app_manifest.yml").write_text("oauth_config:\n  scopes:\n    bot:\n      - chat:wirte\n")
        assert main(["sandbox", "slack"]) == 1
        assert "chat:wirte" in capsys.readouterr().err


def test_a_reader_that_has_seen_enough_is_no_fault() -> None:
    """`gatehouse permissions list | head -1` ends quietly."""
    command = [str(Path(sys.executable).with_name("gatehouse")), "permissions", "list"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as program:  # noqa: S603 - ours
        assert program.stdout is not None
        assert program.stderr is not None
        assert program.stdout.readline()
        program.stdout.close()
        assert program.stderr.read() == b""
        assert program.wait() == 0


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
@pytest.mark.parametrize("arguments", [["docs"], ["docs", "operations"]])
def test_an_output_that_takes_nothing_is_a_sentence(arguments: list[str]) -> None:
    """A few bytes, which wait until the end, and many, which do not."""
    with Path("/dev/full").open("wb") as full:
        told = subprocess.run(command(*arguments), stdout=full, stderr=subprocess.PIPE, check=False)  # noqa: S603 - ours
    assert told.returncode == 1
    words = "What is to be said cannot be written to standard output (No space left on device).\n"
    assert told.stderr.decode() == words


@pytest.mark.parametrize("closed", [">&-", "2>&-", ">&- 2>&-"])
def test_an_output_that_is_closed_ends_no_command(closed: str) -> None:
    told = subprocess.run(  # noqa: S603 - our own program
        ["/bin/sh", "-c", f'exec "$@" {closed}', "sh", *command("permissions", "list")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (told.returncode, told.stderr) == (0, "")


def test_a_terminal_without_a_letter_gets_its_number() -> None:
    environment = os.environ | {"PYTHONIOENCODING": "latin-1"}
    told = subprocess.run(  # noqa: S603 - our own program
        command("docs", "for-the-help-desk"), env=environment, capture_output=True, check=True
    )
    assert b"\\u201cit was blocked\\u201d" in told.stdout
    assert told.stderr == b""
