"""What operations take Gatehouse in: image, compose files, unit, each held against the program itself."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

from bot.app.running import DRAIN_S
from bot.settings.environment import VARIABLES
from bot.settings.sections import HealthSection, SlackSection
from tests.ledger.certificates import certificates

ROOT: Final = Path(__file__).resolve().parents[2]
DEPLOY: Final = ROOT / "deploy"
DOCKERFILE: Final = (ROOT / "Dockerfile").read_text(encoding="utf-8")
COMPOSE: Final = ("compose.yml", "compose.replicas.yml")
USER: Final = "10001"
KNOWN: Final = {one.name for one in VARIABLES} | {"GATEHOUSE_CONFIG", "GATEHOUSE_SECRETS_DIR"}


def _instructions(stage: str) -> list[tuple[str, str]]:
    """The instructions of one stage, comments gone and continuations joined."""
    text = re.sub(r"^\s*#.*\n", "", DOCKERFILE, flags=re.MULTILINE).replace("\\\n", " ")
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    starts = [number for number, line in enumerate(lines) if line.startswith("FROM ")] + [len(lines)]
    stages = {
        ("build" if lines[begin].endswith("AS build") else "final"): lines[begin + 1 : end]
        for begin, end in pairwise(starts)
    }
    return [(word, rest) for word, _, rest in (line.partition(" ") for line in stages[stage])]


def _ran(command: Sequence[str | Path], **options: Any) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=500, **options)  # noqa: S603


def _service(file: str, name: str = "gatehouse") -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((DEPLOY / file).read_text(encoding="utf-8"))["services"][name]
    return found


class TestImage:
    def test_the_linter_finds_nothing(self) -> None:
        linter = Path(sys.executable).with_name("hadolint")
        if not linter.exists():
            pytest.skip("no hadolint for this platform")
        told = _ran([linter, ROOT / "Dockerfile"])
        assert (told.returncode, told.stdout) == (0, "")

    def test_it_sets_what_the_program_reads(self) -> None:
        names = set(re.findall(r"\b(GATEHOUSE_[A-Z_]+)=", DOCKERFILE))
        assert names >= {"GATEHOUSE_CONFIG", "GATEHOUSE_DATA", "GATEHOUSE_RECORD"}
        assert names <= KNOWN

    def test_the_two_folders_are_volumes_that_the_user_owns(self) -> None:
        data, record = (
            re.search(rf"{name}=(\S+)", DOCKERFILE) for name in ("GATEHOUSE_DATA", "GATEHOUSE_RECORD")
        )
        assert data is not None
        assert record is not None
        assert f'VOLUME ["{data[1]}", "{record[1]}"]' in DOCKERFILE
        assert f"USER {USER}:{USER}" in DOCKERFILE
        assert re.search(rf"install -d -m 0700 -o {USER} -g {USER} {data[1]} {record[1]}", DOCKERFILE)

    def test_it_asks_for_its_health_where_the_program_answers(self) -> None:
        health = HealthSection()
        assert f"http://{health.host}:{health.port}/healthz" in DOCKERFILE
        assert f"EXPOSE {health.port}" in DOCKERFILE

    def test_what_it_copies_is_let_through_and_nothing_secret_is(self) -> None:
        ignored = (ROOT / ".dockerignore").read_text(encoding="utf-8").split("\n")
        let_through = {line[1:] for line in ignored if line.startswith("!")}
        copied = {
            source for word, rest in _instructions("build") if word == "COPY" for source in rest.split()[:-1]
        }
        assert ignored[1] == "*"
        assert copied == let_through
        assert not let_through & {".env", "gatehouse.toml", "access.toml", "data"}

    @pytest.mark.skipif("CI" not in os.environ, reason="fetches all packages anew: in CI only")
    @pytest.mark.timeout(600)
    def test_its_steps_make_a_gatehouse_that_works_alone(self, tmp_path: Path) -> None:
        """No image builder here: the steps are carried out as written, in folders of their own."""
        source, target = tmp_path / "src", tmp_path / "opt" / "gatehouse"
        source.mkdir()
        for word, rest in _instructions("build"):
            if word == "COPY":
                _copy(rest.split(), source)
            elif word == "RUN":
                step = rest.replace("/opt/gatehouse", str(target)).replace(
                    "python -m venv", f"{sys.executable} -m venv"
                )
                done = _ran(["/bin/sh", "-ec", step], cwd=source)
                assert done.returncode == 0, done.stderr
        shutil.rmtree(source)
        for arguments in (["--version"], ["check", "--help"], ["permissions", "list"]):
            command = [str(target / "bin" / "gatehouse"), *arguments]
            told = _ran(command, cwd=tmp_path, env={"PATH": "/usr/bin:/bin"})
            assert (told.returncode, told.stderr) == (0, ""), arguments
        server = _ran([target / "bin" / "valkey-server", "--version"])
        assert "Valkey server" in server.stdout


def _copy(names: list[str], source: Path) -> None:
    *copied, into = names
    for name in copied:
        place = source / (into if len(copied) == 1 and into != "./" else name)
        place.parent.mkdir(parents=True, exist_ok=True)
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, place, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy2(ROOT / name, place)


class TestCompose:
    @pytest.mark.parametrize("file", COMPOSE)
    def test_it_is_what_the_specification_knows(self, file: str) -> None:
        """Strictly: a key that there is not is none that is ignored."""
        compose_spec = pytest.importorskip("compose_spec", reason="its reader is for Linux on x86-64 only")
        text = (DEPLOY / file).read_text(encoding="utf-8")
        compose_spec.PyCompose.from_yaml(text).validate()
        for good, bad in (
            ("read_only:", "read_onyl:"),
            ("stop_grace_period: 60s", "stop_grace_period: soon"),
        ):
            assert good in text
            with pytest.raises(ValueError, match=re.escape("services.")):
                compose_spec.PyCompose.from_yaml(text.replace(good, bad))

    @pytest.mark.parametrize("file", COMPOSE)
    def test_it_is_closed(self, file: str) -> None:
        for name in yaml.safe_load((DEPLOY / file).read_text(encoding="utf-8"))["services"]:
            service = _service(file, name)
            assert service["read_only"] is True
            assert service["cap_drop"] == ["ALL"]
            assert service["security_opt"] == ["no-new-privileges:true"]
            assert service["logging"]["options"]["max-file"]
            assert "ports" not in service

    @pytest.mark.parametrize("file", COMPOSE)
    def test_every_volume_is_where_the_image_looks(self, file: str) -> None:
        places = {mount.split(":")[1] for mount in _service(file)["volumes"]}
        assert {"/etc/gatehouse/gatehouse.toml", "/etc/gatehouse/access.toml"} <= places
        assert "/var/lib/gatehouse-record" in places
        named = yaml.safe_load((DEPLOY / file).read_text(encoding="utf-8"))["volumes"]
        assert {mount.split(":")[0] for mount in _service(file)["volumes"] if mount[0] != "."} <= set(named)

    def test_the_shared_server_loses_nothing_that_was_acknowledged(self) -> None:
        command = _service("compose.replicas.yml", "valkey")["command"]
        options = dict(zip(command[::2], command[1::2], strict=True))
        assert (options["--appendonly"], options["--appendfsync"]) == ("yes", "always")
        assert options["--maxmemory-policy"] == "noeviction"
        assert options["--port"] == "0"


class TestUnit:
    TEXT: Final = (DEPLOY / "gatehouse.service").read_text(encoding="utf-8")

    def test_it_sets_what_the_program_reads(self) -> None:
        assert set(re.findall(r"^Environment=([A-Z_]+)=", self.TEXT, re.MULTILINE)) <= KNOWN

    def test_it_may_write_its_two_folders_and_nothing_else(self) -> None:
        assert "StateDirectory=gatehouse gatehouse-record" in self.TEXT
        assert "ProtectSystem=strict" in self.TEXT
        assert "ReadWritePaths" not in self.TEXT

    def test_systemd_takes_it(self, tmp_path: Path) -> None:
        analyze = shutil.which("systemd-analyze")
        if analyze is None:
            pytest.skip("no systemd-analyze on this machine")
        # Only the program itself is not installed here.
        unit = tmp_path / "gatehouse.service"
        unit.write_text(self.TEXT.replace("/opt/gatehouse/bin/gatehouse", sys.executable), encoding="utf-8")
        told = _ran([analyze, "verify", unit])
        about_ours = [line for line in told.stderr.splitlines() if "gatehouse.service" in line]
        assert about_ours == []


class TestProxy:
    """The proxy of docs/operations.md, in front of the door for Slack's calls."""

    TEXT: Final = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    SITE: Final = TEXT[TEXT.index("\nserver {") : TEXT.index("```", TEXT.index("\nserver {"))]

    def test_it_leads_to_the_door_and_nowhere_else(self) -> None:
        assert f"proxy_pass http://127.0.0.1:{SlackSection.model_fields['port'].default};" in self.SITE
        assert re.findall(r"location (.*?) \{", self.SITE) == ["= /slack/events", "/"]

    def test_nginx_takes_it(self, tmp_path: Path) -> None:
        nginx = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
        if nginx is None:
            pytest.skip("no nginx on this machine")
        site = self.SITE.replace("/etc/ssl/gatehouse", str(certificates(tmp_path / "tls")))
        config = tmp_path / "nginx.conf"
        config.write_text(
            f"pid {tmp_path}/pid;\nerror_log stderr;\nevents {{}}\nhttp {{ access_log off; {site} }}\n"
        )
        told = _ran([nginx, "-t", "-p", tmp_path, "-c", config])
        assert told.returncode == 0, told.stderr


def _graces() -> Iterator[tuple[str, int]]:
    for file in COMPOSE:
        yield file, int(_service(file)["stop_grace_period"].removesuffix("s"))
    found = re.search(r"^TimeoutStopSec=(\d+)$", TestUnit.TEXT, re.MULTILINE)
    assert found is not None
    yield "systemd", int(found[1])


@pytest.mark.parametrize(("where", "seconds"), list(_graces()))
def test_nobody_kills_it_before_it_has_drained(where: str, seconds: int) -> None:
    assert seconds > DRAIN_S, where
