"""“Approve with the proposed rule…”: on the waiting request itself, by the documented permit call."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from bot.cards.case.offers import card_actions
from bot.cards.kit import ids
from bot.decision.approve.by_rule import open_by_rule, redraw_by_rule, rule_shown, submit_by_rule
from bot.decision.approve.plan import stands_for
from bot.models import Case, Effect, EffectKind, Finding, Press, Reach, SecondApproval, Standing
from bot.policies.forms import open_create
from bot.policies.records import propose, submit_not_now
from rehearsal.portal.faults import FaultKind
from rehearsal.portal.records import Certificate
from tests.desk import Bench, text_of
from tests.policies.deeds import approved, form, modal_of
from tests.policies.test_stop_asking import approve, approved_by_hand, due, one_more, weigh

PERMIT = "ApprovalRequestPermitApplication"
TIDEPLAN = r"C:\Program Files\TidePlan\tideplan.exe"
SURE = {"validated_how": "Run in the lab for a week.", "confirmed_by": "Petra Vance, head of planning"}
FILLED = {"reach": "computer", "expires_on": "2027-05-17", "reason": "Asked for three times in a week."}


async def opened(bench: Bench, case: Case, who: str = "ana") -> str:
    """The form of the button, as it is read."""
    press = await bench.press(who, ids.BY_RULE_MODAL, case)
    await open_by_rule(bench.desk, press)
    await bench.say()
    return " ".join(modal_of(bench, press).split())


async def by_rule(bench: Bench, case: Case, who: str = "ana", **values: str) -> str:
    """The form submitted; what the presser reads."""
    return " ".join((await bench.do(submit_by_rule, await submission(bench, case, who, **values))).split())


async def submission(bench: Bench, case: Case, who: str = "ana", **values: str) -> Press:
    """The submission, with the rule that the form shows."""
    filled: dict[str, Any] = FILLED | {ids.AWAITED: rule_shown(case) if case.proposal else ""} | values
    return await bench.press(
        who, ids.BY_RULE_VIEW, case, view_id="V1", message_ts="", response_url="", values=filled
    )


async def per_user(bench: Bench, **choices: Any) -> Case:
    """A signed update in a user's own folder, for which somebody has proposed a policy."""
    where = {"product": "tideplan", "path": r"C:\Users\rita\AppData\Local\TidePlan\tideplan-4.1.exe"}
    return await proposed_for(bench, **(where | choices))


async def proposed_for(bench: Bench, **choices: Any) -> Case:
    """A waiting request for which somebody has proposed a policy."""
    case = await bench.arrive(**choices)
    await bench.do(propose, await bench.press("kim", ids.POLICY_PROPOSE, case, view_id="V0"))
    return await bench.case(case.case_id)


def buttons(case: Case, bench: Bench) -> list[str]:
    """The buttons of a card."""
    return [element["action_id"] for element in card_actions(case, bench.desk.rules)]


async def test_p6_the_request_after_the_third_approval_offers_the_proposed_rule(bench: Bench) -> None:
    case = await due(bench)
    assert ids.BY_RULE_MODAL in buttons(case, bench)
    said = await opened(bench, case)
    for words in (
        "signer ",
        TIDEPLAN,
        "approved by hand 3 times in 30 days",
        "by Ana Moreau",
        "same computer",
        "Evidence now:",
        "Effect as proposed: tideplan.exe may run on",
        "recognized by a rule",
    ):
        assert words in said, (words, said)


async def test_the_reaches_that_are_closed_are_told_in_one_line(bench: Bench) -> None:
    case = await due(bench)
    press = await bench.press("ana", ids.BY_RULE_MODAL, case)
    await open_by_rule(bench.desk, press)
    await bench.say()
    said = " ".join(modal_of(bench, press).split())
    assert said.count("Closed for you: ") == 1, said
    assert ": closed." not in said


def asks(view: Effect) -> dict[str, bool]:
    """The inputs of the form that is shown, and whether each is needed."""
    assert view.view is not None
    return {one["block_id"]: not one["optional"] for one in view.view["blocks"] if one["type"] == "input"}


