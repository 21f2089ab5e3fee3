"""How long requests waited, told from the record alone, so that anybody with an export comes to the same figures. Pure.

The clock of a request starts when it was asked, by the portal's own time, not when Gatehouse saw it. A request that is
withdrawn was decided by nobody and counts for no time. One that still waits counts as late as soon as its time is over,
and not at all before: who looks early neither gains nor loses by it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from math import ceil

from bot.models import Event

PROMISED = (timedelta(minutes=5), timedelta(minutes=15))
"""The average that the team aims at, and the ceiling."""

_AS_GOOD_AS = timedelta(minutes=1)
"""What two clocks may differ by and still tell the same (our choice)."""
_ARRIVALS = frozenset({"case_opened", "request_joined"})
LOOKS = frozenset(
    {
        *("case_claimed", "handed_over", "form_opened", "decision_attempted"),
        *("decision_rehearsed", "second_awaited"),
    }
)
"""What shows that somebody has the case before them. A claim that is refused to a stranger is no look."""
DECISIONS = {"decision_settled": "here", "decided_in_portal": "in the portal"}


@dataclass(frozen=True, slots=True)
class Waited:
    """One request: when it was asked, first seen by Gatehouse, looked at by a person, and decided."""

    request_id: str
    case_id: str
    organization_id: str
    kind: str
    asked_at: datetime
    seen_at: datetime
    looked_at: datetime | None = None
    ended_at: datetime | None = None
    noticed_at: datetime | None = None
    """When Gatehouse saw that it had ended: for a decision in the portal later than the decision itself."""
    timer_s: int = 0
    """How long it took by the portal's own timer; 0 where that is not filled."""
    decided: str = ""
    """"here", "in the portal", or empty: it waits, or was withdrawn where `ended_at` says when."""

    @property
    def to_decision(self) -> timedelta | None:
        """From the asking to the decision; None where there is none."""
        return self.ended_at - self.asked_at if self.ended_at is not None and self.decided else None

    @property
    def to_notice(self) -> timedelta:
        """From its end until Gatehouse saw it."""
        return self.noticed_at - self.ended_at if self.noticed_at and self.ended_at else timedelta()

    @property
    def timer_differs(self) -> bool:
        """Whether the portal's own timer tells another time than ours, by more than a minute."""
        took = self.to_decision
        return (
            bool(self.timer_s)
            and took is not None
            and abs(took - timedelta(seconds=self.timer_s)) > _AS_GOOD_AS
        )

    @property
    def to_look(self) -> timedelta | None:
        """From the asking to the first look of a person."""
        return self.looked_at - self.asked_at if self.looked_at is not None else None

    def took_longer(self, than: timedelta, now: datetime) -> bool:
        """Whether its time was over before anybody decided; one that waits is held against `now`."""
        if self.ended_at is not None and not self.decided:
            return False
        return (self.ended_at or now) - self.asked_at > than


@dataclass(frozen=True, slots=True)
class Spread:
    """How some spans lie: their average, and what half of them, nine tenths, and 99 of a hundred do not exceed (nearest
    rank)."""

    count: int
    mean: timedelta
    median: timedelta
    p90: timedelta
    p99: timedelta


@dataclass(frozen=True, slots=True)
class Report:
    """The requests that were asked in a span, as they stand at its end."""

    since: datetime
    until: datetime
    requests: Sequence[Waited]
    decided: int
    in_portal: int
    """Of the decided ones, those that somebody decided in the portal itself."""
    withdrawn: int
    waiting: int
    to_look: Spread | None
    to_decision: Spread | None
    within: Sequence[tuple[timedelta, int, int]]
    """For each promised span: how many kept it, of how many that can be judged."""
    late: Sequence[Waited]
    """Longer than the ceiling, the longest first."""
    unseen: timedelta
    """The longest time that passed before Gatehouse saw one."""
    seen_late: int
    """How many it saw a minute or more after they were asked."""
    noticed: timedelta
    """The longest time that passed before Gatehouse saw that one had ended."""
    timers: int
    """Of the decided ones, those for which the portal's own timer is filled."""
    timers_differ: int
    """Of these, how many tell another time than ours, by more than a minute."""
    by_kind: Sequence[tuple[str, int, int]]
    """Of each kind: requests, and late ones; likewise below, most requests first."""
    by_organization: Sequence[tuple[str, int, int]]
    by_hour: Sequence[tuple[str, int, int]]
    """By the hour of asking, in UTC."""


