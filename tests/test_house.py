"""The house: log lines, metrics, lock files, the Makefile, and rules that hold for all of the source."""

import ast
import io
import json
import logging
import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog
from prometheus_client.parser import text_string_to_metric_families
from pydantic import SecretStr

from bot import logs
from bot.metrics import CONTENT_TYPE, Metrics
from bot.terminal import printable

ROOT = Path(__file__).resolve().parent.parent
SOURCES = [
    file
    for name in ("bot", "handlers", "permissions", "rehearsal")
    for file in sorted((ROOT / name).rglob("*.py"))
]
BIDI = "invoice\u202efdp.exe\u200b\x1b[31m\nforged line"


@pytest.fixture
def fresh_logging() -> Iterator[None]:
    """Leave logging as it was: the set-up is for a whole process."""
    root, level, handlers = logging.getLogger(), logging.getLogger().level, logging.getLogger().handlers[:]
    yield
    for handler in root.handlers[:]:
        root.removeHandler(handler)
    for handler in handlers:
        root.addHandler(handler)
    root.setLevel(level)
    structlog.reset_defaults()


def fail_with(text: str) -> None:
    raise ValueError(text)


@pytest.mark.usefixtures("fresh_logging")
class TestLogs:
    """Lines for the operator."""

    def lines(self, say: Callable[[Any], object], **how: Any) -> list[dict[str, Any]]:
        stream = io.StringIO()
        logs.set_up(stream=stream, **how)
        say(structlog.get_logger())
        return [json.loads(line) for line in stream.getvalue().splitlines()]

    def test_a_line_has_event_level_time_and_facts(self) -> None:
        [line] = self.lines(lambda log: log.info("decision_refused", request_id="r1", n=3))
        assert line.pop("timestamp").endswith("Z")
        assert line == {"event": "decision_refused", "level": "info", "request_id": "r1", "n": 3}

    def test_context_that_is_bound_once_is_on_every_line(self) -> None:
        with structlog.contextvars.bound_contextvars(press_id="p1"):
            [line] = self.lines(lambda log: log.info("press_taken"))
        assert line["press_id"] == "p1"

    def test_less_than_the_level_is_not_written(self) -> None:
        assert self.lines(lambda log: log.info("tick"), level="warning") == []

    @pytest.mark.parametrize("field", sorted(logs.SENSITIVE_FIELDS))
    def test_sensitive_fields_are_left_out_at_any_depth(self, field: str) -> None:
        held = {"deep": [{field.title() if field == "authorization" else field: "C:/Users/ada/x.exe"}]}
        [line] = self.lines(lambda log: log.info("odd", **{field: "secret-value"}, call=held))
        assert line[field] == logs.LEFT_OUT
        assert "ada" not in json.dumps(line)
        assert "secret-value" not in json.dumps(line)

    @pytest.mark.parametrize(
        "text",
        [
            "xoxb-123-456-abcdef",
            "xoxe.xoxp-1-Mi0yLTE",
            "xapp-1-A0-123-abcdef",
            "https://hooks.slack.com/actions/T0/1/abcdef",
            "wss://wss-primary.slack.com/link/?ticket=abcdef",
            "redis://user:abcdef@host:6379/0",
        ],
    )
    def test_recognisable_secrets_are_cut_out_of_any_text(self, text: str) -> None:
        [line] = self.lines(lambda log: log.error("call_failed", error=f"went to {text} and failed"))
        assert "abcdef" not in json.dumps(line)
        assert "Mi0yLTE" not in json.dumps(line)
        assert line["error"].startswith("went to ")
        assert line["error"].endswith(" and failed") or "@host" in line["error"]

    def test_known_secrets_are_cut_out_of_texts_exceptions_and_library_lines(self) -> None:
        token = "0123456789abcdef" * 4

        def say(log: Any) -> None:
            log.info("asked", header=f"x {token} y", seen={token})
            try:
                fail_with(f"bad header {token}")
            except ValueError:
                log.exception("call_failed")
            logging.getLogger("aiohttp.client").warning("sent %s", token)

        said = self.lines(say, secrets=[SecretStr(token), SecretStr("short")])
        assert len(said) == 3
        assert token not in json.dumps(said)
        assert "ValueError: bad header [left out]" in said[1]["exception"]
        assert "short" in json.dumps(
            self.lines(lambda log: log.info("a_short_one"), secrets=[SecretStr("short")])
        )

    def test_library_lines_become_one_event(self) -> None:
        [line] = self.lines(lambda _log: logging.getLogger("slack_bolt.App").warning("odd %s", "thing"))
        assert line["event"] == "library_log"
        assert (line["library"], line["message"], line["level"]) == ("slack_bolt.App", "odd thing", "warning")

    def test_libraries_are_quiet_below_warning_even_when_we_debug(self) -> None:
        assert self.lines(lambda _log: logging.getLogger("slack_sdk").debug("payload"), level="debug") == []

    def test_hostile_text_stays_one_line_of_plain_ascii(self) -> None:
        stream = io.StringIO()
        logs.set_up(stream=stream)
        structlog.get_logger().info("seen", file_name=BIDI)
        assert stream.getvalue().isascii()
        assert stream.getvalue().count("\n") == 1
        assert json.loads(stream.getvalue())["file_name"] == BIDI

    def test_hostile_text_cannot_drive_a_console(self) -> None:
        stream = io.StringIO()
        logs.set_up(stream=stream, style="console")
        log = structlog.get_logger()
        log.info("seen", file_name=BIDI, nested=[BIDI])
        try:
            fail_with(BIDI)
        except ValueError:
            log.exception("failed")
        shown = stream.getvalue()
        assert "\\u{202e}" in shown
        assert not {"\u202e", "\u200b", "\x1b"} & set(shown)
        assert shown.splitlines()[0].count("seen") == 1
        assert "forged line" in shown.splitlines()[0]
        assert "Traceback" in shown

    @pytest.mark.parametrize(
        ("text", "shown"),
        [
            ("plain text, übergrün", "plain text, übergrün"),
            ("a\nb", "a\\u{a}b"),
            ("a\u2066b", "a\\u{2066}b"),
            ("\ue000\U000e0041", "\\u{e000}\\u{e0041}"),
        ],
    )
    def test_printable(self, text: str, shown: str) -> None:
        assert printable(text) == shown


