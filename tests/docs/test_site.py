"""The pages as a site: built strictly, with every page in its contents and reached from the index."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

from tests.docs.reference import render

ROOT: Final = Path(__file__).resolve().parents[2]
PAGES: Final = sorted((ROOT / "docs").glob("*.md"))


def test_the_reference_is_the_one_that_the_code_makes() -> None:
    assert (ROOT / "docs" / "reference.md").read_text("utf-8") == render(), "run `make docs`"


def test_it_builds_strictly(tmp_path: Path) -> None:
    """Every link leads to a page, every anchor to a heading, and every page stands in the contents."""
    command = [
        sys.executable,
        "-m",
        "mkdocs",
        "build",
        "--strict",
        "--quiet",
        "--site-dir",
        str(tmp_path / "site"),
    ]
    environment = os.environ | {"NO_MKDOCS_2_WARNING": "1"}
    told = subprocess.run(  # noqa: S603 - the project's own tool
        command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert (told.returncode, told.stderr) == (0, "")
    site = tmp_path / "site"
    assert (site / "search" / "search_index.json").stat().st_size > 10_000
    for page in PAGES:
        name = "index.html" if page.stem == "README" else f"{page.stem}/index.html"
        assert (site / name).is_file(), page
    assert (site / "pictures" / "card-light.png").is_file()


def test_it_loads_nothing_of_others_but_the_drawings(tmp_path: Path) -> None:
    """Who reads the documentation is told to nobody."""
    text = (ROOT / "mkdocs.yml").read_text("utf-8")
    assert "font: false" in text
    assert "analytics" not in text


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_the_contents_and_the_index_name_it(page: Path) -> None:
    contents = (ROOT / "mkdocs.yml").read_text("utf-8")
    assert re.search(rf"(?<![\w-]){page.name}(?![\w-])", contents), "add it to nav in mkdocs.yml"
    index = (ROOT / "docs" / "README.md").read_text("utf-8")
    assert page.name == "README.md" or f"({page.name})" in index, "add it to docs/README.md"


@pytest.mark.parametrize(
    "page", [ROOT / "README.md", *PAGES], ids=lambda page: f"{page.parent.name}-{page.stem}"
)
def test_every_file_that_it_links_to_is_there(page: Path) -> None:
    """As the pages are read in the repository."""
    text = re.sub(r"^```.*?^```", "", page.read_text("utf-8"), flags=re.MULTILINE | re.DOTALL)
    links = re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", text)
    missing = [link for link in links if "://" not in link and not (page.parent / link).exists()]
    assert missing == []
