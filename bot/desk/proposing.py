"""A policy proposed from what was approved by hand: the earlier cases and the computers' groups are read here."""

from __future__ import annotations

from collections.abc import Sequence

import structlog

from bot.desk.desk import Desk
from bot.desk.saying import event_of
from bot.models import (
    Actor,
    ApplicationUse,
    Case,
    EarlierDecision,
    Event,
    PolicyPlace,
    Press,
    Proposal,
    ProposedCase,
    RequestEntry,
    Software,
    Standing,
    Verb,
    proposal_of,
)
from bot.portal import PortalError
from bot.rules.file_places import is_protected_folder
from bot.rules.remembering import as_decisions
from permissions import Reach

log = structlog.get_logger()

_COMPUTERS_ASKED_ABOUT = 20
"""Computers whose group is asked of the portal for one proposal (our choice); more are the organization anyway."""


def standing_approvals(earlier: Sequence[EarlierDecision]) -> list[EarlierDecision]:
    """The approvals that were not taken back since, nor overruled in the portal, in the order given."""
    last = {one.request_id: one for one in sorted(earlier, key=lambda one: one.at)}
    return [
        one
        for one in earlier
        if one.verb is Verb.APPROVE
        and not one.taken_back
        and (not one.request_id or last[one.request_id] is one)
    ]


def proposal_event(name: str, press: Press | None, case: Case, proposal: Proposal) -> Event:
    """What was proposed, on which evidence; names and free words for the retention time only."""
    facts: dict[str, object] = {
        "reach": proposal.reach.value if proposal.reach else "unknown",
        "approvals": proposal.approvals,
        "application_id": proposal.application_id,
        "case_ids": [one.case_id for one in proposal.cases],
    }
    told = {"name": proposal.name, "because": proposal.declined_because}
    private = {key: value for key, value in told.items() if value}
    return event_of(name, press, case, facts=facts, private=private)


async def proposed_before(desk: Desk, earlier: Sequence[EarlierDecision]) -> tuple[Proposal, ...]:
    """What was proposed for this software in the window of the rules, and is remembered with its decisions."""
    since = desk.now() - desk.rules.repeats.within
    cases = await desk.ledger.cases({one.case_id for one in earlier if one.case_id})
    found = (stored.case.proposal for stored in cases.values())
    return tuple(one for one in found if one is not None and (one.declined_at or one.proposed_at) >= since)


async def proposed(
    desk: Desk, case: Case, earlier: Sequence[EarlierDecision], *, by: Actor | None = None
) -> Proposal:
    """The policy that would have spared the approvals of this case's software in the window of the rules.

    `earlier` are the decisions remembered for the software, newest first. What the portal does not tell makes the
    reach unknown, and says so; nothing is raised for it.
    """
    since = desk.now() - desk.rules.repeats.within
    approvals = [one for one in standing_approvals(earlier) if one.at >= since]
    groups = await _groups(desk, case, approvals)
    cases = await desk.ledger.cases({one.case_id for one in approvals if one.case_id})
    counted = as_decisions(approvals)
    # Whatever else the same press decided is no approval more, and its computer is to be covered all the same.
    beside = [_before(one, groups) for one in approvals if one not in counted]
    return proposal_of(
        _software(case, [stored.case for stored in cases.values()]),
        [_before(one, groups) for one in counted],
        present=[*beside, *(_present(entry, groups) for entry in case.open_requests)],
        now=desk.now(),
        within=desk.rules.repeats.within,
        lasts=desk.rules.repeats.policy_lasts,
        by=by,
    )


def _before(made: EarlierDecision, groups: dict[str, PolicyPlace]) -> ProposedCase:
    """An approval by hand, with the computer that it was for."""
    return ProposedCase(
        case_id=made.case_id,
        at=made.at,
        by=made.by,
        computer_id=made.computer_id,
        computer_name=made.computer_name,
        computer_group=groups.get(made.computer_id),
    )


def _present(entry: RequestEntry, groups: dict[str, PolicyPlace]) -> ProposedCase:
    """A request that waits now: the policy has to take in its computer as well."""
    facts = entry.facts
    return ProposedCase(
        at=entry.first_seen_at,
        by="",
        computer_id=facts.computer_id,
        computer_name=facts.computer_name,
        computer_group=groups.get(facts.computer_id),
    )


async def _groups(desk: Desk, case: Case, approvals: Sequence[EarlierDecision]) -> dict[str, PolicyPlace]:
    """The computer group of each computer, as far as the portal tells it now."""
    ids = dict.fromkeys((*(one.computer_id for one in approvals), *case.computers))
    groups: dict[str, PolicyPlace] = {}
    for computer_id in [one for one in ids if one][:_COMPUTERS_ASKED_ABOUT]:
        try:
            rows = await desk.portal.computers(case.organization_id, computer_id=computer_id)
        except PortalError as error:
            log.warning("computer_group_not_read", computer_id=computer_id, why=str(error))
            return groups
        row = next((one for one in rows if one.computer_id == computer_id), None)
        if row is not None and row.computer_group_id is not None:
            groups[computer_id] = PolicyPlace(
                reach=Reach.COMPUTER_GROUP, applies_to_id=row.computer_group_id, name=row.computer_group_name
            )
    return groups


def _software(case: Case, cases: Sequence[Case]) -> Software:
    """What the proposal is about, with the application that earlier approvals made of it, if one will do."""
    facts = case.requests[0].facts
    application = next((found for one in (case, *cases) if (found := _application(one))), ("", ""))
    return Software(
        file_name=facts.file_name,
        product=case.evidence.product if case.evidence else "",
        path=facts.path,
        in_closed_folder=is_protected_folder(facts.path),
        signers=facts.signers,
        application_id=application[0],
        application_name=application[1],
        organization_id=case.organization_id,
        organization_name=case.organization_name,
    )


def _application(case: Case) -> tuple[str, str] | None:
    """An own application that an approval of ours used and that knows the software by more than one file's hash.

    A policy for an application of a single hash would be void with the next update.
    """
    for entry in case.requests:
        outcome = entry.outcome
        if outcome is None or outcome.attempt is None or entry.standing is not Standing.APPROVED:
            continue
        chosen = outcome.attempt.choice
        by_rule = chosen.rule is not None or chosen.application.use is not ApplicationUse.NEW
        will_do = by_rule and chosen.mode is None and not chosen.application.is_built_in
        if outcome.state.application_id and will_do:
            return outcome.state.application_id, chosen.application.name
    return None
