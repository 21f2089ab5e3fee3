"""The embedded server: one per folder, whoever starts it and however anybody dies; nothing acknowledged is lost."""

from __future__ import annotations

import asyncio
import os
import resource
import signal
import stat
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from bot.ledger import EmbeddedServer, Ledger, LedgerUnavailable, NoServer
from bot.ledger.connection import execute
from bot.ledger.embedded import find_binary
from bot.models import Event
from tests.ledger.build import case, change, committed
from tests.valkey import RunningValkey, running_valkey

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="there is no embedded server for Windows")


async def test_it_starts_keeps_everything_and_stops_with_its_last_user(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "data"
    server = EmbeddedServer(folder)
    ledger = await Ledger.connect(server, replica_id="replica-1")
    assert server.was_started_here
    await committed(ledger, change((case(), 0)))
    await ledger.close()
    assert not server._is_locked(), "the server has ended and given the folder back"
    again = await Ledger.connect(EmbeddedServer(folder), replica_id="replica-1")
    assert await again.open_case_ids() == ["case-1"]
    await again.close()


async def test_a_second_process_joins_the_running_server_and_the_last_one_stops_it(tmp_path: Path) -> None:
    first, second = EmbeddedServer(tmp_path), EmbeddedServer(tmp_path)
    one = await Ledger.connect(first, replica_id="replica-1")
    two = await Ledger.connect(second, replica_id="replica-2")
    assert (first.was_started_here, second.was_started_here) == (True, False)
    await committed(one, change((case(), 0)))
    started = first._process
    await one.close()
    assert await two.open_case_ids() == ["case-1"], "the one that started it may leave first"
    await two.close()
    assert not second._is_locked()
    assert started is not None
    assert await asyncio.to_thread(started.wait) == 0


async def test_many_that_start_at_once_share_one_server(tmp_path: Path) -> None:
    servers = [EmbeddedServer(tmp_path) for _ in range(6)]
    ledgers = await asyncio.gather(
        *(Ledger.connect(one, replica_id=f"r{n}") for n, one in enumerate(servers))
    )
    assert sum(one.was_started_here for one in servers) == 1
    answers = await asyncio.gather(*(one.commit(change((case(), 0))) for one in ledgers))
    assert sum(type(answer).__name__ == "Committed" for answer in answers) == 1
    for one in ledgers:
        await one.close()
    assert not servers[0]._is_locked()


async def test_a_killed_starter_leaves_a_server_that_the_next_start_adopts(tmp_path: Path) -> None:
    program = (
        "import asyncio, os, sys\nfrom pathlib import Path\nfrom bot.ledger import EmbeddedServer\n"
        "server = EmbeddedServer(Path(sys.argv[1]))\nasyncio.run(server.start())\n"
        "print(server._process.pid, flush=True)\nos.kill(os.getpid(), 9)\n"
    )
    killed = await asyncio.create_subprocess_exec(
        sys.executable, "-c", program, str(tmp_path), stdout=asyncio.subprocess.PIPE
    )
    output, _ = await killed.communicate()
    assert killed.returncode == -9
    server = EmbeddedServer(tmp_path)
    ledger = await Ledger.connect(server, replica_id="replica-1")
    assert not server.was_started_here
    async with RunningValkey(tmp_path).client() as client:
        info = await client.info("server")
    assert info["process_id"] == int(output)
    await ledger.close()
    assert not server._is_locked(), "an adopted server is stopped too when nobody uses it any more"


async def test_a_crashed_server_is_started_again_with_everything_acknowledged(tmp_path: Path) -> None:
    async with running_valkey(tmp_path) as valkey:
        ledger = await Ledger.connect(valkey.url, replica_id="replica-1")
        await ledger.commit_all([change((case(f"case-{n}"), 0)) for n in range(100)])
        await valkey.kill()
        server = EmbeddedServer(tmp_path)
        again = await Ledger.connect(server, replica_id="replica-2")
        assert server.was_started_here, "the kernel has freed the folder"
        assert len(await again.open_case_ids()) == 100
        await ledger.close()
        await again.close()


def _kill(pid: int) -> None:
    os.kill(pid, signal.SIGKILL)


def _fill_the_disk(pid: int) -> None:
    """No file may grow any more: the next write of the server fails as on a full disk."""
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (1, 1))


