"""Who asks, for the surfaces that answer everybody who passes identity, also those whom the access file omits."""

from __future__ import annotations

from dataclasses import dataclass

from bot.chat import Known
from bot.desk import Desk, NoAccess, Presser
from bot.models import Press
from permissions import Access, Person

NOT_IN_FILE = (
    "You are not in Gatehouse's access file, so you may do nothing here. Its administrator can add you."
)
NO_FILE = "No access file is in force, so nobody may do anything."


@dataclass(frozen=True, slots=True)
class Recognised:
    """A member of the workspace, with what the access file says of them."""

    presser: Presser
    trouble: str = ""
    """Why they may do nothing; empty for people of the access file."""


@dataclass(frozen=True, slots=True)
class NotRecognised:
    """Nobody who may be answered with facts."""

    why: str
    sentence: str


async def recognise(desk: Desk, press: Press) -> Recognised | NotRecognised:
    """Never raises for Slack's sake; LedgerUnavailable passes through."""
    found = await desk.people.who(press.slack_user_id, press.slack_team_id, desk.now())
    if not isinstance(found, Known):
        return NotRecognised(found.reason.value, found.sentence)
    nobody = Person(person_id="", name=found.name)
    try:
        access = await desk.access.current()
    except NoAccess:
        return Recognised(Presser(nobody, found, Access()), NO_FILE)
    person = access.person_of_slack(press.slack_user_id)
    if person is None:
        return Recognised(Presser(nobody, found, access), NOT_IN_FILE)
    return Recognised(Presser(person, found, access))
