"""Lists over many open cases: the queue, a caller, a blocked item, App Home, and what one tick costs beside them."""

from __future__ import annotations

import gc
import random
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, cast

from bot.app.living import spare_what_stays
from bot.cards.app_home import DeskView, Which
from bot.desk import Amendment, Desk, Presser, TreeDesk, case_change, event_of, identify
from bot.ledger import Ledger
from bot.lookup import find, home, queue
from bot.lookup.open_cases import open_requests
from bot.lookup.reading import RowGroup
from bot.lookup.scope import Scope
from bot.models import Case, Kind, PortalState, PressKind, Sighting, Standing
from bot.rules import lifecycle
from permissions import Organization, OrganizationTree
from tests.bench.figures import Figure, figure
from tests.cards.samples import facts
from tests.desk import BENCH_SECRET, Bench, UseCase, open_bench
from tests.valkey import RunningValkey

OPEN, ORGANIZATIONS = 100_000, 200
_ASKED = 100
"""Times that each question is put; the slowest of them stands for the 99th percentile."""
_BATCH = 100
_PATIENCE_S = 60.0
"""A busy machine may take long over a batch; the bench waits for it."""


class Tree:
    """Two hundred organizations below the stand-in's uppermost one, always fresh."""

    def __init__(self, bench: Bench) -> None:
        world = bench.portal.world.organizations.values()
        root = next(one.organization_id for one in world if one.name == "rowanbridge")
        listed = [Organization(organization_id=root, name="Rowanbridge")]
        listed += [
            Organization(organization_id=f"o{number}", name=f"Organization {number}", parent_id=root)
            for number in range(ORGANIZATIONS)
        ]
        self._bench, self._listed = bench, tuple(listed)

    async def current(self, *, holding: str = "") -> OrganizationTree:  # noqa: ARG002 - the protocol's name
        """As if read a moment ago."""
        return OrganizationTree(organizations=self._listed, fetched_at=self._bench.desk.now())

    def latest(self) -> OrganizationTree | None:
        """The same."""
        return OrganizationTree(organizations=self._listed, fetched_at=self._bench.desk.now())


async def measure(folder: Path, opened: int = OPEN) -> list[Figure]:
    """A row for each question, a full reading of all open cases first."""
    server = RunningValkey(folder / "listing")
    await server.start()
    try:
        async with open_bench(server, folder) as bench:
            patient = await Ledger.connect(
                server.url, replica_id="patient", limit_s=_PATIENCE_S, secret=BENCH_SECRET
            )
            await patient.tick()
            bench.desk = replace(
                bench.desk, ledger=patient, access=replace(bench.desk.access, ledger=patient)
            )
            await fill(bench.desk, opened)
            spare_what_stays()  # As in a bot's process: a full pass of the collector takes 50 ms of what else is here.
            rows = await questions(bench)
            await patient.close()
            return rows
    finally:
        gc.unfreeze()
        await server.stop()


