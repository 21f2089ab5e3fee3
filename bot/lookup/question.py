"""What somebody asked after `/blocked`, read without asking anybody: which subject, how far back, where."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from bot.rules import typed

DEFAULT_SPAN = timedelta(hours=24)
"""Our choice: a block that somebody calls about is seldom older than a day."""
LONGEST_SPAN = timedelta(days=30)
"""Our choice: a longer look reads more rows than anybody reads, and the portal is asked page by page."""

_UNIT_WORDS = {"m": "minute", "h": "hour", "d": "day", "w": "week"}
_UNIT_MINUTES = {"m": 1, "h": 60, "d": 24 * 60, "w": 7 * 24 * 60}
_SPAN = re.compile(
    r"(?P<count>[0-9]+)\s*(?P<unit>m|mins?|minutes?|h|hrs?|hours?|d|days?|w|weeks?)", re.IGNORECASE
)
_DAYS = ("today", "yesterday")
_AT_END = re.compile(rf"(?:^|\s)(?P<span>{'|'.join(_DAYS)}|{_SPAN.pattern})$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Span:
    """Between two aware times; `words` is how it is said, after a comma."""

    start: datetime
    end: datetime
    words: str


@dataclass(frozen=True, slots=True)
class SpanRefused:
    """A span that is understood and not searched."""

    why: str


def next_second(at: datetime) -> datetime:
    """The first whole second after a time: portal and paging count whole seconds, and the newest row must be in."""
    return at.replace(microsecond=0) + timedelta(seconds=1)


def default_span(now: datetime) -> Span:
    """What is searched when the question names no span."""
    return Span(now - DEFAULT_SPAN, now, "the last 24 hours")


def split_span(text: str, now: datetime, zone: str) -> tuple[str, Span | SpanRefused | None]:
    """The text without a span at its end, and that span; None where it does not end in one.

    `today` and `yesterday` are days in `zone`, an IANA name: the team's, not the reader's, and it is said.
    """
    found = _AT_END.search(text)
    if found is None:
        return text, None
    rest, said = text[: found.start()].rstrip(), found["span"].lower()
    if said in _DAYS:
        return rest, _day(said, now, zone)
    return rest, _length(int(found["count"]), found["unit"].lower()[0], now)


def _length(count: int, unit: str, now: datetime) -> Span | SpanRefused:
    minutes = count * _UNIT_MINUTES[unit]
    if minutes == 0:
        return SpanRefused("A span of nothing holds nothing. Name at least a minute, such as 30m.")
    if minutes > LONGEST_SPAN // timedelta(minutes=1):
        return SpanRefused("A look-up goes back 30 days at most. For more, use the portal's Unified Audit.")
    plural = "" if count == 1 else f"{count} "
    word = _UNIT_WORDS[unit] if count == 1 else f"{_UNIT_WORDS[unit]}s"
    return Span(now - timedelta(minutes=minutes), now, f"the last {plural}{word}")


def _day(word: str, now: datetime, zone: str) -> Span:
    local = now.astimezone(ZoneInfo(zone))
    midnight = datetime.combine(local.date(), time(), local.tzinfo)
    if word == "today":
        return Span(midnight.astimezone(now.tzinfo), now, f"today ({zone})")
    before = datetime.combine(local.date() - timedelta(days=1), time(), local.tzinfo)
    return Span(before.astimezone(now.tzinfo), midnight.astimezone(now.tzinfo), f"yesterday ({zone})")


MOST_CHARACTERS = 300
"""Our choice: a Windows path has 260 by default, and the question must fit into a paging button's value."""
LEAST_CHARACTERS = 2
"""Our choice: one letter is part of nearly every name."""


class Subject(StrEnum):
    """What the question is about."""

    COMPUTER = "computer"
    USER = "user"
    PATH = "path"
    HASH = "hash"
    NAME = "name"
    """A bare word: a computer if one has that name, else a user."""


@dataclass(frozen=True, slots=True)
class BlockQuestion:
    """A question that was understood."""

    subject: Subject
    value: str
    span: Span
    organization: str = ""
    """A name typed after `in`; empty means wherever the asker may look."""
    unsure: str = ""
    """How else it may be meant, and how to ask for that; then finding nothing is no answer to the question."""

    @property
    def asked(self) -> str:
        """The question as it is repeated to the asker."""
        return self.value if self.subject is Subject.NAME else f"{self.subject} {self.value}"


@dataclass(frozen=True, slots=True)
class NotUnderstood:
    """A question that was not, and why, for the asker."""

    why: str


