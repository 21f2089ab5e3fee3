"""Storage approvals: offered as far as rules and evidence go, judged at the press, sent once, settled by the portal."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.cards import check_view
from bot.cards.kit import ids
from bot.decision.approve.choice import NotAChoice
from bot.decision.forms import approve_once, open_approve, submit_approval
from bot.decision.press import decide
from bot.decision.storage.choice import inputs_at_first, lacks, storage_choice, storage_faults
from bot.decision.storage.form import preview_storage, submit_storage
from bot.decision.storage.write import as_told
from bot.models import (
    Case,
    Choice,
    Effect,
    EffectKind,
    EscalationSection,
    Reach,
    Rules,
    SecondApproval,
    Standing,
    StorageTerms,
    UnprovenWrite,
    Verb,
)
from bot.portal import StorageDetails, Unusable
from handlers.forms import missing_inputs
from rehearsal.portal.faults import FaultKind
from rehearsal.portal.records import StoragePolicy
from tests.cards.samples import NOW, facts
from tests.cards.storage_samples import STICK
from tests.decision.pairs import agree, look
from tests.desk import Bench, accept, text_of

PERMIT, DETAILS = "ApprovalRequestPermitStorageApproval", "ApprovalRequestGetStorageApprovalById"
WIDE = {ids.VALIDATED_BLOCK: "Scanned in the lab", ids.CONFIRMED_BLOCK: "Mia Berg, head of surveying"}


@pytest.fixture
def verified(bench: Bench) -> Bench:
    """A desk whose installation has verified this write live."""
    bench.with_rules(verified_writes=frozenset({UnprovenWrite.PERMIT_STORAGE}))
    return bench


def only(case: Case) -> str:
    """The one request of a case."""
    (held,) = case.requests
    return held.facts.request_id


async def opened(bench: Bench, who: str, case: Case) -> Effect:
    """“Approve…” on a storage card; the modal as it is filled in the end."""
    press = await bench.press(who, ids.APPROVE_MODAL, case)
    await open_approve(bench.desk, press)
    assert await bench.ledger.waiting_presses() == 0
    loading, final = [one for one in await bench.say() if one.kind is EffectKind.MODAL]
    assert loading.trigger_id == press.trigger_id
    check_view(final.view)
    return final


async def previewed(bench: Bench, who: str, case: Case, **values: str) -> Effect:
    """Something was chosen in the open modal; the modal as it is drawn again."""
    press = await bench.press(
        who, ids.STORAGE_PREVIEW, case, view_id="V1", view_hash="h", message_ts="", values=values
    )
    await preview_storage(bench.desk, press)
    assert await bench.ledger.waiting_presses() == 0
    (final,) = [one for one in await bench.say() if one.kind is EffectKind.MODAL]
    assert (final.view_id, final.trigger_id) == ("V1", "")
    check_view(final.view)
    return final


async def submit(bench: Bench, who: str, case: Case, **values: str) -> str:
    """The storage modal was submitted with these inputs; what the presser reads."""
    press = await bench.press(
        who, ids.STORAGE_VIEW, case, view_id="V1", message_ts="", values=values, response_url=""
    )
    return await bench.do(submit_storage, press)


def policy_of(bench: Bench, case: Case) -> StoragePolicy:
    """The storage policy that an approval made."""
    held = bench.portal.request(only(case)).new_policy_id
    return bench.portal.world.storage_policies[held or ""]


def plain(effect: Effect) -> str:
    """A modal as it is read, on one line."""
    return " ".join(text_of(effect).split())


def inputs(effect: Effect) -> set[str]:
    """The block ids of a modal's inputs."""
    return {one["block_id"] for one in effect.view["blocks"] if one["type"] == "input"}


# Opening


