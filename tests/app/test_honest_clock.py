"""Breaches are counted by the portal's own times: also after we were away, and where the portal decided."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.rules.timing import Report, report_of, waits_in
from tests.desk import Bench


async def reported(bench: Bench) -> Report:
    events = [(one.at, one.event) for one in await bench.events()]
    return report_of(waits_in(events), bench.desk.now() - timedelta(days=1), bench.desk.now())


@pytest.mark.parametrize(("decided_after", "late"), [(9, 0), (40, 1)])
async def test_a_decision_in_the_portal_while_we_were_away(
    bench: Bench, decided_after: int, late: int
) -> None:
    case = await bench.arrive()
    await bench.advance(minutes=decided_after)
    bench.portal.decide_in_portal(case.requests[0].facts.request_id, approve=True, by="Pat")
    await bench.advance(minutes=60)
    await bench.poll()
    report = await reported(bench)
    (one,) = report.requests
    assert one.to_decision is not None
    assert abs(one.to_decision - timedelta(minutes=decided_after)) < timedelta(seconds=5)
    assert len(report.late) == late
    assert report.noticed >= timedelta(minutes=59)
    # The portal's own timer is filled by then, and tells the same.
    assert (report.timers, report.timers_differ) == (1, 0)
    assert (await bench.last("decided_in_portal")).facts["timer_s"] == pytest.approx(
        60 * decided_after, abs=5
    )


async def test_a_request_of_the_time_in_which_we_were_away_is_late_by_its_own_time(bench: Bench) -> None:
    """Not by ours: that nobody was called for it is no reason to count it as in time."""
    bench.ask()
    await bench.advance(minutes=20)
    await bench.poll()
    report = await reported(bench)
    assert len(report.late) == 1
    assert report.seen_late == 1
    assert report.unseen >= timedelta(minutes=20)
