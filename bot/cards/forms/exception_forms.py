"""The forms of an exception: keep a case as one, renew it, close it. What may be chosen comes in as data."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from bot.cards.forms.case_form import REASON_LENGTH, about, reference
from bot.cards.kit import blocks, ids
from bot.cards.kit.ids import CaseRef
from bot.cards.kit.limits import Block
from bot.cards.kit.words import Line, moment, raw, say, short, strong
from bot.models import Case, KeptException

KEEP, RENEW, CLOSE = "Keep as exception", "Renew exception", "Close exception"
NOTHING_CHANGES = (
    "It changes nothing in the portal: it says who answers for this case, why, and until when. Its review is asked for "
    "once; what keeps coming back should become a policy."
)


def keep_modal(case: Case, owners: Sequence[tuple[str, str]], review: date, end: date) -> Block:
    """Who answers for it, why, when it is looked at again and when it ends. `owners`: person id and name."""
    options = [blocks.option(short(name), person_id) for person_id, name in owners]
    body = [
        blocks.rich([*about(case), [say(NOTHING_CHANGES)]]),
        blocks.select(
            ids.OWNER_BLOCK, "Who answers for it", options, hint="They may decide such requests there."
        ),
        *_words_and_days("Why is it an exception?", review, end),
    ]
    return blocks.modal(
        KEEP, body, callback_id=ids.EXCEPTION_VIEW, private_metadata=reference(case), submit="Keep"
    )


def renew_modal(kept: KeptException, review: date, end: date) -> Block:
    """It is justified anew, with new days."""
    body = [blocks.rich(_about(kept)), *_words_and_days("Why is it still needed?", review, end)]
    return blocks.modal(
        RENEW, body, callback_id=ids.EXCEPTION_RENEW_VIEW, private_metadata=_reference(kept), submit="Renew"
    )


def close_modal(kept: KeptException) -> Block:
    """Why it is not needed any more."""
    reason = blocks.text_input(ids.REASON_BLOCK, "Why is it closed?", max_length=REASON_LENGTH)
    body = [blocks.rich(_about(kept)), reason]
    return blocks.modal(
        CLOSE,
        body,
        callback_id=ids.EXCEPTION_CLOSE_VIEW,
        private_metadata=_reference(kept),
        submit="Close it",
    )


def loading_modal(title: str, kept: KeptException) -> Block:
    """Opened at once, because Slack's trigger lives 3 seconds; filled by an update."""
    line: Line = [say("One moment; nothing is changed yet.")]
    return blocks.modal(
        title, [blocks.rich([line])], callback_id=ids.LOADING_VIEW, private_metadata=_reference(kept)
    )


def _words_and_days(label: str, review: date, end: date) -> list[Block]:
    return [
        blocks.text_input(
            ids.REASON_BLOCK, label, hint="For the record and the team.", max_length=REASON_LENGTH
        ),
        blocks.date_picker(
            ids.REVIEW_BLOCK, "Looked at again on", initial=f"{review:%Y-%m-%d}", hint="Needed."
        ),
        blocks.date_picker(ids.ENDS_BLOCK, "Ends on", initial=f"{end:%Y-%m-%d}", hint="Needed."),
    ]


def _about(kept: KeptException) -> list[Line]:
    return [
        [
            strong("Exception: "),
            raw(kept.subject or "(removed)", 120),
            say(" at "),
            raw(kept.organization_name, 80),
        ],
        [strong("Owner: "), raw(kept.owner.name, 80), say("; kept since "), moment(kept.opened_at)],
        [strong("Why: "), raw(kept.renewals[-1].reason if kept.renewals else kept.reason, 500)],
    ]


def _reference(kept: KeptException) -> str:
    return str(CaseRef(kept.exception_id, kept.revision))