async def test_approve_on_a_storage_card_opens_its_own_form(verified: Bench) -> None:
    case = await verified.arrive("write")
    form = await opened(verified, "ana", case)
    assert form.view["callback_id"] == ids.STORAGE_VIEW
    assert form.view["submit"]["text"] == "Approve"
    request = verified.portal.request(only(case))
    said = plain(form)
    assert f"{request.username} may write to" in said
    assert request.file.serial_number in said
    assert "at E:\\transfer\\*" in said
    assert {ids.REACH_BLOCK, ids.STORAGE_DEVICE_BLOCK, ids.JUSTIFICATION_BLOCK, ids.REASON_BLOCK} <= inputs(
        form
    )
    assert not inputs(form) & {ids.COMPUTER_GROUP_BLOCK, ids.VALIDATED_BLOCK, ids.CONFIRMED_BLOCK}
    assert (await verified.last("form_opened")).facts == {"form": "storage", "revision": 1}


async def test_other_kinds_keep_their_form(verified: Bench) -> None:
    form = await opened(verified, "ana", await verified.arrive("execute"))
    assert form.view["callback_id"] == ids.APPROVE_VIEW


async def test_closed_reaches_are_shown_with_their_reasons(verified: Bench) -> None:
    form = await opened(verified, "ana", await verified.arrive("write"))
    said = plain(form)
    assert "Closed for you: the entire organization, because" in said
    assert "needs Approve for Entire Organization" in said
    assert "a global group, because" in said
    assert "in the portal" in said


async def test_the_organizations_own_groups_are_offered_the_computers_own_first(verified: Bench) -> None:
    case = await verified.arrive("write")
    form = await previewed(verified, "ana", case, **{ids.REACH_BLOCK: "computer_group"})
    (element,) = [
        one["element"] for one in form.view["blocks"] if one.get("block_id") == ids.COMPUTER_GROUP_BLOCK
    ]
    groups = [verified.portal.world.computer_groups[one["value"]] for one in element["options"]]
    assert not any(group.is_global or group.os_type != case.os_type for group in groups)
    assert {group.organization_id for group in groups} == {case.organization_id}
    own = verified.portal.world.computers[case.requests[0].facts.computer_id].computer_group_id
    assert element["initial_option"]["value"] == element["options"][0]["value"] == own


async def test_who_may_one_computer_sees_one_reach_and_no_question_about_the_business(
    verified: Bench,
) -> None:
    form = await opened(verified, "bo", await verified.arrive("write"))
    (element,) = [one["element"] for one in form.view["blocks"] if one.get("block_id") == ids.REACH_BLOCK]
    assert [option["value"] for option in element["options"]] == [Reach.COMPUTER.value]
    assert not {ids.COMPUTER_GROUP_BLOCK, ids.VALIDATED_BLOCK, ids.CONFIRMED_BLOCK} & inputs(form)


async def test_without_the_verified_write_the_form_prepares_the_text_and_has_no_submit(bench: Bench) -> None:
    bench.with_rules(portal_link="https://portal.example/approvals")
    case = await bench.arrive("read")
    form = await opened(bench, "ana", case)
    assert "submit" not in form.view
    assert inputs(form) == set()
    said = plain(form)
    assert (
        "You may approve this. No published evidence shows how approving a storage request is written" in said
    )
    request = bench.portal.request(only(case))
    assert f"Enter this in the portal: Request: {only(case)} Access asked for: read" in said
    assert f"Users: {request.username}" in said
    assert "Open the portal" in said


@pytest.mark.parametrize("who", ["hal", "eve", "ray"])
async def test_who_may_not_reads_why_and_who_could(bench: Bench, who: str) -> None:
    form = await opened(bench, who, await bench.arrive("write"))
    assert form.view["callback_id"] == ids.SAID_VIEW
    refused = await bench.last("press_refused")
    assert (refused.person_id, refused.facts["press"]) == (who, "approve")


async def application_only(bench: Bench) -> None:
    """From now on Bo decides applications on one computer, and nothing else."""
    document = (bench.folder / "access.toml").read_text("utf-8")
    narrow = '"Approve for Single Computer (Application Only)"'
    assert '"Approve for Single Computer"' in document
    await accept(bench, document.replace('"Approve for Single Computer"', narrow))


