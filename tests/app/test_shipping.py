"""Every event goes to a collector, at least once and in order, whatever happens to it: real sockets, real ledger."""

from __future__ import annotations

import asyncio
import json
import socket
import ssl
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path

import aiohttp
import pytest

from bot.app.running import _shipping
from bot.app.shipping import FORMATS, Shipping
from bot.audit import About, PartFound, fitting, kept_seals, ocsf_rows
from bot.ledger import Ledger, LedgerUnavailable
from bot.models import Event
from bot.witness import Collector, HttpCollector, Line, NotDelivered, NotTaken, SyslogCollector, reach
from bot.witness import collector as collector_module
from bot.witness.syslog import line_message
from tests.app.test_app_parts import health_of, pages
from tests.app.test_sealing import settings
from tests.audit.test_ocsf import CHECKED
from tests.desk import Bench, text_of
from tests.ledger.certificates import certificates
from tests.witness.place import collecting, taking_events

SECRET_NAME = "Ana Silva"


async def _happened(bench: Bench, count: int = 5, **facts: object) -> int:
    """So many events; the number of the last."""
    made = [Event(name="backlog_announced", facts=facts, private={"who": SECRET_NAME}) for _ in range(count)]
    return (await bench.ledger.record(made)).number


async def _ship(work: Shipping, times: int = 1) -> None:
    """As the clock would, when it may."""
    for _ in range(times):
        work._due = 0
        await work.ship()


async def _said(bench: Bench, beginning: str) -> list[str]:
    return [text_of(one) for one in await bench.say() if one.effect_id.startswith(beginning)]


