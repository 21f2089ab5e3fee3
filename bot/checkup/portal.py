"""The portal: address, token, rights. Only reads; whether the token may decide cannot be told without
deciding."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import aiohttp

from bot.checkup.access import examine_requestors
from bot.checkup.findings import Remark, fault, good, warning
from bot.portal import (
    BlockedQuery,
    NotFound,
    PermissionMissing,
    PortalAddress,
    PortalAway,
    PortalClient,
    PortalError,
    PortalProbe,
    ProbeStep,
    TokenRefused,
    open_lately,
    probe,
    sighting_of,
    tree_of,
)
from bot.settings import PortalSection
from permissions import Access, childless, same_id

PART = "portal"
_CANNOT_DO_WITHOUT = ("approval requests", "organizations", "child organizations")
"""Without these reads no card can be made and no scope judged."""
_AUDIT_SPAN, _AUDIT_PAGES = timedelta(days=7), 2
"""How far the Unified Audit is looked at, at the most: a start waits for it (our choice)."""
_NEWEST = 200
"""Of the pending and of the escalated requests, for the same reason: one page of each."""


async def examine(
    settings: PortalSection,
    granted: Mapping[str, str],
    access: Access | None = None,
    calendars: Mapping[str, str] | None = None,
) -> list[Remark]:
    """Try each kind of read once. `granted`: ids and names of the organizations that the access file grants in.

    `calendars`: ids of the organizations that a calendar names, and its name. `access`: whose people the accounts of
    the open requests are held against; None where there is no good file.
    """
    try:
        address = PortalAddress(settings.url, settings.token, settings.organization or None)
    except ValueError as error:
        return [fault(PART, f"{error}.")]
    async with aiohttp.ClientSession() as session:
        client = PortalClient(address, session)
        reached = await _reached(client)
        organization_id = settings.organization or next(iter(reached), None)
        tried = await probe(client, organization_id, datetime.now(UTC))
        people = await _people(client, access, organization_id, frozenset(reached))
    return [
        *_told(tried, settings.url),
        *_granted(granted, reached),
        *_timed(calendars or {}, reached),
        *people,
    ]


async def _people(
    client: PortalClient, access: Access | None, organization_id: str | None, reached: frozenset[str]
) -> list[Remark]:
    """Who asks now and who was blocked lately, against who is in the access file; nothing where that cannot be read,
    which the probe tells."""
    if access is None:
        return []
    findings = []
    try:
        tree = tree_of(await client.organizations(), datetime.now(UTC))
        findings = [warning("access", sentence) for sentence in childless(access, tree)]
        rows, are_all = await open_lately(client.lists, _NEWEST)
    except PortalError:
        return findings
    blocked, since = await _blocked(client, organization_id, reached)
    requestors = (sighting_of(row).facts.requestor for row in rows)
    newest = None if are_all else len(rows)
    held = examine_requestors(requestors, access, newest=newest, blocked=blocked, since=since)
    return [*findings, *held]


async def _blocked(
    client: PortalClient, organization_id: str | None, reached: frozenset[str]
) -> tuple[frozenset[str], datetime | None]:
    """Accounts that the Unified Audit shows as blocked, and back to when it was looked at; None: it was not."""
    if organization_id is None:
        return frozenset(), None
    now = datetime.now(UTC)
    accounts: set[str] = set()
    since = now - _AUDIT_SPAN
    for page in range(1, _AUDIT_PAGES + 1):
        query = BlockedQuery(
            organization_id,
            now - _AUDIT_SPAN,
            now,
            within=reached | {organization_id},
            page=page,
            page_size=500,
        )
        try:
            found = await client.blocked_items(query)
        except PortalError:
            return frozenset(accounts), None if page == 1 else since
        accounts |= {row.username for row in found.rows}
        if found.next_page is None:
            return frozenset(accounts), now - _AUDIT_SPAN
        since = min((row.date_time for row in found.rows if row.date_time), default=since)
    return frozenset(accounts), since


async def _reached(client: PortalClient) -> tuple[str, ...]:
    """Ids of the organizations that the token reaches; none if the list itself fails, which the probe tells."""
    try:
        rows = await client.reachable_organizations()
    except PortalError:
        return ()
    return tuple(same_id(row.organization_id) for row in rows)


def _granted(granted: Mapping[str, str], reached: tuple[str, ...]) -> list[Remark]:
    """Organizations of the access file that the token does not reach: those grants count for nothing."""
    if not reached:
        return []
    return [
        warning(
            PART,
            f"The access file grants in {name} ({organization_id}), which the token does not reach. Check the id.",
        )
        for organization_id, name in granted.items()
        if organization_id not in reached
    ]


def _timed(calendars: Mapping[str, str], reached: tuple[str, ...]) -> list[Remark]:
    """Organizations of a calendar that the token does not reach: a wrong id would leave the right one without."""
    return [
        warning(
            PART,
            f"[calendars.{name}] names the organization {organization_id}, which the token does not reach. "
            "Check the id.",
        )
        for organization_id, name in calendars.items()
        if reached and organization_id not in reached
    ]


def _told(tried: PortalProbe, url: str) -> list[Remark]:
    if (broken := is_broken(tried, url)) is not None:
        return [broken]
    return [
        good(PART, f"{url} answers and accepts the token."),
        *(_step(step) for step in tried.steps if step.asked),
    ]


def is_broken(tried: PortalProbe, url: str) -> Remark | None:
    """What makes every single read fail: told once."""
    errors = [step.error for step in tried.steps if step.error is not None]
    if refused := next((error for error in errors if isinstance(error, TokenRefused)), None):
        sentence = (
            f"{url} refuses the token ({refused}). Copy it anew into PORTAL_TOKEN; it is bound to its instance, "
            "so see that the letter in the address is right as well."
        )
        return fault(PART, sentence)
    if away := next((error for error in errors if isinstance(error, PortalAway)), None):
        return fault(
            PART,
            f"{url} does not answer as the portal does: {away}. Check the address and the network.",
            passes=True,
        )
    if isinstance(tried.steps[0].error, NotFound):
        return fault(
            PART, f"Something answers at {url}, but it knows no approval requests. Check the address."
        )
    return None


def _step(step: ProbeStep) -> Remark:
    if step.is_fine:
        return good(PART, f"The token may read {step.name}.")
    weigh = fault if step.name in _CANNOT_DO_WITHOUT else warning
    if isinstance(step.error, PermissionMissing):
        return weigh(PART, f"The token may not read {step.name}: give its role {step.needs} in the portal.")
    sentence = f"Reading {step.name} failed: {step.error}. It needs {step.needs}."
    return fault(PART, sentence, passes=True) if weigh is fault else warning(PART, sentence)
