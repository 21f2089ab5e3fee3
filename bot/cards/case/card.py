"""The card of a case: a pure function of the record, so it can be redrawn at any time, anywhere."""

from __future__ import annotations

from datetime import datetime

from bot.cards.case.evidence import evidence_lines
from bot.cards.case.facts import fact_lines
from bot.cards.case.offers import awaits_second, card_actions, one_press_closed, work_lines
from bot.cards.case.standing import (
    claim_lines,
    deadline_words,
    standing_lines,
    summary,
    urgency_lines,
)
from bot.cards.kit import blocks, ids, limits
from bot.cards.kit.blocks import Rendered
from bot.cards.kit.limits import Block
from bot.cards.kit.words import Line, as_text, listed, raw, say, short, strong
from bot.models import Case, Rules
from bot.rules.kinds import traits_of

REHEARSAL = "Rehearsal: writes are off. A press shows the verdict and the exact effect, and sends nothing."
HOUSE_RULE = (
    "One computer first; wider only after validation and the business's confirmation."
    " Local admin rights do not replace review."
)


SECOND_WANTED = (
    "“Second…” shows another person what was seen and written, to be agreed to or sent back. Whoever may can still"
    " deny, or approve narrower in “Approve…”: then nothing waits any more."
)


def render_case(case: Case, rules: Rules, now: datetime) -> Rendered:
    """The card as the record has it at `now`. Raises PayloadError only through a fault of ours."""
    body = _redacted(case) if case.redacted_at is not None else _full(case, rules, now)
    limits.check_payload("message", body)
    return Rendered(text=card_text(case), blocks=body, metadata=card_metadata(case))


def card_metadata(case: Case) -> dict[str, object]:
    """Message metadata: which case and revision a message shows. No secret, and nothing rests on it."""
    return {
        "event_type": ids.CARD_EVENT,
        "event_payload": {"case_id": case.case_id, "revision": case.revision},
    }


def card_text(case: Case) -> str:
    """The fallback text: what, who, where, and how it stands."""
    kind = traits_of(case.kind).title
    if case.redacted_at is not None:
        return as_text([[say(f"{kind} at "), raw(case.organization_name, 80), say(f": {summary(case)}.")]])
    people = dict.fromkeys(entry.facts.requestor or entry.facts.requestor_email for entry in case.requests)
    computers = dict.fromkeys(entry.facts.computer_name for entry in case.requests)
    line = [say(f"{kind} from "), *listed(people, limit=3), say(" on "), *listed(computers, limit=3)]
    line += [say(" at "), raw(case.organization_name, 80), say(": "), raw(subject_name(case), 120)]
    return as_text([[*line, say(f" ({summary(case)})")]])


def subject_name(case: Case) -> str:
    """What the case is about, in a word: the file, the device, or the portal's own word for the request."""
    facts = case.requests[0].facts
    device = facts.device
    named = device.serial_number or device.type if device is not None else ""
    # A device is asked for with every file on it: `*` would name nothing.
    file = facts.file_name if facts.file_name.strip("*?") else ""
    return file or named or facts.file_name or facts.action_type


def card_title(case: Case) -> str:
    """The card's title: the kind, and the file."""
    return f"{traits_of(case.kind).title}: {short(subject_name(case), 100)}"


def _full(case: Case, rules: Rules, now: datetime) -> list[Block]:
    """State first, then what is asked, what is known, what may be done."""
    state = [*standing_lines(case), *work_lines(case), *claim_lines(case), *urgency_lines(case, now)]
    body = [blocks.header(card_title(case)), blocks.rich(state)]
    if case.pending and case.due_at is not None:
        body.append(blocks.time_line(deadline_words(case, now), case.due_at))
    body.append(blocks.rich(fact_lines(case)))
    evidence = evidence_lines(case)
    if evidence:
        body.append(blocks.rich(evidence))
    notes = _notes(case, rules, now)
    if notes:
        body.append(blocks.rich(notes))
    body.append(blocks.actions(card_actions(case, rules, now), ids.ACTIONS_BLOCK))
    return [*body, blocks.context(_footer(case))]


def _notes(case: Case, rules: Rules, now: datetime) -> list[Line]:
    """What bears on pressing: why a button is missing, that nothing would be sent."""
    if not case.is_open:
        return []
    lines: list[Line] = []
    closed = one_press_closed(case, rules, now) if case.pending else ""
    if awaits_second(case):
        lines.append([say(SECOND_WANTED)])
    elif closed:
        lines.append([say(closed)])
    if case.follows_case_id:
        lines.append([say("This request left another card because its facts changed.")])
    if not rules.writes_on:
        lines.append([strong(REHEARSAL)])
    return lines


def _footer(case: Case) -> str:
    """The house rule where somebody may decide, and the case's own name."""
    rule = f"{HOUSE_RULE} " if case.pending and traits_of(case.kind).is_software else ""
    return f"{rule}Case {case.case_id}, revision {case.revision}"


def _redacted(case: Case) -> list[Block]:
    """After the retention time: what was decided about which file, without people, paths and reasons."""
    count = len(case.requests)
    lines: list[Line] = [
        [strong(f"Ended: {summary(case)}.")],
        [strong("Organization: "), raw(case.organization_name)],
        [strong("Requests: "), say(str(count))],
    ]
    if case.hash:
        lines.append([strong("Hash: "), raw(case.hash, code=True)])
    removed = (
        "Names, paths and reasons were removed when the retention time was over. The record stays verifiable."
    )
    return [
        blocks.header(traits_of(case.kind).title),
        blocks.rich(lines),
        blocks.context(f"{removed} Case {case.case_id}"),
    ]
