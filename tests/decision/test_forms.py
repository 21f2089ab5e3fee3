"""The modals: opened at once, filled with what the portal and the rules say; whoever may not is told instead."""

from __future__ import annotations

from typing import Any

import pytest

from bot.cards import check_view
from bot.cards.kit import ids
from bot.decision.forms import open_approve, open_deny, open_details
from bot.models import Case, Effect, EffectKind, Kind, Press
from rehearsal.portal.faults import FaultKind
from tests.decision.dialogue import drawn, inputs
from tests.desk import Bench, accept, text_of

TREE, DETAILS = "OrganizationGetForMoveComputers", "ApprovalRequestGetPermitApplicationById"


async def opened(bench: Bench, who: str, case: Case, form: Any = open_approve, **more: Any) -> Effect:
    """Press a button that opens a modal; the modal as it is filled in the end."""
    press = await bench.press(who, ids.APPROVE_MODAL, case, **more)
    await form(bench.desk, press)
    return await filled(bench, press)


async def filled(bench: Bench, press: Press) -> Effect:
    """The modal that was filled for a press: first the loading one with the trigger, then this one."""
    assert await bench.ledger.waiting_presses() == 0
    modals = [one for one in await bench.say() if one.kind is EffectKind.MODAL]
    loading, final = modals
    assert (loading.trigger_id, loading.external_id) == (press.trigger_id, press.press_id)
    assert (final.trigger_id, final.external_id) == ("", press.press_id)
    for one in modals:
        check_view(one.view)
        assert one.slack_user_id == press.slack_user_id
        assert one.expires_at is not None
    return final


def blocks_of(effect: Effect) -> dict[str, Any]:
    """Inputs of a modal by block id."""
    return {
        block["block_id"]: block["element"] for block in effect.view["blocks"] if block["type"] == "input"
    }


def values_of(element: dict[str, Any]) -> list[str]:
    """The values that an input offers."""
    return [option["value"] for option in element["options"]]


async def test_the_approve_form_offers_what_is_open_and_names_why_the_rest_is_closed(bench: Bench) -> None:
    form = await opened(bench, "ana", await bench.arrive())
    assert form.view["callback_id"] == ids.APPROVE_VIEW
    assert values_of(blocks_of(form)[ids.REACH_BLOCK]) == ["computer", "computer_group"]
    said = text_of(form)
    assert "Closed for you: the entire organization, because" in " ".join(said.split())
    assert "a global group, because" in " ".join(said.split())
    assert {ids.JUSTIFICATION_BLOCK, ids.REASON_BLOCK} <= blocks_of(form).keys()
    assert not {ids.VALIDATED_BLOCK, ids.CONFIRMED_BLOCK} & blocks_of(form).keys()
    assert (await bench.last("form_opened")).facts == {"form": "approve", "revision": 1}


async def test_the_form_offers_the_organizations_own_groups_and_no_global_one(bench: Bench) -> None:
    case = await bench.arrive()
    view = await drawn(
        bench, "ana", case, ids.changed(ids.APPROVE_VIEW), **{ids.REACH_BLOCK: "computer_group"}
    )
    element = inputs(view)[ids.COMPUTER_GROUP_BLOCK]
    groups = [bench.portal.world.computer_groups[value] for value in values_of(element)]
    assert groups
    assert not any(group.is_global for group in groups)
    assert {group.organization_id for group in groups} == {case.organization_id}
    own = bench.portal.world.computers[case.requests[0].facts.computer_id].computer_group_id
    assert element["initial_option"]["value"] == own


async def test_who_may_one_computer_only_sees_one_reach_and_picks_one_request(bench: Bench) -> None:
    case = await bench.arrive_on(*bench.computers()[:2])
    form = await opened(bench, "bo", case)
    inputs = blocks_of(form)
    assert values_of(inputs[ids.REACH_BLOCK]) == ["computer"]
    assert inputs[ids.REQUESTS_BLOCK]["type"] == "static_select"
    assert ids.COMPUTER_GROUP_BLOCK not in inputs


async def test_who_may_several_may_leave_the_choice_of_requests_empty(bench: Bench) -> None:
    case = await bench.arrive_on(*bench.computers()[:2])
    assert "multi" in blocks_of(await opened(bench, "ana", case))[ids.REQUESTS_BLOCK]["type"]


async def test_who_may_nothing_reads_why_instead_of_a_form(bench: Bench) -> None:
    form = await opened(bench, "hal", await bench.arrive())
    assert form.view["callback_id"] == ids.SAID_VIEW
    assert "needs Approve for Single Computer" in " ".join(text_of(form).split())
    assert await bench.events("press_refused")


async def test_the_deny_form_asks_for_the_reason(bench: Bench) -> None:
    form = await opened(bench, "ana", await bench.arrive(), open_deny)
    assert form.view["callback_id"] == ids.DENY_VIEW
    assert ids.REASON_BLOCK in blocks_of(form)


