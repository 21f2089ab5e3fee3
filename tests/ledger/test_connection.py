"""The way to the server: lost answers, hung and dead servers, fairness, cancellation."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import pytest
from redis.asyncio.sentinel import SentinelConnectionPool

from bot.ledger import Committed, Ledger, LedgerUnavailable
from bot.ledger.connection import CONNECTIONS, Connection, client_of
from tests.ledger.build import LEASE, case, change, committed, press
from tests.ledger.proxy import losing_proxy
from tests.valkey import RunningValkey, running_valkey

ANSWER_LIMIT_S = 2.0


async def test_a_lost_answer_does_not_tell_the_winner_that_it_lost(
    ledger: Ledger, valkey: RunningValkey
) -> None:
    async with losing_proxy(valkey.socket_path) as proxy:
        through = await Ledger.connect(proxy.url, replica_id="replica-2")
        proxy.lose_answer_to(b"op-lost")
        answer = await through.commit(change((case(), 0), op_id="op-lost"))
        assert isinstance(answer, Committed)
        assert proxy.lost == 1
        await through.close()
    stored = await ledger.case("case-1")
    assert stored is not None
    assert stored.version == 1
    assert (await ledger.chain.head()).number == 1


async def test_a_lost_answer_does_not_make_a_press_a_replay(ledger: Ledger, valkey: RunningValkey) -> None:
    async with losing_proxy(valkey.socket_path) as proxy:
        through = await Ledger.connect(proxy.url, replica_id="replica-2")
        proxy.lose_answer_to(b"press-1")
        assert await through.store_press(press())
        assert proxy.lost == 1
        assert not await through.store_press(press())
        await through.close()
    assert await ledger.waiting_presses() == 1


async def test_a_lost_answer_to_a_taking_call_is_not_asked_again(
    ledger: Ledger, valkey: RunningValkey
) -> None:
    """What it took is unknown: it lapses and comes again, rather than being taken in somebody's name twice."""
    await ledger.take_presses(10, LEASE)
    await ledger.store_press(press())
    async with losing_proxy(valkey.socket_path) as proxy:
        through = await Ledger.connect(proxy.url, replica_id="replica-2")
        proxy.lose_answer_to(through._door.instance.encode())
        with pytest.raises(LedgerUnavailable):
            await through.take_presses(10, LEASE)
        await through.close()
    assert await ledger.take_presses(10, LEASE) == []
    await valkey.travel(LEASE)
    assert len(await ledger.take_presses(10, LEASE)) == 1


async def test_a_hung_server_is_reported_within_two_seconds_to_everybody(tmp_path: Path) -> None:
    async with running_valkey(tmp_path) as valkey:
        ledger = await Ledger.connect(valkey.url, replica_id="replica-1")
        valkey.hang()
        started = time.monotonic()
        answers = await asyncio.gather(*(ledger.case("case-1") for _ in range(50)), return_exceptions=True)
        assert time.monotonic() - started < ANSWER_LIMIT_S
        assert {type(answer) for answer in answers} == {LedgerUnavailable}
        valkey.resume()
        await committed(ledger, change((case(), 0)))
        await ledger.close()


async def test_a_dead_server_is_reported_and_a_restarted_one_used_again(tmp_path: Path) -> None:
    async with running_valkey(tmp_path) as valkey:
        ledger = await Ledger.connect(valkey.url, replica_id="replica-1")
        await committed(ledger, change((case(), 0)))
        await valkey.kill()
        started = time.monotonic()
        with pytest.raises(LedgerUnavailable, match="cannot be reached"):
            await ledger.commit(change((case(), 1)))
        assert time.monotonic() - started < ANSWER_LIMIT_S
        await valkey.start()
        await committed(ledger, change((case(), 1)))
        await ledger.close()


async def test_nothing_that_was_acknowledged_is_lost_by_a_crash(tmp_path: Path) -> None:
    """The server is killed in the middle of many changes; afterwards every acknowledged one is there, once."""
    async with running_valkey(tmp_path) as valkey:
        ledger = await Ledger.connect(valkey.url, replica_id="replica-1")
        acknowledged: list[str] = []
        enough = asyncio.Event()

        async def work(worker: int) -> None:
            for number in range(10_000):
                name = f"case-{worker}-{number}"
                try:
                    await committed(ledger, change((case(name), 0)))
                except LedgerUnavailable:
                    return
                acknowledged.append(name)
                if len(acknowledged) > 200:
                    enough.set()

        workers = [asyncio.create_task(work(number)) for number in range(8)]
        await enough.wait()
        await valkey.kill()
        await asyncio.gather(*workers)
        await valkey.start()
        kept = await ledger.open_case_ids()
        assert set(acknowledged) <= set(kept)
        head = await ledger.chain.head()
        assert head.number == len(kept), "a change and its event come together or not at all"
        await ledger.close()


async def test_no_caller_starves_while_others_keep_the_connections_busy(valkey: RunningValkey) -> None:
    connection = Connection(client_of(valkey.url))
    rounds = dict.fromkeys(range(CONNECTIONS + 8), 0)

    async def caller(number: int) -> None:
        while min(rounds.values()) < 20:
            await connection.run("PING")
            rounds[number] += 1

    async with asyncio.timeout(20):
        await asyncio.gather(*(caller(number) for number in rounds))
    assert max(rounds.values()) < 20 * 10
    await connection.close()


