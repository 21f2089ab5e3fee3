"""What is unusual: each rule once, with what it says, whom it calls and when it speaks.

What is unusual is never approved by one press, and is said on the card. Only some of it is worth calling somebody: a
rule that is often harmless calls nobody, and closes one press all the same.

    a request ──┐
    evidence  ──┼──> spoken ──> without what is silenced ──> the card, the calls, one press, the record
    the record ─┘
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, NamedTuple, assert_never

from bot.models import Case, Evidence, Finding, RequestEntry, RequestFacts, Rules, Seen
from bot.models.base import digest_told
from bot.models.requests import LINUX, MACOS
from bot.models.unusual import Spoke, UnusualRule
from bot.rules import known_programs
from bot.rules.file_places import file_name, is_loose_folder, program_name, resolved
from bot.rules.habits import Arrival, burst, is_first_elevation, never_asks_then
from bot.rules.kinds import traits_of
from bot.rules.plans import Calls
from bot.rules.vulnerable_driver_files import DIGITS, VULNERABLE_FILES
from bot.rules.vulnerable_drivers import VULNERABLE_DRIVERS
from permissions import account

KNOWN_BAD = "the file is known to be bad"
_INSTALLER = re.compile(r"(?i)^[a-z]:\\windows\\installer\\")


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What our own record tells besides the request and its evidence. Empty: nothing was looked up yet."""

    arrivals: Mapping[str, Sequence[Arrival]] = field(default_factory=dict)
    """What the case's computers (by id) asked for lately, its own requests included."""
    asked: Sequence[datetime] = ()
    """When the organization asked before."""
    own_elevations: Mapping[str, int] = field(default_factory=dict)
    """Decided elevations here of each account (by its reduced name) that asks."""
    elevations: int = 0
    """Decided elevations in the organization."""
    zone: str = ""
    """In which the organization's hours are told. Empty: that of `[escalation]`."""


@dataclass(frozen=True, slots=True)
class Look:
    """One open request, with everything that a rule may look at."""

    entry: RequestEntry
    evidence: Evidence | None
    known: Known
    rules: Rules

    @property
    def facts(self) -> RequestFacts:
        """What is asked."""
        return self.entry.facts

    @property
    def signed_by(self) -> list[str]:
        """The signers in small letters."""
        return [signer.subject.casefold() for signer in self.facts.signers]

    @property
    def is_windows(self) -> bool:
        """Names and folders of Windows mean something."""
        return self.facts.os_type not in (MACOS, LINUX)


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleTraits:
    """What one rule is."""

    says: str
    """Its sentence, in our own words alone."""
    speaks: Callable[[Look], bool | str]
    """Whether it speaks; a text says it more exactly than `says`."""
    calls: Calls | None = None
    """Whom it calls at once; None: nobody, since it is often harmless, or somebody was called anyway."""


class Spoken(NamedTuple):
    """A rule that spoke about a request, and its words."""

    rule: UnusualRule
    request_id: str
    words: str

    @property
    def calls(self) -> bool:
        """Whether somebody is called for it."""
        return rule_traits(self.rule).calls is not None


_NOTHING: Final = Known()
_DEFAULTS: Final = Rules()


def spoken(
    case: Case, evidence: Evidence | None, known: Known = _NOTHING, rules: Rules = _DEFAULTS
) -> tuple[Spoken, ...]:
    """Every rule that speaks about an open request of a case, silenced or not; those switched off never do."""
    looks = [Look(entry, evidence, known, rules) for entry in case.open_requests]
    told = ((rule, look, _says(rule, look)) for rule in UnusualRule for look in looks)
    return tuple(Spoken(rule, look.facts.request_id, words) for rule, look, words in told if words)


def _says(rule: UnusualRule, look: Look) -> str:
    """A rule's words about one request; empty where it does not speak."""
    if rule in look.rules.unusual.off:
        return ""
    traits = rule_traits(rule)
    told = traits.speaks(look)
    return told if isinstance(told, str) else traits.says if told else ""


def speaking(
    case: Case, rules: Rules, now: datetime | None = None, *, even_silenced: bool = False
) -> tuple[UnusualRule, ...]:
    """The rules that speak about a case as it stands: by its requests, its evidence and what was looked up last.

    `now` None (a place without a clock) takes every silence to be in force.
    """
    told = {(one.rule.value, one.request_id) for one in spoken(case, case.evidence, rules=rules)}
    told |= {(one.rule, one.request_id) for one in case.spoke}
    if not even_silenced:
        quiet = (one for one in case.spoke if one.quiet_until and (now is None or now < one.quiet_until))
        told -= {(one.rule, one.request_id) for one in quiet}
    still_open = {entry.facts.request_id for entry in case.open_requests}
    named = {rule for rule, request_id in told if request_id in still_open}
    return tuple(rule for rule in UnusualRule if rule.value in named and rule not in rules.unusual.off)


