"""The rules of the unusual by name, and their silences. What each rule is stands in `bot.rules.unusual`."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated

from pydantic import Field

from bot.models.base import Instant, Record
from bot.models.presses import Actor
from bot.models.requests import RequestFacts
from bot.models.section import DAY, Counted, Section


class UnusualRule(StrEnum):
    """The names that settings, commands, metrics and the record use."""

    UNSIGNED_LOOSE = "unsigned_loose"
    UNSIGNED_INSTALLER = "unsigned_installer"
    SIGNATURE_INVALID = "signature_invalid"
    SCRIPT_HOST = "script_host"
    REMOTE_TOOL = "remote_tool"
    VULNERABLE_DRIVER = "vulnerable_driver"
    RENAMED = "renamed"
    LOOK_ALIKE = "look_alike"
    SYSTEM_NAME_ELSEWHERE = "system_name_elsewhere"
    DOUBLED_ENDING = "doubled_ending"
    HIDDEN_ENDING = "hidden_ending"
    FROM_DOCUMENT = "from_document"
    KNOWN_BAD = "known_bad"
    ELEVATION_UNSEEN = "elevation_unseen"
    FIRST_ELEVATION = "first_elevation"
    STORAGE_EVERYONE = "storage_everyone"
    BURST = "burst"
    ODD_HOURS = "odd_hours"


class UnusualSection(Section):
    """What counts as unusual. It is never approved by one press; a rule that is silenced for one subject is silenced in
    Slack, with a reason and an end."""

    off: frozenset[UnusualRule] = Field(frozenset(), examples=[["odd_hours", "burst"]])
    """Rules that are switched off, for everybody, by their names in docs/evidence.md. Empty: all of them speak."""
    longest_silence: Annotated[timedelta, Counted(DAY, ge=1, le=366)] = Field(
        90 * DAY, validation_alias="longest_silence_days"
    )
    """The latest end of a silence, in days from then. A rule that shall never speak is switched off above."""


class SilenceOf(StrEnum):
    """What a rule is silent about."""

    SOFTWARE = "software"
    """The same signers and the same kind of path, whatever the version."""
    COMPUTER = "computer"
    ORGANIZATION = "organization"


class Silence(Record):
    """One rule says nothing about one subject in one organization, until a time, for a reason."""

    silence_id: str
    rule: str
    """A rule's name. As text: a record of a rule that is gone must still open."""
    of: SilenceOf
    subject: str
    """The software's key, the computer's id; of an organization its id."""
    subject_name: str
    organization_id: str
    organization_name: str
    until: Instant
    """The first moment without it."""
    by: Actor
    at: Instant
    reason: str

    def covers(self, facts: RequestFacts, software: str, at: datetime) -> bool:
        """Whether it is over a request then; `software` is the key of the request's software."""
        subjects = {
            SilenceOf.SOFTWARE: software,
            SilenceOf.COMPUTER: facts.computer_id.casefold(),
            SilenceOf.ORGANIZATION: facts.organization_id.casefold(),
        }
        is_here = facts.organization_id.casefold() == self.organization_id.casefold()
        return is_here and subjects[self.of] == self.subject.casefold() and at < self.until


class Spoke(Record):
    """Of a case: a rule that spoke about one of its requests when it was looked at last, silenced or not."""

    rule: str
    request_id: str
    quiet_until: Instant | None = None
    """The silence over it ends then; None: it is not silenced."""
    silence_id: str = ""