async def test_an_application_only_holder_neither_opens_nor_submits(verified: Bench) -> None:
    """Semantics 4.0: Application Only decides no storage."""
    await application_only(verified)
    case = await verified.arrive("write")
    form = await opened(verified, "bo", case)
    assert form.view["callback_id"] == ids.SAID_VIEW
    assert "Ana Moreau" in plain(form)
    await submit(verified, "bo", case)
    assert (await verified.became())[only(case)] == "refused"
    assert verified.portal.decisions == []


async def test_nobody_opens_the_form_for_their_own_request(verified: Bench) -> None:
    form = await opened(verified, "ana", await verified.arrive("write", user="AMoreau"))
    assert form.view["callback_id"] == ids.SAID_VIEW
    assert "own" in plain(form)


async def test_a_decided_request_has_no_form(bench: Bench) -> None:
    case = await bench.arrive("write")
    bench.portal.decide_in_portal(only(case), approve=True, by="Ada Lund")
    await bench.poll()
    await bench.say()
    form = await opened(bench, "ana", await bench.case(case.case_id))
    assert "Nothing was changed" in plain(form)


@pytest.mark.parametrize(
    "action", [DETAILS, "OrganizationGetForMoveComputers", "ComputerGroupGetForPermitApplication"]
)
async def test_a_portal_that_cannot_be_asked_is_said_in_the_modal(bench: Bench, action: str) -> None:
    """P9."""
    case = await bench.arrive("write")
    bench.portal.faults.set(FaultKind.SERVER_ERROR, action=action)
    form = await opened(bench, "ana", case)
    assert "could not be asked" in plain(form)
    assert await bench.events("form_not_opened")


async def test_a_card_without_a_record_and_a_guest_are_answered(bench: Bench) -> None:
    assert "c0unknown" in await bench.do(open_approve, await bench.press("ana", ids.APPROVE_MODAL))
    case = await bench.arrive("write")
    await bench.do(open_approve, await bench.press("gus", ids.APPROVE_MODAL, case))
    assert not [one for one in bench.said if one.kind is EffectKind.MODAL]


async def test_of_120_computer_groups_the_own_one_is_offered_and_the_rest_is_counted(verified: Bench) -> None:
    case = await verified.arrive("write")
    world = verified.portal.world
    own = world.computer_groups[world.computers[case.requests[0].facts.computer_id].computer_group_id]
    world.computer_groups = {
        f"{number:08x}{own.computer_group_id[8:]}": replace(
            own, computer_group_id=f"{number:08x}{own.computer_group_id[8:]}", name=f"Group {number}" * 9
        )
        for number in range(120)
    } | {own.computer_group_id: own}
    form = await previewed(verified, "ana", case, **{ids.REACH_BLOCK: "computer_group"})
    (element,) = [
        one["element"] for one in form.view["blocks"] if one.get("block_id") == ids.COMPUTER_GROUP_BLOCK
    ]
    assert len(element["options"]) == 100
    assert element["initial_option"]["value"] == own.computer_group_id
    assert "21 more computer groups are offered in the portal alone" in plain(form)


async def test_a_very_long_path_is_never_suggested_cut(verified: Bench) -> None:
    """What stands in the field is what would be sent: half a path would be another one."""
    long = "E:\\" + "\\".join(["deep folder"] * 60) + "\\*"
    case = await verified.arrive("write", path=long)
    form = await previewed(verified, "ana", case, **{ids.STORAGE_PATH_BLOCK: ids.OWN_PATH})
    held = {one["block_id"]: one["element"] for one in form.view["blocks"] if one["type"] == "input"}
    assert "initial_value" not in held[ids.STORAGE_OWN_PATH_BLOCK]
    await submit(verified, "ana", case)
    assert policy_of(verified, case).path == long


# Preview


async def test_the_preview_follows_what_is_chosen(verified: Bench) -> None:
    case = await verified.arrive("write")
    form = await previewed(
        verified,
        "ana",
        case,
        **{
            ids.STORAGE_DEVICE_BLOCK: ids.ALL_DEVICES,
            ids.REACH_BLOCK: Reach.COMPUTER_GROUP.value,
            ids.STORAGE_PATH_BLOCK: ids.EVERY_PATH,
            ids.STORAGE_USERS_BLOCK: ids.EVERYBODY,
            ids.LASTS_BLOCK: ids.FOR_GOOD,
        },
    )
    said = plain(form)
    assert "Everybody may write to any storage device on every computer in the computer group" in said
    assert "at every path, until the policy is removed" in said
    assert said.count("Warning:") == 4
    assert verified.portal.decisions == []


