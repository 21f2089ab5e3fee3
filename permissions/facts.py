"""What the sentence of a refusal may use, and how it speaks of the place.

The organization is named only to those who may see its requests.
"""

from typing import NamedTuple

from permissions.ask import Ask, RefusalReason
from permissions.kinds import rights_of
from permissions.terms import Action, Door, Reach
from permissions.words import DOING_WORDS, MODE_WORDS, listed


class Facts(NamedTuple):
    """What a sentence may use. `organization` is the name to show; None when the person may not see it."""

    ask: Ask
    why: RefusalReason
    missing: tuple[str, ...] = ()
    organization: str | None = None
    owner: str | None = None
    # Those of the missing that are needed where the global group is owned.
    at_owner: tuple[str, ...] = ()
    # How far the person may approve this request today; None when not at all.
    widest: Reach | None = None
    reach: Reach = Reach.COMPUTER
    # What the person has there, as bits of the catalogue.
    holds: int = 0

    @property
    def where(self) -> str:
        """The place, in words that give nothing away."""
        if self.organization is not None:
            return f"at {self.organization}"
        if self.ask.action in _ABOUT_A_COMPUTER and not from_request(self.ask):
            return "in the computer's organization"
        return (
            "in that organization"
            if self.ask.action in _ABOUT_NO_REQUEST
            else "in the request's organization"
        )

    @property
    def needs(self) -> str:
        """The missing permissions and where: at the organization, or at the owner of the global group."""
        if not self.at_owner:
            return f"{listed(self.missing)} {self.where}"
        there = f"{listed(self.at_owner)} {self.at_the_owner}"
        here = tuple(name for name in self.missing if name not in self.at_owner)
        return f"{listed(here)} {self.where} and {there}" if here else there

    @property
    def at_the_owner(self) -> str:
        """The place of the global group, in words that give nothing away."""
        return f"at {self.owner}" if self.owner else "in the organization that owns that group"

    @property
    def doing(self) -> str:
        """What was asked for, as the beginning or middle of a sentence."""
        if self.ask.action is Action.MAINTAIN and self.ask.maintenance is not None:
            return MODE_WORDS[self.ask.maintenance.mode]
        return DOING_WORDS[self.ask.action]

    @property
    def requests(self) -> str:
        """The requests of this kind, in the plural."""
        return rights_of(self.ask.kind).requests


_ABOUT_A_COMPUTER = frozenset({Action.LOOK_UP, Action.CHECK_IN_HISTORY, Action.MAINTAIN})
_ABOUT_NO_REQUEST = frozenset(
    {
        Action.QUEUE,
        Action.REPORT,
        Action.READ_RECORD,
        Action.WHOAMI,
        Action.ASK_ABOUT_OTHERS,
        Action.PROMOTE,
        Action.CREATE_POLICY,
        Action.CHANGE_PERMISSIONS,
        Action.ASSIGN_ROLES,
        Action.ADMINISTER_ROLES,
        Action.SUSPEND,
    }
)


def from_request(ask: Ask) -> bool:
    """Whether it is about a maintenance mode from a request."""
    return ask.maintenance is not None and ask.maintenance.door is Door.REQUEST
