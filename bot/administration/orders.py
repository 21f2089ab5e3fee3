"""What is typed after `/gatehouse`: who, what, where, until when and why. Reads text, asks nobody."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from bot.cards.messages.administration import REASON_LENGTH
from bot.rules import typed
from bot.rules.typed import Misread, says

_MINUTES = {"m": 1, "h": 60, "d": 24 * 60, "w": 7 * 24 * 60}
_SPAN = re.compile(
    r"(?P<count>[0-9]{1,5})\s*(?P<unit>m|mins?|minutes?|h|hrs?|hours?|d|days?|w|weeks?)", re.IGNORECASE
)
_CLOCK = re.compile(
    r"(?:(?P<day>today|tomorrow)\s+)?(?P<hour>[0-9]{1,2}):(?P<minute>[0-9]{2})", re.IGNORECASE
)
_EXAMPLES = "write for 4h, until 18:00, until tomorrow 09:00 or until 2026-11-20 18:00"


def end_of(span: str, now: datetime) -> datetime | str:
    """The end of `for <span>`, in whole seconds; else what is wrong, for people."""
    found = _SPAN.fullmatch(span.strip())
    if found is None:
        return f"I do not know the span {span!r}; {_EXAMPLES}."
    minutes = int(found["count"]) * _MINUTES[found["unit"][0].lower()]
    if minutes == 0:
        return "A grant of no length gives nothing; name at least a minute, such as 30m."
    return _whole(now + timedelta(minutes=minutes))


def moment_of(said: str, now: datetime, zone: str) -> datetime | str:
    """The time of `until <time>`; without a zone it is the team's, `zone` (an IANA name). Else what is wrong."""
    text = said.strip()
    clock = _CLOCK.fullmatch(text)
    if clock is not None:
        return _by_the_clock(clock, now, ZoneInfo(zone))
    if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
        return f"{text} is a whole day; say the time too, such as {text} 18:00."
    try:
        found = datetime.fromisoformat(text)
        there = found if found.tzinfo else found.replace(tzinfo=ZoneInfo(zone))
        return _whole(there.astimezone(now.tzinfo))
    except ValueError:
        return f"I do not know the time {said!r}; {_EXAMPLES}."
    except OverflowError:
        return f"No calendar reaches as far as {said!r}; {_EXAMPLES}."


def _by_the_clock(clock: re.Match[str], now: datetime, zone: ZoneInfo) -> datetime | str:
    """A time of day: today's or tomorrow's if said, else the next one."""
    hour, minute = int(clock["hour"]), int(clock["minute"])
    if hour > 23 or minute > 59:
        return f"There is no time of day {hour}:{minute:02}."
    today = now.astimezone(zone).date()
    day = today + timedelta(days=1) if (clock["day"] or "").lower() == "tomorrow" else today
    found = datetime.combine(day, time(hour, minute), zone)
    if not clock["day"] and found <= now:
        found = datetime.combine(day + timedelta(days=1), time(hour, minute), zone)
    return found.astimezone(now.tzinfo)


_GRANT_TOO_LONG = (
    "From Slack a grant lasts at most {most}; what has to last longer belongs in the access file."
)


def fault_in(until: datetime, now: datetime, longest: timedelta, too_long: str = _GRANT_TOO_LONG) -> str:
    """Why something given in Slack, a grant where nothing is said, cannot end then; empty when it can."""
    if until <= now:
        return f"{until:%Y-%m-%d %H:%M} UTC is over already."
    if until > now + longest:
        return too_long.format(most=f"{longest.total_seconds() / 86400:g} days")
    return ""


def _whole(at: datetime) -> datetime:
    """Whole seconds: the second of the end is the first without the grant."""
    return at.replace(microsecond=0)


REASON_LEAST = 3
"""Our choice: one letter is no reason."""
MOST_CHARACTERS = 1000
"""Our choice: a reason of 500 characters and the rest."""

GRANT_USAGE = (
    "/gatehouse grant @person <permission or role> at <organization> [for 4h | until 18:00] because <reason>"
)
REVOKE_USAGE = "/gatehouse revoke @person [<permission or role>] [at <organization>] because <reason>"
SUSPEND_USAGE = "/gatehouse suspend @person because <reason>"
LIFT_USAGE = "/gatehouse lift @person because <reason>"
GRANTS_USAGE = "/gatehouse grants [@person]"

