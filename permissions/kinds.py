"""What each kind of request is to the portal's permissions. One entry a kind; the type checker misses none.

Which Approve permissions decide a kind, and how far, says the catalogue: a kind in none of its rows is decided in
the portal alone.
"""

from dataclasses import dataclass
from typing import Final, assert_never

from permissions import names
from permissions.terms import Kind, Page


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
