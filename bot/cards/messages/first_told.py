"""What the first of two people is told when what they began ends: agreed to, overtaken, changed, replaced."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from bot.cards.case.card import subject_name
from bot.cards.kit.rendered import Rendered, message
from bot.cards.kit.words import Line, Run, raw, say, strong
from bot.models import Actor, Attempt, Awaited, Case, RequestEntry, Verb


@dataclass(frozen=True, slots=True)
class Told:
    """One thing that the first person hears, and the name under which it is said once."""

    first: Actor
    request_id: str
    awaited_id: str
    """What waited and does not any more; empty where it had been agreed to."""
    why: str
    """A constant for the record."""
    said: Rendered | None
    """None: the first person did it themselves and knows."""
    key: str


def told_to_first(before: Case, after: Case) -> Iterator[Told]:
    """What a change from one record to the next means for those who wait for a second person.

    Who takes an approval off on purpose (sent back, too old, the first may not any more) says why by themselves: of
    that nothing follows from the records.
    """
    for entry in after.requests:
        held = before.entry(entry.facts.request_id)
        if held is None:
            continue
        if held.awaited is not None and held.awaited != entry.awaited:
            yield from _void(after, held, held.awaited, entry)
        if held.attempt is not None and held.attempt.first is not None and entry.attempt is None:
            yield _ended(after, held.attempt, held.attempt.first, entry)


def _void(case: Case, held: RequestEntry, awaited: Awaited, entry: RequestEntry) -> Iterator[Told]:
    """Why it waits no more, where the records say so. One press may end it for several requests: that is said once."""
    attempt, outcome, replaced = entry.attempt, entry.outcome, entry.awaited
    if attempt is not None and attempt.first == awaited.first:
        return
    here = entry.facts.request_id
    if entry.left or held.facts != entry.facts:
        runs = [say("The request's facts have changed. Look at it again.")]
        yield _told(case, awaited, entry, "facts_changed", runs, once=here)
    elif outcome is not None:
        by = outcome.attempt.actor.name if outcome.attempt else outcome.state.decided_by
        runs = [say("Decided by "), raw(by or "somebody in the portal", 80), say(": ")]
        runs += [raw(outcome.state.status_label, 80), say(".")]
        yield _told(case, awaited, entry, "decided", runs, once=here)
    elif attempt is not None:
        word = "approves it otherwise" if attempt.choice.verb is Verb.APPROVE else "denies it"
        runs = [raw(attempt.actor.name, 80), say(f" {word}."), *_rest(case)]
        yield _told(case, awaited, entry, "overtaken", runs, once=attempt.press_id)
    elif replaced is not None:
        runs = [raw(replaced.first.name, 80), say(" would approve it otherwise: "), raw(replaced.effect, 600)]
        told = _told(case, awaited, entry, "replaced", [*runs, *_rest(case)], once=replaced.press_id)
        own = replaced.first.person_id == awaited.first.person_id
        yield replace(told, said=None) if own else told


def _rest(case: Case) -> list[Run]:
    """One press may end it for some of the requests only."""
    return [say(" The card shows which requests still wait.")] if len(case.open_requests) > 1 else []


def void_said(case: Case, runs: list[Run], computer_name: str = "") -> Rendered:
    """An approval that waits no more, and why; `computer_name` where it is about one request of several."""
    head: Line = [strong("Your approval waits for a second person no more: "), raw(subject_name(case), 120)]
    where: Line = [say(" on "), raw(computer_name, 80)] if computer_name else []
    return message([[*head, *where, say(" at "), raw(case.organization_name, 80)], runs])


def _told(case: Case, awaited: Awaited, entry: RequestEntry, why: str, runs: list[Run], *, once: str) -> Told:
    facts = entry.facts
    computer_name = facts.computer_name if once == facts.request_id else ""
    said = void_said(case, runs, computer_name)
    return Told(
        awaited.first, facts.request_id, awaited.awaited_id, why, said, f"first:{awaited.awaited_id}:{once}"
    )


def _ended(case: Case, attempt: Attempt, first: Actor, entry: RequestEntry) -> Told:
    """The second person had agreed: how the write ended. Of one press what went through is said once."""
    what: list[Run] = [raw(subject_name(case), 120), say(" at "), raw(case.organization_name, 80)]
    agreed: list[Run] = [raw(attempt.actor.name, 80), say(" agreed to your approval of "), *what]
    outcome = entry.outcome
    label = raw(outcome.state.status_label if outcome else "", 80)
    where: list[Run] = [say(" on "), raw(entry.facts.computer_name, 80)]
    request_id = entry.facts.request_id
    if outcome is not None and outcome.attempt is not None:
        said = message([[strong("Agreed. "), *agreed, say(". The portal says: "), label, say(".")]])
        return Told(first, request_id, "", "approved", said, f"first:{attempt.press_id}:approved")
    if outcome is not None:
        came = ", but it came after another decision. The portal says: "
        said = message([[strong("Too late. "), *agreed, *where, say(came), label, say(".")]])
        return Told(first, request_id, "", "too_late", said, f"first:{attempt.attempt_id}")
    none = ", but it had no effect: the portal still calls it pending. Approve it anew, and ask for a second again."
    said = message([[strong("No effect. "), *agreed, *where, say(none)]])
    return Told(first, request_id, "", "no_effect", said, f"first:{attempt.attempt_id}")
