"""Everything that the approve modal shows, as data: what may be chosen, what is closed and why, what was typed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from bot.cards.kit import ids
from bot.models import Case
from permissions import MaintenanceMode, Reach

CONFIRMATION = (ids.VALIDATED_BLOCK, ids.CONFIRMED_BLOCK)
"""What anything wider than the computer asks for."""


@dataclass(frozen=True, slots=True)
class HowFar:
    """One entry of “How far”: its words, and the fields that appear when it is chosen."""

    words: str
    asks: tuple[str, ...] = ()
    """Block ids, in the order in which they stand."""


HOW_FAR: Mapping[Reach, HowFar] = {
    Reach.COMPUTER: HowFar("This computer"),
    Reach.COMPUTER_GROUP: HowFar("A computer group", (ids.COMPUTER_GROUP_BLOCK, *CONFIRMATION)),
    Reach.ORGANIZATION: HowFar("The entire organization", CONFIRMATION),
    Reach.GLOBAL: HowFar("A global group", (ids.GLOBAL_GROUP_BLOCK, *CONFIRMATION)),
}
REACH_WORDS = {reach: one.words for reach, one in HOW_FAR.items()}
SHOWN_BY: Mapping[str, str] = {
    ids.COMPUTER_GROUP_BLOCK: ids.REACH_BLOCK,
    ids.GLOBAL_GROUP_BLOCK: ids.REACH_BLOCK,
    ids.VALIDATED_BLOCK: ids.REACH_BLOCK,
    ids.CONFIRMED_BLOCK: ids.REACH_BLOCK,
    ids.RULE_PATH_BLOCK: ids.RECOGNIZED_BLOCK,
    ids.RULE_SIGNER_BLOCK: ids.RECOGNIZED_BLOCK,
    ids.RULE_PROCESS_BLOCK: ids.RECOGNIZED_BLOCK,
    ids.RULE_CREATED_BLOCK: ids.RECOGNIZED_BLOCK,
    ids.EXPIRES_BLOCK: ids.LASTS_BLOCK,
    ids.ELEVATION_FOR_BLOCK: ids.ELEVATION_BLOCK,
    ids.ELEVATION_UNTIL_BLOCK: ids.ELEVATION_FOR_BLOCK,
    ids.SAFE_BLOCK: ids.ELEVATION_FOR_BLOCK,
    ids.MODE_BECAUSE_BLOCK: ids.INSTEAD_BLOCK,
    ids.STORAGE_OWN_PATH_BLOCK: ids.STORAGE_PATH_BLOCK,
}
"""Fields that are in view only while something needs them, each with the choice that brings it there. What was typed
into one that is out of view is kept for its return, and an error of one that is not in view yet stands at that choice.
"""
MODE_WORDS = {
    MaintenanceMode.INSTALLATION: "Installation Mode",
    MaintenanceMode.LEARNING: "Learning Mode",
    MaintenanceMode.APPLICATION_MONITOR_ONLY: "Application Control Monitor Only",
}
"""The modes that a request can start, in the portal's words."""


def out_of_view(view: Mapping[str, Any], values: Mapping[str, str]) -> dict[str, str]:
    """What was typed or chosen in fields that the choices need no more: kept, in case they need them again."""
    shown = {block.get("block_id") for block in view["blocks"]}
    return {name: values[name] for name in SHOWN_BY if values.get(name) and name not in shown}


@dataclass(frozen=True, slots=True)
class ReachOffer:
    """One reach in the approve modal: open, or closed with the reason."""

    reach: Reach
    closed_because: str = ""

    @property
    def value(self) -> str:
        """What its option hands back."""
        return self.reach.value

    @property
    def is_open(self) -> bool:
        """It can be chosen."""
        return not self.closed_because


@dataclass(frozen=True, slots=True)
class GroupOffer:
    """A computer group that may be chosen."""

    computer_group_id: str
    name: str
    is_own: bool = False
    """The computer's own group: offered first and preselected."""


@dataclass(frozen=True, slots=True)
class ApplicationOffer:
    """An application that the approval may name; `use` is `ids.MATCH`, `BUILT_IN_MATCH` or `EXISTING`."""

    use: str
    application_id: str
    name: str
    closed_because: str = ""

    @property
    def value(self) -> str:
        """What its option hands back."""
        return f"{self.use}:{self.application_id}"


