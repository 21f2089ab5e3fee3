"""How much one person or one case may set in motion, as the front door and the ledger count it."""

from __future__ import annotations

from pydantic import Field

from bot.models.rules import Section


class LimitsSection(Section):
    """How much one person or one case may set in motion. Whoever meets a limit is told once; nothing is recorded
    beyond it but that it was met."""

    presses_a_minute: int = Field(60, ge=10)
    """Presses of one person in a minute: buttons, commands, forms, every choice in a form. Somebody at work makes
    a dozen."""
    presses_of_a_case_a_minute: int = Field(120, ge=10)
    """Presses on one case in a minute, by everybody together."""
