"""Who can be called now: what `bot.rules.tiers` asks about, gathered at one moment and within a short time."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Iterable, Sequence
from datetime import timedelta
from typing import TypeVar

import structlog

from bot.chat import Known
from bot.chat.identity import Doubt
from bot.desk.access import NoAccess
from bot.desk.desk import Desk
from bot.models import Case
from bot.models.rotas import Called
from bot.portal import PortalError
from bot.rules.rotas import on_call
from bot.rules.tiers import Muster, called, tiers_in_turn
from permissions import Access, OrganizationTree

log = structlog.get_logger()

_PATIENCE = timedelta(seconds=1)
"""For all of Slack's answers together, and for the portal's (our choice): a call to one too many is better than a late
one."""
Told = TypeVar("Told")


async def muster(desk: Desk, cases: Sequence[Case] = ()) -> Muster:
    """What tells whom a call about these cases may name. LedgerUnavailable passes through; what else is away hides
    nobody."""
    [tree] = await _in_time([_tree(desk, cases)])
    try:
        access: Access | None = await desk.access.current()
    except NoAccess:
        access = None
    found = await desk.roster()
    groups = {each.user_group for each in found.tiers.values() if each.user_group}
    members = dict(
        zip(sorted(groups), await _in_time(_members(desk, each) for each in sorted(groups)), strict=True)
    )
    at = desk.now()
    named = {each for tier in found.tiers for each in on_call(found, tier, at).people}
    ids = {each for one in named for each in _slack_ids(access, one)}
    strangers = {each for held in members.values() for each in held or () if _is_stranger(access, each)}
    known = await _known(desk, sorted(ids | strangers))
    return Muster(
        at=at,
        roster=found,
        access=access,
        tree=tree,
        members=members,
        away=frozenset(each for each, who in known.items() if who is None),
        emails={each: who.email for each, who in known.items() if who is not None and who.email},
    )


def whom(desk: Desk, found: Muster, case: Case, tier: str = "") -> Called:
    """Whom a call about a case names now; of no tier: those on duty."""
    team_is_there = desk.is_team_there(case.organization_id, at=found.at)
    return called(found, case, tiers_in_turn(case, tier, desk.rules, team_is_there=team_is_there))


async def _tree(desk: Desk, cases: Sequence[Case]) -> OrganizationTree | None:
    """The organizations, young enough for a verdict; None while the portal does not tell them in time."""
    try:
        return await desk.tree.current(holding=cases[0].organization_id if cases else "")
    except PortalError as error:
        log.info("called_without_organizations", why=str(error))
        return None


async def _members(desk: Desk, user_group_id: str) -> frozenset[str] | None:
    groups = desk.access.user_groups
    return await groups.members(user_group_id, desk.now()) if groups is not None else None


async def _known(desk: Desk, slack_ids: Iterable[str]) -> dict[str, Known | None]:
    """Who is a full member of the workspace (`Known`) and who is not (None); of whom Slack does not tell: nothing."""
    asked = list(slack_ids)
    answers = await _in_time(desk.people.here(each, desk.now()) for each in asked)
    found: dict[str, Known | None] = {}
    for slack_id, answer in zip(asked, answers, strict=True):
        if isinstance(answer, Known):
            found[slack_id] = answer
        elif answer is not None and answer.reason is not Doubt.LOOKUP_FAILED:
            found[slack_id] = None
    return found


async def _in_time(asked: Iterable[Awaitable[Told]]) -> list[Told | None]:
    """Each answer that came in time, and None for every other."""
    tasks = [asyncio.ensure_future(each) for each in asked]
    if tasks:
        await asyncio.wait(tasks, timeout=_PATIENCE.total_seconds())
    answers = [each.result() if each.done() else None for each in tasks]
    for task in tasks:
        task.cancel()
    return answers


def _slack_ids(access: Access | None, person_id: str) -> tuple[str, ...]:
    person = access.person(person_id) if access is not None else None
    return person.slack_ids if person is not None else ()


def _is_stranger(access: Access | None, slack_user_id: str) -> bool:
    """Whether only an address could tell who this is."""
    return (
        access is not None and access.match_people_by_email and access.person_of_slack(slack_user_id) is None
    )
