"""What the portal is asked about a case: few questions at a time, each failing alone, all within one time limit."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from typing import TypeVar

import structlog

from bot.desk import Desk, look
from bot.models import Case, RequestEntry, RequestFacts, Sighting
from bot.portal import (
    AlreadyApproved,
    BlockedRow,
    ComputerRow,
    MatchingApplication,
    PermitDetails,
    PortalError,
    ResearchDetails,
    Rows,
    already_approved,
)
from bot.rules.kinds import traits_of

log = structlog.get_logger()
Told = TypeVar("Told")

COMPUTERS_ASKED = 5
"""Computers of a case that are asked about (our choice: each costs about six questions)."""
HISTORY_ROWS = 50
"""Rows of a file's history that are read, the newest (our choice)."""
_AT_ONCE = 4
"""Questions about one case at the same time (our choice: presses need the portal as well)."""
_PATIENCE_S = 45
"""Seconds for all questions together: less than the due time's lease, so that what was found can be stored."""

_QUESTION_S = 25
"""Seconds for one question with its repetitions, so that one that hangs does not take the others' time."""

DETAILS = "the portal's details of the request"
MATCHES = "matching applications"
POLICIES = "the portal's policies"
RESEARCH = "the portal's research"
AUDIT = "the portal's Unified Audit"
COMPUTERS = "the portal's computer list"


@dataclass(frozen=True, slots=True, kw_only=True)
class OnComputer:
    """What the portal told about one computer's request. None: not asked, not told, or it could not be asked."""

    facts: RequestFacts
    sighting: Sighting | None = None
    details: PermitDetails | None = None
    approved: AlreadyApproved | None = None
    row: ComputerRow | None = None
    history: tuple[BlockedRow, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """Everything that the portal told about a case."""

    on: tuple[OnComputer, ...] = ()
    """One for each computer that was asked about, in order of arrival."""
    computers: int = 0
    """How many computers the open requests are of."""
    matches: tuple[MatchingApplication, ...] | None = None
    research: ResearchDetails | None = None
    failed: tuple[str, ...] = ()
    """What could not be asked, each once."""


_Software = tuple[tuple[MatchingApplication, ...] | None, ResearchDetails | None]


@dataclass(slots=True)
class _Asking:
    """The questions about one case."""

    desk: Desk
    case: Case
    until: float
    group: asyncio.TaskGroup
    gate: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(_AT_ONCE))
    failed: dict[str, None] = field(default_factory=dict)
    software: asyncio.Task[_Software] | None = None
    """What is asked about the software itself, once, as soon as any request's permit form is there."""

    async def ask(self, what: str, question: Callable[[], Awaitable[Told]]) -> Told | None:
        """The answer; None where it could not be had, which is then noted under `what`."""
        try:
            async with asyncio.timeout_at(self.until), self.gate, asyncio.timeout(_QUESTION_S):
                told = await question()
        except (PortalError, TimeoutError) as error:
            log.warning("evidence_not_read", what=what, why=str(error) or "no answer in time")
            self.failed[what] = None
            return None
        if isinstance(told, Rows) and told.odd:
            self.failed[what] = None
        return told


async def ask(desk: Desk, case: Case, patience_s: float = _PATIENCE_S) -> Answers:
    """Ask the portal about a case, `patience_s` for everything together.

    Never raises a PortalError: what could not be asked, or was not answered in time, is named in `failed`.
    """
    entries = _one_for_each_computer(case)
    until = asyncio.get_running_loop().time() + patience_s
    async with asyncio.TaskGroup() as group:
        asking = _Asking(desk, case, until, group)
        asked = [group.create_task(_on_computer(asking, entry)) for entry in entries[:COMPUTERS_ASKED]]
    matches, research = asking.software.result() if asking.software else (None, None)
    return Answers(
        on=tuple(one.result() for one in asked),
        computers=len(entries),
        matches=matches,
        research=research,
        failed=tuple(asking.failed),
    )


