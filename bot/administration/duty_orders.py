"""What is typed after `/gatehouse oncall` to change who is on call. Reads text, asks nobody."""

from __future__ import annotations

import re
from dataclasses import dataclass

from bot.administration.orders import (
    MOST_CHARACTERS,
    Someone,
    split_person,
    split_reason,
    unquoted,
)
from bot.rules.typed import Misread

TAKE_USAGE = "/gatehouse oncall take <tier or rota> [until 18:00 | for 4h] [because <reason>]"
SWAP_USAGE = "/gatehouse oncall swap <tuesday | turn> with @person [for <friday | turn>] [on <rota>] [because <reason>]"
OVERRIDE_USAGE = "/gatehouse oncall override <rota> <when> @person [because <reason>]"
AWAY_USAGE = "/gatehouse oncall away [@person] <when> [because <reason>]"
DROP_USAGE = "/gatehouse oncall drop [<id>] [because <reason>]"


@dataclass(frozen=True, slots=True)
class TakeOrder:
    """Have the turn of a rota from now on."""

    named: str
    """A tier or a rota."""
    span: str = ""
    """As it was typed; empty: until the turn would end anyway."""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class SwapOrder:
    """Offer a time of one's own for one of somebody else's."""

    mine: str
    who: Someone
    theirs: str = ""
    """Empty: the same hours of their next day."""
    rota: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class OverrideOrder:
    """Put somebody on call for a time."""

    rota: str
    span: str
    who: Someone
    reason: str = ""


@dataclass(frozen=True, slots=True)
class AwayOrder:
    """Somebody is out of office; None: who says so."""

    span: str
    who: Someone | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class DropOrder:
    """Take one of these back; without an id the only one of one's own."""

    duty_id: str
    reason: str = ""


_BECAUSE = re.compile(r"(?:^|\s)because\b", re.IGNORECASE)
_WITH = re.compile(r"(?P<mine>.+?)\s+with\s+(?P<who>\S+)(?P<rest>(?:\s.*)?)", re.IGNORECASE)
_FOR_ON = re.compile(r"\s*(?:for\s+(?P<theirs>.+?))?(?:\s*\bon\s+(?P<rota>[\w-]+))?\s*", re.IGNORECASE)
_OVERRIDE = re.compile(r"(?P<rota>[\w-]+)\s+(?P<span>.+?)\s+(?P<who>\S+)")


def read_take(text: str) -> TakeOrder | Misread:
    """`<tier or rota> [until … | for …] [because …]`."""
    told = _with_reason(text)
    if isinstance(told, Misread):
        return told
    order, reason = told
    named, _, span = order.partition(" ")
    if not named:
        return Misread("It does not say which tier or rota.")
    return TakeOrder(unquoted(named), unquoted(span), reason)


def read_swap(text: str) -> SwapOrder | Misread:
    """`<when> with @person [for <when>] [on <rota>] [because …]`."""
    told = _with_reason(text)
    if isinstance(told, Misread):
        return told
    order, reason = told
    found = _WITH.fullmatch(order)
    rest = _FOR_ON.fullmatch(found["rest"]) if found else None
    if found is None or rest is None:
        return Misread("It does not say which time of yours, and with whom.")
    who = _someone(found["who"])
    if isinstance(who, Misread):
        return who
    return SwapOrder(unquoted(found["mine"]), who, unquoted(rest["theirs"] or ""), rest["rota"] or "", reason)


def take_chosen(rota: str, until: str, reason: str) -> TakeOrder:
    """As the form has it: its field for the end asks for a time, so that `until` need not be typed."""
    span = until if not until or until.casefold().startswith(("until ", "for ")) else f"until {until}"
    return TakeOrder(rota, span, reason)


def read_override(text: str) -> OverrideOrder | Misread:
    """`<rota> <when> @person [because …]`."""
    told = _with_reason(text)
    if isinstance(told, Misread):
        return told
    order, reason = told
    found = _OVERRIDE.fullmatch(order)
    if found is None:
        return Misread("It does not say which rota, when, and who has the turn then.")
    who = _someone(found["who"])
    return (
        who
        if isinstance(who, Misread)
        else OverrideOrder(found["rota"], unquoted(found["span"]), who, reason)
    )


def read_away(text: str) -> AwayOrder | Misread:
    """`[@person] <when> [because …]`."""
    told = _with_reason(text)
    if isinstance(told, Misread):
        return told
    order, reason = told
    who: Someone | None = None
    if order.startswith(("<@", "@")):
        split = split_person(order)
        if isinstance(split, Misread):
            return split
        who, order = split
    if not order:
        return Misread("It does not say when.")
    return AwayOrder(unquoted(order), who, reason)


def read_drop(text: str) -> DropOrder | Misread:
    """`[<id>] [because …]`."""
    told = _with_reason(text)
    if isinstance(told, Misread):
        return told
    order, reason = told
    if " " in order:
        return Misread(f"I did not understand {order[:60]!r} after drop.")
    return DropOrder(unquoted(order), reason)


def _with_reason(text: str) -> tuple[str, str] | Misread:
    """What stands before `because`, and the reason, which may be left out."""
    if len(text) > MOST_CHARACTERS:
        return Misread(f"That is longer than {MOST_CHARACTERS} characters.")
    return split_reason(text) if _BECAUSE.search(text) else (text.strip(), "")


def _someone(word: str) -> Someone | Misread:
    split = split_person(word)
    return split if isinstance(split, Misread) else split[0]
