"""Files, lines, lengths and arguments of the functions, and what a change of each kind touches. Reads text only."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median, quantiles

PRODUCT = ("bot", "handlers", "permissions")
PACKAGES = (*PRODUCT, "rehearsal", "tests")
_STAND_INS_ONCE = "bot/sandbox"
"""Where the stand-ins stood before they had a package of their own, so that an older tree is counted alike."""

FILE_MOST, FUNCTION_MOST = 400, 40
"""Where a file or a function is too long to be read in one go (our choice)."""

CHANGES = {
    "a check of the evidence": r"CheckName\.RESEARCH\b|^ +RESEARCH = ",
    "a word of /gatehouse": r"\bfind <user|\"find\"|\| find \||\bfind\(desk: Desk, press",
    "an unusual rule": r"DOCUMENT_PROGRAMS\b|_document_program|document program",
    "a step of the clock": r"\bREMIND_CHANNEL\b|\bremind_channel",
    "a kind of request": r"\bKind\.ELEVATION\b|^ +ELEVATION = \"elevation\"",
}
"""For a rehearsed change, what the nearest thing of its kind is called in the code: where that stands, the new one will
have to stand too."""


@dataclass(frozen=True, slots=True)
class Function:
    """One function: where it is, how long it is and what it takes."""

    place: str
    lines: int
    arguments: int


def files_of(root: Path, package: str) -> list[Path]:
    """The Python files of a package, sorted."""
    found = sorted((root / package).rglob("*.py"))
    if package == "rehearsal":
        return found or files_of(root, _STAND_INS_ONCE)
    return [file for file in found if package == _STAND_INS_ONCE or not _is_once(root, file)]


def _is_once(root: Path, file: Path) -> bool:
    return file.is_relative_to(root / _STAND_INS_ONCE)


def lines_of(file: Path) -> int:
    """Lines of a file, blank ones included."""
    return file.read_text(encoding="utf-8").count("\n")


def functions(root: Path, packages: Sequence[str] = PRODUCT) -> list[Function]:
    """Every function and method; its lines from `def` to its end, without the docstring."""
    return [
        function
        for package in packages
        for file in files_of(root, package)
        for function in _in(file, str(file.relative_to(root)))
    ]


def _in(file: Path, name: str) -> Iterator[Function]:
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            yield Function(f"{name} {node.name}", _length(node), _arguments(node.args))


def _length(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    lines = (node.end_lineno or node.lineno) - node.lineno + 1
    first = node.body[0]
    if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and len(node.body) > 1:
        lines -= (first.end_lineno or first.lineno) - first.lineno + 1
    return lines


def _arguments(taken: ast.arguments) -> int:
    named = [*taken.posonlyargs, *taken.args, *taken.kwonlyargs]
    return len([one for one in named if one.arg not in ("self", "cls")])


def touched(root: Path, pattern: str) -> list[str]:
    """The files of the product (and the manifest) in which a pattern stands."""
    wanted = re.compile(pattern, re.MULTILINE)
    files = [file for package in PRODUCT for file in files_of(root, package)] + [root / "app_manifest.yml"]
    return [str(file.relative_to(root)) for file in files if wanted.search(file.read_text(encoding="utf-8"))]


def spread(values: Sequence[int]) -> str:
    """Median, 90th percentile and the largest."""
    return f"median {median(values):g}, 90 % up to {quantiles(values, n=10)[-1]:.0f}, most {max(values)}"


def report(root: Path) -> Iterator[tuple[str, str]]:
    """The figures as rows: what, how much."""
    for package in PACKAGES:
        files = files_of(root, package)
        if files:
            yield f"`{package}/`", f"{len(files)} files, {sum(map(lines_of, files)):,} lines"
    product = [file for package in PRODUCT for file in files_of(root, package)]
    longest = max(product, key=lines_of)
    yield "longest file", f"{lines_of(longest)} lines: `{longest.relative_to(root)}`"
    yield f"files over {FILE_MOST} lines", str(len([file for file in product if lines_of(file) > FILE_MOST]))
    found = functions(root)
    yield "functions of the product", f"{len(found):,}"
    yield "lines of a function", spread([one.lines for one in found])
    over = [one for one in found if one.lines > FUNCTION_MOST]
    yield f"functions over {FUNCTION_MOST} lines", str(len(over))
    yield "longest function", f"`{max(found, key=lambda one: one.lines).place}`"
    yield "arguments of a function", spread([one.arguments for one in found])
    for change, pattern in CHANGES.items():
        yield f"files touched by {change}", str(len(touched(root, pattern)))
