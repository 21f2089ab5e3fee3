"""How a release is made, by the words of docs/releasing.md: version and changelog agree, and the tag is signed."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tomllib
from datetime import date
from pathlib import Path
from typing import Final

import pytest

from tests.docs.notes import CHANGELOG, UNRELEASED, NotReady, notes, released, sections

ROOT: Final = Path(__file__).resolve().parents[2]
PAGE: Final = (ROOT / "docs" / "releasing.md").read_text("utf-8")
VERSION: Final = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["version"]
LOG: Final = """# Changelog

## Unreleased

## 0.2.0 (2026-12-01)

- One thing.
- Another.

## 0.1.0 (2026-11-30)

- First.
"""


def test_the_version_is_the_newest_that_the_changelog_tells_of_or_none_was_released() -> None:
    told = CHANGELOG.read_text("utf-8")
    found = released(told)
    assert next(iter(sections(told))) == UNRELEASED
    if found:
        assert next(iter(found)) == VERSION
        assert "No release was made yet" not in PAGE
    else:
        assert f"No release was made yet; the version is {VERSION}." in PAGE


def test_releases_are_told_newest_first() -> None:
    found = released(CHANGELOG.read_text("utf-8"))
    numbers = [tuple(map(int, version.split("."))) for version in found]
    days = [date.fromisoformat(day) for day in found.values()]
    assert numbers == sorted(set(numbers), reverse=True)
    assert days == sorted(days, reverse=True)


def test_the_notes_of_a_release_are_its_lines() -> None:
    assert notes(LOG, "0.2.0") == "Gatehouse 0.2.0\n\n- One thing.\n- Another.\n"
    assert notes(LOG, "0.1.0") == "Gatehouse 0.1.0\n\n- First.\n"


@pytest.mark.parametrize(
    ("changelog", "version", "words"),
    [
        (LOG, "0.3.0", "no heading “0.3.0"),
        (LOG.replace("Unreleased\n", "Unreleased\n\n- Late.\n"), "0.2.0", "still has lines"),
        (LOG.replace("- First.\n", ""), "0.1.0", "says nothing of 0.1.0"),
        (LOG.replace("0.2.0 (2026-12-01)", "0.2.0, December"), "0.2.0", "should be like"),
    ],
)
def test_a_release_that_is_not_told_has_no_notes(changelog: str, version: str, words: str) -> None:
    with pytest.raises(NotReady, match=re.escape(words)):
        notes(changelog, version)


def test_the_command_says_what_is_lacking() -> None:
    for arguments, words in (([], "Which version?"), (["99.0.0"], "no heading")):
        command = [sys.executable, "-m", "tests.docs.notes", *arguments]
        told = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)  # noqa: S603 - ours
        assert told.returncode == 1
        assert words in told.stderr


@pytest.mark.skipif(shutil.which("ssh-keygen") is None or shutil.which("git") is None, reason="no ssh-keygen")
def test_the_pages_words_sign_a_tag_that_verifies_and_is_pushed(tmp_path: Path) -> None:
    """Its block as it stands, in a repository with a release to tell of and a key of its own."""
    key, origin, here = tmp_path / "key", tmp_path / "origin.git", tmp_path / "gatehouse"
    (here / "tests" / "docs").mkdir(parents=True)
    (here / "CHANGELOG.md").write_text(LOG, "utf-8")
    for name in ("__init__.py", "docs/__init__.py", "docs/notes.py"):
        shutil.copy2(ROOT / "tests" / name, here / "tests" / name)
    environment = {
        "HOME": str(tmp_path),
        "PATH": os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"])),
        "GIT_CONFIG_GLOBAL": str(tmp_path / "gitconfig"),
    }
    found = re.search(r"```sh\n(?P<block>[^`]*git tag --sign[^`]*)```", PAGE)
    assert found is not None
    script = f"""
ssh-keygen -q -t ed25519 -N '' -C releases@example.com -f {key}
echo "releases@example.com $(cat {key}.pub)" > {tmp_path}/signers
git config --global user.name Releases
git config --global user.email releases@example.com
git config --global gpg.format ssh
git config --global user.signingkey {key}.pub
git config --global gpg.ssh.allowedSignersFile {tmp_path}/signers
git init -q --bare {origin}
git init -q . && git add -A && git commit -q -m 'Release 0.2.0' && git remote add origin {origin}
{found["block"]}
git --git-dir={origin} tag -l --format='%(contents:subject)' v0.2.0
"""
    told = subprocess.run(  # noqa: S603 - the page's own words
        ["/bin/sh", "-ec", script], cwd=here, env=environment, capture_output=True, text=True, check=False
    )
    assert told.returncode == 0, told.stderr
    assert 'Good "git" signature for releases@example.com' in told.stdout + told.stderr
    assert told.stdout.strip().endswith("Gatehouse 0.2.0")
