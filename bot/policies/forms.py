"""The forms for policies, filled from the case's record and the portal. Nothing is changed by opening one."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from bot.cards.case import modals
from bot.cards.case.offers import NOTHING_PROPOSED, Approved, approved_here, why_not
from bot.cards.forms import policy_forms
from bot.cards.forms.approve_form import GroupOffer, ReachOffer
from bot.desk import Desk, Filled, Opener, View, open_form
from bot.models import Case, PolicyAct, Press, Reach
from bot.policies.verdict import (
    NO_APPLICATION,
    NOTHING_PROMOTES_TO_GLOBAL,
    ask_for,
    not_sent_because,
    own_request,
    weigh,
)
from bot.policies.working import policy_behind, refusal_of
from bot.portal import PortalError
from permissions import OrganizationTree

TITLES = {
    PolicyAct.TAKE_BACK: "Take back",
    PolicyAct.PROMOTE: "Promote",
    PolicyAct.CREATE: "Create policy",
}
_READ_FIRST = 10
"""Policies of one case that are read before the form is shown (our choice); a chosen one is read again anyway."""
_MakeView = Callable[[Opener, OrganizationTree], Awaitable[View]]


async def open_take_back(desk: Desk, press: Press) -> None:
    """“Take back…”: for whoever may edit policies."""
    await _open(desk, press, PolicyAct.TAKE_BACK, _take_back)


async def open_promote(desk: Desk, press: Press) -> None:
    """“Promote…”: for whoever may promote at least to a computer group."""
    await _open(desk, press, PolicyAct.PROMOTE, _promote)


async def open_create(desk: Desk, press: Press) -> None:
    """“Create policy…” under a proposal: for whoever may edit policies."""
    await _open(desk, press, PolicyAct.CREATE, _create)


async def open_not_now(desk: Desk, press: Press) -> None:
    """“Not now…” under a proposal: who may make the policy may put it off (our choice)."""
    await _open(desk, press, PolicyAct.CREATE, _not_now)


async def _open(desk: Desk, press: Press, act: PolicyAct, make: _MakeView) -> None:
    async def fill(opener: Opener) -> Filled:
        return await _judged(opener, act, make)

    def excuse(error: PortalError) -> list[str]:
        return [refusal_of(error)]

    await open_form(desk, press, TITLES[act], fill, form=act.value, excuse=excuse)


async def _judged(opener: Opener, act: PolicyAct, make: _MakeView) -> Filled:
    """The form, or why not and who could."""
    presser, case, tree = opener.presser, opener.case, await opener.tree()
    ask = ask_for(presser, case, act, Reach.COMPUTER_GROUP)
    judged = await weigh(opener.desk, presser, case, ask, tree)
    if judged.is_allowed:
        opened = opener.event("form_opened", {"form": act.value, "revision": case.revision})
        return Filled(await make(opener, tree), opened)
    sentence = judged.verdict.sentence
    refused = opener.refused(judged.refusal)
    who = f"Who could: {', '.join(judged.could)}." if judged.could else ""
    return Filled(modals.said_modal(TITLES[act], [sentence, who]), refused)


async def _take_back(opener: Opener, _: OrganizationTree) -> View:
    """Which of our approvals' policies can be removed. Raises PortalError."""
    act = PolicyAct.TAKE_BACK
    offers = await _policies(opener, act)
    if not any(offer.is_open for offer in offers):
        return _nothing_to_do(act, offers)
    form = policy_forms.PolicyForm(
        case=opener.case,
        policies=offers,
        not_sent_because=not_sent_because(opener.desk.rules, act),
        writes_on=opener.desk.rules.writes_on,
        portal_link=opener.desk.rules.portal_link,
    )
    return policy_forms.take_back_modal(form)


async def _promote(opener: Opener, tree: OrganizationTree) -> View:
    """Which policies of one computer can be widened, and how far. Raises PortalError."""
    act, rules = PolicyAct.PROMOTE, opener.desk.rules
    own = own_request(opener.presser, opener.case, act)
    if own:
        return modals.said_modal(TITLES[act], [own])
    offers = await _policies(opener, act)
    if not any(offer.is_open for offer in offers):
        return _nothing_to_do(act, offers)
    reaches = [await _reach(opener, tree, reach) for reach in (Reach.COMPUTER_GROUP, Reach.ORGANIZATION)]
    form = policy_forms.PolicyForm(
        case=opener.case,
        policies=offers,
        reaches=[*reaches, ReachOffer(Reach.GLOBAL, NOTHING_PROMOTES_TO_GLOBAL)],
        groups=await computer_groups(opener.desk, opener.case),
        not_sent_because=not_sent_because(rules, act),
        writes_on=rules.writes_on,
        portal_link=rules.portal_link,
    )
    return policy_forms.promote_modal(form)


async def _create(opener: Opener, _: OrganizationTree) -> View:
    """The proposal as a form. Raises PortalError."""
    act, case, rules = PolicyAct.CREATE, opener.case, opener.desk.rules
    proposal = case.proposal
    refused = own_request(opener.presser, case, act) or ("" if proposal else NOTHING_PROPOSED)
    if proposal is not None and not refused:
        refused = proposal.rule.why_not or ("" if proposal.application_id else NO_APPLICATION)
    if proposal is None or refused:
        return modals.said_modal(TITLES[act], [refused])
    groups = await computer_groups(
        opener.desk, case, preferred=[one.applies_to_id for one in proposal.places]
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
        not_sent_because=not_sent_because(rules, act),
        writes_on=rules.writes_on,
        portal_link=rules.portal_link,
    )
    return policy_forms.create_modal(form, proposal)


async def _not_now(opener: Opener, _: OrganizationTree) -> View:
    """Why the proposed policy is put off."""
    if opener.case.proposal is None:
        return modals.said_modal("Not now", [NOTHING_PROPOSED])
    return policy_forms.not_now_modal(opener.case, opener.case.proposal)


async def computer_groups(desk: Desk, case: Case, preferred: Sequence[str] = ()) -> list[GroupOffer]:
    """The organization's own computer groups for the system, never a global one. Raises PortalError."""
    listed = await desk.portal.computer_groups_for_permit(case.organization_id, case.os_type)
    return [
        GroupOffer(group.computer_group_id, group.name, group.computer_group_id in preferred)
        for group in listed
        if group.organization_id == case.organization_id and group.is_global is False
    ]


async def _policies(opener: Opener, act: PolicyAct) -> list[policy_forms.PolicyOffer]:
    """Every approval of ours in the case with its policy; the first few as the portal has them now."""
    offers = []
    for number, approved in enumerate(approved_here(opener.case)):
        why, name = why_not(opener.case, approved, act), ""
        if not why and number < _READ_FIRST:
            behind = await policy_behind(opener.desk, approved)
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


async def _reach(opener: Opener, tree: OrganizationTree, reach: Reach) -> ReachOffer:
    ask = ask_for(opener.presser, opener.case, PolicyAct.PROMOTE, reach)
    judged = await weigh(opener.desk, opener.presser, opener.case, ask, tree)
    return ReachOffer(reach, "" if judged.is_allowed else judged.verdict.sentence)


def _nothing_to_do(act: PolicyAct, offers: Sequence[policy_forms.PolicyOffer]) -> View:
    why = [f"{offer.computer_name}: {offer.closed_because}." for offer in offers[:_READ_FIRST]]
    none = "No approval of Gatehouse in this case made a policy. What was decided in the portal is changed there."
    return modals.said_modal(TITLES[act], why or [none])