_MENTION = re.compile(r"<@(?P<id>[UW][A-Z0-9]{2,30})(?:\|[^>]*)?>")
_KEY = re.compile(r"@?(?P<key>[\w.-]{1,80})")
_BECAUSE = re.compile(r"(?:^|\s)because(?:\s*:)?(?:\s+(?P<reason>.*))?$", re.IGNORECASE)
_END = re.compile(r"\s+(?:for\s+(?P<span>[0-9]+\s*[a-z]+)|until\s+(?P<moment>[^\"]+))$", re.IGNORECASE)
_AT = re.compile(r"""(?:(?P<what>"[^"]*"|.*)\s|^)at\s+(?P<organization>"[^"]*"|.+)""", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Someone:
    """A person as they were typed: a Slack id, or a key of the access file."""

    slack_user_id: str = ""
    key: str = ""

    def __str__(self) -> str:
        return self.slack_user_id or self.key


@dataclass(frozen=True, slots=True)
class Terms:
    """What an end is reckoned with."""

    now: datetime
    zone: str
    """The team's, an IANA name: for times without one."""
    shift: timedelta
    """How long a grant lasts where no end is typed."""
    longest: timedelta


@dataclass(frozen=True, slots=True)
class GrantOrder:
    """Give one permission or role."""

    who: Someone
    what: str
    organization: str
    until: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class RevokeOrder:
    """Take back what was given in Slack; empty `what` and `organization` mean all of it."""

    who: Someone
    what: str
    organization: str
    reason: str


@dataclass(frozen=True, slots=True)
class PersonOrder:
    """Suspend somebody, or lift that."""

    who: Someone
    reason: str


def words_of(text: str) -> str:
    """The text after the command's own word, with what an input field did to it undone."""
    return typed.unmarked(text.replace("\n", " ")).partition(" ")[2].strip()


def read_grant(text: str, terms: Terms) -> GrantOrder | Misread:
    """`@person <permission or role> at <organization> [for … | until …] because …`."""
    read = _read_head(text)
    if isinstance(read, Misread):
        return read
    who, rest, reason = read
    rest, until = _split_end(rest, terms)
    if isinstance(until, Misread):
        return until
    if fault := fault_in(until, terms.now, terms.longest):
        return Misread(fault)
    found = _AT.fullmatch(rest)
    what = unquoted((found["what"] or "") if found else rest)
    if not what:
        return Misread("It does not say which permission or role.")
    if found is None:
        return Misread("It does not say where: add at and the organization's name.")
    return GrantOrder(who, what, unquoted(found["organization"]), until, reason)


def read_revoke(text: str) -> RevokeOrder | Misread:
    """`@person [<permission or role>] [at <organization>] because …`."""
    read = _read_head(text)
    if isinstance(read, Misread):
        return read
    who, rest, reason = read
    found = _AT.fullmatch(rest)
    what, organization = ((found["what"] or ""), found["organization"]) if found else (rest, "")
    return RevokeOrder(who, unquoted(what), unquoted(organization), reason)


def read_person_order(text: str) -> PersonOrder | Misread:
    """`@person because …`."""
    read = _read_head(text)
    if isinstance(read, Misread):
        return read
    who, rest, reason = read
    return Misread(f"I did not understand {rest!r} after the person.") if rest else PersonOrder(who, reason)


def split_person(text: str) -> tuple[Someone, str] | Misread:
    """Who is named at the beginning, and the rest."""
    mention = _MENTION.match(text)
    if mention is not None:
        return Someone(slack_user_id=mention["id"]), text[mention.end() :].strip()
    first, _, rest = text.partition(" ")
    key = _KEY.fullmatch(first)
    if key is None:
        return Misread("It does not say who: begin with a mention, such as @ana.")
    return Someone(key=key["key"]), rest.strip()


def fault_in_reason(reason: str) -> str:
    """Why a reason is none; empty when it is one."""
    if len(reason) > REASON_LENGTH:
        return f"The reason has {len(reason)} characters; {REASON_LENGTH} are enough for anybody to read."
    if len(reason) < REASON_LEAST or not says(reason, REASON_LEAST - 1):
        return "It does not say why: end with because and the reason."
    return ""


def _read_head(text: str) -> tuple[Someone, str, str] | Misread:
    """Person, what stands between, and the reason."""
    if len(text) > MOST_CHARACTERS:
        return Misread(f"That is longer than {MOST_CHARACTERS} characters.")
    split = split_person(text)
    if isinstance(split, Misread):
        return split
    who, rest = split
    told = split_reason(rest)
    return told if isinstance(told, Misread) else (who, *told)


def split_reason(text: str) -> tuple[str, str] | Misread:
    """What stands before `because`, and the reason."""
    because = _BECAUSE.search(text)
    reason = plain_text((because["reason"] or "") if because else "").strip()
    if fault := fault_in_reason(reason):
        return Misread(fault)
    return text[: because.start()].strip() if because else text, reason


def _split_end(rest: str, terms: Terms) -> tuple[str, datetime | Misread]:
    """Takes the end off the text; one shift where none is said."""
    found = _END.search(rest)
    if found is None:
        return rest, (terms.now + terms.shift).replace(microsecond=0)
    said = (
        end_of(found["span"], terms.now)
        if found["span"]
        else moment_of(found["moment"], terms.now, terms.zone)
    )
    return rest[: found.start()], Misread(said) if isinstance(said, str) else said


def unquoted(text: str) -> str:
    """A name without quotation marks around it."""
    return plain_text(text).strip().strip('"').strip()


def plain_text(text: str) -> str:
    """Slack's three escaped characters as they were typed."""
    for entity, character in (("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&")):
        text = text.replace(entity, character)
    return text