def spoken_at_once(case: Case, rules: Rules) -> Case:
    """The case with what its requests alone tell: it is looked up only after the card is there."""
    known = {(one.rule, one.request_id) for one in case.spoke}
    told = ((one.rule.value, one.request_id) for one in spoken(case, None, rules=rules))
    new = (
        Spoke(rule=rule, request_id=request_id)
        for rule, request_id in told
        if (rule, request_id) not in known
    )
    return case.model_copy(update={"spoke": (*case.spoke, *new)})


# --- the rules ------------------------------------------------------------------------------------


def _unsigned_loose(look: Look) -> bool:
    return _is_software(look) and not look.facts.signers and is_loose_folder(look.facts.path)


def _unsigned_installer(look: Look) -> bool:
    lies_there = _INSTALLER.match(resolved(look.facts.path))
    return _is_software(look) and not look.facts.signers and bool(lies_there)


def _signature_invalid(look: Look) -> bool:
    return _is_software(look) and any(not signer.valid for signer in look.facts.signers)


def _script_host(look: Look) -> str:
    host = known_programs.script_host(program_name(look.facts.path), look.signed_by)
    return f"{host} runs whatever script it is given" if host and _is_software(look) else ""


def _remote_tool(look: Look) -> bool:
    named = known_programs.is_remote_tool(program_name(look.facts.path), look.signed_by)
    product = look.evidence.product if look.evidence is not None else ""
    return _is_software(look) and (named or known_programs.is_remote_product(product))


def _vulnerable_driver(look: Look) -> str:
    if not _is_software(look):
        return ""
    told = {
        one[:DIGITS]
        for one in (digest_told(look.facts.sha256), digest_told(look.facts.hash))
        if len(one) == 64
    }
    if VULNERABLE_FILES & {one.casefold() for one in told}:
        return "this very file is a driver that is known to hand the kernel to attackers"
    is_named = file_name(look.facts.path) in VULNERABLE_DRIVERS
    return "called like a driver that is known to hand the kernel to attackers" if is_named else ""


def _renamed(look: Look) -> bool:
    is_named = known_programs.is_renamed(program_name(look.facts.path), look.signed_by)
    return _is_windows_software(look) and is_named


def _look_alike(look: Look) -> bool:
    return _is_windows_software(look) and known_programs.is_look_alike(file_name(look.facts.path))


def _system_name_elsewhere(look: Look) -> bool:
    name, path = file_name(look.facts.path), resolved(look.facts.path)
    return _is_windows_software(look) and known_programs.is_system_name_elsewhere(name, path)


def _doubled_ending(look: Look) -> bool:
    return _is_software(look) and known_programs.is_doubled(file_name(look.facts.path))


def _hidden_ending(look: Look) -> bool:
    return _is_software(look) and known_programs.hides_ending(look.facts.path)


def _from_document(look: Look) -> bool:
    parent = program_name(look.facts.parent_process)
    return _is_software(look) and known_programs.is_document_program(parent)


def _known_bad(look: Look) -> str:
    evidence = look.evidence
    is_bad = evidence is not None and evidence.known_bad is Finding.YES
    return (evidence.known_bad_note or KNOWN_BAD) if evidence is not None and is_bad else ""


def _elevation_unseen(look: Look) -> bool:
    evidence = look.evidence
    if evidence is None or not traits_of(look.facts.kind).elevates:
        return False
    never = evidence.seen in (Seen.NEVER, Seen.NEW_VERSION)
    return never and evidence.already_approved is not Finding.YES


def _first_elevation(look: Look) -> bool:
    who = account(look.facts.requestor).name
    if not who or not traits_of(look.facts.kind).elevates:
        return False
    own = look.known.own_elevations.get(who)
    return own is not None and is_first_elevation(own, look.known.elevations)


def _storage_everyone(look: Look) -> bool:
    device = look.facts.device
    return traits_of(look.facts.kind).is_storage and (device is None or not device.serial_number)


def _burst(look: Look) -> str:
    rule = look.rules.bursts
    arrivals = look.known.arrivals.get(look.facts.computer_id, ())
    files = burst(arrivals, files=rule.files, within=rule.within) if _is_software(look) else ()
    if arrival_of(look.entry).file not in files:
        return ""
    minutes = round(rule.within.total_seconds() / 60)
    return f"one of {len(files)} files that this computer asked for within {minutes} minutes"


def _odd_hours(look: Look) -> bool:
    zone = look.known.zone or look.rules.escalation.zone
    return never_asks_then(look.known.asked, look.entry.clock_from, zone)


def _is_software(look: Look) -> bool:
    return traits_of(look.facts.kind).is_software


def _is_windows_software(look: Look) -> bool:
    return look.is_windows and _is_software(look)


def arrival_of(entry: RequestEntry) -> Arrival:
    """A request as one of what its computer asked for."""
    return Arrival(entry.clock_from, digest_told(entry.facts.hash) or resolved(entry.facts.path))


