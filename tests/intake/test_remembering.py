"""What has changed on neither side is not read again; whatever has, on either side, is met by the next look."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import pytest

from bot.intake.poll import poll
from bot.intake.remembering import FRESH_EVERY, Agreement
from bot.models import Case, Standing
from bot.portal import Sighted
from bot.portal.listing import Walked
from tests.cards import samples
from tests.desk import Bench
from tests.intake.test_poll import _other, change_file

_NEVER = 10**9
"""Case ids are random: which of them is read afresh by which look must not matter here."""

LIST = "ApprovalRequestGetByParameters"


async def settled(bench: Bench, count: int = 3) -> list[str]:
    """So many requests, each in a case of its own, after looks that took them in and found them in agreement."""
    bench.agreement = Agreement(fresh_every=_NEVER)
    request_ids = [bench.ask() for _ in range(count)]
    for _ in range(2):
        await bench.poll()
        await bench.say()
    await bench.poll()
    return request_ids


async def passed_over(bench: Bench) -> tuple[set[str], set[str]]:
    """The requests whose rows a look would read, the memory being as it is, and the cases that it would not."""
    read: set[str] = set()

    async def take(page: Sequence[Sighted[Any]]) -> None:
        read.update(one.request_id for one in page)

    bench.agreement.begin()
    await bench.desk.portal.sighted(partial(bench.agreement.known, versions=bench.ledger.versions), take)
    versions = await bench.ledger.versions(await bench.ledger.open_case_ids())
    return read, await bench.agreement.covered(versions)


async def test_what_has_not_changed_is_neither_read_nor_forgotten(bench: Bench) -> None:
    await settled(bench)
    read, quiet = await passed_over(bench)
    assert read == set()
    assert quiet == set(await bench.ledger.open_case_ids())
    found = await bench.poll()
    assert (found.listed, found.arrived, found.changed, found.missing) == (3, 0, 0, 0)


async def test_one_row_that_changed_is_read_alone(bench: Bench) -> None:
    request_ids = await settled(bench)
    change_file(bench, request_ids[1], full_path="C:\\Elsewhere\\other.exe")
    read, quiet = await passed_over(bench)
    assert read == {request_ids[1]}
    assert quiet == set(await bench.ledger.open_case_ids()) - {(await bench.case_of(request_ids[1])).case_id}
    assert (await bench.poll()).changed == 1
    assert (await bench.case_of(request_ids[1])).requests[0].facts.path == "C:\\Elsewhere\\other.exe"


async def test_one_request_of_many_in_a_case_is_followed_while_the_others_stay(bench: Bench) -> None:
    case = await bench.arrive_on(*bench.computers()[:3])
    for _ in range(2):
        await bench.poll()
    gone = case.requests[1].facts.request_id
    bench.portal.decide_in_portal(gone, approve=False, by="Ada")
    assert (await bench.poll()).missing == 1
    after = await bench.case(case.case_id)
    assert [one.standing.is_open for one in after.requests] == [True, False, True]
    assert (await bench.poll()).missing == 0


async def test_a_request_that_left_the_list_and_came_back_is_known_both_times(bench: Bench) -> None:
    """P3: absence decides nothing, with or without a memory."""
    (request_id,) = await settled(bench, 1)
    before = await bench.case_of(request_id)
    bench.portal.faults.distort(LIST, lambda _: [])
    assert (await bench.poll()).missing == 1
    bench.portal.faults.distort(LIST, lambda rows: rows)
    for _ in range(2):
        found = await bench.poll()
        assert (found.listed, found.arrived, found.changed, found.missing) == (1, 0, 0, 0)
    assert await bench.case_of(request_id) == before


async def test_a_case_that_somebody_else_changed_is_held_against_its_row_again(bench: Bench) -> None:
    """Another replica, a press: the version moves, and the row counts as unread though it is the same."""
    request_id, other, _ = await settled(bench)
    case = await bench.case_of(request_id)
    entry = case.requests[0]
    stale = entry.model_copy(update={"facts": entry.facts.model_copy(update={"path": "C:\\Old\\name.exe"})})
    await bench.write(case.model_copy(update={"requests": (stale,)}))
    read, quiet = await passed_over(bench)
    assert read == {request_id}
    assert case.case_id not in quiet
    assert (await bench.case_of(other)).case_id in quiet
    assert (await bench.poll()).changed == 1
    assert (await bench.case_of(request_id)).requests[0].facts == entry.facts


async def test_a_case_that_changes_while_the_list_is_read_is_met_by_the_next_look(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its row was passed over, for what the case was before: nothing is concluded, and nothing is remembered."""
    (request_id,) = await settled(bench, 1)
    case = await bench.case_of(request_id)
    entry = case.requests[0]
    stale = entry.model_copy(update={"facts": entry.facts.model_copy(update={"path": "C:\\Old\\name.exe"})})
    look = bench.desk.portal.sighted

    async def meanwhile(*how: Any) -> Walked:
        walked = await look(*how)
        await bench.write(case.model_copy(update={"requests": (stale,)}))
        return walked

    with monkeypatch.context() as patched:
        patched.setattr(bench.desk.portal, "sighted", meanwhile)
        found = await bench.poll()
    assert (found.listed, found.arrived, found.changed, found.missing) == (1, 0, 0, 0)
    assert (await bench.poll()).changed == 1
    assert (await bench.case_of(request_id)).requests[0].facts == entry.facts


