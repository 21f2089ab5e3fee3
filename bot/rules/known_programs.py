"""Programs that are known by their names and makers: data, and the questions that it answers.

Names are file names in small letters, without folder, ending and version. All lists are our choice, from public
reports of attacks; the portal tells no original file name, so a name is held against the certificate instead.
"""

from __future__ import annotations

import re
import unicodedata

SCRIPT_HOSTS = frozenset(
    [
        "autohotkey",
        "autoit3",
        "bash",
        "cmd",
        "cmstp",
        "cscript",
        "csi",
        "fsi",
        "installutil",
        "msbuild",
        "mshta",
        "msxsl",
        "node",
        "odbcconf",
        "osascript",
        "perl",
        "php",
        "powershell",
        "powershell_ise",
        "presentationhost",
        "pwsh",
        "python",
        "python3",
        "rcsi",
        "regasm",
        "regsvcs",
        "regsvr32",
        "ruby",
        "rundll32",
        "sh",
        "wmic",
        "wscript",
        "wsl",
        "zsh",
    ]
)
"""Programs that run other people's text or libraries; approving one approves everything it may be given."""
HOST_SIGNERS = {
    "autohotkey": "AutoHotkey",
    "autoit consulting": "AutoIt",
    "openjs foundation": "Node.js",
    "python software foundation": "Python",
}
"""Makers of nothing but programs that run other people's text."""
REMOTE_TOOLS = frozenset(
    [
        "aeroadmin",
        "ammyy",
        "anydesk",
        "atera",
        "bomgar",
        "cloudflared",
        "connectwisecontrol",
        "dameware",
        "dwagent",
        "fleetdeck",
        "getscreen",
        "hoptodesk",
        "islonline",
        "logmein",
        "meshagent",
        "mstsc",
        "netsupport",
        "ngrok",
        "paexec",
        "psexec",
        "quickassist",
        "radmin",
        "remcomsvc",
        "remoteutilities",
        "rustdesk",
        "screenconnect",
        "simplehelp",
        "splashtop",
        "supremo",
        "tacticalrmm",
        "teamviewer",
        "tightvnc",
        "ultraviewer",
        "ultravnc",
        "vnc",
        "winvnc",
        "zohoassist",
    ]
)
"""Remote control and tunnels: the tools that intruders bring, by the beginning of their name."""
REMOTE_SIGNERS = (
    "action1",
    "aeroadmin",
    "ammyy",
    "anydesk",
    "atera networks",
    "bomgar",
    "connectwise",
    "dameware",
    "duc fabulous",
    "dwservice",
    "famatech",
    "fleetdeck",
    "getscreen",
    "glavsoft",
    "goto technologies",
    "hoptodesk",
    "logmein",
    "meshcentral",
    "nanosystems",
    "netsupport",
    "ngrok",
    "philandro",
    "purslane",
    "realvnc",
    "remote utilities",
    "rustdesk",
    "screenconnect",
    "simplehelp",
    "splashtop",
    "teamviewer",
    "ultraviewer",
    "usoris",
    "uvnc",
    "zoho assist",
)
"""Makers of remote-control tools and tunnels, as their certificates name them: a file may be called anything."""
_REMOTE_PRODUCTS = re.compile(
    r"\b(?:action1|aeroadmin|ammyy|anydesk|atera|bomgar|connectwise (?:control|screenconnect)|dameware|dwservice"
    r"|getscreen|gotoassist|gotomypc|hoptodesk|isl online|logmein|meshcentral|netsupport|ngrok|psexec|quick assist"
    r"|radmin|realvnc|remote utilities|rustdesk|screenconnect|simplehelp|splashtop|supremo|teamviewer"
    r"|tightvnc|ultraviewer|ultravnc|zoho assist)\b",
    re.IGNORECASE,
)
"""The same by the product that the portal knows the file as."""
DOCUMENT_PROGRAMS = frozenset(
    [
        "acrobat",
        "acrord32",
        "excel",
        "foxitpdfreader",
        "msaccess",
        "mspub",
        "olk",
        "onenote",
        "outlook",
        "powerpnt",
        "soffice",
        "thunderbird",
        "visio",
        "winword",
    ]
)
"""Programs for documents and mail; besides these, whatever calls itself mail."""
MAKERS = {
    "chrome": "google",
    "dropbox": "dropbox",
    "firefox": "mozilla",
    "googleupdate": "google",
    "ms-teams": "microsoft",
    "msedge": "microsoft",
    "onedrive": "microsoft",
    "slack": "slack",
    "teams": "microsoft",
    "zoom": "zoom",
}
"""Windows programs that update themselves where users may write, and whose one maker signs every release (part of its
name): what malware likes to be called there."""
SYSTEM_PROGRAMS = frozenset(
    [
        "conhost",
        "csrss",
        "ctfmon",
        "dllhost",
        "dwm",
        "explorer",
        "fontdrvhost",
        "logonui",
        "lsass",
        "lsm",
        "regsvr32",
        "rundll32",
        "runtimebroker",
        "services",
        "sihost",
        "smartscreen",
        "smss",
        "spoolsv",
        "svchost",
        "taskhost",
        "taskhostw",
        "taskmgr",
        "userinit",
        "wininit",
        "winlogon",
        "wmiprvse",
    ]
)
"""Programs of Windows itself that lie in its own folders and nowhere else."""
_IMITATED = SYSTEM_PROGRAMS - {"explorer", "services", "lsm", "dwm", "smss", "regsvr32", "taskhost"} | {
    "msmpeng"
}
"""Of these a name that differs in one letter is no word of its own. Others make honest names: service, explore."""
_SYSTEM_FOLDER = re.compile(
    r"c:\\windows\\(?:(?:(?:system32|syswow64|sysnative)\\(?:wbem\\)?)?[^\\]+$|winsxs\\|servicing\\|softwaredistribution\\)"
    r"|c:\\(?:windows\.old|\$windows\.~bt)\\"
)
_RUNS = re.compile(r"\.(?:exe|com|scr|pif|bat|cmd)$")
_LETTERS = str.maketrans(
    # Digits and signs, Cyrillic, Greek, other Latin letters; below what each looks like.
    "01345$|авекмнорстухѕіјӏԁԛԝαοειρτυνκɡı",
    "oieassiabekmhopctyxsijldqwaoeiptuvkgi",
)
"""Signs and letters of other alphabets as the Latin letter that they look like."""

