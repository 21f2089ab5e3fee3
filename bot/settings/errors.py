"""What is wrong with the settings, in sentences: field, value (never a secret), remedy."""

from __future__ import annotations

from collections.abc import Sequence


class SettingsError(Exception):
    """The settings cannot be used. `problems` holds one sentence for each fault; nothing has been started."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = tuple(problems)
