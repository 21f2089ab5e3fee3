"""“Approve…” at the press: the choice held against the portal, judged by its effect, sent, recorded and told."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.cards.kit import ids
from bot.models import Reach, UnprovenWrite
from permissions import names
from rehearsal.portal.faults import FaultKind
from tests.decision.dialogue import (
    CONFIRMED,
    WIDE,
    application,
    attempted,
    became,
    drawn,
    group_id,
    hire,
    new_file,
    options,
    policy_of,
    sent,
    submit,
)
from tests.desk import WORKING_HOURS, Bench

ORGANIZATION, GROUP, COMPUTER = (
    names.APPROVE_ORGANIZATION,
    names.APPROVE_GROUP,
    names.APPROVE_COMPUTER,
)
SIGNER = "CN=Fjordlight Software AS, O=Fjordlight Software AS, C=NO"
RULE = {
    ids.RECOGNIZED_BLOCK: ids.BY_RULE,
    ids.RULE_PATH_BLOCK: r"C:\Program Files\Fjordlight\*\tideplan.exe",
    ids.RULE_SIGNER_BLOCK: SIGNER,
}
GROUP_REACH = {ids.REACH_BLOCK: "computer_group", **CONFIRMED}


@pytest.fixture
async def who(bench: Bench) -> str:
    """Somebody who may everything at Brightwater but global groups."""
    return await hire(
        bench,
        ORGANIZATION,
        names.ELEVATION_ADMINISTRATOR,
        names.MANAGE_INSTALLATION,
        names.MANAGE_LEARNING,
        names.MANAGE_APPLICATION_MONITOR,
    )


# Recognized by


async def test_a_custom_rule_for_a_computer_group_is_sent_as_it_was_typed(bench: Bench, who: str) -> None:
    """P7, P8: the write, the effect and the record say the same."""
    case = await new_file(bench)
    group = group_id(bench, "Workstations")
    said = await submit(bench, who, case, **GROUP_REACH, **RULE, **{ids.COMPUTER_GROUP_BLOCK: group})
    assert await became(bench) == "approved"
    (option,) = sent(bench)["policyConditions"]["manualOptions"]
    assert (option["fullPath"], option["cert"], option["hash"]) == (RULE[ids.RULE_PATH_BLOCK], SIGNER, None)
    assert "computer group Workstations" in said
    assert "recognized by a rule (path" in said
    tried = await bench.last("decision_attempted")
    assert tried.facts["recognized_by"] == ["path", "signer"]
    assert (tried.facts["reach"], tried.facts["reaches"]) == ("computer_group", "computer_group")
    assert tried.private["rule_signer"] == SIGNER
    assert "Fjordlight" not in str(tried.facts)


async def test_a_signer_that_the_portal_does_not_name_for_the_file_is_not_sent(
    bench: Bench, who: str
) -> None:
    """The modal is never trusted: what it names is read anew."""
    case = await new_file(bench)
    said = await submit(bench, who, case, **RULE | {ids.RULE_SIGNER_BLOCK: "CN=Anybody"})
    assert await became(bench) == "not_decided"
    assert "does not name the chosen signer" in said
    assert bench.portal.decisions == []


async def test_a_signer_too_long_for_an_option_stands_in_the_rule_in_full(bench: Bench, who: str) -> None:
    long = f"CN=Fjordlight, O={'Å' * 200}"
    case = await new_file(bench, signer=long)
    element = drawn_signers(await drawn(bench, who, case, **{ids.RECOGNIZED_BLOCK: ids.BY_RULE}))
    assert element[0].startswith("sha256:")
    await submit(bench, who, case, **RULE | {ids.RULE_SIGNER_BLOCK: element[0]})
    assert await became(bench) == "approved"
    assert sent(bench)["policyConditions"]["manualOptions"][0]["cert"] == long


def drawn_signers(view: dict[str, Any]) -> list[str]:
    """The values of the signers that a modal offers."""
    return options(view, ids.RULE_SIGNER_BLOCK)


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({ids.RULE_SIGNER_BLOCK: ids.NOT_IN_RULE}, "at least 2 parts"),
        ({ids.RULE_PATH_BLOCK: "*"}, "matches everything"),
        ({ids.RULE_PATH_BLOCK: r"C:\Users\*\tideplan.exe"}, "needs a justification"),
        ({ids.RULE_PATH_BLOCK: "*.exe"}, "needs a justification"),
    ],
)
async def test_a_loose_rule_is_stopped_at_the_press_as_well(
    bench: Bench, who: str, changed: dict[str, str], why: str
) -> None:
    """The acknowledgement says it field by field; a forged submission meets the same."""
    said = await submit(bench, who, await new_file(bench), **RULE | changed)
    assert why in said
    assert bench.portal.decisions == []


async def test_a_rule_with_a_warning_may_be_justified(bench: Bench, who: str) -> None:
    case = await new_file(bench)
    values = RULE | {
        ids.RULE_PATH_BLOCK: r"C:\Users\*\tideplan.exe",
        ids.REASON_BLOCK: "It installs per user",
    }
    await submit(bench, who, case, **values)
    assert await became(bench) == "approved"


# Applications


async def test_an_own_application_that_matches_is_taken_as_the_portal_lists_it(
    bench: Bench, who: str
) -> None:
    case = await new_file(bench)
    own = application(bench, "TidePlan", covers=case)
    said = await submit(bench, who, case, **{ids.APPLICATION_BLOCK: f"{ids.MATCH}:{own}"})
    assert await became(bench) == "approved"
    chosen = sent(bench)["matchingApplications"]
    assert (chosen["useMatchingApplication"], chosen["matchingApplication"]["applicationId"]) == (True, own)
    assert "in the matching application “TidePlan”" in said
    assert (await bench.last("decision_attempted")).facts["application"] == "matching"


async def test_a_match_that_covers_the_file_no_more_is_not_sent(bench: Bench, who: str) -> None:
    case = await new_file(bench)
    own = application(bench, "TidePlan")
    said = await submit(bench, who, case, **{ids.APPLICATION_BLOCK: f"{ids.MATCH}:{own}"})
    assert "does not cover the file any more" in said
    assert bench.portal.decisions == []


async def test_a_built_in_match_only_takes_the_entire_organization(bench: Bench, who: str) -> None:
    case = await new_file(bench)
    world = bench.portal.world
    built_in = application(bench, "TidePlan (Built-In)", covers=case, owner=world.master_id)
    value = {ids.APPLICATION_BLOCK: f"{ids.BUILT_IN_MATCH}:{built_in}"}
    assert "only takes the entire organization" in await submit(bench, who, case, **value)
    assert bench.portal.decisions == []
    said = await submit(bench, who, case, **value, **WIDE)
    assert await became(bench) == "approved"
    assert "in the built-in application “TidePlan (Built-In)”" in said
    assert policy_of(bench, case).applies_to_id == case.organization_id


async def test_a_built_in_match_called_an_own_one_is_judged_as_what_it_is(bench: Bench) -> None:
    """Semantics 5.5: the effect counts, whatever the modal calls it."""
    who = await hire(bench, COMPUTER)
    case = await new_file(bench)
    built_in = application(bench, "TidePlan (Built-In)", covers=case, owner=bench.portal.world.master_id)
    said = await submit(bench, who, case, **{ids.APPLICATION_BLOCK: f"{ids.MATCH}:{built_in}"})
    assert await became(bench) == "refused"
    assert "Approve for Entire Organization" in said
    assert bench.portal.decisions == []


async def test_an_existing_application_reaches_as_far_as_its_widest_policy(bench: Bench) -> None:
    """Semantics 5.5: the width is learnt at the press, and refused where it exceeds the right."""
    who = await hire(bench, GROUP)
    case = await new_file(bench)
    wide = application(bench, "Tools", case.organization_id)
    said = await submit(bench, who, case, **{ids.APPLICATION_BLOCK: f"{ids.EXISTING}:{wide}"})
    assert await became(bench) == "refused"
    assert "Approve for Entire Organization" in said
    assert bench.portal.decisions == []


async def test_an_existing_application_that_is_wide_needs_confirmation_and_nothing_typed_is_lost(
    bench: Bench, who: str
) -> None:
    """Semantics 5.7 by the effect: the computer was chosen, the organization is what it reaches."""
    case = await new_file(bench)
    wide = application(bench, "Tools", case.organization_id)
    value = {ids.APPLICATION_BLOCK: f"{ids.EXISTING}:{wide}", ids.REASON_BLOCK: "Month end"}
    said = await submit(bench, who, case, **value)
    assert "“Tools” takes effect as far as: the entire organization" in said
    assert "needs both" in said
    assert "Month end" in said
    assert bench.portal.decisions == []
    said = await submit(bench, who, case, **value, **CONFIRMED)
    assert await became(bench) == "approved"
    assert "wherever that may run already, as far as the entire organization" in said
    assert (await attempted(bench, case)).reaches is Reach.ORGANIZATION
    tried = await bench.last("decision_attempted")
    assert (tried.facts["reach"], tried.facts["reaches"]) == ("computer", "organization")


async def test_an_existing_application_without_policies_is_as_narrow_as_chosen(bench: Bench) -> None:
    who = await hire(bench, COMPUTER)
    case = await new_file(bench)
    narrow = application(bench, "Tools")
    await submit(bench, who, case, **{ids.APPLICATION_BLOCK: f"{ids.EXISTING}:{narrow}"})
    assert await became(bench) == "approved"
    assert sent(bench)["matchingApplications"]["useExistingApplication"] is True


async def test_a_width_that_cannot_be_learnt_closes_the_extension(bench: Bench, who: str) -> None:
    """P9."""
    case = await new_file(bench)
    wide = application(bench, "Tools", case.organization_id)
    bench.portal.faults.set(FaultKind.SERVER_ERROR, action="PolicyGetForViewPoliciesByApplicationId")
    await submit(bench, who, case, **{ids.APPLICATION_BLOCK: f"{ids.EXISTING}:{wide}"}, **CONFIRMED)
    assert await became(bench) == "refused"
    assert bench.portal.decisions == []


async def test_another_organizations_application_is_never_extended(bench: Bench, who: str) -> None:
    case = await new_file(bench)
    foreign = application(bench, "Theirs", owner=bench.portal.world.parent_id)
    said = await submit(bench, who, case, **{ids.APPLICATION_BLOCK: f"{ids.EXISTING}:{foreign}"})
    assert "Theirs" not in said
    assert await became(bench) == "not_decided"
    assert bench.portal.decisions == []


async def test_a_new_application_takes_the_typed_name(bench: Bench, who: str) -> None:
    case = await new_file(bench)
    said = await submit(bench, who, case, **{ids.APPLICATION_NAME_BLOCK: "TidePlan pilot"})
    assert sent(bench)["matchingApplications"]["newApplicationName"] == "TidePlan pilot"
    assert "as the new application “TidePlan pilot”" in said


# For how long


async def test_a_wide_approval_ends_by_itself_and_a_narrow_one_does_not(bench: Bench, who: str) -> None:
    """Wide is harder than narrow: without a further choice it ends after a quarter."""
    narrow, wide = await new_file(bench), await new_file(bench)
    await submit(bench, who, narrow)
    assert policy_of(bench, narrow).end_at is None
    said = await submit(bench, who, wide, **WIDE)
    ends = policy_of(bench, wide).end_at
    assert ends is not None
    assert timedelta(days=89) < ends - WORKING_HOURS < timedelta(days=91)
    assert f"until {ends:%Y-%m-%d %H:%M} UTC" in said


@pytest.mark.parametrize(
    ("lasts", "day", "expected"),
    [
        ("7", "", datetime(2026, 11, 25, 10, 0, tzinfo=UTC)),
        ("date", "2026-12-24", datetime(2026, 12, 24, 23, 59, 59, tzinfo=UTC)),
        ("for_good", "", None),
    ],
)
async def test_the_chosen_end_is_the_policys_end(
    bench: Bench, who: str, lasts: str, day: str, expected: datetime | None
) -> None:
    case = await new_file(bench)
    await submit(bench, who, case, **WIDE, **{ids.LASTS_BLOCK: lasts, ids.EXPIRES_BLOCK: day})
    ends = policy_of(bench, case).end_at
    assert ends == expected or (ends and expected and abs(ends - expected) < timedelta(minutes=5))


async def test_an_end_in_the_past_is_not_sent(bench: Bench, who: str) -> None:
    case = await new_file(bench)
    values = {ids.LASTS_BLOCK: "date", ids.EXPIRES_BLOCK: "2026-11-17"}
    assert "has passed already" in await submit(bench, who, case, **values)
    assert bench.portal.decisions == []


@pytest.mark.parametrize(
    ("block", "value"),
    [
        (ids.REACH_BLOCK, "everywhere"),
        (ids.LASTS_BLOCK, "4000"),
        (ids.LASTS_BLOCK, "-7"),
        (ids.ELEVATION_BLOCK, "root"),
        (ids.INSTEAD_BLOCK, "tea"),
        (ids.APPLICATION_BLOCK, "match:"),
        (ids.APPLICATION_BLOCK, "foreign:1"),
    ],
)
async def test_what_the_modal_never_offers_is_answered_and_not_sent(
    bench: Bench, who: str, block: str, value: str
) -> None:
    """P4."""
    said = await submit(bench, who, await new_file(bench), **{block: value})
    assert "not offered" in said
    assert bench.portal.decisions == []


# Elevation


async def test_silent_elevation_until_a_day(bench: Bench, who: str) -> None:
    case = await new_file(bench, "elevate")
    values = {
        ids.ELEVATION_BLOCK: ids.SILENTLY,
        ids.ELEVATION_FOR_BLOCK: ids.UNTIL_DATE,
        ids.ELEVATION_UNTIL_BLOCK: "2026-11-30",
    }
    said = await submit(bench, who, case, **values)
    assert await became(bench) == "approved"
    policy = policy_of(bench, case)
    assert policy.elevation_status == 2
    assert policy.elevation_end_at == datetime(2026, 11, 30, 23, 59, 59, tzinfo=UTC)
    assert "with administrator rights, silently, until 2026-11-30 23:59 UTC" in said
    tried = await bench.last("decision_attempted")
    assert (tried.facts["elevation"], tried.facts["elevation_ends"]) == (
        "silent",
        "2026-11-30T23:59:59+00:00",
    )


@pytest.mark.parametrize(
    ("typed", "lacks"),
    [
        ({}, "need a reason"),
        ({ids.REASON_BLOCK: "A kiosk"}, "why that is safe"),
        ({ids.SAFE_BLOCK: "Nobody logs on there"}, "need a reason"),
    ],
)
async def test_elevation_without_an_end_needs_a_reason_and_why_it_is_safe(
    bench: Bench, who: str, typed: dict[str, str], lacks: str
) -> None:
    """Semantics 6.5."""
    case = await new_file(bench, "elevate")
    values = {ids.ELEVATION_BLOCK: ids.WITH_NOTICE, ids.ELEVATION_FOR_BLOCK: ids.FOR_GOOD} | typed
    assert lacks in await submit(bench, who, case, **values)
    assert bench.portal.decisions == []


async def test_elevation_without_an_end_says_so_and_keeps_why_it_is_safe(bench: Bench, who: str) -> None:
    case = await new_file(bench, "elevate")
    values = {ids.ELEVATION_BLOCK: ids.WITH_NOTICE, ids.ELEVATION_FOR_BLOCK: ids.FOR_GOOD}
    typed = {ids.REASON_BLOCK: "A kiosk", ids.SAFE_BLOCK: "Nobody logs on there"}
    said = await submit(bench, who, case, **values, **typed)
    assert await became(bench) == "approved"
    assert "with notice, without an end" in said
    assert policy_of(bench, case).elevation_end_at is None
    assert (await bench.last("decision_attempted")).private["safe_because"] == "Nobody logs on there"
    assert "Nobody logs on there" in bench.portal.request(case.requests[0].facts.request_id).comments


async def test_elevation_is_added_to_an_application_request_on_purpose_only(bench: Bench, who: str) -> None:
    """Semantics 6.4."""
    plain, added = await new_file(bench), await new_file(bench)
    await submit(bench, who, plain)
    assert policy_of(bench, plain).elevation_status == 0
    values = {ids.ELEVATION_BLOCK: ids.WITH_NOTICE, ids.ELEVATION_FOR_BLOCK: "2"}
    said = await submit(bench, who, added, **values)
    assert "admin rights with notice for 2 hours" in said
    assert policy_of(bench, added).elevation_status == 1
    other = await hire(bench, ORGANIZATION)
    refused = await submit(bench, other, await new_file(bench), **values)
    assert "Elevation Administrator" in refused
    assert len(bench.portal.decisions) == 2


# A maintenance mode instead


@pytest.mark.parametrize(
    ("mode", "rule_id"), [("installation", 1), ("learning", 2), ("application_monitor_only", 3)]
)
async def test_a_mode_is_started_from_the_request_for_an_hour(
    bench: Bench, who: str, mode: str, rule_id: int
) -> None:
    """Semantics 7: the door of a request."""
    case = await new_file(bench)
    values = {ids.INSTEAD_BLOCK: mode, ids.MODE_BECAUSE_BLOCK: "The installer unpacks other names each time"}
    said = await submit(bench, who, case, **values)
    assert await became(bench) == "approved"
    assert sent(bench)["policyConditions"]["ruleId"] == rule_id
    assert "for one hour" in said
    tried = await bench.last("decision_attempted")
    assert tried.facts["mode"] == mode
    assert any("Manage" in basis for basis in tried.facts["rests_on"])
    assert "unpacks other names" in bench.portal.request(case.requests[0].facts.request_id).comments


async def test_a_mode_goes_with_an_approval_for_the_entire_organization(bench: Bench, who: str) -> None:
    """The permission page's own example: Approve for Entire Organization with Manage … Installation Mode."""
    case = await new_file(bench)
    values = {
        ids.INSTEAD_BLOCK: "installation",
        ids.MODE_BECAUSE_BLOCK: "The installer unpacks other names",
        **WIDE,
    }
    said = await submit(bench, who, case, **values)
    assert await became(bench) == "approved"
    body, facts = sent(bench), case.requests[0].facts
    assert body["policyConditions"]["ruleId"] == 1
    assert body["policyLevel"]["toEntireOrganization"] is True
    assert body["policyExpirationDate"]
    assert f"runs on {facts.computer_name} only, for one hour" in said
    assert f"may run on the entire organization {facts.organization_name}, until 2" in said
    tried = await bench.last("decision_attempted")
    assert (tried.facts["mode"], tried.facts["reach"]) == ("installation", "organization")


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({ids.MODE_BECAUSE_BLOCK: ""}, "why no scoped policy serves"),
        ({**RULE}, "takes no rule"),
        ({ids.ELEVATION_BLOCK: ids.WITH_NOTICE, ids.ELEVATION_FOR_BLOCK: "1"}, "no administrator rights"),
        ({ids.APPLICATION_BLOCK: f"{ids.MATCH}:x"}, "new application only"),
    ],
)
async def test_a_mode_is_not_combined_with_what_it_takes_the_place_of(
    bench: Bench, who: str, changed: dict[str, str], why: str
) -> None:
    values = {ids.INSTEAD_BLOCK: "learning", ids.MODE_BECAUSE_BLOCK: "Too many files"} | changed
    assert why in await submit(bench, who, await new_file(bench), **values)
    assert bench.portal.decisions == []