async def test_replicas_that_look_by_turns_each_meet_what_changed_meanwhile(bench: Bench) -> None:
    request_ids = await settled(bench)
    other = Agreement(fresh_every=_NEVER)
    for _ in range(2):
        await poll(bench.desk, other)
    change_file(bench, request_ids[0], full_path="C:\\Elsewhere\\other.exe")
    assert (await poll(bench.desk, other)).changed == 1
    bench.portal.decide_in_portal(request_ids[2], approve=True, by="Ada")
    found = await bench.poll()
    assert (found.changed, found.missing) == (0, 1)
    found = await poll(bench.desk, other)
    assert (found.listed, found.changed, found.missing) == (2, 0, 0)


async def test_a_request_that_moves_to_another_organization_leaves_its_case(bench: Bench) -> None:
    request_id, *_ = await settled(bench)
    before = await bench.case_of(request_id)
    there = bench.portal.organization_id(_other(bench))
    moved = replace(bench.portal.request(request_id), organization_id=there)
    bench.portal.world.requests[request_id] = moved
    await bench.poll()
    after = await bench.case_of(request_id)
    assert (after.case_id != before.case_id, after.organization_id) == (True, there)


async def test_members_that_nothing_reads_may_count_seconds(bench: Bench) -> None:
    await settled(bench)
    bench.portal.faults.distort(LIST, lambda rows: [row | {"waitingSeconds": 17} for row in rows])
    read, _ = await passed_over(bench)
    assert read == set()


async def test_a_row_that_is_understood_by_its_details_is_read_at_each_look(bench: Bench) -> None:
    """What it says rests on more than the row."""
    bench.portal.rules.rows_with_action = False
    (request_id,) = await settled(bench, 1)
    read, quiet = await passed_over(bench)
    assert read == {request_id}
    assert quiet == set()


async def test_odd_rows_are_told_at_each_look_and_do_not_make_a_known_list_unreadable(bench: Bench) -> None:
    await settled(bench, 1)
    bench.portal.faults.distort(LIST, lambda rows: [None, *rows])
    for _ in range(2):
        found = await bench.poll()
        assert (found.listed, found.odd[:1], found.missing) == (1, ("a row is not an object",), 0)


async def test_a_request_that_comes_again_after_its_end_arrives_again(bench: Bench) -> None:
    request_id, *_ = await settled(bench)
    case = await bench.case_of(request_id)
    pending = bench.portal.request(request_id)
    bench.portal.decide_in_portal(request_id, approve=False, by="Ada")
    await bench.poll()
    assert not (await bench.case(case.case_id)).is_open
    bench.portal.world.requests[request_id] = pending
    await bench.advance(minutes=1)
    assert (await bench.poll()).arrived == 1
    again = await bench.case_of(request_id)
    assert again.entry(request_id) is not None
    assert again.is_open


async def test_what_the_list_shows_no_more_is_forgotten(bench: Bench) -> None:
    """A row that comes back is read: its case may be another one by then."""
    (request_id,) = await settled(bench, 1)
    bench.portal.faults.distort(LIST, lambda _: [])
    await bench.poll()
    bench.portal.faults.distort(LIST, lambda rows: rows)
    assert (await passed_over(bench))[0] == {request_id}


