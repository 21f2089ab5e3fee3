"""A proposal of a policy: which one, how far, on what evidence, and what it would have saved. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime, timedelta

from bot.models.base import Instant, Record
from bot.models.policies import PolicyPlace
from bot.models.presses import Actor
from bot.models.requests import Signer
from permissions import Reach

CASES_TOLD = 10
"""Approvals that a proposal lists (our choice; the record has them all)."""
PLACES_TOLD = 3
"""Computer groups up to which one policy each is proposed; more of them are the organization (our choice)."""

_VERSIONS = re.compile(
    r"(?<![xX\d])\d+(?:[._-]\d+)+"  # 4.1, 12_0; not x86_64
    r"|(?<![^\\/ _.(-])(?<!x86_)\d+(?![^\\/ _.)])"  # a number by itself: not 7-Zip, app64
    r"|(?<=[\\/ _.-][vV])\d+"
)
_SERVER = re.compile(r"(?i)^(?:\\\\\?\\UNC\\|\\\\|//|\\Device\\Mup\\)[^\\/]+[\\/]+[^\\/]+")
"""A server and its share: another one is another place, in whose hands nobody knows."""
_SHARED = frozenset(
    {
        *(
            "",
            "*",
            "program files",
            "program files (x86)",
            "programdata",
            "windows",
            "users",
            "documents and settings",
        ),
        *(
            "appdata",
            "local",
            "locallow",
            "roaming",
            "programs",
            "desktop",
            "documents",
            "downloads",
            "temp",
            "tmp",
        ),
        *(
            "applications",
            "library",
            "home",
            "opt",
            "usr",
            "bin",
            "sbin",
            "private",
            "var",
            ".local",
            "lib",
            "share",
        ),
        *("system32", "syswow64", "common files"),
    }
)
"""Folders in which many makers' software lies: a number below one of them may be a name (360, 010 Editor, 115)."""
_NAMES_NO_PRODUCT = frozenset(
    {
        *(
            "setup",
            "install",
            "installer",
            "update",
            "updater",
            "uninstall",
            "uninstaller",
            "unins",
            "upgrade",
        ),
        *(
            "app",
            "main",
            "run",
            "start",
            "launch",
            "launcher",
            "helper",
            "autorun",
            "bootstrap",
            "bootstrapper",
        ),
        *("client", "server", "service", "agent", "program", "tool", "package", "msi", "v", ""),
    }
)
"""File names that every maker uses: the folder above has to name the product, where one does."""
_DRIVE = re.compile(r"(?i)^(?:\\\\[?.]\\)?[a-z]:")
"""A drive, also in the long form of a path."""
_WINDOWS_USER = re.compile(r"(?i)^((?:\\\\[?.]\\)?[a-z]:[\\/](?:users|documents and settings)[\\/])[^\\/]+")
_POSIX_USER = re.compile(r"^(/(?:users|home)/)[^/]+", re.IGNORECASE)


class ProposedCase(Record):
    """One approval by hand that the proposed policy would have saved."""

    case_id: str = ""
    at: Instant
    by: str
    computer_id: str = ""
    """Empty where the note of that time did not keep it."""
    computer_name: str = ""
    computer_group: PolicyPlace | None = None
    """None: the portal does not tell the computer's group (any more)."""


class RulePattern(Record):
    """How the proposed policy would recognize the software: never by a hash alone, which every update changes."""

    path: str
    signer: str = ""
    """Empty for unsigned software."""
    signer_valid: bool | None = None
    """None: nothing is signed, or the portal does not say."""
    why_not: str = ""
    """Why nothing but its hash recognizes it safely, as a sentence: then no policy is proposed, and `path` is empty."""


class Proposal(Record):
    """What the escalation team is asked to make a policy of."""

    name: str
    application_id: str = ""
    """The application that the earlier approvals made; empty where the portal has none that fits."""
    application_name: str = ""
    rule: RulePattern
    reach: Reach | None
    """The narrowest that would have covered the cases; None where it is not known."""
    places: tuple[PolicyPlace, ...] = ()
    """One policy for each; empty where the reach is not known."""
    reach_why: str
    """What the reach rests on, in words."""
    cases: tuple[ProposedCase, ...] = ()
    """The newest first, at most CASES_TOLD."""
    approvals: int
    """How many there were in the window."""
    saved: int
    """Presses that the policy would have saved: every approval after the first."""
    within_days: int
    ends_at: Instant
    proposed_at: Instant
    proposed_by: Actor | None = None
    """None: by the rule; else who asked for it."""
    declined_by: Actor | None = None
    declined_at: Instant | None = None
    declined_because: str = ""