@pytest.mark.parametrize("kind", ["elevate"])
async def test_no_mode_answers_another_kind_of_request(bench: Bench, who: str, kind: str) -> None:
    """Semantics 7.3."""
    case = await new_file(bench, kind)
    await submit(
        bench, who, case, **{ids.INSTEAD_BLOCK: "learning", ids.MODE_BECAUSE_BLOCK: "Too many files"}
    )
    assert bench.portal.decisions == []


# Ticket, notes, ringfencing


async def test_ticket_and_notes_go_where_they_belong(bench: Bench, who: str) -> None:
    case = await new_file(bench)
    values = {
        ids.TICKET_BLOCK: "INC-4711",
        ids.NOTE_BLOCK: "Please restart TidePlan once.",
        ids.INTERNAL_BLOCK: "Vendor called back [attempt 1]",
    }
    await submit(bench, who, case, **values)
    request = bench.portal.request(case.requests[0].facts.request_id)
    assert request.ticket_id == "INC-4711"
    assert request.response_reason.endswith("\n\nPlease restart TidePlan once.")
    assert sent(bench)["notifyOnResponse"] is True
    assert "Approved by Ana Moreau via Gatehouse [attempt" in request.comments
    assert request.comments.endswith("note: Vendor called back attempt 1")
    assert "Vendor called back" not in request.response_reason


