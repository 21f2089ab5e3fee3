"""A Sentinel group: what was promised survives the loss of the primary, and work goes on by itself."""

from __future__ import annotations

import asyncio
import signal
import subprocess
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest
from pydantic import SecretStr

from bot.audit import verify_export
from bot.checkup.findings import Weight
from bot.checkup.server import examine
from bot.ledger import Ledger, LedgerUnavailable
from bot.settings import LedgerSection
from tests.ledger.build import case, change, committed
from tests.ledger.servers import AT_ONCE, LOOK_AGAIN_S, free_port, in_the_end, kinds_of_server, server, until


@pytest.mark.timeout(90)
async def test_a_failover_loses_nothing_that_was_promised(tmp_path: Path) -> None:
    first, second, third, watcher = (free_port() for _ in range(4))
    watch = (
        f"sentinel monitor main 127.0.0.1 {first} 1",
        "sentinel down-after-milliseconds main 400",
        "sentinel failover-timeout main 3000",
    )
    async with AsyncExitStack() as stack:
        primary = await stack.enter_async_context(server(tmp_path / "first", first, AT_ONCE))
        await stack.enter_async_context(
            server(tmp_path / "second", second, AT_ONCE, f"replicaof 127.0.0.1 {first}")
        )
        await until(first, "INFO", "replication", shows="'state': 'online'")
        await stack.enter_async_context(server(tmp_path / "watcher", watcher, *watch, sentinel=True))
        await until(watcher, "SENTINEL", "REPLICAS", "main", shows=str(second))
        ledger = await Ledger.connect(
            f"redis+sentinel://127.0.0.1:{watcher}/main", replica_id="replica-1", copies=1
        )
        stack.push_async_callback(ledger.close)
        await in_the_end(lambda: ledger.commit(change((case("case-0"), 0))))
        for number in range(1, 50):
            await committed(ledger, change((case(f"case-{number}"), 0)))
        told = [one.sentence for one in await ledger.durability()]
        assert any("Set min-replicas-to-write 1" in sentence for sentence in told)
        primary.kill()
        last = change((case("after"), 0))
        with pytest.raises(LedgerUnavailable):
            await ledger.commit(last)
        # The new primary has no replica to copy to: the change is stored there, but not promised before there is one.
        await until(second, "INFO", "replication", shows="'role': 'master'")
        single = await Ledger.connect(f"redis://127.0.0.1:{second}", replica_id="replica-2")
        stack.push_async_callback(single.close)
        stored = await committed(single, last)
        assert len(await in_the_end(ledger.open_case_ids)) == 51
        with pytest.raises(LedgerUnavailable, match="a failover could lose it"):
            await ledger.commit(last)
        await stack.enter_async_context(server(tmp_path / "third", third, f"replicaof 127.0.0.1 {second}"))
        assert await in_the_end(lambda: ledger.commit(last)) == stored


PASSWORD: Final = "p4"


@dataclass(frozen=True)
class Group:
    """A primary with two replicas, watched by three Sentinels, as docs/ledger.md asks for it."""

    url: str
    ports: tuple[int, ...]
    primary: subprocess.Popen[bytes]


@asynccontextmanager
async def group(folder: Path, program: Path | None) -> AsyncIterator[Group]:
    ports, watchers = [free_port() for _ in range(3)], [free_port() for _ in range(3)]
    kept = (
        "appendonly yes",
        "appendfsync always",
        "min-replicas-to-write 1",
        "min-replicas-max-lag 2",
        AT_ONCE,
    )
    closed = f"requirepass {PASSWORD}", f"masterauth {PASSWORD}"
    login: dict[str, Any] = {"password": PASSWORD}
    async with AsyncExitStack() as stack:
        started = []
        for number, port in enumerate(ports):
            of = (f"replicaof 127.0.0.1 {ports[0]}",) if number else ()
            made = server(folder / f"server{number}", port, *kept, *closed, *of, program=program, **login)
            started.append(await stack.enter_async_context(made))
        await until(ports[0], "INFO", "replication", shows="'slave1': ", **login)
        await until(ports[0], "WAIT", "2", "10000", shows="2", **login)
        watch = (
            f"sentinel monitor main 127.0.0.1 {ports[0]} 2",
            f"sentinel auth-pass main {PASSWORD}",
            "sentinel down-after-milliseconds main 400",
            "sentinel failover-timeout main 3000",
            # The least that a Sentinel's user needs.
            "user default off",
            "user keeper on >keeper ~* &* +@all",
            "user reader on >s ~* -@all +sentinel|masters",
            "sentinel sentinel-user keeper",
            "sentinel sentinel-pass keeper",
        )
        keeper: dict[str, Any] = {"username": "keeper", "password": "keeper"}
        for number, port in enumerate(watchers):
            place = folder / f"watcher{number}"
            await stack.enter_async_context(
                server(place, port, *watch, sentinel=True, program=program, **keeper)
            )
        for port in watchers:
            await until(port, "SENTINEL", "CKQUORUM", "main", shows="OK 3 usable", **keeper)
            await until(port, "SENTINEL", "REPLICAS", "main", shows=str(ports[2]), **keeper)
        hosts = ",".join(f"127.0.0.1:{port}" for port in watchers)
        options = "sentinel_username=reader&sentinel_password=s"
        yield Group(f"redis+sentinel://:{PASSWORD}@{hosts}/main?{options}", tuple(ports), started[0])


@pytest.mark.timeout(120)
@pytest.mark.parametrize("program", kinds_of_server())
@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGSTOP], ids=["killed", "frozen"])
async def test_p4_p7_writers_go_on_and_nothing_that_was_acknowledged_is_missing(
    tmp_path: Path, program: Path | None, end: signal.Signals
) -> None:
    """Whoever was frozen wakes up as a primary of the past, and what is tried there is acknowledged to nobody."""
    async with group(tmp_path, program) as found:
        faults = await examine(LedgerSection(redis_url=SecretStr(found.url)))
        assert [one.sentence for one in faults if one.weight is not Weight.GOOD] == []
        ledger = await Ledger.connect(found.url, replica_id="replica-1")
        acknowledged: list[str] = []
        over = False

        async def write(writer: int) -> None:
            number = 0
            while not over:
                name = f"case-{writer}-{number}"
                made = change((case(name), 0))
                await in_the_end(lambda: committed(ledger, made))  # noqa: B023 - it is awaited here
                acknowledged.append(name)
                number += 1

        writers = [asyncio.create_task(write(number)) for number in range(4)]
        await _grows(acknowledged, 100)
        found.primary.send_signal(end)
        await _grows(acknowledged, len(acknowledged) + 300)
        found.primary.send_signal(signal.SIGCONT)
        await _grows(acknowledged, len(acknowledged) + 300)
        over = True
        await asyncio.gather(*writers)
        kept = await in_the_end(ledger.open_case_ids)
        assert sorted(acknowledged) == sorted(kept), "each once, and none that nobody was told of"
        lines = [line async for line in ledger.chain.export()]
        assert verify_export(lines).problems == []
        assert (await ledger.chain.head()).number == len(kept)
        await ledger.close()


async def _grows(names: list[str], least: int) -> None:
    async with asyncio.timeout(60):
        while len(names) < least:  # noqa: ASYNC110 - it is the servers that are waited for
            await asyncio.sleep(LOOK_AGAIN_S)
