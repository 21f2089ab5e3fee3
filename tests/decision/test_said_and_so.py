"""What a presser is told is so: no assumption as a fact, no way on that is not there, and who could, in forms too."""

from __future__ import annotations

import pytest

from bot.cards.kit import ids
from bot.decision.forms import approve_once, open_approve, open_deny, open_details
from bot.models import Case
from tests.decision.dialogue import drawn
from tests.desk import Bench, text_of

ALREADY = "already approved"


async def pressed(bench: Bench, who: str, case: Case) -> str:
    """“Approve on this computer”; what the presser reads."""
    return await bench.do(approve_once, await bench.press(who, ids.APPROVE_COMPUTER, case))


async def opened(bench: Bench, who: str, case: Case, use_case: object) -> str:
    """A form that was asked for, or what stands in its place."""
    press = await bench.press(who, ids.APPROVE_MODAL, case)
    await use_case(bench.desk, press)  # type: ignore[operator]
    await bench.say()
    return " ".join(text_of(one) for one in bench.said if one.effect_id == f"modal:{press.press_id}")


@pytest.mark.parametrize("who", ["ana", "bo", "hal", "ray", "gus"])
async def test_p9_no_refusal_of_an_elevation_takes_its_approval_for_granted(bench: Bench, who: str) -> None:
    """No policy permits the file: that it is approved already was only assumed, to see whether anything could help."""
    case = await bench.arrive("elevate")
    said = await pressed(bench, who, case)
    assert not said.startswith("Approved")
    assert ALREADY not in said
    assert ALREADY not in await opened(bench, who, case, open_approve)
    assert bench.portal.decisions == []


@pytest.mark.parametrize("kind", ["web", "storage"])
async def test_a_forged_press_is_sent_to_no_button_that_is_not_there(bench: Bench, kind: str) -> None:
    case = await bench.arrive(kind)
    for who in ("ana", "kim"):
        said = await pressed(bench, who, case)
        assert bench.portal.decisions == []
        assert "instead" not in said


@pytest.mark.parametrize("use_case", [open_approve, open_deny])
async def test_p4_a_form_that_is_refused_says_who_could(bench: Bench, use_case: object) -> None:
    case = await bench.arrive()
    said = await opened(bench, "hal", case, use_case)
    assert "Who could: " in said
    assert "Ana Moreau" in said


async def test_p1_who_may_not_see_it_reads_of_nobody(bench: Bench) -> None:
    case = await bench.arrive()
    for use_case in (open_approve, open_deny, open_details):
        assert "Who could" not in await opened(bench, "ray", case, use_case)


async def test_a_search_that_finds_nothing_says_so(bench: Bench) -> None:
    case = await bench.arrive()
    told = "No application of this organization is called"
    assert told in str(await drawn(bench, "ana", case, **{ids.APPLICATION_SEARCH_BLOCK: "no such thing"}))
    assert told not in str(await drawn(bench, "ana", case))


async def test_an_end_in_the_past_does_not_pass_preview(bench: Bench) -> None:
    case = await bench.arrive()
    over = {ids.LASTS_BLOCK: ids.UNTIL_DATE, ids.EXPIRES_BLOCK: "2020-01-01"}
    said = str(await drawn(bench, "ana", case, ids.APPROVE_PREVIEW, **over))
    assert "has passed already" in said