class TestMetrics:
    """What Prometheus reads."""

    def values(self, metrics: Metrics) -> dict[str, float]:
        families = text_string_to_metric_families(metrics.exposition().decode())
        return {
            sample.name + "".join(f",{value}" for value in sample.labels.values()): sample.value
            for family in families
            for sample in family.samples
        }

    def test_each_thing_is_counted_under_its_labels(self) -> None:
        metrics = Metrics()
        metrics.delivered("stored")
        metrics.press("approved")
        metrics.press("approved")
        metrics.attempt_sent("approve")
        metrics.decided("approved", ours=True)
        metrics.decided("rejected", ours=False)
        metrics.refused("missing_permission")
        metrics.escalated("clock")
        metrics.reminded("remind")
        metrics.portal_called("permit", "ok", 0.3)
        metrics.slack_called("chat.postMessage", "ratelimited")
        values = self.values(metrics)
        assert values["gatehouse_deliveries_total,stored"] == 1
        assert values["gatehouse_presses_total,approved"] == 2
        assert values["gatehouse_attempts_total,approve"] == 1
        assert values["gatehouse_decisions_total,gatehouse,approved"] == 1
        assert values["gatehouse_decisions_total,portal,rejected"] == 1
        assert values["gatehouse_refusals_total,missing_permission"] == 1
        assert values["gatehouse_escalations_total,clock"] == 1
        assert values["gatehouse_reminders_total,remind"] == 1
        assert values["gatehouse_portal_calls_total,permit,ok"] == 1
        assert values["gatehouse_portal_call_seconds_sum,permit"] == pytest.approx(0.3)
        assert values["gatehouse_slack_calls_total,chat.postMessage,ratelimited"] == 1

    def test_a_gauge_that_is_watched_grows_although_nothing_happens(self) -> None:
        metrics, ages = Metrics(), iter([1.0, 2.5])
        metrics.watch(metrics.poll_age, lambda: next(ages))
        assert self.values(metrics)["gatehouse_portal_poll_age_seconds"] == 1.0
        assert self.values(metrics)["gatehouse_portal_poll_age_seconds"] == 2.5

    def test_two_bots_in_one_process_do_not_count_together(self) -> None:
        one, two = Metrics(), Metrics()
        one.refused("guest")
        assert "gatehouse_refusals_total,guest" not in self.values(two)
        assert CONTENT_TYPE.startswith("text/plain")


