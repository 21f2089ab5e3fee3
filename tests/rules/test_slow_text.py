"""No text from outside keeps the process busy, however long it is and whatever it repeats.

Each of these took from seconds to hours of a process that answers nobody meanwhile; now it is milliseconds. Counted in
time of the processor, so that a busy machine changes nothing.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from bot.administration.orders import plain_text
from bot.administration.role_orders import read_role_order
from bot.lookup.cases import is_of
from bot.models import path_pattern
from bot.rules.file_places import is_loose_folder, is_protected_folder
from bot.rules.typed import plain
from bot.rules.unusual import spoken
from tests.cards.samples import case, entry

LONG = 4000
"""Slack takes about so many characters in a command."""
ROWS = (
    " ",
    "`",
    "` ",
    "'",
    " '",
    "_",
    " _a",
    "~ ",
    "*",
    "*a ",
    '"',
    "<a:",
    "<",
    "&amp;",
    "a ",
    "\t",
    ' "a',
    "at ",
)


def seconds(work: Callable[[], object]) -> float:
    """Of the processor."""
    began = time.process_time()
    work()
    return time.process_time() - began


@pytest.mark.parametrize("before", ["", "`", "x", '"', "a at "])
@pytest.mark.parametrize("row", ROWS)
@pytest.mark.parametrize("read", [plain, plain_text, lambda text: read_role_order(f"make {text}")])
def test_what_was_typed_is_read_at_once(read: Callable[[str], object], row: str, before: str) -> None:
    text = f"{before}{row * (LONG // len(row))}x"
    assert seconds(lambda: read(text)) < 2


@pytest.mark.parametrize("row", ["1", ".", "-", "1.", "\\", "..\\", " ", ".pdf", "(", "a~1\\", "users\\"])
def test_a_path_is_judged_at_once(row: str) -> None:
    path = f"C:\\Users\\{row * (32_000 // len(row))}x"
    one = case(entry(1, path=path, parent_process=path))
    judged: list[Callable[[], object]] = [
        lambda: spoken(one, None),
        lambda: path_pattern(path),
        lambda: is_loose_folder(path),
        lambda: is_protected_folder(path),
    ]
    for work in judged:
        assert seconds(work) < 2


def test_a_caller_is_looked_for_at_once_however_many_stars_stand_in_the_name() -> None:
    one = entry(1, requestor="a" * 60, computer_name="a" * 60).facts
    assert seconds(lambda: is_of(one, "*a" * 30 + "*b")) < 2
    assert is_of(one, "a*a*a")
    assert not is_of(one, "a*b")
    assert not is_of(entry(1, computer_name="WS-042", requestor="").facts, "042*ws")
