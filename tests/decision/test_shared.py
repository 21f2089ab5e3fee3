"""What a card of several cases offers besides deciding them: each is judged by itself, and nobody reads of a customer
that they may not see."""

from __future__ import annotations

from typing import Any

import pytest

from bot.cards import check_view, parse_ref
from bot.cards.app_home import DeskView, Which
from bot.cards.kit import ids
from bot.cards.kit.carried import carried
from bot.decision.approve.by_rule import open_by_rule, redraw_by_rule, rule_shown, submit_by_rule
from bot.decision.claims import claim
from bot.decision.forms import approve_once, open_approve, open_deny, open_details
from bot.decision.handing.form import open_hand_over
from bot.decision.handing.giving import hand_over_case
from bot.decision.second.form import open_second
from bot.desk import Desk, reopen
from bot.lookup import blocked, home, why_blocked
from bot.models import AlsoShown, Case, Effect, EffectKind, Place, Press, PressKind, SecondApproval, Standing
from bot.policies.records import propose
from permissions import OrganizationTree
from rehearsal.portal.faults import FaultKind
from rehearsal.stage import organizations
from rehearsal.stage.cast import access_document
from tests.cards.reading import read
from tests.desk import Bench, accept, text_of

WORDS = "They install it for the whole floor."
FILE = {"product": "tideplan", "version": "4.1"}
CUSTOMERS = ("Brightwater Logistics", "Marlow Precision", "Calder & Voss Legal")
TREE = "OrganizationGetForMoveComputers"


async def family(bench: Bench, *computers: str) -> list[Case]:
    """One file on computers of several customers: one card."""
    wanted = bench.portal.raise_everywhere("execute", computers, **FILE)
    await bench.poll()
    await bench.say()
    return [await bench.case_of(request_id) for request_id in wanted]


def others(*cases: Case) -> dict[str, Any]:
    """What a form of a shared card carries besides its first case."""
    return {"others": tuple(AlsoShown(case_id=one.case_id, revision=one.revision) for one in cases)}


async def form(bench: Bench, who: str, case: Case) -> Effect:
    """“Hand over…” of the card's menu, as it is filled in the end."""
    await open_hand_over(bench.desk, await bench.press(who, ids.HAND_OVER, case))
    return last_view(await bench.say())


def last_view(said: list[Effect]) -> Effect:
    """The modal as it is in the end."""
    view = [one for one in said if one.kind is EffectKind.MODAL][-1]
    check_view(view.view)
    return view


async def submission(bench: Bench, who: str, cases: list[Case], to: str = "", because: str = WORDS) -> Press:
    """The form of all of them, to a person or to the team."""
    values = {ids.TO_BLOCK: ids.TO_PERSON if to else ids.TO_TEAM, ids.REASON_BLOCK: because}
    values |= {ids.PERSON_BLOCK: bench.cast.user_ids[to]} if to else {}
    more = {
        "kind": PressKind.MODAL,
        "view_id": "V1",
        "message_ts": "",
        "values": values,
        **others(*cases[1:]),
    }
    return await bench.press(who, ids.HAND_OVER_VIEW, cases[0], **more)


async def claimers(bench: Bench, cases: list[Case]) -> list[str]:
    """Who has claimed each of them now."""
    now = [await bench.case(case.case_id) for case in cases]
    return [case.claim.actor.person_id if case.claim is not None else "" for case in now]


def flat(effect: Effect) -> str:
    """An effect as it is read, on one line."""
    return " ".join(text_of(effect).split())


# Handed over


