"""When cases share one card, as far as an administrator may choose it; `bot/rules/bundles.py` does by it."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from pydantic import Field

from bot.models.section import HOUR, MINUTE, Counted, Section


class FamiliesSection(Section):
    """One file that is asked for again, by several organizations or one: one card in a channel that is configured for
    all of them. Each request is still judged, decided and recorded alone."""

    together: bool = True
    """Whether there are such cards. `false`: a card for each organization."""
    stays: Annotated[timedelta, Counted(HOUR, ge=0, le=72)] = Field(12 * HOUR, validation_alias="stays_hours")
    """Hours after its first request in which a further request for the same file joins the card, whatever was decided
    on it until then. An update goes round the customers within a working day."""


class BurstsSection(Section):
    """One computer that asks for many files at once (an installer with children, a script that runs wild): one card."""

    together: bool = True
    """Whether there are such cards. `false`: a card for each file."""
    files: int = Field(5, ge=3, le=50)
    """Files of one computer that make a burst, when all of them still wait; further ones join it, decided or not."""
    within: Annotated[timedelta, Counted(MINUTE, ge=1, le=120)] = Field(
        10 * MINUTE, validation_alias="within_minutes"
    )
    """Minutes in which they have to be asked for; as long after the newest one a further file joins."""
