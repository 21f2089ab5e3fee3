r"""What a path tells by itself: who may write there, and which program it names.

A name is resolved before it is judged, as Windows would: `/` for `\`, `..`, doubled separators, `\\?\` before a drive.
What cannot be resolved surely is not known to be protected: short names (`PROGRA~1` may be anybody's folder where short
names are off), names that end in a dot or a blank (`C:\Windows \System32` is another folder), streams
(`a.exe:b.exe`), variables (a user may set them), servers, other drives, devices.
"""

from __future__ import annotations

import re

_LOOSE_NAMES = frozenset({"temp", "tmp", "downloads", "inetcache"})
_LOOSE_SHORT = re.compile(r"(downlo|inetca|tempor)~\d+")
_LOOSE_VARIABLES = ("%temp%", "%tmp%")
_PREFIX = re.compile(r"^(?:\\\\[?.]|\\\?\?)\\(?=[a-z]:\\)")
_WINDOWS_PATH = re.compile(r"^[a-z]:\\")
_UNSURE = re.compile(r"[:%]|~\d|[. ]$|[\x00-\x1f]")
_PROGRAMS = frozenset({"program files", "program files (x86)"})
_SYSTEM = frozenset({"system32", "syswow64"})
_SYSTEM_BELOW = frozenset(
    {
        "dism",
        "downlevel",
        "driverstore",
        "inetsrv",
        "migwiz",
        "oobe",
        "openssh",
        "sysprep",
        "wbem",
        "windowspowershell",
    }
)
_WINDOWS_BELOW = frozenset(
    {
        "apppatch",
        "boot",
        "bitlockerdiscoveryvolumecontents",
        "cursors",
        "fonts",
        "immersivecontrolpanel",
        "inf",
        "installer",
        "microsoft.net",
        "policydefinitions",
        "resources",
        "shellexperiences",
        "systemapps",
        "systemresources",
        "winsxs",
    }
)
"""Folders below Windows of which no part is known to be open to users. A list of what is closed, not of what is open:
dozens of folders there are (FxsTmp, com\\dmp, spool\\PRINTERS, Tasks, MachineKeys, ...), and more come."""
_OPEN_NAMES = frozenset({"temp", "tmp", "temporary asp.net files"})
"""Folders that users may write to wherever they lie."""
_OPEN_BESIDE = (
    "com",
    "debug",
    "drivers",
    "fxstmp",
    "logfiles",
    "microsoft",
    "pla",
    "registration",
    "serviceprofiles",
    "servicing",
    "softwaredistribution",
    "spool",
    "system32",
    "systemtemp",
    "syswow64",
    "tasks",
    "temp",
    "tracing",
)
"""Folders of Windows, System32 and SysWOW64 in which some part is open to users."""
_POSIX_PROTECTED = re.compile(r"^/(applications|system|usr|bin|sbin|opt|library)/")
_POSIX_OPEN = ("/usr/local/", "/opt/homebrew/", "/library/caches/", "/system/volumes/")
"""Folders below the protected ones that users may write to."""
_ENDINGS = (".exe", ".msi", ".com", ".app", ".pkg", ".dmg", ".bat", ".cmd", ".ps1")


def is_loose_folder(path: str) -> bool:
    """A temporary or download folder: whatever arrives from outside lands there first."""
    plain = resolved(path)
    if plain.startswith(_LOOSE_VARIABLES):
        return True
    *folders, _ = re.split(r"[\\/]", plain)
    above = folders[1:] if folders else []
    loose = any(name.rstrip(". ") in _LOOSE_NAMES or _LOOSE_SHORT.fullmatch(name) for name in above)
    return loose or bool(re.match(r"/(private/)?(tmp|var/folders)/", plain))


def is_protected_folder(path: str) -> bool:
    """A folder that is known to be written to by administrators only, as the system is installed."""
    plain = resolved(path)
    if is_loose_folder(path):
        return False
    if plain.startswith("/"):
        # Two slashes begin a server's name for Windows.
        is_server = path.strip().startswith("//")
        return bool(_POSIX_PROTECTED.match(plain)) and not is_server and not _reaches_open_folder(plain)
    if not plain.startswith("c:\\"):
        return False
    names = plain.split("\\")[1:]
    if any(_UNSURE.search(name) or name in _OPEN_NAMES for name in names):
        return False
    return _is_closed(names)


def _reaches_open_folder(path: str) -> bool:
    """Whether a path lies in an open folder, or a wildcard of it reaches into one: `/usr/l*/x` is `/usr/local/x`."""
    fixed = re.split(r"[*?\[]", path, maxsplit=1)[0]
    if fixed == path:
        return f"{path}/".startswith(_POSIX_OPEN)
    return any(one.startswith(fixed) or fixed.startswith(one) for one in _POSIX_OPEN)


def _is_closed(names: list[str]) -> bool:
    """Whether the folders of a file on the system drive are closed to users. A wildcard may reach any folder below."""
    match names:
        case [top, _, *_] if top in _PROGRAMS:
            return True
        case ["windows", below, _, *_] if below in _WINDOWS_BELOW:
            return True
        case ["windows", system, below, _, *_] if system in _SYSTEM:
            return below in _SYSTEM_BELOW or (below == "drivers" and len(names) == 4 and _is_plain(names[3]))
        case ["windows", system, file] if system in _SYSTEM:
            return _is_plain(file)
        case ["windows", file]:
            return _is_plain(file)
        case _:
            return False


def _is_plain(name: str) -> bool:
    """Whether a name reaches no folder beside it that users may write to: `tas*.exe` is `Tasks\\evil.exe` as well."""
    fixed = re.split(r"[*?]", name, maxsplit=1)[0]
    return fixed == name or (len(fixed) > 1 and not any(one.startswith(fixed) for one in _OPEN_BESIDE))


def program_name(path: str) -> str:
    """The program's name in small letters, without folder and ending; its version is still there."""
    name = file_name(path)
    for ending in _ENDINGS:
        name = name.removesuffix(ending)
    return name


def file_name(path: str) -> str:
    """The file's name in small letters, without the dots and blanks that Windows leaves off, and without a stream."""
    name = re.split(r"[\\/]", path.strip())[-1].casefold()
    return name.split(":")[0].rstrip(". ")


def resolved(path: str) -> str:
    """In small letters with what can be resolved resolved: a drive's path with backslashes, any other as it is."""
    plain = path.strip().casefold()
    if not plain.startswith("/") or "\\" in plain:
        plain = plain.replace("/", "\\")
        plain = _PREFIX.sub("", plain)
    if _WINDOWS_PATH.match(plain):
        return "\\".join([plain[:2], *_steps(plain[3:].split("\\"))])
    if plain.startswith("/"):
        last = "/" if plain.endswith("/") else ""
        return "/" + "/".join(_steps(plain.split("/"))) + (last if plain.strip("/") else "")
    return plain


def _steps(names: list[str]) -> list[str]:
    """The folders with `.`, `..` and doubled separators followed; a last empty name says that the path is a folder."""
    found: list[str] = []
    for place, name in enumerate(names):
        if name == "..":
            del found[-1:]
        elif name != "." and (name or place == len(names) - 1):
            found.append(name)
    return found
