"""The part of a press that concerns one request: what the portal said of it, and what it or its choice lacks.

That is asked before anybody's rights are asked about, and for whoever has them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from bot.cards.forms.approve_form import REACH_WORDS
from bot.decision.approve.choice import choice_faults, chosen_facts, end_faults
from bot.decision.approve.plan import Plan
from bot.decision.effect import Counted
from bot.decision.storage.choice import lacks as storage_lacks
from bot.decision.storage.choice import recorded
from bot.decision.telling import Became, Result
from bot.decision.verdict import Question, ask_of, is_seen_here
from bot.desk import OUTLIVED, Desk, Presser, Refusal, event_of, has_outlived, new_id, standing_approvals
from bot.desk.recording import ground_of, refused
from bot.ledger import StoredCase
from bot.models import Awaited, Case, Change, Choice, Due, DueKind, Event, Press, Reach, RequestEntry, Verb
from bot.portal import ApprovalRequestRow, PermitDetails
from bot.rules import lifecycle, remembering
from bot.rules.kinds import traits_of
from bot.rules.one_press import overdue, why_not_elevate
from bot.rules.second import Spread, sent_under, tallies_of
from bot.rules.typed import SENTENCE_LETTERS, says, validation_faults
from permissions import effective_reach, must_be_confirmed


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


NEEDS_BOTH = (
    "Anything wider than the computer needs both: how it was validated, and who in the business confirmed."
)


async def lacking(desk: Desk, press: Press, case: Case, choice: Choice) -> str:
    """Why this press decides nothing, whoever pressed it; empty if nothing is lacking."""
    why = (OUTLIVED if has_outlived(desk, press) else "") or _closed(desk, case, press, choice)
    if why:
        await _check_again(desk, press, case)
    return why


async def _check_again(desk: Desk, press: Press, case: Case) -> None:
    """Checks that are too old, or missing, are made again now: a presser who is told so need not wait long."""
    why = overdue(case, desk.rules, desk.now())
    if not why:
        return
    await _look_again(desk, press, case, why)


async def _look_again(desk: Desk, press: Press, case: Case, why: str) -> None:
    event = event_of("checks_asked_for", press, case, facts={"why": why})
    due = Due(DueKind.EVIDENCE, case.case_id, desk.now())
    await desk.ledger.commit(Change(op_id=new_id("o"), events=[event], due=[due]))


async def lacking_though_permitted(
    desk: Desk, part: Part, asked: Asked, question: Question, on_their_way: Counted
) -> str:
    """Why this press decides nothing although its presser may; empty if nothing is lacking. Raises PortalError."""
    return (
        not_confirmed(question)
        or await _not_known(desk, part, asked)
        or await policy_is_due(desk, part, on_their_way)
    )


async def _not_known(desk: Desk, part: Part, asked: Asked) -> str:
    """Why one press may not elevate yet; empty where it may, and for every other press. Raises PortalError."""
    if part.press.view_id or part.choice.verb is not Verb.APPROVE:
        return ""
    why = why_not_elevate(part.case, desk.rules, already_approved=asked.already_approved)
    if not why or (asked.details is not None and await is_seen_here(desk, part.entry.facts, asked.details)):
        return ""
    return f"One press cannot approve this: {why}. Try again in a minute, or use “Approve…”."


async def policy_is_due(desk: Desk, part: Part, on_their_way: Counted) -> str:
    """Whether the same software was approved by hand so often, by now, that this approval wants its reason.

    The other requests of this very press are one decision with it. Empty where nothing is lacking.
    """
    choice, facts = part.choice, part.entry.facts
    if choice.verb is not Verb.APPROVE or part.awaited is not None or says(choice.reason):
        return ""
    software = remembering.history_keys(facts)[-1]
    earlier = await desk.ledger.history.earlier(software, desk.now() - desk.rules.repeats.within)
    ended = [one for one in standing_approvals(earlier) if one.press_id != part.press.press_id]
    sent = _on_their_way(tallies_of(facts)[-1], on_their_way.cases, part.press)
    count = remembering.decisions([*map(remembering.effect_of, reversed(ended)), *sent])
    if not lifecycle.wants_reason(count, desk.rules):
        return ""
    why = f"It was approved by hand {count} times already, so a policy is due: say why in “Approve…”."
    if not part.case.policy_due:
        # What the card knows is older than that: until it has learnt it, it would ask for no reason.
        await _look_again(desk, part.press, part.case, why)
    return why


def _on_their_way(tally: str, cases: Iterable[Case], press: Press) -> Iterator[remembering.Effect]:
    """What other presses have sent of the same software, and the portal has not answered yet."""
    for case in cases:
        sent = sent_under(tally, case)
        for entry in case.open_requests:
            attempt = entry.attempt
            if entry.facts.request_id in sent and attempt is not None and attempt.press_id != press.press_id:
                yield remembering.effect_on(attempt, case.case_id, entry.facts)


def _closed(desk: Desk, case: Case, press: Press, choice: Choice) -> str:
    """What the choice lacks: one press is for the plain case only, and an old card may still carry the button."""
    if in_portal := traits_of(case.kind).in_portal:
        return in_portal
    if choice.verb is not Verb.APPROVE:
        return (
            ""
            if says(choice.reason, SENTENCE_LETTERS)
            else "A denial needs a reason in words: the requestor will read it."
        )
    if choice.reach is not Reach.COMPUTER and (lack := _unconfirmed(choice)):
        return lack
    if case.policy_due and not says(choice.reason):
        return "It was approved by hand repeatedly: say why another approval by hand is right, in “Approve…”."
    if traits_of(case.kind).is_storage and (lack := storage_lacks(choice, desk.now())):
        return lack
    if faults := choice_faults(choice) or end_faults(choice, desk.now()):
        return " ".join(dict.fromkeys(faults.values()))
    if press.view_id:
        return ""
    allowed, why = lifecycle.allows_one_press(with_its_reason(case, choice), desk.rules, desk.now())
    return "" if allowed else f"One press cannot approve this: {why}. Use “Approve…” instead."


def with_its_reason(case: Case, choice: Choice) -> Case:
    """The case as one press finds it: that a policy is due wants a reason, and closes nothing where there is one."""
    return case.model_copy(update={"policy_due": False}) if says(choice.reason) else case


def not_confirmed(question: Question) -> str:
    """Why it lacks validation and confirmation, by the reach that counts, which may be wider than the chosen one.

    What was typed is said back, so that nothing of it is lost. Empty where nothing is lacking.
    """
    choice, ask = question.choice, ask_of(question)
    lack = _unconfirmed(choice) if must_be_confirmed(ask) else ""
    if not lack:
        return ""
    reaches = REACH_WORDS[effective_reach(ask)]
    named = f" “{choice.application.name}”" if choice.application.name else ""
    typed = [
        text for text in (choice.reason, choice.validated_how, choice.confirmed_by, choice.ticket) if text
    ]
    said = f" You had typed: {'; '.join(typed)}." if typed else ""
    return f"The application{named} takes effect as far as: {reaches.lower()}. {lack}{said}"


def _unconfirmed(choice: Choice) -> str:
    """What validation and confirmation lack; both have to be said in words. Empty where nothing is lacking."""
    faults = [each for each in validation_faults(choice.validated_how, choice.confirmed_by) if each]
    return " ".join([NEEDS_BOTH, *faults]) if faults else ""
