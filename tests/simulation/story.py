"""What happens in one seed, drawn beforehand: happenings, each with its own chance, so that any may be left out."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from tests.simulation.network import (
    AFTER,
    BEFORE,
    LEDGER,
    NO_TOKEN,
    PORTAL,
    REFUSED,
    SLACK,
    SLOW,
    STALE,
    WAYS,
)

LENGTH_S = 100.0
"""Within it everything begins; what is bad has ended after it."""
ASK, PRESS, DECIDE, COMMAND, HOME = "ask", "press", "decide in the portal", "command", "home"
WEATHER, KILL, PAUSE, SERVER_CLOCK, OWN_CLOCK = "weather", "kill", "pause", "server clock", "own clock"
FAILOVER, ODD_ROWS, ACCESS, CHURN, CHANNEL = "failover", "odd rows", "access", "access churn", "channel"
STRIKE = "strike"
"""What happens at the very moment at which the next attempt is recorded: rare by chance, and what P2 is about."""
FAULTS = (WEATHER, KILL, PAUSE, SERVER_CLOCK, OWN_CLOCK, FAILOVER, ODD_ROWS, CHANNEL, STRIKE)
STRIKES = ("pause", "kill", "faster", "file", STALE, BEFORE, AFTER, SLOW, REFUSED)
"""The one who recorded it stands still or dies; somebody in the portal is faster; the access file changes just before;
what is read back tells how it was; the write itself meets a fault."""
LONGEST_S = {PORTAL: (2.0, 12.0, 25.0), SLACK: (2.0, 12.0, 25.0, 45.0), LEDGER: (0.5, 3.0)}
"""How long a slow call may be on its way. To Slack far longer than the bot waits for it (10 s); to the portal longer
than that too, and shorter than a request stays closed after it (`reopen_after_s`)."""
_COMPUTERS = {"brightwater": "BRW-WS-00", "calder-voss": "CVL-WS-00"}
_PRODUCTS = ("tideplan", "tideplan", "clearcall", "draftwright", "draftwright", "labelpress", "quickfix")
_QUESTIONS = (
    ("/blocked", "BRW-WS-001"),
    ("/blocked", "CVL-WS-002 24h"),
    ("/blocked", "path:tideplan"),
    ("/gatehouse", "find BRW-WS-003"),
    ("/gatehouse", "queue"),
    ("/gatehouse", "whoami"),
)
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
    found = [*_asked(chance), *_pressed(chance), *_typed(chance, seed), *_decided(chance)]
    found += [*_wrong(chance, replicas), *_struck(chance, seed), *_theme(chance, seed)]
    found.sort(key=lambda one: one.at_s)
    return Story(seed, replicas, chance.random() < 0.5, tuple(found))


def _asked(chance: random.Random) -> Iterator[Happening]:
    for _ in range(chance.randint(2, 5)):
        organization = chance.choice(("brightwater", "brightwater", "calder-voss"))
        kind, product = chance.choice(_KINDS), chance.choice(_PRODUCTS)
        at_s = chance.uniform(0, 60)
        for nth in (0, 1) if chance.random() < 0.3 else (0,):
            # The same on another computer joins the card.
            computer = f"{_COMPUTERS[organization]}{chance.randint(1, 5)}"
            yield Happening(at_s + 8 * nth, ASK, chance.getrandbits(32), (kind, computer, product))


def _pressed(chance: random.Random) -> Iterator[Happening]:
    for _ in range(chance.randint(6, 20)):
        seed, who = chance.getrandbits(32), chance.choice(_PEOPLE)
        how = chance.choices(("now", "twice", "stale"), (8, 2, 1))[0]
        yield Happening(chance.uniform(5, LENGTH_S), PRESS, seed, (who, how))


def _typed(chance: random.Random, seed: int) -> Iterator[Happening]:
    """A question in turn by somebody who may ask it, and others by anybody."""
    name, text = _QUESTIONS[seed % len(_QUESTIONS)]
    yield Happening(chance.uniform(5, LENGTH_S), COMMAND, chance.getrandbits(32), ("ana", name, text))
    for _ in range(chance.randint(0, 2)):
        at_s, who = chance.uniform(5, LENGTH_S), chance.choice(_PEOPLE)
        if chance.random() < 0.4:
            yield Happening(at_s, HOME, chance.getrandbits(32), (who,))
        else:
            yield Happening(at_s, COMMAND, chance.getrandbits(32), (who, *chance.choice(_QUESTIONS)))


def _keen(chance: random.Random, at_s: float, within_s: float, who: str = "") -> Happening:
    """Somebody who may decide presses what decides, while something is wrong."""
    at_s, who = at_s + chance.uniform(0, within_s), who or chance.choice(("ana", "kim", "lee"))
    return Happening(at_s, PRESS, chance.getrandbits(32), (who, "keen"))


def _struck(chance: random.Random, seed: int) -> Iterator[Happening]:
    """Each way in turn, so that no few seeds leave one out. Who was in doubt may press again, a minute later."""
    for nth in range(chance.choice((1, 1, 2, 3))):
        at_s, how = chance.uniform(5, 45), STRIKES[(seed + 4 * nth) % len(STRIKES)]
        lasts_s = chance.choice((30, 45, 65) if how == "pause" else (8, 25, 40)) * chance.uniform(0.8, 1.2)
        yield Happening(at_s, STRIKE, chance.getrandbits(32), (how,), lasts_s)
        yield from (_keen(chance, at_s, 15) for _ in range(3))
        yield from (_keen(chance, at_s + 55, 50) for _ in range(2))


def _theme(chance: random.Random, seed: int) -> Iterator[Happening]:
    """What would be rare among everything else, in turn."""
    at_s, lasts_s = chance.uniform(10, 50), chance.uniform(15, 30)
    match seed % 5:
        case 0:
            who = chance.choice(("bo", "ana", "kim"))
            yield Happening(at_s, ACCESS, chance.getrandbits(32), (who,))
            yield from (_keen(chance, at_s + 8, 30, who) for _ in range(3))
        case 1:
            yield Happening(at_s, WEATHER, chance.getrandbits(32), (SLACK, SLOW, 0.7, 45.0), lasts_s)
            yield from (_keen(chance, at_s, lasts_s) for _ in range(3))
        case 2:
            yield Happening(at_s, WEATHER, chance.getrandbits(32), (PORTAL, NO_TOKEN, 1.0, 2.0), lasts_s)
            yield _keen(chance, at_s, lasts_s)
        case 3:
            way = (AFTER, REFUSED, BEFORE)[seed // 5 % 3]
            yield Happening(at_s, WEATHER, chance.getrandbits(32), (LEDGER, way, 1.0, 0.5), lasts_s / 3)
            yield from (_keen(chance, at_s, lasts_s / 3) for _ in range(4))
        case _:
            place = ("card", "escalation", "audit")[seed // 5 % 3]
            how = chance.choice(("archived", "without the bot"))
            yield Happening(at_s, CHURN, chance.getrandbits(32), (), lasts_s)
            yield Happening(at_s, CHANNEL, chance.getrandbits(32), (place, how), lasts_s)


def _decided(chance: random.Random) -> Iterator[Happening]:
    for _ in range(chance.choice((0, 0, 1, 2))):
        yield Happening(chance.uniform(5, 90), DECIDE, chance.getrandbits(32))


def _wrong(chance: random.Random, replicas: int) -> Iterator[Happening]:
    for _ in range(chance.choice((0, 1, 2, 3, 4, 6, 9))):
        at_s, seed = chance.uniform(1, 85), chance.getrandbits(32)
        kind = chance.choices(FAULTS[:-1], (8, 3, 3, 1, 1, 2, 1, 2))[0]
        how, lasts_s = _how(chance, kind, f"r{chance.randrange(replicas)}")
        yield Happening(at_s, kind, seed, how, lasts_s)
        if chance.random() < 0.6:
            yield _keen(chance, at_s, min(lasts_s, 20.0))


def _how(chance: random.Random, kind: str, which: str) -> tuple[tuple[object, ...], float]:
    """What exactly goes wrong, and for how long."""
    match kind:
        case "weather":
            door = chance.choice((PORTAL, PORTAL, SLACK, LEDGER))
            way = chance.choice([one for one in WAYS[door] if one != STALE])
            how = (door, way, chance.choice((0.3, 0.6, 1.0)), chance.choice(LONGEST_S[door]))
            return how, chance.uniform(3, 40)
        case "kill":
            return (which,), chance.uniform(1, 30)
        case "pause":
            return (which,), chance.choice((2, 10, 31, 65)) * chance.uniform(0.8, 1.2)
        case "server clock":
            return (chance.choice((-3600, -30, 5, 30, 3600)),), 0.0
        case "own clock":
            return (which, chance.choice((-600, -20, 20))), 0.0
        case "failover":
            return (), chance.uniform(0.2, 1.0)
        case "odd rows":
            return (chance.choice(("null row", "no organization", "id is a number")),), chance.uniform(2, 20)
        case _:
            place = chance.choice(("card", "escalation", "audit"))
            return (place, chance.choice(("archived", "without the bot"))), chance.uniform(5, 40)
