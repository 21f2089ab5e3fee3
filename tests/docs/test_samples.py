"""What the pages show of what is answered is what is answered."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Final

import pytest

from bot.rules.timeline import explained
from permissions import AccessFileError, parse_access_document
from tests.docs.snippets import fenced
from tests.rules.test_plans import rules

FAULTY: Final = {
    1: 'version = 1\n[organizations]\ncontoso = "id-c"\nfabrikam = "id-f"',
    5: '[people.ana]\nname = "Ana"\nslack = ["U0ANA"]',
    8: '[roles."Help Desk"]\norganizations = ["contoso"]\npermissions = ["View Approvals"]',
    14: '[[grants]]\npeople = ["ana"]\norganizations = ["contoso"]\npermissions = ["View Approvals"]',
    21: '[[grants]]\npeople = ["ana"]\norganizations = ["contoso"]\npermissions = ["Aprove for Grup"]',
    28: '[[grants]]\npeople = ["ana"]\norganizations = ["fabrikam"]\nroles = ["Help Desk"]',
    36: '[[grants]]\npeople = ["ana"]\norganizations = ["contoso"]\npermissions = ["View Approvals"]\n'
    "until = 2027-06-30T18:00:00",
}
"""An access file with the faults of the page, each part by the line on which it begins; the last is one of form."""


def _shown(page: str, beginning: str) -> list[str]:
    """The lines of the block that begins so."""
    [found] = [each.text for each in fenced() if each.page == page and each.text.startswith(beginning)]
    return found.splitlines()


def _written(parts: dict[int, str]) -> Iterator[str]:
    line = 1
    for begins, text in parts.items():
        assert line <= begins, text
        yield "\n" * (begins - line) + text + "\n"
        line = begins + text.count("\n") + 1


def test_the_faults_of_an_access_file_read_as_its_page_shows_them() -> None:
    *of_meaning, of_form = FAULTY
    for beginning, parts in (("line 24", of_meaning), ("line 40", [*of_meaning, of_form])):
        with pytest.raises(AccessFileError) as caught:
            parse_access_document("".join(_written({at: FAULTY[at] for at in parts})), source="access.toml")
        assert str(caught.value).splitlines() == _shown("docs/access-file.md", f"access.toml, {beginning}:")


def test_an_explained_plan_reads_as_its_page_shows_it() -> None:
    """Where the page ends in an ellipsis, more is said; whole lines are left out there too."""
    typed, *shown = _shown("docs/sla.md", "$ gatehouse plan explain")
    house = rules(lift={"kinds": ["elevation"], "outside": "hold"})
    now = datetime(2026, 11, 27, 9, tzinfo=UTC)
    told = explained(typed.removeprefix("$ gatehouse plan explain "), house, {"Contoso": "org-contoso"}, now)
    at = 0
    for line in shown:
        if line.strip() != "...":
            beginning = line.removesuffix(" ...")
            at = next(n for n in range(at, len(told)) if told[n].startswith(beginning)) + 1
            assert told[at - 1] == line or line.endswith(" ..."), line
