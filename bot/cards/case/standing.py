"""Where a case stands, in sentences: what the portal has said, what is on its way, who is on it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime

from bot.cards.kit import blocks, ids
from bot.cards.kit.limits import Block
from bot.cards.kit.words import Line, Run, listed, moment, raw, raw_lines, say, strong
from bot.models import Attempt, Awaited, Case, Choice, HandedOver, Outcome, RequestEntry, Standing, Verb
from bot.rules.sla import waits_unclaimed
from bot.rules.timeline import held_until

NAME_LIMIT = 80
SENTENCE_LIMIT = 300
"""Characters of the giver's sentence, which is as long as the form lets it be."""


def handed_lines(case: Case) -> list[Line]:
    """Who gave it to whom, while it is open: with the giver's own words."""
    if not case.is_open:
        return []
    lines: list[Line] = []
    claim = case.claim
    if claim is not None and claim.handed_over is not None:
        receiver = [strong("Handed over to "), raw(claim.actor.name, NAME_LIMIT)]
        lines.append([*receiver, *_by(claim.handed_over)])
    if case.handed_over is not None:
        lines.append([strong("Handed over to the escalation team"), *_by(case.handed_over)])
    return lines


def holder_runs(case: Case) -> list[Run]:
    """Who has had it since when, where it was handed over; nothing for a case that nobody handed over."""
    claim, team = case.claim, case.handed_over
    if claim is not None and (claim.handed_over is not None or team is not None):
        runs = [raw(claim.actor.name, NAME_LIMIT), say(" has had it since "), moment(claim.at)]
        given = claim.handed_over or team
    elif team is not None:
        runs = [say("the escalation team has had it since "), moment(team.at)]
        given = team
    else:
        return []
    return [*runs, say(", handed over by "), raw(given.by.name, NAME_LIMIT)] if given else runs


def _by(handed: HandedOver) -> list[Run]:
    who = [say(" by "), raw(handed.by.name, NAME_LIMIT), say(", "), moment(handed.at)]
    return [*who, say(": "), raw(handed.because, SENTENCE_LIMIT)]


CALLER_LENGTH = 80
"""Characters of the caller's name (our choice; it also goes into a note of the portal)."""


def phone_input(typed: str = "") -> Block:
    """Who asks on the phone: optional, for the record, the portal's note and the card."""
    hint = "The caller's name, if somebody asks by phone. It is recorded and stands in the portal's note."
    return blocks.text_input(
        ids.PHONE_BLOCK,
        "On the phone with",
        hint=hint,
        multiline=False,
        needed=False,
        max_length=CALLER_LENGTH,
        initial=typed,
    )


def phone_runs(choice: Choice) -> list[Run]:
    """Who asked on the phone, for the settled card; nothing where nobody did."""
    if not choice.on_phone_with:
        return []
    return [say(" Asked for on the phone by "), raw(choice.on_phone_with, CALLER_LENGTH), say(".")]


EFFECT_LIMIT = 300
DENIAL_LIMIT = 2000
"""Characters of a denial: it is shown whole (the form takes fewer)."""
DENIALS_SHOWN = 3
"""Different denials of one case that are spelled out (our choice)."""
ENDINGS_SHOWN = 9
"""Distinct outcomes of one case that are spelled out (our choice)."""
NEXT_CHECK_IN = (
    " It takes effect at the computer's next check-in; Rapid Check-in from the tray menu makes it sooner."
)


def standing_lines(case: Case) -> list[Line]:
    """One sentence per distinct outcome; with several outcomes each names its computers. Denials in their own words."""
    grouped = _by_sentence(case.requests)
    denials = denial_lines(case.requests)
    if len(grouped) == 1:
        return [grouped[0][0], *denials]
    lines: list[Line] = [[strong(summary(case))]]
    for sentence, entries in grouped[:ENDINGS_SHOWN]:
        lines.append([*listed(_computers(entries), limit=5), say(": "), *sentence])
    left = len(grouped) - ENDINGS_SHOWN
    return [*lines, *([[say(f"and {left} more endings")]] if left > 0 else []), *denials]


def summary(case: Case) -> str:
    """The outcomes counted: “2 approved, 1 waiting”."""
    words = Counter(standing_word(entry) for entry in case.requests)
    return ", ".join(f"{count} {word}" for word, count in sorted(words.items(), key=_order))


_WORDS = (
    "approved",
    "denied",
    "rejected or ignored",
    "closed",
    "being decided",
    "outcome unknown, checking",
    "waiting for a second person",
    "waiting",
)
_WORD_OF = {
    Standing.APPROVED: "approved",
    Standing.CLOSED: "closed",
    Standing.DECIDING: "being decided",
    Standing.CHECKING: "outcome unknown, checking",
    Standing.PENDING: "waiting",
}


