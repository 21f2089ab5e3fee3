"""What is said of policies: what an approval made, what was done to it since, and what is proposed."""

from __future__ import annotations

from collections.abc import Sequence

from bot.cards.case.card import subject_name
from bot.cards.case.policy_lines import DOING, work_line
from bot.cards.kit import blocks, ids
from bot.cards.kit.limits import Block
from bot.cards.kit.names import listed
from bot.cards.kit.rendered import Rendered, message
from bot.cards.kit.words import Line, raw, say, strong
from bot.models import (
    Case,
    PolicyWork,
    RequestEntry,
)

NEXT_STEP = (
    "Next for the requestor: it takes effect at the computer's next check-in; "
    "Rapid Check-in from the tray menu makes it sooner."
)
POLICIES_LISTED = 10
"""Policies that one message names (our choice); the details name them all."""


def approved(case: Case, entries: Sequence[RequestEntry], portal_link: str) -> Rendered:
    """In the card's thread, once for a settled press: the policies that came of it, and the requestor's next step."""
    computers = dict.fromkeys(entry.facts.computer_name for entry in entries)
    by = next((name for entry in entries if (name := _approver(entry))), "")
    head: Line = [
        strong("Approved: "),
        raw(subject_name(case), 120),
        say(" on "),
        *listed(computers, limit=5),
        *([say(", by "), raw(by, 80)] if by else []),
        say("."),
    ]
    return message([head, *_policy_ids(entries), [say(NEXT_STEP)]], portal_button(portal_link))


def _approver(entry: RequestEntry) -> str:
    attempt = entry.outcome.attempt if entry.outcome is not None else None
    return attempt.actor.name if attempt is not None else ""


def _policy_ids(entries: Sequence[RequestEntry]) -> list[Line]:
    """Each policy once, with its computers where there are several; the portal may tell none."""
    made: dict[str, list[str]] = {}
    for entry in entries:
        if entry.outcome is not None and entry.outcome.state.policy_id:
            made.setdefault(entry.outcome.state.policy_id, []).append(entry.facts.computer_name)
    if not made:
        return [[say("The portal does not tell which policy came of it.")]]
    lines: list[Line] = []
    for policy_id, computers in list(made.items())[:POLICIES_LISTED]:
        where = [say(" ("), *listed(computers, limit=5), say(")")] if len(made) > 1 else []
        lines.append([strong("Policy: "), raw(policy_id, 80, code=True), *where])
    left = len(made) - POLICIES_LISTED
    return [*lines, [say(f"and {left} more; the details name them all.")]] if left > 0 else lines


def portal_button(portal_link: str) -> list[Block]:
    """The way into the portal, where its web address is configured."""
    button = blocks.link_button(ids.OPEN_PORTAL, "Open the portal", portal_link)
    return [blocks.actions([button], ids.POLICY_PORTAL_BLOCK)] if button else []


def work_done(case: Case, work: PolicyWork, portal_link: str, *, deployed: str) -> Rendered:
    """In the thread, and to the presser: the portal shows the change. `deployed` says what became of the deployment."""
    head: Line = [*work_line(work, case)]
    return message(
        [head, [raw(work.effect, 600)], *_why(work), [raw(deployed, 300)]], portal_button(portal_link)
    )


def _why(work: PolicyWork) -> list[Line]:
    lines: list[Line] = []
    if work.reason:
        lines.append([strong("Why: "), raw(work.reason, 300)])
    if work.validated_how:
        confirmed = [say("; confirmed by "), raw(work.confirmed_by, 120)]
        lines.append([strong("Validated: "), raw(work.validated_how, 300), *confirmed])
    return lines


def work_without_effect(case: Case, work: PolicyWork, portal_link: str) -> Rendered:
    """To the presser, later: the portal does not show the change."""
    head: Line = [strong(f"{DOING[work.act]} had no effect: "), raw(subject_name(case), 120)]
    accepted = "The portal had accepted it, but does" if work.answered else "The portal does"
    told: Line = [
        say(f"{accepted} not show it. Nothing is sent again; only a new press makes a new attempt.")
    ]
    return message([head, told, [raw(work.effect, 600)]], portal_button(portal_link))


def prepared(work: PolicyWork, lines: Sequence[str], why: str, portal_link: str) -> Rendered:
    """To the presser: what to do in the portal, ready to be copied, because this is not sent from here."""
    head: Line = [strong(f"{DOING[work.act]}: nothing was sent. "), raw(why, 400)]
    ask: Line = [say("Do this in the portal:")]
    steps: list[Line] = [[raw(line, 600, code=True)] for line in lines if line]
    return message([head, ask, *steps], portal_button(portal_link))
