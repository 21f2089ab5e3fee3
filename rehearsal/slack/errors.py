"""What can go wrong at the stand-in, split by who made the mistake.

SlackError       the app called the Web API wrongly: becomes `{"ok": false, "error": ...}`
PersonError      the simulated person tried what Slack's client would not let them do
  InputError   the client's own checks refused a modal's values, before anything was sent
ManifestError    the app manifest cannot be installed
"""

from collections.abc import Mapping, Sequence
from typing import Any

Json = dict[str, Any]


class SlackError(Exception):
    """An answer of the Web API that says no, under the name that Slack documents for it."""

    def __init__(
        self,
        name: str,
        *,
        messages: Sequence[str] = (),
        status: int = 200,
        retry_after_s: int = 0,
        **extra: Any,
    ) -> None:
        super().__init__(f"{name}: {'; '.join(messages)}" if messages else name)
        self.name = name
        self.messages = tuple(messages)
        self.status = status
        self.retry_after_s = retry_after_s
        self.extra = extra

    def body(self) -> Json:
        """The JSON that the app reads."""
        body: Json = {"ok": False, "error": self.name, **self.extra}
        if self.messages:
            body["response_metadata"] = {"messages": list(self.messages)}
        return body


class PersonError(Exception):
    """The person cannot do that: not there, not visible to them, or not offered by Slack's client."""


class InputError(PersonError):
    """The modal stays open with a mark at each named block; nothing was sent to the app."""

    def __init__(self, by_block: Mapping[str, str]) -> None:
        super().__init__("; ".join(f"{block}: {why}" for block, why in by_block.items()))
        self.by_block = dict(by_block)


class ManifestError(ValueError):
    """The app manifest names something that Slack does not know, or lacks something it needs."""