# The memory by itself

AT_7, AT_8 = {"c1f00d": 7}, {"c1f00d": 8}


def noted(*entries: Any, rows: Mapping[str, int], version: int = 7) -> tuple[Agreement, Case]:
    """A memory that holds one case, and these rows of its requests."""
    held, agreement = samples.case(*entries), Agreement(fresh_every=_NEVER)
    agreement.begin()
    for request_id, digest in rows.items():
        agreement.note(held.case_id, version, len(held.open_requests), request_id, digest)
    return agreement, held


async def known(agreement: Agreement, digests: Collection[int], versions: Mapping[str, int]) -> set[int]:
    """What of it a new look need not read, the cases being at these versions."""
    agreement.begin()

    async def told(_: Sequence[str]) -> Mapping[str, int]:
        return versions

    return await agreement.known(digests, told)


async def test_every_case_is_read_afresh_within_so_many_looks_however_little_changes() -> None:
    """Versions that were put back by a restored backup mislead for ten minutes at most."""
    agreement = Agreement()
    agreement.note("c1f00d", 7, 1, "req-1", 1)
    looks = 0
    while await known(agreement, [1], AT_7):
        looks += 1
    assert looks < FRESH_EVERY


@pytest.mark.parametrize("versions", [{}, {"another": 7}, AT_8, {"c1f00d": 6}])
async def test_another_version_or_none_is_not_passed_over(versions: dict[str, int]) -> None:
    agreement, held = noted(samples.entry(1), rows={"req-1": 1})
    assert await agreement.covered(AT_7) == {held.case_id}
    assert await agreement.covered(versions) == set()
    assert await known(agreement, [1], versions) == set()


async def test_a_row_that_was_not_read_counts_for_the_version_at_which_it_was() -> None:
    """One row of two is read again: the other one agreed with this version, and with no later one."""
    for version in (7, 8):
        agreement, held = noted(samples.entry(1), samples.entry(2), rows={"req-1": 1, "req-2": 2})
        await known(agreement, [2, 3], AT_7)
        agreement.note(held.case_id, version, 2, "req-1", 3)
        assert await agreement.covered(AT_7) == ({held.case_id} if version == 7 else set())
        assert await agreement.covered(AT_8) == set()


async def test_a_case_is_passed_over_only_while_each_of_its_rows_is_seen() -> None:
    agreement, held = noted(samples.entry(1), samples.entry(2), rows={"req-1": 1})
    assert await agreement.covered(AT_7) == set()
    agreement, held = noted(samples.entry(1), samples.entry(2), rows={"req-1": 1, "req-2": 2})
    assert await known(agreement, [1], AT_7) == {1}
    assert await agreement.covered(AT_7) == set()
    assert [agreement.shows(held.case_id, one) for one in ("req-1", "req-2")] == [True, False]
    await agreement.end()
    assert await known(agreement, [1, 2], AT_7) == {1}


async def test_of_two_rows_of_a_request_the_later_one_is_remembered() -> None:
    """One of them does not stand for the other request of the case."""
    agreement, held = noted(samples.entry(1), samples.entry(2), rows={"req-1": 1})
    agreement.note(held.case_id, 7, 2, "req-1", -1)
    assert await agreement.covered(AT_7) == set()
    assert await known(agreement, [1, -1], AT_7) == {-1}


async def test_requests_that_are_over_need_no_row() -> None:
    agreement, held = noted(samples.entry(1), samples.decided(2, Standing.APPROVED), rows={"req-1": 1})
    assert await agreement.covered(AT_7) == {held.case_id}


@pytest.mark.parametrize("digest", [-(2**63), -1, 0, 2**63 - 1])
async def test_each_digest_is_kept_and_forgotten(digest: int) -> None:
    agreement, _ = noted(samples.entry(1), rows={"req-1": digest})
    assert await known(agreement, [digest], AT_7) == {digest}
    await agreement.end()
    assert await known(agreement, [digest], AT_7) == {digest}
    await known(agreement, [], AT_7)
    await agreement.end()
    assert await known(agreement, [digest], AT_7) == set()
