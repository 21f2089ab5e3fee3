"""What else the record tells beside the times: shadow presses, rules of the unusual, proposals, exceptions, load. Pure.

Counted over the same events by whoever asks, in Slack or from an export, so that both come to the same figures.

How often a rule of the unusual was right is told by what became of the requests that it spoke about. Denied and made an
exception: it was worth a look. Approved for one computer: somebody looked and let it be. Approved further: it was
ordinary software.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.models import Attempt, Event, PolicyAct, Reach, Standing, Verb
from bot.rules.timing import DECISIONS, Report, report_of, waits_in


class UnusualOutcome(StrEnum):
    """What became of a request, as the record and the metrics name it."""

    DENIED = "denied"
    """Rejected or ignored; in the portal too."""
    EXCEPTION = "exception"
    APPROVED_NARROW = "approved_narrow"
    """For one computer."""
    APPROVED_WIDE = "approved_wide"
    APPROVED_IN_PORTAL = "approved_in_portal"
    """How far, the portal does not tell."""
    CLOSED = "closed"
    """Withdrawn, or any other end that decides nothing."""


RIGHT = frozenset({UnusualOutcome.DENIED, UnusualOutcome.EXCEPTION})
"""Outcomes that say that the rule was right to speak."""


def outcome_of(standing: Standing, attempt: Attempt | None) -> UnusualOutcome:
    """What a final state comes to; `attempt` is ours where it was our doing."""
    if standing is Standing.REJECTED:
        return UnusualOutcome.DENIED
    if standing is not Standing.APPROVED:
        return UnusualOutcome.CLOSED
    if attempt is None:
        return UnusualOutcome.APPROVED_IN_PORTAL
    reaches = attempt.reaches or attempt.choice.reach
    return UnusualOutcome.APPROVED_NARROW if reaches is Reach.COMPUTER else UnusualOutcome.APPROVED_WIDE


def outcomes_in(events: Iterable[Event]) -> Counter[tuple[str, str]]:
    """How often each rule (by its name) came to which outcome, over the settlements among some events of the record.

    Events of before it was kept count for nothing.
    """
    return Counter(
        (str(rule), str(event.facts["came_to"]))
        for event in events
        if "came_to" in event.facts
        for rule in event.facts.get("spoke", ())
    )


Recorded = tuple[datetime, Event]
_DENIED = frozenset({UnusualOutcome.DENIED})
_APPROVED = frozenset(
    {
        UnusualOutcome.APPROVED_NARROW,
        UnusualOutcome.APPROVED_WIDE,
        UnusualOutcome.APPROVED_IN_PORTAL,
        UnusualOutcome.EXCEPTION,
    }
)


@dataclass(frozen=True, slots=True)
class ShadowPress:
    """A press with writes off, and what the portal's people then decided."""

    request_id: str
    case_id: str
    organization_id: str
    pressed_at: datetime
    pressed: Verb
    decided_at: datetime | None = None
    decided: Verb | None = None
    """None with a time: it ended undecided (withdrawn, closed); None without: it still waits."""

    @property
    def is_unanswered(self) -> bool:
        """Whether nothing that came after it has ended its request."""
        return self.decided_at is None or self.decided_at <= self.pressed_at

    @property
    def agrees(self) -> bool:
        """Both came to the same."""
        return self.decided is self.pressed


@dataclass(frozen=True, slots=True)
class Figures:
    """Everything that is reported of a span."""

    report: Report
    shadow: Sequence[ShadowPress]
    """The last one of each person about each request; only those that the portal's people decided can be compared."""
    rules: Sequence[tuple[str, int, int]]
    """Of each rule of the unusual: of how many requests that it spoke about the end is known, and of how many it was
    right; the busiest first."""
    proposed: int
    taken: int
    """Policies that were made of a proposal."""
    declined: int
    reviews_due: int
    """Exceptions whose review came due."""
    renewed: int
    closed: int
    """Exceptions that somebody closed."""
    ended: int
    """Exceptions that reached their end."""
    decided_here: int
    deciders: int
    """How many people these decisions are shared by. Nobody is counted apart: it is no ranking."""
    busiest: tuple[str, int] | None
    """The hour of the week (UTC) with the most of these decisions, and how many."""

    @property
    def compared(self) -> list[ShadowPress]:
        """Shadow presses that the portal's people have answered with a decision."""
        return [one for one in self.shadow if one.decided is not None]