class TestSource:
    """Rules that hold for every file."""

    def test_only_the_settings_read_the_environment(self) -> None:
        """Or else a test, a rehearsal and `check` would each see other settings than `run`."""
        read = {"environ", "environb", "getenv"}
        readers = {
            file.relative_to(ROOT).as_posix()
            for file, node in _nodes(read)
            if isinstance(node, ast.Attribute) and node.attr in read
        }
        assert {reader for reader in readers if not reader.startswith("bot/settings/")} == set()

    def test_no_scheduler_keeps_its_jobs_outside_memory(self) -> None:
        """A job store that is shared fires twice, kills its rivals and unpickles what anybody wrote."""
        named = {
            f"{file.relative_to(ROOT)}: {name}"
            for file, node in _nodes({"jobstores"})
            for name in _imported(node)
            if name.startswith("apscheduler.jobstores")
            and not name.startswith("apscheduler.jobstores.memory")
        }
        assert named == set()

    def test_nothing_unpickles(self) -> None:
        unpicklers = {"pickle", "marshal", "shelve", "dill"}
        importers = {
            file.name
            for file, node in _nodes(unpicklers)
            for name in _imported(node)
            if name.split(".")[0] in unpicklers
        }
        assert importers == set()


def _nodes(words: Iterable[str]) -> Iterator[tuple[Path, ast.AST]]:
    """Every node of the files in which one of these words stands: a whole tree takes seconds to parse."""
    for file in SOURCES:
        text = file.read_text(encoding="utf-8")
        if any(word in text for word in words):
            yield from ((file, node) for node in ast.walk(ast.parse(text)))


def _imported(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom) and node.module:
        return [node.module]
    return []


class TestFiles:
    """What stands beside the code."""

    @pytest.mark.parametrize(
        "name", ["requirements.lock", "requirements-dev.lock", "requirements-audit.lock"]
    )
    def test_a_lock_file_pins_every_package_by_hash_and_names_no_host(self, name: str) -> None:
        text = (ROOT / name).read_text()
        pins = re.findall(r"^([\w.-]+)==\S+.*\\\n    --hash=sha256:[0-9a-f]{64}", text, re.MULTILINE)
        named = [line for line in text.splitlines() if line and not line.startswith(" ")]
        assert len(pins) == len(named) > 20
        assert "://" not in text
        assert "index" not in text

    def test_the_lock_files_follow_the_project(self) -> None:
        project = tomllib.loads((ROOT / "pyproject.toml").read_text())
        wanted = [re.match(r"[\w.-]+", line) for line in project["project"]["dependencies"]]
        names = {match[0].lower() for match in wanted if match}
        dev = {re.split(r"[\[<>=]", line)[0] for line in project["dependency-groups"]["dev"]}
        run_lock, dev_lock = (
            (ROOT / "requirements.lock").read_text(),
            (ROOT / "requirements-dev.lock").read_text(),
        )
        assert {name for name in names if f"\n{name}==" not in f"\n{run_lock}"} == set()
        assert {name for name in names | dev if f"\n{name}==" not in f"\n{dev_lock}"} == set()
        shared = [line for line in run_lock.splitlines() if "==" in line and line not in dev_lock]
        assert shared == [], "the two lock files pin different versions; run make lock"

    def test_the_licence_is_the_one_that_the_project_names(self) -> None:
        text = (ROOT / "LICENSE").read_text()
        assert "Apache License" in text
        assert "Version 2.0, January 2004" in text
        assert "END OF TERMS AND CONDITIONS" in text

    def test_make_without_a_target_is_the_help_and_lists_every_target(self) -> None:
        environment = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
        said = subprocess.run(  # noqa: S603 - our own Makefile
            [shutil.which("make") or "make"],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=True,
            env=environment,
        ).stdout
        makefile = (ROOT / "Makefile").read_text()
        [phony] = re.findall(r"^\.PHONY: (help .*)$", makefile, re.MULTILINE)
        assert re.findall(r"^  make ([\w-]+)", said, re.MULTILINE) == phony.split()

    def test_ci_is_executable_and_strict(self) -> None:
        script = ROOT / ".ci" / "run"
        assert os.access(script, os.X_OK)
        assert "set -euo pipefail" in script.read_text()
        assert script.read_text().rstrip().splitlines()[-1].startswith("exec make test")