class Software(Record):
    """What a proposal is about, as the newest case tells it."""

    file_name: str
    product: str = ""
    path: str
    in_closed_folder: bool = False
    """Only administrators are known to write where it lies: else an unsigned file's path recognizes anything."""
    signers: tuple[Signer, ...] = ()
    application_id: str = ""
    application_name: str = ""
    organization_id: str
    organization_name: str


def proposal_of(
    software: Software,
    approvals: Sequence[ProposedCase],
    *,
    now: datetime,
    within: timedelta,
    lasts: timedelta,
    present: Sequence[ProposedCase] = (),
    by: Actor | None = None,
) -> Proposal:
    """The policy that would have spared these approvals by hand.

    `approvals` are those that still stand, one of each decision, newest first; `within` is the window they were counted
    over, `lasts` how long the policy is proposed for. `present` are requests that wait now, or that one of those
    decided as well: they are to be covered, and not counted.
    """
    reach, places, why = narrowest([*approvals, *present], software)
    name = software.application_name or software.product or software.file_name
    return Proposal(
        name=f"Permit {name}",
        application_id=software.application_id,
        application_name=software.application_name,
        rule=rule_of(software),
        reach=reach,
        places=places,
        reach_why=why,
        cases=tuple(approvals[:CASES_TOLD]),
        approvals=len(approvals),
        saved=max(0, len(approvals) - 1),
        within_days=within.days,
        ends_at=now + lasts,
        proposed_at=now,
        proposed_by=by,
    )


def narrowest(
    cases: Sequence[ProposedCase], software: Software
) -> tuple[Reach | None, tuple[PolicyPlace, ...], str]:
    """The narrowest reach that takes in every computer of the cases, its places, and why."""
    if not cases:
        return None, (), "no approval by hand is known to go by"
    if any(not one.computer_id for one in cases):
        return None, (), "it is not known for every approval which computer it was for"
    computers = {one.computer_id: one.computer_name for one in cases}
    if len(computers) == 1:
        [(computer_id, computer_name)] = computers.items()
        place = PolicyPlace(reach=Reach.COMPUTER, applies_to_id=computer_id, name=computer_name)
        return Reach.COMPUTER, (place,), "it was always the same computer"
    groups = {one.computer_group.applies_to_id: one.computer_group for one in cases if one.computer_group}
    if any(one.computer_group is None for one in cases):
        return None, (), "the portal does not tell the computer group of every computer"
    if len(groups) == 1:
        return Reach.COMPUTER_GROUP, tuple(groups.values()), "every computer is in it"
    if len(groups) <= PLACES_TOLD:
        return (
            Reach.COMPUTER_GROUP,
            tuple(groups.values()),
            f"the computers are in {len(groups)} computer groups",
        )
    place = PolicyPlace(
        reach=Reach.ORGANIZATION, applies_to_id=software.organization_id, name=software.organization_name
    )
    return Reach.ORGANIZATION, (place,), f"the computers are in {len(groups)} computer groups"


def rule_of(software: Software) -> RulePattern:
    """Signer and product first; a path as it lies only where ordinary users cannot write. Or why there is no rule."""
    signers = sorted(software.signers, key=lambda signer: signer.valid, reverse=True)
    signer, is_valid = (signers[0].subject, signers[0].valid) if signers else ("", None)
    why_not = "" if software.application_id else _why_no_rule(software, is_valid)
    by_product = bool(is_valid) and not software.in_closed_folder
    pattern = product_pattern(software.path) if by_product else path_pattern(software.path)
    return RulePattern(
        path="" if why_not else pattern,
        signer=signer,
        signer_valid=is_valid,
        why_not=why_not,
    )


def _why_no_rule(software: Software, is_valid: bool | None) -> str:
    """Why nothing but its hash recognizes software safely; empty where something else does."""
    if is_valid:
        return _why_no_product(software.path)
    what = "It is not signed" if is_valid is None else "Its signature is not valid"
    if not software.path:
        return f"{what}, and the portal names no path: nothing but its hash recognizes it."
    if software.in_closed_folder:
        return ""
    return (
        f"{what}, and its folder is not known to be closed to users: a rule by its path would let in whatever is put "
        "there. Ask its maker for a signed version, or have it installed where only administrators write."
    )


