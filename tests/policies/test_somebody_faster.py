"""P3, P7: somebody in the portal changes the very policy that a press of ours is about, before it or right after."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from bot.cards.case.card import render_case
from bot.cards.kit import ids
from bot.cards.kit.words import as_plain
from bot.lookup.open_cases import decision_runs
from bot.models import Case, PolicyWork, UnprovenWrite, WorkStanding
from bot.policies.submitting import submit_promotion, submit_take_back
from bot.portal import Invalid, OutcomeUnknown
from rehearsal.portal.records import Policy
from tests.cards.reading import read
from tests.desk import Bench, text_of
from tests.policies.deeds import (
    COPY,
    approved,
    change_policy,
    form,
    policy_of,
    promoter,
    threads,
    tick,
    verify,
)
from tests.policies.test_promote import SURE, WIDE, own_group

WHY = {"reason": "It phones home."}


def fails(
    bench: Bench,
    monkeypatch: pytest.MonkeyPatch,
    call: str,
    error: Exception,
    meanwhile: Callable[[], object],
) -> None:
    """Our write meets what somebody has just done in the portal, and is refused or never answered."""

    async def meet(*_: Any, **__: Any) -> None:
        meanwhile()
        raise error

    monkeypatch.setattr(bench.desk.portal, call, meet)


def remove_in_portal(bench: Bench, case: Case) -> None:
    del bench.portal.world.policies[policy_of(bench, case).policy_id]


def copy_in_portal(
    bench: Bench, case: Case, *, policy_id: str = "0c" * 4 + "-0000-4000-8000-" + "0" * 12
) -> Policy:
    copy = replace(policy_of(bench, case), policy_id=policy_id, applies_to_id=case.organization_id)
    bench.portal.world.policies[policy_id] = copy
    return copy


def card_of(bench: Bench, case: Case) -> str:
    return " ".join(read(render_case(case, bench.desk.rules, bench.desk.now()).blocks).split())


async def work_of(bench: Bench, case: Case) -> PolicyWork:
    [work] = (await bench.case(case.case_id)).policy_works
    return work


@pytest.mark.parametrize("error", [Invalid("no such policy"), OutcomeUnknown("silence")])
async def test_a_removal_that_the_portal_gave_no_yes_to_is_not_claimed(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    """It is gone, and nobody knows by whom: card, thread, answer, look-up and record say so."""
    verify(bench, UnprovenWrite.REMOVE_POLICY)
    case = await approved(bench)
    fails(bench, monkeypatch, "remove_policy", error, lambda: remove_in_portal(bench, case))
    said = await bench.do(submit_take_back, await form(bench, case, ids.TAKE_BACK_VIEW, **WHY))
    assert "somebody there may have done it" in " ".join(said.split())
    work = await work_of(bench, case)
    assert (work.standing, work.ours) == (WorkStanding.DONE, False)
    [told] = [one for one in threads(bench) if "Taken back" in one]
    assert "or somebody in the portal" in told
    assert (await bench.last("policy_changed")).facts["ours"] is False
    after = await bench.case(case.case_id)
    assert "or somebody in the portal" in as_plain([decision_runs(after, after.requests[0])])
    assert "or somebody in the portal" in card_of(bench, after)


async def test_what_the_portal_said_yes_to_is_ours(bench: Bench) -> None:
    verify(bench, UnprovenWrite.REMOVE_POLICY)
    case = await approved(bench)
    await bench.do(submit_take_back, await form(bench, case, ids.TAKE_BACK_VIEW, **WHY))
    assert (await work_of(bench, case)).ours
    assert (await bench.last("policy_changed")).facts["ours"] is True
    assert not any("somebody in the portal" in one for one in threads(bench))


async def test_a_policy_that_somebody_only_switched_off_was_not_removed_by_a_press_without_a_yes(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Switched on again there, it can be taken back here."""
    verify(bench, UnprovenWrite.REMOVE_POLICY)
    case = await approved(bench)
    off = lambda: change_policy(bench, case, is_enabled=False)  # noqa: E731 - one use, in one line
    with monkeypatch.context() as portal:
        fails(bench, portal, "remove_policy", Invalid("busy"), off)
        said = await bench.do(submit_take_back, await form(bench, case, ids.TAKE_BACK_VIEW, **WHY))
    assert "is removed" not in said
    assert (await work_of(bench, case)).standing is WorkStanding.WITHOUT_EFFECT
    change_policy(bench, case, is_enabled=True)
    await bench.advance(seconds=5)
    assert "is removed" in await bench.do(
        submit_take_back, await form(bench, case, ids.TAKE_BACK_VIEW, **WHY)
    )


async def test_a_copy_that_somebody_made_first_is_not_claimed(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    verify(bench, UnprovenWrite.PROMOTE_POLICY)
    await promoter(bench)
    case = await approved(bench)
    fails(bench, monkeypatch, "copy_policy", Invalid("it is there"), lambda: copy_in_portal(bench, case))
    said = await bench.do(submit_promotion, await form(bench, case, ids.PROMOTE_VIEW, **WIDE))
    assert "somebody there may have done it" in " ".join(said.split())
    assert not (await work_of(bench, case)).ours


async def test_a_yes_that_comes_after_the_clock_has_found_it_makes_it_ours(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    verify(bench, UnprovenWrite.REMOVE_POLICY)
    case = await approved(bench)
    original = bench.desk.portal.remove_policy

    async def slowly(*arguments: Any) -> None:
        await original(*arguments)
        await bench.advance(seconds=21)
        assert not (await tick(bench)).policy_works[0].ours

    monkeypatch.setattr(bench.desk.portal, "remove_policy", slowly)
    said = await bench.do(submit_take_back, await form(bench, case, ids.TAKE_BACK_VIEW, **WHY))
    assert "The portal shows it." in " ".join(said.split())
    assert (await work_of(bench, case)).ours
    told = [text_of(one) for one in bench.said if one.effect_id.startswith("policy_doubt:")]
    assert "or somebody in the portal" in told[0]


async def test_a_promotion_that_somebody_undid_in_the_portal_can_be_made_again(bench: Bench) -> None:
    """What was made a while ago is in the portal's answer, or is not there any more: nobody was faster."""
    verify(bench, UnprovenWrite.PROMOTE_POLICY)
    await promoter(bench)
    case = await approved(bench)
    values = {"reach": "computer_group", "computer_group": own_group(bench, case).computer_group_id, **SURE}
    await bench.do(submit_promotion, await form(bench, case, ids.PROMOTE_VIEW, **values))
    first = await work_of(bench, case)
    assert "permitted for the" in await bench.do(
        submit_promotion, await form(bench, case, ids.PROMOTE_VIEW, **values)
    )
    del bench.portal.world.policies[first.made_policy_id]
    await bench.advance(minutes=1)
    said = await bench.do(submit_promotion, await form(bench, case, ids.PROMOTE_VIEW, **values))
    assert "The portal shows it." in " ".join(said.split())
    assert bench.portal.calls[COPY] == 2
    assert [one.standing for one in (await bench.case(case.case_id)).policy_works] == [WorkStanding.DONE] * 2
