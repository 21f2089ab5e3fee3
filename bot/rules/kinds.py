"""What each kind of request is. One entry a kind, and the only place that a new kind has to be told to.

What the permission rules need of a kind stands with them, in `permissions.ask`; an entry refers to it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, assert_never

from bot.models.requests import RequestFacts
from bot.models.rules import UnprovenWrite
from permissions import Kind, Reach
from permissions.ask import KindRights, rights_of


class Form(StrEnum):
    """The forms behind “Approve…”, each with the portal's write that it fills."""

    PERMIT = "permit"
    """The portal's permit form: it makes a policy of application control."""
    STORAGE = "storage"
    """Device, path, users and end."""


@dataclass(frozen=True, slots=True)
class Traits:
    """What one kind of request is."""

    title: str
    """What a card of this kind is headed with."""
    rights: KindRights
    """The same kind as the permission rules know it."""
    form: Form | None
    """How it is approved here; None: it is shown here and decided in the portal."""
    form_instead: str = ""
    """Why a request of this kind that is decided here is not approved with one press, as a sentence."""
    unproven: Mapping[Reach, UnprovenWrite] = field(default_factory=dict)
    """The write that has to be verified live before an approval goes so far; not named: it is documented."""
    title_of_extension: str = ""
    """The heading of one that asks for a browser extension."""
    titles: Mapping[str, str] = field(default_factory=dict)
    """Narrower headings, by the portal's own word for what is asked."""
    names_site: bool = False
    """Its path is an address of the web: the site is what it is about."""
    is_the_teams: bool = False
    """Its clock: in its hours the escalation team takes it, and is called as soon as it arrives."""

    @property
    def is_decided_here(self) -> bool:
        """Whether it is decided in Slack at all."""
        return self.form is not None

    @property
    def closes_one_press(self) -> str:
        """Why no request of this kind is approved with one press, as a sentence; empty where one may be."""
        return self.form_instead or self.in_portal

    @property
    def has_deciders(self) -> bool:
        """Whether some permission decides it, here or in the portal: then somebody can be on it, and claim it."""
        return self.is_decided_here or bool(self.rights.own_permission)

    @property
    def in_portal(self) -> str:
        """That it is decided in the portal, and what that takes where it is known; empty for what is decided here."""
        if self.is_decided_here:
            return ""
        permission = self.rights.own_permission
        return f"{_IN_THE_PORTAL} {_BY_WHOM.format(permission=permission)}" if permission else _IN_THE_PORTAL

    @property
    def has_permit_form(self) -> bool:
        """Whether the portal has a permit form for it: details, matching applications, a policy that comes of it."""
        return self.form is Form.PERMIT

    @property
    def is_storage(self) -> bool:
        """Whether it is about a device, and what is read and written there."""
        return self.form is Form.STORAGE

    @property
    def is_software(self) -> bool:
        """Whether it is about a file that would run: with a hash that joins cases, signers, a parent, a history."""
        return self.rights.is_software

    @property
    def elevates(self) -> bool:
        """Whether it asks for administrator rights."""
        return self.rights.elevates

    @property
    def starts_modes(self) -> bool:
        """Whether a maintenance mode may answer it."""
        return self.rights.starts_modes

    @property
    def reaches(self) -> tuple[Reach, ...]:
        """How far it may be approved from here, the narrowest first; none where it is decided in the portal."""
        if self.form is None:
            return ()
        return tuple(
            reach for reach in Reach if reach is not Reach.GLOBAL or not self.rights.global_only_in_portal
        )


_IN_THE_PORTAL: Final = "This kind of request is decided in the portal."
_BY_WHOM: Final = "It takes {permission} there."
_GLOBAL_UNPROVEN: Final = {Reach.GLOBAL: UnprovenWrite.PERMIT_GLOBAL}
_APPLICATION: Final = Traits(
    "Application request",
    rights_of(Kind.APPLICATION),
    Form.PERMIT,
    unproven=_GLOBAL_UNPROVEN,
    title_of_extension="Browser extension request",
)
_ELEVATION: Final = Traits(
    "Elevation request",
    rights_of(Kind.ELEVATION),
    Form.PERMIT,
    unproven=_GLOBAL_UNPROVEN,
    is_the_teams=True,
)
_STORAGE: Final = Traits(
    "Storage request",
    rights_of(Kind.STORAGE),
    Form.STORAGE,
    form_instead="“Approve…” asks for device, path, users and end.",
    unproven=dict.fromkeys(Reach, UnprovenWrite.PERMIT_STORAGE),
)
_WEB_CONTROL: Final = Traits("Web control request", rights_of(Kind.WEB_CONTROL), None, names_site=True)
_OTHER: Final = Traits(
    "Request of another kind",
    rights_of(Kind.OTHER),
    None,
    titles={
        "dns": "DNS request",
        "network": "Network request",
        "powershell": "PowerShell request",
        "registry": "Registry request",
    },
)


def title_of(kind: Kind, facts: RequestFacts) -> str:
    """What a card is headed with: narrower than the kind where the request tells more."""
    traits = traits_of(kind)
    if facts.is_extension and traits.title_of_extension:
        return traits.title_of_extension
    return traits.titles.get(facts.action_type.strip().lower(), traits.title)


def traits_of(kind: Kind) -> Traits:
    """The entry of a kind."""
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
        case Kind.OTHER:
            return _OTHER
        case _:
            assert_never(kind)
