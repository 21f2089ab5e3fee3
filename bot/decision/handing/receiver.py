"""Who is to receive a case: checked like a presser, with sentences about them for the giver to read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bot.chat import Doubt, Known
from bot.desk import Desk, Presser, asked_by, person_of
from bot.models import Actor, Case
from permissions import Access, Person

_SENTENCES: Mapping[Doubt, str] = {
    Doubt.FOREIGN_WORKSPACE: "belongs to another workspace, and only people of this one may decide.",
    Doubt.UNKNOWN: "is not known to Slack.",
    Doubt.BOT: "is a bot or an app, and only people may decide.",
    Doubt.DEACTIVATED: "has a deactivated account.",
    Doubt.STRANGER: "belongs to another organization, and only people of this workspace may decide.",
    Doubt.GUEST: "is a guest of the workspace, and guests may not decide.",
    Doubt.UNCONFIRMED: "has not confirmed the e-mail address in Slack.",
    Doubt.LOOKUP_FAILED: "could not be looked up in Slack just now; hand it over again in a minute.",
}
_STRANGER = "is not in Gatehouse's access file; an administrator of Gatehouse can add them."


@dataclass(frozen=True, slots=True)
class Receiver:
    """A full member of the workspace whom the access file knows."""

    person: Person
    user: Known
    access: Access
    """The grants in force at the giver's press."""

    @property
    def actor(self) -> Actor:
        """As the record names them."""
        return Actor(
            person_id=self.person.person_id, name=self.person.name, slack_user_id=self.user.slack_user_id
        )

    def has_asked(self, case: Case) -> bool:
        """Whether none of the open requests is surely another's: then there is nothing that they could approve."""
        asked = [
            asked_by(self.person, each.facts, self.access, self.user.email) for each in case.open_requests
        ]
        return bool(asked) and False not in asked


async def receiver_of(desk: Desk, presser: Presser, slack_user_id: str) -> Receiver | str:
    """The person behind an account that was chosen, by facts of this moment; or why they cannot be given anything."""
    found = await desk.people.who(slack_user_id, presser.user.team_id, desk.now())
    if not isinstance(found, Known):
        return f"The person you chose {_SENTENCES[found.reason]} It stays as it was."
    person = person_of(found, presser.access)
    if person is None:
        return f"{found.name} {_STRANGER} It stays as it was."
    return Receiver(person, found, presser.access)