async def test_the_prepared_text_follows_the_choices_too(bench: Bench) -> None:
    case = await bench.arrive("write")
    said = plain(await previewed(bench, "ana", case, **{ids.STORAGE_USERS_BLOCK: ids.EVERYBODY}))
    assert "Users: everybody" in said


async def test_an_incomplete_choice_is_said_and_not_drawn_as_an_effect(verified: Bench) -> None:
    case = await verified.arrive("write")
    said = plain(await previewed(verified, "ana", case, **{ids.STORAGE_PATH_BLOCK: ids.OWN_PATH}))
    assert "Not complete yet: “Path” says nothing." in said
    assert "Effect:" not in said


async def test_a_second_person_is_announced_before_the_submission(verified: Bench) -> None:
    verified.with_rules(second=SecondApproval(reaches=frozenset({Reach.COMPUTER_GROUP})))
    case = await verified.arrive("write")
    wide = {ids.REACH_BLOCK: Reach.COMPUTER_GROUP.value}
    assert "Two people have to agree" in plain(await previewed(verified, "ana", case, **wide))
    assert "Two people" not in plain(await previewed(verified, "ana", case))


async def test_while_the_portal_is_away_the_open_form_stays_as_it_is(verified: Bench) -> None:
    case = await verified.arrive("write")
    verified.portal.faults.set(FaultKind.SERVER_ERROR, action=DETAILS)
    press = await verified.press("ana", ids.STORAGE_PREVIEW, case, view_id="V1", message_ts="")
    said = await verified.do(preview_storage, press)
    assert "What you chose and typed stays in the form" in " ".join(said.split())
    assert not [one for one in verified.said if one.kind is EffectKind.MODAL]
    assert "not_judged" in (await verified.last("form_drawn_anew")).facts


# Deciding


async def test_the_narrow_answer_is_sent_once_and_the_portal_is_believed(verified: Bench) -> None:
    """P1, P2, P3, P7."""
    case = await verified.arrive("write")
    said = await submit(verified, "ana", case)
    assert said.startswith("Approved")
    (write,) = verified.portal.decisions
    assert write.action == PERMIT
    request, made = verified.portal.request(only(case)), policy_of(verified, case)
    assert (made.serial_numbers, made.path) == ((request.file.serial_number,), "E:\\transfer\\*")
    assert (made.applies_to_id, made.users) == (request.computer_id, (request.username,))
    assert made.end_at is not None
    assert abs(made.end_at - verified.desk.now() - timedelta(days=7)) < timedelta(minutes=5)
    (held,) = (await verified.case(case.case_id)).requests
    assert held.standing is Standing.APPROVED
    assert held.outcome is not None
    assert held.outcome.attempt is not None
    assert held.outcome.attempt.effect.startswith(f"{request.username} may write to")
    assert f"[attempt {held.outcome.attempt.attempt_id}]" in request.comments
    assert "Ana Moreau" in request.comments
    names = [one.event.name for one in await verified.events()]
    assert names.index("decision_attempted") < names.index("decision_settled") < names.index("press_answered")


