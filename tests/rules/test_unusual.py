"""What is unusual enough to call at once: each rule with what it catches and what it leaves alone."""

from __future__ import annotations

from typing import Any

import pytest

from bot.models import Case, Device, Evidence, Finding, Kind, Seen, Signer, Standing
from bot.rules.known_programs import REMOTE_TOOLS, SCRIPT_HOSTS
from bot.rules.unusual import spoken
from bot.rules.vulnerable_drivers import LISTED_ON, VULNERABLE_DRIVERS
from tests.cards.samples import case, decided, entry, evidence


def _reasons(one: Case, found: Evidence | None) -> tuple[str, ...]:
    """Every reason why a case is unusual, in words, each once."""
    return tuple(dict.fromkeys(each.words for each in spoken(one, found)))


SIGNED = (Signer(subject="CN=Fabrikam Inc", valid=True),)
LOOSE, SCRIPTS, REMOTE = "temporary or download folder", "runs whatever script", "remote-control or tunnel"


def reasons(**changed: Any) -> str:
    """Every reason of a case with one such request."""
    return "; ".join(_reasons(case(entry(1, **changed)), None))


@pytest.mark.parametrize(
    "path",
    [
        r"C:\Users\dana\Downloads\tool.exe",
        r"C:\Windows\Temp\x\tool.exe",
        r"C:\Users\dana\AppData\Local\Temp\tool.exe",
        r"C:\tmp\tool.exe",
        r"C:\Users\dana\AppData\Local\Microsoft\Windows\INetCache\tool.exe",
        "/private/tmp/tool",
        "/var/folders/ab/tool",
        "/Users/dana/Downloads/tool",
    ],
)
def test_unsigned_software_from_a_temporary_or_download_folder_is_unusual(path: str) -> None:
    os_type = 2 if path.startswith("/") else 1
    assert LOOSE in reasons(path=path, signers=(), os_type=os_type)
    assert LOOSE not in reasons(path=path, signers=SIGNED, os_type=os_type)


@pytest.mark.parametrize(
    "path",
    [r"C:\Program Files\Tool\tool.exe", r"C:\Template\tool.exe", r"D:\mytemp\tool.exe", "/opt/tmpl/tool"],
)
def test_unsigned_software_elsewhere_is_not_unusual_by_itself(path: str) -> None:
    assert reasons(path=path, signers=()) == ""


def test_a_signature_that_is_not_valid_is_unusual() -> None:
    assert "signature is not valid" in reasons(signers=(Signer(subject="CN=F", valid=False),))


@pytest.mark.parametrize("host", sorted(SCRIPT_HOSTS))
@pytest.mark.parametrize("form", ["{}.exe", "{}.EXE", "{}"])
def test_script_hosts_are_unusual_in_every_spelling(host: str, form: str) -> None:
    assert SCRIPTS in reasons(path="C:\\Windows\\System32\\" + form.format(host))


@pytest.mark.parametrize("tool", sorted(REMOTE_TOOLS))
@pytest.mark.parametrize("form", ["{}.exe", "{}_7.1.2.exe", "{}-setup.msi", "{} (3).exe"])
def test_remote_tools_are_unusual_in_every_version(tool: str, form: str) -> None:
    assert REMOTE in reasons(path="C:\\Program Files\\X\\" + form.format(tool.title()))


@pytest.mark.parametrize(
    "name", ["excel.exe", "cmdline-helper.exe", "bashful.exe", "myanydesk.exe", "shell.exe", ""]
)
def test_other_names_are_not_unusual(name: str) -> None:
    assert reasons(path="C:\\Program Files\\X\\" + name) == ""


@pytest.mark.parametrize(
    ("device", "unusual"),
    [(None, True), (Device(type="USB"), True), (Device(type="USB", serial_number="EX-1"), False)],
)
def test_storage_for_all_devices_is_unusual(device: Device | None, unusual: bool) -> None:
    said = reasons(kind=Kind.STORAGE, path=r"E:\tmp\anydesk.exe", signers=(), device=device)
    assert ("not tied to one device" in said) is unusual
    assert LOOSE not in said
    assert REMOTE not in said


