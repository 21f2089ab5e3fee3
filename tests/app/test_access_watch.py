"""The access file as it changes: announced with its difference, a bad one alerted once, the good one in force."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.app.accessing import AccessWatch
from bot.models import Place
from tests.desk import Bench, text_of


@pytest.fixture
async def watch(bench: Bench) -> AccessWatch:
    """A watch over the bench's file, which is in force already."""
    found = AccessWatch(bench.desk, bench.folder / "access.toml")
    await found.start()
    return found


async def said(bench: Bench) -> list[str]:
    """What went to the audit channel since the last look, on one line each."""
    return [" ".join(text_of(each).split()) for each in await bench.say() if each.place is Place.AUDIT]


def change(watch: AccessWatch, old: str, new: str) -> None:
    """Edit the file."""
    watch.path.write_text(watch.path.read_text("utf-8").replace(old, new, 1), "utf-8")


async def test_a_changed_file_is_in_force_and_its_difference_is_announced(
    bench: Bench, watch: AccessWatch
) -> None:
    assert await said(bench) == []
    change(watch, '"Approve for Single Computer"', '"Approve for Entire Organization"')
    await watch.look()
    await watch.look()
    (told,) = await said(bench)
    assert "The access file changed and is in force" in told
    assert "Bo Lindqvist: + Approve for Entire Organization at brightwater" in told
    assert "Bo Lindqvist: − Approve for Single Computer at brightwater" in told
    accepted = await bench.last("access_accepted")
    assert accepted.facts["generation"] == 2
    assert "Bo Lindqvist: + Approve for Entire Organization at brightwater" in accepted.private["difference"]


async def test_a_change_that_gives_nobody_anything_says_so(bench: Bench, watch: AccessWatch) -> None:
    change(watch, "version = 1", "version = 1\n# a comment")
    await watch.look()
    (told,) = await said(bench)
    assert "nobody gained or lost anything" in told


async def test_the_same_bad_file_is_alerted_once_by_all_replicas_and_again_after_a_good_one(
    bench: Bench, watch: AccessWatch
) -> None:
    other = AccessWatch(bench.desk, watch.path)
    await other.start()
    before = watch.path.read_text("utf-8")
    change(watch, "Approve for Group", "Aprove for Grup")
    bad = watch.path.read_text("utf-8")
    for each in (watch, other, watch):
        await each.look()
    (told,) = await said(bench)
    assert "cannot be used as it is" in told
    assert "did you mean 'Approve for Group'?" in told
    assert (await bench.ledger.access_generation()) == 1
    watch.path.write_text(before + "# mended\n", "utf-8")
    await watch.look()
    await said(bench)
    watch.path.write_text(bad + "\n", "utf-8")
    await watch.look()
    assert len(await said(bench)) == 1


async def test_a_file_that_is_gone_is_alerted_once_and_read_again_when_it_is_back(
    bench: Bench, watch: AccessWatch, tmp_path: Path
) -> None:
    kept = tmp_path / "kept.toml"
    watch.path.rename(kept)
    await watch.look()
    await watch.look()
    (told,) = await said(bench)
    assert "access.toml cannot be read: No such file or directory" in told
    kept.rename(watch.path)
    change(watch, "version = 1", "version = 1\n# back")
    await watch.look()
    assert "changed and is in force" in (await said(bench))[0]


async def test_the_first_file_of_an_installation_is_announced_as_such(bench: Bench) -> None:
    await bench.valkey.flush()
    await bench.ledger.tick()
    await AccessWatch(bench.desk, bench.folder / "access.toml").start()
    (told,) = await said(bench)
    assert "The first access file is in force" in told
    assert "and " in told


async def test_p1_a_process_that_starts_with_yesterdays_file_gives_nothing_back(
    bench: Bench, watch: AccessWatch
) -> None:
    """The newer file stays in force, and the audit channel hears of it; a change on purpose still counts."""
    yesterday = watch.path.read_text("utf-8")
    change(watch, "version = 1", "version = 1\n# today")
    await watch.look()
    await said(bench)
    in_force = await bench.ledger.access()
    watch.path.write_text(yesterday, "utf-8")
    restarted = AccessWatch(bench.desk, watch.path)
    await restarted.start()
    assert await bench.ledger.access() == in_force
    assert "the newer one stays in force" in (await said(bench))[0]
    watch.path.write_text(yesterday + "\n# on purpose\n", "utf-8")
    await restarted.look()
    accepted = await bench.ledger.access()
    assert accepted is not None
    assert accepted != in_force


ENDING = """
[[grants]]
people = ["bo"]
organizations = ["brightwater"]
permissions = ["Approve for Global"]
until = 2026-01-31T18:00:00Z
"""


async def test_a_save_that_is_cut_off_revives_no_ended_grant(bench: Bench, watch: AccessWatch) -> None:
    """Neither while the bot runs nor when it starts: the file in force stays, and one alert says why."""
    whole = watch.path.read_text("utf-8") + ENDING
    watch.path.write_text(whole, "utf-8")
    await watch.look()
    await said(bench)
    watch.path.write_text(whole[: whole.index("until = ")], "utf-8")
    await watch.look()
    (told,) = await said(bench)
    assert "as if a save were cut off" in told
    assert "end_mark = true" in told
    again = AccessWatch(bench.desk, watch.path)
    await again.start()
    in_force = await bench.desk.access.current()
    ended = [each for each in in_force.grants_of("bo") if "Approve for Global" in each.permissions]
    assert [each.until is not None for each in ended] == [True]
    watch.path.write_text(whole + "\n# whole again\n", "utf-8")
    await watch.look()
    assert "in force" in (await said(bench))[-1]
