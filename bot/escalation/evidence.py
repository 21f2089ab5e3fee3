"""What can be found out about a case after its card was posted, and whether it is unusual enough to call at once."""

from __future__ import annotations

from collections.abc import Sequence

import structlog

from bot import lifecycle
from bot.cards import messages
from bot.desk import Amendment, Desk, amend, escalation_message, event_of, look
from bot.escalation.unusual import unusual_reasons
from bot.models import (
    Case,
    EarlierDecision,
    Effect,
    Evidence,
    Finding,
    Kind,
    RequestEntry,
    RequestFacts,
    Seen,
    Sighting,
    TakenDue,
    Verb,
)
from bot.portal import (
    AlreadyApproved,
    Coverage,
    MatchingApplication,
    PermitDetails,
    PortalError,
    already_approved,
)

log = structlog.get_logger()

_WORRYING = 4
"""The portal's concern rating from which on the research is taken as “known bad” (1 is harmless, 5 the worst)."""
_SHOWN = 5
"""Earlier decisions that are shown (our choice)."""


async def gather(desk: Desk, taken: TakenDue, case: Case) -> None:
    """Ask the portal and our own history about a case; a check that fails is said, and made again later."""
    if not case.open_requests:
        await amend(desk, case.case_id, lambda _: None, taken=taken)
        return
    first = case.open_requests[0]
    failed: list[str] = []
    sighting, details = await _read(desk, first, failed)
    evidence = await _evidence(desk, case, first.facts, details, failed)

    def make(current: Case) -> Amendment | None:
        if not current.is_open:
            return None
        fuller = _fuller(current, sighting)
        reasons = unusual_reasons(fuller, evidence)
        found = evidence.model_copy(
            update={"revision": case.revision if fuller is current else fuller.revision}
        )
        after = lifecycle.add_evidence(fuller, found, reasons, desk.rules)
        facts = _facts(evidence, reasons) | _new_facts(current, fuller)
        event = event_of("evidence_gathered", None, current, facts=facts)
        return Amendment(after, [event], _pings(desk, current, after))

    await amend(desk, case.case_id, make, taken=taken)


def _new_facts(before: Case, after: Case) -> dict[str, object]:
    """The digests of facts that the whole request told and the list had not."""
    digests = {
        entry.facts.request_id: entry.facts.digest
        for entry, old in zip(after.requests, before.requests, strict=True)
        if entry.facts != old.facts
    }
    return {"revision": after.revision, "facts_digests": digests} if digests else {}


async def _read(
    desk: Desk, entry: RequestEntry, failed: list[str]
) -> tuple[Sighting | None, PermitDetails | None]:
    facts = entry.facts
    try:
        _, sighting = await look(desk, facts)
        if sighting.facts.kind not in (Kind.APPLICATION, Kind.ELEVATION):
            return sighting, None
        return sighting, await desk.portal.permit_details(facts.request_id, facts.organization_id)
    except PortalError as error:
        log.warning("evidence_not_read", request_id=facts.request_id, why=str(error))
        failed.append("the portal's details of the request")
        return None, None


def _fuller(case: Case, sighting: Sighting | None) -> Case:
    """What the list left out and the request alone tells."""
    if (
        sighting is None
        or case.entry(sighting.facts.request_id) is None
        or not lifecycle.fits(case, sighting.facts)
    ):
        return case
    return lifecycle.change_facts(case, sighting)


async def _evidence(
    desk: Desk, case: Case, facts: RequestFacts, details: PermitDetails | None, failed: list[str]
) -> Evidence:
    earlier = await _earlier(desk, facts)
    since = desk.now() - desk.rules.repeats_within
    matches = await _matches(desk, details, failed)
    approved = await already_approved(desk.portal, details, now=desk.now()) if details else None
    bad, note = await _research(desk, matches, failed)
    seen, seen_note = _seen(case, earlier, matches, failed)
    return Evidence(
        checked_at=desk.now(),
        seen=seen,
        seen_note=seen_note,
        already_approved=_finding(approved),
        already_approved_by=(approved.policy_name or approved.application_name) if approved else "",
        known_bad=bad,
        known_bad_note=note,
        product=matches[0].application_name if matches else "",
        earlier=tuple(earlier[:_SHOWN]),
        hand_approvals=sum(1 for one in earlier if one.verb is Verb.APPROVE and one.at >= since),
        failed=tuple(failed),
    )


