"""What is unusual enough to call the escalation team at once, as a first small rule set.

Each rule answers with the reason in words, or nothing. Names of tools are file names without version or path.
"""

from __future__ import annotations

import re

from bot.models import Case, Evidence, Finding, RequestFacts, Seen
from bot.rules.file_places import is_loose_folder, program_name
from bot.rules.kinds import traits_of

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
KNOWN_BAD = "the file is known to be bad"
_VERSION = re.compile(r"[\d._\-() ]+$")


def unusual_reasons(case: Case, evidence: Evidence | None) -> tuple[str, ...]:
    """Every reason why a case is unusual, in words; empty for a plain one."""
    reasons: list[str] = []
    for entry in case.open_requests:
        reasons += _facts_reasons(entry.facts)
    if evidence is not None:
        reasons += _evidence_reasons(case, evidence)
    return tuple(dict.fromkeys(reasons))


def _facts_reasons(facts: RequestFacts) -> list[str]:
    reasons = []
    base = program_name(facts.file_name)
    stem = _VERSION.sub("", base)
    kind = traits_of(facts.kind)
    if kind.is_software:
        if not facts.signers and is_loose_folder(facts.path):
            reasons.append("unsigned, and started from a temporary or download folder")
        if any(not signer.valid for signer in facts.signers):
            reasons.append("its signature is not valid")
        # Some names end in a number that is no version: rundll32, regsvr32.
        host = next((name for name in (base, stem) if name in SCRIPT_HOSTS), None)
        if host is not None:
            reasons.append(f"{host} runs whatever script it is given")
        if any(stem.startswith(tool) for tool in REMOTE_TOOLS):
            reasons.append("a remote-control or tunnel tool")
        if is_document_program(program_name(facts.parent_process)):
            reasons.append("started by a document or mail program")
    if kind.is_storage and _all_devices(facts):
        reasons.append("storage access that is not tied to one device")
    return reasons


def is_document_program(name: str) -> bool:
    """Whether a program (in small letters, without folder and ending) opens documents or mail."""
    stem = _VERSION.sub("", name)
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
