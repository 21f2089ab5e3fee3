r"""Whose an account is: a portal account, a directory name, a UPN or mail address, held against a person's names.

All of them are reduced alike before they are compared: what stands before `\`, `/`, `:` or `|` (no account's name
holds one) and after `@` is cut, case is folded, width, accents, quotation marks and invisible characters are taken
out. `NORTHWIND\Ana.Silva`, `ana.silva@northwind.example` and `ana.silva` are one. That takes two people of one name in
two domains for one, and may refuse one of them the other's request; the other way round it would let somebody approve
their own.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple

from permissions.access import Access, Person


class Whose(StrEnum):
    """Whose an account is, as far as one person is concerned."""

    OWN = "own"
    ANOTHERS = "anothers"
    UNTOLD = "untold"
    """It cannot be told apart from the person's own."""


class Account(NamedTuple):
    """An account's name, and the domain or realm that was written with it; both reduced, empty where not given."""

    name: str
    domain: str
    form: str
    """`\\` for a directory name, `@` for a UPN or mail address, empty for a bare name."""


# A SID, a GUID and a distinguished name say nothing about the person to whoever does not know them by heart.
_OPAQUE = re.compile(
    r"(?P<sid>s-1-\d+(-\d+)*)|(?P<guid>\{?[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\}?)|(?P<dn>(cn|uid|ou|dc) ?=.*)",
    re.DOTALL,
)
_UNSEEN = frozenset(
    "\N{HANGUL FILLER}\N{HANGUL CHOSEONG FILLER}\N{HANGUL JUNGSEONG FILLER}\N{BRAILLE PATTERN BLANK}"
)
"""Letters and a symbol that nobody sees; Unicode counts them among what is seen."""
_LEFT_OUT = frozenset({"Mn", "Me", "Cf", "Cc", "Cn", "Co"})
_CUTS = "\\/:|"
"""What ends a domain, a scheme or a claim before the name; Windows allows none of them in an account's name."""
# What a domain controller, a service manager or a scheduler runs as (our list of Windows, macOS and Linux names).
_NOBODY = frozenset(
    {
        "system",
        "localsystem",
        "local system",
        "local service",
        "localservice",
        "network service",
        "networkservice",
    }
    | {
        "root",
        "daemon",
        "nobody",
        "anonymous logon",
        "everyone",
        "s-1-5-18",
        "s-1-5-19",
        "s-1-5-20",
        "n/a",
        "unknown",
        "-",
    }
)
_GUEST = "#ext#"


@lru_cache(maxsize=4096)
def account(text: str) -> Account:
    """The account that this text names, reduced."""
    written = folded(text).strip("\"' ")
    if is_opaque(written):
        return Account(written, "", "")
    domain, slash, rest = _cut_domain(written)
    name, at, realm = rest.partition("@")
    if _GUEST in name:  # a guest of another directory: ana.silva_northwind.example#ext#@contoso…
        name, _, realm = name.partition(_GUEST)[0].rpartition("_")
        name, at = (name, "@") if name else (realm, "")
    if not name:
        return Account(rest, domain, "\\" if slash else "")
    return Account(name.strip(), realm if at else domain, "@" if at else "\\" if slash else "")


def folded(text: str) -> str:
    """A text as names are compared: no case, width, accents or invisible characters, blanks as one."""
    plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", text).casefold())
    kept = "".join(
        each
        for each in plain
        if each in "\t\n" or (each not in _UNSEEN and unicodedata.category(each) not in _LEFT_OUT)
    )
    return " ".join(unicodedata.normalize("NFKC", kept).casefold().split())


def _cut_domain(written: str) -> tuple[str, str, str]:
    """`domain`, the last sign that ends one, and what follows it."""
    place = max(map(written.rfind, _CUTS))
    return ("", "", written) if place < 0 else (written[:place], written[place], written[place + 1 :])


def is_opaque(written: str) -> bool:
    """Whether it is an account in a form that names nobody to a reader: a SID, a GUID, a distinguished name."""
    return _form(written) != ""


def has_readable_name(person: Person) -> bool:
    """Whether the file knows an account of theirs by name: a SID alone tells no request under a name apart."""
    return any(not is_opaque(account(each).name) for each in person.portal_names)


def _form(written: str) -> str:
    """In which opaque form an account stands, such as `sid`; empty for a name."""
    found = _OPAQUE.fullmatch(written) if written not in _NOBODY else None
    return next((form for form, value in found.groupdict().items() if value), "") if found else ""


def is_nobodys(text: str) -> bool:
    """Whether it is an account that no person signs in with: the system, a service, a computer, or none at all."""
    name = account(text).name
    return not name or name in _NOBODY or name.endswith("$") or folded(text).startswith("nt service\\")


def names_of(person: Person) -> frozenset[str]:
    """Every reduced name that the access file knows a person's accounts by."""
    return frozenset(account(each).name for each in (*person.portal_names, *person.emails)) | _called(person)


def _called(person: Person) -> frozenset[str]:
    """The person's name as an account may bear it, with and without blanks. One word alone is no one's own."""
    name = folded(person.name)
    return frozenset({name, name.replace(" ", "")}) if " " in name else frozenset()


def whose(text: str, person: Person, access: Access, more_names: Iterable[str] = ()) -> Whose:
    """Whose the account of a request is for this person; `more_names` are further names that are surely theirs.

    Any name of theirs is enough to call it their own. To call it another's, the file must know a portal name of theirs
    in the same form (a name, a SID, a GUID, a distinguished name), or whose account it is.
    """
    wanted = account(text).name
    theirs = names_of(person).union(account(each).name for each in more_names)
    if wanted and wanted in theirs:
        return Whose.OWN
    if any(_form(account(each).name) == _form(wanted) for each in person.portal_names):
        return Whose.ANOTHERS
    return Whose.ANOTHERS if wanted and _is_somebody_elses(wanted, person, access) else Whose.UNTOLD


def _is_somebody_elses(wanted: str, person: Person, access: Access) -> bool:
    """Whether the file says that it is the portal account of somebody else."""
    others = (each for each in access.persons if each.person_id != person.person_id)
    return any(wanted == account(name).name for other in others for name in other.portal_names)
