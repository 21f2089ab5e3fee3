"""What is said outside of Slack, and in Slack about it. A page leaves the house: it names no file and no person."""

from __future__ import annotations

from datetime import datetime

from bot.cards.case.naming import kind_title
from bot.cards.case.standing import ways_in_words
from bot.cards.kit.blocks import Rendered, message
from bot.cards.kit.words import raw, say, short, strong
from bot.models import Case, Page


def escalation_page(case: Case, step: str, now: datetime, *, portal_link: str) -> Page:
    """The call for a case that Slack did not take."""
    count = len(case.open_requests)
    asked = min(entry.clock_from for entry in case.open_requests)
    lines = [
        f"{count} request{'' if count == 1 else 's'}, asked for at {asked:%Y-%m-%d %H:%M} UTC.",
        _due(case, now),
        "Slack did not take this call, so it comes this way. Decide in the portal; Gatehouse sees it there.",
        f"Gatehouse case {case.case_id}.",
    ]
    return Page(
        key=case.case_id,
        step=step,
        title=f"{kind_title(case)} at {short(case.organization_name)} waits for a decision",
        lines=tuple(lines),
        link=portal_link,
    )


def _due(case: Case, now: datetime) -> str:
    if case.due_at is None:
        return "It has no time limit."
    minutes = int((now - case.due_at).total_seconds() // 60)
    if minutes < 0:
        return f"It was called for before its time, which is over at {case.due_at:%H:%M} UTC."
    return f"Its time was over at {case.due_at:%H:%M} UTC, {minutes} minutes ago."


def page_over(case: Case) -> Page:
    """The end of the alert."""
    return Page(
        key=case.case_id,
        step="over",
        is_over=True,
        title=f"{kind_title(case)} at {short(case.organization_name)}: nothing is left to do",
        lines=(f"Gatehouse case {case.case_id} is over.",),
    )


def sample_page(*, is_over: bool = False) -> Page:
    """What `gatehouse check --send-test` sends, and its end."""
    return Page(
        key="test",
        step="over" if is_over else "test",
        is_over=is_over,
        title="Test of Gatehouse's second way: nothing has happened",
        lines=("Somebody tries whether this way works. Nobody has to do anything.",),
    )


def way_refuses(way: str, why: str) -> Rendered:
    """To the operators: a second way says no, and somebody has to mend it."""
    head = [strong("A second way refuses escalations: "), say(f"{ways_in_words([way])}, "), raw(why, 300)]
    rest = "It is tried again, ever later. Mend [fallback]; gatehouse check --send-test tries it."
    return message([[*head, say(".")], [say(rest)]])