async def questions(bench: Bench) -> list[Figure]:
    """As they are put by somebody who sees every organization."""
    tree = cast("TreeDesk", Tree(bench))
    bench.desk = replace(bench.desk, tree=tree, access=replace(bench.desk.access, tree=tree))
    dice, total = random.Random(3), await bench.ledger.index.count()
    began = time.perf_counter()
    await bench.ledger.open_cases()
    rows = [figure("every open case read", [time.perf_counter() - began], time.perf_counter() - began)]
    homes: dict[str, DeskView] = {
        "App Home": DeskView(),
        "App Home, late": DeskView(which=Which.LATE),
        "App Home, a page in the middle": DeskView(which=Which.ALL, page=total // 40),
        "App Home, one organization": DeskView(organization_id="o7", kind=Kind.APPLICATION),
    }
    rows.append(await _timed(bench, "queue", queue, lambda: {"text": "queue"}))
    rows.append(await _timed(bench, "find", find, lambda: {"text": f"find WS-{dice.randrange(total):06}"}))
    rows.append(await _timed(bench, "find, a part of every name", find, lambda: {"text": "find ws-"}))
    rows.append(await _timed(bench, "find, a part with *", find, lambda: {"text": "find ws*9*example"}))
    for name, view in homes.items():
        rows.append(
            await _timed(bench, name, home, lambda: {"kind": PressKind.HOME, "values": {"more": str(view)}})  # noqa: B023
        )
    return [*rows, await _blocked(bench, dice, total)]


async def _timed(bench: Bench, name: str, use_case: UseCase, more: Callable[[], dict[str, Any]]) -> Figure:
    seconds: list[float] = []
    for number in range(_ASKED + 2):
        press = await bench.press("ana", name, None, **more())
        began = time.perf_counter()
        await use_case(bench.desk, press)
        if number > 1:
            seconds.append(time.perf_counter() - began)
        for claimed in await bench.ledger.claim_effects(10, timedelta(seconds=30)):
            await bench.ledger.effect_done(claimed)
    return figure(name, seconds, sum(seconds))


async def _blocked(bench: Bench, dice: random.Random, total: int) -> Figure:
    """What the ledger adds to `/blocked`: the open request of each of five groups of blocked items."""
    presser = await _ana(bench)
    seconds: list[float] = []
    for _ in range(_ASKED):
        now, numbers = bench.desk.now(), [dice.randrange(total) for _ in range(5)]
        scope = Scope(presser, await bench.desk.tree.current(), now)
        groups = [_group(number, now) for number in numbers]
        began = time.perf_counter()
        found = await open_requests(bench.desk, scope, groups)
        seconds.append(time.perf_counter() - began)
        if not all(one.is_open for one in found):
            raise AssertionError("a blocked item's open request was not found")
    return figure("/blocked, the requests of a page", seconds, sum(seconds))


async def _ana(bench: Bench) -> Presser:
    found = await identify(bench.desk, await bench.press("ana", "blocked"))
    if found is None:
        raise AssertionError("ana is not recognised")
    return found


def _group(number: int, now: datetime) -> RowGroup:
    one = nth_facts(number)
    return RowGroup(
        organization_id=one.organization_id,
        path=one.path,
        hash=one.hash,
        sha256="",
        action="execute",
        simulated=False,
        count=1,
        last_at=now,
        policy="Default Deny",
        computers=(one.computer_name,),
        users=(),
    )


def nth_facts(number: int) -> Any:
    """One request of so many: its own file, one of two hundred organizations, of three kinds."""
    kind = (Kind.APPLICATION, Kind.APPLICATION, Kind.ELEVATION, Kind.STORAGE)[number // ORGANIZATIONS % 4]
    return facts(
        number,
        organization_id=f"o{number % ORGANIZATIONS}",
        organization_name=f"Organization {number % ORGANIZATIONS}",
        kind=kind,
        computer_id=f"comp-{number:06}",
        computer_name=f"WS-{number:06}",
        path=rf"C:\Tools\tool{number}.exe",
        hash=f"{number + 0xA0:032X}",
        requestor=f"CONTOSO\\dana{number}",
        requestor_email=f"dana{number}@contoso.example",
    )


def _nth_case(desk: Desk, number: int, now: datetime) -> Case:
    asked_at = now - timedelta(seconds=number % 7200)
    told = nth_facts(number).model_copy(update={"requested_at": asked_at})
    state = PortalState(status_id=1, status_label="Pending", standing=Standing.PENDING)
    return lifecycle.open_case(f"c{number:024x}", Sighting(facts=told, state=state), now, desk.rules)


async def fill(desk: Desk, opened: int) -> None:
    """So many open cases, taken in during the last two hours; nothing of them is due or queued."""
    now = desk.now()
    for start in range(0, opened, _BATCH):
        made = [_nth_case(desk, number, now) for number in range(start, min(opened, start + _BATCH))]
        changes = [
            case_change(desk, None, Amendment(one, (event_of("case_opened", None, one),))) for one in made
        ]
        await desk.ledger.commit_all([replace(change, effects=(), due=()) for change in changes])
