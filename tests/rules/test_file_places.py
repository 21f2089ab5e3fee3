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
