"""Answers to the person who pressed, and to nobody else: what happened, or why not and who could."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bot.cards.case.standing import standing_lines
from bot.cards.kit.names import listed
from bot.cards.kit.rendered import Rendered, message
from bot.cards.kit.words import Line, moment, raw, say, strong
from bot.models import Case


def refused(
    sentence: str, could: Sequence[str] = (), team: str = "", *, technician: bool = False
) -> Rendered:
    """What is missing and where, then up to three people who could, or the team to ask."""
    lines: list[Line] = [[strong("Not done: "), raw(sentence, 600)]]
    if could:
        lines.append([say("Who could: "), *listed(could, limit=3)])
    elif team:
        lines.append([say("Ask "), raw(team, 120), say(".")])
    if technician:
        text = "Local admin rights do not replace review; the cybersecurity team reviews around the clock."
        lines.append([say(text)])
    return message(lines)


def not_recorded() -> Rendered:
    """The press could not be stored, so nothing was done."""
    return message(
        [[strong("Not recorded, press again."), say(" Nothing was done; the record cannot be written.")]]
    )


def too_many_presses() -> Rendered:
    """A limit of the minute was met; said once, since an answer to each would be a flood of its own."""
    return message(
        [
            [
                strong("Not recorded: too many presses within a minute. "),
                say(
                    "Nothing more of yours or on this case is taken until the minute is over; nothing was done. "
                ),
                say("Then press again."),
            ]
        ]
    )


def maybe_recorded() -> Rendered:
    """The record took the press and did not answer, so it may be carried out yet."""
    return message(
        [
            [
                strong("It is not known whether this was recorded. "),
                say("If it was, it is carried out and answered here in a moment. "),
                say("Look at the card before you press again: what was done once is not done twice."),
            ]
        ]
    )


def too_late(case: Case) -> Rendered:
    """Pressed after the decision: how it ended."""
    return message([[strong("Too late: nothing was changed.")], *standing_lines(case)])


def stale_card(case_id: str) -> Rendered:
    """A button of a card that no longer leads anywhere."""
    line: Line = [
        say("This card is from before the records that are kept. Look the request up in the portal. ")
    ]
    return message([[*line, say("Case "), raw(case_id, 110)]])


def claimed(case: Case) -> Rendered:
    """The claim stands."""
    until = "Reminders pause; the escalation does not. Any permitted press still decides."
    return message([[strong("You are on it. "), say(until)], *standing_lines(case)])


def released() -> Rendered:
    """The claim is gone."""
    return message([[strong("Released."), say(" Reminders run again.")]])


def escalated() -> Rendered:
    """Help was called."""
    return message(
        [[strong("Escalated."), say(" The escalation team has been called, with a link to the card.")]]
    )


def called_before(at: datetime, by: str) -> Rendered:
    """Help was called before, and whoever was called then is on duty still: one call per case."""
    who: Line = [say(", at the request of "), raw(by)] if by else []
    line: Line = [
        strong("Called already "),
        moment(at),
        *who,
        say(". Nobody is called a second time for it; "),
    ]
    return message([[*line, say("until it is decided the clock goes on calling by itself.")]])


def trouble(sentence: str, remedy: str = "Press again in a moment.") -> Rendered:
    """Something is broken or away: nothing was decided by accident."""
    return message([[strong("Not done: "), raw(sentence, 600), say(" "), say(remedy)]])


def said(sentence: str) -> Rendered:
    """A plain sentence, shown literally."""
    return message([[raw(sentence, 1500)]])
