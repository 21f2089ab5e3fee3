"""A press: what a person does in Slack that Gatehouse has to answer, stored before it is acknowledged.

What they chose stands beside it: everything that the write is built of, and nothing about who may do it.
"""

from __future__ import annotations

from enum import StrEnum

from pydantic import Field

from bot.models.base import Instant, Record
from bot.models.section import Section
from permissions import MaintenanceMode, Reach


class Verb(StrEnum):
    """What a decision does to a request."""

    APPROVE = "approve"
    DENY = "deny"


class Actor(Record):
    """A person at the moment of an act: the access file's id and name, and the Slack id that pressed."""

    person_id: str
    name: str
    slack_user_id: str


class ApplicationUse(StrEnum):
    """Which application of the portal an approval puts the file into."""

    NEW = "new"
    MATCHING = "matching"
    """One whose rules cover the file already."""
    EXISTING = "existing"
    """One that gets a further rule, and so reaches as far as its widest policy."""


class ApplicationChoice(Record):
    """The application that an approval names."""

    use: ApplicationUse = ApplicationUse.NEW
    application_id: str = ""
    """Empty for a new one."""
    name: str = ""
    """Of a new one: as typed, or empty, and then made from the file's name."""
    is_built_in: bool = False
    """The vendor's own: it counts for the entire organization only."""


class CustomRule(Record):
    """How a file is recognized without its hash: each part that is given must hold. Paths take `*`."""

    path: str = ""
    process: str = ""
    signer: str = ""
    created_by: str = ""

    @property
    def parts(self) -> tuple[str, ...]:
        """The names of the parts that are given."""
        return tuple(name for name, value in self if value)


class StorageTerms(Record):
    """How far a storage approval opens a device."""

    device_name: str = ""
    """What the device is called in the portal from now on; empty: as the portal suggests."""
    all_devices: bool = False
    path: str = ""
    """Empty: every path."""
    users: tuple[str, ...] = ()
    """Empty: everybody on the computers that it reaches."""
    existing_policy_id: str = ""
    """The storage policy that gets this device; empty: a new policy."""
    existing_policy_name: str = ""


class Choice(Record):
    """What the presser chose."""

    verb: Verb
    reach: Reach = Reach.COMPUTER
    computer_group_id: str = ""
    """Of a computer group or a global group."""
    computer_group_name: str = ""
    application: ApplicationChoice = ApplicationChoice()
    rule: CustomRule | None = None
    """None: recognized by its hash alone."""
    elevate: bool = False
    """Switches elevation on: for `elevate_hours`, else until `elevate_until`, else for good."""
    elevate_hours: int = 0
    elevate_until: Instant | None = None
    elevate_silently: bool = False
    """Without the notice on the computer's screen."""
    safe_because: str = ""
    """Why elevation without an end is safe."""
    expires_at: Instant | None = None
    """None is permanent."""
    mode: MaintenanceMode | None = None
    """A maintenance mode for an hour instead of a lasting rule, started from the request."""
    mode_because: str = ""
    """Why no scoped policy serves."""
    storage: StorageTerms | None = None
    ticket: str = ""
    reason: str = ""
    """A denial's reason as the requestor reads it; an approval's justification for the record."""
    validated_how: str = ""
    confirmed_by: str = ""
    """Who in the business confirmed a reach wider than the computer."""
    note_to_requestor: str = ""
    """What the requestor of an approved request reads besides that it is approved."""
    internal_note: str = ""
    """For colleagues: it joins the portal's notes, beside the approver's name."""
    on_phone_with: str = ""
    """Who asked for it on the phone; empty: nobody did."""
    notify_requestor: bool = True

    @property
    def elevates_for_good(self) -> bool:
        """Elevation without an end."""
        return self.elevate and not self.elevate_hours and self.elevate_until is None


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