async def _earlier(desk: Desk, facts: RequestFacts) -> list[EarlierDecision]:
    """Decisions on this software, newest first; those on this very file are marked."""
    since = desk.now() - max(desk.rules.keep_closed_for, desk.rules.repeats_within)
    by_key = [await desk.ledger.earlier_decisions(key, since) for key in lifecycle.history_keys(facts)]
    same = {(one.at, one.by) for one in by_key[0]} if facts.hash else set()
    software = [one.model_copy(update={"same_file": (one.at, one.by) in same}) for one in by_key[-1]]
    known = {(one.at, one.by) for one in software}
    rest = [one for one in by_key[0] if (one.at, one.by) not in known]
    return sorted([*software, *rest], key=lambda one: one.at, reverse=True)


async def _matches(
    desk: Desk, details: PermitDetails | None, failed: list[str]
) -> tuple[MatchingApplication, ...]:
    if details is None:
        return ()
    try:
        return await desk.portal.matching_applications(details)
    except PortalError as error:
        log.warning("matches_not_read", why=str(error))
        failed.append("matching applications")
        return ()


async def _research(
    desk: Desk, matches: Sequence[MatchingApplication], failed: list[str]
) -> tuple[Finding, str]:
    """What the portal's research says of the product, where it has a page about it."""
    researched = next(
        (match.research_application_id for match in matches if match.research_application_id), None
    )
    if researched is None:
        return Finding.UNKNOWN, ""
    try:
        details = await desk.portal.research_details(researched)
    except PortalError as error:
        log.warning("research_not_read", why=str(error))
        failed.append("the portal's research")
        return Finding.UNKNOWN, ""
    rating = _rating(details.concern_rating) if details is not None else None
    if details is None or rating is None:
        return Finding.UNKNOWN, ""
    if rating >= _WORRYING:
        return Finding.YES, f"the portal's research rates {details.product_name} {rating} of 5 for concern"
    return Finding.NO, ""


def _rating(text: str) -> int | None:
    """The number that a rating begins with; the portal's text has no published form."""
    digits = text.strip()[:1]
    return int(digits) if digits.isdecimal() else None


def _seen(
    case: Case,
    earlier: Sequence[EarlierDecision],
    matches: Sequence[MatchingApplication],
    failed: Sequence[str],
) -> tuple[Seen, str]:
    """A new version of known software is never-seen, and says so; what could not be asked stays unknown."""
    if any(one.same_file and one.verb is Verb.APPROVE for one in earlier):
        return Seen.BEFORE, "this very file was approved here before"
    own = [match for match in matches if not match.is_built_in]
    if own:
        return Seen.BEFORE, f"it belongs to the application {own[0].application_name} here"
    if any(one.verb is Verb.APPROVE for one in earlier):
        return Seen.NEW_VERSION, "the software was approved here before, but not this file"
    if failed or case.kind not in (Kind.APPLICATION, Kind.ELEVATION):
        return Seen.UNKNOWN, ""
    return Seen.NEVER, ""


def _finding(approved: AlreadyApproved | None) -> Finding:
    if approved is None or approved.coverage is Coverage.UNKNOWN:
        return Finding.UNKNOWN
    return Finding.YES if approved.coverage is Coverage.YES else Finding.NO


def _facts(evidence: Evidence, reasons: Sequence[str]) -> dict[str, object]:
    return {
        "seen": evidence.seen.value,
        "already_approved": evidence.already_approved.value,
        "known_bad": evidence.known_bad.value,
        "hand_approvals": evidence.hand_approvals,
        "failed": list(evidence.failed),
        "unusual": list(reasons),
    }


def _pings(desk: Desk, before: Case, after: Case) -> list[Effect]:
    """The unusual is pinged at once, and once; a policy that is due as well."""
    effects = []
    new = [reason for reason in after.unusual if reason not in before.unusual]
    if new:
        said = messages.unusual_ping(after, desk.on_duty(), desk.permalink(after))
        again = f":{len(after.unusual)}" if before.unusual else ""
        effects.append(escalation_message(after, f"unusual:{after.case_id}{again}", said))
        desk.metrics.escalated("unusual")
    if after.policy_due and not before.policy_due and after.evidence is not None:
        effects.append(_policy_ping(desk, after, after.evidence))
    return effects


def _policy_ping(desk: Desk, case: Case, evidence: Evidence) -> Effect:
    """Once for a piece of software in an organization and a counting window, however often it is asked for."""
    days = desk.rules.repeats_within.days
    software = lifecycle.history_keys(case.requests[0].facts)[-1]
    window = desk.now().toordinal() // max(1, days)
    said = messages.policy_due(
        case, desk.on_duty(), desk.permalink(case), approvals=evidence.hand_approvals, days=days
    )
    desk.metrics.escalated("policy due")
    return escalation_message(case, f"policy_due:{software}:{window}", said)
