"""The wheel works alone: in an environment of its own, far from any checkout, with all that it speaks of inside."""

from __future__ import annotations

import site
import subprocess
import sys
import zipfile
from importlib.metadata import version
from pathlib import Path
from typing import Final

import pytest

from bot.packaged import EXAMPLES, MANIFEST

ROOT: Final = Path(__file__).resolve().parents[2]


def _ran(*command: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": "/usr/bin:/bin", "HOME": str(cwd)}
    return subprocess.run(  # noqa: S603 - our own program
        command, cwd=cwd, env=environment, capture_output=True, text=True, check=False, timeout=110
    )


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel as the project's own build makes it."""
    folder = tmp_path_factory.mktemp("wheel")
    made = _built(folder)
    assert made.returncode == 0, made.stderr
    [file] = folder.glob("*.whl")
    return file


def _built(folder: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)  # noqa: S603 - our own


@pytest.fixture(scope="module")
def gatehouse(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The command, in a fresh environment.

    The packages that it stands on are lent by this one, so that no network is needed. This one's Gatehouse is not lent:
    a folder that a `.pth` file names has no `.pth` files read of its own.
    """
    folder = tmp_path_factory.mktemp("alone")
    uv = Path(sys.executable).with_name("uv")
    made = subprocess.run(  # noqa: S603 - the project's own tool
        [str(uv), "venv", "--quiet", "--offline", "--no-config", "--python", sys.executable, str(folder / "env")],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if made.returncode:
        pytest.skip(f"no environment can be made here: {made.stderr.strip()}")
    python = folder / "env" / "bin" / "python"
    [packages] = (folder / "env" / "lib").glob("python*/site-packages")
    with zipfile.ZipFile(wheel) as file:
        # What an installer does with a wheel of plain Python, but for its script.
        file.extractall(packages)
    (packages / "lent.pth").write_text("\n".join(site.getsitepackages()))
    script = folder / "env" / "bin" / "gatehouse"
    script.write_text(f"#!{python}\nimport sys\nfrom bot.cli import main\nsys.exit(main())\n")
    script.chmod(0o755)
    return script


def test_it_answers_and_comes_from_the_wheel(gatehouse: Path, tmp_path: Path) -> None:
    told = _ran(gatehouse, "--version", cwd=tmp_path)
    assert (told.stdout, told.stderr) == (f"gatehouse {version('gatehouse')}\n", "")
    where = _ran(gatehouse.with_name("python"), "-c", "import bot; print(bot.__file__)", cwd=tmp_path)
    assert where.stdout.startswith(str(gatehouse.parents[1]))


@pytest.mark.parametrize("arguments", [("init", "--help"), ("check", "--help"), ("permissions", "schema")])
def test_it_needs_no_checkout(gatehouse: Path, tmp_path: Path, arguments: tuple[str, ...]) -> None:
    told = _ran(gatehouse, *arguments, cwd=tmp_path)
    assert (told.returncode, told.stderr) == (0, "")
    assert told.stdout


@pytest.mark.parametrize(
    ("arguments", "file"),
    [
        (("manifest",), MANIFEST),
        *((("example", name), file) for name, file in EXAMPLES.items()),
        (("docs", "operations"), "docs/operations.md"),
    ],
)
def test_it_has_the_files_that_it_speaks_of(
    gatehouse: Path, tmp_path: Path, arguments: tuple[str, ...], file: str
) -> None:
    told = _ran(gatehouse, *arguments, cwd=tmp_path)
    assert (told.returncode, told.stderr) == (0, "")
    assert told.stdout == (ROOT / file).read_text("utf-8")


def test_it_has_every_page_and_no_picture(wheel: Path) -> None:
    inside = zipfile.ZipFile(wheel).namelist()
    pages = {name.rsplit("/", 1)[1] for name in inside if name.startswith("bot/packaged_files/docs/")}
    assert {file.name for file in (ROOT / "docs").iterdir() if file.is_file()} == pages
    assert not [name for name in inside if name.endswith(".png")]


def test_nothing_of_the_checkout_is_in_it_but_what_is_ours(wheel: Path) -> None:
    tops = {name.split("/")[0] for name in zipfile.ZipFile(wheel).namelist()}
    assert {each for each in tops if not each.endswith(".dist-info")} == {
        "bot",
        "handlers",
        "permissions",
        "rehearsal",
    }


def test_its_stand_ins_find_the_manifest(gatehouse: Path, tmp_path: Path) -> None:
    """The rehearsals work where there is no checkout."""
    code = "from rehearsal.stage.stage import MANIFEST; print(MANIFEST.is_file())"
    assert _ran(gatehouse.with_name("python"), "-c", code, cwd=tmp_path).stdout == "True\n"


def test_what_it_makes_by_example_is_taken(gatehouse: Path, tmp_path: Path) -> None:
    """The examples are whole: copied, they are read, and what is still the example's is told one by one."""
    for name in ("gatehouse.toml", "access.toml"):
        (tmp_path / name).write_text(_ran(gatehouse, "example", name, cwd=tmp_path).stdout)
    told = _ran(gatehouse, "check", "--offline", cwd=tmp_path)
    faults = [line for line in told.stdout.splitlines() if line.startswith("FAULT")]
    assert told.returncode == 1
    assert faults
    assert all("still the example's" in line for line in faults)
