"""Whether what somebody typed as a reason says anything: “x” is what a hurry types into a required field. Pure.

No machine reads whether a reason is good; the record and the second person do. This asks only for words.
"""

from __future__ import annotations

import unicodedata

REASON_LETTERS = 3
"""The least that a reason can be said in, such as “USB” (our choice)."""
SENTENCE_LETTERS = 2
"""What is said to somebody may be as short as “no”: a denial, a word to a colleague (our choice)."""
VALIDATED_LETTERS = 5
"""“Tests” is short; anything shorter names no way of validating (our choice)."""
CONFIRMED_LETTERS = 3
"""Names are as short as “Lee” (our choice)."""
_NOTHING = frozenset(
    {
        "asdf",
        "fdsa",
        "qwerty",
        "qwertz",
        "test",
        "todo",
        "tbd",
        "none",
        "nothing",
        "null",
        "nil",
        "idk",
        "yes",
        "yep",
    }
    | {"sure", "okay", "fine", "done", "same", "ditto", "see above", "as above", "n a", "no reason"}
    | {"approve", "approved", "whatever", "lorem ipsum", "placeholder", "unknown"}
)
"""Words that fill a field and answer no question. It reminds who is in a hurry; a lie is not kept out by it."""


def says(text: str, letters: int = REASON_LETTERS) -> bool:
    """Whether a text holds that many letters or digits, not all the same one, and is no mere filler."""
    words = _words(text)
    plain = words.replace(" ", "")
    return len(plain) >= letters and len(set(plain)) > 1 and words not in _NOTHING


def validation_faults(validated_how: str, confirmed_by: str) -> tuple[str, str]:
    """What how it was validated, and who in the business confirmed, each lack, as a sentence; empty where nothing."""
    how = who = ""
    if not says(validated_how, VALIDATED_LETTERS):
        how = _lacks("how was it validated?", validated_how, "what was done and seen")
    if not says(confirmed_by, CONFIRMED_LETTERS):
        who = _lacks("who in the business confirmed?", confirmed_by, "a name and what that person is")
    elif not how and _words(validated_how) == _words(confirmed_by):
        who = _lacks("who in the business confirmed?", "", "") + " The same text twice names nobody."
    return how, who


def _lacks(question: str, typed: str, wanted: str) -> str:
    head = f"Needed for anything wider than the computer: {question}"
    return (
        f"{head} Say it in words, {wanted}; “{typed.strip()[:40]}” tells nothing." if typed.strip() else head
    )


def _words(text: str) -> str:
    """The letters and digits, words apart by one blank."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return " ".join("".join(each if each.isalnum() else " " for each in folded).split())