@pytest.mark.parametrize("harm", [_kill, _fill_the_disk])
async def test_a_server_that_ends_beside_its_users_is_started_again(
    tmp_path: Path, harm: Callable[[int], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the one who started it or by one who joined it; nothing that was acknowledged is lost."""
    monkeypatch.setattr("bot.ledger.embedded._WELL_S", 3600.0)
    ledger = await Ledger.connect(EmbeddedServer(tmp_path), replica_id="replica-1")
    joined = await Ledger.connect(EmbeddedServer(tmp_path), replica_id="replica-2")
    keeping = [asyncio.create_task(each.keep_server()) for each in (ledger, joined)]
    await ledger.record([Event(name="before")])
    number = (await ledger.chain.head()).number
    process = ledger._server._process if ledger._server else None
    assert process is not None
    with capture_logs() as lines:
        harm(process.pid)
        with suppress(LedgerUnavailable):
            await ledger.record([Event(name="into_the_dark")])
        await asyncio.to_thread(process.wait)
        async with asyncio.timeout(30):
            while not await _answers(ledger):
                pass
            # By whoever saw it first: the other one may find it running again.
            assert "is started again by itself" in ledger.server_trouble + joined.server_trouble
            monkeypatch.setattr("bot.ledger.embedded._WELL_S", 0.0)
            while ledger.server_trouble + joined.server_trouble:  # noqa: ASYNC110 - their looks set no event
                await asyncio.sleep(0.05)
    assert "embedded_server_ended" in {line["event"] for line in lines}
    assert (await ledger.chain.head()).number >= number
    for each in keeping:
        each.cancel()
    await asyncio.gather(*keeping, return_exceptions=True)
    await joined.close()
    await ledger.close()


async def test_its_log_does_not_grow_without_bound(tmp_path: Path) -> None:
    """The server goes on in a new one; what it said last is at hand in either."""
    server = EmbeddedServer(tmp_path)
    server.bound_log()  # there is none yet
    ledger = await Ledger.connect(server, replica_id="replica-1")
    log = tmp_path / "embedded.log"
    began = log.read_text("utf-8")
    server.bound_log()
    assert not (tmp_path / "embedded.log.1").exists()
    server.bound_log(most=10)
    assert (tmp_path / "embedded.log.1").read_text("utf-8") == began
    await ledger.close()
    assert "ready to exit" in log.read_text("utf-8")
    assert stat.S_IMODE(log.stat().st_mode) == 0o600
    server.bound_log(most=10)
    assert "ready to exit" in (tmp_path / "embedded.log.1").read_text("utf-8")
    assert server.last_words().endswith("it wrote no log")


async def _answers(ledger: Ledger) -> bool:
    """Takes a while where it does not: the call is tried again."""
    try:
        await ledger.record([Event(name="after")])
    except LedgerUnavailable:
        return False
    return True


async def test_a_data_folder_that_cannot_be_used_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("")
    for folder in (tmp_path / "data", tmp_path / "data" / "below", Path("/proc/gatehouse")):
        with pytest.raises(NoServer, match=r"cannot be used \(.*\[ledger\] data"):
            await EmbeddedServer(folder).start()


async def test_a_folder_that_is_open_to_others_is_closed(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir(mode=0o755)
    server = EmbeddedServer(tmp_path / "data")
    await server.start()
    await server.stop()
    assert stat.S_IMODE((tmp_path / "data").stat().st_mode) == 0o700


async def test_a_path_too_long_for_a_socket_gets_a_private_place(tmp_path: Path) -> None:
    folder = tmp_path / ("long-" * 20) / ("longer-" * 20)
    server = EmbeddedServer(folder)
    assert len(os.fsencode(server.socket_path)) <= 100
    ledger = await Ledger.connect(server, replica_id="replica-1")
    assert stat.S_IMODE(server.socket_path.parent.stat().st_mode) == 0o700
    second = EmbeddedServer(folder)
    other = await Ledger.connect(second, replica_id="replica-2")
    assert not second.was_started_here
    await other.close()
    await ledger.close()
    await asyncio.to_thread(server.socket_path.parent.rmdir)


async def test_a_private_place_that_others_may_enter_is_refused(tmp_path: Path) -> None:
    server = EmbeddedServer(tmp_path / ("long-" * 40))
    place = server.socket_path.parent
    place.mkdir(mode=0o755)
    place.chmod(0o755)
    try:
        with pytest.raises(NoServer, match="open to others"):
            await server.start()
    finally:
        place.rmdir()


async def test_only_its_owner_can_read_what_it_keeps(tmp_path: Path) -> None:
    async with running_valkey(tmp_path / "data") as valkey:
        ledger = await Ledger.connect(valkey.url, replica_id="replica-1")
        await committed(ledger, change((case(), 0)))
        await ledger.close()
        for path in [valkey.folder, *valkey.folder.rglob("*")]:
            assert path.lstat().st_mode & 0o077 == 0, path


async def test_its_settings_lose_nothing(tmp_path: Path) -> None:
    async with running_valkey(tmp_path) as valkey:
        ledger = await Ledger.connect(valkey.url, replica_id="replica-1")
        found = await ledger.durability()
        assert {one.weight.value for one in found} == {"good"}, found
        await ledger.close()
        async with valkey.client() as client:
            settings = await client.config_get("save", "appendonly", "appendfsync", "port")
            assert settings == {"save": "", "appendonly": "yes", "appendfsync": "always", "port": "0"}


@pytest.mark.parametrize(
    ("setting", "value", "weight", "says"),
    [
        ("appendonly", "no", "fault", "Set appendonly yes"),
        ("appendfsync", "everysec", "warning", "up to two seconds"),
        ("appendfsync", "no", "warning", "an unknown span"),
        ("maxmemory-policy", "allkeys-lru", "fault", "Set noeviction"),
        ("maxmemory", "1100000", "warning", "Raise maxmemory"),
    ],
)
async def test_a_server_that_may_lose_acknowledged_writes_is_told_plainly(
    tmp_path: Path, setting: str, value: str, weight: str, says: str
) -> None:
    async with running_valkey(tmp_path) as valkey:
        ledger = await Ledger.connect(valkey.url, replica_id="replica-1")
        async with valkey.client() as client:
            await client.config_set(setting, value)
        found = [one for one in await ledger.durability() if one.weight.value != "good"]
        assert [one.weight.value for one in found] == [weight], found
        assert says in found[0].sentence
        await ledger.close()


async def test_a_server_that_hides_its_settings_is_told(tmp_path: Path) -> None:
    async with running_valkey(tmp_path) as valkey:
        async with valkey.client() as client:
            await execute(
                client, "ACL", "SETUSER", "limited", "on", ">secret", "~*", "&*", "+@all", "-config"
            )
        url = f"unix://limited:secret@{valkey.socket_path}"
        ledger = await Ledger.connect(url, replica_id="replica-1")
        await committed(ledger, change((case(), 0)))
        found = [one for one in await ledger.durability() if one.weight.value != "good"]
        assert [one.weight.value for one in found] == ["warning"]
        assert "CONFIG GET" in found[0].sentence
        await ledger.close()


async def test_a_user_without_the_rights_is_told_that_nothing_is_stored(tmp_path: Path) -> None:
    async with running_valkey(tmp_path) as valkey:
        async with valkey.client() as client:
            await execute(
                client, "ACL", "SETUSER", "limited", "on", ">secret", "~*", "&*", "+@all", "-eval", "-evalsha"
            )
        with pytest.raises(LedgerUnavailable, match="refuses"):
            await Ledger.connect(f"unix://limited:secret@{valkey.socket_path}", replica_id="replica-1")
        with pytest.raises(LedgerUnavailable, match="cannot be reached"):
            await Ledger.connect(f"unix://limited:wrong@{valkey.socket_path}", replica_id="replica-1")


async def test_a_replica_is_refused_and_a_primary_that_does_not_wait_is_told(tmp_path: Path) -> None:
    async with running_valkey(tmp_path) as valkey:
        ledger = await Ledger.connect(valkey.url, replica_id="replica-1")
        async with valkey.client() as client:
            await client.replicaof("127.0.0.1", "1")
            found = [one.sentence for one in await ledger.durability() if one.weight.value == "fault"]
            assert any("takes no writes" in sentence for sentence in found)
            await client.replicaof("NO", "ONE")
        await ledger.close()


def test_the_binary_named_in_the_environment_comes_first(tmp_path: Path) -> None:
    program = tmp_path / "my-server"
    program.write_text("#!/bin/sh\n")
    with pytest.raises(NoServer, match=f"VALKEY_SERVER is {program}"):
        find_binary({"VALKEY_SERVER": str(program)})
    program.chmod(0o700)
    assert find_binary({"VALKEY_SERVER": str(program), "REDIS_SERVER": "/other"}) == program
    assert find_binary({"REDIS_SERVER": str(program)}) == program
    assert find_binary({}).name == "valkey-server"


def test_without_a_wheel_the_path_is_searched_and_nothing_found_is_told(tmp_path: Path) -> None:
    environment = {"PATH": str(tmp_path)}
    with pytest.raises(NoServer, match="Set REDIS_URL"):
        find_binary(environment, lambda: None)
    with pytest.raises(NoServer, match="Set REDIS_URL"):
        find_binary({}, lambda: None)
    program = tmp_path / "redis-server"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o700)
    assert find_binary(environment, lambda: None) == program


async def test_a_server_that_does_not_get_ready_is_unavailable(tmp_path: Path) -> None:
    async with running_valkey(tmp_path) as valkey:
        valkey.hang()
        server = EmbeddedServer(tmp_path, start_limit_s=0.2)
        with pytest.raises(LedgerUnavailable, match="not ready after"):
            await server.start()
        valkey.resume()


async def test_a_server_that_went_away_does_not_disturb_the_end(tmp_path: Path) -> None:
    async with running_valkey(tmp_path) as valkey:
        server = EmbeddedServer(tmp_path)
        ledger = await Ledger.connect(server, replica_id="replica-1")
        await valkey.kill()
        await ledger.close()
        assert not server._is_locked()


async def test_a_program_that_is_no_server_is_told_with_its_last_words(tmp_path: Path) -> None:
    program = tmp_path / "no-server"
    program.write_text("#!/bin/sh\necho 'cannot do that' > embedded.log\nexit 3\n")
    program.chmod(0o700)
    server = EmbeddedServer(tmp_path / "data", environment={"VALKEY_SERVER": str(program)})
    with pytest.raises(NoServer, match=r"status 3.*cannot do that"):
        await server.start()
    await server.stop()


async def test_a_program_that_cannot_be_executed_is_told(tmp_path: Path) -> None:
    program = tmp_path / "no-program"
    program.write_bytes(b"\x7fnot an executable")
    program.chmod(0o700)
    server = EmbeddedServer(tmp_path / "data", environment={"VALKEY_SERVER": str(program)})
    with pytest.raises(NoServer, match="cannot be run"):
        await server.start()
