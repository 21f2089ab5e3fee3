"""Permission semantics 11.1 at the press: whose a request is, and which of a case's requests that spoils."""

from __future__ import annotations

import pytest

from bot.cards.kit import ids
from bot.decision.claims import claim
from bot.models import Case
from tests.decision.test_press import approve, deny, only, submit
from tests.desk import Bench, accept


async def without_portal_name(bench: Bench, name: str) -> None:
    """An access file that does not say under which account a person signs in."""
    document = (bench.folder / "access.toml").read_text("utf-8")
    changed = document.replace(f'portal = ["{name}"]\n', "")
    assert changed != document
    await accept(bench, changed)


@pytest.mark.parametrize("user", ["amoreau", "AMOREAU", "ana.moreau"])
@pytest.mark.parametrize("portal", ["amoreau@rowanbridge.example", "ROWANBRIDGE\\\\AMoreau", "amoreau"])
async def test_both_sides_are_reduced_alike(bench: Bench, portal: str, user: str) -> None:
    document = (bench.folder / "access.toml").read_text("utf-8")
    name = portal.replace("amoreau", "ana.moreau").replace("AMoreau", "Ana.Moreau") if "." in user else portal
    await accept(bench, document.replace('portal = ["amoreau"]', f'portal = ["{name}"]'))
    case = await bench.arrive(user=user)
    said = await approve(bench, "ana", case)
    assert "your own" in said
    assert bench.portal.decisions == []


async def test_whose_portal_name_is_not_known_approves_nothing_that_may_be_theirs(bench: Bench) -> None:
    await without_portal_name(bench, "amoreau")
    case = await bench.arrive(user="amoreau")
    said = await approve(bench, "ana", case)
    assert "cannot tell this request from one of your own" in said
    assert "Who could" in said
    assert (await bench.last("decision_refused")).facts["why"] == "not_told_apart"
    assert bench.portal.decisions == []


async def test_but_what_is_surely_another_persons(bench: Bench) -> None:
    await without_portal_name(bench, "amoreau")
    case = await bench.arrive(user="rvance")
    await approve(bench, "ana", case)
    assert (await bench.became())[only(case)] == "approved"


async def test_nobody_who_may_have_asked_is_named_as_one_who_could(bench: Bench) -> None:
    await without_portal_name(bench, "kokafor")
    case = await bench.arrive(user="mlind")
    said = await approve(bench, "hal", case)
    assert "Lee Sandoval" in said
    assert "Kim Okafor" not in said


async def shared(bench: Bench, *, user: str = "amoreau") -> Case:
    """One file, two computers: the second one's request is of the user."""
    first, second = bench.computers()[:2]
    facts = await bench.arrive(computer=first, product="tideplan", version="4.1", user="rvance")
    await bench.arrive(computer=second, product="tideplan", version="4.1", user=user)
    case = await bench.case(facts.case_id)
    assert len(case.requests) == 2
    return case


async def test_one_own_request_does_not_spoil_the_others(bench: Bench) -> None:
    case = await shared(bench)
    said = await approve(bench, "ana", case)
    theirs, own = (entry.facts.request_id for entry in case.requests)
    assert (await bench.became()) == {theirs: "approved", own: "refused"}
    assert "your own" in said


async def test_a_wide_approval_would_let_in_ones_own(bench: Bench) -> None:
    """What counts is the effect: the same file for the whole organization is one's own request as well."""
    case = await shared(bench, user="lsandoval")
    said = await submit(
        bench,
        "lee",
        case,
        reach="organization",
        validated_how="tested on two computers of the lab",
        confirmed_by="Nora Falk, head of planning",
    )
    assert "would let in a request of your own" in " ".join(said.split())
    assert bench.portal.decisions == []


async def test_denying_ones_own_request_stays_open(bench: Bench) -> None:
    case = await bench.arrive(user="amoreau")
    await deny(bench, "ana", case)
    assert (await bench.became())[only(case)] == "denied"


async def test_a_case_with_one_own_request_may_be_claimed_and_one_that_is_all_ones_own_not(
    bench: Bench,
) -> None:
    case = await shared(bench)
    await bench.do(claim, await bench.press("ana", ids.CLAIM, case))
    assert (await bench.case(case.case_id)).claim is not None
    own = await bench.arrive(user="amoreau", product="labelpress")
    said = await bench.do(claim, await bench.press("ana", ids.CLAIM, own))
    assert "your own" in said
    assert (await bench.case(own.case_id)).claim is None
