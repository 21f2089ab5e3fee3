"""The modals of a case: approve, deny, details, loading, and the one that only says something.

What may be chosen comes in as data; these functions decide nothing. Every field's block id stands in `ids`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.cards import blocks, ids
from bot.cards.case_card import HOUSE_RULE, REHEARSAL, card_title
from bot.cards.facts import entry_lines, evidence_lines, fact_lines
from bot.cards.ids import CaseRef
from bot.cards.limits import Block
from bot.cards.names import short
from bot.cards.standing import standing_lines
from bot.cards.words import Line, raw, say, strong
from bot.models import Case, Kind, Reach, RequestEntry

REASON_LENGTH = 1000
"""Characters of a reason or justification (our choice; the portal names no limit)."""
ANSWER_LENGTH = 300
"""Characters of “how validated” and “who confirmed” (our choice)."""
DETAILED_REQUESTS = 40
"""Requests spelled out in the details modal: well below 100 blocks and 250 KB."""
REACH_WORDS = {
    Reach.COMPUTER: "This computer",
    Reach.COMPUTER_GROUP: "A computer group",
    Reach.ORGANIZATION: "The entire organization",
    Reach.GLOBAL: "A global group",
}


@dataclass(frozen=True, slots=True)
class ReachOffer:
    """One reach in the approve modal: open, or closed with the reason."""

    reach: Reach
    closed_because: str = ""

    @property
    def is_open(self) -> bool:
        """It can be chosen."""
        return not self.closed_because


@dataclass(frozen=True, slots=True)
class GroupOffer:
    """A computer group that may be chosen."""

    computer_group_id: str
    name: str
    is_own: bool = False
    """The computer's own group: offered first and preselected."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ApproveForm:
    """Everything that the approve modal shows."""

    case: Case
    reaches: Sequence[ReachOffer]
    groups: Sequence[GroupOffer] = ()
    one_computer_only: bool = False
    """The presser's right covers one computer at a time: one of several must be picked."""
    writes_on: bool


def loading_modal(title: str, case: Case) -> Block:
    """Opened at once, because Slack's trigger lives 3 seconds; filled by an update."""
    line: Line = [say("Asking the portal for the latest facts. This takes a moment; nothing is decided yet.")]
    return blocks.modal(
        title, [blocks.rich([line])], callback_id=ids.LOADING_VIEW, private_metadata=_ref(case)
    )


def approve_modal(form: ApproveForm) -> Block:
    """Reach and reason; for anything wider than the computer also the validation and the confirmation."""
    open_reaches = [offer for offer in form.reaches if offer.is_open]
    if not open_reaches or not form.case.pending:
        return _nothing_open(form)
    body = [blocks.rich(_about(form.case)), *_request_choice(form), _reach_choice(form.case, open_reaches)]
    if any(offer.reach is Reach.COMPUTER_GROUP for offer in open_reaches) and form.groups:
        body.append(_group_choice(form.groups))
    body += _closed_reaches(form.reaches)
    if any(offer.reach is not Reach.COMPUTER for offer in open_reaches):
        body += _confirmation_inputs()
    body.append(_approval_reason(form.case))
    body += _notes(form)
    return blocks.modal(
        "Approve", body, callback_id=ids.APPROVE_VIEW, private_metadata=_ref(form.case), submit="Approve"
    )


def deny_modal(case: Case, *, writes_on: bool) -> Block:
    """The reason, as the requestor will read it, and whether they are told."""
    body = [blocks.rich(_about(case)), *_deny_requests(case)]
    hint = "The requestor reads exactly this. Say what to do instead."
    body.append(
        blocks.text_input(
            ids.REASON_BLOCK, "Reason, as the requestor will read it", hint=hint, max_length=REASON_LENGTH
        )
    )
    told = blocks.option("Tell the requestor", ids.NOTIFY_YES)
    body.append(blocks.tick_box(ids.NOTIFY_BLOCK, "Notification", told, ticked=True))
    if not writes_on:
        body.append(blocks.rich([[strong(REHEARSAL)]]))
    return blocks.modal("Deny", body, callback_id=ids.DENY_VIEW, private_metadata=_ref(case), submit="Deny")


def said_modal(title: str, sentences: Sequence[str]) -> Block:
    """Only says something: refused, an error. The sentences may quote outside text; all is shown literally."""
    lines: list[Line] = [[raw(sentence, 1500)] for sentence in sentences if sentence]
    body = [blocks.rich(lines or [[say("There is nothing to show.")]])]
    return blocks.modal(title, body, callback_id=ids.SAID_VIEW)


def too_late_modal(case: Case) -> Block:
    """Pressed after it was decided: how it ended."""
    lines: list[Line] = [
        [strong("This case is no longer waiting. Nothing was changed.")],
        *standing_lines(case),
    ]
    return blocks.modal("Already decided", [blocks.rich(lines)], callback_id=ids.SAID_VIEW)


def details_modal(case: Case) -> Block:
    """The full facts of every request, and the evidence."""
    body = [blocks.header(card_title(case)), blocks.rich(standing_lines(case)), blocks.rich(fact_lines(case))]
    evidence = evidence_lines(case)
    if evidence:
        body.append(blocks.rich(evidence))
    for entry in case.requests[:DETAILED_REQUESTS]:
        body += [blocks.divider(), blocks.rich(entry_lines(entry))]
    left = len(case.requests) - DETAILED_REQUESTS
    if left > 0:
        body.append(blocks.context(f"and {left} more requests; the portal shows them all."))
    body.append(blocks.context(f"Case {case.case_id}, revision {case.revision}"))
    return blocks.modal("Details", body, callback_id=ids.DETAILS_VIEW, private_metadata=_ref(case))