async def test_who_may_not_deny_is_told_so_and_it_is_recorded(bench: Bench) -> None:
    form = await opened(bench, "hal", await bench.arrive(), open_deny)
    assert form.view["callback_id"] == ids.SAID_VIEW
    refused = await bench.last("press_refused")
    assert (refused.person_id, refused.facts["press"]) == ("hal", "deny")
    assert refused.press_id


async def test_details_are_for_those_who_may_see_them(bench: Bench) -> None:
    case = await bench.arrive(reason="Month end closing")
    assert "Month end closing" in text_of(await opened(bench, "hal", case, open_details))
    refused = await opened(bench, "req", case, open_details)
    assert refused.view["callback_id"] == ids.SAID_VIEW
    assert "Month end closing" not in text_of(refused)


async def test_details_are_shown_for_a_closed_case_too(bench: Bench) -> None:
    case = await closed(bench)
    assert (await opened(bench, "hal", case, open_details)).view["callback_id"] == ids.DETAILS_VIEW


async def closed(bench: Bench) -> Case:
    """A case that was decided in the portal."""
    case = await bench.arrive()
    bench.portal.decide_in_portal(case.requests[0].facts.request_id, approve=True, by="Ada Lund")
    await bench.poll()
    await bench.say()
    return await bench.case(case.case_id)


@pytest.mark.parametrize("form", [open_approve, open_deny])
async def test_a_form_for_a_decided_case_says_how_it_ended(bench: Bench, form: Any) -> None:
    said = text_of(await opened(bench, "ana", await closed(bench), form))
    assert "Nothing was changed" in said
    assert "Ada Lund" in said


@pytest.mark.parametrize("action", [TREE, DETAILS])
async def test_a_portal_that_cannot_be_asked_is_said_in_the_modal(bench: Bench, action: str) -> None:
    """P9, and the portal's own words are not kept for ever."""
    case = await bench.arrive()
    bench.portal.faults.set(FaultKind.SERVER_ERROR, action=action)
    form = await opened(bench, "ana", case)
    assert "could not be asked" in text_of(form)
    event = await bench.last("form_not_opened")
    assert event.facts == {"why": "PortalBroken", "form": "Approve"}
    assert event.private["told"]


@pytest.mark.parametrize("form", [open_approve, open_deny])
async def test_a_form_that_is_asked_for_too_late_to_be_opened_is_told_and_nothing_is_asked(
    bench: Bench, form: Any
) -> None:
    """Its process died: Slack's trigger is dead when the press comes again, so nothing is loaded or filled."""
    case = await bench.arrive()
    press = await bench.press("ana", ids.APPROVE_MODAL, case)
    await bench.advance(seconds=31)
    calls = bench.portal.calls[DETAILS]
    assert "could not be opened in time" in await bench.do(form, press)
    assert (await bench.last("form_not_opened")).facts["why"] == "too_late"
    assert bench.portal.calls[DETAILS] == calls


async def test_a_card_without_a_record_is_answered(bench: Bench) -> None:
    said = await bench.do(open_approve, await bench.press("ana", ids.APPROVE_MODAL))
    assert "c0unknown" in said


async def test_a_guest_gets_no_modal(bench: Bench) -> None:
    case = await bench.arrive()
    await bench.do(open_approve, await bench.press("gus", ids.APPROVE_MODAL, case))
    assert not [one for one in bench.said if one.kind is EffectKind.MODAL]


async def test_an_elevation_form_is_open_only_to_elevation_administrators(bench: Bench) -> None:
    case = await bench.arrive("elevate")
    assert (await opened(bench, "ana", case)).view["callback_id"] == ids.SAID_VIEW
    assert (await opened(bench, "kim", case)).view["callback_id"] == ids.APPROVE_VIEW


async def test_who_edits_web_control_policies_reads_the_details_of_such_requests(bench: Bench) -> None:
    """A yes is shown as the details, not said as a refusal."""
    document = (bench.folder / "access.toml").read_text("utf-8")
    place = bench.portal.organization_id("brightwater")
    grant = f'[[grants]]\npeople = ["ray"]\norganizations = ["{place}"]\npermissions = ["Edit Web Control Policies"]\n'
    await accept(bench, f"{document}\n{grant}")
    case = await bench.arrive("execute")
    web = case.requests[0].model_copy(
        update={"facts": case.requests[0].facts.model_copy(update={"kind": Kind.WEB_CONTROL})}
    )
    case = await bench.write(case.model_copy(update={"kind": Kind.WEB_CONTROL, "requests": (web,)}))
    assert (await opened(bench, "ray", case, open_details)).view["callback_id"] == ids.DETAILS_VIEW
