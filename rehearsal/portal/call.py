"""One call to the stand-in portal as its rules see it, and the switches that bend those rules."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from rehearsal.portal.answers import (
    EMPTY_LISTS,
    EmptyList,
    broken,
    missing_permission,
    refused,
    wrong_organization,
)
from rehearsal.portal.records import ApprovalRequest, Token
from rehearsal.portal.rights import SUPER_ADMIN
from rehearsal.portal.schema import is_guid
from rehearsal.portal.world import World

_CHOICES: Final[dict[str, tuple[object, ...]]] = {
    "revoked_status": (440, 403),
    "empty_lists": tuple(EMPTY_LISTS),
    "permit_body": ("{}", ""),
    "unknown_object": (404, 400, 500),
    "dates": ("utc", "bare", "fractions"),
}


@dataclass
class Rules:
    """The switches. The defaults are the simulator profile; every other position has been seen or is plausible."""

    revoked_status: int = 440
    """What an unknown token is answered: 440, or 403."""
    empty_lists: str = "brackets"
    """How "no rows" is written: `brackets`, `nothing` or `null`."""
    all_keys_required: bool = True
    """Whether a permit that leaves out an unused object, instead of sending null, is a server error."""
    refuse_double_decisions: bool = True
    """Off: a second decision is accepted as well, and takes effect."""
    permit_body: str = "{}"
    """The body of an accepted decision: `{}` or empty."""
    unknown_object: int = 404
    """What an id that nobody knows is answered: 404, 400 or 500; nobody has published it."""
    dates: str = "utc"
    """How times are written: `utc` with Z, `bare` without a zone, `fractions` with seven digits."""
    rows_with_action: bool = True
    """Whether list rows carry `json` and `threatLockerActionDto`; not confirmed live."""
    reject_stores_comments: bool = True
    """Whether comments and ticket inside a rejected request's object are stored; nobody has published it."""
    source_table_required: bool = False
    """Whether an audit search without `sourceTableId` is a server error; callers disagree."""

    def set(self, name: str, value: object) -> None:
        """Turns one switch by name; raises ValueError naming what it takes."""
        if name not in self.__dataclass_fields__:
            raise ValueError(f"no switch {name!r}; the switches are {', '.join(self.__dataclass_fields__)}.")
        allowed = _CHOICES.get(name, (True, False))
        if value not in allowed or isinstance(value, bool) != isinstance(allowed[0], bool):
            raise ValueError(f"switch {name} takes one of {allowed}, not {value!r}.")
        setattr(self, name, value)

    @property
    def empty_list(self) -> EmptyList:
        """How "no rows" is written just now."""
        return EMPTY_LISTS[self.empty_lists]


@dataclass(frozen=True)
class Call:
    """What a rule needs to know of a call: who, acting on which organization, asking what, when."""

    world: World
    rules: Rules
    now: datetime
    token: Token
    organization_id: str
    base_url: str
    query: Mapping[str, str] = field(default_factory=dict)
    body: dict[str, Any] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def actor(self) -> str:
        """The name that the portal notes down for what this token does."""
        return f"{self.token.name} (API)"

    def may(self, names: Iterable[str]) -> bool:
        """Whether the token carries one of these permissions."""
        return SUPER_ADMIN in self.token.permissions or not self.token.permissions.isdisjoint(names)

    def require(self, names: Iterable[str]) -> None:
        """Refuses unless the token carries one of these permissions; the refusal names the first."""
        wanted = tuple(names)
        if not self.may(wanted):
            raise missing_permission(wanted[0])

    def guid(self, name: str) -> str:
        """A GUID from the query, folded; a missing or malformed one is a validation answer."""
        value = self.query.get(name.casefold(), "")
        if not is_guid(value):
            raise refused(400, f"The value '{value}' is not valid for {name}.")
        return value.casefold()

    def flag(self, name: str, *, default: bool) -> bool:
        """A truth value from the query."""
        value = self.query.get(name.casefold(), str(default)).casefold()
        if value not in ("true", "false"):
            raise refused(400, f"The value '{value}' is not valid for {name}.")
        return value == "true"

    def number(self, name: str, default: int) -> int:
        """A whole number from the query."""
        value = self.query.get(name.casefold(), str(default))
        try:
            return int(value)
        except ValueError:
            raise refused(400, f"The value '{value}' is not valid for {name}.") from None

    def readable_request(self, request_id: str) -> ApprovalRequest:
        """A request of the organization acted on, or of one below it."""
        request = self.world.requests.get(request_id.casefold())
        visible = self.world.in_view(self.organization_id, with_children=True)
        if request is None or request.organization_id not in visible:
            raise self.unknown("Approval Request")
        return request

    def own_request(self, request_id: str) -> ApprovalRequest:
        """A request that this call may write to: the organization acted on must be the request's own."""
        request = self.readable_request(request_id)
        if request.organization_id != self.organization_id:
            raise wrong_organization()
        return request

    def unknown(self, what: str) -> Exception:
        """The answer to an id that nobody knows, as the switch says."""
        status = self.rules.unknown_object
        return broken() if status == 500 else refused(status, f"{what} not found")
