"""“More…” and “Preview”: drawn from the portal for this press, with what was typed, for whoever may still decide."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from bot.cards import check_view
from bot.cards.kit import ids
from bot.cards.kit.carried import carried
from bot.models import Case, EffectKind, Reach, SecondApproval, Signer
from permissions import names
from rehearsal.portal.faults import FaultKind
from rehearsal.portal.records import ZERO_GUID, ComputerGroup
from tests.cards.reading import read
from tests.decision.dialogue import (
    CONFIRMED,
    application,
    became,
    drawn,
    group_id,
    hire,
    inputs,
    new_file,
    opened,
    options,
    redrawn,
    submit,
    without_global_groups,
)
from tests.desk import Bench

CHANGED = ids.changed(ids.APPROVE_VIEW)
IN_A_GROUP = {ids.REACH_BLOCK: "computer_group"}
BY_RULE = {ids.RECOGNIZED_BLOCK: ids.BY_RULE}
DETAILS, MATCHES = "ApprovalRequestGetPermitApplicationById", "ApplicationGetMatchingList"
OPTIONS = "ApplicationGetForApplicationOptions"


def shown(view: dict[str, Any]) -> str:
    """A modal as it is read, on one line."""
    return " ".join(read(view["blocks"]).split())


@pytest.fixture
async def who(bench: Bench) -> str:
    """Somebody who may everything at Brightwater but global groups."""
    return await hire(bench, names.APPROVE_ORGANIZATION, names.ELEVATION_ADMINISTRATOR, names.MANAGE_LEARNING)


async def test_more_keeps_everything_that_was_typed(bench: Bench, who: str) -> None:
    case = await new_file(bench)
    typed = {
        ids.REACH_BLOCK: "organization",
        ids.REASON_BLOCK: "Month end",
        ids.VALIDATED_BLOCK: "Called the vendor",
        ids.CONFIRMED_BLOCK: "Lee",
    }
    view = await drawn(bench, who, case, **typed)
    check_view(view)
    found = inputs(view)
    assert found[ids.REACH_BLOCK]["initial_option"]["value"] == "organization"
    for block in (ids.REASON_BLOCK, ids.VALIDATED_BLOCK, ids.CONFIRMED_BLOCK):
        assert found[block]["initial_value"] == typed[block]
    assert (await bench.last("form_drawn_anew")).facts["preview"] is False


async def test_the_first_page_becomes_the_whole_form_under_the_same_names(bench: Bench, who: str) -> None:
    """Slack keeps what is typed where block and element keep their names."""
    case = await new_file(bench)
    first, whole = await opened(bench, who, case), await drawn(bench, who, case)
    assert inputs(first).keys() < inputs(whole).keys()
    assert first["private_metadata"] == whole["private_metadata"]
    assert first["callback_id"] == whole["callback_id"] == ids.APPROVE_VIEW


async def test_matches_are_offered_by_what_they_are(bench: Bench, who: str) -> None:
    case = await new_file(bench)
    own = application(bench, "TidePlan", covers=case)
    built_in = application(bench, "TidePlan (Built-In)", covers=case, owner=bench.portal.world.master_id)
    foreign = application(bench, "Theirs", covers=case, owner=bench.portal.world.parent_id)
    offered = options(await drawn(bench, who, case), ids.APPLICATION_BLOCK)
    assert {ids.NEW_APPLICATION, f"{ids.MATCH}:{own}", f"{ids.BUILT_IN_MATCH}:{built_in}"} <= set(offered)
    assert not any(foreign in value for value in offered)


async def test_no_match_is_said(bench: Bench, who: str) -> None:
    assert "No application covers it." in shown(await drawn(bench, who, await new_file(bench)))


async def test_a_built_in_match_is_closed_for_who_may_less_and_says_what_to_take_instead(
    bench: Bench,
) -> None:
    who = await hire(bench, names.APPROVE_GROUP)
    case = await new_file(bench)
    application(bench, "TidePlan (Built-In)", covers=case, owner=bench.portal.world.master_id)
    view = await drawn(bench, who, case)
    assert not any(value.startswith(ids.BUILT_IN_MATCH) for value in options(view, ids.APPLICATION_BLOCK))
    said = shown(view)
    assert "TidePlan (Built-In), because a built-in match only takes the entire organization" in said
    assert "the organization's own match, or a new application" in said
    assert "Approve for Entire Organization" in said


@pytest.mark.parametrize(("path", "warned"), [(r"C:\Apps\tide.dll", True), (r"C:\Apps\tide.exe", False)])
async def test_a_shared_library_in_a_built_in_application_is_warned_of(
    bench: Bench, who: str, path: str, warned: bool
) -> None:
    case = await new_file(bench, path=path)
    application(bench, "TidePlan (Built-In)", covers=case, owner=bench.portal.world.master_id)
    assert (
        "This is a shared library in a built-in application" in shown(await drawn(bench, who, case))
    ) is warned


async def test_existing_applications_are_searched_by_name(bench: Bench, who: str) -> None:
    case = await new_file(bench)
    for number in range(130):
        application(bench, f"Tool {number:03}")
    wanted = application(bench, "Zebra suite")
    view = await drawn(bench, who, case)
    assert "more existing applications" in shown(view)
    assert f"{ids.EXISTING}:{wanted}" not in options(view, ids.APPLICATION_BLOCK)
    found = await drawn(bench, who, case, ids.APPROVE_PREVIEW, **{ids.APPLICATION_SEARCH_BLOCK: "zebra"})
    assert f"{ids.EXISTING}:{wanted}" in options(found, ids.APPLICATION_BLOCK)
    assert "more existing applications" not in shown(found)


async def test_a_chosen_application_stays_offered_whatever_is_searched(bench: Bench, who: str) -> None:
    case = await new_file(bench)
    chosen = f"{ids.EXISTING}:{application(bench, 'Zebra suite')}"
    values = {ids.APPLICATION_BLOCK: chosen, ids.APPLICATION_SEARCH_BLOCK: "something else"}
    view = await drawn(bench, who, case, ids.APPROVE_PREVIEW, **values)
    assert inputs(view)[ids.APPLICATION_BLOCK]["initial_option"]["value"] == chosen


async def test_preview_says_how_far_an_existing_application_reaches(bench: Bench, who: str) -> None:
    case = await new_file(bench)
    wide = application(bench, "Tools", case.organization_id)
    values = {ids.APPLICATION_BLOCK: f"{ids.EXISTING}:{wide}"}
    said = shown(await drawn(bench, who, case, ids.APPROVE_PREVIEW, **values))
    assert "as far as the entire organization" in said
    assert "needs both" in said
    assert bench.portal.decisions == []


async def test_preview_says_what_the_presser_may_not(bench: Bench) -> None:
    who = await hire(bench, names.APPROVE_COMPUTER)
    case = await new_file(bench)
    wide = application(bench, "Tools", case.organization_id)
    values = {ids.APPLICATION_BLOCK: f"{ids.EXISTING}:{wide}"}
    said = shown(await drawn(bench, who, case, ids.APPROVE_PREVIEW, **values))
    assert "You may not do this" in said
    assert "Approve for Entire Organization" in said


async def test_preview_shows_the_rule_as_it_will_match_and_its_warnings(bench: Bench, who: str) -> None:
    case = await new_file(bench)
    values = {ids.RECOGNIZED_BLOCK: ids.BY_RULE, ids.RULE_PATH_BLOCK: r"C:\Users\*\tide.exe"}
    signer = case.requests[0].facts.signers[0].subject
    values[ids.RULE_SIGNER_BLOCK] = signer
    said = shown(await drawn(bench, who, case, ids.APPROVE_PREVIEW, **values))
    assert rf"recognized by a rule (path C:\Users\*\tide.exe and signer {signer})" in said
    assert "Warning: Its path lies in a folder that users may write to" in said
    assert "needs a justification" in said
    assert "This rule does not fit the file that was asked for: look at its path." in said


async def test_preview_says_that_a_second_person_has_to_agree(bench: Bench, who: str) -> None:
    bench.with_rules(second=SecondApproval(reaches=frozenset({Reach.ORGANIZATION})))
    case = await new_file(bench)
    values = {ids.REACH_BLOCK: "organization", **CONFIRMED}
    said = shown(await drawn(bench, who, case, ids.APPROVE_PREVIEW, **values))
    assert "It waits for a second person before anything is sent" in said


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({ids.REACH_BLOCK: "computer_group"}, "Choose the computer group."),
        (
            {ids.RECOGNIZED_BLOCK: ids.BY_RULE, ids.RULE_SIGNER_BLOCK: "CN=x"},
            "does not name the chosen signer",
        ),
        ({ids.LASTS_BLOCK: ids.UNTIL_DATE}, "Choose the day here"),
        ({ids.REACH_BLOCK: "organization", ids.LASTS_BLOCK: "7"}, "Needed for anything wider"),
        ({ids.TICKET_BLOCK: "INC-1"}, "as a new application, until the policy is removed"),
    ],
)
async def test_preview_says_what_is_lacking(
    bench: Bench, who: str, values: dict[str, str], said: str
) -> None:
    assert said in shown(await drawn(bench, who, await new_file(bench), ids.APPROVE_PREVIEW, **values))


async def test_the_requestors_note_is_shown_as_it_will_read(bench: Bench, who: str) -> None:
    values = {ids.NOTE_BLOCK: "Restart it once."}
    said = shown(await drawn(bench, who, await new_file(bench), ids.APPROVE_PREVIEW, **values))
    assert "The requestor will read: tideplan" in said
    assert "Restart it once." in said


# Groups


async def test_a_hundred_and_twenty_groups_can_all_be_chosen(bench: Bench, who: str) -> None:
    case = await new_file(bench)
    own = group_id(bench, "Workstations")
    _more_groups(bench, case, 120)
    view = await drawn(bench, who, case, CHANGED, **IN_A_GROUP)
    offered = options(view, ids.COMPUTER_GROUP_BLOCK)
    assert len(offered) == 122
    assert offered[0] == own
    check_view(view)


async def test_groups_beyond_the_modals_room_are_counted_and_the_portal_is_linked(
    bench: Bench, who: str
) -> None:
    bench.with_rules(portal_link="https://portal.example/approvals")
    case = await new_file(bench)
    _more_groups(bench, case, 230)
    view = await drawn(bench, who, case, CHANGED, **IN_A_GROUP)
    assert len(options(view, ids.COMPUTER_GROUP_BLOCK)) == 200
    assert "32 more computer groups are offered in the portal alone. Open the portal" in shown(view)


def _more_groups(bench: Bench, case: Case, count: int) -> None:
    for number in range(count):
        key = bench.portal.world.new_id("computer group")
        group = ComputerGroup(key, f"Line {number:03}", case.organization_id, 1)
        bench.portal.world.computer_groups[key] = group


async def test_global_is_open_where_the_right_is_held_at_the_owner(bench: Bench) -> None:
    """Semantics 5.3."""
    who = await hire(bench, names.APPROVE_COMPUTER, at_parent=(names.APPROVE_GLOBAL,))
    case = await new_file(bench)
    assert "global" in options(await opened(bench, who, case), ids.REACH_BLOCK)
    view = await drawn(bench, who, case, CHANGED, **{ids.REACH_BLOCK: "global"})
    wanted = group_id(bench, "Global - Workstations", "rowanbridge")
    assert options(view, ids.GLOBAL_GROUP_BLOCK) == [wanted]
    assert wanted not in options(view, ids.COMPUTER_GROUP_BLOCK)
    assert "gives you the exact text" in shown(view)


async def test_without_a_global_group_the_reach_is_closed_with_that_reason(bench: Bench) -> None:
    """Semantics 5.4."""
    who = await hire(bench, names.APPROVE_COMPUTER, at_parent=(names.APPROVE_GLOBAL,))
    case = await new_file(bench)
    without_global_groups(bench)
    view = await opened(bench, who, case)
    assert "global" not in options(view, ids.REACH_BLOCK)
    assert "Closed for you:" in shown(view)
    assert "a global group, because" in shown(view)


# Elevation


async def test_elevation_of_what_may_run_already_names_the_faster_paths(bench: Bench, who: str) -> None:
    case = await new_file(bench, "elevate")
    application(bench, "TidePlan", case.organization_id, covers=case)
    said = shown(await opened(bench, who, case))
    assert "Approved credentials at the prompt" in said
    assert "managed elevation policy" in said


async def test_elevation_alone_opens_only_what_may_run_already(bench: Bench) -> None:
    """Semantics 6.3: no side door, and the modal says so before anything is typed."""
    who = await hire(bench, names.VIEW_APPROVALS, names.ELEVATION_ADMINISTRATOR)
    case = await new_file(bench, "elevate")
    closed = await opened(bench, who, case)
    assert closed["callback_id"] == ids.SAID_VIEW
    assert "cannot approve this at any reach" in shown(closed)
    application(bench, "TidePlan", case.organization_id, covers=case)
    assert options(await opened(bench, who, case), ids.REACH_BLOCK) == ["computer"]


# What changes meanwhile, and what is away


async def test_a_form_over_a_decided_case_says_how_it_ended(bench: Bench, who: str) -> None:
    case = await new_file(bench)
    bench.portal.decide_in_portal(case.requests[0].facts.request_id, approve=True, by="Ada Lund")
    await bench.poll()
    await bench.say()
    view = await drawn(bench, who, case)
    assert view["callback_id"] == ids.SAID_VIEW
    assert "Ada Lund" in shown(view)


async def test_who_may_no_more_reads_why_instead_of_the_form(bench: Bench, who: str) -> None:
    case = await new_file(bench)
    await hire(bench, names.VIEW_APPROVALS)
    view = await drawn(bench, who, case)
    assert view["callback_id"] == ids.SAID_VIEW
    assert await bench.events("press_refused")


async def test_a_later_joiner_is_not_decided_by_a_form_that_did_not_show_it(bench: Bench, who: str) -> None:
    """P8."""
    case = await bench.arrive_on(*bench.computers()[:2])
    view = await drawn(bench, who, case.model_copy(update={"revision": 1}))
    assert options(view, ids.REQUESTS_BLOCK) == []
    assert carried(view["private_metadata"]).ref.endswith(".1")


async def test_a_portal_that_is_away_leaves_the_form_as_it_is(bench: Bench, who: str) -> None:
    """P9: nothing typed is lost, and the presser is told."""
    case = await new_file(bench)
    bench.portal.faults.set(FaultKind.SERVER_ERROR, action=DETAILS)
    said = await redrawn(bench, who, case, ids.APPROVE_MORE, reason="Month end")
    assert not [one for one in said if one.kind is EffectKind.MODAL]
    (told,) = [one for one in said if one.kind is EffectKind.ANSWER]
    assert "Your form stands as it was" in " ".join(read(told.blocks).split())


@pytest.mark.parametrize("action", [MATCHES, OPTIONS])
async def test_applications_that_are_not_told_close_nothing_else(bench: Bench, who: str, action: str) -> None:
    """P9."""
    case = await new_file(bench)
    bench.portal.faults.set(FaultKind.SERVER_ERROR, action=action)
    view = await drawn(bench, who, case)
    assert "The portal did not list its applications" in shown(view)
    assert ids.NEW_APPLICATION in options(view, ids.APPLICATION_BLOCK)


async def test_a_stranger_gets_nothing_drawn(bench: Bench) -> None:
    case = await new_file(bench)
    said = await redrawn(bench, "gus", case, ids.APPROVE_MORE)
    assert not [one for one in said if one.kind is EffectKind.MODAL]


async def test_a_case_without_a_record_is_answered(bench: Bench, who: str) -> None:
    case = (await new_file(bench)).model_copy(update={"case_id": "c0unknown"})
    said = await redrawn(bench, who, case, ids.APPROVE_MORE)
    assert "c0unknown" in read(said[0].blocks)


async def test_a_very_long_path_fits_and_is_not_put_into_the_rule_cut_short(bench: Bench, who: str) -> None:
    case = await new_file(bench, path="C:\\Apps\\" + "long\\" * 900 + "tide.exe")
    view = await drawn(bench, who, case, **BY_RULE)
    check_view(view)
    assert "initial_value" not in inputs(view)[ids.RULE_PATH_BLOCK]


async def test_evidence_stands_in_short_on_the_first_page(bench: Bench, who: str) -> None:
    case = await new_file(bench)
    assert "Evidence: still being gathered." in shown(await opened(bench, who, case))


async def test_the_modal_names_nobody_of_another_organization(bench: Bench, who: str) -> None:
    """Semantics 3.3."""
    case = await new_file(bench)
    said = shown(await drawn(bench, who, case))
    others = [one.display_name for one in bench.portal.world.organizations.values()]
    foreign = [name for name in others if name not in (case.organization_name, "Rowanbridge Managed IT")]
    assert foreign
    assert not any(name in said for name in foreign if name != "master")


async def test_a_signer_of_the_file_can_be_taken_out_of_the_rule(bench: Bench, who: str) -> None:
    case = await new_file(bench)
    assert isinstance(case.requests[0].facts.signers[0], Signer)
    offered = options(await drawn(bench, who, case, **BY_RULE), ids.RULE_SIGNER_BLOCK)
    assert offered == [case.requests[0].facts.signers[0].subject, ids.NOT_IN_RULE]


async def test_a_computer_whose_group_is_not_known_closes_the_group_reach_alone(
    bench: Bench, who: str
) -> None:
    """Semantics 1.8: in the modal and at the press."""
    case = await new_file(bench)
    computer_id = case.requests[0].facts.computer_id
    computers = bench.portal.world.computers
    computers[computer_id] = replace(computers[computer_id], computer_group_id=ZERO_GUID)
    assert options(await opened(bench, who, case), ids.REACH_BLOCK) == ["computer", "organization"]
    group = {ids.REACH_BLOCK: "computer_group", ids.COMPUTER_GROUP_BLOCK: group_id(bench, "Servers")}
    await submit(bench, who, case, **group, **CONFIRMED)
    assert await became(bench) == "refused"
    assert bench.portal.decisions == []
