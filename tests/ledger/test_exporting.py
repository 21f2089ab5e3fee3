"""`gatehouse audit export`: formats, spans, organizations; an interrupted one goes on without doubling or losing."""

from __future__ import annotations

import asyncio
import csv
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bot.audit import Asked, KnownSeal, Outside, verify_export, verify_parts
from bot.checkup import exporting
from bot.checkup.exporting import ExportFault, Order, cursor_of, write_export
from bot.checkup.parts import about_of, part_format, verify_part
from bot.checkup.verifying import Brought, Unreadable, verify
from bot.cli import main
from bot.ledger import Ledger, LedgerUnavailable
from bot.models import Event
from tests.audit.test_ocsf import CHECKED
from tests.valkey import RunningValkey

ORDERS = {
    "whole": Order(),
    "organization": Order(asked=Asked(organization_id="o1")),
    "csv": Order("csv"),
    "csv of one": Order("csv", Asked(organization_id="O1")),
    "ocsf": Order("ocsf"),
}


@pytest.fixture(autouse=True)
def _pages(monkeypatch: pytest.MonkeyPatch) -> None:
    """Short ones, so that there are many."""
    monkeypatch.setattr(exporting, "PAGE", 4)


@pytest.fixture
async def kept(ledger: Ledger, valkey: RunningValkey) -> Ledger:
    """A record of 30 events in seals of seven, the last two without one; each at a time of its own."""
    for number in range(30):
        event = Event(
            name="looked_up", organization_id=f"o{number % 3}", facts={"n": number}, private={"who": "Ana"}
        )
        await ledger.record([event])
        await valkey.travel(timedelta(milliseconds=1))
        if number % 7 == 6:
            await ledger.chain.seal()
    return ledger


def _status(file: Path, **brought: object) -> int:
    kind = part_format(file)
    told = Brought(**brought)  # type: ignore[arg-type] # of each test its own
    return verify(file, told) if kind is None else verify_part(file, kind, told)


class Unplugged(Exception):
    """The process ends here, as kill -9 ends one."""


class Breaking:
    """The ledger, whose server is lost after so many answers."""

    def __init__(self, ledger: Ledger, answers: int, error: Exception) -> None:
        """`error` is what is met then."""
        self._ledger, self._left, self._error = ledger, answers, error

    @property
    def chain(self) -> Breaking:
        """What an export reads of it."""
        return self

    def __getattr__(self, name: str) -> Callable[..., object]:
        async def asked(*args: object) -> object:
            if not self._left:
                raise self._error
            self._left -= 1
            return await getattr(self._ledger.chain, name)(*args)

        return asked


async def _broken(kept: Ledger, file: Path, order: Order | None, answers: int) -> bool:
    """Export until the ledger is lost; whether it was."""
    try:
        breaking = Breaking(kept, answers, LedgerUnavailable("gone"))
        await write_export(breaking, file, order)  # type: ignore[arg-type] # answers like one
    except LedgerUnavailable:
        return True
    return False


@pytest.mark.parametrize("name", ORDERS)
async def test_wherever_it_is_interrupted_it_goes_on_to_the_same_file(
    kept: Ledger, tmp_path: Path, name: str
) -> None:
    """After each answer of the ledger in turn, with half a line behind what is safe, and again on the way."""
    order, whole = ORDERS[name], tmp_path / "whole"
    await write_export(kept, whole, order)
    for answers in range(1, 40):
        file = tmp_path / f"cut {answers}"
        if not await _broken(kept, file, order, answers):
            break
        if not cursor_of(file).exists():
            assert not file.exists(), "nothing was begun"
            continue
        with file.open("ab") as out:
            out.write(b'{"half a li')
        while await _broken(kept, file, None, 5):
            pass
        assert file.read_bytes() == whole.read_bytes()
        assert _status(file) == 0
    else:
        pytest.fail("it never came to its end")


