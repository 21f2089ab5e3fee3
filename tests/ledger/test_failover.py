"""A Sentinel group: what was promised survives the loss of the primary, and work goes on by itself."""

from __future__ import annotations

from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from bot.ledger import Ledger, LedgerUnavailable
from tests.ledger.build import case, change, committed
from tests.ledger.servers import AT_ONCE, free_port, in_the_end, server, until


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
