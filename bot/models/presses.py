"""A press: what a person does in Slack that Gatehouse has to answer, stored before it is acknowledged."""

from __future__ import annotations

from enum import StrEnum

from pydantic import Field

from bot.models.base import Instant, Record
from bot.models.section import Section


class LimitsSection(Section):
    """How much one person, one case or one organization may set in motion. Whoever meets a limit is told once a
    minute; nothing is recorded beyond it but that it was met. The first five presses of somebody in a minute are
    taken whatever others do, so that no flood of viewers keeps an approver from a card."""

    presses_a_minute: int = Field(60, ge=10)
    """Presses of one person in a minute: buttons, commands, forms, every choice in a form. Somebody at work makes
    a dozen."""
    presses_of_a_case_a_minute: int = Field(120, ge=10)
    """Presses on one case in a minute, by everybody together."""
    presses_of_an_organization_a_minute: int = Field(600, ge=10)
    """Presses on all cases of one organization in a minute, by everybody together, so that no customer's flood takes
    up the time of the others."""


class PressKind(StrEnum):
    """How the press came in."""

    BUTTON = "button"
    MODAL = "modal"
    COMMAND = "command"
    HOME = "home"


class AlsoShown(Record):
    """Another case that the pressed card showed, and its revision there."""

    case_id: str
    revision: int


class Press(Record):
    """One press. Its id comes from Slack's delivery, so a replay has the same id and is dropped."""

    press_id: str
    kind: PressKind
    name: str
    """The route: an action such as `approve_computer`, a modal's name, a command with its slash."""
    slack_user_id: str
    slack_team_id: str
    """The presser's own team, not the channel's."""
    received_at: Instant
    channel_id: str = ""
    message_ts: str = ""
    case_id: str = ""
    revision: int = 0
    others: tuple[AlsoShown, ...] = ()
    """The other cases of a card that several share. Each is decided as if it alone had been pressed."""
    trigger_id: str = ""
    response_url: str = ""
    view_id: str = ""
    view_hash: str = ""
    text: str = ""
    """What followed a slash command."""
    is_genuine: bool = Field(True, exclude=True)
    """False: the ledger holds it without our mark, so that anybody may have written it. Never stored: found out."""
    values: dict[str, str] = Field(default_factory=dict)
    """A modal's inputs, or an event's facts, as plain strings."""
