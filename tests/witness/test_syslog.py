"""Seals by syslog: real sockets of each kind, and a collector as somebody would run it."""

from __future__ import annotations

import asyncio
import re
import ssl
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.audit import Seal, kept_seals
from bot.witness import NotDelivered, SyslogPlace
from bot.witness.syslog import message
from tests.ledger.certificates import certificates
from tests.witness.place import collecting

NOW = datetime(2026, 11, 2, 12, tzinfo=UTC)
SEAL = Seal(3, 40, 41, "c" * 40, "a" * 64, "b" * 64, key="k", signature="s")
_HEAD = re.compile(rb"<109>1 2026-11-02T12:00:00\.000Z [!-~]+ gatehouse [0-9]+ seal - \{[ -~]+\}")


def test_a_seal_is_one_message_of_rfc_5424() -> None:
    said = message(SEAL, NOW)
    assert _HEAD.fullmatch(said)
    assert kept_seals([said.decode()])[0].signed == SEAL


async def test_over_tcp_every_seal_arrives_in_order() -> None:
    async with collecting() as collector:
        seals = [SEAL, SEAL]
        await SyslogPlace(f"syslog+tcp://127.0.0.1:{collector.port}").deliver(seals, NOW)
        await asyncio.wait_for(collector.come.wait(), 5)
        assert [one.number for one in kept_seals(collector.lines)] == [41, 41]


async def test_over_udp_each_seal_is_a_datagram() -> None:
    arrived: asyncio.Queue[bytes] = asyncio.Queue()

    class Ear(asyncio.DatagramProtocol):
        def datagram_received(self, data: bytes, addr: object) -> None:  # noqa: ARG002 - asyncio's name
            """Keep it."""
            arrived.put_nowait(data)

    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_datagram_endpoint(Ear, local_addr=("127.0.0.1", 0))
    try:
        port = transport.get_extra_info("sockname")[1]
        await SyslogPlace(f"syslog+udp://127.0.0.1:{port}").deliver([SEAL], NOW)
        assert _HEAD.fullmatch(await asyncio.wait_for(arrived.get(), 5))
    finally:
        transport.close()


async def test_over_tls_only_to_who_is_vouched_for(tmp_path: Path) -> None:
    made = certificates(tmp_path / "tls")
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(made / "cert.pem", made / "key.pem")
    async with collecting(context) as collector:
        address = f"syslog+tls://localhost:{collector.port}"
        await SyslogPlace(address, made / "cert.pem").deliver([SEAL], NOW)
        await asyncio.wait_for(collector.come.wait(), 5)
        assert len(collector.messages) == 1
        with pytest.raises(NotDelivered, match="its certificate is not good"):
            await SyslogPlace(address).deliver([SEAL], NOW)
        assert len(collector.messages) == 1


async def test_a_collector_that_is_not_there_or_resets_is_a_silence() -> None:
    async with collecting() as collector:
        collector.resets = True
        place = SyslogPlace(f"syslog+tcp://127.0.0.1:{collector.port}")
        with pytest.raises(NotDelivered, match="cannot be reached"):
            await place.deliver([SEAL], NOW)
    with pytest.raises(NotDelivered, match="cannot be reached"):
        await place.deliver([SEAL], NOW)
