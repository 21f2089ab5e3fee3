"""Slack: tokens, scopes, workspace, channels, user groups."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime

from bot.chat import (
    ChatError,
    ChatRefused,
    Doubt,
    Fault,
    People,
    SlackClient,
    Unidentified,
    UserGroups,
    Workspace,
    check_channels,
    check_workspace,
)
from bot.checkup import tiers
from bot.checkup.findings import Remark, fault, good, unasked, warning
from bot.models import Rules
from bot.rules.rotas import tiers_of
from bot.settings import Settings, SlackSection
from permissions import Access, Person, nameless

PART = "slack"


_SCOPE = "usergroups:read"
_AT_ONCE = 8
"""People that Slack is asked about side by side (our choice): a start waits for all of them."""
_PEOPLE_S = 15.0
"""How long they may take together (our choice); what is left is said."""
AT_A_START = 40
"""People that a start asks about (our choice). Slack takes a hundred such questions a minute, and presses need them:
who is not known yet is looked up before anything is done in their name."""


async def examine(
    settings: Settings,
    access_groups: Mapping[str, str] | None = None,
    access: Access | None = None,
    *,
    most: int | None = None,
) -> list[Remark]:
    """Ask Slack what the tokens may, and whether channels and groups are fit. Nothing is posted.

    `access_groups` are the user groups of the access file: its keys, with the ids in Slack. `access`: whose people are
    looked up; None: nobody is. `most`: how many of their Slack ids are, those first that are called by name; None: all.
    """
    client = SlackClient.connect(settings.slack.bot_token.get_secret_value(), settings.slack.api_url)
    try:
        workspace, faults = await check_workspace(client, team_id=settings.slack.team_id)
        findings = [*_told(workspace), *map(_finding, faults)]
        if workspace is not None:
            findings += await _channels(client, settings)
            findings += await _user_groups(client, settings, access_groups or {}, workspace)
            findings += await _people(client, access, workspace, settings.rules(), most)
            findings += await _members(client, access, workspace)
            findings += await _tiers(client, settings, access, workspace)
    finally:
        await client.close()
    return [*findings, *await _door(settings.slack)]


def _finding(found: Fault) -> Remark:
    if found.stops:
        return fault(PART, found.sentence)
    return (unasked if found.is_unasked else warning)(PART, found.sentence)


def _told(workspace: Workspace | None) -> list[Remark]:
    if workspace is None:
        return []
    return [good(PART, f"The bot token belongs to {workspace.team_name} ({workspace.team_id}).")]


async def _channels(client: SlackClient, settings: Settings) -> list[Remark]:
    called_in = [tier.channel for tier in settings.tiers.values()]
    weekly = settings.weekly.channel
    faults = await check_channels(client, settings.routing, weekly=weekly, tiers=called_in)
    named = len(settings.routing.channels())
    told = (
        []
        if faults
        else [good(PART, f"All {named} channels can be posted to and are private to the workspace.")]
    )
    return [*told, *map(_finding, faults)]


async def _user_groups(
    client: SlackClient, settings: Settings, access: Mapping[str, str], workspace: Workspace
) -> list[Remark]:
    """Whether the groups that are mentioned, or that hold grants, exist and have members.

    Needs an optional scope; where only mentions lack it, that is told elsewhere.
    """
    mentioned = {
        "[escalation] approvers_user_group": settings.escalation.approvers_user_group,
        "[escalation] team_user_group": settings.escalation.team_user_group,
        **{f"[tiers.{name}] user_group": tier.user_group for name, tier in settings.tiers.items()},
    }
    mentioned = {key: group for key, group in mentioned.items() if group}
    if _SCOPE not in workspace.scopes:
        return [_unreadable(access)] if access else []
    if not mentioned and not access:
        return []
    try:
        reply = await client.call("usergroups.list", include_count=True, include_disabled=True)
    except ChatError as error:
        return [unasked(PART, f"The user groups could not be checked: {error}. Check again later.")]
    listed = reply.body.get("usergroups")
    rows = [one for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []
    groups = {str(group.get("id")): group for group in rows}
    return [
        *(_user_group(key, group_id, groups.get(group_id)) for key, group_id in mentioned.items()),
        *(_access_group(key, group_id, groups.get(group_id)) for key, group_id in access.items()),
    ]


async def _people(
    client: SlackClient, access: Access | None, workspace: Workspace, rules: Rules, most: int | None
) -> list[Remark]:
    """Slack ids of the access file from which no press will ever count. A warning: people leave, and the rest works;
    but a fault where it is the only one of somebody who is to be called by name."""
    called = {key: place for place, key in tiers.people_named(rules)}
    people = People(client, workspace.team_id, enterprise_id=workspace.enterprise_id)
    persons = sorted(access.persons if access else (), key=lambda each: each.person_id not in called)
    all_ids = [(person, each) for person in persons for each in person.slack_ids]
    ids = all_ids[:most]
    turns = asyncio.Semaphore(_AT_ONCE)
    found: list[Remark] = []
    unread: list[str] = []

    async def look_up(person: Person, slack_id: str) -> None:
        async with turns:
            if unread:
                return  # Slack is away or asks to wait; the next one would not fare better.
            who = await people.who(slack_id, workspace.team_id, datetime.now(UTC))
        if not isinstance(who, Unidentified):
            return
        where = f"people.{person.person_id} of the access file: the Slack id {slack_id}"
        if who.reason is Doubt.LOOKUP_FAILED:
            unread.append(
                f"{where} could not be looked up, and others were left out. Check again in a minute."
            )
        else:
            place = called.get(person.person_id, "") if len(person.slack_ids) == 1 else ""
            found.append(_useless(f"{where} {WHY_NOT[who.reason]}", place))

    try:
        async with asyncio.timeout(_PEOPLE_S), asyncio.TaskGroup() as group:
            for person, slack_id in ids:
                group.create_task(look_up(person, slack_id))
    except TimeoutError:
        unread.append(
            f"Not all {len(all_ids)} Slack ids of the access file were looked up within {_PEOPLE_S:g} s."
        )
    if unread:
        found.append(unasked(PART, unread[0]))
    if ids and not found and len(ids) == len(all_ids):
        return [good(PART, f"All {len(ids)} Slack ids of the access file are members of the workspace.")]
    return found


def _useless(sentence: str, place: str) -> Remark:
    """What is said of a Slack id that counts for nothing. `place`: where its person is to be called by it; empty:
    nowhere."""
    if place:
        told = f"{sentence}, so {place} calls nobody there. Mend one of the two files."
        return fault(PART, told, passes=True)
    return warning(PART, f"{sentence}, so it may do nothing. Mend the file.")


async def _members(client: SlackClient, access: Access | None, workspace: Workspace) -> list[Remark]:
    """Who may decide only as a member of a Slack user group, and has no portal name. The file alone cannot tell."""
    if access is None or not access.user_group_grants or _SCOPE not in workspace.scopes:
        return []
    groups = UserGroups(client)
    held = {grant.person_id for grant in access.user_group_grants}
    members = {each: await groups.members(each, datetime.now(UTC)) or frozenset() for each in sorted(held)}
    by_file = nameless(access)
    return [
        warning(PART, f"By a Slack user group: {sentence}")
        for sentence in nameless(access.with_members(members))
        if sentence not in by_file
    ]


async def _tiers(
    client: SlackClient, settings: Settings, access: Access | None, workspace: Workspace
) -> list[Remark]:
    """Members of the tiers' user groups whom a call could never name."""
    rules, now = settings.rules(), datetime.now(UTC)
    named = sorted({each.user_group for each in tiers_of(rules).values() if each.user_group})
    if access is None or not named or _SCOPE not in workspace.scopes:
        return []
    groups = UserGroups(client)
    held = {*named, *(grant.person_id for grant in access.user_group_grants)}
    members = {each: await groups.members(each, now) for each in sorted(held)}
    known = {each: told for each, told in members.items() if told is not None}
    return tiers.examine_members(rules, access.with_members(known), members, now)


