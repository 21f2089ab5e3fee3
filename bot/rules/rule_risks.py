"""What a custom rule would let in besides the file that was asked for. Pure: it looks at the rule's words alone."""

from __future__ import annotations

import re
from pathlib import PureWindowsPath

from bot.models.presses import CustomRule
from bot.rules.file_places import is_protected_folder

NEEDED_PARTS = 2
"""The portal's own advice: combine at least two conditions."""
_SAYS_NOTHING = "*?\\/:. \t"
_WRITABLE_ROOTS = (
    "c:/users/",
    "c:/programdata/",
    "c:/temp/",
    "c:/windows/temp/",
    "c:/windows/tasks/",
    "c:/windows/tracing/",
    "c:/windows/debug/",
    "c:/inetpub/temp/",
    "/users/",
    "/home/",
    "/tmp/",  # noqa: S108 - a folder to warn of; nothing is written there
    "/var/tmp/",  # noqa: S108 - the same
    "/private/tmp/",
)
"""Folders that ordinary users write to as the systems are installed; `c:` stands for every drive."""
_WRITABLE_PARTS = re.compile(
    r"(^|/)(users|home|temp|tmp|downloads|desktop|documents|appdata|programdata|inetcache|public)(/|$)"
)
_ENVIRONMENT = re.compile(r"%(userprofile|appdata|localappdata|temp|tmp|public|programdata|homepath)%")
_DRIVE = re.compile(r"^[a-z*?]:")


def telling_parts(rule: CustomRule) -> tuple[str, ...]:
    """The names of the parts that hold anything back; wildcards and separators alone do not."""
    return tuple(name for name in rule.parts if getattr(rule, name).strip(_SAYS_NOTHING))


def risks_of(rule: CustomRule) -> tuple[str, ...]:
    """What speaks against the rule, each as a sentence; empty where nothing does. Some need a justification."""
    told = telling_parts(rule)
    risks = []
    another = "another program of the same signer" if "signer" in told else "another program"
    if "path" in told and (why := _loose_path(rule.path)):
        risks.append(f"Its path {why}, so a user could put {another} there.")
    if "created_by" in told and (why := _loose_path(rule.created_by)):
        risks.append(f"Its “created by” {why}, so a user could bring the creating program along.")
    if "process" in told and (why := _loose_path(rule.process)):
        risks.append(f"Its process {why}, so a user could bring the starting program along.")
    if "signer" in told and not _holds_path(rule.path) and "created_by" not in told:
        risks.append(
            "Only its signer recognizes the file: it would match everything that this signer ever signs."
        )
    if told == ("path",):
        risks.append("Only its path recognizes the file: whatever is put there may run, whoever signed it.")
    return tuple(risks)


TOO_EARLY = "has its first wildcard so early that it"


def _loose_path(path: str) -> str:
    """Why users may write where this matches; empty where they may not, as systems are installed."""
    plain = _plain(path)
    fixed = re.split(r"[*?]", plain, maxsplit=1)[0]
    if not fixed.startswith("/") and not _DRIVE.match(plain) and not plain.startswith("%"):
        return "names no drive or top folder and matches in every folder"
    if _WRITABLE_PARTS.search(plain) or _ENVIRONMENT.search(plain):
        return "lies in a folder that users may write to"
    if fixed != plain and any(root.startswith(fixed) for root in _WRITABLE_ROOTS):
        return f"{TOO_EARLY} matches in folders that users may write to"
    if not is_protected_folder(path.strip()):
        return "lies outside the folders that only administrators write to, as systems are installed"
    return ""


def _plain(path: str) -> str:
    r"""In small letters, with one kind of separator, every drive as `c:`; `\\?\` and shares keep their slashes."""
    plain = path.strip().casefold().replace("\\", "/")
    return _DRIVE.sub("c:", plain) if plain[:1] not in ("*", "?") else plain


def _holds_path(path: str) -> bool:
    """Whether the path names more than a file's ending: a folder or a name."""
    name = PureWindowsPath(path.replace("/", "\\"))
    folder = str(name.parent).strip(_SAYS_NOTHING)
    drive_only = bool(re.fullmatch(r"[A-Za-z]", folder))
    return bool(name.stem.strip(_SAYS_NOTHING)) or bool(folder and not drive_only)
