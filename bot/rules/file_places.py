"""What a path tells by itself: who may write there, and which program it names."""

from __future__ import annotations

import re

_LOOSE = re.compile(r"(?i)[\\/](temp|tmp|downloads|inetcache)[\\/]|^/(private/)?(tmp|var/folders)/")
_PROTECTED = re.compile(
    r"(?i)^c:\\(program files( \(x86\))?|windows)\\|^/(applications|system|usr|bin|sbin|opt|library)/"
)
_WRITABLE_INSIDE = re.compile(
    r"(?i)\\windows\\(temp|tasks|tracing|debug|system32\\spool\\drivers\\color)\\|^/usr/local/"
)
"""Folders inside protected ones that ordinary users may write to all the same."""
_ENDINGS = (".exe", ".msi", ".com", ".app", ".pkg", ".dmg", ".bat", ".cmd", ".ps1")


def is_loose_folder(path: str) -> bool:
    """A temporary or download folder: whatever arrives from outside lands there first."""
    return bool(_LOOSE.search(path))


def is_protected_folder(path: str) -> bool:
    """A folder that only administrators write to, as the system is installed."""
    return bool(_PROTECTED.search(path)) and not _WRITABLE_INSIDE.search(path) and not is_loose_folder(path)


def program_name(path: str) -> str:
    """The program's name in small letters, without folder and ending; its version is still there."""
    name = re.split(r"[\\/]", path.strip())[-1].casefold()
    for ending in _ENDINGS:
        name = name.removesuffix(ending)
    return name
