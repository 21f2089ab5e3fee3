"""Days drawn by chance, with writes off and on: what `/gatehouse sla` tells, what an export gives offline, and what a
slow count of what was played comes to are the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import ceil
from pathlib import Path
from random import Random
from typing import Any

import pytest

from bot.cards.kit import ids
from bot.checkup.reporting import Asked, print_report
from bot.decision.claims import claim
from bot.models import Case, Effect, PressKind
from handlers.commands import gatehouse
from rehearsal.slack.block_kit import check_message_blocks
from tests.decision.test_press import approve, deny
from tests.desk import Bench, open_bench, shared_server
from tests.valkey import RunningValkey

MORNING = datetime(2026, 11, 18, 6, 0, tzinfo=UTC)
STEPS = 40
ORGANIZATIONS = ("brightwater", "marlow", "calder-voss")


@pytest.fixture(scope="module")
def valkey(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningValkey]:
    with shared_server(tmp_path_factory.mktemp("days")) as server:
        yield server


@dataclass
class Played:
    """A request as the test knows it."""

    request_id: str
    case_id: str
    asked_at: datetime
    ended_at: datetime | None = None
    end: str = ""
    """`here`, `portal`, `withdrawn`; empty while it waits."""
    approved: bool = False
    pressed: dict[str, bool] | None = None
    """With writes off: who pressed what last, before it ended."""


@dataclass
class Day:
    """What is played."""

    chance: Random
    bench: Bench
    requests: list[Played]

    @property
    def waiting(self) -> list[Played]:
        """Those that nothing has ended."""
        return [one for one in self.requests if not one.end]

    async def step(self) -> None:
        """Some time passes, and somebody does something."""
        await self.bench.advance(seconds=self.chance.choice((20, 45, 130, 280, 611)))
        await self.bench.poll()
        await self.bench.say()
        acts = [self.asks, self.asks, self.decides_in_portal, self.presses, self.presses, self.claims]
        acts += [self.withdraws] if self.chance.random() < 0.4 else []
        await self.chance.choice(acts)()

    async def asks(self) -> None:
        """Its own file, so that each has a card of its own; the portal's time is the clock."""
        number = len(self.requests)
        digest = f"{number + 1:064X}"
        request_id = self.bench.ask(
            organization=self.chance.choice(ORGANIZATIONS),
            path=f"C:\\Program Files\\Own\\own-{number}.exe",
            hash=digest,
            sha256=digest,
        )
        asked_at = self.bench.portal.request(request_id).requested_at
        await self.bench.advance(seconds=self.chance.choice((1, 1, 90)))
        await self.bench.poll()
        await self.bench.say()
        case = await self.bench.case_of(request_id)
        self.requests.append(Played(request_id, case.case_id, asked_at))

    async def decides_in_portal(self) -> None:
        """Seen at the next look, a while later."""
        if not self.waiting:
            return
        one, approved = self.chance.choice(self.waiting), self.chance.random() < 0.6
        self.bench.portal.decide_in_portal(one.request_id, approve=approved, by="Pat")
        one.end, one.approved, one.ended_at = "portal", approved, self._decided_at(one)
        if self.chance.random() < 0.3:
            # Too late: with writes off it is held against nothing, with writes on it decides nothing.
            await self._pressed(one, approves=not approved)

    async def presses(self) -> None:
        """With writes off a press that decides nothing, else a decision."""
        if not self.waiting:
            return
        one, approves = self.chance.choice(self.waiting), self.chance.random() < 0.5
        who = await self._pressed(one, approves=approves)
        if self.bench.desk.rules.writes_on:
            one.end, one.approved, one.ended_at = "here", approves, self._decided_at(one)
        else:
            one.pressed = (one.pressed or {}) | {who: approves}

    def _decided_at(self, one: Played) -> datetime | None:
        return self.bench.portal.request(one.request_id).decided_at

    async def _pressed(self, one: Played, *, approves: bool) -> str:
        who = self.chance.choice(("ana", "lee"))
        case = await self.bench.case(one.case_id)
        await (approve(self.bench, who, case) if approves else deny(self.bench, who, case))
        return who

    async def claims(self) -> None:
        """Which is a look, and no decision."""
        if self.waiting:
            case: Case = await self.bench.case(self.chance.choice(self.waiting).case_id)
            await self.bench.do(claim, await self.bench.press("ana", ids.CLAIM, case))

    async def withdraws(self) -> None:
        """Whoever asked needs it no more."""
        if self.waiting:
            one = self.chance.choice(self.waiting)
            self.bench.portal.withdraw(one.request_id)
            one.end, one.ended_at = "withdrawn", self.bench.clock.now()


async def played(bench: Bench, seed: int) -> Day:
    """Half of the day with writes off, then they are switched on."""
    day = Day(Random(seed), bench, [])
    bench.with_rules(writes_on=False)
    for number in range(STEPS):
        if number == STEPS // 2:
            bench.with_rules(writes_on=True)
        await day.step()
    await bench.advance(seconds=30)
    await bench.poll()
    await bench.say()
    return day


