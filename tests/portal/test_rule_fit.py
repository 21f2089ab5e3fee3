"""Whether a rule fits the file that was asked for: the portal's two wildcards, and no more time than that takes."""

from __future__ import annotations

import subprocess
import sys

import pytest

from bot.portal.permit_form import fits_pattern

PATH = r"C:\Program Files\Fjordlight\bin[1]\tideplan.exe"
_HOSTILE = (
    "from bot.portal.permit_form import fits_pattern; print(fits_pattern('*a' * 30 + 'b', 'C:/' + 'a' * 250))"
)


@pytest.mark.parametrize(
    ("pattern", "fits"),
    [
        (PATH, True),
        (PATH.upper(), True),
        ("*", True),
        (r"*\tideplan.exe", True),
        (r"C:\Program Files\*\tideplan.???", True),
        (r"C:\Program Files\*\*\tideplan.exe", True),
        (r"C:\Program Files\*\bin[1]\*", True),
        (r"C:\Program Files\*\bin[12]\*", False),
        (r"C:\Program Files\*\bin[!2]\*", False),
        (r"C:\Program Files\Fjordlight", False),
        ("tideplan.exe", False),
        (r"*\tideplan", False),
        (r"C:.Program Files\*", False),
        (r"C:\Program Files\?\tideplan.exe", False),
    ],
)
def test_only_the_two_wildcards_are_special(pattern: str, fits: bool) -> None:
    assert fits_pattern(pattern, PATH) is fits


def test_a_star_takes_in_line_breaks_of_a_hostile_name() -> None:
    assert fits_pattern(r"C:\*\x.exe", "C:\\a\nb\\x.exe")


def test_many_stars_and_a_long_path_hold_nothing_up() -> None:
    """One person's preview must not stop every other press: in a process of its own, so that this test can end."""
    done = subprocess.run(  # noqa: S603 - our own interpreter and our own words
        [sys.executable, "-c", _HOSTILE], check=True, capture_output=True, text=True, timeout=60
    )
    assert done.stdout.strip() == "False"
