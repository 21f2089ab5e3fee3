"""Whether the narrow approval may be one press, and when what it rests on has to be found out again."""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.models.base import digest_told
from bot.models.cases import Case, RequestEntry
from bot.models.evidence import Check, CheckFinding, Evidence, Finding, Seen
from bot.models.requests import Standing
from bot.models.rules import Rules
from bot.models.unusual import UnusualRule
from bot.rules.file_places import is_loose_folder
from bot.rules.kinds import traits_of
from bot.rules.unusual import KNOWN_BAD, rule_traits, speaking

TRIES = 3
"""Tries after which a check that the settings require counts as missing (our choice: about six minutes)."""
_FIRST_RETRY = timedelta(minutes=2)
_LONGEST_RETRY = timedelta(minutes=30)
"""When checks that failed are made again: twice as late each time (our choice)."""


def why_not_one_press(case: Case, rules: Rules, now: datetime | None = None) -> str:
    """Why one press may not approve, in our own words alone; empty if it may.

    `now` None leaves the age of the checks out: for a place that has no clock. A press always has one.
    """
    against = _by_facts(case) or _by_findings(case, rules) or _unusual(case, rules, now)
    return against or (overdue(case, rules, now) if now else "")


def _by_facts(case: Case) -> str:
    """What the requests themselves say against it, before anything was found out."""
    if not case.hash:
        return "the request carries no file hash"
    if not digest_told(case.hash):
        return "what the portal gives as the file's hash is no digest of a file"
    if case.policy_due:
        return "a policy is due, and an approval needs a justification"
    facts = [entry.facts for entry in case.open_requests]
    if len({tuple(sorted(signer.subject for signer in one.signers)) for one in facts}) > 1:
        return "the requests name different signers for the same file"
    if any(not signer.valid for one in facts for signer in one.signers):
        return "the signature is not valid"
    if any(
        traits_of(one.kind).is_software and not one.signers and is_loose_folder(one.path) for one in facts
    ):
        return "the file is unsigned and was started from a temporary or download folder"
    return ""


def speaks_against(case: Case, entry: RequestEntry, rules: Rules) -> frozenset[str]:
    """Everything that speaks against one request's file, by name: to tell what is new from what was looked at before.

    Of a decided one as it stood while it waited. That a policy is due says nothing of the file.
    """
    waiting = entry.model_copy(update={"standing": Standing.PENDING})
    one = case.model_copy(update={"requests": (waiting,), "policy_due": False})
    bad = one.evidence.found(CheckFinding.BAD) if one.evidence is not None else ()
    unusual = (str(rule) for rule in speaking(one, rules, even_silenced=True))
    return frozenset({*filter(None, [_by_facts(one)]), *unusual, *(check.name.value for check in bad)})


def _by_findings(case: Case, rules: Rules) -> str:
    if case.evidence is None:
        return ""
    if case.evidence.known_bad is Finding.YES:
        return KNOWN_BAD
    bad = case.evidence.found(CheckFinding.BAD)
    against = [check.name.words for check in bad if check.name in rules.evidence.closes]
    return f"checks speak against it ({', '.join(against)})" if against else ""


def _unusual(case: Case, rules: Rules, now: datetime | None) -> str:
    """Also by the requests alone, and so at once: a card may be pressed before its evidence is there."""
    told = [f"{rule}: {rule_traits(rule).says}" for rule in speaking(case, rules, now)]
    if told:
        return f"it is unusual ({'; '.join(told)})"
    return why_not_elevate(case, rules) if case.evidence is not None else ""


def why_not_elevate(case: Case, rules: Rules, *, already_approved: bool | None = None) -> str:
    """Why one press may not give rights yet: software is looked up before that, for what was never seen is unusual.

    Without any evidence yet it is asked at the press alone, which knows whether the software may run anyway.
    """
    evidence = case.evidence
    is_asked = traits_of(case.kind).elevates and UnusualRule.ELEVATION_UNSEEN not in rules.unusual.off
    is_known = evidence is not None and (
        evidence.seen is not Seen.UNKNOWN or evidence.already_approved is Finding.YES
    )
    if is_known or already_approved or not is_asked:
        return ""
    return "whether it was seen here before is not known yet"


def overdue(case: Case, rules: Rules, now: datetime) -> str:
    """Why the checks are too old, or missing, for one press; empty while they are good, and for a closed case."""
    if not case.is_open:
        return ""
    evidence = case.evidence
    if evidence is None or not evidence.checks:
        looked_at = evidence.checked_at if evidence else case.opened_at
        return _too_old(rules) if now - looked_at > rules.evidence.max_age else ""
    required = [check for check in evidence.checks if check.name in rules.evidence.required]
    missing = [check.name.words for check in required if not check.is_made]
    if missing and evidence.tries >= TRIES:
        return f"what is required could not be checked yet ({', '.join(missing)}); it is tried again now"
    if any(check.is_made and now - check.checked_at > rules.evidence.max_age for check in required):
        return _too_old(rules)
    return ""


def _too_old(rules: Rules) -> str:
    minutes = round(rules.evidence.max_age.total_seconds() / 60)
    span = f"{minutes // 60} hours" if minutes % 60 == 0 and minutes >= 120 else f"{minutes} minutes"
    return f"the checks are older than {span}; they are made again now"


def checks_due_at(case: Case, rules: Rules, now: datetime) -> datetime | None:
    """When to look (again): at once what is new, with growing pauses what failed, in good time what grows old."""
    if not case.is_open:
        return None
    evidence = case.evidence
    if evidence is None or evidence.revision < case.revision:
        return now
    renewed = _oldest(evidence, rules) + rules.evidence.max_age * 5 / 6
    if not evidence.failed:
        return renewed
    pause: timedelta = _FIRST_RETRY * int(2 ** min(max(evidence.tries - 1, 0), 10))
    return evidence.checked_at + min(pause, _LONGEST_RETRY)


def _oldest(evidence: Evidence, rules: Rules) -> datetime:
    """The time of the oldest check that the settings require."""
    required: list[Check] = [one for one in evidence.checks if one.name in rules.evidence.required]
    return min((check.checked_at for check in required if check.is_made), default=evidence.checked_at)