async def test_every_choice_arrives_in_the_portal(verified: Bench) -> None:
    case = await verified.arrive("read")
    group = verified.portal.world.computers[case.requests[0].facts.computer_id].computer_group_id
    said = await submit(
        verified,
        "ana",
        case,
        **{
            ids.REACH_BLOCK: Reach.COMPUTER_GROUP.value,
            ids.COMPUTER_GROUP_BLOCK: group,
            ids.GROUP_NAME: "Workstations",
            ids.STORAGE_NAME_BLOCK: "Survey stick",
            ids.STORAGE_PATH_BLOCK: ids.OWN_PATH,
            ids.STORAGE_OWN_PATH_BLOCK: "E:\\plans\\*",
            ids.STORAGE_USERS_BLOCK: ids.EVERYBODY,
            ids.LASTS_BLOCK: ids.UNTIL_DATE,
            ids.EXPIRES_BLOCK: "2026-12-24",
            ids.TICKET_BLOCK: "T-42",
            ids.NOTE_BLOCK: "Please bring it back.",
            ids.INTERNAL_BLOCK: "Seen it [attempt 02K] myself",
            ids.REASON_BLOCK: "Audit",
            **WIDE,
        },
    )
    assert said.startswith("Approved"), said
    request, made = verified.portal.request(only(case)), policy_of(verified, case)
    assert (made.applies_to_id, made.path, made.users) == (group, "E:\\plans\\*", ("*",))
    assert made.end_at is not None
    assert (made.end_at.month, made.end_at.day, made.action_type) == (12, 24, "read")
    assert (request.ticket_id, request.response_subject) == ("T-42", "Your request was approved")
    assert request.response_reason.endswith("Please bring it back.")
    assert "note: Seen it attempt 02K myself" in request.comments
    tried = await verified.last("decision_attempted")
    assert tried.facts["reach"] == "computer_group"
    assert (tried.private["validated_how"], tried.private["confirmed_by"]) == tuple(WIDE.values())


async def test_the_entire_organization_is_reached_by_who_may(verified: Bench) -> None:
    case = await verified.arrive("write")
    wide = {ids.REACH_BLOCK: Reach.ORGANIZATION.value, **WIDE}
    await submit(verified, "ana", case, **wide)
    assert (await verified.became())[only(case)] == "refused"
    await submit(verified, "kim", case, **wide)
    assert policy_of(verified, case).applies_to_id == case.organization_id


async def test_all_devices_are_opened_on_purpose(verified: Bench) -> None:
    case = await verified.arrive("write")
    every = {ids.STORAGE_DEVICE_BLOCK: ids.ALL_DEVICES}
    assert "needs a reason" in await submit(verified, "ana", case, **every)
    assert verified.portal.decisions == []
    await submit(verified, "ana", case, **every, **{ids.REASON_BLOCK: "Imaging room"})
    assert policy_of(verified, case).serial_numbers == ("*",)


async def test_a_request_without_a_single_device_opens_none_by_silence(verified: Bench) -> None:
    case = await verified.arrive("write", is_all_devices=True)
    await submit(verified, "ana", case)
    assert (await verified.became())[only(case)] == "not_decided"
    assert verified.portal.decisions == []


@pytest.mark.parametrize("reach", [Reach.COMPUTER_GROUP, Reach.ORGANIZATION])
async def test_wider_than_the_computer_needs_validation_and_confirmation(
    verified: Bench, reach: Reach
) -> None:
    """Semantics 5.7, also without the modal's own check."""
    case = await verified.arrive("write")
    terms = StorageTerms(path="E:\\transfer\\*", users=(case.requests[0].facts.requestor,))
    choice = Choice(verb=Verb.APPROVE, reach=reach, storage=terms, reason="Because")
    press = await verified.press("kim", ids.STORAGE_VIEW, case, view_id="V1", message_ts="")
    await decide(verified.desk, press, choice)
    assert "how it was validated" in await verified.answer(press)
    assert verified.portal.decisions == []


async def test_global_is_decided_in_the_portal(verified: Bench) -> None:
    """Semantics 5.4."""
    case = await verified.arrive("write")
    said = await submit(verified, "kim", case, **{ids.REACH_BLOCK: Reach.GLOBAL.value, **WIDE})
    assert "decide this one in the portal" in " ".join(said.split()), (
        "the verdict comes before what a choice lacks"
    )
    assert (await verified.became())[only(case)] == "refused"
    assert verified.portal.decisions == []


async def test_without_the_verified_write_nothing_is_sent(bench: Bench) -> None:
    case = await bench.arrive("write")
    said = await submit(bench, "ana", case)
    assert "No published evidence shows how approving a storage request is written" in said
    assert (await bench.became())[only(case)] == "not_decided"
    assert bench.portal.decisions == []


