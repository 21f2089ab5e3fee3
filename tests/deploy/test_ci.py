"""`.ci/run` on machines that lack something: what only the image needs is left out in a line, and fails nothing."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import pytest

from tests.deploy import test_image

ROOT: Final = Path(__file__).resolve().parents[2]
REAL: Final = ("bash", "dirname", "env", "id")
"""What the script takes from any machine."""
THERE: Final = (
    "make",
    "python3",
    "chromium",
    "node",
    "npm",
    "redis-server",
    "prometheus",
    "nginx",
    "sudo",
    "timeout",
)
"""Stand-ins, most of which say what they were asked; `sudo` and `timeout` do it."""
PASSES_ON: Final = {"sudo": 'shift; exec "$@"', "timeout": 'shift; exec "$@"', "python3": "exit 0"}


def _ran(folder: Path, without: str = "", **more: str) -> subprocess.CompletedProcess[str]:
    """The script on a machine with these programs; each by its shell script."""
    tools, checkout = folder / "bin", folder / "checkout"
    (checkout / ".ci").mkdir(parents=True)
    tools.mkdir()
    shutil.copy2(ROOT / ".ci" / "run", checkout / ".ci" / "run")
    for name in REAL:
        (tools / name).symlink_to(shutil.which(name) or name)
    for name, does in _programs(more).items():
        (tools / name).write_text(f"#!{tools}/bash\n{does}\n", "utf-8")
        (tools / name).chmod(0o755)
    if without:
        (tools / without).unlink()
    return subprocess.run(  # noqa: S603 - our own script
        [checkout / ".ci" / "run"], env={"PATH": str(tools)}, capture_output=True, text=True, check=False
    )


def _programs(more: Mapping[str, str]) -> dict[str, str]:
    there = {name: PASSES_ON.get(name, f'echo {name} "$@"') for name in THERE}
    return there | {name.replace("_", "-"): does for name, does in more.items()}


LEFT_OUT: Final = "The container image will be left out: apt-get did not install buildah mmdebstrap."
FIRST: Final = ("make sbom audit PYTHON=python3", "make seeds PYTHON=python3")
LAST: Final = "make test test-browser image PYTHON=python3 SUM=yes"


@pytest.mark.parametrize("answers", ["exit 100", '[ "$1" != install ]', "echo E: no network >&2; exit 100"])
def test_a_builder_that_cannot_be_had_is_one_line_and_no_fault(tmp_path: Path, answers: str) -> None:
    told = _ran(tmp_path, apt_get=answers)
    assert (told.returncode, told.stderr) == (0, "")
    assert told.stdout.splitlines() == [LEFT_OUT, *FIRST, LAST]


def test_a_builder_is_installed_where_it_can_be_had(tmp_path: Path) -> None:
    asked = tmp_path / "asked"
    told = _ran(tmp_path, apt_get=f'echo "$@" >> {asked}')
    assert (told.returncode, told.stdout.splitlines()[-1]) == (0, LAST)
    assert asked.read_text("utf-8").splitlines() == [
        "update -qq",
        "install -qq -y --no-install-recommends buildah mmdebstrap",
    ]


def test_another_thing_that_cannot_be_had_is_no_fault_either(tmp_path: Path) -> None:
    told = _ran(tmp_path, apt_get='! [ "${!#}" = prometheus ]', without="prometheus")
    assert (told.returncode, told.stderr) == (0, "")
    assert (
        told.stdout.splitlines()[0]
        == "Prometheus itself will be left out: apt-get did not install prometheus."
    )


@pytest.mark.parametrize("more", [{"buildah": "true", "mmdebstrap": "true", "apt_get": "exit 1"}, {}])
def test_one_that_is_there_is_not_asked_for_nor_where_there_is_no_apt(
    tmp_path: Path, more: dict[str, str]
) -> None:
    told = _ran(tmp_path, **more)
    assert (told.returncode, told.stderr) == (0, "")
    assert told.stdout.splitlines() == [*FIRST, LAST]


def test_what_all_tests_need_is_another_matter(tmp_path: Path) -> None:
    """Without it nothing would be proven."""
    _ran(tmp_path, apt_get="exit 100")
    (tmp_path / "bin" / "chromium").unlink()
    script = tmp_path / "checkout" / ".ci" / "run"
    told = subprocess.run([script], env={"PATH": str(tmp_path / "bin")}, capture_output=True, check=False)  # noqa: S603 - ours
    assert told.returncode != 0


def test_a_machine_without_the_builder_lacks_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(test_image, "STORE", str(tmp_path))
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    assert test_image._lacking() == "root"
    monkeypatch.setattr("os.geteuid", lambda: 0)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert test_image._lacking().startswith("buildah, mmdebstrap, unshare, chroot (Debian:")


def test_a_builder_that_may_not_work_here_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in test_image.TOOLS:
        (tmp_path / name).write_text("#!/bin/sh\necho this kernel does not let us >&2; exit 1\n", "utf-8")
        (tmp_path / name).chmod(0o755)
    monkeypatch.setattr(test_image, "STORE", str(tmp_path))
    monkeypatch.setattr(test_image, "ROOM", 0)
    monkeypatch.setattr("os.geteuid", lambda: 0)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert "this kernel does not let us" in test_image._refused("/sbin/ldconfig")


@pytest.mark.parametrize(
    "said",
    [
        "E: Failed to fetch http://deb.example/x.deb  Temporary failure resolving 'deb.example'",
        "WARNING: Retrying after connection broken by 'NewConnectionError'",
        "ReadTimeoutError: Read timed out.",
        "502 Server Error: Bad Gateway for url: https://pypi.example/simple/aiohttp/",
    ],
)
def test_a_network_that_fails_twice_leaves_the_image_out(said: str) -> None:
    with pytest.raises(pytest.skip.Exception, match="packages are not to be had"):
        test_image._fetched("/bin/sh", "-c", 'echo "$1" >&2; exit 1', "sh", said)


def test_whatever_else_goes_wrong_is_ours(tmp_path: Path) -> None:
    said = "ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE."
    assert said in test_image._fetched("/bin/sh", "-c", 'echo "$1"; exit 1', "sh", said)
    assert test_image._fetched("/bin/sh", "-c", "echo connection reset; exit 0") == ""
    once = f"[ -e {tmp_path}/once ] || {{ touch {tmp_path}/once; echo timed out; exit 1; }}"
    assert test_image._fetched("/bin/sh", "-c", once) == "", "the network may fail once"
