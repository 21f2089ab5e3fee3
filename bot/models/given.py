"""What administrators gave, took and stopped in Slack: one small record beside the access file."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from bot.models.base import Instant, Record
from bot.models.duty import DutyChange, SwapOffer
from bot.models.presses import Actor
from bot.models.unusual import Silence


class SlackGrant(Record):
    """One permission or role that one person was given in Slack, in one organization, until a time."""

    grant_id: str
    person_id: str
    """The access file's key."""
    person_name: str
    permission: str = ""
    """The portal's name of a single permission; empty for a role."""
    role: str = ""
    """A role's name. What it contains is looked up at each press: a role has one text, wherever it was given."""
    role_id: str = ""
    """Of a role that was made in Slack: that one is meant, and no other that comes to bear its name."""
    organization_id: str
    organization_name: str
    until: Instant
    """The first moment without it."""
    given_by: Actor
    given_at: Instant
    reason: str

    @property
    def what(self) -> str:
        """The permission or role in words."""
        return f"role {self.role}" if self.role else self.permission


class SlackRole(Record):
    """A custom role that was made in Slack. It belongs to one organization and can be given only there."""

    role_id: str
    revision: int = 1
    """Counts its changes; a form names the one that it showed."""
    name: str
    permissions: tuple[str, ...]
    """The portal's names, in the catalogue's order."""
    organization_id: str
    organization_name: str
    made_by: Actor
    made_at: Instant
    changed_by: Actor
    """Who changed it last; at first who made it."""
    changed_at: Instant
    reason: str
    """Of the last change."""


class Suspension(Record):
    """One person for whom everything has stopped, until it is lifted."""

    person_id: str
    person_name: str
    by: Actor
    at: Instant
    reason: str


class Given(Record):
    """Everything given and stopped in Slack. It is read and replaced as a whole, by its version."""

    grants: tuple[SlackGrant, ...] = ()
    suspensions: tuple[Suspension, ...] = ()
    user_groups: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    """Members of the access file's Slack user groups as last announced. Never the ground of a verdict."""
    roles: tuple[SlackRole, ...] = ()
    unproven_grants: tuple[SlackGrant, ...] = ()
    """Found in the ledger without our mark: they give nothing until `gatehouse permissions confirm`."""
    unproven_roles: tuple[SlackRole, ...] = ()
    """The same of roles."""
    resting_roles: tuple[str, ...] = ()
    """Ids of the roles whose name the access file has taken, as last announced. Never the ground of a verdict."""
    fallen: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    """Grants by id with what of them does not count, since their giver could not give it, as last announced."""

    silences: tuple[Silence, ...] = ()
    """Rules of the unusual that say nothing about one subject, until a time."""
    duty: tuple[DutyChange, ...] = ()
    """Whose turn somebody takes and who is out of office, over what the settings say. Never the ground of a verdict."""
    swaps: tuple[SwapOffer, ...] = ()
    """Offers of turns that nobody has answered yet; they change nothing."""

    def suspension_of(self, person_id: str) -> Suspension | None:
        """The person's suspension; None when nothing is stopped."""
        return next((each for each in self.suspensions if each.person_id == person_id), None)

    def grant(self, grant_id: str) -> SlackGrant | None:
        """The grant of this id, while it stands here."""
        return next((each for each in self.grants if each.grant_id == grant_id), None)

    def silence(self, silence_id: str) -> Silence | None:
        """The silence of this id, while it stands here."""
        return next((each for each in self.silences if each.silence_id == silence_id), None)

    def duty_change(self, duty_id: str) -> DutyChange | None:
        """The change of duty of this id, while it stands here."""
        return next((each for each in self.duty if each.duty_id == duty_id), None)

    def swap(self, swap_id: str) -> SwapOffer | None:
        """The offered swap of this id, while it stands here."""
        return next((each for each in self.swaps if each.swap_id == swap_id), None)

    def role(self, role_id: str) -> SlackRole | None:
        """The role of this id, while it stands here."""
        return next((each for each in self.roles if each.role_id == role_id), None)

    def holders(self, role_id: str, at: datetime) -> tuple[SlackGrant, ...]:
        """The grants of a role that have not ended."""
        return tuple(each for each in self.grants if each.role_id == role_id and at < each.until)

    def resting(self) -> Given:
        """The same with nothing that gives anybody a right, or a call: somebody else may have written it."""
        return self.model_copy(
            update={
                "grants": (),
                "roles": (),
                "silences": (),
                "duty": (),
                "swaps": (),
                "unproven_grants": (*self.unproven_grants, *self.grants),
                "unproven_roles": (*self.unproven_roles, *self.roles),
            }
        )

    def without_unproven(self) -> Given:
        """The same with what rests put away for good."""
        return self.model_copy(update={"unproven_grants": (), "unproven_roles": ()})

    def confirmed(self, at: datetime) -> Given:
        """The same with what rested in force again; what has ended meanwhile, and what is there anew, stays out."""
        held = {each.grant_id for each in self.grants}
        grants = (each for each in self.unproven_grants if at < each.until and each.grant_id not in held)
        names = {each.role_id for each in self.roles}
        roles = (each for each in self.unproven_roles if each.role_id not in names)
        return self.model_copy(
            update={
                "grants": (*self.grants, *grants),
                "roles": (*self.roles, *roles),
            }
        ).without_unproven()

    def without(self, *grant_ids: str) -> Given:
        """The same without these grants."""
        left = tuple(each for each in self.grants if each.grant_id not in grant_ids)
        return self.model_copy(update={"grants": left})


class SeenHead(Record):
    """Where the record stood, and who was suspended then."""

    number: int
    """The last event."""
    link: str
    at: Instant
    suspensions: tuple[Suspension, ...] = ()
    key_id: str = ""
    """The key that signed seals then."""
