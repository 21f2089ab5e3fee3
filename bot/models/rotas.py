"""Tiers: the people who are called together. Who of them is on call when stands in `bot.rules.rotas`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Final, Self

from pydantic import Field, model_validator

from bot.models.section import ChannelId, Section, UserGroupId, each_with_its_table, named_plainly

TEAM: Final = "team"
APPROVERS: Final = "approvers"
"""The tiers that are there without a table: those of `[escalation]`."""
ON_DUTY: Final = "on_duty"
"""The team in its hours, else the approvers: no tier of its own, but one of these two, by the clock."""


class TierSection(Section):
    """People who are called together when a request is late. NAME is any name: the steps of a plan call a tier by it.
    `team` and `approvers` are there without a table, with the user groups of `[escalation]`; `on_duty` is the one or
    the other, by the team's hours."""

    user_group: UserGroupId = Field("", examples=["S0123TIER"])
    """The Slack user group that is called."""
    people: tuple[Annotated[str, Field(min_length=1)], ...] = Field((), examples=[["ana", "bo"]])
    """People who are called, by their keys in the access file; with a user group, besides its members."""
    channel: ChannelId = Field("", examples=["C0123TIER"])
    """Where they are called. Empty: the escalation channel of the request's route."""

    @model_validator(mode="after")
    def _names_somebody(self) -> Self:
        if not (self.user_group or self.people or self.channel):
            raise ValueError("this tier calls nobody; name its user_group, people or channel")
        return self


def each_a_tier(value: object) -> object:
    """Mind that a tier has a name of its own."""
    tiers = each_with_its_table(value, "tiers", TierSection)
    named_plainly(tiers, "tiers")
    if ON_DUTY in tiers:
        raise ValueError(
            f"{ON_DUTY} is the team or the approvers, by the team's hours; call this tier otherwise"
        )
    return value


@dataclass(frozen=True, slots=True)
class OnCall:
    """Who is on call for a tier at an instant."""

    user_group_id: str = ""
    """A Slack user group, all of whose members are."""
    people: tuple[str, ...] = ()
    """Person ids of the access file."""
    why: str = ""
    """In a word or two, for the time line: `everybody in the tier`."""
    until: datetime | None = None
    """When somebody else comes; None: nobody is known to."""

    is_channel_alone: bool = False
    """The tier names nobody: it is whoever reads the channel."""

    @property
    def is_nobody(self) -> bool:
        """Whether nobody is on call: a hole."""
        return not (self.user_group_id or self.people or self.is_channel_alone)


@dataclass(frozen=True, slots=True)
class Called:
    """Whom a call about a case names: those of a tier who can decide this very case now."""

    tier: str = ""
    user_group_id: str = ""
    """A user group whose members all can, or of which Slack does not tell who belongs to it."""
    slack_user_ids: tuple[str, ...] = ()
    """People, each by the Slack id under which they are there."""
    channel_id: str = ""
    """The tier's own channel; empty: the escalation channel of the request's route."""
    passed: tuple[str, ...] = ()
    """Tiers before it of which nobody can decide the case now."""

    @property
    def is_nobody(self) -> bool:
        """Whether it names nobody."""
        return not (self.user_group_id or self.slack_user_ids)


@dataclass(frozen=True, slots=True)
class Roster:
    """Everything that tells who is on call, as of one moment: a value, so that it can be asked about any instant."""

    tiers: Mapping[str, TierSection] = field(default_factory=dict)
    """Every tier by its name, those of `[escalation]` too."""
