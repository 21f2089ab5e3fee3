"""“Approve with the proposed rule…”: the proposal in full, its exact effect, and what its approval needs besides."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.cards.case.card import HOUSE_RULE, REHEARSAL
from bot.cards.case.naming import subject_name
from bot.cards.case.offers import BY_RULE
from bot.cards.forms.approve_form import REACH_WORDS, ApplicationOffer, GroupOffer, ReachOffer
from bot.cards.forms.case_form import REASON_LENGTH, about, closed_reaches
from bot.cards.kit import blocks, ids
from bot.cards.kit.ids import CaseRef
from bot.cards.kit.limits import Block
from bot.cards.kit.words import raw, short, strong
from bot.cards.messages.decisions import proposal_lines
from bot.models import Case, Proposal, Reach
from bot.rules.bundles import is_family

TITLE = BY_RULE.partition(" with")[0]
_ANSWER = 300
"""Characters of “how validated” and “who confirmed” (our choice, as in the other forms)."""
_NAME = 100
"""Characters of an application's name (our choice; the portal shows names in narrow columns)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ByRuleForm:
    """Everything that the form shows."""

    case: Case
    beside: Sequence[Case] = ()
    """All cases of a card that several share whose proposed rule its reader may see, this one among them."""
    proposal: Proposal
    shown: str
    """What stands for the rule that is shown: another one by the time of the submission is not approved."""
    requests: Sequence[Block] = ()
    """An option for each waiting request that the rule covers."""
    one_computer_only: bool = False
    reaches: Sequence[ReachOffer] = ()
    groups: Sequence[GroupOffer] = ()
    applications: Sequence[ApplicationOffer] = ()
    """The organization's own that cover the file already."""
    application_name: str = ""
    """Of the new application that the rule is put into."""
    new_closed: str = ""
    """Why the rule makes no new application; empty where it may. Then one that is there has to be taken."""
    creators: Sequence[tuple[str, str]] = ()
    """What stands for a program that made an unsigned file, and its path; one of them has to be part of the rule."""
    evidence: str = ""
    effect: Sequence[str] = ()
    writes_on: bool
    chosen: Reach | None = None
    """How far, where that was chosen in the form; None: as it is proposed."""

    @property
    def first_reach(self) -> Reach:
        """The reach that the form shows: the chosen one, else the proposed one, where it is open."""
        opened = [offer.reach for offer in self.reaches if offer.is_open]
        return next((reach for reach in (self.chosen, self.proposal.reach) if reach in opened), opened[0])

    @property
    def first_application(self) -> str:
        """The application that the form comes with: the proposal's, where it covers the file; else a new one."""
        known = self.applications[0] if self.applications else None
        if known and (self.new_closed or known.application_id == self.proposal.application_id):
            return known.value
        return ids.NEW_APPLICATION


def by_rule_modal(form: ByRuleForm) -> Block:
    """The rule, how far, until when, on what evidence; the press is judged and sent like every approval."""
    lines = [*about(form.case), *proposal_lines(form.case, form.proposal)]
    lines += [[strong("Evidence now: "), raw(form.evidence, 600)]] if form.evidence else []
    label = "Effect: " if form.chosen else "Effect as proposed: "
    lines += [[strong(label), raw(one, 600)] for one in form.effect]
    body = [blocks.rich(lines), *_which(form), *_requests(form), *_reaches(form), *_application(form)]
    body.append(
        blocks.date_picker(
            ids.EXPIRES_BLOCK,
            "Until",
            initial=f"{form.proposal.ends_at:%Y-%m-%d}",
            hint="Needed: then somebody looks at it again.",
        )
    )
    body += _words(form)
    body.append(blocks.context(HOUSE_RULE))
    if not form.writes_on:
        body.append(blocks.rich([[strong(REHEARSAL)]]))
    others = tuple((one.case_id, one.revision) for one in form.beside if one.case_id != form.case.case_id)
    ref = CaseRef(form.case.case_id, form.case.revision, form.shown, others)
    return blocks.modal(
        TITLE, body, callback_id=ids.BY_RULE_VIEW, private_metadata=str(ref), submit="Approve"
    )