async def test_with_writes_off_the_exact_effect_is_said(verified: Bench) -> None:
    verified.with_rules(writes_on=False)
    case = await verified.arrive("write")
    said = await submit(verified, "ana", case)
    assert "Writes are off" in said
    assert "may write to" in " ".join(said.split())
    assert verified.portal.decisions == []


async def test_two_people_agree_where_the_house_says_so(verified: Bench) -> None:
    """The second sees the exact effect; what the first chose is what is sent."""
    verified.with_rules(second=SecondApproval(reaches=frozenset({Reach.COMPUTER})))
    case = await verified.arrive("write")
    await submit(verified, "ana", case, **{ids.STORAGE_USERS_BLOCK: ids.EVERYBODY})
    assert verified.portal.decisions == []
    case = await verified.case(case.case_id)
    _, said = await look(verified, "kim", case)
    assert "Effect: Everybody may write to" in said
    assert (await agree(verified, "kim", case)).startswith("Approved")
    assert policy_of(verified, case).users == ("*",)
    comments = verified.portal.request(only(case)).comments
    assert "Kim Okafor (first Ana Moreau)" in comments


@pytest.mark.parametrize("press_as", [approve_once, submit_approval])
async def test_no_other_way_approves_storage(verified: Bench, press_as: Any) -> None:
    """An old card's button, or the form of another kind: no device was chosen there."""
    case = await verified.arrive("write")
    press = await verified.press("ana", ids.APPROVE_VIEW, case, view_id="V1", message_ts="")
    assert "Approve…" in await verified.do(press_as, press)
    assert verified.portal.decisions == []


async def test_a_fact_that_changed_since_voids_the_press(verified: Bench) -> None:
    """P8."""
    case = await verified.arrive("write")
    world, request = verified.portal.world, verified.portal.request(only(case))
    moved = replace(request, file=replace(request.file, serial_number="X"))
    world.requests[request.approval_request_id] = moved
    await submit(verified, "ana", case)
    assert (await verified.became())[only(case)] == "changed"
    assert verified.portal.decisions == []


async def test_somebody_faster_in_the_portal_is_named(verified: Bench) -> None:
    case = await verified.arrive("write")
    verified.portal.decide_in_portal(only(case), approve=False, by="Ada Lund")
    assert "Ada Lund" in await submit(verified, "ana", case)
    assert verified.portal.decisions == []


@pytest.mark.parametrize(
    ("fault", "became"),
    [("timeout_before", "checking"), ("timeout_after", "approved"), ("server_error", "checking")],
)
async def test_a_write_that_is_lost_on_the_way_is_sent_once(verified: Bench, fault: str, became: str) -> None:
    """P2."""
    case = await verified.arrive("write")
    verified.portal.faults.set(fault, seconds=0.01, action=PERMIT)
    await submit(verified, "ana", case)
    assert (await verified.became())[only(case)] == became
    assert verified.portal.calls[PERMIT] <= 1


async def test_a_token_without_the_right_is_told(verified: Bench) -> None:
    case = await verified.arrive("write")
    tokens = verified.portal.state.tokens
    held = tokens[verified.portal.token]
    reading = frozenset({"View Approvals", "View Computers", "View Organizations"})
    tokens[verified.portal.token] = replace(held, permissions=reading)
    said = " ".join((await submit(verified, "ana", case)).split())
    assert "Gatehouse's own token lacks “Approve for Single Computer”" in said
    assert (await verified.case(case.case_id)).requests[0].standing is Standing.PENDING


async def test_a_form_of_another_device_is_not_sent(verified: Bench) -> None:
    case = await verified.arrive("write")
    await submit(verified, "ana", case, **{ids.STORAGE_DEVICE_BLOCK: "another"})
    assert verified.portal.decisions == []
    assert (await verified.last("press_refused")).facts["why"] == "not_a_choice"


# Rights

RIGHTS = {
    "View Approvals": (),
    "Elevation Administrator": (),
    "Edit Storage Control Policies": (),
    "Approve for Single Computer (Application Only)": (),
    "Approve for Single Computer": (Reach.COMPUTER,),
    "Approve for Group": (Reach.COMPUTER, Reach.COMPUTER_GROUP),
    "Approve for Entire Organization": (Reach.COMPUTER, Reach.COMPUTER_GROUP, Reach.ORGANIZATION),
    "Approve for Global": (Reach.COMPUTER, Reach.COMPUTER_GROUP, Reach.ORGANIZATION),
}
"""What each permission opens for storage (semantics 4.0, 5.0, 5.4); nothing opens a global group here."""


