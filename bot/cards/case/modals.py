"""The modals of a case that ask nothing: details, loading, too late, and the one that only says something."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bot.cards.case.card import HOUSE_RULE, card_title
from bot.cards.case.evidence import check_lines, evidence_lines
from bot.cards.case.facts import asked_lines, entry_lines, file_values, signer_lines
from bot.cards.case.lines import FOLLOWS
from bot.cards.case.offers import (
    ONE_PRESS_WANTS,
    awaits_second,
    exception_actions,
    one_press_closed,
    policy_actions,
    policy_line,
    takes_a_reason,
    work_lines,
)
from bot.cards.case.standing import claim_lines, standing_lines, urgency_lines
from bot.cards.case.timeline import plan_lines
from bot.cards.forms.case_form import reference
from bot.cards.kit import blocks, ids
from bot.cards.kit.limits import Block
from bot.cards.kit.words import Line, raw, say, strong
from bot.models import Case, Rules
from bot.rules.kinds import traits_of

FILE_VALUE = 1000
"""Characters of a path or digest (our choice: a Windows path has 260 by default)."""
NO_SHORTCUT = (
    "A maintenance mode is no shortcut: it comes last, for an hour, and with the reason why no policy serves."
)
SECOND_WANTED = (
    "“Second…” shows another person what was seen and written, to be agreed to or sent back. Whoever may can still"
    " deny, or approve narrower in “Approve…”: then nothing waits any more."
)
DETAILED_REQUESTS = 38
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
        *work_lines(case),
    ]
    return blocks.modal("Already decided", [blocks.rich(lines)], callback_id=ids.SAID_VIEW)


def details_modal(case: Case, now: datetime | None = None, rules: Rules | None = None) -> Block:
    """Everything that a card leaves out, in sections; with `now` also that it is late, and what else is urgent, and by
    the `rules` what happens while it waits."""
    state = [*standing_lines(case), *work_lines(case), *claim_lines(case)]
    state += urgency_lines(case, now) if now else []
    body = [
        blocks.header(card_title(case)),
        blocks.rich(state),
        *policy_actions(case),
        *exception_actions(case),
    ]
    body += _section("What is asked", asked_lines(case))
    body += _section("The file", signer_lines(case))
    values = file_values(case)
    body += [blocks.copyable(values, FILE_VALUE)] if values else []
    body += _section("What is known", evidence_lines(case))
    body += _section("", check_lines(case))
    body += _section("Before you press", _cautions(case))
    body += _section("While it waits", plan_lines(case, rules, now) if rules and now else [])
    for entry in case.requests[:DETAILED_REQUESTS]:
        body += [blocks.divider(), blocks.rich([*entry_lines(entry), *policy_line(entry)])]
    left = len(case.requests) - DETAILED_REQUESTS
    if left > 0:
        body.append(blocks.context(f"and {left} more requests; the portal shows them all."))
    body.append(blocks.context(f"Case {case.case_id}, revision {case.revision}"))
    return blocks.modal("Details", body, callback_id=ids.DETAILS_VIEW, private_metadata=reference(case))


def _section(title: str, lines: Sequence[Line]) -> list[Block]:
    """A part of the details below its title; nothing where there is nothing to say."""
    if not lines:
        return []
    return [blocks.header(title) if title else blocks.divider(), blocks.rich(lines)]


def _cautions(case: Case) -> list[Line]:
    """Why it is not one press, and what is borne in mind whoever presses."""
    if not case.pending:
        return []
    kind = traits_of(case.kind)
    closed = f"{ONE_PRESS_WANTS}." if takes_a_reason(case, Rules()) else one_press_closed(case)
    lines: list[Line] = [[say(SECOND_WANTED)]] if awaits_second(case) else []
    lines += [[raw(closed, 600)]] if closed else []
    lines += [[say(FOLLOWS)]] if case.follows_case_id else []
    lines += [[say(HOUSE_RULE)]] if kind.is_software else []
    return [*lines, [say(NO_SHORTCUT)]] if kind.starts_modes else lines