async def test_a_cancelled_call_ends_at_once_and_nobody_gets_its_answer(valkey: RunningValkey) -> None:
    connection = Connection(client_of(valkey.url), at_once=2)
    swallowed = 0
    for number in range(200):
        task = asyncio.create_task(connection.run("ECHO", f"cancelled-{number}"))
        for _ in range(number % 7):
            await asyncio.sleep(0)
        was_done = task.done()
        task.cancel()
        try:
            await task
            swallowed += not was_done
        except asyncio.CancelledError:
            pass
        assert await connection.run("ECHO", f"mine-{number}") == f"mine-{number}"
    assert swallowed == 0
    await connection.close()


async def test_scripts_are_loaded_again_when_the_server_has_forgotten_them(
    ledger: Ledger, valkey: RunningValkey
) -> None:
    async with valkey.client() as client:
        await client.script_flush()
    answers = await ledger.commit_all([change((case(f"case-{number}"), 0)) for number in range(3)])
    assert [type(answer) for answer in answers] == [Committed] * 3


async def test_a_server_without_memory_is_unavailable_and_nothing_is_half_written(tmp_path: Path) -> None:
    async with running_valkey(tmp_path) as valkey:
        ledger = await Ledger.connect(valkey.url, replica_id="replica-1")
        async with valkey.client() as client:
            await client.config_set("maxmemory", "1")
            with pytest.raises(LedgerUnavailable, match="refuses to write"):
                await ledger.commit(change((case(), 0)))
            with pytest.raises(LedgerUnavailable, match="OOM"):
                await ledger.tick()
            await client.config_set("maxmemory", "0")
        assert await ledger.case("case-1") is None
        assert (await ledger.chain.head()).number == 0
        await ledger.close()


async def test_a_fault_of_ours_is_not_called_unavailable(valkey: RunningValkey) -> None:
    connection = Connection(client_of(valkey.url))
    with pytest.raises(Exception, match="wrong number of arguments") as raised:
        await connection.run("GET")
    assert not isinstance(raised.value, LedgerUnavailable)
    await connection.close()


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("http://localhost", "cannot be read"),
        ("localhost:6379", "cannot be read"),
        ("redis+sentinel://h:26379", "hosts or service are missing"),
        ("redis+sentinel:///main/0", "hosts or service are missing"),
        ("redis+sentinel://h:port/main", "port"),
    ],
)
def test_an_address_that_cannot_be_read_is_told(url: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        client_of(url)


async def test_a_sentinel_address_names_nodes_service_and_database() -> None:
    client = client_of("redis+sentinel://user:p%40ss@one:26380,two/main/3?sentinel_password=s")
    pool = client.connection_pool
    assert isinstance(pool, SentinelConnectionPool)
    assert pool.service_name == "main"
    assert pool.connection_kwargs["db"] == 3
    assert (pool.connection_kwargs["username"], pool.connection_kwargs["password"]) == ("user", "p@ss")
    nodes = [one.connection_pool.connection_kwargs for one in pool.sentinel_manager.sentinels]
    assert [(node["host"], node["port"], node["password"]) for node in nodes] == [
        ("one", 26380, "s"),
        ("two", 26379, "s"),
    ]
    await client.aclose()


async def test_an_unreachable_sentinel_group_is_unavailable_in_time() -> None:
    started = time.monotonic()
    with pytest.raises(LedgerUnavailable):
        await Ledger.connect("redis+sentinel://127.0.0.1:1,127.0.0.1:2/main", replica_id="replica-1")
    assert time.monotonic() - started < ANSWER_LIMIT_S


async def test_a_server_that_is_not_there_has_surely_done_nothing(tmp_path: Path) -> None:
    async with running_valkey(tmp_path) as valkey:
        ledger = await Ledger.connect(valkey.url, replica_id="replica-1")
        await ledger.close()
        await valkey.kill()
        with pytest.raises(LedgerUnavailable) as told:
            await ledger.store_press(press("p-dead"))
        assert not told.value.maybe_done


async def test_a_server_that_hangs_may_have_stored_what_it_did_not_answer(tmp_path: Path) -> None:
    """And has: the press is carried out when it wakes, so nobody is told that nothing was done."""
    async with running_valkey(tmp_path) as valkey:
        ledger = await Ledger.connect(valkey.url, replica_id="replica-1")
        await ledger.store_press(press("p-before"))
        valkey.hang()
        with pytest.raises(LedgerUnavailable) as told:
            await ledger.store_press(press("p-hung"))
        assert told.value.maybe_done
        valkey.resume()
        taken = await ledger.take_presses(5, LEASE)
        assert [one.press_id for one in taken] == ["p-before", "p-hung"]
        await ledger.close()


class _ClosingBadly:
    """A client that is cancelled in the middle, closes the connection for that, and tells only that this failed."""

    def __init__(self) -> None:
        self.asked = asyncio.Event()
        self.times = 0

    async def execute_command(self, *_: object) -> object:
        self.times += 1
        self.asked.set()
        try:
            return await asyncio.Event().wait()
        finally:
            raise ConnectionResetError("while it was closed")


async def test_a_cancellation_is_none_of_the_servers_faults() -> None:
    """Taken for one, the call is made again, and whoever waits for its end waits for ever: no poll, by no replica."""
    client = _ClosingBadly()
    call = asyncio.create_task(Connection(client).run("PING"))  # type: ignore[arg-type]
    await client.asked.wait()
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    assert client.times == 1


async def test_a_call_whose_time_is_over_says_so_however_its_connection_is_closed() -> None:
    client = _ClosingBadly()
    with pytest.raises(LedgerUnavailable, match=r"did not answer within 0\.05 s"):
        await Connection(client, limit_s=0.05).run("PING")  # type: ignore[arg-type]
    assert client.times == 1
