"""A form that comes too late tells how it ended only to those who may see the request (semantics 3.4)."""

from __future__ import annotations

import pytest

from bot.cards.kit import ids
from bot.decision.forms import open_approve, open_deny, preview_denial, redraw_approval
from bot.decision.handing.form import open_hand_over
from bot.decision.storage.form import preview_storage
from bot.models import Case, EffectKind
from rehearsal.portal.faults import FaultKind
from tests.desk import Bench, UseCase, text_of

WAYS: list[tuple[UseCase, str, str]] = [
    (open_deny, ids.DENY_MODAL, "execute"),
    (open_approve, ids.APPROVE_MODAL, "execute"),
    (open_hand_over, ids.HAND_OVER, "execute"),
    (preview_denial, ids.DENY_PREVIEW, "execute"),
    (redraw_approval, ids.APPROVE_PREVIEW, "execute"),
    (redraw_approval, ids.APPROVE_MORE, "execute"),
    (open_approve, ids.APPROVE_MODAL, "write"),
    (preview_storage, ids.STORAGE_PREVIEW, "write"),
]


_INSIDE = (preview_denial, redraw_approval, preview_storage)
"""Pressed inside a modal that is open already."""


async def decided(bench: Bench, kind: str) -> Case:
    """A case that Ada decided in the portal."""
    case = await bench.arrive(kind)
    bench.portal.decide_in_portal(case.requests[0].facts.request_id, approve=True, by="Ada Lund")
    await bench.poll()
    await bench.say()
    return case


async def read(bench: Bench, way: UseCase, name: str, who: str, case: Case) -> str:
    """What is shown in the end."""
    more = {"view_id": "V1", "message_ts": ""} if way in _INSIDE else {}
    press = await bench.press(who, name, case, **more)
    await way(bench.desk, press)
    assert await bench.ledger.waiting_presses() == 0
    return " ".join(text_of([one for one in await bench.say() if one.kind is EffectKind.MODAL][-1]).split())


@pytest.mark.parametrize(("way", "name", "kind"), WAYS)
@pytest.mark.parametrize("who", ["req", "ray"])
async def test_who_may_not_see_it_reads_no_fact_of_it(
    bench: Bench, way: UseCase, name: str, kind: str, who: str
) -> None:
    """Without a right there, or with one in another organization alone."""
    said = await read(bench, way, name, who, await decided(bench, kind))
    assert "Ada Lund" not in said
    assert "no longer waiting" in said


@pytest.mark.parametrize(("way", "name", "kind"), WAYS)
async def test_who_may_see_it_reads_how_it_ended(bench: Bench, way: UseCase, name: str, kind: str) -> None:
    """Seeing is enough: Hal may decide nothing."""
    assert "Ada Lund" in await read(bench, way, name, "hal", await decided(bench, kind))


async def test_without_the_organizations_a_preview_tells_nobody_how_it_ended(bench: Bench) -> None:
    case = await decided(bench, "execute")
    bench.portal.faults.set(FaultKind.SERVER_ERROR, action="OrganizationGetForMoveComputers")
    await bench.advance(minutes=6)
    assert "Ada Lund" not in await read(bench, preview_denial, ids.DENY_PREVIEW, "hal", case)
