"""What one person is told later, when something that they began has ended without them."""

from __future__ import annotations

from bot.cards.case.card import subject_name
from bot.cards.case.standing import standing_lines
from bot.cards.kit.rendered import Rendered, message
from bot.cards.kit.words import Line, raw, say, strong
from bot.models import Attempt, Case, RequestEntry, Verb


def claim_lapsed(case: Case) -> Rendered:
    """To the claimer: the claim's time is over."""
    line: Line = [strong("Your claim has lapsed: "), raw(subject_name(case), 120)]
    return message([line, [say("Reminders run again. Claim it anew if you are still on it.")]])


def claim_taken_over(case: Case, by: str) -> Rendered:
    """To the former claimer: somebody else is on it now."""
    return message(
        [[raw(by, 80), say(" took over the case that you had claimed: "), raw(subject_name(case), 120)]]
    )


def doubt_ended(entry: RequestEntry, attempt: Attempt, *, reopened: bool) -> Rendered:
    """To the presser: how an unknown outcome was found out."""
    verb = "approval" if attempt.choice.verb is Verb.APPROVE else "denial"
    what = [raw(entry.facts.file_name, 120), say(" on "), raw(entry.facts.computer_name, 80)]
    if reopened:
        head: Line = [strong(f"Your {verb} had no effect: "), *what]
        accepted = "The portal had accepted it, but " if attempt.answered else "The portal "
        told = f"{accepted}still calls it pending. Only a new press makes a new attempt."
        return message([head, [say(told)]])
    label = entry.outcome.state.status_label if entry.outcome else entry.standing.value
    ours = entry.outcome is not None and entry.outcome.attempt is not None
    head = [strong(f"Your {verb} {'went through' if ours else 'came after another decision'}: "), *what]
    return message([head, [say("The portal says: "), raw(label, 80), say(".")]])


def nothing_claimed(case: Case) -> Rendered:
    """Release was pressed, but nobody had claimed it any more."""
    return message([[say("Nobody had claimed it any more.")], *standing_lines(case)])