_PREFIXED = re.compile(r"(?P<prefix>computer|user|path|hash):\s*(?P<rest>.*)", re.IGNORECASE)
_QUOTED = re.compile(r'"(?P<value>[^"]*)"(?P<tail>(?:\s.*)?)')
_IN = re.compile(r"(?:(?P<head>.*)\s)?in\s+(?P<organization>[^\\/*]+)", re.IGNORECASE)
_HASH = re.compile(r"[0-9A-Fa-f]{32}|[0-9A-Fa-f]{40}|[0-9A-Fa-f]{64}")
_SHOUTED = re.compile(r"\d\s*[MHDW]\b")
"""A span in capitals may be a part of a name: “Studio 3D”."""
_HEXADECIMAL = re.compile(r"[0-9A-Fa-f]+")
_ACCOUNT = re.compile(r"[^\\]+\\[^\\]+")
_FILE_NAME = re.compile(
    r".+\.(?:exe|dll|msi|msix|msp|sys|ocx|cpl|scr|hta|bat|cmd|ps1|psm1|vbs|js|wsf|jar|py|sh|lnk|reg|tmp"
    r"|app|pkg|dmg|dylib|command|crx|zip|iso)",
    re.IGNORECASE,
)
"""File names by the endings that get blocked. `.com` is not among them: computers have such names, too."""
_NET_NAME = re.compile(r".+\.(?:app|sh|py|zip)", re.IGNORECASE)
"""Endings that host names have as well."""
_DRIVE_WITHIN = re.compile(r"(?<=[\s(\[<'])[A-Za-z]:\\")
_AFTER_ENDING = re.compile(r"(\S[^*?]*\.[A-Za-z0-9]{2,4})\s+\S[^\\/]*")
_STARRED = re.compile(r"\*[^*]+\*")


def parse_question(text: str, now: datetime, zone: str) -> BlockQuestion | NotUnderstood:
    """Read `<computer | user | path | hash> [span] [in <organization>]`; `zone` is where today begins."""
    clean = clean_text(text)
    if isinstance(clean, NotUnderstood):
        return clean
    prefix, rest = _split_prefix(clean)
    value, tail = _split_quoted(rest)
    if value is None:
        value, tail = "", rest
    elif prefix is None:
        prefix, value = _split_prefix(value)
    if (
        prefix is not None
        and not value
        and clean.endswith(f":{rest}")
        and not _split_tail(rest, now, zone)[0]
    ):
        # Written in one with its prefix it is the name, though it looks like a span: computer:24h.
        value, tail = rest, ""
    remainder, span, organization = _split_tail(tail, now, zone)
    if isinstance(span, SpanRefused):
        return NotUnderstood(span.why)
    if value and remainder:
        return NotUnderstood(f"After the quotation marks I did not understand {remainder!r}.")
    if not value and not remainder and tail:
        return NotUnderstood(
            f'It does not say which computer, user, path or hash. If {tail} is a name, ask "{tail}".'
        )
    found = _about(prefix, value or remainder, bool(value), span or default_span(now), organization)
    if isinstance(found, BlockQuestion) and not value and _SHOUTED.search(tail) and remainder != tail:
        return replace(found, unsure=f'I took its end for a span. If it belongs to the name, ask "{tail}".')
    return found


def clean_text(text: str) -> str | NotUnderstood:
    """The typed text without Slack's escapes and links; refused if too long or not fit to be seen."""
    # The portal compares characters: a letter and its accent in two are another text than the one character.
    plain = unicodedata.normalize("NFC", typed.plain(text, stars_are_patterns=True))
    if len(plain) > MOST_CHARACTERS:
        return NotUnderstood(
            f"That is longer than {MOST_CHARACTERS} characters. Put * for a part of the path."
        )
    if not plain.isprintable():
        return NotUnderstood("There are invisible characters in it. Put * in their place.")
    return plain


def _split_prefix(text: str) -> tuple[Subject | None, str]:
    found = _PREFIXED.fullmatch(text)
    return (Subject(found["prefix"].lower()), found["rest"]) if found else (None, text)


def _split_quoted(text: str) -> tuple[str | None, str]:
    """What stands in quotation marks at the beginning, and what follows."""
    found = _QUOTED.fullmatch(text)
    return (found["value"].strip(), found["tail"].strip()) if found else (None, text)


def _split_tail(text: str, now: datetime, zone: str) -> tuple[str, Span | SpanRefused | None, str]:
    """Takes span and organization off the end, in either order."""
    rest, span = split_span(text, now, zone)
    rest, organization = _split_organization(rest)
    if span is None and organization:
        rest, span = split_span(rest, now, zone)
    return rest, span, organization


def _split_organization(text: str) -> tuple[str, str]:
    """“… in Contoso”. What holds a slash or a wildcard is part of a path and no organization's name."""
    found = _IN.fullmatch(text)
    if not found:
        return text, ""
    return (found["head"] or "").rstrip(), found["organization"].strip().strip('"')


