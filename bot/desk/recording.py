"""The events that several places write, each in its one shape: a refusal, and how a request ended.

Whoever reads the record finds the same facts under the same names wherever somebody was refused or a decision ended,
and every one of them, also where it is empty. `bot.audit.shapes` declares them; a test holds every event to it.

A request's times for the metrics are observed here too, each once, by the replica whose change it was. What the report
tells is computed from the record (`bot/rules/timing.py`); these figures are for alarms and boards.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import structlog

from bot.desk.desk import Desk
from bot.desk.saying import event_of
from bot.ledger import LedgerUnavailable
from bot.models import Attempt, Case, Choice, Event, PortalState, Press, Reach, Verb, digest_of
from bot.portal import PermissionMissing, PortalError, TokenRefused
from bot.rules import lifecycle
from bot.rules.figures import outcome_of
from bot.rules.timing import DECISIONS, LOOKS
from permissions import Access, Refused

if TYPE_CHECKING:
    # Who presses is found out with the help of this room: a stranger is refused there.
    from bot.desk.identifying import Presser


def refusal_sentence(
    refusal: PortalError,
    *,
    otherwise: str = "decide in the portal",
    so: str = "Nothing was decided.",
) -> str:
    """The portal itself says no. `otherwise` is what the presser does until that is mended, `so` what came of it."""
    if isinstance(refusal, PermissionMissing) and refusal.permission:
        return (
            f"You may, but the portal says that Gatehouse's own token lacks “{refusal.permission}”. "
            f"An administrator has to add it to the API user; until then {otherwise}."
        )
    if isinstance(refusal, TokenRefused):
        return f"The portal does not accept Gatehouse's token. Writes are paused; {otherwise} meanwhile."
    return f"The portal did not take it: {refusal.message}. {so}"


def not_asked_sentence(error: PortalError) -> str:
    """A form could not be filled: our token is refused or lacks a right, or the portal does not answer."""
    if isinstance(error, PermissionMissing | TokenRefused):
        return refusal_sentence(error)
    return f"The portal could not be asked ({error})."


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Why somebody may not: a constant for the record, a sentence for the person."""

    why: str
    """A constant, such as `not_in_access_file`: it stays for ever, so it holds no name and no sentence."""
    told: str = ""
    """What was said; it may name people, and is kept only as long as names are."""
    missing: Sequence[str] = ()
    """The permissions that would change it, nearest first."""
    where: str = ""
    """The organization's id."""

    @classmethod
    def of(cls, verdict: Refused) -> Refusal:
        """What the rules said."""
        return cls(
            why=verdict.why.value,
            told=verdict.sentence,
            missing=tuple(verdict.missing),
            where=verdict.where,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """What a press was judged on, as the record names it."""

    access_generation: int = 0
    access_digest: str = ""
    given_version: int = 0
    facts_digest: str = ""
    """Of the request's facts; of all that the card showed where the press is about the whole case."""
    more: Mapping[str, object] = field(default_factory=dict)
    """What only this kind of event has besides."""

    def facts(self) -> dict[str, object]:
        """As every such event holds them."""
        return {
            "access_generation": self.access_generation,
            "access_digest": self.access_digest,
            "given_version": self.given_version,
            "facts_digest": self.facts_digest,
        }


def ground_of(access: Access, given_version: int, *, facts_digest: str = "", **more: object) -> Ground:
    """The ground of a verdict by this file and what was given in Slack."""
    return Ground(
        access_generation=access.generation,
        access_digest=access.digest,
        given_version=given_version,
        facts_digest=facts_digest,
        more=more,
    )


def shown_digest(case: Case, press: Press | None) -> str:
    """The digest of the facts that a press on the whole case was made on."""
    shown = case.shown_at(press.revision) if press is not None and press.revision else case.requests
    digests = sorted(entry.facts.digest for entry in shown)
    return digests[0] if len(digests) == 1 else digest_of(digests) if digests else ""


def refused(
    name: str,
    press: Press,
    refusal: Refusal,
    *,
    presser: Presser | None = None,
    case: Case | None = None,
    ground: Ground | None = None,
    asked: str = "",
    **fields: object,
) -> Event:
    """Somebody may not, or what they asked for cannot be: the one shape of it.

    `asked`: the action that was wanted, where the button's own name does not say it, as in a form.
    `ground`: where it is not the presser's grants and the shown facts of the whole case. `fields`: of the event itself,
    such as `request_id`.
    """
    if ground is None:
        digest = shown_digest(case, press) if case is not None else ""
        ground = (
            ground_of(presser.access, presser.given_version, facts_digest=digest)
            if presser is not None
            else Ground(facts_digest=digest)
        )
    facts: dict[str, object] = {
        "press": asked or press.name,
        "revision": press.revision,
        "why": refusal.why,
        "missing": list(refusal.missing),
        "where": refusal.where,
        **ground.facts(),
        **ground.more,
    }
    known: dict[str, object] = {"case_id": press.case_id}
    if presser is not None:
        known["person_id"] = presser.person.person_id
    if case is not None:
        known |= {"case_id": case.case_id, "organization_id": case.organization_id}
    private = {"told": refusal.told} if refusal.told else {}
    return event_of(name, press, None, **(known | {"facts": facts, "private": private} | fields))


def press_refused(
    press: Press,
    refusal: Refusal,
    *,
    presser: Presser | None = None,
    case: Case | None = None,
    asked: str = "",
) -> Event:
    """A press that led to nothing, and why."""
    return refused("press_refused", press, refusal, presser=presser, case=case, asked=asked)


def settled(
    name: str,
    case: Case,
    request_id: str,
    state: PortalState,
    attempt: Attempt | None,
    *,
    press: Press | None = None,
    ours: bool | None = None,
) -> Event:
    """How a request ended, in the portal's words: by our attempt, or by somebody in the portal.

    `attempt`: ours that was on its way, whether or not it ended the request. `ours`: where the caller knows better than
    the portal's words alone tell.
    """
    entry = lifecycle.entry_of(case, request_id)
    is_ours = ours if ours is not None else attempt is not None and lifecycle.is_ours(attempt, state)
    facts: dict[str, object] = {
        **attempt_facts(attempt),
        "status": state.status_label,
        "status_id": state.status_id,
        "ours": is_ours,
        "spoke": case.rules_about(request_id),
        "came_to": outcome_of(state.standing, attempt if is_ours else None).value,
        "policy_id": state.policy_id if is_ours else "",
        "application_id": state.application_id if is_ours else "",
    }
    if state.decided_at is not None:
        facts["decided_at"] = state.decided_at.isoformat()
    if state.timer_s:
        facts["timer_s"] = state.timer_s
    if attempt is None:
        facts["facts_digest"] = entry.facts.digest
    private: dict[str, object] = {"decided_by": state.decided_by} if state.decided_by else {}
    who: dict[str, object] = {}
    if attempt is not None:
        private |= attempt_words(attempt)
        who = {"person_id": attempt.actor.person_id, "slack_user_id": attempt.actor.slack_user_id}
        who["press_id"] = attempt.press_id
    elif press is not None:
        who = {"press_id": press.press_id, "slack_user_id": press.slack_user_id}
    return event_of(name, None, case, request_id=request_id, facts=facts, private=private, **who)


def attempt_facts(attempt: Attempt | None) -> dict[str, object]:
    """What was tried and on what ground; the same names with nothing in them where nobody tried anything here."""
    if attempt is None:
        return dict(_NO_ATTEMPT)
    return {
        "attempt_id": attempt.attempt_id,
        "verb": attempt.choice.verb.value,
        "reach": attempt.choice.reach.value,
        "reaches": (attempt.reaches or attempt.choice.reach).value,
        "elevate": attempt.choice.elevate,
        "justification": attempt.justification,
        "rests_on": list(attempt.rests_on),
        "first_person_id": attempt.first.person_id if attempt.first else "",
        "first_rests_on": list(attempt.first_rests_on),
        "first_request_id": attempt.first_request_id,
        "access_generation": attempt.access_generation,
        "access_digest": attempt.access_digest,
        "given_version": attempt.given_version,
        "facts_digest": attempt.facts_digest,
        "revision": attempt.revision,
    }


_NO_ATTEMPT: Mapping[str, object] = {
    "attempt_id": "",
    "verb": "",
    "reach": "",
    "reaches": "",
    "elevate": False,
    "justification": "",
    "rests_on": [],
    "first_person_id": "",
    "first_rests_on": [],
    "first_request_id": "",
    "access_generation": 0,
    "access_digest": "",
    "given_version": 0,
    "facts_digest": "",
    "revision": 0,
}


def justification(choice: Choice, case: Case | None) -> str:
    """Whether the presser wrote why, and why not where nothing was written: never an empty field.

    One press has no field to write in: it is for the plain case on one computer, and closes once a reason is wanted.
    """
    if any(text.strip() for text in (choice.reason, choice.validated_how, choice.confirmed_by)):
        return "written"
    if choice.verb is not Verb.APPROVE or choice.reach is not Reach.COMPUTER:
        return "none_needed"
    evidence = case.evidence if case is not None else None
    is_first = evidence is not None and evidence.hand_approvals == 0
    return "one_computer_first_approval" if is_first else "one_computer"


def attempt_words(attempt: Attempt) -> dict[str, object]:
    """What of an attempt names or quotes people; it goes when names go."""
    choice = attempt.choice
    words = {
        "effect": attempt.effect,
        "approver": attempt.actor.name,
        "first_approver": attempt.first.name if attempt.first else "",
        "second_remark": attempt.remark,
        "reason": attempt.because,
        "validated_how": choice.validated_how,
        "confirmed_by": choice.confirmed_by,
    }
    return {name: text for name, text in words.items() if text}


log = structlog.get_logger()


async def count_times(desk: Desk, events: Iterable[Event], cases: Iterable[Case] = ()) -> None:
    """A change was stored: what of it is a first look, and what a decision. `cases`: as they are after it."""
    known = {case.case_id: case for case in cases}
    try:
        for event in events:
            if event.name in DECISIONS and event.case_id in known:
                _count_decision(desk, event, known[event.case_id])
            elif event.name in LOOKS and event.case_id:
                await _count_look(desk, event, known.get(event.case_id))
    except LedgerUnavailable as error:
        # The change itself is stored: a figure may be missing, the answer must not.
        log.info("look_not_counted", why=str(error))


def _count_decision(desk: Desk, event: Event, case: Case) -> None:
    entry = case.entry(event.request_id)
    if entry is not None:
        ended = entry.outcome.state.decided_at if entry.outcome else None
        took = (ended or desk.now()) - entry.clock_from
        decided_in = "gatehouse" if event.name == "decision_settled" else "portal"
        desk.metrics.ended(case.kind.value, decided_in, max(0.0, took.total_seconds()))


async def _count_look(desk: Desk, event: Event, case: Case | None) -> None:
    stored = None if case is not None else await desk.ledger.case(event.case_id)
    case = stored.case if stored is not None else case
    if case is None:
        return
    waiting = {entry.facts.request_id: entry for entry in case.open_requests}
    for request_id in await desk.ledger.first_looks(case.case_id, list(waiting)):
        waited = desk.now() - waiting[request_id].clock_from
        desk.metrics.looked(case.kind.value, max(0.0, waited.total_seconds()))
