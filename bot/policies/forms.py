"""What the forms for policies offer, from the case's record and the portal. A submission is judged anew."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from bot.cards.case import modals
from bot.cards.case.policy_offers import Approved, approved_here, why_not
from bot.cards.forms import policy_forms
from bot.cards.forms.approve_form import GroupOffer, ReachOffer
from bot.desk import Desk, Presser
from bot.models import Case, PolicyAct, Reach
from bot.policies.gates import NOTHING_PROMOTES_TO_GLOBAL, NOTHING_PROPOSED, not_sent_because
from bot.policies.reading import policy_behind
from bot.policies.verdict import ask_for, own_request, weigh
from permissions import OrganizationTree

TITLES = {
    PolicyAct.TAKE_BACK: "Take back",
    PolicyAct.PROMOTE: "Promote",
    PolicyAct.CREATE: "Create policy",
}
_READ_FIRST = 10
"""Policies of one case that are read before the form is shown (our choice); a chosen one is read again anyway."""
View = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Asking:
    """Somebody who may open a form, and the case that it is about."""

    desk: Desk
    presser: Presser
    case: Case
    tree: OrganizationTree


async def take_back_view(asking: Asking) -> View:
    """Which of our approvals' policies can be removed. Raises PortalError."""
    act = PolicyAct.TAKE_BACK
    offers = await _policies(asking, act)
    if not any(offer.is_open for offer in offers):
        return _nothing_to_do(act, offers)
    form = policy_forms.PolicyForm(
        case=asking.case,
        policies=offers,
        not_sent_because=not_sent_because(asking.desk.rules, act),
        writes_on=asking.desk.rules.writes_on,
        portal_link=asking.desk.rules.portal_link,
    )
    return policy_forms.take_back_modal(form)


async def promote_view(asking: Asking) -> View:
    """Which policies of one computer can be widened, and how far. Raises PortalError."""
    act, rules = PolicyAct.PROMOTE, asking.desk.rules
    own = own_request(asking.presser, asking.case, act)
    if own:
        return modals.said_modal(TITLES[act], [own])
    offers = await _policies(asking, act)
    if not any(offer.is_open for offer in offers):
        return _nothing_to_do(act, offers)
    reaches = [await _reach(asking, reach) for reach in (Reach.COMPUTER_GROUP, Reach.ORGANIZATION)]
    form = policy_forms.PolicyForm(
        case=asking.case,
        policies=offers,
        reaches=[*reaches, ReachOffer(Reach.GLOBAL, NOTHING_PROMOTES_TO_GLOBAL)],
        groups=await computer_groups(asking.desk, asking.case),
        not_sent_because=not_sent_because(rules, act),
        writes_on=rules.writes_on,
        portal_link=rules.portal_link,
    )
    return policy_forms.promote_modal(form)


async def create_view(asking: Asking) -> View:
    """The proposal as a form. Raises PortalError."""
    act, case, rules = PolicyAct.CREATE, asking.case, asking.desk.rules
    proposal = case.proposal
    refused = own_request(asking.presser, case, act) or ("" if proposal else NOTHING_PROPOSED)
    if proposal is None or refused:
        return modals.said_modal(TITLES[act], [refused])
    groups = await computer_groups(
        asking.desk, case, preferred=[one.applies_to_id for one in proposal.places]
    )
    several = "" if proposal.reach is Reach.COMPUTER else "the cases were not all on one computer"
    no_group = "" if groups else "the portal lists no computer group of the organization for this system"
    form = policy_forms.PolicyForm(
        case=case,
        reaches=[
            ReachOffer(Reach.COMPUTER, several),
            ReachOffer(Reach.COMPUTER_GROUP, no_group),
            ReachOffer(Reach.ORGANIZATION),
            ReachOffer(
                Reach.GLOBAL, "a global group serves other organizations as well: decide it in the portal"
            ),
        ],
        groups=groups,
        not_sent_because=not_sent_because(rules, act, application_id=proposal.application_id),
        writes_on=rules.writes_on,
        portal_link=rules.portal_link,
    )
    return policy_forms.create_modal(form, proposal)


async def not_now_view(asking: Asking) -> View:
    """Why the proposed policy is put off."""
    if asking.case.proposal is None:
        return modals.said_modal("Not now", [NOTHING_PROPOSED])
    return policy_forms.not_now_modal(asking.case, asking.case.proposal)


async def computer_groups(desk: Desk, case: Case, preferred: Sequence[str] = ()) -> list[GroupOffer]:
    """The organization's own computer groups for the system, never a global one. Raises PortalError."""
    listed = await desk.portal.computer_groups_for_permit(case.organization_id, case.os_type)
    return [
        GroupOffer(group.computer_group_id, group.name, group.computer_group_id in preferred)
        for group in listed
        if group.organization_id == case.organization_id and group.is_global is False
    ]


async def _policies(asking: Asking, act: PolicyAct) -> list[policy_forms.PolicyOffer]:
    """Every approval of ours in the case with its policy; the first few as the portal has them now."""
    offers = []
    for number, approved in enumerate(approved_here(asking.case)):
        why, name = why_not(asking.case, approved, act), ""
        if not why and number < _READ_FIRST:
            behind = await policy_behind(asking.desk, approved)
            why, name = behind.why_not, behind.policy.name if behind.policy else ""
        offers.append(_offer(approved, name, why))
    return offers


def _offer(approved: Approved, name: str, why: str) -> policy_forms.PolicyOffer:
    return policy_forms.PolicyOffer(
        request_id=approved.request_id,
        computer_name=approved.entry.facts.computer_name,
        policy_id=approved.state.policy_id,
        policy_name=name or approved.entry.facts.file_name,
        closed_because=why,
    )


async def _reach(asking: Asking, reach: Reach) -> ReachOffer:
    ask = ask_for(asking.presser, asking.case, PolicyAct.PROMOTE, reach)
    judged = await weigh(asking.desk, asking.presser, asking.case, ask, asking.tree)
    return ReachOffer(reach, "" if judged.is_allowed else judged.verdict.sentence)


def _nothing_to_do(act: PolicyAct, offers: Sequence[policy_forms.PolicyOffer]) -> View:
    why = [f"{offer.computer_name}: {offer.closed_because}." for offer in offers[:_READ_FIRST]]
    none = "No approval of Gatehouse in this case made a policy. What was decided in the portal is changed there."
    return modals.said_modal(TITLES[act], why or [none])