async def chosen(bench: Bench, case: Case, **values: str) -> Effect:
    """The form once something was chosen in it."""
    press = await bench.press("kim", "x", case, view_id="V1", message_ts="", values=values)
    await redraw_by_rule(bench.desk, press)
    return next(one for one in reversed(await bench.say()) if one.kind is EffectKind.MODAL)


async def test_the_reach_brings_what_it_needs_and_keeps_what_was_typed(bench: Bench) -> None:
    """Wider than the computer: how it was validated and who confirmed are asked there, not told afterwards."""
    case = await due(bench)
    wide = {ids.VALIDATED_BLOCK, ids.CONFIRMED_BLOCK}
    narrow = asks(await chosen(bench, case))
    assert not wide & narrow.keys()
    assert ids.COMPUTER_GROUP_BLOCK not in narrow
    drawn = await chosen(bench, case, reach="computer_group", reason="Typed before it was chosen.")
    assert {name: asks(drawn)[name] for name in wide} == dict.fromkeys(wide, True)
    assert asks(drawn)[ids.COMPUTER_GROUP_BLOCK]
    text = text_of(drawn)
    assert "Typed before it was chosen." in text
    assert "Effect: tideplan.exe may run on the computer group" in " ".join(text.split())
    back = asks(await chosen(bench, case, reach="computer"))
    assert not wide & back.keys()


async def test_a_reach_that_is_closed_is_not_drawn_by_whoever_chooses_it(bench: Bench) -> None:
    case = await due(bench)
    drawn = await chosen(bench, case, reach="global")
    assert ids.VALIDATED_BLOCK not in asks(drawn)


async def test_p2_p3_the_rule_is_sent_once_by_the_documented_permit_and_read_back(bench: Bench) -> None:
    case = await due(bench)
    said = await by_rule(bench, case)
    assert "Approved" in said
    after = await bench.case(case.case_id)
    [entry] = after.requests
    assert entry.standing is Standing.APPROVED
    [write] = [one for one in bench.portal.decisions if entry.facts.request_id in one.request_ids]
    [option] = write.body["policyConditions"]["manualOptions"]
    assert (option["fullPath"], option["hash"]) == (TIDEPLAN, None)
    assert option["cert"] == entry.facts.signers[0].subject
    assert write.body["policyExpirationDate"].startswith("2027-05-17")
    named = write.body["matchingApplications"]
    assert (named["useNewApplication"], named["newApplicationName"]) == (True, "tideplan.exe")
    attempted = await bench.last("decision_attempted")
    assert attempted.facts["recognized_by"] == ["path", "signer"]
    assert attempted.facts["justification"] == "written"
    assert attempted.private["rule_path"] == TIDEPLAN


async def test_what_the_rule_let_in_is_not_asked_for_again(bench: Bench) -> None:
    """The next version runs by the policy: that is what the press is for."""
    case = await due(bench)
    await by_rule(bench, case)
    world, facts = bench.portal.world, case.requests[0].facts
    request = world.requests[facts.request_id]
    newer = replace(request.file, hash="AB" * 16, sha256="AB" * 32)
    assert world.permitting(world.computers[facts.computer_id], newer, bench.desk.now()) is not None
    other = replace(newer, certificates=(Certificate("00", "CN=Mallory", True),))
    assert world.permitting(world.computers[facts.computer_id], other, bench.desk.now()) is None


async def test_a_per_user_update_goes_by_signer_and_product_in_no_user_s_folder(bench: Bench) -> None:
    case = await per_user(bench)
    assert r"C:\*\tideplan-*.exe" in await opened(bench, case)
    assert "Approved" in await by_rule(bench, case)
    [option] = bench.portal.decisions[-1].body["policyConditions"]["manualOptions"]
    assert option["fullPath"] == r"C:\*\tideplan-*.exe"
    assert option["cert"]