def standing_word(entry: RequestEntry) -> str:
    """One request's state in a word or three."""
    if entry.standing is Standing.REJECTED:
        return "denied" if _denied_by_us(entry.outcome) else "rejected or ignored"
    if entry.standing is Standing.PENDING and entry.awaited is not None:
        return "waiting for a second person"
    return _WORD_OF[entry.standing]


def _order(counted: tuple[str, int]) -> int:
    return _WORDS.index(counted[0])


def _by_sentence(entries: Sequence[RequestEntry]) -> list[tuple[list[Run], list[RequestEntry]]]:
    """Entries with the same sentence together, in order of arrival."""
    grouped: list[tuple[list[Run], list[RequestEntry]]] = []
    for entry in entries:
        sentence = standing_sentence(entry)
        for known, members in grouped:
            if known == sentence:
                members.append(entry)
                break
        else:
            grouped.append((sentence, [entry]))
    return grouped


def _computers(entries: Sequence[RequestEntry]) -> list[str]:
    return list(dict.fromkeys(entry.facts.computer_name for entry in entries))


def standing_sentence(entry: RequestEntry) -> list[Run]:
    """One request's state. “Approved” only after the portal has said so."""
    match entry.standing:
        case Standing.PENDING if entry.awaited is not None:
            return _awaiting(entry.awaited)
        case Standing.PENDING:
            return [strong("Waiting for a decision.")]
        case Standing.DECIDING:
            return [strong("Being decided"), *_attempted(entry), say("; the portal has not answered yet.")]
        case Standing.CHECKING:
            doubt = (
                "; the portal has not confirmed it. Nothing is sent again. This card corrects itself as soon"
                " as the portal says how it ended."
            )
            return [strong("Outcome unknown, checking"), *_attempted(entry), say(doubt)]
        case Standing.APPROVED:
            return _ended(entry.outcome, "Approved")
        case Standing.REJECTED:
            return _ended(entry.outcome, "Denied" if _denied_by_us(entry.outcome) else "Rejected or ignored")
        case Standing.CLOSED:
            return _ended(entry.outcome, "Closed")


def _awaiting(awaited: Awaited) -> list[Run]:
    """Who would approve what, and why one person is not enough. “Approved” is not said: nothing was sent."""
    runs = [strong("Waiting for a second person: "), raw(awaited.first.name, NAME_LIMIT)]
    runs += [say(" would approve. Effect: "), raw(awaited.effect, EFFECT_LIMIT)]
    return [*runs, say(" Two people have to agree, because "), raw(awaited.because, EFFECT_LIMIT), say(".")]


def _attempted(entry: RequestEntry) -> list[Run]:
    """Who pressed what, in brackets."""
    if entry.attempt is None:
        return []
    word = "approval" if entry.attempt.choice.verb is Verb.APPROVE else "denial"
    return [say(f" ({word} by "), raw(entry.attempt.actor.name, NAME_LIMIT), *_first(entry.attempt), say(")")]


def _first(attempt: Attempt) -> list[Run]:
    """The first of two people, where two had to agree."""
    return [say(", first "), raw(attempt.first.name, NAME_LIMIT)] if attempt.first is not None else []


def _denied_by_us(outcome: Outcome | None) -> bool:
    """The portal's status 10 means rejected or ignored; only our own record says which."""
    return outcome is not None and outcome.attempt is not None and outcome.attempt.choice.verb is Verb.DENY


def _ended(outcome: Outcome | None, word: str) -> list[Run]:
    """How it ended, by whom, where, when, and what that does."""
    if outcome is None:
        return [strong(f"{word}.")]
    if outcome.attempt is None:
        return [strong(word), *_decided_in_portal(outcome), say(".")]
    attempt = outcome.attempt
    runs = [strong(word), say(" by "), raw(attempt.actor.name, NAME_LIMIT), *_first(attempt)]
    runs.append(say(" in Gatehouse, "))
    runs += [moment(outcome.state.decided_at or outcome.seen_at), say(".")]
    if attempt.effect:
        runs += [say(" Effect: "), raw(attempt.effect, EFFECT_LIMIT)]
    if attempt.choice.verb is Verb.APPROVE:
        runs.append(say(NEXT_CHECK_IN))
    return [*runs, *phone_runs(attempt.choice)]


