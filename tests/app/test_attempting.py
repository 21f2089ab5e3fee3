"""P2 and P3: the one order of every write to the portal, whatever is written."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from bot.desk import StandpointMoved, attempting, judged_anew
from bot.desk.attempting import Doubt, NotFree, Write
from bot.desk.changing import CountMoved
from bot.portal import Invalid, OutcomeUnknown, PortalError, PortalUnreachable
from tests.desk import Bench

NO = Invalid("no")
SILENCE = OutcomeUnknown("silence")
AWAY = PortalUnreachable("away")


class Deed:
    """A write whose steps note that they were taken; it ends in the words of the step that ended it."""

    def __init__(
        self, *, answer: PortalError | None = None, seen: str | PortalError = "", free: bool = True
    ) -> None:
        """`seen` is what the portal shows, or why it cannot be read; empty: it shows nothing."""
        self.steps: list[str] = []
        self._answer, self._seen, self._free = answer, seen, free

    def write(self, not_after: datetime) -> Write[str, str, str]:
        """What is handed to the engine."""
        return Write(
            attempt_id="a1",
            not_after=not_after,
            counted_as="approve",
            too_late=self._too_late,
            record=self._record,
            send=self._send,
            note_yes=self._note_yes,
            look=self._look,
            shows=lambda _, seen: bool(seen),
            settle=self._settle,
            undo=self._undo,
            doubt=self._doubt,
        )

    async def _too_late(self) -> str:
        return "too late"

    async def _record(self) -> str | NotFree[str]:
        self.steps.append("record")
        return "recorded" if self._free else NotFree("somebody was faster")

    async def _send(self) -> None:
        self.steps.append("send")
        if self._answer is not None:
            raise self._answer

    async def _note_yes(self, held: str) -> str:
        self.steps.append("yes")
        return f"{held}, accepted"

    async def _look(self, _: str) -> str:
        self.steps.append("look")
        if isinstance(self._seen, PortalError):
            raise self._seen
        return self._seen

    async def _settle(self, held: str, seen: str) -> str:
        return f"settled: {seen} ({held})"

    async def _undo(self, held: str, _: str, refusal: PortalError) -> str:
        return f"undone: {type(refusal).__name__} ({held})"

    async def _doubt(self, held: str, doubt: Doubt) -> str:
        return f"in doubt, {'sent' if doubt.is_sent else 'not sent'} ({held})"


@pytest.mark.parametrize(
    ("answer", "seen", "end"),
    [
        (None, "approved", "settled: approved (recorded, accepted)"),
        (None, "", "in doubt, sent (recorded, accepted)"),
        (None, AWAY, "in doubt, sent (recorded, accepted)"),
        (NO, "approved", "settled: approved (recorded)"),
        (NO, "", "undone: Invalid (recorded)"),
        (NO, AWAY, "in doubt, sent (recorded)"),
        (SILENCE, "approved", "settled: approved (recorded)"),
        (SILENCE, "", "in doubt, sent (recorded)"),
        (SILENCE, AWAY, "in doubt, sent (recorded)"),
    ],
)
async def test_what_the_portal_shows_ends_it_and_neither_its_no_nor_its_silence(
    bench: Bench, answer: PortalError | None, seen: str | PortalError, end: str
) -> None:
    """Recorded, sent once, a yes noted before anything else, read back."""
    deed = Deed(answer=answer, seen=seen)
    ended = await attempting.carry_out(bench.desk, deed.write(bench.desk.now() + timedelta(seconds=20)))
    assert ended == end
    assert deed.steps == ["record", "send", *(["yes"] if answer is None else []), "look"]


async def test_what_is_not_free_is_not_sent(bench: Bench) -> None:
    deed = Deed(free=False)
    ended = await attempting.carry_out(bench.desk, deed.write(bench.desk.now() + timedelta(seconds=20)))
    assert (ended, deed.steps) == ("somebody was faster", ["record"])


async def test_a_verdict_that_is_too_old_is_not_even_recorded(bench: Bench) -> None:
    deed = Deed()
    assert await attempting.carry_out(bench.desk, deed.write(bench.desk.now())) == "too late"
    assert deed.steps == []


async def test_a_process_that_stood_still_after_its_record_sends_nothing(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    deed, not_after = Deed(), bench.desk.now() + timedelta(seconds=20)
    monkeypatch.setattr("bot.seams._armed", [lambda _: _stand_still(bench, monkeypatch, not_after)])
    ended = await attempting.carry_out(bench.desk, deed.write(not_after))
    assert (ended, deed.steps) == ("in doubt, not sent (recorded)", ["record"])


async def test_p2_a_process_that_stood_still_goes_by_its_own_clock_where_the_shared_one_was_set_back(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Half a minute passed. Another replica, which alone watched the time, had lost twenty seconds of it."""
    deed, not_after = Deed(), bench.desk.now() + timedelta(seconds=20)
    shared = bench.desk.now() + timedelta(seconds=10)
    boot = bench.ledger._door.clock.boot

    def stand_still(_: object) -> None:
        monkeypatch.setattr(bench.ledger, "now", lambda: shared)
        monkeypatch.setattr(bench.ledger._door.clock, "boot", lambda: boot() + 30_000)

    monkeypatch.setattr("bot.seams._armed", [stand_still])
    ended = await attempting.carry_out(bench.desk, deed.write(not_after))
    assert (ended, deed.steps) == ("in doubt, not sent (recorded)", ["record"])


def _stand_still(bench: Bench, monkeypatch: pytest.MonkeyPatch, until: datetime) -> None:
    monkeypatch.setattr(bench.ledger, "now", lambda: until)


@pytest.mark.parametrize(
    ("moved", "moves", "end", "judged"),
    [
        (StandpointMoved, 0, "done", 1),
        (StandpointMoved, 2, "done", 3),
        (StandpointMoved, 3, "moving", 3),
        (CountMoved, 9, "done", 10),
        (CountMoved, 10, "moving", 10),
    ],
)
async def test_p1_grants_that_move_are_judged_again_and_not_for_ever(
    bench: Bench, moved: type[StandpointMoved], moves: int, end: str, judged: int
) -> None:
    """What is counted over cases moves by others' approvals, each of which is done: it may move more often."""
    tries: list[int] = []

    async def judge() -> str:
        tries.append(1)
        if len(tries) <= moves:
            raise moved("access file")
        return "done"

    async def moving() -> str:
        return "moving"

    press = await bench.press("ana", "approve", await bench.arrive())
    assert await judged_anew(press, judge, moving) == end
    assert len(tries) == judged
