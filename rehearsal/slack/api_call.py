"""One call of the Web API: its arguments, whose token, and the readers that fail under Slack's names."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from rehearsal.slack.channels import Channel
from rehearsal.slack.errors import Json, SlackError
from rehearsal.slack.installation import Installation
from rehearsal.slack.manifest import Manifest
from rehearsal.slack.people import PersonRecord
from rehearsal.slack.triggers import Triggers
from rehearsal.slack.views import Views
from rehearsal.slack.workspace import Workspace

Entry = TypeVar("Entry")


@dataclass(frozen=True)
class Call:
    """What a method's handler works with."""

    method: str
    args: Mapping[str, Any]
    installation: Installation
    warnings: list[str]

    @property
    def manifest(self) -> Manifest:
        """The app's manifest."""
        return self.installation.manifest

    @property
    def workspace(self) -> Workspace:
        """The workspace that the token belongs to."""
        return self.installation.workspace

    @property
    def views(self) -> Views:
        """The modals and Home tabs."""
        return self.installation.views

    @property
    def triggers(self) -> Triggers:
        """The trigger ids."""
        return self.installation.triggers

    def text(self, name: str, default: str = "") -> str:
        """A string argument; numbers are taken as their digits."""
        value = self.args.get(name)
        return default if value is None else str(value)

    def flag(self, name: str, *, default: bool = False) -> bool:
        """A boolean argument in any of the spellings that Slack takes."""
        value = self.args.get(name)
        return default if value is None else str(value).lower() in {"true", "1", "t"}

    def need(self, name: str) -> str:
        """A required string argument."""
        value = self.text(name)
        if not value:
            raise SlackError("invalid_arguments", messages=[f"[ERROR] missing required field: {name}"])
        return value

    def data(self, name: str, refusal: str) -> Any:
        """A JSON argument, as an object or as its text; `refusal` is the error when it is not JSON."""
        value = self.args.get(name)
        if not isinstance(value, str):
            return value
        if not value:
            return None
        try:
            return json.loads(value)
        except ValueError as broken:
            raise SlackError(refusal) from broken

    def need_scope(self, *any_of: str) -> None:
        """Raises `missing_scope` unless the token carries one of these scopes."""
        if not self.manifest.scopes.intersection(any_of):
            provided = ",".join(sorted(self.manifest.scopes))
            raise SlackError("missing_scope", needed=",".join(any_of), provided=provided)

    def user(self, name: str = "user") -> PersonRecord:
        """A person whom the app can know."""
        person = self.workspace.people.get(self.need(name))
        if person is None or not self.workspace.is_visible(person):
            raise SlackError("user_not_found")
        return person

    def channel(self, name: str = "channel") -> Channel:
        """A channel that the app can know: public, or one that it is in."""
        if not (wanted := self.text(name)):
            raise SlackError("channel_not_found")
        found = self.workspace.find_channel(wanted)
        if found is None or (
            found.kind != "public_channel" and self.workspace.bot_user_id not in found.members
        ):
            raise SlackError("channel_not_found")
        return found

    def page(self, entries: Sequence[Entry], *, limit_most: int = 1000) -> tuple[list[Entry], str]:
        """One page of a list and the cursor of the next one; an empty cursor ends it."""
        limit_text, cursor = self.text("limit", str(limit_most)), self.text("cursor")
        if not limit_text.isdecimal() or int(limit_text) > limit_most:
            raise SlackError("invalid_limit")
        if cursor and not cursor.removeprefix("next:").isdecimal():
            raise SlackError("invalid_cursor")
        start = int(cursor.removeprefix("next:") or 0)
        end = start + (int(limit_text) or limit_most)
        return list(entries[start:end]), f"next:{end}" if end < len(entries) else ""


def paged(body: Json, cursor: str) -> Json:
    """The answer with the cursor where Slack puts it."""
    return {**body, "response_metadata": {"next_cursor": cursor}}
