"""Points struck by several processes side by side, each with its own zygote and stages; told as they come."""

from __future__ import annotations

import asyncio
import json
import resource
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field

from bot import logs
from tests.crashes.everything import Point, run
from tests.crashes.notebook import Notebook, Tried
from tests.crashes.playing import Outcome
from tests.crashes.zygote import die_with_parent
from tests.flows.processes import ROOT

_LONGEST_LINE = 1 << 20


@dataclass
class Soak:
    """A run over many points, and how far it is."""

    notebook: Notebook
    told: Callable[[str], None]
    count: int
    done: list[Tried] = field(default_factory=list)
    processor_s: float = 0.0
    lost: list[str] = field(default_factory=list)
    _began: float = field(default_factory=time.monotonic)

    async def strike(self, points: Sequence[Point], hands: int, stages: int) -> None:
        """Strike at all of them."""
        shares = [share for number in range(hands) if (share := points[number::hands])]
        await asyncio.gather(*(self._hand(share, stages) for share in shares))

    async def _hand(self, points: Sequence[Point], stages: int) -> None:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.crashes.soak", str(stages),
            cwd=ROOT, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, limit=_LONGEST_LINE,
        )  # fmt: skip
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(json.dumps([asdict(point) for point in points]).encode())
        process.stdin.close()
        async for line in process.stdout:
            self._heard(json.loads(line))
        if status := await process.wait():
            self.lost.append(f"a process that struck ended with {status}; what it had left was not tried")

    def _heard(self, told: dict[str, object]) -> None:
        if "processor_s" in told:
            self.processor_s += float(str(told["processor_s"]))
            return
        point, outcome = Point(**told["point"]), Outcome(**told["outcome"])  # type: ignore[arg-type]
        one = self.notebook.note(point, outcome)
        self.done.append(one)
        self.told(f"[{len(self.done)}/{self.count}] {one.word} {one.point}{self._speed()}")
        for fault in one.faults:
            self.told(f"    {fault}")
        if not one.is_well:
            self.told(f'    again: make soak WHAT=crashes HOW="{again(point)}"')

    def _speed(self) -> str:
        a_minute = len(self.done) / (time.monotonic() - self._began) * 60
        if len(self.done) % 20 or not a_minute:
            return ""
        return f" ({a_minute:.0f} a minute, {(self.count - len(self.done)) / a_minute:.0f} minutes left)"

    def summary(self) -> str:
        """How it went, in a sentence."""
        minutes = (time.monotonic() - self._began) / 60
        broken = sum(bool(one.faults) for one in self.done)
        unreached = sum(not one.is_well and not one.faults for one in self.done)
        each_s = self.processor_s / max(1, len(self.done))
        return (
            f"{len(self.done)} of {self.count} points in {minutes:.1f} minutes, {each_s:.2f} s of a processor each: "
            f"{broken} broken, {unreached} never reached"
        )

    @property
    def is_well(self) -> bool:
        """Whether all were tried, and nothing is broken."""
        return len(self.done) == self.count and all(one.is_well for one in self.done) and not self.lost


def again(point: Point) -> str:
    """The arguments that strike at this point once more."""
    return f"--way '{point.way}' --point {point.id}"


def main(stages: int) -> None:
    """One of those processes: points in, outcomes out."""
    die_with_parent()
    logs.set_up(level="error", style="console")
    points = [Point(**one) for one in json.loads(sys.stdin.read())]

    def told(point: Point, outcome: Outcome) -> None:
        _tell({"point": asdict(point), "outcome": asdict(outcome)})

    asyncio.run(run(points, stages, told))
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    _tell({"processor_s": sum(one.ru_utime + one.ru_stime for one in used)})


def _tell(what: dict[str, object]) -> None:
    sys.stdout.write(json.dumps(what) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(int(sys.argv[1]))
