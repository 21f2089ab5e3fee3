"""“Approve…” by what would come of it: no way to more than was asked, shown and judged, whatever the form says."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.cards.kit import ids
from bot.models import Case
from permissions import names
from tests.decision.dialogue import (
    application,
    attempted,
    became,
    drawn,
    hire,
    new_file,
    sent,
    submit,
)
from tests.desk import Bench

RULE = {
    ids.RECOGNIZED_BLOCK: ids.BY_RULE,
    ids.RULE_PATH_BLOCK: r"C:\Program Files\Fjordlight\*",
    ids.RULE_SIGNER_BLOCK: "CN=Fjordlight Software AS, O=Fjordlight Software AS, C=NO",
}
SILENT = {ids.ELEVATION_BLOCK: ids.SILENTLY}


# 6.3: no side door


async def approved_elevation(bench: Bench, *more: str) -> tuple[str, Case]:
    """Ana, who may grant elevation, and an elevation request for a file that may run here already."""
    who = await hire(bench, names.VIEW_APPROVALS, names.ELEVATION_ADMINISTRATOR, *more)
    case = await new_file(bench, "elevate")
    application(bench, "TidePlan", case.organization_id, covers=case)
    return who, case


def lets_in_more(bench: Bench, case: Case) -> dict[str, dict[str, str]]:
    """Choices that let in more than the very file."""
    match = application(bench, "Everything of Fjordlight", covers=case)
    existing = application(bench, "Tools of others")
    return {
        "rule": RULE,
        "match": {ids.APPLICATION_BLOCK: f"{ids.MATCH}:{match}"},
        "existing": {ids.APPLICATION_BLOCK: f"{ids.EXISTING}:{existing}"},
    }


@pytest.mark.parametrize("what", ["rule", "match", "existing"])
async def test_that_the_file_may_run_opens_nothing_for_other_files(bench: Bench, what: str) -> None:
    """6.3: a rule or another application lets in files that nobody has approved; that is the application right's."""
    who, case = await approved_elevation(bench)
    said = await submit(bench, who, case, **lets_in_more(bench, case)[what])
    assert await became(bench) == "refused"
    assert "Approve for Single Computer" in said
    assert bench.portal.decisions == []


@pytest.mark.parametrize("what", ["rule", "match", "existing"])
async def test_with_the_application_right_they_are_open(bench: Bench, what: str) -> None:
    who, case = await approved_elevation(bench, names.APPROVE_COMPUTER)
    await submit(bench, who, case, **lets_in_more(bench, case)[what])
    assert await became(bench) == "approved"


async def test_the_very_file_needs_no_application_right(bench: Bench) -> None:
    who, case = await approved_elevation(bench)
    await submit(bench, who, case)
    assert await became(bench) == "approved"


# 6.4: elevation that comes with an existing application


async def elevated_tools(bench: Bench, **ends: timedelta) -> tuple[str, Case, dict[str, str]]:
    """An application that a policy elevates on the request's own computer, chosen for a plain request."""
    who = await hire(bench, names.APPROVE_COMPUTER)
    case = await new_file(bench)
    tools = application(bench, "Tools", case.requests[0].facts.computer_id)
    policies = bench.portal.world.policies
    (key,) = [key for key, policy in policies.items() if policy.name == "Permit Tools"]
    end = bench.clock.now() + ends["over"] if ends else None
    policies[key] = replace(policies[key], elevation_status=2, elevation_end_at=end)
    return who, case, {ids.APPLICATION_BLOCK: f"{ids.EXISTING}:{tools}"}


async def test_an_application_that_a_policy_elevates_takes_no_file_unasked(bench: Bench) -> None:
    """6.4: the effect would say “without administrator rights”, and the file would get them."""
    who, case, values = await elevated_tools(bench)
    said = await submit(bench, who, case, **values)
    assert await became(bench) == "not_decided"
    assert "gives the existing application administrator rights" in said
    assert bench.portal.decisions == []


@pytest.mark.parametrize(("over", "ended"), [(1, "not_decided"), (-1, "approved")])
async def test_rights_that_have_ended_are_none(bench: Bench, over: int, ended: str) -> None:
    who, case, values = await elevated_tools(bench, over=timedelta(minutes=over))
    await submit(bench, who, case, **values)
    assert await became(bench) == ended


