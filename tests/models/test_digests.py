"""What is not a digest of a file is no hash: it joins nothing, is remembered under nothing, and permits nothing."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest

from bot.models import RequestFacts, digest_told, subject_of
from bot.rules.one_press import why_not_one_press
from bot.rules.remembering import across_key, history_keys, software_key
from tests.cards.samples import RULES, case, entry

PLACEHOLDERS = [
    "",
    "N/A",
    "-",
    "Unknown",
    "null",
    "none",
    "0",
    *("0" * length for length in (32, 40, 64, 96, 128)),
    "f" * 64,
    *(
        hashlib.new(name, b"", usedforsecurity=False).hexdigest()
        for name in ("md5", "sha1", "sha256", "sha512")
    ),
    hashlib.sha256(b"").hexdigest().upper(),
    "12345",
    "g" * 64,
    "ab" * 31,
    "ab" * 33,
    "sha256:" + "ab" * 32,
]


def facts(number: int = 1, **changed: Any) -> RequestFacts:
    return entry(number, **changed).facts


@pytest.mark.parametrize("text", PLACEHOLDERS)
def test_a_placeholder_is_no_hash(text: str) -> None:
    assert digest_told(text) == ""
    one, other = facts(1, hash=text), facts(2, hash=text)
    assert subject_of(one) is None
    assert across_key(one) == ""
    assert not set(history_keys(one)) & {key for key in history_keys(other) if "|hash|" in key}
    held = case(entry(1, hash=text)).model_copy(update={"hash": text})
    assert "hash" in why_not_one_press(held, RULES)


@pytest.mark.parametrize("length", [32, 40, 64, 96, 128])
def test_a_digest_is_known_in_every_length_and_case(length: int) -> None:
    digest = ("ab01" * 32)[:length]
    assert digest_told(f" {digest} ") == digest.upper()
    assert subject_of(facts(hash=digest)) == subject_of(facts(hash=digest.upper()))


def test_two_files_of_which_nothing_is_known_are_not_the_same_software() -> None:
    nothing: dict[str, Any] = {"path": "", "signers": (), "hash": "N/A"}
    assert software_key(facts(1, **nothing)) != software_key(facts(2, **nothing))
    assert software_key(facts(1, **nothing)) == software_key(facts(1, **nothing))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (r"\\10.20.30.40\deploy\agent\setup.exe", r"\\10.20.30.41\deploy\agent\setup.exe"),
        (r"\\srv1\deploy\setup.exe", r"\\srv2\deploy\setup.exe"),
        (r"\\srv\share1\setup.exe", r"\\srv\share2\setup.exe"),
        (r"//10.20.30.40/deploy/setup.exe", r"//10.20.30.41/deploy/setup.exe"),
        (r"\\?\UNC\srv1\x\setup.exe", r"\\?\UNC\srv2\x\setup.exe"),
        (r"D:\setup.exe", r"E:\setup.exe"),
    ],
)
def test_approvals_from_different_servers_are_not_one_software(one: str, other: str) -> None:
    assert software_key(facts(path=one)) != software_key(facts(path=other))
    versions = software_key(facts(path=f"{one}-1.2")), software_key(facts(path=f"{one}-1.3"))
    assert versions[0] == versions[1]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (r"C:\Program Files\7-Zip\x.exe", r"C:\Program Files\8-Zip\x.exe"),
        (r"C:\Program Files\360\app.exe", r"C:\Program Files\115\app.exe"),
        (r"C:\Tools\agent1\run.exe", r"C:\Tools\agent2\run.exe"),
        (r"C:\Tools\tool32.exe", r"C:\Tools\tool64.exe"),
        (r"C:\Tools\x86_64\tool.exe", r"C:\Tools\x86_32\tool.exe"),
        (r"C:\Users\dana\Downloads\1.2.3.exe", r"C:\Users\dana\Downloads\1.2.4.exe"),
        ("/opt/3proxy/run", "/opt/4proxy/run"),
    ],
)
def test_names_that_differ_in_a_number_are_not_one_software(one: str, other: str) -> None:
    """What a proposed rule keeps apart is counted apart: else approvals of one would excuse the other."""
    assert software_key(facts(path=one)) != software_key(facts(path=other))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (r"C:\Users\dana\App 4.1\app.exe", r"C:\Users\bo\App 12.0\app.exe"),
        (r"D:\setup_v2.exe", r"D:\setup_v3.exe"),
        ("/Users/dana/Downloads/App-2.dmg", "/Users/bo/Downloads/App-31.dmg"),
        (r"\\srv\share\agent 4\setup.exe", r"\\srv\share\agent 5\setup.exe"),
    ],
)
def test_versions_and_people_are_one_software(one: str, other: str) -> None:
    assert software_key(facts(path=one)) == software_key(facts(path=other))