def _which(form: ByRuleForm) -> list[Block]:
    """Whose rule it is, on a card that several cases share: another choice draws the form of that one."""
    if len(form.beside) < 2:
        return []
    family = is_family(form.beside)
    options = [
        blocks.option(short(one.organization_name if family else subject_name(one)), one.case_id)
        for one in form.beside
    ]
    initial = [option for option in options if option["value"] == form.case.case_id]
    hint = "Each has a rule, a reach and an end of its own, so they are approved one after the other."
    label = "Which customer" if family else "Which file"
    return [blocks.telling(blocks.select(ids.ONE_CASE_BLOCK, label, options, initial=initial, hint=hint))]


def _requests(form: ByRuleForm) -> list[Block]:
    """Which of several requests; one only where the presser's right covers one computer at a time."""
    options = list(form.requests)
    if len(options) < 2:
        return []
    if form.one_computer_only:
        hint = "You may approve for one computer at a time; the others stay pending."
        return [blocks.select(ids.REQUESTS_BLOCK, "Which request", options, hint=hint)]
    hint = f"Leave empty for all {len(options)}."
    return [blocks.select(ids.REQUESTS_BLOCK, "Which requests", options, many=True, needed=False, hint=hint)]


def _reaches(form: ByRuleForm) -> list[Block]:
    """The open reaches, the proposed one chosen; another one brings what it needs. The closed ones in one line."""
    opened = [offer.reach for offer in form.reaches if offer.is_open]
    options = {reach: blocks.option(REACH_WORDS[reach], reach.value) for reach in opened}
    radio = blocks.radio(ids.REACH_BLOCK, "How far", list(options.values()), options[form.first_reach])
    body = [blocks.telling(radio)]
    if form.first_reach is Reach.COMPUTER_GROUP and form.groups:
        groups = [
            blocks.option(f"{short(one.name)}{' (its own)' if one.is_own else ''}", one.computer_group_id)
            for one in form.groups
        ]
        hint = "Another group than its own does not unblock this computer."
        initial = groups[:1] if form.groups[0].is_own else []
        body.append(
            blocks.select(ids.COMPUTER_GROUP_BLOCK, "Computer group", groups, initial=initial, hint=hint)
        )
    return [*body, *closed_reaches(form.reaches)]


def _application(form: ByRuleForm) -> list[Block]:
    """A new application with this rule, or one that covers the file by its rules already."""
    options = [
        blocks.option(f"{short(one.name, 40)}, which covers it already", one.value)
        for one in form.applications
    ]
    if not form.new_closed:
        options.append(blocks.option("A new application with this rule", ids.NEW_APPLICATION))
    body = []
    if form.applications:
        first = next(one for one in options if one["value"] == form.first_application)
        body.append(blocks.radio(ids.APPLICATION_BLOCK, "Application", options, first))
    if form.new_closed:
        return [*body, blocks.rich([[strong("A new application: closed. "), raw(form.new_closed, 300)]])]
    body.append(
        blocks.text_input(
            ids.APPLICATION_NAME_BLOCK,
            "Name of the new application",
            multiline=False,
            needed=False,
            max_length=_NAME,
            initial=short(form.application_name, _NAME),
        )
    )
    if form.creators:
        options = [blocks.option(short(path), value) for value, path in form.creators]
        hint = "An unsigned file needs a second part in its rule."
        body.append(
            blocks.select(ids.RULE_CREATED_BLOCK, "Created by", options, initial=options[:1], hint=hint)
        )
    return body


def _words(form: ByRuleForm) -> list[Block]:
    """How it was validated and who confirmed, as far as the reach or an application that is there needs it; and why."""
    justification = blocks.text_input(ids.REASON_BLOCK, "Justification", max_length=REASON_LENGTH)
    is_wide = form.first_reach is not Reach.COMPUTER
    if not is_wide and not form.applications:
        return [justification]
    far = "Needed where the application takes effect on more than this computer."
    return [
        blocks.text_input(
            ids.VALIDATED_BLOCK,
            "How was it validated?",
            hint="Say what was done and seen." if is_wide else far,
            needed=is_wide,
            max_length=_ANSWER,
        ),
        blocks.text_input(
            ids.CONFIRMED_BLOCK,
            "Who in the business confirmed?",
            hint="A name, and what that person is." if is_wide else far,
            multiline=False,
            needed=is_wide,
            max_length=_ANSWER,
        ),
        justification,
    ]
