"""“Deny…”: a reason from the list, words of one's own, or both; and what the requestor will read of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from bot.cards.case.card import REHEARSAL
from bot.cards.forms.case_form import REASON_LENGTH, about, reference, request_options, some_or_all
from bot.cards.kit import blocks, ids
from bot.cards.kit.limits import Block
from bot.cards.kit.words import Line, cut, listed, raw_lines, say, strong, visible
from bot.models import Case, DenyReason, Rules

DENIAL_SUBJECT = "Your request was denied"
"""The subject under which the portal tells the requestor."""
DENIAL_LENGTH = 2000
"""Characters of the longest denial, well above a prepared reason with a typed one below it."""
_BUTTONS_BLOCK = "deny_actions"


@dataclass(frozen=True, slots=True, kw_only=True)
class DenyForm:
    """What the deny modal shows: at first nothing is filled in, later what was chosen and typed so far."""

    case: Case
    rules: Rules
    reason_id: str = ""
    """The chosen reason; empty: none."""
    typed: str = ""
    notify: bool = True
    request_ids: Sequence[str] = ()
    """The requests picked; empty: all of them."""

    @property
    def reason(self) -> DenyReason | None:
        """The chosen reason as the list has it now; None: none, or one that the list has no more."""
        return reason_named(self.rules, self.reason_id)


def reason_named(rules: Rules, reason_id: str) -> DenyReason | None:
    """The reason of that id, with the very words that the presser saw; None if the list has it no more."""
    return next(
        (one for one in rules.decisions.deny_reasons if reason_id and one.reason_id == reason_id), None
    )


def denial_text(reason: DenyReason | None, typed: str) -> str:
    """What the requestor reads: the reason, then what was typed. Empty: there is nothing to read."""
    parts = [reason.words if reason else "", typed.strip()]
    return "\n\n".join(part for part in parts if part)


def deny_modal(form: DenyForm) -> Block:
    """Every input keeps its block id, so that Slack keeps what is typed when the preview is drawn again."""
    body = [blocks.rich(about(form.case)), *_reason_choice(form), _typed(form), *_requests(form), _told(form)]
    body.append(blocks.actions([_preview_button(form.case)], _BUTTONS_BLOCK))
    body.append(blocks.rich(preview_lines(form), ids.PREVIEW_BLOCK))
    if not form.rules.writes_on:
        body.append(blocks.rich([[strong(REHEARSAL)]]))
    return blocks.modal(
        "Deny", body, callback_id=ids.DENY_VIEW, private_metadata=reference(form.case), submit="Deny"
    )


def preview_lines(form: DenyForm) -> list[Line]:
    """The denial as the requestor will read it, or what it still lacks."""
    if form.reason_id and form.reason is None:
        return [[strong("The list of reasons has changed since this form was opened: choose again.")]]
    text = denial_text(form.reason, form.typed)
    if not text:
        return [[say("Choose a reason or type one; here you will see it as the requestor reads it.")]]
    head: Line = [strong("Not told to the requestor, but kept in the record:")]
    if form.notify:
        head = [*listed(_requestors(form), limit=3), strong(" will read:")]
        return [head, [strong(DENIAL_SUBJECT)], [raw_lines(text, DENIAL_LENGTH)]]
    return [head, [raw_lines(text, DENIAL_LENGTH)]]


def _requestors(form: DenyForm) -> list[str]:
    picked = [e for e in form.case.pending if not form.request_ids or e.facts.request_id in form.request_ids]
    return list(
        dict.fromkeys(e.facts.requestor or e.facts.requestor_email or "The requestor" for e in picked)
    )


def _reason_choice(form: DenyForm) -> list[Block]:
    """The prepared reasons; choosing one draws the preview anew."""
    options = [blocks.option(one.label, one.reason_id) for one in form.rules.decisions.deny_reasons]
    if not options:
        return []
    initial = [option for option in options if option["value"] == form.reason_id]
    choice = blocks.select(ids.DENY_REASON_BLOCK, "Reason", options, initial=initial, needed=False)
    return [choice | {"dispatch_action": True}]


def _typed(form: DenyForm) -> Block:
    label = "In your own words" if form.rules.decisions.deny_reasons else "Reason"
    hint = (
        "The requestor reads exactly this, below the chosen reason if there is one. Say what to do instead."
    )
    field = blocks.text_input(ids.REASON_BLOCK, label, hint=hint, needed=False, max_length=REASON_LENGTH)
    # Slack keeps what stands in an input of the same block id; this is for a client that does not.
    return _holding(field, initial_value=cut(visible(form.typed), REASON_LENGTH))


def _requests(form: DenyForm) -> list[Block]:
    """Which of several requests are denied."""
    options = request_options(form.case)
    picked = [option for option in options if option["value"] in form.request_ids]
    return [_holding(block, initial_options=picked) for block in some_or_all(options)]


def _told(form: DenyForm) -> Block:
    told = blocks.option("Tell the requestor", ids.NOTIFY_YES)
    box = blocks.tick_box(ids.NOTIFY_BLOCK, "Notification", told, ticked=form.notify)
    return box | {"dispatch_action": True}


def _preview_button(case: Case) -> Block:
    return blocks.button(ids.DENY_PREVIEW, "Show how it reads", reference(case))


def _holding(block: Block, **initial: Any) -> Block:
    """An input that starts with what was entered before."""
    return block | {"element": block["element"] | {name: value for name, value in initial.items() if value}}