_ON_DUTY: Final = Calls.ON_DUTY
_UNSIGNED_LOOSE: Final = RuleTraits(
    says="unsigned, and started from a temporary or download folder",
    speaks=_unsigned_loose,
)
_UNSIGNED_INSTALLER: Final = RuleTraits(
    # Part of many honest installations.
    says="unsigned, and in the folder that Windows keeps its installers in",
    speaks=_unsigned_installer,
)
_SIGNATURE_INVALID: Final = RuleTraits(
    says="its signature is not valid", speaks=_signature_invalid, calls=_ON_DUTY
)
_SCRIPT_HOST: Final = RuleTraits(
    says="it runs whatever script it is given", speaks=_script_host, calls=_ON_DUTY
)
_REMOTE_TOOL: Final = RuleTraits(says="a remote-control or tunnel tool", speaks=_remote_tool, calls=_ON_DUTY)
_VULNERABLE_DRIVER: Final = RuleTraits(
    says="a driver that is known to hand the kernel to attackers", speaks=_vulnerable_driver, calls=_ON_DUTY
)
_RENAMED: Final = RuleTraits(
    says="called like a well-known program, and not signed by its maker", speaks=_renamed, calls=_ON_DUTY
)
_LOOK_ALIKE: Final = RuleTraits(
    says="called nearly like a well-known program", speaks=_look_alike, calls=_ON_DUTY
)
_SYSTEM_NAME_ELSEWHERE: Final = RuleTraits(
    says="called like a program of Windows, outside of its folder",
    speaks=_system_name_elsewhere,
    calls=_ON_DUTY,
)
_DOUBLED_ENDING: Final = RuleTraits(
    says="a document's ending before a program's", speaks=_doubled_ending, calls=_ON_DUTY
)
_HIDDEN_ENDING: Final = RuleTraits(
    says="characters in its name that hide its ending", speaks=_hidden_ending, calls=_ON_DUTY
)
_FROM_DOCUMENT: Final = RuleTraits(
    says="started by a document or mail program", speaks=_from_document, calls=_ON_DUTY
)
_KNOWN_BAD: Final = RuleTraits(says=KNOWN_BAD, speaks=_known_bad, calls=_ON_DUTY)
_ELEVATION_UNSEEN: Final = RuleTraits(
    # One call with that for its arrival, in the hours of those who take elevation requests.
    says="elevation is asked for software that was never seen here",
    speaks=_elevation_unseen,
    calls=_ON_DUTY,
)
_FIRST_ELEVATION: Final = RuleTraits(
    says="the first elevation that this person asks for here, as far back as the record goes",
    speaks=_first_elevation,
)
_STORAGE_EVERYONE: Final = RuleTraits(
    says="storage access that is not tied to one device", speaks=_storage_everyone, calls=_ON_DUTY
)
_BURST: Final = RuleTraits(
    # An installer with its children is one as well; the burst's own card shows it.
    says="one of many files that this computer asked for at once",
    speaks=_burst,
)
_ODD_HOURS: Final = RuleTraits(
    says="asked at an hour at which this organization never asks",
    speaks=_odd_hours,
    calls=_ON_DUTY,
)


def rule_traits(rule: UnusualRule) -> RuleTraits:  # noqa: C901, PLR0912 - an entry each
    """The entry of a rule. No dictionary: of a `match` the type checker sees that an entry is missing."""
    match rule:
        case UnusualRule.UNSIGNED_LOOSE:
            return _UNSIGNED_LOOSE
        case UnusualRule.UNSIGNED_INSTALLER:
            return _UNSIGNED_INSTALLER
        case UnusualRule.SIGNATURE_INVALID:
            return _SIGNATURE_INVALID
        case UnusualRule.SCRIPT_HOST:
            return _SCRIPT_HOST
        case UnusualRule.REMOTE_TOOL:
            return _REMOTE_TOOL
        case UnusualRule.VULNERABLE_DRIVER:
            return _VULNERABLE_DRIVER
        case UnusualRule.RENAMED:
            return _RENAMED
        case UnusualRule.LOOK_ALIKE:
            return _LOOK_ALIKE
        case UnusualRule.SYSTEM_NAME_ELSEWHERE:
            return _SYSTEM_NAME_ELSEWHERE
        case UnusualRule.DOUBLED_ENDING:
            return _DOUBLED_ENDING
        case UnusualRule.HIDDEN_ENDING:
            return _HIDDEN_ENDING
        case UnusualRule.FROM_DOCUMENT:
            return _FROM_DOCUMENT
        case UnusualRule.KNOWN_BAD:
            return _KNOWN_BAD
        case UnusualRule.ELEVATION_UNSEEN:
            return _ELEVATION_UNSEEN
        case UnusualRule.FIRST_ELEVATION:
            return _FIRST_ELEVATION
        case UnusualRule.STORAGE_EVERYONE:
            return _STORAGE_EVERYONE
        case UnusualRule.BURST:
            return _BURST
        case UnusualRule.ODD_HOURS:
            return _ODD_HOURS
        case _:
            assert_never(rule)