WHY_NOT = {
    Doubt.UNKNOWN: "does not exist in the workspace",
    Doubt.BOT: "is a bot's",
    Doubt.DEACTIVATED: "is deactivated",
    Doubt.STRANGER: "belongs to another organization",
    Doubt.FOREIGN_WORKSPACE: "belongs to another workspace",
    Doubt.GUEST: "is a guest's",
    Doubt.UNCONFIRMED: "has no confirmed e-mail address",
}
"""What is said of a Slack id in the third person."""


def _user_group(key: str, group_id: str, group: dict[str, object] | None) -> Remark:
    remedy = f"mend {key} or the group"
    if group is None:
        return fault(PART, f"There is no user group {group_id} in the workspace; {remedy}.")
    name = _name(group_id, group)
    if group.get("date_delete"):
        return fault(PART, f"The user group {name} is disabled, so nobody is told; {remedy}.")
    if _is_empty(group):
        return fault(PART, f"The user group {name} has no members, so nobody is told; {remedy}.")
    return good(PART, f"The user group {name} exists and has members.")


def _unreadable(access: Mapping[str, str]) -> Remark:
    """Without the scope nobody is known to be in any of them."""
    named = ", ".join(sorted(access))
    return fault(
        PART,
        f"The access file names user groups ({named}), but the bot token lacks the scope {_SCOPE}, so nobody has what "
        "they hold. Add the scope, reinstall the app and set the new token, or delete the groups from the file.",
    )