@dataclass(frozen=True, slots=True)
class SignerOffer:
    """A signer that a rule may name; `value` stands for it in the modal, where a subject may be too long."""

    value: str
    subject: str


@dataclass(frozen=True, slots=True)
class ModeOffer:
    """One maintenance mode: open, or closed with the reason."""

    mode: MaintenanceMode
    closed_because: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class More:
    """What “More…” adds to the first page."""

    applications: Sequence[ApplicationOffer] = ()
    """Matches first, the organization's own before the built-in ones; then the existing ones."""
    applications_left: int = 0
    """Existing applications that are not listed; a search narrows them."""
    searched_in_vain: str = ""
    """What was searched for and is part of no application's name; empty: nothing was, or it was found."""
    applications_trouble: str = ""
    """Why the portal did not tell them; empty if it did."""
    signers: Sequence[SignerOffer] = ()
    path: str = ""
    process: str = ""
    created_by: Sequence[str] = ()
    rule_closed: str = ""
    """Why no custom rule can be made; empty if one can."""
    elevation_closed: str = ""
    """Why elevation cannot be added; empty if it can."""
    ringfencing: Sequence[str] = ()
    modes: Sequence[ModeOffer] = ()
    """Empty where no mode answers this kind of request."""
    reply: str = ""
    """What the requestor will read."""
    preview: Sequence[str] = ()
    """What the choices come to so far."""
    warnings: Sequence[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ApproveForm:
    """Everything that the approve modal shows."""

    case: Case
    reaches: Sequence[ReachOffer]
    groups: Sequence[GroupOffer] = ()
    groups_left: int = 0
    """Computer groups that the modal has no room for."""
    global_groups: Sequence[GroupOffer] = ()
    global_note: str = ""
    """What becomes of a global approval here, where it is open but not sent."""
    one_computer_only: bool = False
    """The presser's right covers one computer at a time: one of several must be picked."""
    writes_on: bool
    values: Mapping[str, str] = field(default_factory=dict)
    """What was chosen and typed so far, by block."""
    notices: Sequence[str] = ()
    """What has to be read first, such as that the facts have changed meanwhile."""
    effect: str = ""
    """What it does as it is filled in now; empty while that is nothing whole."""
    justifications: Sequence[str] = ()
    """Reasons to choose from; none where the presser's own words are wanted."""
    elevation_hours: int = 1
    """How long administrator rights last where nothing else is chosen."""
    evidence: str = ""
    faster: Sequence[str] = ()
    """Ways on that need no approval at all."""
    portal_link: str = ""
    more: More | None = None

    @property
    def is_elevation(self) -> bool:
        """It asks for administrator rights."""
        return self.case.kind.value == "elevation"

    @property
    def chosen(self) -> ReachOffer:
        """The reach that is chosen, the narrowest open one where none is. There must be an open one."""
        offers = [offer for offer in self.reaches if offer.is_open]
        return next((offer for offer in offers if offer.value == self.value(ids.REACH_BLOCK)), offers[0])

    @property
    def is_wide(self) -> bool:
        """It is to go further than the computer."""
        return self.chosen.reach is not Reach.COMPUTER

    @property
    def extends(self) -> bool:
        """An existing application is chosen, which may reach further than the reach that is chosen."""
        return self.value(ids.APPLICATION_BLOCK).startswith(f"{ids.EXISTING}:")

    @property
    def asks(self) -> tuple[str, ...]:
        """The fields that the chosen reach needs."""
        asks = HOW_FAR[self.chosen.reach].asks
        return tuple(dict.fromkeys((*asks, *(CONFIRMATION if self.extends else ()))))

    def value(self, block_id: str, default: str = "") -> str:
        """What stands in a block now."""
        return self.values.get(block_id) or default

    def cut_to(self, room: int) -> ApproveForm:
        """The same with at most this many groups, applications and signers; what is left out is counted."""
        more = self.more
        if more is not None:
            left = max(len(more.applications) - room, 0)
            more = replace(
                more,
                applications=more.applications[:room],
                applications_left=more.applications_left + left,
                signers=more.signers[:room],
            )
        return replace(
            self,
            groups=self.groups[:room],
            groups_left=self.groups_left + max(len(self.groups) - room, 0),
            global_groups=self.global_groups[:room],
            more=more,
        )

    @property
    def chosen_requests(self) -> tuple[str, ...]:
        """The requests picked so far; empty means all."""
        return tuple(one for one in self.value(ids.REQUESTS_BLOCK).split(",") if one)
