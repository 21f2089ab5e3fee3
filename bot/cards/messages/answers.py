"""What one person reads, and nobody else: the answer to a press, how what they began ended, the requestor's reply."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from bot.cards.case.naming import subject_name
from bot.cards.case.offers import work_lines
from bot.cards.case.standing import standing_lines
from bot.cards.kit.blocks import Rendered, message
from bot.cards.kit.words import Line, Run, listed, moment, raw, say, strong
from bot.models import Actor, Attempt, Awaited, Case, RequestEntry, Verb
from permissions import MaintenanceMode


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


def not_readable() -> Rendered:
    """A press that names nothing that it could be about."""
    return said("This press could not be read, so nothing was done. Use the buttons of a newer card.")


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
                    "Nothing more of yours, on this case or of its organization is taken until the minute is over; "
                    "nothing was done. "
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
    """Pressed after the decision: how it ended, and whether what came of it was taken back since."""
    return message([[strong("Too late: nothing was changed.")], *standing_lines(case), *work_lines(case)])


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


def not_opened_in_time() -> Rendered:
    """Who pressed a button and saw no form is told so (P4): a trigger lives three seconds."""
    return trouble("The form could not be opened in time; nothing was decided.")


def said(sentence: str) -> Rendered:
    """A plain sentence, shown literally."""
    return message([[raw(sentence, 1500)]])


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
        if held.attempt is None or held.attempt.first is None or held.attempt.first_request_id:
            # Who had agreed before, to another computer, waited for nobody here.
            continue
        if entry.attempt is None:
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


APPROVAL_SUBJECT = "Your request was approved"


def approval_reply(file_name: str, note: str, *, mode: MaintenanceMode | None = None) -> str:
    """The whole text, as it will read; plain text with outside words as they are."""
    if mode is None:
        what = f"{file_name} is approved. It takes effect at the computer's next check-in; "
    else:
        what = f"{file_name} may run for one hour, from the computer's next check-in on; "
    told = f"{what}“Rapid Check-in” in the ThreatLocker tray menu makes it sooner."
    return f"{told}\n\n{note.strip()}" if note.strip() else told