async def told(bench: Bench) -> tuple[Effect, Asked]:
    """The answer of `/gatehouse sla`, and the same question for an export."""
    press = await bench.press("kim", "/gatehouse", kind=PressKind.COMMAND, text="sla 1d", message_ts="")
    await gatehouse(bench.desk, press)
    (answer,) = [one for one in await bench.say() if one.effect_id == f"answer:{press.press_id}"]
    facts = (await bench.last("sla_read")).facts
    return answer, Asked(datetime.fromisoformat(facts["from"]), datetime.fromisoformat(facts["to"]))


def lines_of(blocks: Sequence[Mapping[str, Any]]) -> list[str]:
    """Rich text as lines, times in UTC; a row of a table as the line that tells the same."""
    lines: list[str] = []
    for block in blocks:
        if block["type"] == "table":
            for name, count, late in ([lines_of([cell])[0] for cell in row] for row in block["rows"]):
                is_head = count == "Requests"
                lines.append(
                    name if is_head else f"{name}: {count}" + (f", {late} late" if late != "0" else "")
                )
        else:
            runs = (run for part in block["elements"] for run in part["elements"])
            lines += "".join(str(run.get("fallback", run.get("text"))) for run in runs).split("\n")
    return lines


def counted(day: Day, until: datetime) -> list[str]:
    """The figures by hand: sorted lists and nothing else."""
    decided = [one for one in day.requests if one.end in ("here", "portal")]
    five, fifteen = timedelta(minutes=5), timedelta(minutes=15)
    late = [
        one
        for one in day.requests
        if one.end != "withdrawn" and (one.ended_at or until) - one.asked_at > fifteen
    ]
    lines = [f"Late: {len(late)}"] if late else []
    for span in (five, fifteen):
        over = [
            one
            for one in day.requests
            if one.end != "withdrawn" and (one.ended_at or until) - one.asked_at > span
        ]
        judged = len(decided) + sum(not one.end for one in over)
        lines.append(f"Within {span.seconds // 60} min: {judged - len(over)} of {judged}")
    pairs = [
        (one.approved, pressed)
        for one in day.requests
        if one.end == "portal"
        for pressed in (one.pressed or {}).values()
    ]
    if any(one.pressed for one in day.requests):
        agreed = sum(decided == pressed for decided, pressed in pairs)
        lines.append(f"the press and the portal agreed in {agreed} of {len(pairs)}")
    return lines


def _words(seconds: int) -> str:
    minutes, rest = divmod(seconds, 60)
    if not minutes:
        return f"{rest} s"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min" + (f" {rest} s" if rest else "")


@pytest.mark.parametrize("seed", range(3))
async def test_slack_an_export_and_a_slow_count_agree_about_a_day(
    seed: int, valkey: RunningValkey, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async with open_bench(valkey, tmp_path, start=MORNING) as bench:
        day = await played(bench, seed)
        answer, asked = await told(bench)
        check_message_blocks(answer.blocks)
        tree = await bench.desk.tree.current()
        await bench.ledger.chain.export_to(tmp_path / "record")
    assert print_report(tmp_path / "record", asked) == 0
    offline = capsys.readouterr().out.splitlines()
    in_slack = lines_of(answer.blocks)
    for place in tree.organizations:
        in_slack = [
            line.replace(tree.name_or_id(place.organization_id), place.organization_id.lower())
            for line in in_slack
        ]
    assert in_slack == offline
    assert [block["type"] for block in answer.blocks] == ["rich_text", "table"]
    assert asked.until is not None
    for line in counted(day, asked.until):
        assert any(line in each for each in offline), (line, offline)
    assert print_report(tmp_path / "record", Asked(asked.since, asked.until, as_csv=True)) == 0
    _, *rows = capsys.readouterr().out.splitlines()
    seconds = {row.partition(",")[0]: row.rpartition(",")[2] for row in rows}
    for one in day.requests:
        told_s = seconds.pop(one.request_id)
        is_decided = one.ended_at is not None and one.end != "withdrawn"
        assert bool(told_s) is is_decided
        if one.ended_at is not None and is_decided:
            assert abs(int(told_s) - (one.ended_at - one.asked_at).total_seconds()) <= 1
    assert not seconds
    took = sorted(int(row.rpartition(",")[2]) for row in rows if not row.endswith(","))
    (spread,) = [each for each in offline if each.startswith("To the decision: ")]
    assert f"; half within {_words(took[ceil(len(took) / 2) - 1])}," in spread
    # The rows are rounded, so the average of them may lie a second beside that of the times.
    about = {_words(round(sum(took) / len(took)) + each) for each in (-1, 0, 1)}
    assert any(f": {each} on average" in spread for each in about)