async def test_all_of_a_card_are_handed_over_at_once_and_the_receiver_is_told_once(bench: Bench) -> None:
    cases = await family(bench, "BRW-WS-001", "MRL-WS-002", "CVL-WS-003")
    shown = await form(bench, "ana", cases[1])
    assert "All 3 of this card: " in flat(shown)
    ref = parse_ref(carried(shown.view["private_metadata"]).ref)
    assert ref is not None
    assert len(ref.others) == 2
    said = await bench.do(hand_over_case, await submission(bench, "ana", cases, "kim"))
    assert "Handed over to Kim Okafor" in said
    assert "3 of the card's: " in said
    assert await claimers(bench, cases) == ["kim", "kim", "kim"]
    (told,) = [one for one in bench.said if one.effect_id.startswith("handed:")]
    assert told.slack_user_id == bench.cast["kim"]
    assert "at 3 customers" in flat(told)
    assert len(await bench.events("handed_over")) == 3


async def test_p1_who_sees_one_customer_hands_over_that_one_and_reads_of_no_other(bench: Bench) -> None:
    cases = await family(bench, "MRL-WS-002", "BRW-WS-001")
    shown = await form(bench, "bo", cases[0])
    assert "Brightwater" in flat(shown)
    assert "Marlow" not in str(shown.view)
    assert "MRL" not in str(shown.view)
    assert "1 more on this card belong to customers that you may not see." in flat(shown)
    said = await bench.do(hand_over_case, await submission(bench, "bo", cases, "kim"))
    assert "1 of the card's: Brightwater Logistics" in said
    assert "1 more on this card belong to customers that you may not see." in said
    assert "Marlow" not in said
    assert await claimers(bench, cases) == ["", "kim"]
    refused = await bench.events("press_refused")
    assert refused == [], "what is not theirs to see is left, not refused one by one"


async def test_nobody_s_card_is_handed_over_by_who_sees_none_of_it(bench: Bench) -> None:
    cases = await family(bench, "MRL-WS-002", "CVL-WS-003")
    said = await bench.do(hand_over_case, await submission(bench, "bo", cases, "kim"))
    assert "Not done" in said
    assert await claimers(bench, cases) == ["", ""]
    assert "Hand over (needed)" not in flat(await form(bench, "bo", cases[0]))


async def test_the_team_is_called_once_for_all_of_a_card(bench: Bench) -> None:
    cases = await family(bench, "BRW-WS-001", "MRL-WS-002")
    await bench.do(claim, await bench.press("lee", ids.CLAIM, cases[0], **others(cases[1])))
    said = await bench.do(hand_over_case, await submission(bench, "ana", cases))
    assert "Handed over to the escalation team." in said
    calls = [one for one in bench.said if one.place is Place.ESCALATION and one.kind is EffectKind.MESSAGE]
    assert len([one for one in calls if one.effect_id.startswith("handed:")]) == 1
    assert "2 customers" in flat(calls[-1])
    claimer = [one for one in bench.said if one.effect_id.startswith("handed:claimer:")]
    assert [one.slack_user_id for one in claimer] == [bench.cast["lee"]]
    now = [await bench.case(case.case_id) for case in cases]
    assert all(case.handed_over is not None for case in now)


async def test_what_is_over_meanwhile_is_told_and_the_rest_is_handed_over(bench: Bench) -> None:
    cases = await family(bench, "BRW-WS-001", "MRL-WS-002")
    press = await submission(bench, "ana", cases, "kim")
    bench.portal.decide_in_portal(cases[1].requests[0].facts.request_id, approve=True, by="Ada Lund")
    await bench.poll()
    said = await bench.do(hand_over_case, press)
    assert "1 of the card's: Brightwater Logistics" in said
    assert "Not Marlow Precision: It was decided, claimed or handed over meanwhile." in said
    assert await claimers(bench, cases) == ["kim", ""]


async def test_p5_a_press_that_was_cut_off_goes_on_and_tells_all_that_it_did(bench: Bench) -> None:
    """The first case was handed over when the process ended; the same press taken up again counts it as its own."""
    cases = await family(bench, "BRW-WS-001", "MRL-WS-002")
    press = await submission(bench, "ana", cases, "kim")
    alone = press.model_copy(update={"others": (), "press_id": "p" + "e" * 31})
    assert await bench.ledger.store_press(alone)
    await hand_over_case(bench.desk, alone)
    said = await bench.do(hand_over_case, press)
    assert "2 of the card's: " in said
    assert await claimers(bench, cases) == ["kim", "kim"]