class TestOverHttp:
    """Batches of JSON lines."""

    @pytest.mark.parametrize("auth", ["bearer", "hmac"])
    async def test_every_event_arrives_once_in_order_and_proves_where_it_is_from(
        self, bench: Bench, auth: str
    ) -> None:
        async with taking_events(auth) as (collector, way):  # type: ignore[arg-type] # one of its two
            last = await _happened(bench, 450)
            work = Shipping(desk=bench.desk, collector=way)
            await _ship(work)
            assert collector.numbers == list(range(1, last + 1))
            assert (collector.asked, collector.forged) == (3, 0)
            assert (work.waiting, work.lag_s, await bench.ledger.chain.shipped()) == (0, 0.0, last)
            await _ship(work)
            assert collector.asked == 3
            for event in collector.batches[0][:20]:
                CHECKED.validate(event)
            assert SECRET_NAME not in str(collector.batches)

    async def test_whom_it_trusts_is_read_when_its_file_changes_and_not_for_each_batch(
        self, bench: Bench, tmp_path: Path
    ) -> None:
        file = certificates(tmp_path / "first") / "cert.pem"
        async with taking_events() as (collector, plain):
            way = replace(plain, ca_file=file)
            await _happened(bench, 450)
            read_before = collector_module._context.cache_info().misses
            await _ship(Shipping(desk=bench.desk, collector=way))
            assert collector.asked == 3
            assert collector_module._context.cache_info().misses == read_before + 1
            (certificates(tmp_path / "second") / "cert.pem").replace(file)
            await _happened(bench)
            await _ship(Shipping(desk=bench.desk, collector=way))
            assert collector_module._context.cache_info().misses == read_before + 2
            file.unlink()
            with pytest.raises(NotDelivered, match="FileNotFoundError"):
                await way.take([], bench.desk.now())

    async def test_as_the_record_holds_it(self, bench: Bench) -> None:
        async with taking_events() as (collector, way):
            await _happened(bench)
            await _ship(Shipping(desk=bench.desk, collector=way, line=FORMATS["jsonl"]))
            event = collector.batches[0][0]
            assert (event["type"], event["private"], len(str(event["link"]))) == ("event", "", 40)

    async def test_a_secret_of_others_is_no_receipt(self, bench: Bench) -> None:
        async with taking_events() as (collector, way):
            await _happened(bench)
            wrong = replace(way, auth="hmac", secret=type(way.secret)("another"))
            await _ship(Shipping(desk=bench.desk, collector=wrong))
            assert (collector.forged, collector.batches, await bench.ledger.chain.shipped()) == (1, [], 0)

    @pytest.mark.parametrize("status", [302, 401, 403, 404, 408, 429, 500, 503])
    async def test_without_a_receipt_all_of_it_comes_again_and_one_alert_is_said(
        self, bench: Bench, status: int
    ) -> None:
        async with taking_events() as (collector, way):
            last = await _happened(bench)
            collector.statuses = [status] * 6
            work = Shipping(desk=bench.desk, collector=way)
            await _ship(work, 6)
            (alert,) = await _said(bench, "collector_silent")
            assert f"it answers {status}" in alert
            assert work.waiting >= 5
            await _ship(work)
            assert sorted(set(collector.numbers)) == collector.numbers
            assert len(collector.numbers) == await bench.ledger.chain.shipped()
            assert len(await _said(bench, "collector_answers")) == 1
            facts = (await bench.last("collector_silent")).facts
            assert facts["waiting"] == last

    async def test_a_silence_that_lasts_is_said_each_day(self, bench: Bench) -> None:
        async with taking_events() as (collector, way):
            await _happened(bench)
            collector.statuses = [500] * 20
            work = Shipping(desk=bench.desk, collector=way)
            await _ship(work, 5)
            assert len(await _said(bench, "collector_silent")) == 1
            assert work._alerted is not None
            work._alerted -= timedelta(days=2)
            await _ship(work, 2)
            assert len(await bench.events("collector_silent")) == 2

    async def test_it_is_left_alone_for_as_long_as_it_asks(self, bench: Bench) -> None:
        async with taking_events() as (collector, way):
            await _happened(bench)
            collector.statuses, collector.headers = [429], {"Retry-After": "120"}
            work = Shipping(desk=bench.desk, collector=way)
            await work.ship()
            await work.ship()
            assert collector.asked == 1
            assert work._due - asyncio.get_running_loop().time() > 100

    async def test_one_that_is_too_slow_is_tried_again(
        self, bench: Bench, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("bot.witness.collector._LIMIT_S", 0.1)
        async with taking_events() as (collector, way):
            await _happened(bench)
            collector.slow_s = 0.6
            work = Shipping(desk=bench.desk, collector=way)
            await _ship(work)
            assert (collector.batches, await bench.ledger.chain.shipped()) == ([], 0)
            collector.slow_s = 0
            await _ship(work)
            assert collector.numbers == list(range(1, await bench.ledger.chain.shipped() + 1))

    async def test_one_that_dies_loses_nothing(self, bench: Bench) -> None:
        await _happened(bench, 300)
        async with taking_events() as (_, gone):
            pass
        async with taking_events() as (collector, way):
            work = Shipping(desk=bench.desk, collector=replace(way, url=gone.url))
            await _ship(work, 4)
            (alert,) = await _said(bench, "collector_silent")
            assert "it cannot be reached" in alert
            work.collector = way
            await _ship(work)
            assert collector.numbers == list(range(1, await bench.ledger.chain.shipped() + 1))

    async def test_one_that_dies_after_it_took_a_batch_gets_it_twice_and_can_tell(self, bench: Bench) -> None:
        """What it took and could not say: the ids are the same."""
        await _happened(bench)
        async with taking_events() as (collector, way):

            @dataclass
            class Cut:
                async def take(self, lines: Sequence[Line], now: datetime) -> None:
                    await way.take(lines, now)
                    raise NotDelivered("the connection ended")

            await _ship(Shipping(desk=bench.desk, collector=Cut()))
            await _ship(Shipping(desk=bench.desk, collector=way))
            one, two = collector.batches
            assert [each["metadata"] for each in one] == [each["metadata"] for each in two]


class TestWhatIsRefused:
    """Some events, and not others: nothing waits for them for ever, and nobody has to find out by himself."""

    @pytest.mark.parametrize("poison", [{1}, {3}, {5}, {2, 3}, {1, 2, 3, 4}])
    async def test_they_are_set_aside_with_an_alert_and_the_others_arrive(
        self, bench: Bench, poison: set[int]
    ) -> None:
        async with taking_events() as (collector, way):
            await _happened(bench, 6)
            collector.poison = frozenset(poison)
            await _ship(Shipping(desk=bench.desk, collector=way))
            last = await bench.ledger.chain.shipped()
            assert sorted(collector.numbers) == [n for n in range(1, last + 1) if n not in poison]
            told = " ".join(await _said(bench, "set_aside"))
            assert all(str(number) in told for number in poison)
            named = [n for e in await bench.events("events_set_aside") for n in e.event.facts["numbers"]]
            assert sorted(named) == sorted(poison)

    @pytest.mark.parametrize("status", [400, 413, 415, 422])
    async def test_one_that_takes_none_of_them_is_waited_for_with_an_alert(
        self, bench: Bench, status: int
    ) -> None:
        async with taking_events() as (collector, way):
            await _happened(bench, 3)
            collector.statuses = [status] * 400
            work = Shipping(desk=bench.desk, collector=way)
            await _ship(work, 4)
            assert await bench.ledger.chain.shipped() == 0
            assert not await bench.events("events_set_aside")
            (alert,) = await _said(bench, "collector_silent")
            assert f"it answers {status}, to every event that was tried" in alert
            collector.statuses = []
            await _ship(work)
            assert collector.numbers == list(range(1, await bench.ledger.chain.shipped() + 1))

    async def test_a_batch_that_is_too_large_is_sent_in_smaller_ones(self, bench: Bench) -> None:
        async with taking_events() as (collector, way):
            await _happened(bench, 40)
            collector.statuses = [413, 413, 413]
            await _ship(Shipping(desk=bench.desk, collector=way))
            assert collector.numbers == list(range(1, await bench.ledger.chain.shipped() + 1))
            assert not await bench.events("events_set_aside")

    async def test_that_it_was_told_is_not_told_again_for_ever(self, bench: Bench) -> None:
        """The event that tells of it is refused as well."""

        @dataclass
        class Picky:
            taken: list[int] = field(default_factory=list)

            async def take(self, lines: Sequence[Line], _now: datetime) -> None:
                if any("events_set_aside" in line.text or "poison" in line.text for line in lines):
                    raise NotTaken("it answers 400")
                self.taken += [line.number for line in lines]

        picky = Picky()
        await _happened(bench, 1, channels=["poison"], requests=1)
        await _happened(bench, 1)
        work = Shipping(desk=bench.desk, collector=picky)
        await _ship(work, 3)
        await _happened(bench, 1)
        await _ship(work, 5)
        assert len(await bench.events("events_set_aside")) == 1
        assert work.waiting == 0

    async def test_an_event_that_is_larger_than_a_batch_goes_alone(
        self, bench: Bench, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("bot.app.shipping._BYTES", 10)
        async with taking_events() as (collector, way):
            last = await _happened(bench, 3)
            await _ship(Shipping(desk=bench.desk, collector=way))
            assert [len(batch) for batch in collector.batches] == [1] * last


class TestReplicas:
    """Several processes, one collector."""

    async def test_one_ships_at_a_time(self, bench: Bench) -> None:
        async with taking_events() as (collector, way):
            await _happened(bench)
            await bench.ledger.lead("shipping", timedelta(seconds=30))
            other = await Ledger.connect(bench.valkey.url, replica_id="other")
            beside = Shipping(desk=replace(bench.desk, ledger=other), collector=way)
            await _ship(beside)
            assert (collector.asked, beside.waiting >= 5) == (0, True)
            await _ship(Shipping(desk=bench.desk, collector=way))
            await other.close()
            assert collector.numbers == list(range(1, await bench.ledger.chain.shipped() + 1))

    async def test_a_note_that_was_overtaken_changes_nothing(self, bench: Bench) -> None:
        await bench.ledger.chain.note_shipped(7)
        await bench.ledger.chain.note_shipped(3)
        assert await bench.ledger.chain.shipped() == 7
        assert await bench.ledger.chain.undelivered(1) == [], "seals have a mark of their own"

    async def test_a_ledger_that_is_away_is_waited_for(self, bench: Bench) -> None:
        class Away:
            def __getattr__(self, name: str) -> object:
                raise LedgerUnavailable("gone")

        async with taking_events() as (_, way):
            work = Shipping(desk=replace(bench.desk, ledger=Away()), collector=way)  # type: ignore[arg-type] # answers nothing
            await _ship(work, 2)


class TestOverSyslog:
    """One message an event, by each kind of socket."""

    async def test_over_tcp(self, bench: Bench) -> None:
        async with collecting() as collector:
            last = await _happened(bench)
            await bench.ledger.chain.seal()
            way = SyslogCollector(f"syslog+tcp://127.0.0.1:{collector.port}")
            await _ship(Shipping(desk=bench.desk, collector=way))
            await asyncio.wait_for(collector.come.wait(), 5)
            texts = [one.partition(b" event - ")[2].decode() for one in collector.messages]
            found = PartFound()
            assert len(list(fitting(ocsf_rows(texts), About(), found))) == last
            assert (found.problems, await bench.ledger.chain.shipped()) == ([], last)
            with pytest.raises(ValueError, match="it holds no seal"):
                kept_seals(collector.lines)

    async def test_over_tls_to_who_is_vouched_for(self, bench: Bench, tmp_path: Path) -> None:
        made = certificates(tmp_path / "tls")
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(made / "cert.pem", made / "key.pem")
        async with collecting(context) as collector:
            last = await _happened(bench)
            address = f"syslog+tls://localhost:{collector.port}"
            stranger = Shipping(desk=bench.desk, collector=SyslogCollector(address))
            await _ship(stranger, 3)
            (alert,) = await _said(bench, "collector_silent")
            assert "its certificate is not good" in alert
            known: Collector = SyslogCollector(address, made / "cert.pem")
            await _ship(Shipping(desk=bench.desk, collector=known))
            assert await bench.ledger.chain.shipped() > last

    async def test_over_udp_one_that_is_too_long_is_set_aside(self, bench: Bench) -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as ear:
            ear.bind(("127.0.0.1", 0))
            ear.settimeout(5)
            way = SyslogCollector(f"syslog+udp://127.0.0.1:{ear.getsockname()[1]}")
            await _happened(bench, 1, channels=["x" * 70_000], requests=1)
            last = await _happened(bench, 1)
            await _ship(Shipping(desk=bench.desk, collector=way))
            while b'"sequence":%d,' % last not in ear.recv(65_535):
                pass  # What came before it; without it the socket's limit ends this.
            (alert,) = await _said(bench, "set_aside")
            assert "it is longer than a datagram may be" in alert

    def test_an_event_is_a_message_under_its_own_time(self) -> None:
        said = line_message("event", "{}", datetime.fromisoformat("2026-11-02T12:00:00.250Z"))
        assert said.startswith(b"<109>1 2026-11-02T12:00:00.250Z ")
        assert said.endswith(b" event - {}")


class TestInAProcess:
    """As a process makes it of its settings, and what its pages say of it."""

    @pytest.mark.parametrize(
        ("record", "way", "line"),
        [
            ({"ship_to": "https://logs.example.com", "ship_secret": "s"}, HttpCollector, "ocsf"),
            ({"ship_to": "syslog+tls://logs", "ship_format": "jsonl"}, SyslogCollector, "jsonl"),
        ],
    )
    async def test_what_the_settings_name(
        self, bench: Bench, record: dict[str, object], way: type, line: str
    ) -> None:
        async with aiohttp.ClientSession() as session:
            made = _shipping(settings(bench, **record), bench.desk, session)
            assert made is not None
            assert isinstance(made.collector, way)
            assert made.line is FORMATS[line]
            assert _shipping(settings(bench), bench.desk, session) is None

    async def test_how_far_behind_it_is_stands_on_the_health_page(self, bench: Bench) -> None:
        async with taking_events() as (collector, way):
            collector.statuses = [500]
            await _happened(bench)
            work = Shipping(desk=bench.desk, collector=way)
            await _ship(work)
            ((_, text),) = await pages(replace(health_of(bench), shipping=work), "readyz")
            assert json.loads(text)["record_unshipped"] == work.waiting > 0
            ((_, text),) = await pages(health_of(bench), "readyz")
            assert json.loads(text)["record_unshipped"] is None


class TestReach:
    """Whether somebody is there, without sending anything."""

    async def test_each_kind(self) -> None:
        async with taking_events() as (collector, way):
            await reach(way.url)
            assert collector.asked == 0
        with pytest.raises(NotDelivered, match="cannot be reached"):
            await reach(way.url)
        await reach("syslog+udp://127.0.0.1:9")
        with pytest.raises(NotDelivered, match="cannot be reached"):
            await reach("syslog+udp://nobody.invalid")
