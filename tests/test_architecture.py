"""docs/architecture.md speaks of the tree as it is."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parent.parent
PAGE: Final = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
PATH: Final = re.compile(
    r"(?<![\w/.])(?:bot|handlers|permissions|rehearsal|tests|docs)(?:/[\w.]+)+|[\w-]+\.(?:md|yml|toml)\b"
)


def paths() -> set[str]:
    """Every path that the page names, in its text and in its pictures."""
    return {found.rstrip("./") for found in PATH.findall(PAGE)}


def test_every_path_on_the_page_exists() -> None:
    named = paths()
    assert len(named) > 40, "the scan finds less than the page names"
    missing = [name for name in named if not ((ROOT / name).exists() or (ROOT / "docs" / name).exists())]
    assert missing == []


def test_every_layer_of_the_import_contract_is_in_the_picture() -> None:
    """A package that the contract knows and the page does not would be a room without a door."""
    contract = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]
    layers = " | ".join(contract["contracts"][0]["layers"])
    rooms = {name.removeprefix("bot.") for name in re.split(r"[\s|()]+", layers) if name}
    assert len(rooms) > 15
    drawn = PAGE.partition("```mermaid")[2].partition("## The four ways")[0]
    assert {room for room in rooms if not re.search(rf"\b{room}\b", drawn)} == set()


def test_the_page_is_found_from_the_readme() -> None:
    assert "docs/architecture.md" in (ROOT / "README.md").read_text(encoding="utf-8")