async def test_all_over_meanwhile_says_so(bench: Bench) -> None:
    cases = await family(bench, "BRW-WS-001", "MRL-WS-002")
    press = await submission(bench, "ana", cases, "kim")
    for case in cases:
        bench.portal.decide_in_portal(case.requests[0].facts.request_id, approve=True, by="Ada Lund")
    await bench.poll()
    assert "no longer waiting" in await bench.do(hand_over_case, press)
    assert "no longer waiting" in flat(await form(bench, "ana", cases[0]))


@pytest.mark.parametrize("because", ["", WORDS])
async def test_a_form_of_several_that_changed_nothing_comes_back_as_it_was(
    bench: Bench, because: str
) -> None:
    """Its words, and all of the cases that it was about."""
    cases = await family(bench, "BRW-WS-001", "MRL-WS-002")
    press = await submission(bench, "ana", cases, "gus" if because else "kim", because)
    assert "Open the form again" in await bench.do(hand_over_case, press)
    again = await bench.press("ana", ids.REOPEN, cases[0], message_ts="", values={"more": press.press_id})

    async def use_case(desk: Desk, press: Press) -> None:
        await reopen(desk, press, {ids.HAND_OVER_VIEW: open_hand_over})

    await use_case(bench.desk, again)
    view = last_view(await bench.say())
    assert "All 2 of this card: " in flat(view)
    assert because in str(view.view)


async def test_where_the_portal_is_away_nothing_is_handed_over_and_nothing_is_lost(bench: Bench) -> None:
    cases = await family(bench, "BRW-WS-001", "MRL-WS-002")
    press = await submission(bench, "ana", cases, "kim")
    await bench.advance(hours=2)
    bench.portal.faults.set(FaultKind.SERVER_ERROR, action=TREE)
    said = await bench.do(hand_over_case, press)
    assert "could not be read" in said
    assert "Open the form again" in said


# Approved with the proposed rule


async def proposed(bench: Bench, cases: list[Case]) -> list[Case]:
    """The same cases with a policy proposed for each."""
    for case in cases:
        await bench.do(propose, await bench.press("kim", ids.POLICY_PROPOSE, case, view_id="V0"))
    return [await bench.case(case.case_id) for case in cases]


async def rule_form(bench: Bench, who: str, cases: list[Case]) -> Effect:
    """The form of the card's button."""
    await open_by_rule(bench.desk, await bench.press(who, ids.BY_RULE_MODAL, cases[0], **others(*cases[1:])))
    return last_view(await bench.say())


async def test_the_card_offers_the_proposed_rule_of_each_customer(bench: Bench) -> None:
    cases = await proposed(bench, await family(bench, "BRW-WS-001", "MRL-WS-002"))
    shown = await rule_form(bench, "ana", cases)
    assert "Which customer (needed): [Brightwater Logistics | Marlow Precision]" in flat(shown)
    assert "at Brightwater Logistics" in flat(shown)
    chosen = {ids.ONE_CASE_BLOCK: cases[1].case_id}
    press = await bench.press(
        "ana", "x", cases[0], view_id="V1", message_ts="", values=chosen, **others(cases[1])
    )
    await redraw_by_rule(bench.desk, press)
    drawn = last_view(await bench.say())
    assert drawn.view_id == "V1"
    assert "Policy: Permit" in flat(drawn)
    assert "at Marlow Precision" in flat(drawn)
    assert drawn.view["private_metadata"].startswith(
        f"{cases[1].case_id}.{cases[1].revision}+{cases[0].case_id}."
    )


