"""The container image, built by buildah and run: as its user, on a read-only root, with its own server (`make image`).

There is no registry of images here, so its base is made of Debian's packages and given under the name that the build
argument takes: Debian's Python in the place of the official image's. And there is no container engine, so what the
image holds is run in a root of its own: as the image's user, without a right to write but to its two folders and /tmp.

A machine on which no image can be built, or which gets no packages, leaves all of this out and says why; whatever goes
wrong after that is ours.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import pytest

ROOT: Final = Path(__file__).resolve().parents[2]
STORE: Final = os.environ.get("IMAGE_TESTS", "")
"""The folder of the base and the images. The base is kept for the next build."""
TOOLS: Final = ("buildah", "mmdebstrap", "unshare", "chroot")
BASE: Final = "localhost/gatehouse-base"
OF_THE_BASE: Final = "python3,python3-venv,python-is-python3,ca-certificates"
# A machine may have a way of its own to the packages.
LENT: Final = [one for one in ("/etc/ssl/certs", "/etc/pip.conf") if Path(one).exists()]
MOUNTED: Final = """
set -e
cd "$1"; shift
mount --bind . . && cd "$PWD"
for each in proc dev; do mount --rbind /$each $each; done
mount -o remount,ro,bind .
mount -t tmpfs -o mode=1777 tmpfs tmp
for each in gatehouse gatehouse-record; do mount -t tmpfs -o uid=10001,gid=10001,mode=0700 tmpfs var/lib/$each; done
exec chroot --userspec=10001:10001 . """
INSIDE: Final = f'{MOUNTED} /usr/bin/env -i HOME=/tmp "$@"'
PROBED: Final = f"""
for each in proc dev tmp var/lib/gatehouse var/lib/gatehouse-record; do mkdir -p "$1/$each"; done
{MOUNTED} "$@"
"""
STATIC: Final = ("/sbin/ldconfig.real", "/sbin/ldconfig")
"""A program without libraries, so that an image with nothing else in it runs it: as Ubuntu names it, and Debian."""
ROOM: Final = 4_000_000_000
"""Bytes that the base, both stages and the image take, each whole."""
AWAY: Final = re.compile(
    r"temporary failure|could not resolve|NameResolutionError|network is unreachable|NewConnectionError"
    r"|connection (?:refused|reset|timed out|aborted|broken)|ConnectTimeout|ReadTimeout|timed out|IncompleteRead"
    r"|failed to fetch|hash sum mismatch|\b50[0234] (?:server error|bad gateway|service unavailable|gateway time)"
    r"|no space left on device",
    re.IGNORECASE,
)
"""How apt, pip and their libraries say that the network, a registry or the disk is at fault."""

pytestmark = [
    pytest.mark.skipif(not STORE, reason="builds an image: make image"),
    pytest.mark.timeout(900),
]


def _ran(*command: str | Path, limit_s: float = 400) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=limit_s)  # noqa: S603


def _builder(*words: str | Path) -> list[str | Path]:
    """A command line of buildah's, in our own store."""
    kept = Path(STORE).resolve()
    return [
        "buildah",
        "--root",
        kept / "storage",
        "--runroot",
        kept / "run",
        "--storage-driver",
        "vfs",
        *words,
    ]


def _buildah(*words: str | Path) -> str:
    done = _ran(*_builder(*words))
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def _fetched(*command: str | Path) -> str:
    """Do what fetches packages; what went wrong. The network may fail once; the second time, all is left out for it."""
    why, told = "", ""
    for _ in range(2):
        try:
            done = _ran(*command)
        except subprocess.TimeoutExpired as late:
            why = f"{command[0]} was not through after {late.timeout:.0f} s"
            continue
        told = (done.stdout + done.stderr) if done.returncode else ""
        why = next((line for line in told.splitlines() if AWAY.search(line)), "")
        if not why:
            return told
    pytest.skip(f"the image is left out, since its packages are not to be had: {why}")


