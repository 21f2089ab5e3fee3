"""One question: may this person do this, there? What its kind is to the portal's permissions, and the two answers.

One entry a kind; the type checker misses none. Which Approve permissions decide a kind, and how far, says the
catalogue: a kind in none of its rows is decided in the portal alone. What no permission mends stands here too: a reach
that is not known, or that belongs to somebody else. The numbers in comments are those of the permission semantics.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, NamedTuple, assert_never

from permissions import names
from permissions.grants import Basis, Place, same_id
from permissions.terms import Action, Door, Kind, MaintenanceMode, Page, Reach, wider


@dataclass(frozen=True, slots=True)
class KindRights:
    """How the rules treat one kind of request."""

    requests: str
    """Its requests in a sentence, in the plural."""
    is_software: bool = False
    """It is about a file that would run: what may not run yet is reviewed first (12.3)."""
    elevates: bool = False
    """It asks for administrator rights, which no approval may turn into a side door for unknown software (6.3)."""
    starts_modes: bool = False
    """A maintenance mode may answer it (7.2, 7.3)."""
    own_permission: str = ""
    """The permission that decides this kind whatever its width; empty: the Approve permissions do (4)."""
    widened_as: Kind | None = None
    """The kind whose Approve permissions give the width; None: it has no width (5.0)."""
    global_only_in_portal: bool = False
    """Decided here, but never for a global group."""
    more_pages: tuple[Page, ...] = ()
    """Pages besides the Approval Center that show it (3.2)."""


_APPLICATION: Final = KindRights(
    "application requests", is_software=True, starts_modes=True, widened_as=Kind.APPLICATION
)
_ELEVATION: Final = KindRights(
    "elevation requests",
    is_software=True,
    elevates=True,
    own_permission=names.ELEVATION_ADMINISTRATOR,
    widened_as=Kind.APPLICATION,
)
_STORAGE: Final = KindRights("storage requests", widened_as=Kind.STORAGE, global_only_in_portal=True)
_WEB_CONTROL: Final = KindRights(
    "web control requests",
    own_permission=names.EDIT_WEB_CONTROL,
    global_only_in_portal=True,
    more_pages=(Page.WEB_CONTROL_REQUESTS,),
)
_OTHER: Final = KindRights("requests of this kind", widened_as=Kind.OTHER)


def rights_of(kind: Kind | None) -> KindRights:
    """The entry of a kind; a question that names none is held to be of an unknown one, which nobody may decide."""
    # No dictionary: of a `match` the type checker sees that an entry is missing.
    match kind:
        case Kind.APPLICATION:
            return _APPLICATION
        case Kind.ELEVATION:
            return _ELEVATION
        case Kind.STORAGE:
            return _STORAGE
        case Kind.WEB_CONTROL:
            return _WEB_CONTROL
        case Kind.OTHER | None:
            return _OTHER
        case _:
            assert_never(kind)


@dataclass(frozen=True, slots=True)
class Maintenance:
    """A maintenance mode, and the door that it is started, extended or ended from."""

    mode: MaintenanceMode
    door: Door


@dataclass(frozen=True, slots=True)
class Extension:
    """An existing application that the approval extends, or an existing policy that it amends.

    `widest` is the reach of the widest enabled policy that permits it; None when that could not be learnt.
    `organization_id` is the organization that owns the application or policy; None when not known.
    """

    organization_id: str | None
    widest: Reach | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """One question. Ids are as the portal gave them at the press; `person_id` is the access file's key.

    Fields whose None means "not known" close what depends on them.
    """

    person_id: str
    action: Action
    organization_id: str
    kind: Kind | None = None
    # What was chosen. `effective_reach` is what counts.
    reach: Reach = Reach.COMPUTER
    # How many computers' requests this one press covers.
    computers: int = 1
    # The write switches elevation on.
    elevates: bool = False
    # The software may already run on this computer, as the portal says; None: not known, so no.
    already_approved: bool | None = None
    # The organization that owns the global group; None: the portal offers none.
    global_owner_id: str | None = None
    # The organization of the computer, where the portal gives it separately.
    computer_organization_id: str | None = None
    # False: the computer's group could not be learnt; only the group reach is closed.
    computer_group_known: bool = True
    # The organization of the chosen computer group, and whether the portal marks that group global.
    computer_group_organization_id: str | None = None
    computer_group_is_global: bool = False
    # The approval takes a match from the vendor's built-in applications: entire organization.
    built_in_match: bool = False
    extension: Extension | None = None
    maintenance: Maintenance | None = None
    # The request is the person's own, or approving it would let in one of theirs; None: it cannot be told apart.
    own_request: bool | None = False
    # The person holds the claim of the case.
    is_claimer: bool = False
    # Asked from a look-up, not from a card.
    from_look_up: bool = False
    # For handing over: who is to receive the case, and whether one of its requests is theirs.
    receiver_id: str | None = None
    receiver_own_request: bool = False


def effective_reach(ask: Ask) -> Reach:
    """How far the approval really goes: by its effect, not by the radio button.

    An extension whose width is not known counts as global here; `rules` closes it anyway.
    """
    reach = ask.reach
    if reach is Reach.COMPUTER_GROUP and ask.computer_group_is_global:
        reach = Reach.GLOBAL
    if ask.built_in_match:
        reach = wider(reach, Reach.ORGANIZATION)
    if ask.extension is not None:
        reach = wider(reach, ask.extension.widest or Reach.GLOBAL)
    return reach


def must_be_confirmed(ask: Ask) -> bool:
    """Whether, before sending, it must be said how it was validated and who in the business confirmed.

    True for every approval and promotion that goes further than the computer, whichever right one has.
    """
    return ask.action in (Action.APPROVE, Action.PROMOTE) and effective_reach(ask) is not Reach.COMPUTER


class RefusalReason(StrEnum):
    """Why not, in the order in which reasons are given: the first that applies is the one told."""

    UNKNOWN_PERSON = "unknown_person"
    SUSPENDED = "suspended"
    UNPLACEABLE_ORGANIZATION = "unplaceable_organization"
    OTHER_ORGANIZATION = "other_organization"
    CANNOT_SEE = "cannot_see"
    NO_PERMISSION = "no_permission"
    DECIDE_IN_PORTAL = "decide_in_portal"
    KIND = "kind"
    NO_MODE_HERE = "no_mode_here"
    COMBINATION = "combination"
    OUTDATED_ORGANIZATIONS = "outdated_organizations"
    FOREIGN_APPLICATION = "foreign_application"
    UNKNOWN_REACH = "unknown_reach"
    UNKNOWN_COMPUTER_GROUP = "unknown_computer_group"
    FOREIGN_COMPUTER_GROUP = "foreign_computer_group"
    NO_GLOBAL_GROUP = "no_global_group"
    GLOBAL_GROUP = "global_group"
    REACH = "reach"
    SEVERAL_COMPUTERS = "several_computers"
    NOT_CLAIMER = "not_claimer"
    RECEIVER = "receiver"
    OWN_REQUEST = "own_request"
    NOT_TOLD_APART = "not_told_apart"
    SAME_PERSON = "same_person"
    # The rest is about giving and taking rights from Slack (`granting`).
    UNKNOWN_ROLE = "unknown_role"
    BUILT_IN_ROLE = "built_in_role"
    ROLE_EXISTS = "role_exists"
    ROLE_HELD = "role_held"
    DEPRECATED = "deprecated"
    MORE_THAN_OWN = "more_than_own"
    LONGER_THAN_OWN = "longer_than_own"
    GIVEN_ELSEWHERE = "given_elsewhere"
    ONESELF = "oneself"
    OWN_ROLE = "own_role"


class Allowed(NamedTuple):
    """Yes. `rests_on` are the permissions used and the grants that gave them; `where` is the organization.

    `tell` works the sentence out when somebody reads it. Two verdicts are equal when they say the same, their
    sentences included.
    """

    rests_on: tuple[Basis, ...]
    where: str
    tell: Callable[[], str]

    @property
    def sentence(self) -> str:
        """What the yes rests on, for the person."""
        return self.tell()

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Allowed):
            return NotImplemented
        mine, theirs = (self.rests_on, self.where), (other.rests_on, other.where)
        return mine == theirs and self.sentence == other.sentence

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __hash__(self) -> int:
        return hash((self.rests_on, self.where))


class Refused(NamedTuple):
    """No. `missing` are the permissions that would change it, nearest first; empty when none would.

    `sentence` is for the person: what is missing, where, and the nearest way. `where` is the organization's
    id, for the record; the sentence names the organization only to those who may see its requests. Two
    verdicts are equal when they say the same, their sentences included.
    """

    why: RefusalReason
    missing: tuple[str, ...]
    where: str
    tell: Callable[[], str]

    @property
    def sentence(self) -> str:
        """What is missing, where, and the nearest way, for the person."""
        return self.tell()

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Refused):
            return NotImplemented
        mine = (self.why, self.missing, self.where)
        return mine == (other.why, other.missing, other.where) and self.sentence == other.sentence

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __hash__(self) -> int:
        return hash((self.why, self.missing, self.where))


Verdict = Allowed | Refused


_REACHING = frozenset({Action.APPROVE, Action.PROMOTE})
# Reaches that have nothing to be known or owned by somebody else.
_WITHOUT_COMPUTER_GROUP = frozenset({Reach.COMPUTER, Reach.ORGANIZATION})


def obstacle_of(ask: Ask, place: Place, owner: Place | None, reach: Reach) -> RefusalReason | None:
    """Why nobody may do this, whatever they hold; None where nothing is in the way."""
    plain = ask.extension is None and ask.computers > 0
    if (plain and reach in _WITHOUT_COMPUTER_GROUP and ask.reach is reach) or not _reaches(ask):
        return None
    return (
        _extension_obstacle(ask, place)
        or _computers_obstacle(ask)
        or _computer_group_obstacle(ask, place)
        or _global_obstacle(ask, place, owner, reach)
    )


def _reaches(ask: Ask) -> bool:
    if ask.action is Action.MAINTAIN:
        return ask.maintenance is not None and ask.maintenance.door is Door.REQUEST
    return ask.action in _REACHING


def _extension_obstacle(ask: Ask, place: Place) -> RefusalReason | None:
    extension = ask.extension
    if extension is None:
        return None
    own = extension.organization_id is not None and same_id(extension.organization_id)
    if own != place.organization_id:
        return RefusalReason.FOREIGN_APPLICATION
    return RefusalReason.UNKNOWN_REACH if extension.widest is None else None


def _computers_obstacle(ask: Ask) -> RefusalReason | None:
    return RefusalReason.UNKNOWN_REACH if ask.computers < 1 else None


def _computer_group_obstacle(ask: Ask, place: Place) -> RefusalReason | None:
    if ask.reach is not Reach.COMPUTER_GROUP or ask.computer_group_is_global:
        return None
    if not ask.computer_group_known:
        return RefusalReason.UNKNOWN_COMPUTER_GROUP
    group = ask.computer_group_organization_id
    if group is not None and same_id(group) != place.organization_id:  # 5.1
        return RefusalReason.FOREIGN_COMPUTER_GROUP
    return None


def _global_obstacle(ask: Ask, place: Place, owner: Place | None, reach: Reach) -> RefusalReason | None:
    """5.3, 5.4: a global group is owned by the organization itself or by one above it."""
    if reach is not Reach.GLOBAL or rights_of(ask.kind).widened_as is None:
        return None
    if owner is None or owner.organization_id not in (place.organization_id, *place.above):
        return RefusalReason.NO_GLOBAL_GROUP
    return None
