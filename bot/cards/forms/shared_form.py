"""“Approve…” and “Details” of a card that several cases share, drawn for one person: of what they may see, no more."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.cards.case.card import REHEARSAL, card_title
from bot.cards.case.naming import subject_name
from bot.cards.case.shared import shared_reference
from bot.cards.case.standing import standing_sentence, summary
from bot.cards.forms.case_form import REASON_LENGTH
from bot.cards.kit import blocks, ids
from bot.cards.kit.ids import CaseRef
from bot.cards.kit.limits import Block
from bot.cards.kit.words import Line, listed, raw, say, short, strong
from bot.models import Case, Rules
from bot.rules.bundles import files_in, is_family, merged

_EFFECT = (
    "Each request on its own computer, by its file's hash, as one press does it; each is judged, sent and recorded by"
    " itself. What needs another reach, a rule or an end has its own form: choose it below."
)
_BURST = (
    "A burst is often an installer: then “Installation mode…” on the card, with an end, lets the rest of it run. It is"
    " no shortcut: what runs meanwhile is let in unseen."
)
DETAILED = 20
"""Cases that the details name one by one (our choice): well below 100 blocks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SharedForm:
    """What the form shows: the cases that its reader may see and that can be decided, and how many others there are."""

    cases: Sequence[Case]
    unseen: int = 0
    needs_reason: bool
    rules: Rules


def shared_approve_modal(form: SharedForm) -> Block:
    """All of them, some of them, or the form of one."""
    family = is_family(form.cases)
    what = "customers" if family else "files"
    options = [blocks.option(_label(case, family=family), case.case_id) for case in form.cases]
    lines: list[Line] = [
        [strong(_about(form.cases))],
        [say(f"{summary(merged(form.cases))}.")],
        [say(_EFFECT)],
    ]
    lines += [] if family else [[say(_BURST)]]
    lines += _unseen(form.unseen)
    lines += [] if form.rules.writes_on else [[strong(REHEARSAL)]]
    body = [blocks.rich(lines)]
    if len(options) > 1:
        hint = f"Leave empty for all {len(options)}."
        body.append(
            blocks.select(ids.CASES_BLOCK, f"Which {what}", options, many=True, needed=False, hint=hint)
        )
    body.append(_reason(form))
    one = blocks.select(ids.ONE_CASE_BLOCK, f"Or one of these {what}, with everything", options, needed=False)
    body.append(one | {"dispatch_action": True})
    ref = shared_reference(form.cases)
    return blocks.modal(
        "Approve", body, callback_id=ids.SHARED_APPROVE_VIEW, private_metadata=ref, submit="Approve"
    )


def _about(cases: Sequence[Case]) -> str:
    if is_family(cases):
        return card_title(cases[0])
    return f"{files_in(cases)} files on {short(cases[0].requests[0].facts.computer_name, 60)}"


def _label(case: Case, *, family: bool) -> str:
    computers = dict.fromkeys(entry.facts.computer_name for entry in case.pending)
    if not family:
        return short(subject_name(case), 75)
    more = f" and {len(computers) - 1} more" if len(computers) > 1 else ""
    return f"{short(case.organization_name, 30)}: {short(next(iter(computers), ''), 24)}{more}"


def _reason(form: SharedForm) -> Block:
    hint = "Kept in the record. Without it, what one press cannot approve stays as it is."
    return blocks.text_input(
        ids.REASON_BLOCK, "Reason", hint=hint, needed=form.needs_reason, max_length=REASON_LENGTH
    )


def _unseen(count: int) -> list[Line]:
    """What stands on the card and is none of this person's business: its number."""
    return [[say(f"{count} more on this card belong to customers that you may not see.")]] if count else []


def shared_details_modal(cases: Sequence[Case], unseen: int) -> Block:
    """Each case in a line or two, with the way to its own details."""
    lines: list[Line] = [[strong(f"{summary(merged(cases))}.")], *_unseen(unseen)]
    body = [blocks.header(_about(cases)), blocks.rich(lines)]
    for number, case in enumerate(cases[:DETAILED]):
        body.append(blocks.rich(_case_lines(case)))
        ref = str(CaseRef(case.case_id, case.revision))
        body.append(blocks.actions([blocks.button(ids.ONE_DETAILS, "Details", ref)], f"one_{number}"))
    if len(cases) > DETAILED:
        body.append(blocks.context(f"and {len(cases) - DETAILED} more; App Home lists what is open."))
    return blocks.modal(
        "Details", body, callback_id=ids.DETAILS_VIEW, private_metadata=shared_reference(cases)
    )


def _case_lines(case: Case) -> list[Line]:
    computers = dict.fromkeys(entry.facts.computer_name for entry in case.requests)
    where = [raw(case.organization_name, 60), say(": "), raw(subject_name(case), 80), say(" on ")]
    head: Line = [*where, *listed(computers, limit=3, each=40)]
    sentences = [standing_sentence(entry) for entry in case.requests]
    told = sentences[0] if all(one == sentences[0] for one in sentences) else [say(f"{summary(case)}.")]
    return [head, told]
