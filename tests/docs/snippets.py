"""The snippets of the pages: fenced blocks, and commands that stand in a sentence."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGES = (ROOT / "README.md", ROOT / "SECURITY.md", *sorted((ROOT / "docs").glob("*.md")))
_FENCE = re.compile(r"^(?P<indent> *)```(?P<kind>\w*)\n(?P<text>.*?)^ *```$", re.MULTILINE | re.DOTALL)
PROGRAMS = (
    *(
        "apt-get",
        "buildah",
        "curl",
        "docker",
        "gatehouse",
        "git",
        "helm",
        "journalctl",
        "kill",
        "kubectl",
        "make",
    ),
    *("nginx", "npm", "openssl", "pip", "pipx", "podman", "python", "python3", "redis-cli", "systemctl"),
    *("systemd-analyze", "uv", "valkey-cli"),
)
"""What a sentence may tell somebody to type."""
_INLINE = re.compile(rf"(?<!`)`((?:{'|'.join(PROGRAMS)}) [^`]+)`(?!`)")


@dataclass(frozen=True)
class Snippet:
    """One of them: where it stands, of which kind it is, and its text."""

    page: str
    line: int
    kind: str
    text: str

    def __str__(self) -> str:
        return f"{self.page}:{self.line}"


def fenced() -> Iterator[Snippet]:
    """Every fenced block of every page."""
    for page in PAGES:
        text = page.read_text("utf-8")
        for found in _FENCE.finditer(text):
            line = text.count("\n", 0, found.start()) + 1
            yield Snippet(
                page.relative_to(ROOT).as_posix(), line, found["kind"], textwrap.dedent(found["text"])
            )


def inline() -> Iterator[Snippet]:
    """Every command in a sentence; its line breaks are blanks."""
    for page in PAGES:
        text = _FENCE.sub(lambda found: "\n" * found[0].count("\n"), page.read_text("utf-8"))
        for found in _INLINE.finditer(text):
            line = text.count("\n", 0, found.start()) + 1
            yield Snippet(page.relative_to(ROOT).as_posix(), line, "sh", " ".join(found[1].split()))
