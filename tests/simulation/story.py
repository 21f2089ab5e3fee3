"""What happens in one seed, drawn beforehand: happenings, each with its own chance, so that any may be left out."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from tests.simulation.network import LEDGER, PORTAL, SLACK, WAYS

LENGTH_S = 100.0
"""Within it everything begins; what is bad has ended after it."""
ASK, PRESS, DECIDE = "ask", "press", "decide in the portal"
WEATHER, KILL, PAUSE, SERVER_CLOCK, OWN_CLOCK = "weather", "kill", "pause", "server clock", "own clock"
FAILOVER, ODD_ROWS, ACCESS = "failover", "odd rows", "access"
FAULTS = (WEATHER, KILL, PAUSE, SERVER_CLOCK, OWN_CLOCK, FAILOVER, ODD_ROWS)
_COMPUTERS = {"brightwater": "BRW-WS-00", "calder-voss": "CVL-WS-00"}
_PRODUCTS = ("tideplan", "tideplan", "clearcall", "draftwright", "draftwright", "labelpress", "quickfix")
_KINDS = ("execute",) * 6 + ("install", "elevate", "elevate", "read")
_PEOPLE = (
    *("ana",) * 5,
    *("bo", "kim", "lee") * 3,
    *("eve", "hal", "zoe", "ray", "req", "gus", "pat", "dee"),
)


@dataclass(frozen=True)
class Happening:
    """One thing that happens, at a moment; `how` tells the rest."""

    at_s: float
    kind: str
    seed: int
    how: tuple[object, ...] = ()
    lasts_s: float = 0.0

    @property
    def is_fault(self) -> bool:
        """Whether it is something that goes wrong."""
        return self.kind in FAULTS

    def __str__(self) -> str:
        lasts = f" for {self.lasts_s:.1f} s" if self.lasts_s else ""
        return f"{self.at_s:7.2f} s  {self.kind} {' '.join(map(str, self.how))}{lasts}".rstrip()


@dataclass(frozen=True)
class Story:
    """Everything that a run is made of."""

    seed: int
    replicas: int
    guards: bool
    """Whether the portal refuses a second decision; the bot must not need it."""
    happenings: tuple[Happening, ...]

    def without(self, left_out: Sequence[Happening]) -> Story:
        """The same story with less in it."""
        return replace(self, happenings=tuple(one for one in self.happenings if one not in left_out))

    def __str__(self) -> str:
        guard = "refuses" if self.guards else "takes"
        lines = [f"seed {self.seed}: {self.replicas} replicas, a portal that {guard} second decisions"]
        return "\n".join([*lines, *(f"  {one}" for one in self.happenings)])


def drawn(seed: int) -> Story:
    """The story of a seed."""
    chance = random.Random(f"story of {seed}")
    replicas = chance.choice((2, 2, 3))
    found = [*_asked(chance), *_pressed(chance), *_decided(chance), *_wrong(chance, replicas)]
    if chance.random() < 0.25:
        at_s = chance.uniform(15, 80)
        found.append(Happening(at_s, ACCESS, chance.getrandbits(32), (chance.choice(("bo", "ana", "kim")),)))
    found.sort(key=lambda one: one.at_s)
    return Story(seed, replicas, chance.random() < 0.5, tuple(found))


def _asked(chance: random.Random) -> Iterator[Happening]:
    for _ in range(chance.randint(2, 5)):
        organization = chance.choice(("brightwater", "brightwater", "calder-voss"))
        kind, product = chance.choice(_KINDS), chance.choice(_PRODUCTS)
        computer = f"{_COMPUTERS[organization]}{chance.randint(1, 5)}"
        yield Happening(chance.uniform(0, 60), ASK, chance.getrandbits(32), (kind, computer, product))


def _pressed(chance: random.Random) -> Iterator[Happening]:
    for _ in range(chance.randint(6, 20)):
        seed, who = chance.getrandbits(32), chance.choice(_PEOPLE)
        how = chance.choices(("now", "twice", "stale"), (8, 2, 1))[0]
        yield Happening(chance.uniform(5, LENGTH_S), PRESS, seed, (who, how))


def _decided(chance: random.Random) -> Iterator[Happening]:
    for _ in range(chance.choice((0, 0, 1, 2))):
        yield Happening(chance.uniform(5, 90), DECIDE, chance.getrandbits(32))


def _wrong(chance: random.Random, replicas: int) -> Iterator[Happening]:
    for _ in range(chance.choice((0, 1, 2, 3, 4, 6, 9))):
        at_s, seed = chance.uniform(1, 85), chance.getrandbits(32)
        which = f"r{chance.randrange(replicas)}"
        match chance.choices(FAULTS, (8, 3, 3, 1, 1, 2, 1))[0]:
            case "weather":
                door = chance.choice((PORTAL, PORTAL, SLACK, LEDGER))
                longest = chance.choice((2.0, 12.0, 25.0)) if door != LEDGER else chance.choice((0.5, 3.0))
                how: tuple[object, ...] = (
                    door,
                    chance.choice(WAYS[door]),
                    chance.choice((0.3, 0.6, 1.0)),
                    longest,
                )
                yield Happening(at_s, WEATHER, seed, how, chance.uniform(3, 40))
            case "kill":
                yield Happening(at_s, KILL, seed, (which,), chance.uniform(1, 30))
            case "pause":
                yield Happening(
                    at_s, PAUSE, seed, (which,), chance.choice((2, 10, 31, 65)) * chance.uniform(0.8, 1.2)
                )
            case "server clock":
                yield Happening(at_s, SERVER_CLOCK, seed, (chance.choice((-3600, -30, 5, 30, 3600)),))
            case "own clock":
                yield Happening(at_s, OWN_CLOCK, seed, (which, chance.choice((-600, -20, 20))))
            case "failover":
                yield Happening(at_s, FAILOVER, seed, (), chance.uniform(0.2, 1.0))
            case "odd rows":
                how = (chance.choice(("null row", "no organization", "id is a number")),)
                yield Happening(at_s, ODD_ROWS, seed, how, chance.uniform(2, 20))