async def test_the_requestor_is_not_told_where_that_was_unticked(bench: Bench, who: str) -> None:
    await submit(bench, who, await new_file(bench), **{ids.NOTIFY_BLOCK: ""})
    assert sent(bench)["notifyOnResponse"] is False


# Global groups


async def test_a_global_group_is_prepared_and_not_sent_until_it_is_verified(bench: Bench) -> None:
    bench.with_rules(portal_link="https://portal.example/approvals")
    who = await hire(bench, COMPUTER, at_parent=(names.APPROVE_GLOBAL,))
    case = await new_file(bench)
    values = {
        ids.REACH_BLOCK: "global",
        ids.GLOBAL_GROUP_BLOCK: group_id(bench, "Global - Workstations", "rowanbridge"),
        **CONFIRMED,
    }
    said = await submit(bench, who, case, **values)
    assert await became(bench) == "not_decided"
    assert "Prepared for you" in said
    assert "the global group Global - Workstations" in said
    assert "https://portal.example/approvals" in said
    assert bench.portal.decisions == []
    bench.with_rules(verified_writes=frozenset({UnprovenWrite.PERMIT_GLOBAL}))
    await submit(bench, who, case, **values)
    assert await became(bench) == "approved"
    assert (await attempted(bench, case)).reaches is Reach.GLOBAL


