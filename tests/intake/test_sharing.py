"""A new case finds its card: that of the same file elsewhere, that of its computer's burst, or one of its own."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from bot.escalation.steps import expire
from bot.intake.sharing import leave_card
from bot.models import Case, DueKind, EffectKind
from bot.rules import bundles
from tests.desk import Bench

FILE = {"product": "tideplan", "version": "4.1"}


async def _asked(bench: Bench, *computers: str) -> list[Case]:
    """The same file on these computers, each looked at in turn; their cases as they are in the end."""
    wanted = bench.portal.raise_everywhere("execute", computers, **FILE)
    await bench.poll()
    await bench.say()
    return [await bench.case_of(request_id) for request_id in wanted]


async def test_cases_of_one_file_share_a_card_and_keep_everything_else_apart(bench: Bench) -> None:
    cases = await _asked(bench, "BRW-WS-001", "MRL-WS-002", "CVL-WS-003")
    assert len({case.bundle_id for case in cases}) == 1
    assert len({case.card for case in cases}) == 1
    assert len({case.organization_id for case in cases}) == 3
    drawn = [one for one in bench.said if one.kind is EffectKind.CARD]
    assert {one.effect_id for one in drawn} == {f"card:{cases[0].case_id}"}
    shared = await bench.events("card_shared")
    assert [one.event.case_id for one in shared] == [case.case_id for case in cases[1:]]


async def test_another_file_another_kind_and_another_system_have_their_own_cards(bench: Bench) -> None:
    first = await bench.arrive(computer="BRW-WS-001", **FILE)
    others = [
        await bench.arrive(computer="MRL-WS-002", product="tideplan", version="4.2"),
        await bench.arrive("elevate", computer="CVL-WS-003", **FILE),
    ]
    assert len({case.bundle_id for case in (first, *others)}) == 3


async def test_a_request_without_a_file_to_compare_shares_no_card(bench: Bench) -> None:
    """A placeholder is no file: two customers that send zeros have two cards."""
    cases = [await bench.arrive(computer=name, hash="0" * 32) for name in ("BRW-WS-001", "MRL-WS-002")]
    assert [case.bundle_key for case in cases] == ["", ""]
    assert cases[0].card != cases[1].card


async def test_switched_off_every_organization_has_its_card(bench: Bench) -> None:
    bench.with_rules(families={"together": False})
    cases = await _asked(bench, "BRW-WS-001", "MRL-WS-002")
    assert [case.bundle_id for case in cases] == ["", ""]
    assert cases[0].card != cases[1].card


async def test_a_request_that_moves_to_another_organization_joins_that_ones_place(bench: Bench) -> None:
    """It leaves its case; the new one stands on the same card, since that is where its file waits."""
    cases = await _asked(bench, "BRW-WS-001", "MRL-WS-002")
    world, [entry] = bench.portal.world, cases[1].requests
    held = world.requests[entry.facts.request_id]
    other = bench.portal.organization_id("juniper-hill")
    computer = next(
        one for one in world.computers.values() if one.organization_id == other and one.os_type == 1
    )
    world.requests[entry.facts.request_id] = replace(
        held, organization_id=other, computer_id=computer.computer_id
    )
    await bench.poll()
    await bench.say()
    moved = await bench.case_of(entry.facts.request_id)
    assert moved.case_id != cases[1].case_id
    assert moved.follows_case_id == cases[1].case_id
    assert moved.bundle_id == cases[0].bundle_id
    assert moved.card == cases[0].card
    assert not (await bench.case(cases[1].case_id)).is_open


async def test_retention_ends_each_case_at_its_own_time_and_nobody_joins_after_it(bench: Bench) -> None:
    cases = await _asked(bench, "BRW-WS-001", "MRL-WS-002")
    ended = cases[0].requests[0].facts.request_id
    bench.portal.decide_in_portal(ended, approve=True, by="Pia Portal")
    await bench.poll()
    await bench.advance(days=91)
    for taken, stored in await bench.due(DueKind.RETENTION):
        await expire(bench.desk, taken, stored.case)
    redacted, other = await bench.case(cases[0].case_id), await bench.case(cases[1].case_id)
    assert redacted.redacted_at is not None
    assert other.is_open
    assert other.requests[0].facts.path
    late = await bench.arrive(computer="CVL-WS-003", **FILE)
    assert late.bundle_id == late.case_id


async def test_a_case_of_an_older_release_keeps_its_card_and_is_joined_by_none(bench: Bench) -> None:
    """It is in no bundle; what comes later of the same file makes a card of its own, which others join."""
    first = await bench.arrive(computer="BRW-WS-001", **FILE)
    await bench.write(first.model_copy(update={"bundle_id": "", "bundle_key": ""}))
    second = await bench.arrive(computer="MRL-WS-002", **FILE)
    third = await bench.arrive(computer="CVL-WS-003", **FILE)
    assert second.card != first.card
    assert third.card == second.card


async def test_who_leaves_a_card_gets_one_and_who_is_over_gets_none(bench: Bench) -> None:
    cases = await _asked(bench, "BRW-WS-001", "MRL-WS-002", "CVL-WS-003")
    bench.portal.decide_in_portal(cases[2].requests[0].facts.request_id, approve=True, by="Pia Portal")
    await bench.poll()
    await bench.say()
    before = len(bench.said)
    for case in cases[1:]:
        await leave_card(bench.desk, await bench.case(case.case_id))
        await leave_card(bench.desk, case)  # a second replica has noticed it too
    await bench.say()
    assert [one.kind for one in bench.said[before:]].count(EffectKind.CARD) == 1
    alone, over = await bench.case(cases[1].case_id), await bench.case(cases[2].case_id)
    assert alone.card not in (None, cases[0].card)
    assert over.card is None
    assert len(await bench.ledger.bundle(cases[0].bundle_id)) == 1
    assert len(await bench.events("card_left")) == 2


async def _flood(bench: Bench, files: int, **choices: Any) -> list[Case]:
    wanted = []
    for number in range(1, files + 1):
        path = f"C:\\Program Files\\Estimator\\part{number}.exe"
        wanted.append(bench.ask(computer="BRW-WS-001", path=path, hash=f"{number:X}" * 32, **choices))
        await bench.poll()
        await bench.say()
    return [await bench.case_of(request_id) for request_id in wanted]


async def test_the_cards_of_a_bursts_first_files_lead_to_the_one_that_holds_them(bench: Bench) -> None:
    cases = await _flood(bench, 4)
    assert len({case.card for case in cases}) == 4
    cases = await _flood(bench, 0) or cases
    new = bench.ask(computer="BRW-WS-001", path="C:\\Program Files\\Estimator\\part5.exe", hash="5" * 32)
    await bench.poll()
    await bench.say()
    held = [await bench.case(case.case_id) for case in cases]
    assert {case.card for case in held} == {cases[0].card}
    assert (await bench.case_of(new)).card == cases[0].card
    retired = [one for one in bench.said if one.kind is EffectKind.RETIRE]
    assert {one.message_ts for one in retired} == {case.card.ts for case in cases[1:] if case.card}
    assert not bundles.is_family(held)


async def test_a_file_that_other_customers_wait_for_stays_with_them(bench: Bench) -> None:
    """A burst takes no case away from a family."""
    family = await _asked(bench, "BRW-WS-001", "MRL-WS-002")
    await _flood(bench, 5)
    assert (await bench.case(family[0].case_id)).bundle_id == family[0].bundle_id


async def test_files_far_apart_are_no_burst(bench: Bench) -> None:
    for number in range(1, 7):
        await _flood(bench, 1, user=f"user{number}")
        await bench.advance(minutes=6)
    assert [one for one in bench.said if one.kind is EffectKind.RETIRE] == []
    assert timedelta(minutes=6) < bench.desk.rules.bursts.within


async def test_a_further_file_joins_a_burst_that_was_decided_and_opens_its_card_again(bench: Bench) -> None:
    """The computer still floods: no new card, and a line below the one that people have read."""
    cases = await _flood(bench, 5)
    for case in cases:
        bench.portal.decide_in_portal(case.requests[0].facts.request_id, approve=True, by="Pia Portal")
    await bench.poll()
    await bench.say()
    before = len(bench.said)
    more = bench.ask(computer="BRW-WS-001", path="C:\\Program Files\\Estimator\\part6.exe", hash="6" * 32)
    await bench.poll()
    await bench.say()
    assert (await bench.case_of(more)).card == (await bench.case(cases[0].case_id)).card
    assert any("One more file: " in one.text for one in bench.said[before:])


async def test_who_asks_again_after_a_decision_stands_on_the_same_card_and_is_said_below_it(
    bench: Bench,
) -> None:
    [first] = await _asked(bench, "BRW-WS-001")
    bench.portal.decide_in_portal(first.requests[0].facts.request_id, approve=False, by="Pia Portal")
    await bench.poll()
    await bench.say()
    before = len(bench.said)
    [again] = await _asked(bench, "BRW-WS-002")
    assert again.case_id != first.case_id
    assert again.card == (await bench.case(first.case_id)).card
    assert any("Asked again: " in one.text for one in bench.said[before:])
