"""Why a process must not run."""

from __future__ import annotations

from collections.abc import Sequence


class StartRefused(Exception):
    """The process must not run as it is set up; the sentences say why and how to mend it."""

    def __init__(self, sentences: Sequence[str]) -> None:
        super().__init__("; ".join(sentences))
        self.sentences = list(sentences)
