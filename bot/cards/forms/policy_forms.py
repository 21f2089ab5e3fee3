"""The forms for policies: take back, promote, create, and “not now”. What may be chosen comes in as data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.cards.case.card import REHEARSAL, card_title
from bot.cards.forms.approve_form import REACH_WORDS, GroupOffer, ReachOffer
from bot.cards.forms.case_form import closed_line, closed_reaches
from bot.cards.kit import blocks, ids
from bot.cards.kit.ids import CaseRef
from bot.cards.kit.limits import Block
from bot.cards.kit.words import Line, raw, say, short, strong
from bot.cards.messages.decisions import portal_button, proposal_lines
from bot.models import Case, Proposal, Reach

REASON_LENGTH = 1000
"""Characters of a reason (our choice, as in the other forms)."""
ANSWER_LENGTH = 300
"""Characters of “how validated” and “who confirmed” (our choice, as in the other forms)."""
NAME_LENGTH = 100
"""Characters of a policy's name (our choice; the portal shows names in narrow columns)."""
DEPLOYS = (
    "Afterwards the organization's policies are deployed, once. What others have changed there and not yet deployed "
    "goes out with it."
)
RINGFENCING = (
    "Made without ringfencing: what it permits may reach files, network and other programs. Where that is too much, "
    "add ringfencing to the policy in the portal."
)


@dataclass(frozen=True, slots=True)
class PolicyOffer:
    """One policy that an approval of ours made, as the form lists it."""

    request_id: str
    computer_name: str
    policy_id: str
    policy_name: str
    closed_because: str = ""
    """Why it cannot be changed from here; empty if it can."""

    @property
    def is_open(self) -> bool:
        """It can be chosen."""
        return not self.closed_because


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyForm:
    """What all three forms show."""

    case: Case
    policies: Sequence[PolicyOffer] = ()
    reaches: Sequence[ReachOffer] = ()
    groups: Sequence[GroupOffer] = ()
    not_sent_because: str = ""
    """Why the submission only prepares the text; empty where it is sent."""
    writes_on: bool
    portal_link: str = ""


def take_back_modal(form: PolicyForm) -> Block:
    """Which policy is removed, from where, and why."""
    body = [*_head(form), _policy_choice(form), *_closed_policies(form)]
    hint = "For the record and the card's thread."
    body.append(
        blocks.text_input(
            ids.REASON_BLOCK, "Why is it taken back?", hint=hint, needed=True, max_length=REASON_LENGTH
        )
    )
    body.append(blocks.context("The software is blocked again there, unless another policy permits it."))
    return _modal("Take back", body, form, ids.TAKE_BACK_VIEW, "Take back")


def promote_modal(form: PolicyForm) -> Block:
    """Which policy is widened, to where, how that was validated and who confirmed it."""
    body = [*_head(form), _policy_choice(form), *_closed_policies(form), *_reaches(form)]
    body += [
        blocks.text_input(ids.VALIDATED_BLOCK, "How was it validated?", max_length=ANSWER_LENGTH),
        blocks.text_input(
            ids.CONFIRMED_BLOCK, "Who in the business confirmed?", multiline=False, max_length=ANSWER_LENGTH
        ),
        blocks.context("The policy of the one computer stays; a copy is made for the wider place."),
    ]
    return _modal("Promote", body, form, ids.PROMOTE_VIEW, "Promote")


def create_modal(form: PolicyForm, proposal: Proposal) -> Block:
    """The proposed policy: its name, rule, reach and end may be changed, and it needs a justification."""
    body = [*_head(form), blocks.rich(proposal_lines(form.case, proposal))]
    body.append(
        blocks.text_input(
            ids.POLICY_NAME_BLOCK,
            "Name of the policy",
            multiline=False,
            max_length=NAME_LENGTH,
            initial=short(proposal.name, NAME_LENGTH),
        )
    )
    body += _reaches(form, proposal.reach)
    body.append(
        blocks.date_picker(
            ids.POLICY_ENDS_BLOCK,
            "Until",
            initial=f"{proposal.ends_at:%Y-%m-%d}",
            hint="Empty: without an end.",
        )
    )
    body.append(blocks.context(RINGFENCING))
    body.append(blocks.text_input(ids.REASON_BLOCK, "Justification", max_length=REASON_LENGTH))
    return _modal("Create policy", body, form, ids.CREATE_POLICY_VIEW, "Create policy")


