"""Membership of the Slack user groups that hold grants: a change is recorded and announced, once for all replicas.

Verdicts do not rest on what is noted here: they ask Slack themselves, at most a minute before a press.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from bot.administration.enacting import Enacted, announcement, enact_by_clock
from bot.cards.messages import administration as cards
from bot.cards.messages.administration import in_words
from bot.desk import Desk, NoAccess, event_of, new_id
from bot.models import Effect, Event, Given
from permissions import Access

YOUNG = timedelta(seconds=45)
"""Younger than what a press may rest on, so that a press finds an answer there already; Slack answers about 20 such
questions a minute, for all replicas together (our choice)."""


async def watch_user_groups(desk: Desk) -> bool:
    """Compare Slack's answer with what was announced last. True: something changed and is announced."""
    try:
        file = await desk.access.file()
    except NoAccess:
        return False
    told = await _told(desk, file)
    return await enact_by_clock(desk, lambda given: _announced(file, given, told))


async def _told(desk: Desk, file: Access) -> dict[str, frozenset[str]]:
    """The members of each user group that holds something; those that Slack does not tell are left out."""
    source, now = desk.access.user_groups, desk.now()
    if source is None:
        return {}
    wanted = sorted({grant.person_id for grant in file.user_group_grants})
    asked = {each: await source.members(each, now, max_age=YOUNG) for each in wanted}
    return {each: members for each, members in asked.items() if members is not None}


def _announced(file: Access, given: Given, told: Mapping[str, frozenset[str]]) -> Enacted | None:
    """The next state with its announcements; None when nobody joined or left."""
    changed = {each for each, members in told.items() if set(given.user_groups.get(each, ())) != members}
    changed |= {each for each in told if each not in given.user_groups}
    gone = given.user_groups.keys() - {grant.person_id for grant in file.user_group_grants}
    if not changed and not gone:
        return None
    known = {each: members for each, members in given.user_groups.items() if each not in gone}
    known |= {each: tuple(sorted(told[each])) for each in changed}
    changes = [_change(file, each, given, told[each]) for each in sorted(changed)]
    events = [_event(file, each, given, told[each]) for each in sorted(changed)]
    events += [event_of("user_group_forgotten", facts={"user_group_id": each}) for each in sorted(gone)]
    return Enacted(
        given=given.model_copy(update={"user_groups": known}),
        events=events,
        effects=[_effect(each) for each in changes],
    )


def _change(file: Access, user_group_id: str, given: Given, members: frozenset[str]) -> cards.UserGroupChange:
    before = frozenset(given.user_groups.get(user_group_id, ()))
    joined, left = members - before, before - members
    return cards.UserGroupChange(
        key=_key(file, user_group_id),
        user_group_id=user_group_id,
        joined=_names(file, joined),
        left=_names(file, left),
        strangers=sorted(each for each in joined if file.person_of_slack(each) is None),
        holds=_holds(file, user_group_id),
        is_first=user_group_id not in given.user_groups,
    )


def _event(file: Access, user_group_id: str, given: Given, members: frozenset[str]) -> Event:
    before = frozenset(given.user_groups.get(user_group_id, ()))
    return event_of(
        "user_group_changed",
        facts={
            "user_group_id": user_group_id,
            "joined": sorted(members - before),
            "left": sorted(before - members),
            "is_first": user_group_id not in given.user_groups,
            "access_generation": file.generation,
            "holds": _holds(file, user_group_id),
        },
    )


def _effect(change: cards.UserGroupChange) -> Effect:
    return announcement(f"user-group:{change.user_group_id}:{new_id('u')}", cards.user_group_changed(change))


def _names(file: Access, slack_ids: frozenset[str]) -> list[str]:
    """The people of the access file behind these accounts, each once."""
    persons = (file.person_of_slack(each) for each in slack_ids)
    return sorted({person.name for person in persons if person is not None})


def _key(file: Access, user_group_id: str) -> str:
    return next((key for key, each in file.user_groups.items() if each == user_group_id), user_group_id)


def _holds(file: Access, user_group_id: str) -> list[str]:
    """What the user group holds and where, in the file's words."""
    return [
        f"{in_words(grant)} at {file.organization_alias(grant.organization_id) or grant.organization_id}"
        f"{' and everything below' if grant.and_below else ''}"
        for grant in file.user_group_grants
        if grant.person_id == user_group_id
    ]
