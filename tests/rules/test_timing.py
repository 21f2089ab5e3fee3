"""How long requests waited, against a second implementation that is slow and obvious, and by single cases."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.models import Event
from bot.rules.timing import PROMISED, Report, Waited, report_of, waits_in

T0 = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
CEILING = PROMISED[-1]


def at(minutes: float) -> datetime:
    return T0 + timedelta(minutes=minutes)


def arrival(
    minutes: float,
    request_id: str = "r1",
    *,
    asked: float | None = None,
    kind: str = "application",
    name: str = "case_opened",
    case_id: str = "c1",
    organization_id: str = "ORG-A",
) -> tuple[datetime, Event]:
    clock_from = at(minutes if asked is None else asked).isoformat()
    facts = {"kind": kind, "clock_from": clock_from}
    return at(minutes), Event(
        name=name, case_id=case_id, request_id=request_id, organization_id=organization_id, facts=facts
    )


def event(minutes: float, name: str, request_id: str = "r1", case_id: str = "c1") -> tuple[datetime, Event]:
    return at(minutes), Event(name=name, request_id=request_id, case_id=case_id, organization_id="ORG-A")


def report(*events: tuple[datetime, Event], until: float = 600) -> Report:
    return report_of(waits_in(events), T0 - timedelta(days=1), at(until))


def only(*events: tuple[datetime, Event]) -> Waited:
    (one,) = waits_in(events)
    return one


class TestOneRequest:
    def test_its_clock_starts_when_it_was_asked_not_when_it_was_seen(self) -> None:
        one = only(arrival(7, asked=0), event(9, "decision_settled"))
        assert one.to_decision == 9 * MINUTE
        assert report(arrival(7, asked=0), event(9, "decision_settled")).unseen == 7 * MINUTE

    def test_a_portal_whose_clock_is_ahead_gives_no_time(self) -> None:
        assert only(arrival(0, asked=30), event(9, "decision_settled")).to_decision == 9 * MINUTE

    @pytest.mark.parametrize("name", ["decision_settled", "decided_in_portal"])
    def test_a_decision_counts_wherever_it_was_made(self, name: str) -> None:
        found = report(arrival(0), event(3, name))
        assert (found.decided, found.in_portal) == (1, int(name == "decided_in_portal"))
        assert found.within == [(PROMISED[0], 1, 1), (PROMISED[1], 1, 1)]

    def test_a_withdrawn_one_was_decided_by_nobody_and_is_never_late(self) -> None:
        found = report(arrival(0), event(40, "request_withdrawn"))
        assert (found.withdrawn, found.decided, found.waiting, found.late) == (1, 0, 0, [])
        assert found.to_decision is None
        assert [of for _, _, of in found.within] == [0, 0]

    def test_one_that_waits_is_late_once_its_time_is_over_and_not_judged_before(self) -> None:
        young, old = report(arrival(0), until=14), report(arrival(0), until=16)
        assert (young.within[-1], young.late) == ((CEILING, 0, 0), [])
        assert old.within[-1] == (CEILING, 0, 1)
        assert [one.request_id for one in old.late] == ["r1"]

    def test_exactly_the_ceiling_is_kept(self) -> None:
        assert report(arrival(0), event(15, "decision_settled")).late == []

    def test_the_first_look_counts_and_only_one_before_the_end(self) -> None:
        first = only(
            arrival(0), event(2, "form_opened"), event(4, "case_claimed"), event(5, "decision_settled")
        )
        assert first.to_look == 2 * MINUTE
        assert only(arrival(0), event(5, "decided_in_portal"), event(6, "form_opened")).to_look is None

    def test_a_refused_press_is_no_look(self) -> None:
        assert only(arrival(0), event(2, "press_refused")).to_look is None

    def test_one_that_was_opened_again_waits_on(self) -> None:
        events = (arrival(0), event(3, "decision_settled"), event(4, "decision_reopened"))
        assert report(*events).waiting == 1
        assert report(*events, event(20, "decision_settled")).late[0].to_decision == 20 * MINUTE

    def test_a_look_belongs_to_the_requests_that_were_there(self) -> None:
        waits = waits_in(
            [
                arrival(0),
                event(1, "case_claimed"),
                arrival(5, "r2", name="request_joined"),
                event(6, "form_opened"),
            ]
        )
        assert [one.to_look for one in waits] == [MINUTE, MINUTE]


def test_what_was_asked_outside_of_the_span_is_not_counted() -> None:
    waits = waits_in([arrival(0), arrival(60, "r2", case_id="c2"), arrival(120, "r3", case_id="c3")])
    assert [one.request_id for one in report_of(waits, at(30), at(120)).requests] == ["r2"]


def test_late_ones_are_counted_where_they_were_asked() -> None:
    found = report(
        arrival(0), event(20, "decision_settled"),
        arrival(61, "r2", case_id="c2", kind="elevation", organization_id="ORG-B"),
        event(62, "decision_settled", "r2", "c2"),
        arrival(62, "r3", case_id="c3"), event(63, "decision_settled", "r3", "c3"),
    )  # fmt: skip
    assert found.by_kind == [("application", 2, 1), ("elevation", 1, 0)]
    assert found.by_organization == [("org-a", 2, 1), ("org-b", 1, 0)]
    assert found.by_hour == [("09", 1, 1), ("10", 2, 0)]


@settings(deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(0, 500), st.integers(0, 90), st.sampled_from(["here", "portal", "gone", ""]))
    )
)
def test_the_figures_are_those_that_counting_by_hand_gives(asked: list[tuple[int, int, str]]) -> None:
    names = {"here": "decision_settled", "portal": "decided_in_portal", "gone": "request_withdrawn"}
    events = []
    for number, (minute, waited, end) in enumerate(asked):
        events.append(arrival(minute, f"r{number}", case_id=f"c{number}"))
        if end:
            events.append(event(minute + waited, names[end], f"r{number}", f"c{number}"))
    events.sort(key=lambda one: one[0])
    found = report(*events, until=600)
    spans = sorted(waited for _, waited, end in asked if end in {"here", "portal"})
    assert (found.decided, found.waiting) == (len(spans), sum(not end for *_, end in asked))
    for span, kept, of in found.within:
        minutes = span / MINUTE
        late = [waited for _, waited, end in asked if end in {"here", "portal"} and waited > minutes]
        late += [600 - minute for minute, _, end in asked if not end and 600 - minute > minutes]
        assert (kept, of - kept) == (len([one for one in spans if one <= minutes]), len(late))
    if found.to_decision is not None:
        below = [share for share in spans if share * MINUTE <= found.to_decision.p90]
        above = [share for share in spans if share * MINUTE < found.to_decision.p90]
        assert len(above) < 0.9 * len(spans) <= len(below)


class TestTheClockIsHonest:
    """A decision counts from when the portal made it, however late we see it."""

    @staticmethod
    def _decided(minutes: float, told: float, timer_s: int = 0) -> tuple[datetime, Event]:
        when, bare = event(minutes, "decided_in_portal")
        facts = {"decided_at": at(told).isoformat()} | ({"timer_s": timer_s} if timer_s else {})
        return when, bare.model_copy(update={"facts": facts})

    def test_one_decided_in_time_while_we_were_away_is_not_late(self) -> None:
        found = report(arrival(90, asked=0), self._decided(91, told=9))
        assert found.late == []
        assert found.requests[0].to_decision == 9 * MINUTE
        assert found.noticed == 82 * MINUTE

    def test_one_decided_too_late_while_we_were_away_is_a_breach(self) -> None:
        found = report(arrival(90, asked=0), self._decided(91, told=40))
        assert [one.to_decision for one in found.late] == [40 * MINUTE]
        assert found.seen_late == 1

    @pytest.mark.parametrize("told", [-30, 500])
    def test_a_portal_whose_clock_is_wrong_gives_and_takes_no_time(self, told: float) -> None:
        one = only(arrival(0), self._decided(20, told))
        assert one.to_decision == max(0, min(20, told)) * MINUTE

    def test_the_portals_own_timer_is_compared_where_it_is_filled(self) -> None:
        same = report(arrival(0), self._decided(9, 9, timer_s=9 * 60 + 59))
        other = report(arrival(0), self._decided(9, 9, timer_s=7 * 60))
        none = report(arrival(0), self._decided(9, 9))
        assert [(each.timers, each.timers_differ) for each in (same, other, none)] == [(1, 0), (1, 1), (0, 0)]

    def test_one_that_was_opened_again_forgets_when_it_had_ended(self) -> None:
        one = only(arrival(0), self._decided(9, 8, timer_s=480), event(10, "decision_reopened"))
        assert (one.ended_at, one.noticed_at, one.timer_s) == (None, None, 0)
        assert one.to_notice == timedelta()
