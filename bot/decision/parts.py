"""The part of a press that concerns one request, and what the portal said of that request at this press."""

from __future__ import annotations

from dataclasses import dataclass

from bot.decision.approve.choice import chosen_facts
from bot.decision.approve.plan import Plan
from bot.decision.storage.choice import recorded
from bot.decision.telling import Became, Result
from bot.decision.verdict import Question
from bot.desk import Presser, Refusal, event_of
from bot.desk.recording import ground_of, refused
from bot.ledger import StoredCase
from bot.models import Awaited, Case, Choice, Event, Press, RequestEntry
from bot.portal import ApprovalRequestRow, PermitDetails
from bot.rules import lifecycle
from bot.rules.second import Spread


@dataclass(frozen=True, slots=True)
class Part:
    """The part of a press that concerns one request."""

    press: Press
    presser: Presser
    case: Case
    entry: RequestEntry
    choice: Choice
    spread: Spread
    """The computers that the whole press covers, and what was approved of the same file before."""
    awaited_id: str = ""
    """What waits for a second person, where this press agrees to it; empty for a decision of one's own."""
    known: StoredCase | None = None
    """The case as this press has read or written it last: where a change of it begins."""

    @property
    def awaited(self) -> Awaited | None:
        """What this press agrees to, if it (still) waits."""
        held = self.entry.awaited
        return held if held is not None and held.awaited_id == self.awaited_id else None

    @property
    def has_acted(self) -> bool:
        """Whether this very press was carried out before: taken up again after a crash it only hears of that."""
        ended = self.entry.outcome.attempt if self.entry.outcome else None
        attempts = [each.press_id for each in (self.entry.attempt, ended) if each is not None]
        return self.press.press_id in (*attempts, *self.entry.spent_presses)

    @property
    def request_id(self) -> str:
        """The request's portal id."""
        return self.entry.facts.request_id

    def question(
        self,
        *,
        details: PermitDetails | None = None,
        already_approved: bool | None = None,
        plan: Plan | None = None,
    ) -> Question:
        """What the rules are asked."""
        return Question(
            self.presser,
            self.case,
            self.entry.facts,
            self.choice,
            len(self.spread.computers),
            details,
            already_approved,
            plan,
        )

    def became(self, became: Became, sentence: str, could: tuple[str, ...] = (), *, by: str = "") -> Result:
        """The end of this part; `by` names whoever else decided it or is deciding it."""
        return Result(self.request_id, self.entry.facts.computer_name, became, sentence, could, by)


@dataclass(frozen=True, slots=True)
class Asked:
    """What the portal said of the request at this press."""

    row: ApprovalRequestRow
    details: PermitDetails | None
    already_approved: bool | None
    plan: Plan | None = None
    """The choice held against the portal, for what a permit form carries."""


def refused_event(part: Part, refusal: Refusal, **more: object) -> Event:
    """A decision over one request that its presser may not make."""
    access, choice = part.presser.access, part.choice
    ground = ground_of(
        access,
        part.presser.given_version,
        facts_digest=part.entry.facts.digest,
        verb=choice.verb.value,
        evidence=lifecycle.evidence_facts(part.case),
        **recorded(chosen_facts(choice), choice),
        **more,
    )
    return refused(
        "decision_refused",
        part.press,
        refusal,
        presser=part.presser,
        case=part.case,
        ground=ground,
        request_id=part.request_id,
    )


def judged_event(name: str, part: Part, more: dict[str, object]) -> Event:
    """What was judged and came out as a yes, for the record of what nothing was sent for."""
    facts = {
        "verb": part.choice.verb.value,
        **recorded(chosen_facts(part.choice), part.choice),
        "access_generation": part.presser.access.generation,
        "access_digest": part.presser.access.digest,
        "given_version": part.presser.given_version,
        "facts_digest": part.entry.facts.digest,
        "revision": part.press.revision,
        "evidence": lifecycle.evidence_facts(part.case),
    }
    return event_of(
        name,
        part.press,
        part.case,
        request_id=part.request_id,
        person_id=part.presser.person.person_id,
        facts=facts | more,
    )
