"""A small world to ask questions in: three levels of organizations and one person at a time.

top ── left ── leaf
    └─ right
"""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from permissions import (
    Access,
    Action,
    Allowed,
    Ask,
    Door,
    Grant,
    Kind,
    Maintenance,
    MaintenanceMode,
    Organization,
    OrganizationTree,
    Origin,
    Person,
    RefusalReason,
    Refused,
    Source,
    judge,
)

NOW = datetime(2027, 3, 1, 12, 0, tzinfo=UTC)
TOP, LEFT, RIGHT, LEAF = "id-top", "id-left", "id-right", "id-leaf"
NAMES = {TOP: "Northwind", LEFT: "Contoso", RIGHT: "Fabrikam", LEAF: "Contoso Labs"}
TREE = OrganizationTree(
    (
        Organization(organization_id=TOP, name=NAMES[TOP]),
        Organization(organization_id=LEFT, name=NAMES[LEFT], parent_id=TOP),
        Organization(organization_id=RIGHT, name=NAMES[RIGHT], parent_id=TOP),
        Organization(organization_id=LEAF, name=NAMES[LEAF], parent_id=LEFT),
    ),
    fetched_at=NOW - timedelta(seconds=30),
)
ANA = Person(person_id="ana", name="Ana", slack_ids=("U0ANA",))
BEN = Person(person_id="ben", name="Ben", slack_ids=("U0BEN",))


def grant(
    *permissions: str,
    at: str = LEFT,
    person_id: str = "ana",
    and_below: bool = False,
    until: datetime | None = None,
    role: str | None = None,
    source: Source = Source.FILE,
) -> Grant:
    """One grant, of Ana at Contoso unless said otherwise."""
    return Grant(
        person_id=person_id,
        permissions=frozenset(permissions),
        organization_id=at,
        and_below=and_below,
        until=until,
        role=role,
        origin=Origin(source, "test"),
    )


def access(*grants: Grant, persons: Iterable[Person] = (ANA, BEN)) -> Access:
    """An access with these grants."""
    return Access(persons=tuple(persons), grants=grants)


def verdict(
    given: Access | Iterable[str],
    action: Action,
    kind: Kind | None = Kind.APPLICATION,
    *,
    at: str = LEFT,
    tree: OrganizationTree = TREE,
    now: datetime = NOW,
    **more: Any,
) -> Allowed | Refused:
    """Ana's verdict at Contoso, from an access or from single permissions that she has there."""
    known = given if isinstance(given, Access) else access(grant(*given))
    ask = Ask(person_id="ana", action=action, organization_id=at, kind=kind, **more)
    return judge(ask, known, tree, now)


def may(
    given: Access | Iterable[str], action: Action, kind: Kind | None = Kind.APPLICATION, **more: Any
) -> bool:
    """Whether Ana may."""
    return isinstance(verdict(given, action, kind, **more), Allowed)


def why(
    given: Access | Iterable[str], action: Action, kind: Kind | None = Kind.APPLICATION, **more: Any
) -> RefusalReason:
    """Why Ana may not. Fails when she may."""
    answer = verdict(given, action, kind, **more)
    assert isinstance(answer, Refused), answer
    return answer.why


def missing(
    given: Access | Iterable[str], action: Action, kind: Kind | None = Kind.APPLICATION, **more: Any
) -> tuple[str, ...]:
    """What Ana lacks. Fails when she lacks nothing."""
    answer = verdict(given, action, kind, **more)
    assert isinstance(answer, Refused), answer
    return answer.missing


def from_request(mode: MaintenanceMode) -> Maintenance:
    """A mode from a request."""
    return Maintenance(mode, Door.REQUEST)


def from_computer(mode: MaintenanceMode) -> Maintenance:
    """A mode from a computer."""
    return Maintenance(mode, Door.COMPUTER)
