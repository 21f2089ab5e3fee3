"""Identifiers in the shapes that Slack gives out, never the same twice in one workspace."""

import secrets
import string
from itertools import count

_DIGITS = string.digits + string.ascii_uppercase


def _base36(number: int) -> str:
    text = ""
    while number:
        number, digit = divmod(number, 36)
        text = _DIGITS[digit] + text
    return text or "0"


class Identifiers:
    """Hands out ids; the middle, random unless it is given, keeps two workspaces on one machine apart."""

    def __init__(self, middle: str = "") -> None:
        self._middle = middle or "".join(secrets.choice(_DIGITS) for _ in range(5))
        self._numbers = count(1)

    def next(self, prefix: str) -> str:
        """The next id with Slack's prefix letter, for example `U` for a person or `C` for a channel."""
        return f"{prefix}0{self._middle}{_base36(next(self._numbers)).rjust(4, '0')}"


def random_digits(length: int) -> str:
    """A string of random digits, as in Slack's trigger ids and tokens."""
    return "".join(secrets.choice(string.digits) for _ in range(length))


def random_word(length: int) -> str:
    """A string of random letters and digits: generated block ids, secrets in URLs."""
    return "".join(secrets.choice(string.ascii_letters + string.digits) for _ in range(length))