async def test_the_rule_is_approved_for_the_customer_that_the_form_shows_and_no_other(bench: Bench) -> None:
    cases = await proposed(bench, await family(bench, "BRW-WS-001", "MRL-WS-002"))
    values = {
        "reach": "computer",
        "expires_on": "2027-05-17",
        "reason": "Asked for three times in a week.",
        ids.AWAITED: rule_shown(cases[1]),
        ids.ONE_CASE_BLOCK: cases[0].case_id,
    }
    form = {"view_id": "V1", "message_ts": "", "response_url": "", **others(cases[0])}
    press = await bench.press("ana", ids.BY_RULE_VIEW, cases[1], values=values, **form)
    assert "was not shown yet" in await bench.do(submit_by_rule, press)
    values |= {ids.ONE_CASE_BLOCK: cases[1].case_id}
    press = await bench.press("ana", ids.BY_RULE_VIEW, cases[1], values=values, **form)
    assert "Approved" in await bench.do(submit_by_rule, press)
    standing = [(await bench.case(case.case_id)).requests[0].standing for case in cases]
    assert standing == [Standing.PENDING, Standing.APPROVED]


async def test_p1_the_rule_of_a_customer_that_the_reader_may_not_see_is_not_shown(bench: Bench) -> None:
    cases = await proposed(bench, await family(bench, "MRL-WS-002", "BRW-WS-001"))
    shown = await rule_form(bench, "bo", cases)
    assert "at Brightwater Logistics" in flat(shown)
    assert "Marlow" not in str(shown.view)
    assert "Which customer" not in flat(shown)
    hidden = await rule_form(bench, "bo", [cases[0], *(await family(bench, "CVL-WS-004"))])
    assert "Which customer" not in flat(hidden)


async def test_a_choice_that_stands_on_no_card_draws_the_form_as_it_was(bench: Bench) -> None:
    cases = await proposed(bench, await family(bench, "BRW-WS-001", "MRL-WS-002"))
    chosen = {ids.ONE_CASE_BLOCK: "c0other"}
    press = await bench.press(
        "ana", "x", cases[0], view_id="V1", message_ts="", values=chosen, **others(cases[1])
    )
    await redraw_by_rule(bench.desk, press)
    assert "at Brightwater Logistics" in flat(last_view(await bench.say()))


async def test_where_the_portal_is_away_the_other_customers_form_says_so(bench: Bench) -> None:
    cases = await proposed(bench, await family(bench, "BRW-WS-001", "MRL-WS-002"))
    bench.portal.faults.set(FaultKind.SERVER_ERROR, action="ApprovalRequestGetPermitApplicationById")
    chosen = {ids.ONE_CASE_BLOCK: cases[1].case_id}
    press = await bench.press(
        "ana", "x", cases[0], view_id="V1", message_ts="", values=chosen, **others(cases[1])
    )
    await redraw_by_rule(bench.desk, press)
    assert "Nothing was decided." in flat(last_view(await bench.say()))


# Why it was blocked


async def why(bench: Bench, who: str, case: Case, **more: Any) -> Effect:
    """“Why blocked?” of the card's menu."""
    press = await bench.press(who, ids.WHY, case, **more)
    await bench.do(why_blocked, press)
    return next(one for one in bench.said if one.effect_id == f"answer:{press.press_id}")


async def test_why_asks_about_every_customer_of_the_card(bench: Bench) -> None:
    cases = await family(bench, "BRW-WS-001", "MRL-WS-002")
    said = await why(bench, "ana", cases[0])
    for name in ("BRW-WS-001", "MRL-WS-002"):
        assert name in text_of(said)
    looked = await bench.last("looked_up")
    assert len(looked.facts["organizations"]) == 2
    alone = await why(bench, "ana", cases[0], message_ts="")
    assert "MRL-WS-002" not in text_of(alone), "pressed elsewhere it is about the one case"


