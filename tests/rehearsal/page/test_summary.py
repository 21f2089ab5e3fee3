"""The closing line that adds up two test runs, and the command line of the rehearsal."""

from __future__ import annotations

import pytest

from bot.cli import main
from tests.browser.summary import summed

ONE = "....\n===== 12 passed, 3 skipped in 4.20s =====\n"


@pytest.mark.parametrize(
    ("other", "line"),
    [
        ("==== 5 passed in 60.00s (0:01:00) ====\n", "===== 17 passed, 3 skipped ====="),
        ("= 1 failed, 4 passed in 1.0s =\n", "===== 1 failed, 16 passed, 3 skipped ====="),
    ],
)
def test_the_counts_of_all_reports_are_added(other: str, line: str) -> None:
    assert summed([ONE, other]) == line


def test_a_report_that_was_cut_off_is_no_success() -> None:
    with pytest.raises(ValueError, match="no closing line"):
        summed([ONE, "....\n"])


def test_a_wrong_port_is_a_wrong_command_line() -> None:
    with pytest.raises(SystemExit) as ended:
        main(["rehearse", "--port", "http"])
    assert ended.value.code == 2
