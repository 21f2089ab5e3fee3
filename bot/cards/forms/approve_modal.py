"""“Approve…” in steps: how far, then what that needs; “More…” draws the same modal with the rest. Typed text stays.

What may be chosen comes in as data; these functions decide nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace

from bot.cards.case.card import HOUSE_RULE, REHEARSAL
from bot.cards.case.modals import too_late_modal
from bot.cards.case.standing import phone_input
from bot.cards.forms.approve_form import REACH_WORDS, ApproveForm, GroupOffer
from bot.cards.forms.approve_more import more_blocks, rights_span
from bot.cards.forms.case_form import (
    REASON_LENGTH,
    about,
    closed_reaches,
    justification_list,
    reference,
    request_options,
)
from bot.cards.kit import blocks, ids
from bot.cards.kit.limits import Block, PayloadError
from bot.cards.kit.words import Line, link, raw, say, short, strong
from bot.models import Case, Reach

ANSWER_LENGTH = 300
"""Characters of “how validated” and “who confirmed” (our choice)."""
_OWN = " (its own)"
_AS_FAR_AS_IT_GOES = "Needed where the existing application takes effect on more than this computer."
_ROOMS, _LEAST_ROOM = (200, 100, 30), 5
"""How many groups, applications and signers are tried, since names of the worst case overflow a view of 250 KB."""


def approve_modal(form: ApproveForm) -> Block:
    """How far, and what that needs; with `more` everything else that the portal's dialogue can do."""
    if not form.case.pending or not any(offer.is_open for offer in form.reaches):
        return _nothing_open(form)
    ordered = replace(form, groups=sorted(form.groups, key=lambda group: not group.is_own))
    for room in _ROOMS:
        # Too much for Slack: tried again with less. The last try is not caught, and names every fault.
        with suppress(PayloadError):
            return _drawn(ordered.cut_to(room))
    return _drawn(ordered.cut_to(_LEAST_ROOM))


def _drawn(form: ApproveForm) -> Block:
    """The modal with everything that it was given. Raises PayloadError where that is too much for Slack."""
    body = [*_head(form), *_request_choice(form), _reach_choice(form), *closed_reaches(form.reaches)]
    for block_id in form.asks:
        body += _FIELDS[block_id](form)
    if form.is_elevation:
        # What an elevation is for, and what a caller on the phone waits for: no step away.
        body += [*rights_span(form), phone_input(form.value(ids.PHONE_BLOCK))]
    body += [*_justification(form), *_short_facts(form)]
    if form.more is not None:
        body += more_blocks(form, form.more)
    body += [blocks.actions([_button(form)], ids.APPROVE_ACTIONS_BLOCK), *_notes(form)]
    return blocks.modal(
        "Approve",
        body,
        callback_id=ids.APPROVE_VIEW,
        private_metadata=reference(form.case),
        submit="Approve",
    )


def _head(form: ApproveForm) -> list[Block]:
    """What it is about, and what must be read before anything is chosen."""
    lines: list[Line] = [*about(form.case), *([strong("Note: "), raw(one, 400)] for one in form.notices)]
    return [blocks.rich(lines)]


def _request_choice(form: ApproveForm) -> list[Block]:
    """Which of several requests; one only where the presser's right covers one computer at a time."""
    options = request_options(form.case)
    chosen = [option for option in options if option["value"] in form.chosen_requests]
    if len(options) < 2:
        return []
    if form.one_computer_only:
        hint = "You may approve for one computer at a time; the others stay pending."
        return [blocks.select(ids.REQUESTS_BLOCK, "Which request", options, hint=hint, initial=chosen[:1])]
    hint = f"Leave empty for all {len(options)}."
    return [
        blocks.select(
            ids.REQUESTS_BLOCK, "Which requests", options, many=True, needed=False, hint=hint, initial=chosen
        )
    ]


def _reach_choice(form: ApproveForm) -> Block:
    """The open reaches, the narrowest chosen; another choice brings the fields that it needs."""
    options = [_reach_option(form.case, offer.reach) for offer in form.reaches if offer.is_open]
    return blocks.telling(
        blocks.radio(ids.REACH_BLOCK, "How far", options, chosen_of(options, form.chosen.value))
    )


def chosen_of(options: Sequence[Block], value: str) -> Block:
    """The option of that value, else the first."""
    return next((option for option in options if option["value"] == value), options[0])


def _reach_option(case: Case, reach: Reach) -> Block:
    words = REACH_WORDS[reach]
    if reach is Reach.COMPUTER and len(case.pending) > 1:
        words = "Each chosen request's own computer"
    return blocks.option(words, reach.value)


def _global_choice(form: ApproveForm) -> list[Block]:
    options = [_group_option(group) for group in form.global_groups]
    chosen = [option for option in options if option["value"] == form.value(ids.GLOBAL_GROUP_BLOCK)]
    hint = "It reaches every organization that the group reaches."
    body = [
        blocks.select(ids.GLOBAL_GROUP_BLOCK, "Global group", options, initial=chosen[:1], hint=hint),
    ]
    if form.global_note:
        body.append(blocks.rich([[strong("A global group: "), raw(form.global_note, 400)]]))
    return body