@pytest.mark.parametrize(
    ("choices", "why"),
    [
        ({"path": r"C:\Users\rita\Downloads\tool.exe", "signer": ""}, "not signed"),
        (
            {"path": r"C:\Users\rita\Downloads\tool.exe", "signer": "CN=Fake", "is_signature_valid": False},
            "signature is not valid",
        ),
        ({"path": r"C:\Users\rita\AppData\Local\Temp\MSI4F2A.tmp"}, "a temporary one"),
        ({"path": r"C:\Windows\Temp\tool.exe", "signer": ""}, "not signed"),
    ],
)
async def test_what_cannot_be_a_policy_says_why_in_one_sentence_and_offers_no_button(
    bench: Bench, choices: dict[str, Any], why: str
) -> None:
    case = await proposed_for(bench, product="tideplan", **choices)
    assert ids.BY_RULE_MODAL not in buttons(case, bench)
    for who in ("ana", "kim"):
        assert why in await opened(bench, case, who)
    [message] = [one for one in bench.said if one.effect_id.startswith("policy_proposed:")]
    assert why in text_of(message)
    assert [e["action_id"] for b in message.blocks if b["type"] == "actions" for e in b["elements"]] == [
        ids.POLICY_NOT_NOW,
        ids.OPEN_CARD,
    ]
    assert why in await by_rule(bench, case)
    assert bench.portal.decisions == []


async def test_a_browser_extension_and_an_elevation_say_why_not(bench: Bench) -> None:
    elevation = await proposed_for(bench, kind="elevate", product="tideplan")
    assert "administrator rights, which a rule would give" in await opened(bench, elevation, "kim")
    assert "administrator rights, which a rule would give" in await by_rule(bench, elevation, "kim")
    assert bench.portal.decisions == []


async def test_no_rule_is_made_of_a_file_that_is_known_to_be_bad(bench: Bench) -> None:
    case = await due(bench)
    assert case.evidence is not None
    bad = case.evidence.model_copy(update={"known_bad": Finding.YES})
    case = await bench.write(case.model_copy(update={"evidence": bad}))
    before = len(bench.portal.decisions)
    assert ids.BY_RULE_MODAL not in buttons(case, bench)
    assert "known to be bad" in await opened(bench, case)
    assert "known to be bad" in await by_rule(bench, case)
    assert len(bench.portal.decisions) == before


async def test_an_unsigned_file_in_a_closed_folder_needs_a_second_part(bench: Bench) -> None:
    """A rule needs two parts: the program that made the file, where that lies in a closed folder; else it is said."""
    case = await proposed_for(bench, product="tideplan", signer="", path=TIDEPLAN)
    request = bench.portal.request(case.requests[0].facts.request_id)
    said = await opened(bench, case)
    assert "a rule needs two parts" in said or "Created by" in said
    creators = (r"C:\Users\rita\setup.exe", r"C:\Windows\System32\msiexec.exe")
    file = replace(request.file, created_by=creators)
    bench.portal.world.requests[request.approval_request_id] = replace(request, file=file)
    await bench.poll()
    case = await bench.case(case.case_id)
    said = await opened(bench, case)
    assert r"Created by (needed): [C:\Windows\System32\msiexec.exe" in said
    assert "rita" not in said
    assert "at least 2 parts" in await by_rule(bench, case)
    forged = await by_rule(bench, case, rule_created_by=stands_for(r"C:\Windows\System32\cmd.exe"))
    assert "does not name the chosen program" in forged
    assert "Approved" in await by_rule(bench, case, rule_created_by=stands_for(creators[1]))
    [option] = bench.portal.decisions[-1].body["policyConditions"]["manualOptions"]
    assert (option["fullPath"], option["createdBy"], option["cert"]) == (TIDEPLAN, creators[1], None)


@pytest.mark.parametrize(("who", "reach"), [("kim", "organization"), ("bo", "computer")])
async def test_p1_who_may_approve_so_far_approves_by_the_rule(bench: Bench, who: str, reach: str) -> None:
    case = await due(bench)
    said = await by_rule(bench, case, who, reach=reach, **SURE)
    assert "Approved" in said, said
    assert (await bench.case(case.case_id)).requests[0].standing is Standing.APPROVED