def not_now_modal(case: Case, proposal: Proposal) -> Block:
    """Why no policy is made now; it is not asked again in this window."""
    body = [blocks.rich(proposal_lines(case, proposal))]
    hint = f"It is not asked again for {proposal.within_days} days."
    body.append(blocks.text_input(ids.REASON_BLOCK, "Why not now?", hint=hint, max_length=REASON_LENGTH))
    return blocks.modal(
        "Not now", body, callback_id=ids.NOT_NOW_VIEW, private_metadata=_ref(case), submit="Not now"
    )


def _modal(title: str, body: list[Block], form: PolicyForm, callback_id: str, submit: str) -> Block:
    if not form.not_sent_because:
        body.append(blocks.context(DEPLOYS))
        if not form.writes_on:
            body.append(blocks.rich([[strong(REHEARSAL)]]))
    return blocks.modal(
        title,
        body,
        callback_id=callback_id,
        private_metadata=_ref(form.case),
        submit="Prepare the text" if form.not_sent_because else submit,
    )


def _ref(case: Case) -> str:
    return str(CaseRef(case.case_id, case.revision))


def _head(form: PolicyForm) -> list[Block]:
    """What it is about, and whether anything will be sent at all."""
    lines: list[Line] = [
        [strong(card_title(form.case))],
        [strong("Organization: "), raw(form.case.organization_name)],
    ]
    if form.not_sent_because:
        prepared = " Submitting prepares the exact text for the portal."
        lines.append([strong("Nothing is sent: "), raw(form.not_sent_because, 400), say(prepared)])
    return [blocks.rich(lines), *portal_button(form.portal_link)]


def _policy_choice(form: PolicyForm) -> Block:
    """The policies that can be changed; a single one is chosen already."""
    options = [
        blocks.option(
            f"{short(offer.computer_name, 30)}: {short(offer.policy_name, 40)}",
            offer.request_id,
            description=offer.policy_id,
        )
        for offer in form.policies
        if offer.is_open
    ]
    initial = options if len(options) == 1 else []
    return blocks.select(ids.REQUESTS_BLOCK, "Which policy", options, initial=initial)


def _closed_policies(form: PolicyForm) -> list[Block]:
    """Policies of our approvals that cannot be changed from here, by their computers, in one line."""
    told = closed_line(
        (offer.computer_name, offer.closed_because) for offer in form.policies if not offer.is_open
    )
    return [blocks.rich(told)] if told else []


def _reaches(form: PolicyForm, preselected: Reach | None = None) -> list[Block]:
    """The open reaches, the narrowest that will do chosen; the closed ones in one line."""
    options = {
        offer.reach: blocks.option(REACH_WORDS[offer.reach], offer.reach.value)
        for offer in form.reaches
        if offer.is_open
    }
    initial = options.get(preselected) if preselected else None
    body = [
        blocks.radio(
            ids.REACH_BLOCK, "How far", list(options.values()), initial or next(iter(options.values()))
        )
    ]
    if Reach.COMPUTER_GROUP in options and form.groups:
        body.append(_group_choice(form.groups))
    return [*body, *closed_reaches(form.reaches)]


def _group_choice(groups: Sequence[GroupOffer]) -> Block:
    ordered = sorted(groups, key=lambda group: not group.is_own)
    options = [
        blocks.option(f"{short(group.name)}{' (its own)' if group.is_own else ''}", group.computer_group_id)
        for group in ordered
    ]
    initial = options[:1] if ordered[0].is_own else []
    hint = "Only for “A computer group”."
    return blocks.select(
        ids.COMPUTER_GROUP_BLOCK, "Computer group", options, initial=initial, needed=False, hint=hint
    )
