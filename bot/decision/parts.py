"""The part of a press that concerns one request, and what the portal said of that request at this press."""

from __future__ import annotations

from dataclasses import dataclass

from bot.decision.results import Became, Result
from bot.decision.verdict import Question
from bot.desk import Presser, event_of
from bot.models import Case, Choice, Event, Press, RequestEntry
from bot.portal import ApprovalRequestRow, PermitDetails


@dataclass(frozen=True, slots=True)
class Part:
    """The part of a press that concerns one request."""

    press: Press
    presser: Presser
    case: Case
    entry: RequestEntry
    choice: Choice
    computers: int
    """How many computers the whole press covers."""

    @property
    def request_id(self) -> str:
        """The request's portal id."""
        return self.entry.facts.request_id

    def question(
        self, *, details: PermitDetails | None = None, already_approved: bool | None = None
    ) -> Question:
        """What the rules are asked."""
        return Question(
            self.presser, self.case, self.entry.facts, self.choice, self.computers, details, already_approved
        )

    def became(self, became: Became, sentence: str, could: tuple[str, ...] = ()) -> Result:
        """The end of this part."""
        return Result(self.request_id, self.entry.facts.computer_name, became, sentence, could)


@dataclass(frozen=True, slots=True)
class Asked:
    """What the portal said of the request at this press."""

    row: ApprovalRequestRow
    details: PermitDetails | None
    already_approved: bool | None


def judged_event(name: str, part: Part, more: dict[str, object]) -> Event:
    """What was judged, for the record of a refusal or a rehearsal."""
    facts = {
        "verb": part.choice.verb.value,
        "reach": part.choice.reach.value,
        "access_generation": part.presser.access.generation,
        "access_digest": part.presser.access.digest,
        "given_version": part.presser.given_version,
        "facts_digest": part.entry.facts.digest,
        "revision": part.press.revision,
    }
    return event_of(
        name,
        part.press,
        part.case,
        request_id=part.request_id,
        person_id=part.presser.person.person_id,
        facts=facts | more,
    )