async def test_a_global_group_called_a_computer_group_is_not_taken(bench: Bench, who: str) -> None:
    """Semantics 5.3: Approve for Group never opens it, whatever the radio button says."""
    group = group_id(bench, "Global - Workstations", "rowanbridge")
    said = await submit(bench, who, await new_file(bench), **GROUP_REACH, **{ids.COMPUTER_GROUP_BLOCK: group})
    assert "no longer lists the computer group" in said
    assert bench.portal.decisions == []


# What was shown is what is decided


async def test_a_stale_modal_decides_nothing(bench: Bench, who: str) -> None:
    """P8."""
    case = await new_file(bench)
    request_id = case.requests[0].facts.request_id
    bench.portal.world.requests[request_id] = replace(
        bench.portal.request(request_id), reason="Another reason"
    )
    await bench.poll()
    await bench.say()
    view = await drawn(bench, who, case)
    assert "Facts of this case changed" in str(view["blocks"])
    await submit(bench, who, case, **RULE)
    assert await became(bench) == "changed"
    assert bench.portal.decisions == []


async def test_writes_off_shows_the_exact_effect_of_every_choice(bench: Bench, who: str) -> None:
    bench.with_rules(writes_on=False)
    case = await new_file(bench)
    said = await submit(bench, who, case, **WIDE, **RULE, **{ids.LASTS_BLOCK: "30"})
    assert await became(bench) == "rehearsed"
    assert "recognized by a rule" in said
    assert "entire organization" in said
    assert bench.portal.decisions == []


async def test_several_requests_are_each_planned_on_their_own(bench: Bench, who: str) -> None:
    """One press, three computers: a rule by signer for each."""
    case = await bench.arrive_on(*bench.computers()[:3], signer=SIGNER)
    assert len(case.requests) == 3
    await submit(bench, who, case, **RULE)
    assert set((await bench.became()).values()) == {"approved"}
    assert len({write.body["computerId"] for write in bench.portal.decisions}) == 3


async def test_the_answer_to_a_form_that_was_closed_names_the_reason(bench: Bench) -> None:
    """P4: who lost the right while the modal was open reads why."""
    who = await hire(bench, ORGANIZATION)
    case = await new_file(bench)
    await hire(bench, names.VIEW_APPROVALS)
    said = await submit(bench, who, case, **RULE)
    assert await became(bench) == "refused"
    assert "Approve for Single Computer" in said