GATE = ROOT / "tests" / "coverage_gate.py"


def own_process(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Python in a process of its own, which the measuring of this very run must not reach."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("COV")}
    command = [sys.executable, *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, env=environment)  # noqa: S603 - ours


@pytest.mark.usefixtures("measured")
class TestCoverageGate:
    """The gate of `make test`."""

    @pytest.fixture
    def measured(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        (tmp_path / "rules").mkdir()
        (tmp_path / "rules" / "inner").mkdir()
        (tmp_path / "rules" / "one.py").write_text(
            "def f(x):\n    if x:\n        return 1\n    return 2\nf(0)\nf(1)\n"
        )
        (tmp_path / "rules" / "inner" / "two.py").write_text(
            "def g(x):\n    if x:\n        return 1\n    return 2\ng(0)\n"
        )
        (tmp_path / "run.py").write_text(
            "import runpy\nrunpy.run_path('rules/one.py')\nrunpy.run_path('rules/inner/two.py')\n"
        )
        (tmp_path / ".coveragerc").write_text("[run]\nbranch = true\nsource = .\n")
        monkeypatch.chdir(tmp_path)
        assert own_process("-m", "coverage", "run", "run.py").returncode == 0

    def test_enough_branches_open_the_gate(self) -> None:
        answer = own_process(str(GATE), "95", "rules", "rules/one")
        assert answer.stdout == "Coverage of the rules: 100.0 % of 2 branches taken, at least 95 % wanted.\n"
        assert answer.returncode == 0

    def test_too_few_shut_it_and_name_the_file(self) -> None:
        answer = own_process(str(GATE), "95", "rules", "rules")
        assert answer.returncode == 1
        assert "75.0 % of 4 branches" in answer.stderr
        assert "rules/inner/two.py: branches [[2, 3]]" in answer.stderr
        assert "one.py" not in answer.stderr

    def test_a_name_that_was_never_measured_shuts_it(self) -> None:
        answer = own_process(str(GATE), "95", "rules", "rules", "rulez")
        assert answer.stderr == "Coverage of the rules: nothing was measured under rulez.\n"
        assert answer.returncode == 1


AT_WORK = (
    "app",
    "desk",
    "chat",
    "intake",
    "decision",
    "escalation",
    "lookup",
    "administration",
    "maintenance",
)
ASKS_ITS_HOST = {"bot/app/beat.py"}
"""It wakes jobs; what is due is worked out elsewhere, and by the time that all share."""


def test_what_runs_goes_by_the_time_that_all_share() -> None:
    """A host's own clock may be an hour wrong: what one replica notes by it would last an hour for it alone."""
    folders = [*(ROOT / "bot" / name for name in (*AT_WORK, "policies", "exceptions")), ROOT / "handlers"]
    asking = {
        str(file.relative_to(ROOT))
        for folder in folders
        for file in folder.rglob("*.py")
        if re.search(r"datetime\.now\(|\butcnow\(|\.today\(", file.read_text("utf-8"))
    }
    assert asking == ASKS_ITS_HOST
