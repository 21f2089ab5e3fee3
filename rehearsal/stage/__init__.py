"""A whole rehearsal on one machine: both stand-ins, people, channels, a ledger and settings for the bot."""

from rehearsal.stage.cast import ROLES, Cast, Role
from rehearsal.stage.stage import Stage, organizations, staged

__all__ = ["ROLES", "Cast", "Role", "Stage", "organizations", "staged"]
