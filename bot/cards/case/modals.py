"""The modals of a case that ask nothing: details, loading, too late, and the one that only says something."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bot.cards.case.card import card_title
from bot.cards.case.evidence import check_lines, evidence_lines
from bot.cards.case.facts import entry_lines, fact_lines
from bot.cards.case.offers import policy_actions, policy_line, work_lines
from bot.cards.case.standing import standing_lines, urgency_lines
from bot.cards.forms.case_form import reference
from bot.cards.kit import blocks, ids
from bot.cards.kit.limits import Block
from bot.cards.kit.words import Line, raw, say, strong
from bot.models import Case

DETAILED_REQUESTS = 40
"""Requests spelled out in the details modal: well below 100 blocks and 250 KB."""


def loading_modal(title: str, case: Case) -> Block:
    """Opened at once, because Slack's trigger lives 3 seconds; filled by an update."""
    line: Line = [say("Asking the portal for the latest facts. This takes a moment; nothing is decided yet.")]
    return blocks.modal(
        title, [blocks.rich([line])], callback_id=ids.LOADING_VIEW, private_metadata=reference(case)
    )


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


def details_modal(case: Case, now: datetime | None = None) -> Block:
    """The full facts of every request, and the evidence; with `now` also that it is late, and what else is urgent."""
    state = [*standing_lines(case), *work_lines(case), *(urgency_lines(case, now) if now else ())]
    body = [blocks.header(card_title(case)), blocks.rich(state), *policy_actions(case)]
    body.append(blocks.rich(fact_lines(case)))
    evidence = evidence_lines(case)
    if evidence:
        body.append(blocks.rich(evidence))
    checks = check_lines(case)
    if checks:
        body += [blocks.divider(), blocks.rich(checks)]
    for entry in case.requests[:DETAILED_REQUESTS]:
        body += [blocks.divider(), blocks.rich([*entry_lines(entry), *policy_line(entry)])]
    left = len(case.requests) - DETAILED_REQUESTS
    if left > 0:
        body.append(blocks.context(f"and {left} more requests; the portal shows them all."))
    body.append(blocks.context(f"Case {case.case_id}, revision {case.revision}"))
    return blocks.modal("Details", body, callback_id=ids.DETAILS_VIEW, private_metadata=reference(case))
