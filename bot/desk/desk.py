"""The live parts that the use cases work with, gathered in one small frozen value."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import structlog

from bot.chat import ChatError, People, RoutingTable
from bot.desk.access import AccessDesk, NoAccess
from bot.ledger import Ledger
from bot.metrics import Metrics
from bot.models import (
    CalendarSection,
    Case,
    Change,
    Effect,
    Event,
    Place,
    RequestFacts,
    Rules,
    Sighting,
)
from bot.models.rotas import OnCall, Roster
from bot.portal import ApprovalRequestRow, PortalClient, PortalError, is_thin, sighting_of, tree_of
from bot.rules.calendars import calendar_for, is_open
from bot.rules.rotas import roster_of, with_calendars
from bot.rules.timing import Waited
from permissions import OrganizationTree


def new_id(prefix: str) -> str:
    """An id that sorts nowhere and says nothing: a letter and 96 random bits."""
    return f"{prefix}{secrets.token_hex(12)}"


log = structlog.get_logger()


@dataclass(slots=True)
class TreeDesk:
    """The portal's organizations, read again when too old or when a target is not in them."""

    portal: PortalClient
    ledger: Ledger
    rules: Rules
    odd: tuple[str, ...] = ()
    """What of the portal's list could not be read the last time; these organizations are not in the tree."""
    _kept: OrganizationTree | None = None
    _failed: str = ""

    async def current(self, *, holding: str = "") -> OrganizationTree:
        """A tree young enough for a verdict, with that organization in it if the portal knows it.

        Raises PortalError when it cannot be read again.
        """
        now = self.ledger.now()
        kept = self._kept
        old = kept is None or now - kept.fetched_at > self.rules.decisions.tree_max_age
        if kept is None or old or (holding and kept.place(holding) is None):
            try:
                rows = await self.portal.organizations()
            except PortalError as error:
                self._failed = str(error)
                raise
            self.odd, self._failed = rows.odd, ""
            kept = self._kept = tree_of(rows, now)
        return kept

    def fault(self) -> str:
        """Why nobody can decide anything for want of organizations; empty while there are some, young enough."""
        kept = self._kept
        if kept is None:
            return f"the organizations could not be read: {self._failed or 'they were not asked for yet'}"
        if self._failed and self.ledger.now() - kept.fetched_at > self.rules.decisions.tree_max_age:
            return f"the organizations are too old to decide by, and could not be read again: {self._failed}"
        has_place = any(kept.place(one.organization_id) is not None for one in kept.organizations)
        return "" if has_place else "the portal names no organization whose place in the tree is known"

    def latest(self) -> OrganizationTree | None:
        """Whatever was read last, for names only."""
        return self._kept


@dataclass(slots=True)
class WriteGate:
    """Whether the portal accepts our token. A refused token pauses writes until a call succeeds again."""

    refused_since: datetime | None = None

    @property
    def is_open(self) -> bool:
        """Writes may go out."""
        return self.refused_since is None

    def refuse(self, now: datetime) -> None:
        """The portal has refused our token."""
        self.refused_since = self.refused_since or now