def _lacking() -> str:
    """What this machine lacks for building an image and running what it holds; empty: nothing. Found in seconds."""
    if os.geteuid() != 0:
        return "root"
    if absent := [one for one in TOOLS if shutil.which(one) is None]:
        return f"{', '.join(absent)} (Debian: apt-get install buildah mmdebstrap)"
    if shutil.disk_usage(Path(STORE).resolve()).free < ROOM:
        return f"{ROOM // 10**9} GB of room"
    static = next((one for one in STATIC if Path(one).exists()), None)
    if static is None:
        return f"a program without libraries ({' or '.join(STATIC)})"
    return _refused(static)


def _refused(static: str) -> str:
    """What the kernel, or whoever rules over this machine, does not allow: the smallest image is made and run."""
    working = ""
    try:
        working = _buildah("from", "scratch")
        _buildah("copy", working, static, "/probe")
        _buildah("run", "--isolation", "chroot", working, "/probe", "--version")
        place = _buildah("mount", working)
        ran = _ran("unshare", "--mount", "sh", "-c", PROBED, "sh", place, "/probe", "--version")
        return "" if ran.returncode == 0 else f"leave to mount: {ran.stderr.strip()[-300:]}"
    except (AssertionError, subprocess.TimeoutExpired) as error:
        return f"leave to build: {' '.join(str(error).split())[:300]}"
    finally:
        if working:
            _ran(*_builder("rm", working))


def _has_base() -> bool:
    return any(BASE in str(one["names"]) for one in json.loads(_buildah("images", "--json") or "[]"))


def _make_base() -> None:
    """Debian with its own Python, made where the builder keeps it: nothing is packed and unpacked on the way."""
    working = _buildah("from", "scratch")
    place = _buildah("mount", working)
    # Nobody cuts the power of a base that can be made again: the disk need not be waited for.
    how = ("--quiet", "--variant=minbase", "--dpkgopt=force-unsafe-io", f"--include={OF_THE_BASE}")
    wrong = _fetched("mmdebstrap", *how, "--format=directory", "bookworm", place)
    assert "Unable to locate package" not in wrong, wrong
    if wrong:
        # Debian in a folder has nothing of ours in it.
        pytest.skip(f"the image is left out, since its base cannot be made here: {wrong.strip()[-300:]}")
    _buildah("commit", "--rm", working, BASE)


@pytest.fixture(scope="module")
def image() -> str:
    """The image, built of the Dockerfile as it is."""
    Path(STORE).mkdir(exist_ok=True)
    if lacking := _lacking():
        pytest.skip(f"the image is left out, since this machine has not: {lacking}")
    if not _has_base():
        _make_base()
    # `docker`, since the other format has no health check.
    how = ("--isolation", "chroot", "--format", "docker", "--build-arg", f"PYTHON={BASE}")
    lent = [word for one in LENT for word in ("--volume", f"{one}:{one}:ro")]
    wrong = _fetched(*_builder("build", *how, *lent, "--tag", "gatehouse", ROOT))
    assert not wrong, wrong[-4000:]
    return "gatehouse"


@pytest.fixture(scope="module")
def config(image: str) -> dict[str, Any]:
    """What the image says of itself."""
    found: dict[str, Any] = json.loads(_buildah("inspect", "--type", "image", image))["Docker"]["config"]
    return found


@pytest.fixture(scope="module")
def place(image: str) -> Iterator[Path]:
    """What the image holds, as a folder."""
    working = _buildah("from", image)
    yield Path(_buildah("mount", working))
    _buildah("rm", working)


