"""What the requests themselves tell: who signed, where the file lies, what started it. Every open request counts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bot.models import Check, CheckFinding, CheckName, CheckSource, RequestFacts
from bot.rules.file_places import is_loose_folder, is_protected_folder, program_name
from bot.rules.unusual import SCRIPT_HOSTS, is_document_program

OK, BAD, UNKNOWN = CheckFinding.OK, CheckFinding.BAD, CheckFinding.UNKNOWN

_RUN_FROM_MAIL = frozenset({"cscript", "mshta", "regsvr32", "rundll32", "wscript"})
"""Script hosts that hardly anything but an attachment or an attack starts programs with (our choice)."""
_BROWSERS = frozenset({"brave", "chrome", "firefox", "iexplore", "msedge", "opera", "safari", "vivaldi"})
_WORST = (BAD, UNKNOWN, OK)
_NO_PATH, _NO_PARENT = "the request names no path", "the request names no parent process"


def signer_check(facts: Sequence[RequestFacts], at: datetime) -> Check:
    """Whether the file is signed, and the signature holds. Unsigned is bad only in a loose folder (our choice)."""
    finding, note = _worst(map(_signer, facts))
    return _of_requests(CheckName.SIGNER, finding, note, at)


def _signer(facts: RequestFacts) -> tuple[CheckFinding, str]:
    if any(not signer.valid for signer in facts.signers):
        return BAD, "the signature is not valid"
    if facts.signers:
        return OK, f"valid signature of {facts.signers[0].subject}"
    if is_loose_folder(facts.path):
        return BAD, "unsigned, and started from a temporary or download folder"
    return UNKNOWN, "unsigned"


def path_check(facts: Sequence[RequestFacts], at: datetime) -> Check:
    """Whether ordinary users can write where the file lies. That alone closes nothing: installers are downloaded."""
    finding, note = _worst(map(_path, facts))
    return _of_requests(CheckName.PATH, finding, note, at, found_nothing=note == _NO_PATH)


def _path(facts: RequestFacts) -> tuple[CheckFinding, str]:
    if not facts.path:
        return UNKNOWN, _NO_PATH
    if is_loose_folder(facts.path):
        return UNKNOWN, "a temporary or download folder"
    if is_protected_folder(facts.path):
        return OK, "a folder that only administrators write to"
    return UNKNOWN, "a folder that its user may be able to write to"


def parent_check(facts: Sequence[RequestFacts], at: datetime) -> Check:
    """What started it: a document, a mail or a script starting a program is how attacks begin."""
    finding, note = _worst(map(_parent, facts))
    return _of_requests(CheckName.PARENT, finding, note, at, found_nothing=note == _NO_PARENT)


def _parent(facts: RequestFacts) -> tuple[CheckFinding, str]:
    if not facts.parent_process:
        return UNKNOWN, _NO_PARENT
    parent = program_name(facts.parent_process)
    if is_document_program(parent):
        return BAD, f"started by {parent}, a document or mail program"
    if parent in SCRIPT_HOSTS:
        return _script_parent(parent, facts)
    if parent in _BROWSERS:
        return UNKNOWN, f"started by {parent}, a web browser"
    if is_loose_folder(facts.parent_process):
        return UNKNOWN, f"started by {parent}, from a temporary or download folder"
    return OK, f"started by {parent}"


def _script_parent(parent: str, facts: RequestFacts) -> tuple[CheckFinding, str]:
    """A script host as parent: bad where it hardly ever is right, or where the file is loose or unsigned as well."""
    note = f"started by {parent}, which runs whatever script it is given"
    if parent in _RUN_FROM_MAIL or not facts.signers or is_loose_folder(facts.path):
        return BAD, note
    return UNKNOWN, note


def _worst(
    found: Sequence[tuple[CheckFinding, str]] | map[tuple[CheckFinding, str]],
) -> tuple[CheckFinding, str]:
    """The finding that counts where several requests tell different things: the worst, with its note."""
    return min(found, key=lambda one: _WORST.index(one[0]))


def _of_requests(
    name: CheckName, finding: CheckFinding, note: str, at: datetime, *, found_nothing: bool = False
) -> Check:
    return Check(
        name=name,
        finding=finding,
        note=note,
        source=CheckSource.REQUEST,
        checked_at=at,
        found_nothing=found_nothing,
    )