def _why_no_product(path: str) -> str:
    """Why a signed file's path names no product; empty where it does."""
    if not path:
        return "The portal names no path, so that its signer alone would let in everything that this signer signs."
    if path.casefold().endswith(".tmp"):
        return (
            "Its name is a temporary one, made anew each time, so that its signer alone would let in everything that "
            "this signer signs. Approve the installer that unpacks it."
        )
    return ""


def product_pattern(path: str) -> str:
    r"""A signed product's file wherever a person keeps it: `C:\Users\dana\Downloads\zoom-5.1.exe` is `C:\*\zoom-*.exe`.

    A name that every maker uses (`update.exe`) takes the folder along that names the product. The drive stays, and so
    does everything on a server: in whose hands another one is, nobody knows.
    """
    pattern = path_pattern(path)
    kept = _kept_place(pattern)
    if kept > _drive_of(pattern):
        return pattern  # on a server
    beginning, *parts = re.split(r"([\\/])", pattern[kept:])
    if beginning or len(parts) < 4:
        return pattern  # it begins nowhere, or lies in the top folder: there is no folder to be any
    product = "".join(parts[2 * _product_from(parts[1::2]) :][1:])
    return f"{pattern[:kept]}{parts[0]}*{parts[0]}{product}"


def names_product(path: str) -> bool:
    """Whether a pattern's file or the folder that is kept with it tells of a product, and not of any installer."""
    *folders, name = re.split(r"[\\/]", path[_kept_place(path) :])
    is_told = _telling(name.rpartition(".")[0] or name) not in _NAMES_NO_PRODUCT
    return is_told or any(_telling(one) not in _SHARED_TOLD for one in folders)


def _product_from(names: Sequence[str]) -> int:
    """Where in a path the product begins: at its file's name, or at the nearest folder above that names it."""
    *folders, file = names
    if _telling(file.rpartition(".")[0] or file) not in _NAMES_NO_PRODUCT:
        return len(folders)
    people = ("users", "home", "documents and settings")
    for number in range(len(folders) - 1, 0, -1):
        is_person, is_version = folders[number - 1].casefold() in people, "*" in folders[number]
        if not is_person and not is_version and _telling(folders[number]) not in _SHARED_TOLD:
            return number
    return len(folders)


def _telling(name: str) -> str:
    """A name without what its versions change."""
    return re.sub(r"[\d*._ ()-]+", "", name).casefold()


_SHARED_TOLD = frozenset(map(_telling, _SHARED))


def _drive_of(path: str) -> int:
    """How many characters of a path name its drive."""
    drive = _DRIVE.match(path)
    return drive.end() if drive else 0


def _kept_place(path: str) -> int:
    """How many characters name a drive, or a server and its share: another one is another place."""
    server = None if _drive_of(path) else _SERVER.match(path)
    return server.end() if server else _drive_of(path)


def path_pattern(path: str) -> str:
    r"""A path in which each version is any version, and each person's folder anybody's.

    `C:\Users\dana\App 4.1\app.exe` becomes `C:\Users\*\App *\app.exe`. A server, its share, a drive and the name of a
    product or its maker stay what they are: `\\10.20.30.40\deploy` is no other server, 7-Zip no other maker's.
    """
    anybody = _POSIX_USER.sub(r"\1*", _WINDOWS_USER.sub(r"\1*", path))
    kept = _kept_place(anybody)
    anywhere = re.sub(r"\*+", "*", _VERSIONS.sub("*", anybody[kept:]))
    return anybody[:kept] + _with_names(anybody[kept:], anywhere)


def _with_names(path: str, pattern: str) -> str:
    """The pattern with the numbers kept that are all there is of a name: `C:\\*\\*.exe` is anybody's anything.

    A folder may be any version only below one that names a product or its maker; a file has to keep a name.
    """
    told, made = re.split(r"([\\/])", path), re.split(r"([\\/])", pattern)
    is_named = False
    for place in range(0, len(made), 2):
        is_file = place == len(made) - 1
        fixed = (made[place].rpartition(".")[0] or made[place]) if is_file else made[place]
        is_nothing = not fixed.strip("vV*._-() ")
        if (is_file and is_nothing) or (not is_named and made[place].startswith(("*", "v*", "V*"))):
            made[place] = told[place]
        is_named = is_named or made[place].casefold() not in _SHARED
    return "".join(made)
