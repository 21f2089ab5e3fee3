"""The threat model claims only what a test holds: every test that it names exists."""

import re
from pathlib import Path

import pytest

from tests.known_vulnerabilities import summary

ROOT = Path(__file__).resolve().parent.parent
PAGE = (ROOT / "docs" / "security.md").read_text("utf-8")
NAMED = sorted(set(re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", PAGE)))


def test_the_page_names_its_proofs() -> None:
    assert len(NAMED) > 30


@pytest.mark.parametrize(("file", "name"), NAMED)
def test_a_named_test_exists(file: str, name: str) -> None:
    assert re.search(rf"^\s*(?:async )?def {name}\(", (ROOT / file).read_text("utf-8"), re.MULTILINE), file


def test_each_sentence_names_its_test_but_for_what_is_not_claimed() -> None:
    """What an attacker can do stands at the end of its part; “above” is said of what a sentence before has named."""
    for part in PAGE.split("\n## ")[1:]:
        sentences = re.findall(r"^- (.*)$", part, re.MULTILINE)
        for sentence in sentences[:-1]:
            assert re.search(r"`tests/.+::\w+`", sentence) or "(above)" in sentence, sentence


def test_every_attacker_has_a_part() -> None:
    for who in ("requestor", "channel", "approver", "giver of rights", "Slack session", "bot token"):
        assert re.search(rf"^## .*{who}", PAGE, re.MULTILINE), who
    for who in ("portal token", "ledger", "access file", "host"):
        assert re.search(rf"^## .*{who}", PAGE, re.MULTILINE), who


def test_a_known_vulnerability_fails_and_silence_is_no_all_clear() -> None:
    fine = {"name": "a", "version": "1", "vulns": []}
    bad = {"name": "b", "version": "2", "vulns": [{"id": "CVE-1", "fix_versions": ["2.1"]}]}
    silent = {"name": "c", "skip_reason": "not found"}
    assert summary({"dependencies": [fine]}) == (
        ["make audit: 1 of 1 locked versions asked about, 0 known to be vulnerable."],
        False,
    )
    lines, is_vulnerable = summary({"dependencies": [fine, bad, silent]})
    assert is_vulnerable
    assert lines[0] == "b 2: CVE-1, mended in 2.1"
    assert "2 of 3" in lines[1]
    assert "NOT ASKED" in lines[2]