@dataclass(slots=True)
class WeekKept:
    """The waits of the last week as they were read last: App Home shows their figures to everybody who opens it."""

    read_at: datetime | None = None
    waits: Sequence[Waited] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """One bot process's live parts."""

    rules: Rules
    ledger: Ledger
    portal: PortalClient
    people: People
    access: AccessDesk
    tree: TreeDesk
    routes: RoutingTable
    metrics: Metrics
    gate: WriteGate = field(default_factory=WriteGate)
    week: WeekKept = field(default_factory=WeekKept)
    workspace_url: str = ""
    """The workspace's web address, for links to cards; ends in a slash."""

    def now(self) -> datetime:
        """The ledger's logical time: one clock for all replicas."""
        return self.ledger.now()

    def onward(self) -> Callable[[], datetime]:
        """The time from here on, and at least as much later as our own clock says.

        For what this process may do until some moment: while it stands still the others may agree on an earlier time
        (where the only one that watched had lost some), and then more has passed than the shared clock tells.
        """
        began, passed = self.now(), self.ledger.stopwatch()
        return lambda: max(self.now(), began + passed())

    def permalink(self, case: Case) -> str:
        """The link to a case's card; empty until it is posted."""
        if case.card is None or not self.workspace_url:
            return ""
        return f"{self.workspace_url}archives/{case.card.channel_id}/p{case.card.ts.replace('.', '')}"

    async def beside(self, case: Case) -> tuple[Case, ...]:
        """The other cases on the same card, open or closed, oldest first; none for a card of its own."""
        found = await self.ledger.bundle(case.bundle_id)
        return tuple(each.case for each in found if each.case.case_id != case.case_id)

    def heard_with(self, case: Case, others: Iterable[Case]) -> tuple[Case, ...]:
        """Those of the others about which people are called in the same place."""
        place = self._called_in(case)
        return tuple(other for other in others if self._called_in(other) == place)

    def called_with(self, case: Case, others: Iterable[Case]) -> tuple[Case, ...]:
        """Those of the others about which the same people are called in the same place: one call does for all."""
        called = self.on_duty(case.organization_id)
        return tuple(
            other for other in self.heard_with(case, others) if self.on_duty(other.organization_id) == called
        )

    def _called_in(self, case: Case) -> str:
        return self.routes.channel_for(case.organization_id, case.kind.value, Place.ESCALATION)

    def above(self, organization_id: str) -> tuple[str, ...]:
        """The organizations above one, the nearest first; none before they were read once."""
        tree = self.tree.latest()
        place = tree.place(organization_id) if tree is not None else None
        return tuple(place.above) if place is not None else ()

    def calendar(self, organization_id: str) -> CalendarSection:
        """The hours of the team for an organization. Before the organizations were read once, those above it are not
        known, and only its own calendar or the default is found: late is worse than a call to the others."""
        return calendar_for(self.rules, organization_id, *self.above(organization_id))

    def is_team_there(self, *organization_ids: str, at: datetime | None = None) -> bool:
        """Whether the team is there (now) for one of these organizations; of none: by the default calendar."""
        then = at or self.now()
        return any(is_open(self.calendar(each), then) for each in organization_ids or ("",))

    def on_duty(self, *organization_ids: str, at: datetime | None = None) -> str:
        """The user group that is called for an escalation (now): the team in its hours, else the approvers.

        What is said of several organizations at once calls the team where it is there for one of them.
        """
        if self.is_team_there(*organization_ids, at=at):
            return self.rules.escalation.team_user_group
        return self.rules.escalation.approvers_user_group or self.rules.escalation.team_user_group

    async def roster(self) -> Roster:
        """Who is on call, by the settings, by calendars as they were read last, and by what was arranged in Slack. Read
        at each call: an older one would call the wrong person. LedgerUnavailable passes through."""
        found = roster_of(self.rules, (await self.ledger.given()).given)
        named = [name for name, rota in self.rules.rotas.items() if rota.ical_url]
        if not named:
            return found
        kept = await self.ledger.calendars.read(named)
        try:
            persons = (await self.access.current()).persons
        except NoAccess:
            persons = ()
        return with_calendars(found, {name: each.copy for name, each in kept.items()}, persons)

    async def was_called(
        self,
        slack_user_id: str,
        escalated_at: datetime,
        organization_id: str = "",
        called: Iterable[OnCall] = (),
    ) -> bool:
        """Whether somebody belongs to those who are called for an organization, at the escalation or by now, or to
        these who were on call.

        Where no group is configured everybody in the channel was. Where Slack does not tell: no, because for
        escalations a message too many is better than silence.
        """
        named = [*called]
        groups = {self.on_duty(organization_id, at=escalated_at), self.on_duty(organization_id)}
        groups |= {each.user_group_id for each in named if each.user_group_id or each.is_channel_alone}
        if any(each.people for each in named):
            person = (await self.access.current()).person_of_slack(slack_user_id)
            if person is not None and any(person.person_id in each.people for each in named):
                return True
        for group in groups:
            try:
                if not group or await self.people.belongs_to(slack_user_id, group):
                    return True
            except ChatError as error:
                log.warning("user_group_not_read", user_group=group, why=str(error))
        return False

    async def announce(self, events: Sequence[Event], effects: Sequence[Effect]) -> None:
        """Say something that changes no case; the record and the message are one step."""
        await self.ledger.commit(Change(op_id=new_id("o"), events=events, effects=effects))


async def look(desk: Desk, facts: RequestFacts) -> tuple[ApprovalRequestRow, Sighting]:
    """Ask the request itself. Raises PortalError."""
    row = await desk.portal.get_request(facts.request_id, facts.organization_id)
    return row, await understood(desk, row)


async def understood(desk: Desk, row: ApprovalRequestRow) -> Sighting:
    """What a row says; one without an action says too little, and its details are read. Raises PortalError."""
    sighting = sighting_of(row)
    if not is_thin(row, sighting):
        return sighting
    facts = sighting.facts
    return sighting_of(row, await desk.portal.permit_details(facts.request_id, facts.organization_id))
