"""What is unusual enough to call the escalation team at once, as a first small rule set.

Each rule answers with the reason in words, or nothing. Names of tools are file names without version or path.
"""

from __future__ import annotations

import re

from bot.models import Case, Evidence, Finding, RequestFacts, Seen
from bot.rules.file_places import file_name, is_loose_folder, program_name, resolved
from bot.rules.kinds import traits_of
from bot.rules.vulnerable_drivers import VULNERABLE_DRIVERS

SCRIPT_HOSTS = frozenset(
    {
        "bash",
        "cmd",
        "cscript",
        "mshta",
        "osascript",
        "powershell",
        "powershell_ise",
        "pwsh",
        "python",
        "python3",
        "regsvr32",
        "rundll32",
        "sh",
        "wscript",
        "zsh",
    }
)
"""Programs that run other people's text; approving one approves everything it may be given (our choice)."""
REMOTE_TOOLS = frozenset(
    {
        "ammyy",
        "anydesk",
        "atera",
        "connectwisecontrol",
        "dameware",
        "logmein",
        "mstsc",
        "netsupport",
        "ngrok",
        "psexec",
        "radmin",
        "remoteutilities",
        "rustdesk",
        "screenconnect",
        "splashtop",
        "supremo",
        "teamviewer",
        "ultraviewer",
        "vnc",
        "winvnc",
        "zohoassist",
    }
)
"""Remote control and tunnels: the tools that intruders bring (our choice)."""
DOCUMENT_PROGRAMS = frozenset(
    {
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
    }
)
"""Programs for documents and mail; besides these, whatever calls itself mail (our choice)."""
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
    "glavsoft",
    "goto technologies",
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
HOST_SIGNERS = {
    "autohotkey": "AutoHotkey",
    "autoit consulting": "AutoIt",
    "openjs foundation": "Node.js",
    "python software foundation": "Python",
}
"""Makers of nothing but programs that run other people's text."""
_DOUBLED = re.compile(
    r"\.(?:7z|avi|bmp|csv|docm?x?|eml|gif|html?|jpe?g|log|mp[34]|mov|odp|ods|odt|pdf|png|ppt[mx]?|rar|rtf|svg|tiff?|txt"
    r"|xls[bmx]?|xml|zip)[\s._]*\.(?:bat|cmd|com|cpl|exe|hta|jar|jse?|lnk|msi|pif|ps1|scr|vb[es]|ws[fh]?)$"
)
"""A document's ending before a program's: Windows shows the first alone (our choice of endings)."""
_TURNED = re.compile(r"[\u202a-\u202e\u2066-\u2069\u200e\u200f]")
"""Characters that turn the direction of text: `invoice\u202efdp.exe` is shown as `invoiceexe.pdf`."""
_INSTALLER = re.compile(r"(?i)^[a-z]:\\windows\\installer\\")
KNOWN_BAD = "the file is known to be bad"


def unusual_reasons(case: Case, evidence: Evidence | None) -> tuple[str, ...]:
    """Every reason why a case is unusual, in words; empty for a plain one."""
    reasons: list[str] = []
    for entry in case.open_requests:
        reasons += facts_reasons(entry.facts)
    if evidence is not None:
        reasons += _evidence_reasons(case, evidence)
    return tuple(dict.fromkeys(reasons))


def facts_reasons(facts: RequestFacts) -> list[str]:
    """What the request itself tells that is unusual, in our own words alone."""
    kind = traits_of(facts.kind)
    if kind.is_storage and _all_devices(facts):
        return ["storage access that is not tied to one device"]
    if not kind.is_software:
        return []
    return [*_signature_reasons(facts), *_name_reasons(facts)]


def _signature_reasons(facts: RequestFacts) -> list[str]:
    reasons = []
    if not facts.signers and is_loose_folder(facts.path):
        reasons.append("unsigned, and started from a temporary or download folder")
    if not facts.signers and _INSTALLER.match(resolved(facts.path)):
        reasons.append("unsigned, and in the folder that Windows keeps its installers in")
    if any(not signer.valid for signer in facts.signers):
        reasons.append("its signature is not valid")
    return reasons


def _name_reasons(facts: RequestFacts) -> list[str]:
    """By the file's name, and by who signed it: a renamed tool is still that tool."""
    reasons = []
    name = file_name(facts.path)
    base = program_name(facts.path)
    stem = _without_version(base)
    signed_by = [signer.subject.casefold() for signer in facts.signers]
    # Some names end in a number that is no version: rundll32, regsvr32.
    host = next((one for one in (base, stem) if one in SCRIPT_HOSTS), None) or _maker(signed_by)
    if host is not None:
        reasons.append(f"{host} runs whatever script it is given")
    named = any(stem.startswith(tool) for tool in REMOTE_TOOLS)
    if named or any(maker in subject for maker in REMOTE_SIGNERS for subject in signed_by):
        reasons.append("a remote-control or tunnel tool")
    if name in VULNERABLE_DRIVERS:
        reasons.append("a driver that is known to hand the kernel to attackers")
    if _DOUBLED.search(name):
        reasons.append("a document's ending before a program's")
    if _TURNED.search(facts.path):
        reasons.append("characters in its name that hide its ending")
    if is_document_program(program_name(facts.parent_process)):
        reasons.append("started by a document or mail program")
    return reasons


def _maker(signed_by: list[str]) -> str | None:
    return next((host for maker, host in HOST_SIGNERS.items() for one in signed_by if maker in one), None)


def _without_version(name: str) -> str:
    """The name without the digits and signs at its end. By hand: an expression for an end is tried from every place,
    and a name from outside may have thirty thousand digits."""
    end = len(name)
    while end and (name[end - 1].isdecimal() or name[end - 1] in "._-() "):
        end -= 1
    return name[:end]


def is_document_program(name: str) -> bool:
    """Whether a program (in small letters, without folder and ending) opens documents or mail."""
    stem = _without_version(name)
    return name in DOCUMENT_PROGRAMS or stem in DOCUMENT_PROGRAMS or stem.endswith("mail")


def _evidence_reasons(case: Case, evidence: Evidence) -> list[str]:
    reasons = []
    if evidence.known_bad is Finding.YES:
        reasons.append(evidence.known_bad_note or KNOWN_BAD)
    never = evidence.seen in (Seen.NEVER, Seen.NEW_VERSION)
    if traits_of(case.kind).elevates and never and evidence.already_approved is not Finding.YES:
        reasons.append("elevation is asked for software that was never seen here")
    return reasons


def _all_devices(facts: RequestFacts) -> bool:
    device = facts.device
    return device is None or not device.serial_number