def _about(
    prefix: Subject | None, value: str, quoted: bool, span: Span, organization: str
) -> BlockQuestion | NotUnderstood:
    if not value:
        return NotUnderstood("It does not say which computer, user, path or hash.")
    if '"' in value:
        return NotUnderstood("A quotation mark is left over; put the whole name or path between two of them.")
    if value.startswith(("<@", "<#", "<!")):
        return NotUnderstood(
            "A Slack name says nothing to the portal. Write the user's name on the computer."
        )
    if prefix is None and _STARRED.fullmatch(value) and _HASH.fullmatch(value[1:-1]):
        value = value[1:-1]
    subject = prefix or _kind_of(value, quoted=quoted)
    if why := _fault_in(subject, value, named=quoted or prefix is not None):
        return NotUnderstood(why)
    if subject is Subject.USER:
        value = value.partition("@")[0] or value
    unsure = "" if prefix else _other_reading(subject, value)
    return BlockQuestion(subject, value, span, organization, unsure or _other_signs(value))


def _kind_of(value: str, *, quoted: bool) -> Subject:
    """Which kind of subject a value without a prefix looks like."""
    if _HASH.fullmatch(value):
        return Subject.HASH
    if quoted and "/" in value and not value.startswith("/") and not re.search(r"[*\\:]", value):
        return Subject.NAME
    if "/" in value or "*" in value or value.count("\\") > 1 or re.match(r"[A-Za-z]:\\|\\", value):
        return Subject.PATH
    if _FILE_NAME.fullmatch(value):
        return Subject.PATH
    if _ACCOUNT.fullmatch(value) or "@" in value:
        return Subject.USER
    return Subject.PATH if "\\" in value else Subject.NAME


def _other_reading(subject: Subject, value: str) -> str:
    """What else a value without a prefix may be, where its look does not settle it; empty where it does."""
    if subject is Subject.PATH and _STARRED.fullmatch(value):
        bare = value[1:-1]
        return f'I took it for a part of a path, and no such path was blocked. If the stars only mark it, ask "{bare}".'
    is_loose = not re.match(r"[A-Za-z]:|/", value) and "\\" not in value
    if subject is Subject.PATH and is_loose and ("/" in value or "*" in value or _NET_NAME.fullmatch(value)):
        return (
            "I took it for a part of a path, and no such path was blocked. "
            f'For a computer ask computer:"{value}".'
        )
    bare = _bare(subject, value)
    if bare != value and len(bare) >= LEAST_CHARACTERS:
        return f'I looked for all of {value}, whatever stands around the name included. If it does not, ask "{bare}".'
    return ""


def _other_signs(value: str) -> str:
    """That a name may be meant with plainer signs than were typed or pasted; empty where there are none."""
    plainer = typed.plainer(value)
    if plainer == value:
        return ""
    return (
        f'I looked for the very signs that were typed. If the name has those of a keyboard, ask "{plainer}".'
    )


def _bare(subject: Subject, value: str) -> str:
    """The value without what people write around a name: marks, brackets, a list's sign, words before and after it."""
    if subject is Subject.PATH:
        drive = _DRIVE_WITHIN.search(value)
        value = value[drive.start() :] if drive else value
        ending = _AFTER_ENDING.fullmatch(value)
        value = ending[1] if ending else value
    elif subject is Subject.USER and " " in value:
        value = next((word for word in value.split() if "\\" in word or "@" in word), value)
    if value[:1] + value[-1:] in ("()", "__", "~~"):
        value = value[1:-1]
    begin, end = 0, len(value)
    while begin < end and _is_around(value[begin]):
        begin += 1
    while begin < end and _is_around(value[end - 1]):
        end -= 1
    return value[begin:end]


def _is_around(character: str) -> bool:
    """Whether names hardly begin or end with it."""
    return not character.isalnum() and character not in "$*\\/%()_~"


def _fault_in(subject: Subject, value: str, *, named: bool) -> str:
    """Why a value cannot be searched; empty when it can. `named`: a prefix or quotation marks say what it is."""
    if len(value.replace("*", "")) < LEAST_CHARACTERS:
        return f"That is too short: name at least {LEAST_CHARACTERS} characters besides *."
    if subject is Subject.HASH and not _HASH.fullmatch(value):
        return f"A hash has 32, 40 or 64 hexadecimal digits; this has {len(value)} characters."
    if subject is Subject.USER and "*" in value:
        return "A user is found by a part of the name; leave the * out."
    if subject is Subject.NAME and not named and " " in value:
        return 'A name with blanks goes between quotation marks, and a span looks like 2h or 3d: "front desk" 2h.'
    if subject is Subject.NAME and len(value) > 32 and _HEXADECIMAL.fullmatch(value):
        return f"It looks like a hash, but a hash has 32, 40 or 64 digits; this has {len(value)}."
    return ""
