"""What Gatehouse counts for Prometheus. Labels take few values; no name, id or text of a request is ever
a label.

One `Metrics` per process, with a registry of its own, so that two bots in one test do not count together.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    generate_latest,
)

CONTENT_TYPE: Final = CONTENT_TYPE_LATEST
_WAIT_SECONDS: Final = (60, 120, 300, 600, 900, 1800)
"""Of a request, up to a first look or a decision: the promised 5 and 15 minutes stand between their neighbours."""
_CALL_SECONDS: Final = (0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20)
"""Up to the longest wait for the portal that the settings start with."""


class Tally:
    """A counter whose labelled children are bound once: a bound child costs a quarter of a microsecond."""

    __slots__ = ("_bound", "_counter")

    def __init__(self, counter: Counter) -> None:
        self._counter = counter
        self._bound: dict[tuple[str, ...], Counter] = {}

    def add(self, *labels: str, amount: float = 1) -> None:
        """Count one more under these label values, in the order of the metric's label names."""
        child = self._bound.get(labels)
        if child is None:
            child = self._counter.labels(*labels) if labels else self._counter
            self._bound[labels] = child
        child.inc(amount)


class Timing:
    """A histogram of seconds whose labelled children are bound once."""

    __slots__ = ("_bound", "_histogram")

    def __init__(self, histogram: Histogram) -> None:
        self._histogram = histogram
        self._bound: dict[tuple[str, ...], Histogram] = {}

    def took(self, seconds: float, *labels: str) -> None:
        """Note one duration."""
        child = self._bound.get(labels)
        if child is None:
            child = self._histogram.labels(*labels) if labels else self._histogram
            self._bound[labels] = child
        child.observe(seconds)