def denial_lines(entries: Sequence[RequestEntry]) -> list[Line]:
    """The exact words of the denials, each once: what the requestor reads, or what only the record keeps."""
    sent: dict[tuple[str, bool], None] = {}
    for entry in entries:
        attempt = entry.outcome.attempt if entry.outcome else None
        if attempt is not None and attempt.choice.verb is Verb.DENY and attempt.choice.reason:
            sent[attempt.choice.reason, attempt.choice.notify_requestor] = None
    lines: list[Line] = []
    for text, is_told in list(sent)[:DENIALS_SHOWN]:
        head = "The requestor reads: " if is_told else "The requestor was not told; for the record: "
        lines.append([strong(head), raw_lines(text, DENIAL_LIMIT)])
    left = len(sent) - DENIALS_SHOWN
    return [*lines, [say(f"and {left} more reasons")]] if left > 0 else lines


def _decided_in_portal(outcome: Outcome) -> list[Run]:
    """The portal's own words: decider and status, as far as it names them."""
    state = outcome.state
    runs = [say(" in the portal")]
    if state.decided_by:
        runs += [say(" by "), raw(state.decided_by, NAME_LIMIT)]
    if state.decided_at is not None:
        runs += [say(", "), moment(state.decided_at)]
    if state.standing is Standing.CLOSED and state.status_label:
        runs += [say(" (the portal says: "), raw(state.status_label, NAME_LIMIT), say(")")]
    return runs


def claim_lines(case: Case) -> list[Line]:
    """Who said “I am on it”, here and in the portal."""
    lines: list[Line] = []
    if case.claim is not None:
        name = raw(case.claim.actor.name, NAME_LIMIT)
        lines.append([strong("Claimed by "), name, say(", until "), moment(case.claim.until), say(".")])
    elif waits_unclaimed(case):
        lines.append([strong("Nobody has claimed it yet.")])
    lines += handed_lines(case)
    if case.assignees:
        lines.append([strong("Assigned in the portal to "), *listed(case.assignees, limit=3)])
    return lines


def urgency_lines(case: Case, now: datetime) -> list[Line]:
    """Why it is unusual, that it was escalated, that it is late, that the clock is a substitute."""
    lines: list[Line] = []
    if case.unusual:
        lines.append([strong("Unusual: "), *listed(case.unusual, limit=5, each=200)])
    if case.escalated_at is not None:
        lines.append([strong("Escalated "), moment(case.escalated_at), *_by_whom(case), say(".")])
    if case.elsewhere:
        at = [say(", "), moment(case.elsewhere[0].at), say(".")]
        lines.append([strong("Second way: "), *told_elsewhere(case), *at])
    if case.due_at is not None and is_late(case, now):
        lines.append(
            [strong("Late: "), say("it should have been decided by "), moment(case.due_at), say(".")]
        )
    notes = dict.fromkeys(entry.clock_note for entry in case.open_requests if entry.clock_note)
    lines += [[say("Clock: "), raw(note, 200)] for note in list(notes)[:2]]
    return lines


_WAYS = {"webhook": "webhook", "mail": "e-mail", "pagerduty": "PagerDuty", "opsgenie": "Opsgenie"}


def ways_in_words(ways: Iterable[str]) -> str:
    """“e-mail and PagerDuty”."""
    *first, last = [_WAYS[way] for way in ways]
    return f"{', '.join(first)} and {last}" if first else last


def told_elsewhere(case: Case) -> list[Run]:
    """That an escalation went out by a second way, and why; nothing where Slack took them all."""
    ways = dict.fromkeys(way for one in case.elsewhere for way in one.ways)
    return [say(f"called by {ways_in_words(ways)}, as Slack did not take it")] if ways else []


def _by_whom(case: Case) -> list[Run]:
    return [say(" at the request of "), raw(case.escalated_by, NAME_LIMIT)] if case.escalated_by else []


def decider_name(outcome: Outcome) -> str:
    """Who decided it, here or in the portal, which does not always name them."""
    return outcome.attempt.actor.name if outcome.attempt else outcome.state.decided_by or "the portal"


def is_late(case: Case, now: datetime) -> bool:
    """Whether it waits past its deadline."""
    return bool(case.pending) and case.due_at is not None and case.due_at <= now


def deadline_runs(case: Case, now: datetime | None) -> list[Run]:
    """“late, was due …”, “held until …” or “due …”, as the card has it; empty for what has no deadline. Without
    `now` the deadline alone."""
    if case.due_at is None:
        return []
    if now is not None and is_late(case, now):
        return [strong("late"), say(", was due "), moment(case.due_at)]
    held = held_until(case, now) if now is not None else None
    return [say("held until " if held else "due "), moment(held or case.due_at)]