_DOUBLED = re.compile(
    r"\.(?:7z|avi|bmp|csv|docm?x?|eml|gif|heic|html?|ics|jpe?g|log|mkv|mp[34]|mov|msg|odp|ods|odt|pdf|png|ppt[mx]?|rar|rtf"
    r"|svg|tiff?|txt|wav|webp|xls[bmx]?|xml|zip)[\s._]*\.(?:appx|bat|cmd|com|cpl|exe|hta|iso|jar|jse?|lnk|msc|msi|pif|ps1"
    r"|reg|scr|url|vb[es]|ws[cfh]?|xll)$"
)
"""A document's ending before a program's: Windows shows the first alone."""
_UNSEEN = re.compile(
    r"[\u202a-\u202e\u2066-\u2069\u200b-\u200f\u2060-\u2064\u061c\u00ad\ufeff\u115f\u1160\u3164]"
)
"""Characters that turn the direction of text, or are not seen: `invoice\u202efdp.exe` is shown as `invoiceexe.pdf`."""
_PUSHED_OUT = 4
"""Blanks before the ending from which on it is pushed out of sight."""


def script_host(name: str, signed_by: list[str]) -> str:
    """The script host that a program (without folder and ending) is, by its name or its maker; empty for others."""
    # Some names end in a number that is no version: rundll32, regsvr32.
    named = next((one for one in (name, without_version(name)) if one in SCRIPT_HOSTS), "")
    return named or next(
        (host for maker, host in HOST_SIGNERS.items() for one in signed_by if maker in one), ""
    )


def is_remote_tool(name: str, signed_by: list[str]) -> bool:
    """Whether a program is for remote control or a tunnel, by its name or its maker."""
    stem = without_version(name)
    named = any(stem.startswith(tool) for tool in REMOTE_TOOLS)
    return named or any(maker in subject for maker in REMOTE_SIGNERS for subject in signed_by)


