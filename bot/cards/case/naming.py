"""What a card calls things: the file, device or site, the signer, people and computers, each in few words."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from urllib.parse import urlsplit

from bot.cards.kit.fitting import brief_name
from bot.cards.kit.words import Run, say
from bot.models import Case, RequestFacts
from bot.rules.kinds import title_of, traits_of
from permissions import Reach

_VERSION = re.compile(r"\d+(?:[._]\d+)*")
_COMMON_NAME = re.compile(r'(?:^|,)\s*(CN|O)\s*=\s*(?:"((?:[^"]|"")*)"|((?:\\.|[^,\\])*))', re.IGNORECASE)

_APPLES = re.compile(r"^Developer ID (?:Application|Installer): (.+ \([A-Z0-9]{10}\))$")
"""How Apple's certificates begin; the maker comes after it, with the id of its team."""


def subject_name(case: Case) -> str:
    """What the case is about, in a word: the file, the device, the site, or the portal's own word for the request."""
    return name_of(case.requests[0].facts)


def kind_title(case: Case) -> str:
    """What kind of request it is, as a card of it is headed."""
    return title_of(case.kind, case.requests[0].facts)


def kind_of(case: Case) -> str:
    """The same before a name: that it is a request says nothing there."""
    return kind_title(case).removesuffix(" request")


def name_of(facts: RequestFacts) -> str:
    """The same of one request."""
    device = facts.device
    named = device.serial_number or device.type if device is not None else ""
    site = _site(facts)
    # A device is asked for with every file on it: `*` would name nothing.
    file = facts.file_name if facts.file_name.strip("*?") else ""
    return site or _extension(facts) or file or named or facts.file_name or facts.action_type


def _site(facts: RequestFacts) -> str:
    """Of a web control request: whose address it is."""
    if not traits_of(facts.kind).names_site:
        return ""
    try:
        return urlsplit(facts.path).hostname or ""
    except ValueError:
        return ""


def _extension(facts: RequestFacts) -> str:
    """A browser keeps an extension in a folder of its id, and there in one of its version: that alone names nothing."""
    parts = re.split(r"[\\/]", facts.path.rstrip("\\/"))
    if not facts.is_extension or len(parts) < 2 or not _VERSION.fullmatch(parts[-1]):
        return ""
    return f"{parts[-2]} {parts[-1]}"


def signer_name(subject: str) -> str:
    """The name in a certificate's subject, `CN=Fabrikam Inc, O=…`; the subject itself where it names none."""
    named: dict[str, str] = {}
    for kind, quoted, plain in _COMMON_NAME.findall(subject):
        named.setdefault(kind.upper(), re.sub(r"\\(.)", r"\1", (quoted or plain).strip()))
    name = named.get("CN") or named.get("O") or subject
    return _APPLES.sub(r"\1", name) or name


def reach_runs(reach: Reach, group: str = "") -> list[Run]:
    """How far an approval goes; `group` is the name of a computer group or a global group, where it is known."""
    match reach:
        case Reach.COMPUTER:
            return [say("this computer")]
        case Reach.ORGANIZATION:
            return [say("the entire organization")]
        case _:
            kind = "computer group" if reach is Reach.COMPUTER_GROUP else "global group"
            return [say(f"the {kind} "), brief_name(group, 3, 24)] if group else [say(f"a {kind}")]


def counted(names: Iterable[str], words: int, chars: int) -> list[Run]:
    """“Dana and 8 more”: the first by name, however many they are. Nothing at all reads “(not given)”."""
    known = [name for name in dict.fromkeys(names) if name]
    return counted_all(known or [""], words, chars)


def counted_all(names: Sequence[str], words: int = 2, chars: int = 22, *, small: bool = False) -> list[Run]:
    """The same of names that may be alike: two computers of one name are two. `small`: “WS-001 +8”."""
    runs = [brief_name(names[0], words, chars)]
    left = len(names) - 1
    return [*runs, say(f" +{left}" if small else f" and {left} more")] if left else runs