def _ref(case: Case) -> str:
    return str(CaseRef(case.case_id, case.revision))


def _about(case: Case) -> list[Line]:
    """What is being decided, in two lines."""
    return [[strong(card_title(case))], [strong("Organization: "), raw(case.organization_name)]]


def _request_options(case: Case) -> list[Block]:
    """One option per request that can be decided now: computer and requestor."""
    return [blocks.option(short(_request_label(entry), 75), entry.facts.request_id) for entry in case.pending]


def _request_label(entry: RequestEntry) -> str:
    facts = entry.facts
    return f"{short(facts.computer_name, 40)}, {short(facts.requestor or facts.requestor_email, 30)}"


def _request_choice(form: ApproveForm) -> list[Block]:
    """Which of several requests; one only where the presser's right covers one computer at a time."""
    options = _request_options(form.case)
    if len(options) > 1 and form.one_computer_only:
        hint = "You may approve for one computer at a time; the others stay pending."
        return [blocks.select(ids.REQUESTS_BLOCK, "Which request", options, hint=hint)]
    return _some_or_all(options)


def _deny_requests(case: Case) -> list[Block]:
    """Which of several requests are denied."""
    return _some_or_all(_request_options(case))


def _some_or_all(options: list[Block]) -> list[Block]:
    """A choice among several requests. Empty means all: a pre-filled list of 200 could not be read anyway."""
    if len(options) < 2:
        return []
    hint = f"Leave empty for all {len(options)}."
    return [blocks.select(ids.REQUESTS_BLOCK, "Which requests", options, many=True, needed=False, hint=hint)]


def _reach_choice(case: Case, offers: Sequence[ReachOffer]) -> Block:
    """The open reaches, the narrowest chosen."""
    options = [_reach_option(case, offer.reach) for offer in offers]
    return blocks.radio(ids.REACH_BLOCK, "How far", options, options[0])


def _reach_option(case: Case, reach: Reach) -> Block:
    words = REACH_WORDS[reach]
    if reach is Reach.COMPUTER and len(case.pending) > 1:
        words = "Each chosen request's own computer"
    return blocks.option(words, reach.value)


def _group_choice(groups: Sequence[GroupOffer]) -> Block:
    """The computer groups, the computer's own one first and chosen."""
    ordered = sorted(groups, key=lambda group: not group.is_own)
    options = [
        blocks.option(f"{short(group.name)}{' (its own)' if group.is_own else ''}", group.computer_group_id)
        for group in ordered
    ]
    hint = "Only for “A computer group”. Another group than its own does not unblock this computer."
    initial = options[:1] if ordered[0].is_own else []
    return blocks.select(
        ids.COMPUTER_GROUP_BLOCK, "Computer group", options, initial=initial, needed=False, hint=hint
    )


def _closed_reaches(offers: Sequence[ReachOffer]) -> list[Block]:
    """The reaches that are closed, each with its reason."""
    lines: list[Line] = [
        [strong(f"{REACH_WORDS[offer.reach]}: closed. "), raw(offer.closed_because, 300)]
        for offer in offers
        if not offer.is_open
    ]
    return [blocks.rich(lines)] if lines else []


def _confirmation_inputs() -> list[Block]:
    """Both are needed beyond the computer; the submit is answered with an error where one is missing."""
    hint = "Needed for anything wider than the computer."
    return [
        blocks.text_input(
            ids.VALIDATED_BLOCK, "How was it validated?", hint=hint, needed=False, max_length=ANSWER_LENGTH
        ),
        blocks.text_input(
            ids.CONFIRMED_BLOCK,
            "Who in the business confirmed?",
            hint=hint,
            multiline=False,
            needed=False,
            max_length=ANSWER_LENGTH,
        ),
    ]


def _approval_reason(case: Case) -> Block:
    """Why; needed where a policy is due."""
    if case.policy_due:
        hint = "Approved by hand repeatedly: a policy is due. Say why another approval by hand is right."
        return blocks.text_input(ids.REASON_BLOCK, "Justification", hint=hint, max_length=REASON_LENGTH)
    return blocks.text_input(
        ids.REASON_BLOCK, "Reason, for the record", needed=False, max_length=REASON_LENGTH
    )


def _notes(form: ApproveForm) -> list[Block]:
    """The house rule, and that nothing would be sent."""
    notes = [blocks.context(HOUSE_RULE)]
    if form.case.kind is Kind.ELEVATION:
        notes.append(blocks.context("Elevation is given with notice and for a limited time."))
    if not form.writes_on:
        notes.append(blocks.rich([[strong(REHEARSAL)]]))
    return notes


def _nothing_open(form: ApproveForm) -> Block:
    """No reach is open, or nothing is waiting: the reasons instead of a form."""
    if not form.case.pending:
        return too_late_modal(form.case)
    lines: list[Line] = [
        *_about(form.case),
        [strong("You cannot approve this at any reach. Nothing was changed.")],
    ]
    body = [blocks.rich(lines), *_closed_reaches(form.reaches)]
    return blocks.modal("Approve", body, callback_id=ids.SAID_VIEW)