def waits_in(events: Iterable[tuple[datetime, Event]]) -> list[Waited]:
    """The requests whose arrival is among these events, which come in the record's order."""
    found: dict[str, Waited] = {}
    of_case: dict[str, list[str]] = {}
    for at, event in events:
        if event.name in _ARRIVALS and "clock_from" in event.facts:
            arrived = _arrived(at, event)
            # A request that moved to another organization arrives again; its clock goes on.
            before = found.get(event.request_id)
            found[event.request_id] = replace(arrived, seen_at=before.seen_at) if before else arrived
            of_case.setdefault(event.case_id, []).append(event.request_id)
        elif event.name in LOOKS:
            for request_id in of_case.get(event.case_id, ()):
                one = found[request_id]
                if one.looked_at is None and one.ended_at is None:
                    found[request_id] = replace(one, looked_at=at)
        elif event.request_id in found and event.name == "decision_reopened":
            found[event.request_id] = replace(
                found[event.request_id], ended_at=None, noticed_at=None, timer_s=0, decided=""
            )
        elif event.request_id in found and (event.name in DECISIONS or event.name == "request_withdrawn"):
            found[event.request_id] = _ended(found[event.request_id], at, event)
    return list(found.values())


def report_of(waits: Iterable[Waited], since: datetime, until: datetime) -> Report:
    """The figures of the requests that were asked from `since` on and before `until`."""
    ours = [one for one in waits if since <= one.asked_at < until]
    decided = [one for one in ours if one.decided]
    ceiling = PROMISED[-1]
    late = [one for one in ours if one.took_longer(ceiling, until)]
    return Report(
        since=since,
        until=until,
        requests=ours,
        decided=len(decided),
        in_portal=sum(one.decided == "in the portal" for one in decided),
        withdrawn=sum(one.ended_at is not None and not one.decided for one in ours),
        waiting=sum(one.ended_at is None for one in ours),
        to_look=_spread(one.to_look for one in ours),
        to_decision=_spread(one.to_decision for one in decided),
        within=[_kept(ours, span, until) for span in PROMISED],
        late=sorted(late, key=lambda one: one.asked_at - (one.ended_at or until)),
        unseen=max((one.seen_at - one.asked_at for one in ours), default=timedelta()),
        seen_late=sum(one.seen_at - one.asked_at >= _AS_GOOD_AS for one in ours),
        noticed=max((one.to_notice for one in ours), default=timedelta()),
        timers=sum(bool(one.timer_s) for one in decided),
        timers_differ=sum(one.timer_differs for one in decided),
        by_kind=_counted(ours, late, lambda one: one.kind),
        by_organization=_counted(ours, late, lambda one: one.organization_id),
        by_hour=sorted(_counted(ours, late, lambda one: f"{one.asked_at:%H}")),
    )


def _ended(one: Waited, at: datetime, event: Event) -> Waited:
    """When it was decided, by the portal's own time where that is told: we may have been away, and look now and then.

    Never before it was asked and never after we saw it: a portal whose clock is wrong gives and takes nobody time.
    """
    told = event.facts.get("decided_at")
    by_portal = datetime.fromisoformat(str(told)) if told else at
    return replace(
        one,
        ended_at=max(one.asked_at, min(at, by_portal)),
        noticed_at=at,
        timer_s=int(event.facts.get("timer_s", 0)),
        decided=DECISIONS.get(event.name, ""),
    )


def _arrived(at: datetime, event: Event) -> Waited:
    return Waited(
        request_id=event.request_id,
        case_id=event.case_id,
        organization_id=event.organization_id.lower(),
        kind=str(event.facts.get("kind", "")),
        # Never after the sighting: a portal whose clock is ahead gives nobody time.
        asked_at=min(at, datetime.fromisoformat(str(event.facts["clock_from"]))),
        seen_at=at,
    )


def _kept(ours: Sequence[Waited], span: timedelta, now: datetime) -> tuple[timedelta, int, int]:
    judged = [one for one in ours if one.decided or one.took_longer(span, now)]
    return span, sum(not one.took_longer(span, now) for one in judged), len(judged)


def _spread(spans: Iterable[timedelta | None]) -> Spread | None:
    told = sorted(one for one in spans if one is not None)
    if not told:
        return None
    ranks = (told[max(0, ceil(share * len(told)) - 1)] for share in (0.5, 0.9, 0.99))
    return Spread(len(told), sum(told, timedelta()) / len(told), *ranks)


def _counted(
    ours: Iterable[Waited], late: Iterable[Waited], named: Callable[[Waited], str]
) -> list[tuple[str, int, int]]:
    over = Counter(map(named, late))
    return [(name, count, over[name]) for name, count in Counter(map(named, ours)).most_common()]