class Metrics:
    """Every counter, gauge and histogram of one process."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._begin_counting()
        self._begin_timing()
        self._begin_measuring()

    def _begin_counting(self) -> None:
        """What happens, and how often."""
        self.presses = self._tally("presses", "Requests named by presses, by their answer.", "outcome")
        self.deliveries = self._tally("deliveries", "Deliveries from Slack by what came of them.", "outcome")
        self.attempts = self._tally("attempts", "Writes sent to the portal.", "verb")
        self.decisions = self._tally(
            "decisions", "Requests decided, by what the portal says and where.", "standing", "decided_in"
        )
        self.refusals = self._tally("refusals", "Refused presses and look-ups by the kind of reason.", "why")
        self.escalations = self._tally("escalations", "Escalations by their cause.", "cause")
        self.pages = self._tally("pages", "Pages by a second way, by what came of them.", "way", "outcome")
        self.unusual = self._tally(
            "unusual", "Settled requests about which a rule of the unusual spoke.", "rule", "outcome"
        )
        self.floods = self._tally("floods", "Minutes in which an organization asked for more than its limit.")
        self.exceptions = self._tally("exceptions", "What became of exceptions.", "what")
        self.reminders = self._tally("reminders", "Reminders by their step.", "step")
        self.portal_calls = self._tally("portal_calls", "Calls to the portal.", "operation", "outcome")
        self.slack_calls = self._tally("slack_calls", "Calls to Slack's Web API.", "method", "outcome")

    def _begin_timing(self) -> None:
        """What takes time, and how long."""
        self.portal_seconds = self._timing(
            "portal_call_seconds", "Time of a call to the portal.", _CALL_SECONDS, "operation"
        )
        self.look_seconds = self._timing(
            "first_look_seconds", "Time from a request to the first look of a person.", _WAIT_SECONDS, "kind"
        )
        self.decision_seconds = self._timing(
            "decision_seconds", "Time from a request to its decision.", _WAIT_SECONDS, "kind", "decided_in"
        )

    def _begin_measuring(self) -> None:
        """What there is at this moment: waiting, late, on or off."""
        self.next_due = self._gauge(
            "next_due_seconds", "Time until the next due step; below zero it is late."
        )
        self.late_steps = self._gauge("late_steps", "Steps that are due for more than ten seconds.")
        self.call_wait = self._gauge(
            "escalation_queue_seconds", "How long the oldest escalation waits for Slack."
        )
        self.open_by_age = Gauge(
            "gatehouse_open_cases_by_age",
            "Open cases by the minutes since their request was made.",
            ["minutes"],
            registry=self.registry,
        )
        self.timer_lag = self._gauge("timer_lag_seconds", "Age of the oldest due step that is not taken.")
        self.send_queue = self._gauge("send_queue_depth", "Messages that wait to be sent to Slack.")
        self.unshipped = self._gauge(
            "record_unshipped", "Events of the record that the collector does not have."
        )
        self.ship_lag = self._gauge("record_ship_lag_seconds", "How long the oldest of them waits.")
        self.open_cases = self._gauge("open_cases", "Cases that are not closed.")
        self.open_exceptions = self._gauge("open_exceptions", "Exceptions that somebody answers for.")
        self.reviews_due = self._gauge("exception_reviews_due", "Exceptions that wait for their review.")
        self.poll_age = self._gauge(
            "portal_poll_age_seconds", "Time since the last complete look at the portal."
        )
        self.calendar_age = self._gauge(
            "rota_calendar_age_seconds", "Age of the oldest copy of a calendar that a rota is read from."
        )
        self.writes_on = self._gauge("writes_on", "1 if presses decide in the portal.")
        self.writes_paused = self._gauge("writes_paused", "1 while the portal refuses our token.")

    def delivered(self, outcome: str) -> None:
        """One delivery from Slack: stored, replayed, not recorded, not understood, of no use, or rate limited."""
        self.deliveries.add(outcome)

    def press(self, outcome: str) -> None:
        """One named request of a press was answered; `outcome` is a constant word."""
        self.presses.add(outcome)

    def attempt_sent(self, verb: str) -> None:
        """One write is on its way to the portal."""
        self.attempts.add(verb)

    def decided(self, standing: str, *, ours: bool) -> None:
        """A request ended: what the portal says, and whether our write did it."""
        self.decisions.add(standing, "gatehouse" if ours else "portal")

    def refused(self, why: str) -> None:
        """A press or look-up was refused; `why` is the constant kind of reason, never a sentence."""
        self.refusals.add(why)

    def escalated(self, cause: str) -> None:
        """A case climbed: by the clock, by hand, or because it is unusual."""
        self.escalations.add(cause)

    def paged(self, way: str, outcome: str) -> None:
        """A page was handed to a second way: `sent`, `later` or `dropped`."""
        self.pages.add(way, outcome)

    def unusual_settled(self, rule: str, outcome: str, count: int) -> None:
        """Requests about which a rule of the unusual spoke have ended; both are names of a constant set."""
        self.unusual.add(rule, outcome, amount=count)

    def flooded(self) -> None:
        """An organization went beyond its requests of a minute."""
        self.floods.add()

    def exception(self, what: str) -> None:
        """An exception was opened, renewed or closed, its review came due, or it ended."""
        self.exceptions.add(what)

    def reminded(self, step: str) -> None:
        """A reminder was taken."""
        self.reminders.add(step)

    def portal_called(self, operation: str, outcome: str, seconds: float) -> None:
        """One call to the portal ended; `outcome` is `ok` or the error's class name."""
        self.portal_calls.add(operation, outcome)
        self.portal_seconds.took(seconds, operation)

    def slack_called(self, method: str, outcome: str) -> None:
        """One call to Slack ended; `outcome` is `ok` or Slack's error name."""
        self.slack_calls.add(method, outcome)

    def looked(self, kind: str, seconds: float) -> None:
        """A person has a request before them for the first time."""
        self.look_seconds.took(seconds, kind)

    def ended(self, kind: str, decided_in: str, seconds: float) -> None:
        """A request was decided, `gatehouse` or `portal`."""
        self.decision_seconds.took(seconds, kind, decided_in)

    def aged(self, counts: Mapping[str, int]) -> None:
        """How many open cases are of which age."""
        for minutes, count in counts.items():
            self.open_by_age.labels(minutes).set(count)

    def exposition(self) -> bytes:
        """All values in Prometheus' text format (`CONTENT_TYPE`)."""
        return generate_latest(self.registry)

    def watch(self, gauge: Gauge, read: Callable[[], float]) -> None:
        """Let a gauge be read at each scrape instead of being set: an age grows although nothing happens."""
        gauge.set_function(read)

    def _tally(self, name: str, says: str, *labels: str) -> Tally:
        return Tally(Counter(f"gatehouse_{name}", says, labels, registry=self.registry))

    def _timing(self, name: str, says: str, buckets: tuple[float, ...], *labels: str) -> Timing:
        return Timing(Histogram(f"gatehouse_{name}", says, labels, registry=self.registry, buckets=buckets))

    def _gauge(self, name: str, says: str) -> Gauge:
        return Gauge(f"gatehouse_{name}", says, registry=self.registry)