async def test_what_happens_while_it_is_interrupted_is_not_in_it(kept: Ledger, tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    await write_export(kept, two, Order())
    assert await _broken(kept, one, Order(), 6)
    await kept.record([Event(name="told")])
    await kept.chain.seal()
    assert await _broken(kept, one, None, 4)
    await write_export(kept, one, None)
    assert one.read_bytes() == two.read_bytes()


async def test_what_is_in_the_way_is_told(kept: Ledger, tmp_path: Path) -> None:
    file = tmp_path / "record"
    with pytest.raises(ExportFault, match="nothing was interrupted there"):
        await write_export(kept, file, None)
    assert await _broken(kept, file, Order(), 6)
    with pytest.raises(ExportFault, match=r"Go on with it: gatehouse audit export .*--resume"):
        await write_export(kept, file, Order())
    cursor = cursor_of(file).read_text()
    cursor_of(file).write_text("{")
    with pytest.raises(ExportFault, match="is damaged"):
        await write_export(kept, file, None)
    cursor_of(file).write_text(cursor)
    file.write_text("")
    with pytest.raises(ExportFault, match="is shorter than"):
        await write_export(kept, file, None)
    other = json.loads(cursor)
    other["link"] = "f" * 40
    cursor_of(file).write_text(json.dumps(other))
    with pytest.raises(ExportFault, match="was begun on another record"):
        await write_export(kept, file, None)
    cursor_of(file).unlink()
    with pytest.raises(FileExistsError):
        await write_export(kept, file, Order())


async def test_a_record_with_a_hole_is_told(kept: Ledger, tmp_path: Path, valkey: RunningValkey) -> None:
    async with valkey.client() as client:
        await client.xtrim("{gatehouse}:audit", maxlen=0, approximate=False)
    with pytest.raises(ExportFault, match=r"it has no event 1, and its head says 30"):
        await write_export(kept, tmp_path / "record", Order())


class TestSpans:
    """Parts by time, and by where the export before ended."""

    async def _at(self, kept: Ledger, number: int) -> int:
        (entry,) = await kept.chain.entries(number - 1, 1)
        return entry.at_ms

    async def test_a_span_in_json_lines_is_widened_to_whole_seals(self, kept: Ledger, tmp_path: Path) -> None:
        since, until = await self._at(kept, 9), await self._at(kept, 11)
        file = tmp_path / "record"
        cursor = await write_export(kept, file, Order(asked=Asked(since, until)))
        assert (cursor.first, cursor.last) == (8, 14)
        found = verify_export(file.read_text().splitlines(), Outside(begins_at=8))
        assert (found.problems, found.seals, found.sealed_to) == ([], 1, 14)
        assert json.loads(file.read_text().splitlines()[0])["part"]["since_ms"] == since

    async def test_the_end_of_the_record_has_no_seal_yet(self, kept: Ledger, tmp_path: Path) -> None:
        file = tmp_path / "record"
        cursor = await write_export(kept, file, Order(asked=Asked(await self._at(kept, 30))))
        assert cursor.last == 30
        assert _status(file, begins_at=cursor.first) == 0

    @pytest.mark.parametrize("name", ORDERS)
    async def test_a_span_in_which_nothing_happened(self, kept: Ledger, tmp_path: Path, name: str) -> None:
        order, file = ORDERS[name], tmp_path / "record"
        never = replace(order, asked=replace(order.asked, since_ms=2, until_ms=3))
        cursor = await write_export(kept, file, never)
        assert cursor.events == 0
        assert _status(file) == 0

    async def test_one_export_goes_on_where_the_other_ended(self, kept: Ledger, tmp_path: Path) -> None:
        one, two, three = (tmp_path / name for name in ("one", "two", "three"))
        first = await write_export(kept, one, Order())
        await kept.record([Event(name="told") for _ in range(3)])
        await kept.chain.seal()
        await kept.record([Event(name="told")])
        asked = Order(asked=Asked(after=first.until.number), after_link=first.until.link)
        second = await write_export(kept, two, asked)
        assert (second.first, second.last, second.events) == (31, 34, 4)
        found = verify_parts(each.read_text().splitlines() for each in (one, two))
        assert (found.problems, found.events, found.seals) == ([], 34, 5)
        assert _status(one, following=(two,)) == 0
        assert _status(two) == 1
        table = await write_export(kept, three, replace(asked, format="csv"))
        assert (table.first, table.events) == (31, 4)
        assert _status(three, whole=one) == 1

    async def test_a_place_of_another_record_is_refused(self, kept: Ledger, tmp_path: Path) -> None:
        asked = Order(asked=Asked(after=3), after_link="f" * 40)
        with pytest.raises(ExportFault, match="is not in this record"):
            await write_export(kept, tmp_path / "record", asked)


class TestWhatIsVerified:
    """No more is said than a file can show."""

    @pytest.fixture
    async def files(self, kept: Ledger, tmp_path: Path) -> dict[str, Path]:
        """One export of each kind."""
        made = {name: tmp_path / name.replace(" ", "_") for name in ORDERS}
        for name, order in ORDERS.items():
            await write_export(kept, made[name], order)
        return made

    def test_by_itself_it_fits_and_proves_nothing(
        self, files: dict[str, Path], capsys: pytest.CaptureFixture[str]
    ) -> None:
        for name in ("organization", "csv", "csv of one", "ocsf"):
            assert _status(files[name]) == 0
            said = capsys.readouterr().out
            assert "It does not prove that it is of the record that was kept" in said
            assert "Proven" not in said

    def test_with_the_whole_and_its_seals_it_is_as_good_as_that(
        self, files: dict[str, Path], capsys: pytest.CaptureFixture[str]
    ) -> None:
        seal = verify_export(files["whole"].read_text().splitlines()).seal
        for name in ("organization", "csv", "csv of one", "ocsf"):
            assert _status(files[name], whole=files["whole"], seals=[KnownSeal(28, seal)]) == 0
            said = capsys.readouterr().out
            assert "and nothing that belongs to it is missing" in said
            assert "is proven up to event 28" in said
        assert _status(files["csv"], whole=files["whole"], seals=[KnownSeal(28, "f" * 64)]) == 1

    def test_a_seal_alone_is_refused_in_words(
        self, files: dict[str, Path], capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert _status(files["ocsf"], seals=[KnownSeal(1, "f" * 64)]) == 1
        assert "no seal and no signature can be held against" in capsys.readouterr().err

    def test_a_table_without_what_stands_beside_it(
        self, files: dict[str, Path], capsys: pytest.CaptureFixture[str]
    ) -> None:
        about_of(files["csv"]).unlink()
        lines = files["csv"].read_text().splitlines(keepends=True)
        files["csv"].write_text("".join(lines[:-1]))
        assert _status(files["csv"]) == 0
        assert "nothing shows whether events were taken out or its end was cut off" in capsys.readouterr().out

    def test_a_table_whose_end_is_cut_off(
        self, files: dict[str, Path], capsys: pytest.CaptureFixture[str]
    ) -> None:
        lines = files["csv"].read_text().splitlines(keepends=True)
        files["csv"].write_text("".join(lines[:-1]))
        assert _status(files["csv"]) == 1
        told = capsys.readouterr().err
        assert "is not the one that csv.about.json is about" in told
        assert "some were taken out, added, or its end was cut off" in told

    def test_a_file_beside_that_is_none(self, files: dict[str, Path]) -> None:
        about_of(files["csv"]).write_text("{}")
        with pytest.raises(Unreadable, match="does not tell what an export tells"):
            _status(files["csv"])
        with pytest.raises(Unreadable, match="are verified one by one"):
            _status(files["ocsf"], following=(files["csv"],))

    def test_what_a_siem_gets_is_ocsf(self, files: dict[str, Path]) -> None:
        told = [json.loads(line) for line in files["ocsf"].read_text().splitlines()]
        assert len(told) == len({one["metadata"]["uid"] for one in told}) == 30
        for one in told:
            CHECKED.validate(one)
        assert "Ana" not in files["ocsf"].read_text()

    def test_a_table_holds_the_organization_that_was_asked_for(self, files: dict[str, Path]) -> None:
        with files["csv of one"].open(newline="") as lines:
            rows = list(csv.DictReader(lines))
        assert [row["organization_id"] for row in rows] == ["o1"] * 10


async def test_the_command(
    kept: Ledger,
    valkey: RunningValkey,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Both ways through: made, interrupted, gone on with, verified; and what is wrong with the command line."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("REDIS_URL", valkey.url)
    (tmp_path / "gatehouse.toml").write_text(
        '[slack]\nteam_id = "T0123ABCD"\n[routing.default]\ncard = "C0"\nescalation = "C1"\naudit = "C2"\n'
        '[portal]\nurl = "https://portalapi.b.threatlocker.com/portalapi"\n'
    )
    for name, value in (
        ("SLACK_BOT_TOKEN", "xoxb-1"),
        ("SLACK_APP_TOKEN", "xapp-1"),
        ("PORTAL_TOKEN", "f" * 64),
    ):
        monkeypatch.setenv(name, value)

    async def run(*words: str) -> tuple[int, str]:
        status = await asyncio.to_thread(main, ["audit", *words])
        said = capsys.readouterr()
        return status, said.out + said.err

    status, said = await run("export", "whole.jsonl", "--since", "2020-01-01", "--until", "2999-01-01T00:00")
    assert status == 0, said
    assert "Whole seals, so that they verify: events 1 to 30." in said
    assert f"--after 30={(await kept.chain.head()).link}" in said
    assert (await run("export", "one.csv", "--format", "csv", "--organization", "o1"))[0] == 0
    status, said = await run("verify", "one.csv", "--whole", "whole.jsonl")
    assert status == 0, said
    assert "nothing that belongs to it is missing" in said
    assert (await run("verify", "whole.jsonl", "--whole", "whole.jsonl"))[1] == (
        "whole.jsonl verifies by itself: it holds every event. Leave --whole out.\n"
    )
    assert "nothing was interrupted" in (await run("export", "x", "--resume"))[1]
    assert "Leave the other choices out" in (await run("export", "x", "--resume", "--format", "csv"))[1]
    assert "cannot be written" in (await run("export", "no/where"))[1]
    assert "exists already" in (await run("export", "one.csv"))[1]
    assert await _broken(kept, Path("cut"), Order(), 6)
    status, said = await run("export", "cut", "--resume")
    assert (status, "30 events" in said) == (0, True)
    assert (await run("verify", "nowhere", "cut"))[0] == 1
    for words in (["--since", "yesterday"], ["--after", "3"], ["--after", "0=" + "f" * 40]):
        with pytest.raises(SystemExit):
            await run("export", "y", *words)
    monkeypatch.setenv("REDIS_URL", "redis://127.0.0.1:1")
    status, said = await run("export", "z")
    assert (status, "The ledger cannot be read" in said) == (1, True)