@pytest.mark.parametrize("right", RIGHTS)
async def test_what_is_offered_is_what_is_sent_right_by_right(verified: Bench, right: str) -> None:
    """P1: a closed choice is closed in the form and closed at the press."""
    document = (verified.folder / "access.toml").read_text("utf-8")
    given = f'"{right}", "View Approvals"' if right != "View Approvals" else '"View Approvals"'
    await accept(verified, document.replace('"Approve for Single Computer"', given))
    form = await opened(verified, "bo", await verified.arrive("write"))
    radios = [one["element"] for one in form.view["blocks"] if one.get("block_id") == ids.REACH_BLOCK]
    offered = tuple(Reach(option["value"]) for radio in radios for option in radio["options"])
    assert offered == RIGHTS[right]
    for reach in Reach:
        case = await verified.arrive("write")
        computer = verified.portal.world.computers[case.requests[0].facts.computer_id]
        values = {ids.REACH_BLOCK: reach.value, ids.COMPUTER_GROUP_BLOCK: computer.computer_group_id, **WIDE}
        values[ids.REASON_BLOCK] = "The survey team carries its maps on it"  # the third by hand wants one
        before = len(verified.portal.decisions)
        await submit(verified, "bo", case, **values)
        sent = len(verified.portal.decisions) - before
        assert sent == int(reach in RIGHTS[right]), reach
        assert verified.portal.request(only(case)).is_open is not bool(sent)


# The choice

DANA = facts(1, action_type="write", device=STICK, path="E:\\survey\\*", requestor="CONTOSO\\dana")


def chosen(**values: str) -> Choice:
    """The choice that these inputs make."""
    return storage_choice(values, DANA, Rules(), NOW)


def test_what_stands_in_the_form_is_the_narrow_answer() -> None:
    narrow = Choice(
        verb=Verb.APPROVE,
        expires_at=NOW + timedelta(days=7),
        storage=StorageTerms(path="E:\\survey\\*", users=("CONTOSO\\dana",)),
    )
    assert chosen() == chosen(**inputs_at_first(DANA)) == narrow


@pytest.mark.parametrize(
    "values",
    [
        {ids.REACH_BLOCK: "planet"},
        {ids.STORAGE_DEVICE_BLOCK: "each"},
        {ids.STORAGE_PATH_BLOCK: "any"},
        {ids.STORAGE_PATH_BLOCK: ids.OWN_PATH},
        {ids.STORAGE_PATH_BLOCK: ids.OWN_PATH, ids.STORAGE_OWN_PATH_BLOCK: "  "},
        {ids.STORAGE_USERS_BLOCK: "some"},
        {ids.LASTS_BLOCK: "8"},
        {ids.LASTS_BLOCK: "-1"},
        {ids.LASTS_BLOCK: "99999"},
        {ids.LASTS_BLOCK: ids.UNTIL_DATE},
        {ids.LASTS_BLOCK: ids.UNTIL_DATE, ids.EXPIRES_BLOCK: "soon"},
    ],
)
def test_what_the_form_never_offers_is_no_choice(values: dict[str, str]) -> None:
    with pytest.raises(NotAChoice):
        chosen(**values)


def test_nothing_becomes_wider_by_silence() -> None:
    """A request without path, user or device: silence is refused, and the wider answer is chosen on purpose."""
    bare = DANA.model_copy(update={"path": "", "requestor": "", "device": None})
    with pytest.raises(NotAChoice):
        storage_choice({}, bare, Rules(), NOW)
    made = storage_choice(inputs_at_first(bare), bare, Rules(), NOW)
    assert made.storage == StorageTerms(all_devices=True)


