"""What a card's thread says of a decision, once: all that the lines of a decided card have no room for."""

from __future__ import annotations

from collections.abc import Sequence

from bot.cards.case.naming import name_of
from bot.cards.case.standing import denial_lines, standing_sentence
from bot.cards.kit.blocks import Rendered, message
from bot.cards.kit.words import Line, Run, listed, moment, raw, say, strong
from bot.cards.messages.policies import portal_button
from bot.models import Attempt, Outcome, RequestEntry, Verb

NEXT_STEP = (
    "Next for the requestor: it takes effect at the computer's next check-in; "
    "Rapid Check-in from the tray menu makes it sooner."
)
LISTED = 10
"""Policies, or endings in the portal, that one message spells out (our choice); the details name them all."""
EFFECTS_SHOWN = 2
"""Different effects that are spelled out: those of one press mostly differ by the computer alone (our choice)."""
SENTENCE = 600
"""Characters of an effect, or of what somebody wrote (our choice); the record has all of it."""

Decided = tuple[RequestEntry, Outcome, Attempt]


def decided_here(entries: Sequence[RequestEntry], portal_link: str) -> Rendered:
    """What one press decided: who, when and how far, why, what the portal answered, and the requestor's next step.

    The entries are those that this press has ended, one at the least.
    """
    told = [
        (entry, entry.outcome, entry.outcome.attempt)
        for entry in entries
        if entry.outcome is not None and entry.outcome.attempt is not None
    ]
    attempt = told[0][2]
    lines: list[Line] = [_head(told), *_effects(told), *_because(attempt)]
    if attempt.choice.verb is Verb.DENY:
        return message([*lines, *denial_lines(entries), _answered(told)])
    lines += [_answered(told), *_policies(told), [say(NEXT_STEP)]]
    return message(lines, portal_button(portal_link))


def decided_in_portal(entries: Sequence[RequestEntry]) -> Rendered:
    """What ended without Gatehouse: in the portal's words, each ending once, with the note that it keeps."""
    endings: dict[str, tuple[Line, list[RequestEntry]]] = {}
    for entry in entries:
        sentence: Line = standing_sentence(entry)
        endings.setdefault(_as_read(sentence) + _note(entry), (sentence, []))[1].append(entry)
    lines: list[Line] = []
    for sentence, members in list(endings.values())[:LISTED]:
        line: Line = [*_what(members), say(": "), *sentence]
        note = _note(members[0])
        lines += [line, [strong("The portal's note: "), raw(note, SENTENCE)]] if note else [line]
    left = len(endings) - LISTED
    return message([*lines, *([[say(f"and {left} more; the details tell them all.")]] if left > 0 else [])])


def _as_read(sentence: Line) -> str:
    """What two sentences are told apart by: a reader sees the minutes of their times."""
    return str(
        [{**run, "timestamp": run["timestamp"] // 60} if "timestamp" in run else run for run in sentence]
    )


def decided_again(entry: RequestEntry) -> Rendered:
    """What somebody in the portal decided once more, after another decision had ended the request."""
    head: Line = [strong("Decided once more, in the portal: "), *_what([entry]), say(": ")]
    note = _note(entry)
    return message(
        [
            [*head, *standing_sentence(entry)],
            *([[strong("The portal's note: "), raw(note, SENTENCE)]] if note else []),
        ]
    )


def _note(entry: RequestEntry) -> str:
    return entry.outcome.state.comments.strip() if entry.outcome is not None else ""


def _what(entries: Sequence[RequestEntry]) -> list[Run]:
    """Which files on which computers."""
    files = dict.fromkeys(name_of(entry.facts) for entry in entries)
    computers = dict.fromkeys(entry.facts.computer_name for entry in entries)
    return [*listed(files, limit=3, each=120), say(" on "), *listed(computers, limit=5)]


def _head(told: Sequence[Decided]) -> Line:
    """“Approved: setup.exe on WS-001, by Tom Okafor, first Ada Lund, today at 9:00.”; of several customers, whose."""
    entries, (_, outcome, attempt) = [entry for entry, _, _ in told], told[-1]
    customers = dict.fromkeys(entry.facts.organization_name for entry in entries)
    runs = [strong("Approved: " if attempt.choice.verb is Verb.APPROVE else "Denied: "), *_what(entries)]
    runs += [say(" at "), *listed(customers, limit=5)] if len(customers) > 1 else []
    runs += [say(", by "), raw(attempt.actor.name, 80)]
    runs += [say(", first "), raw(attempt.first.name, 80)] if attempt.first is not None else []
    return [*runs, say(", "), moment(outcome.state.decided_at or outcome.seen_at), say(".")]


def _effects(told: Sequence[Decided]) -> list[Line]:
    """How far, in the words that the presser was shown; of many the first ones stand for all."""
    effects = list(dict.fromkeys(attempt.effect for _, _, attempt in told if attempt.effect))
    lines: list[Line] = [[strong("Effect: "), raw(effect, SENTENCE)] for effect in effects[:EFFECTS_SHOWN]]
    left = len(effects) - EFFECTS_SHOWN
    return [*lines, [say(f"and likewise {left} more.")]] if left > 0 else lines


def _because(attempt: Attempt) -> list[Line]:
    """Why, as far as somebody wrote it; of a denial its reason is quoted as the requestor reads it."""
    choice = attempt.choice
    is_approval = choice.verb is Verb.APPROVE
    told = (
        ("Why: ", attempt.because if is_approval else ""),
        ("Why a mode: ", choice.mode_because),
        ("Why without an end: ", choice.safe_because),
        ("Validated: ", choice.validated_how),
        ("Confirmed by: ", choice.confirmed_by),
        ("The second person: ", attempt.remark),
        ("On the phone with: ", choice.on_phone_with),
        ("Ticket: ", choice.ticket),
    )
    return [[strong(name), raw(text, SENTENCE)] for name, text in told if text.strip()]


def _answered(told: Sequence[Decided]) -> Line:
    """The portal's own word for each ending, and the attempts that its notes name."""
    labels = dict.fromkeys(outcome.state.status_label for _, outcome, _ in told)
    attempts = dict.fromkeys(attempt.attempt_id for _, _, attempt in told)
    runs = [strong("The portal says: "), *listed(labels, limit=3), say(" (attempt ")]
    return [*runs, *listed(attempts, limit=3), say(").")]


def _policies(told: Sequence[Decided]) -> list[Line]:
    """Each policy once, with its computers where there are several; the portal may tell none."""
    made: dict[tuple[str, str], list[str]] = {}
    for entry, outcome, _ in told:
        state = outcome.state
        if state.policy_id:
            made.setdefault((state.policy_id, state.application_id), []).append(entry.facts.computer_name)
    if not made:
        return [[say("The portal does not tell which policy came of it.")]]
    lines: list[Line] = []
    for (policy_id, application_id), computers in list(made.items())[:LISTED]:
        where = [say(" ("), *listed(computers, limit=5), say(")")] if len(made) > 1 else []
        of = [say(", application "), raw(application_id, 80, code=True)] if application_id else []
        lines.append([strong("Policy: "), raw(policy_id, 80, code=True), *of, *where])
    left = len(made) - LISTED
    return [*lines, [say(f"and {left} more; the details name them all.")]] if left > 0 else lines
