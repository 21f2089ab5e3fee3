"""The second pair of eyes: the call for it, what the second person sees, and the form to send it back with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.cards.case.card import REHEARSAL
from bot.cards.case.evidence import evidence_lines
from bot.cards.case.facts import fact_lines
from bot.cards.case.judgement import is_known_bad
from bot.cards.case.naming import subject_name
from bot.cards.forms.case_form import REASON_LENGTH, about
from bot.cards.kit import blocks, ids
from bot.cards.kit.blocks import Rendered, message
from bot.cards.kit.ids import CaseRef
from bot.cards.kit.limits import Block
from bot.cards.kit.words import Line, listed, moment, raw, raw_lines, say, strong, user, user_group
from bot.models import Awaited, Case, Choice, Reach, RequestEntry, Rules

TITLE = "Second person"
EFFECTS_SHOWN = 9
"""Distinct effects of one press that are spelled out (our choice, as many as a card's outcomes)."""
EVIDENCE_SHOWN, NAMES_SHOWN = 6, 5
"""How many different states of knowledge are spelled out, and customers of each by name (our choice: a family of sixty,
each with evidence of its own, still fits into what Slack gives a modal)."""
_EFFECT_LIMIT = 1000
_NAME_LIMIT = 80
_REACHES = {
    Reach.COMPUTER: "one computer",
    Reach.COMPUTER_GROUP: "a computer group",
    Reach.ORGANIZATION: "the entire organization",
    Reach.GLOBAL: "a global group",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class SecondForm:
    """Everything that the second person's modal shows."""

    case: Case
    waiting: Sequence[RequestEntry]
    """The requests whose approval waits, all of one press of one person; at least one."""
    others: int = 0
    """Requests of the case that wait on another person's approval: the next “Second…” shows those."""
    writes_on: bool
    concerned: Sequence[Case] = ()
    """Where the requests are of several organizations that the reader may see: the case of each, with its evidence."""


def called(case: Case, awaited: Awaited, rules: Rules, *, people: Sequence[str] | None = None) -> Rendered:
    """In the card's thread: a second person is wanted. `people`: the Slack ids of those who are called, who all can;
    None: not known who can, and the approvers' user group is called, where there is one."""
    group = rules.escalation.approvers_user_group if people is None else ""
    head = [user_group(group), say(" ")] if group else []
    for slack_user_id in people or ():
        head += [user(slack_user_id), say(" ")]
    head += [strong("A second person is wanted: "), raw(awaited.first.name, _NAME_LIMIT)]
    head += [say(" would approve "), raw(subject_name(case), 120), say(" at ")]
    head += [raw(case.organization_name, 80), say(". Nothing is sent before another person agrees.")]
    why: Line = [strong("Effect: "), raw(awaited.effect, 600)]
    because = [say("Two people have to agree, because "), raw(awaited.because, 300)]
    because.append(say(". Agree, or send it back, on the card."))
    return message([head, why, because])


def sent_back(case: Case, by: str, sentence: str) -> Rendered:
    """In the card's thread: it waits for nobody's second yes any more, and why."""
    head: Line = [strong("Sent back: "), raw(subject_name(case), 120), say(". The request stays open.")]
    return message([head, [raw(by, _NAME_LIMIT), say(" writes: "), raw_lines(sentence, 1000)]])


def second_modal(form: SecondForm) -> Block:
    """What the first person saw and wrote, and the two answers to it: agree, or send it back."""
    awaited = _awaited(form)
    body = [
        blocks.rich([*about(form.case), *_effect_lines(form.waiting), *_why_lines(awaited)]),
        blocks.rich(written_lines(awaited.choice)),
        blocks.rich(fact_lines(_only(form))),
    ]
    body += _evidence(form)
    remark = "Your own remark, for the record"
    body.append(blocks.text_input(ids.REASON_BLOCK, remark, needed=False, max_length=REASON_LENGTH))
    body.append(blocks.actions([blocks.button(ids.SEND_BACK_MODAL, "Send back…", _reference(form))], "back"))
    body += _notes(form)
    return blocks.modal(
        TITLE,
        body,
        callback_id=ids.SECOND_VIEW,
        private_metadata=_reference(form),
        submit="Agree and approve",
    )


def send_back_modal(form: SecondForm) -> Block:
    """Why it is sent back: one sentence to the first person."""
    awaited = _awaited(form)
    lines: list[Line] = [*about(form.case), *_effect_lines(form.waiting)]
    label = "What should be looked at again?"
    hint = f"{awaited.first.name} reads this. The request stays open."
    return blocks.modal(
        "Send back",
        [
            blocks.rich(lines),
            blocks.text_input(ids.REASON_BLOCK, label, hint=hint, max_length=REASON_LENGTH),
        ],
        callback_id=ids.SEND_BACK_VIEW,
        private_metadata=_reference(form),
        submit="Send back",
    )


def written_lines(choice: Choice) -> list[Line]:
    """What the first person wrote; a field left empty is left out, but for the reason."""
    written = {
        "Validated: ": choice.validated_how,
        "Confirmed in the business by: ": choice.confirmed_by,
        "Why elevation without an end is safe: ": choice.safe_because,
        "Why no policy serves: ": choice.mode_because,
        "Ticket: ": choice.ticket,
        "On the phone with: ": choice.on_phone_with,
        "The requestor will read: ": choice.note_to_requestor,
        "Internal note: ": choice.internal_note,
    }
    reason: Line = [
        strong("Reason of the approval: "),
        raw_lines(choice.reason) if choice.reason.strip() else say("none given"),
    ]
    return [reason, *([strong(label), raw_lines(text)] for label, text in written.items() if text.strip())]


def _awaited(form: SecondForm) -> Awaited:
    """What waits; the same for all of the form's requests but for the effect's wording."""
    held = form.waiting[0].awaited
    if held is None:
        raise ValueError("the form of a second person needs a request that waits for one")
    return held


def _reference(form: SecondForm) -> str:
    return str(CaseRef(form.case.case_id, form.case.revision, _awaited(form).awaited_id))


def _effect_lines(waiting: Sequence[RequestEntry]) -> list[Line]:
    """Who would approve what: each distinct effect once, with its computers where there are several."""
    computers: dict[str, list[str]] = {}
    for entry in waiting:
        if entry.awaited is not None:
            computers.setdefault(entry.awaited.effect, []).append(entry.facts.computer_name)
    lines: list[Line] = []
    for effect, names in list(computers.items())[:EFFECTS_SHOWN]:
        whose = [*listed(list(dict.fromkeys(names)), limit=5), say(": ")] if len(waiting) > 1 else []
        lines.append([strong("Effect: "), *whose, raw(effect, _EFFECT_LIMIT)])
    left = len(computers) - EFFECTS_SHOWN
    return [*lines, [say(f"and {left} more effects")]] if left > 0 else lines


def _why_lines(awaited: Awaited) -> list[Line]:
    first: Line = [
        strong("First: "),
        raw(awaited.first.name, _NAME_LIMIT),
        say(", "),
        moment(awaited.asked_at),
    ]
    return [
        first,
        [strong("Reaches: "), say(f"{_REACHES[awaited.reaches]}.")],
        [strong("Two people have to agree, because "), raw(awaited.because, 300), say(".")],
    ]


def _evidence(form: SecondForm) -> list[Block]:
    """What was found out: of each organization its own, those of whom the same is known together, the worst first."""
    if not form.concerned:
        found = evidence_lines(form.case)
        return [blocks.rich(found)] if found else []
    alike: dict[str, list[Case]] = {}
    for case in sorted(form.concerned, key=lambda one: not is_known_bad(one.evidence)):
        alike.setdefault(_told_of(case), []).append(case)
    body = []
    for cases in list(alike.values())[:EVIDENCE_SHOWN]:
        names = [case.organization_name for case in cases]
        head: Line = [strong("Known at "), *listed(names, limit=NAMES_SHOWN, each=60), strong(":")]
        body.append(blocks.rich([head, *evidence_lines(cases[0])]))
    left = sum(len(cases) for cases in list(alike.values())[EVIDENCE_SHOWN:])
    more = f"and what is known at {left} more; the card's details have it, customer by customer."
    return [*body, *([blocks.context(more)] if left else [])]


def _told_of(case: Case) -> str:
    """What a reader learns of a case's evidence, but for the moments of its checks: that alone makes no difference."""
    texts = (str(run.get("text", "")) for line in evidence_lines(case) for run in line)
    return "".join(texts)


def _only(form: SecondForm) -> Case:
    """The case with nothing but the requests that wait: their facts are what is agreed to."""
    return form.case.model_copy(update={"requests": tuple(form.waiting)})


def _notes(form: SecondForm) -> list[Block]:
    text = "You are judged like anybody who approves this, and the first person is judged once more."
    notes = [blocks.context(text)]
    if form.others:
        others = f"{form.others} more requests of this card wait on another person's approval."
        notes.append(blocks.context(f"{others} Press “Second…” again afterwards."))
    if not form.writes_on:
        notes.append(blocks.rich([[strong(REHEARSAL)]]))
    return notes