async def test_the_further_pages_are_about_every_customer_too(bench: Bench) -> None:
    cases = await family(bench, "BRW-WS-001", "MRL-WS-002")
    first = await why(bench, "ana", cases[0])
    elements = [each for block in first.blocks for each in block.get("elements", ())]
    permits = next(each["value"] for each in elements if each.get("action_id") == ids.LOOKUP_PERMITS)
    press = await bench.press(
        "ana", ids.LOOKUP_PERMITS, kind=PressKind.BUTTON, message_ts="", values={"more": permits}
    )
    said = await bench.do(blocked, press)
    assert "MRL-WS-002" in said
    assert (await bench.last("looked_up")).facts["permits"] is True


async def test_p1_why_is_answered_where_the_asker_may_look_and_names_no_other_customer(bench: Bench) -> None:
    cases = await family(bench, "MRL-WS-002", "BRW-WS-001")
    assert "You may not look this up" in text_of(await why(bench, "bo", cases[0]))
    assert "Marlow" not in text_of(bench.said[-1])
    await grant_bo(bench)
    said = text_of(await why(bench, "bo", cases[0]))
    assert "BRW-WS-001" in said
    assert "MRL" not in said
    assert "Marlow" not in said
    assert "Of 2 on this card I looked at the 1 where you may." in " ".join(said.split())


async def grant_bo(bench: Bench) -> None:
    """Bo may look up at Brightwater."""
    document = access_document(bench.cast, organizations(bench.portal))
    more = '\n[[grants]]\npeople = ["bo"]\norganizations = ["brightwater"]\npermissions = ["View Unified Audit"]\n'
    await accept(bench, document + more)


# The second person


async def test_p1_the_second_person_reads_what_is_known_at_each_customer_that_they_may_see(
    bench: Bench,
) -> None:
    bench.with_rules(second=SecondApproval())
    cases = await family(bench, "BRW-WS-001", "MRL-WS-002")
    press = await bench.press("ana", ids.APPROVE_COMPUTER, cases[0], **others(cases[1]))
    assert "second person" in await bench.do(approve_once, press)
    cases = [await bench.case(case.case_id) for case in cases]
    assert all(case.requests[0].awaited is not None for case in cases)
    for who, names in (("kim", ("Brightwater Logistics", "Marlow Precision")), ("bo", ("Brightwater",))):
        await open_second(bench.desk, await bench.press(who, ids.SECOND_MODAL, cases[0], **others(cases[1])))
        shown = last_view(await bench.say())
        assert all(name in str(shown.view) for name in names)
        assert ("Marlow" in str(shown.view)) is (who == "kim")
        assert (flat(shown).count("Known at") > 0) is (who == "kim")


# App Home


async def at_home(bench: Bench, who: str, view: DeskView | None = None) -> dict[str, Any]:
    """Somebody's App Home."""
    values = {"more": str(view)} if view else {}
    press = await bench.press(
        who, "app_home_opened", kind=PressKind.HOME, channel_id="", message_ts="", values=values
    )
    await home(bench.desk, press)
    [shown] = [one for one in await bench.say() if one.kind is EffectKind.HOME]
    return shown.view


def values_of(view: dict[str, Any], action_id: str) -> list[str]:
    """What the buttons of this name stand for."""
    elements = [each for block in view["blocks"] for each in block.get("elements", ())]
    return [each["value"] for each in elements if each.get("action_id") == action_id]


async def test_home_lists_a_family_in_one_line_with_its_number(bench: Bench) -> None:
    cases = await family(bench, "BRW-WS-001", "MRL-WS-002", "CVL-WS-003")
    view = await at_home(bench, "ana")
    text = " ".join(read(view["blocks"]).split())
    assert text.count("tideplan") == 1, "one line for all of them"
    assert "at 3 customers (3 waiting)" in text
    [ref] = values_of(view, ids.APPROVE_MODAL)
    named = parse_ref(ref)
    assert named is not None
    assert {named.case_id, *(one for one, _ in named.others)} == {case.case_id for case in cases}
    press = await bench.press(
        "ana", ids.HOME_CLAIM, cases[0], message_ts="", channel_id="", **others(*cases[1:])
    )
    await bench.do(claim, press)
    again = await at_home(bench, "ana")
    assert read(again["blocks"]).count("claimed by Ana Moreau") == 2, "among her claims, and in the list"
    assert len(values_of(again, ids.HOME_RELEASE)) == 1


