"""The files that come with Gatehouse: the app's manifest, examples to copy, the pages of its documentation.

Where it is installed they stand inside the package, in a checkout at their own places.
"""

from __future__ import annotations

from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Final

MANIFEST: Final = "app_manifest.yml"
EXAMPLES: Final = {
    "gatehouse.toml": "gatehouse.example.toml",
    "access.toml": "examples/access.toml",
    ".env": ".env.example",
    "access.schema.json": "docs/access.schema.json",
}
"""What is made of an example, and the file that is one."""


def text_of(name: str) -> str:
    """The text of one of them, by its name in a checkout. FileNotFoundError where the installation is not whole."""
    return _root().joinpath(*name.split("/")).read_text("utf-8")


def page(name: str) -> str | None:
    """A page of the documentation, with or without its ending; None for none of that name."""
    wanted = name.removeprefix("docs/").removesuffix(".md")
    return text_of(f"docs/{wanted}.md") if wanted in pages() else None


def pages() -> tuple[str, ...]:
    """The names of all pages."""
    found = (each.name for each in _root().joinpath("docs").iterdir())
    return tuple(sorted(name.removesuffix(".md") for name in found if name.endswith(".md")))


def _root() -> Traversable:
    inside = resources.files("bot").joinpath("packaged_files")
    return inside if inside.is_dir() else Path(__file__).resolve().parents[1]
