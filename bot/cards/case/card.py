"""The card of a case: a pure function of the record, so it can be redrawn at any time, anywhere."""

from __future__ import annotations

from datetime import datetime

from bot.cards.case.before import before, ended_part, waiting_part
from bot.cards.case.decided import decided_lines
from bot.cards.case.lines import headed, is_small_print, title, titled
from bot.cards.case.naming import kind_of, kind_title, subject_name
from bot.cards.case.offers import card_actions
from bot.cards.case.standing import summary
from bot.cards.case.state import state_of
from bot.cards.kit import blocks, ids, limits
from bot.cards.kit.blocks import Rendered
from bot.cards.kit.fitting import brief, joined
from bot.cards.kit.limits import Block
from bot.cards.kit.words import Line, as_text, listed, raw, say, short
from bot.models import Case, Rules

REHEARSAL = "Rehearsal: writes are off. A press shows the verdict and the exact effect, and sends nothing."
HOUSE_RULE = (
    "One computer first; wider only after validation and the business's confirmation."
    " Local admin rights do not replace review."
)
REMOVED = "Names, paths and reasons are removed (retention). The record stays verifiable."


def render_case(case: Case, rules: Rules, now: datetime) -> Rendered:
    """The card as the record has it at `now`. Raises PayloadError only through a fault of ours."""
    body = _redacted(case, now) if case.redacted_at is not None else _full(case, rules, now)
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
    kind = kind_title(case)
    if case.redacted_at is not None:
        return as_text([[say(f"{kind} at "), raw(case.organization_name, 80), say(f": {summary(case)}.")]])
    people = dict.fromkeys(entry.facts.requestor or entry.facts.requestor_email for entry in case.requests)
    computers = dict.fromkeys(entry.facts.computer_name for entry in case.requests)
    line = [say(f"{kind} from "), *listed(people, limit=3), say(" on "), *listed(computers, limit=3)]
    line += [say(" at "), raw(case.organization_name, 80), say(": "), raw(subject_name(case), 120)]
    return as_text([[*line, say(f" ({summary(case)})")]])


def card_title(case: Case) -> str:
    """The card's title: the kind, and the file."""
    return f"{kind_of(case)}: {short(subject_name(case), 100)}"


def _full(case: Case, rules: Rules, now: datetime) -> list[Block]:
    """The title with the state, what is asked and known in a few lines, what may be done."""
    heading = title(case, now)
    if case.is_open:
        waiting, beside = title(case, now, waiting_part(case)), before(ended_part(case), case)
        heading, lines = headed(case, rules, now, whole=heading, waiting=waiting, beside=beside)
    else:
        lines = decided_lines(case)
    small = [blocks.context(str(line[0]["text"])) for line in lines if is_small_print(line)]
    body = [
        blocks.header(heading),
        blocks.rich([line for line in lines if not is_small_print(line)]),
    ]
    return [*body, *small, blocks.actions(card_actions(case, rules, now), ids.ACTIONS_BLOCK)]


def _redacted(case: Case, now: datetime) -> list[Block]:
    """After the retention time: what was decided about which file, without people, paths and reasons."""
    count = len(case.requests)
    what: list[Line] = [
        [brief(case.organization_name, 3, 26)],
        [say(f"{count} request{'' if count == 1 else 's'}")],
    ]
    what += [[raw(case.hash, 64, code=True)]] if case.hash else []
    lines: list[Line] = [joined(what), [say(REMOVED)]]
    heading = titled(kind_title(case), "", state_of(case, now))
    return [blocks.header(heading), blocks.rich(lines)]
