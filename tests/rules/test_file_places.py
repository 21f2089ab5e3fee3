"""What a path tells by itself, in the spellings of each operating system."""

from __future__ import annotations

import pytest

from bot.rules.file_places import is_loose_folder, is_protected_folder, program_name


@pytest.mark.parametrize(
    ("path", "name"),
    [
        (r"C:\Windows\System32\cmd.exe", "cmd"),
        (r"C:\Program Files\Tool\Tool_7.1.EXE", "tool_7.1"),
        ("/Applications/Mail.app/Contents/MacOS/Mail", "mail"),
        ("powershell.ps1", "powershell"),
        ("  setup.msi  ", "setup"),
        ("C:/tools/mixed\\slash.exe", "slash"),
        ("C:\\Tool\\", ""),
        ("", ""),
    ],
)
def test_a_programs_name_is_its_last_part_without_ending(path: str, name: str) -> None:
    assert program_name(path) == name


@pytest.mark.parametrize(
    "path",
    [
        r"C:\Users\dana\Downloads\x.exe",
        r"c:\users\dana\appdata\local\TEMP\x.exe",
        r"C:\Windows\Temp\x.exe",
        r"C:\Users\dana\AppData\Local\Microsoft\Windows\INetCache\IE\x.exe",
        "/" + "tmp/x",
        "/private/tmp/x",
        "/var/folders/ab/x",
        "/Users/dana/Downloads/x",
    ],
)
def test_a_loose_folder_is_never_a_protected_one(path: str) -> None:
    assert is_loose_folder(path)
    assert not is_protected_folder(path)


@pytest.mark.parametrize(
    "path", [r"C:\Templates\x.exe", r"C:\Users\dana\Downloads.exe", "/Users/tmp.txt", "/home/tmp", "temp", ""]
)
def test_a_name_that_only_reminds_of_one_is_no_loose_folder(path: str) -> None:
    assert not is_loose_folder(path)


OPEN_BELOW_WINDOWS = (
    r"FxsTmp",
    r"com\dmp",
    r"Microsoft\Crypto\RSA\MachineKeys",
    r"spool\PRINTERS",
    r"spool\SERVERS",
    r"spool\drivers\color",
    r"Tasks",
    r"Tasks\Microsoft\Windows\SyncCenter",
    r"Tasks_Migrated",
    r"LogFiles\WMI",
    r"drivers\DriverData",
    r"catroot2",
    r"config\systemprofile\AppData",
)


@pytest.mark.parametrize(
    "folder",
    [
        *(
            rf"C:\Windows\{system}\{open_}"
            for system in ("System32", "SysWOW64")
            for open_ in OPEN_BELOW_WINDOWS
        ),
        r"C:\Windows\Tasks",
        r"C:\Windows\tracing",
        r"C:\Windows\Temp",
        r"C:\Windows\debug\WIA",
        r"C:\Windows\Registration\CRMLog",
        r"C:\Windows\PLA\Reports",
        r"C:\Windows\servicing\Packages",
        r"C:\Windows\ServiceProfiles\LocalService\AppData",
        r"C:\Windows\SystemTemp",
        r"C:\Windows\SomethingNew",
        r"C:\Windows\Microsoft.NET\Framework64\v4.0.30319\Temporary ASP.NET Files\x",
        r"C:\ProgramData\App",
        r"C:\Users\Public",
        r"C:\App",
        r"D:\Program Files\App",
        r"\\srv\c$\Windows\System32",
        r"\\?\UNC\srv\c$\Windows\System32",
        r"\\?\GLOBALROOT\Device\HarddiskVolume3\Windows\System32",
        r"\Device\HarddiskVolume3\Windows\System32",
        "/opt/homebrew/bin",
        "/Library/Caches/x",
        "/System/Volumes/Data/Users/dana",
        "/usr/../home/dana",
        "/usr/local/bin",
    ],
)
def test_a_folder_is_not_known_to_be_protected_unless_it_is(folder: str) -> None:
    """Open folders are many and more come: none of them has to be on a list to be seen."""
    separator = "/" if folder.startswith("/") else "\\"
    for name in ("x.exe", "deep.exe", "x"):
        assert not is_protected_folder(f"{folder}{separator}{name}")
        assert not is_protected_folder(f"{folder.upper()}{separator}below{separator}{name}")


