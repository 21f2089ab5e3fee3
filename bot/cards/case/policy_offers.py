"""Which of a case's approvals made a policy that may still be taken back or promoted, and why the others did not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from bot.cards.kit import blocks, ids
from bot.cards.kit.ids import CaseRef
from bot.cards.kit.limits import Block
from bot.models import (
    Attempt,
    Case,
    CustomRule,
    PolicyAct,
    PolicyPlace,
    PortalState,
    Reach,
    RequestEntry,
    Standing,
    Verb,
    WorkStanding,
)
from bot.rules.kinds import traits_of

NOTHING_PROPOSED = "Nothing is proposed for this case any more."
BY_RULE = "Approve with the proposed rule…"


@dataclass(frozen=True, slots=True)
class Approved:
    """A request that an approval of ours settled, with the policy that the portal names for it."""

    entry: RequestEntry
    state: PortalState
    attempt: Attempt

    @property
    def request_id(self) -> str:
        """The request's portal id."""
        return self.entry.facts.request_id

    @property
    def place(self) -> PolicyPlace:
        """Where the policy must apply if it is the one that was approved."""
        facts, choice = self.entry.facts, self.attempt.choice
        if choice.reach is Reach.ORGANIZATION:
            return PolicyPlace(
                reach=choice.reach, applies_to_id=facts.organization_id, name=facts.organization_name
            )
        if choice.reach is Reach.COMPUTER:
            return PolicyPlace(reach=choice.reach, applies_to_id=facts.computer_id, name=facts.computer_name)
        return PolicyPlace(
            reach=choice.reach, applies_to_id=choice.computer_group_id, name=choice.computer_group_name
        )


def approved_here(case: Case) -> Iterator[Approved]:
    """Every request that an approval of ours settled."""
    for entry in case.held:
        outcome = entry.outcome
        if outcome is None or outcome.attempt is None or entry.standing is not Standing.APPROVED:
            continue
        if outcome.attempt.choice.verb is Verb.APPROVE:
            yield Approved(entry, outcome.state, outcome.attempt)


def why_not(case: Case, approved: Approved, act: PolicyAct) -> str:
    """Why the policy of this approval cannot be changed from here, as far as our own record says; empty if it can."""
    choice = approved.attempt.choice
    if case.redacted_at is not None:
        return "its names were removed when the retention time was over"
    if not approved.state.policy_id:
        return "the portal does not tell which policy came of it"
    if not traits_of(case.kind).has_permit_form or choice.storage is not None or choice.mode is not None:
        return "it was no policy of application control that was approved"
    if choice.reach is Reach.GLOBAL:
        return "it was approved for a global group, which serves other organizations as well"
    return _done_before(case, approved, act) or (_not_widened(approved) if act is PolicyAct.PROMOTE else "")


def _done_before(case: Case, approved: Approved, act: PolicyAct) -> str:
    """What was done to this approval's policy since, if it is in the way."""
    for work in case.policy_works:
        if work.request_id != approved.request_id or work.standing is WorkStanding.WITHOUT_EFFECT:
            continue
        if work.standing.is_open:
            return f"{work.actor.name}'s change of it is already on its way"
        if work.act is PolicyAct.TAKE_BACK:
            return f"{work.actor.name} has taken it back already"
        widest = work.place is not None and work.place.reach is Reach.ORGANIZATION
        if act is PolicyAct.PROMOTE and work.act is act and widest:
            return f"{work.actor.name} has promoted it to the entire organization already"
    return ""


def _not_widened(approved: Approved) -> str:
    """What is never promoted from here: promotion widens a plain approval of one computer."""
    choice = approved.attempt.choice
    if choice.reach is not Reach.COMPUTER:
        return "it was approved for more than one computer already"
    return "it grants administrator rights, which are not widened from here" if choice.elevate else ""


def can_any(case: Case, act: PolicyAct) -> bool:
    """Whether some approval's policy may be changed so, as far as our own record says."""
    return any(not why_not(case, approved, act) for approved in approved_here(case))


def policy_actions(case: Case) -> list[Block]:
    """In the details: the buttons for what applies to the case's policies now; none where nothing does."""
    ref = str(CaseRef(case.case_id, case.revision))
    buttons = by_rule_button(case)
    if can_any(case, PolicyAct.TAKE_BACK):
        buttons.append(blocks.button(ids.POLICY_TAKE_BACK, "Take back…", ref, style="danger"))
    if can_any(case, PolicyAct.PROMOTE):
        buttons.append(blocks.button(ids.POLICY_PROMOTE, "Promote…", ref))
    if traits_of(case.kind).has_permit_form and case.proposal is None and case.redacted_at is None:
        buttons.append(blocks.button(ids.POLICY_PROPOSE, "Propose a policy", ref))
    return [blocks.actions(buttons, ids.POLICY_ACTIONS_BLOCK)] if buttons else []


def why_not_by_rule(case: Case) -> str:
    """Why what waits here is not approved with the proposed rule, as a sentence; empty if it may be."""
    proposal, kind = case.proposal, traits_of(case.kind)
    if proposal is None:
        return NOTHING_PROPOSED
    if proposal.declined_by is not None:
        return (
            f"{proposal.declined_by.name} has decided against a policy for now: {proposal.declined_because}"
        )
    if kind.elevates:
        return (
            "An elevation is granted with administrator rights, which a rule would give to everything that it matches: "
            "approve this one by itself."
        )
    if not kind.has_permit_form:
        return "No policy of application control can be proposed for this; look at it in the portal."
    return proposal.rule.why_not


def proposed_rule(case: Case) -> CustomRule:
    """What the proposal recognizes the software by; a signature that does not hold is no part of it."""
    if case.proposal is None:
        raise ValueError(f"case {case.case_id} has no proposal")
    rule = case.proposal.rule
    return CustomRule(path=rule.path, signer=rule.signer if rule.signer_valid else "")


def by_rule_button(case: Case) -> list[Block]:
    """“Approve with the proposed rule…”, while something waits that it may approve."""
    if not case.pending or why_not_by_rule(case):
        return []
    ref = str(CaseRef(case.case_id, case.revision))
    return [blocks.button(ids.BY_RULE_MODAL, BY_RULE, ref, style="primary")]
