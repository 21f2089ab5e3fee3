"""“I am on it”: advisory, taken over, released, lapsed; never in the way of a decision or of the clock."""

from __future__ import annotations

from typing import Any

import pytest

from bot.cards.kit import ids
from bot.decision.claims import claim, lapse, release
from bot.models import Case, CaseWrite, Change, DueKind, Event
from bot.rules import lifecycle
from rehearsal.portal.faults import FaultKind
from tests.cards.reading import details
from tests.desk import Bench, text_of

TREE = "OrganizationGetForMoveComputers"
OWN = "ApprovalRequestUpdateForTakeOwnership"


async def claimed(bench: Bench, who: str, case: Case) -> str:
    """Press Claim; what the presser reads."""
    return await bench.do(claim, await bench.press(who, ids.CLAIM, case))


async def test_a_claim_is_recorded_shown_and_lasts_its_length(bench: Bench) -> None:
    case = await bench.arrive()
    said = await claimed(bench, "ana", case)
    assert "You are on it" in said
    held = (await bench.case(case.case_id)).claim
    assert held is not None
    assert held.actor.name == "Ana Moreau"
    assert held.until - held.at == bench.desk.rules.decisions.claim_length
    assert (await bench.last("case_claimed")).person_id == "ana"


async def test_a_claim_takes_the_portals_ownership_once_and_as_best_effort(bench: Bench) -> None:
    case = await bench.arrive()
    await claimed(bench, "ana", case)
    assert bench.portal.calls[OWN] == 1
    assert bench.portal.request(case.requests[0].facts.request_id).assignee


async def test_our_own_account_in_the_portal_is_nobody_who_has_it(bench: Bench) -> None:
    """A claim makes it the owner there, and once the claim is released it stands there still."""
    case = await bench.arrive()
    await claimed(bench, "ana", case)
    await bench.poll()
    await bench.do(release, await bench.press("ana", ids.RELEASE, await bench.case(case.case_id)))
    held = await bench.case(case.case_id)
    assert held.requests[0].assignee == held.requests[0].own_account != ""
    assert "Assigned in the portal" not in details(held)
    bench.portal.assign_in_portal(case.requests[0].facts.request_id, by="Pat Rowan")
    await bench.poll()
    assert "Assigned in the portal to Pat Rowan" in details(await bench.case(case.case_id))


@pytest.mark.parametrize(
    "second", [None, {"assigneeUsername": "", "assigneeFirstName": "", "assigneeLastname": ""}]
)
async def test_an_account_that_the_portal_does_not_tell_fails_no_claim(
    bench: Bench, second: dict[str, str] | None
) -> None:
    """The second look, after the ownership was taken, has no answer, or one that names nobody."""
    case, looks = await bench.arrive(), []

    def change(row: Any) -> Any:
        looks.append(row)
        return row if len(looks) < 2 else row | second if second is not None else None

    bench.portal.faults.distort("ApprovalRequestGetById", change)
    await claimed(bench, "ana", case)
    held = await bench.case(case.case_id)
    assert len(looks) >= 2
    assert held.claim is not None
    assert held.requests[0].own_account == ""
    assert (await bench.last("ownership_asked_for")).facts == {"outcome": "taken"}


async def test_a_portal_that_refuses_ownership_fails_no_claim(bench: Bench) -> None:
    case = await bench.arrive()
    bench.portal.faults.set(FaultKind.SERVER_ERROR, action=OWN)
    await claimed(bench, "ana", case)
    assert (await bench.case(case.case_id)).claim is not None


@pytest.mark.parametrize("closed", ["writes off", "token refused"])
async def test_without_writes_nothing_is_written_in_the_portal_for_a_claim(bench: Bench, closed: str) -> None:
    case = await bench.arrive()
    if closed == "writes off":
        bench.with_rules(writes_on=False)
    else:
        bench.desk.gate.refuse(bench.desk.now())
    await claimed(bench, "ana", case)
    assert bench.portal.calls[OWN] == 0
    assert (await bench.case(case.case_id)).claim is not None


@pytest.mark.parametrize("who", ["hal", "ray", "eve", "gus"])
async def test_who_may_not_deny_may_not_claim(bench: Bench, who: str) -> None:
    case = await bench.arrive()
    said = await claimed(bench, who, case)
    assert said
    assert (await bench.case(case.case_id)).claim is None
    assert bench.portal.calls[OWN] == 0


async def test_who_may_not_claim_but_may_see_reads_who_could(bench: Bench) -> None:
    """P4: why not, and who could; whoever may not see the request reads no names."""
    case = await bench.arrive()
    assert "Kim Okafor" in (await claimed(bench, "hal", case)).partition("Who could")[2]
    assert "Who could" not in await claimed(bench, "ray", case)


async def test_a_claim_can_be_taken_over_and_the_former_claimer_is_told(bench: Bench) -> None:
    case = await bench.arrive()
    await claimed(bench, "ana", case)
    await claimed(bench, "kim", await bench.case(case.case_id))
    held = (await bench.case(case.case_id)).claim
    assert held is not None
    assert held.actor.name == "Kim Okafor"
    (told,) = [one for one in bench.said if one.effect_id.startswith("takeover:")]
    assert told.slack_user_id == bench.cast["ana"]
    assert "Kim Okafor" in text_of(told)