@pytest.mark.parametrize(
    ("seen", "approved", "kind", "unusual"),
    [
        (Seen.NEVER, Finding.NO, Kind.ELEVATION, True),
        (Seen.NEW_VERSION, Finding.UNKNOWN, Kind.ELEVATION, True),
        (Seen.NEVER, Finding.YES, Kind.ELEVATION, False),
        (Seen.BEFORE, Finding.NO, Kind.ELEVATION, False),
        (Seen.UNKNOWN, Finding.NO, Kind.ELEVATION, False),
        (Seen.NEVER, Finding.NO, Kind.APPLICATION, False),
    ],
)
def test_elevation_of_never_seen_software_is_unusual(
    seen: Seen, approved: Finding, kind: Kind, unusual: bool
) -> None:
    found = _reasons(case(entry(1, kind=kind)), evidence(seen=seen, already_approved=approved))
    assert any("never seen" in one for one in found) is unusual


@pytest.mark.parametrize(
    ("known_bad", "note", "said"),
    [
        (Finding.YES, "rated 5 of 5", "rated 5 of 5"),
        (Finding.YES, "", "the file is known to be bad"),
        (Finding.NO, "", ""),
        (Finding.UNKNOWN, "", ""),
    ],
)
def test_a_known_bad_file_is_unusual(known_bad: Finding, note: str, said: str) -> None:
    found = _reasons(case(), evidence(known_bad=known_bad, known_bad_note=note))
    assert found == ((said,) if said else ())


def test_a_reason_that_several_requests_share_is_said_once_and_closed_ones_do_not_count() -> None:
    bad: dict[str, Any] = {"path": r"C:\tmp\tool.exe", "signers": ()}
    two = case(entry(1, **bad), entry(2, **bad))
    assert len(_reasons(two, None)) == 1
    assert _reasons(case(entry(1), decided(2, Standing.REJECTED)), None) == ()


@pytest.mark.parametrize(
    ("signer", "said"),
    [
        ("CN=AnyDesk Software GmbH, O=AnyDesk Software GmbH, C=DE", REMOTE),
        ("CN=philandro Software GmbH", REMOTE),
        ("CN=TeamViewer Germany GmbH", REMOTE),
        ("CN=RustDesk Ltd", REMOTE),
        ('CN="ConnectWise, LLC"', REMOTE),
        ("CN=Python Software Foundation", SCRIPTS),
        ("CN=AutoIt Consulting Ltd", SCRIPTS),
    ],
)
def test_a_renamed_tool_is_known_by_who_signed_it(signer: str, said: str) -> None:
    assert said in reasons(path=r"C:\Apps\support.exe", signers=(Signer(subject=signer, valid=True),))


@pytest.mark.parametrize(
    "path",
    [
        r"C:\Windows\System32\drivers\RTCore64.sys",
        r"C:\Users\dana\rtcore64.sys",
        r"D:\x\DBUtil_2_3.Sys",
        r"C:\x\gdrv.sys.",
        "C:/x/WinRing0x64.sys",
    ],
)
def test_a_signed_driver_that_attackers_bring_is_unusual(path: str) -> None:
    assert "driver" in reasons(path=path, signers=SIGNED)


def test_the_list_of_drivers_is_data_with_its_date() -> None:
    assert LISTED_ON.year >= 2026
    assert len(VULNERABLE_DRIVERS) > 150
    assert all(name == name.casefold() and name.endswith(".sys") for name in VULNERABLE_DRIVERS)


@pytest.mark.parametrize(
    "name",
    [
        "invoice.pdf.exe",
        "Invoice.PDF.EXE",
        "photo.jpg.scr",
        "list.xlsx    .exe",
        "letter.docx.js",
        "letter.doc.lnk",
        "invoice.pdf.exe ",
        "invoice.pdf__________.com",
    ],
)
def test_a_document_that_is_a_program_is_unusual(name: str) -> None:
    assert "ending before a program" in reasons(path=f"C:\\Apps\\{name}", signers=SIGNED)


@pytest.mark.parametrize(
    "name", ["App.Html.dll", "pdf.exe", "setup.1.2.exe", "report.pdf", "tool.x64.exe", "zip.exe"]
)
def test_other_names_with_dots_are_not_unusual(name: str) -> None:
    assert reasons(path=f"C:\\Apps\\{name}", signers=SIGNED) == ""


def test_a_name_that_turns_the_direction_of_text_is_unusual() -> None:
    assert "hide its ending" in reasons(path="C:\\Apps\\invoice\u202efdp.exe", signers=SIGNED)


@pytest.mark.parametrize("path", [r"C:\Windows\Installer\MSI4F2A.tmp", r"c:/windows/INSTALLER/x/y.exe"])
def test_an_unsigned_file_among_the_installers_is_unusual(path: str) -> None:
    assert "installers" in reasons(path=path, signers=())
    assert reasons(path=path, signers=SIGNED) == ""
