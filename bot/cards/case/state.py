"""How a case stands, as a symbol and a word: the symbol for whoever scrolls, the word for whoever reads or listens.

The symbols are plain characters that every common font has; none needs a colour or an emoji to be told apart.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from bot.cards.case.judgement import is_known_bad
from bot.cards.case.offers import approved_here
from bot.cards.case.standing import is_late, standing_word
from bot.models import Case, PolicyAct, Standing, WorkStanding

WAITING, CLAIMED, SECOND, SENT, DOUBT, ALARM = "●", "◐", "◑", "○", "?", "▲"
KNOWN_BAD = "Known bad"
SECOND_WORDS = "waiting for a second person"
APPROVED, DENIED, CLOSED, TAKEN_BACK, MOVED = "✓", "✗", "■", "↺", "→"


@dataclass(frozen=True, slots=True)
class State:
    """A case's state as its title shows it."""

    symbol: str
    words: str
    alarm: str = ""
    """What stands before everything else: “Known bad”."""


def state_of(case: Case, now: datetime) -> State:
    """The state of a case, open or ended."""
    return _open(case, now) if case.is_open else _ended(case)


def _open(case: Case, now: datetime) -> State:
    symbol, words = _underway(case)
    known_bad = is_known_bad(case.evidence)
    # The line of judgement and the clock say these as well: a title has one row.
    marks = ["unusual"] if case.unusual and not known_bad else []
    marks += ["LATE"] if is_late(case, now) else []
    if case.pending and (marks or known_bad):
        symbol = ALARM
    return State(symbol, ", ".join([words, *marks]), KNOWN_BAD if known_bad else "")


def _underway(case: Case) -> tuple[str, str]:
    """What the requests that are open wait for; where others are decided or on their way, how many wait."""
    standings = {entry.standing for entry in case.requests}
    if standings == {Standing.CHECKING}:
        return DOUBT, "checking"
    if standings == {Standing.DECIDING}:
        return SENT, "being decided"
    if len(standings) > 1:
        waiting, word = len(case.pending), "waiting"
        if not waiting:
            waiting, word = len(case.open_requests), "not confirmed yet"
        return WAITING, f"{waiting} of {len(case.held)} {word}"
    if any(entry.awaited is not None for entry in case.pending):
        return SECOND, SECOND_WORDS
    return (CLAIMED, "claimed") if case.claim is not None else (WAITING, "waiting")


def _ended(case: Case) -> State:
    if not case.held:
        return State(MOVED, "moved")
    if is_taken_back(case):
        return State(TAKEN_BACK, "taken back")
    endings = Counter(standing_word(entry) for entry in case.held)
    if len(endings) > 1:
        return State(CLOSED, _several(endings))
    ended = case.held[0]
    symbol = {Standing.APPROVED: APPROVED, Standing.REJECTED: DENIED}.get(ended.standing, CLOSED)
    return State(symbol, next(iter(endings)))


def _several(endings: Counter[str]) -> str:
    """“2 of 3 approved”: what was let in, else the commonest; the rest stands in the details."""
    word = "approved" if "approved" in endings else endings.most_common(1)[0][0]
    return f"{endings[word]} of {endings.total()} {word}"


def is_taken_back(case: Case) -> bool:
    """Whether every approval that was made here is gone again, as the portal shows it."""
    approved = {one.request_id for one in approved_here(case)}
    back = {
        work.request_id
        for work in case.policy_works
        if work.act is PolicyAct.TAKE_BACK and work.standing is WorkStanding.DONE
    }
    return bool(approved) and approved <= back and len(approved) == len(case.held)