def _access_group(key: str, group_id: str, group: dict[str, object] | None) -> Remark:
    """A user group of the access file; an empty one is legal, since people may come."""
    where = f"[user_groups.{key}] of the access file"
    if group is None:
        sentence = f"{where}: there is no user group {group_id} in the workspace, so nobody has what it holds"
        return fault(PART, f"{sentence}. Mend its id, or delete it from the file.")
    name = _name(group_id, group)
    if group.get("date_delete"):
        sentence = f"{where}: the user group {name} is disabled, so nobody has what it holds"
        return fault(PART, f"{sentence}. Enable it in Slack, or delete it from the file.")
    if _is_empty(group):
        return warning(PART, f"{where}: the user group {name} has no members, so nobody has what it holds.")
    return good(PART, f"{where}: the user group {name} exists and has members.")


def _name(group_id: str, group: dict[str, object]) -> str:
    return f"{group_id} (@{group.get('handle', '')})"


def _is_empty(group: dict[str, object]) -> bool:
    return str(group.get("user_count", "")) == "0"


async def _door(settings: SlackSection) -> list[Remark]:
    """In socket mode: does the app-level token open a connection? The address it gives is not used."""
    if settings.mode == "http":
        return [
            good(
                PART,
                f"Slack is expected on {settings.host}:{settings.port}; only Slack can try it from outside.",
            )
        ]
    if wrong := await why_no_socket(settings.app_token.get_secret_value(), settings.api_url):
        return [fault(PART, wrong)]
    return [good(PART, "The app-level token opens Socket Mode.")]


async def why_no_socket(app_token: str, api_url: str) -> str:
    """Why this app-level token opens no connection, with the remedy; empty where it does."""
    client = SlackClient.connect(app_token, api_url)
    try:
        await client.call("apps.connections.open")
    except ChatRefused as refused:
        return (
            f"Slack refuses the app-level token ({refused.error}): make one with the scope connections:write under "
            "Basic Information, see that Socket Mode is on, and set SLACK_APP_TOKEN."
        )
    except ChatError as error:
        return f"Socket Mode could not be tried: {error}. Check the network and the Slack address."
    finally:
        await client.close()
    return ""
