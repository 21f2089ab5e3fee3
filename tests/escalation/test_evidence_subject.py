"""What the requests themselves tell: each check as a table, the worst of several requests counting."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from bot.escalation.evidence.summing import parent_check, path_check, signer_check
from bot.models import CheckFinding, CheckSource, RequestFacts, Signer
from tests.cards.samples import facts

OK, BAD, UNKNOWN = CheckFinding.OK, CheckFinding.BAD, CheckFinding.UNKNOWN
AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
PROGRAM = r"C:\Program Files\Tool\tool.exe"
DOWNLOAD = r"C:\Users\dana\Downloads\tool.exe"
VALID, INVALID = (Signer(subject="CN=F", valid=True),), (Signer(subject="CN=F", valid=False),)


@pytest.mark.parametrize(
    ("path", "signers", "finding", "said"),
    [
        (PROGRAM, VALID, OK, "valid signature of CN=F"),
        (DOWNLOAD, VALID, OK, "valid signature"),
        (PROGRAM, INVALID, BAD, "not valid"),
        (DOWNLOAD, INVALID, BAD, "not valid"),
        (PROGRAM, VALID + INVALID, BAD, "not valid"),
        (PROGRAM, (), UNKNOWN, "unsigned"),
        (r"D:\tools\tool.exe", (), UNKNOWN, "unsigned"),
        ("", (), UNKNOWN, "unsigned"),
        (DOWNLOAD, (), BAD, "temporary or download folder"),
        (r"C:\Windows\Temp\tool.exe", (), BAD, "temporary or download folder"),
        (r"C:\Users\dana\AppData\Local\Temp\x\setup.tmp", (), BAD, "temporary or download folder"),
        ("/private/tmp/tool", (), BAD, "temporary or download folder"),
        ("/Users/dana/Downloads/Tool.app/Contents/MacOS/Tool", (), BAD, "temporary or download folder"),
    ],
)
def test_an_unsigned_file_is_bad_in_a_loose_folder_and_a_broken_signature_everywhere(
    path: str, signers: tuple[Signer, ...], finding: CheckFinding, said: str
) -> None:
    check = signer_check([facts(path=path, signers=signers)], AT)
    assert (check.finding, check.source, check.checked_at) == (finding, CheckSource.REQUEST, AT)
    assert said in check.note


@pytest.mark.parametrize(
    ("path", "finding"),
    [
        (PROGRAM, OK),
        (r"c:\program files (x86)\Tool\tool.exe", OK),
        (r"C:\Windows\System32\mshta.exe", OK),
        ("/Applications/Tool.app/Contents/MacOS/Tool", OK),
        ("/usr/bin/tool", OK),
        (r"C:\Windows\Temp\tool.exe", UNKNOWN),
        (r"C:\Windows\Tasks\tool.exe", UNKNOWN),
        (r"C:\Windows\System32\spool\drivers\color\tool.exe", UNKNOWN),
        (r"C:\Windowsapps\tool.exe", UNKNOWN),
        (r"C:\Program Files\Tool\temp\tool.exe", UNKNOWN),
        (DOWNLOAD, UNKNOWN),
        (r"C:\Users\dana\AppData\Local\Tool\tool.exe", UNKNOWN),
        (r"\\server\share\Program Files\tool.exe", UNKNOWN),
        (r"E:\tool.exe", UNKNOWN),
        ("/usr/local/bin/tool", UNKNOWN),
        ("/Users/dana/tool", UNKNOWN),
        ("", UNKNOWN),
    ],
)
def test_only_a_folder_of_administrators_speaks_for_a_path_and_none_closes_one_press(
    path: str, finding: CheckFinding
) -> None:
    check = path_check([facts(path=path)], AT)
    assert check.finding is finding
    assert check.note


SYSTEM = r"C:\Windows\System32"
PARENTS = [
    (r"C:\Windows\explorer.exe", {}, OK),
    (r"C:\Program Files\Tool\updater.exe", {}, OK),
    ("/System/Library/CoreServices/Finder.app/Contents/MacOS/Finder", {}, OK),
    (r"C:\Program Files\Microsoft Office\root\Office16\WINWORD.EXE", {}, BAD),
    (r"C:\Program Files\Microsoft Office\root\Office16\OUTLOOK.EXE", {}, BAD),
    (r"C:\Program Files\Adobe\AcroRd32.exe", {}, BAD),
    (r"C:\Program Files\Larkspur Mail\larkspurmail.exe", {}, BAD),
    ("/Applications/Mail.app/Contents/MacOS/Mail", {}, BAD),
    (rf"{SYSTEM}\mshta.exe", {"path": PROGRAM}, BAD),
    (rf"{SYSTEM}\wscript.exe", {"path": PROGRAM}, BAD),
    (rf"{SYSTEM}\rundll32.exe", {"path": PROGRAM}, BAD),
    (rf"{SYSTEM}\cmd.exe", {"path": DOWNLOAD}, BAD),
    (rf"{SYSTEM}\cmd.exe", {"path": PROGRAM, "signers": ()}, BAD),
    (rf"{SYSTEM}\cmd.exe", {"path": PROGRAM}, UNKNOWN),
    (rf"{SYSTEM}\WindowsPowerShell\v1.0\powershell.exe", {"path": PROGRAM}, UNKNOWN),
    ("/bin/zsh", {"path": "/Applications/Tool.app/Contents/MacOS/Tool"}, UNKNOWN),
    (r"C:\Program Files\Google\Chrome\Application\chrome.exe", {}, UNKNOWN),
    (r"C:\Users\dana\AppData\Local\Temp\is-1.tmp\setup.tmp", {}, UNKNOWN),
    ("", {}, UNKNOWN),
]


@pytest.mark.parametrize(("parent", "changed", "finding"), PARENTS)
def test_a_document_a_mail_or_a_script_that_starts_a_program_speaks_against_it(
    parent: str, changed: dict[str, Any], finding: CheckFinding
) -> None:
    check = parent_check([facts(parent_process=parent, **changed)], AT)
    assert check.finding is finding
    assert check.note


@pytest.mark.parametrize("mail", ["hotmailer.exe", "mailbox-tool.exe", "emailing.exe", "excelsior.exe"])
def test_a_name_that_only_reminds_of_one_is_no_document_program(mail: str) -> None:
    assert parent_check([facts(parent_process=rf"C:\Program Files\X\{mail}")], AT).finding is OK


def test_the_worst_of_several_requests_counts_with_its_own_note() -> None:
    joined = [
        facts(1, path=PROGRAM),
        facts(2, path=DOWNLOAD, signers=(), parent_process=rf"{SYSTEM}\cmd.exe"),
        facts(3, path=PROGRAM, signers=()),
    ]
    assert signer_check(joined, AT).finding is BAD
    assert "download folder" in signer_check(joined, AT).note
    assert parent_check(joined, AT).finding is BAD
    assert path_check(joined, AT).finding is UNKNOWN
    assert signer_check(joined[::-1], AT) == signer_check(joined, AT)


def test_local_admin_rights_are_no_evidence_of_anything() -> None:
    """Semantics 1.9: whoever asks, and as whom, changes no check of the file."""
    plain: RequestFacts = facts(1)
    admin = facts(1, requestor=r"CONTOSO\Administrator", reason="I am local admin here")
    for make in (signer_check, path_check, parent_check):
        assert make([plain], AT) == make([admin], AT)
