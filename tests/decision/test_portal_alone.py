"""What the portal alone decides: whatever is pressed here, the first thing missing is said, and nothing is sent."""

from __future__ import annotations

from typing import Any

import pytest

from bot.cards.kit import ids
from bot.decision.claims import claim
from bot.decision.forms import approve_once, open_approve, open_deny, submit_approval, submit_denial
from bot.models import Case, EffectKind
from tests.desk import Bench, accept

PRESSES: dict[str, tuple[Any, str, dict[str, Any]]] = {
    "one press": (approve_once, ids.APPROVE_COMPUTER, {}),
    "approval": (submit_approval, ids.APPROVE_VIEW, {"view_id": "V1", "values": {}}),
    "denial": (
        submit_denial,
        ids.DENY_VIEW,
        {"view_id": "V1", "values": {ids.REASON_BLOCK: "Use the store, please"}},
    ),
}
FORMS = {"approve form": (open_approve, ids.APPROVE_MODAL), "deny form": (open_deny, ids.DENY_MODAL)}


async def with_right(bench: Bench, who: str = "ray") -> str:
    """Somebody who may decide web control in the portal."""
    document = (bench.folder / "access.toml").read_text("utf-8")
    place = bench.portal.organization_id("brightwater")
    right = 'permissions = ["Edit Web Control Policies"]'
    grant = f'[[grants]]\npeople = ["{who}"]\norganizations = ["{place}"]\n{right}\n'
    await accept(bench, f"{document}\n{grant}")
    return who


async def heard(bench: Bench, who: str, case: Case, what: str) -> str:
    """What the presser reads, in an answer or in the form's place."""
    if what in PRESSES:
        use_case, action, more = PRESSES[what]
        return await bench.do(use_case, await bench.press(who, action, case, **more))
    use_case, action = FORMS[what]
    await use_case(bench.desk, await bench.press(who, action, case))
    *_, last = [one for one in await bench.say() if one.kind is EffectKind.MODAL]
    assert last.view["callback_id"] == ids.SAID_VIEW
    return str(last.view)


@pytest.mark.parametrize("what", [*PRESSES, *FORMS])
async def test_who_may_decide_it_in_the_portal_is_sent_there(bench: Bench, what: str) -> None:
    who = await with_right(bench)
    said = await heard(bench, who, await bench.arrive("web"), what)
    assert "decided in the portal. It takes Edit Web Control Policies there." in said
    assert "Approve…" not in said
    assert bench.portal.decisions == []


@pytest.mark.parametrize("what", [*PRESSES, *FORMS])
async def test_who_may_not_reads_the_missing_right_first(bench: Bench, what: str) -> None:
    said = await heard(bench, "ana", await bench.arrive("web"), what)
    assert "Edit Web Control Policies" in said
    assert "It takes" not in said
    assert bench.portal.decisions == []


@pytest.mark.parametrize("what", [*PRESSES, *FORMS])
async def test_a_kind_that_nobody_decides_here_says_so(bench: Bench, what: str) -> None:
    said = await heard(bench, "ana", await bench.arrive("network"), what)
    assert "in the portal" in said
    assert "Approve…" not in said
    assert bench.portal.decisions == []


async def test_who_may_decide_web_control_claims_it(bench: Bench) -> None:
    who = await with_right(bench)
    case = await bench.arrive("web")
    await bench.do(claim, await bench.press("ana", ids.CLAIM, case))
    assert (await bench.case(case.case_id)).claim is None
    await bench.do(claim, await bench.press(who, ids.CLAIM, case))
    assert (await bench.case(case.case_id)).claim is not None
