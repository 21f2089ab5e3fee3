"""The access file takes the name of a role that was made in Slack, or lets go of it: recorded and announced, once.

Verdicts do not wait for this: the file wins from the first press under it.
"""

from __future__ import annotations

from collections.abc import Iterable

from bot.administration.enacting import Enacted, announcement, enact_by_clock, notice
from bot.administration.role_changes import role_facts
from bot.cards.kit.rendered import Rendered
from bot.cards.messages import administration_roles as cards
from bot.desk import Desk, NoAccess, displacing, event_of, new_id
from bot.models import Effect, Event, Given, SlackRole
from permissions import Access


async def watch_roles(desk: Desk) -> bool:
    """Compare the roles made in Slack with the access file in force. True: something changed and is announced."""
    try:
        file = await desk.access.file()
    except NoAccess:
        return False
    return await enact_by_clock(desk, lambda given: _compared(desk, file, given))


def _compared(desk: Desk, file: Access, given: Given) -> Enacted | None:
    """The next state with its announcements; None when nothing began or ended to rest."""
    resting = tuple(each.role_id for each in given.roles if displacing(each, file) is not None)
    if resting == given.resting_roles:
        return None
    before = frozenset(given.resting_roles)
    moved = [each for each in given.roles if (each.role_id in before) != (each.role_id in resting)]
    return Enacted(
        given=given.model_copy(update={"resting_roles": resting}),
        events=[_event(file, each) for each in moved],
        effects=[effect for each in moved for effect in _effects(desk, file, given, each)],
    )


def _event(file: Access, role: SlackRole) -> Event:
    taken_by = displacing(role, file)
    return event_of(
        "role_rests" if taken_by else "role_counts_again",
        organization_id=role.organization_id,
        facts={
            "role": role_facts(role),
            "access_generation": file.generation,
            "access_digest": file.digest,
            "stands_in": str(taken_by.origin) if taken_by else "",
        },
    )


def _effects(desk: Desk, file: Access, given: Given, role: SlackRole) -> Iterable[Effect]:
    """Announced in the organization's audit channel, and told to those who hold it."""
    held = given.holders(role.role_id, desk.now())
    taken_by = displacing(role, file)
    said: Rendered = (
        cards.role_rests(role, str(taken_by.origin), len(held))
        if taken_by
        else cards.role_counts_again(role, len(held))
    )
    tag = new_id("n")
    yield announcement(f"role-rest:{tag}", said, role.organization_id)
    for person_id in sorted({each.person_id for each in held}):
        yield from notice(f"role-rest-notice:{tag}:{person_id}", file.person(person_id), said)