# Rights without an end need their reasons, under any name


@pytest.fixture
async def elevating(bench: Bench) -> tuple[str, Case]:
    """Somebody who may approve and elevate everything, and an elevation request."""
    who = await hire(bench, names.APPROVE_ORGANIZATION, names.ELEVATION_ADMINISTRATOR)
    return who, await new_file(bench, "elevate")


@pytest.mark.parametrize("hours", ["00002490000", "25", "0", "000001", "-1", "1.5", "²"])
async def test_hours_that_no_option_offers_are_refused(
    bench: Bench, elevating: tuple[str, Case], hours: str
) -> None:
    who, case = elevating
    said = await submit(bench, who, case, **SILENT, **{ids.ELEVATION_FOR_BLOCK: hours})
    assert "holds something that is not offered" in said
    assert bench.portal.decisions == []


@pytest.mark.parametrize("days", ["0000019999", "366", "00"])
async def test_days_that_no_option_offers_are_refused(
    bench: Bench, elevating: tuple[str, Case], days: str
) -> None:
    who, case = elevating
    said = await submit(bench, who, case, **{ids.LASTS_BLOCK: days})
    assert "holds something that is not offered" in said
    assert bench.portal.decisions == []


def until(bench: Bench, days: int) -> dict[str, str]:
    """Administrator rights until so many days from now."""
    day = (bench.clock.now() + timedelta(days=days)).date().isoformat()
    return {**SILENT, ids.ELEVATION_FOR_BLOCK: ids.UNTIL_DATE, ids.ELEVATION_UNTIL_BLOCK: day}


async def test_an_end_that_nobody_lives_to_see_is_rights_without_an_end(
    bench: Bench, elevating: tuple[str, Case]
) -> None:
    """Workflow 3: without an end they need the reason and why it is safe; a far day is no way around that."""
    who, case = elevating
    for days in (367, 365 * 7000):
        said = await submit(bench, who, case, **until(bench, days))
        assert "choose “Without an end”, with the reason and why it is safe" in said
    assert bench.portal.decisions == []


async def test_the_preview_says_so_before(bench: Bench, elevating: tuple[str, Case]) -> None:
    who, case = elevating
    view = await drawn(bench, who, case, ids.APPROVE_PREVIEW, **until(bench, 700))
    assert "Administrator rights end within 366 days" in str(view)


async def test_an_end_within_the_year_is_sent_as_chosen(bench: Bench, elevating: tuple[str, Case]) -> None:
    who, case = elevating
    await submit(bench, who, case, **until(bench, 300))
    end = (await attempted(bench, case)).choice.elevate_until
    assert end is not None
    assert end.date() == (bench.clock.now() + timedelta(days=300)).date()
    assert sent(bench)["elevationExpirationDate"] == f"{end:%Y-%m-%dT%H:%M:%SZ}"


# P4: any day gets an answer


@pytest.mark.parametrize(("zone", "day"), [("America/New_York", "9999-12-31"), ("UTC", "soon"), ("UTC", "")])
async def test_a_day_beyond_the_calendar_gets_an_answer_of_its_own(
    bench: Bench, elevating: tuple[str, Case], zone: str, day: str
) -> None:
    bench.with_rules(escalation={"zone": zone})
    who, case = elevating
    said = await submit(bench, who, case, **{ids.LASTS_BLOCK: ids.UNTIL_DATE, ids.EXPIRES_BLOCK: day})
    assert "day" in said
    assert bench.portal.decisions == []


async def test_the_preview_of_such_a_day_is_drawn(bench: Bench, elevating: tuple[str, Case]) -> None:
    bench.with_rules(escalation={"zone": "America/New_York"})
    who, case = elevating
    last = {ids.LASTS_BLOCK: ids.UNTIL_DATE, ids.EXPIRES_BLOCK: "9999-12-31"}
    assert "No calendar reaches as far" in str(await drawn(bench, who, case, ids.APPROVE_PREVIEW, **last))