async def test_p1_home_counts_of_a_family_what_its_reader_may_see(bench: Bench) -> None:
    await family(bench, "MRL-WS-002", "BRW-WS-001")
    text = read((await at_home(bench, "bo"))["blocks"])
    assert "Brightwater Logistics" in text
    assert "Marlow" not in text
    assert "customers" not in text


async def test_a_filter_of_home_cuts_a_family_to_what_it_lists(bench: Bench) -> None:
    cases = await family(bench, "BRW-WS-001", "MRL-WS-002", "CVL-WS-003")
    only = DeskView(organization_id=cases[1].organization_id)
    text = read((await at_home(bench, "ana", only))["blocks"])
    assert "Marlow Precision" in text.partition("Waiting for a decision")[2]
    assert "3 customers" not in text
    unclaimed = read((await at_home(bench, "ana", DeskView(which=Which.UNCLAIMED)))["blocks"])
    assert "3 customers" in unclaimed


async def test_home_lists_a_burst_as_so_many_files_of_one_computer(bench: Bench) -> None:
    for number in range(5):
        bench.ask(computer="BRW-WS-001", product="tideplan", version=f"4.{number}")
    await bench.poll()
    await bench.say()
    assert "Burst of 5 files on BRW-WS-001 at Brightwater Logistics" in " ".join(
        read((await at_home(bench, "ana"))["blocks"]).split()
    )


# A portal that answers again, and requests that came later


async def test_who_may_see_all_is_refused_nothing_where_the_portal_answers_the_second_time(
    bench: Bench,
) -> None:
    """Whose cases these are was asked twice; between a refused token and an accepted one nobody was told anything."""
    cases = await family(bench, "BRW-WS-001", "MRL-WS-002")
    await bench.advance(hours=2)
    bench.portal.faults.set(FaultKind.TOKEN_REVOKED, action=TREE, times=1)
    await open_details(bench.desk, await bench.press("kim", ids.DETAILS, cases[0]))
    assert "Nothing was decided" in flat(last_view(await bench.say()))
    assert len(await bench.events("form_not_opened")) == 1
    await open_details(bench.desk, await bench.press("kim", ids.DETAILS, cases[0]))
    assert "Marlow" in flat(last_view(await bench.say()))


async def test_who_sees_a_new_customer_sees_the_details_of_its_card(bench: Bench) -> None:
    """It is not among the organizations that were read last: they are read again for it."""
    cases = await family(bench, "BRW-WS-001", "MRL-WS-002")
    tree = await bench.desk.tree.current()
    known = [one for one in tree.organizations if one.organization_id != cases[0].organization_id]
    bench.desk.tree._kept = OrganizationTree(tuple(known), fetched_at=tree.fetched_at)
    await open_details(bench.desk, await bench.press("kim", ids.DETAILS, cases[0]))
    assert "Brightwater" in flat(last_view(await bench.say()))


@pytest.mark.parametrize("form", [open_approve, open_deny])
async def test_p8_a_form_of_what_has_ended_says_so_though_more_came_since(bench: Bench, form: Any) -> None:
    cases = await family(bench, "BRW-WS-001", "MRL-WS-002")
    press = await bench.press("kim", ids.APPROVE_MODAL, cases[0], **others(cases[1]))
    bench.portal.raise_everywhere("execute", ["BRW-WS-002"], **FILE)
    await bench.poll()
    for case in cases:
        bench.portal.decide_in_portal(case.requests[0].facts.request_id, approve=True, by="Ada Lund")
    await bench.poll()
    await bench.say()
    assert (await bench.case(cases[0].case_id)).pending
    await form(bench.desk, press)
    assert "Nothing was changed" in flat(last_view(await bench.say()))
