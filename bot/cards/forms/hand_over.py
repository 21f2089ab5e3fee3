"""“Hand over…”: the form, and what the receiver and the escalation team read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.cards.case.naming import kind_of, subject_name
from bot.cards.case.shared import shared_reference
from bot.cards.case.standing import NAME_LIMIT, SENTENCE_LIMIT, deadline_runs, standing_lines
from bot.cards.forms.case_form import about, closed_line, reference
from bot.cards.kit import blocks, ids, words
from bot.cards.kit.blocks import Rendered, message
from bot.cards.kit.fitting import begun
from bot.cards.kit.limits import Block
from bot.cards.kit.words import Line, Run, listed, moment, raw, say, strong, user_group
from bot.cards.messages.duty import with_buttons
from bot.models import Case, HandedOver
from bot.rules.kinds import traits_of

TITLE = "Hand over"
_NOT_GIVEN_SHOWN = 5
"""Cases of a card that are told one by one, of those that were not handed over (our choice)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HandOverForm:
    """Whom the presser may give the case to; a way that is closed is shown with its reason."""

    case: Case
    person_closed: str = ""
    """Why the presser may not hand it to a person; empty: may."""
    team_closed: str = ""
    claims_first: bool = False
    """Nobody has claimed it: handing it to a person claims it for the presser in the same step."""
    is_seen: bool = True
    """False: the presser has claimed it and may not see it any more, so the form holds no fact of it."""
    shared: Sequence[Case] = ()
    """The cases of a card that several share, as far as the presser may see them; `case` is all of them as one."""
    unseen: int = 0
    """How many others stand on that card."""

    @property
    def is_open(self) -> bool:
        """At least one way is open."""
        return not (self.person_closed and self.team_closed)


def hand_over_modal(form: HandOverForm) -> Block:
    """Whom to, and a sentence for them."""
    unseen: Line = [strong("The request that you have claimed. "), say("You may not see it any more.")]
    what = [*about(form.case), *_shared_lines(form)] if form.is_seen else [unseen]
    body = [blocks.rich(what), *_closed(form)]
    if not form.is_open:
        return blocks.modal(TITLE, body, callback_id=ids.SAID_VIEW)
    body.append(_whom(form))
    if not form.person_closed:
        body.append(_person(form))
    hint = "What the receiver has to know. It stands on the card and in the record."
    body.append(blocks.text_input(ids.REASON_BLOCK, "In a sentence", hint=hint, max_length=SENTENCE_LIMIT))
    body += [blocks.context(note) for note in _notes(form)]
    return blocks.modal(
        TITLE,
        body,
        callback_id=ids.HAND_OVER_VIEW,
        private_metadata=shared_reference(form.shared) if form.shared else reference(form.case),
        submit="Hand over",
    )


def _shared_lines(form: HandOverForm) -> list[Line]:
    """That it is about several, of which each is judged by itself."""
    if not form.shared:
        return []
    head: Line = [say(f"All {len(form.shared)} of this card: "), *listed(_names(form.shared), limit=5)]
    return [[*head, say(". Each is judged by itself.")], *unseen_lines(form.unseen)]


def _closed(form: HandOverForm) -> list[Block]:
    """The ways that are closed, in one line."""
    ways = (("to a person", form.person_closed), ("to the escalation team", form.team_closed))
    told = closed_line((way, why) for way, why in ways if why)
    return [blocks.rich(told)] if told else []


def _whom(form: HandOverForm) -> Block:
    options = []
    if not form.person_closed:
        options.append(blocks.option("A person", ids.TO_PERSON))
    if not form.team_closed:
        options.append(blocks.option("The escalation team", ids.TO_TEAM))
    return blocks.radio(ids.TO_BLOCK, "To whom", options, options[0])


def _person(form: HandOverForm) -> Block:
    hint = "Somebody who may decide this request; it is claimed for them, with a fresh time."
    chosen = blocks.person_select(ids.PERSON_BLOCK, "Which person", hint=hint)
    return chosen | {"optional": not form.team_closed}


def _notes(form: HandOverForm) -> list[str]:
    """What handing over does, and what it does not."""
    notes = []
    if form.claims_first and not form.person_closed:
        notes.append(
            "Nobody has claimed it. Handing it to a person claims it for you first, in the same step."
        )
    if not form.team_closed:
        notes.append("The team on duty is called once, at once: handed over early is not late.")
        if traits_of(form.case.kind).is_the_teams:
            notes.append("In its hours the escalation team takes end users' elevation requests anyway.")
    return [*notes, "The time limit stays as it is."]