def figures_of(events: Iterable[Recorded], since: datetime, until: datetime) -> Figures:
    """The figures of a span. `events`: in the record's order, those of before it too, where they are at hand."""
    known = list(events)
    within = [(at, event) for at, event in known if since <= at <= until]
    names = Counter(event.name for _, event in within)
    made = [
        event
        for _, event in within
        if event.name == "policy_changed" and event.facts.get("act") == PolicyAct.CREATE.value
    ]
    ours = [(at, event) for at, event in within if event.name == "decision_settled" and event.person_id]
    hours = Counter(f"{at:%a %H}:00" for at, _ in ours)
    return Figures(
        report=report_of(waits_in(known), since, until),
        shadow=[one for one in shadow_in(known) if since <= one.pressed_at <= until],
        rules=_rules(event for _, event in within),
        proposed=names["policy_proposed"],
        taken=len(made),
        declined=names["policy_declined"],
        reviews_due=names["exception_review_due"],
        renewed=names["exception_renewed"],
        closed=names["exception_closed"],
        ended=names["exception_ended"],
        decided_here=len(ours),
        deciders=len({event.person_id for _, event in ours}),
        # The earlier one where two are as busy, so that everybody comes to the same.
        busiest=min(hours.items(), key=lambda one: (-one[1], one[0]), default=None),
    )


def shadow_in(events: Iterable[Recorded]) -> list[ShadowPress]:
    """Presses with writes off, each with what became of its request after it.

    A press that was judged while the portal's decision was on its way into the record is held against nothing.
    """
    found: dict[tuple[str, str], ShadowPress] = {}
    ended: dict[str, datetime] = {}
    for at, event in events:
        if event.name == "decision_reopened":
            ended.pop(event.request_id, None)
        elif event.name == "decision_rehearsed":
            found[event.request_id, event.person_id or event.slack_user_id] = ShadowPress(
                request_id=event.request_id,
                case_id=event.case_id,
                organization_id=event.organization_id.lower(),
                pressed_at=at,
                pressed=Verb(str(event.facts["verb"])),
                decided_at=ended.get(event.request_id),
            )
        elif event.name in DECISIONS or event.name == "request_withdrawn":
            ended.setdefault(event.request_id, at)
            for key, one in found.items():
                if one.request_id == event.request_id and one.is_unanswered:
                    found[key] = _answered(one, at, event)
    return list(found.values())


def _answered(one: ShadowPress, at: datetime, event: Event) -> ShadowPress:
    # What somebody decided here, once writes were switched on, is no answer of the portal's people.
    came_to = str(event.facts.get("came_to", "")) if event.name == "decided_in_portal" else ""
    decided = Verb.APPROVE if came_to in _APPROVED else Verb.DENY if came_to in _DENIED else None
    return ShadowPress(
        one.request_id, one.case_id, one.organization_id, one.pressed_at, one.pressed, at, decided
    )


def _rules(events: Iterable[Event]) -> list[tuple[str, int, int]]:
    counted = outcomes_in(events)
    spoke: Counter[str] = Counter()
    right: Counter[str] = Counter()
    for (rule, outcome), count in counted.items():
        spoke[rule] += count
        right[rule] += count if outcome in RIGHT else 0
    return [(rule, spoke[rule], right[rule]) for rule in sorted(spoke, key=lambda one: (-spoke[one], one))]