async def test_p1_it_is_judged_at_the_press_for_that_reach_and_rule(bench: Bench) -> None:
    """A refusal changes nothing: the next one presses on the same case."""
    case = await due(bench)
    for who, reach in (
        ("ana", "organization"),
        ("hal", "computer"),
        ("gus", "computer"),
        ("ray", "computer"),
        ("eve", "computer"),
    ):
        said = await by_rule(bench, case, who, reach=reach, **SURE)
        assert "Approved" not in said, (who, said)
        assert (await bench.case(case.case_id)).requests[0].standing is not Standing.APPROVED, who


async def test_the_second_person_rule_holds_for_the_proposed_rule(bench: Bench) -> None:
    case = await due(bench)
    bench.with_rules(second=SecondApproval(reaches=frozenset({Reach.ORGANIZATION})))
    before = len(bench.portal.decisions)
    said = await by_rule(bench, case, "kim", reach="organization", **SURE)
    assert "Waiting for a second person" in said
    assert len(bench.portal.decisions) == before
    assert (await bench.case(case.case_id)).requests[0].awaited is not None


async def test_wider_than_the_computer_needs_validation_and_confirmation(bench: Bench) -> None:
    case = await due(bench)
    said = await by_rule(bench, case, "kim", reach="organization")
    assert "how it was validated" in said
    assert (await bench.case(case.case_id)).pending


LACKING: list[tuple[dict[str, str], str]] = [
    ({"reason": " "}, "needs its justification"),
    ({"reason": "."}, "needs its justification"),
    ({"expires_on": ""}, "Choose the day"),
    ({"expires_on": "2020-01-01"}, "has passed already"),
    ({ids.AWAITED: "another"}, "has changed since the form was opened"),
    ({ids.AWAITED: ""}, "has changed since the form was opened"),
    ({"requests": "somebody-elses"}, "does not fit the file"),
    ({"reach": "computer_group"}, "Choose the computer group"),
]


async def test_what_the_form_lacks_is_said_and_nothing_is_sent(bench: Bench) -> None:
    """Each refused form changes nothing, and the next one finds the same case."""
    case = await due(bench)
    before = len(bench.portal.decisions)
    for values, why in LACKING:
        assert why in await by_rule(bench, case, **(SURE | values)), values
        assert len(bench.portal.decisions) == before, values


@pytest.mark.parametrize(
    "forged", [{"rule_path": "*"}, {"rule_signer": "CN=Mallory"}, {"recognized_by": "hash"}]
)
async def test_p8_the_rule_is_the_one_that_was_shown_and_never_a_typed_one(
    bench: Bench, forged: dict[str, str]
) -> None:
    case = await due(bench)
    assert "Approved" in await by_rule(bench, case, **forged)
    [option] = bench.portal.decisions[-1].body["policyConditions"]["manualOptions"]
    assert option["fullPath"] == TIDEPLAN
    assert option["cert"] == case.requests[0].facts.signers[0].subject


async def test_gone_put_off_or_decided_it_is_offered_no_more(bench: Bench) -> None:
    case = await due(bench)
    await bench.do(submit_not_now, await form(bench, case, ids.NOT_NOW_VIEW, reason="A new one next week."))
    put_off = await bench.case(case.case_id)
    assert ids.BY_RULE_MODAL not in buttons(put_off, bench)
    for said in (await opened(bench, put_off), await by_rule(bench, put_off)):
        assert "Kim Okafor has decided against a policy for now: A new one next week." in said
    gone = await bench.write(put_off.model_copy(update={"proposal": None}))
    assert "Nothing is proposed" in await opened(bench, gone)
    assert "Nothing is proposed" in await by_rule(bench, gone)
    await bench.write(gone.model_copy(update={"proposal": case.proposal}))
    assert "Approved" in await by_rule(bench, await bench.case(case.case_id))
    assert "no longer waiting" in await opened(bench, await bench.case(case.case_id))