def handed_to_you(case: Case, by: str, because: str, permalink: str, now: datetime | None = None) -> Rendered:
    """To the receiver: what they have now, from whom, and the giver's own words."""
    head: Line = [raw(by, NAME_LIMIT), strong(" hands this over to you: "), raw(because, SENTENCE_LIMIT)]
    until = [say(" until "), moment(case.claim.until)] if case.claim is not None else []
    claim = [say("It is claimed for you"), *until, say(". Release it on the card if you cannot take it.")]
    due = [_by_when(case, now)] if case.due_at is not None else []
    return message([head, _subject(case), claim, *due, _to_card(permalink)])


def handed(case: Case, rest: Sequence[Line] = ()) -> Rendered:
    """To the giver: it is done. `rest`: for which cases, where there were several."""
    to = case.claim.actor.name if case.claim is not None else ""
    lines: list[Line] = [[strong("Handed over to "), raw(to, NAME_LIMIT), say(". They have been told.")]]
    return message([*lines, *rest, [say("The time limit stays as it is.")]])


def several_lines(given: Sequence[Case], not_given: Sequence[tuple[Case, str]], *, unseen: int) -> list[Line]:
    """For which cases of a card it was done, and why not for the others; of customers that the giver may not see,
    how many."""
    lines: list[Line] = [[say(f"{len(given)} of the card's: "), *listed(_names(given), limit=5)]]
    for case, why in not_given[:_NOT_GIVEN_SHOWN]:
        lines.append([strong("Not "), *listed(_names([case]), limit=1), say(": "), raw(why, 300)])
    left = len(not_given) - _NOT_GIVEN_SHOWN
    lines += [[say(f"and {left} more")]] if left > 0 else []
    return [*lines, *unseen_lines(unseen)]


def unseen_lines(count: int) -> list[Line]:
    """What stands on the card and is none of this person's business: its number."""
    return [[say(f"{count} more on this card belong to customers that you may not see.")]] if count else []


def _names(cases: Sequence[Case]) -> list[str]:
    """What tells cases of one card apart: the customer, and the file where that is another one."""
    files = {subject_name(case) for case in cases}
    return list(
        dict.fromkeys(
            case.organization_name if len(files) == 1 else f"{subject_name(case)} at {case.organization_name}"
            for case in cases
        )
    )


def handed_to_team(case: Case, handed_over: HandedOver, permalink: str) -> Rendered:
    """To the team on duty: called once, and told that it is not late."""
    group = handed_over.user_group_id
    called = [user_group(group), say(" ")] if group else []
    head = [*called, strong("Handed over: "), raw(handed_over.by.name, NAME_LIMIT)]
    head += [say(" gives this to the escalation team: "), raw(handed_over.because, SENTENCE_LIMIT)]
    early = case.due_at is not None and handed_over.at < case.due_at
    line: Line = [say("It is not late. "), *_by_when(case)] if early else [say("Its time is over already.")]
    return with_buttons([head, _subject(case), line], case, permalink)


def handed_to_team_done(rest: Sequence[Line] = ()) -> Rendered:
    """To the giver: the team has been called. `rest` as for `handed`."""
    text = " The team on duty has been called, with your sentence and a link to the card."
    return message([[strong("Handed over to the escalation team."), say(text)], *rest])


def claim_handed_on(case: Case, by: str) -> Rendered:
    """To whoever had claimed it: the team has it as well now."""
    line = [
        raw(by, NAME_LIMIT),
        say(" handed the case that you have claimed to the escalation team as well: "),
    ]
    return message([[*line, raw(subject_name(case), 120)]])


def nothing_handed(case: Case) -> Rendered:
    """It was decided meanwhile."""
    return message([[strong("Not handed over: it is no longer waiting.")], *standing_lines(case)])


def _subject(case: Case) -> Line:
    computers = dict.fromkeys(entry.facts.computer_name for entry in case.open_requests or case.requests)
    runs = [strong(f"{kind_of(case)}: "), raw(subject_name(case), 120), say(" on ")]
    return [*runs, *listed(computers, limit=3), say(" at "), raw(case.organization_name, NAME_LIMIT)]


def _by_when(case: Case, now: datetime | None = None) -> list[Run]:
    deadline = deadline_runs(case, now)
    return [*begun(deadline), say(".")] if deadline else []


def _to_card(permalink: str) -> Line:
    link = words.permalink(permalink, "Go to the card")
    return [link] if link else [say("The card is in the channel of this organization.")]