@pytest.mark.parametrize(
    "path",
    [
        r"C:\Windows\..\Users\dana\x.exe",
        r"C:\Program Files\..\ProgramData\x.exe",
        r"C:\Windows\System32\..\Tasks\x.exe",
        r"C:\Windows \System32\x.exe",
        r"C:\Windows\System32.\x.exe",
        r"C:\Windows\System32 \x.exe",
        r"C:\PROGRA~1\App\x.exe",
        r"C:\WINDOW~1\System32\x.exe",
        r"C:\Windows\System32\notes.txt:x.exe",
        r"C:\Program Files\App:x.exe",
        r"C:Windows\System32\x.exe",
        r"%ProgramFiles%\App\x.exe",
        r"%APPDATA%\x.exe",
        r"C:\%Windows%\x.exe",
        r"C:\Windows\*\x.exe",
        r"C:\Windows\System32\*",
        r"C:\Windows\System32\ta*.exe",
        r"C:\Program Files",
        r"C:\Windows",
        "C:\\Windows\\System32\\x\x00.exe",
        "",
    ],
)
def test_a_name_that_cannot_be_resolved_surely_is_not_known_to_be_protected(path: str) -> None:
    assert not is_protected_folder(path)
    assert not is_protected_folder(path.replace("\\", "/"))


@pytest.mark.parametrize(
    "path",
    [
        r"C:\Program Files\App\x.exe",
        r"C:\Program Files (x86)\App\x.exe",
        r"C:\Windows\x.exe",
        r"C:\Windows\System32\x.exe",
        r"C:\WINDOWS\SysWOW64\x.dll",
        r"C:\Windows\System32\drivers\x.sys",
        r"C:\Windows\System32\DriverStore\FileRepository\a.inf_amd64\x.sys",
        r"C:\Windows\WinSxS\amd64\x.dll",
        r"C:\Windows\Installer\1a2b.msi",
        r"\\?\C:\Program Files\App\x.exe",
        r"C:\Windows\Tasks\..\System32\x.exe",
        "C:/Program Files/App//./x.exe",
        "/usr/bin/x",
        "/Applications/Mail.app/Contents/MacOS/Mail",
    ],
)
def test_what_only_administrators_write_to_is_known(path: str) -> None:
    assert is_protected_folder(path)


@pytest.mark.parametrize(
    "path",
    [
        r"C:\Users\DANA~1\AppData\Local\Temp\x.exe",
        r"C:\Users\dana\DOWNLO~1\x.exe",
        r"C:/Users/dana/Downloads/x.exe",
        r"C:\Users\dana\Downloads.\x.exe",
        r"C:\Users\dana\Downloads \x.exe",
        r"C:\Users\dana\Downloads\\x.exe",
        r"C:\Users\dana\Desktop\..\Downloads\x.exe",
        r"\\?\C:\Users\dana\Downloads\x.exe",
        r"%TEMP%\x.exe",
        "/usr/../tmp/x",
    ],
)
def test_a_loose_folder_is_known_in_every_spelling(path: str) -> None:
    assert is_loose_folder(path)


def test_a_program_is_known_in_every_spelling_of_its_name() -> None:
    for path in (r"C:\x\CMD.EXE", r"C:\x\cmd.exe.", r"C:\x\cmd.exe ", r"C:\x\cmd.exe::$DATA", "C:/x/cmd.exe"):
        assert program_name(path) == "cmd"


@pytest.mark.parametrize(
    "path",
    [
        "/usr/*",
        "/usr/l*/bin/x",
        "/usr/*/x",
        "/opt/*/bin/x",
        "/opt/homebre?/x",
        "/Library/*",
        "/Library/Cach*/x",
        "/System/*/x",
        "/usr/local/*",
        "//opt/share/x",
        "//usr/bin/x",
    ],
)
def test_a_wildcard_reaches_no_open_folder_and_two_slashes_name_a_server(path: str) -> None:
    assert not is_protected_folder(path)


@pytest.mark.parametrize("path", ["/usr/bin/*", "/Applications/*/Contents/MacOS/Mail", "/opt/tool/*"])
def test_a_wildcard_beside_the_open_folders_is_none_of_them(path: str) -> None:
    assert is_protected_folder(path)