async def test_a_silent_portal_leaves_it_checking_and_sends_nothing_again(bench: Bench) -> None:
    case = await due(bench)
    bench.portal.faults.set(FaultKind.TIMEOUT_BEFORE, action=PERMIT)
    said = await by_rule(bench, case)
    assert "not known yet" in said
    calls = bench.portal.calls[PERMIT]
    bench.portal.faults.clear()
    assert "Approved" not in await by_rule(bench, await bench.case(case.case_id), "bo")
    assert bench.portal.calls[PERMIT] == calls


async def test_p9_with_writes_off_it_shows_the_effect_and_sends_nothing(bench: Bench) -> None:
    case = await due(bench)
    bench.with_rules(writes_on=False)
    before = len(bench.portal.decisions)
    said = await by_rule(bench, case)
    assert "recognized by a rule" in said
    assert len(bench.portal.decisions) == before


async def test_an_application_that_an_earlier_rule_made_is_taken_again(bench: Bench) -> None:
    """The second computer gets a policy for the same application, not a second application of the same name."""
    first = bench.computers()[0]
    case = await due(bench)
    await by_rule(bench, case)
    made = (await bench.case(case.case_id)).requests[0].outcome
    assert made is not None
    other = await one_more(bench, bench.computers()[1], 91)
    assert other.proposal is not None
    assert other.proposal.application_id == made.state.application_id
    said = await opened(bench, other)
    assert "which covers it already" in said
    match = f"{ids.MATCH}:{made.state.application_id}"
    assert "Approved" in await by_rule(bench, other, application=match)
    outcome = (await bench.case(other.case_id)).requests[0].outcome
    assert outcome is not None
    assert outcome.state.application_id == made.state.application_id
    assert first != bench.computers()[1]


async def test_what_waited_before_the_third_approval_gets_the_proposal_as_well(bench: Bench) -> None:
    first, other = bench.computers()[:2]
    await approved_by_hand(bench, first, first)
    waiting = await one_more(bench, other, 70)
    assert waiting.proposal is None
    third = await one_more(bench, first, 71)
    await approve(bench, third)
    await weigh(bench)
    assert (await bench.case(waiting.case_id)).proposal is not None
    assert ids.BY_RULE_MODAL in buttons(await bench.case(waiting.case_id), bench)


async def test_a_policy_proposed_by_hand_is_offered_on_the_next_request(bench: Bench) -> None:
    where = {"product": "tideplan", "path": TIDEPLAN}
    case = await approved(bench, version="5.0", **where)
    await bench.do(propose, await bench.press("hal", ids.POLICY_PROPOSE, case, view_id="V0"))
    [message] = [text_of(one) for one in bench.said if one.effect_id.startswith("policy_proposed:")]
    assert "its next request offers" in message
    after = await bench.case(case.case_id)
    press = await bench.press("kim", ids.POLICY_CREATE, after)
    await open_create(bench.desk, press)
    await bench.say()
    assert "which makes both" in modal_of(bench, press)
    later = await one_more(bench, bench.computers()[0], 72)
    assert later.proposal is not None
    assert not [one for one in bench.said if one.effect_id.startswith("policy_due:")]
    assert "Approved" in await by_rule(bench, later)


async def test_p8_a_request_that_the_rule_does_not_cover_stays_pending(bench: Bench) -> None:
    """Same file, another name: the rule would be approved there and unblock nothing."""
    first, second = bench.computers()[:2]
    case = await bench.arrive_on(first, second, product="tideplan", path=TIDEPLAN)
    moved = case.requests[1].facts.model_copy(update={"path": r"C:\Program Files\Other\renamed.exe"})
    request = bench.portal.request(moved.request_id)
    file = replace(request.file, full_path=moved.path)
    bench.portal.world.requests[moved.request_id] = replace(request, file=file)
    entries = (case.requests[0], case.requests[1].model_copy(update={"facts": moved}))
    await bench.write(case.model_copy(update={"requests": entries}))
    case = await bench.case(case.case_id)
    await bench.do(propose, await bench.press("kim", ids.POLICY_PROPOSE, case, view_id="V0"))
    case = await bench.case(case.case_id)
    await by_rule(bench, case)
    standings = [entry.standing for entry in (await bench.case(case.case_id)).requests]
    assert standings == [Standing.APPROVED, Standing.PENDING]