def test_a_day_ends_in_the_houses_own_zone() -> None:
    rules = Rules(escalation=EscalationSection(zone="Europe/Oslo"))
    values = {ids.LASTS_BLOCK: ids.UNTIL_DATE, ids.EXPIRES_BLOCK: "2026-07-01"}
    made = storage_choice(values, DANA, rules, NOW)
    assert made.expires_at is not None
    assert made.expires_at.isoformat() == "2026-07-01T21:59:59+00:00"


@pytest.mark.parametrize(
    ("values", "blocks"),
    [
        ({}, set()),
        ({ids.REACH_BLOCK: "organization"}, {ids.VALIDATED_BLOCK, ids.CONFIRMED_BLOCK}),
        ({ids.REACH_BLOCK: "organization", **WIDE}, set()),
        (
            {ids.REACH_BLOCK: "organization", ids.VALIDATED_BLOCK: " ", ids.CONFIRMED_BLOCK: "Lee"},
            {ids.VALIDATED_BLOCK},
        ),
        ({ids.REACH_BLOCK: "computer_group", **WIDE}, {ids.COMPUTER_GROUP_BLOCK}),
        ({ids.STORAGE_PATH_BLOCK: ids.OWN_PATH}, {ids.STORAGE_OWN_PATH_BLOCK}),
        (
            {ids.STORAGE_PATH_BLOCK: ids.OWN_PATH, ids.STORAGE_OWN_PATH_BLOCK: "*"},
            {ids.STORAGE_OWN_PATH_BLOCK},
        ),
        ({ids.STORAGE_PATH_BLOCK: ids.OWN_PATH, ids.STORAGE_OWN_PATH_BLOCK: "E:\\x\\*"}, set()),
        ({ids.STORAGE_PATH_BLOCK: ids.EVERY_PATH}, set()),
        ({ids.LASTS_BLOCK: ids.UNTIL_DATE}, {ids.EXPIRES_BLOCK}),
        ({ids.LASTS_BLOCK: ids.FOR_GOOD}, {ids.REASON_BLOCK}),
        ({ids.STORAGE_DEVICE_BLOCK: ids.ALL_DEVICES}, {ids.REASON_BLOCK}),
        ({ids.STORAGE_DEVICE_BLOCK: ids.ALL_DEVICES, ids.REASON_BLOCK: "Because"}, set()),
    ],
)
def test_what_is_lacking_is_told_at_its_field(values: dict[str, str], blocks: set[str]) -> None:
    assert storage_faults(values).keys() == blocks
    assert missing_inputs(ids.STORAGE_VIEW, values).keys() == blocks


@pytest.mark.parametrize(
    ("update", "why"),
    [
        ({}, ""),
        ({"storage": None}, "approved in “Approve…”"),
        ({"storage": StorageTerms(existing_policy_id="p")}, "does not say how far"),
        ({"reach": Reach.GLOBAL}, "decided in the portal"),
        ({"expires_at": NOW}, "is over"),
        ({"expires_at": None}, "needs a reason"),
        ({"expires_at": None, "reason": "Standing order"}, ""),
        ({"storage": StorageTerms(all_devices=True)}, "needs a reason"),
        ({"storage": StorageTerms(all_devices=True), "reason": "Imaging room"}, ""),
    ],
)
def test_the_choice_itself_is_held_to_the_same(update: dict[str, Any], why: str) -> None:
    said = lacks(chosen().model_copy(update=update), NOW)
    assert why in said
    assert bool(said) == bool(why)


@pytest.mark.parametrize(
    ("told", "users"),
    [
        (["CONTOSO\\dana"], ("CONTOSO\\dana",)),
        (["dana"], ("dana",)),
        (["OTHER\\Dana", "CONTOSO\\eve"], ("OTHER\\Dana",)),
        (["CONTOSO\\eve"], None),
    ],
)
def test_the_user_is_sent_in_the_portals_own_spelling(told: list[str], users: tuple[str, ...] | None) -> None:
    details = StorageDetails.read({"usersList": told})
    terms = StorageTerms(users=("CONTOSO\\dana",))
    if users is None:
        with pytest.raises(Unusable, match="another user"):
            as_told(terms, details)
    else:
        assert as_told(terms, details).users == users
    assert as_told(StorageTerms(), details).users == ()
