"""What a Slack client could send although no form offered it: it does no more than the form would have done."""

from __future__ import annotations

import pytest

from bot.cards.kit import ids
from bot.decision.forms import approve_once, submit_approval
from bot.decision.storage.form import submit_storage
from bot.decision.storage.write import as_told
from bot.models import (
    Actor,
    Case,
    EscalationSection,
    PressKind,
    Reach,
    SecondApproval,
    StorageTerms,
    UnprovenWrite,
)
from bot.portal import StorageDetails, Unusable
from bot.rules import lifecycle
from bot.rules.redaction import redact
from tests.decision.pairs import look as look_as_second
from tests.decision.test_evidence_at_the_press import known
from tests.decision.test_handing_over import form as hand_over_form
from tests.desk import Bench, text_of

WIDE = {ids.VALIDATED_BLOCK: "Scanned in the lab", ids.CONFIRMED_BLOCK: "Mia Berg, head of surveying"}
PERMIT = "ApprovalRequestPermitStorageApproval"


@pytest.fixture
def verified(bench: Bench) -> Bench:
    """A desk whose installation has verified storage approvals live."""
    bench.with_rules(verified_writes=frozenset({UnprovenWrite.PERMIT_STORAGE}))
    return bench


async def submitted(bench: Bench, who: str, case: Case, **values: str) -> str:
    """The storage modal was submitted with these values; what the presser reads."""
    press = await bench.press(who, ids.STORAGE_VIEW, case, view_id="V1", message_ts="", values=values)
    return " ".join((await bench.do(submit_storage, press)).split())


async def test_p8_the_one_press_button_inside_a_modal_is_still_one_press(bench: Bench) -> None:
    """Evidence that closes one press closes it wherever its button was pressed."""
    case = await known(bench, product="mshta")
    assert not lifecycle.allows_one_press(case, bench.desk.rules, bench.desk.now())[0]
    press = await bench.press(
        "ana", ids.APPROVE_COMPUTER, case, kind=PressKind.BUTTON, view_id="V1", message_ts=""
    )
    assert "One press cannot approve this" in " ".join((await bench.do(approve_once, press)).split())
    assert bench.portal.decisions == []


@pytest.mark.parametrize("who", ["hal", "req"])
async def test_what_a_presser_may_not_do_comes_before_what_the_press_lacks(bench: Bench, who: str) -> None:
    """12.1: the first thing that is missing, and not “Use “Approve…” instead” to somebody who has no such form."""
    case = await known(bench, product="mshta")
    press = await bench.press(who, ids.APPROVE_COMPUTER, case, kind=PressKind.BUTTON)
    said = " ".join((await bench.do(approve_once, press)).split())
    assert "instead" not in said
    why = (await bench.last("decision_refused")).facts["why"]
    assert why == ("kind" if who == "hal" else "cannot_see")


async def test_a_forged_global_group_reads_the_right_that_is_missing(bench: Bench) -> None:
    case = await bench.arrive()
    values = {
        ids.REACH_BLOCK: "global",
        ids.GLOBAL_GROUP_BLOCK: "5b1f0c52-7a64-4c1e-9d3b-2f60a8e41cff",
        **WIDE,
    }
    press = await bench.press("ana", ids.APPROVE_VIEW, case, view_id="V1", message_ts="", values=values)
    said = " ".join((await bench.do(submit_approval, press)).split())
    assert "Approve for Global" in said, said
    assert "no longer lists" not in said
    assert bench.portal.decisions == []


async def grouped(bench: Bench, case: Case, name: str) -> dict[str, str]:
    """The inputs that choose the computer's own group, with a name that the client made up."""
    computer = bench.portal.world.computers[case.requests[0].facts.computer_id]
    return {
        ids.REACH_BLOCK: Reach.COMPUTER_GROUP.value,
        ids.COMPUTER_GROUP_BLOCK: computer.computer_group_id,
        ids.GROUP_NAME: name,
        **WIDE,
    }


async def test_p8_a_computer_group_is_named_by_the_portal_and_not_by_the_form(verified: Bench) -> None:
    """What the presser reads and the record keeps is the group that the write goes to."""
    case = await verified.arrive("write")
    values = await grouped(verified, case, "One test laptop")
    real = verified.portal.world.computer_groups[values[ids.COMPUTER_GROUP_BLOCK]].name
    said = await submitted(verified, "ana", case, **values)
    assert said.startswith("Approved")
    assert "One test laptop" not in said
    assert f"the computer group {real} of" in said
    tried = await verified.last("decision_attempted")
    assert real in str(tried.private)
    assert "One test laptop" not in str(tried.private)


async def test_p8_the_second_person_reads_the_portals_name_of_the_group(verified: Bench) -> None:
    verified.with_rules(second=SecondApproval(reaches=frozenset({Reach.COMPUTER_GROUP})))
    case = await verified.arrive("write")
    values = await grouped(verified, case, "One test laptop")
    await submitted(verified, "ana", case, **values)
    _, said = await look_as_second(verified, "kim", await verified.case(case.case_id))
    assert "One test laptop" not in said
    assert verified.portal.world.computer_groups[values[ids.COMPUTER_GROUP_BLOCK]].name in said