def _group_choice(form: ApproveForm) -> list[Block]:
    """The computer groups, the computer's own one first and chosen; those left out are counted."""
    options = [_group_option(group) for group in form.groups]
    chosen = [option for option in options if option["value"] == form.value(ids.COMPUTER_GROUP_BLOCK)]
    hint = "Another group than its own does not unblock this computer."
    initial = chosen or (options[:1] if form.groups[0].is_own else [])
    body = [blocks.select(ids.COMPUTER_GROUP_BLOCK, "Computer group", options, initial=initial, hint=hint)]
    if form.groups_left:
        told: Line = [say(f"{form.groups_left} more computer groups are offered in the portal alone.")]
        at = [say(" "), link(form.portal_link, "Open the portal")] if form.portal_link else []
        body.append(blocks.rich([[*told, *at]]))
    return body


def _group_option(group: GroupOffer) -> Block:
    return blocks.option(f"{short(group.name)}{_OWN if group.is_own else ''}", group.computer_group_id)


def _validated(form: ApproveForm) -> list[Block]:
    hint = "Say what was done and seen." if form.is_wide else _AS_FAR_AS_IT_GOES
    return [
        blocks.text_input(
            ids.VALIDATED_BLOCK,
            "How was it validated?",
            hint=hint,
            needed=form.is_wide,
            max_length=ANSWER_LENGTH,
            initial=form.value(ids.VALIDATED_BLOCK),
        )
    ]


def _confirmed(form: ApproveForm) -> list[Block]:
    hint = "A name, and what that person is." if form.is_wide else _AS_FAR_AS_IT_GOES
    return [
        blocks.text_input(
            ids.CONFIRMED_BLOCK,
            "Who in the business confirmed?",
            hint=hint,
            multiline=False,
            needed=form.is_wide,
            max_length=ANSWER_LENGTH,
            initial=form.value(ids.CONFIRMED_BLOCK),
        )
    ]


_FIELDS: Mapping[str, Callable[[ApproveForm], list[Block]]] = {
    ids.COMPUTER_GROUP_BLOCK: _group_choice,
    ids.GLOBAL_GROUP_BLOCK: _global_choice,
    ids.VALIDATED_BLOCK: _validated,
    ids.CONFIRMED_BLOCK: _confirmed,
}
"""The fields that the table `HOW_FAR` asks for."""


def _justification(form: ApproveForm) -> list[Block]:
    """Chosen from the list, typed, or both; in words of one's own where a policy is due."""
    if form.case.policy_due:
        hint = "Approved by hand repeatedly: a policy is due. Say why another approval by hand is right."
        return [
            blocks.text_input(
                ids.REASON_BLOCK,
                "Justification",
                hint=hint,
                max_length=REASON_LENGTH,
                initial=form.value(ids.REASON_BLOCK),
            )
        ]
    return [
        *justification_list(form.justifications, form.value(ids.JUSTIFICATION_BLOCK)),
        blocks.text_input(
            ids.REASON_BLOCK,
            "In your own words, for the record" if form.justifications else "Reason, for the record",
            needed=False,
            max_length=REASON_LENGTH,
            initial=form.value(ids.REASON_BLOCK),
        ),
    ]


def _short_facts(form: ApproveForm) -> list[Block]:
    """What it does by default, the evidence in short, and the ways that need no approval."""
    told = [("Effect: " if form.values else "By default: ", form.effect), ("Evidence: ", form.evidence)]
    lines: list[Line] = [[strong(label), raw(text, 600)] for label, text in told if text]
    lines += [[strong("Faster: "), raw(one, 300)] for one in form.faster]
    return [blocks.rich(lines)] if lines else []


def _button(form: ApproveForm) -> Block:
    """“More…” on the first page; with everything shown, what the choices come to."""
    if form.more is None:
        return blocks.button(ids.APPROVE_MORE, "More…", reference(form.case))
    return blocks.button(ids.APPROVE_PREVIEW, "Preview", reference(form.case))


def _notes(form: ApproveForm) -> list[Block]:
    """The house rule, and that nothing would be sent."""
    notes = [blocks.context(HOUSE_RULE)]
    if not form.writes_on:
        notes.append(blocks.rich([[strong(REHEARSAL)]]))
    return notes


def _nothing_open(form: ApproveForm) -> Block:
    """No reach is open, or nothing is waiting: the reasons instead of a form."""
    if not form.case.pending:
        return too_late_modal(form.case)
    lines: list[Line] = [
        *about(form.case),
        [strong("You cannot approve this at any reach. Nothing was changed.")],
    ]
    body = [blocks.rich(lines), *closed_reaches(form.reaches)]
    return blocks.modal("Approve", body, callback_id=ids.SAID_VIEW)