async def test_claiming_again_renews_and_tells_nobody_else(bench: Bench) -> None:
    case = await bench.arrive()
    await claimed(bench, "ana", case)
    await bench.advance(minutes=3)
    first = (await bench.case(case.case_id)).claim
    await claimed(bench, "ana", await bench.case(case.case_id))
    second = (await bench.case(case.case_id)).claim
    assert first is not None
    assert second is not None
    assert second.until > first.until
    assert not [one for one in bench.said if one.effect_id.startswith("takeover:")]


async def closed_case(bench: Bench) -> Case:
    """A case that was decided in the portal."""
    case = await bench.arrive()
    bench.portal.decide_in_portal(case.requests[0].facts.request_id, approve=True, by="Ada Lund")
    await bench.poll()
    await bench.say()
    return case


async def test_a_closed_case_cannot_be_claimed_and_the_presser_hears_how_it_ended(bench: Bench) -> None:
    case = await closed_case(bench)
    said = await claimed(bench, "ana", case)
    assert "Too late" in said
    assert await bench.events("press_too_late")


@pytest.mark.parametrize("use_case", [claim, release])
async def test_an_unknown_card_is_answered(bench: Bench, use_case: Any) -> None:
    """P4."""
    said = await bench.do(use_case, await bench.press("ana", ids.CLAIM))
    assert "c0unknown" in said


@pytest.mark.parametrize("use_case", [claim, release])
async def test_without_the_portals_organizations_nobody_may(bench: Bench, use_case: Any) -> None:
    """P1: who cannot be checked may not."""
    case = await bench.arrive()
    bench.portal.faults.set(FaultKind.SERVER_ERROR, action=TREE)
    said = await bench.do(use_case, await bench.press("ana", ids.CLAIM, case))
    assert "could not be read" in said
    assert (await bench.last("press_refused")).facts["why"] == "portal_away"


async def test_its_owner_releases_a_claim(bench: Bench) -> None:
    case = await bench.arrive()
    await claimed(bench, "ana", case)
    said = await bench.do(release, await bench.press("ana", ids.RELEASE, await bench.case(case.case_id)))
    assert "Released" in said
    assert (await bench.case(case.case_id)).claim is None


async def test_whoever_could_take_it_over_may_release_it_and_others_may_not(bench: Bench) -> None:
    case = await bench.arrive()
    await claimed(bench, "ana", case)
    await bench.do(release, await bench.press("hal", ids.RELEASE, await bench.case(case.case_id)))
    assert (await bench.case(case.case_id)).claim is not None
    await bench.do(release, await bench.press("kim", ids.RELEASE, await bench.case(case.case_id)))
    assert (await bench.case(case.case_id)).claim is None


async def test_releasing_what_nobody_claims_says_so(bench: Bench) -> None:
    case = await bench.arrive()
    said = await bench.do(release, await bench.press("ana", ids.RELEASE, case))
    assert "Nobody had claimed it" in said


@pytest.mark.parametrize("use_case", [claim, release])
async def test_a_stranger_is_refused_before_anything_is_looked_up(bench: Bench, use_case: Any) -> None:
    case = await bench.arrive()
    press = await bench.press("ana", ids.CLAIM, case, slack_team_id="T0FOREIGN")
    await bench.do(use_case, press)
    assert (await bench.last("press_refused")).facts["why"] == "foreign_workspace"


async def test_a_claim_lapses_by_itself_and_the_claimer_is_told(bench: Bench) -> None:
    case = await bench.arrive()
    await claimed(bench, "ana", case)
    await bench.advance(minutes=15)
    taken, current = await bench.one_due(DueKind.CLAIM)
    await lapse(bench.desk, taken, current)
    assert (await bench.case(case.case_id)).claim is None
    (told,) = [one for one in await bench.say() if one.effect_id.startswith("lapse:")]
    assert told.slack_user_id == bench.cast["ana"]
    assert (await bench.last("claim_lapsed")).person_id == "ana"
    assert await bench.due(DueKind.CLAIM) == []


async def test_a_claim_that_was_renewed_meanwhile_does_not_lapse(bench: Bench) -> None:
    case = await bench.arrive()
    await claimed(bench, "ana", case)
    await bench.advance(minutes=15)
    taken, current = await bench.one_due(DueKind.CLAIM)
    await claimed(bench, "ana", current)
    await lapse(bench.desk, taken, current)
    assert (await bench.case(case.case_id)).claim is not None
    assert not await bench.events("claim_lapsed")


async def test_a_due_claim_that_is_none_any_more_is_given_back(bench: Bench) -> None:
    case = await bench.arrive()
    await claimed(bench, "ana", case)
    await bench.advance(minutes=15)
    taken, current = await bench.one_due(DueKind.CLAIM)
    later = lifecycle.take_claim(
        current,
        current.claim.actor,  # type: ignore[union-attr]  # it was claimed above
        bench.desk.now(),
        bench.desk.rules,
        escalated=False,
    )
    stored = await bench.ledger.case(case.case_id)
    assert stored is not None
    await bench.ledger.commit(
        Change(op_id="o1", events=[Event(name="x")], cases=[CaseWrite(later, stored.version)])
    )
    await lapse(bench.desk, taken, current)
    assert not await bench.events("claim_lapsed")
    await bench.advance(minutes=15)
    await lapse(bench.desk, *(await bench.one_due(DueKind.CLAIM)))
    assert await bench.events("claim_lapsed")