def is_remote_product(product: str) -> bool:
    """Whether the portal knows the file as a product for remote control or a tunnel."""
    return bool(_REMOTE_PRODUCTS.search(product))


def is_document_program(name: str) -> bool:
    """Whether a program (in small letters, without folder and ending) opens documents or mail."""
    stem = without_version(name)
    return name in DOCUMENT_PROGRAMS or stem in DOCUMENT_PROGRAMS or stem.endswith("mail")


def is_renamed(name: str, signed_by: list[str]) -> bool:
    """Whether a program bears the name of a well-known one, and its maker did not sign it."""
    maker = MAKERS.get(name)
    return maker is not None and not any(maker in subject for subject in signed_by)


def is_system_name_elsewhere(file: str, path: str) -> bool:
    """Whether a file (its name and its resolved path) is called like a program of Windows, outside of its folders."""
    lies_right = file.endswith(".exe") and _SYSTEM_FOLDER.match(path)
    return _program(file) in SYSTEM_PROGRAMS and not lies_right


def is_look_alike(file: str) -> bool:
    """Whether a file is called nearly like a well-known program: a digit or a foreign letter that looks the same, or of
    a program of Windows one letter that is another, too many or too few."""
    name = _program(file)
    if not name or name in _WELL_KNOWN:
        return False
    seen = _seen(name)
    return seen in _SEEN or any(_one_apart(seen, _seen(one)) for one in _IMITATED)


def is_doubled(file: str) -> bool:
    """Whether a file's name has a document's ending before a program's."""
    return bool(_DOUBLED.search(file))


def hides_ending(path: str) -> bool:
    """Whether characters in a file's name hide how it really ends, or its last ones are left off by Windows."""
    name = re.split(r"[\\/]", path)[-1]
    pushed = name.rpartition(".")[0][-_PUSHED_OUT:]
    is_pushed = len(pushed) == _PUSHED_OUT and pushed.isspace()
    return is_pushed or bool(_UNSEEN.search(path)) or name != name.rstrip(". \t\u00a0")


def without_version(name: str) -> str:
    """The name without the digits and signs at its end. By hand: an expression for an end is tried from every place,
    and a name from outside may have thirty thousand digits."""
    end = len(name)
    while end and (name[end - 1].isdecimal() or name[end - 1] in "._-() "):
        end -= 1
    return name[:end]


def _program(file: str) -> str:
    """The name before a program's ending; empty for any other file."""
    ending = _RUNS.search(file)
    return file[: ending.start()] if ending else ""


def _seen(name: str) -> str:
    """As the eye reads it: accents off, letters and digits that look alike as one, `rn` as `m`, `vv` as `w`."""
    if len(name) > 40:
        return name
    plain = "".join(one for one in unicodedata.normalize("NFKD", name) if not unicodedata.combining(one))
    plain = plain.translate(_LETTERS)
    return plain.replace("rn", "m").replace("vv", "w").replace("l", "i")


def _one_apart(one: str, other: str) -> bool:
    """Whether two names differ in one letter that is another, missing, added, or exchanged with the next."""
    if abs(len(one) - len(other)) > 1 or one == other:
        return False
    start = 0
    while start < min(len(one), len(other)) and one[start] == other[start]:
        start += 1
    mine, theirs = one[start:], other[start:]
    exchanged = mine[:2] == theirs[:2][::-1] and len(mine) > 1 and mine[2:] == theirs[2:]
    return exchanged or mine[1:] == theirs[1:] or mine[1:] == theirs or mine == theirs[1:]


_WELL_KNOWN = SYSTEM_PROGRAMS | _IMITATED | SCRIPT_HOSTS | REMOTE_TOOLS | MAKERS.keys()
_SEEN = frozenset(_seen(one) for one in _WELL_KNOWN if one in MAKERS or len(one) > 4)
"""Names as the eye reads them; of the short ones (sh, cmd, vnc) too many others look the same."""