def _one_for_each_computer(case: Case) -> list[RequestEntry]:
    """The first open request of each computer, in order of arrival."""
    first: dict[str, RequestEntry] = {}
    for entry in case.open_requests:
        first.setdefault(entry.facts.computer_id, entry)
    return list(first.values())


async def _on_computer(asking: _Asking, entry: RequestEntry) -> OnComputer:
    (sighting, details, approved), row, history = await asyncio.gather(
        _request(asking, entry.facts), _row(asking, entry.facts), _history(asking, entry.facts)
    )
    return OnComputer(
        facts=sighting.facts if sighting else entry.facts,
        sighting=sighting,
        details=details,
        approved=approved,
        row=row,
        history=history,
    )


async def _request(
    asking: _Asking, facts: RequestFacts
) -> tuple[Sighting | None, PermitDetails | None, AlreadyApproved | None]:
    """The request itself, its permit form, and whether a policy permits the file there already."""
    desk = asking.desk
    looked = await asking.ask(DETAILS, lambda: look(desk, facts))
    if looked is None:
        return None, None, None
    _, sighting = looked
    if not traits_of(sighting.facts.kind).has_permit_form:
        return sighting, None, None
    details = await asking.ask(
        DETAILS, lambda: desk.portal.permit_details(facts.request_id, facts.organization_id)
    )
    if details is None:
        return sighting, None, None
    if asking.software is None:
        asking.software = asking.group.create_task(_software(asking, details))
    approved = await asking.ask(POLICIES, lambda: already_approved(desk.portal, details, now=desk.now()))
    if approved is not None and not approved.is_answered:
        asking.failed[POLICIES] = None
    return sighting, details, approved


async def _row(asking: _Asking, facts: RequestFacts) -> ComputerRow | None:
    """The computer as the portal lists it, with its mode."""
    if not facts.computer_id:
        return None
    rows = await asking.ask(
        COMPUTERS,
        lambda: asking.desk.portal.computers(facts.organization_id, computer_id=facts.computer_id),
    )
    wanted = facts.computer_id.lower()
    return next((row for row in rows or () if row.computer_id.lower() == wanted), None)


async def _history(asking: _Asking, facts: RequestFacts) -> tuple[BlockedRow, ...] | None:
    """What happened to the file on that computer; rows of another organization or computer are dropped."""
    if not traits_of(facts.kind).is_software or not (facts.path and facts.computer_id):
        return None
    rows = await asking.ask(
        AUDIT,
        lambda: asking.desk.portal.file_history(
            facts.path, facts.organization_id, computer_id=facts.computer_id, limit=HISTORY_ROWS
        ),
    )
    if rows is None:
        return None
    where = (facts.organization_id.lower(), facts.computer_id.lower())
    return tuple(row for row in rows if (row.organization_id, row.computer_id) == where)


async def _software(asking: _Asking, details: PermitDetails) -> _Software:
    """The applications that cover the file, and the research page about one of them."""
    told = await asking.ask(MATCHES, lambda: asking.desk.portal.matching_applications(details))
    if told is None:
        return None, None
    matches = _of_this_organization(asking.case, told)
    return matches, await _research(asking, matches)


def _of_this_organization(case: Case, told: Iterable[MatchingApplication]) -> tuple[MatchingApplication, ...]:
    """The organization's own applications and the vendor's: another organization's are neither seen here nor named."""
    own = (None, case.organization_id.lower())
    return tuple(match for match in told if match.is_built_in or match.organization_id in own)


async def _research(asking: _Asking, matches: tuple[MatchingApplication, ...]) -> ResearchDetails | None:
    """What the portal's research says of the product, where it has a page about it."""
    researched = (one.research_application_id for one in matches)
    application_id = next((one for one in researched if one), None)
    if application_id is None:
        return None
    return await asking.ask(RESEARCH, lambda: asking.desk.portal.research_details(application_id))
