"""What speaks against a custom rule, by its words alone; more warnings than clean rules."""

from __future__ import annotations

import pytest

from bot.models import CustomRule
from bot.rules.rule_risks import risks_of, telling_parts

SIGNER = "CN=Fabrikam Inc"

CLEAN = [
    CustomRule(path=r"C:\Program Files\Fabrikam\*", signer=SIGNER),
    CustomRule(path=r"C:\Program Files\Fabrikam\setup.exe", process=r"C:\Windows\explorer.exe"),
    CustomRule(path=r"C:\Windows\System32\fabrikam*.dll", signer=SIGNER),
    CustomRule(path="/opt/fabrikam/*", signer=SIGNER),
    CustomRule(path="/Applications/Fabrikam.app/*", signer=SIGNER),
    CustomRule(created_by=r"C:\Program Files\Fabrikam\updater.exe", signer=SIGNER),
]
WRITABLE = [
    r"C:\Users\dana\setup.exe",
    r"c:\users\*\AppData\Local\Fabrikam\app.exe",
    r"D:\Users\dana\setup.exe",
    r"C:\Temp\setup.exe",
    r"C:\Windows\Temp\*",
    r"C:\Fabrikam\Downloads\setup.exe",
    r"C:\ProgramData\Fabrikam\*",
    r"%TEMP%\setup.exe",
    r"%userprofile%\setup.exe",
    "/tmp/setup",  # noqa: S108 - a path in a rule; nothing is written there
    "/var/tmp/setup*",  # noqa: S108 - the same
    "/Users/dana/setup",
    "/home/dana/setup",
    "/private/tmp/setup",
]
OUTSIDE = [
    r"C:\Fabrikam\app.exe",
    r"D:\Tools\*",
    r"\\server\tools\*",
    "/srv/fabrikam/*",
    r"%SystemRoot%\x.exe",
]
EARLY = [
    r"C:\*",
    r"C:\*\app.exe",
    r"C:\Prog*\app.exe",
    r"C:\Windows\*",
    "/*/app",
    r"?:\Program Files\app.exe",
]
NOWHERE = ["*.exe", "app.exe", r"*\app.exe", r"*\Fabrikam\app.exe"]


@pytest.mark.parametrize("rule", CLEAN, ids=lambda rule: rule.path or rule.created_by)
def test_a_rule_in_a_folder_of_the_administrators_has_no_warning(rule: CustomRule) -> None:
    assert risks_of(rule) == ()


@pytest.mark.parametrize("path", WRITABLE)
@pytest.mark.parametrize("part", ["path", "process", "created_by"])
def test_a_folder_that_users_may_write_to_is_warned_of_in_every_part(part: str, path: str) -> None:
    assert any(
        "users may write to" in risk for risk in risks_of(CustomRule(**{part: path, "signer": SIGNER}))
    )


@pytest.mark.parametrize("path", OUTSIDE)
def test_a_folder_that_is_not_known_to_be_protected_is_warned_of(path: str) -> None:
    assert any(
        "only administrators write to" in risk for risk in risks_of(CustomRule(path=path, signer=SIGNER))
    )


@pytest.mark.parametrize("path", EARLY)
def test_a_wildcard_that_comes_too_early_is_warned_of(path: str) -> None:
    assert any(
        "wildcard so early" in risk or "every folder" in risk for risk in risks_of(CustomRule(path=path))
    )


@pytest.mark.parametrize("path", NOWHERE)
def test_a_path_without_a_folder_matches_in_every_folder(path: str) -> None:
    assert any("every folder" in risk for risk in risks_of(CustomRule(path=path, signer=SIGNER)))


@pytest.mark.parametrize(
    "rule",
    [
        CustomRule(signer=SIGNER),
        CustomRule(signer=SIGNER, path="*"),
        CustomRule(signer=SIGNER, path="*.exe"),
        CustomRule(signer=SIGNER, path=r"C:\*"),
        CustomRule(signer=SIGNER, process=r"C:\Windows\explorer.exe"),
    ],
    ids=str,
)
def test_a_signer_alone_is_warned_of_whatever_stands_beside_it(rule: CustomRule) -> None:
    assert any("Only its signer" in risk for risk in risks_of(rule))


@pytest.mark.parametrize(
    ("rule", "told"),
    [
        (CustomRule(), ()),
        (CustomRule(path="*"), ()),
        (CustomRule(path=r"*\*.*", signer="*"), ()),
        (CustomRule(path="  ", process=".."), ()),
        (CustomRule(path=r"C:\x", signer="*"), ("path",)),
        (
            CustomRule(path=r"C:\x", process="a", signer="b", created_by="c"),
            ("path", "process", "signer", "created_by"),
        ),
    ],
    ids=str,
)
def test_wildcards_and_separators_alone_are_no_part(rule: CustomRule, told: tuple[str, ...]) -> None:
    assert telling_parts(rule) == told


def test_a_path_alone_is_warned_of() -> None:
    """Unsigned software that comes back is proposed by its path: whoever writes there decides what runs."""
    assert risks_of(CustomRule(path=r"C:\Program Files\App\app.exe")) == (
        "Only its path recognizes the file: whatever is put there may run, whoever signed it.",
    )
    assert risks_of(CustomRule()) == ()