class Container:
    """Runs programs of the image, each in a root of its own."""

    def __init__(self, place: Path, config: dict[str, Any]) -> None:
        self.place = place
        self.environment: list[str] = config["Env"]

    def command(self, *words: str) -> list[str | Path]:
        """A command line of this machine for one inside."""
        return ["unshare", "--mount", "sh", "-c", INSIDE, "sh", self.place, *self.environment, *words]

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run a program to its end."""
        return _ran(*self.command(*words), limit_s=300)

    @contextmanager
    def running(self, script: str, log: Path) -> Iterator[subprocess.Popen[bytes]]:
        """A shell script of the image, which runs meanwhile; its words go to the log."""
        with log.open("wb") as out:
            process = subprocess.Popen(  # noqa: S603 - programs of the image
                self.command("sh", "-ec", script), stdout=out, stderr=out, start_new_session=True
            )
        try:
            yield process
        finally:
            # Also the stand-ins that the script has started.
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


@pytest.fixture(scope="module")
def container(place: Path, config: dict[str, Any]) -> Container:
    """The image, ready to run."""
    return Container(place, config)


def test_it_says_who_runs_it_and_how_it_is(config: dict[str, Any]) -> None:
    assert config["User"] == "10001:10001"
    assert (config["Entrypoint"], config["Cmd"]) == (["gatehouse"], ["run"])
    assert set(config["Volumes"]) == {"/var/lib/gatehouse", "/var/lib/gatehouse-record"}
    assert "/healthz" in config["Healthcheck"]["Test"][-1]


def test_it_may_write_its_folders_and_nothing_else(container: Container) -> None:
    places = "/ /etc /etc/gatehouse /opt/gatehouse /usr /var /var/lib /tmp $GATEHOUSE_DATA $GATEHOUSE_RECORD"
    tried = f"for one in {places}; do touch $one/x 2>/dev/null && echo $one; done; true"
    told = container.run("sh", "-c", f"id -u; {tried}")
    assert told.stdout.split() == ["10001", "/tmp", "/var/lib/gatehouse", "/var/lib/gatehouse-record"]  # noqa: S108


def test_it_holds_no_checkout_and_nothing_secret(place: Path) -> None:
    held = {one.name for one in (place / "src").iterdir()} if (place / "src").exists() else set()
    assert held == set()
    assert list((place / "etc" / "gatehouse").iterdir()) == []


def test_its_own_server_is_usable_and_every_promise_holds(container: Container) -> None:
    """The whole story of `gatehouse demo`: two stand-ins, the embedded server and the bot, in the image."""
    told = container.run("sh", "-c", "cd /tmp && gatehouse demo")
    assert told.returncode == 0, told.stdout[-2000:] + told.stderr[-2000:]
    assert "promises kept" in told.stdout


INSTALLED: Final = """
cd /tmp
gatehouse sandbox slack --port {slack} --env slack.env > slack.log &
gatehouse sandbox portal --port {portal} --env portal.env > portal.log &
until [ -s slack.env ] && [ -s portal.env ]; do sleep 0.2; done
set -a; . ./slack.env; . ./portal.env; set +a
export GATEHOUSE_CONFIG=/tmp/gatehouse.toml
gatehouse init --cards approvals --escalations escalations --audit gatehouse-audit --approvers approvers \\
  --team approvers --administrator anna@example.com --account 'NORTHWIND\\anna'
printf '\\n[health]\\nport = {health}\\n' >> gatehouse.toml
gatehouse check
exec gatehouse run
"""


def test_it_runs_an_installation_is_well_and_drains(container: Container, tmp_path: Path) -> None:
    """By its own health check, at another port, since this machine's are everybody's here."""
    slack, portal, health = _free_ports(3)
    log = tmp_path / "log"
    with container.running(INSTALLED.format(slack=slack, portal=portal, health=health), log) as process:
        question = f"import urllib.request as u; u.urlopen('http://127.0.0.1:{health}/readyz', timeout=4)"
        deadline = time.monotonic() + 240
        while container.run("python", "-c", question).returncode:
            assert process.poll() is None, log.read_text("utf-8", "replace")[-3000:]
            assert time.monotonic() < deadline, log.read_text("utf-8", "replace")[-3000:]
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0
    told = log.read_text("utf-8", "replace")
    assert "Ready to run" in told
    assert "drained" in told


def _free_ports(number: int) -> list[int]:
    listening = [socket.socket() for _ in range(number)]
    for one in listening:
        one.bind(("127.0.0.1", 0))
    found = [one.getsockname()[1] for one in listening]
    for one in listening:
        one.close()
    return found
