"""`/gatehouse grant` as a modal: it offers what one may give, and its submission is an order like a typed one."""

from __future__ import annotations

from typing import Any

import pytest

from bot.administration.giving import submit_form
from bot.cards import check_view
from bot.cards.kit import ids
from bot.models import Effect, EffectKind, PressKind
from handlers.commands import gatehouse
from handlers.payloads import modal_press
from tests.administration.office import Office
from tests.desk import text_of


async def opened(office: Office, who: str) -> list[Effect]:
    """Type `/gatehouse grant`; the modals that were queued, checked against Slack's limits."""
    press = await office.command(who, "grant")

    await gatehouse(office.bench.desk, press)
    said = [each for each in await office.bench.say() if each.kind is EffectKind.MODAL]
    for each in said:
        check_view(each.view)
    return said


def options(view: dict[str, Any], block_id: str) -> list[str]:
    """The values that a select offers."""
    element = next(block["element"] for block in view["blocks"] if block.get("block_id") == block_id)
    groups = element.get("option_groups") or [element]
    return [option["value"] for group in groups for option in group["options"]]


async def submitted(office: Office, who: str, **values: str) -> str:
    """Submit the form; what the presser reads."""
    defaults = {
        ids.PERSON_BLOCK: office.bench.cast["bo"],
        ids.WHAT_BLOCK: "View Approvals",
        ids.ORGANIZATION_BLOCK: office.bench.portal.organization_id("brightwater"),
        ids.UNTIL_BLOCK: "480m",
        ids.REASON_BLOCK: "covering the night",
    }
    slack_id = {"mia": office.mia, "lou": office.lou}.get(who, who)
    press = await office.bench.press(
        slack_id, ids.GRANT_VIEW, kind=PressKind.MODAL, values=defaults | values, case_id="", revision=0
    )
    return " ".join((await office.bench.do(submit_form, press)).split())


async def test_the_form_opens_at_once_and_then_offers_what_one_has(office: Office) -> None:
    loading, form = await opened(office, "lou")
    assert loading.trigger_id
    assert loading.external_id == form.external_id
    assert form.view["callback_id"] == ids.GRANT_VIEW
    what = options(form.view, ids.WHAT_BLOCK)
    assert "Approve for Group" in what
    assert "Approve for Global" not in what
    assert "role Read Only" in what
    assert not [name for name in what if "Mode Only" in name]
    assert options(form.view, ids.ORGANIZATION_BLOCK) == [office.bench.portal.organization_id("brightwater")]
    assert options(form.view, ids.UNTIL_BLOCK) == ["480m", "1h", "4h", "24h", "3d", "7d", "30d"]


async def test_who_may_give_nothing_reads_that_instead_of_a_form(office: Office) -> None:
    _, form = await opened(office, "ana")
    assert "You may give nothing from Slack" in text_of(form)
    assert await opened(office, "gus") == []


async def test_when_the_portal_is_silent_the_form_says_so(office: Office) -> None:
    office.bench.portal.faults.set("server_error", action="OrganizationGetForMoveComputers")
    _, form = await opened(office, "mia")
    assert "Nothing was given" in " ".join(text_of(form).split())


async def test_a_submission_gives_like_a_typed_order(office: Office) -> None:
    assert "Bo Lindqvist has View Approvals" in await submitted(office, "mia")
    assert "Mia Brandt gave Bo Lindqvist" in " ".join(office.announced()[0].split())


@pytest.mark.parametrize(
    ("who", "values", "says"),
    [
        ("ana", {}, "Change Permission"),
        ("mia", {ids.REASON_BLOCK: ""}, "It does not say why"),
        ("mia", {ids.UNTIL_BLOCK: "99d"}, "at most 30 days"),
        ("mia", {ids.UNTIL_BLOCK: "for ever"}, "I do not know the span"),
        ("mia", {ids.WHAT_BLOCK: "Approve for Global"}, "Nobody gives more"),
        ("mia", {ids.PERSON_BLOCK: "U0NOBODY9"}, "not in Gatehouse's access file"),
        ("mia", {ids.ORGANIZATION_BLOCK: "elsewhere"}, "no organization elsewhere"),
    ],
)
async def test_a_submission_is_judged_anew(
    office: Office, who: str, values: dict[str, str], says: str
) -> None:
    assert says in await submitted(office, who, **values)
    assert (await office.bench.ledger.given()).given.grants == ()


async def test_a_guest_submits_nothing(office: Office) -> None:
    assert "Guests may not" in await submitted(office, office.bench.cast["gus"])


def test_the_submission_of_a_form_without_a_case_is_a_press(office: Office) -> None:
    user = {"selected_user": "U0BO", "type": "users_select"}
    body = {
        "user": {"id": "U0MIA", "team_id": "T1"},
        "view": {
            "id": "V1",
            "hash": "h",
            "callback_id": ids.GRANT_VIEW,
            "private_metadata": "",
            "state": {"values": {ids.PERSON_BLOCK: {ids.INPUT: user}}},
        },
    }
    press = modal_press(body, office.bench.desk.now())
    assert press.values == {ids.PERSON_BLOCK: "U0BO"}
    assert press.case_id == ""