@pytest.mark.parametrize("kind", ["execute", "elevate"])
async def test_the_storage_form_decides_storage_alone(verified: Bench, kind: str) -> None:
    """Its inputs mean nothing for software: no rule was previewed, no elevation chosen."""
    case = await verified.arrive(kind)
    said = await submitted(verified, "kim", case)
    assert "storage" in said
    assert verified.portal.decisions == []


async def test_p7_the_record_tells_how_far_a_device_was_opened(verified: Bench) -> None:
    """What may be kept for ever says so without any name; path and account are kept apart."""
    case = await verified.arrive("write")
    await submitted(
        verified,
        "ana",
        case,
        **{ids.STORAGE_USERS_BLOCK: ids.EVERYBODY, ids.STORAGE_PATH_BLOCK: ids.EVERY_PATH},
    )
    tried = await verified.last("decision_attempted")
    assert tried.facts["storage"] == {"devices": "one", "paths": "every", "users": "everybody"}
    assert "recognized_by" not in tried.facts


async def test_p7_the_words_of_a_storage_approval_are_kept_apart(verified: Bench) -> None:
    case = await verified.arrive("write")
    await submitted(verified, "ana", case, **{ids.STORAGE_NAME_BLOCK: "Dana's stick"})
    tried = await verified.last("decision_attempted")
    user, path = case.requests[0].facts.requestor, case.requests[0].facts.path
    assert tried.facts["storage"] == {"devices": "one", "paths": "one", "users": "named"}
    words = {name: tried.private[name] for name in ("device_name", "storage_path", "storage_users")}
    assert words == {"device_name": "Dana's stick", "storage_path": path, "storage_users": [user]}
    assert "Dana's stick" not in str(tried.facts)


async def test_retention_takes_what_a_storage_approval_says_of_people(verified: Bench) -> None:
    """The account that was given access, the path and the device's typed name, which may name a person."""
    case = await verified.arrive("write")
    user, path = case.requests[0].facts.requestor, case.requests[0].facts.path
    await submitted(
        verified, "ana", case, **{ids.STORAGE_NAME_BLOCK: "Dana's stick", ids.TICKET_BLOCK: "T-1 Dana Zell"}
    )
    closed = await verified.case(case.case_id)
    held = closed.model_dump(mode="json")
    assert held["requests"][0]["outcome"]["attempt"]["choice"]["storage"]["users"] == [user]
    kept = redact(closed, verified.desk.now()).model_dump_json()
    assert user not in kept
    assert path.replace("\\", "\\\\") not in kept
    assert "Dana" not in kept


@pytest.mark.parametrize(
    ("told", "users"),
    [
        (["OTHER\\dana", "CONTOSO\\dana"], ("CONTOSO\\dana",)),
        (["CONTOSO\\dana", "dana"], ("CONTOSO\\dana",)),
        (["OTHER\\dana", "THIRD\\dana"], None),
    ],
)
def test_a_namesake_of_another_domain_gets_no_access(told: list[str], users: tuple[str, ...] | None) -> None:
    details, terms = StorageDetails.read({"usersList": told}), StorageTerms(users=("CONTOSO\\dana",))
    if users is None:
        with pytest.raises(Unusable):
            as_told(terms, details)
    else:
        assert as_told(terms, details).users == users


@pytest.mark.parametrize("zone", ["America/New_York", "UTC", "Pacific/Auckland"])
@pytest.mark.parametrize("day", ["9999-12-31", "0001-01-01"])
async def test_a_day_at_the_end_of_time_is_answered_like_every_other(
    verified: Bench, zone: str, day: str
) -> None:
    """A date picker takes any year; the last day of all has no end in UTC."""
    verified.with_rules(escalation=EscalationSection(zone=zone))
    case = await verified.arrive("write")
    said = await submitted(verified, "ana", case, **{ids.LASTS_BLOCK: ids.UNTIL_DATE, ids.EXPIRES_BLOCK: day})
    assert said.startswith(("Approved", "Not done")), said


async def test_an_owner_who_sees_nothing_there_any_more_hands_over_without_reading_it(bench: Bench) -> None:
    """Their claim can still move on; what is drawn for them holds no fact of the request (3.4)."""
    case = await bench.arrive()
    actor = Actor(person_id="req", name="Requestor", slack_user_id=bench.cast["req"])
    case = await bench.write(
        lifecycle.take_claim(case, actor, bench.desk.now(), bench.desk.rules, escalated=False)
    )
    await bench.say()
    said = " ".join(text_of(await hand_over_form(bench, "req", case)).split())
    assert "Which person" in said
    for fact in (
        case.requests[0].facts.computer_name,
        case.requests[0].facts.file_name,
        case.organization_name,
    ):
        assert fact not in said, said


@pytest.mark.parametrize("ahead", [1, 999_999])
async def test_p8_a_revision_that_no_card_ever_showed_decides_nothing(bench: Bench, ahead: int) -> None:
    """It would name every later joiner and excuse every changed fact."""
    case = await bench.arrive()
    press = await bench.press("ana", ids.APPROVE_COMPUTER, case, revision=case.revision + ahead)
    assert "Not done" in await bench.do(approve_once, press)
    assert bench.portal.decisions == []
    assert set((await bench.became()).values()) == {"changed"}
