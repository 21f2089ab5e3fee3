"""How much a card may say, and the cuts that keep it there.

A line is a line as a desktop draws it, a word is what stands between blanks in what is read; labels of buttons are not
counted. A time counts as it is read (“today at 9:13 AM”).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bot.cards.kit.words import ELLIPSIS, Line, Run, cut_inside, say, visible

OPEN_LINES, DECIDED_LINES, WORDS = 8, 3, 60
"""What a card may have at most (our choice): a phone shows it whole, and it is read in some fifteen seconds."""
LINE = 88
"""Characters of a line (our choice): a desktop draws about ninety where a message may be 720 pixels wide."""
HEADER = 62
"""The same of the title, which is drawn larger and in bold."""
_READ = {"user": "@some body", "usergroup": "@somebody", "channel": "#somewhere"}
"""What a reader sees where only Slack knows the words, as far as they are counted."""


@dataclass(frozen=True, slots=True)
class Elastic:
    """A line that says more or less by the words that there are for it."""

    draw: Callable[[int], Line]
    least: int
    """Words that it gets whatever stands beside it; 0 where it may be left out."""
    most: int


def shared(words: int, lines: Sequence[Elastic]) -> list[Line]:
    """Lines that share so many words: each gets its least, then the first in turn gets what it can use of the rest."""
    drawn = [list(line.draw(line.least)) if line.least else [] for line in lines]
    left = words - sum(map(words_in, drawn))
    for number, line in enumerate(lines):
        before = words_in(drawn[number])
        drawn[number] = list(line.draw(min(line.most, before + max(left, 0))))
        left -= words_in(drawn[number]) - before
    return list(drawn)


def read_as(line: Line) -> str:
    """A line as it is read."""
    return "".join(map(_read, line))


def _read(run: Run) -> str:
    if run["type"] == "date":
        return "9:13 AM" if run["format"] == "{time}" else "today at 9:13 AM"
    return _READ.get(run["type"], str(run.get("text", "")))


def words_in(line: Line) -> int:
    """How many words a line has."""
    return len(read_as(line).split())


def brief(text: str, words: int, chars: int = LINE) -> Run:
    """A text from outside on one line, cut at a word where it is too long. Literal, like `words.raw`."""
    plain = visible(" ".join(text.split())) or "(not given)"
    parts = plain.split(" ")
    shown = " ".join(parts[: max(words, 1)])
    if len(parts) > words and (clause := max(shown.rfind(mark) for mark in ",;")) > len(shown) // 2:
        # A clause that ends is better left alone than one that is begun.
        shown = shown[:clause]
    room = max(chars, 2) - 1
    if len(shown) > room:
        kept = shown[:room].rpartition(" ")[0]
        # One endless word has no end to cut at.
        shown = kept if len(kept) > room // 2 else cut_inside(shown, room, tail=0).removesuffix(ELLIPSIS)
    is_cut = len(shown) < len(plain)
    return {"type": "text", "text": f"{shown}{ELLIPSIS}" if is_cut else shown, "outside": True}


def brief_name(text: str, words: int, chars: int) -> Run:
    """A name from outside, cut in its middle: how a file's name ends says what it is."""
    return {"type": "text", "text": name_within(text, words, chars), "outside": True}


def name_within(text: str, words: int, chars: int) -> str:
    """The same for a plain-text place."""
    parts = (visible(" ".join(text.split())) or "(not given)").split(" ")
    if len(parts) > words:
        parts = [*parts[: words - 1], f"{'' if words > 1 else parts[0]}{ELLIPSIS}{parts[-1]}"]
    return cut_inside(" ".join(parts), chars, tail=chars // 2)


def clipped(line: Line, words: int) -> list[Run]:
    """As much of a line as so many words hold, with `…` where it goes on."""
    runs: list[Run] = []
    for run in line:
        left = words - words_in(runs)
        if words_in([*runs, run]) <= words:
            runs.append(run)
            continue
        text = str(run.get("text", ""))
        kept = " ".join(text.split()[:left])
        begins = " " if text[:1].isspace() and kept else ""
        if not kept and runs and "text" in runs[-1]:
            # After a blank the `…` would be a word of its own, and the line longer than it may be.
            last = runs.pop()
            ended = str(last["text"]).rstrip()
            runs += [last | {"text": ended}] if ended else []
        return [*runs, run | {"text": f"{begins}{kept}{ELLIPSIS}"}] if "text" in run else runs
    return runs


def joined(parts: Sequence[Line]) -> list[Run]:
    """Parts of a line with a point between them; Slack refuses an empty run, so none is left."""
    runs: list[Run] = []
    for part in parts:
        told = [run for run in part if run.get("text") != ""]
        runs += [say(" · "), *told] if runs and told else told
    return runs


def begun(line: Line) -> list[Run]:
    """With a capital where the line begins in our own words."""
    if not line or line[0].get("outside") or line[0]["type"] != "text":
        return list(line)
    text = str(line[0]["text"])
    return [line[0] | {"text": text[:1].upper() + text[1:]}, *line[1:]]
