"""Who asks, for the surfaces that answer everybody who passes identity, also those whom the access file omits."""

from __future__ import annotations

from dataclasses import dataclass

from bot.chat import Known
from bot.desk import Desk, InForce, NoAccess, Presser, person_of, suspended_sentence
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
        in_force = await desk.access.in_force()
    except NoAccess:
        return Recognised(Presser(nobody, found, Access(), 0), NO_FILE)
    person = person_of(found, in_force.access)
    if person is None:
        return Recognised(Presser(nobody, found, in_force.access, in_force.given_version), NOT_IN_FILE)
    suspension = in_force.suspension_of(person.person_id)
    trouble = suspended_sentence(suspension) if suspension else _silence(in_force)
    return Recognised(Presser(person, found, in_force.access, in_force.given_version), trouble)


def _silence(in_force: InForce) -> str:
    """Said where something that may be missing comes from a user group that Slack does not tell."""
    names = {slack: key for key, slack in in_force.file.user_groups.items()}
    silent = ", ".join(names.get(each, each) for each in in_force.silent_user_groups)
    return (
        f"Slack does not tell just now who is in {silent}; what it holds counts for nobody." if silent else ""
    )
