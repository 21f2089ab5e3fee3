"""The answer to a presser, made of what became of each request."""

from __future__ import annotations

from collections.abc import Sequence

from bot.cards import Rendered, answers
from bot.cards.rendered import message
from bot.cards.words import Line, raw, say, strong
from bot.decision.results import Became, Result

_WORDS = {
    Became.APPROVED: "Approved",
    Became.DENIED: "Denied",
    Became.REHEARSED: "Writes are off, so nothing was sent; with writes on",
    Became.CHECKING: "Outcome unknown, checking",
    Became.REFUSED: "Not done",
    Became.DECIDED_BEFORE: "Too late",
    Became.BUSY: "Not done",
    Became.CHANGED: "Not done",
    Became.NOT_DECIDED: "Not done",
}
_NEXT = {
    Became.APPROVED: "It takes effect at the next check-in; Rapid Check-in in the tray menu makes it sooner.",
    Became.CHECKING: "Nothing is sent again. You will hear from Gatehouse as soon as the portal says how it ended.",
    Became.REHEARSED: "An administrator switches writes on in gatehouse.toml.",
}
_LISTED = 20
"""Results spelled out; the card shows the rest (our choice, well inside one message)."""


def decision_answer(results: Sequence[Result]) -> Rendered:
    """One line per request; refusals that say the same are said once, with who could."""
    refused = [result for result in results if result.became is Became.REFUSED]
    if refused and len(refused) == len(results) and len({r.sentence for r in refused}) == 1:
        return answers.refused(refused[0].sentence, refused[0].could, "the cybersecurity team")
    if not results:
        return answers.said("Nothing was left to decide; the card shows how it stands.")
    lines: list[Line] = [_line(result, several=len(results) > 1) for result in results[:_LISTED]]
    if len(results) > _LISTED:
        lines.append([say(f"and {len(results) - _LISTED} more; the card shows all.")])
    lines += [[say(_NEXT[became])] for became in dict.fromkeys(r.became for r in results) if became in _NEXT]
    return message(lines)


def _line(result: Result, *, several: bool) -> Line:
    where = [raw(result.computer_name, 80), say(": ")] if several else []
    return [strong(f"{_WORDS[result.became]}. "), *where, raw(result.sentence, 600)]
